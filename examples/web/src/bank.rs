//! The bank: a router for axum.

use core::time::Duration;
use std::io::{self, Write as _};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use ctutils::CtEq as _;
use jwe_primitives::{Decrypted, DecryptingKey, EncryptingKey, Error, Header, Jwe, KeySet, Limits};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task;
use tower_http::timeout::TimeoutLayer;

use crate::{
    BoxError, CASES, CORRELATION_ID, DIRECT, JOSE, JOSE_METHOD, JSON, PLAYGROUND, QUERY, REQUEST_KEYS, RESPONSE_KEYS,
};

/// The length of a key of the bank, in bits.
pub const KEY_BITS: usize = 2048;
/// The longest body that is read.
pub const MAX_BODY: usize = 1 << 20;
/// A header with a few parameters is short.
const LIMITS: Limits = Limits::new().with_token_len(MAX_BODY).with_header_len(2048);
/// For the whole request: a client that sends its body slowly is rejected, too.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Enough for a rotation; more can't fill the memory.
const MAX_PARTNER_KEYS: usize = 8;

/// The state of the service.
pub struct Bank {
    bearer_token: String,
    keys: RwLock<BankKeys>,
    partner: RwLock<PartnerKeys>,
    /// As many private-key operations at a time as there are processors: more would only make each one slower.
    private_key_operations: Arc<Semaphore>,
}

/// The bank's own keys. Requests in progress keep the set that they began with, so that a rotation does not wait for them.
struct BankKeys {
    version: u64,
    /// What partners fetch.
    current: EncryptingKey,
    /// The current key, then the previous one, for the requests of partners who have not fetched the current one yet.
    /// They have no `kid`, because the `kid` of a request names a key of the partner.
    private: Arc<KeySet<DecryptingKey>>,
}

impl BankKeys {
    fn new(version: u64, current: DecryptingKey, previous: Option<DecryptingKey>) -> Self {
        let public = current.encrypting_key().clone();
        let private = Arc::new([current].into_iter().chain(previous).collect());
        Self { version, current: public, private }
    }
}

/// The keys of the one partner. A real bank has them for each, and looks at the dates.
struct PartnerKeys {
    keys: KeySet<EncryptingKey>,
    newest: Option<String>,
}

impl Bank {
    /// Makes a bank with a new key. It takes long: call it where blocking is allowed.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn new(bearer_token: String) -> Result<Self, Error> {
        let keys = BankKeys::new(1, DecryptingKey::generate(KEY_BITS)?, None);
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            bearer_token,
            keys: RwLock::new(keys),
            partner: RwLock::new(PartnerKeys { keys: KeySet::new(), newest: None }),
            private_key_operations: Arc::new(Semaphore::new(processors)),
        })
    }

    /// The routes of the API.
    pub fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route(REQUEST_KEYS, post(register))
            .route(RESPONSE_KEYS, get(hand_out_key))
            .route(CASES, post(take_case))
            .route(PLAYGROUND, post(playground).get(greet))
            .route(DIRECT, post(direct))
            .layer(middleware::from_fn_with_state(Arc::clone(&self), log_in))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .layer(TimeoutLayer::with_status_code(StatusCode::BAD_REQUEST, TIMEOUT))
            .layer(middleware::from_fn(echo_correlation_id))
            .with_state(self)
    }

    /// Starts to use a new key of this length while requests are in progress, and returns its version. The previous key,
    /// which may have another length, decrypts until the next rotation; the one before it is zeroized when the last
    /// request that has it is done. It takes long: call it where blocking is allowed.
    ///
    /// # Errors
    /// If there is no randomness, or the length is not one of RSA keys.
    pub fn rotate_key(&self, bits: usize) -> Result<u64, Error> {
        // Outside of the lock, because it takes long.
        let new = DecryptingKey::generate(bits)?;
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let version = keys.version.saturating_add(1);
        let previous = keys.private.iter().next().cloned();
        *keys = BankKeys::new(version, new, previous);
        Ok(version)
    }

    fn keys(&self) -> Arc<KeySet<DecryptingKey>> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner).private)
    }

    /// The key for partners, and its version.
    fn current_key(&self) -> (EncryptingKey, u64) {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        (keys.current.clone(), keys.version)
    }

    /// Decrypts a request, and checks what its sender says about it.
    async fn take(&self, uri: &Uri, headers: &HeaderMap, body: Bytes) -> Result<(Decrypted<'static>, Value), BoxError> {
        expect_jose(headers)?;
        ensure(value(headers, CONTENT_TYPE.as_str()) == Some(JOSE), "the body is not encrypted")?;
        let permits = Arc::clone(&self.private_key_operations);
        let decrypted = decrypt(self.keys(), permits, body.into()).await?;
        // A request without `url` is accepted. With one, it can't be sent to another path.
        let url = decrypted.header.string("url");
        ensure(url.is_none_or(|url| url == uri.path()), "`url` is not the path of the request")?;
        let content = serde_json::from_slice(&decrypted.plaintext)?;
        Ok((decrypted, content))
    }

    /// Encrypts to the key that the request names, or else the newest. A public key is quick: no other thread is needed.
    fn encrypt(&self, key_id: Option<&str>, content: &Value) -> Result<Response, BoxError> {
        let key = self.partner_key(key_id)?;
        let token = key.encrypt(&json_header()?, content.to_string().as_bytes())?.compact;
        Ok(jose(token))
    }

    fn partner_key(&self, key_id: Option<&str>) -> Result<EncryptingKey, Error> {
        let partner = self.partner.read().unwrap_or_else(PoisonError::into_inner);
        partner.keys.get(key_id.or(partner.newest.as_deref())).cloned()
    }

    fn add_partner_key(&self, key: EncryptingKey) -> Result<(), BoxError> {
        let mut partner = self.partner.write().unwrap_or_else(PoisonError::into_inner);
        let key_id = key.key_id().ok_or("keyId: missing")?.to_owned();
        partner.keys.remove(&key_id);
        ensure(partner.keys.len() < MAX_PARTNER_KEYS, "there are too many keys")?;
        partner.keys.insert(key);
        partner.newest = Some(key_id);
        Ok(())
    }
}

/// Decrypts where blocking is allowed. The token moves there and is parsed there: a [`Jwe`] borrows its text.
///
/// `permits` has as many permits as there are processors, and all requests share it.
async fn decrypt(
    keys: Arc<KeySet<DecryptingKey>>,
    permits: Arc<Semaphore>,
    token: Vec<u8>,
) -> Result<Decrypted<'static>, BoxError> {
    let permit = permits.acquire_owned().await?;
    let decrypted = task::spawn_blocking(move || {
        // Held until the work is done: a client that leaves does not end the work.
        let _permit = permit;
        let jwe = Jwe::parse_with_limits(&token, LIMITS)?;
        keys.decrypt(&jwe).map(Decrypted::into_owned)
    });
    Ok(decrypted.await??)
}

// ---- Errors ----

/// Every rejection of a request: one status and an empty body, whatever the reason. The reason goes to the log only.
struct Rejected(BoxError);

impl<E: Into<BoxError>> From<E> for Rejected {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        let _ = writeln!(io::stderr(), "rejected: {}", self.0);
        StatusCode::BAD_REQUEST.into_response()
    }
}

fn ensure(condition: bool, expectation: &str) -> Result<(), BoxError> {
    if condition { Ok(()) } else { Err(expectation.into()) }
}

// ---- Handlers ----

type Handled = Result<Response, Rejected>;
/// A body that is too long is an error like any other.
type Body = Result<Bytes, BytesRejection>;

async fn take_case(State(bank): State<Arc<Bank>>, uri: Uri, headers: HeaderMap, body: Body) -> Handled {
    let (request, case) = bank.take(&uri, &headers, body?).await?;
    let content = json!({"externalId": case.get("externalId"), "status": "RECEIVED"});
    Ok(bank.encrypt(request.header.key_id().as_deref(), &content)?)
}

async fn playground(State(bank): State<Arc<Bank>>, uri: Uri, headers: HeaderMap, body: Body) -> Handled {
    let (request, content) = bank.take(&uri, &headers, body?).await?;
    Ok(bank.encrypt(request.header.key_id().as_deref(), &json!({"received": content}))?)
}

async fn greet(State(bank): State<Arc<Bank>>, headers: HeaderMap) -> Handled {
    expect_jose(&headers)?;
    Ok(bank.encrypt(None, &json!({"hello": "partner"}))?)
}

/// The response is encrypted under the key of the request.
async fn direct(State(bank): State<Arc<Bank>>, uri: Uri, headers: HeaderMap, body: Body) -> Handled {
    let (request, content) = bank.take(&uri, &headers, body?).await?;
    let content = json!({"received": content}).to_string();
    Ok(jose(request.cek.encrypt(&json_header()?, content.as_bytes())?))
}

/// Takes a key of the partner. What is wrong with it is the partner's to know.
async fn register(State(bank): State<Arc<Bank>>, body: Body) -> Handled {
    let upload: Value = serde_json::from_slice(&body?)?;
    match partner_key(&upload).and_then(|key| bank.add_partner_key(key)) {
        Ok(()) => Ok((StatusCode::CREATED, Json(upload)).into_response()),
        Err(reason) => {
            let error = json!({"error": reason.to_string()});
            Ok((StatusCode::BAD_REQUEST, Json(error)).into_response())
        }
    }
}

async fn hand_out_key(State(bank): State<Arc<Bank>>, uri: Uri) -> Handled {
    let expected = QUERY.map(|(name, value)| format!("{name}={value}")).join("&");
    ensure(uri.query() == Some(&expected), "no such key")?;
    let (key, version) = bank.current_key();
    let material = json!({"algorithm": "RSA_OAEP_256", "keyMaterial": key.to_base64_der()?});
    let body = json!({"version": version, "keyMaterial": material, "scope": "PAYLOAD_ENCRYPTION"});
    Ok(Json(body).into_response())
}

// ---- Around all handlers ----

/// Log in first, decrypt second: a stranger doesn't get at the private key.
async fn log_in(State(bank): State<Arc<Bank>>, request: Request, next: Next) -> Response {
    let token = value(request.headers(), AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    if !token.is_some_and(|token| token.as_bytes().ct_eq(bank.bearer_token.as_bytes()).to_bool()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    next.run(request).await
}

async fn echo_correlation_id(request: Request, next: Next) -> Response {
    let id = request.headers().get(CORRELATION_ID).filter(|id| id.len() <= 36).cloned();
    let mut response = next.run(request).await;
    if let Some(id) = id {
        response.headers_mut().insert(CORRELATION_ID, id);
    }
    response
}

fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn expect_jose(headers: &HeaderMap) -> Result<(), BoxError> {
    let wanted = value(headers, ACCEPT.as_str()) == Some(JOSE) && value(headers, JOSE_METHOD) == Some("jwe");
    ensure(wanted, "the response is not to be encrypted")
}

fn jose(token: String) -> Response {
    ([(CONTENT_TYPE, JOSE)], token).into_response()
}

fn json_header() -> Result<Header, Error> {
    Header::new().content_type(JSON)
}

fn partner_key(upload: &Value) -> Result<EncryptingKey, BoxError> {
    let text = |pointer| upload.pointer(pointer).and_then(Value::as_str);
    ensure(text("/scope") == Some("PAYLOAD_ENCRYPTION"), "scope: not PAYLOAD_ENCRYPTION")?;
    ensure(text("/publicKeyMaterial/algorithm") == Some("RSA_OAEP_256"), "algorithm: not RSA_OAEP_256")?;
    let key_id = text("/keyId").filter(|id| id.parse::<uuid::Uuid>().is_ok()).ok_or("keyId: not a UUID")?;
    let material = text("/publicKeyMaterial/keyMaterial").ok_or("keyMaterial: missing")?;
    Ok(EncryptingKey::from_base64_der(material)?.with_key_id(key_id)?)
}

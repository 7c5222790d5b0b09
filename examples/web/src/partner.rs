//! The partner: a client over reqwest.

use core::time::Duration;
use std::sync::{Arc, PoisonError, RwLock};

use jwe_primitives::{Algorithm, Decrypted, DecryptingKey, Encrypted, EncryptingKey, Header, Jwe, KeySet};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::task;
use uuid::Uuid;

use crate::{
    BoxError, CASES, CORRELATION_ID, DIRECT, JOSE, JOSE_METHOD, JSON, PLAYGROUND, QUERY, REQUEST_KEYS, RESPONSE_KEYS,
};

/// How long an uploaded key may be used.
const KEY_VALIDITY: time::Duration = time::Duration::days(365);

/// The longest response that is read.
const MAX_RESPONSE: usize = 1 << 20;

/// Where the bank is, and how to log in there.
pub struct Api {
    http: Client,
    base_url: Url,
    bearer_token: String,
}

impl Api {
    /// `root` is the only certificate to trust, in place of those of the operating system: for a bank in a test.
    ///
    /// # Errors
    /// If there is no TLS, or no certificate to trust.
    pub fn new(base_url: Url, bearer_token: String, root: Option<Certificate>) -> Result<Self, BoxError> {
        // Without TLS, the bearer token and the keys that are exchanged would be anybody's.
        let loopback = matches!(base_url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
        let builder = Client::builder().https_only(!loopback).timeout(Duration::from_secs(30));
        let builder = match root {
            Some(root) => builder.tls_certs_only([root]),
            None => builder,
        };
        Ok(Self { http: builder.build()?, base_url, bearer_token })
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, BoxError> {
        let request = self.http.request(method, self.base_url.join(path)?);
        Ok(request.bearer_auth(&self.bearer_token).header(CORRELATION_ID, Uuid::new_v4().to_string()))
    }

    fn jose_request(&self, method: Method, path: &str) -> Result<RequestBuilder, BoxError> {
        let request = self.request(method, path)?;
        Ok(request.header(ACCEPT, JOSE).header(ACCEPT_ENCODING, "identity").header(JOSE_METHOD, "jwe"))
    }

    /// Uploads the public half of a key, under its id.
    async fn upload(&self, key_id: &str, base64_der: &str) -> Result<(), BoxError> {
        let today = OffsetDateTime::now_utc().date();
        let body = json!({
            "keyId": key_id,
            "validFrom": format!("{today} 00:00:00"),
            "validTill": format!("{} 00:00:00", today.saturating_add(KEY_VALIDITY)),
            "scope": "PAYLOAD_ENCRYPTION",
            "publicKeyMaterial": {"algorithm": "RSA_OAEP_256", "keyMaterial": base64_der},
        });
        let response = self.request(Method::POST, REQUEST_KEYS)?.json(&body).send().await?;
        expect_status(&response, StatusCode::CREATED)
    }

    async fn fetch_bank_key(&self) -> Result<BankKey, BoxError> {
        let response = self.request(Method::GET, RESPONSE_KEYS)?.query(&QUERY).send().await?;
        expect_status(&response, StatusCode::OK)?;
        let body: Value = serde_json::from_slice(&read_body(response).await?)?;
        let version = body.pointer("/version").and_then(Value::as_u64).ok_or("no version")?;
        let material = body.pointer("/keyMaterial/keyMaterial").and_then(Value::as_str).ok_or("no key material")?;
        Ok(BankKey { version, public: EncryptingKey::from_base64_der(material)? })
    }
}

/// The bank's public key. It has no `kid` here: the `kid` of a request names the partner's key for the response.
struct BankKey {
    version: u64,
    public: EncryptingKey,
}

struct PartnerKeys {
    keys: KeySet<DecryptingKey>,
    /// The id of the one that requests name for their responses.
    current: String,
}

/// A client of the bank. Share it with an [`Arc`].
pub struct Partner {
    api: Api,
    bank: RwLock<Arc<BankKey>>,
    keys: RwLock<PartnerKeys>,
}

impl Partner {
    /// Starts with a key that the bank has already, under the key's id. Fetches the bank's key.
    ///
    /// # Errors
    /// If the key has no id, or the bank's key can't be had.
    pub async fn with_key(api: Api, key: DecryptingKey) -> Result<Self, BoxError> {
        let current = key.key_id().ok_or("the key has no id")?.to_owned();
        let bank = RwLock::new(Arc::new(api.fetch_bank_key().await?));
        let keys = PartnerKeys { keys: [key].into_iter().collect(), current };
        Ok(Self { api, bank, keys: RwLock::new(keys) })
    }

    /// Starts with a new key, and uploads its public half.
    ///
    /// # Errors
    /// If the bank can't be reached, or rejects the key.
    pub async fn with_new_key(api: Api) -> Result<Self, BoxError> {
        let key = generate_key().await?;
        upload(&api, &key).await?;
        Self::with_key(api, key).await
    }

    /// Takes a new key into use while requests are in progress, and returns its id. The old one stays until
    /// [`retire_key`](Self::retire_key), for the responses that are still encrypted to it.
    ///
    /// # Errors
    /// If the bank can't be reached, or rejects the key.
    pub async fn rotate_key(&self) -> Result<String, BoxError> {
        let key = generate_key().await?;
        let key_id = key.key_id().unwrap_or_default().to_owned();
        let public = key.encrypting_key().to_base64_der()?;
        // First here, then at the bank: from its upload on, a response may be encrypted to it.
        self.write_keys(|keys| keys.keys.insert(key));
        self.api.upload(&key_id, &public).await?;
        self.write_keys(|keys| keys.current.clone_from(&key_id));
        Ok(key_id)
    }

    /// Forgets a key, once no response has named it for a while. Returns whether there was one.
    pub fn retire_key(&self, key_id: &str) -> bool {
        self.write_keys(|keys| keys.keys.remove(key_id))
    }

    /// The id of the key that requests name.
    #[must_use]
    pub fn key_id(&self) -> String {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).current.clone()
    }

    /// Sends a customer case. The response is encrypted to our key.
    ///
    /// # Errors
    /// If the bank rejects it, or its response isn't what it should be.
    pub async fn create_case(&self, case: &Value) -> Result<Value, BoxError> {
        let (_, response) = self.call(CASES, case).await?;
        self.decrypt(response).await
    }

    /// Sends anything; the response is encrypted to our key.
    ///
    /// # Errors
    /// If the bank rejects it, or its response isn't what it should be.
    pub async fn playground(&self, content: &Value) -> Result<Value, BoxError> {
        let (_, response) = self.call(PLAYGROUND, content).await?;
        self.decrypt(response).await
    }

    /// Sends nothing; the response is encrypted to the key that we uploaded last.
    ///
    /// # Errors
    /// If the bank rejects it, or its response isn't what it should be.
    pub async fn greeting(&self) -> Result<Value, BoxError> {
        let response = self.api.jose_request(Method::GET, PLAYGROUND)?.send().await?;
        self.decrypt(response).await
    }

    /// Sends anything; the response is encrypted under the key of our request.
    ///
    /// # Errors
    /// If the bank rejects it, or its response isn't what it should be.
    pub async fn direct(&self, content: &Value) -> Result<Value, BoxError> {
        let (request, response) = self.call(DIRECT, content).await?;
        let body = read_token(response).await?;
        // Microseconds, so that no other thread is needed.
        let jwe = Jwe::parse(&body)?;
        jwe.require_algorithm(Algorithm::Dir)?;
        Ok(serde_json::from_slice(&request.cek.decrypt(&jwe)?.plaintext)?)
    }

    /// Encrypts and sends. If the bank has a new key, fetches it once and tries once more: the bank doesn't say why it
    /// rejects a request, but another version of its key is a reason.
    async fn call(&self, path: &str, content: &Value) -> Result<(Encrypted, Response), BoxError> {
        let bank = self.bank_key();
        let (request, response) = self.call_with(&bank, path, content).await?;
        if response.status() != StatusCode::BAD_REQUEST {
            return Ok((request, response));
        }
        let fetched = Arc::new(self.api.fetch_bank_key().await?);
        if fetched.version == bank.version {
            return Ok((request, response));
        }
        *self.bank.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fetched);
        self.call_with(&fetched, path, content).await
    }

    async fn call_with(&self, bank: &BankKey, path: &str, content: &Value) -> Result<(Encrypted, Response), BoxError> {
        let header = Header::new().content_type(JSON)?.key_id(&self.key_id())?;
        let request = bank.public.encrypt(&header, content.to_string().as_bytes())?;
        let http_request = self.api.jose_request(Method::POST, path)?.header(CONTENT_TYPE, JOSE);
        let response = http_request.body(request.compact.clone()).send().await?;
        Ok((request, response))
    }

    /// Decrypts a response where blocking is allowed, with the key that its `kid` names.
    async fn decrypt(&self, response: Response) -> Result<Value, BoxError> {
        let token = read_token(response).await?;
        let keys = self.keys();
        let decrypted = task::spawn_blocking(move || {
            let jwe = Jwe::parse(&token)?;
            jwe.require_algorithm(Algorithm::RsaOaep256)?;
            keys.for_token(&jwe)?.decrypt(&jwe).map(Decrypted::into_owned)
        });
        Ok(serde_json::from_slice(&decrypted.await??.plaintext)?)
    }

    fn bank_key(&self) -> Arc<BankKey> {
        Arc::clone(&self.bank.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A copy of the set, which shares the keys: no lock is held while a private key is used.
    fn keys(&self) -> KeySet<DecryptingKey> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).keys.clone()
    }

    fn write_keys<T>(&self, change: impl FnOnce(&mut PartnerKeys) -> T) -> T {
        change(&mut self.keys.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A key with a UUID for its id. Making one takes a second or so.
async fn generate_key() -> Result<DecryptingKey, BoxError> {
    let key = task::spawn_blocking(|| DecryptingKey::generate(2048)?.with_key_id(&Uuid::new_v4().to_string()));
    Ok(key.await??)
}

async fn upload(api: &Api, key: &DecryptingKey) -> Result<(), BoxError> {
    let key_id = key.key_id().ok_or("the key has no id")?;
    api.upload(key_id, &key.encrypting_key().to_base64_der()?).await
}

fn expect_status(response: &Response, expected: StatusCode) -> Result<(), BoxError> {
    let status = response.status();
    if status == expected { Ok(()) } else { Err(format!("{}: {status}", response.url()).into()) }
}

/// The body, if it is a token: an error page isn't one.
async fn read_token(response: Response) -> Result<Vec<u8>, BoxError> {
    expect_status(&response, StatusCode::OK)?;
    if response.headers().get(CONTENT_TYPE).is_none_or(|value| value != JOSE) {
        return Err(format!("{}: the response is not encrypted", response.url()).into());
    }
    read_body(response).await
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, BoxError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_RESPONSE {
            return Err(format!("{}: the response is too long", response.url()).into());
        }
    }
    Ok(body)
}

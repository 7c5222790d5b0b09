//! The bank: a sandbox with the part of the API that encrypts.

use core::fmt::Display;
use core::net::SocketAddr;
use std::io::{self, Cursor, Read as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jwe_primitives::{DecryptingKey, EncryptingKey, Header, Jwe, KeySet, Limits};
use serde_json::{Value, json};
use tiny_http::{Method, Request, Response, Server};

use crate::{
    BEARER_TOKEN, CASES, CORRELATION_ID, CORRELATION_ID_LEN, DIRECT, Fallible, JOSE, JOSE_METHOD, JSON, PLAYGROUND,
    QUERY, REJECTED, REQUEST_KEYS, RESPONSE_KEYS, ensure,
};

/// The longest body that is read.
pub(crate) const MAX_BODY: usize = 1 << 20;
/// A header with a few parameters is short.
const LIMITS: Limits = Limits::new().with_token_len(MAX_BODY).with_header_len(2048);
/// The longest body whose rest is drained: `tiny_http` 0.12 allocates as much as `Content-Length` says for that.
const MAX_DRAINED: usize = 64 << 20;
/// Enough for a rotation; more can't fill the memory.
const MAX_PARTNER_KEYS: usize = 8;

pub(crate) struct Bank {
    server: Server,
    key: RwLock<Arc<BankKey>>,
    partner: Mutex<PartnerKeys>,
}

struct BankKey {
    version: u64,
    /// Without a `kid` of its own, because the `kid` of a request names a key of the partner.
    private: DecryptingKey,
}

/// The keys of the one partner. A real bank has them for each, and looks at the dates.
#[derive(Default)]
struct PartnerKeys {
    keys: KeySet<EncryptingKey>,
    newest: Option<String>,
}

type HttpResponse = Response<Cursor<Vec<u8>>>;

/// A response without content. It has no media type, which would promise some.
fn bare(status: u16) -> HttpResponse {
    Response::from_data([]).with_status_code(status)
}

fn with_body(status: u16, content_type: &str, body: String) -> Fallible<HttpResponse> {
    Ok(Response::from_data(body).with_status_code(status).with_header(header("Content-Type", content_type)?))
}

fn header(name: &str, value: &str) -> Fallible<tiny_http::Header> {
    Ok(tiny_http::Header::from_bytes(name, value).map_err(|()| "not an HTTP header")?)
}

impl Bank {
    pub(crate) fn listen(address: SocketAddr) -> Fallible<Self> {
        let key = BankKey { version: 1, private: DecryptingKey::generate(2048)? };
        Ok(Self { server: Server::http(address)?, key: RwLock::new(Arc::new(key)), partner: Mutex::default() })
    }

    pub(crate) fn address(&self) -> Fallible<SocketAddr> {
        Ok(self.server.server_addr().to_ip().ok_or("not an IP address")?)
    }

    /// Takes a new key into use and returns its version. Requests in progress keep the one they have.
    ///
    /// The old one is gone at once, to show what a partner does then. A real bank decrypts with both for a while.
    pub(crate) fn rotate_key(&self) -> Fallible<u64> {
        // Outside of the lock, because it takes long.
        let private = DecryptingKey::generate(2048)?;
        let mut key = self.key.write().unwrap_or_else(PoisonError::into_inner);
        let version = key.version.saturating_add(1);
        *key = Arc::new(BankKey { version, private });
        Ok(version)
    }

    fn key(&self) -> Arc<BankKey> {
        Arc::clone(&self.key.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn work(&self) {
        for mut request in self.server.incoming_requests() {
            if request.body_length().is_some_and(|len| len > MAX_DRAINED) {
                // Dropping the request would drain it. Rather lose a connection than the process.
                core::mem::forget(request);
                continue;
            }
            let correlation_id = correlation_id(&request);
            // The one place where an error turns into a response: the reason goes to the bank's own log only.
            let mut response = self.respond(&mut request).unwrap_or_else(|reason| {
                log(format_args!("rejected: {reason}"));
                bare(REJECTED)
            });
            if let Some(id) = correlation_id {
                response.add_header(id);
            }
            request.respond(response).unwrap_or_else(log);
        }
    }

    fn respond(&self, request: &mut Request) -> Fallible<HttpResponse> {
        // Log in first, decrypt second. A real token is compared in constant time.
        if value(request, "Authorization") != Some(&format!("Bearer {BEARER_TOKEN}")) {
            return Ok(bare(401));
        }
        let url = request.url().to_owned();
        let (path, query) = url.split_once('?').unwrap_or((&url, ""));
        match (request.method(), path) {
            (Method::Post, REQUEST_KEYS) => self.register(request),
            (Method::Get, RESPONSE_KEYS) if query == QUERY => self.hand_out_key(),
            (Method::Post, CASES | PLAYGROUND | DIRECT) => self.exchange(path, request),
            (Method::Get, PLAYGROUND) => self.playground(request),
            _ => Ok(bare(404)),
        }
    }

    /// Takes a key of the partner. What is wrong with it is the partner's to know.
    fn register(&self, request: &mut Request) -> Fallible<HttpResponse> {
        let upload: Value = serde_json::from_slice(&read_body(request)?)?;
        match partner_key(&upload).and_then(|key| self.add_partner_key(key)) {
            Ok(()) => with_body(201, JSON, upload.to_string()),
            Err(reason) => with_body(REJECTED, JSON, json!({"error": reason.to_string()}).to_string()),
        }
    }

    fn add_partner_key(&self, key: EncryptingKey) -> Fallible {
        let mut partner = self.partner.lock().unwrap_or_else(PoisonError::into_inner);
        let key_id = key.key_id().ok_or("keyId: missing")?.to_owned();
        partner.keys.remove(&key_id);
        ensure(partner.keys.len() < MAX_PARTNER_KEYS, "there are too many keys")?;
        partner.keys.insert(key);
        partner.newest = Some(key_id);
        Ok(())
    }

    fn hand_out_key(&self) -> Fallible<HttpResponse> {
        let key = self.key();
        let material = json!({
            "algorithm": "RSA_OAEP_256",
            "keyMaterial": key.private.encrypting_key().to_base64_der()?,
        });
        let body = json!({"version": key.version, "keyMaterial": material, "scope": "PAYLOAD_ENCRYPTION"});
        with_body(200, JSON, body.to_string())
    }

    /// Decrypts a request and encrypts its response.
    fn exchange(&self, path: &str, request: &mut Request) -> Fallible<HttpResponse> {
        if !wants_jose(request) || value(request, "Content-Type") != Some(JOSE) {
            return Ok(bare(415));
        }
        let body = read_body(request)?;
        let jwe = Jwe::parse_with_limits(&body, LIMITS)?;
        let decrypted = self.key().private.decrypt(&jwe)?;
        // The decryption has succeeded, so its header is what the sender wrote, and we may act on it.
        let header = &decrypted.header;
        // A request without `url` is accepted. With one, it can't be sent to another path.
        let url = header.string("url");
        ensure(url.is_none_or(|url| url == path), "`url` is not the path of the request")?;
        let content: Value = serde_json::from_slice(&decrypted.plaintext)?;
        match path {
            DIRECT => {
                let content = json!({"received": content}).to_string();
                with_body(200, JOSE, decrypted.cek.encrypt(&json_header()?, content.as_bytes())?)
            }
            CASES => {
                let content = json!({"externalId": content.get("externalId"), "status": "RECEIVED"});
                self.encrypt(header.key_id().as_deref(), &content)
            }
            _ => self.encrypt(header.key_id().as_deref(), &json!({"received": content})),
        }
    }

    fn playground(&self, request: &Request) -> Fallible<HttpResponse> {
        if !wants_jose(request) {
            return Ok(bare(415));
        }
        self.encrypt(None, &json!({"hello": "partner"}))
    }

    /// To the key that the request names, or else the newest. The key's id becomes the `kid` of the response.
    fn encrypt(&self, key_id: Option<&str>, content: &Value) -> Fallible<HttpResponse> {
        let key = self.partner_key(key_id)?;
        with_body(200, JOSE, key.encrypt(&json_header()?, content.to_string().as_bytes())?.compact)
    }

    fn partner_key(&self, key_id: Option<&str>) -> Fallible<EncryptingKey> {
        let partner = self.partner.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(partner.keys.get(key_id.or(partner.newest.as_deref()))?.clone())
    }
}

fn json_header() -> Fallible<Header> {
    Ok(Header::new().content_type(JSON)?)
}

fn partner_key(upload: &Value) -> Fallible<EncryptingKey> {
    let text = |pointer| upload.pointer(pointer).and_then(Value::as_str);
    ensure(text("/scope") == Some("PAYLOAD_ENCRYPTION"), "scope: not PAYLOAD_ENCRYPTION")?;
    ensure(text("/publicKeyMaterial/algorithm") == Some("RSA_OAEP_256"), "algorithm: not RSA_OAEP_256")?;
    let key_id = text("/keyId").filter(|id| is_uuid(id)).ok_or("keyId: not a UUID")?;
    let material = text("/publicKeyMaterial/keyMaterial").ok_or("keyMaterial: missing")?;
    Ok(EncryptingKey::from_base64_der(material)?.with_key_id(key_id)?)
}

fn is_uuid(text: &str) -> bool {
    let groups = text.split('-').map(str::len);
    groups.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn value<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    let header = request.headers().iter().find(|header| header.field.as_str().as_str().eq_ignore_ascii_case(name));
    header.map(|header| header.value.as_str())
}

fn wants_jose(request: &Request) -> bool {
    let (method, jwe) = JOSE_METHOD;
    value(request, "Accept") == Some(JOSE) && value(request, method) == Some(jwe)
}

fn correlation_id(request: &Request) -> Option<tiny_http::Header> {
    let id = value(request, CORRELATION_ID).filter(|id| id.len() <= CORRELATION_ID_LEN)?;
    header(CORRELATION_ID, id).ok()
}

/// `tiny_http` sets no time limit: where strangers can connect, use a proxy that does.
fn read_body(request: &mut Request) -> Fallible<Vec<u8>> {
    let mut body = Vec::new();
    let limit = u64::try_from(MAX_BODY)?.saturating_add(1);
    request.as_reader().take(limit).read_to_end(&mut body)?;
    ensure(body.len() <= MAX_BODY, "the body is too long")?;
    Ok(body)
}

/// Unlike `eprintln`, it doesn't panic if nobody listens: that would end the thread.
fn log(text: impl Display) {
    let _ = writeln!(io::stderr(), "      [bank] {text}");
}

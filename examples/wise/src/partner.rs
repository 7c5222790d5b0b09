//! The partner: every step of the conversation, from its side.

use core::cell::Cell;
use core::net::SocketAddr;
use core::time::Duration;

use jwe_primitives::{Algorithm, DecryptingKey, Encrypted, EncryptingKey, Error, Header, Jwe, KeySet};
use serde_json::{Value, json};
use ureq::{Agent, AsSendBody};

use crate::bank::{Bank, MAX_BODY};
use crate::{
    BEARER_TOKEN, CASES, CORRELATION_ID, DIRECT, Fallible, JOSE, JOSE_METHOD, JSON, PLAYGROUND, QUERY, REJECTED,
    REQUEST_KEYS, RESPONSE_KEYS, ensure,
};

const OLD_KEY_ID: &str = "5c1d9a70-6d0e-4d2c-9d6b-000000002025";
const NEW_KEY_ID: &str = "b7f0e3c4-21aa-4b8e-8f53-000000002026";
const EXTERNAL_ID: &str = "partner_external_id_12345";

/// The whole conversation. A rotation of the bank's key can't be asked for over HTTP, hence the second `bank`.
pub(crate) fn converse(bank: &Bank, address: SocketAddr) -> Fallible {
    println!("The bank listens on http://{address}. Its log goes to standard error.");
    let http = Http::new(address);

    println!("\n1. We make two RSA keys, the old one and its successor, and upload their public halves.");
    let old = DecryptingKey::generate(2048)?.with_key_id(OLD_KEY_ID)?;
    let new = DecryptingKey::generate(2048)?.with_key_id(NEW_KEY_ID)?;
    upload(&http, &old)?;
    upload(&http, &new)?;

    println!("\n2. We fetch the bank's public key and keep it.");
    let bank_key = BankKey::fetch(&http)?;
    let mut partner = Partner { http, bank: bank_key, keys: [old, new].into_iter().collect() };

    println!("\n3. We send a customer case. Our `kid` names the key for the response.");
    let to_new = json_header()?.key_id(NEW_KEY_ID)?;
    let (_, response) = partner.call(CASES, &to_new, &customer_case())?;
    partner.expect_case(&response, NEW_KEY_ID)?;

    println!("\n4. A machine that has only the old key names that one.");
    let to_old = json_header()?.key_id(OLD_KEY_ID)?;
    let (_, response) = partner.call(CASES, &to_old, &customer_case())?;
    partner.expect_case(&response, OLD_KEY_ID)?;

    println!("\n5. A header of `alg` and `enc` is enough: the response is encrypted to the key that we uploaded last.");
    let (_, response) = partner.call(PLAYGROUND, &Header::new(), &json!({"hello": "bank"}))?;
    partner.decrypt(&response, NEW_KEY_ID)?;

    println!("\n6. Direct encryption: the response is encrypted under the key of our request. It needs no RSA key.");
    let (request, response) = partner.call(DIRECT, &json_header()?, &json!({"hello": "bank"}))?;
    decrypt_direct(&response, &request)?;

    println!("\n7. A GET has no body, so we encrypt nothing. The response is encrypted all the same.");
    let response = partner.get(PLAYGROUND)?;
    partner.decrypt(&response, NEW_KEY_ID)?;

    println!("\n8. The bank changes its key. It rejects our request; we fetch its key once more and try once more.");
    let version = bank.rotate_key()?;
    let (_, response) = partner.call(CASES, &to_new, &customer_case())?;
    partner.expect_case(&response, NEW_KEY_ID)?;
    ensure(partner.bank.version == version, "the partner has another version of the bank's key")?;

    println!("\n9. What the bank can't decrypt, or what isn't meant for its path, is rejected. We can't tell why.");
    partner.expect_rejections()?;

    println!("\n10. A stranger is turned away before any decryption. About a wrong upload we learn the reason.");
    partner.expect_failed_uploads()?;

    println!("\nAll steps went as they should.");
    Ok(())
}

/// The bank's public key. It has no `kid` here: the `kid` of a request names the partner's key for the response.
struct BankKey {
    version: u64,
    public: EncryptingKey,
}

impl BankKey {
    fn fetch(http: &Http) -> Fallible<Self> {
        let path = format!("{RESPONSE_KEYS}?{QUERY}");
        let response = http.send("GET", &path, &[], ())?;
        println!("   GET {path}: {}", response.status);
        let body: Value = serde_json::from_str(&response.body)?;
        let version = body.pointer("/version").and_then(Value::as_u64).ok_or("no version")?;
        let material = body.pointer("/keyMaterial/keyMaterial").and_then(Value::as_str).ok_or("no key material")?;
        let public = EncryptingKey::from_base64_der(material)?;
        println!("   version {version}: RSA, {} bits, thumbprint {}", public.modulus_bits(), public.thumbprint());
        Ok(Self { version, public })
    }
}

fn upload(http: &Http, key: &DecryptingKey) -> Fallible {
    let response = http.send("POST", REQUEST_KEYS, &[("Content-Type", JSON)], &upload_body(key)?.to_string())?;
    println!("   POST {REQUEST_KEYS}, keyId {}: {}", key.key_id().unwrap_or_default(), response.status);
    ensure(response.status == 201, "the status of the upload is not 201")
}

fn upload_body(key: &DecryptingKey) -> Fallible<Value> {
    Ok(json!({
        "keyId": key.key_id(),
        "validFrom": "2026-01-01 00:00:00",
        "validTill": "2028-01-01 00:00:00",
        "scope": "PAYLOAD_ENCRYPTION",
        "publicKeyMaterial": {"algorithm": "RSA_OAEP_256", "keyMaterial": key.encrypting_key().to_base64_der()?},
    }))
}

/// The header of a message with JSON in it; `alg` and `enc` come from the key.
fn json_header() -> Result<Header, Error> {
    Header::new().content_type(JSON)
}

fn customer_case() -> Value {
    json!({
        "type": "GENERAL_ENQUIRY",
        "subject": "Inquiry about Transfer 12345",
        "details": {"transferId": 58_114_690, "profileId": 14_556_049, "userId": 1234},
        "externalId": EXTERNAL_ID,
        "description": "Initial summary of the issue",
    })
}

struct Partner {
    http: Http,
    bank: BankKey,
    keys: KeySet<DecryptingKey>,
}

impl Partner {
    /// Sends a request. The request's CEK comes back with the response, which may be encrypted under it.
    ///
    /// The bank doesn't say why it rejects a request. One reason is that it has a new key: then, and only then, it is
    /// worth a second attempt.
    fn call(&mut self, path: &str, header: &Header, content: &Value) -> Fallible<(Encrypted, Response)> {
        let (request, response) = self.call_once(path, header, content)?;
        if response.status != REJECTED {
            return Ok((request, response));
        }
        println!("   response {}", response.status);
        let fetched = BankKey::fetch(&self.http)?;
        if fetched.version == self.bank.version {
            return Ok((request, response));
        }
        self.bank = fetched;
        self.call_once(path, header, content)
    }

    fn call_once(&self, path: &str, header: &Header, content: &Value) -> Fallible<(Encrypted, Response)> {
        println!("   content {content}");
        let request = self.bank.public.encrypt(header, content.to_string().as_bytes())?;
        show_token(&format!("POST {path}"), &request.compact)?;
        let response = self.post(path, &request.compact)?;
        Ok((request, response))
    }

    fn post(&self, path: &str, body: &str) -> Fallible<Response> {
        let headers = [("Content-Type", JOSE), ("Accept", JOSE), ("Accept-Encoding", "identity"), JOSE_METHOD];
        self.http.send("POST", path, &headers, body)
    }

    fn get(&self, path: &str) -> Fallible<Response> {
        println!("   GET {path}");
        self.http.send("GET", path, &[("Accept", JOSE), ("Accept-Encoding", "identity"), JOSE_METHOD], ())
    }

    /// Decrypts a response that is encrypted to one of our keys, with the key that its `kid` names.
    fn decrypt(&self, response: &Response, expected_key_id: &str) -> Fallible<Value> {
        response.expect_token()?;
        let jwe = Jwe::parse(&response.body)?;
        // We asked for RSA-OAEP-256, and the message isn't to decide.
        jwe.require_algorithm(Algorithm::RsaOaep256)?;
        // Nothing has verified this `kid`. It may choose among our keys; it can't make one of them trusted.
        let key = self.keys.for_token(&jwe)?;
        let decrypted = key.decrypt(&jwe)?;
        ensure(key.key_id() == Some(expected_key_id), "the response is encrypted to another of our keys")?;
        show_content(&decrypted.plaintext)
    }

    fn expect_case(&self, response: &Response, expected_key_id: &str) -> Fallible {
        let content = self.decrypt(response, expected_key_id)?;
        ensure(content.get("externalId") == Some(&EXTERNAL_ID.into()), "the response is about another case")
    }

    /// One constant rejection, whatever was wrong: the bank is no oracle (RFC 7516 section 11.5).
    fn expect_rejections(&self) -> Fallible {
        let case = customer_case().to_string();
        let encrypt =
            |header: Header, content: &[u8]| self.bank.public.encrypt(&header, content).map(|sent| sent.compact);
        let with_url = |url| json_header()?.param("url", url);
        let valid = encrypt(with_url(CASES)?, case.as_bytes())?;
        let attempts = [
            ("the header changed", tampered(&valid, 0)),
            ("the encrypted key changed", tampered(&valid, 1)),
            ("the IV changed", tampered(&valid, 2)),
            ("the ciphertext changed", tampered(&valid, 3)),
            ("the tag changed", tampered(&valid, 4)),
            ("`url` of another path", encrypt(with_url("/v1/transfers")?, case.as_bytes())?),
            ("`kid` that names none of our keys", encrypt(Header::new().key_id("somebody-else")?, case.as_bytes())?),
            ("content that is not JSON", encrypt(Header::new(), b"{")?),
            ("JSON that is not encrypted", case.clone()),
            ("a token of more than a mebibyte", encrypt(Header::new(), &vec![b' '; MAX_BODY])?),
        ];
        for (what, body) in attempts {
            let response = self.post(CASES, &body)?;
            println!("   {what}: {}, {:?}", response.status, response.body);
            ensure(response.is_bare(REJECTED), "this is not the constant rejection")?;
        }
        for path in [PLAYGROUND, DIRECT] {
            let response = self.post(path, &case)?;
            println!("   JSON that isn't encrypted, to {path}: {}, {:?}", response.status, response.body);
            ensure(response.is_bare(REJECTED), "this is not the constant rejection")?;
        }
        println!("   the same request, unchanged:");
        self.expect_case(&self.post(CASES, &valid)?, NEW_KEY_ID)
    }

    fn expect_failed_uploads(&self) -> Fallible {
        let stranger = Http { bearer_token: "guessed", ..Http::new(self.http.address) };
        let response = stranger.send("GET", PLAYGROUND, &[("Accept", JOSE), JOSE_METHOD], ())?;
        println!("   another bearer token: {}", response.status);
        ensure(response.is_bare(401), "the status is not 401")?;

        let no_uuid = DecryptingKey::generate(2048)?.with_key_id("mine-3")?;
        let private = DecryptingKey::generate(2048)?.with_key_id("6a5b3c1e-8f0d-4f4e-9b57-000000002027")?;
        let mut mistake = upload_body(&private)?;
        if let Some(material) = mistake.pointer_mut("/publicKeyMaterial/keyMaterial") {
            *material = private.to_pem()?.lines().filter(|line| !line.starts_with('-')).collect::<String>().into();
        }
        for (what, body) in [("`keyId` is not a UUID", upload_body(&no_uuid)?), ("the private half", mistake)] {
            let response = self.http.send("POST", REQUEST_KEYS, &[("Content-Type", JSON)], &body.to_string())?;
            println!("   {what}: {}, {}", response.status, response.body);
            ensure(response.status == REJECTED && !response.body.is_empty(), "the upload is not rejected")?;
        }
        Ok(())
    }
}

/// Decrypts a response under the key of our request.
fn decrypt_direct(response: &Response, request: &Encrypted) -> Fallible<Value> {
    response.expect_token()?;
    let jwe = Jwe::parse(&response.body)?;
    jwe.require_algorithm(Algorithm::Dir)?;
    show_content(&request.cek.decrypt(&jwe)?.plaintext)
}

fn show_content(plaintext: &[u8]) -> Fallible<Value> {
    let content = serde_json::from_slice(plaintext)?;
    println!("   decrypted {content}");
    Ok(content)
}

/// The token with the first character of one part changed.
fn tampered(token: &str, part: usize) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    if let Some(text) = parts.get_mut(part) {
        let other = if text.starts_with('A') { "B" } else { "A" };
        text.replace_range(..1, other);
    }
    parts.join(".")
}

fn show_token(what: &str, token: &str) -> Fallible {
    let start: String = token.chars().take(48).collect();
    println!("   {what}: {start}... ({} characters)", token.len());
    println!("   header {}", Jwe::parse(token)?.unverified_header().as_json());
    Ok(())
}

// ---- HTTP ----

struct Response {
    status: u16,
    content_type: String,
    body: String,
}

impl Response {
    /// Without content, and without a media type that would promise some.
    fn is_bare(&self, status: u16) -> bool {
        self.status == status && self.content_type.is_empty() && self.body.is_empty()
    }

    fn expect_token(&self) -> Fallible {
        ensure(self.status == 200 && self.content_type == JOSE, "the response is not a token")?;
        show_token(&format!("response {}", self.status), &self.body)
    }
}

struct Http {
    agent: Agent,
    address: SocketAddr,
    bearer_token: &'static str,
    requests: Cell<u64>,
}

impl Http {
    fn new(address: SocketAddr) -> Self {
        // No proxy: the environment may name one that can't reach the loopback interface.
        let config = Agent::config_builder().http_status_as_error(false).proxy(None);
        let config = config.timeout_global(Some(Duration::from_secs(30))).build();
        Self { agent: config.into(), address, bearer_token: BEARER_TOKEN, requests: Cell::new(0) }
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl AsSendBody) -> Fallible<Response> {
        self.requests.set(self.requests.get().saturating_add(1));
        // To find a request in the logs of both sides. A program would take a random UUID.
        let correlation_id = format!("550e8400-e29b-41d4-a716-{:012}", self.requests.get());
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("Authorization", format!("Bearer {}", self.bearer_token))
            .header(CORRELATION_ID, &correlation_id);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let mut response = self.agent.run(request.body(body)?)?;
        let header = |name| response.headers().get(name).map(|value| value.to_str()).transpose();
        ensure(header(CORRELATION_ID)? == Some(&correlation_id), "the response has another correlation id")?;
        let content_type = header("Content-Type")?.unwrap_or_default().to_owned();
        Ok(Response { status: response.status().as_u16(), content_type, body: response.body_mut().read_to_string()? })
    }
}

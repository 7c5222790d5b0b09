//! The encrypted conversation with a bank-grade API, modelled on the public guide of Wise Platform, over HTTP.
//!
//! `cargo run --release -p wise` plays both sides, and fails if a step does. `-- --help` tells the rest.
//!
//! [`Partner`] is the side that most people embed: it keeps two keys (one is being rotated out), encrypts requests
//! to the bank and opens the answers. [`Bank`] is the other side: a gateway, or a sandbox for tests. Left out is
//! what JWE doesn't give: TLS and a login. *Who* sent a request is up to them, or to a signature (JWS) inside.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the partner tells the reader what happens")]

use core::error::Error;
use core::fmt::Display;
use core::net::SocketAddr;
use core::time::Duration;
use std::io::{self, Cursor, Read as _, Write as _};
use std::net::ToSocketAddrs as _;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{env, thread};

use jwe_primitives::{Algorithm, DecryptingKey, Encrypted, EncryptingKey, Header, Jwe, Limits};
use serde_json::{Value, json};
use tiny_http::{Method, Request, Response, Server};
use ureq::{Agent, AsSendBody};

type Fallible<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const UPLOAD: &str = "/v1/auth/jose/request/public-keys";
const BANK_KEY: &str = "/v1/auth/jose/response/public-keys";
const QUERY: &str = "algorithm=RSA_OAEP_256&scope=PAYLOAD_ENCRYPTION";
const CASES: &str = "/v1/cases";
const JSON: &str = "application/json";
const JOSE: &str = "application/jose+json";
/// Every request of the encrypted conversation has these, a `GET` without a body too.
const JOSE_HEADERS: [(&str, &str); 3] = [("Content-Type", JOSE), ("Accept", JOSE), ("X-TW-JOSE-Method", "jwe")];
/// Only this sandbox has it: `recipient` (the default), `direct` or `empty`. At a real bank the endpoint decides.
const ANSWER_MODE: &str = "X-Sandbox-Answer";

const USAGE: &str = "The JWE conversation of a partner with a bank, over HTTP on the loopback interface.

    cargo run --release -p wise                      both sides, step by step
    cargo run --release -p wise -- --serve [ADDR]    the bank alone, until it is interrupted
                                                            (ADDR: loopback, default 127.0.0.1:0)";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args.as_slice() {
        [] => run("127.0.0.1:0", converse),
        ["--serve"] => run("127.0.0.1:0", serve),
        ["--serve", address] => run(address, serve),
        ["--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(USAGE.into()),
    };
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    eprintln!("FAILED: {error}");
    ExitCode::FAILURE
}

/// Runs the bank in threads of its own, until `client` returns.
fn run(address: &str, client: fn(SocketAddr) -> Fallible) -> Fallible {
    let address = address.to_socket_addrs()?.next().ok_or("no such address")?;
    ensure(address.ip().is_loopback(), "without TLS and a login the bank listens on the loopback interface only")?;
    let bank = Arc::new(Bank::listen(address)?);
    for _ in 0..WORKERS {
        let bank = Arc::clone(&bank);
        thread::spawn(move || bank.work());
    }
    client(bank.server.server_addr().to_ip().ok_or("not an IP address")?)
}

/// Waits for good, once the reader knows how to talk to the bank.
fn serve(address: SocketAddr) -> Fallible {
    let headers = JOSE_HEADERS.map(|(name, value)| format!(" -H '{name}: {value}'")).concat();
    println!(
        r#"The bank listens. Make a key, upload its public half, fetch the bank's key:

  BANK=http://{address}
  jwe() {{ cargo run -q --release -p jwe -- "$@"; }}
  jwe keygen --out mine.pem
  curl -i $BANK{UPLOAD} -H 'Content-Type: {JSON}' -d '{{"keyId": "mine-1", "scope": "PAYLOAD_ENCRYPTION",
    "validFrom": "2026-01-01 00:00:00", "validTill": "2027-01-01 00:00:00", "publicKeyMaterial": {{"algorithm":
    "RSA_OAEP_256", "keyMaterial": "'"$(jwe pubkey --key mine.pem --format base64)"'"}}}}'; echo
  curl -s "$BANK{BANK_KEY}?{QUERY}" |
    sed 's/.*"keyMaterial":"\([^"]*\)".*/\1/' > bank.b64

Encrypt a request, send it, open the answer. A GET has no token to send, and its answer is one:

  jose() {{ curl -s{headers} "$@"; }}
  echo '{{"type": "GENERAL_ENQUIRY", "externalId": "me-1"}}' |
    jwe encrypt --key bank.b64 --param url={CASES} --cty {JSON} > request.jwe
  jose $BANK{CASES} -d @request.jwe | jwe decrypt --key mine.pem; echo
  jose $BANK{CASES}/me-1 | jwe decrypt --key mine.pem; echo

Ask for an answer without content, or for one under the key of the request (which `jwe` forgets); break the token:

  jose -i $BANK{CASES} -d @request.jwe -H '{ANSWER_MODE}: empty'
  jose -i $BANK{CASES} -d @request.jwe -H '{ANSWER_MODE}: direct'; echo
  jose -i $BANK{CASES} -d x$(cat request.jwe)
"#
    );
    loop {
        thread::park();
    }
}

/// The header of a message with JSON in it; `alg` and `enc` come from the key.
fn json_header() -> Fallible<Header> {
    Ok(Header::new().content_type(JSON)?)
}

fn ensure(condition: bool, expectation: &str) -> Fallible {
    if condition { Ok(()) } else { Err(expectation.into()) }
}

// ---- The partner ----

const OLD_KEY_ID: &str = "5c1d9a70-6d0e-4d2c-9d6b-000000002025";
const NEW_KEY_ID: &str = "b7f0e3c4-21aa-4b8e-8f53-000000002026";

struct Partner {
    http: Http,
    /// The bank's key has no `kid` here: the `kid` of a request names the partner's key for the answer.
    bank: EncryptingKey,
    keys: [DecryptingKey; 2],
}

/// Every step of the conversation, from the partner's side.
fn converse(bank: SocketAddr) -> Fallible {
    println!("The bank listens on http://{bank}. Its log goes to standard error.");
    let http = Http::new(bank);

    println!("\n1. We make two RSA keys, the old one and its successor, and upload their public halves.");
    let old = DecryptingKey::generate(2048)?.with_key_id(OLD_KEY_ID)?;
    let new = DecryptingKey::generate(2048)?.with_key_id(NEW_KEY_ID)?;
    let keys = [old, new];
    keys.iter().try_for_each(|key| upload(&http, key))?;

    println!("\n2. We fetch the bank's public key.");
    let bank = fetch_bank_key(&http)?;
    let partner = Partner { http, bank, keys };

    println!("\n3. We send a customer case. The answer is encrypted to our newest key, which its `kid` names.");
    let (_, reply) = partner.send_case(&header(CASES)?, "recipient")?;
    partner.expect_recipient(&reply, NEW_KEY_ID)?;

    println!("\n4. Our request may name the key for its answer: a machine that has the old key only still works.");
    let (_, reply) = partner.send_case(&header(CASES)?.key_id(OLD_KEY_ID)?, "recipient")?;
    partner.expect_recipient(&reply, OLD_KEY_ID)?;

    println!("\n5. The answer is encrypted directly under the key of our request. Nobody but the bank and we know it.");
    let (request, reply) = partner.send_case(&header(CASES)?, "direct")?;
    expect_direct(&reply, &request)?;

    println!("\n6. A GET has no body, so we encrypt nothing. The answer is encrypted all the same.");
    let path = format!("{CASES}/{EXTERNAL_ID}");
    println!("   GET {path}");
    partner.expect_recipient(&partner.http.send("GET", &path, &JOSE_HEADERS, ())?, NEW_KEY_ID)?;

    println!("\n7. An answer without content has nothing to encrypt: it isn't a token.");
    let (_, reply) = partner.send_case(&header(CASES)?, "empty")?;
    println!("   answer {}: {:?}", reply.status, reply.body);
    ensure(reply.is_plain(204), "the answer isn't a plain 204")?;

    println!("\n8. What the bank can't open, or what isn't meant for this path, is refused. We can't tell why.");
    partner.expect_refusals()?;

    println!("\nAll steps went as they should.");
    Ok(())
}

fn upload(http: &Http, key: &DecryptingKey) -> Fallible {
    let body = json!({
        "keyId": key.key_id(),
        "validFrom": "2026-01-01 00:00:00",
        "validTill": "2027-01-01 00:00:00",
        "scope": "PAYLOAD_ENCRYPTION",
        "publicKeyMaterial": {"algorithm": "RSA_OAEP_256", "keyMaterial": key.encrypting_key().to_base64_der()?},
    });
    let reply = http.send("POST", UPLOAD, &[("Content-Type", JSON)], &body.to_string())?;
    println!("   POST {UPLOAD}, keyId {}: {}", key.key_id().unwrap_or_default(), reply.status);
    ensure(reply.status == 201, "the upload was not answered 201")
}

fn fetch_bank_key(http: &Http) -> Fallible<EncryptingKey> {
    let path = format!("{BANK_KEY}?{QUERY}");
    let reply = http.send("GET", &path, &[], ())?;
    let answer: Value = serde_json::from_str(&reply.body)?;
    let material = answer.pointer("/keyMaterial/keyMaterial").and_then(Value::as_str).ok_or("no key material")?;
    let key = EncryptingKey::from_base64_der(material)?;
    println!("   GET {path}: {}", reply.status);
    println!("   RSA, {} bits, thumbprint {}", key.modulus_bits(), key.thumbprint());
    Ok(key)
}

/// The header of a request. The bank checks that `url` is its path.
fn header(path: &str) -> Fallible<Header> {
    Ok(json_header()?.param("url", path)?)
}

const EXTERNAL_ID: &str = "partner_external_id_12345";

fn customer_case() -> Value {
    json!({
        "type": "GENERAL_ENQUIRY",
        "subject": "Inquiry about Transfer 12345",
        "details": {"transferId": 58_114_690, "profileId": 14_556_049, "userId": 1234},
        "externalId": EXTERNAL_ID,
        "description": "Initial summary of the issue",
    })
}

impl Partner {
    fn encrypt(&self, header: &Header) -> Fallible<Encrypted> {
        Ok(self.bank.encrypt(header, customer_case().to_string().as_bytes())?)
    }

    /// Sends the customer case. The request's CEK stays here, for an answer under it.
    fn send_case(&self, header: &Header, answer_mode: &str) -> Fallible<(Encrypted, Reply)> {
        let request = self.encrypt(header)?;
        show_token(&format!("POST {CASES}"), &request.compact)?;
        let reply = self.post(&request.compact, answer_mode)?;
        Ok((request, reply))
    }

    fn post(&self, token: &str, answer_mode: &str) -> Fallible<Reply> {
        let [content_type, accept, method] = JOSE_HEADERS;
        self.http.send("POST", CASES, &[content_type, accept, method, (ANSWER_MODE, answer_mode)], token)
    }

    /// Opens an answer to one of our keys: the one that its `kid` names.
    fn expect_recipient(&self, reply: &Reply, expected_key_id: &str) -> Fallible {
        reply.expect_token()?;
        let jwe = Jwe::parse(&reply.body)?;
        // Nothing has verified this `kid`. It may choose among our keys; it can't make one of them trusted.
        let key_id = jwe.unverified_header().key_id().ok_or("the answer has no `kid`")?;
        let key = self.keys.iter().find(|key| key.key_id() == Some(&*key_id)).ok_or("`kid` names no key of ours")?;
        let opened = key.decrypt(&jwe)?;
        ensure(key_id == expected_key_id, "the answer is for another of our keys")?;
        expect_case(&opened.plaintext)
    }

    /// One constant refusal, whatever was wrong: the bank is no oracle (RFC 7516 section 11.5).
    fn expect_refusals(&self) -> Fallible {
        let good = self.encrypt(&header(CASES)?)?.compact;
        let attempts = [
            ("the header changed", tampered(&good, 0)),
            ("the encrypted key changed", tampered(&good, 1)),
            ("the IV changed", tampered(&good, 2)),
            ("the ciphertext changed", tampered(&good, 3)),
            ("the tag changed", tampered(&good, 4)),
            ("`url` of another path", self.encrypt(&header("/v1/transfers")?)?.compact),
            ("no `url`", self.encrypt(&Header::new())?.compact),
            ("`kid` of no key of ours", self.encrypt(&header(CASES)?.key_id("somebody-else")?)?.compact),
            ("content that isn't JSON", self.bank.encrypt(&header(CASES)?, b"{")?.compact),
            ("no token at all", customer_case().to_string()),
            ("a token of more than a mebibyte", self.bank.encrypt(&header(CASES)?, &vec![b' '; MAX_BODY])?.compact),
        ];
        for (what, token) in attempts {
            let reply = self.post(&token, "recipient")?;
            println!("   {what}: {}, {:?}", reply.status, reply.body);
            ensure(reply.is_plain(500), "the answer isn't a plain 500")?;
        }
        println!("   the same request, unchanged:");
        self.expect_recipient(&self.post(&good, "recipient")?, NEW_KEY_ID)
    }
}

/// Opens an answer under the key of our request. It needs none of our RSA keys.
fn expect_direct(reply: &Reply, request: &Encrypted) -> Fallible {
    reply.expect_token()?;
    let jwe = Jwe::parse(&reply.body)?;
    ensure(jwe.algorithm() == Algorithm::Dir, "the answer isn't `dir`")?;
    expect_case(&request.cek.decrypt(&jwe)?)
}

fn expect_case(plaintext: &[u8]) -> Fallible {
    let answer: Value = serde_json::from_slice(plaintext)?;
    println!("   opened {answer}");
    ensure(answer.get("externalId") == Some(&EXTERNAL_ID.into()), "the answer is about another case")
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

struct Reply {
    status: u16,
    content_type: String,
    body: String,
}

impl Reply {
    /// A bare status: no content, and no media type that would promise one.
    fn is_plain(&self, status: u16) -> bool {
        self.status == status && self.content_type.is_empty() && self.body.is_empty()
    }

    fn expect_token(&self) -> Fallible {
        ensure(self.status == 200 && self.content_type == JOSE, "the answer is no token")?;
        show_token(&format!("answer {}", self.status), &self.body)
    }
}

struct Http {
    agent: Agent,
    base: String,
}

impl Http {
    fn new(address: SocketAddr) -> Self {
        // No proxy: the environment may name one that can't reach the loopback interface.
        let config = Agent::config_builder().http_status_as_error(false).proxy(None);
        let config = config.timeout_global(Some(Duration::from_secs(30))).build();
        Self { agent: config.into(), base: format!("http://{address}") }
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl AsSendBody) -> Fallible<Reply> {
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let mut response = self.agent.run(request.body(body)?)?;
        let content_type = response.headers().get("Content-Type").map(|value| value.to_str()).transpose()?;
        Ok(Reply {
            status: response.status().as_u16(),
            content_type: content_type.unwrap_or_default().to_owned(),
            body: response.body_mut().read_to_string()?,
        })
    }
}

// ---- The bank ----

/// The longest body that is read.
const MAX_BODY: usize = 1 << 20;
/// A header with a few parameters is short.
const LIMITS: Limits = Limits::new().with_token_len(MAX_BODY).with_header_len(2048);
/// The longest body whose rest is drained: `tiny_http` 0.12 allocates as much as `Content-Length` says for that.
const MAX_DRAINED: usize = 64 << 20;
/// Enough for a rotation; more can't fill the memory.
const MAX_PARTNER_KEYS: usize = 8;
/// Threads that answer requests.
const WORKERS: usize = 2;

struct Bank {
    server: Server,
    /// Without a `kid` of its own, because the `kid` of a request names a key of the partner.
    key: DecryptingKey,
    /// The newest one last. There is one partner: a real bank keeps a list for each, and looks at the dates.
    partner_keys: Mutex<Vec<EncryptingKey>>,
}

type Answer = Response<Cursor<Vec<u8>>>;

/// An answer without content. It has no media type, which would promise some.
fn plain(status: u16) -> Answer {
    Response::from_data([]).with_status_code(status)
}

fn answer_with(status: u16, content_type: &str, body: String) -> Fallible<Answer> {
    let header = tiny_http::Header::from_bytes("Content-Type", content_type).map_err(|()| "not a header")?;
    Ok(Response::from_data(body).with_status_code(status).with_header(header))
}

impl Bank {
    fn listen(address: SocketAddr) -> Fallible<Self> {
        let server = Server::http(address)?;
        Ok(Self { server, key: DecryptingKey::generate(2048)?, partner_keys: Mutex::default() })
    }

    fn work(&self) {
        for mut request in self.server.incoming_requests() {
            if request.body_length().is_some_and(|len| len > MAX_DRAINED) {
                // Dropping the request would drain it. Rather lose a connection than the process.
                core::mem::forget(request);
                continue;
            }
            // The one place where an error turns into an answer: the reason goes to the bank's own log only.
            let answer = self.answer(&mut request).unwrap_or_else(|reason| {
                log(format_args!("refused: {reason}"));
                plain(500)
            });
            request.respond(answer).unwrap_or_else(log);
        }
    }

    fn answer(&self, request: &mut Request) -> Fallible<Answer> {
        let path = request.url().split('?').next().unwrap_or_default().to_owned();
        match (request.method(), &*path) {
            (Method::Post, UPLOAD) => self.take_key(request),
            (Method::Get, BANK_KEY) => self.hand_out_key(),
            (Method::Post, CASES) => self.take_case(request),
            (Method::Get, path) => match path.strip_prefix(CASES).and_then(|rest| rest.strip_prefix('/')) {
                Some(case_id) => self.show_case(case_id, request),
                None => Ok(plain(404)),
            },
            _ => Ok(plain(404)),
        }
    }

    fn take_key(&self, request: &mut Request) -> Fallible<Answer> {
        let upload: Value = serde_json::from_slice(&read_body(request)?)?;
        let key = partner_key(&upload)?;
        let mut keys = self.partner_keys();
        keys.retain(|known| known.key_id() != key.key_id());
        if keys.len() == MAX_PARTNER_KEYS {
            keys.remove(0);
        }
        keys.push(key);
        answer_with(201, JSON, upload.to_string())
    }

    fn hand_out_key(&self) -> Fallible<Answer> {
        let material = json!({"algorithm": "RSA_OAEP_256", "keyMaterial": self.key.encrypting_key().to_base64_der()?});
        let answer = json!({"version": 1, "keyMaterial": material, "scope": "PAYLOAD_ENCRYPTION"});
        answer_with(200, JSON, answer.to_string())
    }

    fn take_case(&self, request: &mut Request) -> Fallible<Answer> {
        let Some(answer_mode) = answer_mode(request) else { return Ok(plain(415)) };
        let body = read_body(request)?;
        let jwe = Jwe::parse_with_limits(&body, LIMITS)?;
        let opened = self.key.decrypt(&jwe)?;
        // The decryption has succeeded: the header is what the sender meant, and we may act on it.
        let header = jwe.unverified_header();
        ensure(header.string("url").as_deref() == Some(CASES), "`url` is not the path of the request")?;
        let case: Value = serde_json::from_slice(&opened.plaintext)?;
        let answer = json!({"externalId": case.get("externalId"), "status": "RECEIVED"}).to_string();
        match &*answer_mode {
            "empty" => Ok(plain(204)),
            "direct" => answer_with(200, JOSE, opened.cek.encrypt(&json_header()?, answer.as_bytes())?),
            _ => self.encrypt_answer(header.key_id().as_deref(), &answer),
        }
    }

    fn show_case(&self, case_id: &str, request: &Request) -> Fallible<Answer> {
        if answer_mode(request).is_none() {
            return Ok(plain(415));
        }
        self.encrypt_answer(None, &json!({"externalId": case_id, "status": "OPEN"}).to_string())
    }

    /// To the key that the request names, or else the newest. The key's id becomes the `kid` of the answer.
    fn encrypt_answer(&self, key_id: Option<&str>, answer: &str) -> Fallible<Answer> {
        let keys = self.partner_keys();
        let key = keys.iter().rev().find(|key| key_id.is_none() || key.key_id() == key_id).cloned();
        drop(keys);
        let key = key.ok_or("no such key of the partner")?;
        answer_with(200, JOSE, key.encrypt(&json_header()?, answer.as_bytes())?.compact)
    }

    fn partner_keys(&self) -> MutexGuard<'_, Vec<EncryptingKey>> {
        self.partner_keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn partner_key(upload: &Value) -> Fallible<EncryptingKey> {
    let text = |pointer| upload.pointer(pointer).and_then(Value::as_str);
    ensure(text("/scope") == Some("PAYLOAD_ENCRYPTION"), "scope: not PAYLOAD_ENCRYPTION")?;
    ensure(text("/publicKeyMaterial/algorithm") == Some("RSA_OAEP_256"), "algorithm: not RSA_OAEP_256")?;
    let material = text("/publicKeyMaterial/keyMaterial").ok_or("keyMaterial: missing")?;
    Ok(EncryptingKey::from_base64_der(material)?.with_key_id(text("/keyId").ok_or("keyId: missing")?)?)
}

/// How the request wants its answer, if it is one for this conversation.
fn answer_mode(request: &Request) -> Option<String> {
    let value = |name: &str| {
        let header = request.headers().iter().find(|header| header.field.as_str().as_str().eq_ignore_ascii_case(name));
        header.map(|header| header.value.as_str())
    };
    let ours = JOSE_HEADERS.iter().all(|(name, expected)| value(name) == Some(expected));
    ours.then(|| value(ANSWER_MODE).unwrap_or("recipient").to_owned())
}

/// `tiny_http` sets no time limit: where strangers can connect, put a proxy in front that does.
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

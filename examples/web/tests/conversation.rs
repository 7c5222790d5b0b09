//! The bank and the partner over the loopback interface.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::net::SocketAddr;
use core::time::Duration;
use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use jwe_primitives::{DecryptingKey, EncryptingKey, Error, Header, KeyError};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::{Certificate, Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task;
use tokio::time::timeout;
use web::bank::{Bank, KEY_BITS, MAX_BODY};
use web::partner::{Api, Partner};

const TOKEN: &str = "a-bearer-token";
const CASES: &str = "/v1/cases";
const PLAYGROUND: &str = "/v1/auth/jose/playground/jwe";
const DIRECT: &str = "/v1/auth/jose/playground/jwe-direct-encryption";

async fn new_bank() -> Arc<Bank> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Arc::new(task::spawn_blocking(|| Bank::new(TOKEN.into())).await.unwrap().unwrap())
}

/// A bank that listens, with its address.
async fn listening_bank() -> (Arc<Bank>, SocketAddr) {
    let bank = new_bank().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Arc::clone(&bank).router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (bank, address)
}

fn api(address: SocketAddr) -> Api {
    Api::new(format!("http://{address}").parse().unwrap(), TOKEN.into(), None).unwrap()
}

async fn rotate(bank: &Arc<Bank>) -> u64 {
    rotate_to(bank, KEY_BITS).await
}

async fn rotate_to(bank: &Arc<Bank>, bits: usize) -> u64 {
    let bank = Arc::clone(bank);
    task::spawn_blocking(move || bank.rotate_key(bits)).await.unwrap().unwrap()
}

fn case() -> Value {
    json!({"type": "GENERAL_ENQUIRY", "externalId": "case-1"})
}

async fn converse(partner: &Partner) {
    let received = json!({"received": {"hello": "bank"}});
    assert_eq!(partner.greeting().await.unwrap(), json!({"hello": "partner"}));
    assert_eq!(partner.playground(&json!({"hello": "bank"})).await.unwrap(), received);
    assert_eq!(partner.direct(&json!({"hello": "bank"})).await.unwrap(), received);
    let case = partner.create_case(&case()).await.unwrap();
    assert_eq!(case, json!({"externalId": "case-1", "status": "RECEIVED"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_conversation() {
    let (_bank, address) = listening_bank().await;
    converse(&Partner::with_new_key(api(address)).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_partner_trusts_the_given_certificate_only() {
    let bank = new_bank().await;
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let tls = RustlsConfig::from_der(vec![cert.der().to_vec()], signing_key.serialize_der()).await.unwrap();
    let handle = axum_server::Handle::<SocketAddr>::new();
    let server = axum_server::bind_rustls("127.0.0.1:0".parse().unwrap(), tls).handle(handle.clone());
    tokio::spawn(server.serve(bank.router().into_make_service()));
    let url = format!("https://localhost:{}", handle.listening().await.unwrap().port());

    let connect = async |root| {
        let api = Api::new(url.parse().unwrap(), TOKEN.into(), Some(root)).unwrap();
        Partner::with_new_key(api).await
    };
    converse(&connect(Certificate::from_der(cert.der()).unwrap()).await.unwrap()).await;
    let other = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    assert!(connect(Certificate::from_der(other.cert.der()).unwrap()).await.is_err());
}

#[tokio::test]
async fn the_partner_sends_no_token_without_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let api = Api::new("http://bank.invalid".parse().unwrap(), TOKEN.into(), None).unwrap();
    let error = Partner::with_new_key(api).await.err().unwrap();
    assert!(format!("{error:?}").contains("BadScheme"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bank_rotates_its_key_under_load() {
    let (bank, address) = listening_bank().await;
    let partner = Arc::new(Partner::with_new_key(api(address)).await.unwrap());
    let requests: Vec<_> = (0..4)
        .map(|_| {
            let partner = Arc::clone(&partner);
            tokio::spawn(async move {
                for _ in 0..25 {
                    partner.create_case(&case()).await.unwrap();
                }
            })
        })
        .collect();
    for version in 2..=4 {
        assert_eq!(rotate(&bank).await, version);
    }
    for request in requests {
        request.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_partner_fetches_the_banks_key_once_more_when_its_own_is_too_old() {
    let (bank, address) = listening_bank().await;
    let partner = Partner::with_new_key(api(address)).await.unwrap();
    let kept = bank_key(address).await;
    rotate(&bank).await;
    assert_eq!(post(address, CASES, encrypt(&kept, &Header::new())).await.status(), 200);
    rotate(&bank).await;
    assert_eq!(post(address, CASES, encrypt(&kept, &Header::new())).await.status(), 400);
    partner.create_case(&case()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_to_a_longer_key_serves_partners_who_have_the_old_one() {
    let (bank, address) = listening_bank().await;
    let _partner = Partner::with_new_key(api(address)).await.unwrap();
    let kept = bank_key(address).await;
    rotate_to(&bank, 3072).await;
    let fetched = bank_key(address).await;
    assert_eq!((kept.modulus_bits(), fetched.modulus_bits()), (2048, 3072));
    for key in [&kept, &fetched] {
        assert_eq!(post(address, CASES, encrypt(key, &Header::new())).await.status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_partner_rotates_its_key_under_load() {
    let (_bank, address) = listening_bank().await;
    let partner = Arc::new(Partner::with_new_key(api(address)).await.unwrap());
    let requests: Vec<_> = (0..4)
        .map(|_| {
            let partner = Arc::clone(&partner);
            tokio::spawn(async move {
                for _ in 0..25 {
                    partner.create_case(&case()).await.unwrap();
                    partner.greeting().await.unwrap();
                }
            })
        })
        .collect();
    let old = partner.key_id();
    let new = partner.rotate_key().await.unwrap();
    assert_eq!(partner.key_id(), new);
    for request in requests {
        request.await.unwrap();
    }
    assert!(partner.retire_key(&old) && !partner.retire_key(&old));
    converse(&partner).await;
}

// ---- Rejections, by hand ----

fn authorized(address: SocketAddr, path: &str) -> RequestBuilder {
    Client::new().post(format!("http://{address}{path}")).bearer_auth(TOKEN)
}

fn jose(request: RequestBuilder) -> RequestBuilder {
    let request = request.header("Content-Type", "application/jose+json").header("Accept", "application/jose+json");
    request.header("X-TW-JOSE-Method", "jwe")
}

async fn post(address: SocketAddr, path: &str, body: impl Into<reqwest::Body>) -> Response {
    jose(authorized(address, path)).body(body).send().await.unwrap()
}

async fn bank_key(address: SocketAddr) -> EncryptingKey {
    let url =
        format!("http://{address}/v1/auth/jose/response/public-keys?algorithm=RSA_OAEP_256&scope=PAYLOAD_ENCRYPTION");
    let body: Value = Client::new().get(url).bearer_auth(TOKEN).send().await.unwrap().json().await.unwrap();
    EncryptingKey::from_base64_der(body["keyMaterial"]["keyMaterial"].as_str().unwrap()).unwrap()
}

fn encrypt(key: &EncryptingKey, header: &Header) -> String {
    key.encrypt(header, case().to_string().as_bytes()).unwrap().compact
}

/// The status, each header but the date, and the body.
async fn everything(response: Response) -> String {
    let headers: Vec<_> = response.headers().iter().filter(|(name, _)| *name != "date").collect();
    format!("{} {headers:?} ", response.status()) + &response.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rejection_is_the_same_response() {
    let (_bank, address) = listening_bank().await;
    let partner = Partner::with_new_key(api(address)).await.unwrap();
    let key = bank_key(address).await;
    let another = task::spawn_blocking(|| DecryptingKey::generate(2048)).await.unwrap().unwrap();
    let valid = encrypt(&key, &Header::new().param("url", CASES).unwrap());
    let tampered = |part: usize| {
        let mut parts: Vec<String> = valid.split('.').map(str::to_owned).collect();
        let other = if parts[part].starts_with('A') { "B" } else { "A" };
        parts[part].replace_range(..1, other);
        parts.join(".")
    };
    let mut seen = Vec::new();
    for (path, body) in [
        (CASES, tampered(0)),
        (CASES, tampered(1)),
        (CASES, tampered(2)),
        (CASES, tampered(3)),
        (CASES, tampered(4)),
        (CASES, encrypt(another.encrypting_key(), &Header::new())),
        (CASES, encrypt(&key, &Header::new().param("url", "/v1/transfers").unwrap())),
        (CASES, encrypt(&key, &Header::new().key_id("somebody-else").unwrap())),
        (CASES, key.encrypt(&Header::new(), b"{").unwrap().compact),
        (CASES, case().to_string()),
        (PLAYGROUND, case().to_string()),
        (DIRECT, case().to_string()),
        (CASES, String::new()),
    ] {
        seen.push(everything(post(address, path, body).await).await);
    }
    // Not marked as encrypted, though it is; and without the wish for an encrypted response.
    let plain = authorized(address, CASES).header("Content-Type", "application/json");
    let plain = plain.header("Accept", "application/jose+json").header("X-TW-JOSE-Method", "jwe").body(valid.clone());
    seen.push(everything(plain.send().await.unwrap()).await);
    let unmarked = authorized(address, CASES).header("Content-Type", "application/jose+json").body(valid.clone());
    seen.push(everything(unmarked.send().await.unwrap()).await);
    assert_eq!(seen[0], r#"400 Bad Request [("content-length", "0")] "#);
    for (number, response) in seen.iter().enumerate() {
        assert_eq!(*response, seen[0], "{number}");
    }
    assert_eq!(post(address, CASES, valid).await.status(), 200);
    converse(&partner).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_rejected() {
    let (_bank, address) = listening_bank().await;
    let _partner = Partner::with_new_key(api(address)).await.unwrap();
    let key = bank_key(address).await;
    let token = |len| key.encrypt(&Header::new(), json!("x".repeat(len)).to_string().as_bytes()).unwrap().compact;
    assert_eq!(post(address, PLAYGROUND, token(700_000)).await.status(), 200);
    // The connection may be cut while the body is still on its way.
    let request = jose(authorized(address, PLAYGROUND)).body(token(MAX_BODY));
    assert!(request.send().await.map_or(true, |response| response.status() == 400));
    // Without a length there is nothing to see in advance: the limit holds all the same.
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {PLAYGROUND} HTTP/1.1\r\nHost: bank\r\nAuthorization: Bearer {TOKEN}\r\nAccept: application/jose+json\r\n\
         Content-Type: application/jose+json\r\nX-TW-JOSE-Method: jwe\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..17 {
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut response = vec![0; 12];
    // At once, and not when the time is up.
    let read = timeout(Duration::from_secs(5), stream.read_exact(&mut response));
    read.await.unwrap().unwrap();
    assert_eq!(response, b"HTTP/1.1 400");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_takes_too_long_is_rejected() {
    let (_bank, address) = listening_bank().await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head =
        format!("POST {CASES} HTTP/1.1\r\nHost: bank\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 9\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut response = vec![0; 12];
    let read = timeout(Duration::from_secs(20), stream.read_exact(&mut response));
    read.await.unwrap().unwrap();
    assert_eq!(response, b"HTTP/1.1 400");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_turned_away_before_any_decryption() {
    let (_bank, address) = listening_bank().await;
    for token in ["", "a-bearer-tokem", "a-bearer-token2"] {
        let request = Client::new().post(format!("http://{address}{CASES}")).bearer_auth(token).body("a.b.c.d.e");
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
    let request = Client::new().get(format!("http://{address}{PLAYGROUND}"));
    assert_eq!(request.send().await.unwrap().status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correlation_id_of_36_characters_comes_back() {
    let (_bank, address) = listening_bank().await;
    for (id, echoed) in [("x".repeat(36), true), ("x".repeat(37), false)] {
        let request = Client::new().get(format!("http://{address}/")).header("X-External-Correlation-Id", &id);
        let response = request.send().await.unwrap();
        assert_eq!(response.headers().get("X-External-Correlation-Id").is_some_and(|echo| *echo == *id), echoed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_upload_is_told_what_is_wrong() {
    let (_bank, address) = listening_bank().await;
    let key = task::spawn_blocking(|| DecryptingKey::generate(2048)).await.unwrap().unwrap();
    let public = key.encrypting_key().to_base64_der().unwrap();
    let private: String = key.to_pem().unwrap().lines().filter(|line| !line.starts_with('-')).collect();
    let uuid = "6a5b3c1e-8f0d-4f4e-9b57-000000002026";
    let is_private = Error::from(KeyError::PrivateInsteadOfPublic).to_string();
    for (key_id, material, reason) in
        [("mine-1", &*public, "UUID"), (uuid, &*private, &*is_private), (uuid, "AAAA", "key: ")]
    {
        let body = json!({"keyId": key_id, "scope": "PAYLOAD_ENCRYPTION",
            "publicKeyMaterial": {"algorithm": "RSA_OAEP_256", "keyMaterial": material}});
        let request = authorized(address, "/v1/auth/jose/request/public-keys").json(&body);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400);
        let error: Value = response.json().await.unwrap();
        assert!(error["error"].as_str().unwrap().contains(reason), "{error}");
    }
}

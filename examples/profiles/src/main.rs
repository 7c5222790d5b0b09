//! Services with the same algorithms as this crate and an envelope of their own, both sides of each.
//!
//! `cargo run --release -p profiles` plays all of them, `... profiles NAME` one, and fails if a step does.
//!
//! For each service, one function makes its message and one takes it. The names in them come from its public
//! documentation and client libraries. Left out is how it authenticates a request, and where it wants encryption.
//! The last profile, `others`, is the table of `examples/README.md`: services whose algorithms aren't these.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the reader is told what happens")]

use core::fmt::Display;
use std::env;
use std::error::Error as StdError;
use std::process::ExitCode;
use std::time::SystemTime;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use hmac::digest::MacError;
use hmac::{Hmac, Mac as _};
use jwe_primitives::{DecryptingKey, EncryptingKey, Error, Header, Jwe, KeySet, Part, RegisteredName};
use jwt::{AlgorithmType, SignWithKey as _, VerifyWithKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

type Fallible<T = ()> = Result<T, Box<dyn StdError>>;

/// A name, what plays it, and whom it serves.
type Profile = (&'static str, fn() -> Fallible, &'static str);

const PROFILES: [Profile; 5] = [
    ("cybersource", cybersource, "Cybersource, Visa Acceptance: message-level encryption"),
    ("mastercard", mastercard, "Mastercard: payload encryption with JWE"),
    ("machine-payments", machine_payments, "Machine Payments Protocol: card charge"),
    ("nested-jwt", nested_jwt, "a signed JWT inside, as in encrypted access tokens"),
    ("others", others, "services that need another crate"),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = env::args().skip(1).collect();
    let Err(error) = run(&wanted) else { return ExitCode::SUCCESS };
    eprintln!("FAILED: {error}");
    ExitCode::FAILURE
}

fn run(wanted: &[String]) -> Fallible {
    let names = PROFILES.map(|(name, ..)| name);
    let usage = format!("usage: profiles [NAME]...\nNAME: {}", names.join(", "));
    if wanted.iter().any(|argument| argument == "--help") {
        println!("{usage}");
        return Ok(());
    }
    ensure(wanted.iter().all(|name| names.contains(&name.as_str())), &usage)?;
    for (name, play, title) in PROFILES {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            println!("\n=== {name}: {title}");
            play()?;
        }
    }
    Ok(())
}

// ---- Cybersource, Visa Acceptance ----

/// Seconds that a request may be old. This bound is ours; a receiver that wants no replay remembers tokens that long.
const MAX_AGE: u64 = 300;

fn cybersource() -> Fallible {
    // The gateway's key comes in a certificate (`openssl x509 -pubkey -noout` takes it out), and its `kid` is the
    // `serialNumber` in the certificate's subject. The merchant registers a key for responses and learns its `kid`.
    let gateway = DecryptingKey::generate(2048)?.with_key_id("1718126400000000000001")?;
    let merchant = DecryptingKey::generate(2048)?.with_key_id("0f5c6d1e-merchant")?;
    let payment = json!({"orderInformation": {"amountDetails": {"totalAmount": "10.00", "currency": "USD"}}});

    step("The merchant encrypts the whole body. `cty` is `JWT`, though the content is plain JSON: that's how it is.");
    let request = cybersource_request(gateway.encrypting_key(), &payment, unix_time()?)?;
    show(&request, "encryptedRequest")?;
    step("The gateway opens it.");
    ensure(cybersource_open(&gateway, &request)? == payment, "the request is not what was sent")?;
    let late = cybersource_request(gateway.encrypting_key(), &payment, unix_time()?.saturating_sub(3600))?;
    expect_rejection("a request of an hour ago", cybersource_open(&gateway, &late), "`iat` is too far from now")?;

    step("The response, if it is encrypted, is to the merchant's own key.");
    let token = merchant.encrypting_key().encrypt(&Header::new(), br#"{"status":"AUTHORIZED"}"#)?.compact;
    let response = json!({"encryptedResponse": token});
    show(&response, "encryptedResponse")?;
    let opened = merchant.decrypt(&Jwe::parse(member(&response, "encryptedResponse")?)?)?;
    ensure(opened.plaintext == br#"{"status":"AUTHORIZED"}"#, "the response is not what was sent")
}

fn cybersource_request(gateway: &EncryptingKey, body: &Value, time: u64) -> Fallible<Value> {
    let header = Header::new().content_type("JWT")?.param("iat", i64::try_from(time)?)?;
    Ok(json!({"encryptedRequest": gateway.encrypt(&header, body.to_string().as_bytes())?.compact}))
}

fn cybersource_open(gateway: &DecryptingKey, request: &Value) -> Fallible<Value> {
    let jwe = Jwe::parse(member(request, "encryptedRequest")?)?;
    let opened = gateway.decrypt(&jwe)?;
    let issued: u64 = opened.header.number("iat").ok_or("no `iat`")?;
    ensure(unix_time()?.abs_diff(issued) <= MAX_AGE, "`iat` is too far from now")?;
    Ok(serde_json::from_slice(&opened.plaintext)?)
}

// ---- Mastercard ----

fn mastercard() -> Fallible {
    let mastercard = named_by_fingerprint(DecryptingKey::generate(2048)?)?;
    // Two keys, because one is being rotated out.
    let old = named_by_fingerprint(DecryptingKey::generate(2048)?)?;
    let new = named_by_fingerprint(DecryptingKey::generate(2048)?)?;
    let to_client = new.encrypting_key().clone();
    let client: KeySet<DecryptingKey> = [old, new].into_iter().collect();
    let card = json!({"cardNumber": "5555555555554444", "expiry": "12/30"});

    step("The client encrypts. `kid` is the hex SHA-256 of the public key's SPKI in DER.");
    let request = mastercard_message(mastercard.encrypting_key(), &card)?;
    show(&request, "encryptedData")?;
    step("Mastercard opens it.");
    let keys: KeySet<DecryptingKey> = [mastercard].into_iter().collect();
    ensure(mastercard_open(&keys, &request)? == card, "the request is not what was sent")?;

    step("The response is to one of the client's keys, which its `kid` names.");
    let response = mastercard_message(&to_client, &card)?;
    show(&response, "encryptedData")?;
    ensure(mastercard_open(&client, &response)? == card, "the response is not what was sent")?;

    step("What Mastercard's own client libraries may write, and this crate does not read:");
    let token = member(&response, "encryptedData")?;
    let long_iv = json!({"encryptedData": with_part(token, 2, &BASE64URL.encode([7; 16]))});
    let reason = Error::PartLength(Part::Iv);
    expect_rejection("an IV of 16 bytes (RFC 7518 section 5.3: 12)", mastercard_open(&client, &long_iv), reason)?;
    let cbc = json!({"encryptedData": with_header(token, "RSA-OAEP-256", "A128CBC-HS256")});
    let reason = Error::UnsupportedEncryption(RegisteredName::of("A128CBC-HS256"));
    expect_rejection("`enc` A128CBC-HS256", mastercard_open(&client, &cbc), reason)
}

fn named_by_fingerprint(key: DecryptingKey) -> Fallible<DecryptingKey> {
    let digest = Sha256::digest(key.encrypting_key().to_der()?);
    let fingerprint: String = digest.map(|byte| format!("{byte:02x}")).into_iter().collect();
    Ok(key.with_key_id(&fingerprint)?)
}

fn mastercard_message(to: &EncryptingKey, body: &Value) -> Fallible<Value> {
    let header = Header::new().content_type("application/json")?;
    Ok(json!({"encryptedData": to.encrypt(&header, body.to_string().as_bytes())?.compact}))
}

fn mastercard_open(keys: &KeySet<DecryptingKey>, message: &Value) -> Fallible<Value> {
    let jwe = Jwe::parse(member(message, "encryptedData")?)?;
    Ok(serde_json::from_slice(&keys.for_token(&jwe)?.decrypt(&jwe)?.plaintext)?)
}

// ---- Machine Payments Protocol, method `card`, intent `charge` ----

fn machine_payments() -> Fallible {
    let processor = DecryptingKey::generate(2048)?.with_key_id("enc-2026-01")?;
    let jwk: Value = serde_json::from_str(&processor.encrypting_key().to_jwk())?;
    let network_token = json!({
        "token": {"paymentToken": "4242424242424242", "tokenExpirationMonth": "06", "tokenExpirationYear": "2034",
            "eci": "07"},
        "dynamicData": {"dynamicDataValue": "AmDDBjkH/4A=", "dynamicDataType": "CARD_APPLICATION_CRYPTOGRAM_SHORT_FORM",
            "dynamicDataExpiration": 1_790_000_000},
    });

    step("The server returns 402 with the public key of its payment processor, in `methodDetails`.");
    println!("   encryptionJwk {}", shortened(&jwk.to_string(), 90));
    step("The side of the client encrypts a network token to it. The header has `alg`, `enc` and `kid`, no more.");
    let payload = card_payload(&jwk, &network_token)?;
    show(&payload, "encryptedPayload")?;
    let credential = json!({"challenge": {"method": "card", "intent": "charge"}, "payload": payload});
    let authorization = format!("Payment {}", BASE64URL.encode(credential.to_string()));
    println!("   Authorization: {}", shortened(&authorization, 60));
    step("Client and server pass it on unread; the processor opens it.");
    ensure(open_card_payload(&processor, &payload)? == network_token, "the token is not what was sent")?;

    step("Keys that the client must reject, and a token that the processor must:");
    // RFC 7517 makes `use`, `alg` and `kid` optional, and so does this crate. The protocol doesn't.
    for (name, reason) in [
        ("kid", "the JWK has no `kid`"),
        ("use", "the JWK's `use` is not `enc`"),
        ("alg", "the JWK's `alg` is not `RSA-OAEP-256`"),
    ] {
        let lacking = with_member(&jwk, name, Value::Null);
        expect_rejection(&format!("a JWK without `{name}`"), card_payload(&lacking, &network_token), reason)?;
    }
    let nameless = EncryptingKey::from_jwk(&with_member(&jwk, "kid", Value::Null).to_string())?;
    let nameless = json!({"encryptedPayload": nameless.encrypt(&Header::new(), b"{}")?.compact});
    expect_rejection("a token without `kid`", open_card_payload(&processor, &nameless), "the token has no `kid`")
}

/// What the client's side does with `encryptionJwk`; with `jwksUri`, with the member of `keys` that `kid` names.
fn card_payload(jwk: &Value, network_token: &Value) -> Fallible<Value> {
    let has = |name, expected| jwk.get(name).and_then(Value::as_str) == Some(expected);
    ensure(has("use", "enc"), "the JWK's `use` is not `enc`")?;
    ensure(has("alg", "RSA-OAEP-256"), "the JWK's `alg` is not `RSA-OAEP-256`")?;
    let key = EncryptingKey::from_jwk(&jwk.to_string())?;
    ensure(key.key_id().is_some(), "the JWK has no `kid`")?;
    let token = key.encrypt(&Header::new(), network_token.to_string().as_bytes())?.compact;
    // What stands next to the token is for the receipt: the processor has to rely on what is inside.
    Ok(json!({"encryptedPayload": token, "network": "visa", "panLastFour": "4242", "panExpirationMonth": "06",
        "panExpirationYear": "2028"}))
}

fn open_card_payload(processor: &DecryptingKey, payload: &Value) -> Fallible<Value> {
    let jwe = Jwe::parse(member(payload, "encryptedPayload")?)?;
    // That a `kid` is the right one, `decrypt` checks; that there must be one is a rule of this protocol.
    ensure(jwe.unverified_header().key_id().is_some(), "the token has no `kid`")?;
    let opened: Value = serde_json::from_slice(&processor.decrypt(&jwe)?.plaintext)?;
    ensure(opened.get("token").is_some() && opened.get("dynamicData").is_some(), "the content is incomplete")?;
    Ok(opened)
}

// ---- A nested JWT (RFC 7519 section 5.2) ----

const ISSUER: &str = "https://issuer.example/";
const AUDIENCE: &str = "https://api.example/";

/// The issuer's and the API's. An issuer for many APIs signs with a private key instead (RS256, ES256); nothing else
/// changes. `jwt` is of the generation of `RustCrypto` before ours, hence another `sha2`.
type SigningKey = Hmac<sha2_10::Sha256>;

fn nested_jwt() -> Fallible {
    let api = DecryptingKey::generate(2048)?.with_key_id("api-2026")?;
    let signing_key = SigningKey::new_from_slice(b"an example's secret, of 32 bytes")?;
    let expiry = unix_time()?.saturating_add(600);
    let claims = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "scope": "payments", "exp": expiry});
    let nest = |jws: &str| Ok::<_, Box<dyn StdError>>(encrypt_jwt(api.encrypting_key(), jws)?);

    step("The issuer signs, then encrypts to the API. `cty` tells that a JWT is inside.");
    let token = nest(&claims.clone().sign_with_key(&signing_key)?)?;
    show(&json!({"access_token": &token}), "access_token")?;
    step("The API decrypts, then verifies, then looks at the claims.");
    ensure(accept_jwt(&api, &signing_key, &token)? == claims, "the claims are not what was signed")?;

    step("Anybody has the API's public key. So these decrypt, and only the signature tells:");
    let stranger = SigningKey::new_from_slice(b"a stranger's secret, of 32 bytes")?;
    let forged = nest(&claims.clone().sign_with_key(&stranger)?)?;
    ensure(api.decrypt(&Jwe::parse(&forged)?).is_ok(), "a forged token should decrypt")?;
    expect_rejection("signed by a stranger", accept_jwt(&api, &signing_key, &forged), MacError)?;
    let unsigned = [json!({"alg": "none"}), claims.clone()].map(|part| BASE64URL.encode(part.to_string())).join(".");
    let unsigned = accept_jwt(&api, &signing_key, &nest(&format!("{unsigned}."))?);
    expect_rejection("`alg` none", unsigned, jwt::Error::AlgorithmMismatch(AlgorithmType::None, AlgorithmType::Hs256))?;
    let stale = nest(&with_member(&claims, "exp", 1.into()).sign_with_key(&signing_key)?)?;
    expect_rejection("expired", accept_jwt(&api, &signing_key, &stale), "the JWT has expired")?;
    let plain = Header::new().content_type("application/json")?;
    let plain = api.encrypting_key().encrypt(&plain, claims.to_string().as_bytes())?.compact;
    expect_rejection("claims without a signature", accept_jwt(&api, &signing_key, &plain), "`cty` is not `JWT`")
}

fn encrypt_jwt(api: &EncryptingKey, jws: &str) -> Result<String, Error> {
    Ok(api.encrypt(&Header::new().content_type("JWT")?, jws.as_bytes())?.compact)
}

fn accept_jwt(api: &DecryptingKey, signing_key: &SigningKey, token: &str) -> Fallible<Value> {
    let jwe = Jwe::parse(token)?;
    let opened = api.decrypt(&jwe)?;
    // Media types are compared without regard to case.
    let content_type = opened.header.content_type();
    ensure(content_type.is_some_and(|cty| cty.eq_ignore_ascii_case("JWT")), "`cty` is not `JWT`")?;
    // The key has one algorithm here too: a JWS with another `alg` is rejected.
    let claims: Value = str::from_utf8(&opened.plaintext)?.verify_with_key(signing_key)?;
    let has = |name, expected: &str| claims.get(name).is_some_and(|value| value == expected);
    ensure(has("iss", ISSUER) && has("aud", AUDIENCE), "the JWT is not from our issuer to us")?;
    let expiry = claims.get("exp").and_then(Value::as_u64).ok_or("no `exp`")?;
    ensure(unix_time()? < expiry, "the JWT has expired")?;
    Ok(claims)
}

// ---- Services that this crate doesn't serve: the table in examples/README.md ----

fn others() -> Fallible {
    let token = DecryptingKey::generate(2048)?.encrypting_key().encrypt(&Header::new(), b"")?.compact;
    for (service, alg, enc) in [
        ("Visa Developer, MLE", "RSA-OAEP-256", "A128GCM"),
        ("Juspay, tokenization", "RSA-OAEP-256", "A128GCM"),
        ("Juspay, payouts", "RSA-OAEP", "A128CBC-HS256"),
        ("PayPal Provisioning", "RSA-OAEP", "A128CBC-HS256"),
        ("UnionPay International", "RSA1_5", "A128CBC-HS256"),
        ("Samsung Wallet", "RSA1_5", "A128GCM"),
        ("Wise, card details and PIN", "RSA1_5", "A256GCM"),
        ("Auth0, its other algorithms", "RSA-OAEP-512", "A256GCM"),
    ] {
        let reason = if alg == "RSA-OAEP-256" {
            Error::UnsupportedEncryption(RegisteredName::of(enc))
        } else {
            Error::UnsupportedAlgorithm(RegisteredName::of(alg))
        };
        let foreign = with_header(&token, alg, enc);
        let outcome = Jwe::parse(&foreign).map_err(Box::from);
        expect_rejection(&format!("{service}: {alg}, {enc}"), outcome, reason)?;
    }
    Ok(())
}

// ---- For all of them ----

fn step(text: &str) {
    println!("\n{text}");
}

/// Shows an envelope, and the header of the token in its member `name`.
fn show(envelope: &Value, name: &str) -> Fallible {
    let token = member(envelope, name)?;
    println!("   header   {}", Jwe::parse(token)?.unverified_header().as_json());
    println!("   envelope {}", with_member(envelope, name, shortened(token, 24).into()));
    Ok(())
}

fn shortened(text: &str, characters: usize) -> String {
    text.chars().take(characters).chain("...".chars()).collect()
}

fn member<'e>(envelope: &'e Value, name: &str) -> Fallible<&'e str> {
    Ok(envelope.get(name).and_then(Value::as_str).ok_or_else(|| format!("no string `{name}`"))?)
}

/// The object with another value for a member, or without it for `null`.
fn with_member(object: &Value, name: &str, value: Value) -> Value {
    let mut object = object.clone();
    if let Value::Object(members) = &mut object {
        match value {
            Value::Null => members.remove(name),
            value => members.insert(name.to_owned(), value),
        };
    }
    object
}

/// The token with another text for one of its parts.
fn with_part(token: &str, part: usize, text: &str) -> String {
    let parts = token.split('.').enumerate().map(|(at, old)| if at == part { text } else { old });
    parts.collect::<Vec<_>>().join(".")
}

/// The token as one of other algorithms: they are rejected before anything else is looked at.
fn with_header(token: &str, alg: &str, enc: &str) -> String {
    with_part(token, 0, &BASE64URL.encode(json!({"alg": alg, "enc": enc}).to_string()))
}

fn unix_time() -> Fallible<u64> {
    Ok(SystemTime::UNIX_EPOCH.elapsed()?.as_secs())
}

fn ensure(condition: bool, expectation: &str) -> Fallible {
    if condition { Ok(()) } else { Err(expectation.into()) }
}

/// The receiver must reject, and for this reason.
fn expect_rejection<T>(what: &str, outcome: Fallible<T>, reason: impl Display) -> Fallible {
    let Err(error) = outcome else { return Err(format!("accepted: {what}").into()) };
    println!("   rejected: {what}: {error}");
    let (error, reason) = (error.to_string(), reason.to_string());
    ensure(error == reason, &format!("{what}: rejected, but the reason should be: {reason}"))
}

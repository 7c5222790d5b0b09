//! UAE Open Finance, standard v2.1: personal data in a payment, which the hub between the parties must not read.
//!
//! As its documentation had it in November 2026 (`nebras-open-finance.com`, "Message Encryption", "Message Signing",
//! "Personal Identifiable Information"): a third-party provider (TPP) signs the JSON as a JWT with `PS256` and encrypts
//! it to the key of the bank (LFI). The header has `alg`, `enc` and `kid`. The bank's key is the one with `use` `enc` in
//! its JWK Set, with `kid` and `x5c` and without `alg`. Each token is encrypted anew.
//!
//! The signature is made with the crate `rsa`; `jwe-primitives` does not sign.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use getrandom::SysRng;
use jwe_primitives::{DecryptingKey, EncryptingKey, Header, Jwe, KeySet};
use rsa::pss::{Signature, SigningKey, VerifyingKey};
use rsa::signature::{Keypair as _, RandomizedSigner as _, SignatureEncoding as _, Verifier as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::common::{Fallible, ensure, expect_rejection, member, show, step, unix_time, with_member};

const TPP: &str = "tpp-client-1";
const LFI: &str = "https://lfi.example";
/// The id of the TPP's signing key, which the registry assigns.
const SIGNING_KEY_ID: &str = "tpp-sign-2026";

/// Seconds that a signed JWT is valid, as the documentation advises.
const LIFETIME: u64 = 300;

pub(crate) fn open_finance() -> Fallible {
    // The bank has a second key, because one is being rotated out.
    let old = DecryptingKey::generate(2048)?.with_key_id("lfi-enc-2025")?;
    let new = DecryptingKey::generate(2048)?.with_key_id("lfi-enc-2026")?;
    let served = jwk_set(&new)?;
    let bank: KeySet<DecryptingKey> = [old, new].into_iter().collect();
    let signer = SigningKey::<Sha256>::random(&mut SysRng, 2048)?;
    let tpp = signer.verifying_key();

    step("The TPP fetches the bank's JWK Set, and takes the key for encryption.");
    let (keys, skipped) = KeySet::<EncryptingKey>::from_jwks_with_skipped(&served.to_string())?;
    for entry in &skipped {
        println!("   skipped: entry {}, {}", entry.index, entry.reason);
    }
    let key = keys.only()?;
    println!("   taken: {}", key.key_id().unwrap_or_default());

    step("It signs the personal data with PS256, then encrypts the JWT.");
    let personal = json!({"Initiation": {"Creditor": [{"Name": "A. Creditor"}]}, "Risk": {}});
    let jwt = sign(&signer, &claims(&personal, unix_time()?))?;
    let consent = consent(key, &jwt)?;
    show(&consent, "PersonalIdentifiableInformation")?;

    step("The hub passes the token on unread. The bank decrypts, then verifies, then looks at the claims.");
    let received = read_consent(&bank, &tpp, &consent)?;
    ensure(received.get("Initiation") == personal.get("Initiation"), "the data is not what was sent")?;

    step("Anybody has the bank's public key. So these decrypt, and only the signature and the claims tell:");
    let stranger = SigningKey::<Sha256>::random(&mut SysRng, 2048)?;
    let forged = self::consent(key, &sign(&stranger, &claims(&personal, unix_time()?))?)?;
    expect_rejection("signed by a stranger", read_consent(&bank, &tpp, &forged), rsa::signature::Error::new())?;
    let unsigned = [json!({"alg": "none", "kid": SIGNING_KEY_ID}), claims(&personal, unix_time()?)];
    let unsigned = unsigned.map(|part| BASE64URL.encode(part.to_string())).join(".") + ".";
    let unsigned = read_consent(&bank, &tpp, &self::consent(key, &unsigned)?);
    expect_rejection("`alg` none", unsigned, "the JWT is not signed with PS256 by this key")?;
    let stale = sign(&signer, &claims(&personal, unix_time()?.saturating_sub(3600)))?;
    expect_rejection("expired", read_consent(&bank, &tpp, &self::consent(key, &stale)?), "the JWT has expired")?;
    let elsewhere = with_member(&claims(&personal, unix_time()?), "aud", "https://other.example".into());
    let elsewhere = read_consent(&bank, &tpp, &self::consent(key, &sign(&signer, &elsewhere)?)?);
    expect_rejection("for another bank", elsewhere, "the JWT is not from this TPP to us")
}

/// What the bank serves: a key for signatures, which the TPP must not encrypt to, and the one for encryption.
fn jwk_set(key: &DecryptingKey) -> Fallible<Value> {
    let encryption: Value = serde_json::from_str(&key.encrypting_key().to_jwk())?;
    let encryption = with_member(&encryption, "alg", Value::Null);
    let signature = with_member(&with_member(&encryption, "use", "sig".into()), "kid", "lfi-sign-2026".into());
    // The certificate of the key. This crate takes the key from `n` and `e`, and never uses `x5c`.
    let encryption = with_member(&encryption, "x5c", json!(["MIIF5zCCBM+gAwIBAgI..."]));
    Ok(json!({"keys": [signature, encryption]}))
}

fn claims(personal: &Value, now: u64) -> Value {
    let claims = [
        ("iss", json!(TPP)),
        ("sub", json!(TPP)),
        ("aud", json!(LFI)),
        ("iat", json!(now)),
        ("nbf", json!(now.saturating_sub(10))),
        ("exp", json!(now.saturating_add(LIFETIME))),
        // A random one. The bank remembers it until `exp`, so that nobody sends the token twice.
        ("jti", json!("5f0c7f4e-0d0e-4c57-9b0e-2b6a3c1d2026")),
    ];
    claims.into_iter().fold(personal.clone(), |object, (name, value)| with_member(&object, name, value))
}

fn consent(bank: &EncryptingKey, signed: &str) -> Fallible<Value> {
    let token = bank.encrypt(&Header::new(), signed.as_bytes())?.compact;
    Ok(json!({"PersonalIdentifiableInformation": token}))
}

fn read_consent(bank: &KeySet<DecryptingKey>, tpp: &VerifyingKey<Sha256>, consent: &Value) -> Fallible<Value> {
    let jwe = Jwe::parse(member(consent, "PersonalIdentifiableInformation")?)?;
    let decrypted = bank.for_token(&jwe)?.decrypt(&jwe)?;
    let claims = verify(tpp, str::from_utf8(&decrypted.plaintext)?)?;
    let has = |name, expected: &str| claims.get(name).is_some_and(|value| value == expected);
    ensure(has("iss", TPP) && has("sub", TPP) && has("aud", LFI), "the JWT is not from this TPP to us")?;
    let time = |name| claims.get(name).and_then(Value::as_u64).ok_or(format!("no `{name}`"));
    let now = unix_time()?;
    ensure(time("nbf")? <= now, "the JWT is not valid yet")?;
    ensure(now < time("exp")?, "the JWT has expired")?;
    Ok(claims)
}

// ---- PS256 (RFC 7518 section 3.5) ----

fn sign(key: &SigningKey<Sha256>, claims: &Value) -> Fallible<String> {
    let header = json!({"alg": "PS256", "kid": SIGNING_KEY_ID});
    let input = [&header, claims].map(|part| BASE64URL.encode(part.to_string())).join(".");
    let signature = key.try_sign_with_rng(&mut SysRng, input.as_bytes())?;
    Ok(format!("{input}.{}", BASE64URL.encode(signature.to_bytes())))
}

/// The claims, if this key signed them with PS256. The key has one algorithm: the JWT can't choose another.
fn verify(key: &VerifyingKey<Sha256>, jws: &str) -> Fallible<Value> {
    let parts: Vec<&str> = jws.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { return Err("not a JWT in three parts".into()) };
    let header_json: Value = serde_json::from_slice(&BASE64URL.decode(header)?)?;
    let has = |name, expected: &str| header_json.get(name).is_some_and(|value| value == expected);
    ensure(has("alg", "PS256") && has("kid", SIGNING_KEY_ID), "the JWT is not signed with PS256 by this key")?;
    let signature = BASE64URL.decode(signature)?;
    key.verify(format!("{header}.{claims}").as_bytes(), &Signature::try_from(signature.as_slice())?)?;
    Ok(serde_json::from_slice(&BASE64URL.decode(claims)?)?)
}

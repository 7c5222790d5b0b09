//! A nested JWT (RFC 7519 section 5.2): signed, then encrypted, as in encrypted access tokens.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use hmac::digest::MacError;
use hmac::{Hmac, Mac as _};
use jwe_primitives::{DecryptingKey, EncryptingKey, Error, Header, Jwe};
use jwt::{AlgorithmType, SignWithKey as _, VerifyWithKey as _};
use serde_json::{Value, json};

use crate::common::{Fallible, ensure, expect_rejection, show, step, unix_time, with_member};

const ISSUER: &str = "https://issuer.example/";
const AUDIENCE: &str = "https://api.example/";

/// The issuer's and the API's. An issuer for many APIs signs with a private key instead (RS256, ES256); nothing else
/// changes. `jwt` is of the generation of `RustCrypto` before ours, hence another `sha2`.
type SigningKey = Hmac<sha2_10::Sha256>;

pub(crate) fn nested_jwt() -> Fallible {
    let api = DecryptingKey::generate(2048)?.with_key_id("api-2026")?;
    let signing_key = SigningKey::new_from_slice(b"an example's secret, of 32 bytes")?;
    let expiry = unix_time()?.saturating_add(600);
    let claims = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "scope": "payments", "exp": expiry});
    let nest = |jws: &str| -> Fallible<String> { Ok(encrypt_jwt(api.encrypting_key(), jws)?) };

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
    let decrypted = api.decrypt(&jwe)?;
    // Media types are compared without regard to case.
    let content_type = decrypted.header.content_type();
    ensure(content_type.is_some_and(|cty| cty.eq_ignore_ascii_case("JWT")), "`cty` is not `JWT`")?;
    // The key has one algorithm here too: a JWS with another `alg` is rejected.
    let claims: Value = str::from_utf8(&decrypted.plaintext)?.verify_with_key(signing_key)?;
    let has = |name, expected: &str| claims.get(name).is_some_and(|value| value == expected);
    ensure(has("iss", ISSUER) && has("aud", AUDIENCE), "the JWT is not from our issuer to us")?;
    let expiry = claims.get("exp").and_then(Value::as_u64).ok_or("no `exp`")?;
    ensure(unix_time()? < expiry, "the JWT has expired")?;
    Ok(claims)
}

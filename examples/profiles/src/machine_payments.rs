//! Machine Payments Protocol, method `card`, intent `charge`, as published in 2026 (an Internet-Draft, as far as known).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use jwe_primitives::{DecryptingKey, EncryptingKey, Header, Jwe};
use serde_json::{Value, json};

use crate::common::{Fallible, ensure, expect_rejection, member, shortened, show, step, with_member};

pub(crate) fn machine_payments() -> Fallible {
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
    step("Client and server pass it on unread; the processor decrypts it.");
    ensure(read_card_payload(&processor, &payload)? == network_token, "the token is not what was sent")?;

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
    expect_rejection("a token without `kid`", read_card_payload(&processor, &nameless), "the token has no `kid`")
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

fn read_card_payload(processor: &DecryptingKey, payload: &Value) -> Fallible<Value> {
    let decrypted = processor.decrypt(&Jwe::parse(member(payload, "encryptedPayload")?)?)?;
    // That a `kid` is the right one, `decrypt` checks; that there must be one is a rule of this protocol.
    ensure(decrypted.header.key_id().is_some(), "the token has no `kid`")?;
    let content: Value = serde_json::from_slice(&decrypted.plaintext)?;
    ensure(content.get("token").is_some() && content.get("dynamicData").is_some(), "the content is incomplete")?;
    Ok(content)
}

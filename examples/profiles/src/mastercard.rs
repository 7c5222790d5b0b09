//! Mastercard: payload encryption with JWE, as its client libraries have it (`client-encryption-java`, `-nodejs`,
//! `-python`, read in 2026).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use jwe_primitives::{DecryptingKey, EncryptingKey, Error, Header, Jwe, KeySet, Part, RegisteredName};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::certificate::hex;
use crate::common::{Fallible, ensure, expect_rejection, member, show, step, with_header, with_part};

pub(crate) fn mastercard() -> Fallible {
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
    step("Mastercard decrypts it.");
    let keys: KeySet<DecryptingKey> = [mastercard].into_iter().collect();
    ensure(mastercard_read(&keys, &request)? == card, "the request is not what was sent")?;

    step("The response is to one of the client's keys, which its `kid` names.");
    let response = mastercard_message(&to_client, &card)?;
    show(&response, "encryptedData")?;
    ensure(mastercard_read(&client, &response)? == card, "the response is not what was sent")?;

    step("What Mastercard's own client libraries may write, and this crate does not read:");
    let token = member(&response, "encryptedData")?;
    let long_iv = json!({"encryptedData": with_part(token, 2, &BASE64URL.encode([7; 16]))});
    let reason = Error::PartLength(Part::Iv);
    expect_rejection("an IV of 16 bytes (RFC 7518 section 5.3: 12)", mastercard_read(&client, &long_iv), reason)?;
    let cbc = json!({"encryptedData": with_header(token, "RSA-OAEP-256", "A128CBC-HS256")});
    let reason = Error::UnsupportedEncryption(RegisteredName::of("A128CBC-HS256"));
    expect_rejection("`enc` A128CBC-HS256", mastercard_read(&client, &cbc), reason)
}

fn named_by_fingerprint(key: DecryptingKey) -> Fallible<DecryptingKey> {
    let fingerprint = hex(&Sha256::digest(key.encrypting_key().to_der()?));
    Ok(key.with_key_id(&fingerprint)?)
}

fn mastercard_message(to: &EncryptingKey, body: &Value) -> Fallible<Value> {
    let header = Header::new().content_type("application/json")?;
    Ok(json!({"encryptedData": to.encrypt(&header, body.to_string().as_bytes())?.compact}))
}

fn mastercard_read(keys: &KeySet<DecryptingKey>, message: &Value) -> Fallible<Value> {
    let jwe = Jwe::parse(member(message, "encryptedData")?)?;
    Ok(serde_json::from_slice(&keys.for_token(&jwe)?.decrypt(&jwe)?.plaintext)?)
}

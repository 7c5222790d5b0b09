//! The one reader of `vectors/keys.json`.
#![allow(dead_code, reason = "each test crate uses a part")]

use std::sync::LazyLock;

use jwe_primitives::{ContentEncryptionKey, DecryptingKey, EncryptingKey};
use serde_json::Value;

static KEYS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../vectors/keys.json")).expect("vectors/keys.json is JSON"));

fn entry<'v>(list: &'v Value, id: &str) -> &'v Value {
    let found = list.as_array().into_iter().flatten().find(|key| key["id"] == id);
    found.unwrap_or_else(|| panic!("vectors/keys.json has no key {id}"))
}

/// All RSA keys.
pub(crate) fn rsa_entries() -> &'static [Value] {
    KEYS["keys"].as_array().expect("a list")
}

/// All keys for `dir`.
pub(crate) fn dir_entries() -> &'static [Value] {
    KEYS["dir_keys"].as_array().expect("a list")
}

/// What the file says of the RSA key of this id.
pub(crate) fn rsa_entry(id: &str) -> &'static Value {
    entry(&KEYS["keys"], id)
}

/// A form of the RSA key of this id that is a text: `pkcs8_pem`, `spki_der_b64` ...
pub(crate) fn rsa_text(id: &str, form: &str) -> &'static str {
    rsa_entry(id)[form].as_str().unwrap_or_else(|| panic!("{id} has no text {form}"))
}

/// The private key of this id.
pub(crate) fn private_key(id: &str) -> DecryptingKey {
    DecryptingKey::from_pem(rsa_text(id, "pkcs8_pem")).expect("a valid private key")
}

/// The public key of this id.
pub(crate) fn public_key(id: &str) -> EncryptingKey {
    EncryptingKey::from_pem(rsa_text(id, "spki_pem")).expect("a valid public key")
}

/// The key for `dir` of this id.
pub(crate) fn shared_key(id: &str) -> ContentEncryptionKey {
    ContentEncryptionKey::from_jwk(&entry(&KEYS["dir_keys"], id)["jwk"].to_string()).expect("a valid shared key")
}

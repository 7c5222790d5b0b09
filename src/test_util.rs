//! What the unit tests share: keys from `vectors/`, and the generators of `tests/common/`.

use rsa::pkcs8::DecodePrivateKey as _;
use serde_json::Value;

use crate::DecryptingKey;

#[path = "../tests/common/random.rs"]
mod random;

pub(crate) use random::{FailingRng, Scripted, SeededRng as TestRng};

/// The private key of this id in `vectors/keys.json`.
pub(crate) fn key(id: &str) -> DecryptingKey {
    let keys: Value = serde_json::from_str(include_str!("../vectors/keys.json")).unwrap();
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap();
    DecryptingKey::from_pem(key["pkcs8_pem"].as_str().unwrap()).unwrap()
}

/// The same key, for `rsa`.
pub(crate) fn reference(key: &DecryptingKey) -> rsa::PrivateKey {
    rsa::PrivateKey::from_pkcs8_der(&key.to_der().unwrap()).unwrap()
}

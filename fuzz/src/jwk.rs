//! Any text as a JWK or a JWK Set, and JWKs of numbers that may not belong together.

use arbitrary::{Arbitrary, Unstructured};
use jwe_primitives::{ContentEncryptionKey, DecryptingKey, EncryptingKey, KeySet};
use serde_json::Value;

use super::forge_key::Recipe;
use super::{import, received_header, reference};

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    match data {
        // No text begins like this.
        [0x80..=0xff, rest @ ..] => {
            if let Ok(recipe) = Recipe::arbitrary_take_rest(Unstructured::new(rest)) {
                read(&recipe.jwk());
            }
        }
        _ => {
            if let Ok(text) = std::str::from_utf8(data) {
                read(text);
            }
        }
    }
}

fn read(text: &str) {
    let public = EncryptingKey::from_jwk(text);
    let private = DecryptingKey::from_jwk(text);
    let secret = ContentEncryptionKey::from_jwk(text);
    in_sets(text, public.is_ok(), private.is_ok(), secret.is_ok());
    let accepted = [public.is_ok(), private.is_ok(), secret.is_ok()];
    assert!(accepted.iter().filter(|accepted| **accepted).count() <= 1, "one text, one kind of key");
    if !accepted.contains(&true) {
        return;
    }
    let text = text.trim_ascii().trim_start_matches('\u{feff}');
    received_header::object(text.as_bytes()).expect("a strict object");
    // Numbers that `serde_json` can't hold may stand in members that no rule reads.
    let jwk: Value = serde_json::from_str(text).unwrap_or_default();
    let has = |name: &str, ours: Option<&str>| jwk.is_null() || jwk.get(name).and_then(Value::as_str) == ours;
    let same_numbers =
        |out: &Value| ["n", "e"].iter().all(|name| jwk.is_null() || number(&jwk[*name]) == number(&out[*name]));
    let one_form = |out: &Value| ["n", "e"].iter().all(|name| starts_without_zero(&out[*name])) && same_numbers(out);
    if let Ok(key) = &public {
        assert!(has("kid", key.key_id()));
        let out: Value = serde_json::from_str(&key.to_jwk()).expect("JSON");
        assert!(one_form(&out), "numbers in their one form");
        import::public(key);
    }
    if let Ok(key) = &private {
        assert!(has("kid", key.key_id()));
        let out: Value = serde_json::from_str(&key.to_jwk().expect("it exports")).expect("JSON");
        for name in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
            assert!(jwk.is_null() || number(&jwk[name]) == number(&out[name]), "{name}: one number for each role");
        }
        assert!(one_form(&out), "numbers in their one form");
        import::private(key);
    }
    if let Ok(key) = &secret {
        assert!(has("kid", key.key_id()) && has("k", Some(&reference::encode(key.as_bytes()))));
        let again = ContentEncryptionKey::from_jwk(&key.to_jwk().expect("it exports")).expect("what goes out comes in");
        assert_eq!((again.as_bytes(), again.key_id()), (key.as_bytes(), key.key_id()));
    }
}

/// As the one key of a set, where an object that can't be read is skipped.
fn in_sets(text: &str, public: bool, private: bool, secret: bool) {
    if received_header::object(text.as_bytes()).is_ok() {
        let set = ["{\"keys\":[", text, "]}"].concat();
        assert_eq!(KeySet::<EncryptingKey>::from_jwks(&set).is_ok(), public);
        assert_eq!(KeySet::<DecryptingKey>::from_jwks(&set).is_ok(), private);
        assert_eq!(KeySet::<ContentEncryptionKey>::from_jwks(&set).is_ok(), secret);
    }
}

fn starts_without_zero(value: &Value) -> bool {
    let bytes = value.as_str().and_then(|text| reference::decode(text.as_bytes()));
    bytes.is_some_and(|bytes| bytes.first().is_some_and(|byte| *byte != 0))
}

/// A `Base64urlUInt`, without leading zeros.
fn number(value: &Value) -> Option<Vec<u8>> {
    let bytes = reference::decode(value.as_str()?.as_bytes())?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

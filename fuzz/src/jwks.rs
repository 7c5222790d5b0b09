//! Any text as a JWK Set: each entry stands alone, and is either a key or skipped with the reason that it gets alone.

use jwe_primitives::{DecryptingKey, EncryptingKey, Error, KeyError, KeySet, SkippedKey};
use serde_json::Value;

use super::import;

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok((keys, skipped)) = KeySet::<EncryptingKey>::from_jwks_with_skipped(text) {
        assert_eq!(KeySet::<EncryptingKey>::from_jwks(text).is_ok(), !keys.is_empty());
        assert!(skipped.is_sorted_by(|one, next| one.index < next.index), "in order, and once");
        let again = KeySet::<EncryptingKey>::from_jwks_with_skipped(&keys.to_jwks()).expect("what goes out comes in").0;
        assert!(again.iter().map(EncryptingKey::to_jwk).eq(keys.iter().map(EncryptingKey::to_jwk)));
        each_stands_alone(text, &keys, &skipped);
        keys.iter().take(1).for_each(import::public);
    }
    if let Ok((keys, skipped)) = KeySet::<DecryptingKey>::from_jwks_with_skipped(text) {
        assert!(skipped.is_sorted_by(|one, next| one.index < next.index), "in order, and once");
        let written = keys.to_jwks().expect("it exports");
        let again = KeySet::<DecryptingKey>::from_jwks_with_skipped(&written).expect("what goes out comes in").0;
        assert_eq!(again.to_jwks().expect("it exports"), written);
    }
}

/// Compares with each entry read alone, where another reader of JSON finds the entries.
fn each_stands_alone(text: &str, keys: &KeySet<EncryptingKey>, skipped: &[SkippedKey]) {
    let set: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
    let Some(entries) = set["keys"].as_array() else { return };
    assert_eq!(entries.len(), keys.len() + skipped.len(), "each entry is a key or skipped");
    let (mut keys, mut skipped) = (keys.iter(), skipped.iter().peekable());
    for (index, entry) in entries.iter().enumerate() {
        let alone = EncryptingKey::from_jwk(&entry.to_string());
        match skipped.next_if(|skipped| skipped.index == index).map(|skipped| skipped.reason) {
            None => assert_eq!(alone.ok().map(|key| key.to_jwk()), keys.next().map(EncryptingKey::to_jwk)),
            // The other reader takes the last of two members, and has read what nests too deep.
            Some(KeyError::Json | KeyError::DuplicateMember(_) | KeyError::PrivateInsteadOfPublic) => {}
            Some(reason) => assert_eq!(alone.err(), Some(Error::Key(reason))),
        }
    }
}

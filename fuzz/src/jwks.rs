//! Any text as a JWK Set: each entry stands alone, and is either a key or skipped with the reason that it gets alone.

use jwe_primitives::{ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, KeyError, KeySet, SkippedKey};
use serde_json::Value;

use super::import;

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok((keys, skipped)) = KeySet::<EncryptingKey>::from_jwks_with_skipped(text) {
        check_outcome(KeySet::<EncryptingKey>::from_jwks(text), keys.len(), &skipped);
        let again = KeySet::<EncryptingKey>::from_jwks_with_skipped(&keys.to_jwks()).expect("what goes out comes in").0;
        assert!(again.iter().map(EncryptingKey::to_jwk).eq(keys.iter().map(EncryptingKey::to_jwk)));
        each_stands_alone(text, &keys, &skipped);
        keys.iter().take(1).for_each(import::public);
    }
    if let Ok((keys, skipped)) = KeySet::<DecryptingKey>::from_jwks_with_skipped(text) {
        check_outcome(KeySet::<DecryptingKey>::from_jwks(text), keys.len(), &skipped);
        let written = keys.to_jwks().expect("it exports");
        let again = KeySet::<DecryptingKey>::from_jwks_with_skipped(&written).expect("what goes out comes in").0;
        assert_eq!(again.to_jwks().expect("it exports"), written);
    }
    if let Ok((keys, skipped)) = KeySet::<ContentEncryptionKey>::from_jwks_with_skipped(text) {
        check_outcome(KeySet::<ContentEncryptionKey>::from_jwks(text), keys.len(), &skipped);
        let written = keys.to_jwks().expect("it exports");
        let again = KeySet::<ContentEncryptionKey>::from_jwks_with_skipped(&written).expect("what goes out comes in").0;
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
            Some(KeyError::Json | KeyError::TooManyMembers | KeyError::DuplicateMember(_)) => {}
            Some(KeyError::PrivateInsteadOfPublic) => assert!(alone.is_err()),
            // What a text without `kty` may be is said only of one that stands alone.
            Some(KeyError::MissingMember(name)) if name.as_str() == "kty" => assert!(alone.is_err()),
            Some(reason) => assert_eq!(alone.err(), Some(Error::Key(reason))),
        }
    }
}

/// What `from_jwks` makes of a set whose entries are these.
fn check_outcome<K>(outcome: Result<KeySet<K>, Error>, keys: usize, skipped: &[SkippedKey]) {
    assert!(skipped.is_sorted_by(|one, next| one.index < next.index), "in order, and once");
    match outcome {
        Ok(read) => assert!(read.len() == keys && keys > 0),
        Err(Error::NoUsableKey { skipped: count, first }) => {
            assert!(keys == 0 && usize::from(count) == skipped.len().min(255));
            assert!(skipped.iter().any(|skipped| skipped.reason == first), "the reason of an entry");
        }
        Err(error) => assert!(error == KeyError::EmptySet.into() && keys == 0 && skipped.is_empty(), "{error}"),
    }
}

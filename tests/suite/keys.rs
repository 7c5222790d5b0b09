//! Key texts as the world writes them: `vectors/key_texts.json`.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwe_primitives::{
    ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, Header, Jwe, KeySet, NamedKey, SkippedKey,
};
use serde_json::Value;

use crate::common::random::SeededRng;
use crate::vectors::entries;

fn text<'a>(entry: &'a Value, name: &str) -> &'a str {
    entry[name].as_str().unwrap()
}

/// What a reader made of a text.
enum Read {
    /// The RSA key of this thumbprint.
    Rsa(String),
    /// The shared key of these bytes, as base64url.
    Shared(String),
    /// Keys, each with its `kid` and thumbprint (of a shared key, its bytes), and the entries that aren't keys.
    Set(Vec<(Option<String>, String)>, Vec<SkippedKey>),
}

fn public(key: &EncryptingKey) -> Read {
    Read::Rsa(key.thumbprint())
}

/// Reads a private key, and decrypts with it.
fn private(key: &DecryptingKey) -> Read {
    let mut rng = SeededRng::new(1);
    let token = key.encrypting_key().encrypt_with_rng(&mut rng, &Header::new(), b"x").unwrap().compact;
    assert_eq!(key.decrypt_with_rng(&mut rng, &Jwe::parse(&token).unwrap()).unwrap().plaintext, b"x");
    public(key.encrypting_key())
}

fn shared(key: &ContentEncryptionKey) -> Read {
    Read::Shared(base64url(key))
}

fn set<K: NamedKey>(keys: &KeySet<K>, skipped: Vec<SkippedKey>, name: impl Fn(&K) -> String) -> Read {
    Read::Set(keys.iter().map(|key| (key.key_id().map(String::from), name(key))).collect(), skipped)
}

fn base64url(key: &ContentEncryptionKey) -> String {
    Base64UrlUnpadded::encode_string(key.as_bytes())
}

fn read(entry: &Value) -> Result<Read, Error> {
    let data = text(entry, "data");
    let der = || Base64UrlUnpadded::decode_vec(data).unwrap();
    match (text(entry, "kind"), text(entry, "format")) {
        ("public", "pem") => EncryptingKey::from_pem(data).map(|key| public(&key)),
        ("public", "der") => EncryptingKey::from_der(&der()).map(|key| public(&key)),
        ("public", "base64") => EncryptingKey::from_base64_der(data).map(|key| public(&key)),
        ("public", "jwk") => EncryptingKey::from_jwk(data).map(|key| public(&key)),
        ("certificate", "pem") => EncryptingKey::from_unverified_certificate_pem(data).map(|key| public(&key)),
        ("certificate", "der") => EncryptingKey::from_unverified_certificate_der(&der()).map(|key| public(&key)),
        ("private", "pem") => DecryptingKey::from_pem(data).map(|key| private(&key)),
        ("private", "der") => DecryptingKey::from_der(&der()).map(|key| private(&key)),
        ("private", "base64") => DecryptingKey::from_base64_der(data).map(|key| private(&key)),
        ("private", "jwk") => DecryptingKey::from_jwk(data).map(|key| private(&key)),
        ("dir", "jwk") => ContentEncryptionKey::from_jwk(data).map(|key| shared(&key)),
        ("dir", "bytes") => ContentEncryptionKey::from_bytes(&der()).map(|key| shared(&key)),
        ("public", "jwks") => {
            let (keys, skipped) = KeySet::<EncryptingKey>::from_jwks_with_skipped(data)?;
            KeySet::<EncryptingKey>::from_jwks(data).map(|_| set(&keys, skipped, EncryptingKey::thumbprint))
        }
        ("private", "jwks") => {
            let (keys, skipped) = KeySet::<DecryptingKey>::from_jwks_with_skipped(data)?;
            KeySet::<DecryptingKey>::from_jwks(data)
                .map(|_| set(&keys.encrypting_keys(), skipped, EncryptingKey::thumbprint))
        }
        ("dir", "jwks") => {
            let (keys, skipped) = KeySet::<ContentEncryptionKey>::from_jwks_with_skipped(data)?;
            KeySet::<ContentEncryptionKey>::from_jwks(data).map(|_| set(&keys, skipped, base64url))
        }
        other => panic!("{other:?}"),
    }
}

/// What is wrong with what was made of `entry`.
fn fault(entry: &Value) -> Option<String> {
    let outcome = read(entry);
    let found = outcome.as_ref().map_or_else(|error| format!("{error:?}"), |_| "ok".into());
    if found != text(entry, "expect") {
        return Some(format!("got {found}"));
    }
    if let (Err(error), Some(says)) = (&outcome, entry["says"].as_str())
        && !error.to_string().contains(says)
    {
        return Some(format!("its text is {error}"));
    }
    match outcome.ok()? {
        Read::Rsa(thumbprint) => (entry["thumbprint"] != thumbprint).then(|| format!("read the key {thumbprint}")),
        Read::Shared(k) => (entry["k"] != k).then(|| format!("read the key {k}")),
        Read::Set(keys, skipped) => fault_of_set(entry, keys, &skipped),
    }
}

fn fault_of_set(entry: &Value, keys: Vec<(Option<String>, String)>, skipped: &[SkippedKey]) -> Option<String> {
    let (kids, thumbprints): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
    if entry["kids"] != Value::from(kids.clone()) || entry["thumbprints"] != Value::from(thumbprints.clone()) {
        return Some(format!("read the keys {kids:?} {thumbprints:?}"));
    }
    let expected = entry["skipped"].as_array()?;
    let found = skipped.iter().map(|skipped| {
        let reason = format!("{:?}", skipped.reason);
        Value::from_iter([Value::from(skipped.index), Value::from(skipped.key_id.clone()), Value::from(reason)])
    });
    (!expected.iter().cloned().eq(found)).then(|| format!("skipped {skipped:?}"))
}

/// What is wrong with what is made of these.
pub(crate) fn faults<'e>(entries: impl IntoIterator<Item = &'e Value>) -> Vec<String> {
    let said = |entry: &Value, fault| format!("{}: expected {}, {fault}", text(entry, "id"), text(entry, "expect"));
    entries.into_iter().filter_map(|entry| fault(entry).map(|fault| said(entry, fault))).collect()
}

fn check(made: &str) {
    let file: Value = serde_json::from_str(include_str!("../../vectors/key_texts.json")).unwrap();
    let texts: Vec<_> = entries(&file).iter().filter(|entry| entry["made"] == made).collect();
    assert_eq!(file["counts"][made], texts.len());
    let faults = faults(texts);
    assert!(faults.is_empty(), "{} wrong:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn reads_or_rejects_what_bug_reports_have() {
    check("report");
}

#[test]
fn reads_or_rejects_what_tools_write() {
    check("tool");
}

#[test]
fn reads_or_rejects_each_kind_of_key_text() {
    check("script");
}

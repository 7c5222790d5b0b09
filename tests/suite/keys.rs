//! Key texts as the world writes them: `vectors/key_texts.json`.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwe_primitives::{ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, Header, Jwe, KeySet, SkippedKey};
use serde_json::Value;

use crate::common::random::SeededRng;

fn texts() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../../vectors/key_texts.json")).unwrap();
    file["keys"].as_array().unwrap().clone()
}

fn text<'a>(entry: &'a Value, name: &str) -> &'a str {
    entry[name].as_str().unwrap()
}

/// What a reader made of a text.
#[derive(Default)]
struct Read {
    thumbprint: Option<String>,
    key_ids: Vec<Option<String>>,
    skipped: Vec<SkippedKey>,
}

fn public(key: &EncryptingKey) -> Read {
    Read { thumbprint: Some(key.thumbprint()), ..Read::default() }
}

/// Reads a private key, and decrypts with it.
fn private(key: &DecryptingKey) -> Read {
    let mut rng = SeededRng::new(1);
    let token = key.encrypting_key().encrypt_with_rng(&mut rng, &Header::new(), b"x").unwrap().compact;
    assert_eq!(key.decrypt_with_rng(&mut rng, &Jwe::parse(&token).unwrap()).unwrap().plaintext, b"x");
    public(key.encrypting_key())
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
        ("dir", "jwk") => ContentEncryptionKey::from_jwk(data).map(|_| Read::default()),
        ("public", "jwks") => {
            let (keys, skipped) = KeySet::<EncryptingKey>::from_jwks_with_skipped(data)?;
            let key_ids = keys.iter().map(|key| key.key_id().map(String::from)).collect();
            KeySet::<EncryptingKey>::from_jwks(data).map(|_| Read { thumbprint: None, key_ids, skipped })
        }
        ("private", "jwks") => {
            let (keys, skipped) = KeySet::<DecryptingKey>::from_jwks_with_skipped(data)?;
            let key_ids = keys.iter().map(|key| key.key_id().map(String::from)).collect();
            KeySet::<DecryptingKey>::from_jwks(data).map(|_| Read { thumbprint: None, key_ids, skipped })
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
    let outcome = outcome.ok()?;
    if let Some(thumbprint) = entry["thumbprint"].as_str()
        && outcome.thumbprint.as_deref() != Some(thumbprint)
    {
        return Some("another thumbprint".into());
    }
    if let Some(key_ids) = entry["kids"].as_array()
        && !key_ids.iter().map(Value::as_str).eq(outcome.key_ids.iter().map(Option::as_deref))
    {
        return Some(format!("the keys are {:?}", outcome.key_ids));
    }
    let skipped = entry["skipped"].as_array()?;
    let found = outcome
        .skipped
        .iter()
        .map(|skipped| (skipped.index.into(), skipped.key_id.clone().into(), format!("{:?}", skipped.reason).into()));
    let wanted = skipped.iter().map(|skipped| (skipped[0].clone(), skipped[1].clone(), skipped[2].clone()));
    let same = wanted.eq(found);
    (!same).then(|| format!("skipped {:?}", outcome.skipped))
}

fn check(made: &str, count: usize) {
    let texts = texts();
    let texts: Vec<_> = texts.iter().filter(|entry| entry["made"] == made).collect();
    let faults: Vec<_> = texts
        .iter()
        .filter_map(|entry| Some(format!("{}: expected {}, {}", entry["id"], entry["expect"], fault(entry)?)))
        .collect();
    assert!(faults.is_empty(), "{} of {} wrong:\n{}", faults.len(), texts.len(), faults.join("\n"));
    assert_eq!(texts.len(), count);
}

#[test]
fn reads_or_rejects_what_bug_reports_have() {
    check("report", 28);
}

#[test]
fn reads_or_rejects_what_tools_write() {
    check("tool", 69);
}

#[test]
fn reads_or_rejects_each_kind_of_key_text() {
    check("script", 546);
}

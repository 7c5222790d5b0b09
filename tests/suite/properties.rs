//! Laws that hold for every header, payload and token.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwe_primitives::{Algorithm, ContentEncryptionKey, Error, Header, Jwe, ParameterValue, Part, RegisteredName};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;

use crate::common::keys::private_key;
use crate::common::token::base64url;

const ID: &str = "rsa2048-a";

/// A JSON value of some depth.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i16>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 20, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((any::<String>(), inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Parameters to send: names as they come, some of them twice or reserved.
fn parameters() -> impl Strategy<Value = Vec<(String, Value)>> {
    let name = prop_oneof![any::<String>(), "[a-z]{1,3}".prop_map(String::from)];
    vec((name, json()), 0..6)
}

/// A header with as many of the parameters as it takes, and those.
fn header(parameters: Vec<(String, Value)>) -> (Header, Vec<(String, Value)>) {
    let (mut header, mut taken) = (Header::new(), Vec::new());
    for (name, value) in parameters {
        let text = value.to_string();
        let parameter = match &value {
            Value::String(text) => text.into(),
            Value::Bool(truth) => ParameterValue::Boolean(*truth),
            Value::Number(number) if number.is_i64() => number.as_i64().unwrap().into(),
            _ => ParameterValue::Json(&text),
        };
        match header.clone().param(&name, parameter) {
            Ok(more) => {
                header = more;
                taken.push((name, value));
            }
            Err(Error::DuplicateParameter(found)) if found == RegisteredName::of(&name) => {
                assert!(taken.iter().any(|(other, _)| *other == name));
            }
            Err(Error::ReservedParameter(found)) => assert_eq!(found.as_str(), name),
            // Integers that every reader of JSON keeps: at most 2^53 - 1.
            Err(Error::ParameterRange) => assert!(value.as_i64().is_some_and(|value| value.unsigned_abs() >> 53 > 0)),
            Err(error) => panic!("{name:?}: {error}"),
        }
    }
    (header, taken)
}

/// What the reader finds is what `Header` was given, and nothing else.
fn check_header(jwe: &Jwe<'_>, key_id: Option<&str>, taken: &[(String, Value)]) {
    let view = jwe.unverified_header();
    let read: Value = serde_json::from_str(view.as_json()).unwrap();
    let mut expected = serde_json::json!({ "alg": jwe.algorithm().name(), "enc": "A256GCM" });
    if let Some(key_id) = key_id {
        expected["kid"] = key_id.into();
        assert_eq!(view.key_id().as_deref(), Some(key_id));
    }
    for (name, value) in taken {
        expected[name] = value.clone();
        assert_eq!(view.string(name).as_deref(), value.as_str());
    }
    assert_eq!(read, expected);
}

/// The five parts, decoded and encoded again, are the token.
fn check_canonical(token: &str, jwe: &Jwe<'_>) {
    let parts: Vec<&str> = token.split('.').collect();
    let again = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
    assert_eq!(parts.len(), 5);
    assert_eq!(parts[0], again(jwe.unverified_header().as_json().as_bytes()));
    assert_eq!(parts[1], again(jwe.encrypted_key()));
    for (part, len) in parts[2..].iter().zip([12, jwe.plaintext_len(), 16]) {
        let bytes = Base64UrlUnpadded::decode_vec(part).unwrap();
        assert_eq!((bytes.len(), again(&bytes).as_str()), (len, *part));
    }
}

/// A length around the seams of the encoders, or any.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..80), vec(any::<u8>(), 760..780), vec(any::<u8>(), 1500..1600)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn dir_round_trip(key in any::<[u8; 32]>(), params in parameters(), body in payload(), id in any::<Option<String>>()) {
        let (header, taken) = header(params);
        let mut key = ContentEncryptionKey::from_bytes(&key).unwrap();
        if let Some(id) = &id {
            key = key.with_key_id(id).unwrap();
        }
        let token = key.encrypt(&header, &body).unwrap();
        prop_assert_eq!(token.len(), key.compact_len(&header, body.len()));
        let jwe = Jwe::parse(&token).unwrap();
        check_header(&jwe, id.as_deref(), &taken);
        check_canonical(&token, &jwe);
        prop_assert_eq!(key.decrypt(&jwe).unwrap().plaintext, body);
    }

    #[test]
    fn buffers_of_the_caller_hold_the_same(body in payload(), more in 0_usize..4) {
        let key = ContentEncryptionKey::from_bytes(&[3; 32]).unwrap();
        let header = Header::new().content_type("x").unwrap();
        let len = key.compact_len(&header, body.len());
        let mut out = vec![0xaa; len + more];
        let token = String::from(key.encrypt_into(&header, &body, &mut out).unwrap());
        prop_assert_eq!((token.len(), &out[len..]), (len, &vec![0xaa; more][..]));
        prop_assert_eq!(key.encrypt_into(&header, &body, &mut out[..len - 1]).unwrap_err(), Error::BufferTooSmall);
        let mut scratch = [0xbb; Jwe::SCRATCH_LEN];
        let jwe = Jwe::parse_in(&token, &mut scratch).unwrap();
        let mut plaintext = vec![0xcc; jwe.plaintext_len() + more];
        prop_assert_eq!(&*key.decrypt_into(&jwe, &mut plaintext).unwrap().plaintext, &body[..]);
    }

    #[test]
    fn rejects_any_other_character(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let key = ContentEncryptionKey::from_bytes(&[4; 32]).unwrap();
        let mut token = key.encrypt(&Header::new().param("x", "y").unwrap(), b"some content").unwrap().into_bytes();
        let at = at.index(token.len());
        prop_assume!(token[at] != byte);
        token[at] = byte;
        prop_assert!(Jwe::parse(&token).and_then(|jwe| key.decrypt(&jwe)).is_err());
    }
}

/// Texts like a token: each part valid or nearly so. The header is in any case an object with `alg` and `enc`.
fn near_token() -> impl Strategy<Value = String> {
    let member = select(vec![
        r#""kid":"k""#,
        r#""typ":"JOSE""#,
        r#""a":[1,2.50,{"b":null}]"#,
        r#""\u0061":"\u00e9""#,
        r#""x":"""#,
        r#" "y" : 1 "#,
        r#""kid":1"#,
        r#""zip":"DEF""#,
        r#""alg":"dir""#,
    ]);
    let algorithm = select(vec!["dir", "dir", "RSA-OAEP-256", "RSA-OAEP-256", "\\u0064ir", "RSA-OAEP"]);
    let header = (algorithm, vec(member, 0..3)).prop_map(|(alg, members)| {
        let members = members.iter().map(|member| format!(",{member}")).collect::<Vec<_>>().concat();
        (alg, base64url(format!(r#"{{"alg":"{alg}","enc":"A256GCM"{members}}}"#).as_bytes()))
    });
    let bytes = |good: usize| prop_oneof![9 => vec(any::<u8>(), good), 1 => vec(any::<u8>(), 0..20)];
    let parts = (header, vec(any::<u8>(), 0..300), bytes(12), vec(any::<u8>(), 0..40), bytes(16));
    let change = prop_oneof![
        3 => Just(None),
        1 => (any::<prop::sample::Index>(), select(b"AQgwBC_=. +\n".to_vec()), any::<bool>()).prop_map(Some),
    ];
    (parts, change).prop_map(|(((alg, header), key, iv, content, tag), change)| {
        let key = if alg == "RSA-OAEP-256" { base64url(&key) } else { String::new() };
        let mut token = [header, key, base64url(&iv), base64url(&content), base64url(&tag)].join(".").into_bytes();
        if let Some((at, byte, replace)) = change {
            let at = at.index(token.len());
            token.splice(at..at + usize::from(replace), [byte]);
        }
        String::from_utf8(token).unwrap()
    })
}

fn canonical_ciphertext(token: &str) -> bool {
    let part = token.split('.').nth(3).unwrap();
    token.split('.').count() == 5 && Base64UrlUnpadded::decode_vec(part).is_ok_and(|bytes| base64url(&bytes) == part)
}

fn rejection(jwe: &Jwe<'_>) -> Error {
    match jwe.algorithm() {
        Algorithm::Dir => ContentEncryptionKey::from_bytes(&[1; 32]).unwrap().decrypt(jwe).map(|_| ()).unwrap_err(),
        Algorithm::RsaOaep256 => jwe.decrypt_unwrapped(None).unwrap_err(),
    }
}

/// What parses encodes to the same text again. A good share of the texts parses, and a good share doesn't.
#[test]
fn what_parses_is_canonical() {
    let (mut parsed, cases) = (0, 4000);
    let (mut runner, texts) = (TestRunner::deterministic(), near_token());
    for _ in 0..cases {
        let text = texts.new_tree(&mut runner).unwrap().current();
        let Ok(jwe) = Jwe::parse(&text) else { continue };
        if canonical_ciphertext(&text) {
            check_canonical(&text, &jwe);
        } else {
            // The ciphertext is decoded when it is decrypted, and rejected then.
            assert!(matches!(rejection(&jwe), Error::Base64(Part::Ciphertext) | Error::PartCount), "{text}");
        }
        parsed += 1;
    }
    assert!((cases / 5..cases * 4 / 5).contains(&parsed), "{parsed} of {cases} parse");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rsa_round_trip(params in parameters(), body in payload(), id in any::<Option<String>>()) {
        let (header, taken) = header(params);
        let mut key = private_key(ID);
        if let Some(id) = &id {
            key = key.with_key_id(id).unwrap();
        }
        let sent = key.encrypting_key().encrypt(&header, &body).unwrap();
        let jwe = Jwe::parse(&sent.compact).unwrap();
        prop_assert_eq!(jwe.algorithm(), Algorithm::RsaOaep256);
        check_header(&jwe, id.as_deref(), &taken);
        check_canonical(&sent.compact, &jwe);
        let opened = key.decrypt(&jwe).unwrap();
        prop_assert_eq!(opened.plaintext, body);
        prop_assert_eq!(opened.cek.as_bytes(), sent.cek.as_bytes());
        let response = opened.cek.encrypt(&Header::new(), b"response").unwrap();
        prop_assert_eq!(sent.cek.decrypt(&Jwe::parse(&response).unwrap()).unwrap().plaintext, b"response");
    }

    #[test]
    fn an_rsa_key_rejects_any_other_character(part in select(vec![0, 1, 2, 3, 4]), at in any::<prop::sample::Index>(), byte in 33_u8..127) {
        let key = private_key(ID);
        let token = key.encrypting_key().encrypt(&Header::new(), b"some content").unwrap().compact;
        let start: usize = token.split('.').take(part).map(|part| part.len() + 1).sum();
        let mut token = token.into_bytes();
        let len = token[start..].iter().position(|byte| *byte == b'.').unwrap_or(token.len() - start);
        let at = start + at.index(len);
        prop_assume!(token[at] != byte);
        token[at] = byte;
        prop_assert!(Jwe::parse(&token).and_then(|jwe| key.decrypt(&jwe)).is_err());
    }
}

/// Exhaustive for one small token: every character of it, replaced by every other byte, removed, or doubled.
#[test]
fn rejects_every_single_change() {
    let key = ContentEncryptionKey::from_bytes(&[5; 32]).unwrap();
    let token = key.encrypt(&Header::new(), b"abc").unwrap().into_bytes();
    let rejected = |token: &[u8]| Jwe::parse(token).and_then(|jwe| key.decrypt(&jwe)).is_err();
    assert!(!rejected(&token));
    for at in 0..token.len() {
        for byte in (0..=255).filter(|byte| *byte != token[at]) {
            let mut changed = token.clone();
            changed[at] = byte;
            assert!(rejected(&changed), "{byte} at {at}");
        }
        let mut shorter = token.clone();
        shorter.remove(at);
        assert!(rejected(&shorter), "{at} removed");
        let mut longer = token.clone();
        longer.insert(at, token[at]);
        assert!(rejected(&longer), "{at} doubled");
    }
    for len in 0..token.len() {
        assert!(rejected(&token[..len]) && rejected(&token[len + 1..]), "cut at {len}");
    }
}

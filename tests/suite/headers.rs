//! What a header may hold, sent and received: names, types, sizes, and which parameters nothing acts on.

use jwe_primitives::{ContentEncryptionKey, Error, Header, Jwe, KeyError, ParameterValue, RegisteredName};

use crate::common::keys::{private_key, public_key};
use crate::common::random::SeededRng;
use crate::common::token::sealed;

/// Every name that decides how a token is read or carries a key into it. Written out: RFC 7516 section 4.1, RFC 7518
/// sections 4.6.1, 4.7.1 and 4.8.1, RFC 7797 section 3.
const RESERVED: [&str; 19] = [
    "alg", "enc", "zip", "jku", "jwk", "kid", "x5u", "x5c", "typ", "cty", "crit", "epk", "apu", "apv", "iv", "tag",
    "p2s", "p2c", "b64",
];

/// Each kind of value that a parameter can be given.
fn values() -> [ParameterValue<'static>; 5] {
    ["x".into(), 1.into(), true.into(), ParameterValue::Json("{}"), ParameterValue::Json("\"x\"")]
}

#[test]
fn rejects_reserved_names_whatever_their_value() {
    for name in RESERVED {
        for value in values() {
            assert_eq!(
                Header::new().param(name, value.clone()),
                Err(Error::ReservedParameter(RegisteredName::of(name))),
                "{name}: {value:?}"
            );
        }
        let first = name.chars().next().unwrap();
        let escaped = name.replacen(first, &format!("\\u{:04x}", u32::from(first)), 1);
        assert!(Header::new().param(&escaped, "x").is_ok(), "{escaped} is another name: its backslash is escaped");
    }
}

/// Names that look like reserved ones and aren't: they are compared byte for byte.
#[test]
fn accepts_names_that_are_not_reserved() {
    for name in ["ALG", "Kid", "alg ", "", "x5", "jwks", "iat", "exp", "iss", "url", "nonce", "svt", "b6"] {
        for value in values() {
            assert!(Header::new().param(name, value.clone()).is_ok(), "{name}: {value:?}");
        }
    }
}

/// RFC 7515 sections 4.1.7 and 4.1.8.
#[test]
fn thumbprints_of_certificates_are_strings() {
    for name in ["x5t", "x5t#S256"] {
        assert!(Header::new().param(name, "x").is_ok(), "{name}");
        for value in [1.into(), true.into(), ParameterValue::Json("[\"x\"]"), ParameterValue::Json("null")] {
            assert_eq!(
                Header::new().param(name, value.clone()),
                Err(Error::ParameterType(RegisteredName::of(name))),
                "{name}: {value:?}"
            );
        }
    }
}

/// Sixty-one own members are sent: with `alg`, `enc` and `kid` they are the 64 that a receiver reads.
#[test]
fn sends_61_members_and_not_62() {
    let mut header = Header::new();
    for at in 0..61 {
        header = header.param(&format!("n{at}"), 0).unwrap();
    }
    assert_eq!(header.clone().param("n61", 0), Err(Error::HeaderTooLong));
    let key = public_key("rsa2048-a").with_key_id("k").unwrap();
    let token = key.encrypt_with_rng(&mut SeededRng::new(1), &header, b"x").unwrap().compact;
    assert!(Jwe::parse(&token).unwrap().unverified_header().as_json().ends_with(r#","n60":0}"#));
}

/// The error of a received header whose further members are these.
fn received(members: &str) -> Option<Error> {
    let header = format!(r#"{{"alg":"dir","enc":"A256GCM"{members}}}"#);
    Jwe::parse(&sealed(&header, &[], &[7; 12], &[1; 32], b"x")).err()
}

/// So many members, each with a comma before it.
fn numbered(count: usize) -> String {
    (0..count).map(|at| format!(r#","n{at}":{at}"#)).collect::<Vec<_>>().concat()
}

/// An object of so many members, as one more member.
fn object(count: usize, more: &str) -> String {
    format!(r#","o":{{{}{more}}}"#, numbered(count).trim_start_matches(','))
}

#[test]
fn reads_64_members_and_not_65() {
    assert_eq!(received(&numbered(62)), None);
    assert_eq!(received(&numbered(63)), Some(Error::HeaderTooLong));
    // Names of the objects around count, too, and those of an object that is closed no longer.
    assert_eq!(received(&object(61, "")), None);
    assert_eq!(received(&object(62, "")), Some(Error::HeaderTooLong));
    assert_eq!(received(&(object(61, "") + &numbered(61))), None);
}

/// Whichever name of however many comes again, as it stands and escaped.
#[test]
fn finds_a_duplicate_of_any_of_64_names() {
    for count in [1, 30, 31, 32, 33, 61, 62] {
        for at in 0..count {
            for again in [format!("n{at}"), format!("\\u006e{at}")] {
                let members = format!(r#"{},"{again}":0"#, numbered(count));
                assert_eq!(
                    received(&members),
                    Some(Error::DuplicateParameter(RegisteredName::of("n5"))),
                    "{again} after {count}"
                );
            }
        }
        for name in ["alg", "enc", "\\u0061lg", "en\\u0063"] {
            let members = format!(r#"{},"{name}":"dir""#, numbered(count));
            assert_eq!(
                received(&members),
                Some(Error::DuplicateParameter(RegisteredName::of("n5"))),
                "{name} after {count}"
            );
        }
    }
    assert_eq!(received(&object(60, r#","\u006e5":0"#)), Some(Error::DuplicateParameter(RegisteredName::of("n5"))));
}

/// A header of 12,288 bytes is sent and read; one byte more is neither. Room for `RSA-OAEP-256` and an empty `kid` is
/// kept free, so that one header serves every key.
#[test]
fn sends_what_a_receiver_reads_to_the_byte() {
    let fixed = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"","x":""}"#.len();
    let longest = "x".repeat(12_288 - fixed);
    let header = Header::new().param("x", &longest).unwrap();
    assert_eq!(Header::new().param("x", &(longest + "x")), Err(Error::HeaderTooLong));
    let key = public_key("rsa2048-a");
    let send = |id: &str| {
        let key = key.clone().with_key_id(id).unwrap();
        key.encrypt_with_rng(&mut SeededRng::new(1), &header, b"x").map(|sent| sent.compact)
    };
    let token = send("").unwrap();
    assert_eq!(token.find('.'), Some(16_384));
    assert_eq!(Jwe::parse(&token).unwrap().unverified_header().as_json().len(), 12_288);
    assert_eq!(send("k"), Err(Error::HeaderTooLong));
    let shared = ContentEncryptionKey::from_bytes(&[1; 32]).unwrap().with_key_id("0123456789").unwrap();
    assert_eq!(shared.encrypt_with_rng(&mut SeededRng::new(1), &header, b"x"), Err(Error::HeaderTooLong));
    let shared = ContentEncryptionKey::from_bytes(&[1; 32]).unwrap().with_key_id("012345678").unwrap();
    let token = shared.encrypt_with_rng(&mut SeededRng::new(1), &header, b"x").unwrap();
    assert_eq!(Jwe::parse(&token).unwrap().unverified_header().as_json().len(), 12_288);
}

#[test]
fn a_key_id_has_at_most_1024_bytes() {
    let (fits, long) = ("x".repeat(1024), "x".repeat(1025));
    let shared = || ContentEncryptionKey::from_bytes(&[1; 32]).unwrap();
    assert_eq!(public_key("rsa2048-a").with_key_id(&fits).unwrap().key_id(), Some(&*fits));
    assert_eq!(private_key("rsa2048-a").with_key_id(&fits).unwrap().key_id(), Some(&*fits));
    assert_eq!(shared().with_key_id(&fits).unwrap().key_id(), Some(&*fits));
    assert_eq!(public_key("rsa2048-a").with_key_id(&long).unwrap_err(), KeyError::KeyIdTooLong.into());
    assert_eq!(private_key("rsa2048-a").with_key_id(&long).unwrap_err(), KeyError::KeyIdTooLong.into());
    assert_eq!(shared().with_key_id(&long).unwrap_err(), KeyError::KeyIdTooLong.into());
}

/// A parameter that names or carries a key changes nothing: the caller's key decrypts, another one doesn't.
#[test]
fn keys_in_a_header_are_never_used() {
    let members = [
        r#""jwk":{"kty":"oct","k":"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"}"#,
        r#""jku":"https://example.com/keys""#,
        r#""x5u":"https://example.com/certificate""#,
        r#""x5c":["MIIB"]"#,
        r#""x5t":"AAAA""#,
    ];
    let (mine, other) = ([1; 32], [2; 32]);
    for member in members {
        let header = format!(r#"{{"alg":"dir","enc":"A256GCM",{member}}}"#);
        for (sealed_under, expected) in [(mine, Ok(())), (other, Err(Error::Decryption))] {
            let token = sealed(&header, &[], &[7; 12], &sealed_under, b"x");
            let key = ContentEncryptionKey::from_bytes(&mine).unwrap();
            assert_eq!(key.decrypt(&Jwe::parse(&token).unwrap()).map(|_| ()), expected, "{member}");
        }
    }
}

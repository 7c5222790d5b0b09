//! What a header may hold, sent and received: names, types, sizes, and which parameters nothing acts on.

use jwe_primitives::{ContentEncryptionKey, Error, Header, Jwe, KeyError, ParameterValue, RegisteredName};

use crate::common::keys::{private_key, public_key};
use crate::common::random::SeededRng;
use crate::common::token::sealed;

/// An error that names a parameter or its value.
type Named = fn(RegisteredName) -> Error;

/// What receiving does with a parameter.
enum Received {
    /// It decides how the token is read: rejected with any value of [`VALUES`], and if it is missing.
    Decides(Named),
    /// It is rejected with any value.
    Never(Error),
    /// It is carried along if it is a string, and rejected if it isn't.
    Text(Named),
    /// It is carried along with any value, and nothing acts on it.
    Carried,
}

/// What [`Header::param`] does with a parameter.
enum Sent {
    /// It is rejected with any value: the key writes it, a method is for it, or nothing sends it.
    Reserved(Named),
    /// It is sent if it is a string.
    Text(Named),
    /// It is sent with any value.
    Free,
}

use Received::{Carried, Decides, Never};
use Sent::{Free, Reserved};

const RESERVED: Sent = Reserved(Error::ReservedParameter);

/// Every parameter of the registry "JSON Web Signature and Encryption Header Parameters" as of 2026-02-05, for JWE and
/// for JWS, with its source.
const REGISTERED: [(&str, Received, Sent); 33] = [
    // RFC 7516 section 4.1
    ("alg", Decides(Error::UnsupportedAlgorithm), RESERVED),
    ("enc", Decides(Error::UnsupportedEncryption), RESERVED),
    ("zip", Never(Error::Compression), RESERVED),
    ("jku", Carried, RESERVED),
    ("jwk", Carried, RESERVED),
    ("kid", Received::Text(Error::ParameterType), RESERVED),
    ("x5u", Carried, RESERVED),
    ("x5c", Carried, RESERVED),
    ("x5t", Carried, Sent::Text(Error::ParameterType)),
    ("x5t#S256", Carried, Sent::Text(Error::ParameterType)),
    ("typ", Received::Text(Error::ParameterType), RESERVED),
    ("cty", Received::Text(Error::ParameterType), RESERVED),
    ("crit", Never(Error::Critical), RESERVED),
    // RFC 7518 sections 4.6 to 4.8, for algorithms that this crate rejects
    ("epk", Carried, RESERVED),
    ("apu", Carried, RESERVED),
    ("apv", Carried, RESERVED),
    ("iv", Carried, RESERVED),
    ("tag", Carried, RESERVED),
    ("p2s", Carried, RESERVED),
    ("p2c", Carried, RESERVED),
    // RFC 7519 section 5.3
    ("iss", Carried, Free),
    ("sub", Carried, Free),
    ("aud", Carried, Free),
    // RFC 7797 section 3: it has no meaning without `crit`, which is rejected
    ("b64", Carried, RESERVED),
    // RFC 8225 section 8.1
    ("ppt", Carried, Free),
    // RFC 8555 sections 6.4.1 and 6.5.2
    ("url", Carried, Free),
    ("nonce", Carried, Free),
    // RFC 9321
    ("svt", Carried, Free),
    // IHE ITI Document Digital Signature, section 5.10
    ("iheSSId", Carried, Free),
    // OpenID for Verifiable Presentations 1.0, section 12
    ("jwt", Carried, Free),
    // RFC 6749
    ("client_id", Carried, Free),
    // OpenID Federation 1.0, sections 4.3 and 4.4
    ("trust_chain", Carried, Free),
    ("peer_trust_chain", Carried, Free),
];

/// Values of each type of JSON, some of which mean something in one of the parameters.
const VALUES: [&str; 12] =
    [r#""x""#, r#""""#, r#""DEF""#, "1", "-1.5", "true", "false", "null", "{}", "[]", r#"["x"]"#, r#"["b64"]"#];

/// The error of a token for [`key`] whose header has these members, or how this parameter comes out of it.
fn receive(members: &[(&str, &str)], name: &str) -> Result<Option<String>, Error> {
    let members: Vec<_> = members.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
    let token = sealed(&format!("{{{}}}", members.join(",")), &[], &[7; 12], &[1; 32], b"x");
    let decrypted = key().decrypt(&Jwe::parse(&token)?)?;
    assert_eq!(decrypted.plaintext, b"x");
    Ok(decrypted.header.json(name).map(String::from))
}

fn key() -> ContentEncryptionKey {
    ContentEncryptionKey::from_bytes(&[1; 32]).unwrap()
}

/// The name with its first character escaped.
fn escaped(name: &str) -> String {
    let first = name.chars().next().unwrap();
    name.replacen(first, &format!("\\u{:04x}", u32::from(first)), 1)
}

/// A rule for one more parameter, or one rule less, shows here before any vector.
#[test]
fn receives_every_registered_parameter_as_the_table_says() {
    let required = [("alg", r#""dir""#), ("enc", r#""A256GCM""#)];
    for (name, received, _) in REGISTERED {
        let others: Vec<_> = required.into_iter().filter(|(other, _)| *other != name).collect();
        let without = receive(&others, name);
        match received {
            Decides(_) => assert!(without.unwrap_err().to_string().contains("is absent"), "without {name}"),
            _ => assert_eq!(without, Ok(None), "without {name}"),
        }
        for value in VALUES {
            let expected = match received {
                Decides(error) => Err(error(RegisteredName::of(value.trim_matches('"')))),
                Never(error) => Err(error),
                Received::Text(error) if !value.starts_with('"') => Err(error(RegisteredName::of(name))),
                Received::Text(_) | Carried => Ok(Some(value.into())),
            };
            let member = [(name, value)];
            assert_eq!(receive(&[&others[..], &member].concat(), name), expected, "{name}, last: {value}");
            assert_eq!(receive(&[&member, &others[..]].concat(), name), expected, "{name}, first: {value}");
            let member = [(&*escaped(name), value)];
            assert_eq!(receive(&[&others[..], &member].concat(), name), expected, "{name}, escaped: {value}");
        }
    }
}

/// What a receiver finds under the name of a parameter that was set to this, or the error of setting it.
fn send(name: &str, value: ParameterValue<'_>) -> Result<Option<String>, Error> {
    let header = Header::new().param(name, value)?;
    let token = key().encrypt_with_rng(&mut SeededRng::new(1), &header, b"x")?;
    Ok(key().decrypt(&Jwe::parse(&token)?)?.header.json(name).map(String::from))
}

/// The types that a parameter can be set from, with the JSON of the value.
fn values() -> [(ParameterValue<'static>, &'static str); 5] {
    [
        ("x".into(), r#""x""#),
        (1.into(), "1"),
        (true.into(), "true"),
        (ParameterValue::Json("{}"), "{}"),
        (ParameterValue::Json(r#"["x"]"#), r#"["x"]"#),
    ]
}

#[test]
fn sends_every_registered_parameter_as_the_table_says() {
    for (name, _, sent) in REGISTERED {
        for (value, json) in values() {
            let expected = match sent {
                Reserved(error) => Err(error(RegisteredName::of(name))),
                Sent::Text(error) if !json.starts_with('"') => Err(error(RegisteredName::of(name))),
                Sent::Text(_) | Free => Ok(Some(json.into())),
            };
            assert_eq!(send(name, value), expected, "{name}: {json}");
        }
    }
}

/// Names are compared byte for byte: those that look like reserved ones are free.
#[test]
fn accepts_names_that_are_not_reserved() {
    let escaped = REGISTERED.map(|(name, ..)| escaped(name));
    let others = ["ALG", "Kid", "alg ", "", "x5", "jwks", "iat", "exp", "b6"].map(String::from);
    for name in escaped.iter().chain(&others) {
        for (value, _) in values() {
            assert!(Header::new().param(name, value).is_ok(), "{name}");
        }
    }
}

/// Each of the three is checked, whichever stands last.
#[test]
fn a_string_after_a_wrong_type_does_not_make_up_for_it() {
    let names = ["kid", "typ", "cty"];
    for wrong in names {
        for first in names {
            for second in names.into_iter().filter(|second| *second != first) {
                let third = names.into_iter().find(|name| ![first, second].contains(name)).unwrap();
                let member = |name| format!(r#","{name}":{}"#, if name == wrong { "1" } else { r#""x""# });
                let members = [first, second, third].map(member).concat();
                assert_eq!(received(&members), Some(Error::ParameterType(RegisteredName::of(wrong))), "{members}");
            }
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
                assert_eq!(received(&members), Some(duplicate("n5")), "{again} after {count}");
            }
        }
        for name in ["alg", "enc", "\\u0061lg", "en\\u0063"] {
            let members = format!(r#"{},"{name}":"dir""#, numbered(count));
            let unescaped = if name.contains('a') || name.contains("61") { "alg" } else { "enc" };
            assert_eq!(received(&members), Some(duplicate(unescaped)), "{name} after {count}");
        }
    }
    assert_eq!(received(&object(60, r#","\u006e5":0"#)), Some(duplicate("n5")));
}

/// The error names what is registered, and nothing else of the input.
fn duplicate(name: &str) -> Error {
    Error::DuplicateParameter(RegisteredName::of(name))
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

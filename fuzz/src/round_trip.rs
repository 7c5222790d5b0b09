//! What the crate writes it reads back, the same.

use arbitrary::{Arbitrary, Unstructured};
use jwe_primitives::{Algorithm, ContentEncryptionKey, Error, Header, Jwe, ParameterValue, RegisteredName};

use super::keys::{RSA, Rng};
use super::received_header;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    key: [u8; 32],
    seed: u64,
    rsa: bool,
    /// The `kid` of the key.
    key_id: Option<&'a str>,
    params: Vec<Param<'a>>,
    content: &'a [u8],
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Param<'a> {
    ContentType(&'a str),
    TokenType(&'a str),
    KeyId(&'a str),
    String(&'a str, &'a str),
    Integer(&'a str, i64),
    Boolean(&'a str, bool),
    Json(&'a str, &'a str),
}

/// Names that `param` leaves to others.
const RESERVED: [&str; 19] = [
    "alg", "apu", "apv", "b64", "crit", "cty", "enc", "epk", "iv", "jku", "jwk", "kid", "p2c", "p2s", "tag", "typ",
    "x5c", "x5u", "zip",
];

/// A parameter that a token must carry: its name, its JSON text, and the string that it is, if it is one.
struct Expected<'a> {
    name: &'a str,
    json: Option<String>,
    string: Option<&'a str>,
}

impl<'a> Param<'a> {
    fn add(self, header: Header) -> Result<Header, Error> {
        match self {
            Self::ContentType(value) => header.content_type(value),
            Self::TokenType(value) => header.token_type(value),
            Self::KeyId(value) => header.key_id(value),
            Self::String(name, value) => header.param(name, value),
            Self::Integer(name, value) => header.param(name, value),
            Self::Boolean(name, value) => header.param(name, value),
            Self::Json(name, value) => header.param(name, ParameterValue::Json(value)),
        }
    }

    fn expected(self) -> Expected<'a> {
        let (name, json, string) = match self {
            Self::ContentType(value) => ("cty", None, Some(value)),
            Self::TokenType(value) => ("typ", None, Some(value)),
            Self::KeyId(value) => ("kid", None, Some(value)),
            Self::String(name, value) => (name, None, Some(value)),
            Self::Integer(name, value) => (name, Some(value.to_string()), None),
            Self::Boolean(name, value) => (name, Some(value.to_string()), None),
            Self::Json(name, value) => (name, Some(value.to_owned()), None),
        };
        Expected { name, json, string }
    }

    /// Whether no header may hold it, and why.
    fn rejection(self) -> Option<Error> {
        let name = self.expected().name;
        let by_param = !matches!(self, Self::ContentType(_) | Self::TokenType(_) | Self::KeyId(_));
        if by_param && RESERVED.contains(&name) {
            return Some(Error::ReservedParameter(RegisteredName::of(name)));
        }
        if by_param && ["x5t", "x5t#S256"].contains(&name) && !matches!(self, Self::String(..)) {
            return Some(Error::ParameterType(RegisteredName::of(name)));
        }
        // What RFC 8259 section 6 calls interoperable.
        if matches!(self, Self::Integer(_, value) if i128::from(value).unsigned_abs() >= 1 << 53) {
            return Some(Error::ParameterRange);
        }
        None
    }

    /// Whether a header may hold its value: a raw one must stay one value wherever it is put.
    fn is_one_value(self) -> bool {
        let Self::Json(_, text) = self else { return true };
        let as_member = ["{\"x\":", text, "}"].concat();
        let read = received_header::object(as_member.as_bytes());
        read.is_ok_and(|members| matches!(members.as_slice(), [member] if member.json == text))
    }
}

/// Whether a receiver rejects a header with these parameters, and why. There must be room for an empty `kid`.
fn rejection_by_receiver<'a>(params: impl Iterator<Item = Expected<'a>>) -> Option<Error> {
    let mut json = String::from(r#"{"alg":"RSA-OAEP-256","enc":"A256GCM""#);
    let mut has_key_id = false;
    for Expected { name, json: value, string } in params {
        has_key_id |= name == "kid";
        let value = value.or_else(|| string.map(quoted)).unwrap_or_default();
        json.extend([",", &quoted(name), ":", &value]);
    }
    json.push_str(if has_key_id { "}" } else { r#","kid":""}"# });
    if json.len() > 12_288 { Some(Error::HeaderTooLong) } else { received_header::object(json.as_bytes()).err() }
}

/// RFC 8259 section 7, with no escape but those that must be.
fn quoted(text: &str) -> String {
    let escaped = |character: char| match character {
        '"' | '\\' => format!("\\{character}"),
        '\0'..' ' => format!("\\u{:04x}", u32::from(character)),
        other => other.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let (mut header, mut sent) = (Header::new(), Vec::<Param<'_>>::new());
    for param in &input.params {
        let by_receiver = || rejection_by_receiver(sent.iter().chain([param]).map(|param| param.expected()));
        let rejection = param.rejection().or_else(by_receiver);
        match param.add(header.clone()) {
            Ok(longer) => {
                assert!(rejection.is_none() && param.is_one_value(), "{param:?} {rejection:?}");
                header = longer;
                sent.push(*param);
            }
            Err(Error::ParameterSyntax) => assert!(!param.is_one_value(), "{param:?}"),
            Err(error) => assert_eq!(Some(error), rejection, "{param:?}"),
        }
    }
    let mut expected: Vec<_> = sent.iter().map(|param| param.expected()).collect();
    if expected.iter().all(|param| param.name != "kid") {
        expected.extend(input.key_id.map(|key_id| Expected { name: "kid", json: None, string: Some(key_id) }));
    }
    let Some((text, cek)) = encrypt(&input, &header) else { return };
    let jwe = Jwe::parse(&text).expect("what is written can be read");
    let unverified = jwe.unverified_header();
    for Expected { name, json, string } in &expected {
        assert_eq!(unverified.string(name).as_deref(), string.or(json_string(json.as_deref()).as_deref()), "{name}");
        #[cfg(any(fuzzing, jwe_internals))]
        if json.is_some() {
            let header = jwe_primitives::internals::header_as_if_verified(&jwe);
            assert_eq!(header.json(name), json.as_deref(), "{name}");
        }
    }
    let members = received_header::object(unverified.as_json().as_bytes()).expect("the reference reads it, too");
    assert_eq!(members.len(), expected.len() + 2, "alg, enc and no more");
    assert_eq!(jwe.plaintext_len(), input.content.len());
    let opened = if jwe.algorithm() == Algorithm::Dir {
        decrypt(&input, &cek, &jwe)
    } else {
        jwe.decrypt_unwrapped_with_rng(&mut Rng(1), Some(cek.as_bytes())).expect("the right key").plaintext
    };
    assert_eq!(opened, input.content);
}

/// Decrypts by the key that encrypted, unless the header gave the message another `kid`.
fn decrypt(input: &Input<'_>, key: &ContentEncryptionKey, jwe: &Jwe<'_>) -> Vec<u8> {
    let opened = key.decrypt(jwe);
    let key_id = jwe.unverified_header().key_id();
    if key.key_id().is_none() || key.key_id() == key_id.as_deref() {
        return opened.expect("the right key").plaintext;
    }
    assert_eq!(opened.map(|opened| opened.plaintext), Err(Error::KeyIdMismatch));
    ContentEncryptionKey::from_bytes(&input.key)
        .and_then(|unnamed| unnamed.decrypt(jwe))
        .expect("the right key")
        .plaintext
}

fn json_string(json: Option<&str>) -> Option<String> {
    serde_json::from_str(json?).ok()
}

/// Encrypts with and without a buffer. `None` if the `kid` of the key is too long, alone or for this header.
fn encrypt(input: &Input<'_>, header: &Header) -> Option<(String, ContentEncryptionKey)> {
    let (mut rng, mut again) = (Rng(input.seed), Rng(input.seed));
    let content = input.content;
    let (text, cek, mut out, len) = if input.rsa {
        let mut key = RSA.encrypting_key().clone();
        if let Some(key_id) = input.key_id {
            key = key.with_key_id(key_id).ok()?;
        }
        let len = key.compact_len(header, content.len());
        let sent = fits(key.encrypt_with_rng(&mut rng, header, content), header)?;
        let mut out = vec![0xdd; len + 2];
        let into = key.encrypt_into_with_rng(&mut again, header, content, &mut out).expect("it fits");
        // The other engine's OAEP has a generator of its own.
        assert!(cfg!(feature = "aws-lc-rs") || into.compact == sent.compact);
        let short = key.encrypt_into_with_rng(&mut again, header, content, &mut out[1..len]).map(|_| ());
        assert_eq!(short, Err(Error::BufferTooSmall));
        (sent.compact, sent.cek, out, len)
    } else {
        let mut key = ContentEncryptionKey::from_bytes(&input.key).expect("32 bytes");
        if let Some(key_id) = input.key_id {
            key = key.with_key_id(key_id).ok()?;
        }
        let len = key.compact_len(header, content.len());
        let text = fits(key.encrypt_with_rng(&mut rng, header, content), header)?;
        let mut out = vec![0xdd; len + 2];
        assert_eq!(key.encrypt_into_with_rng(&mut again, header, content, &mut out), Ok(text.as_str()));
        let short = key.encrypt_into_with_rng(&mut again, header, content, &mut out[1..len]);
        assert_eq!(short, Err(Error::BufferTooSmall));
        (text, key, out, len)
    };
    assert_eq!(text.len(), len, "compact_len is exact");
    assert_eq!(out.split_off(len), [0xdd; 2], "nothing is written after the token");
    Some((text, cek))
}

fn fits<T>(result: Result<T, Error>, header: &Header) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            assert_eq!(error, Error::HeaderTooLong);
            assert!(format!("{header:?}").len() > 8000, "room for any `kid`");
            None
        }
    }
}

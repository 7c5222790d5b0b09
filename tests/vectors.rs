//! Every vector in `vectors/`, through the public surface: what must open opens to the right octets, what must be
//! refused is refused by the rule that it is named for, at the stage where that rule applies.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwe_primitives::{Algorithm, ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, Header, Jwe, Limits};
use serde_json::Value;

macro_rules! vectors {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../vectors/", $name, ".json"))).unwrap()
    };
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn octets(value: &Value) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text(value)).unwrap()
}

/// The keys of `vectors/keys.json`, by id.
struct Keys {
    rsa: BTreeMap<String, Value>,
    parsed: BTreeMap<String, DecryptingKey>,
    dir: BTreeMap<String, Value>,
}

/// A key that opens tokens, of either kind.
enum Key<'k> {
    Rsa(&'k DecryptingKey),
    RsaNamed(Box<DecryptingKey>),
    Dir(ContentEncryptionKey),
}

impl Keys {
    fn load() -> Self {
        let keys = vectors!("keys");
        let by_id = |list: &Vec<Value>| list.iter().map(|key| (text(&key["id"]).into(), key.clone())).collect();
        let rsa: BTreeMap<String, Value> = by_id(list(&keys["keys"]));
        let parsed =
            rsa.iter().map(|(id, key)| (id.clone(), DecryptingKey::from_pem(text(&key["pkcs8_pem"])).unwrap()));
        Self { parsed: parsed.collect(), dir: by_id(list(&keys["dir_keys"])), rsa }
    }

    /// The key that a vector names, with the `kid` that it gives it.
    fn of(&self, key: &Value) -> Key<'_> {
        let named = key.get("kid").map(text);
        if let Some(id) = key.get("dir") {
            let dir = ContentEncryptionKey::from_jwk(&self.dir[text(id)]["jwk"].to_string()).unwrap();
            return Key::Dir(match named {
                Some(kid) => dir.with_key_id(kid).unwrap(),
                None => dir,
            });
        }
        let id = text(&key["rsa"]);
        match named {
            Some(kid) => {
                let key = DecryptingKey::from_pem(text(&self.rsa[id]["pkcs8_pem"])).unwrap();
                Key::RsaNamed(Box::new(key.with_key_id(kid).unwrap()))
            }
            None => Key::Rsa(&self.parsed[id]),
        }
    }
}

impl Key<'_> {
    fn open(&self, jwe: &Jwe<'_>) -> Result<Vec<u8>, Error> {
        match self {
            Self::Rsa(key) => key.decrypt(jwe).map(|opened| opened.plaintext),
            Self::RsaNamed(key) => key.decrypt(jwe).map(|opened| opened.plaintext),
            Self::Dir(key) => key.decrypt(jwe),
        }
    }

    /// Opens into caller's buffers, which must be wiped on failure.
    fn open_into(&self, text: &str) -> Result<Vec<u8>, Error> {
        let mut scratch = vec![0xee; Jwe::SCRATCH_LEN];
        let jwe = Jwe::parse_in(text, &mut scratch)?;
        let mut out = vec![0xdd; jwe.plaintext_len() + 3];
        let opened = match self {
            Self::Rsa(key) => key.decrypt_into(&jwe, &mut out).map(|opened| opened.plaintext.to_vec()),
            Self::RsaNamed(key) => key.decrypt_into(&jwe, &mut out).map(|opened| opened.plaintext.to_vec()),
            Self::Dir(key) => key.decrypt_into(&jwe, &mut out).map(|plaintext| plaintext.to_vec()),
        };
        if opened == Err(Error::Decryption) {
            assert!(out[..jwe.plaintext_len()].iter().all(|octet| *octet == 0), "the buffer is wiped");
        }
        assert_eq!(out[jwe.plaintext_len()..], [0xdd; 3], "nothing is written behind the plaintext");
        opened
    }
}

fn token(vector: &Value) -> String {
    let Some(recipe) = vector.get("recipe") else { return text(&vector["token"]).into() };
    assert_eq!(recipe["op"], "repeat");
    let count = usize::try_from(recipe["count"].as_u64().unwrap()).unwrap();
    [text(&recipe["prefix"]), &text(&recipe["unit"]).repeat(count), text(&recipe["suffix"])].concat()
}

fn plaintext(vector: &Value) -> Vec<u8> {
    match vector.get("plaintext_pattern") {
        Some(len) => (0..len.as_u64().unwrap()).map(|i| ((i * 7 + 3) % 256).to_le_bytes()[0]).collect(),
        None => octets(&vector["plaintext"]),
    }
}

fn opens(keys: &Keys, vector: &Value) {
    let (id, token, plaintext) = (text(&vector["id"]), token(vector), plaintext(vector));
    let key = keys.of(&vector["key"]);
    let jwe = Jwe::parse(&token).unwrap_or_else(|error| panic!("{id}: {error}"));
    assert_eq!(jwe.plaintext_len(), plaintext.len(), "{id}");
    assert_eq!(key.open(&jwe).unwrap_or_else(|error| panic!("{id}: {error}")), plaintext, "{id}");
    assert_eq!(key.open_into(&token).unwrap(), plaintext, "{id}");
    if let Some(header) = vector.get("header") {
        let ours: Value = serde_json::from_str(jwe.unverified_header().as_json()).unwrap();
        assert_eq!(&ours, header, "{id}");
        for (name, value) in header.as_object().unwrap() {
            let view = jwe.unverified_header();
            assert_eq!(view.string(name).as_deref(), value.as_str(), "{id}: {name}");
            assert_eq!(&serde_json::from_str::<Value>(view.json(name).unwrap()).unwrap(), value, "{id}: {name}");
        }
    }
    if let Some(cek) = vector.get("cek") {
        let by_hand = match jwe.algorithm() {
            Algorithm::RsaOaep256 => jwe.decrypt_unwrapped(Some(&octets(cek))).unwrap().plaintext,
            Algorithm::Dir => ContentEncryptionKey::from_bytes(&octets(cek)).unwrap().decrypt(&jwe).unwrap(),
        };
        assert_eq!(by_hand, plaintext, "{id}");
    }
}

#[test]
fn positive_vectors_of_other_implementations_open() {
    let (keys, vectors) = (Keys::load(), vectors!("positive"));
    for vector in list(&vectors["vectors"]) {
        opens(&keys, vector);
    }
    let peers: BTreeSet<&str> =
        list(&vectors["vectors"]).iter().map(|vector| text(&vector["source"]).split(' ').next().unwrap()).collect();
    assert!(peers.len() >= 6, "independent implementations: {peers:?}");
}

#[test]
fn legal_oddities_open() {
    let (keys, vectors) = (Keys::load(), vectors!("accept"));
    for vector in list(&vectors["vectors"]) {
        opens(&keys, vector);
    }
}

/// The refusal, and whether it came from parsing.
fn refusal(key: &Key<'_>, token: &str) -> (Option<Error>, &'static str) {
    match Jwe::parse(token) {
        Err(error) => (Some(error), "parse"),
        Ok(jwe) => (key.open(&jwe).err(), "decrypt"),
    }
}

#[test]
fn negative_vectors_are_refused_by_their_rule() {
    let (keys, vectors) = (Keys::load(), vectors!("negative"));
    let mut wrong = Vec::new();
    for vector in list(&vectors["vectors"]) {
        let (id, token, key) = (text(&vector["id"]), token(vector), keys.of(&vector["key"]));
        let (error, stage) = refusal(&key, &token);
        let expected: Vec<&str> = match vector.get("expect_any") {
            Some(any) => list(any).iter().map(text).collect(),
            None => vec![text(&vector["expect"])],
        };
        let name = format!("{:?}", error.unwrap_or(Error::Internal));
        let staged = [stage, "any"].contains(&text(&vector["stage"]));
        if error.is_none() || !expected.contains(&name.as_str()) || !staged {
            wrong.push(format!("{id}: expected {expected:?} from {}, got {error:?} from {stage}", vector["stage"]));
        }
        assert_eq!(key.open_into(&token).err(), error, "{id}: the same through caller's buffers");
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_vector_has_its_own_id_and_says_what_it_shows() {
    for file in [vectors!("positive"), vectors!("negative"), vectors!("accept")] {
        let mut ids = BTreeSet::new();
        for vector in list(&file["vectors"]) {
            assert!(ids.insert(text(&vector["id"])), "{} twice", vector["id"]);
            assert!(["source", "shows"].iter().all(|field| !text(&vector[*field]).is_empty()), "{}", vector["id"]);
        }
    }
}

fn key_error(key: &Value) -> Option<Error> {
    let data = text(&key["data"]);
    let der = || Base64UrlUnpadded::decode_vec(data).unwrap();
    match (text(&key["kind"]), text(&key["format"])) {
        ("public", "pem") => EncryptingKey::from_pem(data).err(),
        ("public", "der") => EncryptingKey::from_der(&der()).err(),
        ("public", "jwk") => EncryptingKey::from_jwk(data).err(),
        ("private", "pem") => DecryptingKey::from_pem(data).err(),
        ("private", "der") => DecryptingKey::from_der(&der()).err(),
        ("private", "jwk") => DecryptingKey::from_jwk(data).err(),
        ("dir", "jwk") => ContentEncryptionKey::from_jwk(data).err(),
        ("dir", "bytes") => ContentEncryptionKey::from_bytes(&der()).err(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn bad_keys_are_refused_when_they_are_made() {
    let vectors = vectors!("bad_keys");
    let mut wrong = Vec::new();
    for key in list(&vectors["keys"]) {
        let error = key_error(key);
        if error.map(|error| format!("{error:?}")).as_deref() != key["expect"].as_str() {
            wrong.push(format!("{}: expected {}, got {error:?}", key["id"], key["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn odd_but_legal_keys_are_taken() {
    let vectors = vectors!("good_keys");
    for key in list(&vectors["keys"]) {
        assert_eq!(key_error(key), None, "{}", key["id"]);
    }
}

#[test]
fn keys_survive_every_export_and_import() {
    for key in list(&vectors!("keys")["keys"]) {
        let id = text(&key["id"]);
        let private = DecryptingKey::from_pem(text(&key["pkcs8_pem"])).unwrap().with_key_id("k\u{fc}\"1").unwrap();
        assert_eq!(u64::try_from(private.modulus_bits()).unwrap(), key["bits"].as_u64().unwrap(), "{id}");
        let public = private.encrypting_key();
        assert_eq!(public.thumbprint(), text(&key["thumbprint"]), "{id}");
        assert_eq!(public.to_base64_der().unwrap(), text(&key["spki_der_b64"]), "{id}");
        assert_eq!(public.to_pem().unwrap().trim(), text(&key["spki_pem"]).trim(), "{id}");
        assert_eq!(private.to_pem().unwrap().trim(), text(&key["pkcs8_pem"]).trim(), "{id}");
        let publics = [
            EncryptingKey::from_der(&public.to_der().unwrap()).unwrap(),
            EncryptingKey::from_pem(text(&key["pkcs1_public_pem"])).unwrap(),
            EncryptingKey::from_base64_der(text(&key["spki_der_b64"])).unwrap(),
            EncryptingKey::from_jwk(&public.to_jwk()).unwrap(),
            EncryptingKey::from_jwk(&key["jwk_public"].to_string()).unwrap(),
        ];
        for again in &publics {
            assert_eq!(again.to_der().unwrap(), public.to_der().unwrap(), "{id}");
        }
        assert_eq!(publics.map(|key| key.key_id().map(String::from))[3].as_deref(), Some("k\u{fc}\"1"));
        let privates = [
            DecryptingKey::from_der(&private.to_der().unwrap()).unwrap(),
            DecryptingKey::from_pem(text(&key["pkcs1_pem"])).unwrap(),
            DecryptingKey::from_jwk(&private.to_jwk().unwrap()).unwrap(),
            DecryptingKey::from_jwk(&key["jwk_private"].to_string()).unwrap(),
        ];
        for again in &privates {
            assert_eq!(*again.to_der().unwrap(), *private.to_der().unwrap(), "{id}");
        }
        assert_eq!(privates[2].key_id(), Some("k\u{fc}\"1"));
        let ours: Value = serde_json::from_str(&private.to_jwk().unwrap()).unwrap();
        for (name, value) in key["jwk_private"].as_object().unwrap() {
            assert_eq!(&ours[name], value, "{id}: {name}");
        }
    }
}

/// RFC 7516 appendix A.1: its `alg` is one that this crate refuses.
#[test]
fn rfc_7516_a1_is_refused_by_its_algorithm() {
    let vector = vectors!("rfc7516_a1");
    assert_eq!(Jwe::parse(text(&vector["token"])).unwrap_err(), Error::UnsupportedAlgorithm);
}

#[test]
fn deep_json_is_refused_whatever_the_limits() {
    let header = [r#"{"alg":"dir","enc":"A256GCM","x":"#, &"[".repeat(20_000)].concat();
    let token =
        [&Base64UrlUnpadded::encode_string(header.as_bytes()), "..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA"].concat();
    assert_eq!(Jwe::parse(&token).unwrap_err(), Error::HeaderTooLong);
    let limits = Limits::new().with_header_len(1 << 20);
    assert_eq!(Jwe::parse_with_limits(&token, limits).unwrap_err(), Error::HeaderSyntax);
}

#[test]
fn limits_are_exact() {
    let key = ContentEncryptionKey::from_bytes(&[1; 32]).unwrap();
    let token = key.encrypt(&Header::new(), b"x").unwrap();
    let header = token.find('.').unwrap();
    for (limits, expected) in [
        (Limits::new().with_token_len(token.len()), None),
        (Limits::new().with_token_len(token.len() - 1), Some(Error::TokenTooLong)),
        (Limits::new().with_header_len(header), None),
        (Limits::new().with_header_len(header - 1), Some(Error::HeaderTooLong)),
    ] {
        assert_eq!(Jwe::parse_with_limits(&token, limits).err(), expected);
        let mut scratch = [0; 64];
        assert_eq!(Jwe::parse_in_with_limits(&token, &mut scratch, limits).err(), expected);
    }
    assert_eq!(Jwe::parse_in(&token, &mut [0; 10]).unwrap_err(), Error::BufferTooSmall);
}

//! Every vector in `vectors/`, through the public surface: what must open opens to the right bytes, what must be
//! rejected is rejected by the rule that it is named for, at the stage where that rule applies.

use std::collections::{BTreeMap, BTreeSet};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwe_primitives::{Algorithm, ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, Jwe, RegisteredName};
use serde_json::Value;

use crate::common::keys;

macro_rules! vectors {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../vectors/", $name, ".json"))).unwrap()
    };
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

/// All entries of a file, of which there are at least as many as there were once: none is lost without notice.
fn at_least(count: usize, entries: &Value) -> &Vec<Value> {
    assert!(list(entries).len() >= count, "{} entries, not {count}", list(entries).len());
    list(entries)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text(value)).unwrap()
}

/// The RSA keys of `vectors/keys.json`, by id.
struct Keys(BTreeMap<&'static str, DecryptingKey>);

/// A key that opens tokens, of either kind.
enum Key<'k> {
    Rsa(&'k DecryptingKey),
    RsaNamed(Box<DecryptingKey>),
    Dir(ContentEncryptionKey),
}

impl Keys {
    fn load() -> Self {
        Self(keys::rsa_entries().iter().map(|key| text(&key["id"])).map(|id| (id, keys::private_key(id))).collect())
    }

    /// The key that a vector names, with the `kid` that it gives it.
    fn of(&self, key: &Value) -> Key<'_> {
        match (key.get("dir").map(text), key.get("kid").map(text)) {
            (Some(id), None) => Key::Dir(keys::shared_key(id)),
            (Some(id), Some(kid)) => Key::Dir(keys::shared_key(id).with_key_id(kid).unwrap()),
            (None, None) => Key::Rsa(&self.0[text(&key["rsa"])]),
            (None, Some(kid)) => {
                Key::RsaNamed(Box::new(keys::private_key(text(&key["rsa"])).with_key_id(kid).unwrap()))
            }
        }
    }
}

impl Key<'_> {
    fn open(&self, jwe: &Jwe<'_>) -> Result<Vec<u8>, Error> {
        match self {
            Self::Rsa(key) => key.decrypt(jwe).map(|opened| opened.plaintext),
            Self::RsaNamed(key) => key.decrypt(jwe).map(|opened| opened.plaintext),
            Self::Dir(key) => key.decrypt(jwe).map(|opened| opened.plaintext),
        }
    }

    /// Opens into caller's buffers, which must be zeroized on failure.
    fn open_into(&self, text: &str) -> Result<Vec<u8>, Error> {
        let mut scratch = vec![0xee; Jwe::SCRATCH_LEN];
        let jwe = Jwe::parse_in(text, &mut scratch)?;
        let mut out = vec![0xdd; jwe.plaintext_len() + 3];
        let opened = match self {
            Self::Rsa(key) => key.decrypt_into(&jwe, &mut out).map(|opened| opened.plaintext.to_vec()),
            Self::RsaNamed(key) => key.decrypt_into(&jwe, &mut out).map(|opened| opened.plaintext.to_vec()),
            Self::Dir(key) => key.decrypt_into(&jwe, &mut out).map(|opened| opened.plaintext.to_vec()),
        };
        if opened == Err(Error::Decryption) {
            assert!(out[..jwe.plaintext_len()].iter().all(|byte| *byte == 0), "the buffer is zeroized");
        }
        assert_eq!(out[jwe.plaintext_len()..], [0xdd; 3], "nothing is written after the plaintext");
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
        None => bytes(&vector["plaintext"]),
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
        }
    }
    if let Some(cek) = vector.get("cek") {
        let by_hand = match jwe.algorithm() {
            Algorithm::RsaOaep256 => jwe.decrypt_unwrapped(Some(&bytes(cek))).unwrap().plaintext,
            Algorithm::Dir => ContentEncryptionKey::from_bytes(&bytes(cek)).unwrap().decrypt(&jwe).unwrap().plaintext,
        };
        assert_eq!(by_hand, plaintext, "{id}");
    }
}

#[test]
fn decrypts_tokens_of_other_implementations() {
    let (keys, vectors) = (Keys::load(), vectors!("positive"));
    for vector in at_least(174, &vectors["vectors"]) {
        opens(&keys, vector);
    }
    let peers: BTreeSet<&str> =
        list(&vectors["vectors"]).iter().map(|vector| text(&vector["source"]).split(' ').next().unwrap()).collect();
    assert!(peers.len() >= 6, "independent implementations: {peers:?}");
}

#[test]
fn decrypts_legal_oddities() {
    let (keys, vectors) = (Keys::load(), vectors!("accept"));
    for vector in at_least(106, &vectors["vectors"]) {
        opens(&keys, vector);
    }
}

/// The rejection, and whether it came from parsing.
fn rejection(key: &Key<'_>, token: &str) -> (Option<Error>, &'static str) {
    match Jwe::parse(token) {
        Err(error) => (Some(error), "parse"),
        Ok(jwe) => (key.open(&jwe).err(), "decrypt"),
    }
}

#[test]
fn rejects_negative_vectors_by_their_rule() {
    let (keys, vectors) = (Keys::load(), vectors!("negative"));
    let mut wrong = Vec::new();
    for vector in at_least(947, &vectors["vectors"]) {
        let (id, token, key) = (text(&vector["id"]), token(vector), keys.of(&vector["key"]));
        let (error, stage) = rejection(&key, &token);
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

/// Each class of published failures that tokens can express keeps its vectors, and most of them are such that a lenient
/// reader would take the token as authentic: only the named rule rejects it.
#[test]
fn every_class_of_published_failures_has_its_vectors() {
    let vectors = vectors!("negative");
    let (mut classes, mut authentic) = (BTreeMap::<&str, usize>::new(), 0);
    for vector in list(&vectors["vectors"]) {
        *classes.entry(text(&vector["class"])).or_default() += 1;
        authentic += usize::from(vector["authentic"].as_bool().unwrap());
    }
    let expected = [
        ("AAD dropped", 26),
        ("CEK length", 12),
        ("IV", 22),
        ("JSON", 182),
        ("OAEP", 45),
        ("RSA1_5", 6),
        ("base64 malleability", 271),
        ("compression bomb", 16),
        ("crit", 29),
        ("downgrade of the key", 32),
        ("encrypted key framing", 22),
        ("iteration count", 11),
        ("key in the message", 8),
        ("key wrap panic", 13),
        ("other modes", 71),
        ("oversize", 13),
        ("parts", 35),
        ("plaintext before its tag", 36),
        ("polyglot", 64),
        ("short tag", 16),
        ("sign/encrypt confusion", 7),
        ("tag boundary", 10),
    ];
    for (class, count) in expected {
        assert!(classes.get(class).is_some_and(|found| *found >= count), "{class}: {:?}", classes.get(class));
    }
    assert_eq!(classes.len(), expected.len(), "{classes:?}");
    assert!(authentic >= 799, "{authentic}");
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
fn rejects_bad_keys_when_they_are_read() {
    let vectors = vectors!("bad_keys");
    let mut wrong = Vec::new();
    for key in at_least(400, &vectors["keys"]) {
        let error = key_error(key);
        if error.map(|error| format!("{error:?}")).as_deref() != key["expect"].as_str() {
            wrong.push(format!("{}: expected {}, got {error:?}", key["id"], key["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn accepts_odd_but_legal_keys() {
    let vectors = vectors!("good_keys");
    for key in at_least(46, &vectors["keys"]) {
        assert_eq!(key_error(key), None, "{}", key["id"]);
    }
}

#[test]
fn keys_survive_every_export_and_import() {
    for key in at_least(7, &vectors!("keys")["keys"]) {
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

/// RFC 7516 appendix A.1: its `alg` is one that this crate rejects.
#[test]
fn rejects_rfc_7516_a1_by_its_algorithm() {
    let vector = vectors!("rfc7516_a1");
    assert_eq!(
        Jwe::parse(text(&vector["token"])).unwrap_err(),
        Error::UnsupportedAlgorithm(RegisteredName::of("RSA-OAEP"))
    );
}

/// Whether a name fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((front, rest)) => name.strip_prefix(front).is_some_and(|name| {
            name.char_indices().map(|(at, _)| at).chain([name.len()]).any(|at| fits(rest, name.get(at..).unwrap()))
        }),
    }
}

/// The table of `vectors/README.md` names a vector for each published failure, and each vector that it names exists.
#[test]
fn every_published_failure_has_a_named_vector() {
    let files = [vectors!("negative"), vectors!("accept"), vectors!("bad_keys")];
    let entries = files.iter().flat_map(|file| list(file.get("vectors").unwrap_or(&file["keys"])));
    let ids: Vec<&str> = entries.map(|entry| text(&entry["id"])).collect();
    let readme = include_str!("../../vectors/README.md");
    let rows = readme.lines().skip_while(|line| !line.starts_with("| class | input |")).skip(2);
    let (mut classes, mut named) = (BTreeSet::new(), 0);
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split(" | ").collect();
        assert_eq!(cells.len(), 3, "{row}");
        assert!(classes.insert(cells[0]), "{row}");
        // Between backticks is every second piece; files of tests are named there, too.
        for name in cells[2].split('`').skip(1).step_by(2).filter(|name| !name.contains('/')) {
            assert!(ids.iter().any(|id| fits(name, id)), "no vector {name}");
            named += 1;
        }
    }
    assert!(classes.len() == 24 && named > 100, "{} classes, {named} names", classes.len());
}

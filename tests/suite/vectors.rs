//! Every vector in `vectors/`, through the public surface: what must open opens to the right bytes, what must be
//! rejected is rejected by the rule that it is named for, at the stage where that rule applies.

use std::collections::{BTreeMap, BTreeSet};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwe_primitives::{
    Algorithm, ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, Jwe, Limits, RegisteredName,
};
use serde_json::Value;

use crate::common::keys;
use crate::common::random::SeededRng;
use crate::keys as key_texts;

macro_rules! vectors {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../vectors/", $name, ".json"))).unwrap()
    };
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

/// The number of entries of a kind that a file says it has.
fn count(file: &Value, kind: &str) -> usize {
    usize::try_from(file["counts"][kind].as_u64().unwrap()).unwrap()
}

/// All entries of a file: as many as it says, so that none is lost without notice.
pub(crate) fn entries(file: &Value) -> &Vec<Value> {
    let entries = list(file.get("vectors").unwrap_or(&file["keys"]));
    assert_eq!(entries.len(), count(file, "all"));
    entries
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
        let mut rng = SeededRng::new(1);
        match self {
            Self::Rsa(key) => key.decrypt_with_rng(&mut rng, jwe).map(|opened| opened.plaintext),
            Self::RsaNamed(key) => key.decrypt_with_rng(&mut rng, jwe).map(|opened| opened.plaintext),
            Self::Dir(key) => key.decrypt(jwe).map(|opened| opened.plaintext),
        }
    }

    /// Opens into caller's buffers, which must be zeroized on failure.
    fn open_into(&self, text: &str) -> Result<Vec<u8>, Error> {
        let mut scratch = vec![0xee; Jwe::SCRATCH_LEN];
        let jwe = Jwe::parse_in(text, &mut scratch)?;
        let (mut out, mut rng) = (vec![0xdd; jwe.plaintext_len() + 3], SeededRng::new(1));
        let opened = match self {
            Self::Rsa(key) => {
                key.decrypt_into_with_rng(&mut rng, &jwe, &mut out).map(|opened| opened.plaintext.to_vec())
            }
            Self::RsaNamed(key) => {
                key.decrypt_into_with_rng(&mut rng, &jwe, &mut out).map(|opened| opened.plaintext.to_vec())
            }
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
            Algorithm::RsaOaep256 => {
                jwe.decrypt_unwrapped_with_rng(&mut SeededRng::new(1), Some(&bytes(cek))).unwrap().plaintext
            }
            Algorithm::Dir => ContentEncryptionKey::from_bytes(&bytes(cek)).unwrap().decrypt(&jwe).unwrap().plaintext,
        };
        assert_eq!(by_hand, plaintext, "{id}");
    }
}

/// The implementations that made tokens. Two are called jose: the one for JavaScript and the one in C.
const PEERS: [&str; 13] = [
    "Authlib",
    "Crypt::JWT",
    "jose",
    "jose",
    "jose-rs",
    "jose4rs",
    "josekit",
    "joserfc",
    "jwcrypto",
    "jwskate",
    "librhonabwy",
    "node-jose",
    "python-jose",
];

#[test]
fn decrypts_tokens_of_other_implementations() {
    let (keys, vectors) = (Keys::load(), vectors!("positive"));
    for vector in entries(&vectors) {
        opens(&keys, vector);
    }
    let mut peers = BTreeMap::<&str, usize>::new();
    for vector in entries(&vectors) {
        *peers.entry(text(&vector["source"])).or_default() += 1;
    }
    assert!(peers.iter().all(|(peer, found)| *found == count(&vectors, peer)), "{peers:?}");
    let mut names: Vec<&str> = peers.keys().map(|peer| peer.split(' ').next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, PEERS);
}

#[test]
fn decrypts_legal_oddities() {
    let (keys, vectors) = (Keys::load(), vectors!("accept"));
    for vector in entries(&vectors) {
        opens(&keys, vector);
    }
}

/// What two vectors say, one for each kind of key: their header is the longest that is read.
#[test]
fn a_header_as_long_as_the_limit_is_that_long() {
    let vectors = vectors!("accept");
    let at_limit =
        entries(&vectors).iter().filter(|vector| text(&vector["shows"]) == "a header part as long as the limit");
    let lengths: Vec<_> = at_limit.map(|vector| token(vector).find('.').unwrap()).collect();
    assert_eq!(lengths, [Limits::DEFAULT_HEADER_LEN; 2]);
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
    for vector in entries(&vectors) {
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

/// The classes of published failures that a token can express, in alphabetical order.
const CLASSES: [&str; 22] = [
    "AAD dropped",
    "CEK length",
    "IV",
    "JSON",
    "OAEP",
    "RSA1_5",
    "base64 malleability",
    "compression bomb",
    "crit",
    "downgrade of the key",
    "encrypted key framing",
    "iteration count",
    "key in the message",
    "key wrap panic",
    "other modes",
    "oversize",
    "parts",
    "plaintext before its tag",
    "polyglot",
    "short tag",
    "sign/encrypt confusion",
    "tag boundary",
];

/// Each class of published failures that tokens can express keeps its vectors, and most of them are such that a lenient
/// reader would take the token as authentic: only the named rule rejects it.
#[test]
fn every_class_of_published_failures_has_its_vectors() {
    let vectors = vectors!("negative");
    let (mut classes, mut authentic) = (BTreeMap::<&str, usize>::new(), 0);
    for vector in entries(&vectors) {
        *classes.entry(text(&vector["class"])).or_default() += 1;
        authentic += usize::from(vector["authentic"].as_bool().unwrap());
    }
    assert!(classes.keys().eq(&CLASSES), "{classes:?}");
    assert!(classes.iter().all(|(class, found)| *found == count(&vectors, class)), "{classes:?}");
    assert_eq!(authentic, count(&vectors, "authentic"));
    assert!(authentic * 5 > entries(&vectors).len() * 4, "{authentic}");
}

#[test]
fn every_vector_has_its_own_id_and_says_what_it_shows() {
    for file in [vectors!("positive"), vectors!("negative"), vectors!("accept")] {
        let mut ids = BTreeSet::new();
        for vector in entries(&file) {
            assert!(ids.insert(text(&vector["id"])), "{} twice", vector["id"]);
            assert!(["source", "shows"].iter().all(|field| !text(&vector[*field]).is_empty()), "{}", vector["id"]);
        }
    }
}

#[test]
fn rejects_bad_keys_when_they_are_read() {
    assert_faultless(&vectors!("bad_keys"));
}

#[test]
fn accepts_odd_but_legal_keys() {
    assert_faultless(&vectors!("good_keys"));
}

fn assert_faultless(file: &Value) {
    let faults = key_texts::faults(entries(file));
    assert!(faults.is_empty(), "{} wrong:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn keys_survive_every_export_and_import() {
    let ids: Vec<_> = keys::rsa_entries().iter().map(|key| text(&key["id"])).collect();
    assert_eq!(ids, ["rsa2048-a", "rsa2048-b", "rsa3072", "rsa4096", "rsa2056", "rsa2048-e3", "rsa8192"]);
    for key in keys::rsa_entries() {
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
    let ids: Vec<&str> = files.iter().flat_map(entries).map(|entry| text(&entry["id"])).collect();
    let readme = include_str!("../../vectors/README.md");
    let rows = readme.lines().skip_while(|line| !line.starts_with("| class | input |")).skip(2);
    let mut classes = BTreeSet::new();
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split(" | ").collect();
        assert_eq!(cells.len(), 3, "{row}");
        assert!(classes.insert(String::from(cells[0])), "{row}");
        // Between backticks is every second piece; files of tests are named there, too.
        let (files, names): (Vec<_>, Vec<_>) =
            cells[2].split('`').skip(1).step_by(2).partition(|name| name.contains('/'));
        assert!(!names.is_empty() || cells[0] == "| nonce reuse" && !files.is_empty(), "{row}");
        for name in names {
            assert!(ids.iter().any(|id| fits(name, id)), "no vector {name}");
        }
    }
    // Two in which no token shows what went wrong.
    let expected = CLASSES.iter().chain(&["nonce reuse", "weak keys"]).map(|class| format!("| {class}"));
    assert_eq!(classes, expected.collect());
}

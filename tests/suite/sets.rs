//! Sets of keys that decrypt: which keys they try, in which order, and how many; shared keys in sets, and what a JWK
//! permits its key.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jwe_primitives::{
    ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, Header, Jwe, KeyError, KeySet, KeyType, Limits, Part,
};
use proptest::prelude::*;
use proptest::sample::select;
use rand_core::{TryCryptoRng, TryRng as _};

use crate::common::keys::{dir_entries, private_key, public_key, rsa_entry};
use crate::common::random::{FailingRng, Scripted, SeededRng};

const A: &str = "rsa2048-a";
const B: &str = "rsa2048-b";
const E: &str = "rsa2048-e3";
const LONG: &str = "rsa3072";

/// A generator that counts decryptions: each begins with the draw of a substitute for the CEK, and nothing else of 32 bytes
/// is drawn.
fn counting(begun: &mut usize) -> impl TryCryptoRng {
    let mut rng = SeededRng::new(1);
    let give = move |_, out: &mut [u8]| {
        *begun += usize::from(out.len() == ContentEncryptionKey::LEN);
        rng.try_fill_bytes(out).unwrap();
    };
    Scripted { calls: 0, give }
}

/// What a set makes of a token, and how many decryptions that took.
fn decrypt(set: &KeySet<DecryptingKey>, token: &str) -> (Result<(), Error>, usize) {
    let mut begun = 0;
    let outcome = set.decrypt_with_rng(&mut counting(&mut begun), &Jwe::parse(token).unwrap());
    if let Ok(decrypted) = &outcome {
        assert_eq!(decrypted.plaintext, b"x");
    }
    (outcome.map(|_| ()), begun)
}

/// Read once, which costs more than a decryption.
static KEYS: LazyLock<BTreeMap<&str, DecryptingKey>> =
    LazyLock::new(|| [A, B, E, LONG].map(|id| (id, private_key(id))).into());

fn key(id: &str, kid: Option<&str>) -> DecryptingKey {
    let key = KEYS[id].clone();
    kid.map_or(Ok(key.clone()), |kid| key.with_key_id(kid)).unwrap()
}

fn set(keys: &[(&str, Option<&str>)]) -> KeySet<DecryptingKey> {
    keys.iter().map(|(id, kid)| key(id, *kid)).collect()
}

/// A token to the key `id` whose header has this `kid`.
fn token(id: &str, kid: Option<&str>) -> String {
    let header = kid.map_or(Ok(Header::new()), |kid| Header::new().key_id(kid)).unwrap();
    public_key(id).encrypt_with_rng(&mut SeededRng::new(5), &header, b"x").unwrap().compact
}

#[test]
fn one_decryption_is_counted_as_one() {
    let mut begun = 0;
    private_key(A).decrypt_with_rng(&mut counting(&mut begun), &Jwe::parse(&token(A, None)).unwrap()).unwrap();
    assert_eq!(begun, 1);
}

/// An id of a key, and the `kid` of that key or of a token to it.
type Named<'k> = (&'k str, Option<&'k str>);

/// The keys of a set, a token, the outcome, and how many keys are tried.
type Case<'k> = (&'k [Named<'k>], Named<'k>, Result<(), Error>, usize);

fn check(cases: &[Case<'_>]) {
    for (keys, (id, kid), outcome, tried) in cases {
        assert_eq!(decrypt(&set(keys), &token(id, *kid)), (*outcome, *tried), "{keys:?}, a token to {id} of {kid:?}");
    }
}

#[test]
fn a_set_tries_the_keys_in_their_order() {
    check(&[
        (&[(A, None)], (A, None), Ok(()), 1),
        (&[(B, None), (A, None)], (A, None), Ok(()), 2),
        (&[(A, None), (B, None)], (A, None), Ok(()), 1),
        (&[(B, None), (E, None), (A, None)], (A, None), Ok(()), 3),
        (&[(B, None), (E, None)], (A, None), Err(Error::Decryption), 2),
        // Without a `kid`, a named key may be meant.
        (&[(B, Some("b")), (A, Some("a"))], (A, None), Ok(()), 2),
    ]);
}

#[test]
fn a_set_tries_the_key_that_a_token_names_first() {
    check(&[
        (&[(A, None), (B, Some("b"))], (B, Some("b")), Ok(()), 1),
        (&[(B, Some("a")), (A, Some("a"))], (A, Some("a")), Ok(()), 2),
        // The name may be that of another key, and an unnamed one fits.
        (&[(A, None), (E, None), (B, Some("b"))], (A, Some("b")), Ok(()), 2),
        (&[(A, None), (E, None), (B, Some("b"))], (E, Some("b")), Ok(()), 3),
    ]);
}

#[test]
fn a_set_does_not_try_what_a_token_rules_out() {
    check(&[
        // By the length of the encrypted key.
        (&[(LONG, None), (A, None)], (A, None), Ok(()), 1),
        (&[(A, None), (B, None), (LONG, None)], (LONG, None), Ok(()), 1),
        // By a `kid` that is not the key's.
        (&[(A, Some("a")), (B, Some("b"))], (B, Some("b")), Ok(()), 1),
        (&[(A, Some("a")), (B, Some("b"))], (A, Some("b")), Err(Error::Decryption), 1),
        (&[(A, Some("a")), (B, None)], (B, Some("c")), Ok(()), 1),
    ]);
}

#[test]
fn a_set_reports_why_no_key_can_be_meant() {
    let length = Err(Error::PartLength(Part::EncryptedKey));
    check(&[
        (&[], (A, None), Err(Error::EmptyKeySet), 0),
        (&[(A, Some("a"))], (A, Some("c")), Err(Error::KeyIdMismatch), 0),
        (&[(A, Some("a")), (B, Some("b"))], (A, Some("c")), Err(Error::UnknownKeyId), 0),
        (&[(A, None)], (LONG, None), length, 0),
        // That of the key which came farthest.
        (&[(A, Some("a")), (B, None)], (LONG, Some("c")), length, 0),
        (&[(A, None), (B, Some("b"))], (LONG, Some("c")), length, 0),
    ]);
    let direct = direct(&shared(1, None), None);
    assert_eq!(decrypt(&set(&[(A, None), (B, Some("b"))]), &direct), (Err(Error::AlgorithmMismatch), 0));
    assert_eq!(decrypt(&set(&[]), &direct), (Err(Error::EmptyKeySet), 0));
}

/// A token costs no more than [`Limits::MAX_TRIALS`] operations with private keys.
#[test]
fn a_token_cannot_cost_more_trials_than_the_limit() {
    assert_eq!(Limits::MAX_TRIALS, 4);
    let wrong = [(B, None), (E, None), (B, None)];
    let four = [&wrong[..], &[(A, None)]].concat();
    assert_eq!(decrypt(&set(&four), &token(A, None)), (Ok(()), 4));
    let five = [&[(A, None)], &four[..]].concat();
    assert_eq!(decrypt(&set(&five), &token(A, None)), (Err(Error::AmbiguousKey), 0), "though the first is the one");
    // Keys that are ruled out don't count.
    let others = [(LONG, None), (B, Some("b")), (E, Some("e"))];
    assert_eq!(decrypt(&set(&[&others[..], &four].concat()), &token(A, Some("a"))), (Ok(()), 4));
    let named: Vec<_> = [A, B, E, A, B, E]
        .into_iter()
        .zip([Some("1"), Some("2"), Some("3"), Some("4"), Some("5"), Some("6")])
        .collect();
    assert_eq!(decrypt(&set(&named), &token(B, Some("5"))), (Ok(()), 1));
    assert_eq!(decrypt(&set(&named), &token(B, None)), (Err(Error::AmbiguousKey), 0));
}

/// What is wrong with the token alone is reported before any operation, and not tried again with the next key.
#[test]
fn a_set_stops_at_an_error_of_the_token() {
    let (keys, good) = (set(&[(A, None), (B, None)]), token(A, None));
    let malformed = good.replacen(good.split('.').nth(3).unwrap(), "*", 1);
    assert_eq!(decrypt(&keys, &malformed), (Err(Error::Base64(Part::Ciphertext)), 0));
    let failed = keys.decrypt_with_rng(&mut FailingRng::after(0), &Jwe::parse(&good).unwrap());
    assert_eq!(failed.unwrap_err(), Error::Randomness);
}

fn kid() -> impl Strategy<Value = Option<&'static str>> {
    select(vec![None, None, Some("a"), Some("b")])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// The documented rules, written once more: which keys are candidates, in which order, and at most how many.
    #[test]
    fn any_set_tries_keys_as_documented(keys in proptest::collection::vec((select(vec![A, B, LONG]), kid()), 0..7), id in select(vec![A, B, LONG]), kid in kid()) {
        let fits = |key: &&(&'static str, Option<&'static str>)| (key.0 == LONG) == (id == LONG);
        let allowed = |key: &&(&'static str, Option<&'static str>)| kid.is_none() || key.1.is_none() || key.1 == kid;
        let mut candidates: Vec<_> = keys.iter().filter(fits).filter(allowed).collect();
        candidates.sort_by_key(|key| !(kid.is_some() && key.1 == kid));
        let expected = match candidates.len() {
            0 if keys.is_empty() => (Err(Error::EmptyKeySet), 0),
            0 if keys.iter().any(|key| allowed(&key)) => (Err(Error::PartLength(Part::EncryptedKey)), 0),
            0 if keys.len() == 1 => (Err(Error::KeyIdMismatch), 0),
            0 => (Err(Error::UnknownKeyId), 0),
            1..=4 => match candidates.iter().position(|key| key.0 == id) {
                Some(at) => (Ok(()), at + 1),
                None => (Err(Error::Decryption), candidates.len()),
            },
            _ => (Err(Error::AmbiguousKey), 0),
        };
        prop_assert_eq!(decrypt(&set(&keys), &token(id, kid)), expected);
    }
}

fn shared(byte: u8, kid: Option<&str>) -> ContentEncryptionKey {
    let key = ContentEncryptionKey::from_bytes(&[byte; 32]).unwrap();
    kid.map_or(Ok(key.clone()), |kid| key.with_key_id(kid)).unwrap()
}

fn direct(key: &ContentEncryptionKey, kid: Option<&str>) -> String {
    let header = kid.map_or(Ok(Header::new()), |kid| Header::new().key_id(kid)).unwrap();
    key.clone().without_key_id().encrypt_with_rng(&mut SeededRng::new(5), &header, b"x").unwrap()
}

#[test]
fn a_set_of_shared_keys_chooses_one() {
    let keys = KeySet::from_iter([shared(1, Some("1")), shared(2, Some("2"))]);
    assert_eq!(keys.get(Some("2")).unwrap().as_bytes(), &[2; 32]);
    assert_eq!(keys.get(Some("3")).unwrap_err(), Error::UnknownKeyId);
    assert_eq!(keys.only().unwrap_err(), Error::AmbiguousKey);
    assert_eq!(keys.get(None::<&str>).unwrap_err(), Error::AmbiguousKey);
    for (kid, byte) in [("1", 1), ("2", 2)] {
        let token = direct(&shared(byte, None), Some(kid));
        let jwe = Jwe::parse(&token).unwrap();
        assert_eq!(keys.for_token(&jwe).unwrap().as_bytes(), &[byte; 32]);
        assert_eq!(keys.decrypt(&jwe).unwrap().plaintext, b"x");
    }
    let unnamed = direct(&shared(2, None), None);
    assert_eq!(keys.for_token(&Jwe::parse(&unnamed).unwrap()).unwrap_err(), Error::AmbiguousKey);
    let one = KeySet::from_iter([shared(1, Some("1"))]);
    assert_eq!(one.only().unwrap().key_id(), Some("1"));
    assert_eq!(KeySet::<ContentEncryptionKey>::new().only().unwrap_err(), Error::EmptyKeySet);
    assert_eq!(keys.get(keys.iter().next().unwrap().key_id()).unwrap().as_bytes(), &[1; 32]);
}

#[test]
fn a_set_of_shared_keys_decrypts_too() {
    let open = |keys: &[(u8, Option<&str>)], byte, kid| {
        let keys: KeySet<_> = keys.iter().map(|(byte, kid)| shared(*byte, *kid)).collect();
        let token = direct(&shared(byte, None), kid);
        keys.decrypt(&Jwe::parse(&token).unwrap()).map(|decrypted| assert_eq!(decrypted.plaintext, b"x"))
    };
    assert_eq!(open(&[(2, None), (1, None)], 1, None), Ok(()));
    assert_eq!(open(&[(2, None), (3, None)], 1, None), Err(Error::Decryption));
    assert_eq!(open(&[(2, Some("a")), (1, None)], 1, Some("a")), Ok(()));
    assert_eq!(open(&[(1, Some("a")), (2, Some("b"))], 1, Some("b")), Err(Error::Decryption));
    assert_eq!(open(&[(1, Some("a"))], 1, Some("b")), Err(Error::KeyIdMismatch));
    assert_eq!(open(&[(1, Some("a")), (2, Some("b"))], 1, Some("c")), Err(Error::UnknownKeyId));
    assert_eq!(open(&[], 1, None), Err(Error::EmptyKeySet));
    assert_eq!(open(&[(2, None), (3, None), (4, None), (1, None)], 1, None), Ok(()));
    assert_eq!(open(&[(1, None), (3, None), (4, None), (5, None), (6, None)], 1, None), Err(Error::AmbiguousKey));
    let keys = KeySet::from_iter([shared(1, None)]);
    assert_eq!(keys.decrypt(&Jwe::parse(&token(A, None)).unwrap()).unwrap_err(), Error::AlgorithmMismatch);
}

#[test]
fn a_set_of_shared_keys_survives_its_text() {
    let first: ContentEncryptionKey = shared(0xfb, Some("\u{fc}\"1"));
    let second = permitted(r#"["decrypt"]"#).with_key_id("2").unwrap();
    let keys = KeySet::from_iter([first, second, shared(7, None)]);
    let written = keys.to_jwks().unwrap();
    let (read, skipped) = KeySet::<ContentEncryptionKey>::from_jwks_with_skipped(&written).unwrap();
    assert!(skipped.is_empty());
    let all = |keys: &KeySet<ContentEncryptionKey>| {
        keys.iter().map(|key| (key.key_id().map(String::from), *key.as_bytes())).collect::<Vec<_>>()
    };
    assert_eq!(all(&read), all(&keys));
    assert_eq!(all(&KeySet::<ContentEncryptionKey>::from_jwks(&written).unwrap()), all(&keys));
    assert_eq!(*read.to_jwks().unwrap(), *written);
    let (_, operation) = rejected(&read.get(Some("2")).unwrap().clone());
    assert_eq!(operation, "encrypt", "what its JWK permits");
    assert_eq!(*KeySet::<ContentEncryptionKey>::new().to_jwks().unwrap(), r#"{"keys":[]}"#);
    assert_eq!(KeySet::<ContentEncryptionKey>::from_jwks(r#"{"keys":[]}"#).unwrap_err(), KeyError::EmptySet.into());
}

#[test]
fn a_set_without_a_usable_key_says_how_many_and_why() {
    let rsa = rsa_entry(A)["jwk_public"].to_string();
    let with = |member: &str| format!("{},{member}}}", rsa.strip_suffix('}').unwrap());
    let (sig, short) = (with(r#""use":"sig""#), r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#.to_string());
    let ec = r#"{"kty":"EC"}"#.to_string();
    let read = |entries: &[String]| {
        let text = format!(r#"{{"keys":[{}]}}"#, entries.join(","));
        KeySet::<EncryptingKey>::from_jwks(&text).unwrap_err()
    };
    let none = |skipped, first| Error::NoUsableKey { skipped, first };
    assert_eq!(read(std::slice::from_ref(&short)), none(1, KeyError::ModulusTooSmall));
    assert_eq!(read(&[ec.clone(), sig.clone()]), none(2, KeyError::WrongType(KeyType::Ec)));
    assert_eq!(
        read(&[sig.clone(), ec.clone(), short.clone()]),
        none(3, KeyError::ModulusTooSmall),
        "the one with a fault"
    );
    assert_eq!(read(&vec![ec.clone(); 254]), none(254, KeyError::WrongType(KeyType::Ec)));
    for count in [255, 256, 1000] {
        let error = read(&vec![ec.clone(); count]);
        assert_eq!(error, none(255, KeyError::WrongType(KeyType::Ec)));
        assert!(error.to_string().contains("255 or more skipped"), "{error}");
    }
    let text = read(&[sig, short]).to_string();
    assert!(text.contains("2 skipped") && text.contains("shorter than 2048 bits"), "{text}");
}

/// A shared key whose JWK has these `key_ops`.
fn permitted(operations: &str) -> ContentEncryptionKey {
    let k = dir_entries()[0]["jwk"]["k"].as_str().unwrap();
    ContentEncryptionKey::from_jwk(&format!(r#"{{"kty":"oct","k":"{k}","key_ops":{operations}}}"#)).unwrap()
}

/// The error of the operation that a key may not be used for, and which it is; nothing is drawn before that error.
fn rejected(key: &ContentEncryptionKey) -> (Error, &'static str) {
    let token = permitted("[]").encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"x").unwrap();
    let jwe = Jwe::parse(&token).unwrap();
    let (mut rng, mut out) = (SeededRng::new(1), [7; 200]);
    let sent = key.encrypt_with_rng(&mut rng, &Header::new(), b"x").map(drop);
    let sent_into = key.encrypt_into_with_rng(&mut rng, &Header::new(), b"x", &mut out).map(drop);
    assert_eq!(sent, sent_into);
    if let Err(error) = sent {
        assert_eq!((rng.calls, out), (0, [7; 200]), "nothing was begun");
        assert_eq!(key.decrypt(&jwe).unwrap().plaintext, b"x");
        return (error, "encrypt");
    }
    let error = key.decrypt(&jwe).unwrap_err();
    let mut out = [7; 1];
    assert_eq!((key.decrypt_into(&jwe, &mut out).unwrap_err(), out), (error, [7]), "nothing was begun");
    (error, "decrypt")
}

/// RFC 7517 section 4.3: the operations "that the key is intended to be used for".
#[test]
fn what_a_jwk_permits_is_obeyed_by_the_operation() {
    for operations in [r#"["decrypt"]"#, r#"["decrypt","wrapKey"]"#, r#"["\u0064ecrypt"]"#] {
        assert_eq!(rejected(&permitted(operations)), (Error::KeyOperation, "encrypt"), "{operations}");
    }
    for operations in [r#"["encrypt"]"#, r#"["sign","encrypt"]"#] {
        assert_eq!(rejected(&permitted(operations)), (Error::KeyOperation, "decrypt"), "{operations}");
    }
    for operations in ["[]", "null", r#"["encrypt","decrypt"]"#] {
        let key = permitted(operations);
        let token = key.encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"x").unwrap();
        assert_eq!(key.decrypt(&Jwe::parse(&token).unwrap()).unwrap().plaintext, b"x", "{operations}");
    }
    // A clone, a name and a text keep it.
    for key in [permitted(r#"["decrypt"]"#), permitted(r#"["encrypt"]"#)] {
        let expected = rejected(&key);
        assert_eq!(rejected(&key.clone()), expected);
        assert_eq!(rejected(&key.clone().with_key_id("a").unwrap().without_key_id()), expected);
        assert_eq!(rejected(&ContentEncryptionKey::from_jwk(&key.to_jwk().unwrap()).unwrap()), expected);
        // The bytes of a key have no JWK.
        assert!(ContentEncryptionKey::from_bytes(key.as_bytes()).unwrap().to_jwk().unwrap().contains(r#""use":"enc""#));
    }
}

/// The error comes before any other: an operation that isn't permitted looks at nothing.
#[test]
fn a_key_for_encryption_rejects_any_token() {
    let key = permitted(r#"["encrypt"]"#).with_key_id("a").unwrap();
    let other = direct(&shared(1, None), Some("b"));
    for token in [&other, &token(A, None)] {
        assert_eq!(key.decrypt(&Jwe::parse(token).unwrap()).unwrap_err(), Error::KeyOperation);
    }
    let mine = permitted(r#"["decrypt"]"#).encrypt_into_with_rng(&mut SeededRng::new(1), &Header::new(), b"x", &mut []);
    assert_eq!(mine.unwrap_err(), Error::KeyOperation);
}

/// A key that may not decrypt is ruled out.
#[test]
fn a_set_of_shared_keys_obeys_their_operations() {
    let token = direct(&permitted("[]"), None);
    let jwe = Jwe::parse(&token).unwrap();
    let [sender, receiver] = [r#"["encrypt"]"#, r#"["decrypt"]"#].map(permitted);
    assert_eq!(KeySet::from_iter([sender.clone()]).decrypt(&jwe).unwrap_err(), Error::KeyOperation);
    assert_eq!(KeySet::from_iter([sender.clone(), receiver]).decrypt(&jwe).unwrap().plaintext, b"x");
    // It doesn't count among those that are tried.
    let many = [sender.clone(), sender, shared(1, None), shared(2, None), shared(3, None), permitted("[]")];
    assert_eq!(KeySet::from_iter(many).decrypt(&jwe).unwrap().plaintext, b"x");
}

#[test]
fn a_key_can_lose_its_name() {
    let (private, public, shared) = (key(A, Some("a")), public_key(A).with_key_id("a").unwrap(), shared(1, Some("a")));
    let (private, public, shared) = (private.without_key_id(), public.without_key_id(), shared.without_key_id());
    assert_eq!((private.key_id(), public.key_id(), shared.key_id()), (None, None, None));
    assert_eq!(private.encrypting_key().key_id(), None, "its public half, too");
    assert!(!public.to_jwk().contains("kid") && !private.to_jwk().unwrap().contains("kid"));
    assert!(!shared.to_jwk().unwrap().contains("kid"));
    let (mut rng, header) = (SeededRng::new(1), Header::new());
    for token in [
        public.encrypt_with_rng(&mut rng, &header, b"x").unwrap().compact,
        private.encrypting_key().encrypt_with_rng(&mut rng, &header, b"x").unwrap().compact,
        shared.encrypt_with_rng(&mut rng, &header, b"x").unwrap(),
    ] {
        assert_eq!(Jwe::parse(&token).unwrap().unverified_header().key_id(), None);
    }
    // It decrypts what names another key.
    let named = token(A, Some("b"));
    assert!(private.decrypt_with_rng(&mut rng, &Jwe::parse(&named).unwrap()).is_ok());
    let named = direct(&shared, Some("b"));
    assert!(shared.decrypt(&Jwe::parse(&named).unwrap()).is_ok());
    // The handle that it was cloned from keeps its name.
    let named = key(A, Some("a"));
    let unnamed = named.clone().without_key_id();
    assert_eq!((named.key_id(), unnamed.key_id()), (Some("a"), None));
}

/// A service swaps its set: the old one and its keys serve the requests that still hold it.
#[test]
fn a_clone_of_a_set_is_its_own_and_shares_the_keys() {
    let old = set(&[(A, Some("2025"))]);
    let mut new = old.clone();
    new.insert(key(B, Some("2026")));
    assert!(new.remove("2025"));
    let (to_old, to_new) = (token(A, Some("2025")), token(B, Some("2026")));
    assert_eq!((decrypt(&old, &to_old).0, decrypt(&new, &to_old).0), (Ok(()), Err(Error::KeyIdMismatch)));
    assert_eq!((decrypt(&old, &to_new).0, decrypt(&new, &to_new).0), (Err(Error::KeyIdMismatch), Ok(())));
}

#[test]
fn a_clone_of_a_key_shares_it() {
    let key = shared(3, Some("a"));
    let clone = key.clone().without_key_id();
    assert!(core::ptr::eq(key.as_bytes(), clone.as_bytes()));
    assert_eq!((key.key_id(), clone.key_id()), (Some("a"), None));
    drop(key);
    assert_eq!(clone.as_bytes(), &[3; 32]);
}

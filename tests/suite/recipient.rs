//! For whom a token is: algorithm, `kid`, size of the encrypted key, and which key of a set is chosen.

use jwe_primitives::{Algorithm, ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, Header, Jwe, KeySet, Part};

use crate::common::keys::{private_key, public_key};
use crate::common::random::SeededRng;

const A: &str = "rsa2048-a";
const B: &str = "rsa2048-b";

fn send(key: &EncryptingKey, header: &Header) -> String {
    key.encrypt_with_rng(&mut SeededRng::new(1), header, b"x").unwrap().compact
}

fn receive(key: &DecryptingKey, token: &str) -> Option<Error> {
    key.decrypt_with_rng(&mut SeededRng::new(2), &Jwe::parse(token).unwrap()).err()
}

fn shared(byte: u8, kid: &str) -> ContentEncryptionKey {
    ContentEncryptionKey::from_bytes(&[byte; 32]).unwrap().with_key_id(kid).unwrap()
}

#[test]
fn key_ids_must_agree_if_both_have_one() {
    let (named, unnamed) = (private_key(A).with_key_id("a").unwrap(), private_key(A));
    let plain = Header::new();
    assert_eq!(receive(&named, &send(&public_key(A), &plain)), None);
    assert_eq!(receive(&unnamed, &send(&public_key(A), &plain)), None);
    for (kid, expected) in [
        ("a", None),
        ("b", Some(Error::KeyIdMismatch)),
        ("", Some(Error::KeyIdMismatch)),
        ("A", Some(Error::KeyIdMismatch)),
    ] {
        let token = send(&public_key(A), &plain.clone().key_id(kid).unwrap());
        assert_eq!(receive(&named, &token), expected, "{kid:?}");
        assert_eq!(receive(&unnamed, &token), None, "{kid:?}");
    }
}

#[test]
fn a_shared_key_checks_its_id_too() {
    let token = shared(1, "d").encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"x").unwrap();
    let jwe = Jwe::parse(&token).unwrap();
    assert_eq!(jwe.unverified_header().key_id().as_deref(), Some("d"));
    assert!(shared(1, "d").decrypt(&jwe).is_ok());
    assert_eq!(shared(1, "e").decrypt(&jwe).map(|_| ()).unwrap_err(), Error::KeyIdMismatch);
    let mut out = [9; 1];
    assert_eq!(shared(1, "e").decrypt_into(&jwe, &mut out).map(|_| ()).unwrap_err(), Error::KeyIdMismatch);
    assert_eq!(out, [9], "nothing was begun");
}

/// A key has one algorithm; a token can't choose another.
#[test]
fn a_token_for_the_other_kind_of_key_is_rejected() {
    let (private, key) = (private_key(A), shared(1, "d"));
    let direct = key.encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"x").unwrap();
    let token = send(&public_key(A), &Header::new());
    assert_eq!(receive(&private, &direct), Some(Error::AlgorithmMismatch));
    let jwe = Jwe::parse(&token).unwrap();
    assert_eq!(key.decrypt(&jwe).map(|_| ()).unwrap_err(), Error::AlgorithmMismatch);
    assert_eq!((jwe.algorithm(), Jwe::parse(&direct).unwrap().algorithm()), (Algorithm::RsaOaep256, Algorithm::Dir));
}

#[test]
fn an_encrypted_key_of_another_size_names_the_part() {
    let token = send(&public_key("rsa3072"), &Header::new());
    assert_eq!(receive(&private_key(A), &token), Some(Error::PartLength(Part::EncryptedKey)));
}

/// All that is public about a token is reported before a private key held elsewhere has to work.
#[test]
fn a_token_is_checked_against_the_public_half() {
    let public = public_key(A).with_key_id("a").unwrap();
    let long = public.encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), [7; 3000]).unwrap().compact;
    let check = |text: &str, key: &EncryptingKey| Jwe::parse(text).unwrap().check_recipient(key).err();
    assert_eq!(check(&long, &public), None);
    assert_eq!(check(&long, &public_key("rsa3072")), Some(Error::PartLength(Part::EncryptedKey)));
    assert_eq!(check(&long, &public_key("rsa3072").with_key_id("b").unwrap()), Some(Error::KeyIdMismatch));
    let direct = shared(1, "a").encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"x").unwrap();
    assert_eq!(check(&direct, &public), Some(Error::AlgorithmMismatch));
    for (character, error) in [("+", Error::Base64(Part::Ciphertext)), (".", Error::PartCount)] {
        for from_the_end in [30, 100, 2000, 3900] {
            let mut broken = long.clone();
            let at = broken.len() - from_the_end;
            broken.replace_range(at..=at, character);
            assert_eq!(check(&broken, &public), Some(error), "{character} {from_the_end} before the end");
        }
    }
}

fn set(ids: &[(&str, &str)]) -> KeySet<DecryptingKey> {
    ids.iter().map(|(key, kid)| private_key(key).with_key_id(kid).unwrap()).collect()
}

#[test]
fn a_set_chooses_a_key_by_its_id() {
    let mine = set(&[(A, "a"), (B, "b")]);
    let theirs = KeySet::<EncryptingKey>::from_jwks(&mine.encrypting_keys().to_jwks()).unwrap();
    assert_eq!(theirs.iter().map(|key| key.key_id().unwrap()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(theirs.get(Some("b")).unwrap().thumbprint(), public_key(B).thumbprint());
    for (kid, id) in [("a", A), ("b", B)] {
        let token = send(theirs.get(Some(kid)).unwrap(), &Header::new());
        let chosen = mine.for_token(&Jwe::parse(&token).unwrap()).unwrap();
        assert_eq!((chosen.key_id(), chosen.encrypting_key().thumbprint()), (Some(kid), public_key(id).thumbprint()));
        assert_eq!(receive(chosen, &token), None);
    }
    let unknown = send(&public_key(A), &Header::new().key_id("c").unwrap());
    assert_eq!(mine.for_token(&Jwe::parse(&unknown).unwrap()).unwrap_err(), Error::UnknownKeyId);
    let unnamed = send(&public_key(A), &Header::new());
    assert_eq!(mine.for_token(&Jwe::parse(&unnamed).unwrap()).unwrap_err(), Error::AmbiguousKey);
}

#[test]
fn a_set_never_guesses() {
    let one = set(&[(A, "a")]);
    assert_eq!(one.only().unwrap().key_id(), Some("a"));
    assert_eq!(one.get(Some("b")).unwrap_err(), Error::UnknownKeyId);
    let same = set(&[(A, "a"), (B, "a")]);
    assert_eq!(same.get(Some("a")).unwrap_err(), Error::AmbiguousKey);
    assert_eq!(same.only().unwrap_err(), Error::AmbiguousKey);
    let none = set(&[]);
    assert_eq!(none.only().unwrap_err(), Error::EmptyKeySet);
    assert_eq!(none.get(Some("a")).unwrap_err(), Error::UnknownKeyId);
    assert_eq!(none.encrypting_keys().to_jwks(), r#"{"keys":[]}"#);
}

/// Rotation in a running service: a key is added, one is retired, and what was sent meanwhile is still decrypted.
#[test]
fn a_running_service_rotates_its_keys() {
    let mut mine: KeySet<DecryptingKey> = KeySet::default();
    assert!(mine.is_empty());
    mine.insert(private_key(A).with_key_id("2025").unwrap());
    let old = send(&public_key(A).with_key_id("2025").unwrap(), &Header::new());
    mine.extend([private_key(B).with_key_id("2026").unwrap()]);
    let new = send(&public_key(B).with_key_id("2026").unwrap(), &Header::new());
    assert_eq!((mine.len(), mine.is_empty()), (2, false));
    let decrypts = |mine: &KeySet<DecryptingKey>, token: &str| {
        mine.for_token(&Jwe::parse(token).unwrap()).map(|key| receive(key, token))
    };
    assert_eq!((decrypts(&mine, &old), decrypts(&mine, &new)), (Ok(None), Ok(None)));
    assert!(!mine.remove("2024"));
    assert_eq!(mine.len(), 2);
    assert!(mine.remove("2025"));
    assert_eq!((decrypts(&mine, &old), decrypts(&mine, &new)), (Err(Error::UnknownKeyId), Ok(None)));
    assert!(!mine.remove("2025"));
    let ids: Vec<_> = mine.into_iter().map(|key| key.key_id().map(String::from)).collect();
    assert_eq!(ids, [Some(String::from("2026"))]);
}

//! Sets of keys that decrypt: which keys they try, in which order, and how many.

use jwe_primitives::{
    Algorithm, ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, Header, Jwe, KeySet, Limits, Part,
};

use crate::common::keys::{private_key, public_key};
use crate::common::random::SeededRng;

const A: &str = "rsa2048-a";
const B: &str = "rsa2048-b";

fn send(key: &EncryptingKey, header: &Header) -> String {
    key.encrypt_with_rng(&mut SeededRng::new(1), header, b"x").unwrap().compact
}

fn named(id: &str, key_id: &str) -> DecryptingKey {
    private_key(id).with_key_id(key_id).unwrap()
}

/// The error of a set, and how many bytes it drew: each trial draws a CEK and what blinds the private operation.
fn attempt(keys: impl IntoIterator<Item = DecryptingKey>, token: &str) -> (Option<Error>, usize) {
    let mut rng = SeededRng::new(2);
    let keys: KeySet<_> = keys.into_iter().collect();
    let outcome = keys.decrypt_with_rng(&mut rng, &Jwe::parse(token).unwrap());
    (outcome.err(), rng.drawn)
}

/// The bytes that one decryption of this token draws.
fn one(id: &str, token: &str) -> usize {
    let mut rng = SeededRng::new(2);
    let _ = private_key(id).decrypt_with_rng(&mut rng, &Jwe::parse(token).unwrap());
    rng.drawn
}

#[test]
fn a_set_tries_the_keys_in_their_order() {
    let token = send(&public_key(B), &Header::new());
    let (error, drawn) = attempt([private_key(B), private_key(A)], &token);
    assert_eq!((error, drawn), (None, one(B, &token)));
    let (error, drawn) = attempt([private_key(A), private_key(B)], &token);
    assert!(error.is_none() && drawn > one(B, &token));
}

/// "Keys with the token's `kid` come first, then the others": those that have no id.
#[test]
fn a_set_tries_the_key_that_a_token_names_first() {
    let token = send(&public_key(B), &Header::new().key_id("b").unwrap());
    let set = [private_key(A), named(B, "b")];
    assert_eq!(attempt(set, &token), (None, one(B, &token)));
    // The name may be that of another key, and an unnamed one fits.
    let (error, drawn) = attempt([private_key(B), named(A, "b")], &token);
    assert!(error.is_none() && drawn > one(B, &token));
}

#[test]
fn a_set_does_not_try_what_a_token_rules_out() {
    let long = send(&public_key("rsa3072"), &Header::new());
    assert_eq!(attempt([private_key(A), private_key("rsa3072")], &long), (None, one("rsa3072", &long)));
    let other = send(&public_key(B), &Header::new().key_id("b").unwrap());
    assert_eq!(attempt([named(A, "a"), private_key(B)], &other), (None, one(B, &other)));
}

#[test]
fn a_token_cannot_cost_more_trials_than_the_limit() {
    let token = send(&public_key(B), &Header::new());
    let set = |count| vec![private_key(A); count];
    assert_eq!(attempt(set(Limits::MAX_TRIALS + 1), &token), (Some(Error::AmbiguousKey), 0));
    let (error, drawn) = attempt(set(Limits::MAX_TRIALS), &token);
    assert!(error == Some(Error::Decryption) && drawn >= Limits::MAX_TRIALS * 32);
    // A `kid` rules out any number of others.
    let many = (0..10).map(|number| named(A, &number.to_string())).chain([named(B, "b")]);
    let token = send(&public_key(B), &Header::new().key_id("b").unwrap());
    assert_eq!(attempt(many, &token), (None, one(B, &token)));
}

#[test]
fn a_set_reports_why_no_key_can_be_meant() {
    let token = send(&public_key(B), &Header::new().key_id("b").unwrap());
    let length = Error::PartLength(Part::EncryptedKey);
    for (keys, error) in [
        (vec![], Error::EmptyKeySet),
        (vec![named(A, "a")], Error::KeyIdMismatch),
        (vec![named(A, "a"), named(B, "c")], Error::UnknownKeyId),
        (vec![named("rsa3072", "b")], length),
        (vec![named(A, "a"), named("rsa3072", "b")], length),
    ] {
        assert_eq!(attempt(keys, &token), (Some(error), 0), "{error:?}");
    }
    let direct = shared(1).encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"x").unwrap();
    assert_eq!(attempt([private_key(A), private_key(B)], &direct), (Some(Error::AlgorithmMismatch), 0));
}

/// What is wrong with the token alone is not tried again with the next key.
#[test]
fn a_set_stops_at_an_error_of_the_token() {
    let mut token = send(&public_key(B), &Header::new());
    let ciphertext = token.len() - 24;
    token.replace_range(ciphertext..=ciphertext, "+");
    assert_eq!(attempt([private_key(A), private_key(B)], &token), (Some(Error::Base64(Part::Ciphertext)), 0));
}

fn shared(byte: u8) -> ContentEncryptionKey {
    ContentEncryptionKey::from_bytes(&[byte; 32]).unwrap()
}

#[test]
fn a_set_of_shared_keys_decrypts_too() {
    let token = shared(3).encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"x").unwrap();
    let jwe = Jwe::parse(&token).unwrap();
    let decrypt = |keys: &[u8]| {
        let keys: KeySet<_> = keys.iter().map(|byte| shared(*byte)).collect();
        keys.decrypt(&jwe).map(|message| message.plaintext)
    };
    assert_eq!(decrypt(&[1, 2, 4, 3]), Ok(b"x".to_vec()));
    assert_eq!(decrypt(&[1, 2]), Err(Error::Decryption));
    assert_eq!(decrypt(&[1, 2, 4, 5, 3]), Err(Error::AmbiguousKey));
    assert_eq!(decrypt(&[]), Err(Error::EmptyKeySet));
    assert_eq!(jwe.algorithm(), Algorithm::Dir);
}

#[test]
fn a_set_of_shared_keys_obeys_their_operations() {
    let jwk = |operation: &str| {
        let jwk = shared(3).to_jwk().unwrap();
        let jwk = jwk.replace(r#""use":"enc""#, &format!(r#""key_ops":["{operation}"]"#));
        ContentEncryptionKey::from_jwk(&jwk).unwrap()
    };
    let (sender, receiver) = (jwk("encrypt"), jwk("decrypt"));
    let token = sender.encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"x").unwrap();
    let jwe = Jwe::parse(&token).unwrap();
    assert_eq!(KeySet::from_iter([sender.clone()]).decrypt(&jwe).unwrap_err(), Error::KeyOperation);
    assert_eq!(KeySet::from_iter([sender, receiver.clone()]).decrypt(&jwe).unwrap().plaintext, b"x");
    let rejected = receiver.encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"x");
    assert_eq!(rejected.unwrap_err(), Error::KeyOperation);
}

#[test]
fn a_clone_of_a_key_shares_it() {
    let key = shared(3).with_key_id("a").unwrap();
    let clone = key.clone().without_key_id();
    assert!(core::ptr::eq(key.as_bytes(), clone.as_bytes()));
    assert_eq!((key.key_id(), clone.key_id()), (Some("a"), None));
    drop(key);
    assert_eq!(clone.as_bytes(), &[3; 32]);
}

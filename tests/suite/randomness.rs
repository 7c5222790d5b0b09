//! Where each random byte goes: known-answer tests over a seeded generator, and what a bad generator ends in.

use core::convert::Infallible;

use jwe_primitives::{ContentEncryptionKey, DecryptingKey, Error, Header, Jwe, KeyError, Part};
use rand_core::TryCryptoRng;

use crate::common::keys::{private_key, public_key};
use crate::common::random::{FailingRng, SeededRng, StuckRng};
use crate::common::token::{DIR_HEADER, RSA_HEADER, base64url, encrypted_key, sealed};

const ID: &str = "rsa2048-a";

/// The token whose CEK, seed and IV are the first 76 bytes of this generator, in this order, made by `rsa` and
/// `aes-gcm`, and that CEK.
fn expected(mut rng: SeededRng, plaintext: &[u8]) -> (String, [u8; 32]) {
    let cek: [u8; 32] = rng.take();
    let wrapped = encrypted_key(ID, &cek, &mut rng);
    let iv: [u8; 12] = rng.take();
    assert_eq!(rng.drawn, 76, "`rsa` draws the seed and nothing else");
    (sealed(RSA_HEADER, &wrapped, &iv, &cek, plaintext), cek)
}

/// Without the encrypted key where the engine draws the seed itself.
fn comparable(token: &str) -> Vec<&str> {
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 5);
    if cfg!(feature = "aws-lc-rs") { [&parts[..1], &parts[2..]].concat() } else { parts }
}

#[test]
fn draws_the_cek_then_the_seed_then_the_iv() {
    let key = public_key(ID);
    for seed in 0..5 {
        let (token, cek) = expected(SeededRng::new(seed), b"hello");
        let mut rng = SeededRng::new(seed);
        let sent = key.encrypt_with_rng(&mut rng, &Header::new(), b"hello").unwrap();
        assert_eq!(comparable(&sent.compact), comparable(&token));
        assert_eq!((sent.cek.as_bytes(), rng.drawn, rng.calls), (&cek, 76, 1));
    }
}

#[test]
fn draws_the_same_into_a_buffer() {
    let (key, header) = (public_key(ID), Header::new());
    let (token, cek) = expected(SeededRng::new(11), b"hello");
    let (mut rng, mut out) = (SeededRng::new(11), [0; 600]);
    let sent = key.encrypt_into_with_rng(&mut rng, &header, b"hello", &mut out).unwrap();
    assert_eq!(comparable(sent.compact), comparable(&token));
    assert_eq!((sent.cek.as_bytes(), rng.drawn, rng.calls), (&cek, 76, 1));
}

/// A second message continues where the first ended: nothing of the first is used again.
#[test]
fn each_message_draws_its_own_cek_seed_and_iv() {
    let key = public_key(ID);
    let (mut rng, mut later) = (SeededRng::new(12), SeededRng::new(12));
    key.encrypt_with_rng(&mut rng, &Header::new(), b"first").unwrap();
    let _first: [u8; 76] = later.take();
    let cek: [u8; 32] = later.take();
    let wrapped = encrypted_key(ID, &cek, &mut later);
    let token = sealed(RSA_HEADER, &wrapped, &later.take(), &cek, b"second");
    let sent = key.encrypt_with_rng(&mut rng, &Header::new(), b"second").unwrap();
    assert_eq!(comparable(&sent.compact), comparable(&token));
}

#[test]
fn direct_encryption_draws_the_iv_and_nothing_else() {
    let key = ContentEncryptionKey::from_bytes(&[0x21; 32]).unwrap();
    for seed in 0..5 {
        let iv: [u8; 12] = SeededRng::new(seed).take();
        let token = sealed(DIR_HEADER, &[], &iv, &[0x21; 32], b"hello");
        let mut rng = SeededRng::new(seed);
        assert_eq!(key.encrypt_with_rng(&mut rng, &Header::new(), b"hello").unwrap(), token);
        assert_eq!((rng.drawn, rng.calls), (12, 1));
        let (mut rng, mut out) = (SeededRng::new(seed), [0; 200]);
        assert_eq!(key.encrypt_into_with_rng(&mut rng, &Header::new(), b"hello", &mut out).unwrap(), token);
        assert_eq!((rng.drawn, rng.calls), (12, 1));
    }
}

#[test]
fn a_generated_shared_key_is_the_first_32_bytes() {
    let (mut rng, cek) = (SeededRng::new(3), SeededRng::new(3).take());
    let key = ContentEncryptionKey::generate_with_rng(&mut rng).unwrap();
    assert_eq!((key.as_bytes(), rng.drawn), (&cek, 32));
}

/// A token that decrypts only if what takes the place of its CEK is `cek`: its encrypted key is out of range.
fn only_under(cek: &[u8; 32]) -> String {
    sealed(RSA_HEADER, &[0xff; 256], &[7; 12], cek, b"substituted")
}

/// RFC 7516 section 11.5: the substitute is the first 32 bytes drawn, all of them, and no constant.
#[test]
fn the_substitute_is_drawn_when_an_encrypted_key_does_not_decrypt() {
    let key = private_key(ID);
    let substitute: [u8; 32] = SeededRng::new(4).take();
    let token = only_under(&substitute);
    let jwe = Jwe::parse(&token).unwrap();
    let decrypted = key.decrypt_with_rng(&mut SeededRng::new(4), &jwe).unwrap();
    assert_eq!((&*decrypted.plaintext, decrypted.cek.as_bytes()), (&b"substituted"[..], &substitute));
    assert_eq!(key.decrypt_with_rng(&mut SeededRng::new(5), &jwe).unwrap_err(), Error::Decryption);
    for constant in [[0; 32], [0xff; 32]] {
        let token = only_under(&constant);
        let jwe = Jwe::parse(&token).unwrap();
        assert_eq!(key.decrypt_with_rng(&mut SeededRng::new(4), &jwe).unwrap_err(), Error::Decryption);
        let mut out = [1; 11];
        let failed = key.decrypt_into_with_rng(&mut SeededRng::new(4), &jwe, &mut out).unwrap_err();
        assert_eq!((failed, out), (Error::Decryption, [0; 11]));
    }
}

/// The same where an HSM or a KMS unwraps: for no response, and for one of another length.
#[test]
fn the_substitute_is_drawn_when_a_device_returns_no_cek() {
    let substitute: [u8; 32] = SeededRng::new(6).take();
    let responses: [Option<&[u8]>; 5] = [None, Some(&[]), Some(&[0; 31]), Some(&[0; 33]), Some(&[0; 256])];
    for response in responses {
        let token = only_under(&substitute);
        let jwe = Jwe::parse(&token).unwrap();
        let mut rng = SeededRng::new(6);
        let decrypted = jwe.decrypt_unwrapped_with_rng(&mut rng, response).unwrap();
        assert_eq!((&*decrypted.plaintext, decrypted.cek.as_bytes()), (&b"substituted"[..], &substitute));
        assert_eq!(rng.drawn, 32);
        for constant in [[0; 32], [0xff; 32]] {
            let token = only_under(&constant);
            let failed = Jwe::parse(&token).unwrap().decrypt_unwrapped_with_rng(&mut SeededRng::new(6), response);
            assert_eq!(failed.unwrap_err(), Error::Decryption, "{response:?}");
        }
    }
}

/// The substitute is drawn even if nothing needs it: else the draw would tell whether the device had a CEK.
#[test]
fn the_substitute_is_drawn_whatever_a_device_returns() {
    let cek = [0x31; 32];
    let token = only_under(&cek);
    let mut rng = SeededRng::new(6);
    Jwe::parse(&token).unwrap().decrypt_unwrapped_with_rng(&mut rng, Some(&cek)).unwrap();
    assert_eq!(rng.drawn, 32);
}

/// An error that is public is reported without a draw: so nothing secret was begun.
#[test]
fn draws_nothing_for_a_public_error() {
    let key = private_key(ID);
    let token = only_under(&[1; 32]);
    let jwe = Jwe::parse(&token).unwrap();
    let mut rng = SeededRng::new(1);
    let too_small = key.decrypt_into_with_rng(&mut rng, &jwe, &mut [0; 10]).unwrap_err();
    assert_eq!((too_small, rng.calls), (Error::BufferTooSmall, 0));
    let direct = sealed(DIR_HEADER, &[], &[7; 12], &[1; 32], b"x");
    let jwe = Jwe::parse(&direct).unwrap();
    assert_eq!(key.decrypt_with_rng(&mut rng, &jwe).unwrap_err(), Error::AlgorithmMismatch);
    assert_eq!(jwe.decrypt_unwrapped_with_rng(&mut rng, None).unwrap_err(), Error::AlgorithmMismatch);
    let malformed = token.replacen(token.split('.').nth(3).unwrap(), "*", 1);
    let jwe = Jwe::parse(&malformed).unwrap();
    let found = jwe.decrypt_unwrapped_with_rng(&mut rng, Some(&[1; 32])).unwrap_err();
    assert_eq!((found, rng.calls), (Error::Base64(Part::Ciphertext), 0));
    assert_eq!(key.decrypt_with_rng(&mut rng, &jwe).unwrap_err(), Error::Base64(Part::Ciphertext));
    let too_small = DecryptingKey::generate_with_rng(&mut rng, 2047).unwrap_err();
    assert_eq!((too_small, rng.calls), (KeyError::ModulusTooSmall.into(), 0));
}

#[test]
fn a_failing_generator_is_an_error_and_nothing_is_sent() {
    let (public, header) = (public_key(ID), Header::new());
    let key = ContentEncryptionKey::from_bytes(&[1; 32]).unwrap();
    let failing = || FailingRng::after(0);
    let mut out = [0; 1024];
    assert_eq!(public.encrypt_with_rng(&mut failing(), &header, b"x").unwrap_err(), Error::Randomness);
    assert_eq!(key.encrypt_with_rng(&mut failing(), &header, b"x").unwrap_err(), Error::Randomness);
    let failed = key.encrypt_into_with_rng(&mut failing(), &header, b"x", &mut out).map(str::len);
    assert_eq!((failed, out), (Err(Error::Randomness), [0; 1024]));
    let failed = public.encrypt_into_with_rng(&mut failing(), &header, b"x", &mut out).err();
    assert_eq!((failed, out), (Some(Error::Randomness), [0; 1024]));
    assert_eq!(ContentEncryptionKey::generate_with_rng(&mut failing()).unwrap_err(), Error::Randomness);
    let token = only_under(&[1; 32]);
    let failed = Jwe::parse(&token).unwrap().decrypt_unwrapped_with_rng(&mut failing(), Some(&[1; 32]));
    assert_eq!(failed.unwrap_err(), Error::Randomness);
    assert_eq!(DecryptingKey::generate_with_rng(&mut failing(), 2048).unwrap_err(), Error::Randomness);
}

/// Nonce reuse (liboauth2 #26): every message has an IV of its own, and to an RSA key a CEK of its own.
#[cfg(feature = "getrandom")]
#[test]
fn ten_thousand_messages_have_distinct_ivs_and_ceks() {
    let (key, public) = (ContentEncryptionKey::generate().unwrap(), public_key(ID));
    let (mut ivs, mut ceks) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    let iv = |token: &str| String::from(token.split('.').nth(2).unwrap());
    for _ in 0..10_000 {
        assert!(ivs.insert(iv(&key.encrypt(&Header::new(), b"x").unwrap())));
        let sent = public.encrypt(&Header::new(), b"x").unwrap();
        assert!(ivs.insert(iv(&sent.compact)));
        assert!(ceks.insert(*sent.cek.as_bytes()));
    }
}

/// What a generator without failures looks like to the calls that take one.
#[test]
fn accepts_a_generator_behind_a_trait_object() {
    let dynamic: &mut dyn TryCryptoRng<Error = Infallible> = &mut SeededRng::new(1);
    let key = ContentEncryptionKey::generate_with_rng(dynamic).unwrap();
    let token = key.encrypt_with_rng(dynamic, &Header::new(), b"x").unwrap();
    assert_eq!(token.split('.').nth(2).unwrap(), base64url(&SeededRng::new(1).take::<44>()[32..]));
    let sent = public_key(ID).encrypt_with_rng(dynamic, &Header::new(), b"x").unwrap();
    assert!(private_key(ID).decrypt_with_rng(dynamic, &Jwe::parse(&sent.compact).unwrap()).is_ok());
}

/// A broken device gives one byte for ever and reports no failure. No call may wait for another one.
#[test]
fn a_stuck_generator_ends_in_an_error() {
    let key = private_key(ID);
    let sent = public_key(ID).encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"x").unwrap();
    let jwe = Jwe::parse(&sent.compact).unwrap();
    for byte in [0, 0xff] {
        let mut rng = StuckRng::at(byte);
        if !cfg!(feature = "aws-lc-rs") {
            assert_eq!(key.decrypt_with_rng(&mut rng, &jwe).unwrap_err(), Error::Randomness, "{byte:02x}");
        }
        let generated = DecryptingKey::generate_with_rng(&mut rng, 2048);
        assert_eq!(generated.unwrap_err(), Error::Randomness, "{byte:02x}");
        assert!(rng.drawn < 1 << 24, "{} bytes drawn", rng.drawn);
    }
}

/// e is 65537, and the size is the one asked for.
#[test]
fn a_generated_key_has_the_documented_exponent() {
    for bits in [2048, 2049] {
        let key = DecryptingKey::generate_with_rng(&mut SeededRng::new(2), bits).unwrap();
        let jwk: serde_json::Value = serde_json::from_str(&key.encrypting_key().to_jwk()).unwrap();
        assert_eq!((jwk["e"].as_str(), key.modulus_bits()), (Some("AQAB"), bits));
    }
}

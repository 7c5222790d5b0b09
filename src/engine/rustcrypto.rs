//! The engine of the default build: RSA over `crypto-bigint`, and `aes-gcm`, in Rust.

use aes_gcm::aead::{AeadInOut as _, inout::InOutBuf};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use rand_core::TryCryptoRng;

use crate::algorithm::{CEK_LEN, IV_LEN, SEED_LEN, TAG_LEN};
use crate::error::Error;
use crate::{rsa_core, rsa_oaep};

/// An expanded AES-256-GCM key. `aes` and `polyval` zeroize its round keys and hash key on drop.
pub(crate) struct Cipher(Aes256Gcm);

impl Cipher {
    pub(crate) fn new(key: &[u8; CEK_LEN]) -> Self {
        Self(Aes256Gcm::new(key.into()))
    }

    /// Encrypts `plaintext` into `ciphertext` of the same length.
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

    /// Verifies the tag, then decrypts `buffer` in place.
    pub(crate) fn open(
        &self,
        iv: &[u8; IV_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Error> {
        let opened = self.0.decrypt_inout_detached(iv.into(), aad, InOutBuf::from(buffer), tag.into());
        opened.map_err(|_| Error::Decryption)
    }
}

/// An RSA public key, checked.
#[derive(Clone)]
pub(crate) struct PublicKey(rsa_core::PublicKey);

impl PublicKey {
    #[expect(clippy::unnecessary_wraps, reason = "the other engine can fail")]
    pub(crate) fn new(rsa: rsa_core::PublicKey) -> Result<Self, Error> {
        Ok(Self(rsa))
    }

    pub(crate) fn rsa(&self) -> &rsa_core::PublicKey {
        &self.0
    }

    /// Encrypts `cek` with the random `seed` into `out`, which is as long as the modulus.
    pub(crate) fn wrap_key(&self, cek: &[u8; CEK_LEN], seed: &[u8; SEED_LEN], out: &mut [u8]) -> Result<(), Error> {
        rsa_oaep::wrap_key(&self.0, cek, seed, out)
    }
}

/// An RSA private key, checked. A clone shares it.
#[derive(Clone)]
pub(crate) struct PrivateKey(rsa_core::PrivateKey);

impl PrivateKey {
    #[expect(clippy::unnecessary_wraps, reason = "the other engine can fail")]
    pub(crate) fn new(rsa: rsa_core::PrivateKey) -> Result<Self, Error> {
        Ok(Self(rsa))
    }

    pub(crate) fn rsa(&self) -> &rsa_core::PrivateKey {
        &self.0
    }

    /// Puts what `encrypted_key` decrypts to into `cek`, or leaves `cek` as it is.
    pub(crate) fn unwrap_key<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        encrypted_key: &[u8],
        cek: &mut [u8; CEK_LEN],
    ) -> Result<(), Error> {
        rsa_oaep::unwrap_key(rng, &self.0, encrypted_key, cek)
    }
}

//! The engine of the feature `aws-lc-rs`: AWS-LC, in C and assembly.
//!
//! Keys are read, checked, generated and written by `rsa_core` all the same, so that both engines accept the same keys;
//! AWS-LC gets them in DER. Its OAEP draws its own seed and its own blinding, whatever generator the caller brings.

use alloc::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use ctutils::{Choice, CtAssign as _};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::algorithm::{CEK_LEN, IV_LEN, MAX_ENCRYPTED_KEY_LEN, SEED_LEN, TAG_LEN};
use crate::error::{Error, KeyError};
use crate::rsa_core;

/// The longest content that AES-GCM encrypts: 2³⁶ − 32 bytes (NIST SP 800-38D section 5.2.1.1).
const MAX_CONTENT_LEN: u64 = 68_719_476_704;

/// An expanded AES-256-GCM key, which AWS-LC zeroizes when it frees it; or none, if AWS-LC had no memory for it.
pub(crate) struct Cipher(Result<LessSafeKey, Error>);

impl Cipher {
    pub(crate) fn new(key: &[u8; CEK_LEN]) -> Self {
        Self(UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| Error::Internal))
    }

    fn key(&self) -> Result<&LessSafeKey, Error> {
        self.0.as_ref().map_err(|error| *error)
    }

    /// Encrypts `plaintext` into `ciphertext` of the same length.
    pub(crate) fn seal(
        &self,
        iv: &[u8; IV_LEN],
        aad: &[u8],
        plaintext: &[u8],
        ciphertext: &mut [u8],
    ) -> Result<[u8; TAG_LEN], Error> {
        if plaintext.len() != ciphertext.len() {
            return Err(Error::BufferTooSmall);
        }
        let mut tag = [0; TAG_LEN];
        let nonce = Nonce::assume_unique_for_key(*iv);
        self.key()?
            .seal_out_of_place_scatter(nonce, Aad::from(aad), plaintext, ciphertext, &[], &mut tag)
            .map(|()| tag)
            .map_err(|_| too_long_or(plaintext, Error::Internal))
    }

    /// Decrypts `buffer` in place and verifies the tag.
    pub(crate) fn open(
        &self,
        iv: &[u8; IV_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Error> {
        let nonce = Nonce::assume_unique_for_key(*iv);
        let opened = self.key()?.open_in_place_separate_tag(nonce, Aad::from(aad), tag, buffer);
        opened.map(|_| ()).map_err(|_| Error::Decryption)
    }
}

fn too_long_or(plaintext: &[u8], other: Error) -> Error {
    match u64::try_from(plaintext.len()) {
        Ok(0..=MAX_CONTENT_LEN) => other,
        _ => Error::MessageTooLong,
    }
}

/// An RSA public key, checked.
#[derive(Clone)]
pub(crate) struct PublicKey {
    rsa: rsa_core::PublicKey,
    oaep: Arc<OaepPublicEncryptingKey>,
}

impl PublicKey {
    pub(crate) fn new(rsa: rsa_core::PublicKey) -> Result<Self, Error> {
        let key = PublicEncryptingKey::from_der(&rsa.to_spki()?).map_err(|_| KeyError::Inconsistent)?;
        let oaep = OaepPublicEncryptingKey::new(key).map_err(|_| Error::Internal)?;
        Ok(Self { rsa, oaep: Arc::new(oaep) })
    }

    pub(crate) fn rsa(&self) -> &rsa_core::PublicKey {
        &self.rsa
    }

    /// Encrypts `cek` into `out`, which is as long as the modulus.
    pub(crate) fn wrap_key(&self, cek: &[u8; CEK_LEN], _seed: &[u8; SEED_LEN], out: &mut [u8]) -> Result<(), Error> {
        let wrapped = self.oaep.encrypt(&OAEP_SHA256_MGF1SHA256, cek, out, None);
        wrapped.map(|_| ()).map_err(|_| Error::Internal)
    }
}

/// An RSA private key, checked. A clone shares it.
#[derive(Clone)]
pub(crate) struct PrivateKey {
    rsa: rsa_core::PrivateKey,
    oaep: Arc<OaepPrivateDecryptingKey>,
}

impl PrivateKey {
    pub(crate) fn new(rsa: rsa_core::PrivateKey) -> Result<Self, Error> {
        let key = PrivateDecryptingKey::from_pkcs8(&rsa.to_pkcs8()?).map_err(|_| KeyError::Inconsistent)?;
        let oaep = OaepPrivateDecryptingKey::new(key).map_err(|_| Error::Internal)?;
        Ok(Self { rsa, oaep: Arc::new(oaep) })
    }

    pub(crate) fn rsa(&self) -> &rsa_core::PrivateKey {
        &self.rsa
    }

    /// Puts what `encrypted_key` decrypts to into `cek`, or leaves `cek` as it is.
    ///
    /// AWS-LC decodes OAEP in constant time and then says whether it could. That much shows in the time of this
    /// call, and in nothing that the caller returns: the content is attempted either way.
    pub(crate) fn unwrap_key<R: TryCryptoRng + ?Sized>(
        &self,
        _rng: &mut R,
        encrypted_key: &[u8],
        cek: &mut [u8; CEK_LEN],
    ) -> Result<(), Error> {
        let mut buffer = Zeroizing::new([0; MAX_ENCRYPTED_KEY_LEN]);
        let room = buffer.get_mut(..encrypted_key.len()).ok_or(Error::Internal)?;
        let message = self.oaep.decrypt(&OAEP_SHA256_MGF1SHA256, encrypted_key, room, None);
        let valid = Choice::from_u8_eq(u8::from(message.is_ok_and(|message| message.len() == CEK_LEN)), 1);
        // On success the buffer begins with the CEK; on a failure it holds something else, which is not copied.
        let message = buffer.first_chunk::<CEK_LEN>().ok_or(Error::Internal)?;
        cek.as_mut_slice().ct_assign(message.as_slice(), valid);
        Ok(())
    }
}

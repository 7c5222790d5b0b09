//! The Content Encryption Key.

use core::fmt;

use rand_core::TryCryptoRng;
use zeroize::{Zeroize, Zeroizing};

use super::KeyId;
use crate::a256gcm::A256Gcm;
use crate::algorithm::CEK_LEN;
use crate::error::{Error, KeyError};
use crate::random;
use crate::shared::Shared;
use crate::stack;

/// A Content Encryption Key (CEK) of 32 bytes: what a message is encrypted under, and the shared key of `dir`
/// (RFC 7518 section 4.5) in both directions.
///
/// It comes with [`Encrypted`](crate::Encrypted), to decrypt a response that is encrypted directly under it, and with
/// [`Decrypted`](crate::Decrypted), to encrypt such a response. A shared key is made with
/// [`from_bytes`](Self::from_bytes), [`from_jwk`](Self::from_jwk) or [`generate_with_rng`](Self::generate_with_rng).
///
/// This value is a handle on a key that stays in one place on the heap: moving it copies a pointer, and a clone shares the
/// key. The key is zeroized when the last handle is dropped, and `Debug` does not show it.
///
/// Encrypt no more than 2³² messages under one key, all senders and directions together, because the IVs are random
/// (NIST SP 800-38D section 8.3, RFC 7518 section 8.4). Nothing here counts them.
///
/// ```
/// use jwe_primitives::{ContentEncryptionKey, Header, Jwe};
///
/// let key = ContentEncryptionKey::generate()?;
/// let token = key.encrypt(&Header::new(), b"hello")?;
/// assert_eq!(key.decrypt(&Jwe::parse(&token)?)?.plaintext, b"hello");
/// # Ok::<(), jwe_primitives::Error>(())
/// ```
#[derive(Clone)]
pub struct ContentEncryptionKey {
    secret: Shared<Secret>,
    key_id: Option<KeyId>,
    operations: Operations,
}

/// What the `key_ops` of a JWK permit (RFC 7517 section 4.3); without them, both.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Operations {
    pub(super) encrypt: bool,
    pub(super) decrypt: bool,
}

impl Operations {
    pub(super) const ALL: Self = Self { encrypt: true, decrypt: true };
}

/// The key and what is derived from it.
struct Secret {
    bytes: [u8; CEK_LEN],
    cipher: A256Gcm,
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for ContentEncryptionKey {
    /// Leaves the key out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentEncryptionKey").field("key_id", &self.key_id()).finish_non_exhaustive()
    }
}

impl From<[u8; CEK_LEN]> for ContentEncryptionKey {
    /// Makes the key that is `bytes`, and zeroizes this copy of them.
    fn from(bytes: [u8; CEK_LEN]) -> Self {
        Self::from_array(&Zeroizing::new(bytes))
    }
}

impl ContentEncryptionKey {
    /// The length of the key, in bytes.
    pub const LEN: usize = CEK_LEN;

    /// Generates a key with the operating system's random number generator.
    ///
    /// ```
    /// use jwe_primitives::ContentEncryptionKey;
    ///
    /// let shared = ContentEncryptionKey::generate()?;
    /// let to_store = shared.to_jwk()?; // or the 32 bytes: `as_bytes`
    /// # let _ = to_store;
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Randomness`] if the generator fails.
    #[cfg(feature = "getrandom")]
    pub fn generate() -> Result<Self, Error> {
        Self::generate_with_rng(&mut random::SystemRng)
    }

    /// Generates a key with `rng`.
    ///
    /// ```
    /// use getrandom::SysRng; // with the feature `sys_rng`, or any generator of rand_core 0.10
    /// use jwe_primitives::ContentEncryptionKey;
    ///
    /// let shared = ContentEncryptionKey::generate_with_rng(&mut SysRng)?;
    /// assert_ne!(shared.as_bytes(), &[0; ContentEncryptionKey::LEN]);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Randomness`] if `rng` fails.
    pub fn generate_with_rng<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; CEK_LEN]);
        random::fill(rng, bytes.as_mut_slice())?;
        Ok(Self::from_array(&bytes))
    }

    /// Makes the key that is `bytes`.
    ///
    /// ```
    /// use jwe_primitives::ContentEncryptionKey;
    ///
    /// # let stored = [7; 32];
    /// let cek = ContentEncryptionKey::from_bytes(&stored)?; // 32 bytes of a generator or a KDF
    /// assert_eq!(cek.as_bytes(), &stored);
    /// assert!(ContentEncryptionKey::from_bytes(b"a password").is_err());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyError::SymmetricLength`] unless there are exactly 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let bytes = bytes.try_into().map_err(|_| KeyError::SymmetricLength)?;
        Ok(Self::from_array(bytes))
    }

    pub(crate) fn from_array(bytes: &[u8; CEK_LEN]) -> Self {
        stack::zeroizing(|| {
            let secret = Shared::new(Secret { bytes: *bytes, cipher: A256Gcm::new(bytes) });
            Self { secret, key_id: None, operations: Operations::ALL }
        })
    }

    /// Names this key: a `dir` token that it encrypts carries the `kid`, and a `dir` token with another `kid` is
    /// rejected before any cryptography.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, Error, Header, Jwe};
    ///
    /// let shared = ContentEncryptionKey::from_bytes(&[7; 32])?.with_key_id("shared-1")?;
    /// let token = shared.encrypt(&Header::new(), b"hello")?;
    /// assert_eq!(Jwe::parse(&token)?.unverified_header().key_id().as_deref(), Some("shared-1"));
    ///
    /// let renamed = ContentEncryptionKey::from_bytes(&[7; 32])?.with_key_id("shared-2")?;
    /// assert_eq!(renamed.decrypt(&Jwe::parse(&token)?).unwrap_err(), Error::KeyIdMismatch);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyError::KeyIdTooLong`] if the id is longer than
    /// [`Limits::MAX_KEY_ID_LEN`](crate::Limits::MAX_KEY_ID_LEN).
    pub fn with_key_id(mut self, key_id: &str) -> Result<Self, Error> {
        self.key_id = Some(KeyId::new(key_id)?);
        Ok(self)
    }

    /// Returns the `kid` of this key, if it has one.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.id().map(KeyId::as_str)
    }

    /// Returns the same key without a `kid`: see [`DecryptingKey::without_key_id`](crate::DecryptingKey::without_key_id).
    ///
    /// ```
    /// use jwe_primitives::ContentEncryptionKey;
    ///
    /// let key = ContentEncryptionKey::from_bytes(&[7; 32])?.with_key_id("theirs")?;
    /// assert_eq!(key.without_key_id().key_id(), None);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn without_key_id(self) -> Self {
        Self { key_id: None, ..self }
    }

    /// Returns the 32 bytes of the key. Zeroizing copies that you make is up to you.
    ///
    /// ```
    /// use jwe_primitives::ContentEncryptionKey;
    ///
    /// assert_eq!(ContentEncryptionKey::from_bytes(&[7; 32])?.as_bytes(), &[7; 32]);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; CEK_LEN] {
        &self.secret.bytes
    }

    pub(crate) fn id(&self) -> Option<&KeyId> {
        self.key_id.as_ref()
    }

    pub(super) fn with_operations(self, operations: Operations) -> Self {
        Self { operations, ..self }
    }

    pub(super) fn operations(&self) -> Operations {
        self.operations
    }

    /// # Errors
    /// [`Error::KeyOperation`] if the `key_ops` of the key do not permit encryption.
    pub(crate) fn require_encrypt(&self) -> Result<(), Error> {
        if self.operations.encrypt { Ok(()) } else { Err(Error::KeyOperation) }
    }

    /// # Errors
    /// [`Error::KeyOperation`] if the `key_ops` of the key do not permit decryption.
    pub(crate) fn require_decrypt(&self) -> Result<(), Error> {
        if self.operations.decrypt { Ok(()) } else { Err(Error::KeyOperation) }
    }

    pub(crate) fn cipher(&self) -> &A256Gcm {
        &self.secret.cipher
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn debug_shows_the_id() {
        let key = ContentEncryptionKey::from_bytes(&[0xab; CEK_LEN]).unwrap();
        assert_eq!(format!("{key:?}"), "ContentEncryptionKey { key_id: None, .. }");
        let key = key.with_key_id("k").unwrap();
        assert_eq!(format!("{key:?}"), r#"ContentEncryptionKey { key_id: Some("k"), .. }"#);
    }
}

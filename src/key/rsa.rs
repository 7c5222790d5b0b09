//! RSA keys: the recipient's public half that encrypts, the private half that decrypts.

use alloc::string::String;
use core::fmt;

use rand_core::TryCryptoRng;

use super::KeyId;
use super::key_id::thumbprint;
use crate::engine::{PrivateKey, PublicKey};
use crate::error::{Error, KeyError};
use crate::rsa_core::{self, PrivateComponents};

/// An RSA public key of 2048 to 8192 bits, which encrypts: it is bound to `RSA-OAEP-256` with `A256GCM`.
///
/// Make one with [`from_pem`](Self::from_pem), [`from_der`](Self::from_der),
/// [`from_base64_der`](Self::from_base64_der), [`from_jwk`](Self::from_jwk) or
/// [`from_components`](Self::from_components), or take the public half of a [`DecryptingKey`]. If the key has a `kid`,
/// its messages carry it.
///
/// ```
/// use jwe_primitives::{EncryptingKey, Header};
///
/// # let spki = jwe_primitives::DecryptingKey::generate(2048)?.encrypting_key().to_base64_der()?;
/// let bank = EncryptingKey::from_base64_der(&spki)?.with_key_id("bank-2026")?;
/// let sent = bank.encrypt(&Header::new().content_type("application/json")?, br#"{"amount":1}"#)?;
/// assert_eq!(sent.compact.split('.').count(), 5);
/// # Ok::<(), jwe_primitives::Error>(())
/// ```
#[derive(Clone)]
pub struct EncryptingKey {
    public: PublicKey,
    key_id: Option<KeyId>,
}

/// An RSA private key of 2048 to 8192 bits and two primes, which decrypts: it is bound to `RSA-OAEP-256` with
/// `A256GCM`.
///
/// Make one with [`from_pem`](Self::from_pem), [`from_der`](Self::from_der), [`from_base64_der`](Self::from_base64_der)
/// or [`from_jwk`](Self::from_jwk), or generate one with [`generate_with_rng`](Self::generate_with_rng). If both the
/// key and a token have a `kid`, the two must be equal. `Debug` does not show the private half.
///
/// This value is a handle: a clone shares the private key and copies no secret. The key is zeroized when the last handle
/// is dropped.
///
/// ```
/// use jwe_primitives::{DecryptingKey, Header, Jwe};
///
/// # let pem = DecryptingKey::generate(2048)?.to_pem()?;
/// let mine = DecryptingKey::from_pem(&pem)?.with_key_id("mine-2")?;
/// let token = mine.encrypting_key().encrypt(&Header::new(), b"for me")?.compact;
/// assert_eq!(mine.decrypt(&Jwe::parse(&token)?)?.plaintext, b"for me");
/// # Ok::<(), jwe_primitives::Error>(())
/// ```
#[derive(Clone)]
pub struct DecryptingKey {
    public: EncryptingKey,
    private: PrivateKey,
}

impl fmt::Debug for EncryptingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptingKey")
            .field("key_id", &self.key_id())
            .field("thumbprint", &self.thumbprint())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DecryptingKey {
    /// Leaves the private half out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptingKey")
            .field("key_id", &self.key_id())
            .field("thumbprint", &self.public.thumbprint())
            .finish_non_exhaustive()
    }
}

impl EncryptingKey {
    /// Makes the key of a modulus and a public exponent, big-endian, as an HSM returns them.
    ///
    /// ```
    /// use jwe_primitives::{EncryptingKey, KeyError};
    ///
    /// # let mut modulus = [0xff; 256];
    /// # modulus[255] = 0xe9; // without a small factor
    /// let key = EncryptingKey::from_components(&modulus, &[1, 0, 1])?; // of an HSM, for example
    /// assert_eq!(key.modulus_bits(), 2048);
    ///
    /// let short = EncryptingKey::from_components(&modulus[..128], &[1, 0, 1]);
    /// assert_eq!(short.unwrap_err(), KeyError::ModulusTooSmall.into());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Key`], which says which rule the numbers break.
    pub fn from_components(modulus: &[u8], exponent: &[u8]) -> Result<Self, Error> {
        Self::new(rsa_core::PublicKey::new(modulus, exponent)?)
    }

    fn new(rsa: rsa_core::PublicKey) -> Result<Self, Error> {
        Ok(Self { public: PublicKey::new(rsa)?, key_id: None })
    }

    /// Names this key: its messages carry the `kid`, unless their header has its own.
    ///
    /// ```
    /// use jwe_primitives::{Header, Jwe};
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let bank = DecryptingKey::generate(2048)?.encrypting_key().clone();
    /// let bank = bank.with_key_id("bank-1")?;
    /// let token = bank.encrypt(&Header::new(), b"hello")?.compact;
    /// assert_eq!(Jwe::parse(&token)?.unverified_header().key_id().as_deref(), Some("bank-1"));
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

    /// Returns the same key without a `kid`, for one that came with a `kid` that means nothing here.
    ///
    /// ```
    /// use jwe_primitives::EncryptingKey;
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let jwk = DecryptingKey::generate(2048)?.with_key_id("theirs")?.encrypting_key().to_jwk();
    /// let bank = EncryptingKey::from_jwk(&jwk)?.without_key_id(); // its tokens carry no `kid`
    /// assert_eq!(bank.key_id(), None);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn without_key_id(self) -> Self {
        Self { key_id: None, ..self }
    }

    /// Returns the JWK Thumbprint with SHA-256 (RFC 7638) in base64url: 43 characters. It makes a good `kid`.
    ///
    /// ```
    /// use jwe_primitives::DecryptingKey;
    ///
    /// let key = DecryptingKey::generate(2048)?;
    /// let id = key.encrypting_key().thumbprint();
    /// let key = key.with_key_id(&id)?;
    /// assert_eq!((key.key_id(), id.len()), (Some(id.as_str()), 43));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn thumbprint(&self) -> String {
        thumbprint(self.rsa())
    }

    /// Returns the length of the modulus, in bits.
    ///
    /// ```
    /// # let bank = jwe_primitives::DecryptingKey::generate(2048)?.encrypting_key().clone();
    /// assert_eq!(bank.modulus_bits(), 2048);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn modulus_bits(&self) -> usize {
        self.rsa().modulus_bits()
    }

    /// The length of an encrypted key, in bytes: k of RFC 8017.
    pub(crate) fn modulus_len(&self) -> usize {
        self.rsa().modulus_len()
    }

    pub(crate) fn id(&self) -> Option<&KeyId> {
        self.key_id.as_ref()
    }

    /// The key as the engine holds it: for RSA-OAEP.
    pub(crate) fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The key's numbers.
    pub(crate) fn rsa(&self) -> &rsa_core::PublicKey {
        self.public.rsa()
    }
}

impl DecryptingKey {
    /// Generates a key of `bits` bits with the public exponent 65537 and the operating system's random number
    /// generator. This takes from a fraction of a second (2048 bits) to minutes (8192 bits).
    ///
    /// ```
    /// use jwe_primitives::{DecryptingKey, KeyError};
    ///
    /// let mine = DecryptingKey::generate(2048)?;
    /// assert_eq!(mine.modulus_bits(), 2048);
    /// assert_eq!(DecryptingKey::generate(1024).unwrap_err(), KeyError::ModulusTooSmall.into());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyError::ModulusTooSmall`] or [`KeyError::ModulusTooLarge`] unless 2048 ≤ `bits` ≤ 8192,
    /// [`Error::Randomness`] if the generator fails.
    #[cfg(feature = "getrandom")]
    pub fn generate(bits: usize) -> Result<Self, Error> {
        Self::generate_with_rng(&mut crate::random::SystemRng, bits)
    }

    /// Generates a key of `bits` bits with the public exponent 65537 and the randomness of `rng`.
    ///
    /// ```
    /// use getrandom::SysRng; // with the feature `sys_rng`, or any generator of rand_core 0.10
    /// use jwe_primitives::DecryptingKey;
    ///
    /// assert_eq!(DecryptingKey::generate_with_rng(&mut SysRng, 2048)?.modulus_bits(), 2048);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyError::ModulusTooSmall`] or [`KeyError::ModulusTooLarge`] unless 2048 ≤ `bits` ≤ 8192,
    /// [`Error::Randomness`] if `rng` fails or always returns the same.
    pub fn generate_with_rng<R: TryCryptoRng + ?Sized>(rng: &mut R, bits: usize) -> Result<Self, Error> {
        let private = rsa_core::PrivateKey::generate(rng, bits)?;
        Self::new(private.public()?, private)
    }

    /// Names this key: a token with another `kid` is rejected before any cryptography. One without a `kid` is accepted;
    /// to reject it, look at [`key_id`](crate::UnverifiedHeader::key_id) first. Leave the key without a name where a
    /// request's `kid` names the key for the *response*, as some services have it.
    ///
    /// ```
    /// use jwe_primitives::{DecryptingKey, Error, Jwe};
    /// # use jwe_primitives::Header;
    ///
    /// let mine = DecryptingKey::generate(2048)?.with_key_id("mine-2")?;
    /// # let header = Header::new().key_id("mine-1")?;
    /// # let token = mine.encrypting_key().encrypt(&header, b"hello")?.compact;
    /// let jwe = Jwe::parse(&token)?; // its `kid` is "mine-1"
    /// assert_eq!(mine.decrypt(&jwe).unwrap_err(), Error::KeyIdMismatch);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyError::KeyIdTooLong`] if the id is longer than
    /// [`Limits::MAX_KEY_ID_LEN`](crate::Limits::MAX_KEY_ID_LEN).
    pub fn with_key_id(mut self, key_id: &str) -> Result<Self, Error> {
        self.public = self.public.with_key_id(key_id)?;
        Ok(self)
    }

    /// Returns the `kid` of this key, if it has one.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.public.key_id()
    }

    /// Returns the same key without a `kid`: it decrypts tokens that name another key, too. Use it where a request's `kid`
    /// names the key for the *response*, and for a key that came with a `kid` that means nothing here.
    ///
    /// ```
    /// use jwe_primitives::{DecryptingKey, Header, Jwe};
    ///
    /// let mine = DecryptingKey::generate(2048)?.with_key_id("mine-2")?.without_key_id();
    /// let header = Header::new().key_id("theirs-1")?; // the key for the response
    /// let token = mine.encrypting_key().encrypt(&header, b"hello")?.compact;
    /// assert_eq!(mine.decrypt(&Jwe::parse(&token)?)?.plaintext, b"hello");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn without_key_id(self) -> Self {
        Self { public: self.public.without_key_id(), ..self }
    }

    /// Reads and checks a key of two primes. An error of the public half is reported as such, before any arithmetic
    /// with the private one.
    pub(super) fn from_components(n: &[u8], e: &[u8], secret: &PrivateComponents<'_>) -> Result<Self, Error> {
        let public = rsa_core::PublicKey::new(n, e)?;
        // Some exporters write zeros for CRT values that they do not have.
        let is_zero = |number: &&[u8]| number.iter().fold(0, |any, byte| any | byte) == 0;
        if [secret.p, secret.q, secret.dp, secret.dq, secret.qi].iter().any(is_zero) {
            return Err(KeyError::MissingPrimes.into());
        }
        let private = rsa_core::PrivateKey::new(&public, secret)?;
        Self::new(public, private)
    }

    fn new(public: rsa_core::PublicKey, private: rsa_core::PrivateKey) -> Result<Self, Error> {
        Ok(Self { public: EncryptingKey::new(public)?, private: PrivateKey::new(private)? })
    }

    /// Returns the public half, with the same `kid`: what to hand out.
    ///
    /// ```
    /// use jwe_primitives::DecryptingKey;
    ///
    /// let mine = DecryptingKey::generate(2048)?.with_key_id("mine-2")?;
    /// assert_eq!(mine.encrypting_key().key_id(), Some("mine-2"));
    /// let to_hand_out = mine.encrypting_key().to_base64_der()?;
    /// # let _ = to_hand_out;
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn encrypting_key(&self) -> &EncryptingKey {
        &self.public
    }

    /// Returns the length of the modulus, in bits.
    #[must_use]
    pub fn modulus_bits(&self) -> usize {
        self.public.modulus_bits()
    }

    /// The key as the engine holds it: for RSA-OAEP.
    pub(crate) fn private(&self) -> &PrivateKey {
        &self.private
    }

    /// The key's numbers.
    pub(crate) fn rsa(&self) -> &rsa_core::PrivateKey {
        self.private.rsa()
    }
}

impl AsRef<EncryptingKey> for EncryptingKey {
    fn as_ref(&self) -> &EncryptingKey {
        self
    }
}

impl AsRef<EncryptingKey> for DecryptingKey {
    /// Returns the same as [`encrypting_key`](Self::encrypting_key).
    fn as_ref(&self) -> &EncryptingKey {
        &self.public
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString as _};

    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use serde_json::Value;

    use super::*;

    #[test]
    fn rejects_components_longer_than_the_modulus() {
        let jwk: Value = serde_json::from_str(&crate::test_util::key("rsa2048-a").to_jwk().unwrap()).unwrap();
        let long = Base64UrlUnpadded::encode_string(&[1; 257]);
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            let mut jwk = jwk.clone();
            jwk[name] = long.clone().into();
            let rejected = DecryptingKey::from_jwk(&jwk.to_string()).unwrap_err();
            assert_eq!(rejected, KeyError::Inconsistent.into(), "{name}");
        }
    }

    #[test]
    fn debug_shows_the_id_and_the_thumbprint() {
        let key = crate::test_util::key("rsa2048-a").with_key_id("a").unwrap();
        let rest = format!(r#" {{ key_id: Some("a"), thumbprint: "{}", .. }}"#, key.encrypting_key().thumbprint());
        assert_eq!(format!("{key:?}"), format!("DecryptingKey{rest}"));
        assert_eq!(format!("{:?}", key.encrypting_key()), format!("EncryptingKey{rest}"));
    }

    #[test]
    fn a_public_exponent_has_at_most_33_bits() {
        let key = crate::test_util::key("rsa2048-a");
        let n = key.public.rsa().modulus();
        let rejected = |e: &[u8]| EncryptingKey::from_components(&n, e).err();
        assert_eq!(rejected(&[1, 0, 0, 0, 1]), None);
        assert_eq!(rejected(&[1, 0xff, 0xff, 0xff, 0xff]), None);
        for e in [&[2, 0, 0, 0, 1][..], &[1, 0, 0, 0, 0, 1]] {
            assert_eq!(rejected(e), Some(KeyError::PublicExponent.into()));
        }
    }
}

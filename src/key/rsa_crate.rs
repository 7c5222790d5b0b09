//! Conversions from the key types of the crate `rsa`, for programs that have such keys.

use pkcs8::EncodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;

use super::{DecryptingKey, EncryptingKey};
use crate::error::{Error, KeyError};

impl TryFrom<&rsa::PublicKey> for EncryptingKey {
    type Error = Error;

    /// Makes the key of the same modulus and public exponent. `rsa` is a 0.x crate: this conversion is not covered by
    /// semantic versioning.
    ///
    /// ```
    /// use jwe_primitives::EncryptingKey;
    /// # use jwe_primitives::DecryptingKey;
    /// # use rsa::pkcs8::DecodePublicKey;
    ///
    /// # let spki = DecryptingKey::generate(2048)?.encrypting_key().to_der()?;
    /// # let theirs = rsa::PublicKey::from_public_key_der(&spki).unwrap();
    /// let key = EncryptingKey::try_from(&theirs)?; // an `rsa::PublicKey`
    /// assert_eq!(key.to_der()?, spki);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Key`]: which rule the key breaks.
    fn try_from(key: &rsa::PublicKey) -> Result<Self, Error> {
        Self::from_components(&key.n_bytes(), &key.e_bytes())
    }
}

impl TryFrom<&rsa::PrivateKey> for DecryptingKey {
    type Error = Error;

    /// Makes the same key, after every check that reading a key has. `rsa` computes with memory that it does not zeroize:
    /// parts of the key stay behind from every use of the original, this conversion included. `rsa` is a 0.x crate: this
    /// conversion is not covered by semantic versioning.
    ///
    /// ```
    /// use jwe_primitives::DecryptingKey;
    /// # use rsa::pkcs8::DecodePrivateKey;
    ///
    /// # let pkcs8 = DecryptingKey::generate(2048)?.to_der()?;
    /// # let theirs = rsa::PrivateKey::from_pkcs8_der(&pkcs8).unwrap();
    /// let key = DecryptingKey::try_from(&theirs)?; // an `rsa::PrivateKey`
    /// assert_eq!(key.to_der()?, pkcs8);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Key`]: which rule the key breaks; [`KeyError::MultiPrime`] if `rsa` cannot encode the key.
    fn try_from(key: &rsa::PrivateKey) -> Result<Self, Error> {
        let der = key.to_pkcs8_der().map_err(|_| KeyError::MultiPrime)?;
        Self::from_der(der.as_bytes())
    }
}

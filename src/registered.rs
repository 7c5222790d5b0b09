//! The registered names that an error may repeat.

use core::fmt;

/// A name from the IANA registry "JSON Object Signing and Encryption (JOSE)": of a header parameter, of a member of a JWK,
/// or a value of `alg`, `enc`, `use` or `key_ops`. Errors carry one of these in place of input.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegisteredName(u8);

impl RegisteredName {
    #[rustfmt::skip]
    const ALL: &'static [&'static str] = &[
        // Header parameters: RFC 7515, RFC 7516, RFC 7518, RFC 7797, RFC 8225, RFC 8555, RFC 7519 section 5.3.
        "alg", "enc", "zip", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit",
        "epk", "apu", "apv", "iv", "tag", "p2s", "p2c", "b64", "url", "nonce", "iss", "sub", "aud", "iat", "exp",
        "ppt", "svt", "jwt", "client_id",
        // Members of a JWK and a JWK Set: RFC 7517, RFC 7518, RFC 8037.
        "kty", "use", "key_ops", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "oth", "k", "keys",
        // `use`, `key_ops`: RFC 7517.
        "sig", "sign", "verify", "encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits",
        // `alg`: RFC 7518, RFC 8037, RFC 8812, RFC 8725.
        "RSA-OAEP-256", "RSA-OAEP", "RSA1_5", "RSA-OAEP-384", "RSA-OAEP-512",
        "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW",
        "A128KW", "A192KW", "A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW", "dir",
        "PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW",
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519",
        "HS256", "HS384", "HS512", "none",
        // `enc`: RFC 7518.
        "A256GCM", "A128GCM", "A192GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512",
    ];

    /// What stands for a name that is not registered.
    pub(crate) const UNKNOWN: Self = Self(u8::MAX);

    /// Something that is absent.
    pub(crate) const ABSENT: Self = Self(u8::MAX - 1);

    /// The name that `is` it.
    pub(crate) fn find(mut is: impl FnMut(&str) -> bool) -> Self {
        (0..).zip(Self::ALL).find(|(_, name)| is(name)).map_or(Self::UNKNOWN, |(index, _)| Self(index))
    }

    /// Returns this name; every name that is not registered gives the same value.
    ///
    /// ```
    /// use jwe_primitives::{Algorithm, Error, RegisteredName};
    ///
    /// let rejected = "RSA1_5".parse::<Algorithm>();
    /// assert_eq!(rejected, Err(Error::UnsupportedAlgorithm(RegisteredName::of("RSA1_5"))));
    /// assert_eq!(RegisteredName::of("one-of-mine"), RegisteredName::of("another"));
    /// ```
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self::find(|known| known == name)
    }

    /// Returns whether this is one of the registered names, rather than a word for another or for none.
    pub(crate) fn is_known(self) -> bool {
        usize::from(self.0) < Self::ALL.len()
    }

    /// Returns the name, or words for what is not registered or absent.
    ///
    /// ```
    /// use jwe_primitives::{EncryptingKey, Error, KeyError};
    ///
    /// let jwk = r#"{"kty":"RSA","use":"sig","n":"…","e":"AQAB"}"#;
    /// match EncryptingKey::from_jwk(jwk) {
    ///     Err(Error::Key(KeyError::Use(found))) => assert_eq!(found.as_str(), "sig"),
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match Self::ALL.get(usize::from(self.0)) {
            Some(name) => name,
            None if self == Self::ABSENT => "absent",
            None => "an unregistered value",
        }
    }
}

impl fmt::Display for RegisteredName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RegisteredName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

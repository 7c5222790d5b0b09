//! Every limit on what is read, with the reason for its size.
//!
//! None of them comes from an RFC: RFC 7516 leaves the sizes to the application. They bound what a rejected text costs.

/// Size limits for parsing, as [`Jwe::parse_with_limits`](crate::Jwe::parse_with_limits) accepts them; and, as
/// constants, every other limit on what this crate reads.
///
/// Make them with [`new`](Self::new) and change what you need. By default a header part may have
/// [`DEFAULT_HEADER_LEN`](Self::DEFAULT_HEADER_LEN) characters, and a token may have any length. Parsing allocates for
/// the header and the encrypted key only, and a decryption allocates three quarters of the token's length, before it can
/// know whether the token is authentic: limit the token unless the length of what you receive is limited already.
///
/// ```
/// use jwe_primitives::{Error, Jwe, Limits};
///
/// let limits = Limits::new().with_token_len(1 << 20).with_header_len(1024);
/// let body = "A".repeat(2 << 20);
/// assert_eq!(Jwe::parse_with_limits(&body, limits).unwrap_err(), Error::TokenTooLong);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) token_len: usize,
    pub(crate) header_len: usize,
}

impl Limits {
    /// The default length of the longest token, in characters: no limit, because the caller has the text already.
    pub const DEFAULT_TOKEN_LEN: usize = usize::MAX;

    /// The default length of the longest header part, in base64url characters. The headers of the services in use have
    /// 50 to 300; one that carries a certificate chain has a few thousand.
    pub const DEFAULT_HEADER_LEN: usize = 16_384;

    /// The length of the longest header that is sent, in bytes: what a receiver with the default limits accepts.
    pub const MAX_SENT_HEADER_LEN: usize = Self::DEFAULT_HEADER_LEN / 4 * 3;

    /// The most member names that are open at once in a header or JWK: those of an object and of the objects around it.
    /// It bounds the comparisons that finding a duplicate costs.
    pub const MAX_MEMBERS: usize = 64;

    /// The most levels that JSON may nest, the outermost object being the first. It bounds the stack that reading uses.
    pub const MAX_DEPTH: usize = 16;

    /// The length of the shortest RSA modulus, in bits: "A key of size 2048 bits or larger MUST be used" (RFC 7518
    /// section 4.3).
    pub const MIN_MODULUS_BITS: usize = 2048;

    /// The length of the longest RSA modulus, in bits: an operation with the private key takes half a second already.
    pub const MAX_MODULUS_BITS: usize = 8192;

    /// The length of the longest `kid` of a key, in bytes. It goes into the header of each message.
    pub const MAX_KEY_ID_LEN: usize = 1024;

    /// The length of the longest text of one key, in bytes: an 8192-bit PKCS#8 PEM has 6.4 KiB.
    pub const MAX_KEY_LEN: usize = 65_536;

    /// The length of the longest JWK Set, in bytes.
    pub const MAX_KEY_SET_LEN: usize = 1 << 20;

    /// The most entries of a JWK Set. Reading one public key costs a few tens of microseconds.
    pub const MAX_KEYS: usize = 1000;

    /// The most keys of a [`KeySet`](crate::KeySet) that one token may be tried with. Rotation needs two; each costs an
    /// operation with a private key, which a token must not be able to multiply.
    pub const MAX_TRIALS: usize = 4;

    /// Returns the default limits.
    #[must_use]
    pub const fn new() -> Self {
        Self { token_len: Self::DEFAULT_TOKEN_LEN, header_len: Self::DEFAULT_HEADER_LEN }
    }

    /// Sets the length of the longest token, in characters.
    ///
    /// ```
    /// use jwe_primitives::{Error, Jwe, Limits};
    ///
    /// let limits = Limits::new().with_token_len(100_000);
    /// let body = "A".repeat(100_001);
    /// assert_eq!(Jwe::parse_with_limits(&body, limits).unwrap_err(), Error::TokenTooLong);
    /// ```
    #[must_use]
    pub const fn with_token_len(self, characters: usize) -> Self {
        Self { token_len: characters, ..self }
    }

    /// Sets the length of the longest header part, in base64url characters.
    ///
    /// ```
    /// use jwe_primitives::{Error, Jwe, Limits};
    ///
    /// let limits = Limits::new().with_header_len(1024);
    /// let body = ["A".repeat(1025), "....".into()].concat();
    /// assert_eq!(Jwe::parse_with_limits(&body, limits).unwrap_err(), Error::HeaderTooLong);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub const fn with_header_len(self, characters: usize) -> Self {
        Self { header_len: characters, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

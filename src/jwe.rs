//! A received token: RFC 7516 section 5.2 steps 1 to 5, which need no key.

use core::{fmt, iter};

use zeroize::Zeroize as _;

use crate::algorithm::{Algorithm, IV_LEN, MAX_ENCRYPTED_KEY_LEN, TAG_LEN};
use crate::base64url;
use crate::compact::{self, EncodedParts};
use crate::error::{Error, Part};
use crate::header::{self, DecodedBytes, ReceivedHeader, UnverifiedHeader, VerifiedHeader};
use crate::limits::Limits;
use crate::shared::Shared;

/// A parsed token in Compact Serialization. Nothing in it has been verified or decrypted.
///
/// Make one with [`parse`](Self::parse), or without allocation with [`parse_in`](Self::parse_in). It borrows the text.
/// Parsing checks everything that needs no key, except the base64url of the ciphertext, which is checked where it is
/// decoded: at the beginning of each decryption, before any operation with a key. A failed decryption leaves the value
/// as it was, for another attempt.
///
/// ```
/// use jwe_primitives::{Algorithm, Jwe};
/// # use jwe_primitives::{DecryptingKey, Header};
/// # let key = DecryptingKey::generate(2048)?;
/// # let token = key.encrypting_key().clone().with_key_id("key-2")?.encrypt(&Header::new(), b"hello")?.compact;
///
/// let jwe = Jwe::parse(&token)?;
/// assert_eq!(jwe.algorithm(), Algorithm::RsaOaep256);
/// assert_eq!(jwe.unverified_header().key_id().as_deref(), Some("key-2")); // choose the key by it
/// assert_eq!(key.decrypt(&jwe)?.plaintext, b"hello");
/// # Ok::<(), jwe_primitives::Error>(())
/// ```
#[derive(Clone)]
pub struct Jwe<'a> {
    /// The first part, verbatim: the Additional Authenticated Data.
    protected: &'a [u8],
    /// The decoded header and, after it, the decoded encrypted key.
    decoded: DecodedBytes<'a>,
    header_len: usize,
    encrypted_key_len: usize,
    header: ReceivedHeader,
    iv: [u8; IV_LEN],
    /// The fourth part, still base64url.
    encoded_ciphertext: &'a [u8],
    tag: [u8; TAG_LEN],
}

impl fmt::Debug for Jwe<'_> {
    /// Shows the header and the length of the plaintext.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwe")
            .field("unverified_header", &self.unverified_header())
            .field("plaintext_len", &self.plaintext_len())
            .finish_non_exhaustive()
    }
}

impl<'a> Jwe<'a> {
    /// A scratch buffer of this length serves [`parse_in`](Self::parse_in) for every token within the default
    /// [`Limits`]: for the longest header, and the encrypted key of the longest modulus.
    pub const SCRATCH_LEN: usize = Limits::MAX_SENT_HEADER_LEN.saturating_add(MAX_ENCRYPTED_KEY_LEN);

    /// Parses a token within the default [`Limits`]. `text` is the body of an HTTP message, a `&str` or bytes, without
    /// white space around it: a line break after a token that was read from a file is the usual cause of
    /// [`Error::Base64`] of the tag.
    ///
    /// Allocates once, for the decoded header and encrypted key.
    ///
    /// ```
    /// use jwe_primitives::{Algorithm, Error, Jwe};
    /// # use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// # let body = ContentEncryptionKey::generate()?.encrypt(&Header::new().key_id("mine-2")?, b"hello")?;
    /// let jwe = Jwe::parse(&body)?;
    /// assert_eq!(jwe.algorithm(), Algorithm::Dir);
    /// assert_eq!(jwe.unverified_header().key_id().as_deref(), Some("mine-2"));
    /// assert_eq!(jwe.plaintext_len(), 5);
    ///
    /// assert_eq!(Jwe::parse("eyJ.not.a.token").unwrap_err(), Error::PartCount);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// The first that applies, in this order: [`Error::PartCount`], [`Error::HeaderTooLong`], [`Error::Base64`] of the
    /// header; [`Error::HeaderSyntax`], [`Error::DuplicateParameter`] or, for too many members,
    /// [`Error::HeaderTooLong`], whichever comes first in its text; [`Error::Critical`], [`Error::Compression`],
    /// [`Error::UnsupportedAlgorithm`], [`Error::UnsupportedEncryption`], [`Error::ParameterType`], then
    /// [`Error::Base64`] and [`Error::PartLength`] of the encrypted key, the IV and the tag. More than five parts
    /// before a tag of the right length are reported by the decryption, because nothing searches the ciphertext for
    /// dots before it is decoded.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(text: &'a T) -> Result<Self, Error> {
        Self::parse_with_limits(text, Limits::new())
    }

    /// Parses a token within `limits`: see [`parse`](Self::parse).
    ///
    /// ```
    /// use jwe_primitives::{Error, Jwe, Limits};
    /// # use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// # let body = ContentEncryptionKey::generate()?.encrypt(&Header::new(), b"hello")?;
    /// let limits = Limits::new().with_token_len(1 << 20);
    /// assert_eq!(Jwe::parse_with_limits(&body, limits)?.plaintext_len(), 5);
    /// let limits = limits.with_token_len(50);
    /// assert_eq!(Jwe::parse_with_limits(&body, limits).unwrap_err(), Error::TokenTooLong);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse), after [`Error::TokenTooLong`].
    pub fn parse_with_limits<T: AsRef<[u8]> + ?Sized>(text: &'a T, limits: Limits) -> Result<Self, Error> {
        let parts = split(text.as_ref(), limits)?;
        let mut scratch: Shared<[u8]> = iter::repeat_n(0, scratch_len(&parts)).collect();
        let decoded = decode(&parts, Shared::get_mut(&mut scratch).ok_or(Error::Internal)?)?;
        Self::finish(&parts, &decoded, DecodedBytes::Shared(scratch))
    }

    /// Parses a token without allocation: what has to be decoded is written to `scratch`, which must have
    /// [`SCRATCH_LEN`](Self::SCRATCH_LEN) bytes, or at least three quarters of the length of the token's first two
    /// parts.
    ///
    /// ```
    /// use jwe_primitives::{Error, Jwe};
    /// # use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// # let body = ContentEncryptionKey::generate()?.encrypt(&Header::new(), b"hello")?;
    /// let mut scratch = [0; Jwe::SCRATCH_LEN];
    /// assert_eq!(Jwe::parse_in(&body, &mut scratch)?.plaintext_len(), 5);
    /// assert_eq!(Jwe::parse_in(&body, &mut []).unwrap_err(), Error::BufferTooSmall);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse), and [`Error::BufferTooSmall`].
    pub fn parse_in<T: AsRef<[u8]> + ?Sized>(text: &'a T, scratch: &'a mut [u8]) -> Result<Self, Error> {
        Self::parse_in_with_limits(text, scratch, Limits::new())
    }

    /// Parses a token without allocation within `limits`: see [`parse_in`](Self::parse_in).
    ///
    /// ```
    /// use jwe_primitives::{Jwe, Limits};
    /// # use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// # let body = ContentEncryptionKey::generate()?.encrypt(&Header::new(), b"hello")?;
    /// let mut scratch = [0; 96]; // enough for a short header of `dir`
    /// let limits = Limits::new().with_header_len(128);
    /// assert_eq!(Jwe::parse_in_with_limits(&body, &mut scratch, limits)?.plaintext_len(), 5);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`parse_in`](Self::parse_in), after [`Error::TokenTooLong`].
    pub fn parse_in_with_limits<T: AsRef<[u8]> + ?Sized>(
        text: &'a T,
        scratch: &'a mut [u8],
        limits: Limits,
    ) -> Result<Self, Error> {
        let parts = split(text.as_ref(), limits)?;
        let scratch = scratch.get_mut(..scratch_len(&parts)).ok_or(Error::BufferTooSmall)?;
        let decoded = decode(&parts, scratch)?;
        Self::finish(&parts, &decoded, DecodedBytes::Borrowed(scratch))
    }

    /// RFC 7516 section 5.2 step 2 for the IV and the tag.
    fn finish(parts: &EncodedParts<'a>, decoded: &Decoded, scratch: DecodedBytes<'a>) -> Result<Self, Error> {
        Ok(Self {
            protected: parts.protected,
            decoded: scratch,
            header_len: decoded.header_len,
            encrypted_key_len: decoded.encrypted_key_len,
            header: decoded.header,
            iv: compact::decode_exactly(parts.iv, Part::Iv)?,
            encoded_ciphertext: parts.ciphertext,
            tag: compact::decode_exactly(parts.tag, Part::Tag)?,
        })
    }

    /// Returns the header as long as nothing has verified it: choose the key by it, and nothing else. After a
    /// decryption, its result has the [`VerifiedHeader`](crate::VerifiedHeader).
    ///
    /// ```
    /// use jwe_primitives::Jwe;
    /// # use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// # let body = ContentEncryptionKey::generate()?.encrypt(&Header::new().key_id("mine-2")?, b"hello")?;
    /// let jwe = Jwe::parse(&body)?;
    /// assert_eq!(jwe.unverified_header().key_id().as_deref(), Some("mine-2"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn unverified_header(&self) -> UnverifiedHeader<'_> {
        let json = self.decoded.as_slice().get(..self.header_len);
        UnverifiedHeader::from_validated(json.unwrap_or_default(), self.header.names)
    }

    /// Returns the header as verified: only for a decryption that has verified the tag.
    pub(crate) fn to_verified_header(&self) -> VerifiedHeader<'a> {
        VerifiedHeader::new(&self.decoded, self.header_len, self.header.names)
    }

    /// Returns the key management algorithm: `alg`.
    ///
    /// ```
    /// use jwe_primitives::{Algorithm, Jwe};
    /// # use jwe_primitives::{DecryptingKey, Error};
    /// # let mine = DecryptingKey::generate(2048)?;
    /// # let request = mine.encrypting_key().encrypt(&jwe_primitives::Header::new(), b"hello")?;
    /// # let body = request.cek.encrypt(&jwe_primitives::Header::new(), b"hello")?;
    ///
    /// let jwe = Jwe::parse(&body)?;
    /// let plaintext = match jwe.algorithm() {
    ///     Algorithm::Dir => request.cek.decrypt(&jwe)?.plaintext,
    ///     Algorithm::RsaOaep256 => mine.decrypt(&jwe)?.plaintext,
    /// };
    /// assert_eq!(plaintext, b"hello");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.header.algorithm
    }

    /// Checks that the token is for a key of this algorithm. Where an API promises `dir` responses, require them: such
    /// a response can come only from somebody who decrypted the request, one for `RSA-OAEP-256` from anybody who has
    /// your public key.
    ///
    /// ```
    /// use jwe_primitives::{Algorithm, Error, Jwe};
    /// # use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// # let body = ContentEncryptionKey::generate()?.encrypt(&Header::new(), b"hello")?;
    /// let jwe = Jwe::parse(&body)?;
    /// jwe.require_algorithm(Algorithm::Dir)?;
    /// assert_eq!(jwe.require_algorithm(Algorithm::RsaOaep256), Err(Error::AlgorithmMismatch));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::AlgorithmMismatch`] if it is not.
    pub fn require_algorithm(&self, algorithm: Algorithm) -> Result<(), Error> {
        if self.header.algorithm == algorithm { Ok(()) } else { Err(Error::AlgorithmMismatch) }
    }

    /// Returns the decoded JWE Encrypted Key: the CEK encrypted to an RSA key, for an HSM or KMS that holds the private
    /// half. Empty for `dir`. See `decrypt_unwrapped`.
    ///
    /// ```
    /// use jwe_primitives::{DecryptingKey, Header, Jwe};
    /// # use jwe_primitives::ContentEncryptionKey;
    ///
    /// let public = DecryptingKey::generate(3072)?.encrypting_key().clone();
    /// let sent = public.encrypt(&Header::new(), b"hello")?;
    /// assert_eq!(Jwe::parse(&sent.compact)?.encrypted_key().len(), 384);
    ///
    /// let response = sent.cek.encrypt(&Header::new(), b"received")?;
    /// assert!(Jwe::parse(&response)?.encrypted_key().is_empty());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        let after_header = self.decoded.as_slice().get(self.header_len..).unwrap_or_default();
        after_header.get(..self.encrypted_key_len).unwrap_or_default()
    }

    /// Returns the exact length of the plaintext, in bytes: that of the ciphertext.
    ///
    /// ```
    /// use jwe_primitives::Jwe;
    /// # use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// # let body = ContentEncryptionKey::generate()?.encrypt(&Header::new(), b"hello")?;
    /// assert_eq!(Jwe::parse(&body)?.plaintext_len(), b"hello".len());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn plaintext_len(&self) -> usize {
        base64url::decoded_len(self.encoded_ciphertext.len())
    }

    /// Returns the Additional Authenticated Data: `ASCII(Encoded Protected Header)`, verbatim.
    pub(crate) fn aad(&self) -> &[u8] {
        self.protected
    }

    pub(crate) fn iv(&self) -> &[u8; IV_LEN] {
        &self.iv
    }

    pub(crate) fn tag(&self) -> &[u8; TAG_LEN] {
        &self.tag
    }

    /// Decodes the ciphertext into the front of `out`, which is zeroized if it is not base64url.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`]; [`Error::Base64`], or [`Error::PartCount`] if a dot is what is wrong with it.
    pub(crate) fn decode_ciphertext<'o>(&self, out: &'o mut [u8]) -> Result<&'o mut [u8], Error> {
        let out = out.get_mut(..self.plaintext_len()).ok_or(Error::BufferTooSmall)?;
        if base64url::decode(self.encoded_ciphertext, out).is_none() {
            out.zeroize();
            return Err(compact::malformed_ciphertext(self.encoded_ciphertext));
        }
        Ok(out)
    }

    /// Checks what [`decode_ciphertext`](Self::decode_ciphertext) checks, without a buffer for the result.
    pub(crate) fn check_ciphertext(&self) -> Result<(), Error> {
        let valid = base64url::is_valid(self.encoded_ciphertext);
        if valid { Ok(()) } else { Err(compact::malformed_ciphertext(self.encoded_ciphertext)) }
    }
}

/// What is decoded of the first two parts.
struct Decoded {
    header: ReceivedHeader,
    header_len: usize,
    encrypted_key_len: usize,
}

/// Applies the limits and splits the token.
fn split(text: &[u8], limits: Limits) -> Result<EncodedParts<'_>, Error> {
    if text.len() > limits.token_len {
        return Err(Error::TokenTooLong);
    }
    let parts = EncodedParts::split(text)?;
    if parts.protected.len() > limits.header_len { Err(Error::HeaderTooLong) } else { Ok(parts) }
}

/// How many bytes of scratch [`decode`] needs at most, for input of any size that the limits allow.
fn scratch_len(parts: &EncodedParts<'_>) -> usize {
    let encrypted_key = base64url::decoded_len(parts.encrypted_key.len()).min(MAX_ENCRYPTED_KEY_LEN);
    base64url::decoded_len(parts.protected.len()).saturating_add(encrypted_key)
}

/// RFC 7516 section 5.2 steps 2 to 5 for the header and the encrypted key.
fn decode(parts: &EncodedParts<'_>, scratch: &mut [u8]) -> Result<Decoded, Error> {
    let json = base64url::decode(parts.protected, scratch).ok_or(Error::Base64(Part::Header))?;
    let header = header::read(json)?;
    let header_len = json.len();
    if header.algorithm == Algorithm::Dir && !parts.encrypted_key.is_empty() {
        return Err(Error::PartLength(Part::EncryptedKey));
    }
    let rest = scratch.get_mut(header_len..).unwrap_or_default();
    let encrypted_key_len = compact::decode_at_most(parts.encrypted_key, rest, Part::EncryptedKey)?;
    Ok(Decoded { header, header_len, encrypted_key_len })
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn debug_shows_the_header_and_a_length() {
        let token = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA";
        let header = r#"UnverifiedHeader("{\"alg\":\"dir\",\"enc\":\"A256GCM\"}")"#;
        let expected = format!("Jwe {{ unverified_header: {header}, plaintext_len: 3, .. }}");
        assert_eq!(format!("{:?}", Jwe::parse(token).unwrap()), expected);
    }
}

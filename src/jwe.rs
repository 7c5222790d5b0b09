//! A token that came in: the five parts of the Compact Serialization (RFC 7516 section 7.1).

use alloc::{borrow::Cow, vec};
use core::fmt;

use zeroize::Zeroize as _;

use crate::base64url;
use crate::error::{Error, Part};
use crate::header::{Algorithm, KeyId, MAX_HEADER_LEN, MAX_JSON_LEN, UnverifiedHeader};
use crate::key::EncryptingKey;
use crate::sizes::{IV_LEN, MAX_ENCRYPTED_KEY_LEN, TAG_LEN};

/// How much of a token is read before it is refused.
///
/// The default takes a header of 16 KiB and a token of any length: the caller has the whole text in memory already.
///
/// ```
/// use jwe_primitives::{Error, Jwe, Limits};
///
/// let limits = Limits::new().with_token_len(1 << 20).with_header_len(1024);
/// assert_eq!(Jwe::parse_with_limits(&"A".repeat(2 << 20), limits).unwrap_err(), Error::TokenTooLong);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    token_len: usize,
    header_len: usize,
}

impl Limits {
    /// The default limits.
    #[must_use]
    pub const fn new() -> Self {
        Self { token_len: usize::MAX, header_len: MAX_HEADER_LEN }
    }

    /// The longest token, in characters.
    #[must_use]
    pub const fn with_token_len(self, characters: usize) -> Self {
        Self { token_len: characters, ..self }
    }

    /// The longest header part, in base64url characters.
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

/// A token in Compact Serialization, taken apart. Nothing of it is verified, nothing decrypted.
///
/// It borrows the text, which therefore has to live as long as this value does. Parsing checks all that a key isn't
/// needed for, except the base64url of the ciphertext, which is checked where it is decoded: at the beginning of each
/// decryption, before any operation with a key.
/// A failed decryption leaves the value as it was, for another try.
///
/// ```
/// use jwe_primitives::{Algorithm, DecryptingKey, Header, Jwe};
/// # let key = DecryptingKey::generate(2048)?;
/// # let token = key.encrypting_key().with_key_id("key-2")?.encrypt(&Header::new(), b"hello")?.compact;
///
/// let jwe = Jwe::parse(&token)?;
/// assert_eq!(jwe.algorithm(), Algorithm::RsaOaep256);
/// assert_eq!(jwe.unverified_header().key_id().as_deref(), Some("key-2")); // choose the key by it
/// assert_eq!(key.decrypt(&jwe)?.plaintext, b"hello");
/// # Ok::<(), jwe_primitives::Error>(())
/// ```
#[derive(Clone)]
pub struct Jwe<'a> {
    /// The first part as it stands in the text: the Additional Authenticated Data.
    protected: &'a [u8],
    /// The header, decoded, and behind it the encrypted key, decoded.
    decoded: Cow<'a, [u8]>,
    header_len: usize,
    algorithm: Algorithm,
    iv: [u8; IV_LEN],
    /// The fourth part, still base64url.
    ciphertext: &'a [u8],
    tag: [u8; TAG_LEN],
}

impl fmt::Debug for Jwe<'_> {
    /// The header and the length of the rest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwe")
            .field("unverified_header", &self.unverified_header())
            .field("plaintext_len", &self.plaintext_len())
            .finish_non_exhaustive()
    }
}

/// The text of the five parts.
struct Parts<'a> {
    protected: &'a [u8],
    encrypted_key: &'a [u8],
    iv: &'a [u8],
    ciphertext: &'a [u8],
    tag: &'a [u8],
}

impl<'a> Jwe<'a> {
    /// A scratch buffer of this length serves [`parse_in`](Self::parse_in) for every token within the default
    /// [`Limits`]: 12 288 octets of header and 1024 of encrypted key.
    pub const SCRATCH_LEN: usize = MAX_JSON_LEN.saturating_add(MAX_ENCRYPTED_KEY_LEN);

    /// Takes a token apart, within the default [`Limits`]. `text` is what an HTTP body is: a `&str` or bytes, without
    /// white space around it; a line end behind a token from a file is the usual cause of [`Error::Base64`] of the tag.
    ///
    /// It allocates once, for the decoded header and encrypted key.
    ///
    /// # Errors
    /// In this order, the first that applies: [`Error::PartCount`], [`Error::HeaderTooLong`],
    /// [`Error::Base64`] of the header, [`Error::HeaderSyntax`], [`Error::DuplicateParameter`],
    /// [`Error::Critical`], [`Error::Compression`], [`Error::UnsupportedAlgorithm`],
    /// [`Error::UnsupportedEncryption`], [`Error::ParameterType`], then [`Error::Base64`] and
    /// [`Error::PartLength`] of the encrypted key, the IV and the tag. More than five parts in front of a tag of the right
    /// length are told by the decryption, because nothing but decoding the ciphertext looks for dots in it.
    pub fn parse<T: AsRef<[u8]> + ?Sized>(text: &'a T) -> Result<Self, Error> {
        Self::parse_with_limits(text, Limits::new())
    }

    /// [`parse`](Self::parse) with other limits.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), after [`Error::TokenTooLong`].
    pub fn parse_with_limits<T: AsRef<[u8]> + ?Sized>(text: &'a T, limits: Limits) -> Result<Self, Error> {
        let parts = Parts::split(text.as_ref(), limits)?;
        let mut scratch = vec![0; parts.decoded_len()];
        let (algorithm, header_len, len) = parts.decode(&mut scratch)?;
        scratch.truncate(len);
        parts.finish(Cow::Owned(scratch), algorithm, header_len)
    }

    /// [`parse`](Self::parse) without allocation: what has to be decoded goes to `scratch`, which must have
    /// [`SCRATCH_LEN`](Self::SCRATCH_LEN) octets, or at least three quarters of the length of the token's first
    /// two parts.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and [`Error::BufferTooSmall`].
    pub fn parse_in<T: AsRef<[u8]> + ?Sized>(text: &'a T, scratch: &'a mut [u8]) -> Result<Self, Error> {
        Self::parse_in_with_limits(text, scratch, Limits::new())
    }

    /// [`parse_in`](Self::parse_in) with other limits.
    ///
    /// # Errors
    /// As [`parse_in`](Self::parse_in), after [`Error::TokenTooLong`].
    pub fn parse_in_with_limits<T: AsRef<[u8]> + ?Sized>(
        text: &'a T,
        scratch: &'a mut [u8],
        limits: Limits,
    ) -> Result<Self, Error> {
        let parts = Parts::split(text.as_ref(), limits)?;
        let scratch = scratch.get_mut(..parts.decoded_len()).ok_or(Error::BufferTooSmall)?;
        let (algorithm, header_len, len) = parts.decode(scratch)?;
        let decoded = scratch.get(..len).ok_or(Error::Internal)?;
        parts.finish(Cow::Borrowed(decoded), algorithm, header_len)
    }

    /// The header. It is what the sender authenticated only after a decryption of this token has succeeded, and
    /// then it still says nothing about who the sender is.
    #[must_use]
    pub fn unverified_header(&self) -> UnverifiedHeader<'_> {
        UnverifiedHeader::parsed(self.decoded.get(..self.header_len).unwrap_or_default())
    }

    /// The key management algorithm: `alg`.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Makes sure that the token is for a key of this algorithm. Where an API promises `dir` answers, require them: such
    /// an answer can come only from somebody who opened the request, one for `RSA-OAEP-256` from anybody who has your
    /// public key.
    ///
    /// # Errors
    /// [`Error::AlgorithmMismatch`] if it isn't.
    pub fn require(&self, algorithm: Algorithm) -> Result<(), Error> {
        if self.algorithm == algorithm { Ok(()) } else { Err(Error::AlgorithmMismatch) }
    }

    /// Makes sure of all that is public before a private key works elsewhere: that the token is `RSA-OAEP-256`, that
    /// its `kid` isn't another than the key's, that the encrypted key is as long as the key's modulus, and that the
    /// ciphertext is base64url.
    ///
    /// # Errors
    /// [`Error::AlgorithmMismatch`], [`Error::KeyIdMismatch`], [`Error::PartLength`] of the encrypted key,
    /// [`Error::Base64`] or [`Error::PartCount`] of the ciphertext.
    pub fn require_for(&self, key: &EncryptingKey) -> Result<(), Error> {
        self.check_key(Algorithm::RsaOaep256, key.id(), key.modulus_len())?;
        let valid = base64url::is_valid(self.ciphertext);
        valid.then_some(()).ok_or_else(|| malformed_ciphertext(self.ciphertext))
    }

    /// RFC 7516 section 5.2 steps 6, 7 and 10: the key is for this algorithm, nothing says that it is another key than the
    /// token names, and the encrypted key is one of its length.
    pub(crate) fn check_key(&self, algorithm: Algorithm, key_id: Option<&KeyId>, key_len: usize) -> Result<(), Error> {
        self.require(algorithm)?;
        if !self.unverified_header().allows_key_id(key_id.map(KeyId::as_str)) {
            return Err(Error::KeyIdMismatch);
        }
        if self.encrypted_key().len() == key_len { Ok(()) } else { Err(Error::PartLength(Part::EncryptedKey)) }
    }

    /// The JWE Encrypted Key, decoded: the CEK encrypted to an RSA key, for an HSM or KMS that holds the private
    /// half. Empty for `dir`. See [`decrypt_unwrapped`](Self::decrypt_unwrapped).
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        self.decoded.get(self.header_len..).unwrap_or_default()
    }

    /// The exact length of the plaintext, in octets: that of the ciphertext.
    #[must_use]
    pub fn plaintext_len(&self) -> usize {
        base64url::decoded_len(self.ciphertext.len())
    }

    /// The Additional Authenticated Data: `ASCII(Encoded Protected Header)`, as it came in.
    pub(crate) fn aad(&self) -> &[u8] {
        self.protected
    }

    pub(crate) fn iv(&self) -> &[u8; IV_LEN] {
        &self.iv
    }

    pub(crate) fn tag(&self) -> &[u8; TAG_LEN] {
        &self.tag
    }

    /// Decodes the ciphertext into the front of `out`, which is wiped if it isn't base64url.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`]; [`Error::Base64`], or [`Error::PartCount`] if a dot is what's wrong with it.
    pub(crate) fn ciphertext<'o>(&self, out: &'o mut [u8]) -> Result<&'o mut [u8], Error> {
        let out = out.get_mut(..self.plaintext_len()).ok_or(Error::BufferTooSmall)?;
        if base64url::decode(self.ciphertext, out).is_none() {
            out.zeroize();
            return Err(malformed_ciphertext(self.ciphertext));
        }
        Ok(out)
    }
}

/// A sixth part in front of a good tag looks like a ciphertext with a dot in it: nothing searches a ciphertext for
/// dots before it is decoded.
fn malformed_ciphertext(text: &[u8]) -> Error {
    if text.contains(&b'.') { Error::PartCount } else { Error::Base64(Part::Ciphertext) }
}

impl<'a> Parts<'a> {
    /// RFC 7516 section 5.2 step 1: "Parse the JWE representation to extract the serialized values". The ciphertext
    /// is the longest part: everything between the third dot and the last one.
    fn split(text: &'a [u8], limits: Limits) -> Result<Self, Error> {
        if text.len() > limits.token_len {
            return Err(Error::TokenTooLong);
        }
        let (protected, rest) = split_at_first_dot(text).ok_or(Error::PartCount)?;
        let (encrypted_key, rest) = split_at_first_dot(rest).ok_or(Error::PartCount)?;
        let (iv, rest) = split_at_first_dot(rest).ok_or(Error::PartCount)?;
        let (ciphertext, tag) = split_at_last_dot(rest).ok_or(Error::PartCount)?;
        if tag.len() != base64url::encoded_len(TAG_LEN) && ciphertext.contains(&b'.') {
            return Err(Error::PartCount);
        }
        if protected.len() > limits.header_len {
            return Err(Error::HeaderTooLong);
        }
        Ok(Self { protected, encrypted_key, iv, ciphertext, tag })
    }

    /// How much scratch [`decode`](Self::decode) needs at most, for input of any size bounded by the limits.
    fn decoded_len(&self) -> usize {
        let encrypted_key = base64url::decoded_len(self.encrypted_key.len()).min(MAX_ENCRYPTED_KEY_LEN);
        base64url::decoded_len(self.protected.len()).saturating_add(encrypted_key)
    }

    /// RFC 7516 section 5.2 steps 2 to 5 for the header and the encrypted key. Returns the algorithm, the length
    /// of the header in `scratch` and that of both.
    fn decode(&self, scratch: &mut [u8]) -> Result<(Algorithm, usize, usize), Error> {
        let header = base64url::decode(self.protected, scratch).ok_or(Error::Base64(Part::Header))?;
        let (_, algorithm) = UnverifiedHeader::parse(header)?;
        let header_len = header.len();
        if algorithm == Algorithm::Dir && !self.encrypted_key.is_empty() {
            return Err(Error::PartLength(Part::EncryptedKey));
        }
        let rest = scratch.get_mut(header_len..).unwrap_or_default();
        let key_len = decode_at_most(self.encrypted_key, rest, Part::EncryptedKey)?;
        Ok((algorithm, header_len, header_len.saturating_add(key_len)))
    }

    /// RFC 7516 section 5.2 step 2 for the IV and the tag.
    fn finish(self, decoded: Cow<'a, [u8]>, algorithm: Algorithm, header_len: usize) -> Result<Jwe<'a>, Error> {
        let iv = decode_exactly(self.iv, Part::Iv)?;
        let tag = decode_exactly(self.tag, Part::Tag)?;
        let Self { protected, ciphertext, .. } = self;
        Ok(Jwe { protected, decoded, header_len, algorithm, iv, ciphertext, tag })
    }
}

fn split_at_first_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    // Sixteen at a time, which the compiler compares at once.
    let (sixteens, _) = text.as_chunks::<16>();
    let has_dot = |octets: &&[u8; 16]| octets.iter().fold(0, |dots, byte| dots | u8::from(*byte == b'.')) != 0;
    let dotless = sixteens.iter().take_while(|octets| !has_dot(octets));
    let start = dotless.count().saturating_mul(16);
    let dot = start.saturating_add(text.get(start..)?.iter().position(|byte| *byte == b'.')?);
    let (part, rest) = text.split_at_checked(dot)?;
    Some((part, rest.split_first()?.1))
}

fn split_at_last_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = text.iter().rposition(|byte| *byte == b'.')?;
    let (part, rest) = text.split_at_checked(dot)?;
    Some((part, rest.split_first()?.1))
}

/// Decodes a part that has exactly `N` octets.
fn decode_exactly<const N: usize>(text: &[u8], part: Part) -> Result<[u8; N], Error> {
    let mut octets = [0; N];
    let len = decode_at_most(text, &mut octets, part)?;
    if len == N { Ok(octets) } else { Err(Error::PartLength(part)) }
}

/// Decodes a part into the front of `out`. A foreign character is told before a wrong length: a line end behind a
/// token makes its tag too long, too.
fn decode_at_most(text: &[u8], out: &mut [u8], part: Part) -> Result<usize, Error> {
    if base64url::decoded_len(text.len()) <= out.len() {
        return base64url::decode(text, out).map(|octets| octets.len()).ok_or(Error::Base64(part));
    }
    let clean = text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    Err(if clean { Error::PartLength(part) } else { Error::Base64(part) })
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

    #[test]
    fn the_first_dot_is_found_wherever_it_is() {
        for at in 0..40 {
            for dots in 1..40 {
                let text = ["a".repeat(at), ".".repeat(dots)].concat();
                let (part, rest) = split_at_first_dot(text.as_bytes()).unwrap();
                assert_eq!((part.len(), rest.len()), (at, dots.saturating_sub(1)), "{text}");
            }
            assert_eq!(split_at_first_dot("a".repeat(at).as_bytes()), None);
        }
    }
}

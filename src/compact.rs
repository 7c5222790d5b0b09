//! The Compact Serialization (RFC 7516 section 7.1) in both directions: five parts in their order, separated by dots.
//!
//! `BASE64URL(UTF8(JWE Protected Header)) || '.' || BASE64URL(JWE Encrypted Key) || '.' ||
//! BASE64URL(JWE Initialization Vector) || '.' || BASE64URL(JWE Ciphertext) || '.' ||
//! BASE64URL(JWE Authentication Tag)`

use core::mem;

use crate::algorithm::{IV_LEN, TAG_LEN};
use crate::base64url;
use crate::error::{Error, Part};

/// The text of the five parts, still encoded.
pub(crate) struct EncodedParts<'a> {
    pub(crate) protected: &'a [u8],
    pub(crate) encrypted_key: &'a [u8],
    pub(crate) iv: &'a [u8],
    pub(crate) ciphertext: &'a [u8],
    pub(crate) tag: &'a [u8],
}

impl<'a> EncodedParts<'a> {
    /// RFC 7516 section 5.2 step 1: "Parse the JWE representation to extract the serialized values". The ciphertext,
    /// the longest part, is everything between the third dot and the last one.
    ///
    /// # Errors
    /// [`Error::PartCount`]. More than five parts are found here only if the last one does not have the length of a
    /// tag; else the ciphertext has a dot in it, which [`malformed_ciphertext`] finds.
    pub(crate) fn split(text: &'a [u8]) -> Result<Self, Error> {
        let (protected, rest) = split_at_first_dot(text).ok_or(Error::PartCount)?;
        let (encrypted_key, rest) = split_at_first_dot(rest).ok_or(Error::PartCount)?;
        let (iv, rest) = split_at_first_dot(rest).ok_or(Error::PartCount)?;
        let (ciphertext, tag) = split_at_last_dot(rest).ok_or(Error::PartCount)?;
        if tag.len() != base64url::encoded_len(TAG_LEN) && ciphertext.contains(&b'.') {
            return Err(Error::PartCount);
        }
        Ok(Self { protected, encrypted_key, iv, ciphertext, tag })
    }
}

fn split_at_first_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    // Sixteen at a time, which the compiler compares at once.
    let (sixteens, _) = text.as_chunks::<16>();
    let has_dot = |bytes: &&[u8; 16]| bytes.iter().fold(0, |dots, byte| dots | u8::from(*byte == b'.')) != 0;
    let dotless = sixteens.iter().take_while(|bytes| !has_dot(bytes));
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

/// The error for a ciphertext that is not base64url. Before a tag of the right length, nothing searches a ciphertext for
/// dots, so that a sixth part shows only here.
pub(crate) fn malformed_ciphertext(text: &[u8]) -> Error {
    if text.contains(&b'.') { Error::PartCount } else { Error::Base64(Part::Ciphertext) }
}

/// Decodes a part that has exactly `N` bytes.
pub(crate) fn decode_exactly<const N: usize>(text: &[u8], part: Part) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    let len = decode_at_most(text, &mut bytes, part)?;
    if len == N { Ok(bytes) } else { Err(Error::PartLength(part)) }
}

/// Decodes a part into the front of `out` and returns its length. A foreign character is reported before a wrong
/// length, because a line break after a token makes its tag too long as well.
pub(crate) fn decode_at_most(text: &[u8], out: &mut [u8], part: Part) -> Result<usize, Error> {
    if base64url::decoded_len(text.len()) <= out.len() {
        return base64url::decode(text, out).map(|bytes| bytes.len()).ok_or(Error::Base64(part));
    }
    let clean = text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    Err(if clean { Error::PartLength(part) } else { Error::Base64(part) })
}

/// The length of a token whose header, encrypted key and content have these lengths in bytes.
pub(crate) fn compact_len(header_len: usize, encrypted_key_len: usize, content_len: usize) -> usize {
    const DOTS: usize = 4;
    let parts = [header_len, encrypted_key_len, IV_LEN, content_len, TAG_LEN];
    parts.map(base64url::encoded_len).into_iter().fold(DOTS, usize::saturating_add)
}

/// Writes the five parts, one after the other, into a buffer of the token's length.
pub(crate) struct CompactWriter<'o> {
    rest: &'o mut [u8],
    at_start: bool,
}

impl<'o> CompactWriter<'o> {
    pub(crate) fn new(out: &'o mut [u8]) -> Self {
        Self { rest: out, at_start: true }
    }

    /// The place of the next part, which has `len` bytes; writes the dot before it.
    pub(crate) fn next_part(&mut self, len: usize) -> Result<PartBuffer<'o>, Error> {
        let mut rest = mem::take(&mut self.rest);
        if !mem::take(&mut self.at_start) {
            let (dot, after) = rest.split_first_mut().ok_or(Error::Internal)?;
            *dot = b'.';
            rest = after;
        }
        let (text, rest) = rest.split_at_mut_checked(base64url::encoded_len(len)).ok_or(Error::Internal)?;
        self.rest = rest;
        Ok(PartBuffer { text, len })
    }

    /// Writes the next part, which is `bytes`.
    pub(crate) fn write_part(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let part = self.next_part(bytes.len())?;
        base64url::encode(bytes, part.text).ok_or(Error::Internal)
    }
}

/// The place of one part: its bytes are produced at the end of it and then encoded over the whole of it, so that no
/// second buffer is needed.
pub(crate) struct PartBuffer<'o> {
    text: &'o mut [u8],
    len: usize,
}

impl<'o> PartBuffer<'o> {
    /// The place for the part's bytes.
    pub(crate) fn bytes(&mut self) -> Result<&mut [u8], Error> {
        let start = self.text.len().saturating_sub(self.len);
        self.text.get_mut(start..).ok_or(Error::Internal)
    }

    /// Encodes the part's bytes and returns their text.
    pub(crate) fn encode(self) -> Result<&'o [u8], Error> {
        base64url::encode_in_place(self.text, self.len).ok_or(Error::Internal)?;
        Ok(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn the_parts_are_written_in_the_order_in_which_they_are_split() {
        let mut token = [0; 51];
        assert_eq!(compact_len(2, 3, 1), token.len());
        let mut writer = CompactWriter::new(&mut token);
        let mut protected = writer.next_part(2).unwrap();
        protected.bytes().unwrap().copy_from_slice(b"{}");
        assert_eq!(protected.encode().unwrap(), b"e30");
        writer.write_part(b"key").unwrap();
        writer.write_part(&[0; IV_LEN]).unwrap();
        writer.write_part(b"c").unwrap();
        writer.write_part(&[0; TAG_LEN]).unwrap();
        assert_eq!(&token, b"e30.a2V5.AAAAAAAAAAAAAAAA.Yw.AAAAAAAAAAAAAAAAAAAAAA");
        let parts = EncodedParts::split(&token).unwrap();
        assert_eq!((parts.protected, parts.encrypted_key, parts.ciphertext), (&b"e30"[..], &b"a2V5"[..], &b"Yw"[..]));
        assert_eq!((parts.iv.len(), parts.tag.len()), (16, 22));
    }
}

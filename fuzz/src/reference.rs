//! Slow, literal readers of the same formats, written apart from the crate: what it does is compared with them.

use jwe_primitives::{Error, Part};
use sha2::{Digest as _, Sha256};

use super::received_header;

pub const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// RFC 4648 section 5 without padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let (mut text, mut bits, mut count) = (String::new(), 0_usize, 0);
    for byte in bytes {
        (bits, count) = (bits << 8 | usize::from(*byte), count + 8);
        while count >= 6 {
            count -= 6;
            text.push(ALPHABET[bits >> count & 63].into());
        }
    }
    if count > 0 {
        text.push(ALPHABET[bits << (6 - count) & 63].into());
    }
    text
}

/// The bytes that encode to `text`, if there are any.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for character in text {
        let digit = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        (bits, count) = (bits << 6 | u32::from(digit), count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count).to_le_bytes()[0]);
        }
    }
    // One text for each byte string: no bits left over, and no digit without a byte.
    (encode(&bytes).as_bytes() == text).then_some(bytes)
}

/// A token's parts, decoded.
#[derive(Debug)]
pub struct Token {
    pub header: Vec<u8>,
    pub algorithm: &'static str,
    pub encrypted_key: Vec<u8>,
    pub iv: Vec<u8>,
    /// Its error is told only when the token is decrypted.
    pub ciphertext: Result<Vec<u8>, Error>,
    pub ciphertext_len: usize,
    pub tag: Vec<u8>,
}

/// The rules for a token, in their documented order.
///
/// # Errors
/// As `Jwe::parse`, within the default limits.
pub fn token(text: &[u8]) -> Result<Token, Error> {
    let mut parts: Vec<&[u8]> = text.split(|byte| *byte == b'.').collect();
    let sixth_part = parts.len() > 5;
    // A dot within the ciphertext is told when it is decoded, if the last part may be a tag.
    if parts.len() < 5 || sixth_part && parts.last().is_some_and(|tag| tag.len() != 22) {
        return Err(Error::PartCount);
    }
    let tag_text = parts.pop().unwrap_or_default();
    let content_text = parts.split_off(3).join(&b'.');
    if parts[0].len() > 16_384 {
        return Err(Error::HeaderTooLong);
    }
    let header = decode(parts[0]).ok_or(Error::Base64(Part::Header))?;
    let algorithm = received_header::rules(&received_header::object(&header)?)?;
    if algorithm == "dir" && !parts[1].is_empty() {
        return Err(Error::PartLength(Part::EncryptedKey));
    }
    let encrypted_key = at_most(1024, parts[1], Part::EncryptedKey)?;
    let iv = exactly(12, parts[2], Part::Iv)?;
    let tag = exactly(16, tag_text, Part::Tag)?;
    let malformed = if sixth_part { Error::PartCount } else { Error::Base64(Part::Ciphertext) };
    let ciphertext = decode(&content_text).ok_or(malformed);
    let ciphertext_len = content_text.len() * 6 / 8;
    Ok(Token { header, algorithm, encrypted_key, iv, ciphertext, ciphertext_len, tag })
}

fn exactly(len: usize, text: &[u8], part: Part) -> Result<Vec<u8>, Error> {
    let bytes = at_most(len, text, part)?;
    if bytes.len() == len { Ok(bytes) } else { Err(Error::PartLength(part)) }
}

/// A text that is too long isn't decoded, but a foreign character in it is told first.
fn at_most(len: usize, text: &[u8], part: Part) -> Result<Vec<u8>, Error> {
    let too_long = text.len() * 6 / 8 > len;
    if too_long && text.iter().all(|character| ALPHABET.contains(character)) {
        return Err(Error::PartLength(part));
    }
    decode(text).ok_or(Error::Base64(part))
}

/// MGF1 with SHA-256 (RFC 8017 appendix B.2.1).
#[must_use]
pub fn mgf1(seed: &[u8], len: usize) -> Vec<u8> {
    let blocks = (0_u32..).map(|counter| Sha256::digest([seed, &counter.to_be_bytes()].concat()));
    blocks.take(len.div_ceil(32)).flatten().take(len).collect()
}

#[must_use]
pub fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}

/// RFC 8017 section 7.1.2 step 3, for no label and a message of 32 bytes.
#[must_use]
pub fn oaep_decode(em: &[u8]) -> Option<[u8; 32]> {
    let (y, rest) = em.split_first()?;
    let (masked_seed, masked_db) = rest.split_at(32);
    let seed = xor(masked_seed, &mgf1(masked_db, 32));
    let db = xor(masked_db, &mgf1(&seed, masked_db.len()));
    let (label_hash, rest) = db.split_at(32);
    let separator = rest.iter().position(|byte| *byte != 0)?;
    if *y != 0 || rest[separator] != 1 || label_hash != Sha256::digest(b"").as_slice() {
        return None;
    }
    rest[separator + 1..].try_into().ok()
}

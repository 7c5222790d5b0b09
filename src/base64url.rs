//! Strict base64url (RFC 7515 section 2, RFC 4648 section 5) over `base64`.
//!
//! One text for each byte string: no padding, no white space, no character outside the alphabet, zero bits
//! after the last byte, no length of 1 modulo 4. What decodes therefore encodes to the same text again.
//!
//! Nothing secret passes here. The header, the encrypted key, the IV, the ciphertext and the tag are public, and
//! keys go through `base64ct`, which looks nothing up in a table.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// RFC 7515 section 2: "with all trailing '=' characters omitted" and no other leniency.
const STRICT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_encode_padding(false)
    .with_decode_padding_mode(DecodePaddingMode::RequireNone)
    .with_decode_allow_trailing_bits(false);

/// The engine without vector code, for texts that are too short for it: an IV, a tag.
static SCALAR: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, STRICT);

/// The shortest text in which the vector code finds anything to do.
const VECTOR: usize = 32;

#[cfg(not(feature = "std"))]
use self::SCALAR as ENGINE;

/// The engine for this processor, found once. Every engine of `base64` is as strict as its configuration.
#[cfg(feature = "std")]
static ENGINE: std::sync::LazyLock<detected::Detected> = std::sync::LazyLock::new(|| detected::url_safe(STRICT));

#[cfg(feature = "std")]
mod detected {
    #[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))))]
    pub(super) use base64::engine::GeneralPurpose as Detected;
    #[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
    pub(super) use base64::engine::Simd as Detected;

    use base64::engine::GeneralPurposeConfig;

    pub(super) fn url_safe(config: GeneralPurposeConfig) -> Detected {
        #[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
        return Detected::url_safe(config);
        #[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))))]
        return Detected::new(&base64::alphabet::URL_SAFE, config);
    }
}

/// Raw bytes that are encoded by way of a copy on the stack; a multiple of 3.
const BLOCK: usize = 768;

/// Characters of [`BLOCK`] bytes.
const BLOCK_TEXT: usize = encoded_len(BLOCK);

/// The length of the text for `len` bytes; `usize::MAX` where that doesn't fit.
pub(crate) const fn encoded_len(len: usize) -> usize {
    match base64::encoded_len(len, false) {
        Some(len) => len,
        None => usize::MAX,
    }
}

/// The number of bytes in a text of `len` characters, if it is one.
pub(crate) const fn decoded_len(len: usize) -> usize {
    let whole = (len >> 2).wrapping_mul(3);
    match len & 3 {
        0 | 1 => whole,
        2 => whole.wrapping_add(1),
        _ => whole.wrapping_add(2),
    }
}

/// Decodes all of `text` into the front of `out`, which has at least `decoded_len(text.len())` bytes.
///
/// `None` if `text` is not strict base64url or `out` is too short; `out` then holds nothing of meaning.
pub(crate) fn decode<'o>(text: &[u8], out: &'o mut [u8]) -> Option<&'o mut [u8]> {
    let decoded = if text.len() < VECTOR { SCALAR.decode_slice(text, out) } else { ENGINE.decode_slice(text, out) };
    out.get_mut(..decoded.ok()?)
}

/// Whether `text` is strict base64url. It decodes piece by piece, because that is the one way to tell.
pub(crate) fn is_valid(text: &[u8]) -> bool {
    let mut scratch = [0; BLOCK];
    text.chunks(BLOCK_TEXT).all(|piece| decode(piece, &mut scratch).is_some())
}

/// Encodes `bytes` into `text`, which has the length of their text.
pub(crate) fn encode(bytes: &[u8], text: &mut [u8]) -> Option<()> {
    ENGINE.encode_slice(bytes, text).ok().map(|_| ())
}

/// Encodes the bytes at the end of `text` over the whole of it.
///
/// `text` has `encoded_len(len)` bytes and the last `len` of them are the bytes to encode, so that a caller can
/// produce them in the place where their text belongs.
pub(crate) fn encode_in_place(text: &mut [u8], len: usize) -> Option<()> {
    let mut start = text.len().checked_sub(len)?;
    let mut rest = text;
    while rest.len().checked_sub(start)? > BLOCK {
        // The text of these bytes ends where they begin, so each step needs no copy and no second buffer.
        let bytes = (start >> 2).checked_mul(3)?;
        let (front, back) = rest.split_at_mut_checked(start)?;
        let written = ENGINE.encode_slice(back.get(..bytes)?, front).ok()?;
        rest = rest.get_mut(written..)?;
        start = start.checked_add(bytes)?.checked_sub(written)?;
    }
    let mut block = [0; BLOCK];
    let bytes = block.get_mut(..rest.len().checked_sub(start)?)?;
    bytes.copy_from_slice(rest.get(start..)?);
    encode(bytes, rest)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers in a test")]
mod tests {
    use alloc::{string::String, vec, vec::Vec};

    use super::*;

    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /// RFC 4648 section 5, bit by bit.
    fn reference(bytes: &[u8]) -> String {
        let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
        let digit = |bits: &[u8]| (0..6).fold(0, |digit, at| digit << 1 | bits.get(at).copied().unwrap_or(0));
        bits.chunks(6).map(|bits| char::from(ALPHABET[usize::from(digit(bits))])).collect()
    }

    fn bytes(len: usize) -> Vec<u8> {
        (0..len).map(|i| (i * 151 + i / 256 * 7 + 3).to_le_bytes()[0]).collect()
    }

    #[test]
    fn encodes_in_place_and_decodes_into_exact_buffers() {
        for len in (0..1100).chain([1535, 1536, 1537, 3071, 3073, 4096, 10_000, 100_001]) {
            let bytes = bytes(len);
            let mut text = vec![0xee; encoded_len(len)];
            let start = text.len() - len;
            text[start..].copy_from_slice(&bytes);
            encode_in_place(&mut text, len).unwrap();
            assert_eq!(String::from_utf8(text.clone()).unwrap(), reference(&bytes), "{len}");
            assert_eq!(decoded_len(text.len()), len);
            assert_eq!(decode(&text, &mut vec![1; len]).unwrap(), bytes, "{len}");
            assert!(is_valid(&text), "{len}");
            if len > 0 {
                assert!(decode(&text, &mut vec![0; len - 1]).is_none(), "{len}");
            }
        }
        assert!(encode_in_place(&mut [0; 3], 4).is_none());
    }

    #[test]
    fn rejects_what_is_not_canonical() {
        let mut out = [0; 128];
        // 0 to 3 bytes after a stretch that the vector code takes.
        for prefix in ["", "AAAA", &"QUJD".repeat(16)] {
            for bad in [
                "A", "AA=", "AA==", "AAA=", "AB", "AAB", "AA\n", "AA ", " AA", "A A", "A+", "A/", "AA.", "A\0", "AAA~",
                "\u{e9}", "AA\r\n", "=", "====", "AAAAA", "A-=",
            ] {
                let text = [prefix, bad].concat();
                assert!(decode(text.as_bytes(), &mut out).is_none(), "{text}");
                let long = ["AAAA".repeat(BLOCK), text].concat();
                assert!(!is_valid(long.as_bytes()), "{long}");
            }
        }
        assert_eq!(decode(b"-_8", &mut out).unwrap(), [0xfb, 0xff]);
    }

    #[test]
    fn rejects_each_foreign_character_at_each_place() {
        let mut out = [0; 128];
        // An IV's length, and one for the vector code.
        for good in ["QUJD".repeat(4), "QUJD".repeat(24)] {
            for at in 0..good.len() {
                for byte in 0..=255 {
                    let mut text = good.clone().into_bytes();
                    text[at] = byte;
                    assert_eq!(decode(&text, &mut out).is_some(), ALPHABET.contains(&byte), "{byte} at {at}");
                }
            }
        }
    }

    #[test]
    fn trailing_bits_must_be_zero() {
        let mut out = [0; 2];
        for (text, step) in [("AA", 16), ("AAA", 4)] {
            for (value, last) in ALPHABET.iter().enumerate() {
                let mut text = text.as_bytes().to_vec();
                *text.last_mut().unwrap() = *last;
                assert_eq!(decode(&text, &mut out).is_some(), value % step == 0);
            }
        }
    }

    #[test]
    fn lengths() {
        assert_eq!([0, 1, 2, 3, 4].map(encoded_len), [0, 2, 3, 4, 6]);
        assert_eq!([0, 2, 3, 4, 6, 1, 5].map(decoded_len), [0, 1, 2, 3, 4, 0, 3]);
        assert_eq!(encoded_len(usize::MAX), usize::MAX);
    }
}

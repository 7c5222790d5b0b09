//! base64url (RFC 4648 section 5 without padding) against arithmetic.

use jwe_primitives::internals::{base64url_decode, base64url_encode_in_place};

use crate::texts::{Difference, each_below, same};

/// Lengths without vector code, at its beginning, and where it has a rest of each length.
const LONGER: [usize; 8] = [6, 7, 31, 34, 35, 66, 67, 131];

/// The longest text of which each character is tried with each value.
const LONGEST: usize = 200;

pub fn prove(everything: bool) -> Result<u64, Difference> {
    let mut count = 0;
    for len in 0..=if everything { 4 } else { 3 } {
        count += each_below(1 << (8 * len), |number| check(&number.to_le_bytes()[..len]))?;
    }
    for len in LONGER {
        count += tails(len)?;
    }
    count += each_character()?;
    count += encoded()?;
    Ok(count)
}

/// The bytes of a text; `None` if it isn't one.
fn reference(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    for group in text.chunks(4) {
        let mut bits = 0;
        for character in group {
            bits = bits << 6 | value(*character)?;
        }
        // 6 bits are less than a byte; of 12 and 18, the last 4 and 2 are left over, and must be zero.
        let (len, rest) = match group.len() {
            1 => return None,
            len => (len - 1, 6 * len - 8 * (len - 1)),
        };
        if bits & ((1 << rest) - 1) != 0 {
            return None;
        }
        bytes.extend_from_slice(&(bits >> rest).to_be_bytes()[4 - len..]);
    }
    Some(bytes)
}

/// The table of RFC 4648 section 5.
fn value(character: u8) -> Option<u32> {
    let value = match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(value.into())
}

fn check(text: &[u8]) -> Result<(), Difference> {
    let mut out = [0; LONGEST];
    let ours = base64url_decode(text, &mut out).map(|bytes| &*bytes);
    same(text, &ours, &reference(text).as_deref())
}

/// A valid text.
fn valid(len: usize) -> Vec<u8> {
    // "A" at the end, because it leaves no bit over.
    (0..len).map(|at| if at + 1 == len { b'A' } else { b"Zaz059-_Bm"[at % 10] }).collect()
}

/// Every end of two characters, and of three, of a text of this length.
fn tails(len: usize) -> Result<u64, Difference> {
    let tail = if len % 4 == 2 { 2 } else { 3 };
    each_below(1 << (8 * tail), |number| {
        let mut text = valid(len);
        text[len - tail..].copy_from_slice(&number.to_le_bytes()[..tail]);
        check(&text)
    })
}

/// Each byte at each place of a text of each length.
fn each_character() -> Result<u64, Difference> {
    each_below((LONGEST * LONGEST * 256) as u64, |number| {
        let (at, len, byte) =
            ((number >> 8) as usize % LONGEST, (number >> 8) as usize / LONGEST, number.to_le_bytes()[0]);
        let mut text = valid(len);
        if let Some(character) = text.get_mut(at) {
            *character = byte;
        }
        check(&text)
    })
}

/// Each three bytes are encoded to a text that the reference decodes to them; so are fewer, and more.
fn encoded() -> Result<u64, Difference> {
    let round_trip = |bytes: &[u8]| {
        let text_len = (8 * bytes.len()).div_ceil(6);
        let mut text = vec![0; text_len - bytes.len()];
        text.extend_from_slice(bytes);
        let ours = base64url_encode_in_place(&mut text, bytes.len()).ok().and_then(|()| reference(&text));
        same(bytes, &ours.as_deref(), &Some(bytes))
    };
    let mut count = 0;
    for len in 0..=3 {
        count += each_below(1 << (8 * len), |number| round_trip(&number.to_le_bytes()[..len]))?;
    }
    count += each_below((150 * 150 * 256) as u64, |number| {
        let (at, len, byte) = ((number >> 8) as usize % 150, (number >> 8) as usize / 150, number.to_le_bytes()[0]);
        let mut bytes: Vec<u8> = (0..len).map(|i| (i * 151).to_le_bytes()[0]).collect();
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        round_trip(&bytes)
    })?;
    Ok(count)
}

//! The splitter of compact tokens (RFC 7516 section 7.1) against the standard library's `split`.

use jwe_primitives::internals::compact_split;
use jwe_primitives::{ContentEncryptionKey, Error, Jwe};

use crate::texts::{Difference, each_below, every, same};

/// Characters of a tag.
const TAG: usize = 22;

/// A valid header, IV and tag.
const HEADER: &[u8] = b"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0";
const IV: &[u8] = b"AAAAAAAAAAAAAAAA";
const TAG_TEXT: &[u8] = b"AAAAAAAAAAAAAAAAAAAAAA";

pub fn prove(everything: bool) -> Result<u64, Difference> {
    let characters: [&[u8]; 4] = [b".", b"A", b"=", b"\n"];
    let most = if everything { 13 } else { 11 };
    let mut count = every(b"", &characters, most, b"", check)?;
    // Before a last part that is as long as a tag, or differs from one by a character.
    for len in [TAG - 1, TAG, TAG + 1] {
        count += every(b"", &characters, most - 2, &vec![b'A'; len], check)?;
    }
    count += places_of_dots()?;
    // Tokens whose parts are what they should be, or aren't.
    let key = ContentEncryptionKey::from_bytes(&[0; 32]).expect("32 bytes");
    let check = |text: &[u8]| check_token(&key, text);
    let parts: [&[u8]; 6] = [b".", b"..", IV, TAG_TEXT, b"AA", b"="];
    count += every(HEADER, &parts, if everything { 9 } else { 8 }, b"", check)?;
    count += every(HEADER, &parts, if everything { 8 } else { 7 }, &[b".", TAG_TEXT].concat(), check)?;
    Ok(count)
}

/// The parts of a text with four dots. With more, the last part decides: one that is as long as a tag leaves the others
/// in the ciphertext, which isn't base64url then.
fn reference(text: &[u8]) -> Result<[&[u8]; 5], Error> {
    let parts: Vec<&[u8]> = text.split(|byte| *byte == b'.').collect();
    let last = parts.last().copied().unwrap_or_default();
    if parts.len() < 5 || parts.len() > 5 && last.len() != TAG {
        return Err(Error::PartCount);
    }
    let before = parts[0].len() + parts[1].len() + parts[2].len() + 3;
    Ok([parts[0], parts[1], parts[2], &text[before..text.len() - last.len() - 1], last])
}

fn check(text: &[u8]) -> Result<(), Difference> {
    same(text, &compact_split(text), &reference(text))
}

/// Only five parts get as far as a decryption, and only they aren't reported as another number of parts.
fn check_token(key: &ContentEncryptionKey, text: &[u8]) -> Result<(), Difference> {
    let five = text.iter().filter(|byte| **byte == b'.').count() == 4;
    let ours = Jwe::parse(text).and_then(|jwe| key.decrypt(&jwe).map(|_| ()));
    if five {
        same(text, &(ours == Err(Error::PartCount)), &false)
    } else {
        // What comes before a sixth part may be wrong as well, and is reported first.
        same(text, &matches!(ours, Ok(()) | Err(Error::Decryption)), &false)
    }
}

/// Two dots at any two places, since the first ones are looked for sixteen bytes at a time.
fn places_of_dots() -> Result<u64, Difference> {
    const LEN: u64 = 100;
    each_below(LEN * LEN * LEN, |number| {
        let (len, first, second) = (number % LEN, number / LEN % LEN, number / LEN / LEN);
        let mut text = vec![b'A'; usize::try_from(len).unwrap_or_default()];
        for place in [first, second] {
            if let Some(byte) = text.get_mut(usize::try_from(place).unwrap_or_default()) {
                *byte = b'.';
            }
        }
        // Four dots are needed: two more at the end.
        text.extend_from_slice(b"..");
        check(&text)
    })
}

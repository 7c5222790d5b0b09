//! Slow, literal readers of the same formats, written apart from the crate: what it does is compared with them.

use jwe_primitives::{Error, Jwe, Part, RegisteredName};
use sha2::{Digest as _, Sha256};

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

/// A member of the outermost object: its name, unescaped, and the text of its value.
pub type Member<'a> = (String, &'a str);

/// Reads one JSON object from front to back and stops at the first rule that it breaks.
///
/// The structure is read here, on a stack; strings are given to `serde_json` one by one.
///
/// # Errors
/// As the crate's: depth 16, 64 names open at once, a name twice in its object, anything but RFC 8259.
#[expect(clippy::too_many_lines, reason = "one arm for each case of the grammar")]
pub fn object(text: &[u8]) -> Result<Vec<Member<'_>>, Error> {
    let text = std::str::from_utf8(text).map_err(|_| Error::HeaderSyntax)?;
    let mut members: Vec<Member<'_>> = Vec::new();
    // The names of each open object; `None` for an open array.
    let mut open: Vec<Option<Vec<String>>> = Vec::new();
    let (mut want, mut at, mut value_at) = (Want::Value, 0, 0);
    loop {
        at += text[at..].bytes().take_while(|byte| b" \t\r\n".contains(byte)).count();
        let Some(byte) = text.as_bytes().get(at).copied() else {
            return if want == Want::Nothing { Ok(members) } else { Err(Error::HeaderSyntax) };
        };
        if matches!(want, Want::Value | Want::ValueOrClose) && byte != b']' && open.len() == 1 {
            value_at = at;
        }
        let mut value_ended = false;
        match (byte, want) {
            (b'{', Want::Value | Want::ValueOrClose) => {
                open.push(Some(Vec::new()));
                (want, at) = (Want::NameOrClose, at + 1);
            }
            (b'[', Want::Value | Want::ValueOrClose) if !open.is_empty() => {
                open.push(None);
                (want, at) = (Want::ValueOrClose, at + 1);
            }
            (b'}', Want::NameOrClose | Want::CommaOrClose) if matches!(open.last(), Some(Some(_))) => {
                (at, value_ended) = (at + 1, true);
                open.pop();
            }
            (b']', Want::ValueOrClose | Want::CommaOrClose) if matches!(open.last(), Some(None)) => {
                (at, value_ended) = (at + 1, true);
                open.pop();
            }
            (b',', Want::CommaOrClose) => {
                want = if matches!(open.last(), Some(Some(_))) { Want::Name } else { Want::Value };
                at += 1;
            }
            (b':', Want::Colon) => (want, at) = (Want::Value, at + 1),
            (b'"', Want::Name | Want::NameOrClose) => {
                let (name, end) = string(text, at)?;
                let count: usize = open.iter().flatten().map(Vec::len).sum();
                let names = open.last_mut().and_then(Option::as_mut).ok_or(Error::HeaderSyntax)?;
                if names.contains(&name) {
                    return Err(Error::DuplicateParameter(RegisteredName::of(&name)));
                }
                if count == 64 {
                    return Err(Error::HeaderTooLong);
                }
                names.push(name.clone());
                if open.len() == 1 {
                    members.push((name, ""));
                }
                (want, at) = (Want::Colon, end);
            }
            (_, Want::Value | Want::ValueOrClose) if !open.is_empty() => {
                at = scalar(text, at)?;
                value_ended = true;
            }
            _ => return Err(Error::HeaderSyntax),
        }
        if open.len() > 16 {
            return Err(Error::HeaderSyntax);
        }
        if value_ended {
            want = if open.is_empty() { Want::Nothing } else { Want::CommaOrClose };
            if let ([Some(_)], Some(member)) = (open.as_slice(), members.last_mut()) {
                member.1 = &text[value_at..at];
            }
        }
    }
}

/// What may come next in a JSON text.
#[derive(Clone, Copy, PartialEq)]
enum Want {
    Value,
    ValueOrClose,
    Name,
    NameOrClose,
    Colon,
    CommaOrClose,
    Nothing,
}

/// The string whose first quote is at `at`, and where it ends.
fn string(text: &str, at: usize) -> Result<(String, usize), Error> {
    let mut escaped = false;
    let len = text[at + 1..].bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    let end = at + 2 + len.ok_or(Error::HeaderSyntax)?;
    let string = serde_json::from_str(&text[at..end]).map_err(|_| Error::HeaderSyntax)?;
    Ok((string, end))
}

/// Where the string, number or literal at `at` ends.
fn scalar(text: &str, at: usize) -> Result<usize, Error> {
    if text[at..].starts_with('"') {
        return string(text, at).map(|(_, end)| end);
    }
    let len = text[at..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
    let token = &text[at..at + len];
    if matches!(token, "true" | "false" | "null") || number(token) { Ok(at + len) } else { Err(Error::HeaderSyntax) }
}

/// RFC 8259 section 6. Not by `serde_json`, which rejects what its own types can't hold.
fn number(token: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match token.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (token, "0"),
    };
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let integer = integer.strip_prefix('-').unwrap_or(integer);
    let leading_zero = integer.len() > 1 && integer.starts_with('0');
    digits(integer) && !leading_zero && digits(fraction) && digits(exponent)
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
    let algorithm = header_rules(&object(&header)?)?;
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

/// The rules for the members of a header, in their documented order. Returns `alg`.
///
/// # Errors
/// As `Jwe::parse`.
pub fn header_rules(members: &[Member<'_>]) -> Result<&'static str, Error> {
    let get = |name| members.iter().find(|member| member.0 == name).map(|member| member.1);
    let string = |name| get(name).and_then(|json| serde_json::from_str::<String>(json).ok());
    let has = |name| get(name).is_some();
    if has("crit") {
        return Err(Error::Critical);
    }
    if has("zip") {
        return Err(Error::Compression);
    }
    // What is no string has no name, and neither has what is absent: an error says which, and nothing can make one here.
    let found = |name| string(name).map(|value| RegisteredName::of(&value));
    let algorithm = match string("alg").as_deref() {
        Some("dir") => "dir",
        Some("RSA-OAEP-256") => "RSA-OAEP-256",
        _ => return Err(Error::UnsupportedAlgorithm(found("alg").unwrap_or_else(|| unnamed(has("alg"))))),
    };
    if string("enc").as_deref() != Some("A256GCM") {
        return Err(Error::UnsupportedEncryption(found("enc").unwrap_or_else(|| unnamed(has("enc")))));
    }
    let not_a_string = |member: &&Member<'_>| {
        ["kid", "typ", "cty"].contains(&&*member.0) && serde_json::from_str::<String>(member.1).is_err()
    };
    if let Some(member) = members.iter().find(not_a_string) {
        return Err(Error::ParameterType(RegisteredName::of(&member.0)));
    }
    Ok(algorithm)
}

/// What an error names that is not a string, or absent.
fn unnamed(present: bool) -> RegisteredName {
    let header = if present { r#"{"alg":1}"# } else { "{}" };
    let token = [&encode(header.as_bytes()), "..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA"].concat();
    match Jwe::parse(&token) {
        Err(Error::UnsupportedAlgorithm(name)) => name,
        other => panic!("{other:?}"),
    }
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

//! Key text before its format is read: its length, a byte order mark, and what it is where another format belongs.

use crate::error::{KeyError, KeyFormat};
use crate::json::UncheckedValue;

/// The longest key text, in bytes: an 8192-bit PKCS#8 PEM has 6.4 KiB. It bounds what a rejected text costs.
pub(super) const MAX_KEY_LEN: usize = 65_536;

/// Checks the length and skips a byte order mark, which tools of Windows write before UTF-8.
pub(super) fn trim(text: &str, max_len: usize) -> Result<&str, KeyError> {
    let text = text.trim_ascii();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > max_len { Err(KeyError::TooLong) } else { Ok(text) }
}

/// Strips blanks and byte order marks from around a line that holds nothing secret: in two files that were joined, the
/// second mark is in the middle.
pub(super) fn bare(line: &str) -> &str {
    line.trim_matches(|character: char| character.is_ascii_whitespace() || character == '\u{feff}')
}

/// The error for bytes that are not in the format `wanted`: that there are none, which other one they are in, or
/// `otherwise`.
pub(super) fn unreadable(bytes: &[u8], wanted: &[KeyFormat], otherwise: KeyError) -> KeyError {
    if bytes.trim_ascii().is_empty() {
        return KeyError::Empty;
    }
    let found = KeyFormat::recognize(bytes).filter(|found| !wanted.contains(found));
    found.map_or(otherwise, KeyError::UnexpectedFormat)
}

impl KeyFormat {
    /// Recognizes formats by how they begin. Only the first bytes are compared, and those say nothing of a key.
    fn recognize(bytes: &[u8]) -> Option<Self> {
        let text = bytes.trim_ascii();
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        // What a lossy conversion makes of the byte order mark of UTF-16.
        let text = text.strip_prefix("\u{fffd}\u{fffd}".as_bytes()).unwrap_or(text);
        match text {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'-' | b'{' | b'M', 0, ..] | [0, b'-' | b'{' | b'M', ..] => {
                Some(Self::Utf16)
            }
            [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => Some(Self::JavaKeystore),
            [b'{', ..] => Self::recognize_json(text),
            _ if text.starts_with(b"-----BEGIN ") => Some(Self::Pem),
            _ if text.starts_with(b"openssh-key-v1\0") => Some(Self::OpenSshPrivate),
            _ if text.starts_with(b"ssh-") || text.starts_with(b"---- BEGIN SSH2 ") => Some(Self::OpenSshPublic),
            // A SEQUENCE with a length of more than one byte, and not the end of a PEM block.
            _ if text.starts_with(b"MI") && !text.ends_with(b"-") => Some(Self::recognize_base64(text)),
            _ => None,
        }
    }

    fn recognize_json(text: &[u8]) -> Option<Self> {
        let has = |name| matches!(UncheckedValue::of_member(text, name), Ok(Some(_)));
        if has("keys") { Some(Self::JwkSet) } else { has("kty").then_some(Self::Jwk) }
    }

    fn recognize_base64(text: &[u8]) -> Self {
        let has = |wanted: &[u8]| text.iter().any(|byte| wanted.contains(byte));
        let unpadded = !text.len().is_multiple_of(4) && !has(b"= \r\n");
        if unpadded || has(b"-_") { Self::Base64UrlDer } else { Self::Base64Der }
    }
}

//! Key text before its format is read: its length, a byte order mark, and what it is where another format belongs.

use crate::error::KeyError;
use crate::key_format::KeyFormat;

/// Trims the text, with the byte order mark that tools of Windows write before UTF-8, and checks its length.
pub(super) fn within(text: &str, max_len: usize) -> Result<&str, KeyError> {
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

//! Key text before its format is read: its length, a byte order mark, and what it is where another format belongs.

use crate::error::KeyError;
use crate::json::JsonError;
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
    let text = bytes.trim_ascii();
    if text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text).trim_ascii().is_empty() {
        return KeyError::Empty;
    }
    let found = KeyFormat::recognize(bytes).filter(|found| !wanted.contains(found));
    found.map_or(otherwise, KeyError::UnexpectedFormat)
}

/// The error for JSON that can't be read, named as far as users make the same mistakes. A text may be secret: only braces
/// decide here, which no number of a key has.
pub(super) fn json_error(text: &str, error: JsonError) -> KeyError {
    match error {
        JsonError::Duplicate(name) => KeyError::DuplicateMember(name),
        JsonError::TooManyNames => KeyError::TooManyMembers,
        JsonError::TrailingComma => KeyError::TrailingComma,
        JsonError::Syntax if text.starts_with('{') && !text.ends_with('}') => KeyError::JsonEnd,
        JsonError::Syntax => KeyError::Json,
    }
}

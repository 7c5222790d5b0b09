//! How the program ends early, and what it says then.

use core::fmt::{Display, Write as _};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use jwe_primitives::Error;

use crate::advice;

/// Why the program ends early.
pub(crate) enum Stop {
    Usage(String),
    Failed(String),
    /// The reader of our output has seen enough of it.
    BrokenPipe,
}

impl Stop {
    pub(crate) fn report(&self) -> ExitCode {
        let (message, status) = match self {
            Self::Usage(message) => (format!("{message} (see jwe --help)"), 2),
            Self::Failed(message) => (message.clone(), 1),
            Self::BrokenPipe => return ExitCode::FAILURE,
        };
        complain(&message);
        ExitCode::from(status)
    }
}

impl From<lexopt::Error> for Stop {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

/// For what no file is to blame for: a key that can't be made or written.
impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(advice::explain(error))
    }
}

pub(crate) fn usage<T>(message: impl Display) -> Result<T, Stop> {
    Err(Stop::Usage(message.to_string()))
}

pub(crate) fn failed(path: &Path, reason: impl Display) -> Stop {
    let name = if is_standard(path) { "standard input".into() } else { path.to_string_lossy() };
    Stop::Failed(format!("{name}: {reason}"))
}

/// What the library says about the content of a file.
pub(crate) fn rejected(path: &Path, error: Error) -> Stop {
    failed(path, advice::explain(error))
}

/// What the command line asks for and the format forbids is wrong usage.
pub(crate) fn named<T>(option: &str, result: Result<T, Error>) -> Result<T, Stop> {
    result.or_else(|error| usage(format!("{option}: {}", advice::explain(error))))
}

/// Returns whether this is the name of standard input or output.
pub(crate) fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// Writes one line to standard error. If even that fails, nobody is left to tell.
pub(crate) fn complain(message: &str) {
    let _ = writeln!(io::stderr().lock(), "jwe: {}", printable(message));
}

/// Prepares a stranger's text for a terminal: what could move the cursor, hide or reorder text becomes JSON's `\u`
/// escape. Outside of its strings, JSON has no such characters except line breaks and tabs, so JSON stays JSON.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '\t' | '\n' | '\r' => out.push(' '),
            ' '..='~' => out.push(character),
            _ if character.escape_debug().len() == 1 => out.push(character),
            _ => character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(out, "\\u{unit:04x}");
            }),
        }
    }
    out
}

//! What all commands do with their arguments.

use core::fmt::Display;
use core::str::FromStr;

use lexopt::prelude::*;

use crate::files::write_out;
use crate::help::{VERSION, options};
use crate::stop::{Stop, usage};

/// Handles the options that every command has; anything else is wrong.
pub(crate) fn general(argument: lexopt::Arg<'_>, help: &str) -> Result<(), Stop> {
    match argument {
        Short('h') | Long("help") => write_out(&[help.as_bytes()]),
        Short('V') | Long("version") => write_out(&[VERSION.as_bytes()]),
        Long(name) => {
            let near = nearest(name, options(help).map(|option| option.name)).map(|near| format!("--{near}"));
            usage(format!("unknown option '--{name}'{}", suggestion(near.as_deref())))
        }
        other => Err(other.unexpected().into()),
    }
}

/// Stores an argument that may be given once.
pub(crate) fn once<T>(slot: &mut Option<T>, what: &str, value: T) -> Result<(), Stop> {
    if slot.replace(value).is_some() { usage(format!("more than one {what}")) } else { Ok(()) }
}

/// The value of an option; an error names that option.
pub(crate) fn parsed<T: FromStr<Err: Display>>(option: &str, arguments: &mut lexopt::Parser) -> Result<T, Stop> {
    let text = string(option, arguments)?;
    text.parse().or_else(|error| usage(format!("{option}: '{text}': {error}")))
}

pub(crate) fn string(option: &str, arguments: &mut lexopt::Parser) -> Result<String, Stop> {
    let value = arguments.value()?;
    value.into_string().or_else(|_| usage(format!("{option}: the value is not UTF-8")))
}

/// The end of a message about a word that is unknown.
pub(crate) fn suggestion(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

/// The word that was probably meant: one that begins like this, or else the one with the fewest typing errors, if they
/// are few for its length.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let errors = |known: &str| if known.starts_with(word) { 0 } else { distance(word, known) };
    let near = known.map(|known| (errors(known), known)).min()?;
    (near.0 <= near.1.len().div_ceil(3) && word.len() > 1).then_some(near.1)
}

/// How many characters have to be inserted, removed or replaced to make `b` of `a` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    // The distances of what was read of `a` from each beginning of `b`, the empty one apart.
    let mut row: Vec<usize> = (1..).take(b.chars().count()).collect();
    for (read, from) in a.chars().enumerate() {
        let (mut before, mut left) = (read, read.saturating_add(1));
        for (to, cell) in b.chars().zip(&mut row) {
            let replaced = before.saturating_add(usize::from(from != to));
            before = *cell;
            left = replaced.min(left.min(*cell).saturating_add(1));
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_else(|| a.chars().count())
}

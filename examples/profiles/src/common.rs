//! What all profiles need: steps and envelopes on the terminal, expectations, and messages that are broken on purpose.

use core::fmt::Display;
use std::error::Error as StdError;
use std::time::SystemTime;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use jwe_primitives::Jwe;
use serde_json::{Value, json};

pub(crate) type Fallible<T = ()> = Result<T, Box<dyn StdError>>;

pub(crate) fn step(text: &str) {
    println!("\n{text}");
}

/// Shows an envelope, and the header of the token in its member `name`.
pub(crate) fn show(envelope: &Value, name: &str) -> Fallible {
    let token = member(envelope, name)?;
    println!("   header   {}", Jwe::parse(token)?.unverified_header().as_json());
    println!("   envelope {}", with_member(envelope, name, shortened(token, 24).into()));
    Ok(())
}

pub(crate) fn shortened(text: &str, characters: usize) -> String {
    text.chars().take(characters).chain("...".chars()).collect()
}

pub(crate) fn member<'e>(envelope: &'e Value, name: &str) -> Fallible<&'e str> {
    Ok(envelope.get(name).and_then(Value::as_str).ok_or_else(|| format!("no string `{name}`"))?)
}

/// The object with another value for a member, or without it for `null`.
pub(crate) fn with_member(object: &Value, name: &str, value: Value) -> Value {
    let mut object = object.clone();
    if let Value::Object(members) = &mut object {
        match value {
            Value::Null => members.remove(name),
            value => members.insert(name.to_owned(), value),
        };
    }
    object
}

/// The token with another text for one of its parts.
pub(crate) fn with_part(token: &str, part: usize, text: &str) -> String {
    let parts = token.split('.').enumerate().map(|(at, old)| if at == part { text } else { old });
    parts.collect::<Vec<_>>().join(".")
}

/// The token as one of other algorithms: they are rejected before anything else is looked at.
pub(crate) fn with_header(token: &str, alg: &str, enc: &str) -> String {
    with_part(token, 0, &BASE64URL.encode(json!({"alg": alg, "enc": enc}).to_string()))
}

pub(crate) fn unix_time() -> Fallible<u64> {
    Ok(SystemTime::UNIX_EPOCH.elapsed()?.as_secs())
}

pub(crate) fn ensure(condition: bool, expectation: &str) -> Fallible {
    if condition { Ok(()) } else { Err(expectation.into()) }
}

/// The receiver must reject, and for this reason.
pub(crate) fn expect_rejection<T>(what: &str, outcome: Fallible<T>, reason: impl Display) -> Fallible {
    let Err(error) = outcome else { return Err(format!("accepted: {what}").into()) };
    println!("   rejected: {what}: {error}");
    let (error, reason) = (error.to_string(), reason.to_string());
    ensure(error == reason, &format!("{what}: rejected, but the reason should be: {reason}"))
}

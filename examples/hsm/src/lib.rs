//! What both examples need around the interesting part: messages that are broken on purpose, and expectations.

use core::error::Error;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// A result whose error can come from anywhere.
pub type Fallible<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// An error that says what was expected, unless it is so.
///
/// # Errors
/// `expectation`, if the condition doesn't hold.
pub fn ensure(condition: bool, expectation: &str) -> Fallible {
    if condition { Ok(()) } else { Err(expectation.into()) }
}

/// Checks that a message was rejected as every message must be whose fault shows only to the private key or after
/// it: with [`jwe_primitives::Error::Decryption`].
///
/// # Errors
/// What happened instead.
pub fn expect_rejection(what: &str, result: Fallible<Vec<u8>>) -> Fallible {
    let Err(error) = result else { return Err(format!("{what}: it was decrypted").into()) };
    println!("   {what}: {error}");
    match error.downcast_ref() {
        Some(jwe_primitives::Error::Decryption) => Ok(()),
        _ => Err(error),
    }
}

/// Checks that a message was rejected for `reason`, which anybody can see in its text.
///
/// # Errors
/// What happened instead.
pub fn expect_public_rejection(what: &str, result: Fallible<Vec<u8>>, reason: jwe_primitives::Error) -> Fallible {
    let Err(error) = result else { return Err(format!("{what}: it was decrypted").into()) };
    println!("   {what}: {error}");
    if error.downcast_ref() == Some(&reason) { Ok(()) } else { Err(error) }
}

/// The token with another encrypted key, its second part.
#[must_use]
pub fn with_encrypted_key(token: &str, encrypted_key: &[u8]) -> String {
    let mut parts: Vec<&str> = token.split('.').collect();
    let encoded = BASE64_URL_SAFE_NO_PAD.encode(encrypted_key);
    if let Some(part) = parts.get_mut(1) {
        *part = &encoded;
    }
    parts.join(".")
}

/// The token with another tag, its last part.
#[must_use]
pub fn with_tag_of_zeros(token: &str) -> String {
    let rest = token.rsplit_once('.').map_or(token, |(rest, _)| rest);
    format!("{rest}.{}", BASE64_URL_SAFE_NO_PAD.encode([0; 16]))
}

/// The bytes with one bit of the last one changed.
#[must_use]
pub fn tampered(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    bytes
}

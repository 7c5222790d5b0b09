//! Tokens, whole or changed, against another implementation.

use arbitrary::{Arbitrary, Unstructured};
use jwe_primitives::{Error, Part};
use serde_json::Value;

use super::forge::{Change, EncodedMessage, Recipe};
use super::keys::{DIR, RSA};
use super::open::{Key, open};
use super::reference::{self, Member};

/// What another implementation finds in a token: for `dir` if the flag is set, else for `RSA-OAEP-256`.
pub type Peer<'p> = &'p dyn Fn(bool, &[u8]) -> Option<Vec<u8>>;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    /// For RSA.
    message: Option<EncodedMessage>,
    changes: Vec<Change>,
    recipe: Recipe<'a>,
}

/// A token: text as it is, or a recipe, which no text begins like. With the kind of key to try it with.
fn token(data: &[u8]) -> Option<(bool, Vec<u8>)> {
    let [0x80..=0xff, rest @ ..] = data else {
        let dir = lenient_header(data).get("alg").is_some_and(|algorithm| algorithm == "dir");
        return Some((dir, data.to_vec()));
    };
    let input = Input::arbitrary_take_rest(Unstructured::new(rest)).ok()?;
    let sealed = match &input.message {
        None => input.recipe.dir(),
        Some(message) => input.recipe.rsa(message)?,
    };
    let mut text = sealed.into_bytes();
    for change in &input.changes {
        change.apply(&mut text);
    }
    Some((input.message.is_none(), text))
}

/// A token's header without this crate's own rules, or `null`.
#[must_use]
pub fn lenient_header(text: &[u8]) -> Value {
    let header = text.split(|byte| *byte == b'.').next().and_then(reference::decode).unwrap_or_default();
    serde_json::from_slice(&header).unwrap_or_default()
}

fn ours(dir: bool, text: &[u8]) -> Result<Vec<u8>, Error> {
    open(if dir { Key::Dir(&DIR) } else { Key::Rsa(&RSA) }, text)
}

/// Without a peer: this crate and the reference alone.
///
/// # Panics
/// On a finding.
pub fn run_alone(data: &[u8]) {
    if let Some((dir, text)) = token(data) {
        let _ = ours(dir, &text);
    }
}

/// # Panics
/// On a finding.
pub fn run(data: &[u8], peer: Peer<'_>) {
    let Some((dir, text)) = token(data) else { return };
    match (ours(dir, &text), peer(dir, &text)) {
        (Ok(ours), Some(theirs)) => assert_eq!(ours, theirs, "one token, one plaintext"),
        (Ok(_), None) => assert!(rejected_by_the_peer_alone(&text), "opens here and not there"),
        (Err(error), Some(_)) => assert!(explained(error, &text), "opens there and not here: {error}"),
        (Err(_), None) => {}
    }
}

/// Whether a token that the peer opens is rejected here for a rule that the peer doesn't have, and really breaks it.
fn explained(error: Error, text: &[u8]) -> bool {
    let parts: Vec<&[u8]> = text.split(|byte| *byte == b'.').collect();
    let header = parts.first().and_then(|header| reference::decode(header)).unwrap_or_default();
    let lenient = lenient_header(text);
    match error {
        // RFC 7516 section 4: the peer takes the last of two members.
        Error::DuplicateParameter(_) => reference::object(&header) == Err(error),
        // Deeper than 16.
        Error::HeaderSyntax => header.iter().filter(|byte| b"[{".contains(byte)).count() > 16,
        Error::HeaderTooLong => header.len() > 12_288 || header.split(|byte| *byte == b':').count() > 65,
        // RFC 7516 section 4.1.13: the peer doesn't look at it.
        Error::Critical => lenient.get("crit").is_some(),
        // The peer inflates.
        Error::Compression => lenient.get("zip").is_some(),
        // The peer has five more of them.
        Error::UnsupportedEncryption(_) => lenient.get("enc").is_some_and(|enc| enc != "A256GCM"),
        // RFC 7518 section 5.3: the peer leaves the lengths to OpenSSL.
        Error::PartLength(Part::Iv) => parts[2].len() != 16,
        Error::PartLength(Part::Tag) => parts[4].len() != 22,
        // RFC 8017 section 7.1.2 step 1.b: OpenSSL takes an encrypted key without its leading zeros.
        Error::PartLength(Part::EncryptedKey) => parts[1].len() < 342,
        _ => false,
    }
}

/// Whether the peer rejects the header for a rule of its own.
fn rejected_by_the_peer_alone(text: &[u8]) -> bool {
    let header = text.split(|byte| *byte == b'.').next().and_then(reference::decode).unwrap_or_default();
    // Numbers that no `f64` holds.
    if lenient_header(text).is_null() {
        return true;
    }
    // Types of members that mean nothing here.
    let typed = |member: &Member<'_>| {
        let names = ["jku", "x5u", "url", "iss", "sub", "aud", "x5t", "x5t#S256", "nonce", "apu", "apv", "x5c", "jwk"];
        names.contains(&member.0.as_str())
    };
    reference::object(&header).is_ok_and(|members| members.iter().any(typed))
}

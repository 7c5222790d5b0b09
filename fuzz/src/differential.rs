//! Tokens, whole or changed, against another implementation.

use arbitrary::{Arbitrary, Unstructured};
use jwe_primitives::{Error, Part};
use serde_json::Value;

use super::forge::{CEK, Change, EncodedMessage, Recipe};
use super::keys::{DIR, RSA};
use super::open::{Key, open};
use super::received_header::{self, Member};
use super::reference;

/// What another implementation finds in a token: for `dir` if the flag is set, else for `RSA-OAEP-256`.
pub type Peer<'p> = &'p dyn Fn(bool, &[u8]) -> Option<Vec<u8>>;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    /// For RSA.
    message: Option<EncodedMessage>,
    changes: Vec<Change>,
    recipe: Recipe<'a>,
}

/// A token, and what is known of it.
struct Token {
    /// The kind of key to try it with.
    dir: bool,
    text: Vec<u8>,
    /// The plaintext, if the token is one that must decrypt.
    plaintext: Option<Vec<u8>>,
}

/// A token: text as it is, or a recipe, which no text begins like.
fn token(data: &[u8]) -> Option<Token> {
    let [0x80..=0xff, rest @ ..] = data else {
        let dir = lenient_header(data).get("alg").is_some_and(|algorithm| algorithm == "dir");
        return Some(Token { dir, text: data.to_vec(), plaintext: None });
    };
    let input = Input::arbitrary_take_rest(Unstructured::new(rest)).ok()?;
    let dir = input.message.is_none();
    let sealed = match &input.message {
        None => input.recipe.dir(),
        Some(message) => input.recipe.rsa(message)?,
    };
    let mut text = sealed.clone().into_bytes();
    for change in &input.changes {
        change.apply(&mut text);
    }
    let algorithm = if dir { "dir" } else { "RSA-OAEP-256" };
    let cek =
        input.message.as_ref().is_none_or(|message| reference::oaep_decode(&message.bytes(256, &CEK)) == Some(CEK));
    let legal = text == sealed.as_bytes() && reference::token(&text).is_ok_and(|token| token.algorithm == algorithm);
    let plaintext = (cek && legal).then(|| input.recipe.plaintext());
    Some(Token { dir, text, plaintext })
}

/// A token's header without this crate's own rules, or `null`.
#[must_use]
pub fn lenient_header(text: &[u8]) -> Value {
    let header = text.split(|byte| *byte == b'.').next().and_then(reference::decode).unwrap_or_default();
    serde_json::from_slice(&header).unwrap_or_default()
}

impl Token {
    /// What this crate makes of it, which the reference and the recipe must allow.
    fn ours(&self) -> Result<Vec<u8>, Error> {
        let opened = open(if self.dir { Key::Dir(&DIR) } else { Key::Rsa(&RSA) }, &self.text);
        assert!(self.plaintext.is_none() || self.plaintext.as_ref() == opened.as_ref().ok(), "it must open");
        opened
    }
}

/// Without a peer: this crate, the reference and the recipe alone.
///
/// # Panics
/// On a finding.
pub fn run_alone(data: &[u8]) {
    if let Some(token) = token(data) {
        let _ = token.ours();
    }
}

/// What comes of an input without a peer, for a look at what a corpus has: whether the token is for `dir`, what this
/// crate makes of it, and whether a peer may decrypt it that has fewer rules.
///
/// # Panics
/// On a finding.
#[must_use]
pub fn outcome(data: &[u8]) -> Option<(bool, Result<(), Error>, bool)> {
    let token = token(data)?;
    let ours = token.ours().map(drop);
    let may_open = ours.is_err_and(|error| has_lengths_of_a256gcm(&token.text) && explained(error, &token.text));
    Some((token.dir, ours, may_open))
}

/// # Panics
/// On a finding.
pub fn run(data: &[u8], peer: Peer<'_>) {
    let Some(token) = token(data) else { return };
    let ours = token.ours();
    let (dir, text) = (token.dir, token.text);
    if !has_lengths_of_a256gcm(&text) {
        assert!(ours.is_err());
        return;
    }
    match (ours, peer(dir, &text)) {
        (Ok(ours), Some(theirs)) => assert_eq!(ours, theirs, "one token, one plaintext"),
        (Ok(_), None) => assert!(rejected_by_the_peer_alone(&text), "opens here and not there"),
        (Err(error), Some(_)) => assert!(explained(error, &text), "opens there and not here: {error}"),
        (Err(_), None) => {}
    }
}

/// RFC 7518 section 5.3. An input with an IV or a tag of another length is skipped for the peer.
fn has_lengths_of_a256gcm(text: &[u8]) -> bool {
    let lengths: Vec<usize> = text.split(|byte| *byte == b'.').map(<[u8]>::len).collect();
    lengths.get(2) == Some(&16) && lengths.get(4) == Some(&22)
}

/// Whether a token that the peer opens is rejected here for a rule beyond the format that both read, and really breaks
/// it.
fn explained(error: Error, text: &[u8]) -> bool {
    let parts: Vec<&[u8]> = text.split(|byte| *byte == b'.').collect();
    let header = parts.first().and_then(|header| reference::decode(header)).unwrap_or_default();
    let lenient = lenient_header(text);
    match error {
        // RFC 7516 section 4, and the limits.
        Error::HeaderTooLong if header.len() > 12_288 => true,
        _ if received_header::object(&header) == Err(error) => true,
        // RFC 7516 section 4.1.13: no extension is supported.
        Error::Critical => lenient.get("crit").is_some(),
        // RFC 7516 section 4.1.3: nothing is decompressed.
        Error::Compression => lenient.get("zip").is_some(),
        // RFC 7518 section 5.1: one of six.
        Error::UnsupportedEncryption(_) => lenient.get("enc").is_some_and(|enc| enc != "A256GCM"),
        // RFC 8017 section 7.1.2 step 1.b: no leading zero byte is left out.
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
    let typed = |member: &Member| {
        let names = ["jku", "x5u", "url", "iss", "sub", "aud", "x5t", "x5t#S256", "nonce", "apu", "apv", "x5c", "jwk"];
        names.contains(&member.name.as_str())
    };
    received_header::object(&header).is_ok_and(|members| members.iter().any(typed))
}

//! Any bytes as a token.

use jwe_primitives::{Error, Jwe, Limits};

use super::keys::DIR;
use super::open::{Key, open};
use super::reference;

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    let parsed = Jwe::parse(data);
    same_in_a_buffer(data, parsed.as_ref().map_err(|error| *error));
    limits_are_exact(data, parsed.as_ref().err().copied());
    if let Ok(jwe) = parsed {
        assert_eq!(rebuilt(&jwe, data), data, "what parses is in canonical form");
        assert!(!format!("{jwe:?}").is_empty());
    }
    // All errors, those of a decryption included, are the reference's.
    let _ = open(Key::Dir(&DIR), data);
}

/// The token from its decoded parts: the first two are the crate's, it shows no others.
fn rebuilt(jwe: &Jwe<'_>, text: &[u8]) -> Vec<u8> {
    let token = reference::token(text).expect("the reference reads it, too");
    let header = jwe.unverified_header().as_json().as_bytes();
    let [header, key, iv, tag] = [header, jwe.encrypted_key(), &token.iv, &token.tag].map(reference::encode);
    // What is wrong with a ciphertext is told when it is decrypted.
    let malformed = || text[header.len() + key.len() + iv.len() + 3..text.len() - tag.len() - 1].to_vec();
    let ciphertext = token.ciphertext.map_or_else(|_| malformed(), |bytes| reference::encode(&bytes).into_bytes());
    [header.as_bytes(), key.as_bytes(), iv.as_bytes(), &ciphertext, tag.as_bytes()].join(&b'.')
}

fn same_in_a_buffer(data: &[u8], parsed: Result<&Jwe<'_>, Error>) {
    let mut parts = data.split(|byte| *byte == b'.').map(<[u8]>::len);
    let (header, key) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    let needed = header * 6 / 8 + (key * 6 / 8).min(1024);
    for len in [Jwe::SCRATCH_LEN, needed] {
        let mut scratch = vec![0xdd; len];
        match (parsed, Jwe::parse_in(data, &mut scratch)) {
            (Ok(a), Ok(b)) => {
                assert_eq!(a.unverified_header(), b.unverified_header());
                assert_eq!(a.encrypted_key(), b.encrypted_key());
                assert_eq!((a.algorithm(), a.plaintext_len()), (b.algorithm(), b.plaintext_len()));
            }
            (a, b) => assert_eq!(a.err(), b.err(), "with {len} bytes"),
        }
    }
    if parsed.is_ok() {
        let short = Jwe::parse_in(data, &mut vec![0; needed - 1]).map(|_| ());
        assert_eq!(short, Err(Error::BufferTooSmall));
    }
}

fn limits_are_exact(data: &[u8], error: Option<Error>) {
    let header = data.split(|byte| *byte == b'.').next().map_or(0, <[u8]>::len);
    let with = |limits| Jwe::parse_with_limits(data, limits).err();
    assert_eq!(with(Limits::new().with_token_len(data.len())), error);
    if let Some(less) = data.len().checked_sub(1) {
        assert_eq!(with(Limits::new().with_token_len(less)), Some(Error::TokenTooLong));
    }
    if error != Some(Error::HeaderTooLong) {
        assert_eq!(with(Limits::new().with_header_len(header)), error);
    }
    if let (Some(less), true) = (header.checked_sub(1), error != Some(Error::PartCount)) {
        assert_eq!(with(Limits::new().with_header_len(less)), Some(Error::HeaderTooLong));
    }
}

//! Changes to a `dir` token: only the token itself opens.

use arbitrary::{Arbitrary, Unstructured};
use jwe_primitives::Header;

use super::forge::{Change, Recipe};
use super::keys::{DIR, Rng};
use super::open::{Key, open};
use super::reference;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    sealed: Sealed<'a>,
    changes: Vec<Change>,
}

#[derive(Arbitrary, Debug)]
enum Sealed<'a> {
    /// By the crate.
    Ours { seed: u64, key_id: &'a str, content: &'a [u8] },
    /// By the fuzzer, with any header.
    Theirs(Recipe<'a>),
}

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let (sealed, plaintext) = match &input.sealed {
        Sealed::Ours { seed, key_id, content } => {
            let Ok(header) = Header::new().key_id(key_id) else { return };
            let token = DIR.encrypt_with_rng(&mut Rng(*seed), &header, content).expect("a short message");
            (token, content.to_vec())
        }
        Sealed::Theirs(recipe) => (recipe.dir(), recipe.plaintext()),
    };
    let mut text = sealed.clone().into_bytes();
    for change in &input.changes {
        change.apply(&mut text);
    }
    let opened = open(Key::Dir(&DIR), &text);
    // `open` checks the error; here it says when there must be none.
    let valid = reference::token(&text).is_ok_and(|token| token.algorithm == "dir") && text == sealed.as_bytes();
    if valid {
        assert_eq!(opened, Ok(plaintext));
    } else {
        assert!(opened.is_err(), "changed, and still it opens");
    }
}

//! `RSA-OAEP-256` tokens whose encoded message, encrypted key and everything after it may be wrong in any way.

use arbitrary::{Arbitrary, Unstructured};
use jwe_primitives::Jwe;

use super::forge::{CEK, Change, EncodedMessage, Recipe};
use super::keys::{RSA, RSA_PUBLIC, Rng};
use super::open::{Key, open};
use super::reference;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    message: EncodedMessage,
    changes: Vec<Change>,
    recipe: Recipe<'a>,
}

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let Some(sealed) = input.recipe.rsa(&input.message) else { return };
    let mut text = sealed.clone().into_bytes();
    for change in &input.changes {
        change.apply(&mut text);
    }
    // `open` checks that there is but one error after the private-key operation.
    let opened = open(Key::Rsa(&RSA), &text);
    let message = reference::oaep_decode(&input.message.bytes(256, &CEK));
    let legal = reference::token(&text).is_ok_and(|token| token.algorithm == "RSA-OAEP-256");
    if message == Some(CEK) && legal && text == sealed.as_bytes() {
        assert_eq!(opened, Ok(input.recipe.plaintext()));
    } else {
        assert!(opened.is_err(), "it must not open");
    }
    if text == sealed.as_bytes()
        && let Ok(jwe) = Jwe::parse(&text)
        && jwe.check_recipient(&RSA_PUBLIC).is_ok()
    {
        // The same with the private key elsewhere.
        let returned = message.as_ref().map(<[u8; 32]>::as_slice);
        let elsewhere = jwe.decrypt_unwrapped_with_rng(&mut Rng(1), returned);
        assert_eq!(elsewhere.map(|opened| opened.plaintext), opened);
    }
}

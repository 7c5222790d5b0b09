//! Any bytes as a key in DER, and keys of numbers that may not belong together.

use arbitrary::{Arbitrary, Unstructured};
use jwe_primitives::{DecryptingKey, EncryptingKey};

use super::forge_key::Recipe;
use super::import;

/// How PKCS#1 of 2048 bits or more begins: a SEQUENCE with a long length, version 0 and another INTEGER. In PKCS#8
/// it is another SEQUENCE.
fn is_pkcs1_private(der: &[u8]) -> bool {
    matches!(der, [0x30, 0x82, _, _, 2, 1, 0, 2, ..])
}

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    match data {
        // No key begins like this: it is a SEQUENCE.
        [0x80..=0xff, rest @ ..] => {
            if let Ok(recipe) = Recipe::arbitrary_take_rest(Unstructured::new(rest)) {
                read(&recipe.der());
            }
        }
        _ => read(data),
    }
}

fn read(der: &[u8]) {
    let public = EncryptingKey::from_der(der);
    let private = DecryptingKey::from_der(der);
    assert!(public.is_err() || private.is_err(), "one text, one kind of key");
    if let Ok(key) = &public {
        // SPKI ends in PKCS#1, and DER has one text for one value.
        assert!(key.to_der().is_ok_and(|ours| ours.ends_with(der)), "what is read is in canonical form");
        import::public(key);
    }
    if let Ok(key) = &private {
        if is_pkcs1_private(der) {
            assert!(key.to_der().is_ok_and(|ours| ours.ends_with(der)), "what is read is in canonical form");
        }
        import::private(key);
    }
}

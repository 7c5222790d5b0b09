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

/// id-RSAES-OAEP (RFC 4055 section 4): such a key goes out as one for any use of RSA.
const RSAES_OAEP: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07];

/// How many bytes an SPKI for `rsaEncryption` has before its PKCS#1, for all of our keys.
pub(crate) const BEFORE_PKCS1: usize = 24;

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
        let ours = key.to_der().expect("it exports");
        let is_for_oaep = der.windows(RSAES_OAEP.len()).any(|window| window == RSAES_OAEP);
        let is_canonical = ours.ends_with(der) || is_for_oaep && der.ends_with(&ours[BEFORE_PKCS1..]);
        assert!(is_canonical, "what is read is in canonical form");
        import::public(key);
    }
    if let Ok(key) = &private {
        if is_pkcs1_private(der) {
            assert!(key.to_der().is_ok_and(|ours| ours.ends_with(der)), "what is read is in canonical form");
        }
        import::private(key);
    }
}

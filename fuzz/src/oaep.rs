//! The OAEP encoding alone, against the reference: thousands of times faster than through RSA.

use arbitrary::{Arbitrary, Result, Unstructured};
use jwe_primitives::internals::{oaep_decode, oaep_encode};

use super::forge::{CEK, EncodedMessage};
use super::reference;

const SUBSTITUTE: [u8; 32] = [0x77; 32];

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    /// EM as it comes, brought to length.
    Masked(&'a [u8]),
    Fields(EncodedMessage),
    Encode {
        cek: [u8; 32],
        seed: [u8; 32],
    },
}

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    let _ = try_run(data);
}

fn try_run(data: &[u8]) -> Result<()> {
    let mut data = Unstructured::new(data);
    let k = data.int_in_range(256..=1024_usize)?;
    match Input::arbitrary_take_rest(data)? {
        Input::Masked(em) => {
            let mut em = em.to_vec();
            em.resize(k, 0);
            decodes_as_the_reference(&em);
        }
        Input::Fields(message) => decodes_as_the_reference(&message.bytes(k, &CEK)),
        Input::Encode { cek, seed } => {
            let mut em = vec![0; k];
            assert_eq!(oaep_encode(&mut em, &cek, &seed), Some(()));
            assert_eq!((em[0], reference::oaep_decode(&em)), (0, Some(cek)));
            let unmasked = reference::xor(&em[1..33], &reference::mgf1(&em[33..], 32));
            assert_eq!(unmasked, seed);
            decodes_as_the_reference(&em);
        }
    }
    Ok(())
}

fn decodes_as_the_reference(em: &[u8]) {
    let mut cek = SUBSTITUTE;
    oaep_decode(&mut em.to_vec(), &mut cek);
    assert_eq!(cek, reference::oaep_decode(em).unwrap_or(SUBSTITUTE));
}

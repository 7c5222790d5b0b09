//! Keys made of numbers that may not belong together, in every form that a key is read from.

use arbitrary::Arbitrary;

use super::{keys, reference};

const NAMES: [&str; 8] = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
const BASES: [&str; 3] = ["rsa2048-a", "rsa2048-e3", "rsa2056"];

/// A good key with changes to its numbers.
#[derive(Arbitrary, Debug)]
pub struct Recipe<'a> {
    base: u8,
    changes: Vec<(u8, Change<'a>)>,
    form: Form,
    /// JWK: whether the private members are there.
    private: bool,
    /// JWK: members before the others.
    members: Vec<(u8, u8)>,
}

#[derive(Arbitrary, Debug)]
enum Change<'a> {
    Flip { at: u16, flip: u8 },
    Front(u8),
    Resize(i8),
    Copy(u8),
    Is(&'a [u8]),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Form {
    Pkcs8,
    Pkcs1,
    Spki,
    Pkcs1Public,
    /// With `otherPrimeInfos` (RFC 8017 appendix A.1.2).
    MultiPrime,
}

/// Members that a JWK may have, and values for them.
const MEMBERS: [&str; 9] = ["kid", "use", "alg", "key_ops", "kty", "oth", "k", "x", "d"];
const VALUES: [&str; 14] = [
    "\"a\"",
    "\"enc\"",
    "\"RSA-OAEP-256\"",
    "[\"encrypt\",\"decrypt\"]",
    "[\"wrapKey\",\"x\"]",
    "[]",
    "[1]",
    "\"oct\"",
    "\"sig\"",
    "\"dir\"",
    "1",
    "\"\\u0065nc\"",
    "\"\"",
    "null",
];

impl Recipe<'_> {
    fn numbers(&self) -> [Vec<u8>; 8] {
        let jwk = keys::rsa_jwk(BASES[usize::from(self.base) % BASES.len()]);
        let mut numbers = NAMES.map(|name| {
            reference::decode(jwk[name].as_str().unwrap_or_default().as_bytes())
                .expect("vectors/keys.json is base64url")
        });
        for (index, change) in &self.changes {
            let other = match change {
                Change::Copy(other) => numbers[usize::from(*other) % 8].clone(),
                _ => Vec::new(),
            };
            let number = &mut numbers[usize::from(*index) % 8];
            match change {
                Change::Flip { at, flip } => {
                    if let Some(at) = usize::from(*at).checked_rem(number.len()) {
                        number[at] ^= flip;
                    }
                }
                Change::Front(byte) => number.insert(0, *byte),
                Change::Resize(by) => number.resize(number.len().saturating_add_signed((*by).into()), 0),
                Change::Copy(_) => *number = other,
                Change::Is(bytes) => *number = bytes.to_vec(),
            }
        }
        numbers
    }

    #[must_use]
    pub fn jwk(&self) -> String {
        let value = |index: u8| VALUES[usize::from(index) % VALUES.len()];
        let mut members = vec![r#""kty":"RSA""#.to_owned()];
        for (name, index) in &self.members {
            members.push(format!("\"{}\":{}", MEMBERS[usize::from(*name) % MEMBERS.len()], value(*index)));
        }
        let count = if self.private { 8 } else { 2 };
        for (name, number) in NAMES.iter().zip(self.numbers()).take(count) {
            members.push(format!("\"{name}\":\"{}\"", reference::encode(&number)));
        }
        ["{", &members.join(","), "}"].concat()
    }

    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        /// rsaEncryption and NULL (RFC 8017 appendix A.1).
        const ALGORITHM: [u8; 15] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
        let numbers = self.numbers().map(|number| integer(&number));
        let public = sequence(&numbers[..2]);
        let private =
            |version: u8, more: &[u8]| sequence(&[[2, 1, version].as_slice(), numbers.concat().as_slice(), more]);
        match self.form {
            Form::Pkcs8 => sequence(&[[2, 1, 0].as_slice(), ALGORITHM.as_slice(), &element(4, &private(0, &[]))]),
            Form::Pkcs1 => private(0, &[]),
            Form::Spki => sequence(&[ALGORITHM.as_slice(), &element(3, &[&[0], public.as_slice()].concat())]),
            Form::Pkcs1Public => public,
            Form::MultiPrime => private(1, &sequence(&[sequence(&numbers[5..])])),
        }
    }
}

fn sequence<T: AsRef<[u8]>>(elements: &[T]) -> Vec<u8> {
    element(0x30, &elements.iter().flat_map(|element| element.as_ref().to_vec()).collect::<Vec<u8>>())
}

/// A non-negative INTEGER, its leading zeros left as they are.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let sign = if bytes.first().is_none_or(|first| *first >= 0x80) { &[0][..] } else { &[] };
    element(2, &[sign, bytes].concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = content.len().to_be_bytes();
    let zeros = len.iter().take_while(|byte| **byte == 0).count().min(len.len() - 1);
    let len = &len[zeros..];
    let long = u8::try_from(0x80 + len.len()).expect("a length of at most eight bytes");
    let long_form = if content.len() < 0x80 { &[][..] } else { &[long] };
    [&[tag], long_form, len, content].concat()
}

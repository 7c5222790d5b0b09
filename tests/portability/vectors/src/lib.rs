//! The vectors of `vectors/` on a machine without files, a standard library or a generator of its own: what
//! `tests/suite/vectors.rs` does where there is a test harness, as plain calls that count.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

use alloc::{collections::BTreeMap, format, string::String, vec, vec::Vec};

use jwe_primitives::{ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, Jwe};
use rand_core::TryCryptoRng;

mod tables {
    use super::{Expected, Key, KeyVector, Vector};

    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

struct Vector {
    id: &'static str,
    key: Key,
    kid: Option<&'static str>,
    /// The first text, the second so many times, and the last.
    token: (&'static str, &'static str, usize, &'static str),
    expected: Expected,
}

enum Key {
    /// The id of a key.
    Rsa(&'static str),
    /// A JWK.
    Dir(&'static str),
}

enum Expected {
    /// The plaintext.
    Opens(&'static [u8]),
    /// One of these errors, at this stage.
    Rejected(&'static [&'static str], &'static str),
}

struct KeyVector {
    id: &'static str,
    kind: &'static str,
    format: &'static str,
    data: &'static [u8],
    expected: &'static str,
}

/// The vectors of one file.
pub enum File {
    /// Tokens of other implementations that open.
    Positive,
    /// Legal oddities that open.
    Accept,
    /// Tokens that are rejected by the rule that they break.
    Negative,
    /// Keys that are rejected for what is wrong with them.
    BadKeys,
    /// Odd but legal keys.
    GoodKeys,
}

/// Which vectors of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    All,
    /// For an interpreter: those that need no RSA key and are short, and of these one in so many.
    NoRsa(usize),
}

/// How many vectors ran, and in words which of them went wrong.
#[derive(Default)]
pub struct Outcome {
    /// Those that suit the scope, of which one in so many runs.
    pub suitable: usize,
    pub ran: usize,
    pub left_out: usize,
    pub wrong: Vec<String>,
}

/// The longest token for [`Scope::NoRsa`], in characters.
const SHORT: usize = 2_000;

/// Runs the vectors of `file`.
pub fn run<R: TryCryptoRng + ?Sized>(file: &File, scope: Scope, rng: &mut R) -> Outcome {
    match file {
        File::Positive => tokens(tables::POSITIVE, scope, rng),
        File::Accept => tokens(tables::ACCEPT, scope, rng),
        File::Negative => tokens(tables::NEGATIVE, scope, rng),
        File::BadKeys => keys(tables::BAD_KEYS, scope),
        File::GoodKeys => keys(tables::GOOD_KEYS, scope),
    }
}

impl Outcome {
    fn of<V>(
        vectors: &[V],
        scope: Scope,
        suits: fn(&V) -> bool,
        mut check: impl FnMut(&V) -> Result<(), String>,
    ) -> Self {
        let mut outcome = Self::default();
        for vector in vectors {
            if let Scope::NoRsa(every) = scope {
                outcome.suitable += usize::from(suits(vector));
                if !suits(vector) || outcome.suitable % every != 0 {
                    outcome.left_out += 1;
                    continue;
                }
            }
            outcome.ran += 1;
            outcome.wrong.extend(check(vector).err());
        }
        outcome
    }
}

fn tokens<R: TryCryptoRng + ?Sized>(vectors: &[Vector], scope: Scope, rng: &mut R) -> Outcome {
    let parse = |(id, pem): &(&'static str, &str)| (*id, DecryptingKey::from_pem(pem).unwrap());
    let rsa = tables::RSA_KEYS.iter().filter(|_| scope == Scope::All).map(parse).collect();
    Outcome::of(vectors, scope, Vector::suits, |vector| {
        vector.check(&rsa, rng).map_err(|what| format!("{}: {what}", vector.id))
    })
}

impl Vector {
    fn token(&self) -> String {
        let (prefix, unit, count, suffix) = self.token;
        [prefix, &unit.repeat(count), suffix].concat()
    }

    /// Parsing takes no key, so that a token for an RSA key that ends there needs none.
    fn suits(&self) -> bool {
        let no_rsa = matches!((&self.key, &self.expected), (Key::Dir(_), _) | (_, Expected::Rejected(_, "parse")));
        no_rsa && self.token.0.len() + self.token.2 < SHORT
    }

    fn check<R: TryCryptoRng + ?Sized>(&self, rsa: &BTreeMap<&str, DecryptingKey>, rng: &mut R) -> Result<(), String> {
        let token = self.token();
        let mut scratch = vec![0; Jwe::SCRATCH_LEN];
        let in_scratch = Jwe::parse_in(&token, &mut scratch).err();
        let (opened, stage) = match Jwe::parse(&token) {
            Err(error) => (Err(error), "parse"),
            Ok(jwe) => (self.open(rsa, &jwe, rng), "decrypt"),
        };
        if in_scratch != opened.as_ref().err().copied().filter(|_| stage == "parse") {
            return Err(format!("{in_scratch:?} by way of a scratch buffer"));
        }
        match (&self.expected, opened) {
            (Expected::Opens(plaintext), Ok(opened)) if opened == *plaintext => Ok(()),
            (Expected::Opens(_), opened) => {
                Err(format!("{:?} instead of the plaintext", opened.map(|_| "other bytes")))
            }
            (Expected::Rejected(errors, at), Err(error))
                if errors.contains(&&*format!("{error:?}")) && [stage, "any"].contains(at) =>
            {
                Ok(())
            }
            (Expected::Rejected(errors, at), opened) => {
                Err(format!("{:?} from {stage} instead of {errors:?} from {at}", opened.map(|_| "a plaintext")))
            }
        }
    }

    /// Opens `jwe` with this vector's key, by way of the heap and in a buffer of the caller's.
    fn open<R: TryCryptoRng + ?Sized>(
        &self,
        rsa: &BTreeMap<&str, DecryptingKey>,
        jwe: &Jwe<'_>,
        rng: &mut R,
    ) -> Result<Vec<u8>, Error> {
        let mut out = vec![0xdd; jwe.plaintext_len() + 1];
        let (opened, into) = match self.key {
            Key::Dir(jwk) => {
                let mut key = ContentEncryptionKey::from_jwk(jwk)?;
                if let Some(kid) = self.kid {
                    key = key.with_key_id(kid)?;
                }
                let opened = key.decrypt(jwe).map(|opened| opened.plaintext);
                (opened, key.decrypt_into(jwe, &mut out).map(|opened| opened.plaintext.to_vec()))
            }
            Key::Rsa(id) => {
                let key = &rsa[id];
                let named =
                    self.kid.map(|kid| DecryptingKey::from_der(&key.to_der()?)?.with_key_id(kid)).transpose()?;
                let key = named.as_ref().unwrap_or(key);
                let opened = key.decrypt_with_rng(rng, jwe).map(|opened| opened.plaintext);
                (opened, key.decrypt_into_with_rng(rng, jwe, &mut out).map(|opened| opened.plaintext.to_vec()))
            }
        };
        assert_eq!(opened, into, "the same in a buffer of the caller's");
        assert_eq!(out.last(), Some(&0xdd), "nothing is written after the plaintext");
        opened
    }
}

fn keys(vectors: &[KeyVector], scope: Scope) -> Outcome {
    Outcome::of(
        vectors,
        scope,
        |vector| vector.kind == "dir",
        |vector| {
            let said = vector.error().map_or_else(|| "ok".into(), |error| format!("{error:?}"));
            if said == vector.expected {
                Ok(())
            } else {
                Err(format!("{}: {said} instead of {}", vector.id, vector.expected))
            }
        },
    )
}

impl KeyVector {
    fn error(&self) -> Option<Error> {
        let text = || core::str::from_utf8(self.data).unwrap();
        match (self.kind, self.format) {
            ("public", "pem") => EncryptingKey::from_pem(text()).err(),
            ("public", "der") => EncryptingKey::from_der(self.data).err(),
            ("public", "jwk") => EncryptingKey::from_jwk(text()).err(),
            ("private", "pem") => DecryptingKey::from_pem(text()).err(),
            ("private", "der") => DecryptingKey::from_der(self.data).err(),
            ("private", "jwk") => DecryptingKey::from_jwk(text()).err(),
            ("dir", "jwk") => ContentEncryptionKey::from_jwk(text()).err(),
            ("dir", "bytes") => ContentEncryptionKey::from_bytes(self.data).err(),
            other => panic!("{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use core::convert::Infallible;

    use jwe_primitives::Header;
    use rand_core::{TryRng, utils};

    use super::*;

    /// No randomness: each byte is one more than that before it.
    struct Counter(u8);

    impl TryRng for Counter {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            utils::next_word_via_fill(self)
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            utils::next_word_via_fill(self)
        }

        fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
            for byte in out {
                self.0 = self.0.wrapping_add(1);
                *byte = self.0;
            }
            Ok(())
        }
    }

    impl TryCryptoRng for Counter {}

    fn all_right(file: &File, every: usize) {
        let outcome = run(file, Scope::NoRsa(every), &mut Counter(0));
        assert!(outcome.wrong.is_empty(), "{:#?}", outcome.wrong);
        assert_eq!(outcome.ran, outcome.suitable / every);
        assert!(outcome.ran > 0);
        std::println!("{} ran, {} left out", outcome.ran, outcome.left_out);
    }

    #[test]
    fn positive() {
        all_right(&File::Positive, 8);
    }

    #[test]
    fn accept() {
        all_right(&File::Accept, 11);
    }

    #[test]
    fn negative() {
        all_right(&File::Negative, 8);
    }

    #[test]
    fn bad_keys() {
        all_right(&File::BadKeys, 4);
    }

    /// Around a block of the encoder, and so that each part ends in each way.
    #[test]
    fn there_and_back() {
        let key = ContentEncryptionKey::from_bytes(&[9; 32]).unwrap();
        let mut out = [0; 1200];
        for len in [0, 1, 2, 768, 769] {
            let body: Vec<u8> = (0_u8..=255).cycle().take(len).collect();
            let token = key.encrypt_with_rng(&mut Counter(0), &Header::new(), &body).unwrap();
            let again = key.encrypt_into_with_rng(&mut Counter(0), &Header::new(), &body, &mut out).unwrap();
            assert_eq!(again, token);
            assert_eq!(key.decrypt(&Jwe::parse(&token).unwrap()).unwrap().plaintext, body);
        }
    }

    #[test]
    fn lengths_beyond_the_address_space_are_told() {
        let key = ContentEncryptionKey::from_bytes(&[9; 32]).unwrap();
        assert_eq!(key.compact_len(&Header::new(), usize::MAX), usize::MAX);
    }
}

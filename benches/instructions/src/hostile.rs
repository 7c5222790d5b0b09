//! Texts full of escapes, and ordinary ones of the same length and shape: what reading them costs.
//!
//! An operation is the name of a shape and of a style, as in `header unicode`.

use std::hint::black_box;

use jwe_primitives::{EncryptingKey, Jwe, KeySet, internals};

/// Returns what reads the text of an operation.
pub fn reader(operation: &str) -> Option<Box<dyn FnMut()>> {
    let (shape, style) = operation.split_once(' ')?;
    let strings = Strings::new(style)?;
    Some(match shape {
        // The header part has 16 KB, and nearly as many names as are accepted.
        "header" => header(&strings.header(190)),
        "header_of_short_names" => header(&strings.header(14)),
        // These are for other uses, so that nothing is counted but reading them, to the longest that is read.
        "jwk" => jwk(strings.jwk(1030)),
        "jwk_with_a_long_value" => jwk(format!(r#"{{"kty":"EC","x":"{}"}}"#, strings.get(0, 65_000))),
        "key_ops" => jwk(strings.key_ops(1020)),
        "set" => set(strings.set()),
        "broken_set" => set(strings.set() + "}"),
        _ => return None,
    })
}

fn header(json: &str) -> Box<dyn FnMut()> {
    let mut part = vec![0; json.len().div_ceil(3) * 4 - (3 - json.len() % 3) % 3];
    let start = part.len() - json.len();
    part[start..].copy_from_slice(json.as_bytes());
    internals::base64url_encode_in_place(&mut part, json.len()).unwrap();
    let token = String::from_utf8(part).unwrap() + "..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA";
    let mut scratch = vec![0; Jwe::SCRATCH_LEN];
    Box::new(move || _ = black_box(Jwe::parse_in(black_box(&token), &mut scratch).unwrap()))
}

fn jwk(json: String) -> Box<dyn FnMut()> {
    Box::new(move || _ = black_box(EncryptingKey::from_jwk(black_box(&json)).unwrap_err()))
}

fn set(json: String) -> Box<dyn FnMut()> {
    Box::new(move || _ = black_box(KeySet::<EncryptingKey>::from_jwks_with_skipped(black_box(&json))))
}

/// Strings of a text.
struct Strings {
    /// What they are filled with.
    filling: &'static str,
    /// Whether they differ from the first character on, or only in the last ones.
    ordinary: bool,
}

impl Strings {
    fn new(style: &str) -> Option<Self> {
        let filling = match style {
            "ordinary" => "a",
            "unicode" => "\\u0061",
            "letters" => "\\n",
            "surrogates" => "\\ud83d\\ude00",
            _ => return None,
        };
        Some(Self { filling, ordinary: style == "ordinary" })
    }

    /// The inside of string number `index`, of `len` bytes.
    fn get(&self, index: usize, len: usize) -> String {
        let number = format!("{index:02}");
        let room = len - number.len();
        let filling = "a".repeat(room % self.filling.len()) + &self.filling.repeat(room / self.filling.len());
        if self.ordinary { number + &filling } else { filling + &number }
    }

    fn members(&self, count: usize, len: usize) -> String {
        let members: Vec<_> = (0..count).map(|index| format!(r#""{}":0"#, self.get(index, len))).collect();
        members.join(",")
    }

    fn header(&self, len: usize) -> String {
        format!(r#"{{"alg":"dir","enc":"A256GCM",{}}}"#, self.members(62, len))
    }

    fn jwk(&self, len: usize) -> String {
        format!(r#"{{"kty":"EC",{}}}"#, self.members(63, len))
    }

    fn key_ops(&self, len: usize) -> String {
        let strings: Vec<_> = (0..64).map(|index| format!(r#""{}""#, self.get(index, len))).collect();
        format!(r#"{{"kty":"RSA","key_ops":[{}]}}"#, strings.join(","))
    }

    /// A set of nearly 1 MiB.
    fn set(&self) -> String {
        format!(r#"{{"keys":[{}]}}"#, vec![self.jwk(1030); 16].join(","))
    }
}

//! Tokens made from the inside, with a defect at any layer, and changes to their text.

use std::ops::Range;

use aes_gcm::aead::array::ArraySize;
use aes_gcm::aead::consts::{U8, U11, U12, U13, U16};
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut as _, AesGcm, KeyInit as _, aes::Aes256};
use arbitrary::Arbitrary;
use sha2::{Digest as _, Sha256};

use super::{keys, reference};

/// The CEK of forged `RSA-OAEP-256` tokens.
pub const CEK: [u8; 32] = [0xc3; 32];

/// Header members that a reader may trip over. The first two make a plain header.
const MEMBERS: [&str; 32] = [
    r#""alg":"@""#,
    r#""enc":"A256GCM""#,
    r#""kid":"a""#,
    r#""typ":"JOSE""#,
    r#""cty":"JWT""#,
    r#""zip":"DEF""#,
    r#""zip":null"#,
    r#""crit":["exp"]"#,
    r#""crit":[]"#,
    r#""\u0063rit":["b"]"#,
    r#""\u0065nc":"A256GCM""#,
    r#""enc":"\u00412\u00356GCM""#,
    r#""enc":"A128GCM""#,
    r#""alg":"none""#,
    r#""kid":1"#,
    r#""x":{"a":1,"a":2}"#,
    r#""x":{"a":[{"a":1},{"a":2}]}"#,
    r#""y":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]"#,
    r#""z":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"#,
    r#""n":1e999"#,
    r#""n":-0.0e-0"#,
    r#""n":01"#,
    r#""u":"\ud83d\ude00""#,
    r#""v":"\ud83d""#,
    "\"\u{e9}\" :\t\"\u{20ac}\"\r\n",
    r#""url":"/v1/cases""#,
    r#""url":1"#,
    r#""aud":["a"]"#,
    r#""jwk":{"kty":"oct","k":"AA"}"#,
    r#""x5c":["AA=="]"#,
    r#""nonce":"AB""#,
    r#""b64":false"#,
];

/// A header, well-formed or not.
#[derive(Arbitrary, Debug)]
pub enum Header<'a> {
    Plain,
    /// A plain header with these members of [`MEMBERS`] after it.
    With(Vec<u8>),
    /// These members of [`MEMBERS`] and no others.
    Only(Vec<u8>),
    Any(&'a [u8]),
}

impl Header<'_> {
    fn text(&self, algorithm: &str) -> Vec<u8> {
        let list = |indices: &[u8]| {
            let members: Vec<&str> = indices.iter().map(|index| MEMBERS[usize::from(*index) % MEMBERS.len()]).collect();
            ["{", &members.join(","), "}"].concat().replace('@', algorithm).into_bytes()
        };
        match self {
            Self::Plain => list(&[0, 1]),
            Self::With(more) => list(&[&[0, 1], more.as_slice()].concat()),
            Self::Only(indices) => list(indices),
            Self::Any(text) => text.to_vec(),
        }
    }
}

/// An encoded message of OAEP, in order but for what is said here.
#[derive(Arbitrary, Debug)]
pub struct EncodedMessage {
    seed: [u8; 32],
    /// How many bytes longer (or shorter) than a CEK the message is. Mostly none: no coverage leads a fuzzer to a
    /// message that has but one defect.
    longer: Option<i8>,
    /// Which bits are flipped, before masking: of a field, the byte (from its front, or from its end if negative) and
    /// the bit. One bit each, so that not too many are flipped at once.
    flips: Vec<(Field, i16, u8)>,
}

/// A field of EM before masking (RFC 8017 section 7.1.1, figure).
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Field {
    Y,
    Seed,
    LabelHash,
    Padding,
    Separator,
    Message,
}

impl Field {
    /// Where it is in an EM of `k` bytes with a message of `len`.
    fn range(self, k: usize, len: usize) -> Range<usize> {
        match self {
            Self::Y => 0..1,
            Self::Seed => 1..33,
            Self::LabelHash => 33..65,
            Self::Padding => 65..k - len - 1,
            Self::Separator => k - len - 1..k - len,
            Self::Message => k - len..k,
        }
    }
}

impl EncodedMessage {
    /// EM of `k` bytes for this message (RFC 8017 section 7.1.1 step 2).
    #[must_use]
    pub fn bytes(&self, k: usize, cek: &[u8; 32]) -> Vec<u8> {
        let len = 32_usize.saturating_add_signed(self.longer.unwrap_or(0).into()).min(k - 66);
        let mut message = cek.to_vec();
        message.resize(len, 0);
        let mut plain = vec![0; k];
        plain[1..33].copy_from_slice(&self.seed);
        plain[33..65].copy_from_slice(&Sha256::digest(b""));
        plain[k - len - 1] = 1;
        plain[k - len..].copy_from_slice(&message);
        for (field, at, bit) in &self.flips {
            let field = &mut plain[field.range(k, len)];
            let at = isize::from(*at).checked_rem_euclid(field.len().cast_signed());
            if let Some(byte) = at.and_then(|at| field.get_mut(at.cast_unsigned())) {
                *byte ^= 1 << (bit % 8);
            }
        }
        let (y, seed, db) = (&plain[..1], &plain[1..33], &plain[33..]);
        let masked_db = reference::xor(db, &reference::mgf1(seed, db.len()));
        let masked_seed = reference::xor(seed, &reference::mgf1(&masked_db, 32));
        [y, &masked_seed, &masked_db].concat()
    }
}

/// The IV. It has 12 bytes, or a number that GCM allows and JWE doesn't.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Iv {
    Twelve([u8; 12]),
    Eight,
    Eleven,
    Thirteen,
    Sixteen,
}

impl Iv {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Twelve(iv) => iv.to_vec(),
            Self::Eight => vec![8; 8],
            Self::Eleven => vec![11; 11],
            Self::Thirteen => vec![13; 13],
            Self::Sixteen => vec![16; 16],
        }
    }
}

/// A token that is sealed for real under a lenient reading.
#[derive(Arbitrary, Debug)]
pub struct Recipe<'a> {
    header: Header<'a>,
    iv: Iv,
    /// Bytes that the tag lacks.
    tag_cut: u8,
    /// Whether the content is a DEFLATE stream (RFC 1951, one stored block).
    deflated: bool,
    content: &'a [u8],
}

impl Recipe<'_> {
    /// The plaintext as it was sealed.
    #[must_use]
    pub fn plaintext(&self) -> Vec<u8> {
        let Ok(len) = u16::try_from(self.content.len()) else { return Vec::new() };
        if !self.deflated {
            return self.content.to_vec();
        }
        [&[1], &len.to_le_bytes()[..], &(!len).to_le_bytes(), self.content].concat()
    }

    /// The token under `cek`, with `encrypted_key` as it is.
    #[must_use]
    pub fn token(&self, algorithm: &str, encrypted_key: &[u8], cek: &[u8; 32]) -> String {
        let protected = reference::encode(&self.header.text(algorithm));
        let (iv, mut content) = (self.iv.bytes(), self.plaintext());
        let mut tag = seal(cek, &iv, protected.as_bytes(), &mut content);
        tag.truncate(16 - usize::from(self.tag_cut).min(16));
        let parts = [encrypted_key, &iv, &content, &tag].map(reference::encode);
        [&protected, ".", &parts.join(".")].concat()
    }

    /// The `dir` token under [`keys::DIR`].
    #[must_use]
    pub fn dir(&self) -> String {
        self.token("dir", &[], &keys::dir_bytes())
    }

    /// The `RSA-OAEP-256` token to [`keys::RSA`], if the encoded message is below the modulus.
    #[must_use]
    pub fn rsa(&self, message: &EncodedMessage) -> Option<String> {
        let encrypted_key = keys::rsa_raw(&message.bytes(256, &CEK))?;
        Some(self.token("RSA-OAEP-256", &encrypted_key, &CEK))
    }
}

fn seal(key: &[u8; 32], iv: &[u8], aad: &[u8], content: &mut [u8]) -> Vec<u8> {
    fn with<N: ArraySize>(key: &[u8; 32], iv: &[u8], aad: &[u8], content: &mut [u8]) -> Vec<u8> {
        let iv = iv.try_into().expect("the length that was matched");
        let tag = AesGcm::<Aes256, N>::new(key.into()).encrypt_inout_detached(iv, aad, InOutBuf::from(content));
        tag.expect("a short message").to_vec()
    }
    match iv.len() {
        8 => with::<U8>(key, iv, aad, content),
        11 => with::<U11>(key, iv, aad, content),
        12 => with::<U12>(key, iv, aad, content),
        13 => with::<U13>(key, iv, aad, content),
        _ => with::<U16>(key, iv, aad, content),
    }
}

/// A change to a token's text. Places count from its start and go round.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Change {
    Set {
        at: u16,
        byte: u8,
    },
    Insert {
        at: u16,
        byte: u8,
    },
    Remove {
        at: u16,
    },
    Cut {
        at: u16,
    },
    CopyPart {
        from: u8,
        to: u8,
    },
    SwapParts {
        a: u8,
        b: u8,
    },
    ClearPart {
        part: u8,
    },
    /// Flips bits in the last character: those after the last byte, with luck.
    LastCharacter {
        part: u8,
        digit: u8,
    },
    /// Flips bits of a part's bytes.
    Flip {
        part: u8,
        at: u16,
        flip: u8,
    },
    /// Bytes after a part's own, or fewer.
    Resize {
        part: u8,
        by: i8,
    },
    /// A byte before a part's own.
    Front {
        part: u8,
        byte: u8,
    },
    /// All bytes of a part: an encrypted key that is no less than the modulus.
    Fill {
        part: u8,
        byte: u8,
    },
    /// A part's last byte goes to the front of the next part.
    MoveOn {
        part: u8,
    },
}

impl Change {
    pub fn apply(self, text: &mut Vec<u8>) {
        match self {
            Self::Set { at, byte } => {
                if let Some(character) = place(at, text.len()).and_then(|at| text.get_mut(at)) {
                    *character = byte;
                }
            }
            Self::Insert { at, byte } => text.insert(usize::from(at) % (text.len() + 1), byte),
            Self::Remove { at } => {
                if let Some(at) = place(at, text.len()) {
                    text.remove(at);
                }
            }
            Self::Cut { at } => text.truncate(usize::from(at)),
            _ => {
                let mut parts: Vec<Vec<u8>> = text.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect();
                self.apply_to_parts(&mut parts);
                *text = parts.join(&b'.');
            }
        }
    }

    fn apply_to_parts(self, parts: &mut [Vec<u8>]) {
        let count = parts.len();
        let index = |part: u8| usize::from(part) % count;
        match self {
            Self::CopyPart { from, to } => {
                let part = parts[index(from)].clone();
                parts[index(to)] = part;
            }
            Self::SwapParts { a, b } => parts.swap(index(a), index(b)),
            Self::ClearPart { part } => parts[index(part)].clear(),
            Self::LastCharacter { part, digit } => {
                if let Some(last) = parts[index(part)].last_mut() {
                    *last = reference::ALPHABET[usize::from(digit % 64)];
                }
            }
            Self::Flip { part, at, flip } => edit(&mut parts[index(part)], |bytes| {
                if let Some(at) = place(at, bytes.len()) {
                    bytes[at] ^= flip;
                }
            }),
            Self::Resize { part, by } => edit(&mut parts[index(part)], |bytes| {
                bytes.resize(bytes.len().saturating_add_signed(by.into()), 0);
            }),
            Self::Front { part, byte } => edit(&mut parts[index(part)], |bytes| bytes.insert(0, byte)),
            Self::Fill { part, byte } => edit(&mut parts[index(part)], |bytes| bytes.fill(byte)),
            Self::MoveOn { part } => {
                let mut moved = None;
                edit(&mut parts[index(part)], |bytes| moved = bytes.pop());
                edit(&mut parts[index(part.wrapping_add(1))], |bytes| {
                    bytes.splice(0..0, moved);
                });
            }
            Self::Set { .. } | Self::Insert { .. } | Self::Remove { .. } | Self::Cut { .. } => {}
        }
    }
}

fn place(at: u16, len: usize) -> Option<usize> {
    usize::from(at).checked_rem(len)
}

/// Changes the bytes of a part that decodes.
fn edit(text: &mut Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) {
    if let Some(mut bytes) = reference::decode(text) {
        change(&mut bytes);
        *text = reference::encode(&bytes).into_bytes();
    }
}

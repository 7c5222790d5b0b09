//! Encoded messages of OAEP and tokens, in order or with one defect each, by code that shares nothing with the crate.

use jwe_primitives::{ContentEncryptionKey, DecryptingKey, Header};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, PrivateKey};
use sha2::{Digest as _, Sha256};

use crate::random::Seeded;

/// Bytes of the modulus of [`key`].
pub const K: usize = 256;

/// What a token or its encoded message is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// All is well.
    Success,
    /// The same once more, under another label: what two equal classes look like.
    SuccessAgain,
    /// The encoded message is in order, the content's tag isn't.
    WrongTag,
    /// The same once more.
    WrongTagAgain,
    Y(u8),
    /// Any Y that keeps the number below the modulus.
    AnyY,
    LabelHashFirst,
    LabelHashLast,
    /// All of lHash is random.
    LabelHash,
    /// The byte before the message is 0.
    NoOne,
    OneIsTwo,
    PaddingFirst,
    PaddingMiddle,
    PaddingLast,
    /// A message of 31 bytes.
    Short,
    /// A message of 33 bytes.
    Long,
    /// A message of no bytes.
    Empty,
    /// DB is zero after lHash.
    NoSeparator,
    /// All of EM is random, but for the first byte.
    Random,
    /// The ciphertext representative isn't below the modulus.
    OutOfRange,
    /// It is 0, and so is the message representative.
    Zero,
}

use Class::{
    AnyY, Empty, LabelHash, LabelHashFirst, LabelHashLast, Long, NoOne, NoSeparator, OneIsTwo, OutOfRange,
    PaddingFirst, PaddingLast, PaddingMiddle, Random, Short, Success, SuccessAgain, WrongTag, WrongTagAgain, Y, Zero,
};

/// Every class of encoded messages.
pub const MESSAGES: [Class; 19] = [
    Success,
    SuccessAgain,
    Y(1),
    Y(2),
    Y(0x40),
    Y(0x7f),
    AnyY,
    LabelHashFirst,
    LabelHashLast,
    LabelHash,
    NoOne,
    OneIsTwo,
    PaddingFirst,
    PaddingMiddle,
    PaddingLast,
    Short,
    Long,
    NoSeparator,
    Random,
];

/// Every class of tokens that fail.
pub const FAILURES: [Class; 20] = [
    WrongTag,
    WrongTagAgain,
    Y(1),
    Y(2),
    Y(0x40),
    Y(0x7f),
    LabelHashFirst,
    LabelHashLast,
    LabelHash,
    NoOne,
    PaddingFirst,
    PaddingMiddle,
    PaddingLast,
    Short,
    Long,
    Empty,
    NoSeparator,
    Random,
    OutOfRange,
    Zero,
];

/// What a decryption is timed with. Success comes last: it isn't compared, because it may show in the time.
pub const DECRYPT: [Class; 8] = [WrongTag, WrongTagAgain, AnyY, LabelHash, NoOne, Short, Random, Success];

impl Class {
    /// A name without white space.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Y(y) => format!("Y=0x{y:02x}"),
            class => format!("{class:?}"),
        }
    }

    /// Whether the encoded message of this class is in order.
    #[must_use]
    pub fn unwraps(self) -> bool {
        matches!(self, Success | SuccessAgain | WrongTag | WrongTagAgain)
    }

    /// EM (RFC 8017 section 7.1.1 step 2) for `cek` with a random seed.
    pub fn encoded_message(self, rng: &mut Seeded, cek: &[u8; 32]) -> [u8; K] {
        let mut em = [0; K];
        let (y, rest) = em.split_first_mut().expect("256 bytes");
        let (seed, db) = rest.split_at_mut(32);
        rng.fill(seed);
        db[..32].copy_from_slice(&Sha256::digest(b""));
        let one = db.len() - 33;
        db[one] = 1;
        db[one + 1..].copy_from_slice(cek);
        match self {
            Success | SuccessAgain | WrongTag | WrongTagAgain | OutOfRange | Zero => {}
            Y(value) => *y = value,
            AnyY => *y = 1 + rng.bytes::<1>()[0] % 0x7f,
            LabelHashFirst => db[0] ^= 0x80,
            LabelHashLast => db[31] ^= 1,
            LabelHash => rng.fill(&mut db[..32]),
            NoOne => db[one] = 0,
            OneIsTwo => db[one] = 2,
            PaddingFirst => db[32] = 1,
            PaddingMiddle => db[32 + 60] = 1,
            PaddingLast => db[one - 1] = 0x80,
            Short => (db[one], db[one + 1]) = (0, 1),
            Long => db[one - 1] = 1,
            Empty => {
                db[one..].fill(0);
                db[one + 32] = 1;
            }
            NoSeparator => db[one..].fill(0),
            Random => {
                rng.fill(seed);
                rng.fill(db);
            }
        }
        mask(db, seed);
        mask(seed, db);
        em
    }

    /// The encrypted key of a token of this class.
    pub fn encrypted_key(self, rng: &mut Seeded, key: &Key, cek: &[u8; 32]) -> Vec<u8> {
        let mut encrypted_key = key.raw(&self.encoded_message(rng, cek));
        match self {
            OutOfRange => {
                rng.fill(&mut encrypted_key);
                encrypted_key[0] = 0xff;
            }
            Zero => encrypted_key.fill(0),
            _ => {}
        }
        encrypted_key
    }

    /// A token of this class to `key`, with a content of `len` bytes.
    pub fn token(self, rng: &mut Seeded, key: &Key, len: usize) -> String {
        let mut content = vec![0; len];
        rng.fill(&mut content);
        let sent = key.ours.encrypting_key().encrypt_with_rng(rng, &Header::new(), &content).expect("a token");
        let encrypted_key = self.encrypted_key(rng, key, sent.cek.as_bytes());
        let mut parts: Vec<String> = sent.compact.split('.').map(str::to_owned).collect();
        parts[1] = base64url(&encrypted_key);
        if matches!(self, WrongTag | WrongTagAgain) {
            parts[4] = base64url(&rng.bytes::<16>());
        }
        parts.join(".")
    }
}

/// A `dir` token under `cek`; of the classes, success and a wrong tag apply.
#[must_use]
pub fn dir_token(rng: &mut Seeded, cek: &ContentEncryptionKey, content: &[u8], class: Class) -> String {
    let token = cek.encrypt_with_rng(rng, &Header::new(), content).expect("a token");
    match (class, token.rsplit_once('.')) {
        (WrongTag, Some((front, _))) => format!("{front}.{}", base64url(&rng.bytes::<16>())),
        _ => token,
    }
}

/// The key of the tests, for the crate and for forging.
pub struct Key {
    pub ours: DecryptingKey,
    pub numbers: PrivateKey,
    pub pem: String,
}

impl Key {
    /// RSAEP (RFC 8017 section 5.1.1).
    fn raw(&self, em: &[u8; K]) -> Vec<u8> {
        let m = BoxedUint::from_be_slice(em, self.numbers.n_bits_precision()).expect("256 bytes");
        rsa::hazmat::rsa_encrypt(&self.numbers, &m).expect("below the modulus").to_be_bytes().to_vec()
    }
}

/// The key `rsa2048-a` of the crate's vectors. Its modulus begins with 0xbd.
#[must_use]
pub fn key() -> Key {
    let keys = include_str!("../../../vectors/keys.json");
    let entry = keys.split(r#""id": "rsa2048-a""#).nth(1).expect("the key");
    let pem = entry.split(r#""pkcs8_pem": ""#).nth(1).expect("its PEM").split('"').next().unwrap_or_default();
    let pem = pem.replace("\\n", "\n");
    let numbers = PrivateKey::from_pkcs8_pem(&pem).expect("a key");
    Key { ours: DecryptingKey::from_pem(&pem).expect("a key"), numbers, pem }
}

/// RFC 4648 section 5, without padding.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            text.push(char::from(ALPHABET[usize::try_from(bits >> (18 - 6 * digit) & 63).expect("a digit")]));
        }
    }
    text
}

/// Adds MGF1 with SHA-256 of `seed` to `target`.
fn mask(target: &mut [u8], seed: &[u8]) {
    for (counter, block) in (0_u32..).zip(target.chunks_mut(32)) {
        let hash = Sha256::new_with_prefix(seed).chain_update(counter.to_be_bytes()).finalize();
        block.iter_mut().zip(hash).for_each(|(byte, mask)| *byte ^= mask);
    }
}

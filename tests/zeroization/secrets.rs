//! What must not be left: the numbers of a private key, its text, a message's CEK and all that is computed from them.

use aes_gcm::aes::Aes256;
use aes_gcm::aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use jwe_primitives::DecryptingKey;
use sha2::{Digest as _, Sha256};

use crate::number::Number;
use crate::search::{MATCH, Needles};

/// The sizes for which RSA may be computed with numbers of a fixed size, in bits.
const CLASSES: [usize; 5] = [2048, 3072, 4096, 6144, 8192];

/// By how much a modulus may be blinded, in bits.
const BLINDING: [usize; 4] = [0, 64, 128, 192];

/// A key of `vectors/keys.json` (6144 bits: of this folder) and its numbers.
pub(crate) struct TestKey {
    pub(crate) pkcs8_pem: String,
    pub(crate) pkcs1_pem: Option<String>,
    pub(crate) jwk: String,
    pub(crate) private: DecryptingKey,
    pub(crate) numbers: Numbers,
}

pub(crate) struct Numbers {
    n: Number,
    e: Number,
    d: Number,
    p: Number,
    q: Number,
    dp: Number,
    dq: Number,
    qi: Number,
}

/// The text after `"name": "`, up to the next quotation mark.
fn member<'t>(json: &'t str, name: &str) -> &'t str {
    let start = json.find(&format!("\"{name}\"")).unwrap() + name.len() + 2;
    json[start..].split('"').nth(1).unwrap()
}

impl TestKey {
    pub(crate) fn read(id: &str) -> Self {
        if id == "rsa6144" {
            return Self::new(include_str!("rsa6144.pem").to_owned(), None);
        }
        let keys = include_str!("../../vectors/keys.json");
        let key = &keys[keys.find(&format!("\"id\": \"{id}\"")).unwrap()..];
        let pem = |name| member(key, name).replace("\\n", "\n");
        Self::new(pem("pkcs8_pem"), Some(pem("pkcs1_pem")))
    }

    fn new(pkcs8_pem: String, pkcs1_pem: Option<String>) -> Self {
        let private = DecryptingKey::from_pem(&pkcs8_pem).unwrap();
        let jwk = private.to_jwk().unwrap().to_string();
        let numbers = Numbers::of_jwk(&jwk);
        Self { pkcs8_pem, pkcs1_pem, jwk, private, numbers }
    }

    pub(crate) fn needles(&self) -> Needles {
        let mut needles = self.numbers.needles();
        text_needles(&mut needles, &self.pkcs8_pem, &self.jwk);
        needles
    }
}

/// The text of a private key, from its private exponent on.
fn text_needles(needles: &mut Needles, pem: &str, jwk: &str) {
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        needles.add(&format!("JWK {name}"), member(jwk, name).as_bytes());
    }
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = Base64::decode_vec(&base64).unwrap();
    let d = Base64UrlUnpadded::decode_vec(member(jwk, "d")).unwrap();
    let start = der.windows(d.len()).position(|window| window == d).unwrap();
    // PKCS#1 is what is in PKCS#8, and its text is another one.
    for (name, skipped) in [("base64 of PKCS#8", 0), ("base64 of PKCS#1", PKCS8_PREFIX)] {
        let text = Base64::encode_string(&der[skipped..]);
        needles.add(name, &text.as_bytes()[((start - skipped) * 4 / 3).next_multiple_of(PEM_LINE)..]);
    }
}

/// The length of what PKCS#8 puts before the `RSAPrivateKey`.
const PKCS8_PREFIX: usize = 26;

/// Lines of PEM have this many characters.
const PEM_LINE: usize = 64;

/// Widths of a Montgomery form modulo a number of this many bits.
fn widths(bits: usize, classes: &[usize]) -> Vec<usize> {
    let class = classes.iter().find(|class| **class >= bits);
    let starts = [Some(bits.next_multiple_of(64)), class.copied()];
    let mut all: Vec<usize> =
        starts.into_iter().flatten().flat_map(|start| BLINDING.map(|more| start + more)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

impl Numbers {
    fn of_jwk(jwk: &str) -> Self {
        let number = |name| Number::from_be(&Base64UrlUnpadded::decode_vec(member(jwk, name)).unwrap());
        let [n, e, d, p, q, dp, dq, qi] = ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map(number);
        assert_eq!(p.times(&q), n);
        assert_eq!(q.times(&qi).modulo(&p), Number::small(1));
        Self { n, e, d, p, q, dp, dq, qi }
    }

    /// The primes as a generator of randomness may give them.
    pub(crate) fn primes(&self) -> [Vec<u8>; 2] {
        [&self.p, &self.q].map(|prime| prime.to_be(prime.len()))
    }

    pub(crate) fn modulus_len(&self) -> usize {
        self.n.len()
    }

    #[expect(clippy::too_many_lines, reason = "one needle after the other")]
    pub(crate) fn needles(&self) -> Needles {
        let Self { n, e, d, p, q, dp, dq, qi } = self;
        let one = Number::small(1);
        let (p1, q1) = (p.minus(&one), q.minus(&one));
        let phi = p1.times(&q1);
        let lambda = phi.over(&p1.greatest_common_divisor(&q1));
        let mut needles = Needles::new();
        for (name, number) in [
            ("p", p),
            ("q", q),
            ("d", d),
            ("dP", dp),
            ("dQ", dq),
            ("qInv", qi),
            ("d*e", &d.times(e)),
            ("d mod phi", &d.modulo(&phi)),
            ("d mod lambda", &d.modulo(&lambda)),
            ("p - 1", &p1),
            ("q - 1", &q1),
            ("phi(n)", &phi),
            ("lambda(n)", &lambda),
            ("dP*e", &dp.times(e)),
            ("dQ*e", &dq.times(e)),
            ("p^-1 mod q", &p.modulo(q).power(&q.minus(&Number::small(2)), q)),
            ("p + q", &p.plus(q)),
        ] {
            plain(&mut needles, name, number);
        }
        let zero = Number::small(0);
        for (name, addend, modulus) in [
            ("a multiple of p", &zero, p.clone()),
            ("a multiple of q", &zero, q.clone()),
            ("dP blinded", dp, p1.clone()),
            ("dQ blinded", dq, q1.clone()),
            ("d blinded", d, lambda.clone()),
        ] {
            let (twos, odd) = modulus.odd_part();
            needles.add_multiples(name, addend.limbs(), twos, odd.limbs());
        }
        for (name, number) in [("p", p), ("q", q)] {
            montgomery(&mut needles, name, number, "n", n);
        }
        for (modulus_name, modulus, other_name, other) in [("p", p, "q", q), ("q", q, "p", p)] {
            montgomery(&mut needles, other_name, other, modulus_name, modulus);
            montgomery(&mut needles, "qInv", qi, modulus_name, modulus);
            for width in self.widths(modulus) {
                let powers = one.shifted(modulus, &[width, 2 * width, 3 * width]);
                for (power, number) in ["R", "R^2", "R^3"].into_iter().zip(powers) {
                    plain(&mut needles, &format!("{power} mod {modulus_name}, R = 2^{width}"), &number);
                }
            }
        }
        for public in [n, &n.minus(&one), &n.plus(&one)] {
            // As long as the longest of the needles, with the zeros of its last limb.
            needles.allow(&public.to_le(n.len() + 16));
            needles.allow(&public.to_be(n.len() + 16));
        }
        needles
    }

    fn widths(&self, modulus: &Number) -> Vec<usize> {
        let halves = CLASSES.map(|class| class / 2);
        if modulus.bits() > self.n.bits() * 3 / 4 {
            widths(modulus.bits(), &CLASSES)
        } else {
            widths(modulus.bits(), &halves)
        }
    }

    /// The numbers of which each half is secret.
    pub(crate) fn named(&self) -> [(&'static str, &Number); 6] {
        let Self { d, p, q, dp, dq, qi, .. } = self;
        [("p", p), ("q", q), ("d", d), ("dP", dp), ("dQ", dq), ("qInv", qi)]
    }

    /// p times a number, and dP and d plus multiples, as blinding makes them: for the test of the search.
    pub(crate) fn blinded(&self) -> [Vec<u8>; 3] {
        let Self { d, p, q, dp, .. } = self;
        let one = Number::small(1);
        let factor = Number::from_be(&[0x9d; 15]);
        let order = p.minus(&one);
        [p.times(&factor), order.times(&factor).plus(dp), order.times(&q.minus(&one)).times(&factor).plus(d)]
            .map(|number| number.to_le(number.len().next_multiple_of(8)))
    }

    /// What RSA computes of the encoded message `em`, and nobody but the two ends may know.
    pub(crate) fn message_needles(&self, em: &[u8]) -> Needles {
        let Self { n, e, p, q, qi, .. } = self;
        let m = Number::from_be(em);
        let c = m.power(e, n);
        let mut needles = Needles::new();
        plain(&mut needles, "EM", &m);
        montgomery_of(&mut needles, "EM", &m, "n", n, &widths(n.bits(), &CLASSES));
        let residues = [("p", p), ("q", q)].map(|(name, prime)| (name, prime, m.modulo(prime), c.modulo(prime)));
        for (name, prime, m, c) in &residues {
            for (what, value) in [("EM", m), ("c", c)] {
                plain(&mut needles, &format!("{what} mod {name}"), value);
                montgomery_of(&mut needles, what, value, name, prime, &self.widths(prime));
            }
        }
        // h = (m_1 - m_2) * qInv mod p, and q * h.
        let [(_, _, m1, _), (_, _, m2, _)] = &residues;
        let h = m1.plus(p).plus(p).plus(p).minus(&m2.modulo(p)).times(qi).modulo(p);
        plain(&mut needles, "h", &h);
        plain(&mut needles, "q*h", &q.times(&h));
        assert_eq!(q.times(&h).plus(m2), m, "the Chinese Remainder Theorem");
        needles.allow(&c.to_be(n.len()));
        needles.allow(&c.to_le(n.len()));
        needles
    }

    /// RSAEP (RFC 8017 section 5.1.1).
    pub(crate) fn encrypted(&self, em: &[u8]) -> Vec<u8> {
        Number::from_be(em).power(&self.e, &self.n).to_be(self.n.len())
    }
}

/// A number as texts and as limbs have it.
fn plain(needles: &mut Needles, name: &str, number: &Number) {
    let len = number.len().next_multiple_of(8);
    needles.add(&format!("{name}, little-endian"), &number.to_le(len));
    needles.add(&format!("{name}, big-endian"), &number.to_be(number.len()));
}

fn montgomery(needles: &mut Needles, name: &str, number: &Number, modulus_name: &str, modulus: &Number) {
    let halves = CLASSES.map(|class| class / 2);
    let classes = if modulus_name == "n" { &CLASSES } else { &halves };
    montgomery_of(needles, name, number, modulus_name, modulus, &widths(modulus.bits(), classes));
}

/// A number in Montgomery form, and what a Montgomery multiplication by 1 makes of the number itself.
fn montgomery_of(
    needles: &mut Needles,
    name: &str,
    number: &Number,
    modulus_name: &str,
    modulus: &Number,
    widths: &[usize],
) {
    for (width, form) in widths.iter().zip(number.shifted(modulus, widths)) {
        plain(needles, &format!("{name} * R mod {modulus_name}, R = 2^{width}"), &form);
    }
}

/// AES-256's key expansion (FIPS 197 section 5.2), for the round keys after the key itself.
fn round_keys(key: &[u8; 32]) -> Vec<u8> {
    let sbox = sbox();
    let mut words: Vec<[u8; 4]> = key.chunks(4).map(|word| word.try_into().unwrap()).collect();
    let mut rcon = 1_u8;
    for i in 8..60 {
        let mut word = words[i - 1];
        if i % 8 == 0 {
            word.rotate_left(1);
            word = word.map(|byte| sbox[usize::from(byte)]);
            word[0] ^= rcon;
            rcon <<= 1;
        } else if i % 8 == 4 {
            word = word.map(|byte| sbox[usize::from(byte)]);
        }
        words.push(core::array::from_fn(|at| words[i - 8][at] ^ word[at]));
    }
    words[8..].concat()
}

/// AES's S-box (FIPS 197 section 5.1.1), from its definition.
fn sbox() -> Vec<u8> {
    let multiply = |a: u8, b: u8| {
        (0..8).fold((0_u8, a), |(sum, a), bit| (sum ^ (a * (b >> bit & 1)), (a << 1) ^ (0x1b * (a >> 7)))).0
    };
    (0..=255_u8)
        .map(|byte| {
            let inverse = (0..254).fold(1, |power, _| multiply(power, byte));
            let inverse = if byte == 0 { 0 } else { inverse };
            (0..5).fold(0x63, |sum, turn| sum ^ inverse.rotate_left(turn))
        })
        .collect()
}

/// The memory of a value, as far as it is the value's own: neither what was there before, nor where it is.
fn memory_of<T>(make: &dyn Fn() -> T) -> Vec<u8> {
    let filled = |fill: u8| {
        let mut memory = Box::new(core::mem::MaybeUninit::<T>::uninit());
        let len = size_of::<T>();
        let bytes = (&raw mut *memory).cast::<u8>();
        // SAFETY: the box has this size.
        unsafe { bytes.write_bytes(fill, len) };
        dirty_stack(fill);
        memory.write(make());
        // SAFETY: the box has this size. What the value leaves unwritten was written before.
        let copy: Vec<u8> = (0..len).map(|at| unsafe { bytes.add(at).read_volatile() }).collect();
        // SAFETY: it was written above.
        unsafe { memory.assume_init_drop() };
        copy
    };
    let (zeros, ones) = (filled(0), elsewhere(&|| filled(0xff)));
    zeros.into_iter().zip(ones).map(|(zero, one)| if zero == one { zero } else { 0 }).collect()
}

/// The state of a cipher, as far as it depends on the key.
fn state_of<T>(key: &[u8; 32], make: impl Fn(&[u8; 32]) -> T) -> Vec<u8> {
    let (mine, other) = (memory_of(&|| make(key)), memory_of(&|| make(&[0x5c; 32])));
    let stretches = mine.chunks(MATCH).zip(other.chunks(MATCH));
    stretches.flat_map(|(mine, other)| if mine == other { vec![0; mine.len()] } else { mine.to_vec() }).collect()
}

/// Calls `work` with the stack at another place.
#[inline(never)]
fn elsewhere<T>(work: &dyn Fn() -> T) -> T {
    let room = core::hint::black_box([0_u8; 5000]);
    let result = work();
    core::hint::black_box(&room);
    result
}

/// Fills the stack below the caller.
#[inline(never)]
fn dirty_stack(fill: u8) {
    core::hint::black_box(&mut [fill; 65_536]);
}

/// What must not be left of a CEK: itself, AES's round keys, GHASH's key and what the ciphers in use make of them.
pub(crate) fn cek_needles(name: &str, cek: &[u8; 32]) -> Needles {
    let mut needles = Needles::new();
    needles.add(name, cek);
    needles.add(&format!("{name}, base64url"), Base64UrlUnpadded::encode_string(cek).as_bytes());
    needles.add(&format!("{name}, AES round key"), &round_keys(cek));
    let mut hash_key = [0; 16];
    Aes256::new(cek.into()).encrypt_block((&mut hash_key).into());
    needles.add(&format!("{name}, GHASH key"), &hash_key);
    hash_key.reverse();
    needles.add(&format!("{name}, GHASH key reversed"), &hash_key);
    needles.add(&format!("{name}, memory of AES"), &state_of(cek, |key| Aes256::new(key.into())));
    needles.add(&format!("{name}, memory of AES-GCM"), &state_of(cek, |key| aes_gcm::Aes256Gcm::new(key.into())));
    needles
}

/// OAEP's seed, and the data block before it is masked.
pub(crate) fn oaep_needles(cek: &[u8; 32], seed: &[u8]) -> Needles {
    let mut needles = Needles::new();
    needles.add("seed", seed);
    needles.add("DB", &[&[0; 16][..], &[1], cek].concat());
    needles
}

/// EME-OAEP (RFC 8017 section 7.1.1) for a modulus of `len` bytes.
pub(crate) fn encoded_message(cek: &[u8; 32], seed: &[u8], len: usize) -> Vec<u8> {
    let mgf = |seed: &[u8], len: usize| -> Vec<u8> {
        (0_u32..32).flat_map(|i| Sha256::digest([seed, &i.to_be_bytes()].concat())).take(len).collect()
    };
    let xor = |a: &[u8], b: &[u8]| -> Vec<u8> { a.iter().zip(b).map(|(a, b)| a ^ b).collect() };
    let db = [&Sha256::digest(b"")[..], &vec![0; len - 98], &[1], cek].concat();
    let masked_db = xor(&db, &mgf(seed, len - 33));
    let masked_seed = xor(seed, &mgf(&masked_db, 32));
    [vec![0], masked_seed, masked_db].concat()
}

#[test]
fn round_keys_are_those_of_fips_197() {
    let key: Vec<u8> = (0..32).collect();
    let expanded = round_keys(&key.try_into().unwrap());
    assert_eq!(expanded[..4], [0xa5, 0x73, 0xc2, 0x9f]);
    assert_eq!(expanded[expanded.len() - 4..], [0x6d, 0x68, 0xde, 0x36]);
}

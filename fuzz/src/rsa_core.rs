//! RSAEP and RSADP against the `rsa` crate, under keys of several sizes, for every kind of representative.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use arbitrary::{Arbitrary, Unstructured};
use crypto_bigint::{BoxedUint, NonZero, Resize as _};
use jwe_primitives::internals::{rsadp, rsaep};
use jwe_primitives::{DecryptingKey, KeyError};
use rsa::PublicKey;
use rsa::hazmat::rsa_encrypt;
use rsa::traits::PublicKeyParts as _;

use super::keys::{Rng, rsa_jwk};
use super::reference;

/// The keys of `vectors/keys.json` whose primes are combined: each with each, in both orders.
const SOURCES: [&str; 6] = ["rsa2048-a", "rsa2048-b", "rsa2048-e3", "rsa2056", "rsa3072", "rsa4096"];

/// The last one is the largest that the crate takes.
const EXPONENTS: [u64; 6] = [65537, 3, 5, 17, 0x1234_5679, (1 << 33) - 1];

/// Wide enough for every product here.
const PRECISION: u32 = 8192;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    key: Selection,
    number: Number<'a>,
    seed: u64,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Selection {
    /// One of [`SOURCES`], or two of them: p of one and q of another.
    sources: (u8, Option<u8>),
    swapped: bool,
    exponent: u8,
}

#[derive(Arbitrary, Debug)]
enum Number<'a> {
    Small(u8),
    /// So far below the modulus.
    Below(u8),
    /// So far above the modulus, which itself is out of range.
    Above(u8),
    /// As large as a block can be.
    Largest,
    MultipleOfP(u64),
    MultipleOfQ(u64),
    /// The last bytes of a block.
    Low(&'a [u8]),
    /// The first bytes of a block.
    High(&'a [u8]),
}

struct Pair {
    ours: DecryptingKey,
    reference: PublicKey,
    n: BoxedUint,
    p: BoxedUint,
    q: BoxedUint,
}

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let Some(key) = input.key.pair() else { return };
    let number = input.number.of(&key);
    let k = key.ours.modulus_bits().div_ceil(8);
    let Some(block) = i2osp(&number, k) else { return };
    let valid = number.lt(&key.n);

    let mut encrypted = block.clone();
    let result = rsaep(key.ours.encrypting_key(), &mut encrypted);
    assert_eq!(result.is_ok(), valid, "RSAEP takes what is below the modulus");
    let mut decrypted = block.clone();
    let result = rsadp(&key.ours, &mut Rng(input.seed), &mut decrypted).expect("good randomness and a block");
    assert_eq!(result, valid, "RSADP takes what is below the modulus");
    if valid {
        assert_eq!(Some(encrypted), key.encrypt(&number), "RSAEP");
        // RSAEP permutes the numbers below n, so only one is encrypted to `number`. It takes much less time than RSADP.
        assert_eq!(Some(block), key.encrypt(&os2ip(&decrypted)), "RSADP");
    } else {
        assert_eq!(decrypted, vec![0; k], "nothing is returned");
    }
    for len in [k - 1, k + 1] {
        let mut block = vec![0; len];
        assert!(rsaep(key.ours.encrypting_key(), &mut block).is_err(), "a block of another length");
        assert!(rsadp(&key.ours, &mut Rng(input.seed), &mut block).is_err(), "a block of another length");
    }
}

impl Selection {
    /// `None` if there is no such key. A key is built once: that takes as long as using it several times.
    fn pair(self) -> Option<Arc<Pair>> {
        type Cache = HashMap<([usize; 4], u64), Option<Arc<Pair>>>;
        static CACHE: LazyLock<Mutex<Cache>> = LazyLock::new(Mutex::default);
        let (p, q) = self.sources;
        let [p, q] = [p, q.unwrap_or(p)].map(|index| usize::from(index) % SOURCES.len());
        let e = EXPONENTS[usize::from(self.exponent) % EXPONENTS.len()];
        let names = if self.swapped { [q, 1, p, 0] } else { [p, 0, q, 1] };
        let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        cache.entry((names, e)).or_insert_with(|| Pair::new(prime(p, "p"), prime(q, "q"), self.swapped, e)).clone()
    }
}

impl Pair {
    fn new(p: BoxedUint, q: BoxedUint, swapped: bool, exponent: u64) -> Option<Arc<Self>> {
        let (p, q) = if swapped { (q, p) } else { (p, q) };
        let one = BoxedUint::one_with_precision(PRECISION);
        let n = p.wrapping_mul(&q);
        let (p_1, q_1) = (p.wrapping_sub(&one), q.wrapping_sub(&one));
        let exponent = BoxedUint::from(exponent).resize(PRECISION);
        // There is none if it divides p - 1 or q - 1.
        let d = inverse(&exponent, &p_1.wrapping_mul(&q_1))?;
        let numbers =
            [&n, &exponent, &d, &p, &q, &inverse(&exponent, &p_1)?, &inverse(&exponent, &q_1)?, &inverse(&q, &p)?]
                .map(trimmed);
        let members = ["n", "e", "d", "p", "q", "dp", "dq", "qi"].iter().zip(&numbers);
        let members: Vec<String> =
            members.map(|(name, number)| format!(r#""{name}":"{}""#, reference::encode(number))).collect();
        let ours = DecryptingKey::from_jwk(&[r#"{"kty":"RSA","#, &members.join(","), "}"].concat());
        if n.bit_width() < 2048 {
            assert_eq!(ours.err(), Some(KeyError::ModulusTooSmall.into()));
            return None;
        }
        let [exact_n, exact_e] = [&n, &exponent].map(|number| BoxedUint::from_be_slice_vartime(&trimmed(number)));
        let reference = PublicKey::new(exact_n, exact_e).expect("a good key");
        Some(Arc::new(Self { ours: ours.expect("a good key"), reference, n, p, q }))
    }

    /// RSAEP by the reference. `None` for what is not below the modulus.
    fn encrypt(&self, number: &BoxedUint) -> Option<Vec<u8>> {
        let exact = number.lt(&self.n).then(|| number.resize(self.reference.n_bits_precision()))?;
        i2osp(&rsa_encrypt(&self.reference, &exact).ok()?, self.ours.modulus_bits().div_ceil(8))
    }
}

impl Number<'_> {
    fn of(&self, key: &Pair) -> BoxedUint {
        let small = |number: u64| BoxedUint::from(number).resize(PRECISION);
        let k = key.ours.modulus_bits().div_ceil(8);
        match *self {
            Self::Small(number) => small(number.into()),
            Self::Below(by) => key.n.wrapping_sub(small(u64::from(by) + 1)),
            Self::Above(by) => key.n.wrapping_add(small(by.into())),
            Self::Largest => os2ip(&vec![0xff; k]),
            Self::MultipleOfP(times) => key.p.wrapping_mul(small(times)),
            Self::MultipleOfQ(times) => key.q.wrapping_mul(small(times)),
            Self::Low(bytes) => os2ip(&bytes[bytes.len().saturating_sub(k)..]),
            Self::High(bytes) => {
                let mut block = bytes.to_vec();
                block.resize(k, 0);
                os2ip(&block)
            }
        }
    }
}

fn prime(source: usize, name: &str) -> BoxedUint {
    let text = rsa_jwk(SOURCES[source])[name].as_str().unwrap_or_default();
    os2ip(&reference::decode(text.as_bytes()).expect("vectors/keys.json is base64url"))
}

fn inverse(of: &BoxedUint, modulus: &BoxedUint) -> Option<BoxedUint> {
    let modulus = NonZero::new(modulus.clone()).into_option()?;
    of.rem_vartime(&modulus).invert_mod(&modulus).into_option()
}

fn os2ip(bytes: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice_vartime(bytes).resize(PRECISION)
}

fn trimmed(number: &BoxedUint) -> Vec<u8> {
    number.to_be_bytes_trimmed_vartime().to_vec()
}

/// `None` if the number is longer than the block.
fn i2osp(number: &BoxedUint, len: usize) -> Option<Vec<u8>> {
    let bytes = trimmed(number);
    Some([vec![0; len.checked_sub(bytes.len())?], bytes].concat())
}

#![allow(clippy::arithmetic_side_effects, reason = "a test may fail by panicking")]

use core::cell::RefCell;
use std::thread_local;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{BoxedUint, NonZero, Odd, Resize as _, U256, Uint};
use rand_core::TryRng as _;
use rsa::hazmat::{rsa_decrypt_and_check, rsa_encrypt};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::generate::{candidate, is_long, is_suitable};
use super::integer::{os2ip, product, random_below, random_bits, to_bytes};
use super::private::{Half, HashStream};
use super::small_primes::{BELOW_752, SMALL_PRIMES, has_small_factor};
use super::*;
use crate::stack::tests::zeroizes;
use crate::test_util::{FailingRng, Scripted, TestRng};

thread_local! {
    /// Base, exponent and modulus of each secret power that this thread computed.
    pub(crate) static POWERS: RefCell<Vec<[Vec<u8>; 3]>> = const { RefCell::new(Vec::new()) };

    /// The bases of the Miller-Rabin rounds of this thread.
    pub(crate) static BASES: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A number of a private key, for [`PrivateKey::corrupt`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    P,
    Q,
    Dp,
    Dq,
    QInv,
}

pub(crate) const NUMBERS: [Number; 5] = [Number::P, Number::Q, Number::Dp, Number::Dq, Number::QInv];

impl<const L: usize, const B: usize, const N: usize> Private<L, B, N> {
    fn corrupt(&mut self, number: Number) {
        let flip = |number: &Uint<L>| number.bitxor(&Uint::from_u8(2));
        let flip_prime = |half: &Half<L>| FixedMontyParams::new(Odd::new(flip(half.prime())).unwrap());
        match number {
            Number::P => self.p.params = flip_prime(&self.p),
            Number::Q => self.q.params = flip_prime(&self.q),
            Number::Dp => self.p.exponent = flip(&self.p.exponent),
            Number::Dq => self.q.exponent = flip(&self.q.exponent),
            Number::QInv => self.q_inv = flip(&self.q_inv),
        }
    }
}

impl PrivateKey {
    /// Flips a bit of one number in memory, as a fault would.
    pub(crate) fn corrupt(&mut self, number: Number) {
        size_classes!(
            with_key!(SizedPrivate, rsadp, &mut self.0, key => Shared::get_mut(key).unwrap().corrupt(number))
        );
    }
}

/// The numbers of a key made from two factors, prime or not, big-endian.
#[derive(Clone)]
struct Numbers {
    n: Vec<u8>,
    e: Vec<u8>,
    d: Vec<u8>,
    p: Vec<u8>,
    q: Vec<u8>,
    dp: Vec<u8>,
    dq: Vec<u8>,
    qi: Vec<u8>,
}

/// Wide enough for every product here.
const PRECISION: u32 = 16384;

fn integer(bytes: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice_vartime(bytes).resize(PRECISION)
}

fn bytes(integer: &BoxedUint) -> Vec<u8> {
    integer.to_be_bytes_trimmed_vartime().to_vec()
}

fn inverse(of: &BoxedUint, modulus: &BoxedUint) -> Option<BoxedUint> {
    of.rem(&NonZero::new(modulus.clone()).unwrap()).invert_mod(&NonZero::new(modulus.clone()).unwrap()).into_option()
}

impl Numbers {
    /// `None` if e has no inverse.
    fn new(p: &BoxedUint, q: &BoxedUint, e: u64) -> Option<Self> {
        let (p, q) = (p.resize(PRECISION), q.resize(PRECISION));
        let one = BoxedUint::one_with_precision(PRECISION);
        let e = BoxedUint::from(e).resize(PRECISION);
        let (p_1, q_1) = (p.wrapping_sub(&one), q.wrapping_sub(&one));
        Some(Self {
            n: bytes(&p.wrapping_mul(&q)),
            e: bytes(&e),
            d: bytes(&inverse(&e, &p_1.wrapping_mul(&q_1))?),
            dp: bytes(&inverse(&e, &p_1)?),
            dq: bytes(&inverse(&e, &q_1)?),
            qi: bytes(&inverse(&q, &p)?),
            p: bytes(&p),
            q: bytes(&q),
        })
    }

    fn of(key: &PrivateKey) -> Self {
        let numbers = key.components();
        Self {
            n: numbers.n.to_vec(),
            e: numbers.e.to_vec(),
            d: numbers.d.to_vec(),
            p: numbers.p.to_vec(),
            q: numbers.q.to_vec(),
            dp: numbers.dp.to_vec(),
            dq: numbers.dq.to_vec(),
            qi: numbers.qi.to_vec(),
        }
    }

    fn public(&self) -> Result<PublicKey, KeyError> {
        PublicKey::new(&self.n, &self.e)
    }

    fn private(&self) -> Result<PrivateKey, KeyError> {
        let Self { d, p, q, dp, dq, qi, .. } = self;
        PrivateKey::new(&self.public()?, &PrivateComponents { d, p, q, dp, dq, qi })
    }

    fn reference(&self) -> rsa::PrivateKey {
        let read = |number: &Vec<u8>| BoxedUint::from_be_slice_vartime(number);
        let primes = vec![read(&self.p), read(&self.q)];
        rsa::PrivateKey::from_components_with_wide_primes(read(&self.n), read(&self.e), read(&self.d), primes).unwrap()
    }

    fn primes(&self) -> [BoxedUint; 2] {
        [integer(&self.p), integer(&self.q)]
    }

    fn swapped(&self) -> Self {
        let [p, q] = self.primes();
        Self::new(&q, &p, self.e.iter().fold(0, |e, byte| e << 8 | u64::from(*byte))).unwrap()
    }
}

/// The key of this id in `vectors/keys.json`, as `rsa` reads it.
fn numbers(id: &str) -> Numbers {
    let keys: Value = serde_json::from_str(include_str!("../../vectors/keys.json")).unwrap();
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap();
    let key = rsa::PrivateKey::from_pkcs8_pem(key["pkcs8_pem"].as_str().unwrap()).unwrap();
    Numbers {
        n: bytes(key.n()),
        e: bytes(key.e()),
        d: bytes(key.d()),
        p: bytes(&key.primes()[0]),
        q: bytes(&key.primes()[1]),
        dp: bytes(key.dp().unwrap()),
        dq: bytes(key.dq().unwrap()),
        qi: bytes(&key.crt_coefficient().unwrap()),
    }
}

/// The private key of this id in `vectors/keys.json`.
pub(crate) fn private(id: &str) -> PrivateKey {
    numbers(id).private().unwrap()
}

/// 2^bits − 1, for the exponent of a Mersenne prime.
fn mersenne(bits: u32) -> BoxedUint {
    BoxedUint::max(PRECISION).shr(PRECISION - bits)
}

/// Keys of every size class, of odd lengths, with primes of unequal lengths and in both orders.
fn all_numbers() -> Vec<(&'static str, Numbers)> {
    let small = numbers("rsa2048-a");
    let [p_1024, q_1024] = small.primes();
    let [p_1028, _] = numbers("rsa2056").primes();
    let built = |p: &BoxedUint, q: &BoxedUint| Numbers::new(p, q, 65537).unwrap();
    vec![
        ("2048, p and q swapped", small.swapped()),
        ("2048", small),
        ("2048, e = 3", numbers("rsa2048-e3")),
        ("2048, e = 2^33 - 1", with_greatest_exponent()),
        ("2056", numbers("rsa2056")),
        ("2052: 1028 + 1024", built(&p_1028, &q_1024)),
        ("2303: 1024 + 1279", built(&p_1024, &mersenne(1279))),
        ("2303: 1279 + 1024", built(&mersenne(1279), &p_1024)),
        ("3072", numbers("rsa3072")),
        ("3482: 2203 + 1279, in the class of 6144", built(&mersenne(2203), &mersenne(1279))),
        ("4096", numbers("rsa4096")),
        ("4484: 2281 + 2203", built(&mersenne(2281), &mersenne(2203))),
        ("8192", numbers("rsa8192")),
    ]
}

fn with_greatest_exponent() -> Numbers {
    let [p_1, q_1] = numbers("rsa2048-a").primes();
    let [p_2, q_2] = numbers("rsa2048-b").primes();
    let e = (1 << 33) - 1;
    let pairs = [(&p_1, &q_1), (&p_1, &p_2), (&p_1, &q_2), (&q_1, &p_2), (&q_1, &q_2), (&p_2, &q_2)];
    let mut keys = pairs.into_iter().filter_map(|(p, q)| Numbers::new(p, q, e));
    keys.find(|key| bit_len(&key.n) == 2048).unwrap()
}

fn padded(integer: &BoxedUint, len: usize) -> Vec<u8> {
    let bytes = bytes(integer);
    [vec![0; len - bytes.len()], bytes].concat()
}

/// The messages or ciphertexts for which an operation is compared: the ends of the range, multiples of the primes, and
/// random ones.
fn representatives(key: &Numbers) -> Vec<BoxedUint> {
    let (n, [p, q]) = (integer(&key.n), key.primes());
    let one = BoxedUint::one_with_precision(PRECISION);
    let mut random = vec![0; key.n.len()];
    TestRng::new(7).try_fill_bytes(&mut random).unwrap();
    random[0] = 0;
    let below = |times: u64, of: &BoxedUint| BoxedUint::from(times).resize(PRECISION).wrapping_mul(of);
    vec![
        BoxedUint::zero_with_precision(PRECISION),
        one.clone(),
        n.wrapping_sub(&one),
        n.wrapping_sub(&p),
        below(0x1234_5678_9abc_def1, &p),
        below(0xfedc_ba98_7654_3210, &q),
        integer(&random),
    ]
}

#[test]
fn every_operation_gives_what_rsa_gives() {
    for (name, numbers) in all_numbers() {
        let (public, private, reference) =
            (numbers.public().unwrap(), numbers.private().expect(name), numbers.reference());
        let len = public.modulus_len();
        // The longest keys take their time.
        let skipped = if len > 512 { 5 } else { 0 };
        for representative in representatives(&numbers).split_off(skipped) {
            let exact = representative.clone().resize(reference.n_bits_precision());
            let mut block = padded(&representative, len);
            public.rsaep(&mut block).unwrap();
            assert_eq!(integer(&block), rsa_encrypt(&reference, &exact).unwrap().resize(PRECISION), "{name}");
            let mut block = padded(&representative, len);
            assert!(private.rsadp(&mut TestRng::new(1), &mut block).unwrap().to_bool(), "{name}");
            let theirs = rsa_decrypt_and_check(&reference, Some(&mut TestRng::new(2)), &exact).unwrap();
            assert_eq!(integer(&block), theirs.resize(PRECISION), "{name}");
        }
    }
}

#[test]
fn i2osp_pads_with_leading_zeros() {
    let mut out = [9; 20];
    i2osp(&U128::from_u32(0x0102_0304), &mut out);
    assert_eq!(out, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
}

#[test]
fn reports_a_representative_out_of_range() {
    let numbers = numbers("rsa2048-a");
    let (public, private) = (numbers.public().unwrap(), numbers.private().unwrap());
    let one = BoxedUint::one_with_precision(PRECISION);
    let n = integer(&numbers.n);
    for c in [n.clone(), n.wrapping_add(&one), mersenne(2048)] {
        let mut block = padded(&c, 256);
        assert_eq!(public.rsaep(&mut block), Err(Error::Internal));
        assert!(!private.rsadp(&mut TestRng::new(1), &mut block).unwrap().to_bool());
        assert_eq!(block, [0; 256]);
    }
}

#[test]
fn rejects_a_block_of_another_length() {
    let numbers = numbers("rsa2048-a");
    let (public, private) = (numbers.public().unwrap(), numbers.private().unwrap());
    for len in [0, 255, 257, 1024] {
        assert_eq!(public.rsaep(&mut vec![0; len]), Err(Error::Internal));
        let result = private.rsadp(&mut TestRng::new(1), &mut vec![0; len]);
        assert_eq!(result.err(), Some(Error::Internal));
    }
}

#[test]
fn a_fault_in_any_number_keeps_the_message_back() {
    let numbers = numbers("rsa2048-a");
    for number in NUMBERS {
        let mut key = numbers.private().unwrap();
        key.corrupt(number);
        for c in representatives(&numbers).split_off(4) {
            let mut block = padded(&c, 256);
            // A fault in p leaves 0 modulo p as it is, and so on: only the random number meets every fault.
            let valid = key.rsadp(&mut TestRng::new(1), &mut block).unwrap().to_bool();
            assert!(valid || block == [0; 256], "{number:?}");
            if c == representatives(&numbers)[6] {
                assert!(!valid, "{number:?}");
            }
        }
    }
}

/// What is drawn for blinding is used: of two decryptions of one ciphertext no base, exponent or modulus is the same, and
/// each is the key's own in disguise.
#[test]
fn base_exponents_and_moduli_are_blinded_anew_each_time() {
    let numbers = numbers("rsa2048-a");
    let (key, one) = (numbers.private().unwrap(), BoxedUint::one_with_precision(PRECISION));
    let powers = [1, 2].map(|seed| {
        POWERS.take();
        key.rsadp(&mut TestRng::new(seed), &mut [7; 256]).unwrap();
        POWERS.take()
    });
    let modulo = |number: &[u8], modulus: &BoxedUint| integer(number).rem(&NonZero::new(modulus.clone()).unwrap());
    for (at, exponent) in [&numbers.dp, &numbers.dq].into_iter().enumerate() {
        let prime = numbers.primes()[at].clone();
        for (number, (first, second)) in powers[0][at].iter().zip(&powers[1][at]).enumerate() {
            assert_ne!(first, second, "base, exponent, modulus: {number}");
        }
        for [base, blinded_exponent, modulus] in [&powers[0][at], &powers[1][at]] {
            assert_ne!(integer(base), integer(&[7; 256]));
            assert_eq!(modulo(blinded_exponent, &prime.wrapping_sub(&one)), integer(exponent));
            assert_eq!(modulo(modulus, &prime), BoxedUint::zero_with_precision(PRECISION));
        }
    }
    assert_eq!(powers.map(|powers| powers.len()), [2, 2]);
}

/// What one decryption was blinded with: r, and for each prime the odd factor of the modulus and the multiple of the order.
fn blinding(key: &PrivateKey, numbers: &Numbers, seed: u64) -> [Vec<u8>; 5] {
    let one = BoxedUint::one_with_precision(PRECISION);
    POWERS.take();
    // With c = 1, the base is r^e, which decrypts to r.
    let mut block = padded(&one, 256);
    key.rsadp(&mut TestRng::new(seed), &mut block).unwrap();
    let powers = POWERS.take();
    let mut r = padded(&integer(&powers[0][0]), 256);
    key.rsadp(&mut TestRng::new(1000), &mut r).unwrap();
    let quotient = |of: &BoxedUint, by: &BoxedUint| {
        let [of, by] = [of, by].map(|number| number.clone().resize(2048));
        padded(&of.wrapping_div(&NonZero::new(by).unwrap()).resize(PRECISION), 16)
    };
    let [p, q] = numbers.primes();
    let [[_, p_exponent, p_modulus], [_, q_exponent, q_modulus]] = &powers[..] else { panic!("two powers") };
    [
        r,
        quotient(&integer(p_modulus), &p),
        quotient(&integer(p_exponent), &p.wrapping_sub(&one)),
        quotient(&integer(q_modulus), &q),
        quotient(&integer(q_exponent), &q.wrapping_sub(&one)),
    ]
}

/// Which bits of numbers of the same length differ among them.
fn varying_bits<'n>(mut numbers: impl Iterator<Item = &'n [u8]>) -> Vec<u8> {
    let first = numbers.next().unwrap().to_vec();
    numbers.fold(vec![0; first.len()], |varying, number| {
        varying.iter().zip(first.iter().zip(number)).map(|(varying, (a, b))| varying | (a ^ b)).collect()
    })
}

/// draft-irtf-cfrg-rsa-guidance-10 sections 6.4 and 6.5. In 64 decryptions, a random bit is never the same by chance.
#[test]
fn every_bit_that_blinds_is_random_and_used_once() {
    let numbers = numbers("rsa2048-a");
    let key = numbers.private().unwrap();
    let drawn: Vec<_> = (0..64).map(|seed| blinding(&key, &numbers, seed)).collect();
    for (at, name) in ["r", "p's factor", "p's multiple", "q's factor", "q's multiple"].iter().enumerate() {
        let varying = varying_bits(drawn.iter().map(|numbers| &*numbers[at]));
        let mut expected = vec![0xff; if at == 0 { 256 } else { 16 }];
        // The factors are odd.
        *expected.last_mut().unwrap() = if name.ends_with("factor") { 0xfe } else { 0xff };
        assert_eq!(varying, expected, "{name}");
    }
    for [_, rest @ ..] in &drawn {
        // But for the bit that makes the factors odd.
        let mut different: Vec<_> = rest.iter().map(|number| &number[..15]).collect();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), 4);
    }
}

/// The exponentiation leaves out reductions; how many are due at the end depends on what the modulus leaves of the width.
#[test]
fn a_power_is_reduced_whatever_the_modulus_leaves_free() {
    let mut rng = TestRng::new(5);
    let fill: &mut Random<'_> = &mut |out| random::fill(&mut rng, out);
    let mut random = || random_bits::<6>(fill, Uint::<6>::BITS).unwrap();
    for top in 1..=255_u8 {
        // From nearly R / 256 to nearly R.
        let modulus = random().unbounded_shr(8).bitor(&Uint::from_u8(top).shl(Uint::<6>::BITS - 8));
        let params = FixedMontyParams::new(Odd::new(modulus.bitor(&Uint::ONE)).unwrap());
        for exponent in [random(), Uint::MAX, Uint::ONE, Uint::ZERO] {
            for base in [random(), params.modulus().as_ref().wrapping_sub(&Uint::ONE), Uint::ONE] {
                let base = FixedMontyForm::new(&base, &params);
                assert_eq!(base.pow_amm(&exponent).retrieve(), base.pow(&exponent).retrieve());
            }
        }
    }
}

/// What a reader makes of a key with one number changed.
fn read_with(change: impl FnOnce(&mut Numbers)) -> Option<KeyError> {
    let mut numbers = numbers("rsa2048-a");
    change(&mut numbers);
    numbers.private().err()
}

fn add(number: &mut Vec<u8>, summand: &BoxedUint) {
    *number = bytes(&integer(number).wrapping_add(summand));
}

#[test]
fn rejects_a_number_that_does_not_belong_to_the_key() {
    let small = numbers("rsa2048-a");
    let two = BoxedUint::from(2_u8).resize(PRECISION);
    let [p, q] = small.primes();
    assert_eq!(read_with(|_| {}), None);
    let other = numbers("rsa2048-b");
    // A small factor would be noticed first.
    let mut to_add_to_n = two.clone();
    while has_small_factor_slowly(&bytes(&integer(&small.n).wrapping_add(&to_add_to_n))) {
        to_add_to_n = to_add_to_n.wrapping_add(&two);
    }
    let changes: [&dyn Fn(&mut Numbers); 18] = [
        &|key| add(&mut key.d, &two),
        &|key| add(&mut key.p, &two),
        &|key| add(&mut key.q, &two),
        &|key| add(&mut key.dp, &two),
        &|key| add(&mut key.dq, &two),
        &|key| add(&mut key.qi, &two),
        &|key| add(&mut key.n, &to_add_to_n),
        &|key| key.d = vec![],
        &|key| key.p = vec![0],
        &|key| key.q = vec![1],
        &|key| key.dp = vec![],
        &|key| key.dq = vec![0],
        &|key| key.qi = vec![],
        &|key| key.p = key.n.clone(),
        &|key| (key.p, key.q) = (key.q.clone(), key.p.clone()),
        &|key| key.dp = other.dp.clone(),
        &|key| add(&mut key.qi, &p),
        &|key| add(&mut key.dq, &q),
    ];
    for (index, change) in changes.iter().enumerate() {
        assert_eq!(read_with(change), Some(KeyError::Inconsistent), "{index}");
    }
}

#[test]
fn rejects_numbers_that_are_correct_but_not_reduced() {
    let one = BoxedUint::one_with_precision(PRECISION);
    let small = numbers("rsa2048-a");
    let [p, q] = small.primes();
    let (p_1, q_1) = (p.wrapping_sub(&one), q.wrapping_sub(&one));
    assert_eq!(read_with(|key| add(&mut key.dp, &p_1)), Some(KeyError::Inconsistent));
    assert_eq!(read_with(|key| add(&mut key.dq, &q_1)), Some(KeyError::Inconsistent));
    assert_eq!(read_with(|key| add(&mut key.d, &p_1.wrapping_mul(&q_1))), Some(KeyError::Inconsistent));
    // In a size class with room for one more.
    let mut roomy = numbers("rsa2056");
    let [p, _] = roomy.primes();
    add(&mut roomy.qi, &p);
    assert_eq!(roomy.private().err(), Some(KeyError::Inconsistent));
}

#[test]
fn rejects_a_private_exponent_that_fits_one_prime_only() {
    let one = BoxedUint::one_with_precision(PRECISION);
    for prime in numbers("rsa2048-a").primes() {
        let order = prime.wrapping_sub(&one);
        assert_eq!(read_with(|key| add(&mut key.d, &order)), Some(KeyError::Inconsistent));
    }
}

#[test]
fn rejects_a_number_longer_than_the_modulus() {
    let long = vec![1; 257];
    let changes: [&dyn Fn(&mut Numbers); 6] = [
        &|key| key.d = long.clone(),
        &|key| key.p = long.clone(),
        &|key| key.q = long.clone(),
        &|key| key.dp = long.clone(),
        &|key| key.dq = long.clone(),
        &|key| key.qi = long.clone(),
    ];
    for change in changes {
        assert_eq!(read_with(change), Some(KeyError::Inconsistent));
    }
    let huge = vec![0xff; 4096];
    assert_eq!(read_with(|key| key.p = huge.clone()), Some(KeyError::Inconsistent));
    assert_eq!(read_with(|key| key.d = huge.clone()), Some(KeyError::Inconsistent));
}

/// Whoever hands in a key of 2048 bits can't make the reader use the stack of a larger one.
#[test]
fn a_number_that_is_no_factor_does_not_choose_the_size_class() {
    for len in [257, 512, 1024, 4096] {
        let changes: [&dyn Fn(&mut Numbers); 4] = [
            &|key| key.d = vec![0xff; len],
            &|key| key.dp = vec![0xff; len],
            &|key| key.dq = vec![0xff; len],
            &|key| key.qi = vec![0xff; len],
        ];
        for change in changes {
            zeroizes("read", &[stack::rsa_read(2048)], || {
                assert_eq!(read_with(change), Some(KeyError::Inconsistent));
            });
        }
    }
}

#[test]
fn ignores_leading_zeros() {
    let padded = |number: &mut Vec<u8>| *number = [vec![0; 2000], number.clone()].concat();
    let changed = read_with(|key| {
        let Numbers { n, e, d, p, q, dp, dq, qi } = key;
        [n, e, d, p, q, dp, dq, qi].into_iter().for_each(padded);
    });
    assert_eq!(changed, None);
}

/// p + 2k for the least k for which it is composite and all other numbers can be made to fit.
fn composite_instead_of(p: &BoxedUint, q: &BoxedUint) -> Numbers {
    let two = BoxedUint::from(2_u8).resize(PRECISION);
    let next = |p: &BoxedUint| Some(p.wrapping_add(&two));
    let composites =
        core::iter::successors(next(p), next).filter(|p| !has_small_factor_slowly(&bytes(p)) && !is_prime(p));
    composites.into_iter().find_map(|p| Numbers::new(&p, q, 65537)).unwrap()
}

fn is_prime(integer: &BoxedUint) -> bool {
    crypto_primes::is_prime(crypto_primes::Flavor::Any, &integer.resize(2048))
}

#[test]
fn rejects_composite_primes_whose_numbers_fit_together() {
    let [p, q] = numbers("rsa2048-a").primes();
    assert_eq!(composite_instead_of(&p, &q).private().err(), Some(KeyError::NotPrime));
    assert_eq!(composite_instead_of(&p, &q).swapped().private().err(), Some(KeyError::NotPrime));
}

/// Numbers for the test of primality: short ones do, since a round lets as many pass whatever the length.
type Short = U128;

fn passes(number: &Short, random: &mut Random<'_>) -> bool {
    let half = Half::new(*number, Uint::ONE).unwrap();
    primes::is_probably_prime::<{ Short::LIMBS }, { U256::LIMBS }>(&half.params, random).unwrap().to_bool()
}

fn is_short_prime(number: &Short) -> bool {
    crypto_primes::is_prime(crypto_primes::Flavor::Any, number)
}

/// Composite numbers whose factors are a · k + b for a random k, if all of them are prime.
struct Composites {
    name: &'static str,
    bits: u32,
    factors: &'static [(u16, u16)],
}

/// Those that pass most often: s(2s − 1), which pass a round for 1/6 to 1/4 of all bases; and Carmichael numbers of three
/// factors, for up to 1/8 (J. Chernick's), and for 1/4 (all factors 3 modulo 4 for odd k).
const COMPOSITES: [Composites; 3] = [
    Composites { name: "s(2s - 1)", bits: 40, factors: &[(1, 1), (2, 1)] },
    Composites { name: "Carmichael, 1 : 2 : 3", bits: 24, factors: &[(6, 1), (12, 1), (18, 1)] },
    Composites { name: "Carmichael, 1 : 3 : 5", bits: 24, factors: &[(60, 43), (180, 127), (300, 211)] },
];

impl Composites {
    fn find(&self, random: &mut Random<'_>) -> Short {
        loop {
            let k: Short = random_bits(random, self.bits).unwrap();
            let factors = self.factors.iter().map(|(a, b)| {
                let a_k: Short = product(&k, &crypto_bigint::U64::from_u16(*a));
                a_k.wrapping_add(&Uint::from_u16(*b))
            });
            let no_small_factor = factors.clone().all(|factor| !has_small_factor(&factor, BELOW_752));
            if no_small_factor && factors.clone().all(|factor| is_short_prime(&factor)) {
                return factors.fold(Uint::ONE, |n, factor| n.wrapping_mul(&factor));
            }
        }
    }
}

#[test]
fn a_round_lets_a_quarter_pass_at_most_and_a_key_fewer_than_one_in_fifty() {
    let mut rng = TestRng::new(11);
    let random: &mut Random<'_> = &mut |out| random::fill(&mut rng, out);
    for kind in &COMPOSITES {
        let mut passed = (0, 0);
        for _ in 0..1000 {
            let half = Half::new(kind.find(random), Uint::ONE).unwrap();
            passed.0 += u32::from(
                primes::passes_round::<{ Short::LIMBS }, { U256::LIMBS }>(&half.params, random).unwrap().to_bool(),
            );
            passed.1 += u32::from(
                primes::is_probably_prime::<{ Short::LIMBS }, { U256::LIMBS }>(&half.params, random).unwrap().to_bool(),
            );
        }
        // A quarter of 1000, and five standard deviations.
        assert!(passed.0 < 250 + 69 && passed.1 < 20, "{passed:?} of 1000: {}", kind.name);
        // Otherwise they wouldn't be of the worst kinds.
        assert!(passed.0 > 50, "{passed:?} of 1000: {}", kind.name);
    }
}

#[test]
fn primes_pass() {
    let mut rng = TestRng::new(13);
    let random: &mut Random<'_> = &mut |out| random::fill(&mut rng, out);
    for bits in [64, 100, 127, 128] {
        let mut primes = 0;
        while primes < 20 {
            let number: Short = random_bits(random, bits).unwrap().bitor(&Uint::ONE);
            if is_short_prime(&number) {
                assert!(passes(&number, random), "{number}");
                primes += 1;
            }
        }
    }
    // p − 1 has a great many factors 2: 3 · 2^n + 1 are prime.
    for n in [30, 36, 41, 66] {
        let prime = Short::from_u8(3).shl_vartime(n).wrapping_add(&Uint::ONE);
        for _ in 0..10 {
            assert!(passes(&prime, random), "3 * 2^{n} + 1");
        }
    }
    // Composite: Fermat's sixth number, and a few of the same form as above.
    for (factor, n) in [(1, 64), (3, 31), (3, 67), (3, 100), (3, 120)] {
        let composite = Short::from_u8(factor).shl_vartime(n).wrapping_add(&Uint::ONE);
        assert!(!passes(&composite, random), "{factor} * 2^{n} + 1");
    }
}

#[test]
fn long_primes_have_fewer_rounds() {
    for (id, rounds) in [("rsa2048-a", 4), ("rsa3072", 4), ("rsa4096", 3), ("rsa8192", 3)] {
        let numbers = numbers(id);
        BASES.take();
        numbers.private().unwrap();
        assert_eq!(BASES.take().len(), 2 * rounds, "{id}");
    }
}

/// The same key gives the same bases, each of them another. They depend on the private numbers: exchanging p and q, which
/// leaves the public half as it is, changes them.
#[test]
fn bases_depend_on_the_private_numbers() {
    let key = numbers("rsa2048-a");
    let bases = [&key, &key, &key.swapped()].map(|key| {
        BASES.take();
        key.private().unwrap();
        BASES.take()
    });
    assert_eq!(bases[0], bases[1]);
    let mut distinct = [&*bases[0], &*bases[2]].concat();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 16);
    assert!(distinct.iter().all(|base| bit_len(base) > 1024 - 64));
}

#[test]
fn rejects_primes_that_are_equal_or_close() {
    let [p, _] = numbers("rsa2048-a").primes();
    let two = BoxedUint::from(2_u8).resize(PRECISION);
    let above = |p: &BoxedUint| core::iter::successors(Some(p.wrapping_add(&two)), |p| Some(p.wrapping_add(&two)));
    // Near: the next prime. Far enough: one that differs in the upper 100 bits.
    let next_key = |start: &BoxedUint| above(start).filter(is_prime).find_map(|q| Numbers::new(&p, &q, 65537)).unwrap();
    let step = |bits: u32| BoxedUint::one_with_precision(PRECISION).shl(bits);
    assert_eq!(next_key(&p).private().err(), Some(KeyError::Inconsistent));
    assert_eq!(next_key(&p.wrapping_sub(step(924 - 1))).private().err(), Some(KeyError::Inconsistent));
    assert_eq!(next_key(&p.wrapping_sub(step(925))).private().err(), None);
}

#[test]
fn equal_primes_are_not_distinct() {
    let [p, q] = [0x00ff_u16, 0x0f0f].map(|high| U1024::from_u16(high).shl_vartime(1000));
    assert!(primes::are_distinct(&p, &q, 2048).to_bool());
    assert!(!primes::are_distinct(&p, &p, 2048).to_bool());
    // "|p - q| > 2^(nlen/2 - 100)": more than that, not as much.
    let near = |difference: U1024| p.wrapping_add(&difference);
    let least = U1024::ONE.shl_vartime(924);
    for (q, distinct) in [
        (near(least.wrapping_sub(&U1024::ONE)), false),
        (near(least), false),
        (near(least.wrapping_add(&U1024::ONE)), true),
    ] {
        assert_eq!(primes::are_distinct(&p, &q, 2048).to_bool(), distinct);
        assert_eq!(primes::are_distinct(&q, &p, 2048).to_bool(), distinct);
    }
}

#[test]
fn a_private_exponent_is_longer_than_half_the_modulus() {
    let least = Uint::<32>::ONE.shl_vartime(1024);
    assert!(is_long(&least, 2048));
    assert!(!is_long(&least.wrapping_sub(&Uint::ONE), 2048));
    assert!(!is_long(&Uint::<32>::from_u32(65537), 2048));
}

#[test]
fn the_lengths_of_the_primes_choose_the_size_class() {
    // As python-rsa makes them, and the shortest prime.
    for (p, q) in [(1024, 1024), (1088, 960), (1025, 1023), (1024, 1025), (848, 1200), (1365, 683), (1366, 683)] {
        assert_eq!(size_class(2048, p, q), Ok(2048.max(2 * p.max(q))), "{p} + {q}");
    }
    assert_eq!(size_class(8192, 4096, 4096), Ok(8192));
    // Exactly a third of the modulus, and one bit less.
    assert_eq!(size_class(2304, 768, 1536), Ok(3072));
    assert_eq!(size_class(2304, 767, 1537), Err(KeyError::PrimeLength));
    for (p, q) in [(1500, 548), (548, 1500), (1366, 682), (2039, 10), (1, 2048)] {
        assert_eq!(size_class(2048, p, q), Err(KeyError::PrimeLength), "{p} + {q}");
    }
    for (p, q) in [(4097, 4095), (4608, 3584)] {
        assert_eq!(size_class(8192, p, q), Err(KeyError::PrimeLength), "{p} + {q}");
    }
    for (p, q) in [(1024, 1023), (1025, 1025), (2048, 1024), (0, 1024), (1024, 0), (0, 0), (usize::MAX, 1)] {
        assert_eq!(size_class(2048, p, q), Err(KeyError::Inconsistent), "{p} + {q}");
    }
}

#[test]
fn rejects_primes_of_unsuitable_lengths() {
    let short = Numbers::new(&mersenne(2203), &mersenne(607), 65537).unwrap();
    let long = Numbers::new(&mersenne(4253), &mersenne(2281), 65537).unwrap();
    for key in [short, long] {
        assert_eq!(key.private().err(), Some(KeyError::PrimeLength));
        assert_eq!(key.swapped().private().err(), Some(KeyError::PrimeLength));
    }
}

#[test]
fn rejects_a_public_half_for_what_is_wrong_with_it() {
    let key = numbers("rsa2048-a");
    let error = |n: &[u8], e: &[u8]| PublicKey::new(n, e).err();
    let modulus = |bits: u32| (0..1000).map(|less| without(bits, less)).find(|n| !has_small_factor_slowly(n)).unwrap();
    assert_eq!(error(&modulus(2047), &key.e), Some(KeyError::ModulusTooSmall));
    assert_eq!(error(&[], &key.e), Some(KeyError::ModulusTooSmall));
    assert_eq!(error(&modulus(2048), &key.e), None);
    assert_eq!(error(&modulus(8192), &key.e), None);
    assert_eq!(error(&modulus(8193), &key.e), Some(KeyError::ModulusTooLarge));
    for e in [&[][..], &[0], &[1], &[2], &[1, 0], &[2, 0, 0, 0, 1], &[1, 0, 0, 0, 0, 0, 0, 0, 3]] {
        assert_eq!(error(&key.n, e), Some(KeyError::PublicExponent), "{e:?}");
    }
    for e in [&[3][..], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 5], &[1, 0xff, 0xff, 0xff, 0xff]] {
        assert_eq!(error(&key.n, e), None, "{e:?}");
    }
    let mut even = key.n.clone();
    even[255] ^= 1;
    assert_eq!(error(&even, &key.e), Some(KeyError::SmallFactor));
    for less in 0..100 {
        let n = without(2048, less);
        let expected = has_small_factor_slowly(&n).then_some(KeyError::SmallFactor);
        assert_eq!(error(&n, &key.e), expected, "2^2048 - 1 - {less}");
    }
}

/// 2^bits − 1 − `less`, big-endian.
fn without(bits: u32, less: u32) -> Vec<u8> {
    bytes(&mersenne(bits).wrapping_sub(BoxedUint::from(less).resize(PRECISION)))
}

/// Whether the number has a factor below 752, byte by byte.
fn has_small_factor_slowly(number: &[u8]) -> bool {
    (2..752_u32).any(|factor| number.iter().fold(0, |rest, byte| (rest << 8 | u32::from(*byte)) % factor) == 0)
}

#[test]
fn the_small_primes_are_all_odd_primes_up_to_8167() {
    let is_prime = |number: &u16| (2..*number).all(|divisor| !number.is_multiple_of(divisor));
    assert!((3..=8167).filter(is_prime).eq(SMALL_PRIMES));
    assert!((3..752).filter(is_prime).eq(SMALL_PRIMES[..BELOW_752].iter().copied()));
}

#[test]
fn each_small_factor_is_found_and_no_other() {
    // Two primes of 521 and 607 bits, and what is left of the integer's words above them.
    let large = mersenne(521).wrapping_mul(mersenne(607)).resize(U2048::BITS);
    let large: U2048 = os2ip(&bytes(&large)).unwrap();
    assert!(!has_small_factor(&large, SMALL_PRIMES.len()));
    for (at, prime) in SMALL_PRIMES.iter().enumerate() {
        let multiple = large.wrapping_mul(&U2048::from_u16(*prime));
        assert!(has_small_factor(&multiple, at + 1), "{prime}");
        assert!(!has_small_factor(&multiple, at), "{prime}");
    }
}

#[test]
fn hands_out_the_numbers_that_it_was_given() {
    for (name, numbers) in all_numbers() {
        let key = numbers.private().unwrap();
        let (given, got) = (numbers.clone(), Numbers::of(&key));
        assert_eq!(
            [given.n, given.e, given.d, given.p, given.q, given.dp, given.dq, given.qi],
            [got.n, got.e, got.d, got.p, got.q, got.dp, got.dq, got.qi],
            "{name}"
        );
        let public = key.public().unwrap();
        assert_eq!((public.modulus(), public.exponent()), (numbers.n.clone(), numbers.e));
        assert_eq!(public.modulus_bits(), bit_len(&numbers.n), "{name}");
    }
}

#[test]
fn generates_keys_of_exactly_the_length_asked_for() {
    for bits in [2048, 2049, 2058, 2111] {
        POWERS.take();
        let key = PrivateKey::generate(&mut TestRng::new(3), bits).unwrap();
        assert_eq!(POWERS.take().len(), 2, "the pairwise test");
        let numbers = Numbers::of(&key);
        assert_eq!(bit_len(&numbers.n), bits);
        assert_eq!(numbers.e, [1, 0, 1]);
        assert_eq!(bit_len(&numbers.p).max(bit_len(&numbers.q)), bits.div_ceil(2));
        assert_eq!(bit_len(&numbers.p).min(bit_len(&numbers.q)), bits / 2);
        assert!(numbers.primes()[0] > numbers.primes()[1]);
        let reference = numbers.reference();
        reference.validate().unwrap();
        assert_eq!(bytes(reference.dp().unwrap()), numbers.dp);
        // d is the least one: that modulo lcm (p - 1, q - 1), at most half of that modulo their product.
        assert!(bit_len(&numbers.d) < bits);
        assert!(numbers.private().is_ok());
    }
}

#[test]
fn generates_no_key_of_a_length_out_of_range() {
    let error = |bits| PrivateKey::generate(&mut TestRng::new(3), bits).err();
    assert_eq!(error(0), Some(KeyError::ModulusTooSmall.into()));
    assert_eq!(error(2047), Some(KeyError::ModulusTooSmall.into()));
    assert_eq!(error(8193), Some(KeyError::ModulusTooLarge.into()));
    assert_eq!(error(usize::MAX), Some(KeyError::ModulusTooLarge.into()));
}

/// A generator that gives the same byte for ever, from some call on.
fn stuck(after: u64, byte: u8) -> Scripted<impl FnMut(u64, &mut [u8])> {
    let mut working = TestRng::new(4);
    let give = move |call, out: &mut [u8]| {
        if call < after { working.try_fill_bytes(out).unwrap() } else { out.fill(byte) }
    };
    Scripted { calls: 0, give }
}

#[test]
fn a_stuck_generator_ends_in_an_error() {
    let key = numbers("rsa2048-a").private().unwrap();
    for byte in [0, 0xff] {
        let mut rng = stuck(0, byte);
        let result = key.rsadp(&mut rng, &mut [1; 256]);
        assert_eq!((result.err(), rng.calls), (Some(Error::Randomness), 128), "{byte}");
        for calls in [0, 1, 10] {
            let mut rng = stuck(calls, byte);
            let result = PrivateKey::generate(&mut rng, 2048);
            // It is noticed at the second candidate that is the same.
            assert_eq!((result.err(), rng.calls), (Some(Error::Randomness), calls + 2), "{byte}");
        }
    }
    // 2^1279 - 1 is prime, and a generator stuck at ones finds it twice.
    assert_eq!(PrivateKey::generate(&mut stuck(0, 0xff), 2558).err(), Some(Error::Randomness));
}

/// A multiple of a prime has no inverse: another number is drawn, but not for ever.
#[test]
fn a_blinding_factor_without_an_inverse_is_drawn_again() {
    let numbers = numbers("rsa2048-a");
    let key = numbers.private().unwrap();
    for prime in numbers.primes() {
        let multiple = padded(&prime.wrapping_mul(BoxedUint::from(6_u8)), 256);
        for (times, error) in [(0, None), (1, None), (127, None), (128, Some(Error::Randomness))] {
            let mut working = TestRng::new(1);
            let mut rng = Scripted {
                calls: 0,
                give: |call, out: &mut [u8]| {
                    if call < times { out.copy_from_slice(&multiple) } else { working.try_fill_bytes(out).unwrap() }
                },
            };
            let result = key.rsadp(&mut rng, &mut [1; 256]);
            // r, and a factor and a multiple for each prime.
            let calls = if error.is_none() { times + 5 } else { 128 };
            assert_eq!((result.err(), rng.calls), (error, calls), "{times}");
        }
    }
}

/// A generator that gives a multiple of 3 each time, and each time another.
#[test]
fn generation_ends_after_20_candidates_for_each_bit() {
    let mut candidate = U1024::from_u8(3).shl_vartime(1022).bitor(&U1024::from_u8(3));
    let mut rng = Scripted {
        calls: 0,
        give: |_, out: &mut [u8]| {
            candidate = candidate.wrapping_add(&U1024::from_u8(6));
            i2osp(&candidate, out);
        },
    };
    assert_eq!(PrivateKey::generate(&mut rng, 2048).err(), Some(Error::Randomness));
    assert_eq!(rng.calls, 20 * 2048);
}

/// gcd (p − 1, e) = 1 (FIPS 186-5 appendix A.1.3 step 4.5), for e = 65537.
#[test]
fn a_prime_of_a_generated_key_has_an_exponent() {
    let mut rng = TestRng::new(14);
    let random: &mut Random<'_> = &mut |out| random::fill(&mut rng, out);
    for (factor, suitable) in [(2_u32, true), (2 * 65537, false)] {
        let multiple = |random: &mut Random<'_>| {
            let k: Short = random_bits(random, 100).unwrap();
            let multiple: Short = product(&k, &crypto_bigint::U64::from_u32(factor));
            multiple.bitor(&Uint::ONE)
        };
        let prime = core::iter::repeat_with(|| multiple(random)).find(is_short_prime).unwrap();
        assert_eq!(is_suitable(&prime), suitable, "p - 1 is a multiple of {factor}");
    }
    let composite = COMPOSITES[0].find(random);
    assert!(!is_suitable(&composite));
}

#[test]
fn every_bit_of_a_candidate_is_random_but_three() {
    let mut rng = TestRng::new(15);
    let random: &mut Random<'_> = &mut |out| random::fill(&mut rng, out);
    let drawn: Vec<Vec<u8>> = (0..64).map(|_| to_bytes(&candidate::<4>(random, 200).unwrap()).to_vec()).collect();
    assert!(drawn.iter().all(|number| bit_len(number) == 200));
    let mut expected = vec![0xff; 25];
    (expected[0], expected[24]) = (0x3f, 0xfe);
    assert_eq!(varying_bits(drawn.iter().map(Vec::as_slice)), expected);
}

#[test]
fn primes_of_generated_keys_differ_everywhere() {
    let keys = [21, 22].map(|seed| Numbers::of(&PrivateKey::generate(&mut TestRng::new(seed), 2048).unwrap()));
    let primes: Vec<&Vec<u8>> = keys.iter().flat_map(|key| [&key.p, &key.q]).collect();
    for (at, one) in primes.iter().enumerate() {
        for other in &primes[at + 1..] {
            let mut pieces = one.chunks(8).zip(other.chunks(8));
            assert!(pieces.all(|(one, other)| one != other));
        }
    }
}

impl PrivateKey {
    fn hash_stream(&self, purpose: &[u8]) -> HashStream {
        size_classes!(with_key!(SizedPrivate, rsadp, &self.0, key => key.hash_stream(purpose)))
    }
}

fn first_bytes(key: &PrivateKey, purpose: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 96];
    key.hash_stream(purpose).fill(&mut out).unwrap();
    out
}

/// Each block is another one, and none gives the state away that the blocks after it are made from.
#[test]
fn the_hash_stream_does_not_repeat_itself_or_show_its_state() {
    let key = private("rsa2048-a");
    let mut stream = key.hash_stream(b"test");
    let mut seen = vec![stream.state.to_vec()];
    for _ in 0..10 {
        let mut block = vec![0; 32];
        stream.fill(&mut block).unwrap();
        seen.extend([block, stream.state.to_vec()]);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 21);
    // No state can be computed from a block by hashing that.
    let hash = |prefix: &[u8], block: &[u8]| Sha256::new_with_prefix(prefix).chain_update(block).finalize().to_vec();
    let hashes = seen.iter().flat_map(|block| [hash(&[], block), hash(&[0], block)]);
    assert_eq!(hashes.filter(|hash| seen.contains(hash)).count(), 10, "only the blocks, from the states");
}

/// Every private number decides what comes, and so does the purpose; the public ones are the same here.
#[test]
fn the_hash_stream_depends_on_every_private_number() {
    let mut streams =
        vec![first_bytes(&private("rsa2048-a"), b"test"), first_bytes(&private("rsa2048-a"), b"other test")];
    for number in NUMBERS {
        let mut key = private("rsa2048-a");
        key.corrupt(number);
        streams.push(first_bytes(&key, b"test"));
    }
    streams.sort();
    streams.dedup();
    assert_eq!(streams.len(), 2 + NUMBERS.len());
    assert_eq!(first_bytes(&private("rsa2048-a"), b"test"), first_bytes(&private("rsa2048-a"), b"test"));
}

/// The pairwise test is of the number, and blinded with the one, that the stream of its purpose gives.
#[test]
fn the_pairwise_test_decrypts_a_random_number() {
    let numbers = numbers("rsa2048-a");
    let key = numbers.private().unwrap();
    POWERS.take();
    assert!(size_classes!(with_key!(SizedPrivate, rsadp, &key.0, key => key.works())));
    let base = POWERS.take()[0][0].clone();
    let mut stream = key.hash_stream(b"pairwise test");
    let n: Odd<U2048> = Odd::new(os2ip(&numbers.n).unwrap()).unwrap();
    let random: &mut Random<'_> = &mut |out| stream.fill(out);
    let [c, r] = [(); 2].map(|()| random_below(random, &n, Some).unwrap());
    let mut r_e = to_bytes(&r).to_vec();
    numbers.public().unwrap().rsaep(&mut r_e).unwrap();
    let params = FixedMontyParams::new(n);
    let blinded = FixedMontyForm::new(&c, &params).mul(&FixedMontyForm::new(&os2ip(&r_e).unwrap(), &params));
    assert_eq!(integer(&base), integer(&to_bytes(&blinded.retrieve())));
    // A fault is noticed.
    let mut faulty = numbers.private().unwrap();
    faulty.corrupt(Number::Dp);
    assert!(!size_classes!(with_key!(SizedPrivate, rsadp, &faulty.0, key => key.works())));
}

#[test]
fn a_failing_generator_is_an_error_wherever_it_fails() {
    let numbers = numbers("rsa2048-a");
    let key = numbers.private().unwrap();
    let c = padded(&representatives(&numbers)[6], 256);
    // As many draws as there are without a failure: for the base, which may take several, two exponents and two moduli.
    let mut working = TestRng::new(FailingRng::SEED);
    assert!(key.rsadp(&mut working, &mut c.clone()).unwrap().to_bool());
    assert!(working.calls > 4, "{}", working.calls);
    for calls in 0..working.calls {
        let mut block = c.clone();
        assert_eq!(
            key.rsadp(&mut FailingRng::after(calls), &mut block).err(),
            Some(Error::Randomness),
            "after {calls}"
        );
        assert_eq!(block, c, "after {calls}");
    }
    assert!(key.rsadp(&mut FailingRng::after(working.calls), &mut c.clone()).unwrap().to_bool());
    for calls in [0, 1, 50] {
        let result = PrivateKey::generate(&mut FailingRng::after(calls), 2048);
        assert_eq!(result.err(), Some(Error::Randomness), "{calls}");
    }
}

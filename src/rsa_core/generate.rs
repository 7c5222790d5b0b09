//! Generation of a key pair (FIPS 186-5 appendix A.1.3, random probable primes). The test of primality is the one of
//! `crypto-primes`, Baillie-PSW, and not the Miller-Rabin rounds of appendix B.3.

use crypto_bigint::modular::FixedMontyForm;
use crypto_bigint::{NonZero, Odd, Uint};
use crypto_primes::{Flavor, is_prime};

use super::integer::{Random, product, random_bits};
use super::primes::are_distinct;
use super::private::{Half, Private};
use super::public::Public;
use super::small_primes::{SMALL_PRIMES, divides, has_small_factor};
use crate::error::Error;

/// The public exponent of generated keys.
const PUBLIC_EXPONENT: u32 = 65537;

/// Candidates for a prime before the generator counts as broken, for each bit of the modulus. FIPS 186-5 stops at 5
/// and 10, which a working generator may meet by chance once in 2⁴¹ keys; 20 it doesn't meet.
const MAX_CANDIDATES_PER_BIT: u32 = 20;

/// Steps 4 and 5 of A.1.3: a random prime of `bits` bits, for a modulus of `modulus_bits`, for which `accept` holds.
///
/// # Errors
/// [`Error::Randomness`] if the generator fails, repeats itself, or gives no prime in all the candidates.
fn prime<const L: usize>(
    random: &mut Random<'_>,
    bits: u32,
    modulus_bits: u32,
    accept: impl Fn(&Uint<L>) -> bool,
) -> Result<Uint<L>, Error> {
    let mut previous = Uint::ZERO;
    for _ in 0..modulus_bits.saturating_mul(MAX_CANDIDATES_PER_BIT) {
        let candidate = candidate(random, bits)?;
        // A generator that is stuck would be asked to the end, for minutes.
        if candidate == previous {
            return Err(Error::Randomness);
        }
        if accept(&candidate) && is_suitable(&candidate) {
            return Ok(candidate);
        }
        previous = candidate;
    }
    Err(Error::Randomness)
}

/// Steps 4.2, 4.3: random, odd, of exactly `bits` bits, and at least √2 · 2^(bits − 1), ensured by setting the top two bits.
pub(super) fn candidate<const L: usize>(random: &mut Random<'_>, bits: u32) -> Result<Uint<L>, Error> {
    let two_top_bits = Uint::<L>::from_u8(3).shl_vartime(bits.saturating_sub(2));
    Ok(random_bits(random, bits)?.bitor(&two_top_bits).bitor(&Uint::ONE))
}

/// Steps 4.5, 5.6: gcd (p − 1, e) = 1 and p is probably prime. e is a prime, so it divides p − 1 or shares nothing with it.
///
/// The trial division keeps nothing; a sieve would keep what its candidates leave modulo each small prime.
pub(super) fn is_suitable<const L: usize>(candidate: &Uint<L>) -> bool {
    !has_small_factor(candidate, SMALL_PRIMES.len())
        && !divides(PUBLIC_EXPONENT.into(), &candidate.wrapping_sub(&Uint::ONE))
        && is_prime(Flavor::Any, candidate)
}

impl<const L: usize, const B: usize, const N: usize> Private<L, B, N> {
    /// Generates a key whose modulus has exactly `bits` bits; `None` if `random` fails or is stuck.
    pub(super) fn generate(random: &mut Random<'_>, bits: u32) -> Option<Self> {
        // Steps 4, 5: the primes.
        let p = prime(random, bits.div_ceil(2), bits, |_| true).ok()?;
        let q = prime(random, bits / 2, bits, |q| are_distinct(&p, q, bits).to_bool()).ok()?;
        // qInv is what RFC 8017 names so, but some readers want the greater prime first.
        let (p, q) = if p > q { (p, q) } else { (q, p) };
        let key = Self::from_primes(p, q)?;
        // The last checks make sure of the arithmetic; the primes have been tested.
        (is_long(&key.d, bits) && key.is_consistent() && key.works()).then_some(key)
    }

    /// The key of two primes (RFC 8017 section 3.2).
    fn from_primes(p: Uint<L>, q: Uint<L>) -> Option<Self> {
        let p = Half::new(p, exponent(&p)?)?;
        let q = Half::new(q, exponent(&q)?)?;
        let n = Odd::new(product(p.prime(), q.prime())).into_option()?;
        let q_inv = FixedMontyForm::new(q.prime(), &p.params).invert().into_option()?.retrieve();
        let d = private_exponent(p.prime(), q.prime())?;
        Some(Self { public: Public::of(n, PUBLIC_EXPONENT.into()), d, p, q, q_inv })
    }
}

/// Step 3: d > 2^(nlen / 2). A random key doesn't come near. d is odd, so it is not the power itself.
pub(super) fn is_long<const N: usize>(d: &Uint<N>, bits: u32) -> bool {
    d.bit_width() > bits / 2
}

/// e⁻¹ mod (`prime` − 1).
fn exponent<const L: usize>(prime: &Uint<L>) -> Option<Uint<L>> {
    let order = NonZero::new(prime.wrapping_sub(&Uint::ONE)).into_option()?;
    Uint::from_u32(PUBLIC_EXPONENT).invert_mod(&order).into_option()
}

/// d = e⁻¹ mod lcm (p − 1, q − 1).
fn private_exponent<const L: usize, const N: usize>(p: &Uint<L>, q: &Uint<L>) -> Option<Uint<N>> {
    let p_order = NonZero::new(p.wrapping_sub(&Uint::ONE)).into_option()?;
    let q_order = q.wrapping_sub(&Uint::ONE);
    let reduced = p_order.as_ref().div_exact(&p_order.gcd_unsigned(&q_order)).into_option()?;
    let lcm = NonZero::new(product(&reduced, &q_order)).into_option()?;
    Uint::from_u32(PUBLIC_EXPONENT).invert_mod(&lcm).into_option()
}

//! What p and q must be: of sensible lengths, far from each other, and prime.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Choice, CtEq as _, CtGt as _, CtLt as _, CtSelect as _, Uint};

#[cfg(test)]
use super::integer::to_bytes;
use super::integer::{Random, random_bits, reduce};
use crate::error::{Error, KeyError};
use crate::limits::Limits;

/// The shorter prime has at least the length of the modulus divided by this.
///
/// A short prime is found by the elliptic-curve method, whose time depends on the prime and not on the modulus. Three
/// primes of equal length are the most that OpenSSL makes for a modulus of 2048 bits "in order to maintain adequate
/// security level" (`RSA_generate_key(3)`); so a prime of a third is as long as one that is used. FIPS 186-5 appendix A.1.3
/// wants equal lengths, which not every generator gives: `python-rsa` makes primes of 1088 and 960 bits.
const SHORTEST_PRIME: usize = 3;

/// p and q must differ by more than 2^(nlen/2 − 100) (FIPS 186-5 appendix A.1.3 step 5.4).
const EQUAL_PRIME_BITS: u32 = 100;

/// How many factors 2 the test assumes in p − 1, if there aren't more, so that their number doesn't show in the time. A
/// random prime has more with a probability of 2⁻³².
const FACTORS_2: u32 = 32;

/// Rounds of the Miller-Rabin test for a prime of a size class with so many bits. Any composite number passes a round for
/// at most a quarter of all bases (Rabin, "Probabilistic algorithm for testing primality", 1980, theorem 1).
///
/// A round costs as much time as two thirds of a private operation. With these, reading a key takes less than three times
/// what it took with one private operation in their place, which let most composite numbers pass.
const fn rounds(bits: u32) -> usize {
    if bits <= 1536 { 4 } else { 3 }
}

/// Checks the lengths of the primes, in bits, before anything is computed with them: lengths are no secret. Returns how
/// long a modulus the size class must hold. A number that is no factor doesn't choose it, and so the stack that is used.
///
/// # Errors
/// [`KeyError::Inconsistent`] if no numbers of these lengths make the modulus, [`KeyError::PrimeLength`] if the shorter
/// prime is less than a third of the modulus, or the longer one too long for the largest size class.
pub(super) fn size_class(modulus_bits: usize, p_bits: usize, q_bits: usize) -> Result<usize, KeyError> {
    let (shorter, longer) = (p_bits.min(q_bits), p_bits.max(q_bits));
    // The product of numbers of a and b bits has a + b bits, or one less.
    if !matches!(shorter.saturating_add(longer).checked_sub(modulus_bits), Some(0 | 1)) {
        return Err(KeyError::Inconsistent);
    }
    let needed = modulus_bits.max(longer.saturating_mul(2));
    if shorter.saturating_mul(SHORTEST_PRIME) < modulus_bits || needed > Limits::MAX_MODULUS_BITS {
        return Err(KeyError::PrimeLength);
    }
    Ok(needed)
}

/// |p − q| > 2^(nlen/2 − 100) (FIPS 186-5 appendix A.1.3 step 5.4).
pub(super) fn are_distinct<const L: usize>(p: &Uint<L>, q: &Uint<L>, modulus_bits: u32) -> Choice {
    let difference = p.wrapping_sub(q).ct_select(&q.wrapping_sub(p), p.ct_lt(q));
    let least = (modulus_bits / 2).saturating_sub(EQUAL_PRIME_BITS);
    difference.ct_gt(&Uint::ONE.unbounded_shl_vartime(least))
}

/// The Miller-Rabin test (FIPS 186-5 appendix B.3.1) of the odd number w that `params` are of. Every number of a length
/// takes the same time.
///
/// # Errors
/// None but those of `random`.
pub(super) fn is_probably_prime<const L: usize, const N: usize>(
    params: &FixedMontyParams<L>,
    random: &mut Random<'_>,
) -> Result<Choice, Error> {
    let mut prime = Choice::TRUE;
    // Step 4: "For i = 1 to iterations".
    for _ in 0..rounds(Uint::<L>::BITS) {
        prime &= passes_round::<L, N>(params, random)?;
    }
    Ok(prime)
}

/// One round.
pub(super) fn passes_round<const L: usize, const N: usize>(
    params: &FixedMontyParams<L>,
    random: &mut Random<'_>,
) -> Result<Choice, Error> {
    let order = params.modulus().as_ref().wrapping_sub(&Uint::ONE);
    let one = FixedMontyForm::one(params);
    let minus_one = one.neg();
    // Steps 1, 2: "Let a be the largest integer such that 2^a divides w - 1. m = (w - 1) / 2^a."
    let a = order.trailing_zeros();
    let m = order.unbounded_shr(a);
    // Steps 4.1, 4.2: a random b. It is reduced from twice the length of w, so that each remainder is as likely as
    // another, and 0, 1 and w - 1 don't happen.
    let b = reduce(&random_bits::<N>(random, Uint::<N>::BITS)?, params);
    #[cfg(test)]
    super::tests::BASES.with_borrow_mut(|bases| bases.push(to_bytes(&b.retrieve()).to_vec()));
    // Steps 4.3, 4.4: "z = b^m mod w. If ((z = 1) or (z = w - 1)), then go to step 4.7", which is the next round.
    let mut z = b.pow_amm(&m);
    let mut passes = z.ct_eq(&one) | z.ct_eq(&minus_one);
    // Step 4.5: "For j = 1 to a - 1 do: z = z^2 mod w. If (z = w - 1), then go to step 4.7." The loop goes on even then, and
    // beyond a, where z is never w - 1: every factor of w would be 1 modulo 2^(a + 1), and so would w.
    for _ in 1..a.max(FACTORS_2) {
        z = z.square();
        passes |= z.ct_eq(&minus_one);
    }
    Ok(passes)
}

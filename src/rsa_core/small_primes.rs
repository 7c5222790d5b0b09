//! Trial division by small primes: of a modulus that is read, and of candidates for a prime.

use crypto_bigint::{Limb, NonZero, Uint, Word};

/// The odd primes up to 8167. Dividing by more of them before a test of primality would cost more than it saves.
pub(super) const SMALL_PRIMES: [u16; 1024] = odd_primes();

/// How many of them are below 752, the bound of NIST SP 800-89 section 5.3.3 for the factors of a modulus.
pub(super) const BELOW_752: usize = 132;

const fn odd_primes<const COUNT: usize>() -> [u16; COUNT] {
    let mut primes = [0; COUNT];
    let mut number = 3_u16;
    let mut rest: &mut [u16] = &mut primes;
    while let Some((prime, after)) = rest.split_first_mut() {
        while !is_odd_prime(number) {
            number = number.saturating_add(2);
        }
        *prime = number;
        number = number.saturating_add(2);
        rest = after;
    }
    primes
}

const fn is_odd_prime(odd: u16) -> bool {
    let mut divisor = 3_u16;
    while divisor.saturating_mul(divisor) <= odd {
        if odd.is_multiple_of(divisor) {
            return false;
        }
        divisor = divisor.saturating_add(2);
    }
    true
}

/// Whether one of the first `primes` odd primes divides `integer`.
///
/// The integer may be a candidate for a secret prime, and each key of a length is read with the same instructions. So
/// `crypto-bigint` divides, by multiplying with a reciprocal: the processor's division takes longer for some dividends, and
/// compilers put a shortcut for those of 32 bits before it. Only a factor that is found ends the search early.
pub(super) fn has_small_factor<const M: usize>(integer: &Uint<M>, primes: usize) -> bool {
    // The product of as many of these primes, of 13 bits each, as a limb holds: one long division serves all of them.
    const TOGETHER: usize = if Limb::BITS == 64 { 4 } else { 2 };
    SMALL_PRIMES.get(..primes).unwrap_or_default().chunks(TOGETHER).any(|chunk| {
        let product = chunk.iter().fold(1, |product: Word, prime| product.saturating_mul((*prime).into()));
        let rest = Uint::new([remainder(integer, product)]);
        chunk.iter().any(|prime| divides((*prime).into(), &rest))
    })
}

pub(super) fn divides<const M: usize>(divisor: Word, integer: &Uint<M>) -> bool {
    remainder(integer, divisor) == Limb::ZERO
}

fn remainder<const M: usize>(integer: &Uint<M>, divisor: Word) -> Limb {
    NonZero::new(Limb(divisor)).into_option().map_or(Limb::ZERO, |divisor| integer.rem_limb(divisor))
}

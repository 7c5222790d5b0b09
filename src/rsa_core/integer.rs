//! Integers of fixed size: conversion from and to bytes, reduction, random numbers.

use alloc::{vec, vec::Vec};
use core::iter;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{CtLt as _, Limb, Odd, U128, Uint, Word};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::limits::Limits;

/// Fills a buffer with random bytes.
///
/// A trait object, so that the arithmetic of a size class is compiled once, in this crate and with this crate's
/// optimization, and not again for each generator.
pub(super) type Random<'r> = dyn FnMut(&mut [u8]) -> Result<(), Error> + 'r;

/// Draws of a number before the generator counts as broken. Each serves with a probability of about one half or more.
const MAX_DRAWS: usize = 128;

/// Drops leading zero bytes. The length of a number isn't secret: it shows in DER and in a JWK.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// The length of a big-endian number without its leading zeros, in bits.
pub(super) fn bit_len(bytes: &[u8]) -> usize {
    let bytes = trim(bytes);
    let unused = bytes.first().map_or(0, |first| first.leading_zeros());
    bytes.len().saturating_mul(8).saturating_sub(usize::try_from(unused).unwrap_or_default())
}

/// OS2IP (RFC 8017 section 4.2); `None` if the integer is too short for so many bytes.
pub(super) fn os2ip<const M: usize>(bytes: &[u8]) -> Option<Uint<M>> {
    let mut integer = Uint::ZERO;
    for (word, chunk) in integer.as_mut_words().iter_mut().zip(bytes.rchunks(Limb::BYTES)) {
        *word = chunk.iter().fold(0, |word, byte| word << 8 | Word::from(*byte));
    }
    (bytes.len().div_ceil(Limb::BYTES) <= M).then_some(integer)
}

/// I2OSP (RFC 8017 section 4.1) for an integer that fits. All of `out` is written.
pub(super) fn i2osp<const M: usize>(integer: &Uint<M>, out: &mut [u8]) {
    let bytes = integer.as_words().iter().flat_map(|word| word.to_le_bytes()).chain(iter::repeat(0));
    out.iter_mut().rev().zip(bytes).for_each(|(out, byte)| *out = byte);
}

/// The integer in as few bytes as it needs, in one allocation.
pub(super) fn to_bytes<const M: usize>(integer: &Uint<M>) -> Zeroizing<Vec<u8>> {
    let len = usize::try_from(integer.bit_width().div_ceil(8)).unwrap_or_default();
    let mut bytes = Zeroizing::new(vec![0; len]);
    i2osp(integer, &mut bytes);
    bytes
}

/// Reduces an integer that is at most twice as long as the modulus, without a division.
pub(super) fn reduce<const X: usize, const M: usize>(
    integer: &Uint<X>,
    params: &FixedMontyParams<M>,
) -> FixedMontyForm<M> {
    let (low, high): (Uint<M>, Uint<M>) = integer.split_resize();
    // R² modulo the modulus is R in Montgomery form.
    let radix = FixedMontyForm::from_montgomery(*params.r2(), params);
    FixedMontyForm::new(&high, params).mul(&radix).add(&FixedMontyForm::new(&low, params))
}

/// The product of two integers of any lengths, in `W` limbs, which must hold it.
pub(super) fn product<const A: usize, const B: usize, const W: usize>(a: &Uint<A>, b: &Uint<B>) -> Uint<W> {
    let (low, high) = a.widening_mul(b);
    low.concat_resize(&high)
}

/// Draws 128 bits.
pub(super) fn random_u128(random: &mut Random<'_>) -> Result<U128, Error> {
    let mut bytes = Zeroizing::new([0; 16]);
    random(bytes.as_mut_slice())?;
    Ok(U128::from_le_slice(bytes.as_slice()))
}

/// Draws an integer of at most `bits` bits.
pub(super) fn random_bits<const M: usize>(random: &mut Random<'_>, bits: u32) -> Result<Uint<M>, Error> {
    let mut buffer = Zeroizing::new([0; Limits::MAX_MODULUS_BITS / 8]);
    let len = usize::try_from(bits.div_ceil(8)).map_err(|_| Error::Internal)?;
    let bytes = buffer.get_mut(..len).ok_or(Error::Internal)?;
    random(bytes)?;
    let unused = Uint::<M>::BITS.saturating_sub(bits);
    Ok(os2ip::<M>(bytes).ok_or(Error::Internal)?.bitand(&Uint::MAX.unbounded_shr_vartime(unused)))
}

/// Draws integers below `modulus` until `accept` makes something of one. What a rejected draw was doesn't matter, so the
/// number of draws may show.
///
/// # Errors
/// [`Error::Randomness`] if `random` fails, or gives unsuitable numbers again and again.
pub(super) fn random_below<const M: usize, T>(
    random: &mut Random<'_>,
    modulus: &Odd<Uint<M>>,
    accept: impl Fn(Uint<M>) -> Option<T>,
) -> Result<T, Error> {
    let modulus = modulus.as_ref();
    for _ in 0..MAX_DRAWS {
        let integer = random_bits(random, modulus.bit_width_vartime())?;
        if integer.ct_lt(modulus).to_bool()
            && let Some(accepted) = accept(integer)
        {
            return Ok(accepted);
        }
    }
    Err(Error::Randomness)
}

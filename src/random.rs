//! Randomness from the caller's generator.

use rand_core::TryCryptoRng;

use crate::error::Error;

/// The generator of the calls without `_with_rng`.
#[cfg(feature = "getrandom")]
pub(crate) use getrandom::SysRng as SystemRng;

/// Fills `out` with random bytes.
pub(crate) fn fill<R: TryCryptoRng + ?Sized>(rng: &mut R, out: &mut [u8]) -> Result<(), Error> {
    rng.try_fill_bytes(out).map_err(|_| Error::Randomness)
}

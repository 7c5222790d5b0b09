//! The generators of all tests: one that is seeded, one that fails, one that is stuck, one that a function scripts.
//!
//! It needs `rand_core` and `sha2` only, so that the unit tests and the harnesses outside of this workspace use the
//! same file with `#[path]`.
#![allow(dead_code, reason = "each test crate uses a part")]

use core::convert::Infallible;
use core::fmt;

use rand_core::{TryCryptoRng, TryRng, utils};
use sha2::{Digest as _, Sha256};

/// Bytes that look random and are the same for the same seed, however the draws are cut. It counts them.
pub(crate) struct SeededRng {
    seed: u64,
    /// How often it was asked.
    pub(crate) calls: usize,
    /// How many bytes it has given.
    pub(crate) drawn: usize,
}

impl SeededRng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, calls: 0, drawn: 0 }
    }

    /// The next bytes: what an operation with a generator in this state draws.
    pub(crate) fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        let Ok(()) = self.try_fill_bytes(&mut out);
        out
    }

    /// The byte at this place of the stream.
    fn at(&self, place: usize) -> u8 {
        let block = u64::try_from(place / 32).unwrap_or(u64::MAX);
        let hash = Sha256::new().chain_update(self.seed.to_le_bytes()).chain_update(block.to_le_bytes()).finalize();
        hash.get(place % 32).copied().unwrap_or_default()
    }
}

impl TryRng for SeededRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.calls = self.calls.saturating_add(1);
        for byte in out {
            *byte = self.at(self.drawn);
            self.drawn = self.drawn.saturating_add(1);
        }
        Ok(())
    }
}

impl TryCryptoRng for SeededRng {}

/// A seeded generator that works for some calls and then fails, for good.
pub(crate) struct FailingRng {
    working: SeededRng,
    left: usize,
}

impl FailingRng {
    /// The seed of its bytes.
    pub(crate) const SEED: u64 = 9;

    /// Fails after this many calls.
    pub(crate) const fn after(calls: usize) -> Self {
        Self { working: SeededRng::new(Self::SEED), left: calls }
    }
}

/// The error of [`FailingRng`].
#[derive(Debug)]
pub(crate) struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed")
    }
}

impl core::error::Error for Failed {}

impl TryRng for FailingRng {
    type Error = Failed;

    fn try_next_u32(&mut self) -> Result<u32, Failed> {
        utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Failed> {
        utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Failed> {
        self.left = self.left.checked_sub(1).ok_or(Failed)?;
        self.working.try_fill_bytes(out).map_err(|never| match never {})
    }
}

impl TryCryptoRng for FailingRng {}

/// A generator that reports no failure and gives one byte for ever, as a broken device does.
pub(crate) struct StuckRng {
    byte: u8,
    /// How many bytes it has given.
    pub(crate) drawn: usize,
}

impl StuckRng {
    pub(crate) const fn at(byte: u8) -> Self {
        Self { byte, drawn: 0 }
    }
}

impl TryRng for StuckRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(self.byte);
        self.drawn = self.drawn.saturating_add(out.len());
        Ok(())
    }
}

impl TryCryptoRng for StuckRng {}

/// A generator of which each call gives what a function makes of the number of the call.
pub(crate) struct Scripted<F> {
    pub(crate) calls: u64,
    pub(crate) give: F,
}

impl<F: FnMut(u64, &mut [u8])> TryRng for Scripted<F> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        (self.give)(self.calls, out);
        self.calls = self.calls.saturating_add(1);
        Ok(())
    }
}

impl<F: FnMut(u64, &mut [u8])> TryCryptoRng for Scripted<F> {}

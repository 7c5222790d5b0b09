//! A generator whose bytes are known beforehand, which fails or panics on demand.

use core::fmt;

use rand_core::{TryCryptoRng, TryRng, utils};

/// What [`Seeded`] does instead of the n-th draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Never,
    Fail(usize),
    Panic(usize),
}

/// The same bytes each time. Nothing of them stays in its own frames: it makes them eight at a time.
pub(crate) struct Seeded<'k> {
    seed: u64,
    stop: Stop,
    /// What the first draws give instead.
    first_draws: &'k [Vec<u8>],
    pub(crate) draws: usize,
}

#[derive(Debug)]
pub(crate) struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("as ordered")
    }
}

impl core::error::Error for Failed {}

impl<'k> Seeded<'k> {
    pub(crate) fn new(seed: u64) -> Self {
        Self::stopping(seed, Stop::Never)
    }

    pub(crate) fn stopping(seed: u64, stop: Stop) -> Self {
        Self { seed, stop, first_draws: &[], draws: 0 }
    }

    /// Gives what it is told at first: the primes of a key, so that nobody has to search for them.
    pub(crate) fn feeding(first_draws: &'k [Vec<u8>], stop: Stop) -> Self {
        Self { first_draws, ..Self::stopping(0, stop) }
    }

    /// The bytes of the first draw.
    pub(crate) fn first(seed: u64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        Self::new(seed).fill(&mut bytes);
        bytes
    }

    fn fill(&self, out: &mut [u8]) {
        if let Some(draw) = self.first_draws.get(self.draws) {
            return out.copy_from_slice(draw);
        }
        for (at, chunk) in out.chunks_mut(8).enumerate() {
            let word = splitmix(self.seed << 48 ^ (self.draws as u64) << 24 ^ at as u64).to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

/// `SplitMix64`: each counter gives another word.
fn splitmix(counter: u64) -> u64 {
    let mut z = counter.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl TryRng for Seeded<'_> {
    type Error = Failed;

    fn try_next_u32(&mut self) -> Result<u32, Failed> {
        utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Failed> {
        utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Failed> {
        match self.stop {
            Stop::Fail(draw) if draw == self.draws => return Err(Failed),
            // Unlike `panic!`, this prints nothing.
            Stop::Panic(draw) if draw == self.draws => std::panic::resume_unwind(Box::new(Failed)),
            _ => {}
        }
        self.fill(out);
        self.draws += 1;
        Ok(())
    }
}

impl TryCryptoRng for Seeded<'_> {}

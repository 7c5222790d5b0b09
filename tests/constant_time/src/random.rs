//! A generator that gives the same bytes for the same seed.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest as _, Sha256};

use crate::valgrind;

/// SHA-256 in a chain. It can mark what it gives as secret.
pub struct Seeded {
    state: [u8; 32],
    secret: usize,
}

impl Seeded {
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: Sha256::digest(seed.to_be_bytes()).into(), secret: 0 }
    }

    /// Marks the first `secret` bytes of each call as secret.
    #[must_use]
    pub fn tainting(self, secret: usize) -> Self {
        Self { secret, ..self }
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }

    pub fn number(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// A number below `bound`, which is small.
    pub fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.number()) * bound as u128;
        usize::try_from(product >> 64).expect("below `bound`")
    }

    pub fn fill(&mut self, out: &mut [u8]) {
        for block in out.chunks_mut(32) {
            self.state = Sha256::digest(self.state).into();
            let whole: [u8; 32] = Sha256::new_with_prefix(b"out").chain_update(self.state).finalize().into();
            block.copy_from_slice(&whole[..block.len()]);
        }
        if let Some(secret @ [_, ..]) = out.get(..self.secret.min(out.len())) {
            valgrind::taint(secret);
        }
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.number())
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

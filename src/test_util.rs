//! What the unit tests share: keys from `vectors/` and generators of randomness.

use core::convert::Infallible;
use core::fmt;

use rand_core::{TryCryptoRng, TryRng, utils};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::DecryptingKey;

/// The private key of this id in `vectors/keys.json`.
pub(crate) fn key(id: &str) -> DecryptingKey {
    let keys: Value = serde_json::from_str(include_str!("../vectors/keys.json")).unwrap();
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap();
    DecryptingKey::from_pem(key["pkcs8_pem"].as_str().unwrap()).unwrap()
}

/// Random-looking octets that are the same each time, counted.
pub(crate) struct TestRng {
    state: [u8; 32],
    pub(crate) calls: usize,
}

impl TestRng {
    pub(crate) fn new(seed: u8) -> Self {
        Self { state: [seed; 32], calls: 0 }
    }
}

impl TryRng for TestRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.calls = self.calls.saturating_add(1);
        for block in out.chunks_mut(32) {
            self.state = Sha256::digest(self.state).into();
            block.copy_from_slice(&self.state[..block.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for TestRng {}

/// A generator that works for `calls` calls and then fails.
pub(crate) struct FailingRng {
    pub(crate) working: TestRng,
    pub(crate) calls: usize,
}

impl FailingRng {
    pub(crate) fn after(calls: usize) -> Self {
        Self { working: TestRng::new(9), calls }
    }
}

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
        if self.working.calls == self.calls {
            return Err(Failed);
        }
        self.working.try_fill_bytes(out).map_err(|never| match never {})
    }
}

impl TryCryptoRng for FailingRng {}

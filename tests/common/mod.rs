//! What the test crates share: the test keys, generators of randomness, and tokens made by hand.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

pub(crate) mod keys;
pub(crate) mod random;
pub(crate) mod token;

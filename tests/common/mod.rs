//! What the test crates share: the test keys, generators of randomness, and tokens made by hand.

pub(crate) mod keys;
pub(crate) mod random;
pub(crate) mod token;

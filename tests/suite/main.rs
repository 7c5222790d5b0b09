//! The tests of the public API: one crate, a module for each subject.
//!
//! `zeroization` and `allocations` are crates of their own because each needs its own allocator, `fuzz_corpora` because
//! the package doesn't have it. A test fails by panicking: `clippy.toml` lets what is `cfg(test)` unwrap and index.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, reason = "an overflow is a panic, which fails the test")]

#[path = "../common/mod.rs"]
mod common;

mod headers;
mod key_formats;
mod keys;
mod parsing;
// It uses the operating system's generator.
#[cfg(feature = "getrandom")]
mod properties;
mod published_failures;
mod randomness;
mod recipient;
mod results;
mod sets;
mod types;
mod vectors;

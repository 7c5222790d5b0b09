#![cfg_attr(feature = "getrandom", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "getrandom"),
    doc = "JWE Compact Serialization; the README's code needs the feature `getrandom`."
)]
#![cfg_attr(
    not(feature = "getrandom"),
    allow(rustdoc::broken_intra_doc_links, reason = "the calls without `_with_rng` aren't there to link to")
)]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

// Imports run downward only: each module uses those below it.
mod encrypt;
mod decrypt;
mod jwe;
mod key;
mod cek;
mod header;
mod a256gcm;
mod engine;
// The other engine brings its own OAEP; tests forge with this one.
#[cfg(any(not(feature = "aws-lc-rs"), test, fuzzing, jwe_internals))]
mod rsa_oaep;
mod json;
mod base64url;
mod random;
mod stack;
mod sizes;
mod error;
#[cfg(test)]
mod testing;

#[cfg(any(fuzzing, jwe_internals))]
#[doc(hidden)]
pub mod internals;

// The programs in these documents run as tests.
#[cfg(all(doctest, feature = "getrandom"))]
#[doc = include_str!("../docs/GUIDE.md")]
mod guide {}
#[cfg(all(doctest, feature = "getrandom"))]
#[doc = include_str!("../docs/FROM_JOSEKIT.md")]
mod from_josekit {}
#[cfg(all(doctest, feature = "getrandom"))]
#[doc = include_str!("../SECURITY.md")]
mod security {}

pub use cek::ContentEncryptionKey;
pub use decrypt::Decrypted;
pub use encrypt::Encrypted;
pub use error::{Error, KeyError, Part};
pub use header::{Algorithm, Header, ParameterValue, UnverifiedHeader};
pub use jwe::{Jwe, Limits};
pub use key::{DecryptingKey, EncryptingKey, KeySet};

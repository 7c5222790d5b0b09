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

// Bottom-up, as an auditor reads them: each module imports only those above it.
mod error;
mod stack;
mod random;
mod algorithm;
mod base64url;
mod json;
mod header;
mod rsa_core;
// The other engine brings its own OAEP; tests forge with this one.
#[cfg(any(not(feature = "aws-lc-rs"), test, fuzzing, jwe_internals))]
mod rsa_oaep;
mod engine;
mod a256gcm;
mod key;
mod compact;
mod jwe;
mod encrypt;
mod decrypt;
#[cfg(test)]
mod test_util;

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

pub use algorithm::Algorithm;
pub use decrypt::{Decrypted, DecryptedDirectly};
pub use encrypt::Encrypted;
pub use engine::{ENGINE, Engine};
pub use error::{Error, KeyError, KeyFormat, KeyType, Part};
pub use header::{Header, ParameterValue, UnverifiedHeader, VerifiedHeader};
pub use jwe::{Jwe, Limits};
pub use key::{ContentEncryptionKey, DecryptingKey, EncryptingKey, KeySet, SkippedKey};

//! Third-party cryptography behind one small interface.
//!
//! `rustcrypto` is the engine of the default build and the only one compiled there; `aws_lc` takes its place with
//! the feature `aws-lc-rs`. Both have the same three types with the same methods, and the same tests.

/// A cryptographic engine that this crate can be built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Engine {
    /// The default: RSA over `crypto-bigint`, and `aes-gcm`. The promises about time and memory are this engine's.
    RustCrypto,
    /// The feature `aws-lc-rs`: AWS-LC, in C and assembly.
    AwsLc,
}

/// The engine that this crate was built with.
///
/// Cargo unifies features, so any crate of the tree can turn `aws-lc-rs` on for all of them. A crate that relies on one
/// engine asserts it, and then does not compile with the other:
///
/// ```
/// # #[cfg(not(feature = "aws-lc-rs"))]
/// const _: () = assert!(matches!(jwe_primitives::ENGINE, jwe_primitives::Engine::RustCrypto));
/// ```
pub const ENGINE: Engine = if cfg!(feature = "aws-lc-rs") { Engine::AwsLc } else { Engine::RustCrypto };

#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
#[cfg(not(feature = "aws-lc-rs"))]
mod rustcrypto;

#[cfg(feature = "aws-lc-rs")]
pub(crate) use aws_lc::{Cipher, PrivateKey, PublicKey};
#[cfg(not(feature = "aws-lc-rs"))]
pub(crate) use rustcrypto::{Cipher, PrivateKey, PublicKey};

//! Third-party cryptography behind one small interface.
//!
//! `rustcrypto` is the engine of the default build and the only one compiled there; `aws_lc` takes its place with
//! the feature `aws-lc-rs`. Both have the same three types with the same methods, and the same tests.

#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
#[cfg(not(feature = "aws-lc-rs"))]
mod rustcrypto;

#[cfg(feature = "aws-lc-rs")]
pub(crate) use aws_lc::{Cipher, PrivateKey, PublicKey};
#[cfg(not(feature = "aws-lc-rs"))]
pub(crate) use rustcrypto::{Cipher, PrivateKey, PublicKey};

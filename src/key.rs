//! Keys: what they are, how they are read and written. Their operations are in `encrypt.rs` and `decrypt.rs`.

// Bottom-up, as in `lib.rs`, so that the documentation of a key shows what it is before how it is read.
mod text;
mod key_id;
mod cek;
mod rsa;
mod der;
mod pem;
mod certificate;
mod jwk;
mod set;
#[cfg(feature = "rsa")]
mod rsa_crate;

pub use cek::ContentEncryptionKey;
pub(crate) use key_id::KeyId;
pub use rsa::{DecryptingKey, EncryptingKey};
pub use set::{KeySet, NamedKey, SkippedKey};

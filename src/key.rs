//! Keys: what they are, how they are read and written. Their operations are in `encrypt.rs` and `decrypt.rs`.

mod cek;
mod certificate;
mod der;
mod jwk;
mod key_id;
mod pem;
mod rsa;
mod set;
mod text;

pub use cek::ContentEncryptionKey;
pub(crate) use key_id::KeyId;
pub use rsa::{DecryptingKey, EncryptingKey};
pub use set::{KeySet, SkippedKey};

//! The sizes of the two algorithms and the cipher, in octets.

/// Key of A256GCM, and so of the CEK (RFC 7518 section 5.3).
pub(crate) const KEY_LEN: usize = 32;
/// Initialization vector of A256GCM.
pub(crate) const IV_LEN: usize = 12;
/// Authentication tag of A256GCM.
pub(crate) const TAG_LEN: usize = 16;
/// Seed of OAEP: as long as a SHA-256 hash (RFC 8017 section 7.1.1 step 2.d).
pub(crate) const SEED_LEN: usize = 32;
/// The longest encrypted key: as long as an RSA modulus of 8192 bits.
pub(crate) const MAX_ENCRYPTED_KEY_LEN: usize = 1024;

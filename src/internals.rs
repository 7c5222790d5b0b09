//! Entry points to individual steps, for this project's fuzzers, instruction counts and constant-time tests.
//!
//! Not part of the crate: it is compiled only under `--cfg jwe_internals` and by cargo-fuzz.

use rand_core::TryCryptoRng;

use crate::error::Error;
use crate::{DecryptingKey, EncryptingKey, Jwe, VerifiedHeader, base64url, rsa_oaep};

/// The header with all of its methods, as if the token had been decrypted.
#[must_use]
pub fn header_as_if_verified<'a>(jwe: &Jwe<'a>) -> VerifiedHeader<'a> {
    jwe.to_verified_header()
}

/// EME-OAEP decoding of `em`, which is overwritten: `cek` becomes the message or stays.
pub fn oaep_decode(em: &mut [u8], cek: &mut [u8; 32]) {
    rsa_oaep::decode(em, ctutils::Choice::TRUE, cek);
}

/// EME-OAEP encoding into `em`, which is all zero.
pub fn oaep_encode(em: &mut [u8], cek: &[u8; 32], seed: &[u8; 32]) -> Option<()> {
    rsa_oaep::encode(em, cek, seed)
}

/// Strict base64url decoding of all of `text` into the front of `out`.
pub fn base64url_decode<'o>(text: &[u8], out: &'o mut [u8]) -> Option<&'o mut [u8]> {
    base64url::decode(text, out)
}

/// Encodes the last `len` bytes of `text` over the whole of it.
///
/// # Errors
/// If `text` is not as long as the text for `len` bytes.
pub fn base64url_encode_in_place(text: &mut [u8], len: usize) -> Result<(), Error> {
    base64url::encode_in_place(text, len).ok_or(Error::Internal)
}

/// RSAEP (RFC 8017 section 5.1.1) in place.
///
/// # Errors
/// If `block` is not as long as the modulus, or not less than it.
pub fn rsaep(key: &EncryptingKey, block: &mut [u8]) -> Result<(), Error> {
    key.rsa().rsaep(block)
}

/// RSADP (RFC 8017 section 5.1.2) in place. Returns whether the message representative is valid.
///
/// # Errors
/// If `rng` fails or is stuck, or `block` is not as long as the modulus.
pub fn rsadp<R: TryCryptoRng + ?Sized>(key: &DecryptingKey, rng: &mut R, block: &mut [u8]) -> Result<bool, Error> {
    key.rsa().rsadp(rng, block).map(crypto_bigint::Choice::to_bool)
}

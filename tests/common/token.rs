//! Tokens that are made without the crate: over `rsa` and `aes-gcm`, part by part.
#![allow(dead_code, reason = "each test crate uses a part")]

use aes_gcm::aead::{AeadInOut as _, inout::InOutBuf};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use rand_core::TryCryptoRng;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::{Oaep, PublicKey};
use sha2::Sha256;

use super::keys;

/// The header that an unnamed RSA key writes when the caller adds nothing.
pub(crate) const RSA_HEADER: &str = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM"}"#;
/// The header that an unnamed shared key writes when the caller adds nothing.
pub(crate) const DIR_HEADER: &str = r#"{"alg":"dir","enc":"A256GCM"}"#;

pub(crate) fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

pub(crate) fn from_base64url(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).expect("base64url")
}

/// The CEK under RSA-OAEP-256 for the key of this id, with the seed that `rng` gives next.
pub(crate) fn encrypted_key<R: TryCryptoRng + ?Sized>(id: &str, cek: &[u8; 32], rng: &mut R) -> Vec<u8> {
    let key = PublicKey::from_public_key_pem(keys::rsa_text(id, "spki_pem")).expect("a valid public key");
    key.encrypt(rng, Oaep::<Sha256>::new(), cek).expect("32 bytes fit")
}

/// The token of these parts, its content sealed under `cek`, the encoded header being the AAD.
pub(crate) fn sealed(header: &str, encrypted_key: &[u8], iv: &[u8; 12], cek: &[u8; 32], plaintext: &[u8]) -> String {
    let header = base64url(header.as_bytes());
    let mut content = plaintext.to_vec();
    let buffer = InOutBuf::from(content.as_mut_slice());
    let tag = Aes256Gcm::new(cek.into()).encrypt_inout_detached(iv.into(), header.as_bytes(), buffer);
    let tag = tag.expect("a short content");
    let parts = [encrypted_key, iv, &content, &tag].map(base64url);
    format!("{header}.{}", parts.join("."))
}

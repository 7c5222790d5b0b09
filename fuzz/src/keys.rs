//! The test keys of `vectors/keys.json`, and randomness that is the same each time.

use std::convert::Infallible;
use std::sync::LazyLock;

use jwe_primitives::{ContentEncryptionKey, DecryptingKey, EncryptingKey};
use rand_core::{TryCryptoRng, TryRng};
use rsa::hazmat::rsa_encrypt;
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, PublicKey};
use serde_json::Value;

use super::reference;

pub static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../vectors/keys.json")).expect("vectors/keys.json is JSON"));

fn find<'v>(list: &'v Value, id: &str) -> &'v Value {
    list.as_array().into_iter().flatten().find(|key| key["id"] == id).expect("vectors/keys.json has this key")
}

/// The text `field` of the RSA key of this id.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn rsa_text(id: &str, field: &str) -> &'static str {
    find(&VECTORS["keys"], id)[field].as_str().expect("a text")
}

/// The private JWK of the RSA key of this id.
#[must_use]
pub fn rsa_jwk(id: &str) -> &'static Value {
    &find(&VECTORS["keys"], id)["jwk_private"]
}

/// The RSA key of 2048 bits that tokens are encrypted to.
pub static RSA: LazyLock<DecryptingKey> =
    LazyLock::new(|| DecryptingKey::from_pem(rsa_text("rsa2048-a", "pkcs8_pem")).expect("a good key"));

/// Its public half.
pub static RSA_PUBLIC: LazyLock<EncryptingKey> = LazyLock::new(|| RSA.encrypting_key().clone());

static RSA_NUMBERS: LazyLock<PublicKey> = LazyLock::new(|| {
    let jwk = rsa_jwk("rsa2048-a");
    let [n, e] = ["n", "e"].map(|name| {
        let bytes = reference::decode(jwk[name].as_str().unwrap_or_default().as_bytes()).expect("base64url");
        BoxedUint::from_be_slice_vartime(&bytes)
    });
    PublicKey::new(n, e).expect("a good key")
});

/// The bytes of the key for `dir`.
///
/// # Panics
/// If `vectors/keys.json` lacks it.
#[must_use]
pub fn dir_bytes() -> [u8; 32] {
    let text = find(&VECTORS["dir_keys"], "dir-a")["jwk"]["k"].as_str().expect("a text");
    reference::decode(text.as_bytes()).expect("base64url").try_into().expect("32 bytes")
}

pub static DIR: LazyLock<ContentEncryptionKey> =
    LazyLock::new(|| ContentEncryptionKey::from_bytes(&dir_bytes()).expect("32 bytes"));

/// RSAEP (RFC 8017 section 5.1.1) under [`RSA`]'s public half, of any bytes below the modulus.
#[must_use]
pub fn rsa_raw(em: &[u8]) -> Option<Vec<u8>> {
    let key = &*RSA_NUMBERS;
    let m = BoxedUint::from_be_slice(em, key.n_bits_precision()).ok()?;
    if m >= **key.n() {
        return None;
    }
    Some(rsa_encrypt(key, &m).ok()?.to_be_bytes().to_vec())
}

/// A xorshift generator: findings must come again. Nothing here is secret.
pub struct Rng(pub u64);

impl TryRng for Rng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let [a, b, c, d, ..] = self.try_next_u64()?.to_le_bytes();
        Ok(u32::from_le_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut x = self.0 | 1 << 63;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0 = x;
        Ok(x)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for block in out.chunks_mut(8) {
            block.copy_from_slice(&self.try_next_u64()?.to_le_bytes()[..block.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Rng {}

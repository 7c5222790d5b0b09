//! The same work over the same crates without the library: what the rows are compared with.
//!
//! Each function is the shortest sequence of primitive operations on the bytes of one message, written by hand:
//! the cipher's key is expanded where the library expands it, the lengths and places of the parts are known
//! beforehand, the header is a constant, no rule is checked, nothing is zeroized and nothing is allocated. Randomness
//! is drawn in one call for as many bytes as the message needs. Errors end the benchmark.

use aes_gcm::aead::{AeadInOut, inout::InOutBuf};
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use rsa::BoxedUint;
use rsa::hazmat::{rsa_decrypt_and_check, rsa_encrypt};
use rsa::traits::PublicKeyParts;
use rsa::{PrivateKey, PublicKey};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::ops::Range;

#[cfg(target_arch = "x86_64")]
type Base64 = base64::engine::Simd;
#[cfg(not(target_arch = "x86_64"))]
type Base64 = base64::engine::GeneralPurpose;

/// The configuration of the library: no padding, no trailing bits.
fn base64url() -> Base64 {
    let strict = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(false);
    #[cfg(target_arch = "x86_64")]
    return Base64::url_safe(strict);
    #[cfg(not(target_arch = "x86_64"))]
    return Base64::new(&base64::alphabet::URL_SAFE, strict);
}

/// A private key of `vectors/keys.json`, as PEM.
pub fn pem(id: &str) -> String {
    let keys: Value = serde_json::from_str(include_str!("../../vectors/keys.json")).unwrap();
    let keys = keys["keys"].as_array().unwrap();
    keys.iter().find(|key| key["id"] == id).unwrap()["pkcs8_pem"].as_str().unwrap().into()
}

/// Something like an API's body, of `len` bytes.
pub fn payload(len: usize) -> Vec<u8> {
    br#"{"amount":"1250.00","currency":"EUR","reference":"invoice 2026-117"},"#.iter().copied().cycle().take(len).collect()
}

/// The raw side of `dir`: a key that is expanded once, and buffers that are there before.
pub struct Dir {
    engine: Base64,
    cipher: Aes256Gcm,
    header: Vec<u8>,
    ciphertext: Vec<u8>,
}

/// Where the parts of a token are.
pub struct Places {
    parts: [Range<usize>; 5],
}

impl Places {
    /// Looked up once, outside of what is timed.
    pub fn of(token: &str) -> Self {
        let mut start = 0;
        let parts: Vec<Range<usize>> = token
            .split('.')
            .map(|part| {
                let range = start..start + part.len();
                start = range.end + 1;
                range
            })
            .collect();
        Self { parts: parts.try_into().unwrap() }
    }
}

impl Dir {
    /// `header` is the JSON that the library writes.
    pub fn new(key: &[u8; 32], header: &str, longest: usize) -> Self {
        Self {
            engine: base64url(),
            cipher: Aes256Gcm::new(key.into()),
            header: header.into(),
            ciphertext: vec![0; longest],
        }
    }

    /// The key schedule: AES round keys, GHASH key and its powers.
    pub fn expand(&mut self, key: &[u8; 32]) {
        self.cipher = Aes256Gcm::new(key.into());
    }

    /// 12 random bytes; base64 of the header; AES-GCM from the plaintext into a buffer; base64 of IV, ciphertext
    /// and tag; four dots. The length of the token.
    pub fn encrypt(&mut self, plaintext: &[u8], out: &mut [u8]) -> usize {
        let mut iv = [0; 12];
        getrandom::fill(&mut iv).unwrap();
        let protected = self.engine.encode_slice(&self.header, out).unwrap();
        out[protected] = b'.';
        self.finish(&iv, plaintext, out, protected, protected + 1)
    }

    fn finish(&mut self, iv: &[u8; 12], plaintext: &[u8], out: &mut [u8], protected: usize, mut at: usize) -> usize {
        let ciphertext = &mut self.ciphertext[..plaintext.len()];
        let buffer = InOutBuf::new(plaintext, ciphertext).unwrap();
        let tag = self.cipher.encrypt_inout_detached(iv.into(), &out[..protected], buffer).unwrap();
        for part in [iv.as_slice(), &self.ciphertext[..plaintext.len()], &tag] {
            out[at] = b'.';
            at += 1;
            at += self.engine.encode_slice(part, &mut out[at..]).unwrap();
        }
        at
    }

    /// Base64 of header, IV, tag and ciphertext; AES-GCM in place.
    pub fn decrypt<'o>(&self, token: &[u8], places: &Places, out: &'o mut [u8]) -> &'o [u8] {
        let [protected, _, iv, content, tag] = &places.parts;
        // Decoders of the library and of the standard alphabet want room for whole quanta.
        let (mut header, mut iv_bytes, mut tag_bytes) = ([0; 256], [0; 12], [0; 16]);
        self.engine.decode_slice(&token[protected.clone()], &mut header).unwrap();
        std::hint::black_box(&header);
        self.engine.decode_slice(&token[iv.clone()], &mut iv_bytes).unwrap();
        self.engine.decode_slice(&token[tag.clone()], &mut tag_bytes).unwrap();
        let len = self.engine.decode_slice(&token[content.clone()], out).unwrap();
        let out = &mut out[..len];
        let buffer = InOutBuf::from(&mut *out);
        let aad = &token[protected.clone()];
        self.cipher.decrypt_inout_detached((&iv_bytes).into(), aad, buffer, (&tag_bytes).into()).unwrap();
        out
    }
}

/// 76 random bytes; the encoding of RFC 8017 section 7.1.1; RSAEP; the key schedule; AES-GCM; base64 of all.
pub fn rsa_oaep_encrypt(key: &PublicKey, dir: &mut Dir, plaintext: &[u8], out: &mut [u8]) -> usize {
    let mut random = [0; 76];
    getrandom::fill(&mut random).unwrap();
    let (cek, rest) = random.split_first_chunk::<32>().unwrap();
    let (seed, iv) = rest.split_first_chunk::<32>().unwrap();
    let mut em = [0; 512];
    let em = &mut em[..key.size()];
    oaep_encode(em, cek, seed);
    let m = BoxedUint::from_be_slice(em, key.n_bits_precision()).unwrap();
    let c = rsa_encrypt(key, &m).unwrap().to_be_bytes();
    dir.expand(cek);
    let protected = dir.engine.encode_slice(&dir.header, out).unwrap();
    out[protected] = b'.';
    let mut at = protected + 1;
    at += dir.engine.encode_slice(&c[c.len() - em.len()..], &mut out[at..]).unwrap();
    dir.finish(iv.try_into().unwrap(), plaintext, out, protected, at)
}

/// The blinded private operation with the check of its result, and nothing else.
pub fn rsa_private_operation(key: &PrivateKey, encrypted_key: &BoxedUint) -> BoxedUint {
    rsa_decrypt_and_check(key, Some(&mut getrandom::SysRng), encrypted_key).unwrap()
}

/// The encrypted key of a token, as a number.
pub fn encrypted_key(key: &PrivateKey, token: &str) -> BoxedUint {
    let bytes = base64url().decode(token.split('.').nth(1).unwrap()).unwrap();
    BoxedUint::from_be_slice(&bytes, key.as_public_key().n_bits_precision()).unwrap()
}

fn oaep_encode(em: &mut [u8], message: &[u8; 32], random_seed: &[u8; 32]) {
    let (seed, db) = em[1..].split_at_mut(32);
    let at = db.len() - 33;
    db[..32].copy_from_slice(&Sha256::digest(b""));
    db[at] = 1;
    db[at + 1..].copy_from_slice(message);
    seed.copy_from_slice(random_seed);
    mgf1_xor(db, seed);
    mgf1_xor(seed, db);
}

fn mgf1_xor(target: &mut [u8], seed: &[u8]) {
    let seeded = Sha256::new_with_prefix(seed);
    for (counter, block) in (0_u32..).zip(target.chunks_mut(32)) {
        let hash = seeded.clone().chain_update(counter.to_be_bytes()).finalize();
        block.iter_mut().zip(hash).for_each(|(byte, mask)| *byte ^= mask);
    }
}

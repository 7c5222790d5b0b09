//! One operation for callgrind to count: `instructions.sh` says how, and compares the count with the last one.
//!
//! What runs inside of `counted` is counted, once, after a run of the same that isn't. All input is fixed, the
//! randomness too, and nothing that is compared with the last count uses the allocator.

mod hostile;

use std::convert::Infallible;
use std::hint::black_box;

use jwe_primitives::{ContentEncryptionKey, DecryptingKey, Header, Jwe, KeySet, internals};
use rand_core::{TryCryptoRng, TryRng};

struct Counter(u8);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(7)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(7)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Counter {}

#[inline(never)]
fn counted<T>(operation: impl FnOnce() -> T) -> T {
    operation()
}

#[inline(never)]
fn dir_encrypt(key: &ContentEncryptionKey, header: &Header, plaintext: &[u8], out: &mut [u8]) -> usize {
    key.encrypt_into_with_rng(&mut Counter(9), header, plaintext, out).unwrap().len()
}

#[inline(never)]
fn dir_decrypt(key: &ContentEncryptionKey, jwe: &Jwe<'_>, out: &mut [u8]) -> usize {
    key.decrypt_into(jwe, out).unwrap().plaintext.len()
}

#[inline(never)]
fn rsa_decrypt(key: &DecryptingKey, jwe: &Jwe<'_>, out: &mut [u8]) -> usize {
    key.decrypt_into_with_rng(&mut Counter(9), jwe, out).unwrap().plaintext.len()
}

#[inline(never)]
fn rsa_decrypt_named(keys: &KeySet<DecryptingKey>, jwe: &Jwe<'_>, out: &mut [u8]) -> usize {
    rsa_decrypt(keys.for_token(jwe).unwrap(), jwe, out)
}

#[inline(never)]
fn parse(token: &str, scratch: &mut [u8]) -> usize {
    Jwe::parse_in(token, scratch).unwrap().plaintext_len()
}

#[inline(never)]
fn oaep_decode(em: &mut [u8], cek: &mut [u8; 32]) {
    internals::oaep_decode(em, cek);
}

#[expect(clippy::too_many_lines, reason = "one step after the other")]
fn main() {
    let operation = std::env::args().nth(1).unwrap_or_default();
    let key = ContentEncryptionKey::from_bytes(&[0x42; 32]).unwrap();
    let header = Header::new().content_type("application/json").unwrap();
    let plaintext: Vec<u8> = (0..=u8::MAX).cycle().take(300).collect();
    let mut out = vec![0; key.compact_len(&header, plaintext.len())];
    let token = key.encrypt_with_rng(&mut Counter(9), &header, &plaintext).unwrap();
    let mut scratch = vec![0; Jwe::SCRATCH_LEN];
    let jwe = Jwe::parse(&token).unwrap();
    let mut em = [0; 256];
    internals::oaep_encode(&mut em, &[7; 32], &[8; 32]).unwrap();
    match operation.as_str() {
        "dir_encrypt" => {
            dir_encrypt(&key, &header, black_box(&plaintext), &mut out);
            black_box(counted(|| dir_encrypt(&key, &header, black_box(&plaintext), &mut out)));
        }
        "dir_decrypt" => {
            dir_decrypt(&key, black_box(&jwe), &mut out);
            black_box(counted(|| dir_decrypt(&key, black_box(&jwe), &mut out)));
        }
        "rsa_decrypt" => {
            // The header names the key, which has no name: its `kid` isn't looked at.
            let (key, token) = (rsa_key(), rsa_token(&plaintext));
            let jwe = Jwe::parse(&token).unwrap();
            rsa_decrypt(&key, black_box(&jwe), &mut out);
            black_box(counted(|| rsa_decrypt(&key, black_box(&jwe), &mut out)));
        }
        "rsa_decrypt_named" => {
            let mut keys = KeySet::new();
            keys.insert(rsa_key().with_key_id("recipient-2025").unwrap());
            keys.insert(rsa_key().with_key_id("recipient-2026").unwrap());
            let token = rsa_token(&plaintext);
            let jwe = Jwe::parse(&token).unwrap();
            rsa_decrypt_named(&keys, black_box(&jwe), &mut out);
            black_box(counted(|| rsa_decrypt_named(&keys, black_box(&jwe), &mut out)));
        }
        "parse" => {
            parse(black_box(&token), &mut scratch);
            black_box(counted(|| parse(black_box(&token), &mut scratch)));
        }
        "oaep_decode" => {
            let mut cek = [0; 32];
            oaep_decode(black_box(&mut em.clone()), &mut cek);
            counted(|| oaep_decode(black_box(&mut em), &mut cek));
            assert_eq!(cek, [7; 32]);
        }
        "flags" => println!("{}", flags()),
        other => {
            let mut read = hostile::reader(other).unwrap_or_else(|| panic!("no operation {other:?}"));
            read();
            counted(read);
        }
    }
}

/// The key `rsa2048-a` of the vectors.
fn rsa_key() -> DecryptingKey {
    let keys = include_str!("../../../vectors/keys.json");
    let entry = keys.split(r#""id": "rsa2048-a""#).nth(1).unwrap();
    let pem = entry.split(r#""pkcs8_pem": ""#).nth(1).unwrap().split('"').next().unwrap();
    DecryptingKey::from_pem(&pem.replace("\\n", "\n")).unwrap()
}

/// A token to `rsa_key` whose header names it.
fn rsa_token(plaintext: &[u8]) -> String {
    let key = rsa_key().with_key_id("recipient-2026").unwrap();
    key.encrypting_key().encrypt_with_rng(&mut Counter(9), &Header::new(), plaintext).unwrap().compact
}

/// What this processor, as valgrind shows it, lets the cipher and the encoding choose.
fn flags() -> String {
    let mut flags = String::from(std::env::consts::ARCH);
    #[cfg(target_arch = "x86_64")]
    for (name, has) in [
        ("aes", is_x86_feature_detected!("aes")),
        ("pclmulqdq", is_x86_feature_detected!("pclmulqdq")),
        ("ssse3", is_x86_feature_detected!("ssse3")),
        ("avx", is_x86_feature_detected!("avx")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("vaes", is_x86_feature_detected!("vaes")),
        ("vpclmulqdq", is_x86_feature_detected!("vpclmulqdq")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("sha", is_x86_feature_detected!("sha")),
    ] {
        if has {
            flags = flags + " " + name;
        }
    }
    flags
}

//! RSA-OAEP-256 (RFC 7518 section 4.3): RSAES-OAEP of RFC 8017 section 7.1 with SHA-256, MGF1 with SHA-256 and no
//! label, for messages that are a CEK of 32 octets.
//!
//! The encoding is done here, over the raw operations of `rsa`. Decoding through `rsa` 0.10 ignores the first octet
//! of EM, which RFC 8017 section 7.1.2 step 3.g forbids, returns early with an error, and leaves the message in a
//! plain `Vec`. For a message of fixed length every field of DB has a fixed place, so that a comparison with
//! constants and one choice are all there is to decide: nothing here branches on or indexes by a secret.

use ctutils::{Choice, CtAssign as _, CtEq as _};
use rand_core::TryCryptoRng;
use rsa::hazmat::{rsa_decrypt_and_check, rsa_encrypt};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, PrivateKey, PublicKey};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::a256gcm::KEY_LEN;
use crate::error::Error;
use crate::jwe::MAX_ENCRYPTED_KEY_LEN;

/// Octets of a SHA-256 hash: hLen of RFC 8017.
const HASH_LEN: usize = 32;

/// Octets of the seed, which is as long as a hash.
pub(crate) const SEED_LEN: usize = HASH_LEN;

/// lHash: the hash of the empty label.
const LABEL_HASH: [u8; HASH_LEN] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// Room for EM of any key.
type EncodedMessage = Zeroizing<[u8; MAX_ENCRYPTED_KEY_LEN]>;

/// `EM = Y || maskedSeed || maskedDB` with `DB = lHash || PS || 01 || M`, each in its place (RFC 8017 section
/// 7.1.1, figure).
struct Fields<'e> {
    y: &'e mut u8,
    seed: &'e mut [u8; HASH_LEN],
    db: &'e mut [u8],
}

impl<'e> Fields<'e> {
    fn of(em: &'e mut [u8]) -> Option<Self> {
        let (y, rest) = em.split_first_mut()?;
        let (seed, db) = rest.split_first_chunk_mut()?;
        Some(Self { y, seed, db })
    }
}

/// The fields of DB.
struct Data<'d> {
    label_hash: &'d mut [u8; HASH_LEN],
    padding: &'d mut [u8],
    one: &'d mut u8,
    message: &'d mut [u8; KEY_LEN],
}

impl<'d> Data<'d> {
    fn of(db: &'d mut [u8]) -> Option<Self> {
        let (label_hash, rest) = db.split_first_chunk_mut()?;
        let (rest, message) = rest.split_last_chunk_mut()?;
        let (one, padding) = rest.split_last_mut()?;
        Some(Self { label_hash, padding, one, message })
    }
}

/// RSAES-OAEP-ENCRYPT (RFC 8017 section 7.1.1): encrypts `cek` into `out`, which is as long as the modulus.
///
/// # Errors
/// [`Error::Internal`] if a step is impossible, which a modulus of 2048 to 8192 bits excludes.
pub(crate) fn wrap(key: &PublicKey, cek: &[u8; KEY_LEN], seed: &[u8; SEED_LEN], out: &mut [u8]) -> Result<(), Error> {
    let mut em = EncodedMessage::new([0; MAX_ENCRYPTED_KEY_LEN]);
    let em = em.get_mut(..out.len()).ok_or(Error::Internal)?;
    // Step 2: EME-OAEP encoding.
    encode(em, cek, seed).ok_or(Error::Internal)?;
    // Steps 3.a, 3.b: m = OS2IP (EM), c = RSAEP ((n, e), m).
    let m = BoxedUint::from_be_slice(em, key.n_bits_precision()).map_err(|_| Error::Internal)?;
    let c = rsa_encrypt(key, &Zeroizing::new(m)).map_err(|_| Error::Internal)?;
    // Step 3.c: C = I2OSP (c, k).
    i2osp(&c, out);
    Ok(())
}

/// RFC 8017 section 7.1.1 step 2, for an `em` that is all zero.
fn encode(em: &mut [u8], cek: &[u8; KEY_LEN], random_seed: &[u8; SEED_LEN]) -> Option<()> {
    let Fields { y: _, seed, db } = Fields::of(em)?;
    // Steps 2.a to 2.c: DB = lHash || PS || 0x01 || M; PS is zero already.
    let data = Data::of(db)?;
    *data.label_hash = LABEL_HASH;
    *data.one = 1;
    *data.message = *cek;
    // Step 2.d: a random seed.
    *seed = *random_seed;
    // Steps 2.e, 2.f: maskedDB = DB xor MGF (seed, k - hLen - 1).
    mask(db, seed);
    // Steps 2.g, 2.h: maskedSeed = seed xor MGF (maskedDB, hLen).
    mask(seed, db);
    // Step 2.i: EM = 0x00 || maskedSeed || maskedDB.
    Some(())
}

/// RSAES-OAEP-DECRYPT (RFC 8017 section 7.1.2) of an encrypted key that is as long as the modulus.
///
/// `cek` comes in random. It becomes the decrypted CEK, or stays as it is if anything is wrong: the substitution
/// of RFC 7516 section 11.5. Nothing tells the two cases apart before the content's tag fails.
///
/// # Errors
/// [`Error::Randomness`] if `rng` fails; the blinding needs it.
pub(crate) fn unwrap<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    key: &PrivateKey,
    encrypted_key: &[u8],
    cek: &mut [u8; KEY_LEN],
) -> Result<(), Error> {
    // Step 1, the lengths, is the caller's: they are public.
    // Steps 2.a, 2.b: c = OS2IP (C), m = RSADP (K, c), blinded, and checked against faults of the CRT.
    let Ok(c) = BoxedUint::from_be_slice(encrypted_key, key.n_bits_precision()) else { return Ok(()) };
    let m = match rsa_decrypt_and_check(key, Some(rng), &c) {
        Ok(m) => Zeroizing::new(m),
        Err(rsa::Error::Rng) => return Err(Error::Randomness),
        // c isn't less than n, or a fault in the computation: RFC 8017 wants the same "decryption error".
        Err(_) => return Ok(()),
    };
    // Step 2.c: EM = I2OSP (m, k).
    let mut em = EncodedMessage::new([0; MAX_ENCRYPTED_KEY_LEN]);
    let em = em.get_mut(..encrypted_key.len()).unwrap_or_default();
    i2osp(&m, em);
    // Step 3: EME-OAEP decoding.
    decode(em, cek);
    Ok(())
}

/// RFC 8017 section 7.1.2 step 3: puts M into `cek` if `em` is in order, else leaves `cek` alone, in the same time.
fn decode(em: &mut [u8], cek: &mut [u8; KEY_LEN]) {
    // Step 3.b: separate EM.
    let Some(Fields { y, seed, db }) = Fields::of(em) else { return };
    // Steps 3.c, 3.d: seed = maskedSeed xor MGF (maskedDB, hLen).
    mask(seed, db);
    // Steps 3.e, 3.f: DB = maskedDB xor MGF (seed, k - hLen - 1).
    mask(db, seed);
    // Step 3.g: "If there is no octet with hexadecimal value 0x01 to separate PS from M, if lHash does not equal
    // lHash', or if Y is nonzero, output 'decryption error' and stop."
    let Some(data) = Data::of(db) else { return };
    let valid = y.ct_eq(&0)
        & data.label_hash.as_slice().ct_eq(LABEL_HASH.as_slice())
        & all_zero(data.padding)
        & data.one.ct_eq(&1);
    cek.as_mut_slice().ct_assign(data.message.as_slice(), valid);
}

fn all_zero(octets: &[u8]) -> Choice {
    octets.iter().fold(0, |any, octet| any | octet).ct_eq(&0)
}

/// Adds to `target` MGF1 with SHA-256 of `seed` (RFC 8017 appendix B.2.1).
fn mask(target: &mut [u8], seed: &[u8]) {
    let seeded = Sha256::new_with_prefix(seed);
    for (counter, block) in (0_u32..).zip(target.chunks_mut(HASH_LEN)) {
        let mut hash = seeded.clone().chain_update(counter.to_be_bytes()).finalize();
        block.iter_mut().zip(&hash).for_each(|(octet, mask)| *octet ^= mask);
        hash.as_mut_slice().zeroize();
    }
}

/// Integer to octet string (RFC 8017 section 4.1), for an `integer` that fits: the modulus bounds it.
fn i2osp(integer: &BoxedUint, out: &mut [u8]) {
    let octets = integer.as_words().iter().flat_map(|word| word.to_le_bytes());
    out.iter_mut().rev().zip(octets).for_each(|(out, octet)| *out = octet);
}

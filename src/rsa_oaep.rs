//! RSA-OAEP-256 (RFC 7518 section 4.3): RSAES-OAEP of RFC 8017 section 7.1 with SHA-256, MGF1 with SHA-256 and no
//! label, for messages that are a CEK of 32 bytes.
//!
//! The encoding is done here, over RSAEP and RSADP of `rsa_core`. Decoding through `rsa` 0.10 ignores the first byte
//! of EM, which RFC 8017 section 7.1.2 step 3.g forbids, returns early with an error, and leaves the message in a
//! plain `Vec`. For a message of fixed length every field of DB has a fixed place, so that a comparison with
//! constants and one choice are all there is to decide: nothing here branches on or indexes by a secret.

use ctutils::{Choice, CtAssign as _, CtEq as _};
use rand_core::TryCryptoRng;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::algorithm::{CEK_LEN, MAX_ENCRYPTED_KEY_LEN, SEED_LEN};
use crate::error::Error;
use crate::rsa_core::{PrivateKey, PublicKey};

/// Bytes of a SHA-256 hash: hLen of RFC 8017.
const HASH_LEN: usize = 32;

/// lHash: the hash of the empty label.
const LABEL_HASH: [u8; HASH_LEN] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// Room for EM of any key.
type EncodedMessageBuffer = Zeroizing<[u8; MAX_ENCRYPTED_KEY_LEN]>;

/// `EM = Y || maskedSeed || maskedDB` with `DB = lHash || PS || 01 || M`, each in its place (RFC 8017 section
/// 7.1.1, figure).
struct EncodedMessage<'e> {
    y: &'e mut u8,
    seed: &'e mut [u8; HASH_LEN],
    db: &'e mut [u8],
}

impl<'e> EncodedMessage<'e> {
    fn split(em: &'e mut [u8]) -> Option<Self> {
        let (y, rest) = em.split_first_mut()?;
        let (seed, db) = rest.split_first_chunk_mut()?;
        Some(Self { y, seed, db })
    }
}

/// The fields of DB.
struct DataBlock<'d> {
    label_hash: &'d mut [u8; HASH_LEN],
    padding: &'d mut [u8],
    one: &'d mut u8,
    message: &'d mut [u8; CEK_LEN],
}

impl<'d> DataBlock<'d> {
    fn split(db: &'d mut [u8]) -> Option<Self> {
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
pub(crate) fn wrap_key(
    key: &PublicKey,
    cek: &[u8; CEK_LEN],
    seed: &[u8; SEED_LEN],
    out: &mut [u8],
) -> Result<(), Error> {
    let mut em = EncodedMessageBuffer::new([0; MAX_ENCRYPTED_KEY_LEN]);
    let em = em.get_mut(..out.len()).ok_or(Error::Internal)?;
    // Step 2: EME-OAEP encoding.
    encode(em, cek, seed).ok_or(Error::Internal)?;
    // Steps 3.a to 3.c: m = OS2IP (EM), c = RSAEP ((n, e), m), C = I2OSP (c, k).
    key.rsaep(em)?;
    out.copy_from_slice(em);
    Ok(())
}

/// RFC 8017 section 7.1.1 step 2, for an `em` that is all zero.
pub(crate) fn encode(em: &mut [u8], cek: &[u8; CEK_LEN], random_seed: &[u8; SEED_LEN]) -> Option<()> {
    let EncodedMessage { y: _, seed, db } = EncodedMessage::split(em)?;
    // Steps 2.a to 2.c: DB = lHash || PS || 0x01 || M; PS is zero already.
    let data = DataBlock::split(db)?;
    *data.label_hash = LABEL_HASH;
    *data.one = 1;
    *data.message = *cek;
    // Step 2.d: a random seed.
    *seed = *random_seed;
    // Steps 2.e, 2.f: maskedDB = DB xor MGF (seed, k - hLen - 1).
    mgf1_xor(db, seed);
    // Steps 2.g, 2.h: maskedSeed = seed xor MGF (maskedDB, hLen).
    mgf1_xor(seed, db);
    // Step 2.i: EM = 0x00 || maskedSeed || maskedDB.
    Some(())
}

/// RSAES-OAEP-DECRYPT (RFC 8017 section 7.1.2) of an encrypted key that is as long as the modulus.
///
/// On entry `cek` is random; on success it holds the decrypted CEK, otherwise it is unchanged: the substitution of
/// RFC 7516 section 11.5. The two cases are indistinguishable until the content's tag fails.
///
/// # Errors
/// [`Error::Randomness`] if `rng` fails; the blinding needs it.
pub(crate) fn unwrap_key<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    key: &PrivateKey,
    encrypted_key: &[u8],
    cek: &mut [u8; CEK_LEN],
) -> Result<(), Error> {
    // Step 1, the lengths, is the caller's: they are public.
    // Steps 2.a to 2.c: c = OS2IP (C), m = RSADP (K, c), EM = I2OSP (m, k).
    let mut em = EncodedMessageBuffer::new([0; MAX_ENCRYPTED_KEY_LEN]);
    let em = em.get_mut(..encrypted_key.len()).ok_or(Error::Internal)?;
    em.copy_from_slice(encrypted_key);
    // "If RSADP outputs 'ciphertext representative out of range' …, output 'decryption error'": the same one.
    let valid = key.rsadp(rng, em)?;
    // Step 3: EME-OAEP decoding.
    decode(em, valid, cek);
    Ok(())
}

/// RFC 8017 section 7.1.2 step 3: puts M into `cek` if `em` is `valid` and well-formed, otherwise leaves `cek`
/// unchanged, in the same time.
pub(crate) fn decode(em: &mut [u8], valid: Choice, cek: &mut [u8; CEK_LEN]) {
    // Step 3.b: separate EM.
    let Some(EncodedMessage { y, seed, db }) = EncodedMessage::split(em) else { return };
    // Steps 3.c, 3.d: seed = maskedSeed xor MGF (maskedDB, hLen).
    mgf1_xor(seed, db);
    // Steps 3.e, 3.f: DB = maskedDB xor MGF (seed, k - hLen - 1).
    mgf1_xor(db, seed);
    // Step 3.g: "If there is no octet with hexadecimal value 0x01 to separate PS from M, if lHash does not equal
    // lHash', or if Y is nonzero, output 'decryption error' and stop."
    let Some(data) = DataBlock::split(db) else { return };
    let valid = valid
        & y.ct_eq(&0)
        & data.label_hash.as_slice().ct_eq(LABEL_HASH.as_slice())
        & all_zero(data.padding)
        & data.one.ct_eq(&1);
    cek.as_mut_slice().ct_assign(data.message.as_slice(), valid);
}

fn all_zero(bytes: &[u8]) -> Choice {
    bytes.iter().fold(0, |any, byte| any | byte).ct_eq(&0)
}

/// Adds to `target` MGF1 with SHA-256 of `seed` (RFC 8017 appendix B.2.1).
fn mgf1_xor(target: &mut [u8], seed: &[u8]) {
    let seeded = Sha256::new_with_prefix(seed);
    for (counter, block) in (0_u32..).zip(target.chunks_mut(HASH_LEN)) {
        let mut hash = seeded.clone().chain_update(counter.to_be_bytes()).finalize();
        block.iter_mut().zip(&hash).for_each(|(byte, mask)| *byte ^= mask);
        hash.as_mut_slice().zeroize();
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers, and a test may fail by panicking")]
pub(crate) mod tests {
    use alloc::{vec, vec::Vec};

    use rsa::Oaep;

    use super::*;
    use crate::DecryptingKey;
    use crate::rsa_core::{self, tests::NUMBERS};
    use crate::test_util::{FailingRng, TestRng, key, reference};

    const CEK: [u8; CEK_LEN] = [0xa5; CEK_LEN];
    const SEED: [u8; SEED_LEN] = [0x5a; SEED_LEN];
    const SUBSTITUTE: [u8; CEK_LEN] = [0x77; CEK_LEN];

    /// What is wrong with an encoded message. `forge` makes each so that nothing else is.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) enum Defect {
        None,
        Y(u8),
        LabelHash(usize),
        Padding(usize),
        NoOne,
        OneIs(u8),
        ShortMessage,
        LongMessage,
        NoSeparator,
    }

    pub(crate) const DEFECTS: [Defect; 17] = [
        Defect::Y(1),
        Defect::Y(2),
        Defect::Y(0x40),
        Defect::Y(0x7f),
        Defect::LabelHash(0),
        Defect::LabelHash(17),
        Defect::LabelHash(31),
        Defect::Padding(0),
        Defect::Padding(50),
        Defect::Padding(125),
        Defect::NoOne,
        Defect::OneIs(2),
        Defect::OneIs(3),
        Defect::OneIs(0x81),
        Defect::ShortMessage,
        Defect::LongMessage,
        Defect::NoSeparator,
    ];

    /// EM of 256 bytes with `defect`, otherwise well-formed, for `cek`.
    fn forge_em(cek: &[u8; CEK_LEN], defect: Defect) -> Vec<u8> {
        let mut em = vec![0; 256];
        let EncodedMessage { y, seed, db } = EncodedMessage::split(&mut em).unwrap();
        let data = DataBlock::split(db).unwrap();
        *data.label_hash = LABEL_HASH;
        *data.one = 1;
        *data.message = *cek;
        let last = data.padding.len() - 1;
        match defect {
            Defect::None => {}
            Defect::Y(value) => *y = value,
            Defect::LabelHash(at) => data.label_hash[at] ^= 1,
            Defect::Padding(at) => data.padding[at] = 1,
            Defect::NoOne => *data.one = 0,
            Defect::OneIs(value) => *data.one = value,
            // 31 bytes: the separator is where the CEK would begin.
            Defect::ShortMessage => (*data.one, data.message[0]) = (0, 1),
            Defect::LongMessage => data.padding[last] = 1,
            Defect::NoSeparator => (*data.one, *data.message) = (0, [0; CEK_LEN]),
        }
        *seed = SEED;
        mgf1_xor(db, seed);
        mgf1_xor(seed, db);
        em
    }

    /// The encrypted key that decrypts to an EM with `defect`.
    pub(crate) fn forge(key: &PublicKey, cek: &[u8; CEK_LEN], defect: Defect) -> Vec<u8> {
        raw(key, &forge_em(cek, defect))
    }

    fn raw(key: &PublicKey, em: &[u8]) -> Vec<u8> {
        let mut out = em.to_vec();
        key.rsaep(&mut out).unwrap();
        out
    }

    fn public(key: &DecryptingKey) -> &PublicKey {
        key.encrypting_key().rsa()
    }

    fn unwrapped(key: &PrivateKey, encrypted_key: &[u8]) -> [u8; CEK_LEN] {
        let mut cek = SUBSTITUTE;
        unwrap_key(&mut TestRng::new(1), key, encrypted_key, &mut cek).unwrap();
        cek
    }

    #[test]
    fn label_hash_is_the_hash_of_nothing() {
        assert_eq!(Sha256::digest(b"").as_slice(), LABEL_HASH);
    }

    #[test]
    fn wraps_for_rsa_and_unwraps_from_rsa() {
        for id in ["rsa2048-a", "rsa2056", "rsa3072", "rsa2048-e3"] {
            let key = key(id);
            let (public, private, theirs) = (public(&key), key.rsa(), reference(&key));
            let mut out = vec![0; public.modulus_len()];
            wrap_key(public, &CEK, &SEED, &mut out).unwrap();
            assert_eq!(theirs.decrypt(Oaep::<Sha256>::new(), &out).unwrap(), CEK, "{id}");
            assert_eq!(unwrapped(private, &out), CEK, "{id}");
            let out = theirs.as_public_key().encrypt(&mut TestRng::new(2), Oaep::<Sha256>::new(), &CEK).unwrap();
            assert_eq!(unwrapped(private, &out), CEK, "{id}");
        }
    }

    #[test]
    fn every_seed_and_cek_byte_counts() {
        let key = key("rsa2048-a");
        let (public, private) = (public(&key), key.rsa());
        let mut seen = vec![vec![0; 256]; 3];
        for (out, (cek, seed)) in seen.iter_mut().zip([(CEK, SEED), (CEK, SUBSTITUTE), (SUBSTITUTE, SEED)]) {
            wrap_key(public, &cek, &seed, out).unwrap();
            assert_eq!(unwrapped(private, out), cek);
        }
        assert!(seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2]);
    }

    #[test]
    fn first_byte_must_be_zero_though_rsa_ignores_it() {
        let key = key("rsa2048-a");
        let theirs = reference(&key);
        for y in [1, 2, 0x40, 0x7f] {
            let encrypted_key = forge(public(&key), &CEK, Defect::Y(y));
            assert_eq!(theirs.decrypt(Oaep::<Sha256>::new(), &encrypted_key).unwrap(), CEK, "rsa accepts Y = {y}");
            assert_eq!(unwrapped(key.rsa(), &encrypted_key), SUBSTITUTE, "Y = {y}");
        }
    }

    #[test]
    fn each_defect_leaves_the_substitute() {
        let mut cek = SUBSTITUTE;
        decode(&mut forge_em(&CEK, Defect::None), Choice::TRUE, &mut cek);
        assert_eq!(cek, CEK);
        for defect in DEFECTS {
            let mut cek = SUBSTITUTE;
            decode(&mut forge_em(&CEK, defect), Choice::TRUE, &mut cek);
            assert_eq!(cek, SUBSTITUTE, "{defect:?}");
        }
    }

    #[test]
    fn each_bit_of_the_fixed_fields_counts() {
        let good = forge_em(&CEK, Defect::None);
        let mut unmasked = good.clone();
        let EncodedMessage { seed, db, .. } = EncodedMessage::split(&mut unmasked).unwrap();
        mgf1_xor(seed, db);
        mgf1_xor(db, seed);
        for bit in 0..8 * (256 - CEK_LEN) {
            let (byte, flip) = (bit / 8, 1 << (bit % 8));
            if (1..=HASH_LEN).contains(&byte) {
                continue;
            }
            let mut em = unmasked.clone();
            em[byte] ^= flip;
            let EncodedMessage { seed, db, .. } = EncodedMessage::split(&mut em).unwrap();
            mgf1_xor(db, seed);
            mgf1_xor(seed, db);
            let mut cek = SUBSTITUTE;
            decode(&mut em, Choice::TRUE, &mut cek);
            assert_eq!(cek, SUBSTITUTE, "bit {bit}");
        }
    }

    #[test]
    fn representative_out_of_range_leaves_the_substitute() {
        let key = key("rsa2048-a");
        let n = public(&key).modulus();
        let key = key.rsa();
        for encrypted_key in [n.clone(), vec![0xff; 256], vec![0; 256], [vec![0; 255], vec![1]].concat()] {
            assert_eq!(unwrapped(key, &encrypted_key), SUBSTITUTE);
        }
        let mut n_minus_1 = n;
        n_minus_1[255] -= 1;
        assert_eq!(unwrapped(key, &n_minus_1), SUBSTITUTE);
    }

    #[test]
    fn randomness_failure_is_an_error_wherever_it_happens() {
        let key = key("rsa2048-a");
        let encrypted_key = forge(public(&key), &CEK, Defect::None);
        let unwrapped = |calls| {
            let mut cek = SUBSTITUTE;
            (unwrap_key(&mut FailingRng::after(calls), key.rsa(), &encrypted_key, &mut cek), cek)
        };
        // As many as there are without a failure: for the base, which may take several, two exponents and two moduli.
        let mut working = TestRng::new(FailingRng::SEED);
        unwrap_key(&mut working, key.rsa(), &encrypted_key, &mut SUBSTITUTE.clone()).unwrap();
        assert!(working.calls > 4, "{}", working.calls);
        for calls in 0..working.calls {
            assert_eq!(unwrapped(calls), (Err(Error::Randomness), SUBSTITUTE), "after {calls}");
        }
        assert_eq!(unwrapped(working.calls), (Ok(()), CEK));
    }

    #[test]
    fn a_fault_leaves_the_substitute() {
        for number in NUMBERS {
            let key = key("rsa2048-a");
            let encrypted_key = forge(public(&key), &CEK, Defect::None);
            let mut faulty = rsa_core::tests::private("rsa2048-a");
            assert_eq!(unwrapped(&faulty, &encrypted_key), CEK);
            faulty.corrupt(number);
            assert_eq!(unwrapped(&faulty, &encrypted_key), SUBSTITUTE, "{number:?}");
        }
    }

    #[test]
    fn an_invalid_representative_leaves_the_substitute() {
        let mut cek = SUBSTITUTE;
        decode(&mut forge_em(&CEK, Defect::None), Choice::FALSE, &mut cek);
        assert_eq!(cek, SUBSTITUTE);
    }

    /// 98 bytes hold the fixed fields and no padding. None of our keys is as short, or as long as the last ones here.
    #[test]
    fn rejects_impossible_lengths() {
        let key = key("rsa2048-a");
        for len in 0..98 {
            assert!(encode(&mut vec![0; len], &CEK, &SEED).is_none(), "{len}");
            let mut cek = SUBSTITUTE;
            decode(&mut vec![0; len], Choice::TRUE, &mut cek);
            assert_eq!(cek, SUBSTITUTE, "{len}");
        }
        let (mut em, mut cek) = (vec![0; 98], SUBSTITUTE);
        encode(&mut em, &CEK, &SEED).unwrap();
        decode(&mut em, Choice::TRUE, &mut cek);
        assert_eq!(cek, CEK);
        for len in [97, 300, MAX_ENCRYPTED_KEY_LEN + 1] {
            assert_eq!(wrap_key(public(&key), &CEK, &SEED, &mut vec![0; len]), Err(Error::Internal), "{len}");
            let result = unwrap_key(&mut TestRng::new(1), key.rsa(), &vec![0; len], &mut cek);
            assert_eq!(result, Err(Error::Internal), "{len}");
        }
    }

    #[test]
    fn bytes_in_the_padding_do_not_cancel_each_other() {
        let mut em = forge_em(&CEK, Defect::None);
        let EncodedMessage { seed, db, .. } = EncodedMessage::split(&mut em).unwrap();
        mgf1_xor(seed, db);
        mgf1_xor(db, seed);
        let padding = DataBlock::split(db).unwrap().padding;
        (padding[3], padding[90]) = (5, 5);
        mgf1_xor(db, seed);
        mgf1_xor(seed, db);
        let mut cek = SUBSTITUTE;
        decode(&mut em, Choice::TRUE, &mut cek);
        assert_eq!(cek, SUBSTITUTE);
    }
}

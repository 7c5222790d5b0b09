//! RSAEP and RSADP (RFC 8017 section 5.1), key numbers and key generation, over integers of fixed size.
//!
//! `rsa` computes with integers on the heap and frees some of them without zeroizing them. Here every number of a
//! computation lives on the stack, which `stack` zeroizes, and every number of a key in one box, which zeroizes itself
//! on drop. The integers are those that `rsa` is built on, from `crypto-bigint`. RSADP neither branches on a secret nor
//! indexes by one, but for a random number that can't be used and is drawn again. Reading a key branches on the lengths
//! of its numbers and on whether it is valid; generating one takes as long as its search.
//!
//! Callers see bytes only: big-endian numbers, and blocks as long as the modulus.

mod der;
mod generate;
mod integer;
mod private;
mod public;

use alloc::{boxed::Box, vec, vec::Vec};

use crypto_bigint::{Choice, U128, U1024, U1536, U2048, U3072, U4096, U6144, U8192};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use self::integer::{Random, bit_len, i2osp, trim};
use self::private::Private;
use self::public::{Public, public_exponent};
use crate::error::{Error, KeyError};
use crate::{random, stack};

/// The shortest modulus, in bits: "A key of size 2048 bits or larger MUST be used" (RFC 7518 section 4.3).
const MIN_MODULUS_BITS: usize = 2048;

/// The longest modulus, in bits: an operation with the private key takes half a second already.
const MAX_MODULUS_BITS: usize = 8192;

/// A private key whose primes have at most `L` limbs, its blinded primes `B` and its modulus `N`.
type Private2048 = Private<{ U1024::LIMBS }, { U1024::LIMBS + U128::LIMBS }, { U2048::LIMBS }>;
type Private3072 = Private<{ U1536::LIMBS }, { U1536::LIMBS + U128::LIMBS }, { U3072::LIMBS }>;
type Private4096 = Private<{ U2048::LIMBS }, { U2048::LIMBS + U128::LIMBS }, { U4096::LIMBS }>;
type Private6144 = Private<{ U3072::LIMBS }, { U3072::LIMBS + U128::LIMBS }, { U6144::LIMBS }>;
type Private8192 = Private<{ U4096::LIMBS }, { U4096::LIMBS + U128::LIMBS }, { U8192::LIMBS }>;

/// An RSA public key of 2048 to 8192 bits, in the smallest size class that holds it.
#[derive(Clone)]
pub(crate) struct PublicKey(SizedPublic);

#[derive(Clone)]
enum SizedPublic {
    Bits2048(Box<Public<{ U2048::LIMBS }>>),
    Bits3072(Box<Public<{ U3072::LIMBS }>>),
    Bits4096(Box<Public<{ U4096::LIMBS }>>),
    Bits6144(Box<Public<{ U6144::LIMBS }>>),
    Bits8192(Box<Public<{ U8192::LIMBS }>>),
}

/// An RSA private key of two primes, in the smallest size class that holds its modulus and both primes. It is
/// zeroized on drop.
pub(crate) struct PrivateKey(SizedPrivate);

enum SizedPrivate {
    Bits2048(Box<Private2048>),
    Bits3072(Box<Private3072>),
    Bits4096(Box<Private4096>),
    Bits6144(Box<Private6144>),
    Bits8192(Box<Private8192>),
}

/// The secret numbers of a private key (RFC 8017 section 3.2), big-endian.
pub(crate) struct PrivateComponents<'a> {
    pub(crate) d: &'a [u8],
    pub(crate) p: &'a [u8],
    pub(crate) q: &'a [u8],
    pub(crate) dp: &'a [u8],
    pub(crate) dq: &'a [u8],
    pub(crate) qi: &'a [u8],
}

/// All numbers of a private key, big-endian and without leading zeros.
pub(crate) struct Components {
    pub(crate) n: Zeroizing<Vec<u8>>,
    pub(crate) e: Zeroizing<Vec<u8>>,
    pub(crate) d: Zeroizing<Vec<u8>>,
    pub(crate) p: Zeroizing<Vec<u8>>,
    pub(crate) q: Zeroizing<Vec<u8>>,
    pub(crate) dp: Zeroizing<Vec<u8>>,
    pub(crate) dq: Zeroizing<Vec<u8>>,
    pub(crate) qi: Zeroizing<Vec<u8>>,
}

/// Makes a key in the size class for `$bits` bits, boxes it in the class's variant of `$sized`, and zeroizes as much of
/// the stack as `stack::$bytes` gives for that class.
///
/// `$value` is an `Option`, because an `Option` of a box has no bytes without a value: those of a `Result` that is an
/// error would carry up whatever the stack held before.
macro_rules! make {
    ($sized:ident, $bytes:ident, $bits:expr, $value:expr) => {
        match $bits {
            0..=2048 => {
                stack::zeroizing_bytes::<{ stack::$bytes(2048) }, _>(|| $value.map(Box::new)).map($sized::Bits2048)
            }
            2049..=3072 => {
                stack::zeroizing_bytes::<{ stack::$bytes(3072) }, _>(|| $value.map(Box::new)).map($sized::Bits3072)
            }
            3073..=4096 => {
                stack::zeroizing_bytes::<{ stack::$bytes(4096) }, _>(|| $value.map(Box::new)).map($sized::Bits4096)
            }
            4097..=6144 => {
                stack::zeroizing_bytes::<{ stack::$bytes(6144) }, _>(|| $value.map(Box::new)).map($sized::Bits6144)
            }
            _ => stack::zeroizing_bytes::<{ stack::$bytes(8192) }, _>(|| $value.map(Box::new)).map($sized::Bits8192),
        }
    };
}

/// Evaluates `$value` for the key in `$of`, whatever its size class, and then zeroizes as much of the stack as
/// `stack::$bytes` gives for that class.
macro_rules! with_key {
    ($sized:ident, $bytes:ident, $of:expr, $key:ident => $value:expr) => {
        match $of {
            $sized::Bits2048($key) => stack::zeroizing_bytes::<{ stack::$bytes(2048) }, _>(|| $value),
            $sized::Bits3072($key) => stack::zeroizing_bytes::<{ stack::$bytes(3072) }, _>(|| $value),
            $sized::Bits4096($key) => stack::zeroizing_bytes::<{ stack::$bytes(4096) }, _>(|| $value),
            $sized::Bits6144($key) => stack::zeroizing_bytes::<{ stack::$bytes(6144) }, _>(|| $value),
            $sized::Bits8192($key) => stack::zeroizing_bytes::<{ stack::$bytes(8192) }, _>(|| $value),
        }
    };
}

/// Evaluates `$value`, which handles no secret, for a public key.
macro_rules! with_public {
    ($of:expr, $key:ident => $value:expr) => {
        match $of {
            SizedPublic::Bits2048($key) => $value,
            SizedPublic::Bits3072($key) => $value,
            SizedPublic::Bits4096($key) => $value,
            SizedPublic::Bits6144($key) => $value,
            SizedPublic::Bits8192($key) => $value,
        }
    };
}

impl PublicKey {
    /// Checks a big-endian modulus and public exponent. Leading zeros don't count.
    ///
    /// # Errors
    /// [`KeyError::ModulusTooSmall`], [`KeyError::ModulusTooLarge`], [`KeyError::PublicExponent`], or
    /// [`KeyError::Inconsistent`] if the modulus is even.
    pub(crate) fn new(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let bits = bit_len(n);
        check_modulus_bits(bits)?;
        let e = public_exponent(e)?;
        make!(SizedPublic, rsaep, bits, Public::new(n, e)).map(Self).ok_or(KeyError::Inconsistent)
    }

    /// The length of the modulus, in bits.
    pub(crate) fn modulus_bits(&self) -> usize {
        with_public!(&self.0, key => key.modulus_bits())
    }

    /// The length of the modulus and of a block, in bytes: k of RFC 8017.
    pub(crate) fn modulus_len(&self) -> usize {
        self.modulus_bits().div_ceil(8)
    }

    /// The modulus, big-endian and without leading zeros.
    pub(crate) fn modulus(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.modulus_len()];
        with_public!(&self.0, key => i2osp(key.n().as_ref(), &mut bytes));
        bytes
    }

    /// The public exponent, big-endian and without leading zeros.
    pub(crate) fn exponent(&self) -> Vec<u8> {
        trim(&self.e().to_be_bytes()).to_vec()
    }

    fn e(&self) -> u64 {
        with_public!(&self.0, key => key.e())
    }

    /// RSAEP (RFC 8017 section 5.1.1) in place.
    ///
    /// # Errors
    /// [`Error::Internal`] if `block` isn't as long as the modulus, or not less than it.
    #[cfg_attr(feature = "aws-lc-rs", allow(dead_code, reason = "AWS-LC has RSA of its own"))]
    pub(crate) fn rsaep(&self, block: &mut [u8]) -> Result<(), Error> {
        with_key!(SizedPublic, rsaep, &self.0, key => key.rsaep_in_place(block)).ok_or(Error::Internal)
    }
}

impl PrivateKey {
    /// Reads the private key of `public` and checks it: that all numbers belong together, that the primes differ as
    /// FIPS 186-5 appendix A.1.3 demands, and that the key decrypts what it encrypts.
    ///
    /// # Errors
    /// [`KeyError::Inconsistent`].
    pub(crate) fn new(public: &PublicKey, secret: &PrivateComponents<'_>) -> Result<Self, KeyError> {
        let longer_prime = bit_len(secret.p).max(bit_len(secret.q));
        // A number that is no factor of the modulus must not choose the size class, and so the stack that is used.
        if longer_prime >= public.modulus_bits() {
            return Err(KeyError::Inconsistent);
        }
        let bits = public.modulus_bits().max(longer_prime.saturating_mul(2));
        let (n, e) = (public.modulus(), public.e());
        make!(SizedPrivate, rsa_read, bits, Private::new(&n, e, secret)).map(Self).ok_or(KeyError::Inconsistent)
    }

    /// Generates a key with the public exponent 65537 (FIPS 186-5 appendix A.1.3).
    ///
    /// # Errors
    /// [`KeyError::ModulusTooSmall`] and [`KeyError::ModulusTooLarge`] for `modulus_bits`, [`Error::Randomness`] if
    /// `rng` fails or is stuck.
    pub(crate) fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R, modulus_bits: usize) -> Result<Self, Error> {
        check_modulus_bits(modulus_bits)?;
        let bits = u32::try_from(modulus_bits).map_err(|_| Error::Internal)?;
        let random: &mut Random<'_> = &mut |out| random::fill(rng, out);
        make!(SizedPrivate, rsa_generate, modulus_bits, Private::generate(random, bits))
            .map(Self)
            .ok_or(Error::Randomness)
    }

    /// The public half.
    ///
    /// # Errors
    /// None that is known: the modulus and the exponent have been checked.
    pub(crate) fn public(&self) -> Result<PublicKey, KeyError> {
        let Components { n, e, .. } = self.components();
        PublicKey::new(&n, &e)
    }

    /// All numbers of the key.
    pub(crate) fn components(&self) -> Components {
        with_key!(SizedPrivate, rsaep, &self.0, key => key.components())
    }

    /// RSADP (RFC 8017 section 5.1.2) in place, blinded, and checked against faults of the computation.
    ///
    /// The choice says whether the message representative is valid. If it isn't, `block` is all zero: the ciphertext
    /// representative was out of range, or the computation went wrong. Nothing branches on which.
    ///
    /// # Errors
    /// [`Error::Randomness`] if `rng` fails or is stuck, [`Error::Internal`] if `block` isn't as long as the modulus.
    #[cfg_attr(feature = "aws-lc-rs", allow(dead_code, reason = "AWS-LC has RSA of its own"))]
    pub(crate) fn rsadp<R: TryCryptoRng + ?Sized>(&self, rng: &mut R, block: &mut [u8]) -> Result<Choice, Error> {
        let random: &mut Random<'_> = &mut |out| random::fill(rng, out);
        with_key!(SizedPrivate, rsadp, &self.0, key => key.rsadp_in_place(random, block))
    }
}

fn check_modulus_bits(bits: usize) -> Result<(), KeyError> {
    match bits {
        0..MIN_MODULUS_BITS => Err(KeyError::ModulusTooSmall),
        MIN_MODULUS_BITS..=MAX_MODULUS_BITS => Ok(()),
        _ => Err(KeyError::ModulusTooLarge),
    }
}

#[cfg(test)]
pub(crate) mod tests;

//! RSAEP and RSADP (RFC 8017 section 5.1), key numbers and key generation, over integers of fixed size.
//!
//! `rsa` computes with integers on the heap and frees some of them without zeroizing them. Here every number of a
//! computation lives on the stack, which `stack` zeroizes, and every number of a key in one box, which zeroizes itself
//! on drop. The integers are those that `rsa` is built on, from `crypto-bigint`. RSADP neither branches on a secret nor
//! indexes by one, but for a random number that can't be used and is drawn again. Reading a key branches on the lengths
//! of its numbers and on whether it is valid; generating one takes as long as its search.
//!
//! Callers see bytes only: big-endian numbers, and blocks as long as the modulus.

// Bottom-up, as in `lib.rs`.
mod integer;
mod small_primes;
mod public;
mod primes;
mod private;
mod generate;
mod to_der;

use alloc::{vec, vec::Vec};

use crypto_bigint::{Choice, U128, U1024, U1536, U2048, U3072, U4096, U6144, U8192};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use self::integer::{Random, bit_len, i2osp, trim};
use self::primes::size_class;
use self::private::Private;
use self::public::{Public, check_modulus_bits, public_exponent};
use crate::error::{Error, KeyError};
use crate::shared::Shared;
use crate::{random, stack};

/// The size classes, from small to large: a name, the longest modulus in bits, the integers for a modulus and for a prime.
///
/// `$then` is a macro below that gets the table after its own arguments. The table can't be a type: how much stack is
/// zeroized is a constant of each class, and Rust doesn't compute with the constants of a generic type.
macro_rules! size_classes {
    ($then:ident!($($arguments:tt)*)) => {
        $then! { $($arguments)*;
            Bits2048: 2048, U2048, U1024;
            Bits3072: 3072, U3072, U1536;
            Bits4096: 4096, U4096, U2048;
            Bits6144: 6144, U6144, U3072;
            Bits8192: 8192, U8192, U4096;
        }
    };
}

/// Declares a key of each size class. A prime that is blinded has 128 bits more.
macro_rules! declare {
    (; $($class:ident: $bits:literal, $modulus:ident, $prime:ident;)*) => {
        #[derive(Clone)]
        enum SizedPublic {
            $($class(Shared<Public<{ $modulus::LIMBS }>>),)*
        }

        #[derive(Clone)]
        enum SizedPrivate {
            $($class(Shared<Private<{ $prime::LIMBS }, { $prime::LIMBS + U128::LIMBS }, { $modulus::LIMBS }>>),)*
        }
    };
}

/// Makes a key in the smallest size class for `$length` bits and puts it on the heap. With `$bytes`, the stack is zeroized,
/// as much of it as that function of `stack` gives for the class.
///
/// `$value` is an `Option`, because an `Option` of a box has no bytes without a value: those of a `Result` that is an
/// error would carry up whatever the stack held before.
macro_rules! make {
    ($sized:ident, $length:expr, $value:expr; $($class:ident: $bits:literal, $modulus:ident, $prime:ident;)*) => {
        match $length {
            $(..=$bits => $value.map(Shared::new).map($sized::$class),)*
            _ => None,
        }
    };
    ($sized:ident, $bytes:ident, $length:expr, $value:expr;
     $($class:ident: $bits:literal, $modulus:ident, $prime:ident;)*) => {
        match $length {
            $(..=$bits => {
                stack::zeroizing_bytes::<{ stack::$bytes($bits) }, _>(|| $value.map(Shared::new)).map($sized::$class)
            })*
            _ => None,
        }
    };
}

/// Evaluates `$value` for the key in `$of`, whatever its size class. With `$bytes`, the stack is zeroized after that.
macro_rules! with_key {
    ($sized:ident, $of:expr, $key:ident => $value:expr;
     $($class:ident: $bits:literal, $modulus:ident, $prime:ident;)*) => {
        match $of {
            $($sized::$class($key) => $value,)*
        }
    };
    ($sized:ident, $bytes:ident, $of:expr, $key:ident => $value:expr;
     $($class:ident: $bits:literal, $modulus:ident, $prime:ident;)*) => {
        match $of {
            $($sized::$class($key) => stack::zeroizing_bytes::<{ stack::$bytes($bits) }, _>(|| $value),)*
        }
    };
}

size_classes!(declare!());

/// An RSA public key of 2048 to 8192 bits, in the smallest size class that holds it.
#[derive(Clone)]
pub(crate) struct PublicKey(SizedPublic);

/// An RSA private key of two primes, in the smallest size class that holds its modulus and both primes.
///
/// A clone shares the numbers and copies none; they are zeroized when the last one is dropped.
#[derive(Clone)]
pub(crate) struct PrivateKey(SizedPrivate);

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

impl PublicKey {
    /// Checks a big-endian modulus and public exponent. Leading zeros don't count.
    ///
    /// # Errors
    /// [`KeyError::ModulusTooSmall`], [`KeyError::ModulusTooLarge`], [`KeyError::PublicExponent`],
    /// [`KeyError::SmallFactor`].
    pub(crate) fn new(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let bits = bit_len(n);
        check_modulus_bits(bits)?;
        let e = public_exponent(e)?;
        let key = size_classes!(make!(SizedPublic, bits, Public::without_small_factor(n, e)));
        key.map(Self).ok_or(KeyError::SmallFactor)
    }

    /// The length of the modulus, in bits.
    pub(crate) fn modulus_bits(&self) -> usize {
        size_classes!(with_key!(SizedPublic, &self.0, key => key.modulus_bits()))
    }

    /// The length of the modulus and of a block, in bytes: k of RFC 8017.
    pub(crate) fn modulus_len(&self) -> usize {
        self.modulus_bits().div_ceil(8)
    }

    /// The modulus, big-endian and without leading zeros.
    pub(crate) fn modulus(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.modulus_len()];
        size_classes!(with_key!(SizedPublic, &self.0, key => i2osp(key.n().as_ref(), &mut bytes)));
        bytes
    }

    /// The public exponent, big-endian and without leading zeros.
    pub(crate) fn exponent(&self) -> Vec<u8> {
        trim(&self.e().to_be_bytes()).to_vec()
    }

    fn e(&self) -> u64 {
        size_classes!(with_key!(SizedPublic, &self.0, key => key.e()))
    }

    /// RSAEP (RFC 8017 section 5.1.1) in place.
    ///
    /// # Errors
    /// [`Error::Internal`] if `block` isn't as long as the modulus, or not less than it.
    #[cfg_attr(feature = "aws-lc-rs", allow(dead_code, reason = "AWS-LC has RSA of its own"))]
    pub(crate) fn rsaep(&self, block: &mut [u8]) -> Result<(), Error> {
        size_classes!(with_key!(SizedPublic, rsaep, &self.0, key => key.rsaep_in_place(block))).ok_or(Error::Internal)
    }
}

impl PrivateKey {
    /// Reads the private key of `public` and checks it: that all numbers belong together, that the primes differ as
    /// FIPS 186-5 appendix A.1.3 demands, and that they pass a test of primality.
    ///
    /// # Errors
    /// [`KeyError::Inconsistent`], [`KeyError::PrimeLength`], [`KeyError::NotPrime`].
    pub(crate) fn new(public: &PublicKey, secret: &PrivateComponents<'_>) -> Result<Self, KeyError> {
        let bits = size_class(public.modulus_bits(), bit_len(secret.p), bit_len(secret.q))?;
        let (n, e) = (public.modulus(), public.e());
        let key = size_classes!(make!(SizedPrivate, rsa_read, bits, Private::new(&n, e, secret)));
        let key = key.map(Self).ok_or(KeyError::Inconsistent)?;
        if key.has_probable_primes() { Ok(key) } else { Err(KeyError::NotPrime) }
    }

    fn has_probable_primes(&self) -> bool {
        size_classes!(with_key!(SizedPrivate, rsa_read, &self.0, key => key.has_probable_primes()))
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
        let key = size_classes!(make!(SizedPrivate, rsa_generate, modulus_bits, Private::generate(random, bits)));
        key.map(Self).ok_or(Error::Randomness)
    }

    /// The public half.
    ///
    /// # Errors
    /// None that is known: the modulus and the exponent have been checked.
    pub(crate) fn public(&self) -> Result<PublicKey, KeyError> {
        let [n, e] = size_classes!(with_key!(SizedPrivate, &self.0, key => key.public_components()));
        PublicKey::new(&n, &e)
    }

    /// All numbers of the key.
    pub(crate) fn components(&self) -> Components {
        size_classes!(with_key!(SizedPrivate, rsa_write, &self.0, key => key.components()))
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
        size_classes!(with_key!(SizedPrivate, rsadp, &self.0, key => key.rsadp_in_place(random, block)))
    }
}

#[cfg(test)]
pub(crate) mod tests;

//! RSAEP for one size class, and what a public key must be like.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{CtLt as _, Odd, Uint};

use super::integer::{i2osp, os2ip, trim};
use super::small_primes::{BELOW_752, has_small_factor};
use crate::error::KeyError;
use crate::limits::Limits;

/// The greatest public exponent, the limit of `rsa` against denial of service.
const MAX_PUBLIC_EXPONENT: u64 = (1 << 33) - 1;

/// The length of a modulus must be one that is supported.
pub(super) fn check_modulus_bits(bits: usize) -> Result<(), KeyError> {
    match bits {
        0..Limits::MIN_MODULUS_BITS => Err(KeyError::ModulusTooSmall),
        Limits::MIN_MODULUS_BITS..=Limits::MAX_MODULUS_BITS => Ok(()),
        _ => Err(KeyError::ModulusTooLarge),
    }
}

/// The public exponent: odd, 3 to 2³³ − 1.
pub(super) fn public_exponent(bytes: &[u8]) -> Result<u64, KeyError> {
    let exponent = os2ip::<{ crypto_bigint::U64::LIMBS }>(trim(bytes)).map_or(0, u64::from);
    if exponent % 2 == 1 && (3..=MAX_PUBLIC_EXPONENT).contains(&exponent) {
        Ok(exponent)
    } else {
        Err(KeyError::PublicExponent)
    }
}

/// An RSA public key of at most `N` limbs.
#[derive(Clone)]
pub(super) struct Public<const N: usize> {
    params: FixedMontyParams<N>,
    e: u64,
}

impl<const N: usize> Public<N> {
    /// `None` if `n` is even. The caller has checked its length and the exponent.
    pub(super) fn new(n: &[u8], e: u64) -> Option<Self> {
        Some(Self::of(Odd::new(os2ip(trim(n))?).into_option()?, e))
    }

    /// `None` if `n` has a factor below 752 (NIST SP 800-89 section 5.3.3). Nine of ten moduli that were garbled have one.
    pub(super) fn without_small_factor(n: &[u8], e: u64) -> Option<Self> {
        Self::new(n, e).filter(|key| !has_small_factor(key.n().as_ref(), BELOW_752))
    }

    pub(super) fn of(n: Odd<Uint<N>>, e: u64) -> Self {
        Self { params: FixedMontyParams::new_vartime(n), e }
    }

    pub(super) fn modulus_bits(&self) -> usize {
        usize::try_from(self.n().as_ref().bit_width_vartime()).unwrap_or_default()
    }

    pub(super) fn n(&self) -> &Odd<Uint<N>> {
        self.params.modulus()
    }

    pub(super) fn e(&self) -> u64 {
        self.e
    }

    pub(super) fn params(&self) -> &FixedMontyParams<N> {
        &self.params
    }

    /// RSAEP on a block as long as the modulus; `None` if it is another length or out of range.
    #[cfg_attr(feature = "aws-lc-rs", allow(dead_code, reason = "AWS-LC has RSA of its own"))]
    pub(super) fn rsaep_in_place(&self, block: &mut [u8]) -> Option<()> {
        if block.len() != self.modulus_bits().div_ceil(8) {
            return None;
        }
        i2osp(&self.rsaep(&os2ip(block)?)?, block);
        Some(())
    }

    /// RSAEP (RFC 8017 section 5.1.1); `None` if `m` is out of range.
    #[cfg_attr(feature = "aws-lc-rs", allow(dead_code, reason = "AWS-LC has RSA of its own"))]
    fn rsaep(&self, m: &Uint<N>) -> Option<Uint<N>> {
        // Step 1: "If the message representative m is not between 0 and n - 1, output 'message representative out
        // of range' and stop."
        if !m.ct_lt(self.n().as_ref()).to_bool() {
            return None;
        }
        // Steps 2, 3: c = m^e mod n.
        Some(self.power(&FixedMontyForm::new(m, &self.params)).retrieve())
    }

    /// `base`^e: square and multiply from the left. The exponent is public and mostly 65537, for which a table of
    /// powers would cost more than the exponentiation.
    pub(super) fn power(&self, base: &FixedMontyForm<N>) -> FixedMontyForm<N> {
        let below_the_highest = 63_u32.saturating_sub(self.e.leading_zeros());
        (0..below_the_highest).rev().fold(*base, |power, bit| {
            let square = power.square();
            if self.e >> bit & 1 == 1 { square.mul(base) } else { square }
        })
    }
}

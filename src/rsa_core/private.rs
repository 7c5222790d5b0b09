//! RSADP for one size class, and the checks of a private key's numbers.

use alloc::vec::Vec;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Choice, CtEq as _, CtLt as _, CtSelect as _, NonZero, Odd, U64, Uint};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use super::integer::{Random, i2osp, os2ip, product, random_below, random_u128, reduce, to_bytes, trim};
use super::primes::{are_distinct, is_probably_prime};
use super::public::Public;
use super::{Components, PrivateComponents};
use crate::error::Error;

/// One prime of the key with its CRT exponent.
pub(super) struct Half<const L: usize> {
    pub(super) params: FixedMontyParams<L>,
    pub(super) exponent: Uint<L>,
}

/// An RSA private key of two primes of at most `L` limbs each and a modulus of at most `N`; `B` limbs hold a blinded
/// prime: 128 bits more than `L`.
pub(super) struct Private<const L: usize, const B: usize, const N: usize> {
    pub(super) public: Public<N>,
    pub(super) d: Uint<N>,
    pub(super) p: Half<L>,
    pub(super) q: Half<L>,
    pub(super) q_inv: Uint<L>,
}

impl<const L: usize, const B: usize, const N: usize> Drop for Private<L, B, N> {
    fn drop(&mut self) {
        self.d.zeroize();
        self.p.zeroize();
        self.q.zeroize();
        self.q_inv.zeroize();
    }
}

impl<const L: usize> Half<L> {
    /// `None` if `prime` is even or 1.
    pub(super) fn new(prime: Uint<L>, exponent: Uint<L>) -> Option<Self> {
        let prime = Odd::new(prime).into_option()?;
        NonZero::new(prime.as_ref().wrapping_sub(&Uint::ONE)).into_option()?;
        Some(Self { params: FixedMontyParams::new(prime), exponent })
    }

    fn read(prime: &[u8], exponent: &[u8]) -> Option<Self> {
        Self::new(os2ip(trim(prime))?, os2ip(trim(exponent))?)
    }

    fn zeroize(&mut self) {
        self.params.zeroize();
        self.exponent.zeroize();
    }

    pub(super) fn prime(&self) -> &Uint<L> {
        self.params.modulus().as_ref()
    }

    /// The prime less 1: the order of its multiplicative group.
    pub(super) fn order(&self) -> Uint<L> {
        self.prime().wrapping_sub(&Uint::ONE)
    }

    /// c^exponent modulo the prime.
    ///
    /// Exponent and modulus are blinded by 128 bits each (draft-irtf-cfrg-rsa-guidance-10 sections 6.4 and 6.5: 64
    /// bits or two words, whichever is more): the exponent by a multiple of the prime less 1, the modulus by an odd
    /// factor.
    fn blinded_power<const B: usize, const N: usize>(
        &self,
        random: &mut Random<'_>,
        c: &Uint<N>,
    ) -> Result<Uint<L>, Error> {
        let factor = random_u128(random)?.bitor(&Uint::ONE);
        let modulus: Uint<B> = product(self.prime(), &factor);
        let modulus = Odd::new(modulus).into_option().ok_or(Error::Internal)?;
        let multiple: Uint<B> = product(&self.order(), &random_u128(random)?);
        let exponent = multiple.wrapping_add(&self.exponent.resize());
        #[cfg(test)]
        super::tests::POWERS.with_borrow_mut(|powers| {
            powers.push([to_bytes(c), to_bytes(&exponent), to_bytes(modulus.as_ref())].map(|number| number.to_vec()));
        });
        // "Almost Montgomery" steps subtract the modulus m only from what overflows the width R, and `pow_amm` subtracts
        // it at most twice at the end. That is enough wherever m lies below R: the powers x in its table stay below 2m,
        // since x_i < x_(i-1) · m / R + m and x_i < R, and the last step multiplies some z < R by one of them, which
        // gives less than z · x / R + m < 3m.
        let power = reduce(c, &FixedMontyParams::new(modulus)).pow_amm(&exponent);
        Ok(reduce(&power.retrieve(), &self.params).retrieve())
    }

    /// Whether exponent · e = 1 modulo the prime less 1.
    fn inverts<const N: usize>(&self, e: u64) -> Choice {
        let product: Uint<N> = product(&self.exponent, &U64::from_u64(e));
        self.remainder(&product).ct_eq(&Uint::<L>::ONE)
    }

    /// `integer` modulo the prime less 1, which is even: Montgomery arithmetic can't do it.
    fn remainder<const N: usize>(&self, integer: &Uint<N>) -> Uint<L> {
        NonZero::new(self.order()).into_option().map_or(Uint::ZERO, |order| integer.rem(&order))
    }
}

impl<const L: usize, const B: usize, const N: usize> Private<L, B, N> {
    /// Reads a key whose public half has been checked, and makes sure that its numbers belong together. Whether p and q
    /// are prime is [another question](Self::has_probable_primes).
    pub(super) fn new(n: &[u8], e: u64, secret: &PrivateComponents<'_>) -> Option<Self> {
        let key = Self {
            public: Public::new(n, e)?,
            d: os2ip(trim(secret.d))?,
            p: Half::read(secret.p, secret.dp)?,
            q: Half::read(secret.q, secret.dq)?,
            q_inv: os2ip(trim(secret.qi))?,
        };
        key.is_consistent().then_some(key)
    }

    /// Checks that the numbers belong together (RFC 8017 section 3.2), and that the primes aren't close.
    pub(super) fn is_consistent(&self) -> bool {
        (self.is_product() & self.has_distinct_primes() & self.has_inverses()).to_bool()
    }

    /// n = p · q.
    fn is_product(&self) -> Choice {
        product::<L, L, N>(self.p.prime(), self.q.prime()).ct_eq(self.public.n().as_ref())
    }

    fn has_distinct_primes(&self) -> Choice {
        are_distinct(self.p.prime(), self.q.prime(), self.public.n().as_ref().bit_width_vartime())
    }

    /// e · dP = 1 (mod p − 1), e · dQ = 1 (mod q − 1), e · d = 1 modulo both, and q · qInv = 1 (mod p). Each number is
    /// reduced: dP and dQ are what d leaves.
    fn has_inverses(&self) -> Choice {
        let e = self.public.e();
        let q_inv = FixedMontyForm::new(&self.q_inv, &self.p.params);
        let one = FixedMontyForm::new(self.q.prime(), &self.p.params).mul(&q_inv);
        self.p.inverts::<N>(e)
            & self.q.inverts::<N>(e)
            & self.p.remainder(&self.d).ct_eq(&self.p.exponent)
            & self.q.remainder(&self.d).ct_eq(&self.q.exponent)
            & self.d.ct_lt(self.public.n().as_ref())
            & self.q_inv.ct_lt(self.p.prime())
            & one.retrieve().ct_eq(&Uint::<L>::ONE)
    }

    /// Whether p and q pass a test of primality. For composite numbers, dP, dQ, qInv and d can be made to fit, and then
    /// many messages decrypt and the others don't.
    ///
    /// Reading a key has no generator of randomness. The bases come from a hash of the private numbers instead: whoever
    /// doesn't know the key can't predict them, and the same key always gives the same computation, so there is nothing to
    /// average over. Whoever makes a key can choose composite numbers that pass.
    pub(super) fn has_probable_primes(&self) -> bool {
        let mut stream = self.hash_stream(b"primality");
        let p = is_probably_prime::<L, N>(&self.p.params, &mut |out| stream.fill(out));
        let q = is_probably_prime::<L, N>(&self.q.params, &mut |out| stream.fill(out));
        p.is_ok_and(|p| q.is_ok_and(|q| (p & q).to_bool()))
    }

    /// The pairwise test of a generated key (NIST SP 800-56B revision 2 section 6.3.1.1): decrypts a random number, and
    /// encrypts the result again. It notices a fault of the arithmetic, not that a number isn't prime. A key that is read
    /// has worked before, and every decryption is checked.
    ///
    /// The number and the blinding come from the hash of the private numbers, too.
    pub(super) fn works(&self) -> bool {
        let mut stream = self.hash_stream(b"pairwise test");
        let random: &mut Random<'_> = &mut |out| stream.fill(out);
        let decrypted = random_below(random, self.public.n(), Some).and_then(|c| self.rsadp(random, &c));
        decrypted.is_ok_and(|(_, valid)| valid.to_bool())
    }

    /// Bytes that depend on the private numbers, and differ for each `purpose`.
    pub(super) fn hash_stream(&self, purpose: &[u8]) -> HashStream {
        // The purpose comes first, and none begins with another: no two streams have the same seed.
        let mut hash = Sha256::new_with_prefix(purpose);
        let numbers = [self.p.prime(), self.q.prime(), &self.p.exponent, &self.q.exponent, &self.q_inv];
        for word in numbers.iter().flat_map(|number| number.as_words()) {
            hash.update(word.to_le_bytes());
        }
        HashStream { state: Zeroizing::new(hash.finalize().into()) }
    }

    /// RSADP on a block as long as the modulus.
    #[cfg_attr(feature = "aws-lc-rs", allow(dead_code, reason = "AWS-LC has RSA of its own"))]
    pub(super) fn rsadp_in_place(&self, random: &mut Random<'_>, block: &mut [u8]) -> Result<Choice, Error> {
        if block.len() != self.public.modulus_bits().div_ceil(8) {
            return Err(Error::Internal);
        }
        let c = os2ip(block).ok_or(Error::Internal)?;
        let (m, valid) = self.rsadp(random, &c)?;
        i2osp(&m, block);
        Ok(valid)
    }

    /// RSADP (RFC 8017 section 5.1.2), blinded, and checked against faults of the computation.
    ///
    /// The choice says whether m is valid: c was in range and m^e = c. If it isn't, m is 0.
    ///
    /// # Errors
    /// [`Error::Randomness`] if `random` fails or is stuck.
    fn rsadp(&self, random: &mut Random<'_>, c: &Uint<N>) -> Result<(Uint<N>, Choice), Error> {
        let params = self.public.params();
        // Blinding of the base: c · r^e, whose decryption is m · r.
        let (r, r_inv) = self.blinding_factor(random)?;
        let blinding = self.public.power(&FixedMontyForm::new(&r, params));
        let blinded = FixedMontyForm::new(c, params).mul(&blinding).retrieve();
        // Step 2.b.i: m_1 = c^dP mod p, m_2 = c^dQ mod q.
        let m_1 = self.p.blinded_power::<B, N>(random, &blinded)?;
        let m_2 = self.q.blinded_power::<B, N>(random, &blinded)?;
        let m = FixedMontyForm::new(&self.combine(&m_1, &m_2), params).mul(&FixedMontyForm::new(&r_inv, params));
        // Step 1, "If the ciphertext representative c is not between 0 and n - 1", is part of the comparison: m^e mod
        // n never equals a c outside that range. A fault in one half of the CRT would give the key away.
        let valid = self.public.power(&m).retrieve().ct_eq(c);
        Ok((Uint::ZERO.ct_select(&m.retrieve(), valid), valid))
    }

    /// A random r below n and its inverse.
    ///
    /// # Errors
    /// [`Error::Randomness`] if `random` fails, or never gives a number that has an inverse: a random one almost always has,
    /// 0 never.
    fn blinding_factor(&self, random: &mut Random<'_>) -> Result<(Uint<N>, Uint<N>), Error> {
        random_below(random, self.public.n(), |r| self.inverse(&r).map(|r_inv| (r, r_inv)))
    }

    /// r⁻¹ mod n, from the inverses modulo the primes: two inversions of half the length cost half of a whole one. `None`
    /// if r shares a factor with n.
    fn inverse(&self, r: &Uint<N>) -> Option<Uint<N>> {
        let modulo_p = reduce(r, &self.p.params).invert();
        let modulo_q = reduce(r, &self.q.params).invert();
        let (modulo_p, modulo_q) = (modulo_p.into_option()?, modulo_q.into_option()?);
        Some(self.combine(&modulo_p.retrieve(), &modulo_q.retrieve()))
    }

    /// The number below n that is `m_1` modulo p and `m_2` modulo q.
    fn combine(&self, m_1: &Uint<L>, m_2: &Uint<L>) -> Uint<N> {
        let modulo_p = |integer| FixedMontyForm::new(integer, &self.p.params);
        // Step 2.b.iii: h = (m_1 - m_2) * qInv mod p.
        let h = modulo_p(m_1).sub(&modulo_p(m_2)).mul(&modulo_p(&self.q_inv));
        // Step 2.b.iv: m = m_2 + q * h.
        product::<L, L, N>(self.q.prime(), &h.retrieve()).wrapping_add(&m_2.resize())
    }

    /// The modulus and the public exponent.
    pub(super) fn public_components(&self) -> [Zeroizing<Vec<u8>>; 2] {
        [to_bytes(self.public.n().as_ref()), to_bytes(&U64::from_u64(self.public.e()))]
    }

    pub(super) fn components(&self) -> Components {
        let [n, e] = self.public_components();
        Components {
            n,
            e,
            d: to_bytes(&self.d),
            p: to_bytes(self.p.prime()),
            q: to_bytes(self.q.prime()),
            dp: to_bytes(&self.p.exponent),
            dq: to_bytes(&self.q.exponent),
            qi: to_bytes(&self.q_inv),
        }
    }
}

/// Bytes that depend on a secret seed: a chain of SHA-256 hashes.
pub(super) struct HashStream {
    pub(super) state: Zeroizing<[u8; 32]>,
}

impl HashStream {
    /// Fills a buffer, as a generator would.
    #[expect(clippy::unnecessary_wraps, reason = "a generator can fail")]
    pub(super) fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        for chunk in out.chunks_mut(self.state.len()) {
            let mut block = Sha256::new_with_prefix([0]).chain_update(self.state.as_slice()).finalize();
            chunk.iter_mut().zip(&block).for_each(|(out, byte)| *out = *byte);
            block.zeroize();
            *self.state = Sha256::new_with_prefix([1]).chain_update(self.state.as_slice()).finalize().into();
        }
        Ok(())
    }
}

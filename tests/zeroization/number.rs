//! Natural numbers, as far as the needles need them: plain, slow and written apart from the crate's.

use core::cmp::Ordering;

/// A natural number in 64-bit limbs, the least first, without zero limbs at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Number(Vec<u64>);

impl Number {
    pub(crate) fn small(value: u64) -> Self {
        Self(vec![value]).trimmed()
    }

    pub(crate) fn from_be(bytes: &[u8]) -> Self {
        let limb = |chunk: &[u8]| chunk.iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
        Self(bytes.rchunks(8).map(limb).collect()).trimmed()
    }

    /// The bytes as little-endian limbs have them in memory, `len` of them.
    pub(crate) fn to_le(&self, len: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.0.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        assert!(bytes.iter().skip(len).all(|byte| *byte == 0), "longer than {len} bytes");
        bytes.resize(len, 0);
        bytes
    }

    pub(crate) fn to_be(&self, len: usize) -> Vec<u8> {
        let mut bytes = self.to_le(len);
        bytes.reverse();
        bytes
    }

    pub(crate) fn bits(&self) -> usize {
        self.0.last().map_or(0, |last| self.0.len() * 64 - last.leading_zeros() as usize)
    }

    pub(crate) fn limbs(&self) -> &[u64] {
        &self.0
    }

    /// How many factors of 2 it has, and the number without them.
    pub(crate) fn odd_part(&self) -> (u32, Self) {
        let twos = (0..self.bits()).take_while(|at| !self.bit(*at)).count();
        (twos as u32, self.over(&Self::from_be(&(1_u64 << twos).to_be_bytes())))
    }

    /// The length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.bits().div_ceil(8)
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    fn bit(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|limb| limb >> (at % 64) & 1 == 1)
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        let mut carry = 0;
        let sum = (0..=self.0.len().max(other.0.len())).map(|at| {
            let limb = |number: &Self| u128::from(number.0.get(at).copied().unwrap_or(0));
            let sum = limb(self) + limb(other) + carry;
            carry = sum >> 64;
            sum as u64
        });
        Self(sum.collect()).trimmed()
    }

    /// `self` - `other`, which must not be the larger.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        let mut difference = self.clone();
        difference.subtract(other);
        difference.trimmed()
    }

    fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for (at, limb) in self.0.iter_mut().enumerate() {
            let (first, one) = limb.overflowing_sub(other.0.get(at).copied().unwrap_or(0));
            let (second, two) = first.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (second, one || two);
        }
        assert!(!borrow && other.0.len() <= self.0.len(), "less than zero");
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        let mut product = vec![0_u64; self.0.len() + other.0.len() + 1];
        for (i, a) in self.0.iter().enumerate() {
            let mut carry = 0_u128;
            for (j, b) in other.0.iter().enumerate() {
                let sum = u128::from(*a) * u128::from(*b) + u128::from(product[i + j]) + carry;
                product[i + j] = sum as u64;
                carry = sum >> 64;
            }
            product[i + other.0.len()] = carry as u64;
        }
        Self(product).trimmed()
    }

    /// 2 · `self` (+ 1).
    fn shift_in(&mut self, bit: bool) {
        let mut carry = u64::from(bit);
        for limb in &mut self.0 {
            (*limb, carry) = (*limb << 1 | carry, *limb >> 63);
        }
        if carry != 0 {
            self.0.push(carry);
        }
    }

    fn reduce_once(&mut self, modulus: &Self) {
        if (*self).cmp(modulus) != Ordering::Less {
            self.subtract(modulus);
            while self.0.last() == Some(&0) {
                self.0.pop();
            }
        }
    }

    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    /// The quotient and the remainder.
    fn divided(&self, divisor: &Self) -> (Self, Self) {
        let mut quotient = Self(Vec::new());
        let mut rest = Self(Vec::new());
        for at in (0..self.bits()).rev() {
            rest.shift_in(self.bit(at));
            let fits = rest.cmp(divisor) != Ordering::Less;
            rest.reduce_once(divisor);
            quotient.shift_in(fits);
        }
        (quotient.trimmed(), rest.trimmed())
    }

    pub(crate) fn modulo(&self, modulus: &Self) -> Self {
        self.divided(modulus).1
    }

    pub(crate) fn over(&self, divisor: &Self) -> Self {
        self.divided(divisor).0
    }

    pub(crate) fn greatest_common_divisor(&self, other: &Self) -> Self {
        if other.0.is_empty() { self.clone() } else { other.greatest_common_divisor(&self.modulo(other)) }
    }

    pub(crate) fn power(&self, exponent: &Self, modulus: &Self) -> Self {
        (0..exponent.bits()).rev().fold(Self::small(1), |power, at| {
            let square = power.times(&power).modulo(modulus);
            if exponent.bit(at) { square.times(self).modulo(modulus) } else { square }
        })
    }

    /// `self` · 2^k mod `modulus` for each k of `widths`, in ascending order.
    pub(crate) fn shifted(&self, modulus: &Self, widths: &[usize]) -> Vec<Self> {
        let (mut value, mut at) = (self.modulo(modulus), 0);
        let shifted = widths.iter().map(|width| {
            for _ in at..*width {
                value.shift_in(false);
                value.reduce_once(modulus);
            }
            at = *width;
            value.clone()
        });
        shifted.collect()
    }
}

#[test]
fn numbers_are_right() {
    let number = |text: &[u8]| Number::from_be(text);
    let (a, b) = (number(&[0xfe; 70]), number(&[0x35; 33]));
    let product = a.times(&b).plus(&number(&[7; 20]));
    assert_eq!((product.over(&b), product.modulo(&b)), (a.clone(), number(&[7; 20])));
    assert_eq!(a.minus(&b).plus(&b), a);
    assert_eq!(a.times(&b).greatest_common_divisor(&b.times(&b)).modulo(&b), Number(vec![]));
    // Fermat: 2^255 - 19 is a prime.
    let prime = Number::small(1).shifted(&number(&[0xff; 40]), &[255])[0].minus(&Number::small(19));
    assert_eq!(b.power(&prime.minus(&Number::small(1)), &prime), Number::small(1));
    assert_eq!(b.shifted(&prime, &[64, 128])[1], b.times(&number(&[1])).shifted(&prime, &[128])[0]);
    assert_eq!(b.shifted(&prime, &[64])[0], b.times(&number(&[1, 0, 0, 0, 0, 0, 0, 0, 0])).modulo(&prime));
    assert_eq!(number(&a.to_be(80)), a);
}

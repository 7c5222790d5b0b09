//! Zeroizes the dead stack: the secrets that library calls leave there.
//!
//! `aes-gcm`, `sha2`, `crypto-bigint` and the decoders of key text zeroize their values, as far as they do, but not what
//! the compiler spilled and moved. So each of our steps that hands a secret to them runs in a frame of its own, and the
//! stack below that frame is overwritten when it is left: by return, by an error or by a panic of the caller's
//! generator. `tests/zeroization` searches for what is left, and finds nothing with these sizes.
//!
//! Each size is more than the whole stack that the work below it uses in any build that was measured, not only more than
//! where a secret was found: what a secret is blinded with can't be searched for. `.ci/zeroization_matrix.sh --measure`
//! prints both. The worst build is the one without optimization.

/// For symmetric ciphers and for the text of keys. Measured: 28 696 bytes, with secrets down to 19 808 (`aes` 0.9.4).
const SYMMETRIC: usize = 32 * 1024;

/// For RSAEP with a modulus of `bits` bits. Measured: 8.4 bytes for each bit, secrets to 6.7.
pub(crate) const fn rsaep(bits: usize) -> usize {
    bits.saturating_mul(10)
}

/// For writing the numbers of a private key with a modulus of `bits` bits. Measured: less than RSAEP needs.
pub(crate) const fn rsa_write(bits: usize) -> usize {
    rsaep(bits)
}

/// For RSADP with a modulus of `bits` bits. Measured: 21.4 bytes for each bit, secrets to 17.3.
#[cfg_attr(feature = "aws-lc-rs", allow(dead_code, reason = "AWS-LC has RSA of its own"))]
pub(crate) const fn rsadp(bits: usize) -> usize {
    bits.saturating_mul(24)
}

/// For reading a private key with a modulus of `bits` bits. Measured: 30.1 bytes for each bit, secrets to 17.0.
pub(crate) const fn rsa_read(bits: usize) -> usize {
    bits.saturating_mul(32)
}

/// For generating a key with a modulus of `bits` bits. Measured: 37.8 bytes for each bit, secrets to 27.4.
pub(crate) const fn rsa_generate(bits: usize) -> usize {
    bits.saturating_mul(48)
}

/// Runs `work`, which hands a secret to a cipher or handles the text of a key, and then zeroizes the stack it used.
pub(crate) fn zeroizing<T>(work: impl FnOnce() -> T) -> T {
    zeroizing_bytes::<SYMMETRIC, T>(work)
}

/// Runs `work` and then zeroizes `N` bytes of the stack that it used.
#[inline(never)]
pub(crate) fn zeroizing_bytes<const N: usize, T>(work: impl FnOnce() -> T) -> T {
    #[cfg(not(jwe_no_wipe))]
    let _zeroize = Zeroize::<N>;
    in_a_frame_of_its_own(work)
}

#[inline(never)]
fn in_a_frame_of_its_own<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[cfg_attr(jwe_no_wipe, expect(dead_code, reason = "to measure what is left without it"))]
struct Zeroize<const N: usize>;

impl<const N: usize> Drop for Zeroize<N> {
    #[inline]
    fn drop(&mut self) {
        zeroize::zeroize_stack::<N>();
    }
}

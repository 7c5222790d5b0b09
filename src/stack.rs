//! Zeroizes the dead stack: the secrets that library calls leave there.
//!
//! `aes-gcm`, `sha2`, `rsa` and the decoders of key text zeroize their values, as far as they do, but not what the
//! compiler spilled and moved. So each of our steps that hands a secret to them runs in a frame of its own, and the
//! stack below that frame is overwritten when it is left: by return, by an error or by a panic of the caller's
//! generator. `tests/zeroization` searches for what is left, and finds nothing with these sizes.

/// The frames of a build without optimization are larger.
const SCALE: usize = if cfg!(debug_assertions) { 4 } else { 1 };

/// For the encryption or decryption of a content, whose key is expanded.
pub(crate) const CONTENT: usize = 512 * SCALE;

/// For the expansion of an AES key, for RSA and for the text of keys.
const KEY: usize = 8192 * SCALE;

/// For RSAEP, and for writing a key, with a modulus of `bits` bits: what `opt-level = 3` needs, twice over.
pub(crate) const fn rsaep(bits: usize) -> usize {
    bits.saturating_mul(8)
}

/// For RSADP with a modulus of `bits` bits: what `opt-level = 3` needs, twice over.
pub(crate) const fn rsadp(bits: usize) -> usize {
    bits.saturating_mul(20)
}

/// For reading or generating a key with a modulus of `bits` bits: what `opt-level = 3` needs, nearly twice over.
pub(crate) const fn rsa_key(bits: usize) -> usize {
    bits.saturating_mul(48)
}

/// Runs `work`, which handles keys, and then zeroizes the stack that it used.
pub(crate) fn zeroizing<T>(work: impl FnOnce() -> T) -> T {
    zeroizing_bytes::<KEY, T>(work)
}

/// Runs `work` and then zeroizes `N` bytes of the stack that it used.
#[inline(never)]
pub(crate) fn zeroizing_bytes<const N: usize, T>(work: impl FnOnce() -> T) -> T {
    let _zeroize = Zeroize::<N>;
    in_a_frame_of_its_own(work)
}

#[inline(never)]
fn in_a_frame_of_its_own<T>(work: impl FnOnce() -> T) -> T {
    work()
}

struct Zeroize<const N: usize>;

impl<const N: usize> Drop for Zeroize<N> {
    #[inline]
    fn drop(&mut self) {
        zeroize::zeroize_stack::<N>();
    }
}

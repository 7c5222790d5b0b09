//! Wiping of the dead stack: what the primitives' own frames leave of a secret.
//!
//! `aes-gcm`, `sha2`, `rsa` and the decoders of key text wipe their values, as far as they do, but not what the
//! compiler spilled and moved. So each of our steps that hands a secret to them runs in a frame of its own, and the
//! stack below that frame is overwritten when it is left: by return, by an error or by a panic of the caller's
//! generator. `tests/zeroization.rs` searches for what is left, and finds nothing with these sizes.

/// The frames of a build without optimisation are larger.
const SCALE: usize = if cfg!(debug_assertions) { 4 } else { 1 };

/// For the encryption or decryption of a content, whose key is expanded.
pub(crate) const CONTENT: usize = 512 * SCALE;

/// For the expansion of an AES key, for RSA and for the text of keys.
pub(crate) const KEY: usize = 8192 * SCALE;

/// Runs `work` and then overwrites `N` octets of the stack that it used.
#[inline(never)]
pub(crate) fn wiped<const N: usize, T>(work: impl FnOnce() -> T) -> T {
    let _wipe = Wipe::<N>;
    in_a_frame_of_its_own(work)
}

#[inline(never)]
fn in_a_frame_of_its_own<T>(work: impl FnOnce() -> T) -> T {
    work()
}

struct Wipe<const N: usize>;

impl<const N: usize> Drop for Wipe<N> {
    #[inline]
    fn drop(&mut self) {
        zeroize::zeroize_stack::<N>();
    }
}

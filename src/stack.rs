//! Wiping of the dead stack: what the primitives' own frames leave of a secret.
//!
//! `aes-gcm`, `sha2`, `rsa` and the decoders of key text wipe their values, as far as they do, but not what the
//! compiler spilled and moved. So each of our steps that hands a secret to them runs in a frame of its own, and the
//! stack below that frame is overwritten when it is left: by return, by an error or by a panic of the caller's
//! generator. `tests/zeroization.rs` searches for what is left, and finds nothing with these sizes.

/// Frames of an unoptimised build are many times larger.
const SCALE: usize = if cfg!(debug_assertions) { 16 } else { 1 };

/// For a step with AES-GCM.
pub(crate) const CIPHER: usize = 1024 * SCALE;

/// For a step with RSA or with the text of a key.
pub(crate) const RSA: usize = 4096 * SCALE;

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

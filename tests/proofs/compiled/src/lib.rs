//! The steps whose machine code is proved, under names and with arguments that a C program could use.
//!
//! Lengths are arguments, so that the compiler can't specialize a step for one of them.
#![cfg_attr(target_os = "none", no_std)]

extern crate alloc;

use core::slice;

use jwe_primitives::internals;

/// EME-OAEP decoding of the `len` bytes at `em`.
///
/// # Safety
/// `em` points to `len` bytes, `cek` to 32 others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oaep_decode(em: *mut u8, len: usize, valid: u8, cek: *mut [u8; 32]) {
    // SAFETY: the caller says so.
    let (em, cek) = unsafe { (slice::from_raw_parts_mut(em, len), &mut *cek) };
    internals::oaep_decode_if(valid & 1 == 1, em, cek);
}

/// EME-OAEP encoding into the `len` bytes at `em`, which are zero. Returns whether there was room.
///
/// # Safety
/// `em` points to `len` bytes, `cek` and `seed` to 32 others each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn oaep_encode(em: *mut u8, len: usize, cek: *const [u8; 32], seed: *const [u8; 32]) -> bool {
    // SAFETY: the caller says so.
    let (em, cek, seed) = unsafe { (slice::from_raw_parts_mut(em, len), &*cek, &*seed) };
    internals::oaep_encode(em, cek, seed).is_some()
}

/// Whether each of eight bytes stands for itself in a JSON string.
#[unsafe(no_mangle)]
pub extern "C" fn json_all_plain(bytes: u64) -> bool {
    internals::json_all_plain(bytes)
}

mod error {
    pub(crate) use jwe_primitives::Error;
}

mod limits {
    pub(crate) use jwe_primitives::Limits;
}

/// The conversions, from the crate's source: they are generic, so that each crate that calls them compiles them anew.
#[path = "../../../../src/rsa_core"]
mod rsa_core {
    use core::slice;

    use crypto_bigint::{U1024, U1536, U2048, U3072, U4096, U6144, U8192, Uint, Word};

    use self::integer::{i2osp, os2ip};

    #[allow(dead_code, unused_imports, reason = "the rest of it isn't proved here")]
    mod integer;

    macro_rules! conversions {
        ($integer:ident, $os2ip:ident, $i2osp:ident) => {
            /// OS2IP of the `len` bytes at `bytes` to little-endian words. Returns whether they fit.
            ///
            /// # Safety
            /// `bytes` points to `len` bytes, `words` to others.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $os2ip(bytes: *const u8, len: usize, words: *mut [Word; $integer::LIMBS]) -> bool {
                // SAFETY: the caller says so.
                let (bytes, words) = unsafe { (slice::from_raw_parts(bytes, len), &mut *words) };
                let integer: Option<$integer> = os2ip(bytes);
                integer.map(|integer| *words = integer.to_words()).is_some()
            }

            /// I2OSP of little-endian words to the `len` bytes at `bytes`.
            ///
            /// # Safety
            /// `bytes` points to `len` bytes, `words` to others.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $i2osp(words: *const [Word; $integer::LIMBS], bytes: *mut u8, len: usize) {
                // SAFETY: the caller says so.
                let (words, bytes) = unsafe { (&*words, slice::from_raw_parts_mut(bytes, len)) };
                i2osp(&Uint::from_words(*words), bytes);
            }
        };
    }

    conversions!(U1024, os2ip_1024, i2osp_1024);
    conversions!(U1536, os2ip_1536, i2osp_1536);
    conversions!(U2048, os2ip_2048, i2osp_2048);
    conversions!(U3072, os2ip_3072, i2osp_3072);
    conversions!(U4096, os2ip_4096, i2osp_4096);
    conversions!(U6144, os2ip_6144, i2osp_6144);
    conversions!(U8192, os2ip_8192, i2osp_8192);
}

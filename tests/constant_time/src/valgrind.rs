//! Requests to valgrind (valgrind/valgrind.h, memcheck.h, callgrind.h), which do nothing elsewhere.

use std::arch::asm;
use std::ffi::CStr;

const RUNNING_ON_VALGRIND: usize = 0x1001;
const CHANGE_ERR_DISABLEMENT: usize = 0x1801;
const MAKE_MEM_UNDEFINED: usize = 0x4d43_0001;
const MAKE_MEM_DEFINED: usize = 0x4d43_0002;
const GET_VBITS: usize = 0x4d43_0008;
const SET_VBITS: usize = 0x4d43_0009;
const ZERO_STATS: usize = 0x4354_0001;
const DUMP_STATS_AT: usize = 0x4354_0003;

fn request(default: usize, arguments: [usize; 6]) -> usize {
    let mut result = default;
    // SAFETY: valgrind's "magical instruction sequence" for x86-64. Outside of valgrind, rotations by 128 bits in all
    // and an exchange of a register with itself change nothing but flags. Under it, valgrind reads `arguments` and
    // sets rdx; memory that a pointer in `arguments` names is only marked, or written (GET_VBITS) by its length.
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            inout("rdx") result,
            in("rax") arguments.as_ptr(),
        );
    }
    result
}

fn of_memory(code: usize, bytes: &[u8], more: usize) -> usize {
    request(0, [code, bytes.as_ptr().expose_provenance(), more, bytes.len(), 0, 0])
}

/// Whether valgrind runs this program.
#[must_use]
pub fn present() -> bool {
    request(0, [RUNNING_ON_VALGRIND, 0, 0, 0, 0, 0]) != 0
}

/// Marks `bytes` as secret: memcheck reports each branch on and each address from what is computed from them.
pub fn taint(bytes: &[u8]) {
    request(0, [MAKE_MEM_UNDEFINED, bytes.as_ptr().expose_provenance(), bytes.len(), 0, 0, 0]);
}

/// Marks a number, big-endian without leading zeros, as secret, but for its highest bit: how long it is, is public.
pub fn taint_number(bytes: &[u8]) {
    let mut bits = vec![0xff; bytes.len()];
    if let ([secret, ..], [first, ..]) = (&mut bits[..], bytes) {
        *secret = 0x7f_u8.checked_shr(first.leading_zeros()).unwrap_or_default();
    }
    of_memory(SET_VBITS, bytes, bits.as_ptr().expose_provenance());
}

/// Marks `bytes` as public.
pub fn declassify(bytes: &[u8]) {
    request(0, [MAKE_MEM_DEFINED, bytes.as_ptr().expose_provenance(), bytes.len(), 0, 0, 0]);
}

/// Whether all of `bytes` is secret, in each bit: if so, the test's taint has come through.
#[must_use]
pub fn tainted(bytes: &[u8]) -> bool {
    let mut bits = vec![0_u8; bytes.len()];
    of_memory(GET_VBITS, bytes, bits.as_mut_ptr().expose_provenance());
    declassify(&bits);
    bits.iter().all(|byte| *byte == 0xff)
}

/// Runs `work` without reports, for what another case reports.
pub fn unreported<T>(work: impl FnOnce() -> T) -> T {
    request(0, [CHANGE_ERR_DISABLEMENT, 1, 0, 0, 0, 0]);
    let result = work();
    request(0, [CHANGE_ERR_DISABLEMENT, usize::MAX, 0, 0, 0, 0]);
    result
}

/// Lets callgrind write what it counts during `work`, under this name.
#[inline(never)]
pub fn counted<T>(name: &CStr, work: impl FnOnce() -> T) -> T {
    request(0, [ZERO_STATS, 0, 0, 0, 0, 0]);
    let result = work();
    request(0, [DUMP_STATS_AT, name.as_ptr().expose_provenance(), 0, 0, 0, 0]);
    result
}

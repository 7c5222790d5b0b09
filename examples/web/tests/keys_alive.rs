//! How many private keys a bank has in memory, counted in the bytes of the heap. This is a program of its own, because
//! it has an allocator of its own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::sync::atomic::{AtomicUsize, Ordering};
use std::alloc::{GlobalAlloc, Layout, System};

use jwe_primitives::DecryptingKey;
use web::bank::{Bank, KEY_BITS};

/// Bytes that are allocated and not yet freed.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[expect(unsafe_code, reason = "an allocator is unsafe to implement")]
// SAFETY: each call is passed on unchanged. `realloc` is the default: allocate, copy, free.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALIVE.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        ALIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The bytes that the value of `make` keeps alive, and the value.
fn bytes_of<T>(make: impl FnOnce() -> T) -> (usize, T) {
    let before = ALIVE.load(Ordering::Relaxed);
    let value = make();
    (ALIVE.load(Ordering::Relaxed).checked_sub(before).unwrap(), value)
}

#[test]
fn two_keys_are_alive_after_each_rotation() {
    let (key, _kept) = bytes_of(|| DecryptingKey::generate(KEY_BITS).unwrap());
    // What else is in a bank is less than half a key, as is shown by one that has one key.
    let keys = |bytes: usize| (bytes + key / 2) / key;
    assert_eq!(keys(bytes_of(|| Bank::new("token".into()).unwrap()).0), 1);
    for rotations in 1..=3 {
        let (bytes, _bank) = bytes_of(|| {
            let bank = Bank::new("token".into()).unwrap();
            for _ in 0..rotations {
                bank.rotate_key(KEY_BITS).unwrap();
            }
            bank
        });
        assert_eq!(keys(bytes), 2, "{rotations}: {bytes} bytes, {key} for a key");
    }
}

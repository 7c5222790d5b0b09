//! How often the crate asks for heap memory, and for how much: pinned, so that a copy too many is noticed.
//!
//! A crate of its own, because of its allocator.
#![cfg(test)]
#![cfg(feature = "getrandom")]
#![allow(unsafe_code, reason = "a counting allocator is the only way to count")]
#![allow(clippy::arithmetic_side_effects, reason = "an overflow is a panic, which fails the test")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use common::keys::private_key;
use common::random::SeededRng;
use jwe_primitives::{ContentEncryptionKey, DecryptingKey, Error, Header, Jwe, KeySet};

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

/// Notes a change of `bytes` in what is allocated; `try_with`, because threads end.
fn note(calls: usize, bytes: isize) {
    let _ = CALLS.try_with(|count| count.set(count.get() + calls));
    let _ = LIVE.try_with(|live| {
        live.set(live.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live.get())));
    });
}

// SAFETY: each call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, size.cast_signed() - layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(0, -layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations during `work`, and the bytes that it had at most beyond those before.
fn counted<T>(work: impl FnOnce() -> T) -> (T, usize, isize) {
    let (calls, live) = (CALLS.get(), LIVE.get());
    PEAK.set(live);
    let result = work();
    (result, CALLS.get() - calls, PEAK.get() - live)
}

fn rsa_key() -> DecryptingKey {
    private_key("rsa2048-a")
}

const SIZES: [usize; 4] = [0, 300, 16 * 1024, 1024 * 1024];

#[test]
fn dir_through_callers_buffers_allocates_nothing() {
    let key = ContentEncryptionKey::generate().unwrap().with_key_id("k").unwrap();
    let header = Header::new().content_type("application/json").unwrap();
    for size in SIZES {
        let body = vec![7; size];
        let mut out = vec![0; key.compact_len(&header, size)];
        let (token, calls, _) = counted(|| key.encrypt_into(&header, &body, &mut out).unwrap());
        assert_eq!(calls, 0, "encrypt_into");
        let (mut scratch, mut plaintext) = (vec![0; Jwe::SCRATCH_LEN], vec![0; size]);
        let ((), calls, _) = counted(|| {
            let jwe = Jwe::parse_in(token, &mut scratch).unwrap();
            assert_eq!(key.decrypt_into(&jwe, &mut plaintext).unwrap().plaintext, body);
        });
        assert_eq!(calls, 0, "parse_in and decrypt_into");
    }
}

#[test]
fn dir_allocates_the_token_the_header_and_the_plaintext() {
    let key = ContentEncryptionKey::generate().unwrap();
    let header = Header::new().content_type("application/json").unwrap();
    for size in SIZES {
        let body = vec![7; size];
        let (token, calls, peak) = counted(|| key.encrypt(&header, &body).unwrap());
        assert_eq!((calls, peak.cast_unsigned()), (1, key.compact_len(&header, size)), "encrypt");
        let (jwe, calls, _) = counted(|| Jwe::parse(&token).unwrap());
        assert_eq!(calls, 1, "parse");
        let (decrypted, calls, peak) = counted(|| key.decrypt(&jwe).unwrap());
        assert_eq!((calls, peak.cast_unsigned()), (usize::from(size > 0), size), "decrypt");
        assert_eq!(decrypted.plaintext, body);
    }
}

/// RSA computes on the stack: there is one allocation for the CEK that is handed back, and those of `dir`. (AWS-LC has
/// an allocator of its own, which nothing counts here.)
#[test]
fn rsa_allocates_the_cek_and_what_dir_does() {
    let private = rsa_key();
    let public = private.encrypting_key();
    let header = Header::new();
    for size in SIZES {
        let body = vec![7; size];
        let (sent, calls, peak) = counted(|| public.encrypt(&header, &body).unwrap());
        assert_eq!(calls, 2, "encrypt: the token and the CEK");
        assert!(peak < (public.compact_len(&header, size) + 16_384).cast_signed(), "{peak}");
        let mut out = vec![0; public.compact_len(&header, size)];
        let (_, calls, peak) = counted(|| public.encrypt_into(&header, &body, &mut out).unwrap());
        assert_eq!(calls, 1, "encrypt_into: the CEK");
        assert!(peak < 16_384, "constant, whatever the payload: {peak}");
        let ((), calls, _) = counted(|| {
            assert_eq!(
                private
                    .decrypt_with_rng(&mut SeededRng::new(1), &Jwe::parse(&sent.compact).unwrap())
                    .unwrap()
                    .plaintext,
                body
            );
        });
        let plaintext = usize::from(size > 0);
        assert_eq!(calls, 2 + plaintext, "parse + decrypt: header, CEK and plaintext");
        let (mut scratch, mut plaintext) = (vec![0; Jwe::SCRATCH_LEN], vec![0; size]);
        let ((), calls, peak) = counted(|| {
            let jwe = Jwe::parse_in(&sent.compact, &mut scratch).unwrap();
            assert_eq!(
                private.decrypt_into_with_rng(&mut SeededRng::new(1), &jwe, &mut plaintext).unwrap().plaintext,
                body
            );
        });
        assert_eq!(calls, 1, "parse_in + decrypt_into: the CEK");
        assert!(peak < 32_768, "constant, whatever the payload: {peak}");
    }
}

/// Keys are handles: a clone shares the key, and a set's clone has no memory but for the handles.
#[test]
fn a_clone_allocates_no_second_key() {
    let (private, shared) = (rsa_key(), ContentEncryptionKey::from_bytes(&[7; 32]).unwrap());
    let (private, shared) = (private.with_key_id("a").unwrap(), shared.with_key_id("a").unwrap());
    let (clones, calls, _) = counted(|| (private.clone(), private.clone().without_key_id(), shared.clone()));
    assert_eq!(calls, 0, "handles");
    drop(clones);
    let (privates, shareds) = (KeySet::from_iter([private]), KeySet::from_iter([shared]));
    let (clones, calls, peak) = counted(|| (privates.clone(), shareds.clone()));
    let handles = size_of::<DecryptingKey>() + size_of::<ContentEncryptionKey>();
    assert_eq!((calls, peak.cast_unsigned()), (2, handles), "the handles of each set");
    // Of a key, the private half has more than a kilobyte.
    drop(clones);
    let ((), calls, peak) = counted(|| drop(rsa_key()));
    assert!(calls > 2 && peak > 1024, "{calls} calls, {peak} bytes");
}

#[test]
fn a_rejected_token_costs_no_memory_that_grows_with_it() {
    let header = "A".repeat(16 << 20);
    let dots = ".".repeat(1_000_000);
    let key = ContentEncryptionKey::generate().unwrap();
    let token = key.encrypt(&Header::new(), b"x").unwrap();
    let rest = token.split_once('.').unwrap().1;
    let long_key = token.replacen("..", &[".", &header, "."].concat(), 1);
    for (text, error) in [
        ([&header, ".", rest].concat(), Some(Error::HeaderTooLong)),
        (dots, Some(Error::PartCount)),
        (long_key, None),
        (format!("{token}{header}"), None),
        ("[".repeat(1 << 20), Some(Error::PartCount)),
    ] {
        let (rejected, calls, peak) = counted(|| Jwe::parse(&text).unwrap_err());
        assert!(error.is_none_or(|error| error == rejected), "{rejected:?}");
        assert!(calls <= 1 && peak <= Jwe::SCRATCH_LEN.cast_signed(), "{rejected:?}: {calls} calls, {peak} bytes");
    }
}

/// A token for another kind of key, or another key, is rejected before there is room for its content.
#[test]
fn a_token_for_another_key_costs_nothing() {
    let (private, key, header) = (rsa_key(), ContentEncryptionKey::generate().unwrap(), Header::new());
    let body = vec![7; 1 << 20];
    let direct = key.encrypt(&header, &body).unwrap();
    let other = private.encrypting_key().encrypt(&header.clone().key_id("b").unwrap(), &body).unwrap().compact;
    let named = rsa_key().with_key_id("a").unwrap();
    let (direct, other) = (Jwe::parse(&direct).unwrap(), Jwe::parse(&other).unwrap());
    let (rejected, calls, _) = counted(|| {
        (private.decrypt(&direct).unwrap_err(), named.decrypt(&other).unwrap_err(), key.decrypt(&other).unwrap_err())
    });
    assert_eq!(rejected, (Error::AlgorithmMismatch, Error::KeyIdMismatch, Error::AlgorithmMismatch));
    assert_eq!(calls, 0);
}

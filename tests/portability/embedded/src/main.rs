//! The crate on a Cortex-M4 without an operating system: what it links is all that it needs. The program is for
//! QEMU's board `mps2-an386`, which loads all of it into memory and takes its output by semihosting.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::{format, vec};
use core::alloc::{GlobalAlloc, Layout};
use core::arch::asm;
use core::convert::Infallible;
use core::panic::PanicInfo;
use core::ptr::{null_mut, read_volatile, write_volatile};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use jwe_primitives::{ContentEncryptionKey, DecryptingKey, Encrypted, Error, Header, Jwe};
use rand_core::{TryCryptoRng, TryRng};

const HEAP_LEN: usize = 2 << 20;
const STACK_LEN: usize = 512 << 10;
const PAINT: u8 = 0x5a;

#[repr(C, align(16))]
struct Memory<const N: usize>(core::cell::UnsafeCell<[u8; N]>);

// SAFETY: there is one thread.
unsafe impl<const N: usize> Sync for Memory<N> {}

impl<const N: usize> Memory<N> {
    const fn new() -> Self {
        Self(core::cell::UnsafeCell::new([0; N]))
    }
}

static HEAP: Memory<HEAP_LEN> = Memory::new();
#[unsafe(link_section = ".stack")]
static STACK: Memory<STACK_LEN> = Memory::new();

/// Gives out the heap from its beginning to its end, and starts again when all of it is free.
struct Bump {
    used: AtomicUsize,
    live: AtomicUsize,
    live_bytes: AtomicUsize,
    peak: AtomicUsize,
}

// SAFETY: there is one thread; pieces don't overlap, and lie in `HEAP`, aligned.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.used.load(Relaxed).next_multiple_of(layout.align().max(16));
        let end = start + layout.size();
        if end > HEAP_LEN {
            return null_mut();
        }
        self.used.store(end, Relaxed);
        self.live.store(self.live.load(Relaxed) + 1, Relaxed);
        let bytes = self.live_bytes.load(Relaxed) + layout.size();
        self.live_bytes.store(bytes, Relaxed);
        self.peak.store(self.peak.load(Relaxed).max(bytes), Relaxed);
        // SAFETY: `start` is within `HEAP`.
        unsafe { HEAP.0.get().cast::<u8>().add(start) }
    }

    unsafe fn dealloc(&self, _: *mut u8, layout: Layout) {
        self.live_bytes.store(self.live_bytes.load(Relaxed) - layout.size(), Relaxed);
        self.live.store(self.live.load(Relaxed) - 1, Relaxed);
        if self.live.load(Relaxed) == 0 {
            self.used.store(0, Relaxed);
        }
    }
}

#[global_allocator]
static ALLOCATOR: Bump = Bump {
    used: AtomicUsize::new(0),
    live: AtomicUsize::new(0),
    live_bytes: AtomicUsize::new(0),
    peak: AtomicUsize::new(0),
};

/// Not random at all: a device brings its own generator.
struct NotRandom(u32);

impl TryRng for NotRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        Ok(self.0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from(self.try_next_u32()?) << 32 | u64::from(self.try_next_u32()?))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for byte in out {
            *byte = self.try_next_u32()?.to_le_bytes()[0];
        }
        Ok(())
    }
}

impl TryCryptoRng for NotRandom {}

/// An operation of Arm's semihosting.
fn semihosting(operation: usize, argument: *const u8) {
    // SAFETY: the emulator reads what the argument points to and gives a result in r0.
    unsafe { asm!("bkpt #0xab", inout("r0") operation => _, in("r1") argument) };
}

fn say(text: &str) {
    let mut line = [0; 256];
    for (to, from) in line[..255].iter_mut().zip(text.bytes()) {
        *to = from;
    }
    semihosting(0x04, line.as_ptr()); // SYS_WRITE0
}

fn exit(code: usize) -> ! {
    let reason = [0x2_0026, code]; // ADP_Stopped_ApplicationExit
    semihosting(0x20, reason.as_ptr().cast()); // SYS_EXIT_EXTENDED
    loop {}
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    // Its message would draw in code to format that a device may not have.
    say("FAILED\n");
    exit(1)
}

#[repr(C)]
struct VectorTable {
    stack: *const u8,
    reset: extern "C" fn() -> !,
    faults: [extern "C" fn() -> !; 5],
}

// SAFETY: nobody writes to it.
unsafe impl Sync for VectorTable {}

#[unsafe(link_section = ".vectors")]
#[used]
static VECTORS: VectorTable =
    VectorTable { stack: STACK.0.get().cast::<u8>().wrapping_add(STACK_LEN), reset, faults: [fault; 5] };

extern "C" fn fault() -> ! {
    say("FAULT\n");
    exit(2)
}

/// Runs `work` and tells the most of heap and stack that it took.
fn measured(name: &str, work: fn()) {
    ALLOCATOR.peak.store(ALLOCATOR.live_bytes.load(Relaxed), Relaxed);
    let bottom = STACK.0.get().cast::<u8>();
    let here = core::ptr::from_ref(&bottom) as usize - bottom as usize;
    // The frames of this function are above; some bytes are left for what the loop itself needs.
    let free = here - 512;
    for at in 0..free {
        // SAFETY: it is below all frames.
        unsafe { write_volatile(bottom.add(at), PAINT) };
    }
    work();
    // SAFETY: it is in `STACK`.
    let untouched = (0..free).take_while(|at| unsafe { read_volatile(bottom.add(*at)) } == PAINT).count();
    let heap = ALLOCATOR.peak.load(Relaxed);
    let stack = (here - untouched).div_ceil(1024);
    say(&format!("{name}: ok, {heap} bytes of heap, {stack} KiB of stack at most\n"));
}

/// A key of `vectors/keys.json`, the first whose name begins like this.
fn private_key(name: &str) -> DecryptingKey {
    let keys = include_str!("../../../../vectors/keys.json");
    let key = &keys[keys.find(name).unwrap()..];
    let jwk = key.split("\"jwk_private\":").nth(1).unwrap();
    DecryptingKey::from_jwk(&jwk[..=jwk.find('}').unwrap()]).unwrap()
}

fn dir() {
    let rng = &mut NotRandom(7);
    let key = ContentEncryptionKey::generate_with_rng(rng).unwrap();
    let header = Header::new().content_type("application/json").unwrap();
    let token = key.encrypt_with_rng(rng, &header, &[7; 1000]).unwrap();
    assert_eq!(key.decrypt(&Jwe::parse(&token).unwrap()).unwrap().plaintext, [7; 1000]);
    let other = ContentEncryptionKey::from_bytes(&[1; 32]).unwrap();
    assert_eq!(other.decrypt(&Jwe::parse(&token).unwrap()).unwrap_err(), Error::Decryption);
}

/// The same without the heap, but for the key.
fn dir_in_buffers() {
    let key = ContentEncryptionKey::from_bytes(&[1; 32]).unwrap();
    let (mut out, mut scratch, mut plaintext) = ([0; 400], [0; 256], [0; 200]);
    let token = key.encrypt_into_with_rng(&mut NotRandom(9), &Header::new(), &[7; 200], &mut out).unwrap();
    let jwe = Jwe::parse_in(token, &mut scratch).unwrap();
    assert_eq!(key.decrypt_into(&jwe, &mut plaintext).unwrap().plaintext, [7; 200]);
}

fn rsa_2048() {
    rsa(&private_key("rsa2048"));
}

fn rsa_8192() {
    rsa(&private_key("rsa8192"));
}

fn rsa_generated() {
    rsa(&DecryptingKey::generate_with_rng(&mut NotRandom(17), 2048).unwrap());
}

fn rsa(key: &DecryptingKey) {
    let rng = &mut NotRandom(11);
    let sent: Encrypted = key.encrypting_key().encrypt_with_rng(rng, &Header::new(), b"hello").unwrap();
    let opened = key.decrypt_with_rng(rng, &Jwe::parse(&sent.compact).unwrap()).unwrap();
    assert_eq!((&*opened.plaintext, opened.cek.as_bytes()), (&b"hello"[..], sent.cek.as_bytes()));
    let response = opened.cek.encrypt_with_rng(rng, &Header::new(), b"received").unwrap();
    assert_eq!(sent.cek.decrypt(&Jwe::parse(&response).unwrap()).unwrap().plaintext, b"received");
    let mut broken = sent.compact.into_bytes();
    let tag = broken.len() - 10;
    broken[tag] = if broken[tag] == b'A' { b'B' } else { b'A' };
    assert_eq!(key.decrypt_with_rng(rng, &Jwe::parse(&broken).unwrap()).unwrap_err(), Error::Decryption);
}

/// A token of another implementation.
fn rsa_of_a_peer() {
    let vectors = include_str!("../../../../vectors/positive.json");
    let token = vectors.split("\"token\": \"").nth(1).unwrap().split('"').next().unwrap();
    let jwe = Jwe::parse(token).unwrap();
    let mut plaintext = vec![0; jwe.plaintext_len()];
    private_key("rsa2048").decrypt_into_with_rng(&mut NotRandom(13), &jwe, &mut plaintext).unwrap();
    assert_eq!(plaintext, b"Hello from jwcrypto");
}

extern "C" fn reset() -> ! {
    measured("dir", dir);
    measured("dir in buffers", dir_in_buffers);
    measured("RSA-OAEP-256, 2048 bits, there and back", rsa_2048);
    measured("RSA-OAEP-256, 8192 bits, there and back", rsa_8192);
    measured("RSA-OAEP-256, 2048 bits, generated, there and back", rsa_generated);
    measured("RSA-OAEP-256 of a peer", rsa_of_a_peer);
    say("on Cortex-M4: all ok\n");
    exit(0)
}

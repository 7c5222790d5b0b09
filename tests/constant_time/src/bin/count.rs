//! Layer (b): what callgrind counts for each class, for ../../count.py to compare.
//!
//! Everything but the class is the same for each sample: input and output lie at the same addresses, the randomness is
//! the same, and the allocator is a pointer that goes back to where it was. So the same code executes the same
//! instructions, each as often as before.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::HashMap;
use std::ffi::CString;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jwe_constant_time::forge::{self, Class, FAILURES, K, MESSAGES};
use jwe_constant_time::random::Seeded;
use jwe_constant_time::valgrind::{counted, present};
use jwe_primitives::{ContentEncryptionKey, DecryptingKey, Error, Jwe, internals};
use rsa::PrivateKey;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::PrivateKeyParts as _;

const ARENA: usize = 1 << 24;

/// While it counts, memory comes from one arena in a row and isn't given back.
struct Allocator;

#[repr(align(4096))]
struct Arena(std::cell::UnsafeCell<[u8; ARENA]>);

// SAFETY: this program has one thread.
unsafe impl Sync for Arena {}

static MEMORY: Arena = Arena(std::cell::UnsafeCell::new([0; ARENA]));
static USED: AtomicUsize = AtomicUsize::new(0);
static COUNTING: AtomicBool = AtomicBool::new(false);

// SAFETY: blocks in the arena don't overlap before it is reset, which happens when none of them is left; all others are
// the system's.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !COUNTING.load(Ordering::Relaxed) {
            // SAFETY: as the caller guarantees.
            return unsafe { System.alloc(layout) };
        }
        let start = USED.load(Ordering::Relaxed).next_multiple_of(layout.align());
        let end = start + layout.size();
        if end > ARENA {
            return std::ptr::null_mut();
        }
        USED.store(end, Ordering::Relaxed);
        // SAFETY: `start` is within the arena.
        unsafe { MEMORY.0.get().cast::<u8>().add(start) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let arena = MEMORY.0.get().cast::<u8>();
        if !(arena..arena.wrapping_add(ARENA)).contains(&block) {
            // SAFETY: as the caller guarantees; it isn't of the arena.
            unsafe { System.dealloc(block, layout) };
        }
    }
}

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Counts `work` under the name `layer class`, and gives its memory back.
fn sample<T>(operation: &str, class: &str, work: impl FnOnce() -> T, check: impl FnOnce(T)) {
    let name = CString::new(format!("{operation} {class}")).expect("no zero");
    COUNTING.store(true, Ordering::Relaxed);
    let result = counted(&name, work);
    COUNTING.store(false, Ordering::Relaxed);
    check(result);
    USED.store(0, Ordering::Relaxed);
}

fn oaep_decode(rng: &mut Seeded, samples: usize) {
    let mut em = [0; K];
    let mut cek = [0; 32];
    // The first round warms up.
    for round in 0..=samples {
        for class in MESSAGES {
            let (good, substitute) = (rng.bytes::<32>(), rng.bytes::<32>());
            em = class.encoded_message(rng, &good);
            cek = substitute;
            let operation = if round == 0 { "warm-up" } else { "oaep_decode" };
            sample(
                operation,
                &class.name(),
                || internals::oaep_decode(black_box(&mut em), black_box(&mut cek)),
                |()| {},
            );
            assert_eq!(cek, if class.unwraps() { good } else { substitute });
        }
    }
    black_box((em, cek));
}

fn decrypt(rng: &mut Seeded, samples: usize) {
    let key = forge::key();
    let mut scratch = vec![0; Jwe::SCRATCH_LEN];
    let mut text = Vec::with_capacity(4096);
    let mut out = vec![0; 256];
    for round in 0..=samples {
        for class in [Class::Success, Class::SuccessAgain].into_iter().chain(FAILURES) {
            text.clear();
            text.extend_from_slice(class.token(rng, &key, 200).as_bytes());
            let jwe = Jwe::parse_in(&text, &mut scratch).expect("a token");
            let operation = if round == 0 { "warm-up" } else { "decrypt" };
            sample(
                operation,
                &class.name(),
                || key.ours.decrypt_into_with_rng(&mut Seeded::new(5), black_box(&jwe), black_box(&mut out)).err(),
                |error| {
                    let success = matches!(class, Class::Success | Class::SuccessAgain);
                    assert_eq!(error, if success { None } else { Some(Error::Decryption) });
                },
            );
        }
    }
}

/// The text of a secret key, of which all characters differ.
fn oct_jwk(rng: &mut Seeded, samples: usize) {
    let mut text = String::with_capacity(256);
    for round in 0..=2 * samples {
        let bytes = match round {
            1 => [0; 32],
            2 => [0xff; 32],
            _ => rng.bytes(),
        };
        text.clear();
        text.push_str(r#"{"kty":"oct","kid":"a","k":""#);
        text.push_str(&forge::base64url(&bytes));
        text.push_str(r#""}"#);
        let operation = if round == 0 { "warm-up" } else { "oct_jwk" };
        sample(
            operation,
            &format!("key-{round}"),
            || ContentEncryptionKey::from_jwk(black_box(&text)),
            |key| assert_eq!(key.expect("a key").as_bytes(), &bytes),
        );
    }
}

/// Reads and writes the keys that [`find_keys`] has found.
fn keys(directory: &Path) {
    let mut der = Vec::with_capacity(2048);
    let mut jwk = String::with_capacity(4096);
    let mut pem = String::with_capacity(4096);
    // The first round warms up.
    for (round, name) in ["0", "0", "1"].into_iter().enumerate() {
        let bytes = std::fs::read(directory.join(name)).expect("a key that was found");
        let key = DecryptingKey::from_der(&bytes).expect("a key");
        der.clear();
        der.extend_from_slice(&bytes);
        jwk.clear();
        jwk.push_str(&key.to_jwk().expect("a text"));
        pem.clear();
        pem.push_str(&key.to_pem().expect("a text"));
        let class = format!("key-{name}");
        let operation = |operation| if round == 0 { "warm-up" } else { operation };
        sample(
            operation("from_der"),
            &class,
            || DecryptingKey::from_der(black_box(&der)),
            |key| drop(key.expect("a key")),
        );
        sample(
            operation("from_jwk"),
            &class,
            || DecryptingKey::from_jwk(black_box(&jwk)),
            |key| drop(key.expect("a key")),
        );
        sample(
            operation("from_pem"),
            &class,
            || DecryptingKey::from_pem(black_box(&pem)),
            |key| drop(key.expect("a key")),
        );
        sample(operation("to_der"), &class, || black_box(&key).to_der(), |text| drop(text.expect("bytes")));
        sample(operation("to_pem"), &class, || black_box(&key).to_pem(), |text| drop(text.expect("a text")));
        sample(operation("to_jwk"), &class, || black_box(&key).to_jwk(), |text| drop(text.expect("a text")));
    }
}

/// Generates keys until two have numbers of the same lengths, and writes these two. Not for valgrind: it takes a while.
fn find_keys(directory: &Path) {
    let mut found: HashMap<[(u32, u32); 6], Vec<u8>> = HashMap::new();
    for seed in 0.. {
        let key = DecryptingKey::generate_with_rng(&mut Seeded::new(seed), 8 * K).expect("a key");
        let der = key.to_der().expect("bytes").to_vec();
        let numbers = PrivateKey::from_pkcs8_der(&der).expect("a key");
        let qi = numbers.crt_coefficient().expect("a valid key");
        let [p, q] = numbers.primes() else { panic!("two primes") };
        let numbers = [numbers.d(), p, q, numbers.dp().expect("valid"), numbers.dq().expect("valid"), &qi];
        // The length in bytes, and whether DER needs a leading zero.
        let lengths = numbers.map(|number| {
            let bits = number.bit_width_vartime();
            (bits.div_ceil(8), u32::from(bits % 8 == 0))
        });
        if let Some(other) = found.insert(lengths, der.clone()) {
            std::fs::write(directory.join("0"), other).expect("a file");
            std::fs::write(directory.join("1"), der).expect("a file");
            return;
        }
    }
}

fn main() {
    let [_, directory, samples] = &std::env::args().collect::<Vec<_>>()[..] else { panic!("count DIRECTORY SAMPLES") };
    let (directory, samples) = (Path::new(directory), samples.parse().expect("a number"));
    if !present() {
        return find_keys(directory);
    }
    let mut rng = Seeded::new(1);
    oaep_decode(&mut rng, samples);
    oct_jwk(&mut rng, samples);
    keys(directory);
    decrypt(&mut rng, samples);
}

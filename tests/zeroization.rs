//! What is left of a secret after the call: every block that is freed and the dead stack are searched for it.
//!
//! The allocator of this test looks into each block before it goes back to the system; after a call, the stack below
//! is read. What is searched: the CEK, AES's round keys, OAEP's seed and encoded message, the text of keys and their
//! numbers; after success, failure, an early error and unwinding.
//!
//! What `rsa` itself leaves behind is pinned as it is, so that a change upstream is noticed; and so is what remains of it
//! under an allocator that wipes, as SECURITY.md shows one: nothing.
#![allow(clippy::large_stack_arrays, reason = "the stack is what is searched")]
#![allow(unsafe_code, reason = "reading freed blocks and the dead stack is the point")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

use core::convert::Infallible;
use core::hint::black_box;
use core::mem::MaybeUninit;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use jwe_primitives::{ContentEncryptionKey, DecryptingKey, Error, Header, Jwe};
use rand_core::{TryCryptoRng, TryRng, utils};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize as _;

/// A stretch of a secret, long enough not to be met by chance.
struct Needle {
    name: &'static str,
    octets: [u8; 16],
}

thread_local! {
    /// What this thread's freed blocks are searched for.
    static NEEDLES: Cell<&'static [Needle]> = const { Cell::new(&[]) };
    /// A bit for each needle that was found in a freed block.
    static FOUND: Cell<u128> = const { Cell::new(0) };
}

struct Searching;

/// A bit for each needle that is somewhere in `memory`. Secrets lie at any alignment: every offset counts.
fn search(memory: &[u8], needles: &[Needle]) -> u128 {
    let mut first = [0_u128; 256];
    for (bit, needle) in needles.iter().enumerate() {
        first[usize::from(needle.octets[0])] |= 1 << bit;
    }
    let mut found = 0;
    for (at, octet) in memory.iter().enumerate() {
        let mut candidates = first[usize::from(*octet)];
        while candidates != 0 {
            let bit = candidates.trailing_zeros();
            candidates &= candidates - 1;
            if memory.get(at..at + 16) == Some(&needles[bit as usize].octets[..]) {
                found |= 1 << bit;
            }
        }
    }
    found
}

fn search_block(pointer: *mut u8, len: usize) {
    let _ = NEEDLES.try_with(|needles| {
        if !needles.get().is_empty() {
            // SAFETY: the block was allocated with this length and isn't freed yet; what of it was never written is
            // only compared.
            let memory = unsafe { core::slice::from_raw_parts(pointer, len) };
            let found = search(memory, needles.get());
            let _ = FOUND.try_with(|all| all.set(all.get() | found));
        }
    });
}

// SAFETY: each call is passed on to the system's allocator as it came; freed blocks are read before.
unsafe impl GlobalAlloc for Searching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on. Zeroed, so that a block shows only what its owner wrote.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        search_block(pointer, layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
    // `realloc` is the default one: allocate, copy, free. So what a growing text leaves behind is seen.
}

thread_local! {
    /// Whether this thread's blocks are wiped before they go back.
    static WIPING: Cell<bool> = const { Cell::new(false) };
}

/// The allocator of SECURITY.md over the one that searches, which sees what it lets through.
struct Wiping;

// SAFETY: each call is passed on as it came; a block that is freed is overwritten before.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        unsafe { Searching.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if WIPING.try_with(Cell::get) == Ok(true) {
            // SAFETY: the block has this length, and its owner has given it up.
            unsafe { core::slice::from_raw_parts_mut(pointer.cast::<MaybeUninit<u8>>(), layout.size()) }.zeroize();
        }
        // SAFETY: the caller's promise is passed on.
        unsafe { Searching.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

/// How far down the dead stack is searched.
const DEPTH: usize = 192 * 1024;

/// Room for the frames of the search itself, above what it searches.
const GAP: usize = 48 * 1024;

/// Overwrites the stack that the next call will use.
#[inline(never)]
fn paint() {
    black_box(&mut [0xa5_u8; DEPTH + 2 * GAP]);
}

/// Searches what the last call left below.
#[inline(never)]
fn search_stack(needles: &[Needle]) -> u128 {
    let here = 0_u8;
    let top = (&raw const here).expose_provenance() - GAP / 2;
    let mut found = 0;
    let mut window = vec![0_u8; 4096 + 16];
    for start in (top - DEPTH..top).step_by(4096) {
        for (offset, octet) in window.iter_mut().enumerate() {
            // SAFETY: `paint` has used this stretch of the thread's stack, so it is mapped; nobody else writes there.
            *octet = unsafe { core::ptr::with_exposed_provenance::<u8>(start + offset).read_volatile() };
        }
        found |= search(&window, needles);
    }
    found
}

/// The names of what `work` leaves behind, in freed blocks and on the stack.
fn left_behind(needles: Vec<Needle>, work: impl FnOnce()) -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let needles: &'static [Needle] = Box::leak(needles.into_boxed_slice());
    assert!(needles.len() <= 128);
    paint();
    NEEDLES.set(needles);
    FOUND.set(0);
    call(work);
    NEEDLES.set(&[]);
    let stack = search_stack(needles);
    let names = |found: u128| {
        needles.iter().enumerate().filter(|(bit, _)| found >> bit & 1 == 1).map(|(_, needle)| needle.name).collect()
    };
    (names(FOUND.get()), names(stack))
}

/// Calls `work` so far down that the search doesn't overwrite what it is to find.
#[inline(never)]
fn call(work: impl FnOnce()) {
    let mut gap = [0_u8; GAP];
    black_box(&mut gap);
    work();
    black_box(&mut gap);
}

fn nothing_left(case: &str, needles: Vec<Needle>, work: impl FnOnce()) {
    let (heap, stack) = left_behind(needles, work);
    assert!(heap.is_empty() && stack.is_empty(), "{case}: in freed blocks {heap:?}, on the stack {stack:?}");
}

/// Every stretch of 16 octets in steps of 16.
fn needles(name: &'static str, secret: &[u8]) -> Vec<Needle> {
    secret.chunks_exact(16).map(|chunk| Needle { name, octets: chunk.try_into().unwrap() }).collect()
}

/// The same for a number of `rsa`: its octets as they are written, and as little-endian limbs lie in memory.
#[cfg(not(feature = "aws-lc-rs"))]
fn number(name: &'static str, octets: &[u8]) -> Vec<Needle> {
    let reversed: Vec<u8> = octets.iter().rev().copied().collect();
    needles(name, &octets[8..72]).into_iter().chain(needles(name, &reversed[8..72])).collect()
}

/// AES-256's key expansion (FIPS 197 section 5.2), for the round keys behind the key itself.
fn round_keys(key: &[u8; 32]) -> Vec<u8> {
    let sbox = sbox();
    let mut words: Vec<[u8; 4]> = key.chunks(4).map(|word| word.try_into().unwrap()).collect();
    let mut rcon = 1_u8;
    for i in 8..60 {
        let mut word = words[i - 1];
        if i % 8 == 0 {
            word.rotate_left(1);
            word = word.map(|octet| sbox[usize::from(octet)]);
            word[0] ^= rcon;
            rcon <<= 1;
        } else if i % 8 == 4 {
            word = word.map(|octet| sbox[usize::from(octet)]);
        }
        words.push(core::array::from_fn(|at| words[i - 8][at] ^ word[at]));
    }
    words[8..].concat()
}

/// AES's S-box (FIPS 197 section 5.1.1), from its definition.
fn sbox() -> Vec<u8> {
    let multiply = |a: u8, b: u8| {
        (0..8).fold((0_u8, a), |(sum, a), bit| (sum ^ (a * (b >> bit & 1)), (a << 1) ^ (0x1b * (a >> 7)))).0
    };
    (0..=255_u8)
        .map(|octet| {
            let inverse = (0..254).fold(1, |power, _| multiply(power, octet));
            let inverse = if octet == 0 { 0 } else { inverse };
            (0..5).fold(0x63, |sum, turn| sum ^ inverse.rotate_left(turn))
        })
        .collect()
}

/// What must not be left of a CEK.
fn cek_needles(cek: &[u8; 32]) -> Vec<Needle> {
    needles("CEK", cek).into_iter().chain(needles("AES round key", &round_keys(cek))).collect()
}

/// The same octets each time, known beforehand; on demand it panics instead of giving the n-th.
struct Seeded {
    calls: usize,
    panic_at: usize,
}

impl Seeded {
    fn new() -> Self {
        Self { calls: 0, panic_at: usize::MAX }
    }

    fn octets(call: usize, len: usize) -> Vec<u8> {
        (0..len.div_ceil(32))
            .flat_map(|block| Sha256::digest([call.to_le_bytes(), block.to_le_bytes()].concat()))
            .take(len)
            .collect()
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        assert!(self.calls != self.panic_at, "as ordered");
        // The test's own copies are freed in blocks that are searched, too: byte by byte it is.
        let (len, call) = (out.len(), self.calls);
        NEEDLES.with(|needles| {
            let searched = needles.replace(&[]);
            out.copy_from_slice(&Self::octets(call, len));
            needles.set(searched);
        });
        wipe_stack();
        self.calls += 1;
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

/// The generator's own traces are not the crate's.
#[inline(never)]
fn wipe_stack() {
    zeroize::zeroize_stack::<8192>();
}

fn keys() -> Value {
    serde_json::from_str(include_str!("../vectors/keys.json")).unwrap()
}

fn rsa_key() -> DecryptingKey {
    DecryptingKey::from_pem(keys()["keys"][0]["pkcs8_pem"].as_str().unwrap()).unwrap()
}

/// Runs `test` on a thread with a stack that is deep enough to be searched.
fn on_a_deep_stack(test: fn()) {
    std::thread::Builder::new().stack_size(8 * 1024 * 1024).spawn(test).unwrap().join().unwrap();
}

#[test]
fn the_search_finds_what_is_there() {
    on_a_deep_stack(|| {
        let secret: [u8; 32] = core::array::from_fn(|i| (i * 7 + 1) as u8);
        let leaked: &'static [u8; 32] = Box::leak(Box::new(secret));
        let (heap, stack) = left_behind(needles("freed", leaked), || drop(black_box(leaked.to_vec())));
        assert_eq!((heap.len(), stack.len()), (1, 0));
        let (heap, stack) = left_behind(needles("stack", leaked), || {
            black_box(&mut black_box(*leaked));
        });
        assert_eq!((heap.len(), stack.len()), (0, 1));
    });
}

#[test]
fn round_keys_are_those_of_fips_197() {
    let key: Vec<u8> = (0..32).collect();
    let expanded = round_keys(&key.try_into().unwrap());
    assert_eq!(expanded[..4], [0xa5, 0x73, 0xc2, 0x9f]);
    assert_eq!(expanded[expanded.len() - 4..], [0x6d, 0x68, 0xde, 0x36]);
}

#[test]
fn shared_key() {
    on_a_deep_stack(|| {
        let octets: [u8; 32] = Seeded::octets(0, 32).try_into().unwrap();
        let secret: &'static [u8; 32] = Box::leak(Box::new(octets));
        let all = || cek_needles(secret);
        let header = Header::new();
        let key = ContentEncryptionKey::from_bytes(secret).unwrap();
        let token: &'static str = key.encrypt(&header, &[7; 300]).unwrap().leak();
        let jwe = Jwe::parse(token).unwrap();
        let mut out = vec![0; 1024];

        nothing_left("made and dropped", all(), || drop(ContentEncryptionKey::from_bytes(secret).unwrap()));
        nothing_left("generated", all(), || drop(ContentEncryptionKey::generate_with_rng(&mut Seeded::new()).unwrap()));
        nothing_left("encrypt", all(), || drop(key.encrypt(&header, &[7; 300]).unwrap()));
        nothing_left("encrypt_into", all(), || {
            key.encrypt_into(&header, &[7; 300], &mut out).unwrap();
        });
        nothing_left("decrypt", all(), || drop(key.decrypt(&jwe).unwrap()));
        nothing_left("decrypt, wrong tag", all(), || {
            let last = if token.ends_with('A') { 'Q' } else { 'A' };
            let wrong = [&token[..token.len() - 1], &last.to_string()].concat();
            let refused = key.decrypt(&Jwe::parse(&wrong).unwrap()).unwrap_err();
            assert_eq!(refused, Error::Decryption);
        });
        nothing_left("too small a buffer", all(), || {
            assert_eq!(key.decrypt_into(&jwe, &mut [0; 10]).unwrap_err(), Error::BufferTooSmall);
        });
        let text = Base64UrlUnpadded::encode_string(secret);
        let jwk: &'static str = format!(r#"{{"kty":"oct","k":"{text}"}}"#).leak();
        let texts = || all().into_iter().chain(needles("base64url", text.as_bytes())).collect();
        nothing_left("from a JWK", texts(), || drop(ContentEncryptionKey::from_jwk(jwk).unwrap()));
        nothing_left("to a JWK", texts(), || drop(key.to_jwk().unwrap()));
        let short: &'static str = jwk.replace(&text, &text[..42]).leak();
        nothing_left("from a JWK, too short", texts(), || {
            assert!(ContentEncryptionKey::from_jwk(short).is_err());
        });
    });
}

/// CEK, seed and encoded message of the messages that `Seeded` makes.
fn wrapping_needles() -> Vec<Needle> {
    let random = Seeded::octets(0, 76);
    let (cek, seed): ([u8; 32], &[u8]) = (random[..32].try_into().unwrap(), &random[32..64]);
    let em = encoded_message(&cek, seed);
    let mut all = cek_needles(&cek);
    all.extend(needles("seed", seed));
    all.extend(needles("EM", &em[1..113]));
    all.extend(needles("EM", &em[em.len() - 64..]));
    let reversed: Vec<u8> = em.iter().rev().copied().collect();
    all.extend(needles("EM in limbs", &reversed[..64]));
    all
}

/// EME-OAEP (RFC 8017 section 7.1.1) for a modulus of 256 octets.
fn encoded_message(cek: &[u8; 32], seed: &[u8]) -> Vec<u8> {
    let mgf = |seed: &[u8], len: usize| -> Vec<u8> {
        (0_u32..8).flat_map(|i| Sha256::digest([seed, &i.to_be_bytes()].concat())).take(len).collect()
    };
    let xor = |a: &[u8], b: &[u8]| -> Vec<u8> { a.iter().zip(b).map(|(a, b)| a ^ b).collect() };
    let db = [&Sha256::digest(b"")[..], &[0; 126], &[1], cek].concat();
    let masked_db = xor(&db, &mgf(seed, 223));
    let masked_seed = xor(seed, &mgf(&masked_db, 32));
    [vec![0], masked_seed, masked_db].concat()
}

#[test]
fn encrypting_to_an_rsa_key() {
    on_a_deep_stack(|| {
        let key = rsa_key();
        let public = key.encrypting_key();
        let header = Header::new();
        let mut out = vec![0; 2048];
        nothing_left("encrypt", wrapping_needles(), || {
            drop(public.encrypt_with_rng(&mut Seeded::new(), &header, b"hello").unwrap());
        });
        nothing_left("encrypt_into", wrapping_needles(), || {
            drop(public.encrypt_into_with_rng(&mut Seeded::new(), &header, b"hello", &mut out).unwrap().cek);
        });
        nothing_left("too small a buffer", wrapping_needles(), || {
            let refused = public.encrypt_into_with_rng(&mut Seeded::new(), &header, b"hello", &mut out[..9]);
            assert_eq!(refused.unwrap_err(), Error::BufferTooSmall);
        });
    });
}

/// `rsa` frees p and q, which `rsa_itself_leaves_its_primes` pins; here the CEK and what holds it.
#[test]
fn decrypting_with_an_rsa_key() {
    on_a_deep_stack(|| {
        let private = rsa_key();
        let public = private.encrypting_key();
        let token: &'static str =
            public.encrypt_with_rng(&mut Seeded::new(), &Header::new(), b"hello").unwrap().compact.leak();
        let jwe = Jwe::parse(token).unwrap();
        let mut out = vec![0; 64];
        nothing_left("decrypt", wrapping_needles(), || drop(private.decrypt(&jwe).unwrap()));
        nothing_left("decrypt_into", wrapping_needles(), || drop(private.decrypt_into(&jwe, &mut out).unwrap().cek));
        nothing_left("wrong tag", wrapping_needles(), || {
            let last = if token.ends_with('A') { 'Q' } else { 'A' };
            let wrong = [&token[..token.len() - 1], &last.to_string()].concat();
            assert_eq!(private.decrypt(&Jwe::parse(&wrong).unwrap()).unwrap_err(), Error::Decryption);
        });
        // The substitute is drawn first; the calls behind it are those of the blinding.
        for panic_at in [1, 3] {
            nothing_left("unwinding", wrapping_needles(), || {
                let mut rng = Seeded { calls: 0, panic_at };
                let unwound = catch_unwind(AssertUnwindSafe(|| private.decrypt_with_rng(&mut rng, &jwe).map(drop)));
                assert!(unwound.is_err() || cfg!(feature = "aws-lc-rs"));
            });
        }
        let unwrapped: &'static [u8; 32] = Box::leak(Box::new(Seeded::octets(0, 32).try_into().unwrap()));
        nothing_left("unwrapped elsewhere", wrapping_needles(), || {
            drop(jwe.decrypt_unwrapped(Some(unwrapped)).unwrap());
        });
    });
}

/// Stretches of the text of a private key behind the public modulus, in the forms that it comes in.
fn text_needles(der: &[u8], jwk: &Value) -> Vec<Needle> {
    let secret = &der[der.len() - 800..];
    let mut all = needles("DER", &secret[..160]);
    let base64 = Base64::encode_string(der);
    all.extend(needles("base64", &base64.as_bytes()[base64.len() - 900..base64.len() - 740]));
    all.extend(needles("JWK d", &jwk["d"].as_str().unwrap().as_bytes()[..160]));
    all.extend(needles("JWK p", &jwk["p"].as_str().unwrap().as_bytes()[..96]));
    all
}

/// The text of private keys on its way in and out. `rsa` has numbers of its own, which the next test tells of.
#[test]
fn key_text() {
    on_a_deep_stack(|| {
        let keys = keys();
        let key = &keys["keys"][0];
        let pem: &'static str = String::from(key["pkcs8_pem"].as_str().unwrap()).leak();
        let pkcs1: &'static str = String::from(key["pkcs1_pem"].as_str().unwrap()).leak();
        let jwk: &'static str = key["jwk_private"].to_string().leak();
        let private = DecryptingKey::from_pem(pem).unwrap();
        let der: &'static [u8] = private.to_der().unwrap().to_vec().leak();
        let base64: &'static str = Base64::encode_string(der).leak();
        let all = || text_needles(der, &key["jwk_private"]);
        nothing_left("from PKCS#8 PEM", all(), || drop(DecryptingKey::from_pem(pem).unwrap()));
        nothing_left("from PKCS#1 PEM", all(), || drop(DecryptingKey::from_pem(pkcs1).unwrap()));
        nothing_left("from DER", all(), || drop(DecryptingKey::from_der(der).unwrap()));
        nothing_left("from base64", all(), || drop(DecryptingKey::from_base64_der(base64).unwrap()));
        nothing_left("from a JWK", all(), || drop(DecryptingKey::from_jwk(jwk).unwrap()));
        nothing_left("to PEM", all(), || drop(private.to_pem().unwrap()));
        nothing_left("to DER", all(), || drop(private.to_der().unwrap()));
        nothing_left("to a JWK", all(), || drop(private.to_jwk().unwrap()));
        let broken: &'static str = jwk.replace("\"qi\":\"", "\"qi\":\"AA").leak();
        nothing_left("from a JWK, refused", all(), || assert!(DecryptingKey::from_jwk(broken).is_err()));
        let broken: &'static [u8] = [der, &[0]].concat().leak();
        nothing_left("from DER, refused", all(), || assert!(DecryptingKey::from_der(broken).is_err()));
    });
}

/// What `rsa` 0.10.0 leaves in freed memory of the numbers of a private key: when the key is read, at a decryption, and
/// when it is dropped.
#[cfg(not(feature = "aws-lc-rs"))]
fn left_of_the_numbers() -> [BTreeSet<&'static str>; 3] {
    let keys = keys();
    let key = &keys["keys"][0];
    let octets = |name: &str| Base64UrlUnpadded::decode_vec(key["jwk_private"][name].as_str().unwrap()).unwrap();
    let numbers = || -> Vec<Needle> {
        ["p", "q", "d", "dp", "dq", "qi"].into_iter().flat_map(|name| number(name, &octets(name))).collect()
    };
    let pem: &'static str = String::from(key["pkcs8_pem"].as_str().unwrap()).leak();
    let mut private = None;
    let (read, _) = left_behind(numbers(), || private = Some(DecryptingKey::from_pem(pem).unwrap()));
    let private = private.unwrap();
    let token: &'static str = private.encrypting_key().encrypt(&Header::new(), b"x").unwrap().compact.leak();
    let jwe = Jwe::parse(token).unwrap();
    let (decrypted, _) = left_behind(numbers(), || drop(private.decrypt(&jwe).unwrap()));
    let (dropped, _) = left_behind(numbers(), move || drop(private));
    [read, decrypted, dropped]
}

/// If this fails, upstream has mended something: say so in SECURITY.md.
#[test]
#[cfg(not(feature = "aws-lc-rs"))]
fn rsa_itself_leaves_its_primes() {
    on_a_deep_stack(|| {
        let [read, decrypted, dropped] = left_of_the_numbers();
        assert_eq!(read, BTreeSet::from(["p", "q", "qi"]), "freed unwiped when the key is read");
        assert_eq!(decrypted, BTreeSet::from(["p", "q"]), "freed unwiped by a decryption");
        assert_eq!(dropped, BTreeSet::from(["p"]), "freed unwiped by a drop");
    });
}

/// The remedy of SECURITY.md.
#[test]
#[cfg(not(feature = "aws-lc-rs"))]
fn an_allocator_that_wipes_leaves_nothing_of_rsa_s_numbers() {
    on_a_deep_stack(|| {
        WIPING.set(true);
        assert_eq!(left_of_the_numbers(), [const { BTreeSet::new() }; 3]);
    });
}

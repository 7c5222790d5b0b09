//! Which numbers of a private key `rsa` leaves in freed heap blocks, without any arithmetic: their upper halves, little-
//! and big-endian.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};

use rsa::hazmat::rsa_decrypt_and_check;
use rsa::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use rsa::traits::PrivateKeyParts as _;
use rsa::{BoxedUint, PrivateKey};

/// What a number looks like in memory: its upper half, little- and big-endian.
type Forms = [Vec<u8>; 2];

thread_local! {
    static SEARCHING: Cell<bool> = const { Cell::new(false) };
    static NUMBERS: RefCell<Vec<(&'static str, Forms)>> = const { RefCell::new(Vec::new()) };
    /// In how many blocks each number was.
    static FOUND: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    static BLOCKS: Cell<usize> = const { Cell::new(0) };
}

struct Searching;

// SAFETY: every call is handed to the system's allocator; a block is read before it is freed, as far as it is long.
unsafe impl GlobalAlloc for Searching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that every byte that is read below has a value.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if SEARCHING.replace(false) {
            search(unsafe { std::slice::from_raw_parts(block, layout.size()) });
            SEARCHING.set(true);
        }
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Searching = Searching;

fn search(block: &[u8]) {
    BLOCKS.set(BLOCKS.get() + 1);
    NUMBERS.with_borrow(|numbers| {
        for (at, (_, forms)) in numbers.iter().enumerate() {
            if forms.iter().any(|form| block.windows(form.len()).any(|window| window == form)) {
                FOUND.with_borrow_mut(|found| found[at] += 1);
            }
        }
    });
}

fn watch<T>(operation: &str, work: impl FnOnce() -> T) -> T {
    FOUND.set(vec![0; NUMBERS.with_borrow(Vec::len)]);
    BLOCKS.set(0);
    SEARCHING.set(true);
    let result = work();
    SEARCHING.set(false);
    let found: Vec<String> = NUMBERS.with_borrow(|numbers| {
        let counts = FOUND.take();
        let found = numbers.iter().zip(counts).filter(|(_, count)| *count > 0);
        found.map(|((name, _), count)| format!("{name} in {count}")).collect()
    });
    println!("| {operation} | {} | {} |", BLOCKS.get(), found.join(", "));
    result
}

fn forms(name: &'static str, number: &BoxedUint) -> (&'static str, Forms) {
    let bytes = number.to_le_bytes();
    let len = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let little = bytes[len / 2..len].to_vec();
    let big = little.iter().rev().copied().collect();
    (name, [little, big])
}

fn main() {
    let key = PrivateKey::new(&mut rand::rng(), 2048).unwrap();
    let der = key.to_pkcs8_der().unwrap();
    NUMBERS.set(vec![
        forms("d", key.d()),
        forms("p", &key.primes()[0]),
        forms("q", &key.primes()[1]),
        forms("dP", key.dp().unwrap()),
        forms("dQ", key.dq().unwrap()),
        forms("qInv", &key.crt_coefficient().unwrap()),
    ]);
    println!("| operation | blocks freed | numbers, and in how many of the blocks |\n| --- | --: | --- |");
    let read = watch("`from_pkcs8_der`", || PrivateKey::from_pkcs8_der(der.as_bytes()).unwrap());
    let c = BoxedUint::from_be_slice(&[7; 255], 2048).unwrap();
    watch("`rsa_decrypt_and_check`, blinded", || rsa_decrypt_and_check(&read, Some(&mut rand::rng()), &c).unwrap());
    watch("`to_pkcs8_der`", || read.to_pkcs8_der().unwrap());
    watch("drop", || drop(read));
}

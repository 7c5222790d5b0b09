//! The search itself: what is looked for, an allocator that looks into each block before it goes back to the system,
//! and a reader of the dead stack.

use core::cell::{Cell, RefCell};
use core::fmt;
use core::hint::black_box;
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::{BTreeMap, HashMap};

/// How many consecutive bytes make a find. At 128 bits, chance is out of the question.
pub(crate) const MATCH: usize = 16;

/// Stretches of secrets, each of [`MATCH`] bytes.
pub(crate) struct Needles {
    names: Vec<String>,
    /// The stretch, the index of its name, and where in the secret it is.
    stretches: HashMap<[u8; MATCH], (usize, usize)>,
    multiples: Vec<Multiple>,
    /// A bit for the hash of the first eight bytes of each stretch: most of the memory is skipped by this alone.
    filter: Vec<u64>,
}

const FILTER_BITS: u32 = 20;

/// A number plus a multiple of a secret modulus, 1 to 2^128 - 1 times: what blinding makes of a secret. Whoever knows
/// p * g knows p.
struct Multiple {
    name: usize,
    addend: Vec<u64>,
    /// The modulus without its factors of 2.
    modulus: Vec<u64>,
    /// How many factors of 2 it has.
    twos: u32,
    /// The inverse of `modulus` modulo 2^128.
    inverse: u128,
}

impl Multiple {
    /// Whether the words begin with addend + g * 2^twos * modulus for a g other than 0.
    fn is_at_the_start_of(&self, words: &[u64]) -> bool {
        let Some(words) = words.get(..self.modulus.len() + 2) else { return false };
        let mut borrow = 0;
        let mut differences = words.iter().enumerate().map(|(at, word)| {
            let (difference, one) = word.overflowing_sub(self.addend.get(at).copied().unwrap_or(0));
            let (difference, two) = difference.overflowing_sub(borrow);
            borrow = u64::from(one || two);
            difference
        });
        let mut current = differences.next().unwrap_or(0);
        let mut word = || {
            let next = differences.next().unwrap_or(0);
            let both = u128::from(current) | u128::from(next) << 64;
            current = next;
            (both >> self.twos) as u64
        };
        let low = u128::from(word()) | u128::from(word()) << 64;
        // The only g that fits the two lowest words; does it fit the others?
        let g = low.wrapping_mul(self.inverse);
        let (g_low, g_high) = (u128::from(g as u64), g >> 64);
        let limb = |at: usize| u128::from(self.modulus.get(at).copied().unwrap_or(0));
        // Low and high products are added with carries that fit: each step keeps what is beyond the current word.
        let (mut carry_low, mut carry_high) = (0_u128, 0_u128);
        for at in 0..self.modulus.len() + 2 {
            let first = g_low * limb(at) + carry_low;
            carry_low = first >> 64;
            let second = if at == 0 { carry_high } else { g_high * limb(at - 1) + carry_high };
            let sum = u128::from(first as u64) + u128::from(second as u64);
            carry_high = (second >> 64) + (sum >> 64);
            if at >= 2 && word() != sum as u64 {
                return false;
            }
        }
        g != 0
    }
}

fn hash(word: u64) -> usize {
    (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER_BITS)) as usize
}

impl Needles {
    pub(crate) fn new() -> Self {
        Self {
            names: Vec::new(),
            stretches: HashMap::new(),
            multiples: Vec::new(),
            filter: vec![0; 1 << (FILTER_BITS - 6)],
        }
    }

    /// Every stretch of `secret` in steps of [`MATCH`], from its beginning and from its end. So any copy of twice as many
    /// bytes is found, wherever in the secret it begins: an upper half as well as the whole. Stretches of few different
    /// bytes (padding, the zeros of a short number in a wide integer) are no evidence of anything and left out.
    pub(crate) fn add(&mut self, name: &str, secret: &[u8]) {
        let index = self.names.len();
        self.names.push(name.to_owned());
        for at in (0..secret.len()).step_by(MATCH).chain((0..=secret.len()).rev().step_by(MATCH)) {
            if let Some(stretch) = secret.get(at..at + MATCH).and_then(|stretch| <[u8; MATCH]>::try_from(stretch).ok())
                && is_telling(&stretch)
            {
                self.stretches.entry(stretch).or_insert((index, at));
                let bit = hash(u64::from_le_bytes(stretch[..8].try_into().unwrap()));
                self.filter[bit / 64] |= 1 << (bit % 64);
            }
        }
    }

    /// `addend` plus multiples of 2^`twos` * `modulus`, in limbs.
    pub(crate) fn add_multiples(&mut self, name: &str, addend: &[u64], twos: u32, modulus: &[u64]) {
        let low = u128::from(modulus[0]) | u128::from(modulus[1]) << 64;
        assert_eq!(low % 2, 1, "{name}");
        // Newton's iteration doubles the bits that are right; an odd number is its own inverse modulo 8.
        let inverse =
            (0..6).fold(low, |inverse, _| inverse.wrapping_mul(2_u128.wrapping_sub(low.wrapping_mul(inverse))));
        self.multiples.push(Multiple {
            name: self.names.len(),
            addend: addend.to_vec(),
            modulus: modulus.to_vec(),
            twos,
            inverse,
        });
        self.names.push(name.to_owned());
    }

    /// Takes out what is public: the upper half of φ(n) is that of n.
    pub(crate) fn allow(&mut self, public: &[u8]) {
        for window in public.windows(MATCH) {
            self.stretches.remove(window);
        }
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        let first = self.names.len();
        self.names.extend(other.names.iter().cloned());
        for (stretch, (index, at)) in &other.stretches {
            self.stretches.entry(*stretch).or_insert((first + index, *at));
        }
        self.multiples.extend(other.multiples.iter().map(|multiple| Multiple {
            name: first + multiple.name,
            addend: multiple.addend.clone(),
            modulus: multiple.modulus.clone(),
            twos: multiple.twos,
            inverse: multiple.inverse,
        }));
        for (mine, theirs) in self.filter.iter_mut().zip(&other.filter) {
            *mine |= theirs;
        }
    }

    /// Calls `found` with the offset in `memory` and the name, for each multiple at the alignment of a word.
    fn search_multiples(&self, memory: &[u8], mut found: impl FnMut(usize, usize)) {
        if self.multiples.is_empty() {
            return;
        }
        // A number at the end of a block is followed by nothing; its multiple has a word of that.
        let end = [[0; 8]];
        let words = memory.chunks_exact(8).map(|word| word.try_into().unwrap()).chain(end).map(u64::from_le_bytes);
        let words: Vec<u64> = words.collect();
        for at in (0..words.len()).filter(|at| words[*at] != 0) {
            for multiple in self.multiples.iter().filter(|multiple| multiple.is_at_the_start_of(&words[at..])) {
                found(at * 8, multiple.name);
            }
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// A stretch for each name that has one: what the search must find where it is planted.
    pub(crate) fn samples(&self) -> BTreeMap<&str, [u8; MATCH]> {
        self.stretches.iter().map(|(stretch, (index, _))| (&*self.names[*index], *stretch)).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.stretches.len()
    }

    /// Calls `found` with the offset in `memory`, the name and the offset in the secret, for each find. Secrets lie at any
    /// alignment: every offset counts.
    fn search(&self, memory: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        let mut word = 0_u64;
        for (end, byte) in memory.iter().enumerate() {
            word = word >> 8 | u64::from(*byte) << 56;
            let bit = hash(word);
            if self.filter[bit / 64] >> (bit % 64) & 1 == 1 && end >= 7 {
                let at = end - 7;
                if let Some((name, offset)) = memory.get(at..at + MATCH).and_then(|it| self.stretches.get(it)) {
                    found(at, *name, *offset);
                }
            }
        }
    }
}

fn is_telling(stretch: &[u8; MATCH]) -> bool {
    let mut sorted = *stretch;
    sorted.sort_unstable();
    sorted.chunk_by(|a, b| a == b).count() >= 8
}

/// Where something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Heap,
    Stack,
}

/// All finds of one needle in one place.
#[derive(Clone, Debug)]
pub(crate) struct Find {
    /// How many stretches.
    pub(crate) count: usize,
    /// The largest block, or how far below the call.
    pub(crate) farthest: usize,
    /// Where in the secret the first one is.
    first: usize,
}

/// What one operation left, and how much stack it used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Left {
    pub(crate) finds: BTreeMap<(Place, String), Find>,
    /// How many blocks were freed, and so searched.
    pub(crate) blocks: usize,
    /// How far below the call the stack was written to.
    pub(crate) stack: usize,
}

impl Left {
    fn note(&mut self, place: Place, name: &str, first: usize, how_far: usize) {
        let find = self.finds.entry((place, name.to_owned())).or_insert(Find { count: 0, farthest: 0, first });
        find.count += 1;
        find.farthest = find.farthest.max(how_far);
    }

    pub(crate) fn deepest(&self) -> Option<usize> {
        self.finds.iter().filter(|((place, _), _)| *place == Place::Stack).map(|(_, find)| find.farthest).max()
    }

    pub(crate) fn in_blocks(&self) -> usize {
        self.finds.keys().filter(|(place, _)| *place == Place::Heap).count()
    }

    pub(crate) fn names(&self, wanted: Place) -> Vec<&str> {
        self.finds.keys().filter(|(place, _)| *place == wanted).map(|(_, name)| &**name).collect()
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((place, name), find) in &self.finds {
            let Find { count, farthest, first } = find;
            match place {
                Place::Heap => {
                    writeln!(
                        f,
                        "    {name} (from its byte {first}) in a freed block of {farthest} bytes, {count} times"
                    )?;
                }
                Place::Stack => {
                    writeln!(
                        f,
                        "    {name} (from its byte {first}) on the stack, {farthest} bytes down, {count} times"
                    )?;
                }
            }
        }
        Ok(())
    }
}

thread_local! {
    /// What this thread's freed blocks are searched for.
    static ARMED: Cell<Option<&'static Needles>> = const { Cell::new(None) };
    /// What was found in them.
    static LEFT: RefCell<Option<Left>> = const { RefCell::new(None) };
}

/// How many blocks can be watched: a key has a few.
const WATCHED: usize = 64;

thread_local! {
    /// Whether this thread's new blocks are watched.
    static WATCHING: Cell<bool> = const { Cell::new(false) };
    /// Where those are that are still in use, and how long.
    static IN_USE: [Cell<(usize, usize)>; WATCHED] = const { [const { Cell::new((0, 0)) }; WATCHED] };
}

/// Replaces the first entry of this address, if there is one.
fn note_block(address: usize, new: (usize, usize)) -> bool {
    let noted = IN_USE.try_with(|blocks| {
        let block = blocks.iter().find(|block| block.get().0 == address);
        block.inspect(|block| block.set(new)).is_some()
    });
    noted.unwrap_or(true)
}

/// Does `work`, and watches the blocks that it allocates.
pub(crate) fn watching<T>(work: impl FnOnce() -> T) -> T {
    WATCHING.set(true);
    let result = work();
    WATCHING.set(false);
    result
}

/// What is found in the watched blocks that are still in use.
pub(crate) fn in_use(needles: &Needles) -> Vec<String> {
    let blocks = IN_USE.with(|blocks| blocks.each_ref().map(Cell::get));
    let mut names: Vec<String> = Vec::new();
    for (address, len) in blocks.into_iter().filter(|(address, _)| *address != 0) {
        let start = core::ptr::with_exposed_provenance::<u8>(address);
        // SAFETY: the block is allocated, with this length, and zeroed when it was; nobody writes to it meanwhile.
        let memory = unsafe { core::slice::from_raw_parts(start, len) };
        needles.search(memory, |_, name, _| names.push(needles.names[name].clone()));
    }
    names.sort();
    names.dedup();
    names
}

fn search_block(memory: &[u8]) {
    let Ok(Some(needles)) = ARMED.try_with(Cell::take) else { return };
    let _ = LEFT.try_with(|left| {
        let mut left = left.borrow_mut();
        let left = left.get_or_insert_default();
        left.blocks += 1;
        needles.search(memory, |_, name, first| left.note(Place::Heap, &needles.names[name], first, memory.len()));
        needles.search_multiples(memory, |_, name| left.note(Place::Heap, &needles.names[name], 0, memory.len()));
    });
    ARMED.set(Some(needles));
}

struct Searching;

// SAFETY: each call is passed on to the system's allocator unchanged; freed blocks are read before.
unsafe impl GlobalAlloc for Searching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on. Zeroed, so that a block shows only what its owner wrote.
        let pointer = unsafe { System.alloc_zeroed(layout) };
        if WATCHING.try_with(Cell::get).unwrap_or_default() {
            assert!(note_block(0, (pointer.expose_provenance(), layout.size())), "too many blocks");
        }
        pointer
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the block was allocated with this length and isn't freed yet; what of it was never written is zero.
        search_block(unsafe { core::slice::from_raw_parts(pointer, layout.size()) });
        note_block(pointer.addr(), (0, 0));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
    // `realloc` is the default one: allocate, copy, free. So what a growing text leaves behind is seen.
}

#[global_allocator]
static ALLOCATOR: Searching = Searching;

/// How far down the dead stack is searched. An operation that gets to the end of it fails the test.
const DEPTH: usize = 4 * 1024 * 1024;

/// Room for the frames of the search itself, above what it searches.
const GAP: usize = 32 * 1024;

const PAINT: u8 = 0xa5;

/// Overwrites the stack that the next call will use.
#[inline(never)]
fn paint() {
    black_box(&mut [PAINT; DEPTH + 2 * GAP]);
}

/// Calls `work` so far down that the search doesn't overwrite what it is to find. Returns where that is.
#[inline(never)]
fn call(work: impl FnOnce()) -> usize {
    let mut gap = [0_u8; GAP];
    let top = black_box(&mut gap).as_ptr().expose_provenance();
    in_a_frame_of_its_own(work);
    black_box(&mut gap);
    top
}

#[inline(never)]
fn in_a_frame_of_its_own(work: impl FnOnce()) {
    work();
}

/// What the last call left below.
#[inline(never)]
fn dead_stack(top: usize) -> Vec<u8> {
    let mut stack = vec![0_u8; DEPTH];
    for (at, word) in stack.chunks_exact_mut(8).enumerate() {
        let address = ((top - DEPTH) & !7) + at * 8;
        // SAFETY: `paint` has used this stretch of the thread's stack, so it is mapped; nobody else writes there.
        let read = unsafe { core::ptr::with_exposed_provenance::<u64>(address).read_volatile() };
        word.copy_from_slice(&read.to_ne_bytes());
    }
    stack
}

/// Ends the search of freed blocks, also if an assertion in the operation fails.
struct Disarm;

impl Drop for Disarm {
    #[inline]
    fn drop(&mut self) {
        ARMED.set(None);
    }
}

/// What `work` leaves behind, in freed blocks and on the stack.
pub(crate) fn left_behind(needles: &'static Needles, work: impl FnOnce()) -> Left {
    LEFT.set(Some(Left::default()));
    paint();
    ARMED.set(Some(needles));
    let disarm = Disarm;
    let top = call(work);
    drop(disarm);
    let stack = dead_stack(top);
    let mut left = LEFT.take().unwrap();
    let unused = stack.iter().take_while(|byte| **byte == PAINT).count();
    left.stack = DEPTH - unused;
    assert!(unused > 4096, "the operation needs more stack than is searched");
    let unused = unused & !7;
    needles.search(&stack[unused..], |at, name, first| {
        left.note(Place::Stack, &needles.names[name], first, DEPTH - unused - at);
    });
    needles.search_multiples(&stack[unused..], |at, name| {
        left.note(Place::Stack, &needles.names[name], 0, DEPTH - unused - at);
    });
    left
}

/// Runs `test` on a thread whose stack is deep enough to be searched.
///
/// The first panic of a process has the dynamic linker save all vector registers on the stack. What an earlier operation
/// left in *them* is beyond a library, and isn't this operation's: so that panic comes first.
pub(crate) fn on_a_deep_stack(test: impl FnOnce() + Send + 'static) {
    assert!(std::panic::catch_unwind(|| std::panic::resume_unwind(Box::new(()))).is_err());
    std::thread::Builder::new().stack_size(4 * DEPTH).spawn(test).unwrap().join().unwrap();
}

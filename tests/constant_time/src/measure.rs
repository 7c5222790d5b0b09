//! Times of inputs of several classes, in an order that the loop that measures doesn't know.

use std::arch::x86_64::{_mm_lfence, _rdtsc};
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use crate::random::Seeded;
use crate::statistics::Tuples;

fn ticks() -> u64 {
    // SAFETY: each x86-64 has both instructions.
    unsafe {
        _mm_lfence();
        let ticks = _rdtsc();
        _mm_lfence();
        ticks
    }
}

/// The ticks that an operation takes.
#[inline]
pub fn timed(operation: impl FnOnce()) -> u32 {
    let start = ticks();
    operation();
    u32::try_from(ticks() - start).unwrap_or(u32::MAX)
}

/// How long a tick of the clock is.
#[must_use]
pub fn nanoseconds_per_tick() -> f64 {
    let (start, clock) = (ticks(), Instant::now());
    thread::sleep(Duration::from_millis(300));
    let elapsed = clock.elapsed();
    #[allow(clippy::cast_precision_loss, reason = "far below 2⁵²")]
    let ticks = (ticks() - start) as f64;
    elapsed.as_secs_f64() * 1e9 / ticks
}

/// A chunk of tuples in the order in which they are to run: indices of inputs that are in the order of the classes.
fn schedule(rng: &mut Seeded, classes: usize, tuples: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..classes * tuples).collect();
    for tuple in order.chunks_mut(classes) {
        for last in (1..classes).rev() {
            tuple.swap(last, rng.below(last + 1));
        }
    }
    order
}

/// Waits for a random number of cycles, so that what is measured doesn't begin in step with a clock that counts in steps.
pub fn dither(state: &mut u64) {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    for turn in 0..*state >> 57 {
        black_box(turn);
    }
}

/// Makes inputs, lets `measure` have them in random order, and puts the times into the classes' order.
pub fn collect<I>(
    classes: usize,
    tuples: usize,
    chunk: usize,
    mut make: impl FnMut(usize, &mut Seeded) -> I,
    mut measure: impl FnMut(&[I]) -> Vec<u32>,
) -> Tuples {
    let mut seed = [0; 8];
    getrandom(&mut seed);
    let mut rng = Seeded::new(u64::from_le_bytes(seed));
    let mut all = Vec::with_capacity(classes * tuples);
    // The first chunk warms up.
    for begin in (0..tuples + chunk).step_by(chunk) {
        let count = chunk.min(tuples + chunk - begin);
        let order = schedule(&mut rng, classes, count);
        let mut inputs: Vec<Option<I>> = (0..classes * count).map(|at| Some(make(at % classes, &mut rng))).collect();
        let blind: Vec<I> = order.iter().filter_map(|at| inputs[*at].take()).collect();
        let times = measure(&blind);
        let mut ticks = vec![0; times.len()];
        order.iter().zip(times).for_each(|(at, time)| ticks[*at] = time);
        if begin > 0 {
            all.extend(ticks);
        }
    }
    Tuples { classes, ticks: all }
}

fn getrandom(out: &mut [u8]) {
    use std::io::Read as _;
    std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(out)).expect("randomness");
}

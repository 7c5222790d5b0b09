//! `pow` and `pow_amm` of `crypto-bigint`, in turn, and what its documentation says of almost reduced numbers.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, Uint};

const ROUNDS: usize = 301;

fn integer<const L: usize>(state: &mut u64) -> Uint<L> {
    let mut integer = Uint::ZERO;
    for word in integer.as_mut_words() {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *word = *state;
    }
    integer
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

fn compare<const L: usize>() {
    let state = &mut 0x9e37_79b9_7f4a_7c15;
    let params = FixedMontyParams::new(Odd::new(integer::<L>(state) | Uint::ONE).unwrap());
    let (base, exponent) = (FixedMontyForm::new(&integer(state), &params), integer::<L>(state));
    assert_eq!(base.pow(&exponent), base.pow_amm(&exponent));
    let (mut pow, mut amm) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        black_box(black_box(&base).pow(&exponent));
        pow.push(start.elapsed());
        let start = Instant::now();
        black_box(black_box(&base).pow_amm(&exponent));
        amm.push(start.elapsed());
    }
    let (pow, amm) = (median(&mut pow), median(&mut amm));
    println!("| {L} | {:.0} µs | {:.0} µs | {:.2} |", pow * 1e6, amm * 1e6, amm / pow);
}

/// An almost Montgomery product of one word, as `crypto-bigint` computes it.
fn almost_product(x: u64, y: u64, m: u64) -> u64 {
    // Newton's iteration for 1 / m modulo 2^64.
    let inverse = (0..6).fold(m, |inverse, _| inverse.wrapping_mul(2u64.wrapping_sub(m.wrapping_mul(inverse))));
    let u = x.wrapping_mul(y).wrapping_mul(inverse.wrapping_neg());
    let (low, carry) = (u128::from(x) * u128::from(y)).overflowing_add(u128::from(u) * u128::from(m));
    let high = (low >> 64) as u64;
    if carry { high.wrapping_sub(m) } else { high }
}

fn main() {
    println!("| limbs | `pow` | `pow_amm` | ratio |\n| --: | --: | --: | --: |");
    compare::<16>();
    compare::<18>();
    compare::<26>();
    compare::<34>();
    compare::<66>();
    let (m, x) = (5_649_399_704_884_579_329, 15_766_399_476_766_532_518);
    let square = almost_product(x, x, m);
    println!("\nm = {m}, x = {x}: x / m = {}, AMM(x, x) / m = {}", x / m, square / m);
}

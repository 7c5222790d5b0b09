//! `pow` and `pow_amm` of `crypto-bigint`, in turn, and what its documentation says of almost reduced numbers.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, Uint};

#[path = "../../../harness/mod.rs"]
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod harness;

use harness::{Contestant, Effort, Race, show_ns, show_ratio};

fn integer<const L: usize>() -> Uint<L> {
    let mut integer = Uint::ZERO;
    integer.as_mut_words().iter_mut().for_each(|word| *word = rand::random());
    integer
}

fn compare<const L: usize>() {
    let params = FixedMontyParams::new(Odd::new(integer::<L>() | Uint::ONE).unwrap());
    let (base, exponent) = (FixedMontyForm::new(&integer(), &params), integer::<L>());
    assert_eq!(base.pow(&exponent), base.pow_amm(&exponent));
    let contestants =
        vec![Contestant::new("pow", || base.pow(&exponent)), Contestant::new("pow_amm", || base.pow_amm(&exponent))];
    let race = Race::run(contestants, Effort::from_env());
    let [pow, amm] = ["pow", "pow_amm"].map(|name| show_ns(race.ns(name)));
    println!("| {L} | {pow} | {amm} | {} |", show_ratio(race.ratio("pow_amm", "pow")));
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

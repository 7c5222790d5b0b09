//! Layers (c) and (d): times tuples of one sample for each class, in random order.
//!
//!     timing select TUPLES LIMIT
//!     timing decrypt TUPLES LIMIT
//!
//! The loop that measures gets inputs in the order in which they are to run, and nothing that says of which class one
//! is. It fails if a class of failures differs from the first class by more than LIMIT nanoseconds, beyond doubt.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use jwe_constant_time::forge::{self, Class, DECRYPT, K};
use jwe_constant_time::measure::{collect, dither, nanoseconds_per_tick, timed};
use jwe_constant_time::random::Seeded;
use jwe_constant_time::statistics::Tuples;
use jwe_primitives::{DecryptingKey, Jwe, internals};

/// The first class is what the others are compared with, the second is the same under another label.
const SELECT: [Class; 12] = [
    Class::Success,
    Class::SuccessAgain,
    Class::AnyY,
    Class::LabelHashFirst,
    Class::LabelHashLast,
    Class::LabelHash,
    Class::PaddingFirst,
    Class::PaddingLast,
    Class::NoOne,
    Class::Short,
    Class::NoSeparator,
    Class::Random,
];

/// The doubt that is left to all intervals of a run together.
const ERROR: f64 = 0.01;

/// What of the differences within tuples isn't counted, at each end. An interruption is hundreds of times as long as a
/// decoding and rare, and a median would see nothing that is shorter than the steps of the clock. Most decryptions of a
/// busy machine are interrupted, and each is longer than many steps.
const TRIM_SELECT: f64 = 0.02;
const TRIM_DECRYPT: f64 = 0.4;

fn select(tuples: usize) -> Tuples {
    let make = |class: usize, rng: &mut Seeded| {
        let cek = rng.bytes();
        SELECT[class].encoded_message(rng, &cek)
    };
    let (mut em, mut cek, mut state) = (Box::new([0; K]), Box::new([0; 32]), 1);
    collect(SELECT.len(), tuples, 100, make, |messages: &[[u8; K]]| {
        let mut times = Vec::with_capacity(messages.len());
        for message in messages {
            *em = *message;
            cek.fill(0x77);
            dither(&mut state);
            times.push(timed(|| internals::oaep_decode(black_box(&mut *em), black_box(&mut cek))));
            black_box(&cek);
        }
        times
    })
}

fn decrypt(tuples: usize) -> Tuples {
    let key = forge::key();
    let (mut text, mut scratch, mut opened) = (Vec::with_capacity(4096), vec![0; Jwe::SCRATCH_LEN], 0);
    let make = |class: usize, rng: &mut Seeded| DECRYPT[class].token(rng, &key, 200);
    let measured = collect(DECRYPT.len(), tuples, 20, make, |tokens: &[String]| {
        let mut times = Vec::with_capacity(tokens.len());
        for token in tokens {
            text.clear();
            text.extend_from_slice(token.as_bytes());
            let jwe = Jwe::parse_in(&text, &mut scratch).expect("a token");
            let mut result = None;
            times.push(timed(|| result = Some(DecryptingKey::decrypt(&key.ours, black_box(&jwe)))));
            opened += usize::from(matches!(result, Some(Ok(_))));
        }
        times
    });
    assert_eq!(opened, tuples + 20, "one class opens");
    measured
}

#[expect(clippy::too_many_lines, reason = "one step after the other")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, what, tuples, limit] = &arguments[..] else { panic!("timing select|decrypt TUPLES LIMIT") };
    let (tuples, limit): (usize, f64) = (tuples.parse().expect("a number"), limit.parse().expect("nanoseconds"));
    let scale = nanoseconds_per_tick();
    let begin = Instant::now();
    let (classes, compared, trim, measured) = match what.as_str() {
        "select" => (&SELECT[..], SELECT.len(), TRIM_SELECT, select(tuples)),
        "decrypt" => (&DECRYPT[..], DECRYPT.len() - 1, TRIM_DECRYPT, decrypt(tuples)),
        other => panic!("nothing to time: {other:?}"),
    };
    println!(
        "{what}: {} tuples of {} classes in {:.0} s; one tick is {scale:.3} ns; median of {}: {:.1} ns",
        measured.count(),
        classes.len(),
        begin.elapsed().as_secs_f64(),
        classes[0].name(),
        measured.median(0) * scale
    );
    let among = Tuples {
        classes: compared,
        ticks: measured.ticks.chunks(classes.len()).flat_map(|tuple| &tuple[..compared]).copied().collect(),
    };
    println!("Friedman's test over {compared} classes: p = {:.2e}", among.friedman());
    #[allow(clippy::cast_precision_loss, reason = "a dozen")]
    let error = ERROR / (compared - 1) as f64;
    println!(
        "{:<16} {:>10} {:>10} {:>10} {:>10}   {:.3} % interval, ns",
        "class",
        "median ns",
        "sign p",
        "Wilcoxon p",
        "differs ns",
        100.0 - 100.0 * error
    );
    let mut failed = false;
    for (index, class) in classes.iter().enumerate().skip(1) {
        let seen = measured.compare(index, error, trim);
        let (low, high) = (seen.low * scale, seen.high * scale);
        let beyond = low.max(-high) > limit;
        failed |= beyond && index < compared;
        println!(
            "{:<16} {:>10.3} {:>10.1e} {:>10.1e} {:>10.3}   [{low:.3}, {high:.3}]{}",
            class.name(),
            seen.median * scale,
            seen.sign,
            seen.wilcoxon,
            seen.difference * scale,
            match (index < compared, beyond) {
                (false, _) => "  not compared",
                (true, true) => "  BEYOND THE LIMIT",
                (true, false) => "",
            }
        );
    }
    if failed {
        println!("FAILED: a class differs by more than {limit} ns");
        return ExitCode::FAILURE;
    }
    println!("no class differs by more than {limit} ns, beyond doubt");
    ExitCode::SUCCESS
}

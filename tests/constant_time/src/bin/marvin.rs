//! Times of decryptions for the analysis of the Marvin report, which is others' program: README.md says how it is run.
//!
//! ```text
//! marvin ours|rsa|josekit TUPLES FILE
//! ```
//!
//! FILE becomes its `timing.csv`: a column for each class, a row for each tuple, in ticks of the clock.

use std::fmt::Write as _;
use std::hint::black_box;

use jwe_constant_time::forge::{self, DECRYPT, Key};
use jwe_constant_time::measure::{collect, nanoseconds_per_tick, timed};
use jwe_constant_time::random::Seeded;
use jwe_constant_time::statistics::Tuples;
use jwe_primitives::{DecryptingKey, Jwe};
use rsa::Oaep;
use sha2::Sha256;

/// Bytes of content.
const CONTENT_LEN: usize = 200;

/// Tuples that are made at a time.
const CHUNK: usize = 20;

/// Times a decryption of tokens, each from its text; `decrypt` says whether one is valid.
fn tokens(key: &Key, tuples: usize, decrypt: impl Fn(&str) -> bool) -> Tuples {
    let make = |class: usize, rng: &mut Seeded| DECRYPT[class].token(rng, key, CONTENT_LEN);
    let (mut text, mut valid) = (String::with_capacity(4096), 0);
    let measured = collect(DECRYPT.len(), tuples, CHUNK, make, |tokens: &[String]| {
        let mut times = Vec::with_capacity(tokens.len());
        for token in tokens {
            text.clear();
            text.push_str(token);
            let mut result = false;
            times.push(timed(|| result = decrypt(black_box(&text))));
            valid += usize::from(result);
        }
        times
    });
    assert_eq!(valid, tuples + CHUNK, "one class is valid");
    measured
}

fn ours(tuples: usize) -> Tuples {
    let key = forge::key();
    let decrypt = |token: &str| Jwe::parse(token).and_then(|jwe| DecryptingKey::decrypt(&key.ours, &jwe)).is_ok();
    tokens(&key, tuples, decrypt)
}

/// `rsa` knows no tokens: only the encrypted key is decrypted, with blinding. It accepts some more classes.
fn rsa(tuples: usize) -> Tuples {
    let key = forge::key();
    let make = |class: usize, rng: &mut Seeded| {
        let cek = rng.bytes();
        DECRYPT[class].encrypted_key(rng, &key, &cek)
    };
    let mut generator = Seeded::new(1);
    collect(DECRYPT.len(), tuples, CHUNK, make, |messages: &[Vec<u8>]| {
        let mut times = Vec::with_capacity(messages.len());
        for message in messages {
            let mut result = None;
            times.push(timed(|| {
                let oaep = Oaep::<Sha256>::new();
                result = Some(key.numbers.decrypt_blinded(&mut generator, oaep, black_box(message)));
            }));
            black_box(&result);
        }
        times
    })
}

#[cfg(feature = "josekit")]
fn josekit(tuples: usize) -> Tuples {
    let key = forge::key();
    let decrypter = josekit::jwe::RSA_OAEP_256.decrypter_from_pem(&key.pem).expect("a key");
    tokens(&key, tuples, |token| josekit::jwe::deserialize_compact(token, &decrypter).is_ok())
}

#[cfg(not(feature = "josekit"))]
fn josekit(_: usize) -> Tuples {
    panic!("built without josekit: --features josekit")
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, who, tuples, file] = &arguments[..] else { panic!("marvin ours|rsa|josekit TUPLES FILE") };
    let tuples = tuples.parse().expect("a number");
    let measured = match who.as_str() {
        "ours" => ours(tuples),
        "rsa" => rsa(tuples),
        "josekit" => josekit(tuples),
        other => panic!("nobody to time: {other:?}"),
    };
    let names: Vec<String> = DECRYPT.iter().map(|class| class.name()).collect();
    let mut csv = names.join(",") + "\n";
    for tuple in measured.ticks.chunks(measured.classes) {
        let row: Vec<String> = tuple.iter().map(u32::to_string).collect();
        writeln!(csv, "{}", row.join(",")).expect("memory");
    }
    std::fs::write(file, csv).expect("a file");
    println!("--clock-frequency {:.3}", 1000.0 / nanoseconds_per_tick());
}

//! One table of what the library costs over its primitives, as ratios from one run.
//!
//! ```sh
//! cargo bench -p benches --bench overhead
//! JWE_BENCH_SECONDS=5 cargo bench -p benches --bench overhead    # longer
//! cargo bench -p benches --bench overhead -- dir                 # rows whose name has "dir" in it
//! ```
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::too_many_lines,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a benchmark fails by panicking, prints its result and does sums with times"
)]

mod harness;
mod baseline;

use std::sync::Barrier;
use std::time::Instant;

use baseline::{Dir, Places, payload, pem};
use harness::{Contestant, Effort, Race, quantile, show_ns, show_ratio, verdict};
use jwe_primitives::{Algorithm, ContentEncryptionKey, DecryptingKey, Header, Jwe};
use rsa::PrivateKey;
use rsa::pkcs8::DecodePrivateKey as _;

const KEY: [u8; 32] = [0x42; 32];
const RSA_KEYS: [&str; 3] = ["rsa2048-a", "rsa3072", "rsa4096"];
const SIZES: [(&str, usize); 3] = [("300 B", 300), ("16 KiB", 16 << 10), ("1 MiB", 1 << 20)];

fn main() {
    // What `cargo bench` itself says comes as flags.
    let wanted = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    let table = Table { wanted, effort: Effort::from_env() };
    println!(
        "| row | raw | raw, allocating | ours | ours, `_into` | ours ÷ raw, allocating | `_into` ÷ raw | target | |"
    );
    println!("| --- | --: | --: | --: | --: | --: | --: | --: | --- |");
    for (size, len) in SIZES {
        dir(&table, size, len);
    }
    for id in RSA_KEYS {
        rsa(&table, id);
    }
    println!();
    threads(&table);
}

struct Table {
    wanted: String,
    effort: Effort,
}

impl Table {
    fn wants(&self, row: &str) -> bool {
        row.contains(&self.wanted)
    }

    /// Times a row and prints it. Contestants: `raw`, `raw-alloc`, `ours`, `into`.
    fn row(&self, row: &str, target: Option<f64>, contestants: Vec<Contestant<'_>>) {
        if !self.wants(row) {
            return;
        }
        let race = Race::run(contestants, self.effort);
        let ours = race.ratio("ours", "raw-alloc").or_else(|| race.ratio("ours", "raw"));
        let into = race.ratio("into", "raw");
        let judged: Vec<_> = target.into_iter().flat_map(|target| [(ours, target), (into, target)]).collect();
        println!(
            "| {row} | {} | {} | {} | {} | {} | {} | {} | {} |",
            show_ns(race.ns("raw")),
            show_ns(race.ns("raw-alloc")),
            show_ns(race.ns("ours")),
            show_ns(race.ns("into")),
            show_ratio(ours),
            show_ratio(into),
            target.map_or_else(|| "–".into(), |target| format!("≤ {target}")),
            verdict(&judged),
        );
    }
}

fn header() -> Header {
    Header::new().content_type("application/json").unwrap()
}

/// `dir` under a key that is kept, and under one that comes as bytes with each message.
#[expect(clippy::too_many_lines, reason = "one row after the other")]
fn dir(table: &Table, size: &str, len: usize) {
    let target = match len {
        300 => Some(1.25),
        0x0010_0000 => Some(1.05),
        _ => None,
    };
    let (header, plaintext) = (header(), payload(len));
    let key = ContentEncryptionKey::from_bytes(&KEY).unwrap();
    let token = key.encrypt(&header, &plaintext).unwrap();
    let jwe = Jwe::parse(&token).unwrap();
    let json = jwe.unverified_header().as_json().to_owned();
    let places = Places::of(&token);
    let raw = || Dir::new(&KEY, &json, len);
    let (mut out, mut raw_out) = (vec![0; token.len()], vec![0; token.len()]);
    let mut scratch = vec![0; Jwe::SCRATCH_LEN];
    let (mut raw_1, mut raw_2) = (raw(), raw());
    assert_eq!(raw_1.encrypt(&plaintext, &mut raw_out), token.len());
    let raw_token = String::from_utf8(raw_out.clone()).unwrap();
    assert_eq!(key.decrypt(&Jwe::parse(&raw_token).unwrap()).unwrap().plaintext, plaintext);
    assert_eq!(raw_1.decrypt(token.as_bytes(), &places, &mut raw_out), plaintext);

    table.row(
        &format!("dir encrypt, {size}"),
        target,
        vec![
            Contestant::new("raw", || raw_1.encrypt(&plaintext, &mut raw_out)),
            Contestant::new("raw-alloc", || {
                let mut out = vec![0; token.len()];
                raw_2.encrypt(&plaintext, &mut out);
                String::from_utf8(out).unwrap()
            }),
            Contestant::new("ours", || key.encrypt(&header, &plaintext).unwrap()),
            Contestant::new("into", || key.encrypt_into(&header, &plaintext, &mut out).unwrap().len()),
        ],
    );
    table.row(
        &format!("dir parse and decrypt, {size}"),
        target,
        vec![
            Contestant::new("raw", || raw_1.decrypt(token.as_bytes(), &places, &mut raw_out).len()),
            Contestant::new("raw-alloc", || {
                let mut out = vec![0; len];
                raw_2.decrypt(token.as_bytes(), &places, &mut out);
                out
            }),
            Contestant::new("ours", || key.decrypt(&Jwe::parse(&token).unwrap()).unwrap()),
            Contestant::new("into", || {
                let jwe = Jwe::parse_in(&token, &mut scratch).unwrap();
                key.decrypt_into(&jwe, &mut out).unwrap().plaintext.len()
            }),
        ],
    );
    table.row(
        &format!("dir decrypt alone, {size}"),
        target,
        vec![
            Contestant::new("raw", || raw_1.decrypt(token.as_bytes(), &places, &mut raw_out).len()),
            Contestant::new("raw-alloc", || {
                let mut out = vec![0; len];
                raw_2.decrypt(token.as_bytes(), &places, &mut out);
                out
            }),
            Contestant::new("ours", || key.decrypt(&jwe).unwrap()),
            Contestant::new("into", || key.decrypt_into(&jwe, &mut out).unwrap().plaintext.len()),
        ],
    );
    table.row(
        &format!("parse alone, {size}"),
        None,
        vec![
            Contestant::new("ours", || Jwe::parse(&token).unwrap().plaintext_len()),
            Contestant::new("into", || Jwe::parse_in(&token, &mut scratch).unwrap().plaintext_len()),
        ],
    );
    if len != 300 {
        return;
    }
    table.row(
        &format!("dir encrypt, {size}, with the key schedule"),
        target,
        vec![
            Contestant::new("raw", || {
                raw_1.expand(&KEY);
                raw_1.encrypt(&plaintext, &mut raw_out)
            }),
            Contestant::new("ours", || {
                ContentEncryptionKey::from_bytes(&KEY).unwrap().encrypt(&header, &plaintext).unwrap()
            }),
            Contestant::new("into", || {
                let key = ContentEncryptionKey::from_bytes(&KEY).unwrap();
                key.encrypt_into(&header, &plaintext, &mut out).unwrap().len()
            }),
        ],
    );
    table.row(
        &format!("dir parse and decrypt, {size}, with the key schedule"),
        target,
        vec![
            Contestant::new("raw", || {
                raw_1.expand(&KEY);
                raw_1.decrypt(token.as_bytes(), &places, &mut raw_out).len()
            }),
            Contestant::new("ours", || {
                let key = ContentEncryptionKey::from_bytes(&KEY).unwrap();
                key.decrypt(&Jwe::parse(&token).unwrap()).unwrap()
            }),
            Contestant::new("into", || {
                let key = ContentEncryptionKey::from_bytes(&KEY).unwrap();
                let jwe = Jwe::parse_in(&token, &mut scratch).unwrap();
                key.decrypt_into(&jwe, &mut out).unwrap().plaintext.len()
            }),
        ],
    );
}

/// `RSA-OAEP-256` with a body of 300 bytes.
#[expect(clippy::too_many_lines, reason = "one row after the other")]
fn rsa(table: &Table, id: &str) {
    let (header, plaintext) = (header(), payload(300));
    let private = PrivateKey::from_pkcs8_pem(&pem(id)).unwrap();
    let key = DecryptingKey::from_pem(&pem(id)).unwrap();
    let public = key.encrypting_key();
    let token = public.encrypt(&header, &plaintext).unwrap().compact;
    let json = Jwe::parse(&token).unwrap().unverified_header().as_json().to_owned();
    let number = baseline::encrypted_key(&private, &token);
    let mut raw = Dir::new(&KEY, &json, 300);
    let (mut out, mut raw_out) = (vec![0; token.len()], vec![0; token.len()]);
    let mut scratch = vec![0; Jwe::SCRATCH_LEN];
    assert_eq!(baseline::rsa_oaep_encrypt(private.as_public_key(), &mut raw, &plaintext, &mut raw_out), token.len());
    let raw_token = String::from_utf8(raw_out.clone()).unwrap();
    assert_eq!(key.decrypt(&Jwe::parse(&raw_token).unwrap()).unwrap().plaintext, plaintext);
    let bits = key.modulus_bits();

    table.row(
        &format!("RSA {bits} encrypt, 300 B"),
        Some(0.7),
        vec![
            Contestant::new("raw", || {
                baseline::rsa_oaep_encrypt(private.as_public_key(), &mut raw, &plaintext, &mut raw_out)
            }),
            Contestant::new("ours", || public.encrypt(&header, &plaintext).unwrap()),
            Contestant::new("into", || public.encrypt_into(&header, &plaintext, &mut out).unwrap().compact.len()),
        ],
    );
    // Raw is the private operation of `rsa` alone; ours parses, unwraps and decrypts the whole token.
    table.row(
        &format!("RSA {bits} parse and decrypt, 300 B"),
        Some(if bits == 2048 { 0.85 } else { 1.05 }),
        vec![
            Contestant::new("raw", || baseline::rsa_private_operation(&private, &number)),
            Contestant::new("ours", || key.decrypt(&Jwe::parse(&token).unwrap()).unwrap()),
            Contestant::new("into", || {
                let jwe = Jwe::parse_in(&token, &mut scratch).unwrap();
                key.decrypt_into(&jwe, &mut out).unwrap().plaintext.len()
            }),
        ],
    );
    let jwe = Jwe::parse(&token).unwrap();
    assert_eq!(jwe.algorithm(), Algorithm::RsaOaep256);
    table.row(
        &format!("parse alone, RSA {bits}, 300 B"),
        None,
        vec![
            Contestant::new("ours", || Jwe::parse(&token).unwrap().plaintext_len()),
            Contestant::new("into", || Jwe::parse_in(&token, &mut scratch).unwrap().plaintext_len()),
        ],
    );
}

/// How much more two threads do than one, with the same key.
fn threads(table: &Table) {
    let (header, plaintext) = (header(), payload(300));
    let key = ContentEncryptionKey::from_bytes(&KEY).unwrap();
    let token = key.encrypt(&header, &plaintext).unwrap();
    let private = DecryptingKey::from_pem(&pem("rsa2048-a")).unwrap();
    let public = private.encrypting_key();
    let rsa_token = public.encrypt(&header, &plaintext).unwrap().compact;
    println!(
        "| two threads, one key, 300 B | ours: throughput ÷ one thread | without a key: the machine's own | target | |"
    );
    println!("| --- | --: | --: | --: | --- |");
    table.threads("dir encrypt", || {
        std::hint::black_box(key.encrypt(&header, &plaintext).unwrap());
    });
    table.threads("dir parse and decrypt", || {
        std::hint::black_box(key.decrypt(&Jwe::parse(&token).unwrap()).unwrap());
    });
    table.threads("RSA 2048 encrypt", || {
        std::hint::black_box(public.encrypt(&header, &plaintext).unwrap());
    });
    table.threads("RSA 2048 parse and decrypt", || {
        std::hint::black_box(private.decrypt(&Jwe::parse(&rsa_token).unwrap()).unwrap());
    });
}

impl Table {
    fn threads(&self, row: &str, operation: impl Fn() + Sync) {
        if !self.wants(row) {
            return;
        }
        // Arithmetic in registers: whatever keeps this from doubling is the machine, busy with something else.
        let control = || {
            let mut x = 1_u64;
            (0..10_000).for_each(|_| x = std::hint::black_box(x.wrapping_mul(0x5851_f42d_4c95_7f2d) ^ (x >> 7)));
            std::hint::black_box(x);
        };
        let (mut ours, mut machine) = (Vec::new(), Vec::new());
        let iterations = |operation: &(dyn Fn() + Sync)| {
            let start = Instant::now();
            let mut n = 0_u64;
            while start.elapsed().as_millis() < 15 {
                operation();
                n += 1;
            }
            n
        };
        let (n, m) = (iterations(&operation), iterations(&control));
        for _ in 0..(60.0 * self.effort.per_contestant.as_secs_f64() / 1.5) as usize + 10 {
            ours.push(scaling(&operation, n));
            machine.push(scaling(&control, m));
        }
        let show = |values: &[f64]| {
            let at = |q| quantile(values.to_vec(), q);
            format!("{:.2} ({:.2}–{:.2})", at(0.5), at(0.25), at(0.75))
        };
        let verdict = match quantile(ours.clone(), 0.5) {
            1.9.. => "reached",
            _ if quantile(machine.clone(), 0.5) < 1.9 => "machine too busy to say",
            _ => "**missed**",
        };
        println!("| {row} | {} | {} | ≥ 1.9 | {verdict} |", show(&ours), show(&machine));
    }
}

/// The throughput of two threads over that of one.
fn scaling(operation: &(dyn Fn() + Sync), iterations: u64) -> f64 {
    let one = run_threads(1, operation, iterations).min(run_threads(1, operation, iterations));
    let two = run_threads(2, operation, iterations).min(run_threads(2, operation, iterations));
    2.0 * one / two
}

/// Seconds until `threads` threads have done `iterations` each.
fn run_threads(threads: usize, operation: &(dyn Fn() + Sync), iterations: u64) -> f64 {
    let barrier = Barrier::new(threads + 1);
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    operation();
                    barrier.wait();
                    let start = Instant::now();
                    (0..iterations).for_each(|_| operation());
                    (start, Instant::now())
                })
            })
            .collect();
        barrier.wait();
        let times: Vec<_> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
        let start = times.iter().map(|(start, _)| *start).min().unwrap();
        let end = times.iter().map(|(_, end)| *end).max().unwrap();
        end.duration_since(start).as_secs_f64()
    })
}

//! Criterion's measurements: the library with allocation (`ours`), into the caller's buffers (`into`), and the raw
//! primitives on the same bytes (`raw`, see `baseline/mod.rs` for what that takes in).
//!
//! `cargo bench -p benches --bench jwe`; `plot.py` draws what this leaves in `target/criterion`. For ratios prefer
//! `cargo bench -p benches --bench overhead`, which runs the contestants in turn.
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a benchmark fails by panicking; the modules are shared"
)]

mod baseline;

use std::time::Duration;

use baseline::{Dir, Places, payload, pem};
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use jwe_primitives::{ContentEncryptionKey, DecryptingKey, Header, Jwe};
use rsa::PrivateKey;
use rsa::pkcs8::DecodePrivateKey as _;

const KEY: [u8; 32] = [0x42; 32];
const SIZES: [(&str, usize); 3] = [("300B", 300), ("16KiB", 16 << 10), ("1MiB", 1 << 20)];
const RSA_KEYS: [&str; 3] = ["rsa2048-a", "rsa3072", "rsa4096"];

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = dir, rsa
}
criterion_main!(benches);

fn bench<T>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, mut operation: impl FnMut() -> T) {
    group.bench_function(name, |bencher| bencher.iter(&mut operation));
}

fn header() -> Header {
    Header::new().content_type("application/json").unwrap()
}

fn dir(c: &mut Criterion) {
    let header = header();
    let key = ContentEncryptionKey::from_bytes(&KEY).unwrap();
    for (size, len) in SIZES {
        let plaintext = payload(len);
        let token = key.encrypt(&header, &plaintext).unwrap();
        let json = Jwe::parse(&token).unwrap().unverified_header().as_json().to_owned();
        let places = Places::of(&token);
        let mut raw = Dir::new(&KEY, &json, len);
        let (mut out, mut raw_out) = (vec![0; token.len()], vec![0; token.len()]);
        let mut scratch = vec![0; Jwe::SCRATCH_LEN];
        let bytes = Throughput::Bytes(len.try_into().unwrap());

        let mut group = c.benchmark_group(format!("dir encrypt {size}"));
        group.throughput(bytes.clone());
        bench(&mut group, "raw", || raw.encrypt(&plaintext, &mut raw_out));
        bench(&mut group, "ours", || key.encrypt(&header, &plaintext).unwrap());
        bench(&mut group, "into", || key.encrypt_into(&header, &plaintext, &mut out).unwrap().len());
        group.finish();

        let mut group = c.benchmark_group(format!("dir parse and decrypt {size}"));
        group.throughput(bytes);
        bench(&mut group, "raw", || raw.decrypt(token.as_bytes(), &places, &mut raw_out).len());
        bench(&mut group, "ours", || key.decrypt(&Jwe::parse(&token).unwrap()).unwrap());
        bench(&mut group, "into", || {
            let jwe = Jwe::parse_in(&token, &mut scratch).unwrap();
            key.decrypt_into(&jwe, &mut out).unwrap().plaintext.len()
        });
        group.finish();

        let mut group = c.benchmark_group(format!("dir parse {size}"));
        bench(&mut group, "ours", || Jwe::parse(&token).unwrap().plaintext_len());
        bench(&mut group, "into", || Jwe::parse_in(&token, &mut scratch).unwrap().plaintext_len());
        group.finish();
    }
    let mut raw = Dir::new(&KEY, "", 0);
    let mut group = c.benchmark_group("dir key");
    bench(&mut group, "raw", || raw.expand(&KEY));
    bench(&mut group, "ours", || ContentEncryptionKey::from_bytes(&KEY).unwrap());
    group.finish();
}

fn rsa(c: &mut Criterion) {
    let (header, plaintext) = (header(), payload(300));
    for id in RSA_KEYS {
        let private = PrivateKey::from_pkcs8_pem(&pem(id)).unwrap();
        let key = DecryptingKey::from_pem(&pem(id)).unwrap();
        let public = key.encrypting_key();
        let token = public.encrypt(&header, &plaintext).unwrap().compact;
        let json = Jwe::parse(&token).unwrap().unverified_header().as_json().to_owned();
        let number = baseline::encrypted_key(&private, &token);
        let mut raw = Dir::new(&KEY, &json, 300);
        let (mut out, mut raw_out) = (vec![0; token.len()], vec![0; token.len()]);
        let mut scratch = vec![0; Jwe::SCRATCH_LEN];
        let bits = key.modulus_bits();

        let mut group = c.benchmark_group(format!("RSA {bits} encrypt 300B"));
        bench(&mut group, "raw", || {
            baseline::rsa_oaep_encrypt(private.as_public_key(), &mut raw, &plaintext, &mut raw_out)
        });
        bench(&mut group, "ours", || public.encrypt(&header, &plaintext).unwrap());
        bench(&mut group, "into", || public.encrypt_into(&header, &plaintext, &mut out).unwrap().compact.len());
        group.finish();

        let mut group = c.benchmark_group(format!("RSA {bits} parse and decrypt 300B"));
        group.sample_size(20);
        bench(&mut group, "raw", || baseline::rsa_private_operation(&private, &number));
        bench(&mut group, "ours", || key.decrypt(&Jwe::parse(&token).unwrap()).unwrap());
        bench(&mut group, "into", || {
            let jwe = Jwe::parse_in(&token, &mut scratch).unwrap();
            key.decrypt_into(&jwe, &mut out).unwrap().plaintext.len()
        });
        group.finish();
    }
}

//! Criterion's measurements: how long each operation of the library takes, with allocation (`ours`) and into the caller's
//! buffers (`into`), to compare one state of the code with another (`--save-baseline`, `--baseline`).
//!
//! What the library costs over the raw primitives, and next to other libraries, is measured by `overhead.rs` and
//! `peers/`, which run the contestants in turn.
//!
//! `cargo bench -p benches --bench jwe`; `plot.py` draws what this leaves in `target/criterion`.
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

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use baseline::{payload, pem};
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use jwe_primitives::{ContentEncryptionKey, DecryptingKey, EncryptingKey, Header, Jwe, KeySet};

const KEY: [u8; 32] = [0x42; 32];
const SIZES: [(&str, usize); 3] = [("300B", 300), ("16KiB", 16 << 10), ("1MiB", 1 << 20)];
const RSA_KEYS: [&str; 3] = ["rsa2048-a", "rsa3072", "rsa4096"];

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = dir, headers, rsa, keys
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
        let mut out = vec![0; token.len()];
        let mut scratch = vec![0; Jwe::SCRATCH_LEN];
        let bytes = Throughput::Bytes(len.try_into().unwrap());

        let mut group = c.benchmark_group(format!("dir encrypt {size}"));
        group.throughput(bytes.clone());
        bench(&mut group, "ours", || key.encrypt(&header, &plaintext).unwrap());
        bench(&mut group, "into", || key.encrypt_into(&header, &plaintext, &mut out).unwrap().len());
        group.finish();

        let mut group = c.benchmark_group(format!("dir parse and decrypt {size}"));
        group.throughput(bytes);
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
    let mut group = c.benchmark_group("dir key");
    bench(&mut group, "ours", || ContentEncryptionKey::from_bytes(&KEY).unwrap());
    group.finish();
}

/// The longest headers: ordinary names, and names that differ only at their end, escaped.
fn headers(c: &mut Criterion) {
    let key = ContentEncryptionKey::from_bytes(&KEY).unwrap();
    let token = |name: &dyn Fn(usize) -> String| {
        let members: Vec<_> = (0..60).map(|index| format!(r#""{}":0"#, name(index))).collect();
        let header = format!(r#"{{"alg":"dir","enc":"A256GCM",{}}}"#, members.join(","));
        // It is read and not decrypted.
        let short = key.encrypt(&Header::new(), b"").unwrap();
        [&URL_SAFE_NO_PAD.encode(header), short.split_once('.').unwrap().1].join(".")
    };
    let ordinary = token(&|index| format!("{index:02}{}", "a".repeat(190)));
    let hostile = token(&|index| format!("{}aaaa{index:02}", r"\u0061".repeat(31)));
    assert_eq!(ordinary.len(), hostile.len());
    let mut group = c.benchmark_group("parse a header of 12 KiB");
    bench(&mut group, "ordinary", || Jwe::parse(&ordinary).unwrap().plaintext_len());
    bench(&mut group, "hostile", || Jwe::parse(&hostile).unwrap().plaintext_len());
    group.finish();
}

fn rsa(c: &mut Criterion) {
    let (header, plaintext) = (header(), payload(300));
    for id in RSA_KEYS {
        let key = DecryptingKey::from_pem(&pem(id)).unwrap();
        let public = key.encrypting_key();
        let token = public.encrypt(&header, &plaintext).unwrap().compact;
        let mut out = vec![0; token.len()];
        let mut scratch = vec![0; Jwe::SCRATCH_LEN];
        let bits = key.modulus_bits();

        let mut group = c.benchmark_group(format!("RSA {bits} encrypt 300B"));
        bench(&mut group, "ours", || public.encrypt(&header, &plaintext).unwrap());
        bench(&mut group, "into", || public.encrypt_into(&header, &plaintext, &mut out).unwrap().compact.len());
        group.finish();

        let mut group = c.benchmark_group(format!("RSA {bits} parse and decrypt 300B"));
        group.sample_size(20);
        bench(&mut group, "ours", || key.decrypt(&Jwe::parse(&token).unwrap()).unwrap());
        bench(&mut group, "into", || {
            let jwe = Jwe::parse_in(&token, &mut scratch).unwrap();
            key.decrypt_into(&jwe, &mut out).unwrap().plaintext.len()
        });
        group.finish();
    }
}

/// Keys that are read for each message, and a key that is chosen by its `kid`.
fn keys(c: &mut Criterion) {
    for id in RSA_KEYS {
        let pem = pem(id);
        let key = DecryptingKey::from_pem(&pem).unwrap();
        let (public, jwk) = (key.encrypting_key().to_pem().unwrap(), key.to_jwk().unwrap());
        let mut group = c.benchmark_group(format!("RSA {} read a key", key.modulus_bits()));
        group.sample_size(20);
        bench(&mut group, "public PEM", || EncryptingKey::from_pem(&public).unwrap());
        bench(&mut group, "private PEM", || DecryptingKey::from_pem(&pem).unwrap());
        bench(&mut group, "private JWK", || DecryptingKey::from_jwk(&jwk).unwrap());
        group.finish();
    }
    let named = |id: &str, name| DecryptingKey::from_pem(&pem(id)).unwrap().with_key_id(name).unwrap();
    let third = DecryptingKey::generate(2048).unwrap().with_key_id("c").unwrap();
    let set: KeySet<_> = [named("rsa2048-a", "a"), named("rsa2048-b", "b"), third].into_iter().collect();
    let mut group = c.benchmark_group("RSA 2048 decrypt with one of three keys");
    group.sample_size(20);
    for (name, id, is_named) in [("named", "c", true), ("first", "a", false), ("last", "c", false)] {
        let public = set.get(Some(id)).unwrap().encrypting_key().clone();
        let public = if is_named { public } else { public.without_key_id() };
        let token = public.encrypt(&header(), payload(300)).unwrap().compact;
        bench(&mut group, name, || set.decrypt(&Jwe::parse(&token).unwrap()).unwrap().plaintext.len());
    }
    group.finish();
}

//! AES-256-GCM by `aes-gcm`, for messages of some lengths, and the key schedule: nanoseconds, medians.

use std::hint::black_box;
use std::time::Instant;

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};

const HEADER: &[u8] = b"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0";

/// The median time of one call, over 61 rounds of `repetitions` calls.
fn time(repetitions: usize, mut call: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..61)
        .map(|_| {
            let start = Instant::now();
            (0..repetitions).for_each(|_| call());
            start.elapsed().as_secs_f64() * 1e9 / repetitions as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let schedule = time(5000, || drop(black_box(Aes256Gcm::new(&black_box([7; 32]).into()))));
    print!("key schedule {schedule:.0}");
    let key = Aes256Gcm::new(&[7; 32].into());
    for len in [300, 1 << 10, 16 << 10, 1 << 20] {
        let mut buffer = vec![1; len];
        let encrypt = time((3_000_000 / (len + 200)).max(3), || {
            let tag = key.encrypt_inout_detached(&[1; 12].into(), HEADER, black_box(buffer.as_mut_slice()).into());
            black_box(tag).unwrap();
        });
        print!(", {len} bytes {encrypt:.0}");
    }
    println!();
}

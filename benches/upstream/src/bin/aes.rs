//! AES-256-GCM by `aes-gcm`, for messages of some lengths, and the key schedule.

use std::hint::black_box;

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};

#[path = "../../../harness/mod.rs"]
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod harness;

use harness::{Contestant, Effort, Race, show_ns};

const HEADER: &[u8] = b"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0";

fn time<T>(operation: impl FnMut() -> T) -> String {
    show_ns(Race::run(vec![Contestant::new("it", operation)], Effort::from_env()).ns("it"))
}

fn main() {
    print!("key schedule {}", time(|| Aes256Gcm::new(&black_box([7; 32]).into())));
    let key = Aes256Gcm::new(&[7; 32].into());
    for len in [300, 1 << 10, 16 << 10, 1 << 20] {
        let mut buffer = vec![1; len];
        let encrypt = time(|| {
            let buffer = black_box(buffer.as_mut_slice());
            key.encrypt_inout_detached(&[1; 12].into(), HEADER, buffer.into()).unwrap()
        });
        print!(", {len} bytes {encrypt}");
    }
    println!();
}

//! What all peers get: the same keys, header and bodies as the benches of the crate.

use serde_json::Value;

pub const KEY: [u8; 32] = [0x42; 32];
pub const CONTENT_TYPE: &str = "application/json";

/// Something like an API's body, of `len` bytes.
pub fn payload(len: usize) -> Vec<u8> {
    br#"{"amount":"1250.00","currency":"EUR","reference":"invoice 2026-117"},"#.iter().copied().cycle().take(len).collect()
}

/// A key of `vectors/keys.json`, as PEM.
pub fn pem(id: &str, form: &str) -> String {
    let keys: Value = serde_json::from_str(include_str!("../../../vectors/keys.json")).unwrap();
    let keys = keys["keys"].as_array().unwrap();
    keys.iter().find(|key| key["id"] == id).unwrap()[form].as_str().unwrap().into()
}

/// The bytes of that PEM.
#[allow(dead_code, reason = "one of the two programs needs it")]
pub fn der(id: &str, form: &str) -> Vec<u8> {
    let digit =
        |c: u8| b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".iter().position(|d| *d == c);
    let pem = pem(id, form);
    let text: Vec<u8> = pem.lines().filter(|line| !line.starts_with('-')).flat_map(str::bytes).collect();
    let bits: Vec<usize> = text.iter().filter_map(|c| digit(*c)).collect();
    let quanta = bits.chunks(4).flat_map(|chunk| {
        let word = chunk.iter().fold(0, |word, digit| word << 6 | digit) << (6 * (4 - chunk.len()));
        [word >> 16, word >> 8, word].map(|byte| (byte & 0xff) as u8).into_iter().take(chunk.len() - 1)
    });
    quanta.collect()
}

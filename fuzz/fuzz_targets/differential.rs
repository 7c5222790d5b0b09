#![no_main]
//! `differential::run` with josekit, which has OpenSSL below it, as the peer.

use std::sync::LazyLock;

use josekit::jwe::alg::{direct::DirectJweDecrypter, rsaes::RsaesJweDecrypter};
use josekit::jwe::{Dir, JweContext, JweDecrypter, RSA_OAEP_256};
use jwe_primitives_fuzz::{differential, keys};

static DIR: LazyLock<DirectJweDecrypter> =
    LazyLock::new(|| Dir.decrypter_from_bytes(keys::dir_bytes()).expect("a good key"));
static RSA: LazyLock<RsaesJweDecrypter> =
    LazyLock::new(|| RSA_OAEP_256.decrypter_from_pem(keys::rsa_text("rsa2048-a", "pkcs8_pem")).expect("a good key"));

fn josekit(dir: bool, token: &[u8]) -> Option<Vec<u8>> {
    // josekit panics without an IV, and with one that is shorter than CBC's 16 bytes. A panic is a finding here.
    let cbc = differential::lenient_header(token).get("enc").is_some_and(|enc| enc.to_string().contains("CBC"));
    let shortest = if cbc { 22 } else { 1 };
    if token.split(|byte| *byte == b'.').nth(2).is_none_or(|iv| iv.len() < shortest) {
        return None;
    }
    let decrypter: &dyn JweDecrypter = if dir { &*DIR } else { &*RSA };
    JweContext::new().deserialize_compact(token, decrypter).ok().map(|(plaintext, _)| plaintext)
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| differential::run(data, &josekit));

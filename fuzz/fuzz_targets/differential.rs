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
    // An IV of another length than its `enc` has is skipped for this peer; `run` gives it those of A256GCM only.
    if differential::lenient_header(token).get("enc").is_some_and(|enc| enc.to_string().contains("CBC")) {
        return None;
    }
    let decrypter: &dyn JweDecrypter = if dir { &*DIR } else { &*RSA };
    JweContext::new().deserialize_compact(token, decrypter).ok().map(|(plaintext, _)| plaintext)
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| differential::run(data, &josekit));

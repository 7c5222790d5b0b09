//! Exports that `run.mjs` calls; each traps if something is wrong. There is no glue: the host gives randomness and
//! takes text.

use std::panic;

use getrandom::SysRng;
use jwe_primitives::{ContentEncryptionKey, DecryptingKey, Error, Header, Jwe};
use portability_vectors::{File, Scope, run};

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// Fills memory with random bytes.
    #[cfg(getrandom_backend = "custom")]
    fn random(start: *mut u8, len: usize);
    /// Shows a line of text.
    fn say(start: *const u8, len: usize);
}

/// What `getrandom` calls, under `--cfg getrandom_backend="custom"`.
#[cfg(getrandom_backend = "custom")]
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(start: *mut u8, len: usize) -> Result<(), getrandom::Error> {
    // SAFETY: `getrandom` hands over memory that is there to be written to.
    unsafe { random(start, len) };
    Ok(())
}

fn show(text: &str) {
    // SAFETY: this is the memory of a text that lives through the call.
    unsafe { say(text.as_ptr(), text.len()) };
}

/// To be called first: panics say what they are about.
#[unsafe(no_mangle)]
pub extern "C" fn start() {
    panic::set_hook(Box::new(|panic| show(&panic.to_string())));
}

fn vectors(file: &File) -> usize {
    let outcome = run(file, Scope::All, &mut SysRng);
    assert!(outcome.wrong.is_empty(), "{:#?}", outcome.wrong);
    assert_eq!(outcome.left_out, 0);
    outcome.ran
}

#[unsafe(no_mangle)]
pub extern "C" fn vectors_positive() -> usize {
    vectors(&File::Positive)
}

#[unsafe(no_mangle)]
pub extern "C" fn vectors_accept() -> usize {
    vectors(&File::Accept)
}

#[unsafe(no_mangle)]
pub extern "C" fn vectors_negative() -> usize {
    vectors(&File::Negative)
}

#[unsafe(no_mangle)]
pub extern "C" fn vectors_bad_keys() -> usize {
    vectors(&File::BadKeys)
}

#[unsafe(no_mangle)]
pub extern "C" fn vectors_good_keys() -> usize {
    vectors(&File::GoodKeys)
}

/// There and back directly under a key, for contents of several lengths.
#[unsafe(no_mangle)]
pub extern "C" fn dir() -> usize {
    let key = ContentEncryptionKey::generate().unwrap();
    let other = ContentEncryptionKey::generate().unwrap();
    let header = Header::new().content_type("application/json").unwrap();
    let lengths = [0, 1, 15, 16, 17, 767, 768, 769, 100_000];
    for len in lengths {
        let body = vec![0xa5; len];
        let token = key.encrypt(&header, &body).unwrap();
        let jwe = Jwe::parse(&token).unwrap();
        assert_eq!(key.decrypt(&jwe).unwrap().plaintext, body, "{len}");
        assert_eq!(other.decrypt(&jwe).unwrap_err(), Error::Decryption, "{len}");
    }
    lengths.len()
}

/// A new key of 2048 bits, there and back, through its PEM, and a response under the request's key.
#[unsafe(no_mangle)]
pub extern "C" fn rsa_2048_generated() -> usize {
    let key = DecryptingKey::generate(2048).unwrap();
    let sent = key.encrypting_key().encrypt(&Header::new(), b"hello").unwrap();
    let again = DecryptingKey::from_pem(&key.to_pem().unwrap()).unwrap();
    for key in [&key, &again] {
        let opened = key.decrypt(&Jwe::parse(&sent.compact).unwrap()).unwrap();
        assert_eq!(opened.plaintext, b"hello");
        let response = opened.cek.encrypt(&Header::new(), b"received").unwrap();
        assert_eq!(sent.cek.decrypt(&Jwe::parse(&response).unwrap()).unwrap().plaintext, b"received");
    }
    let other = DecryptingKey::generate(2048).unwrap();
    assert_eq!(other.decrypt(&Jwe::parse(&sent.compact).unwrap()).unwrap_err(), Error::Decryption);
    2
}

/// For `run.mjs` to see that a failure shows: an assertion that doesn't hold.
#[unsafe(no_mangle)]
pub extern "C" fn fails() -> usize {
    panic!("as it should")
}

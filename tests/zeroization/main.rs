//! What is left of a secret after a call: every block that is freed and the dead stack are searched for it.
//!
//! What is searched for stands in `secrets.rs`: the numbers of private keys and all that is computed from them, whole and
//! in part, in both byte orders, plain and in Montgomery form; the text of keys; the CEK, AES's round keys and GHASH's key,
//! OAEP's seed and encoded message. After success, after each error, and after a panic of the caller's generator.
//!
//! `.ci/zeroization_matrix.sh` runs this in the builds that people ship. With `--cfg jwe_no_wipe` the crate leaves the
//! stack alone and nothing fails: what is found then is what the sizes in `src/stack.rs` are made for. In any build, the
//! environment variable `JWE_ZEROIZATION_REPORT` names a file to which a line for each operation is appended.
#![cfg(test)]
#![allow(clippy::large_stack_arrays, reason = "the stack is what is searched")]
#![allow(unsafe_code, reason = "reading freed blocks and the dead stack is the point")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::string_slice,
    clippy::many_single_char_names,
    reason = "a test fails by panicking"
)]

mod generator;
mod number;
mod search;
mod secrets;

use core::hint::black_box;
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use jwe_primitives::{ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, Header, Jwe, KeySet};

use generator::{Seeded, Stop};
use search::{Needles, Place, in_use, left_behind, on_a_deep_stack, watching};
use secrets::{TestKey, cek_needles, encoded_message, oaep_needles};

/// The generator of a sender, and the one of a recipient.
const SENDER: u64 = 1;
const RECIPIENT: u64 = 2;

/// The content of the messages here.
const PLAINTEXT: &[u8; 44] = b"The true sign of intelligence, 44 bytes long";

/// What the operations with one key left behind.
struct Report {
    subject: String,
    needles: &'static Needles,
    finds: String,
    cases: usize,
}

impl Report {
    fn new(subject: &str, needles: Needles) -> Self {
        let needles = Box::leak(Box::new(needles));
        Self { subject: subject.to_owned(), needles, finds: String::new(), cases: 0 }
    }

    /// Does `work` and records everything that it leaves behind.
    fn case(&mut self, operation: &str, work: impl FnOnce()) {
        let needles = self.needles;
        self.case_with(operation, needles, work);
    }

    fn case_with(&mut self, operation: &str, needles: &'static Needles, work: impl FnOnce()) {
        let left = left_behind(needles, work);
        self.cases += 1;
        if let Some(path) = std::env::var_os("JWE_ZEROIZATION_REPORT") {
            let (finds, blocks, stack) = (left.finds.len(), left.in_blocks(), left.stack);
            let deepest = left.deepest().map_or("-".to_owned(), |deepest| deepest.to_string());
            let row = format!("{}\t{operation}\t{finds}\t{blocks}\t{deepest}\t{stack}\n", self.subject);
            std::fs::File::options().create(true).append(true).open(path).unwrap().write_all(row.as_bytes()).unwrap();
        }
        if !left.finds.is_empty() {
            writeln!(self.finds, "  {}, {operation}:\n{left}", self.subject).unwrap();
        }
    }

    /// The end of each test.
    fn nothing_left(self, at_least: usize) {
        assert!(self.cases >= at_least, "{} cases", self.cases);
        assert!(self.finds.is_empty() || cfg!(jwe_no_wipe), "left behind:\n{}", self.finds);
    }
}

/// One of our keys and a message to it, whose secrets are all known.
struct Fixture {
    key: TestKey,
    public: EncryptingKey,
    token: String,
    em: Vec<u8>,
}

impl Fixture {
    fn new(id: &str) -> Self {
        let key = TestKey::read(id);
        let public = key.private.encrypting_key().clone();
        let sent = public.encrypt_with_rng(&mut Seeded::new(SENDER), &Header::new(), PLAINTEXT).unwrap();
        let (cek, seed) = sender_secrets();
        let em = encoded_message(&cek, &seed, key.numbers.modulus_len());
        assert_eq!(sent.cek.as_bytes(), &cek, "the CEK is what the generator gave");
        let expected = key.numbers.encrypted(&em);
        if cfg!(not(feature = "aws-lc-rs")) {
            assert_eq!(Jwe::parse(&sent.compact).unwrap().encrypted_key(), expected, "this is the encoded message");
        }
        Self { key, public, token: sent.compact, em }
    }

    fn needles(&self) -> Needles {
        let (cek, seed) = sender_secrets();
        let mut needles = self.key.needles();
        needles.extend(&self.key.numbers.message_needles(&self.em));
        needles.extend(&cek_needles("CEK", &cek));
        needles.extend(&oaep_needles(&cek, &seed));
        needles.extend(&cek_needles("substitute CEK", &Seeded::first(RECIPIENT, 32).try_into().unwrap()));
        needles
    }

    /// The token with another encrypted key.
    fn with_encrypted_key(&self, encrypted_key: &[u8]) -> String {
        let mut parts: Vec<&str> = self.token.split('.').collect();
        let text = Base64UrlUnpadded::encode_string(encrypted_key);
        parts[1] = &text;
        parts.join(".")
    }

    /// The token with another last character: a wrong tag.
    fn with_a_wrong_tag(&self) -> String {
        let last = if self.token.ends_with('A') { 'Q' } else { 'A' };
        format!("{}{last}", &self.token[..self.token.len() - 1])
    }
}

/// What [`Seeded`] gives to a sender: the CEK and OAEP's seed.
fn sender_secrets() -> ([u8; 32], Vec<u8>) {
    let random = Seeded::first(SENDER, 76);
    (random[..32].try_into().unwrap(), random[32..64].to_vec())
}

/// Does `work` with a generator that stops at the first draw, at the second, and so on, until it isn't stopped.
fn at_each_draw(report: &mut Report, operation: &str, seed: u64, work: impl Fn(&mut Seeded<'_>) -> Result<(), Error>) {
    let mut draws = Seeded::new(seed);
    work(&mut draws).unwrap();
    assert!(draws.draws > 0 || cfg!(feature = "aws-lc-rs"));
    for draw in 0..draws.draws {
        report.case(&format!("{operation}, the generator fails at draw {draw}"), || {
            assert_eq!(work(&mut Seeded::stopping(seed, Stop::Fail(draw))).unwrap_err(), Error::Randomness);
        });
        report.case(&format!("{operation}, the generator panics at draw {draw}"), || {
            let work = AssertUnwindSafe(|| work(&mut Seeded::stopping(seed, Stop::Panic(draw))));
            assert!(catch_unwind(work).is_err());
        });
    }
}

fn encrypting(report: &mut Report, fixture: &Fixture) {
    let (public, header) = (&fixture.public, Header::new());
    let mut out = vec![0; public.compact_len(&header, PLAINTEXT.len())];
    report.case("encrypt", || {
        drop(public.encrypt_with_rng(&mut Seeded::new(SENDER), &header, PLAINTEXT).unwrap());
    });
    report.case("encrypt_into", || {
        drop(public.encrypt_into_with_rng(&mut Seeded::new(SENDER), &header, PLAINTEXT, &mut out).unwrap().cek);
    });
    report.case("encrypt_into, too small a buffer", || {
        let result = public.encrypt_into_with_rng(&mut Seeded::new(SENDER), &header, PLAINTEXT, &mut [0; 9]).map(drop);
        assert_eq!(result.unwrap_err(), Error::BufferTooSmall);
    });
    let long = Header::new().param("x", &*"x".repeat(12_100)).unwrap();
    let named = public.clone().with_key_id(&"k".repeat(1000)).unwrap();
    report.case("encrypt, too long a header", || {
        let result = named.encrypt_with_rng(&mut Seeded::new(SENDER), &long, PLAINTEXT);
        assert_eq!(result.unwrap_err(), Error::HeaderTooLong);
    });
    at_each_draw(report, "encrypt", SENDER, |rng| public.encrypt_with_rng(rng, &header, PLAINTEXT).map(drop));
}

fn decrypting(report: &mut Report, fixture: &Fixture) {
    let private = &fixture.key.private;
    let jwe = Jwe::parse(&fixture.token).unwrap();
    let mut out = vec![0; PLAINTEXT.len()];
    let mut scratch = vec![0; Jwe::SCRATCH_LEN];
    let decrypt = |jwe: &Jwe<'_>| private.decrypt_with_rng(&mut Seeded::new(RECIPIENT), jwe).map(drop);
    report.case("parse", || drop(Jwe::parse(&fixture.token).unwrap()));
    report.case("parse_in", || drop(Jwe::parse_in(&fixture.token, &mut scratch).unwrap()));
    report.case("decrypt", || decrypt(&jwe).unwrap());
    report.case("decrypt_into", || {
        drop(private.decrypt_into_with_rng(&mut Seeded::new(RECIPIENT), &jwe, &mut out).unwrap().cek);
    });
    report.case("decrypt_into, too small a buffer", || {
        let result = private.decrypt_into_with_rng(&mut Seeded::new(RECIPIENT), &jwe, &mut [0; 9]).map(drop);
        assert_eq!(result.unwrap_err(), Error::BufferTooSmall);
    });
    let mut em = fixture.em.clone();
    em[7] ^= 1;
    let mut wrong_oaep = fixture.key.numbers.message_needles(&em);
    wrong_oaep.extend(report.needles);
    let wrong_oaep: &'static Needles = Box::leak(Box::new(wrong_oaep));
    let wrong = fixture.with_encrypted_key(&fixture.key.numbers.encrypted(&em));
    report.case_with("decrypt, wrong OAEP", wrong_oaep, || {
        assert_eq!(decrypt(&Jwe::parse(&wrong).unwrap()).unwrap_err(), Error::Decryption);
    });
    for (operation, token) in [
        ("decrypt, wrong tag", fixture.with_a_wrong_tag()),
        ("decrypt, encrypted key not below n", fixture.with_encrypted_key(&vec![0xff; fixture.em.len()])),
        ("decrypt, encrypted key 0", fixture.with_encrypted_key(&vec![0; fixture.em.len()])),
        ("decrypt, encrypted key too short", fixture.with_encrypted_key(&vec![1; fixture.em.len() - 1])),
        (
            "decrypt, ciphertext is not base64url",
            fixture.token.rsplit_once('.').map(|(a, b)| format!("{a}+.{b}")).unwrap(),
        ),
    ] {
        report.case(operation, || {
            let result = decrypt(&Jwe::parse(&token).unwrap());
            assert!(result.is_err());
        });
    }
    at_each_draw(report, "decrypt", RECIPIENT, |rng| private.decrypt_with_rng(rng, &jwe).map(drop));
}

fn unwrapped_elsewhere(report: &mut Report, fixture: &Fixture) {
    let jwe = Jwe::parse(&fixture.token).unwrap();
    let unwrap = |rng: &mut Seeded<'_>, cek: Option<&[u8]>| jwe.decrypt_unwrapped_with_rng(rng, cek).map(drop);
    let cek: &'static [u8; 32] = Box::leak(Box::new(sender_secrets().0));
    report.case("decrypt_unwrapped", || unwrap(&mut Seeded::new(RECIPIENT), Some(cek)).unwrap());
    for (operation, cek) in [("none", None), ("too short", Some(&cek[1..])), ("wrong", Some(&[7; 32][..]))] {
        report.case(&format!("decrypt_unwrapped, {operation}"), || {
            assert_eq!(unwrap(&mut Seeded::new(RECIPIENT), cek).unwrap_err(), Error::Decryption);
        });
    }
    at_each_draw(report, "decrypt_unwrapped", RECIPIENT, |rng| unwrap(rng, Some(cek)));
}

/// `text` with its last digit or letter before `at` from the end replaced.
fn damaged(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[expect(clippy::too_many_lines, reason = "one case after the other")]
fn reading(report: &mut Report, fixture: &Fixture) {
    let key = &fixture.key;
    let (pem, jwk) = (&*key.pkcs8_pem, &*key.jwk);
    let der = fixture.key.private.to_der().unwrap().to_vec();
    let base64 = Base64::encode_string(&der);
    let jwks = format!(r#"{{"keys":[{jwk}]}}"#);
    report.case("from_pem, PKCS#8", || drop(DecryptingKey::from_pem(pem).unwrap()));
    if let Some(pem) = &key.pkcs1_pem {
        report.case("from_pem, PKCS#1", || drop(DecryptingKey::from_pem(pem).unwrap()));
    }
    report.case("from_der", || drop(DecryptingKey::from_der(&der).unwrap()));
    report.case("from_base64_der", || drop(DecryptingKey::from_base64_der(&base64).unwrap()));
    report.case("from_jwk", || drop(DecryptingKey::from_jwk(jwk).unwrap()));
    report.case("from_jwks", || drop(KeySet::<DecryptingKey>::from_jwks(&jwks).unwrap()));
    let lax = pem.replace('\n', " \r\n\t");
    report.case("from_pem, blanks", || drop(DecryptingKey::from_pem(&lax).unwrap()));
    let lines = base64.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect::<Vec<_>>().join("\n");
    report.case("from_base64_der, lines", || drop(DecryptingKey::from_base64_der(&lines).unwrap()));
    let escaped = jwk.replace('A', "\\u0041");
    report.case("from_jwk, escaped", || drop(DecryptingKey::from_jwk(&escaped).unwrap()));
    let mixed = format!(r#"{{"keys":[{{"kty":"EC"}},{jwk},1]}}"#);
    report.case("from_jwks, foreign entries", || {
        let (keys, skipped) = KeySet::<DecryptingKey>::from_jwks_with_skipped(&mixed).unwrap();
        assert_eq!((keys.len(), skipped.len()), (1, 2));
    });
    report.case("a key that is cloned in part", || {
        let private = DecryptingKey::from_der(&der).unwrap();
        drop(private.encrypting_key().clone());
    });
    // Each failure as late as it can come.
    let trailing = [&*der, &[0]].concat();
    report.case("from_der, a byte too many", || assert!(DecryptingKey::from_der(&trailing).is_err()));
    report.case("from_der, cut", || assert!(DecryptingKey::from_der(&der[..der.len() - 1]).is_err()));
    for (name, at) in
        [("qInv", der.len() - 9), ("dQ", der.len() * 4 / 5), ("p", der.len() * 5 / 9), ("d", der.len() / 3)]
    {
        let mut wrong = der.clone();
        wrong[at] ^= 0x10;
        report.case(&format!("from_der, wrong {name}"), || assert!(DecryptingKey::from_der(&wrong).is_err()));
    }
    let wrong = damaged(&base64, &base64[base64.len() - 20..base64.len() - 10], "!!!!!!!!!!");
    report.case("from_base64_der, not base64", || assert!(DecryptingKey::from_base64_der(&wrong).is_err()));
    let wrong = damaged(pem, "\n-----END", "!\n-----END");
    report.case("from_pem, not base64", || assert!(DecryptingKey::from_pem(&wrong).is_err()));
    let wrong = damaged(pem, "-----END PRIVATE KEY", "-----END PUBLIC KEY");
    report.case("from_pem, labels differ", || assert!(DecryptingKey::from_pem(&wrong).is_err()));
    for (name, wrong) in [
        ("two blocks", [pem, pem].concat()),
        ("no line breaks", pem.replace('\n', "")),
        ("escaped line breaks", pem.replace('\n', "\\n")),
        ("another label", pem.replace("PRIVATE", "RSA PRIVATE")),
        ("cut", pem[..pem.len() / 2].to_owned()),
    ] {
        report.case(&format!("from_pem, {name}"), || assert!(DecryptingKey::from_pem(&wrong).is_err()));
        report.case(&format!("from_jwk of PEM, {name}"), || assert!(DecryptingKey::from_jwk(&wrong).is_err()));
    }
    for (name, from, to) in [
        ("qi too long", "\"qi\":\"", "\"qi\":\"AA"),
        ("qi not base64url", "\"qi\":\"", "\"qi\":\"+A"),
        ("no qi", "\"qi\":\"", "\"qj\":\""),
        ("wrong p", "\"p\":\"", "\"p\":\"zzzz"),
        ("no object", "{", "[{"),
    ] {
        let wrong = damaged(jwk, from, to);
        report.case(&format!("from_jwk, {name}"), || assert!(DecryptingKey::from_jwk(&wrong).is_err()));
        let wrong = damaged(&jwks, from, to);
        report.case(&format!("from_jwks, {name}"), || assert!(KeySet::<DecryptingKey>::from_jwks(&wrong).is_err()));
    }
    report.case("a private key read as a public one, DER", || assert!(EncryptingKey::from_der(&der).is_err()));
    report.case("a private key read as a public one, PEM", || assert!(EncryptingKey::from_pem(pem).is_err()));
    report.case("a private key read as a public one, JWK", || assert!(EncryptingKey::from_jwk(jwk).is_err()));
}

fn writing(report: &mut Report, fixture: &Fixture) {
    let private = &fixture.key.private;
    report.case("to_pem", || drop(private.to_pem().unwrap()));
    report.case("to_der", || drop(private.to_der().unwrap()));
    report.case("to_jwk", || drop(private.to_jwk().unwrap()));
    report.case("to_base64_der", || drop(private.to_base64_der().unwrap()));
    let again = || DecryptingKey::from_der(&private.to_der().unwrap()).unwrap();
    let set: KeySet<DecryptingKey> = [again(), again()].into_iter().collect();
    report.case("to_jwks", || drop(set.to_jwks().unwrap()));
}

/// Generates the key of this id: the generator gives its primes, which a search would take minutes to find.
fn generating(id: &'static str, extent: Extent) {
    on_a_deep_stack(move || {
        let key = TestKey::read(id);
        let primes = key.numbers.primes();
        let mut report = Report::new(&format!("generated {id}"), key.needles());
        let make = |stop| {
            let mut rng = Seeded::feeding(&primes, stop);
            let made = DecryptingKey::generate_with_rng(&mut rng, key.numbers.modulus_len() * 8);
            (made, rng.draws)
        };
        let (mut thumbprint, mut draws) = (None, 0);
        report.case("generate", || {
            let (key, last) = make(Stop::Never);
            (thumbprint, draws) = (Some(key.unwrap().encrypting_key().thumbprint()), last);
        });
        assert_eq!(thumbprint, Some(key.private.encrypting_key().thumbprint()), "its primes make the key");
        for draw in (0..draws).filter(|_| extent == Extent::Whole) {
            report.case(&format!("generate, the generator fails at draw {draw}"), || {
                assert_eq!(make(Stop::Fail(draw)).0.unwrap_err(), Error::Randomness);
            });
            report.case(&format!("generate, the generator panics at draw {draw}"), || {
                let work = AssertUnwindSafe(|| make(Stop::Panic(draw)).0.map(drop));
                assert!(catch_unwind(work).is_err());
            });
        }
        report.nothing_left(if extent == Extent::Whole { 5 } else { 1 });
    });
}

/// How much is tried with a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    /// Each operation, and its latest failure: for sizes that take seconds in a build without optimization.
    Brief,
}

fn brief(report: &mut Report, fixture: &Fixture) {
    let private = &fixture.key.private;
    let jwe = Jwe::parse(&fixture.token).unwrap();
    let decrypt = |jwe: &Jwe<'_>, stop| private.decrypt_with_rng(&mut Seeded::stopping(RECIPIENT, stop), jwe).map(drop);
    report.case("encrypt", || {
        drop(fixture.public.encrypt_with_rng(&mut Seeded::new(SENDER), &Header::new(), PLAINTEXT).unwrap());
    });
    let mut rng = Seeded::new(RECIPIENT);
    report.case("decrypt", || drop(private.decrypt_with_rng(&mut rng, &jwe).unwrap()));
    let last = rng.draws - 1;
    let wrong = fixture.with_a_wrong_tag();
    report.case("decrypt, wrong tag", || {
        assert_eq!(decrypt(&Jwe::parse(&wrong).unwrap(), Stop::Never).unwrap_err(), Error::Decryption);
    });
    report.case("decrypt, the generator fails at the last draw", || {
        assert_eq!(decrypt(&jwe, Stop::Fail(last)).unwrap_err(), Error::Randomness);
    });
    report.case("decrypt, the generator panics at the last draw", || {
        assert!(catch_unwind(AssertUnwindSafe(|| decrypt(&jwe, Stop::Panic(last)))).is_err());
    });
    let jwks = format!(r#"{{"keys":[{}]}}"#, fixture.key.jwk);
    report.case("from_pem", || drop(DecryptingKey::from_pem(&fixture.key.pkcs8_pem).unwrap()));
    report.case("from_jwks", || drop(KeySet::<DecryptingKey>::from_jwks(&jwks).unwrap()));
    let mut wrong = private.to_der().unwrap().to_vec();
    let at = wrong.len() - 9;
    wrong[at] ^= 0x10;
    report.case("from_der, wrong qInv", || assert!(DecryptingKey::from_der(&wrong).is_err()));
}

/// All that can be done with an RSA key.
fn rsa(id: &'static str, extent: Extent) {
    on_a_deep_stack(move || {
        let fixture = Fixture::new(id);
        let mut report = Report::new(id, fixture.needles());
        if extent == Extent::Whole {
            encrypting(&mut report, &fixture);
            decrypting(&mut report, &fixture);
            unwrapped_elsewhere(&mut report, &fixture);
            reading(&mut report, &fixture);
        } else {
            brief(&mut report, &fixture);
        }
        writing(&mut report, &fixture);
        let private = fixture.key.private;
        report.case("drop", move || drop(private));
        report.nothing_left(if extent == Extent::Whole { 60 } else { 12 });
    });
}

#[test]
fn rsa_2048() {
    rsa("rsa2048-a", Extent::Whole);
}

#[test]
fn rsa_2048_with_exponent_3() {
    rsa("rsa2048-e3", Extent::Brief);
}

#[test]
fn rsa_2056() {
    rsa("rsa2056", Extent::Whole);
}

#[test]
fn rsa_3072() {
    rsa("rsa3072", Extent::Whole);
}

#[test]
fn rsa_4096() {
    rsa("rsa4096", Extent::Brief);
}

#[test]
fn rsa_6144() {
    rsa("rsa6144", Extent::Brief);
}

#[test]
fn rsa_8192() {
    rsa("rsa8192", Extent::Brief);
}

#[test]
fn generated_2048() {
    generating("rsa2048-a", Extent::Whole);
}

#[test]
fn generated_3072() {
    generating("rsa3072", Extent::Brief);
}

#[test]
fn generated_4096() {
    generating("rsa4096", Extent::Brief);
}

#[test]
fn generated_8192() {
    generating("rsa8192", Extent::Brief);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one case after the other")]
fn shared_key() {
    on_a_deep_stack(|| {
        let secret: [u8; 32] = Seeded::first(SENDER, 32).try_into().unwrap();
        let secret: &'static [u8; 32] = Box::leak(Box::new(secret));
        let mut needles = cek_needles("CEK", secret);
        let text = Base64UrlUnpadded::encode_string(secret);
        needles.add("JWK", text.as_bytes());
        let mut report = Report::new("dir", needles);
        let header = Header::new();
        let key = ContentEncryptionKey::from_bytes(secret).unwrap();
        let token = key.encrypt_with_rng(&mut Seeded::new(RECIPIENT), &header, PLAINTEXT).unwrap();
        let jwe = Jwe::parse(&token).unwrap();
        let mut out = vec![0; 1024];
        report.case("from_bytes", || drop(ContentEncryptionKey::from_bytes(secret).unwrap()));
        report.case("from_bytes, too few", || assert!(ContentEncryptionKey::from_bytes(&secret[1..]).is_err()));
        report.case("with_key_id", || {
            drop(ContentEncryptionKey::from_bytes(secret).unwrap().with_key_id("a").unwrap());
        });
        report.case("with_key_id, too long", || {
            assert!(ContentEncryptionKey::from_bytes(secret).unwrap().with_key_id(&"x".repeat(1025)).is_err());
        });
        at_each_draw(&mut report, "generate", SENDER, |rng| ContentEncryptionKey::generate_with_rng(rng).map(drop));
        report.case("generate", || {
            drop(ContentEncryptionKey::generate_with_rng(&mut Seeded::new(SENDER)).unwrap());
        });
        for len in [0, 1, 300, 900_000] {
            let plaintext = vec![7; len];
            let token = key.encrypt_with_rng(&mut Seeded::new(RECIPIENT), &header, &plaintext).unwrap();
            let jwe = Jwe::parse(&token).unwrap();
            report.case(&format!("encrypt, {len} bytes"), || {
                drop(key.encrypt_with_rng(&mut Seeded::new(RECIPIENT), &header, &plaintext).unwrap());
            });
            report.case(&format!("decrypt, {len} bytes"), || drop(key.decrypt(&jwe).unwrap()));
        }
        at_each_draw(&mut report, "encrypt", RECIPIENT, |rng| key.encrypt_with_rng(rng, &header, PLAINTEXT).map(drop));
        report.case("encrypt_into", || {
            key.encrypt_into_with_rng(&mut Seeded::new(RECIPIENT), &header, PLAINTEXT, &mut out).unwrap();
        });
        report.case("decrypt_into", || assert!(key.decrypt_into(&jwe, &mut out).is_ok()));
        report.case("decrypt_into, too small a buffer", || {
            assert_eq!(key.decrypt_into(&jwe, &mut [0; 9]).unwrap_err(), Error::BufferTooSmall);
        });
        let last = if token.ends_with('A') { 'Q' } else { 'A' };
        let wrong = format!("{}{last}", &token[..token.len() - 1]);
        report.case("decrypt, wrong tag", || {
            assert_eq!(key.decrypt(&Jwe::parse(&wrong).unwrap()).map(drop).unwrap_err(), Error::Decryption);
        });
        let jwk = format!(r#"{{"kty":"oct","k":"{text}"}}"#);
        report.case("from_jwk", || drop(ContentEncryptionKey::from_jwk(&jwk).unwrap()));
        report.case("to_jwk", || drop(key.to_jwk().unwrap()));
        let short = jwk.replace(&text, &text[..42]);
        report.case("from_jwk, too short", || assert!(ContentEncryptionKey::from_jwk(&short).is_err()));
        report.case("drop", move || drop(key));
        report.nothing_left(25);
    });
}

/// Drops the handles one after the other: the key is in memory until the last of them goes, and gone then.
fn handles<K>(report: &mut Report, handles: Vec<K>, name: &str, mut is_of_use: impl FnMut(&K)) {
    let is_there = |needles| in_use(needles).iter().any(|found| found.contains(name));
    let mut handles = handles.into_iter();
    while let Some(handle) = handles.next() {
        assert!(is_there(report.needles), "{name} is in memory as long as there is a handle");
        is_of_use(&handle);
        report.case(&format!("drop of a handle, {} left", handles.len()), || drop(handle));
    }
    assert!(!is_there(report.needles), "{name} is not in memory any more: {:?}", in_use(report.needles));
}

#[test]
fn a_key_is_in_memory_until_its_last_handle_goes() {
    on_a_deep_stack(|| {
        let fixture = Fixture::new("rsa2048-a");
        let jwe = Jwe::parse(&fixture.token).unwrap();
        let mut report = Report::new("handles", fixture.needles());
        let keys = watching(|| {
            let key = DecryptingKey::from_pem(&fixture.key.pkcs8_pem).unwrap();
            vec![key.clone(), key.clone().with_key_id("a").unwrap(), key.without_key_id()]
        });
        handles(&mut report, keys, "p", |key| drop(key.decrypt_with_rng(&mut Seeded::new(RECIPIENT), &jwe).unwrap()));
        // As a service swaps its set.
        let sets = watching(|| {
            let old = KeySet::from_iter([DecryptingKey::from_pem(&fixture.key.pkcs8_pem).unwrap()]);
            vec![old.clone(), old]
        });
        handles(&mut report, sets, "p", |set| drop(set.decrypt_with_rng(&mut Seeded::new(RECIPIENT), &jwe).unwrap()));
        let (cek, _) = sender_secrets();
        let keys = watching(|| {
            let key = ContentEncryptionKey::from_bytes(&cek).unwrap();
            vec![key.clone(), key.clone().with_key_id("a").unwrap(), key]
        });
        handles(&mut report, keys, "CEK", |key| assert_eq!(key.as_bytes(), &cek));
        report.nothing_left(8);
    });
}

/// Every kind of needle is found where it is planted: in a freed block and on the dead stack, at any alignment.
#[test]
fn the_search_finds_each_needle() {
    on_a_deep_stack(|| {
        let needles: &'static Needles = Box::leak(Box::new(Fixture::new("rsa2048-a").needles()));
        let samples = needles.samples();
        let named: Vec<&str> = needles.names().collect();
        for kind in
            ["EM * R mod n, R = 2^2048, little-endian", "p, big-endian", "JWK d", "CEK, GHASH key", "seed", "DB"]
        {
            assert!(samples.contains_key(kind), "{kind} in {named:?}");
        }
        for (name, stretch) in &samples {
            for alignment in 0..2 {
                let heap = left_behind(needles, || {
                    let mut block = black_box(vec![0_u8; 100 + alignment]);
                    block[50 + alignment..66 + alignment].copy_from_slice(stretch);
                    drop(black_box(block));
                });
                assert!(heap.names(Place::Heap).contains(name), "{name} in a freed block");
                let stack = left_behind(needles, || {
                    let mut frame = [0_u8; 100];
                    black_box(&mut frame)[50 + alignment..66 + alignment].copy_from_slice(stretch);
                    black_box(&mut frame);
                });
                assert!(stack.names(Place::Stack).contains(name), "{name} on the stack");
                assert!(stack.deepest().is_some_and(|deepest| (16..4096).contains(&deepest)));
            }
        }
        assert!(samples.len() > 100 && needles.len() > 1000, "{}", samples.len());
    });
}

/// A part is enough, wherever it begins, and so is what blinding makes of a number.
#[test]
fn the_search_finds_halves_and_blinded_numbers() {
    on_a_deep_stack(|| {
        let key = TestKey::read("rsa2048-a");
        let needles: &'static Needles = Box::leak(Box::new(key.needles()));
        let found = |secret: &[u8]| {
            let left = left_behind(needles, || {
                let block = black_box(secret.to_vec());
                drop(black_box(block));
            });
            left.names(Place::Heap).join(", ")
        };
        for (name, number) in key.numbers.named() {
            for (order, bytes) in [("little", number.to_le(number.len())), ("big", number.to_be(number.len()))] {
                let (first, second) = bytes.split_at(bytes.len() / 2);
                for part in [&*bytes, first, second, &bytes[1..bytes.len() - 1], &bytes[7..39]] {
                    assert!(found(part).contains(name), "{name}, {order}-endian: {}", found(part));
                }
            }
        }
        let [multiple, dp, d] = key.numbers.blinded();
        assert_eq!(found(&multiple), "a multiple of p");
        assert_eq!(found(&[&[1; 8][..], &dp].concat()), "dP blinded");
        assert_eq!(found(&d), "d blinded");
        assert_eq!(found(&[0; 4096]), "");
    });
}

#[test]
fn the_search_finds_nothing_where_nothing_is() {
    on_a_deep_stack(|| {
        let needles: &'static Needles = Box::leak(Box::new(Fixture::new("rsa2048-a").needles()));
        let left = left_behind(needles, || drop(black_box(vec![1_u8; 100_000])));
        assert!(left.finds.is_empty() && left.blocks == 1 && left.stack < 4096, "{left:?}");
    });
}

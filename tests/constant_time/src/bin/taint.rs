//! Layer (a): one case with its secrets marked, for memcheck. `taint` alone lists the cases.
//!
//! Each case marks secrets, runs one operation of the crate, and declassifies only what the operation gave back. What
//! memcheck reports in between is judged by ../../taint.py.

use std::ops::Range;

use jwe_constant_time::forge::{self, Class, FAILURES, K, Key, MESSAGES};
use jwe_constant_time::random::Seeded;
use jwe_constant_time::valgrind::{declassify, present, taint, taint_number, tainted, unreported};
use jwe_primitives::{ContentEncryptionKey, DecryptingKey, Error, Header, Jwe, internals};
use rsa::BoxedUint;
use rsa::traits::PrivateKeyParts as _;

const CONTENT: &[u8] = b"three blocks of content, and the beginning of another";

fn cases() -> Vec<(String, Box<dyn FnOnce()>)> {
    let mut cases: Vec<(String, Box<dyn FnOnce()>)> = Vec::new();
    let mut add = |name: String, case: Box<dyn FnOnce()>| cases.push((name, case));
    for class in MESSAGES {
        add(format!("oaep_decode/{}", class.name()), Box::new(move || oaep_decode(class)));
    }
    add("oaep_encode".into(), Box::new(oaep_encode));
    add("cek/generate".into(), Box::new(cek_generate));
    for class in [Class::Success, Class::WrongTag] {
        add(format!("dir_decrypt/{}", class.name()), Box::new(move || dir_decrypt(class)));
        add(format!("decrypt_unwrapped/{}", class.name()), Box::new(move || decrypt_unwrapped(class)));
    }
    add("dir_encrypt".into(), Box::new(dir_encrypt));
    add("encrypt".into(), Box::new(encrypt));
    for class in [Class::Success].into_iter().chain(FAILURES) {
        add(format!("decrypt/{}", class.name()), Box::new(move || decrypt(class)));
    }
    add("import/oct_jwk".into(), Box::new(import_oct_jwk));
    add("export/oct_jwk".into(), Box::new(export_oct_jwk));
    for form in ["pkcs8_der", "pkcs8_pem", "pkcs8_base64", "jwk", "escaped_jwk"] {
        add(format!("import/{form}"), Box::new(move || import(form)));
    }
    for form in ["pkcs8_der", "pkcs8_pem", "jwk"] {
        add(format!("export/{form}"), Box::new(move || export(form)));
    }
    cases
}

fn oaep_decode(class: Class) {
    let mut rng = Seeded::new(1);
    let (cek, mut decoded) = (rng.bytes::<32>(), rng.bytes::<32>());
    let expected = if class.unwraps() { cek } else { decoded };
    let mut em = class.encoded_message(&mut rng, &cek);
    taint(&em);
    taint(&decoded);
    internals::oaep_decode(&mut em, &mut decoded);
    assert!(tainted(&decoded), "the taint was lost");
    declassify(&decoded);
    assert_eq!(decoded, expected);
}

fn oaep_encode() {
    let mut rng = Seeded::new(1);
    let (cek, seed, mut em) = (rng.bytes::<32>(), rng.bytes::<32>(), [0; K]);
    taint(&cek);
    taint(&seed);
    internals::oaep_encode(&mut em, &cek, &seed).expect("a length that fits");
    assert!(tainted(&em[1..]), "the taint was lost");
    declassify(&em);
    declassify(&cek);
    let mut decoded = [0; 32];
    internals::oaep_decode(&mut em, &mut decoded);
    assert_eq!(decoded, cek);
}

fn cek_generate() {
    let key = ContentEncryptionKey::generate_with_rng(&mut Seeded::new(1).tainting(32)).expect("a key");
    assert!(tainted(key.as_bytes()), "the taint was lost");
}

/// A key whose bytes are secret, and the same again without a mark.
fn secret_cek() -> (ContentEncryptionKey, ContentEncryptionKey) {
    let bytes = Seeded::new(1).bytes::<32>();
    let public = ContentEncryptionKey::from_bytes(&bytes).expect("32 bytes");
    taint(&bytes);
    let secret = ContentEncryptionKey::from_bytes(&bytes).expect("32 bytes");
    assert!(tainted(secret.as_bytes()), "the taint was lost");
    (secret, public)
}

/// What an operation with the class's token has to say.
fn check(class: Class, opened: Result<Vec<u8>, Error>) {
    match (class, opened) {
        (Class::Success, Ok(plaintext)) => {
            assert!(tainted(&plaintext), "the taint was lost");
            declassify(&plaintext);
            assert_eq!(plaintext, CONTENT);
        }
        (Class::Success, Err(error)) => panic!("{error}"),
        // Not `==`, whose code is the crate's: the error is declassified.
        (_, opened) => assert!(matches!(opened, Err(Error::Decryption))),
    }
}

fn dir_decrypt(class: Class) {
    let (secret, public) = secret_cek();
    let token = forge::dir_token(&mut Seeded::new(2), &public, CONTENT, class);
    check(class, secret.decrypt(&Jwe::parse(&token).expect("a token")).map(|opened| opened.plaintext));
}

fn decrypt_unwrapped(class: Class) {
    let key = forge::key();
    let sent = key.ours.encrypting_key().encrypt_with_rng(&mut Seeded::new(2), &Header::new(), CONTENT);
    let sent = sent.expect("a token");
    let jwe = Jwe::parse(&sent.compact).expect("a token");
    let returned = *sent.cek.as_bytes();
    taint(&returned);
    // For a wrong result the substitute opens the content, and it is secret too.
    let returned = if class == Class::Success { &returned[..] } else { &returned[..31] };
    let opened = jwe.decrypt_unwrapped_with_rng(&mut Seeded::new(3).tainting(32), Some(returned));
    check(class, opened.map(|opened| opened.plaintext));
}

fn dir_encrypt() {
    let (secret, public) = secret_cek();
    let content = CONTENT.to_vec();
    taint(&content);
    let token = secret.encrypt_with_rng(&mut Seeded::new(2), &Header::new(), &content).expect("a token");
    declassify(token.as_bytes());
    let opened = public.decrypt(&Jwe::parse(&token).expect("a token")).expect("the content");
    assert_eq!(opened.plaintext, CONTENT);
}

fn encrypt() {
    let key = forge::key();
    let content = CONTENT.to_vec();
    taint(&content);
    // CEK and seed are secret, the IV after them isn't.
    let mut rng = Seeded::new(2).tainting(64);
    let sent = key.ours.encrypting_key().encrypt_with_rng(&mut rng, &Header::new(), &content).expect("a token");
    assert!(tainted(sent.cek.as_bytes()), "the taint was lost");
    declassify(sent.compact.as_bytes());
    let jwe = Jwe::parse(&sent.compact).expect("a token");
    assert_eq!(key.ours.decrypt_with_rng(&mut Seeded::new(3), &jwe).expect("the content").plaintext, CONTENT);
}

/// Everything at once: the key's numbers, the blinding and the substitute are secret.
fn decrypt(class: Class) {
    let Key { ours, pem, .. } = forge::key();
    let sent = ours.encrypting_key().encrypt_with_rng(&mut Seeded::new(2), &Header::new(), CONTENT).expect("a token");
    let token = match class {
        Class::Success => sent.compact,
        class => class.token(&mut Seeded::new(4), &forge::key(), CONTENT.len()),
    };
    let der = secret_der(&forge::key());
    drop(pem);
    let secret = unreported(|| DecryptingKey::from_der(&der)).expect("a key");
    let jwe = Jwe::parse(&token).expect("a token");
    let opened = secret.decrypt_with_rng(&mut Seeded::new(3).tainting(usize::MAX), &jwe);
    if let Ok(opened) = &opened {
        assert!(tainted(opened.cek.as_bytes()), "the taint was lost");
    }
    check(class, opened.map(|opened| opened.plaintext));
}

fn import_oct_jwk() {
    let bytes = Seeded::new(1).bytes::<32>();
    let jwk = format!(r#"{{"kty":"oct","k":"{}","kid":"a"}}"#, forge::base64url(&bytes));
    taint_members(&jwk, &["k"], 0);
    let key = ContentEncryptionKey::from_jwk(&jwk).expect("a key");
    assert!(tainted(key.as_bytes()), "the taint was lost");
    declassify(key.as_bytes());
    assert_eq!(key.as_bytes(), &bytes);
}

fn export_oct_jwk() {
    let (secret, _) = secret_cek();
    let jwk = secret.to_jwk().expect("a text");
    declassify(jwk.as_bytes());
    assert!(jwk.contains(r#""k":""#));
}

/// The private members of an RSA key as a JWK.
const SECRETS: [&str; 6] = ["d", "p", "q", "dp", "dq", "qi"];

fn import(form: &str) {
    let key = forge::key();
    let imported = match form {
        "pkcs8_der" => DecryptingKey::from_der(&secret_der(&key)),
        "pkcs8_pem" => DecryptingKey::from_pem(&secret_base64(&key, key.pem.clone())),
        "pkcs8_base64" => DecryptingKey::from_base64_der(&secret_base64(&key, body(&key.pem).replace('\n', ""))),
        _ => {
            let jwk = String::from(&**key.ours.to_jwk().expect("a text"));
            // The first two characters, which tell how long a number is, are public; escaped, they are twelve.
            let (jwk, public) = if form == "escaped_jwk" { (escaped(jwk, &SECRETS), 12) } else { (jwk, 2) };
            taint_members(&jwk, &SECRETS, public);
            DecryptingKey::from_jwk(&jwk)
        }
    };
    assert_eq!(imported.expect("a key").modulus_bits(), 8 * K);
}

fn export(form: &str) {
    let der = secret_der(&forge::key());
    let key = unreported(|| DecryptingKey::from_der(&der)).expect("a key");
    match form {
        "pkcs8_der" => drop(key.to_der().expect("bytes")),
        "pkcs8_pem" => drop(key.to_pem().expect("a text")),
        _ => drop(key.to_jwk().expect("a text")),
    }
}

/// The base64 between the lines of a PEM text that say what it is.
fn body(pem: &str) -> &str {
    pem.split("-----").nth(2).unwrap_or_default().trim()
}

/// Where the private numbers are in the key's PKCS#8.
fn secret_ranges(key: &Key, der: &[u8]) -> Vec<Range<usize>> {
    let numbers = &key.numbers;
    let qi = numbers.crt_coefficient().expect("a valid key");
    let [p, q] = numbers.primes() else { panic!("two primes") };
    let secrets: [&BoxedUint; 6] =
        [numbers.d(), p, q, numbers.dp().expect("a valid key"), numbers.dq().expect("a valid key"), &qi];
    let place = |number: &BoxedUint| {
        let bytes = number.to_be_bytes_trimmed_vartime();
        let start = der.windows(bytes.len()).position(|window| *window == *bytes).expect("the number is there");
        start..start + bytes.len()
    };
    secrets.into_iter().map(place).collect()
}

fn secret_der(key: &Key) -> Vec<u8> {
    let der = key.ours.to_der().expect("bytes").to_vec();
    for range in secret_ranges(key, &der) {
        taint_number(&der[range]);
    }
    der
}

/// Marks the characters of `text`, PEM or base64, that have nothing but bits of a private number after its first byte:
/// a number's length is public, and so is the place of the padding, in the last four characters.
fn secret_base64(key: &Key, text: String) -> String {
    let der = key.ours.to_der().expect("bytes").to_vec();
    let ranges = secret_ranges(key, &der);
    let start = text.find("MII").expect("the base64 of a SEQUENCE");
    let digits = text.char_indices().skip_while(|(at, _)| *at < start).filter(|(_, character)| *character != '\n');
    for (digit, (at, _)) in digits.enumerate() {
        let (first, last) = (6 * digit / 8, (6 * digit + 5) / 8);
        if ranges.iter().any(|range| first > range.start && last < range.end) && last < (der.len() - 1) / 3 * 3 {
            taint(&text.as_bytes()[at..=at]);
        }
    }
    text
}

/// Where the value of this member of a JWK is, a string.
fn member(jwk: &str, name: &str) -> Range<usize> {
    let name = format!(r#""{name}":""#);
    let start = jwk.find(&name).expect("the member") + name.len();
    start..start + jwk[start..].find('"').expect("a string")
}

/// Escapes half of the characters in the values of these members of a JWK: the first two, and then every other one.
fn escaped(jwk: String, names: &[&str]) -> String {
    names.iter().fold(jwk, |mut jwk, name| {
        let write = |(at, character): (usize, char)| match at {
            0 => format!("\\u{:04x}", u32::from(character)),
            _ if at % 2 == 1 => format!("\\u{:04X}", u32::from(character)),
            _ => character.to_string(),
        };
        let place = member(&jwk, name);
        let value: String = jwk[place.clone()].chars().enumerate().map(write).collect();
        jwk.replace_range(place, &value);
        jwk
    })
}

/// Marks the values of these members of a JWK, but for the first `public` characters, and of an escape its last two digits.
fn taint_members(jwk: &str, names: &[&str], public: usize) {
    let places: Vec<Range<usize>> = names.iter().map(|name| member(jwk, name)).collect();
    for place in places {
        jwk[place.start + public..place.end].split("\\u00").for_each(|secret| taint(secret.as_bytes()));
    }
}

fn main() {
    let wanted = std::env::args().nth(1);
    for (name, case) in cases() {
        match &wanted {
            None => println!("{name}"),
            Some(wanted) if *wanted == name => {
                assert!(present(), "it shows nothing without valgrind");
                return case();
            }
            Some(_) => {}
        }
    }
    assert!(wanted.is_none(), "no such case");
}

//! What an operation leaves: buffers, keys and tokens after success and failure, and what is printed of them.

use jwe_primitives::{Algorithm, ContentEncryptionKey, Decrypted, DecryptingKey, Error, Header, Jwe, KeyError};

use crate::common::keys::{private_key, public_key, rsa_entry};
use crate::common::random::SeededRng;
use crate::common::token::base64url;

const A: &str = "rsa2048-a";

/// Authlib CVE-2025-61920: no text of the input in an error, and none of a key.
#[test]
fn errors_and_debug_carry_no_input_and_no_key() {
    let private = private_key(A).with_key_id("id").unwrap();
    let public = public_key(A).with_key_id("id").unwrap();
    let sent = public.encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"content").unwrap();
    let decrypted = private.decrypt_with_rng(&mut SeededRng::new(2), &Jwe::parse(&sent.compact).unwrap()).unwrap();
    let direct = sent.cek.encrypt_with_rng(&mut SeededRng::new(3), &Header::new(), b"content").unwrap();
    let direct = Jwe::parse(&direct).unwrap();
    let directly = sent.cek.decrypt(&direct).unwrap();
    assert_eq!(directly.plaintext, b"content");
    let cek = &decrypted.cek;
    let shown = format!("{private:?} {public:?} {sent:?} {decrypted:?} {cek:?} {direct:?} {directly:?}");
    assert!(shown.contains("\"id\"") && shown.contains(&public.thumbprint()));
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        let number = rsa_entry(A)["jwk_private"][name].as_str().unwrap();
        assert!(!shown.contains(number.get(..16).unwrap()), "{name}");
    }
    let cek = sent.cek.as_bytes();
    let forms = [
        format!("{cek:?}"),
        base64url(cek),
        cek.map(|byte| format!("{byte:02x}")).concat(),
        String::from("content"),
        format!("{:?}", b"content"),
    ];
    for form in forms {
        assert!(!shown.contains(form.trim_matches(['[', ']'])), "{form}");
    }
    let error = Jwe::parse("SECRET.SECRET").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("SECRET"));
}

#[test]
fn keys_are_shared_between_threads() {
    let (private, cek) = (private_key(A), ContentEncryptionKey::from_bytes(&[1; 32]).unwrap());
    let token = public_key(A).encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"x").unwrap().compact;
    let direct = cek.encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"y").unwrap();
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let (private, cek, token, direct) = (&private, &cek, &token, &direct);
            scope.spawn(move || {
                let decrypted = private.decrypt_with_rng(&mut SeededRng::new(seed), &Jwe::parse(token).unwrap());
                assert_eq!(decrypted.unwrap().plaintext, b"x");
                let mut out = [0; 1];
                assert!(cek.decrypt_into(&Jwe::parse(direct).unwrap(), &mut out).is_ok());
                assert_eq!(out, *b"y");
            });
        }
    });
}

fn decrypt<'a>(key: &DecryptingKey, jwe: &Jwe<'a>) -> Result<Decrypted<'a>, Error> {
    key.decrypt_with_rng(&mut SeededRng::new(2), jwe)
}

#[test]
fn a_failed_decryption_leaves_everything_usable() {
    let (mine, other) = (private_key(A), private_key("rsa2048-b"));
    let token = public_key(A).encrypt_with_rng(&mut SeededRng::new(1), &Header::new(), b"hello").unwrap().compact;
    let jwe = Jwe::parse(&token).unwrap();
    let again = jwe.clone();
    assert_eq!(decrypt(&other, &jwe).unwrap_err(), Error::Decryption);
    assert_eq!(decrypt(&mine, &jwe).unwrap().plaintext, b"hello");
    assert_eq!(decrypt(&mine, &again).unwrap().plaintext, b"hello");
}

/// The buffer's length is the caller's mistake. It is reported before any work: no byte is drawn, none is written.
#[test]
fn a_buffer_that_is_too_small_is_reported_before_any_work() {
    let (mine, public, header) = (private_key(A), public_key(A), Header::new());
    let len = public.compact_len(&header, 5);
    let (mut rng, mut out) = (SeededRng::new(1), vec![1; len]);
    for short in [0, 1, len - 1] {
        let failed = public.encrypt_into_with_rng(&mut rng, &header, b"hello", &mut out[..short]).err();
        assert_eq!((failed, rng.calls), (Some(Error::BufferTooSmall), 0), "{short}");
    }
    let key = ContentEncryptionKey::from_bytes(&[1; 32]).unwrap();
    let short = key.compact_len(&header, 5) - 1;
    let failed = key.encrypt_into_with_rng(&mut rng, &header, b"hello", &mut out[..short]).map(str::len);
    assert_eq!((failed, rng.calls), (Err(Error::BufferTooSmall), 0));
    assert_eq!(out, vec![1; len]);
    let token = String::from(public.encrypt_into_with_rng(&mut rng, &header, b"hello", &mut out).unwrap().compact);
    assert_eq!((token.len(), rng.calls), (len, 1));
    let jwe = Jwe::parse(&token).unwrap();
    let (mut rng, mut none) = (SeededRng::new(2), [1; 4]);
    let failed = mine.decrypt_into_with_rng(&mut rng, &jwe, &mut none).unwrap_err();
    assert_eq!((failed, none, rng.calls), (Error::BufferTooSmall, [1; 4], 0));
}

#[test]
fn what_follows_the_plaintext_in_a_buffer_stays() {
    let (mine, public) = (private_key(A), public_key(A));
    let mut sealed = vec![0xaa; public.compact_len(&Header::new(), 5) + 3];
    let sent = public.encrypt_into_with_rng(&mut SeededRng::new(1), &Header::new(), b"hello", &mut sealed).unwrap();
    let token = String::from(sent.compact);
    assert_eq!(sealed[token.len()..], [0xaa; 3]);
    let mut out = [1; 8];
    let jwe = Jwe::parse(&token).unwrap();
    assert_eq!(mine.decrypt_into_with_rng(&mut SeededRng::new(2), &jwe, &mut out).unwrap().plaintext, b"hello");
    assert_eq!(out, *b"hello\x01\x01\x01");
}

/// Each of the four ways to encrypt, and of the ways to decrypt, gives the same.
#[test]
fn every_form_of_an_operation_gives_the_same() {
    let (private, public, header) = (private_key(A), public_key(A), Header::new().content_type("x").unwrap());
    let sent = public.encrypt_with_rng(&mut SeededRng::new(1), &header, b"hello").unwrap();
    let jwe = Jwe::parse(&sent.compact).unwrap();
    let decrypted = private.decrypt_with_rng(&mut SeededRng::new(2), &jwe).unwrap();
    let mut out = [0; 5];
    let into = private.decrypt_into_with_rng(&mut SeededRng::new(2), &jwe, &mut out).unwrap();
    let device = jwe.decrypt_unwrapped_with_rng(&mut SeededRng::new(2), Some(sent.cek.as_bytes())).unwrap();
    assert_eq!(
        (&*decrypted.plaintext, &*into.plaintext, &*device.plaintext),
        (&b"hello"[..], &b"hello"[..], &b"hello"[..])
    );
    for cek in [&decrypted.cek, &into.cek, &device.cek] {
        assert_eq!(cek.as_bytes(), sent.cek.as_bytes());
        assert_eq!(cek.key_id(), None, "the id of the private key is not that of the CEK");
    }
}

/// The header of a result is the one that was authenticated, byte for byte, in every form of the operation.
#[test]
fn a_result_has_the_header_that_the_sender_wrote() {
    let header = Header::new().content_type("c").unwrap().token_type("t").unwrap().param("url", "/v1").unwrap();
    let (private, public) = (private_key(A), public_key(A).with_key_id("k").unwrap());
    let sent = public.encrypt_with_rng(&mut SeededRng::new(1), &header, b"hello").unwrap();
    let json = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"k","cty":"c","typ":"t","url":"/v1"}"#;
    let mut scratch = vec![0; Jwe::SCRATCH_LEN];
    for jwe in [Jwe::parse(&sent.compact).unwrap(), Jwe::parse_in(&sent.compact, &mut scratch).unwrap()] {
        assert_eq!(jwe.unverified_header().as_json(), json);
        let (mut rng, mut out) = (SeededRng::new(2), [0; 5]);
        let decrypted = private.decrypt_with_rng(&mut rng, &jwe).unwrap().header;
        let into = private.decrypt_into_with_rng(&mut rng, &jwe, &mut out).unwrap().header;
        let device = jwe.decrypt_unwrapped_with_rng(&mut rng, Some(sent.cek.as_bytes())).unwrap().header;
        for header in [&decrypted, &into, &device] {
            assert_eq!(header.as_json(), json);
            assert_eq!((header.key_id().as_deref(), header.string("url").as_deref()), (Some("k"), Some("/v1")));
            assert_eq!((header.content_type().as_deref(), header.token_type().as_deref()), (Some("c"), Some("t")));
        }
    }
    let shared = ContentEncryptionKey::from_bytes(&[1; 32]).unwrap();
    let token = shared.encrypt_with_rng(&mut SeededRng::new(1), &header, b"hello").unwrap();
    let owned = {
        let text = token.clone();
        shared.decrypt(&Jwe::parse(&text).unwrap()).unwrap().into_owned().header
    };
    assert_eq!(owned.as_json(), json.replace("RSA-OAEP-256", "dir").replace(r#""kid":"k","#, ""));
    let mut out = [0; 5];
    assert_eq!(shared.decrypt_into(&Jwe::parse(&token).unwrap(), &mut out).unwrap().header.as_json(), owned.as_json());
}

/// For both kinds of token and both places of a header: the memory of the token, and a scratch buffer.
#[test]
fn a_result_outlives_its_token() {
    let key = private_key(A);
    let header = Header::new().content_type("text/plain").unwrap();
    let sent = public_key(A).encrypt_with_rng(&mut SeededRng::new(1), &header, b"hello").unwrap();
    let direct = sent.cek.encrypt_with_rng(&mut SeededRng::new(2), &header, b"hello").unwrap();
    let decrypt = |text: String, in_scratch: bool| {
        let mut scratch = [0; Jwe::SCRATCH_LEN];
        let jwe = if in_scratch { Jwe::parse_in(&text, &mut scratch) } else { Jwe::parse(&text) }.unwrap();
        match jwe.algorithm() {
            Algorithm::RsaOaep256 => {
                let message = key.decrypt_with_rng(&mut SeededRng::new(3), &jwe).unwrap().into_owned();
                assert_eq!(message.cek.as_bytes(), sent.cek.as_bytes());
                (message.plaintext, message.header)
            }
            Algorithm::Dir => {
                let message = sent.cek.decrypt(&jwe).unwrap().into_owned();
                (message.plaintext, message.header)
            }
        }
    };
    let results = [(&sent.compact, false), (&sent.compact, true), (&direct, false), (&direct, true)]
        .map(|(text, in_scratch)| decrypt(text.clone(), in_scratch));
    for (plaintext, header) in &results {
        assert_eq!((&plaintext[..], header.content_type().as_deref()), (&b"hello"[..], Some("text/plain")));
    }
    assert_eq!(results[0].1, results[1].1);
    assert_eq!(results[2].1, results[3].1);
    assert_ne!(results[0].1, results[2].1);
}

#[test]
fn generated_keys_have_the_size_that_was_asked_for() {
    for bits in [0, 1024, 2047, 8193, usize::MAX] {
        let expected = if bits < 2048 { KeyError::ModulusTooSmall } else { KeyError::ModulusTooLarge };
        assert_eq!(DecryptingKey::generate_with_rng(&mut SeededRng::new(1), bits).unwrap_err(), expected.into());
    }
    for bits in [2048, 2056, 2049] {
        let key = DecryptingKey::generate_with_rng(&mut SeededRng::new(1), bits).unwrap();
        assert_eq!((key.modulus_bits(), key.encrypting_key().modulus_bits()), (bits, bits));
        let sent = key.encrypting_key().encrypt_with_rng(&mut SeededRng::new(2), &Header::new(), b"x").unwrap();
        let decrypted = key.decrypt_with_rng(&mut SeededRng::new(3), &Jwe::parse(&sent.compact).unwrap()).unwrap();
        assert_eq!(decrypted.plaintext, b"x");
        assert_eq!(DecryptingKey::from_der(&key.to_der().unwrap()).unwrap().modulus_bits(), bits);
    }
}

/// Two keys from one generator share nothing.
#[test]
fn each_generated_key_is_another() {
    let mut rng = SeededRng::new(1);
    let keys: Vec<DecryptingKey> = (0..2).map(|_| DecryptingKey::generate_with_rng(&mut rng, 2048).unwrap()).collect();
    let jwks: Vec<serde_json::Value> =
        keys.iter().map(|key| serde_json::from_str(&key.to_jwk().unwrap()).unwrap()).collect();
    for name in ["n", "p", "q", "d"] {
        assert_ne!(jwks[0][name], jwks[1][name], "{name}");
    }
    assert_ne!(jwks[0]["p"], jwks[0]["q"]);
    let ceks = [0, 1].map(|_| *ContentEncryptionKey::generate_with_rng(&mut rng).unwrap().as_bytes());
    assert_ne!(ceks[0], ceks[1]);
}

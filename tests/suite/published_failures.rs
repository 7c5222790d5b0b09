//! Published failures of other implementations that a token in `vectors/` can't express on its own.
//!
//! `vectors/README.md` has the table of all of them, with the vectors.

use jwe_primitives::{ContentEncryptionKey, Error, Header, Jwe, Part, RegisteredName};

use crate::common::keys::{private_key, public_key};
use crate::common::random::SeededRng;
use crate::common::token::{DIR_HEADER, base64url, from_base64url, sealed};

/// Every `alg` for a JWE in the IANA registry "JSON Web Signature and Encryption Algorithms", and what isn't one.
const ALGORITHMS: [&str; 30] = [
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "RSA-OAEP-384",
    "RSA-OAEP-512",
    "A128KW",
    "A192KW",
    "A256KW",
    "dir",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
    "HPKE-0",
    "HPKE-0-KE",
    "none",
    "RS256",
    "PS256",
    "ES256",
    "EdDSA",
    "HS256",
    "A256GCM",
    "DIR",
    "",
];

/// go-jose CVE-2026-34986, jose2go #39: an empty or a short encrypted key ended in a panic of the key unwrapping.
#[test]
fn an_encrypted_key_of_any_length_is_an_error_with_every_algorithm() {
    let (private, shared) = (private_key("rsa2048-a"), ContentEncryptionKey::from_bytes(&[1; 32]).unwrap());
    for alg in ALGORITHMS {
        let header = format!(r#"{{"alg":"{alg}","enc":"A256GCM"}}"#);
        for len in [0, 1, 7, 8, 15, 16, 24, 40, 255, 256, 257, 1024, 1025] {
            let token = sealed(&header, &vec![0; len], &[7; 12], &[1; 32], b"x");
            let (expected_rsa, expected_dir) = match (alg, len) {
                ("RSA-OAEP-256", 256) => (Some(Error::Decryption), Some(Error::AlgorithmMismatch)),
                ("RSA-OAEP-256", 0..=1024) => {
                    (Some(Error::PartLength(Part::EncryptedKey)), Some(Error::AlgorithmMismatch))
                }
                ("dir", 0) => (Some(Error::AlgorithmMismatch), None),
                ("RSA-OAEP-256" | "dir", _) => {
                    (Some(Error::PartLength(Part::EncryptedKey)), Some(Error::PartLength(Part::EncryptedKey)))
                }
                _ => {
                    let error = Some(Error::UnsupportedAlgorithm(RegisteredName::of(alg)));
                    (error, error)
                }
            };
            let mut rng = SeededRng::new(1);
            let rsa = Jwe::parse(&token).and_then(|jwe| private.decrypt_with_rng(&mut rng, &jwe).map(|_| ())).err();
            let direct = Jwe::parse(&token).and_then(|jwe| shared.decrypt(&jwe).map(|_| ())).err();
            assert_eq!((rsa, direct), (expected_rsa, expected_dir), "{alg} with {len} bytes");
            // Nothing secret was begun but for the one that has the right length.
            assert_eq!(rng.calls > 0, expected_rsa == Some(Error::Decryption), "{alg} with {len} bytes");
        }
    }
}

/// pac4j CVE-2026-29000, json-jwt CVE-2023-51774, jwcrypto CVE-2022-3102: the content was believed because it was
/// encrypted. An unsigned or a signed JWT inside comes back as the bytes that it is, whatever `cty` and `typ` say:
/// nothing of it is read, removed or vouched for.
#[test]
fn a_jwt_inside_comes_back_as_bytes() {
    let (private, public) = (private_key("rsa2048-a"), public_key("rsa2048-a"));
    let shared = ContentEncryptionKey::from_bytes(&[1; 32]).unwrap();
    let bodies = [
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.AAAA",
        r#"{"sub":"admin"}"#,
        "{",
    ];
    for body in bodies {
        for (cty, typ) in [("JWT", "JOSE"), ("jwt", "JWT"), ("application/jwt", "jwt"), ("json", "x")] {
            let header = Header::new().content_type(cty).unwrap().token_type(typ).unwrap();
            let sent = public.encrypt_with_rng(&mut SeededRng::new(1), &header, body.as_bytes()).unwrap();
            let jwe = Jwe::parse(&sent.compact).unwrap();
            let decrypted = private.decrypt_with_rng(&mut SeededRng::new(2), &jwe).unwrap();
            assert_eq!(decrypted.plaintext, body.as_bytes(), "{cty}");
            let direct = shared.encrypt_with_rng(&mut SeededRng::new(1), &header, body.as_bytes()).unwrap();
            let mut out = vec![0; body.len()];
            shared.decrypt_into(&Jwe::parse(&direct).unwrap(), &mut out).unwrap();
            assert_eq!(out, body.as_bytes(), "{cty}");
        }
    }
}

/// A JWS has three parts, or with a detached payload and more dots five: none is read as a JWE.
#[test]
fn a_jws_is_no_jwe() {
    for (text, error) in [
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.", Error::PartCount),
        ("eyJhbGciOiJub25lIn0..", Error::PartCount),
        ("eyJhbGciOiJub25lIn0....", Error::UnsupportedAlgorithm(RegisteredName::of("none"))),
        (
            r#"{"protected":"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0","iv":"","ciphertext":"","tag":""}"#,
            Error::PartCount,
        ),
    ] {
        assert_eq!(Jwe::parse(text).unwrap_err(), error, "{text}");
    }
}

/// The plaintext is given out after its tag was verified, never before (RUSTSEC-2023-0096): each bit of the tag counts.
#[test]
fn each_bit_of_a_tag_counts() {
    let key = ContentEncryptionKey::from_bytes(&[1; 32]).unwrap();
    let token = sealed(DIR_HEADER, &[], &[7; 12], &[1; 32], b"content");
    let (rest, tag) = token.rsplit_once('.').unwrap();
    let tag = from_base64url(tag);
    for bit in 0..128 {
        let mut tag = tag.clone();
        tag[bit / 8] ^= 1 << (bit % 8);
        let forged = format!("{rest}.{}", base64url(&tag));
        let mut out = [9; 7];
        let failed = key.decrypt_into(&Jwe::parse(&forged).unwrap(), &mut out).map(|_| ());
        assert_eq!((failed, out), (Err(Error::Decryption), [0; 7]), "bit {bit}");
    }
}

//! Published failures that a token in `vectors/` can't express, and what the types promise.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use core::convert::Infallible;
use std::collections::BTreeSet;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwe_primitives::{
    ContentEncryptionKey, Decrypted, DecryptingKey, Encrypted, EncryptingKey, Error, Header, Jwe, KeyError, KeySet,
    Limits, Part, UnverifiedHeader,
};
use rand_core::{TryCryptoRng, TryRng};
use serde_json::Value;

fn keys() -> Value {
    serde_json::from_str(include_str!("../vectors/keys.json")).unwrap()
}

fn rsa_key() -> DecryptingKey {
    DecryptingKey::from_pem(keys()["keys"][0]["pkcs8_pem"].as_str().unwrap()).unwrap()
}

/// Nonce reuse (liboauth2 #26): every message has an IV of its own, and to an RSA key a CEK of its own.
#[test]
fn ten_thousand_messages_have_distinct_ivs_and_ceks() {
    let key = ContentEncryptionKey::generate().unwrap();
    let public = rsa_key().encrypting_key();
    let (mut ivs, mut ceks) = (BTreeSet::new(), BTreeSet::new());
    let iv = |token: &str| String::from(token.split('.').nth(2).unwrap());
    for _ in 0..10_000 {
        assert!(ivs.insert(iv(&key.encrypt(&Header::new(), b"x").unwrap())));
        let sent = public.encrypt(&Header::new(), b"x").unwrap();
        assert!(ivs.insert(iv(&sent.compact)));
        assert!(ceks.insert(*sent.cek.as_bytes()));
    }
}

/// A generator that gives what it is told to, or fails.
struct Scripted(Option<u8>, usize);

#[derive(Debug)]
struct Broken;

impl core::fmt::Display for Broken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("broken")
    }
}

impl core::error::Error for Broken {}

impl TryRng for Scripted {
    type Error = Broken;

    fn try_next_u32(&mut self) -> Result<u32, Broken> {
        Err(Broken)
    }

    fn try_next_u64(&mut self) -> Result<u64, Broken> {
        Err(Broken)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Broken> {
        out.fill(self.0.ok_or(Broken)?);
        self.1 += out.len();
        Ok(())
    }
}

impl TryCryptoRng for Scripted {}

#[test]
fn a_failing_generator_is_an_error_and_nothing_is_sent() {
    let (public, key, header) = (rsa_key().encrypting_key(), ContentEncryptionKey::generate().unwrap(), Header::new());
    let mut out = [0; 1024];
    assert_eq!(public.encrypt_with_rng(&mut Scripted(None, 0), &header, b"x").unwrap_err(), Error::Randomness);
    assert_eq!(key.encrypt_with_rng(&mut Scripted(None, 0), &header, b"x").unwrap_err(), Error::Randomness);
    let failed = key.encrypt_into_with_rng(&mut Scripted(None, 0), &header, b"x", &mut out).map(str::len);
    assert_eq!((failed, out), (Err(Error::Randomness), [0; 1024]));
    assert_eq!(ContentEncryptionKey::generate_with_rng(&mut Scripted(None, 0)).unwrap_err(), Error::Randomness);
    assert_eq!(DecryptingKey::generate_with_rng(&mut Scripted(None, 0), 2048).unwrap_err(), Error::Randomness);
}

#[test]
fn randomness_is_drawn_once_and_used_for_cek_seed_and_iv() {
    let public = rsa_key().encrypting_key();
    let mut rng = Scripted(Some(7), 0);
    let sent = public.encrypt_with_rng(&mut rng, &Header::new(), b"x").unwrap();
    assert_eq!((rng.1, sent.cek.as_bytes()), (76, &[7; 32]));
    assert_eq!(sent.compact.split('.').nth(2), Some("BwcHBwcHBwcHBwcH"));
    let mut rng = Scripted(Some(8), 0);
    let token = sent.cek.encrypt_with_rng(&mut rng, &Header::new(), b"x").unwrap();
    assert_eq!((rng.1, token.split('.').nth(2)), (12, Some("CAgICAgICAgICAgI")));
}

/// Authlib CVE-2025-61920: no text of the input in an error, and none of a key.
#[test]
fn errors_and_debug_carry_no_input_and_no_key() {
    let private = rsa_key().with_key_id("id").unwrap();
    let public = private.encrypting_key();
    let sent = public.encrypt(&Header::new(), b"content").unwrap();
    let opened = private.decrypt(&Jwe::parse(&sent.compact).unwrap()).unwrap();
    let shown = format!("{private:?} {public:?} {sent:?} {opened:?} {:?}", opened.cek);
    assert!(shown.contains("\"id\"") && shown.contains(&public.thumbprint()));
    let jwk: Value = serde_json::from_str(&private.to_jwk().unwrap()).unwrap();
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        assert!(!shown.contains(jwk[name].as_str().unwrap().get(..16).unwrap()), "{name}");
    }
    let cek = sent.cek.as_bytes();
    let forms = [
        format!("{cek:?}"),
        Base64UrlUnpadded::encode_string(cek),
        cek.map(|octet| format!("{octet:02x}")).concat(),
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
    fn shared<T: Send + Sync + 'static>() {}
    shared::<DecryptingKey>();
    shared::<EncryptingKey>();
    shared::<ContentEncryptionKey>();
    shared::<Header>();
    shared::<Jwe<'static>>();
    shared::<UnverifiedHeader<'static>>();
    shared::<Error>();
    let (private, cek) = (rsa_key(), ContentEncryptionKey::generate().unwrap());
    let token = private.encrypting_key().encrypt(&Header::new(), b"x").unwrap().compact;
    let direct = cek.encrypt(&Header::new(), b"y").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                assert_eq!(private.decrypt(&Jwe::parse(&token).unwrap()).unwrap().plaintext, b"x");
                assert_eq!(cek.decrypt(&Jwe::parse(&direct).unwrap()).unwrap(), b"y");
            });
        }
    });
}

/// A plaintext that looks like an unsigned JWT comes back as octets (pac4j CVE-2026-29000): the result has a content
/// and a key, and nothing that says who sent it.
#[test]
fn a_decryption_says_nothing_of_its_sender() {
    let private = rsa_key();
    let body = b"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.";
    let header = Header::new().content_type("JWT").unwrap();
    let sent: Encrypted = private.encrypting_key().encrypt(&header, body).unwrap();
    let Decrypted { plaintext, cek, .. } = private.decrypt(&Jwe::parse(&sent.compact).unwrap()).unwrap();
    let plaintext: Vec<u8> = plaintext;
    assert_eq!((plaintext.as_slice(), cek.as_bytes()), (&body[..], sent.cek.as_bytes()));
}

#[test]
fn a_failed_decryption_leaves_everything_usable() {
    let (mine, other) = (rsa_key(), DecryptingKey::from_pem(keys()["keys"][1]["pkcs8_pem"].as_str().unwrap()).unwrap());
    let token = mine.encrypting_key().encrypt(&Header::new(), b"hello").unwrap().compact;
    let jwe = Jwe::parse(&token).unwrap();
    let again = jwe.clone();
    assert_eq!(other.decrypt(&jwe).unwrap_err(), Error::Decryption);
    assert_eq!(mine.decrypt(&jwe).unwrap().plaintext, b"hello");
    assert_eq!(mine.decrypt(&again).unwrap().plaintext, b"hello");
}

#[test]
fn too_small_a_buffer_is_told_before_any_work() {
    let (mine, header) = (rsa_key(), Header::new());
    let public = mine.encrypting_key();
    let len = public.compact_len(&header, 5);
    let mut out = vec![0; len];
    let token = String::from(public.encrypt_into(&header, b"hello", &mut out).unwrap().compact);
    assert_eq!(token.len(), len);
    assert_eq!(public.encrypt_into(&header, b"hello", &mut out[1..]).unwrap_err(), Error::BufferTooSmall);
    let jwe = Jwe::parse(&token).unwrap();
    let mut none: [u8; 4] = [1; 4];
    assert_eq!(mine.decrypt_into(&jwe, &mut none).unwrap_err(), Error::BufferTooSmall);
    let mut enough = [1; 6];
    assert_eq!(mine.decrypt_into(&jwe, &mut enough).unwrap().plaintext, b"hello");
    assert_eq!(enough, *b"hello\x01");
}

#[test]
fn key_ids_must_agree_if_both_have_one() {
    let private = rsa_key();
    let token = |kid: Option<&str>| {
        let header = Header::new();
        let header = kid.map_or(Ok(header.clone()), |kid| header.key_id(kid)).unwrap();
        private.encrypting_key().encrypt(&header, b"x").unwrap().compact
    };
    let named = rsa_key().with_key_id("a").unwrap();
    assert_eq!(named.key_id(), Some("a"));
    for (kid, expected) in [
        (None, None),
        (Some("a"), None),
        (Some("b"), Some(Error::KeyIdMismatch)),
        (Some(""), Some(Error::KeyIdMismatch)),
    ] {
        let token = token(kid);
        assert_eq!(named.decrypt(&Jwe::parse(&token).unwrap()).err(), expected);
        assert_eq!(private.decrypt(&Jwe::parse(&token).unwrap()).err(), None);
    }
    let direct = ContentEncryptionKey::from_bytes(&[1; 32]).unwrap().with_key_id("d").unwrap();
    let token = direct.encrypt(&Header::new(), b"x").unwrap();
    assert_eq!(Jwe::parse(&token).unwrap().unverified_header().key_id().as_deref(), Some("d"));
    let other = ContentEncryptionKey::from_bytes(&[1; 32]).unwrap().with_key_id("e").unwrap();
    assert_eq!(other.decrypt(&Jwe::parse(&token).unwrap()).unwrap_err(), Error::KeyIdMismatch);
    assert_eq!(rsa_key().with_key_id(&"x".repeat(1025)).unwrap_err(), Error::HeaderTooLong);
}

#[test]
fn generated_keys_have_the_size_that_was_asked_for() {
    for bits in [0, 1024, 2047, 8193, usize::MAX] {
        let expected = if bits < 2048 { KeyError::ModulusTooSmall } else { KeyError::ModulusTooLarge };
        assert_eq!(DecryptingKey::generate(bits).unwrap_err(), expected.into());
    }
    for bits in [2048, 2056, 2049] {
        let key = DecryptingKey::generate(bits).unwrap();
        assert_eq!((key.modulus_bits(), key.encrypting_key().modulus_bits()), (bits, bits));
        let token = key.encrypting_key().encrypt(&Header::new(), b"x").unwrap().compact;
        assert_eq!(key.decrypt(&Jwe::parse(&token).unwrap()).unwrap().plaintext, b"x");
        assert_eq!(DecryptingKey::from_der(&key.to_der().unwrap()).unwrap().modulus_bits(), bits);
    }
}

/// RFC 7468 section 2: "Data before the encapsulation boundaries are permitted". OpenSSL writes such text.
#[test]
fn text_may_stand_in_front_of_a_pem_block_and_none_behind() {
    let pem = rsa_key().encrypting_key().to_pem().unwrap();
    let read = |text: &str| EncryptingKey::from_pem(text).map(|key| key.thumbprint());
    let thumbprint = read(&pem);
    assert!(thumbprint.is_ok());
    assert_eq!(read(&format!("Bag Attributes\n    friendlyName: bank\n{pem}")), thumbprint);
    for text in [format!("{pem}behind\n"), format!("{pem}{pem}"), format!("in front {pem}")] {
        assert_eq!(read(&text), Err(KeyError::Pem.into()), "{text}");
    }
}

/// Key text beyond any real key is refused before it costs memory, and base64 is the standard's.
#[test]
fn key_text_is_bounded_and_strict() {
    let long = "A".repeat(70_000);
    let pem = ["-----BEGIN PUBLIC KEY-----\n", &long, "\n-----END PUBLIC KEY-----\n"].concat();
    assert_eq!(EncryptingKey::from_pem(&pem).unwrap_err(), KeyError::Pem.into());
    assert_eq!(EncryptingKey::from_base64_der(&long).unwrap_err(), KeyError::Base64.into());
    assert_eq!(
        EncryptingKey::from_jwk(&[r#"{"kty":"RSA","x":""#, &long, r#""}"#].concat()).unwrap_err(),
        KeyError::Jwk.into()
    );
    let keys = keys();
    let good = keys["keys"][0]["spki_der_b64"].as_str().unwrap();
    let public = EncryptingKey::from_base64_der(&format!(" {good}\r\n")).unwrap();
    assert_eq!(public.to_base64_der().unwrap(), good);
    for bad in [good.trim_end_matches('=').replacen('A', "-", 1), good.replacen('A', "\n", 1), format!("{good}=")] {
        assert_eq!(EncryptingKey::from_base64_der(&bad).unwrap_err(), KeyError::Base64.into());
        assert_eq!(DecryptingKey::from_base64_der(&bad).unwrap_err(), KeyError::Base64.into());
    }
    assert_eq!(DecryptingKey::from_base64_der(good).unwrap_err(), KeyError::PublicInsteadOfPrivate.into());
}

#[test]
fn an_encrypted_key_of_another_size_names_the_part() {
    let keys = keys();
    let of = |id: &str| {
        let all = keys["keys"].as_array().unwrap();
        let key = all.iter().find(|key| key["id"] == id).unwrap();
        DecryptingKey::from_pem(key["pkcs8_pem"].as_str().unwrap()).unwrap()
    };
    let token = of("rsa3072").encrypting_key().encrypt(&Header::new(), b"x").unwrap().compact;
    let refused = of("rsa2048-a").decrypt(&Jwe::parse(&token).unwrap()).unwrap_err();
    assert_eq!(refused, Error::PartLength(Part::EncryptedKey));
    assert_eq!(Limits::default(), Limits::new());
}

/// The longest key there is.
#[test]
fn eight_thousand_bits() {
    let keys = keys();
    let Some(key) = keys["keys"].as_array().unwrap().iter().find(|key| key["id"] == "rsa8192") else {
        panic!("no key")
    };
    let private = DecryptingKey::from_pem(key["pkcs8_pem"].as_str().unwrap()).unwrap();
    let token = private.encrypting_key().encrypt(&Header::new(), b"x").unwrap().compact;
    let mut scratch = [0; Jwe::SCRATCH_LEN];
    let jwe = Jwe::parse_in(&token, &mut scratch).unwrap();
    assert_eq!((jwe.encrypted_key().len(), private.decrypt(&jwe).unwrap().plaintext), (1024, b"x".to_vec()));
}

/// What a generator without failures looks like to the calls that take one.
#[test]
fn any_generator_will_do() {
    struct Counter(u8);
    impl TryRng for Counter {
        type Error = Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            Ok(u32::from(self.0))
        }
        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(u64::from(self.0))
        }
        fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
            for octet in out {
                self.0 = self.0.wrapping_mul(5).wrapping_add(3);
                *octet = self.0;
            }
            Ok(())
        }
    }
    impl TryCryptoRng for Counter {}
    let dynamic: &mut dyn TryCryptoRng<Error = Infallible> = &mut Counter(1);
    let key = ContentEncryptionKey::generate_with_rng(dynamic).unwrap();
    let token = key.encrypt_with_rng(dynamic, &Header::new(), b"x").unwrap();
    assert_eq!(key.decrypt(&Jwe::parse(&token).unwrap()).unwrap(), b"x");
}

#[test]
fn a_shared_key_survives_its_jwk() {
    for kid in [None, Some("k"), Some("\u{1}\"\u{fc}")] {
        let key = ContentEncryptionKey::from_bytes(&[0xfb; 32]).unwrap();
        let key =
            kid.map_or(Ok(ContentEncryptionKey::from_bytes(&[0xfb; 32]).unwrap()), |kid| key.with_key_id(kid)).unwrap();
        let jwk: Value = serde_json::from_str(&key.to_jwk().unwrap()).unwrap();
        assert_eq!((jwk["kty"].as_str(), jwk["alg"].as_str(), jwk["kid"].as_str()), (Some("oct"), Some("dir"), kid));
        let again = ContentEncryptionKey::from_jwk(&key.to_jwk().unwrap()).unwrap();
        assert_eq!((again.as_bytes(), again.key_id()), (key.as_bytes(), kid));
    }
    let long = "\u{1}".repeat(1024);
    let key = DecryptingKey::from_jwk(&rsa_key().with_key_id(&long).unwrap().to_jwk().unwrap()).unwrap();
    assert_eq!(key.key_id(), Some(&*long));
}

/// A line end behind a token is told as what it is, though it makes the tag too long as well.
#[test]
fn white_space_is_told_as_such() {
    let token = ContentEncryptionKey::generate().unwrap().encrypt(&Header::new(), b"x").unwrap();
    for (text, part) in
        [(format!("{token}\n"), Part::Tag), (format!("{token}\r\n"), Part::Tag), (format!(" {token}"), Part::Header)]
    {
        assert_eq!(Jwe::parse(&text).unwrap_err(), Error::Base64(part));
    }
}

/// All that is public about a token is told before a private key elsewhere has to work.
#[test]
fn a_token_is_checked_against_the_public_half() {
    let private = rsa_key().with_key_id("a").unwrap();
    let public = private.encrypting_key();
    let other = DecryptingKey::from_pem(keys()["keys"][2]["pkcs8_pem"].as_str().unwrap()).unwrap().encrypting_key();
    let token = public.encrypt(&Header::new(), &[7; 3000]).unwrap().compact;
    let check = |text: &str, key: &EncryptingKey| Jwe::parse(text).unwrap().require_for(key).err();
    assert_eq!(check(&token, &public), None);
    assert_eq!(check(&token, &other), Some(Error::PartLength(Part::EncryptedKey)));
    assert_eq!(check(&token, &other.with_key_id("b").unwrap()), Some(Error::KeyIdMismatch));
    let direct = ContentEncryptionKey::generate().unwrap().encrypt(&Header::new(), b"x").unwrap();
    assert_eq!(check(&direct, &public), Some(Error::AlgorithmMismatch));
    for (character, error) in [("+", Error::Base64(Part::Ciphertext)), (".", Error::PartCount)] {
        let mut broken = token.clone();
        broken.replace_range(token.len() - 100..token.len() - 99, character);
        assert_eq!(check(&broken, &public), Some(error));
    }
}

#[test]
fn a_public_key_from_its_numbers() {
    let public = rsa_key().encrypting_key();
    let jwk: Value = serde_json::from_str(&public.to_jwk()).unwrap();
    let number = |name: &str| Base64UrlUnpadded::decode_vec(jwk[name].as_str().unwrap()).unwrap();
    let padded = [vec![0; 3], number("n")].concat();
    let again = EncryptingKey::from_components(&padded, &number("e")).unwrap();
    assert_eq!(again.thumbprint(), public.thumbprint());
    assert_eq!(EncryptingKey::from_components(&[], &[3]).unwrap_err(), KeyError::ModulusTooSmall.into());
    assert_eq!(EncryptingKey::from_components(&padded, &[]).unwrap_err(), KeyError::PublicExponent.into());
}

fn jwks(keys: &[String]) -> String {
    format!(r#"{{"keys":[{}],"more":1}}"#, keys.join(","))
}

#[test]
fn a_key_is_chosen_by_its_id() {
    let keys = keys();
    let named = |at: usize, id: &str| {
        DecryptingKey::from_pem(keys["keys"][at]["pkcs8_pem"].as_str().unwrap()).unwrap().with_key_id(id).unwrap()
    };
    let mine: KeySet<DecryptingKey> = [named(0, "a"), named(1, "b")].into_iter().collect();
    let theirs = KeySet::<EncryptingKey>::from_jwks(&mine.encrypting_keys().to_jwks()).unwrap();
    assert_eq!(theirs.iter().map(|key| key.key_id().unwrap()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(theirs.get(Some("b")).unwrap().key_id(), Some("b"));
    let mut opened = 0;
    for key in &theirs {
        let token = key.encrypt(&Header::new(), b"x").unwrap().compact;
        let jwe = Jwe::parse(&token).unwrap();
        assert_eq!(mine.for_token(&jwe).unwrap().key_id(), key.key_id());
        assert_eq!(mine.for_token(&jwe).unwrap().decrypt(&jwe).unwrap().plaintext, b"x");
        opened += 1;
    }
    assert_eq!(opened, 2);
    assert_eq!(theirs.get(Some("c")).unwrap_err(), Error::UnknownKeyId);
    assert_eq!(theirs.get(None).unwrap_err(), Error::AmbiguousKey);
    let one: KeySet<DecryptingKey> = [named(0, "a")].into_iter().collect();
    assert_eq!(one.get(None).unwrap().key_id(), Some("a"));
    assert_eq!(one.get(Some("b")).unwrap_err(), Error::UnknownKeyId);
    let same: KeySet<DecryptingKey> = [named(0, "a"), named(1, "a")].into_iter().collect();
    assert_eq!(same.get(Some("a")).unwrap_err(), Error::AmbiguousKey);
    let none: KeySet<DecryptingKey> = [].into_iter().collect();
    assert_eq!(
        (none.get(None).err(), none.get(Some("a")).err()),
        (Some(Error::AmbiguousKey), Some(Error::UnknownKeyId))
    );
    assert_eq!(KeySet::<EncryptingKey>::from_iter([]).to_jwks(), r#"{"keys":[]}"#);
}

#[test]
fn a_served_set_may_have_other_keys_in_it() {
    let keys = keys();
    let rsa = keys["keys"][0]["jwk_public"].to_string();
    let with = |member: &str| format!("{},{member}}}", rsa.strip_suffix('}').unwrap());
    let ec = r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#;
    let others =
        [ec, r#"{"kty":"oct","k":"AA"}"#, r#"{"kty":"RSA"}"#, "1", "{}", r#"{"kty":"RSA","n":"_w","e":"AQAB"}"#];
    let others: Vec<String> =
        others.map(String::from).into_iter().chain([with(r#""use":"sig""#), with(r#""alg":"RS256""#)]).collect();
    let set =
        KeySet::<EncryptingKey>::from_jwks(&jwks(&[others.clone(), vec![with(r#""kid":"mine""#)]].concat())).unwrap();
    assert_eq!(set.iter().map(EncryptingKey::key_id).collect::<Vec<_>>(), [Some("mine")]);
    assert_eq!(KeySet::<EncryptingKey>::from_jwks(&jwks(&others)).unwrap_err(), KeyError::EmptySet.into());
    let private = keys["keys"][1]["jwk_private"].to_string();
    let refused = KeySet::<EncryptingKey>::from_jwks(&jwks(&[rsa.clone(), private.clone()])).unwrap_err();
    assert_eq!(refused, KeyError::PrivateInsteadOfPublic.into());
    for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, &" ".repeat((1 << 20) + 1)] {
        assert_eq!(KeySet::<EncryptingKey>::from_jwks(text).unwrap_err(), KeyError::Jwk.into());
    }
    let mine = KeySet::<DecryptingKey>::from_jwks(&jwks(&[
        ec.into(),
        private.clone(),
        with(r#""use":"sig","d":"AA","p":"AA","q":"AA","dp":"AA","dq":"AA","qi":"AA""#),
    ]))
    .unwrap();
    assert_eq!(mine.iter().count(), 1);
    assert_eq!(
        KeySet::<DecryptingKey>::from_jwks(&jwks(&[private, rsa])).unwrap_err(),
        KeyError::PublicInsteadOfPrivate.into()
    );
}

/// The JWK of a public key, with one member's text replaced.
fn public_jwk(member: &str, value: &str) -> String {
    let mut jwk = keys()["keys"][0]["jwk_public"].clone();
    jwk[member] = serde_json::from_str(value).unwrap();
    jwk.to_string()
}

/// RFC 7518 section 2: "the minimum number of octets". Else one key would have many JWKs and thumbprints.
#[test]
fn numbers_of_a_public_jwk_have_no_zeros_in_front() {
    let jwk = &keys()["keys"][0]["jwk_public"];
    for member in ["n", "e"] {
        let octets = Base64UrlUnpadded::decode_vec(jwk[member].as_str().unwrap()).unwrap();
        let padded = Base64UrlUnpadded::encode_string(&[vec![0], octets].concat());
        let refused = EncryptingKey::from_jwk(&public_jwk(member, &format!("\"{padded}\"")));
        assert_eq!(refused.unwrap_err(), KeyError::Jwk.into(), "{member}");
    }
}

/// RFC 7517 section 4.1.
#[test]
fn a_key_type_is_case_sensitive() {
    for kty in ["rsa", "Rsa", "RSA ", ""] {
        let refused = EncryptingKey::from_jwk(&public_jwk("kty", &format!("\"{kty}\"")));
        assert_eq!(refused.unwrap_err(), KeyError::WrongType.into(), "{kty}");
    }
    let oct = r#"{"kty":"OCT","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
    assert_eq!(ContentEncryptionKey::from_jwk(oct).unwrap_err(), KeyError::WrongType.into());
}

/// RFC 7638 section 3.1.
#[test]
fn the_thumbprint_of_rfc_7638() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj\
             hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6q\
             MQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awa\
             pJzKnqDKgw";
    let key = EncryptingKey::from_jwk(&format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB"}}"#)).unwrap();
    assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

/// RFC 7517 section 4.3: an operation twice, or one that contradicts `use`.
#[test]
fn key_operations_are_consistent() {
    let with = |members: &str| {
        let jwk = keys()["keys"][0]["jwk_public"].to_string();
        EncryptingKey::from_jwk(&format!("{},{members}}}", jwk.strip_suffix('}').unwrap())).err()
    };
    assert_eq!(with(r#""key_ops":["encrypt","wrapKey","x","x"]"#), None);
    assert_eq!(with(r#""use":"enc","key_ops":["encrypt","wrapKey"]"#), None);
    assert_eq!(with(r#""key_ops":["encrypt","\u0065ncrypt"]"#), Some(KeyError::Jwk.into()));
    assert_eq!(with(r#""use":"enc","key_ops":["encrypt","sign"]"#), Some(KeyError::Operations.into()));
}

//! What key texts hold: PEM, base64, JWK, JWK Sets, numbers, thumbprints.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwe_primitives::{
    Base64Fault, ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, KeyError, KeyFormat, KeySet, KeyType,
};
use serde_json::Value;

use crate::common::keys::{private_key, public_key, rsa_entry, rsa_text};

const A: &str = "rsa2048-a";

/// RFC 7468 section 2: "Data before the encapsulation boundaries are permitted". OpenSSL writes such text.
#[test]
fn text_around_a_pem_block_is_skipped() {
    let pem = public_key(A).to_pem().unwrap();
    let read = |text: &str| EncryptingKey::from_pem(text).map(|key| key.thumbprint());
    let thumbprint = read(&pem);
    assert!(thumbprint.is_ok());
    assert_eq!(read(&format!("Bag Attributes\n    friendlyName: bank\n{pem}")), thumbprint);
    assert_eq!(read(&format!("{pem}after\n")), thumbprint);
    assert_eq!(read(&format!("{pem}{pem}")), Err(KeyError::SeveralBlocks.into()));
    assert_eq!(read(&format!("before {pem}")), Err(KeyError::Pem.into()));
}

/// What begins as a boundary is one, even if it is damaged: nobody should wonder which of two blocks was read.
#[test]
fn what_begins_as_a_second_block_is_no_text_around_the_first() {
    let pem = public_key(A).to_pem().unwrap();
    let read = |text: &str| EncryptingKey::from_pem(text).map(|key| key.thumbprint());
    for line in ["-----BEGIN PUBLIC KEY----", "-----BEGIN PUBLIC KEY", "-----BEGIN A-B-----", " -----BEGIN X-"] {
        assert_eq!(read(&format!("{line}\n{pem}")), Err(KeyError::Pem.into()), "{line}");
        assert_eq!(read(&format!("{pem}{line}\n")), Err(KeyError::SeveralBlocks.into()), "{line}");
    }
    // Two files of Windows in one: each has its byte order mark.
    let marked = format!("\u{feff}{pem}");
    assert!(read(&marked).is_ok());
    assert_eq!(read(&format!("{marked}{marked}")), Err(KeyError::SeveralBlocks.into()));
    assert_eq!(read(&format!("text\n{marked}{pem}")), Err(KeyError::SeveralBlocks.into()));
}

/// Key text beyond any real key is rejected before it costs memory, and base64 is the standard's.
#[test]
fn key_text_is_bounded_and_strict() {
    let long = "A".repeat(70_000);
    let pem = ["-----BEGIN PUBLIC KEY-----\n", &long, "\n-----END PUBLIC KEY-----\n"].concat();
    assert_eq!(EncryptingKey::from_pem(&pem).unwrap_err(), KeyError::TooLong.into());
    assert_eq!(EncryptingKey::from_base64_der(&long).unwrap_err(), KeyError::TooLong.into());
    assert_eq!(
        EncryptingKey::from_jwk(&[r#"{"kty":"RSA","x":""#, &long, r#""}"#].concat()).unwrap_err(),
        KeyError::TooLong.into()
    );
    let good = rsa_text(A, "spki_der_b64");
    let public = EncryptingKey::from_base64_der(&format!(" {good}\r\n")).unwrap();
    assert_eq!(public.to_base64_der().unwrap(), good);
    let url_safe = good.replace('+', "-").replace('/', "_");
    for (bad, error) in [
        (url_safe, KeyError::UnexpectedFormat(KeyFormat::Base64UrlDer)),
        (good.replacen('A', "-", 1), KeyError::Base64(Base64Fault::UrlSafe)),
        (good.replacen('A', "", 1), KeyError::Base64(Base64Fault::Padding)),
        (good.replacen('A', "\n", 1), KeyError::Base64(Base64Fault::Padding)),
        (format!("{good}="), KeyError::Base64(Base64Fault::Padding)),
        (good.replacen('A', "*", 1), KeyError::Base64(Base64Fault::Character)),
        (good.replacen('A', "%", 1), KeyError::Base64(Base64Fault::Percent)),
        (good.replacen('A', "\\n", 1), KeyError::Base64(Base64Fault::Backslash)),
        (format!("\"{good}"), KeyError::Base64(Base64Fault::Quote)),
        (good.replacen('M', "N", 1).replacen('A', "", 1), KeyError::Der),
        (good.replace('+', " "), KeyError::Base64(Base64Fault::PlusAsBlank)),
    ] {
        assert_eq!(EncryptingKey::from_base64_der(&bad).unwrap_err(), error.into(), "{bad}");
        assert_eq!(DecryptingKey::from_base64_der(&bad).unwrap_err(), error.into(), "{bad}");
    }
    assert_eq!(DecryptingKey::from_base64_der(good).unwrap_err(), KeyError::PublicInsteadOfPrivate.into());
}

#[test]
fn a_shared_key_survives_its_jwk() {
    for kid in [None, Some("k"), Some("\u{1}\"\u{fc}")] {
        let key = ContentEncryptionKey::from([0xfb; 32]);
        let key =
            kid.map_or(Ok(ContentEncryptionKey::from_bytes(&[0xfb; 32]).unwrap()), |kid| key.with_key_id(kid)).unwrap();
        let jwk: Value = serde_json::from_str(&key.to_jwk().unwrap()).unwrap();
        assert_eq!((jwk["kty"].as_str(), jwk["alg"].as_str(), jwk["kid"].as_str()), (Some("oct"), Some("dir"), kid));
        let again = ContentEncryptionKey::from_jwk(&key.to_jwk().unwrap()).unwrap();
        assert_eq!((again.as_bytes(), again.key_id()), (key.as_bytes(), kid));
    }
    let long = "\u{1}".repeat(1024);
    let key = DecryptingKey::from_jwk(&private_key(A).with_key_id(&long).unwrap().to_jwk().unwrap()).unwrap();
    assert_eq!(key.key_id(), Some(&*long));
}

#[test]
fn a_public_key_from_its_numbers() {
    let public = public_key(A);
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
fn a_served_set_may_have_other_keys_in_it() {
    let rsa = rsa_entry(A)["jwk_public"].to_string();
    let with = |member: &str| format!("{},{member}}}", rsa.strip_suffix('}').unwrap());
    let ec = r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#;
    let others =
        [ec, r#"{"kty":"oct","k":"AA"}"#, r#"{"kty":"RSA"}"#, "1", "{}", r#"{"kty":"RSA","n":"_w","e":"AQAB"}"#];
    let others: Vec<String> =
        others.map(String::from).into_iter().chain([with(r#""use":"sig""#), with(r#""alg":"RS256""#)]).collect();
    let set =
        KeySet::<EncryptingKey>::from_jwks(&jwks(&[others.clone(), vec![with(r#""kid":"mine""#)]].concat())).unwrap();
    assert_eq!(set.iter().map(EncryptingKey::key_id).collect::<Vec<_>>(), [Some("mine")]);
    for key in &set {
        assert_eq!(key.key_id(), Some("mine"));
    }
    let rejected = KeySet::<EncryptingKey>::from_jwks(&jwks(&others)).unwrap_err();
    // The EC key comes first, and has no fault; then comes a secret.
    assert_eq!(rejected, Error::NoUsableKey { skipped: 8, first: KeyError::PrivateInsteadOfPublic });
    let private = rsa_entry("rsa2048-b")["jwk_private"].to_string();
    let rejected = KeySet::<EncryptingKey>::from_jwks(&jwks(&[rsa.clone(), private.clone()])).unwrap_err();
    assert_eq!(rejected, KeyError::PrivateInsteadOfPublic.into());
    for (text, reason) in [
        ("[]", "found a JSON array"),
        ("{}", "the member `keys` is missing"),
        (r#"{"keys":{}}"#, "the member `keys` must be an array"),
        (r#"{"keys":[],"keys":[]}"#, "the member `keys` occurs twice"),
    ] {
        let error = KeySet::<EncryptingKey>::from_jwks(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
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

/// The comma that an error names is the one that is wrong, and no comma within a string.
#[test]
fn only_a_comma_between_values_is_a_trailing_comma() {
    let error = |jwk: &str| EncryptingKey::from_jwk(jwk).err();
    assert_eq!(error(r#"{"kty":"RSA" , }"#), Some(KeyError::TrailingComma.into()));
    assert_eq!(error(r#"{"kty":"RSA","key_ops":["encrypt",]}"#), Some(KeyError::TrailingComma.into()));
    assert_eq!(error(r#"{"kty":"RSA","kid":"a,}","n" "e"}"#), Some(KeyError::Json.into()));
    let skipped =
        |jwks: &str| KeySet::<EncryptingKey>::from_jwks_with_skipped(jwks).map(|(_, skipped)| skipped[0].reason);
    assert_eq!(skipped(r#"{"keys":["a,]"]}"#), Ok(KeyError::Json));
    assert_eq!(skipped(r#"{"keys":[{"kty":"RSA",}]}"#), Ok(KeyError::TrailingComma));
    assert_eq!(skipped(r#"{"keys":[{"kty":"RSA"},]}"#), Err(KeyError::TrailingComma.into()));
    assert_eq!(skipped(r#"{"keys":[{"kty":"RSA"}],}"#), Err(KeyError::TrailingComma.into()));
}

/// The JWK of a public key, with one member's text replaced.
fn public_jwk(member: &str, value: &str) -> String {
    let mut jwk = rsa_entry(A)["jwk_public"].clone();
    jwk[member] = serde_json::from_str(value).unwrap();
    jwk.to_string()
}

/// RFC 7518 section 2: "the minimum number of octets". Java writes a zero byte before n; out goes the one form.
#[test]
fn leading_zeros_of_a_public_jwk_are_dropped() {
    let jwk = &rsa_entry(A)["jwk_public"];
    for member in ["n", "e"] {
        let bytes = Base64UrlUnpadded::decode_vec(jwk[member].as_str().unwrap()).unwrap();
        let padded = Base64UrlUnpadded::encode_string(&[vec![0], bytes].concat());
        let key = EncryptingKey::from_jwk(&public_jwk(member, &format!("\"{padded}\""))).unwrap();
        assert_eq!(key.to_jwk(), public_key(A).to_jwk(), "{member}");
        assert_eq!(key.thumbprint(), public_key(A).thumbprint(), "{member}");
    }
}

/// RFC 7517 section 4.1.
#[test]
fn a_key_type_is_case_sensitive() {
    for kty in ["rsa", "Rsa", "RSA ", ""] {
        let rejected = EncryptingKey::from_jwk(&public_jwk("kty", &format!("\"{kty}\"")));
        assert_eq!(rejected.unwrap_err(), KeyError::WrongType(KeyType::Other).into(), "{kty}");
    }
    let oct = r#"{"kty":"OCT","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
    assert_eq!(ContentEncryptionKey::from_jwk(oct).unwrap_err(), KeyError::WrongType(KeyType::Other).into());
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
        let jwk = rsa_entry(A)["jwk_public"].to_string();
        EncryptingKey::from_jwk(&format!("{},{members}}}", jwk.strip_suffix('}').unwrap())).err()
    };
    let is_wrong = |error: Option<Error>| match error {
        Some(Error::Key(KeyError::MemberType(name))) => name.as_str() == "key_ops",
        _ => false,
    };
    assert_eq!(with(r#""key_ops":["encrypt","wrapKey","x","y"]"#), None);
    assert!(is_wrong(with(r#""key_ops":["encrypt","wrapKey","x","\u0078"]"#)));
    assert_eq!(with(r#""use":"enc","key_ops":["encrypt","wrapKey"]"#), None);
    assert!(is_wrong(with(r#""key_ops":["encrypt","\u0065ncrypt"]"#)));
    for signing in ["sign", "verify"] {
        for list in [format!(r#"["encrypt","{signing}"]"#), format!(r#"["{signing}","encrypt"]"#)] {
            let contradiction = with(&format!(r#""use":"enc","key_ops":{list}"#));
            assert_eq!(operation(contradiction), signing, "{list}");
            assert_eq!(with(&format!(r#""key_ops":{list}"#)), None, "{list} without a use that it contradicts");
        }
    }
}

/// The operation that an error names.
fn operation(error: Option<Error>) -> &'static str {
    match error {
        Some(Error::Key(KeyError::Operations(name))) => name.as_str(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_shared_key_for_other_operations_only_is_rejected() {
    let with = |operations: &str| {
        let k = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        ContentEncryptionKey::from_jwk(&format!(r#"{{"kty":"oct","k":"{k}","key_ops":[{operations}]}}"#)).err()
    };
    for operation_of_others in ["sign", "verify", "wrapKey", "unwrapKey", "deriveKey", "deriveBits"] {
        assert_eq!(operation(with(&format!("\"{operation_of_others}\""))), operation_of_others);
        assert_eq!(operation(with(&format!("\"other\",\"{operation_of_others}\""))), operation_of_others);
        assert_eq!(with(&format!("\"{operation_of_others}\",\"encrypt\"")), None);
    }
    assert_eq!(operation(with("\"other\"")), "an unregistered value");
}

/// What `kty` can be: RFC 7518 section 6.1, RFC 8037 section 2, and the types of Azure Key Vault.
#[test]
fn a_jwk_of_another_type_names_it() {
    let types = [
        ("RSA", KeyType::Rsa),
        ("RSA-HSM", KeyType::RsaHsm),
        ("EC", KeyType::Ec),
        ("EC-HSM", KeyType::Ec),
        ("OKP", KeyType::Okp),
        ("oct", KeyType::Oct),
        ("oct-HSM", KeyType::Oct),
        ("AKP", KeyType::Other),
    ];
    for (name, found) in types {
        let jwk = format!(r#"{{"kty":"{name}"}}"#);
        let wrong = KeyError::WrongType(found).into();
        let public = EncryptingKey::from_jwk(&jwk).unwrap_err();
        let private = DecryptingKey::from_jwk(&jwk).unwrap_err();
        let shared = ContentEncryptionKey::from_jwk(&jwk).unwrap_err();
        // The public half of a key in an HSM is read as the RSA key that it is.
        assert_eq!(public == wrong, !matches!(found, KeyType::Rsa | KeyType::RsaHsm), "{name}: {public}");
        assert_eq!(private == wrong, found != KeyType::Rsa, "{name}: {private}");
        assert_eq!(shared == wrong, found != KeyType::Oct, "{name}: {shared}");
    }
}

/// RFC 5280 section 4.1.2.7: the type of a key is its OID.
#[test]
fn a_key_of_another_type_in_der_names_it() {
    let types: [(&[u8], KeyType); 8] = [
        (b"\x2b\x65\x6e", KeyType::Okp),                           // 1.3.101.110, X25519
        (b"\x2b\x65\x71", KeyType::Okp),                           // 1.3.101.113, Ed448
        (b"\x2a\x86\x48\xce\x3d\x02\x01", KeyType::Ec),            // 1.2.840.10045.2.1
        (b"\x2b\x66\x6e", KeyType::Other),                         // 1.3.102.110
        (b"\x2b\x65", KeyType::Other),                             // 1.3.101
        (b"\x2b\x65\x6e\x01", KeyType::Other),                     // 1.3.101.110.1
        (b"\x2a\x86\x48\xce\x38\x04\x01", KeyType::Other),         // 1.2.840.10040.4.1, DSA
        (b"\x60\x86\x48\x01\x65\x03\x04\x04\x02", KeyType::Other), // 2.16.840.1.101.3.4.4.2, ML-KEM-768
    ];
    for (oid, found) in types {
        let algorithm = element(0x30, &element(0x06, oid));
        let spki = element(0x30, &[algorithm.clone(), element(0x03, &[0; 33])].concat());
        let pkcs8 = element(0x30, &[element(0x02, &[0]), algorithm, element(0x04, &[0; 32])].concat());
        assert_eq!(EncryptingKey::from_der(&spki).unwrap_err(), KeyError::WrongType(found).into(), "{oid:02x?}");
        assert_eq!(DecryptingKey::from_der(&pkcs8).unwrap_err(), KeyError::WrongType(found).into(), "{oid:02x?}");
    }
}

/// An element of DER that is shorter than 128 bytes.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
}

/// The id of a skipped key is repeated if a key could have it, which bounds what a set can make a log hold.
#[test]
fn a_skipped_key_has_an_id_of_at_most_1024_bytes() {
    for (kid, expected) in [
        ("k".repeat(1024), Some("k".repeat(1024))),
        ("k".repeat(1025), None),
        ("\\u006b".repeat(1024), Some("k".repeat(1024))),
        ("\u{fc}".repeat(512), Some("\u{fc}".repeat(512))),
        ("\u{fc}".repeat(513), None),
    ] {
        let set = jwks(&[format!(r#"{{"kty":"EC","kid":"{kid}"}}"#), rsa_entry(A)["jwk_public"].to_string()]);
        let (keys, skipped) = KeySet::<EncryptingKey>::from_jwks_with_skipped(&set).unwrap();
        assert_eq!((keys.len(), skipped.len(), skipped[0].index), (1, 1, 0));
        assert_eq!(skipped[0].key_id, expected, "{} bytes", kid.len());
    }
}

/// Browsers write `key_ops`: the error for the wrong half names the half, not the operations.
#[test]
fn a_public_jwk_is_not_private_whatever_its_operations() {
    let read = |jwk: &Value| DecryptingKey::from_jwk(&jwk.to_string()).map(drop);
    for operation in ["encrypt", "wrapKey", "decrypt", "verify"] {
        let mut public = rsa_entry(A)["jwk_public"].clone();
        public["key_ops"] = [operation].into_iter().collect();
        assert_eq!(read(&public), Err(KeyError::PublicInsteadOfPrivate.into()), "{operation}");
    }
    let mut private = rsa_entry(A)["jwk_private"].clone();
    private["key_ops"] = ["encrypt"].into_iter().collect();
    assert!(matches!(read(&private), Err(Error::Key(KeyError::Operations(name))) if name.as_str() == "encrypt"));
}

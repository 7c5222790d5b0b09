//! What every way of importing a key has in common: what comes in can go out and come in again, the same.

use jwe_primitives::{DecryptingKey, EncryptingKey, Header, Jwe};

use super::keys::Rng;

/// # Panics
/// If an export fails or doesn't come in again as the same key.
pub fn public(key: &EncryptingKey) {
    let der = key.to_der().expect("it exports");
    let jwk = key.to_jwk();
    assert!(serde_json::from_str::<serde_json::Value>(&jwk).is_ok());
    let again = [
        EncryptingKey::from_der(&der),
        EncryptingKey::from_pem(&key.to_pem().expect("it exports")),
        EncryptingKey::from_base64_der(&key.to_base64_der().expect("it exports")),
        EncryptingKey::from_jwk(&jwk),
    ];
    for again in &again {
        let again = again.as_ref().expect("what goes out comes in");
        assert_eq!(again.thumbprint(), key.thumbprint());
        assert_eq!(again.modulus_bits(), key.modulus_bits());
        assert_eq!(again.to_der().as_ref(), Ok(&der));
    }
    assert_eq!(again[3].as_ref().ok().and_then(EncryptingKey::key_id), key.key_id());
    assert!((2048..=8192).contains(&key.modulus_bits()));
}

/// # Panics
/// As [`public`]; if the key doesn't open what its public half seals.
pub fn private(key: &DecryptingKey) {
    let der = key.to_der().expect("it exports");
    let again = [
        DecryptingKey::from_der(&der),
        DecryptingKey::from_pem(&key.to_pem().expect("it exports")),
        DecryptingKey::from_jwk(&key.to_jwk().expect("it exports")),
        DecryptingKey::from_base64_der(&key.to_base64_der().expect("it exports")),
    ];
    for again in &again {
        let again = again.as_ref().expect("what goes out comes in");
        assert_eq!(again.to_der().as_ref(), Ok(&der));
    }
    assert_eq!(again[2].as_ref().ok().and_then(DecryptingKey::key_id), key.key_id());
    let half = key.encrypting_key();
    public(half);
    assert!(EncryptingKey::from_der(&der).is_err(), "a private key is no public one");
    // A longer key costs more than the fuzzer has time for.
    if key.modulus_bits() <= 2056 {
        let sent = half.encrypt_with_rng(&mut Rng(1), &Header::new(), b"x").expect("it encrypts");
        let jwe = Jwe::parse(&sent.compact).expect("what is written can be read");
        assert_eq!(key.decrypt_with_rng(&mut Rng(2), &jwe).expect("the halves belong together").plaintext, b"x");
    }
}

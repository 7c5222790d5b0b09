//! Any bytes as a certificate: its key is the one that its bytes hold, and no reader takes it for a key.

use jwe_primitives::{DecryptingKey, EncryptingKey, Error, KeyError};

use super::der::BEFORE_PKCS1;
use super::import;

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(key) = EncryptingKey::from_unverified_certificate_pem(text)
    {
        assert_eq!(EncryptingKey::from_pem(text).expect_err("a certificate"), Error::Key(KeyError::Certificate));
        import::public(&key);
    }
    let Ok(key) = EncryptingKey::from_unverified_certificate_der(data) else { return };
    assert_eq!(EncryptingKey::from_der(data).expect_err("a certificate"), Error::Key(KeyError::Certificate));
    assert_eq!(DecryptingKey::from_der(data).expect_err("a certificate"), Error::Key(KeyError::Certificate));
    let spki = key.to_der().expect("it exports");
    // Its algorithm may be RSAES-OAEP, which isn't written.
    let pkcs1 = &spki[BEFORE_PKCS1..];
    assert!(data.windows(pkcs1.len()).any(|window| window == pkcs1), "the key is one of the certificate, verbatim");
    // Bytes around a certificate make it none.
    assert!(EncryptingKey::from_unverified_certificate_der(&[data, &[0]].concat()).is_err());
    assert!(EncryptingKey::from_unverified_certificate_der(&data[..data.len() - 1]).is_err());
    import::public(&key);
}

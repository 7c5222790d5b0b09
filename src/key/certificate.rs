//! The public key of an X.509 certificate (RFC 5280 section 4.1), and nothing else of it.

use pkcs8::der::{self, Header, Reader as _, SliceReader, Tag, TagNumber};

use super::EncryptingKey;
use super::der::recognize;
use super::pem::decode_pem;
use crate::error::{Error, KeyError};
use crate::key_format::{KeyFormat, begin_sequence};

/// `version [0] EXPLICIT Version DEFAULT v1`.
const VERSION: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };

/// What is before the key in a `TBSCertificate`: `serialNumber`, `signature`, `issuer`, `validity`, `subject`.
const BEFORE_THE_KEY: [Tag; 5] = [Tag::Integer, Tag::Sequence, Tag::Sequence, Tag::Sequence, Tag::Sequence];

impl EncryptingKey {
    /// Reads the public key of an X.509 certificate in DER, while **nobody has checked its signature, its dates or its
    /// name**.
    ///
    /// Anybody can make a certificate with any name and a key of their own. Use this only for a certificate that came
    /// over a channel that you trust already, such as the onboarding page of your bank. The usage extensions are not
    /// read either.
    ///
    /// ```
    /// use jwe_primitives::EncryptingKey;
    ///
    /// # let cases = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/key_texts.json"));
    /// # let cases: serde_json::Value = serde_json::from_str(cases).unwrap();
    /// # let case = cases["keys"].as_array().unwrap().iter().find(|case| case["id"] == "tool-cert.pem").unwrap();
    /// # let pem = case["data"].as_str().unwrap();
    /// # let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    /// # let der = <base64ct::Base64 as base64ct::Encoding>::decode_vec(&body).unwrap();
    /// let bank = EncryptingKey::from_unverified_certificate_der(&der)?;
    /// assert_eq!(bank.modulus_bits(), 2048);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Key`]: [`KeyError::TooLong`] for more than [`Limits::MAX_KEY_LEN`](crate::Limits::MAX_KEY_LEN); what the
    /// bytes are instead, if that is recognized; [`KeyError::Der`] if it is not, or if no key is found where a
    /// certificate has it; or which rule the key breaks. What comes after the key is not read.
    pub fn from_unverified_certificate_der(der: &[u8]) -> Result<Self, Error> {
        match recognize(der)? {
            KeyFormat::Certificate => Self::from_spki(subject_public_key_info(der).map_err(|_| malformed(der))?),
            public @ (KeyFormat::Spki | KeyFormat::Pkcs1Public) => Err(KeyError::UnexpectedFormat(public).into()),
            other => Err(KeyError::unexpected(other).into()),
        }
    }

    /// Reads the public key of an X.509 certificate in PEM, while **nobody has checked its signature, its dates or its
    /// name**: as [`from_unverified_certificate_der`](Self::from_unverified_certificate_der), from one block
    /// `CERTIFICATE`.
    ///
    /// ```
    /// use jwe_primitives::EncryptingKey;
    ///
    /// # let cases = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/key_texts.json"));
    /// # let cases: serde_json::Value = serde_json::from_str(cases).unwrap();
    /// # let case = cases["keys"].as_array().unwrap().iter().find(|case| case["id"] == "tool-cert.pem").unwrap();
    /// # let pem = case["data"].as_str().unwrap();
    /// let bank = EncryptingKey::from_unverified_certificate_pem(pem)?;
    /// assert_eq!(bank.modulus_bits(), 2048);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_unverified_certificate_der`](Self::from_unverified_certificate_der) and [`from_pem`](Self::from_pem).
    /// Of a chain, keep only the first certificate.
    pub fn from_unverified_certificate_pem(pem: &str) -> Result<Self, Error> {
        Self::from_unverified_certificate_der(&decode_pem(pem)?)
    }
}

/// Finds `subjectPublicKeyInfo`. Everything else is skipped by its length; none of it is trusted.
fn subject_public_key_info(der: &[u8]) -> der::Result<&[u8]> {
    let mut reader = SliceReader::new(der)?;
    let key = begin_sequence(&mut reader, |certificate| begin_sequence(certificate, key_of_tbs))?;
    reader.finish()?;
    Ok(key)
}

/// The error for a certificate that can't be read: OpenSSL writes its trust settings after it, another SEQUENCE.
fn malformed(der: &[u8]) -> KeyError {
    let settings = SliceReader::new(der).and_then(|mut reader| {
        reader.tlv_bytes()?;
        element(&mut reader, Tag::Sequence)
    });
    match settings.map(KeyFormat::from_der) {
        Ok(Some(KeyFormat::Certificate)) | Err(_) => KeyError::Der,
        Ok(_) => KeyError::UnexpectedFormat(KeyFormat::TrustedCertificate),
    }
}

fn key_of_tbs<'a>(tbs: &mut SliceReader<'a>) -> der::Result<&'a [u8]> {
    if Header::peek(tbs)?.tag() == VERSION {
        tbs.tlv_bytes()?;
    }
    for tag in BEFORE_THE_KEY {
        element(tbs, tag)?;
    }
    element(tbs, Tag::Sequence)
}

/// The next element, with its header, if it has this tag.
fn element<'a>(reader: &mut SliceReader<'a>, tag: Tag) -> der::Result<&'a [u8]> {
    Header::peek(reader)?.tag().assert_eq(tag)?;
    reader.tlv_bytes()
}

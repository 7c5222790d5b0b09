//! RSA keys in PEM (RFC 7468): text encodings of what `der.rs` reads and writes.

use alloc::{string::String, vec, vec::Vec};

use rsa::pkcs8::der::pem;
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use zeroize::Zeroizing;

use super::der::{KeyFormat, MAX_KEY_LEN};
use super::{DecryptingKey, EncryptingKey};
use crate::error::{Error, KeyError};
use crate::stack;

impl KeyFormat {
    /// The shape that a PEM label promises (RFC 7468 sections 5 to 13, and OpenSSL's own).
    pub(super) fn from_pem_label(label: &str) -> Option<Self> {
        match label {
            "PUBLIC KEY" => Some(Self::Spki),
            "RSA PUBLIC KEY" => Some(Self::Pkcs1Public),
            "RSA PRIVATE KEY" => Some(Self::Pkcs1Private),
            "PRIVATE KEY" => Some(Self::Pkcs8),
            "ENCRYPTED PRIVATE KEY" => Some(Self::EncryptedPkcs8),
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Some(Self::Certificate),
            "EC PRIVATE KEY" => Some(Self::EcPrivate),
            _ => None,
        }
    }
}

impl EncryptingKey {
    /// Reads a public key in PEM: one block `PUBLIC KEY` or `RSA PUBLIC KEY` (RFC 7468), lines ending in LF or CRLF.
    /// Text in front of the block, as OpenSSL writes it, is passed over (RFC 7468 section 2); behind it there may be none.
    ///
    /// # Errors
    /// As [`from_der`](Self::from_der), and [`KeyError::Pem`].
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        Self::from_der(&decode_pem(pem)?)
    }

    /// The key as SPKI in PEM, lines ending in LF.
    ///
    /// # Errors
    /// As [`to_der`](Self::to_der).
    pub fn to_pem(&self) -> Result<String, Error> {
        self.public().components().to_public_key_pem(LineEnding::LF).map_err(|_| Error::Internal)
    }
}

impl DecryptingKey {
    /// Reads a private key in PEM: one block `PRIVATE KEY` or `RSA PRIVATE KEY` (RFC 7468), lines ending in LF or
    /// CRLF. Text in front of the block is passed over.
    ///
    /// # Errors
    /// As [`from_der`](Self::from_der), and [`KeyError::Pem`].
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        stack::zeroizing(|| Self::parse_der(&decode_pem(pem)?))
    }

    /// The key as PKCS#8 in PEM, not encrypted, lines ending in LF, in memory that is wiped on drop.
    ///
    /// # Errors
    /// As [`to_der`](Self::to_der).
    pub fn to_pem(&self) -> Result<Zeroizing<String>, Error> {
        stack::zeroizing(|| self.private().components().to_pkcs8_pem(LineEnding::LF).map_err(|_| Error::Internal))
    }
}

/// One PEM block whose content is what its label says. The base64 decoder looks nothing up by the key's text.
fn decode_pem(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let text = text.trim_ascii();
    if text.len() > MAX_KEY_LEN {
        return Err(KeyError::Pem);
    }
    let mut decoder = pem::Decoder::new_detect_wrap(text.as_bytes()).map_err(|_| pem_error(text))?;
    let shape = KeyFormat::from_pem_label(decoder.type_label()).ok_or(KeyError::Pem)?;
    let mut der = Zeroizing::new(vec![0; decoder.remaining_len()]);
    decoder.decode(&mut der).map_err(|_| pem_error(text))?;
    match KeyFormat::of(&der) {
        Some(other) if other == shape => Ok(der),
        _ => Err(KeyError::Der),
    }
}

/// OpenSSL's own encryption puts header lines into the block, which RFC 7468 forbids.
fn pem_error(text: &str) -> KeyError {
    if text.contains("Proc-Type: 4,ENCRYPTED") { KeyError::EncryptedPrivateKey } else { KeyError::Pem }
}

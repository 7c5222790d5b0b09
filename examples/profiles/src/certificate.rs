//! What services use of an X.509 certificate, read with `x509-cert`: `jwe-primitives` reads its public key only.
//!
//! **Nothing here verifies a certificate.** Its signature, its issuer and its revocation are not checked. Use it for a
//! certificate that came over a channel that you trust already.

use core::fmt::Write as _;
use core::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use jwe_primitives::EncryptingKey;
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::der::Encode as _;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::name::DirectoryString;
use x509_cert::time::Validity;

use crate::common::{Fallible, ensure, unix_time};

/// The attribute `serialNumber` of a name (X.520), which is not the serial number of a certificate.
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");

/// The key of a certificate, without an id, and the values that services derive ids from.
pub(crate) struct Certified {
    pub(crate) key: EncryptingKey,
    pub(crate) common_name: String,
    /// The `serialNumber` of the subject: the `kid` of Cybersource.
    pub(crate) subject_serial_number: Option<String>,
    /// The serial number that the issuer gave the certificate, in hexadecimal as `openssl x509 -serial` writes it.
    pub(crate) serial_number: String,
    /// The SHA-256 of the certificate's DER, in hexadecimal.
    pub(crate) sha256: String,
    /// The same hash as the parameter `x5t#S256` has it (RFC 7515 section 4.1.8).
    pub(crate) x5t_s256: String,
    validity: Validity,
}

impl Certified {
    /// Reads the certificates of a PEM text, such as the output of `openssl pkcs12 -nokeys`.
    pub(crate) fn read_all(pem: &str) -> Fallible<Vec<Self>> {
        Certificate::load_pem_chain(pem.as_bytes())?.iter().map(Self::new).collect()
    }

    fn new(certificate: &Certificate) -> Fallible<Self> {
        let signed = certificate.tbs_certificate();
        let text = |found: Option<DirectoryString>| found.map(|text| text.value().into_owned());
        // Of the DER as it was signed. `x509-cert` reads DER only, so that writing it gives the same bytes.
        let hash = Sha256::digest(certificate.to_der()?);
        Ok(Self {
            key: EncryptingKey::from_der(&signed.subject_public_key_info().to_der()?)?,
            common_name: text(signed.subject().common_name()?).unwrap_or_default(),
            subject_serial_number: text(signed.subject().by_oid(SERIAL_NUMBER)?),
            serial_number: hex(signed.serial_number().as_bytes()).to_uppercase(),
            sha256: hex(&hash),
            x5t_s256: BASE64URL.encode(hash),
            validity: *signed.validity(),
        })
    }

    /// Checks that the certificate is valid now, as far as its dates say it.
    pub(crate) fn check_dates(&self) -> Fallible {
        let now = Duration::from_secs(unix_time()?);
        let Validity { not_before, not_after, .. } = self.validity;
        let valid = not_before.to_unix_duration() <= now && now <= not_after.to_unix_duration();
        ensure(valid, "the certificate has expired, or is not valid yet")
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

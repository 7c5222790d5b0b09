//! The formats of keys: their names, their PEM labels, what to do with each, and how each is recognized.

use core::fmt;

use pkcs8::der::{self, Header, Reader as _, SliceReader, Tag};

use crate::json::UncheckedValue;

/// The formats, one a row: what the format is called, the PEM labels that name it (RFC 7468 sections 5 to 13, OpenSSL
/// and OpenSSH), and how to get a key from it.
macro_rules! formats {
    ($($(#[$doc:meta])* $format:ident, $name:literal, $labels:expr, $remedy:literal;)*) => {
        /// A format of keys, as far as it is recognized.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum KeyFormat { $($(#[$doc])* $format,)* }

        impl KeyFormat {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$format,)*];

            fn name(self) -> &'static str {
                match self { $(Self::$format => $name,)* }
            }

            fn labels(self) -> &'static [&'static str] {
                match self { $(Self::$format => &$labels,)* }
            }

            /// What to do with a key in this format, as the end of a sentence.
            pub(crate) fn remedy(self) -> &'static str {
                match self { $(Self::$format => $remedy,)* }
            }
        }
    };
}

formats! {
    /// `SubjectPublicKeyInfo` (RFC 5280 section 4.1), `PUBLIC KEY` in PEM.
    Spki, "PUBLIC KEY (SPKI)", ["PUBLIC KEY"],
        "read it with `EncryptingKey::from_pem` or `from_der`";
    /// `RSA PUBLIC KEY` (RFC 8017 appendix A.1.1).
    Pkcs1Public, "RSA PUBLIC KEY (PKCS#1)", ["RSA PUBLIC KEY"],
        "read it with `EncryptingKey::from_pem` or `from_der`";
    /// `RSA PRIVATE KEY` (RFC 8017 appendix A.1.2).
    Pkcs1Private, "RSA PRIVATE KEY (PKCS#1)", ["RSA PRIVATE KEY"],
        "read it with `DecryptingKey::from_pem` or `from_der`";
    /// `PRIVATE KEY` (RFC 5208).
    Pkcs8, "PRIVATE KEY (PKCS#8)", ["PRIVATE KEY"],
        "read it with `DecryptingKey::from_pem` or `from_der`";
    /// `ENCRYPTED PRIVATE KEY` (RFC 5208).
    EncryptedPkcs8, "ENCRYPTED PRIVATE KEY (PKCS#8)", ["ENCRYPTED PRIVATE KEY"],
        "decrypt it with `openssl pkey`";
    /// `EC PRIVATE KEY` (RFC 5915).
    EcPrivate, "EC PRIVATE KEY", ["EC PRIVATE KEY"],
        "an RSA key is needed here";
    /// An X.509 certificate (RFC 5280).
    Certificate, "CERTIFICATE (X.509)", ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"],
        "read it with `from_unverified_certificate_pem`";
    /// A request for a certificate, PKCS#10 (RFC 2986).
    CertificateRequest, "CERTIFICATE REQUEST (PKCS#10)", ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"],
        "extract its public key with `openssl req -in FILE -pubkey -noout`";
    /// A PKCS#12 keystore (RFC 7292).
    Pkcs12, "a PKCS#12 keystore", [],
        "extract its key with `openssl pkcs12 -in FILE -nodes -nocerts`";
    /// A Java keystore, JKS or JCEKS.
    JavaKeystore, "a Java keystore", [],
        "convert it with `keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype PKCS12`";
    /// A private key in OpenSSH's own format.
    OpenSshPrivate, "an OpenSSH private key", ["OPENSSH PRIVATE KEY"],
        "convert it with `ssh-keygen -p -m PEM -f KEY`";
    /// A public key in one of the two formats of SSH.
    OpenSshPublic, "an SSH public key", [],
        "convert it with `ssh-keygen -e -m PKCS8 -f KEY.pub`";
    /// PEM (RFC 7468) given to another reader.
    Pem, "PEM", [],
        "read it with `from_pem`";
    /// The base64 of DER given to another reader.
    Base64Der, "base64 of DER", [],
        "read it with `from_base64_der`";
    /// The base64url of DER.
    Base64UrlDer, "base64url of DER", [],
        "decode the base64url and read it with `from_der`";
    /// A JWK given to another reader.
    Jwk, "a JWK", [],
        "read it with `from_jwk`";
    /// A JWK Set given to another reader.
    JwkSet, "a JWK Set", [],
        "read it with `KeySet::from_jwks`";
    /// UTF-16 instead of UTF-8.
    Utf16, "UTF-16", [],
        "save it as UTF-8";
}

impl fmt::Display for KeyFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl KeyFormat {
    /// The format that a PEM label names.
    pub(crate) fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.labels().contains(&label))
    }

    /// Recognizes a format of DER by the tags in its outermost SEQUENCE.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        match tags(der).ok()? {
            [Some(Tag::Sequence), Some(Tag::BitString), None, _] => Some(Self::Spki),
            [Some(Tag::Integer), Some(Tag::Integer), None, _] => Some(Self::Pkcs1Public),
            [Some(Tag::Integer), Some(Tag::Integer), Some(Tag::Integer), Some(Tag::Integer)] => {
                Some(Self::Pkcs1Private)
            }
            [Some(Tag::Integer), Some(Tag::Sequence), Some(Tag::OctetString), _] => Some(Self::Pkcs8),
            [Some(Tag::Sequence), Some(Tag::OctetString), None, _] => Some(Self::EncryptedPkcs8),
            [Some(Tag::Sequence), Some(Tag::Sequence), Some(Tag::BitString), None] => Self::from_signed_der(der),
            [Some(Tag::Integer), Some(Tag::OctetString), _, _] => Some(Self::EcPrivate),
            [Some(Tag::Integer), Some(Tag::Sequence), None | Some(Tag::Sequence), None] => Some(Self::Pkcs12),
            _ => None,
        }
    }

    /// Distinguishes a request from a certificate, which has four SEQUENCEs before the key (RFC 2986 section 4.1).
    fn from_signed_der(der: &[u8]) -> Option<Self> {
        let first = begin_sequence(&mut SliceReader::new(der).ok()?, SliceReader::tlv_bytes).ok()?;
        match tags(first).ok()? {
            [Some(Tag::Integer), Some(Tag::Sequence), Some(Tag::Sequence), fourth] if fourth != Some(Tag::Sequence) => {
                Some(Self::CertificateRequest)
            }
            _ => Some(Self::Certificate),
        }
    }

    /// Recognizes a format of text by how it begins. Only the first bytes are compared, and those reveal nothing about a
    /// key.
    pub(crate) fn recognize(bytes: &[u8]) -> Option<Self> {
        let text = bytes.trim_ascii();
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        // What a lossy conversion makes of the byte order mark of UTF-16.
        let text = text.strip_prefix("\u{fffd}\u{fffd}".as_bytes()).unwrap_or(text);
        match text {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'-' | b'{' | b'M', 0, ..] | [0, b'-' | b'{' | b'M', ..] => {
                Some(Self::Utf16)
            }
            [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => Some(Self::JavaKeystore),
            [b'{', ..] => Self::recognize_json(text),
            _ if text.starts_with(b"-----BEGIN ") => Some(Self::Pem),
            _ if text.starts_with(b"openssh-key-v1\0") => Some(Self::OpenSshPrivate),
            _ if text.starts_with(b"ssh-") || text.starts_with(b"---- BEGIN SSH2 ") => Some(Self::OpenSshPublic),
            // A SEQUENCE with a length of more than one byte, and not the end of a PEM block.
            _ if text.starts_with(b"MI") && !text.ends_with(b"-") => Some(Self::recognize_base64(text)),
            _ => None,
        }
    }

    fn recognize_json(text: &[u8]) -> Option<Self> {
        let has = |name| matches!(UncheckedValue::of_member(text, name), Ok(Some(_)));
        if has("keys") { Some(Self::JwkSet) } else { has("kty").then_some(Self::Jwk) }
    }

    fn recognize_base64(text: &[u8]) -> Self {
        let has = |wanted: &[u8]| text.iter().any(|byte| wanted.contains(byte));
        let unpadded = !text.len().is_multiple_of(4) && !has(b"= \r\n");
        if unpadded || has(b"-_") { Self::Base64UrlDer } else { Self::Base64Der }
    }
}

/// The tags of the first four elements of a SEQUENCE.
fn tags(der: &[u8]) -> der::Result<[Option<Tag>; 4]> {
    begin_sequence(&mut SliceReader::new(der)?, |elements| {
        let mut tags = [None; 4];
        for tag in &mut tags {
            if elements.is_finished() {
                break;
            }
            *tag = Some(Header::peek(elements)?.tag());
            elements.tlv_bytes()?;
        }
        Ok(tags)
    })
}

/// Reads the beginning of a SEQUENCE, and skips the rest of it.
pub(crate) fn begin_sequence<'a, T>(
    reader: &mut SliceReader<'a>,
    read: impl FnOnce(&mut SliceReader<'a>) -> der::Result<T>,
) -> der::Result<T> {
    reader.sequence(|elements| {
        let value = read(elements)?;
        elements.drain(elements.remaining_len())?;
        Ok(value)
    })
}

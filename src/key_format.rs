//! The formats of keys: their names, their PEM labels, what to do with each, and how each is recognized.

use core::{fmt, str};

use pkcs8::der::{self, Header, Reader as _, SliceReader, Tag};

use crate::json::{Name, Object, Value};

/// The formats, one a row: what the format is called, the PEM labels that name it (RFC 7468 sections 5 to 13, OpenSSL
/// and OpenSSH), how texts in it begin, and how to get a key from it.
macro_rules! formats {
    ($($(#[$doc:meta])* $format:ident, $name:literal, $labels:expr, $beginnings:expr, $remedy:literal;)*) => {
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

            fn beginnings(self) -> &'static [&'static str] {
                match self { $(Self::$format => &$beginnings,)* }
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
    Spki, "PUBLIC KEY (SPKI)", ["PUBLIC KEY"], [],
        "read it with `EncryptingKey::from_pem` or `from_der`";
    /// `RSA PUBLIC KEY` (RFC 8017 appendix A.1.1).
    Pkcs1Public, "RSA PUBLIC KEY (PKCS#1)", ["RSA PUBLIC KEY"], [],
        "read it with `EncryptingKey::from_pem` or `from_der`";
    /// `RSA PRIVATE KEY` (RFC 8017 appendix A.1.2).
    Pkcs1Private, "RSA PRIVATE KEY (PKCS#1)", ["RSA PRIVATE KEY"], [],
        "read it with `DecryptingKey::from_pem` or `from_der`";
    /// `PRIVATE KEY` (RFC 5208).
    Pkcs8, "PRIVATE KEY (PKCS#8)", ["PRIVATE KEY"], [],
        "read it with `DecryptingKey::from_pem` or `from_der`";
    /// `ENCRYPTED PRIVATE KEY` (RFC 5208).
    EncryptedPkcs8, "ENCRYPTED PRIVATE KEY (PKCS#8)", ["ENCRYPTED PRIVATE KEY"], [],
        "decrypt it with `openssl pkey`";
    /// `EC PRIVATE KEY` (RFC 5915).
    EcPrivate, "EC PRIVATE KEY", ["EC PRIVATE KEY"], [],
        "an RSA key is needed here";
    /// An X.509 certificate (RFC 5280).
    Certificate, "CERTIFICATE (X.509)", ["CERTIFICATE", "X509 CERTIFICATE"], [],
        "read it with `from_unverified_certificate_pem`";
    /// A certificate with OpenSSL's trust settings after it.
    TrustedCertificate, "TRUSTED CERTIFICATE (OpenSSL)", ["TRUSTED CERTIFICATE"], [],
        "convert it with `openssl x509 -in FILE -out NEW.pem`";
    /// Certificates in PKCS#7 (RFC 2315).
    Pkcs7, "PKCS#7", ["PKCS7", "CMS"], [],
        "extract its certificates with `openssl pkcs7 -in FILE -print_certs`, of DER with `-inform DER`";
    /// A request for a certificate, PKCS#10 (RFC 2986).
    CertificateRequest, "CERTIFICATE REQUEST (PKCS#10)", ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"], [],
        "extract its public key with `openssl req -in FILE -pubkey -noout`, of DER with `-inform DER`";
    /// A PKCS#12 keystore (RFC 7292).
    Pkcs12, "a PKCS#12 keystore", ["PKCS12"], [],
        "extract its key with `openssl pkcs12 -in FILE -nodes -nocerts`";
    /// A Java keystore, JKS or JCEKS.
    JavaKeystore, "a Java keystore", [],
        // Base64 of the two, whose bytes are no text.
        ["/u3+7Q", "zs7Ozg"],
        "convert it with `keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype PKCS12`";
    /// A private key in OpenSSH's own format.
    OpenSshPrivate, "an OpenSSH private key", ["OPENSSH PRIVATE KEY"],
        ["openssh-key-v1\0"],
        "convert it with `ssh-keygen -p -m PEM -f KEY`";
    /// A public key in one of the two formats of SSH.
    OpenSshPublic, "an SSH public key", [],
        ["ssh-", "ecdsa-sha2-", "---- BEGIN SSH2 "],
        "convert it with `ssh-keygen -e -m PKCS8 -f KEY.pub`, of SSH2 after `ssh-keygen -i -f FILE > KEY.pub`";
    /// A private key in the format of `PuTTY`.
    Putty, "a PuTTY private key", [],
        ["PuTTY-User-Key-File-"],
        "convert it with `puttygen FILE -O private-openssh -o KEY` and `ssh-keygen -p -m PEM -f KEY`";
    /// A block of `OpenPGP` (RFC 9580).
    OpenPgp, "an OpenPGP block", ["PGP PUBLIC KEY BLOCK", "PGP PRIVATE KEY BLOCK", "PGP MESSAGE"], [],
        "make an RSA key with `openssl genpkey -algorithm RSA`";
    /// The XML of .NET, `RSAKeyValue`.
    XmlRsaKeyValue, "XML (RSAKeyValue)", [], [],
        "export the key as PEM, in .NET with `ExportSubjectPublicKeyInfoPem` or `ExportPkcs8PrivateKeyPem`";
    /// An HTML page or another XML document.
    Html, "HTML or XML, not JSON, PEM or base64", [], [],
        "an address may answer with a page instead of a key";
    /// PEM (RFC 7468) given to another reader.
    Pem, "PEM", [],
        ["-----BEGIN "],
        "read it with `from_pem`";
    /// The base64 of DER given to another reader.
    Base64Der, "base64 of DER", [], [],
        "read it with `from_base64_der`, or decode the base64 of a certificate";
    /// The base64url of DER.
    Base64UrlDer, "base64url of DER", [], [],
        "decode the base64url and read the bytes as DER";
    /// The base64 of PEM, as Kubernetes and CI systems store secrets.
    Base64Pem, "base64 of PEM", [],
        // `-----B`, also after a line break or a byte order mark, and `Bag Attributes`.
        ["LS0tLS1C", "Ci0tLS0t", "DQotLS0t", "77u/LS0t", "QmFnIEF0"],
        "decode the base64 once and read the result as PEM";
    /// The base64 of JSON, as Kubernetes and CI systems store secrets.
    Base64Json, "base64 of JSON", [],
        // `{"`, and `{` before blanks and line breaks; the same for `[`.
        ["eyJ", "eyAi", "eyAg", "ewo", "ew0K", "ewki", "77u/ey", "W3si", "Wwo"],
        "decode the base64 once and read the result with `from_jwk` or `from_jwks`";
    /// The base64 of something that is encoded itself, such as base64 or hexadecimal.
    Base64Text, "base64 of other text", [],
        // Base64 of DER, JSON and PEM, hexadecimal DER, `ssh-rsa`, XML.
        ["TUlJ", "ZXlK", "TFMwdExTMUN", "MzA4M", "c3NoLXJz", "PFJTQUtl", "PD94bWwg"],
        "decode the base64 once and look at the result";
    /// The hexadecimal text of DER.
    HexDer, "hexadecimal DER", [],
        ["3082", "30 82", "30:82", "0x3082", "\\x30\\x82"],
        "decode the hexadecimal and read the bytes as DER";
    /// The bytes of DER as a program prints a list of numbers.
    ByteArray, "a list of numbers", [], [],
        "if they are the bytes of a key, read these as DER";
    /// DER that was decoded as if it were text, which destroys it.
    DerAsText, "DER that was read as text", [],
        // The second byte of DER, as a lossy conversion, ISO 8859-1 and Windows-1252 have it.
        ["0\u{fffd}", "0\u{82}", "0\u{201a}"],
        "read the file as bytes, with `from_der`";
    /// A JWE or a JWS.
    Token, "a token (JWE or JWS)", [], [],
        "if it is an encrypted key, decrypt it first";
    /// A JWK given to another reader.
    Jwk, "a JWK", [], [],
        "read it with `from_jwk`";
    /// A JWK Set given to another reader.
    JwkSet, "a JWK Set", [], [],
        "read it with `KeySet::from_jwks`";
    /// A JSON array, such as a JWK Set without its `keys`.
    JsonArray, "a JSON array", [], [],
        "a JWK Set is an object with the array as its member `keys`, and a JWK is one entry";
    /// A JSON string, such as JSON that was encoded twice, or another text in quotation marks.
    JsonString, "a JSON string or quoted text", [], [],
        "decode the string once, or remove the quotation marks";
    /// What a program printed of an object, such as a Python dictionary or a Java map.
    PrintedObject, "a printed object, not JSON", [],
        // PHP, Go and Rust.
        ["Array", "array", "map[", "&{", "Some("],
        "serialize the object itself, for instance as JSON";
    /// A JSON object around a key or a set, such as `{"jwk": …}`.
    JsonWrapper, "an object around the key or set", [], [],
        "pass only its member that is the key: a JWK has `kty`, a JWK Set `keys`";
    /// Another JSON object.
    JsonObject, "a JSON object", [], [],
        "pass only the text of the key in it";
    /// The metadata of an authorization server (RFC 8414).
    Metadata, "server metadata", [], [],
        "fetch the JWK Set from the address in its `jwks_uri`";
    /// Percent-encoded text, as in a URL or a form.
    PercentEncoded, "percent-encoded text", [],
        ["-----BEGIN%20", "-----BEGIN+", "%7B", "%7b", "%5B", "%22"],
        "decode it first";
    /// A path or an address.
    Path, "a path or an address", [], [],
        "pass what the file or the address holds";
    /// A placeholder such as `${KEY}`, or a word such as `null` or `undefined`.
    Unset, "a placeholder or the word for a value that is not set", [],
        ["$"],
        "set the value that it stands for";
    /// UTF-16 instead of UTF-8.
    Utf16, "UTF-16", [], [],
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

    /// The format whose texts begin like `text`.
    fn from_beginning(text: &[u8]) -> Option<Self> {
        let begins = |beginning: &&str| text.starts_with(beginning.as_bytes());
        Self::ALL.iter().copied().find(|format| format.beginnings().iter().any(begins))
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
            [Some(Tag::ObjectIdentifier), Some(Tag::ContextSpecific { .. }), None, _] => Some(Self::Pkcs7),
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

    /// The format of text that was in base64, and is in this one when it is decoded.
    pub(crate) fn in_base64(self) -> Self {
        match self {
            Self::Pem => Self::Base64Pem,
            Self::Jwk | Self::JwkSet | Self::JsonWrapper | Self::JsonObject | Self::JsonArray | Self::Metadata => {
                Self::Base64Json
            }
            // What is binary is read from its base64, too.
            Self::Pkcs12 | Self::JavaKeystore | Self::CertificateRequest | Self::Pkcs7 | Self::Utf16 => self,
            _ => Self::Base64Text,
        }
    }

    /// Recognizes a format of text by how it begins. Only the first bytes are compared, and those reveal nothing about a
    /// key; in the rest, only quotation marks, brackets, dashes and line breaks decide.
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
            _ if UNSET.contains(&text) => Some(Self::Unset),
            [b'{', inside @ ..] => Self::recognize_object(text, inside.trim_ascii_start()),
            [b'[', inside @ ..] => Some(Self::recognize_array(inside.trim_ascii_start())),
            [b'"' | b'\'', ..] => Some(Self::JsonString),
            [b'<', ..] => Some(Self::recognize_markup(text)),
            // A SEQUENCE with a length of more than one byte, and not the end of a PEM block.
            [b'M', b'I', ..] if !text.ends_with(b"-") => Some(Self::recognize_base64(text)),
            [b'e', b'y', b'J', ..] if text.contains(&b'.') => Some(Self::Token),
            _ => Self::from_beginning(text),
        }
        .or_else(|| is_path(text).then_some(Self::Path))
        .or_else(|| has_block(text).then_some(Self::Pem))
    }

    /// Recognizes a JSON object by its members, and what only looks like one: the names are not in quotation marks.
    fn recognize_object(text: &[u8], inside: &[u8]) -> Option<Self> {
        // What is between the first name and the next quotation mark.
        let after_name = inside.split(|byte| *byte == b'"').nth(2).unwrap_or_default();
        match inside.first()? {
            b'"' if after_name.trim_ascii_start().starts_with(b"=") => Some(Self::PrintedObject),
            b'"' => Some(Self::recognize_members(Object::from_validated(text))),
            b'}' => Some(Self::JsonObject),
            b'\\' => Some(Self::JsonString),
            b'{' => Some(Self::Unset),
            first => first.is_ascii().then_some(Self::PrintedObject),
        }
    }

    fn recognize_members(object: Object<'_>) -> Self {
        let known = |name: Name<'_>| MEMBERS.iter().position(|(known, _)| name.is(known));
        let surest = object.members().filter_map(|member| known(member.name)).min();
        match surest.and_then(|known| MEMBERS.get(known)) {
            Some((_, format)) => *format,
            None if object.members().any(|member| holds_key(member.value)) => Self::JsonWrapper,
            None => Self::JsonObject,
        }
    }

    fn recognize_array(inside: &[u8]) -> Self {
        match inside.first() {
            None | Some(b'{' | b'[' | b'"' | b']') => Self::JsonArray,
            Some(b'0'..=b'9' | b'-') => Self::ByteArray,
            Some(_) => Self::PrintedObject,
        }
    }

    fn recognize_markup(text: &[u8]) -> Self {
        let mut tags = text.split(|byte| *byte == b'<');
        let is_key = tags.any(|tag| tag.starts_with(b"RSAKeyValue") || tag.starts_with(b"Modulus>"));
        if is_key { Self::XmlRsaKeyValue } else { Self::Html }
    }

    /// The text may be secret: every character is looked at, and only what is found in all of them decides.
    fn recognize_base64(text: &[u8]) -> Self {
        let (mut url, mut other) = (false, false);
        for byte in text {
            url |= matches!(byte, b'-' | b'_');
            other |= !(byte.is_ascii_alphanumeric() | matches!(byte, b'-' | b'_'));
        }
        if url && !other { Self::Base64UrlDer } else { Self::Base64Der }
    }
}

/// Whether a value is a JWK, a set, or a string with a key. Only its own members count: nothing here may recurse as deep as
/// a text nests.
fn holds_key(value: Value<'_>) -> bool {
    let text = value.as_str();
    match text.strip_prefix('"') {
        Some(inside) => inside.starts_with("-----BEGIN ") || inside.starts_with("MII"),
        None if !text.starts_with('{') => false,
        None => Object::from_validated(text.as_bytes())
            .members()
            .any(|member| member.name.is("kty") || member.name.is("keys")),
    }
}

/// Whether one line is a path or an address.
fn is_path(text: &[u8]) -> bool {
    let begins = |start: &&[u8]| text.starts_with(start);
    let is_drive = matches!(text, [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic());
    let is_file = ENDINGS.iter().any(|end| text.ends_with(end)) && !text.contains(&b' ');
    text.len() < MAX_PATH && !text.contains(&b'\n') && (is_drive || is_file || PATHS.iter().any(begins))
}

/// Whether text has a BEGIN line of PEM in it. DER is no UTF-8, from its second byte on.
fn has_block(text: &[u8]) -> bool {
    str::from_utf8(text).is_ok_and(|text| text.split('-').any(|piece| piece.starts_with("BEGIN ")))
}

/// What programs print for a value that is not set.
const UNSET: [&[u8]; 8] = [b"null", b"undefined", b"None", b"nil", b"NULL", b"(null)", b"<nil>", b"<no value>"];

/// Longer text is no path: base64 may begin with a slash, too.
const MAX_PATH: usize = 256;

/// How paths and addresses begin; and files end that have keys.
const PATHS: [&[u8]; 7] = [b"/", b"./", b"../", b"~/", b"file:", b"http://", b"https://"];
const ENDINGS: [&[u8]; 9] = [b".pem", b".key", b".der", b".json", b".crt", b".cer", b".p12", b".pfx", b".pub"];

/// What the members of a JSON object say of its format, the surest first.
const MEMBERS: [(&str, KeyFormat); 7] = [
    ("keys", KeyFormat::JwkSet),
    ("kty", KeyFormat::Jwk),
    ("jwks_uri", KeyFormat::Metadata),
    ("jwks", KeyFormat::JsonWrapper),
    ("jwk", KeyFormat::JsonWrapper),
    ("key", KeyFormat::JsonWrapper),
    ("ciphertext", KeyFormat::Token),
];

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_beginning_is_of_its_format() {
        for format in KeyFormat::ALL {
            for beginning in format.beginnings() {
                assert_eq!(KeyFormat::from_beginning(beginning.as_bytes()), Some(*format), "{beginning}");
            }
        }
    }
}

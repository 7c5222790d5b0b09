//! RSA keys in DER and in the base64 of DER: SPKI (RFC 5280 section 4.1), PKCS#1 (RFC 8017 appendix A.1) and PKCS#8
//! (RFC 5208). `pkcs1` and `pkcs8` read the structures; `rsa_core/to_der.rs` writes them.

use alloc::{string::String, vec, vec::Vec};

use base64ct::{Base64, Encoding as _};
use pkcs1::{ALGORITHM_OID, RsaPrivateKeyRef, RsaPublicKeyRef};
use pkcs8::der::{self, Decode as _, Reader as _, SliceReader, Tag, TagMode, TagNumber, Tagged as _};
use pkcs8::spki::{self, AlgorithmIdentifierRef};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use super::text;
use super::{DecryptingKey, EncryptingKey};
use crate::algorithm::Algorithm;
use crate::error::{Base64Fault, Error, KeyError, KeyType};
use crate::key_format::{KeyFormat, begin_sequence};
use crate::limits::Limits;
use crate::registered::RegisteredName;
use crate::rsa_core::PrivateComponents;
use crate::stack;

/// id-RSASSA-PSS (RFC 4055 section 1.2).
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

/// id-RSAES-OAEP (RFC 4055 section 4).
const RSAES_OAEP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.7");

/// id-mgf1 (RFC 4055 section 2.2).
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");

/// id-pSpecified (RFC 4055 section 4.1).
const P_SPECIFIED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.9");

/// id-sha1 (RFC 4055 section 2.1).
const SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");

/// The hashes of RFC 4055 section 2.1, with the `alg` of RSAES-OAEP with each.
const OAEP_HASHES: [(ObjectIdentifier, &str); 4] = [
    (SHA_1, "RSA-OAEP"),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"), "RSA-OAEP-256"),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2"), "RSA-OAEP-384"),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"), "RSA-OAEP-512"),
];

/// id-ecPublicKey (RFC 5480 section 2.1.1).
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// The arc of X25519, X448, Ed25519 and Ed448 (RFC 8410 section 3).
const EDWARDS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101");

impl EncryptingKey {
    /// Reads a public key in DER: SPKI or PKCS#1.
    ///
    /// ```
    /// use jwe_primitives::{EncryptingKey, KeyError};
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let key = DecryptingKey::generate(2048)?;
    /// # let (spki, pkcs8) = (key.encrypting_key().to_der()?, key.to_der()?);
    /// let bank = EncryptingKey::from_der(&spki)?;
    /// assert_eq!(bank.modulus_bits(), 2048);
    /// let rejected = EncryptingKey::from_der(&pkcs8);
    /// assert_eq!(rejected.unwrap_err(), KeyError::PrivateInsteadOfPublic.into());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Key`], which says what the bytes are instead, or which rule the key breaks; [`KeyError::TooLong`] for more
    /// than [`Limits::MAX_KEY_LEN`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        match recognize(der)? {
            KeyFormat::Spki => Self::from_spki(der),
            KeyFormat::Pkcs1Public => from_pkcs1(der),
            other => Err(KeyError::unexpected(other).into()),
        }
    }

    pub(super) fn from_spki(der: &[u8]) -> Result<Self, Error> {
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| KeyError::Der)?;
        check_algorithm(&info.algorithm)?;
        from_pkcs1(info.subject_public_key.as_bytes().ok_or(KeyError::Der)?)
    }

    /// Reads a public key in the base64 of its DER, as bank APIs publish it. White space is ignored.
    ///
    /// ```
    /// use jwe_primitives::EncryptingKey;
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let published = DecryptingKey::generate(2048)?.encrypting_key().to_base64_der()?;
    /// let bank = EncryptingKey::from_base64_der(&published)?; // `keyMaterial` of a bank, for example
    /// assert_eq!(bank.to_base64_der()?, published);
    /// assert_eq!(EncryptingKey::from_der(&bank.to_der()?)?.thumbprint(), bank.thumbprint());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_der`](Self::from_der), and [`KeyError::Base64`].
    pub fn from_base64_der(text: &str) -> Result<Self, Error> {
        Self::from_der(&from_base64(text)?).map_err(|error| of_base64(text, error))
    }

    /// Returns the key as SPKI in DER.
    ///
    /// ```
    /// # let key = jwe_primitives::DecryptingKey::generate(2048)?.encrypting_key().clone();
    /// use sha2::{Digest, Sha256};
    ///
    /// // Mastercard's fingerprint of `key`, an `EncryptingKey`: the hex SHA-256 of its SPKI.
    /// let hash = Sha256::digest(key.to_der()?);
    /// let fingerprint: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    /// # assert_eq!(fingerprint.len(), 64);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Internal`] if the encoder fails, which is not known to happen.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        self.rsa().to_spki()
    }

    /// Returns the key as SPKI in the base64 of its DER, on one line, as bank APIs accept it.
    ///
    /// ```
    /// use jwe_primitives::DecryptingKey;
    ///
    /// let mine = DecryptingKey::generate(2048)?;
    /// let key_material = mine.encrypting_key().to_base64_der()?; // what to upload to a bank
    /// assert!(key_material.starts_with("MIIBIjAN"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`to_der`](Self::to_der).
    pub fn to_base64_der(&self) -> Result<String, Error> {
        Ok(Base64::encode_string(&self.to_der()?))
    }
}

impl DecryptingKey {
    /// Reads a private key in DER: PKCS#8, not encrypted, or PKCS#1.
    ///
    /// ```
    /// use jwe_primitives::{DecryptingKey, KeyError};
    ///
    /// # let key = DecryptingKey::generate(2048)?;
    /// # let (spki, pkcs8) = (key.encrypting_key().to_der()?, key.to_der()?);
    /// let mine = DecryptingKey::from_der(&pkcs8)?;
    /// assert_eq!(mine.modulus_bits(), 2048);
    /// let rejected = DecryptingKey::from_der(&spki);
    /// assert_eq!(rejected.unwrap_err(), KeyError::PublicInsteadOfPrivate.into());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Key`], which says what the bytes are instead, or which rule the key breaks; [`KeyError::TooLong`] for more
    /// than [`Limits::MAX_KEY_LEN`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        stack::zeroizing(|| Self::parse_der(der))
    }

    pub(super) fn parse_der(der: &[u8]) -> Result<Self, Error> {
        match recognize(der)? {
            KeyFormat::Pkcs8 => {
                let info = PrivateKeyInfoRef::from_der(der).map_err(|_| KeyError::Der)?;
                check_algorithm(&info.algorithm)?;
                from_pkcs1_private(info.private_key.as_bytes())
            }
            KeyFormat::Pkcs1Private => from_pkcs1_private(der),
            other => Err(KeyError::unexpected(other).into()),
        }
    }

    /// Reads a private key in the base64 of its DER. White space is ignored.
    ///
    /// ```
    /// use jwe_primitives::DecryptingKey;
    ///
    /// # let stored = DecryptingKey::generate(2048)?.to_base64_der()?;
    /// let mine = DecryptingKey::from_base64_der(&stored)?; // of an environment variable, for example
    /// assert_eq!(mine.to_base64_der()?, stored);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_der`](Self::from_der), and [`KeyError::Base64`].
    pub fn from_base64_der(text: &str) -> Result<Self, Error> {
        stack::zeroizing(|| Self::parse_der(&from_base64(text)?).map_err(|error| of_base64(text, error)))
    }

    /// Returns the key as PKCS#8 in DER, not encrypted, in memory that is zeroized on drop.
    ///
    /// ```
    /// use jwe_primitives::DecryptingKey;
    ///
    /// let mine = DecryptingKey::generate(2048)?;
    /// let der = mine.to_der()?; // to encrypt and store
    /// let copy = DecryptingKey::from_der(&der)?;
    /// assert_eq!(copy.encrypting_key().thumbprint(), mine.encrypting_key().thumbprint());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Internal`] if the encoder fails, which is not known to happen.
    pub fn to_der(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        stack::zeroizing(|| self.rsa().to_pkcs8())
    }

    /// Returns the key as PKCS#8 in the base64 of its DER, not encrypted, on one line, in memory that is zeroized on
    /// drop. See [`from_base64_der`](Self::from_base64_der) for an example.
    ///
    /// # Errors
    /// As [`to_der`](Self::to_der).
    pub fn to_base64_der(&self) -> Result<Zeroizing<String>, Error> {
        stack::zeroizing(|| {
            let der = self.to_der()?;
            let mut text = Zeroizing::new(vec![0; Base64::encoded_len(&der)]);
            let text = Base64::encode(&der, &mut text).map_err(|_| Error::Internal)?;
            Ok(Zeroizing::new(String::from(text)))
        })
    }
}

/// Checks that a key is for RSA, and not for another use of it.
fn check_algorithm(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<(), KeyError> {
    match algorithm.oid {
        // RFC 8017 appendix A.1: rsaEncryption, whose parameters "shall have a value of type NULL".
        ALGORITHM_OID if algorithm.parameters.is_some_and(der::AnyRef::is_null) => Ok(()),
        ALGORITHM_OID => Err(KeyError::AlgorithmParameters),
        RSAES_OAEP => check_oaep(algorithm.parameters),
        RSASSA_PSS => Err(KeyError::RsaPss),
        EC => Err(KeyError::WrongType(KeyType::Ec)),
        oid if oid.parent() == Some(EDWARDS) => Err(KeyError::WrongType(KeyType::Okp)),
        _ => Err(KeyError::WrongType(KeyType::Other)),
    }
}

/// RFC 4055 section 4.1: without parameters, the key is for any hash; with them, for these and no others.
fn check_oaep(parameters: Option<der::AnyRef<'_>>) -> Result<(), KeyError> {
    let Some(parameters) = parameters else { return Ok(()) };
    parameters.tag().assert_eq(Tag::Sequence).map_err(|_| KeyError::Der)?;
    let (hash, mask_hash, has_label) = oaep_parameters(parameters).map_err(|_| KeyError::Der)?;
    let known = OAEP_HASHES.iter().find(|(oid, _)| hash == *oid && mask_hash == *oid && !has_label);
    match known.map(|(_, name)| *name) {
        Some(name) if name == Algorithm::RsaOaep256.name() => Ok(()),
        Some(name) => Err(KeyError::OaepParameters(RegisteredName::of(name))),
        None => Err(KeyError::OaepParameters(RegisteredName::UNKNOWN)),
    }
}

/// `RSAES-OAEP-params` (RFC 4055 section 4.1): the hash, the hash of MGF1, and whether there is a label. What is absent is
/// SHA-1, or no label.
fn oaep_parameters(parameters: der::AnyRef<'_>) -> spki::Result<(ObjectIdentifier, ObjectIdentifier, bool)> {
    let mut fields = SliceReader::new(parameters.value())?;
    let mut field = |number| {
        let field = fields.context_specific::<AlgorithmIdentifierRef<'_>>(TagNumber(number), TagMode::Explicit)?;
        Ok::<_, der::Error>(field)
    };
    let [hash, mask, label] = [field(0)?, field(1)?, field(2)?];
    fields.finish()?;
    let mask_hash = match mask {
        None => SHA_1,
        Some(mask) if mask.oid == MGF1 => mask.parameters_any()?.decode_as::<AlgorithmIdentifierRef<'_>>()?.oid,
        // Another function: its own OID is no hash.
        Some(mask) => mask.oid,
    };
    let is_empty = |label: der::AnyRef<'_>| label.tag() == Tag::OctetString && label.value().is_empty();
    let has_label = label.is_some_and(|source| source.oid != P_SPECIFIED || !source.parameters.is_some_and(is_empty));
    Ok((hash.map_or(SHA_1, |hash| hash.oid), mask_hash, has_label))
}

/// The error for a structure of INTEGERs that can't be read. A number that is negative has lost the zero byte before it,
/// and one without a byte is none; neither is a secret.
fn malformed(der: &[u8]) -> KeyError {
    let (mut count, mut negative, mut empty) = (0_usize, false, false);
    let integers = SliceReader::new(der).and_then(|mut reader| {
        begin_sequence(&mut reader, |elements| {
            while !elements.is_finished() {
                let element = der::AnyRef::decode(elements)?;
                element.tag().assert_eq(Tag::Integer)?;
                count = count.saturating_add(1);
                empty |= element.value().is_empty();
                negative |= element.value().first().is_some_and(|first| *first >= 0x80);
            }
            Ok(())
        })
    });
    match integers {
        Ok(()) if negative => KeyError::NegativeInteger,
        // The version, n, e and d, and not all of the others.
        Ok(()) if count >= 4 && (empty || count < PRIVATE_INTEGERS) => KeyError::MissingPrimes,
        _ => KeyError::Der,
    }
}

/// The INTEGERs of `RSAPrivateKey` (RFC 8017 appendix A.1.2).
const PRIVATE_INTEGERS: usize = 9;

fn from_pkcs1(der: &[u8]) -> Result<EncryptingKey, Error> {
    let key = RsaPublicKeyRef::from_der(der).map_err(|_| malformed(der))?;
    EncryptingKey::from_components(key.modulus.as_bytes(), key.public_exponent.as_bytes())
}

fn from_pkcs1_private(der: &[u8]) -> Result<DecryptingKey, Error> {
    let key = RsaPrivateKeyRef::from_der(der).map_err(|_| malformed(der))?;
    if key.other_prime_infos.is_some() {
        return Err(KeyError::MultiPrime.into());
    }
    let secret = PrivateComponents {
        d: key.private_exponent.as_bytes(),
        p: key.prime1.as_bytes(),
        q: key.prime2.as_bytes(),
        dp: key.exponent1.as_bytes(),
        dq: key.exponent2.as_bytes(),
        qi: key.coefficient.as_bytes(),
    };
    DecryptingKey::from_components(key.modulus.as_bytes(), key.public_exponent.as_bytes(), &secret)
}

pub(super) fn recognize(der: &[u8]) -> Result<KeyFormat, KeyError> {
    if der.len() > Limits::MAX_KEY_LEN {
        return Err(KeyError::TooLong);
    }
    KeyFormat::from_der(der).ok_or_else(|| text::unreadable(der, &[], KeyError::Der))
}

fn from_base64(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let text = text::within(text, Limits::MAX_KEY_LEN)?;
    // Base64 of something else decodes, too, and so may hexadecimal.
    match KeyFormat::recognize(text.as_bytes()) {
        Some(KeyFormat::Base64Der) | None => {}
        // Its first character is the one that does not belong.
        Some(KeyFormat::JsonString) if text.starts_with(['"', '\'']) => {}
        Some(other) => return Err(KeyError::UnexpectedFormat(other)),
    }
    let mut line = Zeroizing::new(String::with_capacity(text.len()));
    text.split_ascii_whitespace().for_each(|piece| line.push_str(piece));
    let wanted = [KeyFormat::Base64Der, KeyFormat::JsonString];
    decode_base64(&line).ok_or_else(|| text::unreadable(text.as_bytes(), &wanted, not_base64(text)))
}

/// The error for text that does not decode, and may be something else than base64.
fn not_base64(text: &str) -> KeyError {
    match base64_fault(text) {
        // The END line of PEM whose BEGIN line was lost.
        Base64Fault::UrlSafe if text.ends_with("-----") => KeyError::Pem,
        // All DER of a key begins like this, and `=` in the middle is a name before it.
        Base64Fault::Padding if !text.starts_with("MI") && !text.trim_end_matches('=').contains('=') => KeyError::Der,
        fault => KeyError::Base64(fault),
    }
}

/// What is wrong with text that does not decode. It may be secret: whether a character belongs to base64 is found without
/// distinguishing those that do.
pub(super) fn base64_fault(text: &str) -> Base64Fault {
    let belongs =
        |byte: &u8| byte.is_ascii_alphanumeric() | matches!(byte, b'+' | b'/' | b'=') | byte.is_ascii_whitespace();
    match text.as_bytes().iter().find(|byte| !belongs(byte)) {
        None if text.starts_with("MI") && plus_became_blank(text) => Base64Fault::PlusAsBlank,
        None => Base64Fault::Padding,
        Some(b'%') => Base64Fault::Percent,
        Some(b'\\') => Base64Fault::Backslash,
        Some(b'"' | b'\'') => Base64Fault::Quote,
        Some(b'-' | b'_') => Base64Fault::UrlSafe,
        Some(_) => Base64Fault::Character,
    }
}

/// Whether a form's decoding may have put blanks where `+` was: there are blanks and no `+`.
fn plus_became_blank(text: &str) -> bool {
    let (mut blank, mut plus) = (false, false);
    for byte in text.bytes() {
        blank |= byte == b' ';
        plus |= byte == b'+';
    }
    blank && !plus
}

/// The error for a key whose base64 decoded, to something else than its owner wrote if blanks stand for `+`.
fn of_base64(text: &str, error: Error) -> Error {
    match error {
        Error::Key(KeyError::UnexpectedFormat(found)) => KeyError::UnexpectedFormat(found.in_base64()).into(),
        Error::Key(KeyError::Der | KeyError::NegativeInteger | KeyError::SmallFactor | KeyError::Inconsistent)
            if plus_became_blank(text.trim_ascii()) =>
        {
            KeyError::Base64(Base64Fault::PlusAsBlank).into()
        }
        other => other,
    }
}

/// Decodes base64 with its padding (RFC 4648 section 4), looking nothing up by the text.
pub(super) fn decode_base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    // Three bytes for four characters, and room for the padding that isn't bytes.
    let mut der = Zeroizing::new(vec![0; text.len()]);
    let len = Base64::decode(text, &mut der).ok()?.len();
    der.truncate(len);
    Some(der)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8017 appendix A.1: "The parameters field associated with this OID … shall have a value of type NULL".
    #[test]
    fn parameters_of_rsa_encryption_are_null() {
        let key = crate::test_util::key("rsa2048-a");
        let with = |der: &[u8]| -> Vec<u8> {
            let oid_end = der.windows(2).position(|two| two == [0x05, 0x00]).unwrap();
            let mut changed = der.to_vec();
            changed[oid_end] = 0x04;
            changed
        };
        let public = EncryptingKey::from_der(&with(&key.encrypting_key().to_der().unwrap()));
        assert_eq!(public.unwrap_err(), KeyError::AlgorithmParameters.into());
        let private = DecryptingKey::from_der(&with(&key.to_der().unwrap()));
        assert_eq!(private.unwrap_err(), KeyError::AlgorithmParameters.into());
    }

    #[test]
    fn an_element_without_a_header_is_no_der() {
        for der in [&[0x30, 1, 0x02][..], &[0x30, 2, 0x1f, 0x00], &[0x30, 3, 0x02, 1, 1], &[0x30, 3, 0x05, 0, 0x02]] {
            assert_eq!(EncryptingKey::from_der(der).unwrap_err(), KeyError::Der.into());
            assert_eq!(DecryptingKey::from_der(der).unwrap_err(), KeyError::Der.into());
        }
    }

    /// A text of the longest length is read, and found to be no key; a longer one isn't read.
    #[test]
    fn the_length_of_key_text_is_bounded_exactly() {
        let body = "A".repeat(65_536);
        assert_eq!(EncryptingKey::from_base64_der(&body).unwrap_err(), KeyError::Der.into());
        assert_eq!(EncryptingKey::from_base64_der(&(body + "AAAA")).unwrap_err(), KeyError::TooLong.into());
        // Lines of 56 and a last one of 48 characters.
        let lines = ["A".repeat(56), "\n".into()].concat().repeat(1148);
        let pem = |last: &str| ["-----BEGIN PUBLIC KEY-----\n", &lines, last, "\n-----END PUBLIC KEY-----"].concat();
        let longest = pem(&"A".repeat(48));
        assert_eq!((longest.len(), EncryptingKey::from_pem(&longest).unwrap_err()), (65_536, KeyError::Der.into()));
        assert_eq!(EncryptingKey::from_pem(&pem(&"A".repeat(52))).unwrap_err(), KeyError::TooLong.into());
        let bytes = vec![0; Limits::MAX_KEY_LEN + 1];
        for (len, error) in [(Limits::MAX_KEY_LEN, KeyError::Der), (Limits::MAX_KEY_LEN + 1, KeyError::TooLong)] {
            let der = bytes.split_at(len).0;
            assert_eq!(EncryptingKey::from_der(der).unwrap_err(), error.into());
            assert_eq!(DecryptingKey::from_der(der).unwrap_err(), error.into());
            assert_eq!(EncryptingKey::from_unverified_certificate_der(der).unwrap_err(), error.into());
        }
    }
}

//! What can go wrong, in one `Copy` type.
//!
//! An error is detailed only about what anyone can see anyway: the token's text, the public half of a key, a length.
//! Everything after the first operation that depends on a secret is one value, [`Error::Decryption`], whatever went
//! wrong: RFC 7516 section 11.5, RFC 8017 section 7.1.2.

use core::fmt;

/// A part of the Compact Serialization, by its name in RFC 7516 section 7.1.
///
/// Exhaustive on purpose: the RFC has five parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The first part: `BASE64URL(UTF8(JWE Protected Header))`.
    Header,
    /// The second part: `BASE64URL(JWE Encrypted Key)`, empty for `dir`.
    EncryptedKey,
    /// The third part: `BASE64URL(JWE Initialization Vector)`.
    Iv,
    /// The fourth part: `BASE64URL(JWE Ciphertext)`.
    Ciphertext,
    /// The fifth part: `BASE64URL(JWE Authentication Tag)`.
    Tag,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "JWE Protected Header",
            Self::EncryptedKey => "JWE Encrypted Key",
            Self::Iv => "JWE Initialization Vector",
            Self::Ciphertext => "JWE Ciphertext",
            Self::Tag => "JWE Authentication Tag",
        })
    }
}

/// Why an operation of this crate failed.
///
/// No variant carries input or key material, so that an error can be logged as it is. To a peer, say nothing but that
/// the request failed. The error catalog, `docs/ERRORS.md`, has the cause and the remedy for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// The text is not five parts separated by dots (RFC 7516 section 7.1). A JWS has three parts, and a JSON
    /// Serialization starts with `{`; neither is read here.
    PartCount,
    /// The token is longer than [`Limits`](crate::Limits) allow.
    TokenTooLong,
    /// The header is longer than [`Limits`](crate::Limits) allow, or has more than 64 members (names of the enclosing
    /// objects included). When encrypting: the header is longer than a receiver with the default limits accepts.
    HeaderTooLong,
    /// This part is not base64url as defined by RFC 7515 section 2: it has a character outside the alphabet, white
    /// space, padding, nonzero bits after the last byte, or an impossible length.
    Base64(Part),
    /// This part does not have the length that it must have: 12 bytes for the IV, 16 for the tag, and for the encrypted
    /// key the length of the RSA modulus (`RSA-OAEP-256`) or none (`dir`).
    PartLength(Part),
    /// The header is not exactly one JSON object (RFC 8259) in UTF-8, or it nests deeper than 16 levels.
    HeaderSyntax,
    /// A member name occurs twice in one object of the header (RFC 7516 section 4), received or to be sent.
    DuplicateParameter,
    /// `crit` is present, and no extension is supported (RFC 7516 section 4.1.13).
    Critical,
    /// `zip` is present, and nothing is ever decompressed (RFC 7516 section 4.1.3).
    Compression,
    /// `alg` is missing, or neither `RSA-OAEP-256` nor `dir`.
    UnsupportedAlgorithm,
    /// `enc` is missing or not `A256GCM`.
    UnsupportedEncryption,
    /// `kid`, `typ` or `cty` is not a string (RFC 7516 section 4.1); when encrypting, also `x5t` or `x5t#S256`.
    ParameterType,
    /// This name is reserved: it controls processing or embeds a key. `typ`, `cty` and `kid` have methods of their own;
    /// `alg` and `enc` belong to the key.
    ReservedParameter,
    /// The raw JSON of a header parameter is not one JSON value.
    ParameterSyntax,
    /// The token's `alg` is not the algorithm of this key. A key has one algorithm; a message cannot choose.
    AlgorithmMismatch,
    /// The `kid` of the token and that of the key differ.
    KeyIdMismatch,
    /// The key set has no keys.
    EmptyKeySet,
    /// No key of the set has this `kid`.
    UnknownKeyId,
    /// Several keys of the set match: no `kid` selects one, or several have this `kid`.
    AmbiguousKey,
    /// The buffer is shorter than the documented length.
    BufferTooSmall,
    /// The content is longer than AES-GCM encrypts in one message (2³⁶ − 32 bytes), or than a buffer can be.
    MessageTooLong,
    /// The random number generator failed.
    Randomness,
    /// The key material cannot be used, and why.
    Key(KeyError),
    /// The token cannot be decrypted with this key. Whether the encrypted key or the content was wrong is not revealed
    /// to anyone.
    Decryption,
    /// A library rejected what its contract accepts. Not known to happen; please report it.
    Internal,
}

/// Why key material can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyError {
    /// Not one PEM block as RFC 7468 has it, or one with an unknown label.
    Pem,
    /// Not base64 (RFC 4648 section 4, with padding, no line breaks).
    Base64,
    /// Not one of the ASN.1 structures that this constructor reads, or octets behind it.
    Der,
    /// Not a JWK with the members that its type needs (RFC 7517, RFC 7518 section 6).
    Jwk,
    /// The private key is encrypted with a password. Decrypt it first, for instance with
    /// `openssl pkey -in key.pem -out plain.pem`.
    EncryptedPrivateKey,
    /// This is an X.509 certificate. Take its public key out first, for instance with
    /// `openssl x509 -in cert.pem -pubkey -noout`.
    Certificate,
    /// The key isn't of the type that this constructor reads: an EC or Edwards key, or RSA for `oct` and the
    /// reverse.
    WrongType,
    /// This is an RSASSA-PSS key: its owner made it for signatures only (RFC 4055 section 1.2).
    RsaPss,
    /// This is a private key; a public one belongs here. Never hand out a private key: see
    /// [`DecryptingKey::encrypting_key`](crate::DecryptingKey::encrypting_key).
    PrivateInsteadOfPublic,
    /// This is a public key; a private one belongs here.
    PublicInsteadOfPrivate,
    /// The modulus is shorter than 2048 bits (RFC 7518 section 4.3).
    ModulusTooSmall,
    /// The modulus is longer than 8192 bits.
    ModulusTooLarge,
    /// The public exponent is even, less than 3 or more than 2³³ − 1.
    PublicExponent,
    /// The numbers don't make an RSA key: an even modulus, factors that don't multiply to it, are equal or differ
    /// in length, or exponents or CRT values that don't belong to them.
    Inconsistent,
    /// An RSA key of more than two primes.
    MultiPrime,
    /// A private JWK without all of `p`, `q`, `dp`, `dq` and `qi`.
    MissingPrimes,
    /// The JWK's `use` isn't `enc`: the key is for something else (RFC 7517 section 4.2).
    Use,
    /// The JWK's `alg` isn't ours: the key is for another algorithm (RFC 7517 section 4.4).
    Algorithm,
    /// The JWK's `key_ops` don't permit this use (RFC 7517 section 4.3).
    Operations,
    /// A symmetric key must have 32 octets (RFC 7518 section 5.3).
    SymmetricLength,
    /// No key of the JWK Set is for `RSA-OAEP-256`.
    EmptySet,
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64(part) => write!(f, "the {part} is not canonical unpadded base64url"),
            Self::PartLength(part) => write!(f, "the {part} does not have the length that it must have"),
            Self::Key(error) => error.fmt(f),
            other => f.write_str(other.text()),
        }
    }
}

impl Error {
    /// The text of the variants without a value; the others format theirs.
    fn text(self) -> &'static str {
        match self {
            Self::PartCount => "not a compact JWE: expected five parts separated by dots",
            Self::TokenTooLong => "the token is longer than the limit",
            Self::HeaderTooLong => "the header is longer than the limit",
            Self::HeaderSyntax => "the header is not one strict JSON object in UTF-8",
            Self::DuplicateParameter => "the header has a duplicate member name",
            Self::Critical => "the header has `crit`, and no extension is supported",
            Self::Compression => "the header has `zip`, and compression is not supported",
            Self::UnsupportedAlgorithm => "the header's `alg` is not RSA-OAEP-256 or dir",
            Self::UnsupportedEncryption => "the header's `enc` is not A256GCM",
            Self::ParameterType => "a header parameter that must be a string is not a string",
            Self::ReservedParameter => "this header parameter is reserved",
            Self::ParameterSyntax => "the header parameter's value is not one JSON value",
            Self::AlgorithmMismatch => "the token's `alg` is not the algorithm of this key",
            Self::KeyIdMismatch => "the token's `kid` is not that of this key",
            Self::EmptyKeySet => "the key set has no keys",
            Self::UnknownKeyId => "no key of the set has this `kid`",
            Self::AmbiguousKey => "the key is ambiguous: a `kid` must select exactly one",
            Self::BufferTooSmall => "the buffer is too small",
            Self::MessageTooLong => "the content is too long for one message",
            Self::Randomness => "the random number generator failed",
            Self::Decryption => "decryption failed",
            Self::Internal | Self::Base64(_) | Self::PartLength(_) | Self::Key(_) => {
                "internal error: a library rejected what its contract accepts"
            }
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem => "key: not one PEM block with a known label",
            Self::Base64 => "key: not padded standard base64 on one line",
            Self::Der => "key: not SPKI, PKCS#1 or PKCS#8 in DER, or octets follow it",
            Self::Jwk => "key: not a well-formed JWK of this type",
            Self::EncryptedPrivateKey => {
                "key: the private key is encrypted with a password, decrypt it first (openssl pkey)"
            }
            Self::Certificate => {
                "key: this is an X.509 certificate, take its public key first (openssl x509 -pubkey -noout)"
            }
            Self::WrongType => "key: not a key of the type that is needed here",
            Self::RsaPss => "key: an RSASSA-PSS key is for signatures only",
            Self::PrivateInsteadOfPublic => "key: this is a private key, a public key belongs here",
            Self::PublicInsteadOfPrivate => "key: this is a public key, a private key belongs here",
            Self::ModulusTooSmall => "key: RSA modulus shorter than 2048 bits",
            Self::ModulusTooLarge => "key: RSA modulus longer than 8192 bits",
            Self::PublicExponent => "key: RSA public exponent even, less than 3 or more than 33 bits",
            Self::Inconsistent => "key: the numbers do not make an RSA key",
            Self::MultiPrime => "key: RSA with more than two primes is not supported",
            Self::MissingPrimes => "key: private JWK without all of p, q, dp, dq and qi",
            Self::Use => "key: the JWK's `use` is not `enc`",
            Self::Algorithm => "key: the JWK's `alg` is another algorithm",
            Self::Operations => "key: the JWK's `key_ops` do not permit this use",
            Self::EmptySet => "key: no key of the JWK Set is for RSA-OAEP-256",
            Self::SymmetricLength => "key: a symmetric key must have 32 octets",
        })
    }
}

impl core::error::Error for Error {}
impl core::error::Error for KeyError {}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString as _, vec::Vec};

    use super::*;

    #[test]
    fn every_error_says_something_of_its_own_on_one_line() {
        let parts = [Part::Header, Part::EncryptedKey, Part::Iv, Part::Ciphertext, Part::Tag];
        let keys = [
            KeyError::Pem,
            KeyError::Base64,
            KeyError::Der,
            KeyError::Jwk,
            KeyError::EncryptedPrivateKey,
            KeyError::Certificate,
            KeyError::WrongType,
            KeyError::RsaPss,
            KeyError::PrivateInsteadOfPublic,
            KeyError::PublicInsteadOfPrivate,
            KeyError::ModulusTooSmall,
            KeyError::ModulusTooLarge,
            KeyError::PublicExponent,
            KeyError::Inconsistent,
            KeyError::MultiPrime,
            KeyError::MissingPrimes,
            KeyError::Use,
            KeyError::Algorithm,
            KeyError::Operations,
            KeyError::SymmetricLength,
            KeyError::EmptySet,
        ];
        let mut errors: Vec<Error> = [
            Error::PartCount,
            Error::TokenTooLong,
            Error::HeaderTooLong,
            Error::HeaderSyntax,
            Error::DuplicateParameter,
            Error::Critical,
            Error::Compression,
            Error::UnsupportedAlgorithm,
            Error::UnsupportedEncryption,
            Error::ParameterType,
            Error::ReservedParameter,
            Error::ParameterSyntax,
            Error::AlgorithmMismatch,
            Error::KeyIdMismatch,
            Error::EmptyKeySet,
            Error::UnknownKeyId,
            Error::AmbiguousKey,
            Error::BufferTooSmall,
            Error::MessageTooLong,
            Error::Randomness,
            Error::Decryption,
            Error::Internal,
        ]
        .into();
        errors.extend(parts.into_iter().flat_map(|part| [Error::Base64(part), Error::PartLength(part)]));
        errors.extend(keys.map(Error::from));
        let mut texts: Vec<_> = errors.iter().map(Error::to_string).collect();
        assert!(texts.iter().all(|text| text.len() > 15 && !text.contains('\n')), "{texts:?}");
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), errors.len());
    }
}

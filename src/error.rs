//! What can go wrong, in one `Copy` type.
//!
//! An error is detailed only about what anyone can see anyway: the token's text, the public half of a key, a length.
//! Every failure after the first operation that depends on a secret is one value, [`Error::Decryption`] (RFC 7516
//! section 11.5, RFC 8017 section 7.1.2).

use core::fmt;

use crate::key_format::KeyFormat;
use crate::limits::Limits;
use crate::registered::RegisteredName;

/// Makes an enum whose values have texts. Of each variant it takes the documentation, the name, what it carries, and after
/// `=>` what `write!` takes for the text, or after `=` a closure that writes it.
macro_rules! with_texts {
    (
        $(#[$attribute:meta])*
        pub enum $enum:ident;
        $(
            $(#[$doc:meta])*
            $variant:ident $(($value:ident: $type:ty))? $({ $($(#[$field_doc:meta])* $field:ident: $field_type:ty,)* })?
            $(= |$formatter:ident| $write:expr)? $(=> $text:literal $(, $argument:expr)*)?;
        )*
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $enum {
            $($(#[$doc])* $variant $(($type))? $({ $($(#[$field_doc])* $field: $field_type,)* })?,)*
        }

        impl fmt::Display for $enum {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant $(($value))? $({ $($field),* })? => {
                        $(let $formatter = f; $write)? $(write!(f, $text $(, $argument)*))?
                    })*
                }
            }
        }
    };
}

with_texts! {
    /// A part of the Compact Serialization, by its name in RFC 7516 section 7.1.
    ///
    /// Exhaustive on purpose, because the RFC has five parts.
    pub enum Part;

    /// The first part: `BASE64URL(UTF8(JWE Protected Header))`.
    Header => "JWE Protected Header";
    /// The second part: `BASE64URL(JWE Encrypted Key)`, empty for `dir`.
    EncryptedKey => "JWE Encrypted Key";
    /// The third part: `BASE64URL(JWE Initialization Vector)`.
    Iv => "JWE Initialization Vector";
    /// The fourth part: `BASE64URL(JWE Ciphertext)`.
    Ciphertext => "JWE Ciphertext";
    /// The fifth part: `BASE64URL(JWE Authentication Tag)`.
    Tag => "JWE Authentication Tag";
}

with_texts! {
    /// Why an operation of this crate failed.
    ///
    /// No variant carries input or key material, so that an error can be logged. Tell a peer only that the request failed.
    /// The [error catalog](crate::documents::errors) has the cause and the remedy for each.
    #[non_exhaustive]
    pub enum Error;

    /// The text is not five parts separated by dots (RFC 7516 section 7.1). A JWS has three parts, and a JSON
    /// Serialization starts with `{`; neither is read here.
    PartCount => "not a compact JWE: expected five parts separated by dots";
    /// The token is longer than [`Limits`] allow.
    TokenTooLong => "the token is longer than the limit";
    /// The header is longer than [`Limits`] allow, or one of its objects and those around it have more than
    /// [`Limits::MAX_MEMBERS`] members together. When encrypting: the header is longer than
    /// [`Limits::MAX_SENT_HEADER_LEN`].
    HeaderTooLong => "the header is longer than the limit";
    /// This part is not base64url as defined by RFC 7515 section 2: it has a character outside the alphabet, white
    /// space, padding, nonzero bits after the last byte, or an impossible length.
    Base64(part: Part) => "the {part} is not canonical unpadded base64url";
    /// This part has the wrong length. The IV has 12 bytes, the tag 16, and the encrypted key as many as the RSA modulus
    /// (`RSA-OAEP-256`) or none (`dir`).
    PartLength(part: Part) => "the {part} has the wrong length";
    /// The header is not exactly one JSON object (RFC 8259) in UTF-8, or it nests deeper than [`Limits::MAX_DEPTH`].
    HeaderSyntax => "the header is not one strict JSON object in UTF-8";
    /// This member name occurs twice in one object of a received header, or a parameter to send is set twice (RFC 7516
    /// section 4).
    DuplicateParameter(name: RegisteredName) = |f| if name.is_known() {
        write!(f, "the header has `{name}` twice")
    } else {
        f.write_str("the header has a duplicate member name")
    };
    /// `crit` is present, and no extension is supported (RFC 7516 section 4.1.13).
    Critical => "the header has `crit`, and no extension is supported";
    /// `zip` is present, and nothing is ever decompressed (RFC 7516 section 4.1.3).
    Compression => "the header has `zip`, and compression is not supported";
    /// `alg` is this, and neither `RSA-OAEP-256` nor `dir`.
    UnsupportedAlgorithm(found: RegisteredName) => "the header's `alg` is {found}, not RSA-OAEP-256 or dir";
    /// `enc` is this, and not `A256GCM`.
    UnsupportedEncryption(found: RegisteredName) => "the header's `enc` is {found}, not A256GCM";
    /// This parameter is not a string: `kid`, `typ` or `cty` (RFC 7516 section 4.1); when encrypting, also `x5t` or
    /// `x5t#S256`.
    ParameterType(name: RegisteredName) => "the header parameter `{name}` must be a string";
    /// This name is reserved: it controls processing or embeds a key. `typ`, `cty` and `kid` have methods of their own;
    /// `alg` and `enc` belong to the key.
    ReservedParameter(name: RegisteredName) => "the header parameter `{name}` is reserved";
    /// An integer for a header parameter is beyond ±(2⁵³ − 1), where JSON readers do not agree on its value (RFC 8259
    /// section 6).
    ParameterRange => "the header parameter's integer is beyond 2^53 - 1, which JSON readers do not keep exactly";
    /// The raw JSON of a header parameter is not one JSON value as a receiver reads it, without white space around it.
    ParameterSyntax => "the header parameter's value is not one JSON value";
    /// The token's `alg` is not the algorithm of this key. A key has one algorithm; a message cannot choose.
    AlgorithmMismatch => "the token's `alg` is not the algorithm of this key";
    /// The `kid` of the token and that of the key differ.
    KeyIdMismatch => "the token's `kid` is not that of this key";
    /// The `key_ops` of the JWK that this key was read from do not permit this operation (RFC 7517 section 4.3).
    KeyOperation => "the `key_ops` of this key do not permit this operation";
    /// The key set has no keys.
    EmptyKeySet => "the key set has no keys";
    /// No key of the set has this `kid`.
    UnknownKeyId => "no key of the set has this `kid`";
    /// Several keys of the set match: no `kid` selects one, or several have this `kid`.
    AmbiguousKey => "the key is ambiguous: a `kid` must select exactly one";
    /// The buffer is shorter than the documented length.
    BufferTooSmall => "the buffer is too small";
    /// The content is longer than AES-GCM encrypts in one message (2³⁶ − 32 bytes), or than a buffer can be.
    MessageTooLong => "the content is too long for one message";
    /// The random number generator failed.
    Randomness => "the random number generator failed";
    /// The key material cannot be used, and why.
    Key(error: KeyError) => "key: {error}";
    /// No key of the JWK Set can be used here. `from_jwks_with_skipped` says why for each entry.
    NoUsableKey {
        /// How many entries were skipped; 255 for more.
        skipped: u8,
        /// Why the first was skipped, not counting those for another purpose if there are others.
        first: KeyError,
    } = |f| {
        let more = if *skipped == u8::MAX { " or more" } else { "" };
        write!(f, "no key of the JWK Set can be used here: {skipped}{more} skipped, for instance: {first}")
    };
    /// The token cannot be decrypted with this key. Whether the encrypted key or the content was wrong is not revealed
    /// to anyone.
    Decryption => "decryption failed";
    /// A library rejected what its contract accepts. Not known to happen; please report it.
    Internal => "internal error: a library rejected what its contract accepts";
}

with_texts! {
    /// Why key material cannot be used: the value of [`Error::Key`]. The [error catalog](crate::documents::errors#keys) has
    /// the cause and the remedy for each.
    #[non_exhaustive]
    pub enum KeyError;

    /// The key text is empty or consists of blanks.
    Empty => "the text is empty";
    /// Not one complete PEM block as defined by RFC 7468. The BEGIN and END lines stand on lines of their own, with five
    /// dashes on each side and the same label.
    Pem => "not one complete PEM block: its BEGIN and END lines stand on lines of their own, with five dashes on each \
         side and the same label";
    /// The PEM label is not that of a key or a certificate that is known here. Labels are in capital letters.
    PemLabel => "the PEM label is not that of a key or a certificate that is known here";
    /// The PEM text is in quotation marks, as `docker --env-file` and JSON keep them. Remove them, and replace each `\n`
    /// with a line break.
    Quoted => "the PEM text is in quotation marks; remove them, and replace each \\n inside with a line break";
    /// More than one PEM block, such as a key and its certificate. Keep only the block of the key.
    SeveralBlocks => "more than one PEM block; keep only the one with the key";
    /// The PEM text has the two characters `\n` where a line break belongs, as happens in environment variables and JSON
    /// strings. Replace them with line breaks.
    EscapedLineBreaks =>
        "the PEM text has the two characters \\n where a line break belongs; replace them with line breaks";
    /// The PEM text has no line break after its BEGIN line or before its END line.
    NoLineBreaks => "the PEM text needs a line break after its BEGIN line and before its END line";
    /// The PEM label names another format than the one of the content. Correct the label.
    LabelMismatch {
        /// The format that the label names.
        label: KeyFormat,
        /// The format of the content.
        content: KeyFormat,
    } => "the PEM label is {label}, but the content is {content}; correct the label";
    /// The key is in another format than this call reads. The error text names the call or the command for it.
    UnexpectedFormat(found: KeyFormat) => "found {found}; {}", found.remedy();
    /// The text is longer than [`Limits::MAX_KEY_LEN`] (a key) or [`Limits::MAX_KEY_SET_LEN`] (a JWK Set).
    TooLong => "the text is too long; a key may have {} KiB and a JWK Set {} KiB",
        Limits::MAX_KEY_LEN >> 10, Limits::MAX_KEY_SET_LEN >> 10;
    /// Not base64 (RFC 4648 section 4, with padding), and what is wrong with it. Line breaks are ignored.
    Base64(fault: Base64Fault) => "{fault}";
    /// Not a DER structure that is known here, or bytes follow it.
    Der => "not a DER structure that is known here, or it is cut off, or bytes follow it";
    /// A number in the DER is negative: the zero byte before its first byte is missing, which every RSA modulus of 2048,
    /// 3072 or 4096 bits needs.
    NegativeInteger => "a number is negative: its leading zero byte is missing, as of a modulus";
    /// The algorithm `rsaEncryption` stands without its parameters, which must be NULL (RFC 8017 appendix A.1).
    AlgorithmParameters => "the parameters of rsaEncryption must be NULL, and are missing or something else";
    /// This is an RSAES-OAEP key (RFC 4055 section 4) for another algorithm than `RSA-OAEP-256`: this one, or one with
    /// another combination of hashes, or a label.
    OaepParameters(found: RegisteredName) = |f| if found.is_known() {
        write!(f, "the RSAES-OAEP key is for {found}, not RSA-OAEP-256")
    } else {
        f.write_str("the RSAES-OAEP key is for other parameters than SHA-256, MGF1 with SHA-256 and no label")
    };
    /// Not one JSON object (RFC 8259) in UTF-8, or one that nests deeper than [`Limits::MAX_DEPTH`].
    Json => "not one JSON object in UTF-8, nested at most {} levels deep", Limits::MAX_DEPTH;
    /// The text begins like a JSON object and does not end like one: it is cut off, or something follows the object.
    JsonEnd => "the JSON object is cut off, or something follows it";
    /// Not JSON (RFC 8259 section 4): a comma stands before a closing brace or bracket.
    TrailingComma => "not JSON: a comma stands before a closing brace or bracket";
    /// One of the JSON objects and those around it have more than [`Limits::MAX_MEMBERS`] members together.
    TooManyMembers => "an object has more than {} members", Limits::MAX_MEMBERS;
    /// This member occurs twice in one object of the JWK or JWK Set.
    DuplicateMember(name: RegisteredName) = |f| if name.is_known() {
        write!(f, "the member `{name}` occurs twice")
    } else {
        f.write_str("a member occurs twice")
    };
    /// The JWK or JWK Set lacks this member (RFC 7517, RFC 7518 section 6). Names are case-sensitive.
    MissingMember(name: RegisteredName) => "the member `{name}` is missing (names are case-sensitive)";
    /// This member is not of the JSON type that it must have: `keys` and `key_ops` are arrays, the latter of distinct
    /// strings, and the others are strings.
    MemberType(name: RegisteredName) => "the member `{name}` must be {}", json_type(*name);
    /// This member is standard base64 or has padding: base64url has `-` and `_` in place of `+` and `/`, and no `=`
    /// (RFC 7515 section 2).
    MemberStandardBase64(name: RegisteredName) =>
        "the member `{name}` is standard base64; base64url has - and _, and no padding";
    /// This member has blanks or line breaks within its base64url.
    MemberBlanks(name: RegisteredName) => "the member `{name}` has blanks or line breaks in its base64url";
    /// This member consists of hexadecimal or decimal digits where base64url belongs.
    MemberHex(name: RegisteredName) => "the member `{name}` is hexadecimal or decimal, not base64url";
    /// This member is not base64url (RFC 7515 section 2).
    MemberBase64(name: RegisteredName) => "the member `{name}` is not base64url";
    /// The JWK has its key only in the certificate of `x5c` (RFC 7517 section 4.7). Decode the base64 of the first entry
    /// and read it with
    /// [`from_unverified_certificate_der`](crate::EncryptingKey::from_unverified_certificate_der).
    KeyInCertificate =>
        "the JWK has no `n`, only a certificate in `x5c`; decode the base64 of its first entry and read it with \
         `from_unverified_certificate_der`";
    /// The private key is encrypted with a password. Decrypt it first, for instance with
    /// `openssl pkey -in key.pem -out plain.pem`.
    EncryptedPrivateKey => "the private key is encrypted with a password; decrypt it with `openssl pkey`";
    /// This is an X.509 certificate. Take its public key with `openssl x509 -in cert.pem -pubkey -noout`, or read it with
    /// [`EncryptingKey::from_unverified_certificate_pem`](crate::EncryptingKey::from_unverified_certificate_pem).
    Certificate =>
        "found a certificate, which has a public key: read that with `from_unverified_certificate_pem` or `_der`, or \
         extract it with `openssl x509 -pubkey -noout`";
    /// The key is of another type than the one that this constructor reads.
    WrongType(found: KeyType) => "wrong key type: {found}";
    /// This is an RSASSA-PSS key: its owner made it for signatures only (RFC 4055 section 1.2).
    RsaPss => "an RSASSA-PSS key is for signatures only";
    /// Found the private half of a key, or a secret, where a public key belongs. Never hand out a private key: see
    /// [`DecryptingKey::encrypting_key`](crate::DecryptingKey::encrypting_key).
    PrivateInsteadOfPublic => "expected a public key, found a private or secret key";
    /// Found a public key where a private key belongs.
    PublicInsteadOfPrivate => "expected a private key, found a public key";
    /// The modulus is shorter than 2048 bits (RFC 7518 section 4.3).
    ModulusTooSmall => "the RSA modulus is shorter than 2048 bits";
    /// The modulus is longer than 8192 bits.
    ModulusTooLarge => "the RSA modulus is longer than 8192 bits";
    /// The public exponent is even, less than 3 or more than 2³³ − 1.
    PublicExponent => "the public exponent must be odd, at least 3 and at most 33 bits";
    /// The modulus has a factor below 752 (NIST SP 800-89 section 5.3.3), so that it is no product of two primes. It may
    /// have been garbled, for instance hexadecimal that was read as base64url.
    SmallFactor =>
        "the RSA modulus has a factor below 752; it may be garbled, for instance hexadecimal read as base64url";
    /// The components are not a consistent RSA key: the factors do not multiply to the modulus or are too close to each
    /// other, or an exponent or CRT value does not belong to them.
    Inconsistent => "the components are not a consistent RSA key";
    /// One of the two primes is shorter than a third of the modulus, so that the key is easier to break than its length
    /// promises; or it is longer than 4096 bits.
    PrimeLength => "the primes have unsuitable lengths: each has a third of the modulus or more, and at most 4096 bits";
    /// A factor of the modulus is not a prime, so that some messages fail to decrypt, and others may be easy to read.
    ///
    /// It was found by the Miller-Rabin test with four rounds (three for a factor of more than 1536 bits). A composite number
    /// passes with a probability of at most 1/256 (1/64), unless whoever made the key chose it so that it does.
    NotPrime => "a factor of the RSA modulus is not a prime; generate a new key pair";
    /// An RSA key of more than two primes.
    MultiPrime => "RSA with more than two primes is not supported";
    /// A private key in which one of `p`, `q`, `dp`, `dq` and `qi` is absent, empty or zero.
    MissingPrimes => "the private key lacks one of p, q, dp, dq and qi, or one of them is zero";
    /// The JWK's `use` is this and not `enc`: the key is for something else (RFC 7517 section 4.2).
    Use(found: RegisteredName) => "the JWK's `use` is {found}, not enc";
    /// The JWK's `alg` is this one: the key is for another algorithm (RFC 7517 section 4.4).
    Algorithm(found: RegisteredName) => "the JWK's `alg` is {found}, not RSA-OAEP-256 (of an oct key: dir or A256GCM)";
    /// The JWK's `key_ops` have this operation and none that permits this use, or this one contradicts its `use`
    /// (RFC 7517 section 4.3).
    Operations(found: RegisteredName) => "the JWK's `key_ops` list {found}, which does not permit this use";
    /// The `kid` is longer than [`Limits::MAX_KEY_ID_LEN`].
    KeyIdTooLong => "the `kid` is longer than {} bytes", Limits::MAX_KEY_ID_LEN;
    /// A symmetric key must have 32 bytes (RFC 7518 section 5.3).
    SymmetricLength => "a symmetric key must have 32 bytes, which are 43 characters of base64url";
    /// The JWK Set has no entries.
    EmptySet => "the JWK Set has no entries";
    /// The JWK Set has more than [`Limits::MAX_KEYS`] entries.
    TooManyKeys => "the JWK Set has more than {} entries", Limits::MAX_KEYS;
}

with_texts! {
    /// What is wrong with base64: the first character that does not belong, or what is missing.
    #[non_exhaustive]
    pub enum Base64Fault;

    /// The padding is missing or misplaced, or the text is cut off or damaged at its end.
    Padding => "the base64 is cut off or damaged at its end, or its padding (=) is missing or misplaced";
    /// Blanks stand where `+` belongs: the text went through the decoding of an HTML form.
    PlusAsBlank => "the base64 has blanks where + belongs, as the decoding of a form leaves them";
    /// A percent sign: the text is percent-encoded.
    Percent => "the base64 is percent-encoded; decode it first";
    /// A backslash: an escape, for instance a line break as the two characters `\n`.
    Backslash => "the base64 has a backslash, an escape such as \\n, \\r or \\/; undo the escapes";
    /// A quotation mark.
    Quote => "the text is in quotation marks; remove them";
    /// One of the characters `-` and `_`, which base64url has in place of `+` and `/`.
    UrlSafe => "the base64 has - or _, which are of base64url; standard base64 has + and /";
    /// Another character that does not belong to standard base64.
    Character => "not padded standard base64: a character does not belong to it";
}

with_texts! {
    /// The type of a key, by the name that `kty` has for it (RFC 7518 section 6.1, RFC 8037).
    #[non_exhaustive]
    pub enum KeyType;

    /// RSA.
    Rsa => "RSA";
    /// The public half of an RSA key in an HSM (`RSA-HSM`, Azure Key Vault).
    RsaHsm => "RSA-HSM";
    /// An elliptic curve.
    Ec => "EC";
    /// Ed25519, X25519, Ed448 or X448.
    Okp => "OKP";
    /// A symmetric key.
    Oct => "oct";
    /// Another type.
    Other => "unknown";
}

impl KeyError {
    /// The error for the member `name` whose `text` is not base64url.
    ///
    /// The text may be secret: every character is looked at, and only what is found in all of them decides.
    pub(crate) fn member_encoding(name: &str, text: &str) -> Self {
        let (mut standard, mut blank, mut not_hex) = (false, false, false);
        for byte in text.bytes() {
            standard |= matches!(byte, b'+' | b'/' | b'=');
            blank |= byte.is_ascii_whitespace();
            // As in `0x10001` and `00:c5`.
            not_hex |= !(byte.is_ascii_hexdigit() | matches!(byte, b'x' | b':'));
        }
        let name = RegisteredName::of(name);
        match (blank, standard, not_hex) {
            (true, ..) => Self::MemberBlanks(name),
            (_, true, _) => Self::MemberStandardBase64(name),
            (_, _, false) => Self::MemberHex(name),
            _ => Self::MemberBase64(name),
        }
    }

    /// Whether a member of a JWK is missing or malformed.
    pub(crate) fn is_of_member(self) -> bool {
        matches!(
            self,
            Self::MissingMember(_)
                | Self::MemberType(_)
                | Self::MemberStandardBase64(_)
                | Self::MemberBlanks(_)
                | Self::MemberHex(_)
                | Self::MemberBase64(_)
        )
    }

    /// The error for a key that is in the format `found` where another is read.
    pub(crate) fn unexpected(found: KeyFormat) -> Self {
        match found {
            KeyFormat::EncryptedPkcs8 => Self::EncryptedPrivateKey,
            KeyFormat::Certificate => Self::Certificate,
            KeyFormat::EcPrivate => Self::WrongType(KeyType::Ec),
            KeyFormat::Spki | KeyFormat::Pkcs1Public => Self::PublicInsteadOfPrivate,
            KeyFormat::Pkcs8 | KeyFormat::Pkcs1Private => Self::PrivateInsteadOfPublic,
            other => Self::UnexpectedFormat(other),
        }
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

/// The JSON type of a member that has a type of its own in a JWK.
fn json_type(name: RegisteredName) -> &'static str {
    match name.as_str() {
        "keys" => "an array",
        "key_ops" => "an array of distinct strings",
        _ => "a string",
    }
}

impl core::error::Error for Error {}
impl core::error::Error for KeyError {}

#[cfg(test)]
mod tests {
    use alloc::{
        format,
        string::{String, ToString as _},
        vec,
        vec::Vec,
    };

    use super::*;

    const PAGE: &str = include_str!("../docs/ERRORS.md");

    /// The name of each variant of an enum, with an example. One that is missing here doesn't compile.
    macro_rules! variants {
        ($enum:ident { $($variant:ident $(($value:expr))? $({ $($field:ident: $is:expr),* })?),* $(,)? }) => {{
            let _complete = |value: $enum| match value { $($enum::$variant { .. } => (),)* };
            [$((stringify!($variant), $enum::$variant $(($value))? $({ $($field: $is),* })?),)*]
        }};
    }

    fn parts() -> [(&'static str, Part); 5] {
        variants!(Part { Header, EncryptedKey, Iv, Ciphertext, Tag })
    }

    fn errors() -> impl Iterator<Item = (&'static str, Error)> {
        let errors = variants!(Error {
            PartCount,
            TokenTooLong,
            HeaderTooLong,
            Base64(Part::Header),
            PartLength(Part::Header),
            HeaderSyntax,
            DuplicateParameter(RegisteredName::of("kid")),
            Critical,
            Compression,
            UnsupportedAlgorithm(RegisteredName::of("RSA1_5")),
            UnsupportedEncryption(RegisteredName::of("A128GCM")),
            ParameterType(RegisteredName::of("kid")),
            ReservedParameter(RegisteredName::of("zip")),
            ParameterRange,
            ParameterSyntax,
            AlgorithmMismatch,
            KeyIdMismatch,
            KeyOperation,
            EmptyKeySet,
            UnknownKeyId,
            AmbiguousKey,
            BufferTooSmall,
            MessageTooLong,
            Randomness,
            Key(KeyError::Empty),
            NoUsableKey { skipped: 1, first: KeyError::RsaPss },
            Decryption,
            Internal,
        });
        errors.into_iter()
    }

    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn key_errors() -> impl Iterator<Item = (&'static str, KeyError)> {
        let errors = variants!(KeyError {
            Empty,
            Pem,
            PemLabel,
            Quoted,
            SeveralBlocks,
            EscapedLineBreaks,
            NoLineBreaks,
            LabelMismatch { label: KeyFormat::Spki, content: KeyFormat::Pkcs1Public },
            UnexpectedFormat(KeyFormat::Spki),
            TooLong,
            Base64(Base64Fault::Padding),
            Der,
            NegativeInteger,
            AlgorithmParameters,
            OaepParameters(RegisteredName::of("RSA-OAEP")),
            Json,
            JsonEnd,
            TrailingComma,
            TooManyMembers,
            DuplicateMember(RegisteredName::of("n")),
            MissingMember(RegisteredName::of("n")),
            MemberType(RegisteredName::of("n")),
            MemberStandardBase64(RegisteredName::of("n")),
            MemberBlanks(RegisteredName::of("n")),
            MemberHex(RegisteredName::of("n")),
            MemberBase64(RegisteredName::of("n")),
            KeyInCertificate,
            EncryptedPrivateKey,
            Certificate,
            WrongType(KeyType::Rsa),
            RsaPss,
            PrivateInsteadOfPublic,
            PublicInsteadOfPrivate,
            ModulusTooSmall,
            ModulusTooLarge,
            PublicExponent,
            SmallFactor,
            Inconsistent,
            PrimeLength,
            NotPrime,
            MultiPrime,
            MissingPrimes,
            Use(RegisteredName::UNKNOWN),
            Algorithm(RegisteredName::UNKNOWN),
            Operations(RegisteredName::UNKNOWN),
            KeyIdTooLong,
            SymmetricLength,
            EmptySet,
            TooManyKeys,
        });
        errors.into_iter()
    }

    /// The values that errors carry, in an error each.
    fn errors_of_each_value() -> Vec<Error> {
        let types = variants!(KeyType { Rsa, RsaHsm, Ec, Okp, Oct, Other });
        let of_parts = parts().into_iter().flat_map(|(_, part)| [Error::Base64(part), Error::PartLength(part)]);
        let of_types = types.into_iter().map(|(_, found)| KeyError::WrongType(found));
        let of_formats = KeyFormat::ALL.iter().map(|found| KeyError::UnexpectedFormat(*found));
        of_parts.chain(of_types.chain(of_formats).map(Error::Key)).collect()
    }

    #[test]
    fn every_error_has_a_text_of_its_own_on_one_line() {
        let plain = errors().map(|(_, error)| error).chain(key_errors().map(|(_, error)| Error::Key(error)));
        let errors: Vec<_> = plain.chain(errors_of_each_value()).collect();
        for (at, error) in errors.iter().enumerate() {
            let text = error.to_string();
            assert!(text.len() > 15 && !text.contains('\n'), "{error:?}: {text}");
            let other = errors[..at].iter().find(|other| *other != error && other.to_string() == text);
            assert_eq!(other, None, "{error:?} has the same text");
        }
    }

    /// The entries of `docs/ERRORS.md`: what the heading names, the text that is quoted, and the rest.
    fn entries() -> Vec<(&'static str, &'static str, &'static str)> {
        let entries = PAGE.split("\n### `").skip(1).map(|entry| {
            let (name, entry) = entry.split_once("`\n\n").expect("a heading, and a blank line after it");
            let entry = entry.split("\n## ").next().expect("text before the next section");
            match entry.strip_prefix("> ").and_then(|entry| entry.split_once('\n')) {
                Some((text, rest)) => (name, text, rest),
                None => (name, "", entry),
            }
        });
        entries.collect()
    }

    /// Whether a text fits a quotation, in which `{…}` stands for a value.
    fn fits(quoted: &str, text: &str) -> bool {
        let Some((front, rest)) = quoted.split_once('{') else { return quoted == text };
        let (_, rest) = rest.split_once('}').expect("a closing brace");
        let Some(text) = text.strip_prefix(front) else { return false };
        (0..=text.len()).filter_map(|at| text.get(at..)).any(|text| fits(rest, text))
    }

    #[test]
    fn the_catalog_explains_every_error() {
        let mut expected: Vec<_> = errors().map(|(name, error)| (name.to_string(), error.to_string())).collect();
        expected.extend(key_errors().map(|(name, error)| (format!("KeyError::{name}"), Error::Key(error).to_string())));
        expected.extend(parts().map(|(name, part)| (format!("Part::{name}"), part.to_string())));
        let entries = entries();
        let mut faults: Vec<_> = expected.iter().filter_map(|(name, text)| fault(&entries, name, text)).collect();
        let code = PAGE.split('`').skip(1).step_by(2).filter(|code| code.starts_with("KeyError::"));
        let named = entries.iter().map(|(heading, ..)| *heading).chain(code);
        let unknown = named.filter(|named| !expected.iter().any(|(name, _)| name == named));
        faults.extend(unknown.map(|name| format!("there is no error {name}")));
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    /// What is wrong with the entry for this error, whose text is this one.
    fn fault(entries: &[(&str, &str, &str)], name: &str, text: &str) -> Option<String> {
        let found: Vec<_> = entries.iter().filter(|(heading, ..)| *heading == name).collect();
        let [(_, quoted, rest)] = found[..] else { return Some(format!("{} entries for {name}", found.len())) };
        let complete = ["- **Means:** ", "- **Usually:** ", "- **Do:** "].iter().all(|word| rest.contains(word));
        // These two have the meaning only, the text being another error's or in every text that names the part.
        if !complete && (name != "Key" && !name.starts_with("Part::") || rest.trim().is_empty()) {
            return Some(format!("the entry for {name} lacks its meaning, its usual cause or what to do"));
        }
        let wrong = name != "Key" && !fits(quoted, text);
        wrong.then(|| format!("{name} is quoted as {quoted:?} and says {text:?}"))
    }

    #[test]
    fn the_catalog_says_what_to_do_with_every_format() {
        let mut rows: Vec<_> = PAGE.lines().filter(|line| line.starts_with("| `KeyFormat::")).collect();
        for format in KeyFormat::ALL {
            let row = format!("| `KeyFormat::{format:?}` | {format} | ");
            let found = rows.iter().position(|line| line.starts_with(&row) && line.len() > row.len() + 2);
            rows.remove(found.unwrap_or_else(|| panic!("no row {row}")));
        }
        assert_eq!(rows, vec![""; 0], "these are no formats, or have two rows");
    }
}

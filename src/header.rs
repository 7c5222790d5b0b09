//! The JOSE Header of a JWE (RFC 7516 section 4), to send and as received.

use alloc::{borrow::Cow, string::String};
use core::fmt::{self, Write as _};
use core::str::{self, FromStr};

use crate::algorithm::{A256GCM, Algorithm};
use crate::error::Error;
use crate::json::{self, JsonError, Member, Object, Span, Text, Value};
use crate::limits::Limits;
use crate::registered::RegisteredName;
use crate::shared::Shared;

/// Parameters that control processing or embed a key. They belong to the key, to a method of [`Header`], or to no token
/// of this profile: RFC 7516 section 4.1, RFC 7518 sections 4.6 to 4.8, RFC 7797.
const RESERVED: [&str; 19] = [
    "alg", "enc", "zip", "crit", "kid", "typ", "cty", "jwk", "jku", "x5u", "x5c", "epk", "apu", "apv", "iv", "tag",
    "p2s", "p2c", "b64",
];

/// The greatest integer that every JSON reader keeps exactly, positive or negative (RFC 8259 section 6).
const MAX_EXACT_INTEGER: u128 = (1 << 53) - 1;

/// Names of a certificate's thumbprint: strings, which receivers check (RFC 7515 sections 4.1.7 and 4.1.8).
const THUMBPRINTS: [&str; 2] = ["x5t", "x5t#S256"];

/// The value of a header parameter to send, as [`Header::param`] accepts it. Strings, integers and `bool` convert to it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ParameterValue<'a> {
    /// A string; it is escaped as JSON needs it.
    String(Cow<'a, str>),
    /// An integer of less than 2⁵³, or more than −2⁵³: beyond, JSON readers do not agree on its value (RFC 8259
    /// section 6). Send a greater one as a string.
    Integer(i128),
    /// `true` or `false`.
    Boolean(bool),
    /// The text of a JSON value, written verbatim after a check of its grammar.
    Json(&'a str),
}

impl<'a> From<&'a str> for ParameterValue<'a> {
    fn from(value: &'a str) -> Self {
        Self::String(value.into())
    }
}

impl<'a> From<&'a String> for ParameterValue<'a> {
    fn from(value: &'a String) -> Self {
        Self::String(value.into())
    }
}

impl<'a> From<Cow<'a, str>> for ParameterValue<'a> {
    fn from(value: Cow<'a, str>) -> Self {
        Self::String(value)
    }
}

impl From<String> for ParameterValue<'_> {
    fn from(value: String) -> Self {
        Self::String(value.into())
    }
}

macro_rules! integers {
    ($($integer:ty),*) => { $(
        impl From<$integer> for ParameterValue<'_> {
            fn from(value: $integer) -> Self {
                // What an `i128` doesn't hold is as far beyond the exact integers of JSON as this.
                Self::Integer(value.try_into().unwrap_or(i128::MAX))
            }
        }
    )* };
}

integers!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

impl From<bool> for ParameterValue<'_> {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

/// The header parameters of messages to send, but for `alg` and `enc`, which belong to the key.
///
/// Make one with [`new`](Self::new) and add to it. One header serves any number of messages. What it writes,
/// [`Jwe::parse`](crate::Jwe::parse) reads back.
///
/// ```
/// use jwe_primitives::{Header, ParameterValue};
///
/// let header = Header::new()
///     .content_type("application/json")?
///     .param("url", "/v1/cases")?
///     .param("iat", 1_790_000_000)?
///     .param("b", ParameterValue::Json(r#"{"c":[1,2.5]}"#))?;
/// # let _ = header;
/// # Ok::<(), jwe_primitives::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// `,"name":value` for each parameter.
    members: String,
    has_key_id: bool,
}

impl Header {
    /// Returns a header with nothing but the `alg`, the `enc` and, if it has one, the `kid` of the key.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, Header, Jwe};
    ///
    /// let token = ContentEncryptionKey::generate()?.encrypt(&Header::new(), b"hello")?;
    /// let json = r#"{"alg":"dir","enc":"A256GCM"}"#;
    /// assert_eq!(Jwe::parse(&token)?.unverified_header().as_json(), json);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { members: String::new(), has_key_id: false }
    }

    /// Sets `cty`, the media type of the content (RFC 7516 section 4.1.12), for instance `application/json` or,
    /// for a nested JWT, `JWT`.
    ///
    /// ```
    /// use jwe_primitives::Header;
    ///
    /// let header = Header::new().content_type("application/json")?;
    /// assert_eq!(header.content_type("JWT").unwrap_err().to_string(), "the header has `cty` twice");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::DuplicateParameter`] if it is already set, [`Error::HeaderTooLong`] if the header becomes too long.
    pub fn content_type(self, value: &str) -> Result<Self, Error> {
        self.push("cty", &value.into())
    }

    /// Sets `typ`, the media type of the whole token (RFC 7516 section 4.1.11), for instance `JOSE` or `JWT`.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, Header, Jwe};
    ///
    /// let header = Header::new().token_type("JOSE")?;
    /// let token = ContentEncryptionKey::generate()?.encrypt(&header, b"hello")?;
    /// let json = r#"{"alg":"dir","enc":"A256GCM","typ":"JOSE"}"#;
    /// assert_eq!(Jwe::parse(&token)?.unverified_header().as_json(), json);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`content_type`](Self::content_type).
    pub fn token_type(self, value: &str) -> Result<Self, Error> {
        self.push("typ", &value.into())
    }

    /// Sets `kid` (RFC 7516 section 4.1.6) for these messages. It takes precedence over the id of the key that
    /// encrypts: some services want the request to name the key for the *response*. A key that has an id of its own rejects a
    /// token with another one.
    ///
    /// ```
    /// use jwe_primitives::{Header, Jwe};
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let bank = DecryptingKey::generate(2048)?.encrypting_key().clone();
    /// let header = Header::new().key_id("mine-2")?; // the key for the response
    /// let sent = bank.with_key_id("bank-1")?.encrypt(&header, b"hello")?;
    /// assert_eq!(Jwe::parse(&sent.compact)?.unverified_header().key_id().as_deref(), Some("mine-2"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`content_type`](Self::content_type).
    pub fn key_id(mut self, value: &str) -> Result<Self, Error> {
        self.has_key_id = true;
        self.push("kid", &value.into())
    }

    /// Sets any other parameter (RFC 7516 sections 4.2 and 4.3).
    ///
    /// ```
    /// use jwe_primitives::Header;
    ///
    /// let header = Header::new().param("url", "/v1/cases")?.param("iat", 1_764_000_000_u64)?;
    /// assert_eq!(header.param("zip", "DEF").unwrap_err().to_string(), "the header parameter `zip` is reserved");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`Error::ReservedParameter`] for a name that controls processing or embeds a key.
    /// - [`Error::DuplicateParameter`] if it is already set.
    /// - [`Error::ParameterType`] for `x5t` or `x5t#S256` if the value is not a string.
    /// - [`Error::ParameterRange`] for an integer that JSON readers do not keep exactly.
    /// - [`Error::ParameterSyntax`] if [`ParameterValue::Json`] is not one JSON value as a receiver reads it, without
    ///   white space around it.
    /// - [`Error::HeaderTooLong`] if the header becomes longer than a receiver accepts, or has more
    ///   members, `alg`, `enc` and `kid` among them, than [`Limits::MAX_MEMBERS`].
    pub fn param<'v>(self, name: &str, value: impl Into<ParameterValue<'v>>) -> Result<Self, Error> {
        if RESERVED.contains(&name) {
            return Err(Error::ReservedParameter(RegisteredName::of(name)));
        }
        let value = value.into();
        if THUMBPRINTS.contains(&name) && !matches!(value, ParameterValue::String(_)) {
            return Err(Error::ParameterType(RegisteredName::of(name)));
        }
        self.push(name, &value)
    }

    /// Sets parameters from pairs of a name and a value, `cty`, `typ` and `kid` included.
    ///
    /// ```
    /// use jwe_primitives::Header;
    ///
    /// let header = Header::new().params([("kid", "mine-2"), ("url", "/v1/cases")])?;
    /// assert_eq!(header, Header::new().key_id("mine-2")?.param("url", "/v1/cases")?);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`param`](Self::param); [`Error::ParameterType`] if `cty`, `typ` or `kid` is not a string.
    pub fn params<'v, N, V>(self, pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, Error>
    where
        N: AsRef<str>,
        V: Into<ParameterValue<'v>>,
    {
        pairs.into_iter().try_fold(self, |header, (name, value)| header.set(name.as_ref(), value.into()))
    }

    /// Makes a header from the text of a JSON object: every member becomes a parameter, `cty`, `typ` and `kid` included.
    ///
    /// ```
    /// use jwe_primitives::Header;
    /// use serde_json::json; // for instance
    ///
    /// let header = Header::from_json(&json!({ "kid": "mine-2", "iat": 1_764_000_000 }).to_string())?;
    /// assert_eq!(header, Header::new().params([("iat", 1_764_000_000)])?.key_id("mine-2")?);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::HeaderSyntax`] unless the text is one JSON object; those of [`params`](Self::params).
    pub fn from_json(object: &str) -> Result<Self, Error> {
        let object = Object::parse(object.as_bytes()).map_err(received_error)?;
        object.members().try_fold(Self::new(), |header, member| {
            let value = match member.value.as_text() {
                Some(text) => ParameterValue::String(text.to_cow()),
                None => ParameterValue::Json(member.value.as_str()),
            };
            header.set(&member.name.text().to_cow(), value)
        })
    }

    /// Sets any parameter that the caller may set.
    fn set(self, name: &str, value: ParameterValue<'_>) -> Result<Self, Error> {
        match (name, &value) {
            ("kid", ParameterValue::String(key_id)) => self.key_id(key_id),
            ("typ" | "cty", ParameterValue::String(_)) => self.push(name, &value),
            ("kid" | "typ" | "cty", _) => Err(Error::ParameterType(RegisteredName::of(name))),
            _ => self.param(name, value),
        }
    }

    fn push(mut self, name: &str, value: &ParameterValue<'_>) -> Result<Self, Error> {
        if let ParameterValue::Json(text) = value {
            Value::parse(text).map_err(|_| Error::ParameterSyntax)?;
        }
        if !self.members.is_empty() {
            self.members.push(',');
        }
        json::push_string(&mut self.members, name);
        self.members.push(':');
        push_value(&mut self.members, value)?;
        self.check()?;
        Ok(self)
    }

    /// Reads the header as a receiver will, with room for a `kid`: nothing is sent that this crate would reject.
    fn check(&self) -> Result<(), Error> {
        let mut whole = String::new();
        self.json_fragments(Algorithm::RsaOaep256, Some(r#","kid":"""#)).for_each(|piece| whole.push_str(piece));
        if whole.len() > Limits::MAX_SENT_HEADER_LEN {
            return Err(Error::HeaderTooLong);
        }
        Object::parse(whole.as_bytes()).map(|_| ()).map_err(|error| match received_error(error) {
            Error::HeaderSyntax => Error::ParameterSyntax,
            other => other,
        })
    }

    /// The header's JSON, in fragments, for a key of this algorithm whose own `kid` makes the member `key_id`.
    pub(crate) fn json_fragments<'h>(
        &'h self,
        algorithm: Algorithm,
        key_id: Option<&'h str>,
    ) -> impl Iterator<Item = &'h str> {
        let key_id = key_id.filter(|_| !self.has_key_id);
        let comma = if self.members.is_empty() { "" } else { "," };
        [
            r#"{"alg":""#,
            algorithm.name(),
            r#"","enc":""#,
            A256GCM,
            r#"""#,
            key_id.unwrap_or_default(),
            comma,
            &self.members,
            "}",
        ]
        .into_iter()
    }
}

fn push_value(out: &mut String, value: &ParameterValue<'_>) -> Result<(), Error> {
    match value {
        ParameterValue::String(text) => json::push_string(out, text),
        ParameterValue::Integer(number) if number.unsigned_abs() > MAX_EXACT_INTEGER => {
            return Err(Error::ParameterRange);
        }
        ParameterValue::Integer(number) => write!(out, "{number}").map_err(|fmt::Error| Error::Internal)?,
        ParameterValue::Boolean(truth) => out.push_str(if *truth { "true" } else { "false" }),
        ParameterValue::Json(text) => out.push_str(text),
    }
    Ok(())
}

/// A header that was received: what [`read`] found in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReceivedHeader {
    pub(crate) algorithm: Algorithm,
    pub(crate) names: StringSpans,
}

/// Where the strings are that a header has methods for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StringSpans {
    key_id: Option<Span>,
    token_type: Option<Span>,
    content_type: Option<Span>,
}

/// Reads a received header, once, and applies the rules that need no key.
///
/// # Errors
/// See [`Jwe::parse`](crate::Jwe::parse), from [`Error::HeaderSyntax`] to [`Error::ParameterType`].
pub(crate) fn read(json: &[u8]) -> Result<ReceivedHeader, Error> {
    let mut known = KnownParameters::default();
    let object = Object::parse_with(json, |member| known.record(member));
    object.map_err(received_error)?;
    known.validate()
}

fn received_error(error: JsonError) -> Error {
    match error {
        JsonError::Syntax | JsonError::TrailingComma => Error::HeaderSyntax,
        JsonError::Duplicate(name) => Error::DuplicateParameter(name),
        JsonError::TooManyNames => Error::HeaderTooLong,
    }
}

/// The parameters with a rule of their own, as far as they are present.
#[derive(Default)]
struct KnownParameters<'a> {
    algorithm: Option<Value<'a>>,
    encryption: Option<Value<'a>>,
    critical: bool,
    compression: bool,
    /// The first that must be a string and is not.
    wrong_type: Option<RegisteredName>,
    names: StringSpans,
}

impl<'a> KnownParameters<'a> {
    fn record(&mut self, member: Member<'a>) {
        let name = member.name;
        if name.is("alg") {
            self.algorithm = Some(member.value);
        } else if name.is("enc") {
            self.encryption = Some(member.value);
        } else if name.is("crit") {
            self.critical = true;
        } else if name.is("zip") {
            self.compression = true;
        } else if name.is("kid") {
            self.names.key_id = Some(self.string("kid", member));
        } else if name.is("typ") {
            self.names.token_type = Some(self.string("typ", member));
        } else if name.is("cty") {
            self.names.content_type = Some(self.string("cty", member));
        }
    }

    /// Returns where the value is of a member that must be a string.
    fn string(&mut self, name: &str, member: Member<'a>) -> Span {
        if member.value.as_text().is_none() {
            self.wrong_type.get_or_insert(RegisteredName::of(name));
        }
        member.span
    }

    /// RFC 7516 section 5.2 step 5: the parameters are understood, and so are their values.
    fn validate(self) -> Result<ReceivedHeader, Error> {
        if self.critical {
            return Err(Error::Critical);
        }
        if self.compression {
            return Err(Error::Compression);
        }
        let algorithm = required_text(self.algorithm).map_err(Error::UnsupportedAlgorithm)?;
        let algorithm = Algorithm::find(|known| algorithm.is(known))?;
        let encryption = required_text(self.encryption).map_err(Error::UnsupportedEncryption)?;
        if !encryption.is(A256GCM) {
            return Err(Error::UnsupportedEncryption(RegisteredName::find(|known| encryption.is(known))));
        }
        if let Some(name) = self.wrong_type {
            return Err(Error::ParameterType(name));
        }
        Ok(ReceivedHeader { algorithm, names: self.names })
    }
}

/// The string that a parameter must be; otherwise what an error says is in its place.
fn required_text(value: Option<Value<'_>>) -> Result<Text<'_>, RegisteredName> {
    value.ok_or(RegisteredName::ABSENT)?.as_text().ok_or(RegisteredName::UNKNOWN)
}

/// The header of a received token, before any decryption: anybody may have written it.
///
/// It comes from [`Jwe::unverified_header`](crate::Jwe::unverified_header) and has what choosing a key needs. Use it only
/// for that: after a decryption has succeeded, [`VerifiedHeader`] has the whole content. Names and strings are compared after
/// unescaping (RFC 7515 section 5.3). Parameters that name or carry a key (`jwk`, `jku`, `x5u`, `x5c`) are never used;
/// unknown ones are carried along.
///
/// ```
/// use jwe_primitives::Jwe;
///
/// let header = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0"; // {"alg":"dir","enc":"A256GCM"}
/// let token = [header, "..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA"].concat();
/// let jwe = Jwe::parse(&token)?;
/// assert_eq!(jwe.unverified_header().as_json(), r#"{"alg":"dir","enc":"A256GCM"}"#);
/// assert_eq!(jwe.unverified_header().key_id(), None);
/// # Ok::<(), jwe_primitives::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnverifiedHeader<'a> {
    json: &'a str,
    names: StringSpans,
}

/// The header of a token that was decrypted: whoever wrote it knew the Content Encryption Key.
///
/// For `RSA-OAEP-256` that is anybody who has the public key, so that it says nothing about who the sender is; for
/// `dir` it is somebody who has the shared key. It comes with [`Decrypted`](crate::Decrypted) and
/// [`DecryptedDirectly`](crate::DecryptedDirectly).
///
/// It shares the memory of the parsed token, or borrows the scratch buffer that the token was parsed in.
#[derive(Clone)]
pub struct VerifiedHeader<'a> {
    decoded: DecodedBytes<'a>,
    len: usize,
    names: StringSpans,
}

/// The decoded header of a token and, after it, the decoded encrypted key.
#[derive(Clone)]
pub(crate) enum DecodedBytes<'a> {
    Borrowed(&'a [u8]),
    Shared(Shared<[u8]>),
}

impl DecodedBytes<'_> {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl PartialEq for VerifiedHeader<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.view() == other.view()
    }
}

impl Eq for VerifiedHeader<'_> {}

impl fmt::Debug for UnverifiedHeader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UnverifiedHeader").field(&self.as_json()).finish()
    }
}

impl fmt::Debug for VerifiedHeader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifiedHeader").field(&self.as_json()).finish()
    }
}

impl<'a> UnverifiedHeader<'a> {
    /// The header that [`read`] accepted.
    pub(crate) fn from_validated(json: &'a [u8], names: StringSpans) -> Self {
        Self { json: str::from_utf8(json).unwrap_or_default(), names }
    }

    /// Returns the header's JSON, exactly as the sender wrote it.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, Header, Jwe};
    ///
    /// let header = Header::new().param("url", "/v1/cases")?;
    /// let token = ContentEncryptionKey::generate()?.encrypt(&header, b"hello")?;
    /// let json = r#"{"alg":"dir","enc":"A256GCM","url":"/v1/cases"}"#;
    /// assert_eq!(Jwe::parse(&token)?.unverified_header().as_json(), json);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn as_json(&self) -> &'a str {
        self.json
    }

    /// Returns `kid`: which key to decrypt with (RFC 7516 section 4.1.6).
    ///
    /// ```
    /// use jwe_primitives::{Error, Jwe};
    /// # let key = jwe_primitives::DecryptingKey::generate(2048)?.with_key_id("mine-2")?;
    /// # let token = key.encrypting_key().encrypt(&jwe_primitives::Header::new(), b"hello")?.compact;
    ///
    /// let jwe = Jwe::parse(&token)?;
    /// match jwe.unverified_header().key_id().as_deref() {
    ///     Some("mine-2") => assert_eq!(key.decrypt(&jwe)?.plaintext, b"hello"),
    ///     Some(_) => return Err(Error::UnknownKeyId),
    ///     None => return Err(Error::AmbiguousKey),
    /// }
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn key_id(&self) -> Option<Cow<'a, str>> {
        self.text_at(self.names.key_id).map(Text::to_cow)
    }

    /// Returns the value of the parameter `name` if it is a string, for services that select a key by another parameter
    /// than `kid`. Allocates only if the string has an escape.
    ///
    /// ```
    /// use jwe_primitives::Jwe;
    /// # use jwe_primitives::{ContentEncryptionKey, Header};
    /// # let header = Header::new().param("x5t#S256", "hqm1ZqQ")?;
    /// # let token = ContentEncryptionKey::generate()?.encrypt(&header, b"hello")?;
    ///
    /// let jwe = Jwe::parse(&token)?; // its header has "x5t#S256":"hqm1ZqQ"
    /// assert_eq!(jwe.unverified_header().string("x5t#S256").as_deref(), Some("hqm1ZqQ"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn string(&self, name: &str) -> Option<Cow<'a, str>> {
        self.value(name)?.as_text().map(Text::to_cow)
    }

    /// Whether a key of this id may decrypt the token: not if the token names another one.
    pub(crate) fn allows_key_id(self, key_id: &str) -> bool {
        self.text_at(self.names.key_id).is_none_or(|text| text.is(key_id))
    }

    fn value(self, name: &str) -> Option<Value<'a>> {
        Object::from_validated(self.json.as_bytes()).get(name)
    }

    fn text_at(self, span: Option<Span>) -> Option<Text<'a>> {
        Value::from_validated(self.json.get(span?.range())?).as_text()
    }
}

impl<'a> VerifiedHeader<'a> {
    /// The header in the first `len` bytes of `decoded`. Only a successful decryption may make one.
    pub(crate) fn new(decoded: &DecodedBytes<'a>, len: usize, names: StringSpans) -> Self {
        Self { decoded: decoded.clone(), len, names }
    }

    /// Copies the header if it is borrowed, so that it outlives the token and the scratch buffer.
    ///
    /// ```
    /// use jwe_primitives::Jwe;
    /// # use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// # let cek = ContentEncryptionKey::generate()?;
    /// # let token = cek.encrypt(&Header::new().content_type("text/plain")?, b"hello")?;
    /// let header = {
    ///     let (mut scratch, mut out) = ([0; Jwe::SCRATCH_LEN], [0; 64]);
    ///     cek.decrypt_into(&Jwe::parse_in(&token, &mut scratch)?, &mut out)?.header.into_owned()
    /// };
    /// assert_eq!(header.content_type().as_deref(), Some("text/plain"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn into_owned(self) -> VerifiedHeader<'static> {
        let decoded = match self.decoded {
            DecodedBytes::Borrowed(bytes) => DecodedBytes::Shared(bytes.into()),
            DecodedBytes::Shared(bytes) => DecodedBytes::Shared(bytes),
        };
        VerifiedHeader { decoded, len: self.len, names: self.names }
    }

    /// Returns the header's JSON, exactly as the sender wrote it.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, Header, Jwe};
    ///
    /// let cek = ContentEncryptionKey::generate()?;
    /// let token = cek.encrypt(&Header::new(), b"hello")?;
    /// let message = cek.decrypt(&Jwe::parse(&token)?)?;
    /// assert_eq!(message.header.as_json(), r#"{"alg":"dir","enc":"A256GCM"}"#);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.view().as_json()
    }

    /// Returns `kid` (RFC 7516 section 4.1.6): the key that the sender meant.
    ///
    /// ```
    /// use jwe_primitives::Jwe;
    /// # let mine = jwe_primitives::DecryptingKey::generate(2048)?.with_key_id("mine-2")?;
    /// # let token = mine.encrypting_key().encrypt(&jwe_primitives::Header::new(), b"hello")?.compact;
    ///
    /// let message = mine.decrypt(&Jwe::parse(&token)?)?;
    /// assert_eq!(message.header.key_id().as_deref(), Some("mine-2"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn key_id(&self) -> Option<Cow<'_, str>> {
        self.view().key_id()
    }

    /// Returns `cty`: the media type of the content (RFC 7516 section 4.1.12), as it was sent. If it has no slash,
    /// `application/` belongs before it (RFC 7515 section 4.1.10).
    ///
    /// ```
    /// use jwe_primitives::Jwe;
    /// # use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// # let cek = ContentEncryptionKey::generate()?;
    /// # let token = cek.encrypt(&Header::new().content_type("application/json")?, b"{}")?;
    /// let message = cek.decrypt(&Jwe::parse(&token)?)?;
    /// assert_eq!(message.header.content_type().as_deref(), Some("application/json"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn content_type(&self) -> Option<Cow<'_, str>> {
        self.view().text_at(self.names.content_type).map(Text::to_cow)
    }

    /// Returns `typ`: the media type of the token (RFC 7516 section 4.1.11), as it was sent. If it has no slash,
    /// `application/` belongs before it (RFC 7515 section 4.1.9).
    #[must_use]
    pub fn token_type(&self) -> Option<Cow<'_, str>> {
        self.view().text_at(self.names.token_type).map(Text::to_cow)
    }

    /// Returns the value of the parameter `name` if it is a string.
    ///
    /// ```
    /// use jwe_primitives::Jwe;
    /// # use jwe_primitives::{ContentEncryptionKey, Header};
    /// # let cek = ContentEncryptionKey::generate()?;
    /// # let token = cek.encrypt(&Header::new().param("url", "/v1/cases")?.param("test", true)?, b"hello")?;
    ///
    /// // Its header has "url":"/v1/cases","test":true.
    /// let message = cek.decrypt(&Jwe::parse(&token)?)?;
    /// assert_eq!(message.header.string("url").as_deref(), Some("/v1/cases"));
    /// assert_eq!(message.header.boolean("test"), Some(true));
    /// assert_eq!(message.header.json("test"), Some("true")); // the text of any value
    /// assert_eq!(message.header.string("aud"), None); // not there
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn string(&self, name: &str) -> Option<Cow<'_, str>> {
        self.view().string(name)
    }

    /// Returns the value of the parameter `name` if it is a number that `T` holds. Numbers stay text until here, so that
    /// none loses digits; an integer type accepts no fraction and no exponent.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, Header, Jwe};
    ///
    /// let cek = ContentEncryptionKey::generate()?;
    /// let token = cek.encrypt(&Header::new().param("iat", 1_764_000_000_u64)?, b"received")?;
    /// let message = cek.decrypt(&Jwe::parse(&token)?)?;
    /// assert_eq!(message.header.number::<u64>("iat"), Some(1_764_000_000));
    /// assert_eq!(message.header.number::<u8>("iat"), None); // too large for it
    /// assert_eq!(message.header.string("iat"), None); // not a string
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn number<T: FromStr>(&self, name: &str) -> Option<T> {
        self.view().value(name)?.as_number()?.parse().ok()
    }

    /// Returns the value of the parameter `name` if it is `true` or `false`: see [`string`](Self::string) for an example.
    #[must_use]
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.view().value(name)?.as_str().parse().ok()
    }

    /// Returns the JSON text of the parameter `name`, of any type, for a JSON library to read. See [`string`](Self::string) for an example.
    #[must_use]
    pub fn json(&self, name: &str) -> Option<&str> {
        self.view().value(name).map(Value::as_str)
    }

    fn view(&self) -> UnverifiedHeader<'_> {
        UnverifiedHeader::from_validated(self.decoded.as_slice().get(..self.len).unwrap_or_default(), self.names)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString as _};

    use super::*;

    fn json(header: &Header, key_id_member: Option<&str>) -> String {
        header.json_fragments(Algorithm::Dir, key_id_member).collect()
    }

    #[test]
    fn writes_what_the_key_and_the_caller_say() {
        assert_eq!(json(&Header::new(), None), r#"{"alg":"dir","enc":"A256GCM"}"#);
        assert_eq!(json(&Header::new(), Some(r#","kid":"k""#)), r#"{"alg":"dir","enc":"A256GCM","kid":"k"}"#);
        let header = Header::new().content_type("JWT").unwrap().token_type("JOSE").unwrap();
        let header = header.param("i", -5_i64).unwrap().param("u", 5_u32).unwrap().param("n", 7).unwrap();
        let header = header.param("m", (1_u64 << 53) - 1).unwrap().param("w", 443_u16).unwrap();
        let header = header.param("b", true).unwrap().param("f", false).unwrap();
        let header = header.param("s", "a\nb".to_string()).unwrap().param("o", "owned".to_string()).unwrap();
        let header = header.param("j", ParameterValue::Json(r#"{"x":[1.5,null]}"#)).unwrap();
        let members = r#""cty":"JWT","typ":"JOSE","i":-5,"u":5,"n":7,"m":9007199254740991,"w":443,"b":true,"f":false,"s":"a\u000ab","o":"owned","j":{"x":[1.5,null]}"#;
        assert_eq!(json(&header, None), format!(r#"{{"alg":"dir","enc":"A256GCM",{members}}}"#));
        assert_eq!(
            json(&header, Some(r#","kid":"k""#)),
            format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"k",{members}}}"#)
        );
    }

    #[test]
    fn the_key_id_of_a_message_wins_over_that_of_the_key() {
        let header = Header::new().key_id("mine").unwrap();
        assert_eq!(json(&header, Some(r#","kid":"theirs""#)), r#"{"alg":"dir","enc":"A256GCM","kid":"mine"}"#);
        assert_eq!(header.key_id("again"), Err(Error::DuplicateParameter(RegisteredName::of("kid"))));
    }

    /// `tests/suite/headers.rs` has the reserved names, written out.
    #[test]
    fn rejects_a_duplicate_to_send() {
        let header = Header::new().param("x", 1).unwrap().content_type("a").unwrap().token_type("b").unwrap();
        assert_eq!(header.clone().param("x", 2), Err(Error::DuplicateParameter(RegisteredName::of("x"))));
        assert_eq!(header.clone().content_type("b"), Err(Error::DuplicateParameter(RegisteredName::of("cty"))));
        assert_eq!(header.token_type("b"), Err(Error::DuplicateParameter(RegisteredName::of("typ"))));
    }

    #[test]
    fn integers_are_those_that_every_reader_keeps() {
        let greatest = (1_i128 << 53) - 1;
        for value in [greatest, -greatest, 0] {
            assert!(Header::new().param("x", value).is_ok(), "{value}");
        }
        for value in [greatest + 1, -greatest - 1, i128::MIN] {
            assert_eq!(Header::new().param("x", value), Err(Error::ParameterRange), "{value}");
        }
        assert_eq!(Header::new().param("x", u128::MAX), Err(Error::ParameterRange));
        assert_eq!(Header::new().param("x", 7_usize), Header::new().param("x", 7_u8));
    }

    #[test]
    fn a_header_can_be_made_from_json() {
        let header =
            Header::from_json(r#" {"kid":"a\u0062","cty":"JWT","x5t":"y","n":1.5,"o":{"a":[null]}} "#).unwrap();
        let by_hand = Header::new().key_id("ab").unwrap().content_type("JWT").unwrap().param("x5t", "y").unwrap();
        let by_hand = by_hand.param("n", ParameterValue::Json("1.5")).unwrap();
        assert_eq!(header, by_hand.param("o", ParameterValue::Json(r#"{"a":[null]}"#)).unwrap());
        let of = RegisteredName::of;
        for (text, error) in [
            ("", Error::HeaderSyntax),
            ("[]", Error::HeaderSyntax),
            (r#"{"a":1,}"#, Error::HeaderSyntax),
            (r#"{"alg":"dir"}"#, Error::ReservedParameter(of("alg"))),
            (r#"{"zip":"DEF"}"#, Error::ReservedParameter(of("zip"))),
            (r#"{"kid":1}"#, Error::ParameterType(of("kid"))),
            (r#"{"typ":null}"#, Error::ParameterType(of("typ"))),
            (r#"{"x5t":1}"#, Error::ParameterType(of("x5t"))),
        ] {
            assert_eq!(Header::from_json(text), Err(error), "{text}");
        }
    }

    #[test]
    fn raw_json_is_one_value() {
        for text in ["", "1,\"alg\":\"none\"", "1}", "[1,]", " 1", "{\"a\":1,\"a\":2}", "\u{1}"] {
            assert_eq!(Header::new().param("x", ParameterValue::Json(text)), Err(Error::ParameterSyntax), "{text}");
        }
        // One level is the header's own.
        let nested = |levels| ["[".repeat(levels), "]".repeat(levels)].concat();
        assert!(Header::new().param("x", ParameterValue::Json(&nested(15))).is_ok());
        assert_eq!(Header::new().param("x", ParameterValue::Json(&nested(16))), Err(Error::ParameterSyntax));
    }

    #[test]
    fn what_is_sent_fits_a_receiver() {
        let room = Limits::MAX_SENT_HEADER_LEN.saturating_sub(json(&Header::new(), None).len());
        let fixed = r#","kid":"","x":"""#.len().saturating_add("RSA-OAEP-256".len()).saturating_sub("dir".len());
        let longest = "x".repeat(room.saturating_sub(fixed));
        assert!(Header::new().param("x", &longest).is_ok());
        assert_eq!(Header::new().param("x", &(longest + "x")), Err(Error::HeaderTooLong));
        let mut header = Header::new();
        for i in 0..61 {
            header = header.param(&i.to_string(), 0).unwrap();
        }
        assert_eq!(header.param("61", 0), Err(Error::HeaderTooLong));
    }

    fn read(json: &str) -> Result<Algorithm, Error> {
        super::read(json.as_bytes()).map(|header| header.algorithm)
    }

    #[test]
    fn rules_apply_in_their_order() {
        assert_eq!(read(r#"{"enc":"A256GCM","alg":"dir"}"#), Ok(Algorithm::Dir));
        assert_eq!(
            read(r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"a","typ":"b","cty":"c"}"#),
            Ok(Algorithm::RsaOaep256)
        );
        let (of, unknown) = (RegisteredName::of, RegisteredName::UNKNOWN);
        for (json, error) in [
            (r#"{"alg":1,"enc":1,"crit":1,"zip":1,"kid":1,"a":1,"a":1}"#, Error::DuplicateParameter(unknown)),
            (r#"{"alg":1,"enc":1,"crit":1,"zip":1,"kid":1}"#, Error::Critical),
            (r#"{"alg":1,"enc":1,"zip":1,"kid":1}"#, Error::Compression),
            (r#"{"alg":1,"enc":1,"kid":1}"#, Error::UnsupportedAlgorithm(unknown)),
            (r#"{"alg":"dir","enc":1,"kid":1}"#, Error::UnsupportedEncryption(unknown)),
            (r#"{"alg":"dir","enc":"A256GCM","kid":1}"#, Error::ParameterType(of("kid"))),
            (r#"{"alg":"dir","enc":"A256GCM","typ":null}"#, Error::ParameterType(of("typ"))),
            (r#"{"alg":"dir","enc":"A256GCM","cty":["a"]}"#, Error::ParameterType(of("cty"))),
            (r#"{"alg":"dir","enc":"A256GCM","kid":1,"typ":"a","cty":1}"#, Error::ParameterType(of("kid"))),
            (r#"{"enc":"A256GCM"}"#, Error::UnsupportedAlgorithm(RegisteredName::ABSENT)),
            (r#"{"alg":"dir"}"#, Error::UnsupportedEncryption(RegisteredName::ABSENT)),
            (r#"{"alg":"DIR","enc":"A256GCM"}"#, Error::UnsupportedAlgorithm(unknown)),
            (r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#, Error::UnsupportedAlgorithm(of("RSA-OAEP"))),
            (r#"{"alg":"dir","enc":"A256GCM "}"#, Error::UnsupportedEncryption(unknown)),
            (r#"{"alg":"dir","enc":"A256GCM","zip":null}"#, Error::Compression),
            (r#"{"alg":"dir","enc":"A256GCM","\u0063rit":[]}"#, Error::Critical),
            ("[]", Error::HeaderSyntax),
        ] {
            assert_eq!(read(json), Err(error), "{json}");
        }
    }

    #[test]
    fn views_unescape() {
        let json =
            br#"{"alg":"dir","enc":"A256GCM","kid":"\u00e9","typ":"JOSE","cty":"JWT","n":1.50,"o":{"a":[1]},"t":true,
            "u":18446744073709551615,"e":1e3}"#;
        let names = super::read(json).unwrap().names;
        let header = UnverifiedHeader::from_validated(json, names);
        let verified = VerifiedHeader::new(&DecodedBytes::Borrowed(json), json.len(), names).into_owned();
        assert_eq!(header.as_json().as_bytes(), json);
        assert_eq!(header.key_id().as_deref(), Some("é"));
        assert_eq!(verified.token_type().as_deref(), Some("JOSE"));
        assert_eq!(verified.content_type().as_deref(), Some("JWT"));
        let json = |name| verified.json(name);
        assert_eq!((json("n"), json("o"), json("p")), (Some("1.50"), Some(r#"{"a":[1]}"#), None));
        assert_eq!((header.string("n"), header.string("enc").as_deref()), (None, Some("A256GCM")));
        assert_eq!((verified.number("u"), verified.number::<u32>("u")), (Some(u64::MAX), None));
        assert_eq!(
            (verified.number("n"), verified.number::<u8>("n"), verified.number::<u8>("e")),
            (Some(1.5), None, None)
        );
        assert_eq!((verified.number::<String>("kid"), verified.number::<bool>("t")), (None, None));
        assert_eq!((verified.boolean("t"), verified.boolean("n"), verified.boolean("kid")), (Some(true), None, None));
        for name in ["alg", "enc", "kid", "typ", "cty", "n", "o", "t", "u", "e", "p"] {
            assert_eq!(verified.string(name), header.string(name));
        }
        assert_eq!((verified.as_json(), verified.key_id()), (header.as_json(), header.key_id()));
        assert!(header.allows_key_id("é") && !header.allows_key_id("e"));
        let names = super::read(br#"{"alg":"dir","enc":"A256GCM"}"#).unwrap().names;
        assert!(UnverifiedHeader::from_validated(b"{}", names).allows_key_id("e"));
        assert!(format!("{verified:?}").starts_with("VerifiedHeader("));
        assert!(format!("{header:?}").contains("A256GCM"));
    }
}

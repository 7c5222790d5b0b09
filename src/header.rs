//! The JOSE Header of a JWE (RFC 7516 section 4), to send and as received.

use alloc::{borrow::Cow, boxed::Box, string::String};
use core::fmt::{self, Write as _};

use crate::error::Error;
use crate::json::{self, JsonError, Object, Text, Value};

/// The key management algorithm of a token: its `alg` (RFC 7518 section 4.1). There are these two, and no more to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `RSA-OAEP-256`: RSAES OAEP with SHA-256 and MGF1 with SHA-256 (RFC 7518 section 4.3).
    RsaOaep256,
    /// `dir`: a shared symmetric key is the Content Encryption Key (RFC 7518 section 4.5).
    Dir,
}

impl Algorithm {
    const ALL: [Self; 2] = [Self::RsaOaep256, Self::Dir];

    /// The value of `alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::Dir => "dir",
        }
    }
}

/// The only `enc` there is (RFC 7518 section 5.3).
pub(crate) const A256GCM: &str = "A256GCM";

/// The longest header part that a receiver takes by default, in base64url characters.
pub(crate) const MAX_HEADER_LEN: usize = 16_384;

/// The longest header that a sender makes, in octets: [`MAX_HEADER_LEN`] decoded.
pub(crate) const MAX_JSON_LEN: usize = 12_288;

/// The longest `kid` of a key, in octets.
const MAX_KEY_ID_LEN: usize = 1024;

/// Names that decide how a token is read or carry a key into it. They belong to the key, to a method of
/// [`Header`], or to no token of ours: RFC 7516 section 4.1, RFC 7518 sections 4.6 to 4.8, RFC 7797.
const RESERVED: [&str; 19] = [
    "alg", "enc", "zip", "crit", "kid", "typ", "cty", "jwk", "jku", "x5u", "x5c", "epk", "apu", "apv", "iv", "tag",
    "p2s", "p2c", "b64",
];

/// Names of a certificate's thumbprint: strings, which receivers check (RFC 7515 sections 4.1.7 and 4.1.8).
const THUMBPRINTS: [&str; 2] = ["x5t", "x5t#S256"];

/// The value of a header parameter to send.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ParameterValue<'a> {
    /// A string; it is escaped as JSON needs it.
    String(&'a str),
    /// An integer. Many readers lose digits beyond ±2⁵³ (RFC 8259 section 6).
    Integer(i64),
    /// `true` or `false`.
    Boolean(bool),
    /// The text of a JSON value, taken as it is after a check of its grammar.
    Json(&'a str),
}

impl<'a> From<&'a str> for ParameterValue<'a> {
    fn from(value: &'a str) -> Self {
        Self::String(value)
    }
}

impl<'a> From<&'a String> for ParameterValue<'a> {
    fn from(value: &'a String) -> Self {
        Self::String(value)
    }
}

impl From<i64> for ParameterValue<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<i32> for ParameterValue<'_> {
    fn from(value: i32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<u32> for ParameterValue<'_> {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<bool> for ParameterValue<'_> {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

/// The header parameters of messages to send, but for `alg` and `enc`, which belong to the key.
///
/// One header serves any number of messages. What it writes, [`Jwe::parse`](crate::Jwe::parse) reads back.
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
    /// `"name":value` for each parameter, separated by commas.
    members: String,
    has_key_id: bool,
}

impl Header {
    /// A header with nothing but the key's own `alg`, `enc` and, if it has one, `kid`.
    #[must_use]
    pub const fn new() -> Self {
        Self { members: String::new(), has_key_id: false }
    }

    /// Sets `cty`, the media type of the content (RFC 7516 section 4.1.12), for instance `application/json` or,
    /// for a nested JWT, `JWT`.
    ///
    /// # Errors
    /// [`Error::DuplicateParameter`] if it is set already, [`Error::HeaderTooLong`] if the header gets too long.
    pub fn content_type(self, value: &str) -> Result<Self, Error> {
        self.push("cty", ParameterValue::String(value))
    }

    /// Sets `typ`, the media type of the whole token (RFC 7516 section 4.1.11), for instance `JOSE` or `JWT`.
    ///
    /// # Errors
    /// As [`content_type`](Self::content_type).
    pub fn token_type(self, value: &str) -> Result<Self, Error> {
        self.push("typ", ParameterValue::String(value))
    }

    /// Sets `kid` (RFC 7516 section 4.1.6) for these messages. It wins over the id of the key that encrypts:
    /// some services want the request to name the key for the *answer*. A key that has an id of its own doesn't open
    /// a token with another one.
    ///
    /// # Errors
    /// As [`content_type`](Self::content_type).
    pub fn key_id(mut self, value: &str) -> Result<Self, Error> {
        self.has_key_id = true;
        self.push("kid", ParameterValue::String(value))
    }

    /// Sets any other parameter (RFC 7516 sections 4.2 and 4.3).
    ///
    /// # Errors
    /// [`Error::ReservedParameter`] for a name that has a meaning of its own to the format,
    /// [`Error::DuplicateParameter`] if it is set already, [`Error::ParameterType`] for `x5t` or `x5t#S256` if it isn't
    /// a string, [`Error::ParameterSyntax`] if
    /// [`ParameterValue::Json`] isn't one JSON value as a receiver reads it, [`Error::HeaderTooLong`] if the
    /// header gets longer than a receiver takes, or has more than 61 members.
    pub fn param<'v>(self, name: &str, value: impl Into<ParameterValue<'v>>) -> Result<Self, Error> {
        if RESERVED.contains(&name) {
            return Err(Error::ReservedParameter);
        }
        let value = value.into();
        if THUMBPRINTS.contains(&name) && !matches!(value, ParameterValue::String(_)) {
            return Err(Error::ParameterType);
        }
        self.push(name, value)
    }

    fn push(mut self, name: &str, value: ParameterValue<'_>) -> Result<Self, Error> {
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

    /// Reads the header as a receiver will, with room for a `kid`: nothing is sent that we'd refuse.
    fn check(&self) -> Result<(), Error> {
        let key_id = KeyId::new("")?;
        let mut whole = String::new();
        self.pieces(Algorithm::RsaOaep256, Some(&key_id)).for_each(|piece| whole.push_str(piece));
        if whole.len() > MAX_JSON_LEN {
            return Err(Error::HeaderTooLong);
        }
        Object::parse(whole.as_bytes()).map(|_| ()).map_err(|error| match error {
            JsonError::Syntax => Error::ParameterSyntax,
            JsonError::Duplicate => Error::DuplicateParameter,
            JsonError::TooManyNames => Error::HeaderTooLong,
        })
    }

    /// The header's JSON for a key of this algorithm and id, in pieces.
    pub(crate) fn pieces<'h>(
        &'h self,
        algorithm: Algorithm,
        key_id: Option<&'h KeyId>,
    ) -> impl Iterator<Item = &'h str> {
        let key_id = key_id.filter(|_| !self.has_key_id).map(|key_id| &*key_id.member);
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

/// The id of a key, and the header member that it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyId {
    id: Box<str>,
    /// `,"kid":"…"`, as it stands in a header.
    member: Box<str>,
}

impl KeyId {
    /// # Errors
    /// [`Error::HeaderTooLong`] if the id is longer than [`MAX_KEY_ID_LEN`].
    pub(crate) fn new(id: &str) -> Result<Self, Error> {
        if id.len() > MAX_KEY_ID_LEN {
            return Err(Error::HeaderTooLong);
        }
        let mut member = String::from(r#","kid":"#);
        json::push_string(&mut member, id);
        Ok(Self { id: id.into(), member: member.into() })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.id
    }
}

fn push_value(out: &mut String, value: ParameterValue<'_>) -> Result<(), Error> {
    match value {
        ParameterValue::String(text) => json::push_string(out, text),
        ParameterValue::Integer(number) => write!(out, "{number}").map_err(|fmt::Error| Error::Internal)?,
        ParameterValue::Boolean(truth) => out.push_str(if truth { "true" } else { "false" }),
        ParameterValue::Json(text) => out.push_str(text),
    }
    Ok(())
}

/// The header of a token that came in. Nothing has verified it before a decryption of that token succeeded.
///
/// Names and strings are compared after unescaping (RFC 7515 section 5.3). Parameters that name or carry a key
/// (`jwk`, `jku`, `x5u`, `x5c`) are never used; unknown ones are carried along.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnverifiedHeader<'a>(Object<'a>);

impl fmt::Debug for UnverifiedHeader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UnverifiedHeader").field(&self.as_json()).finish()
    }
}

impl<'a> UnverifiedHeader<'a> {
    /// Reads a header and applies the rules that don't need a key.
    pub(crate) fn parse(json: &'a [u8]) -> Result<(Self, Algorithm), Error> {
        let mut known = Known::default();
        let object = Object::parse_with(json, |member| known.take(member.name, member.value));
        let object = object.map_err(|error| match error {
            JsonError::Syntax => Error::HeaderSyntax,
            JsonError::Duplicate => Error::DuplicateParameter,
            JsonError::TooManyNames => Error::HeaderTooLong,
        })?;
        known.judge().map(|algorithm| (Self(object), algorithm))
    }

    /// The header that [`parse`](Self::parse) accepted before.
    pub(crate) fn parsed(json: &'a [u8]) -> Self {
        Self(Object::parsed(json))
    }

    /// The header's JSON, exactly as the sender wrote it.
    #[must_use]
    pub fn as_json(&self) -> &'a str {
        self.0.as_str()
    }

    /// `kid`: which key to decrypt with (RFC 7516 section 4.1.6).
    #[must_use]
    pub fn key_id(&self) -> Option<Cow<'a, str>> {
        self.string("kid")
    }

    /// `cty`: the media type of the content (RFC 7516 section 4.1.12), as it was sent: without a slash in it,
    /// `application/` belongs in front (RFC 7515 section 4.1.10).
    #[must_use]
    pub fn content_type(&self) -> Option<Cow<'a, str>> {
        self.string("cty")
    }

    /// `typ`: the media type of the token (RFC 7516 section 4.1.11), as it was sent: without a slash in it,
    /// `application/` belongs in front (RFC 7515 section 4.1.9).
    #[must_use]
    pub fn token_type(&self) -> Option<Cow<'a, str>> {
        self.string("typ")
    }

    /// The value of the parameter `name` if it is a string. It allocates only if the string has an escape.
    #[must_use]
    pub fn string(&self, name: &str) -> Option<Cow<'a, str>> {
        self.0.get(name)?.as_text().map(Text::to_cow)
    }

    /// The JSON text of the parameter `name`, whatever its type.
    #[must_use]
    pub fn json(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(Value::as_str)
    }

    /// Whether the token may be opened with a key of this id: not if both have one and they differ.
    pub(crate) fn allows_key_id(self, key_id: Option<&str>) -> bool {
        let Some(key_id) = key_id else { return true };
        self.0.get("kid").and_then(Value::as_text).is_none_or(|text| text.is(key_id))
    }
}

/// The parameters with a rule of their own, as far as they are present.
#[derive(Default)]
struct Known<'a> {
    algorithm: Option<Value<'a>>,
    encryption: Option<Value<'a>>,
    critical: bool,
    compression: bool,
    wrong_type: bool,
}

impl<'a> Known<'a> {
    fn take(&mut self, name: Text<'a>, value: Value<'a>) {
        if name.is("alg") {
            self.algorithm = Some(value);
        } else if name.is("enc") {
            self.encryption = Some(value);
        } else if name.is("crit") {
            self.critical = true;
        } else if name.is("zip") {
            self.compression = true;
        } else if name.is("kid") || name.is("typ") || name.is("cty") {
            self.wrong_type |= value.as_text().is_none();
        }
    }

    /// RFC 7516 section 5.2 step 5: the parameters are understood, and so are their values.
    fn judge(self) -> Result<Algorithm, Error> {
        if self.critical {
            return Err(Error::Critical);
        }
        if self.compression {
            return Err(Error::Compression);
        }
        let algorithm = self.algorithm.and_then(Value::as_text).ok_or(Error::UnsupportedAlgorithm)?;
        let algorithm = Algorithm::ALL.into_iter().find(|known| algorithm.is(known.name()));
        let algorithm = algorithm.ok_or(Error::UnsupportedAlgorithm)?;
        if !self.encryption.and_then(Value::as_text).is_some_and(|text| text.is(A256GCM)) {
            return Err(Error::UnsupportedEncryption);
        }
        if self.wrong_type {
            return Err(Error::ParameterType);
        }
        Ok(algorithm)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString as _};

    use super::*;

    fn json(header: &Header, key_id: Option<&str>) -> String {
        let key_id = key_id.map(|id| KeyId::new(id).unwrap());
        header.pieces(Algorithm::Dir, key_id.as_ref()).collect()
    }

    #[test]
    fn writes_what_the_key_and_the_caller_say() {
        assert_eq!(json(&Header::new(), None), r#"{"alg":"dir","enc":"A256GCM"}"#);
        assert_eq!(json(&Header::new(), Some("k\"1")), r#"{"alg":"dir","enc":"A256GCM","kid":"k\"1"}"#);
        let header = Header::new().content_type("JWT").unwrap().token_type("JOSE").unwrap();
        let header = header.param("i", -5_i64).unwrap().param("u", 5_u32).unwrap().param("n", 7).unwrap();
        let header = header.param("b", true).unwrap().param("f", false).unwrap();
        let header = header.param("s", &"a\nb".to_string()).unwrap();
        let header = header.param("j", ParameterValue::Json(r#"{"x":[1.5,null]}"#)).unwrap();
        let members =
            r#""cty":"JWT","typ":"JOSE","i":-5,"u":5,"n":7,"b":true,"f":false,"s":"a\u000ab","j":{"x":[1.5,null]}"#;
        assert_eq!(json(&header, None), format!(r#"{{"alg":"dir","enc":"A256GCM",{members}}}"#));
        assert_eq!(json(&header, Some("k")), format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"k",{members}}}"#));
    }

    #[test]
    fn a_message_key_id_wins_over_the_key_s() {
        let header = Header::new().key_id("mine").unwrap();
        assert_eq!(json(&header, Some("theirs")), r#"{"alg":"dir","enc":"A256GCM","kid":"mine"}"#);
        assert_eq!(header.key_id("again"), Err(Error::DuplicateParameter));
    }

    #[test]
    fn names_with_a_meaning_and_duplicates_are_refused() {
        for name in RESERVED {
            assert_eq!(Header::new().param(name, "x"), Err(Error::ReservedParameter), "{name}");
        }
        for name in THUMBPRINTS {
            assert!(Header::new().param(name, "x").is_ok());
            assert_eq!(Header::new().param(name, 1), Err(Error::ParameterType), "{name}");
        }
        let header = Header::new().param("x", 1).unwrap().content_type("a").unwrap().token_type("b").unwrap();
        assert_eq!(header.clone().param("x", 2), Err(Error::DuplicateParameter));
        assert_eq!(header.clone().content_type("b"), Err(Error::DuplicateParameter));
        assert_eq!(header.token_type("b"), Err(Error::DuplicateParameter));
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
        let room = MAX_JSON_LEN.saturating_sub(json(&Header::new(), None).len());
        let fixed = r#","kid":"","x":"""#.len().saturating_add("RSA-OAEP-256".len()).saturating_sub("dir".len());
        let longest = "x".repeat(room.saturating_sub(fixed));
        assert!(Header::new().param("x", &longest).is_ok());
        assert_eq!(Header::new().param("x", &(longest + "x")), Err(Error::HeaderTooLong));
        let mut header = Header::new();
        for i in 0..61 {
            header = header.param(&i.to_string(), 0).unwrap();
        }
        assert_eq!(header.param("61", 0), Err(Error::HeaderTooLong));
        assert!(KeyId::new(&"x".repeat(1024)).is_ok());
        assert_eq!(KeyId::new(&"x".repeat(1025)), Err(Error::HeaderTooLong));
    }

    fn read(json: &str) -> Result<Algorithm, Error> {
        UnverifiedHeader::parse(json.as_bytes()).map(|(_, algorithm)| algorithm)
    }

    #[test]
    fn rules_apply_in_their_order() {
        assert_eq!(read(r#"{"enc":"A256GCM","alg":"dir"}"#), Ok(Algorithm::Dir));
        assert_eq!(
            read(r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"a","typ":"b","cty":"c"}"#),
            Ok(Algorithm::RsaOaep256)
        );
        for (json, error) in [
            (r#"{"alg":1,"enc":1,"crit":1,"zip":1,"kid":1,"a":1,"a":1}"#, Error::DuplicateParameter),
            (r#"{"alg":1,"enc":1,"crit":1,"zip":1,"kid":1}"#, Error::Critical),
            (r#"{"alg":1,"enc":1,"zip":1,"kid":1}"#, Error::Compression),
            (r#"{"alg":1,"enc":1,"kid":1}"#, Error::UnsupportedAlgorithm),
            (r#"{"alg":"dir","enc":1,"kid":1}"#, Error::UnsupportedEncryption),
            (r#"{"alg":"dir","enc":"A256GCM","kid":1}"#, Error::ParameterType),
            (r#"{"alg":"dir","enc":"A256GCM","typ":null}"#, Error::ParameterType),
            (r#"{"alg":"dir","enc":"A256GCM","cty":["a"]}"#, Error::ParameterType),
            (r#"{"enc":"A256GCM"}"#, Error::UnsupportedAlgorithm),
            (r#"{"alg":"dir"}"#, Error::UnsupportedEncryption),
            (r#"{"alg":"DIR","enc":"A256GCM"}"#, Error::UnsupportedAlgorithm),
            (r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#, Error::UnsupportedAlgorithm),
            (r#"{"alg":"dir","enc":"A256GCM "}"#, Error::UnsupportedEncryption),
            (r#"{"alg":"dir","enc":"A256GCM","zip":null}"#, Error::Compression),
            (r#"{"alg":"dir","enc":"A256GCM","\u0063rit":[]}"#, Error::Critical),
            ("[]", Error::HeaderSyntax),
        ] {
            assert_eq!(read(json), Err(error), "{json}");
        }
    }

    #[test]
    fn views_unescape() {
        let json = br#"{"alg":"dir","enc":"A256GCM","kid":"\u00e9","typ":"JOSE","cty":"JWT","n":1.50,"o":{"a":[1]}}"#;
        let (header, _) = UnverifiedHeader::parse(json).unwrap();
        assert_eq!(header.key_id().as_deref(), Some("é"));
        assert_eq!(header.token_type().as_deref(), Some("JOSE"));
        assert_eq!(header.content_type().as_deref(), Some("JWT"));
        assert_eq!((header.json("n"), header.json("o"), header.json("p")), (Some("1.50"), Some(r#"{"a":[1]}"#), None));
        assert_eq!((header.string("n"), header.string("enc").as_deref()), (None, Some("A256GCM")));
        assert!(header.allows_key_id(None) && header.allows_key_id(Some("é")) && !header.allows_key_id(Some("e")));
        assert!(UnverifiedHeader::parsed(b"{}").allows_key_id(Some("e")));
        assert!(format!("{header:?}").contains("A256GCM"));
    }
}

//! Keys as JWK (RFC 7517, RFC 7518 section 6): RSA, and `oct` for `dir`.

use alloc::{string::String, vec, vec::Vec};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use zeroize::Zeroizing;

use super::cek::Operations;
use super::text;
use super::{ContentEncryptionKey, DecryptingKey, EncryptingKey};
use crate::algorithm::{A256GCM, Algorithm, MAX_ENCRYPTED_KEY_LEN};
use crate::base64url;
use crate::error::{Error, KeyError, KeyType};
use crate::json::{self, Member, Object, Text, Value};
use crate::key_format::KeyFormat;
use crate::limits::Limits;
use crate::registered::RegisteredName;
use crate::rsa_core::PrivateComponents;
use crate::stack;

/// Room for any secret JWK, so that the text never grows, which would leave a copy. An escaped character of a `kid` has
/// at most six; the numbers have less than six times the bytes of the modulus, and base64url four for three of them.
const SECRET_JWK_LEN: usize = Limits::MAX_KEY_ID_LEN.saturating_mul(6).saturating_add(MAX_ENCRYPTED_KEY_LEN * 8 + 256);

/// A shared key has this many characters in hexadecimal, with its quotation marks.
const MIN_HEXADECIMAL: usize = 2 * ContentEncryptionKey::LEN + 2;

/// The members of a JWK that are read here.
const MEMBERS: [&str; 16] =
    ["kty", "use", "alg", "key_ops", "kid", "n", "e", "d", "p", "q", "dp", "dq", "qi", "oth", "k", "x5c"];

/// The numbers of a private RSA key besides its modulus and exponents (RFC 7518 section 6.3.2).
const CRT_MEMBERS: [&str; 5] = ["p", "q", "dp", "dq", "qi"];

/// The members of a JWK that are read here, found in one pass, and what is wrong with its text.
#[derive(Default)]
pub(super) struct Jwk<'a> {
    values: [Option<Value<'a>>; MEMBERS.len()],
    fault: Option<KeyError>,
}

impl<'a> Jwk<'a> {
    /// Reads a JWK. If its text is faulty, it has the members before the fault: a private key is recognized by them.
    pub(super) fn parse(text: &'a str) -> Self {
        let mut jwk = Self::parse_entry(text);
        let wanted = [KeyFormat::Jwk, KeyFormat::JsonObject];
        jwk.fault = jwk.fault.map(|fault| text::unreadable(text.as_bytes(), &wanted, fault));
        jwk
    }

    /// Reads a JWK of a set, where a fault does not have the text read once more for what else it may be.
    pub(super) fn parse_entry(text: &'a str) -> Self {
        let mut jwk = Self::default();
        jwk.fault = jwk.read(text).err();
        jwk
    }

    pub(super) fn is_faulty(&self) -> bool {
        self.fault.is_some()
    }

    fn read(&mut self, text: &'a str) -> Result<(), KeyError> {
        let text = text::within(text, Limits::MAX_KEY_LEN)?;
        let parsed = Object::parse_with(text.as_bytes(), |member| self.record(member));
        match parsed {
            Ok(_) if self.value("kty").is_some() => Ok(()),
            Ok(_) => Err(missing("kty")),
            Err(error) => Err(text::json_error(text, error)),
        }
    }

    /// Many libraries write `null` for a member that is not set.
    fn record(&mut self, member: Member<'a>) {
        let slots = MEMBERS.iter().zip(&mut self.values);
        if let Some((_, slot)) = slots.into_iter().find(|(name, _)| member.name.is(name)) {
            *slot = Some(member.value).filter(|value| value.as_str() != "null");
        }
    }

    fn value(&self, name: &str) -> Option<Value<'a>> {
        let at = MEMBERS.iter().position(|known| *known == name)?;
        self.values.get(at).copied().flatten()
    }

    /// The string that a member is, if it is present.
    fn string(&self, name: &str) -> Result<Option<Text<'a>>, KeyError> {
        self.value(name).map(|value| value.as_text().ok_or_else(|| wrong_type(name))).transpose()
    }

    /// The bytes of a base64url member that must be present, decoded without looking anything up by them.
    fn bytes(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let text = self.string(name)?.ok_or_else(|| missing(name))?;
        let unescaped;
        let text = if let Some(plain) = text.plain() {
            plain
        } else {
            unescaped = text.to_zeroizing();
            &unescaped
        };
        decode_base64url(text).ok_or_else(|| KeyError::member_encoding(name, text))
    }

    /// Checks that the member `name` is not hexadecimal, whose digits are base64url, too, of another number. That this
    /// many digits of base64url are all hexadecimal is out of the question; a shared key and an exponent have fewer.
    fn check_not_hexadecimal(&self, name: &str) -> Result<(), KeyError> {
        let text = self.value(name).map_or("", Value::as_str);
        if text.len() < MIN_HEXADECIMAL {
            return Ok(());
        }
        let mut digits = text.trim_matches('"').bytes();
        if digits.all(|byte| byte.is_ascii_hexdigit()) {
            Err(KeyError::MemberHex(RegisteredName::of(name)))
        } else {
            Ok(())
        }
    }

    /// Whether the key is in a certificate.
    fn has_certificate(&self) -> bool {
        self.value("x5c").and_then(Value::elements).is_some_and(|mut chain| chain.next().is_some())
    }

    /// Checks that the text is a JWK, of one of these types.
    fn check_type(&self, wanted: &[KeyType]) -> Result<(), KeyError> {
        self.fault.map_or(Ok(()), Err)?;
        let name = self.string("kty")?.ok_or_else(|| missing("kty"))?;
        let found = match name.short(&mut [0; 8]) {
            Some("RSA") => KeyType::Rsa,
            Some("RSA-HSM") => KeyType::RsaHsm,
            Some("EC" | "EC-HSM") => KeyType::Ec,
            Some("OKP") => KeyType::Okp,
            Some("oct" | "oct-HSM") => KeyType::Oct,
            _ => KeyType::Other,
        };
        if wanted.contains(&found) { Ok(()) } else { Err(KeyError::WrongType(found)) }
    }

    /// Checks what the key may be used for: `use`, `alg` and `key_ops`, as far as they are present, must allow one of
    /// `operations` with one of `algorithms`.
    fn check_use(&self, algorithms: &[&str], operations: &[&str]) -> Result<(), KeyError> {
        if let Some(usage) = self.string("use")?.filter(|usage| !usage.is("enc")) {
            return Err(KeyError::Use(registered(usage)));
        }
        if let Some(found) = self.string("alg")?.filter(|found| !algorithms.iter().any(|ours| found.is(ours))) {
            return Err(KeyError::Algorithm(registered(found)));
        }
        let Some(listed) = self.operations()? else { return Ok(()) };
        let signing = listed.iter().find(|listed| listed.is("sign") || listed.is("verify"));
        if let Some(signing) = signing.filter(|_| self.value("use").is_some()) {
            return Err(KeyError::Operations(registered(*signing)));
        }
        if listed.iter().any(|listed| operations.iter().any(|ours| listed.is(ours))) {
            return Ok(());
        }
        let found = listed.into_iter().map(registered).find(|found| found.is_known());
        Err(KeyError::Operations(found.unwrap_or(RegisteredName::UNKNOWN)))
    }

    /// The distinct strings of `key_ops`: "Duplicate key operation values MUST NOT be present" (RFC 7517 section 4.3).
    /// None if it is absent, or empty as .NET writes an unset one.
    fn operations(&self) -> Result<Option<Vec<Text<'a>>>, KeyError> {
        let Some(array) = self.value("key_ops") else { return Ok(None) };
        let wrong = || wrong_type("key_ops");
        let operations: Result<Vec<_>, _> = array.distinct_strings().ok_or_else(wrong)?.collect();
        Ok(Some(operations.map_err(|_| wrong())?).filter(|operations| !operations.is_empty()))
    }

    /// Returns whether there is anything in it that must stay with the owner of the key (RFC 7518 sections 6.2.2, 6.3.2
    /// and 6.4.1).
    pub(super) fn has_private_members(&self) -> bool {
        ["d", "k"].iter().chain(&CRT_MEMBERS).any(|name| self.value(name).is_some()) || self.has_other_primes()
    }

    /// Returns whether it is an RSA key, or would be one if it had a `kty`.
    pub(super) fn is_rsa(&self) -> bool {
        match self.value("kty").and_then(Value::as_text) {
            Some(kty) => kty.is("RSA") || kty.is("RSA-HSM"),
            None => self.value("n").is_some() || self.value("p").is_some(),
        }
    }

    /// An empty array is no prime.
    fn has_other_primes(&self) -> bool {
        self.value("oth").is_some_and(|value| value.elements().is_none_or(|mut primes| primes.next().is_some()))
    }

    pub(super) fn key_id(&self) -> Result<Option<Text<'a>>, KeyError> {
        self.string("kid")
    }

    /// Names `key` with the `kid`, if there is one.
    fn name<K>(&self, key: K, with_key_id: fn(K, &str) -> Result<K, Error>) -> Result<K, Error> {
        match self.key_id()? {
            Some(key_id) => with_key_id(key, &key_id.to_cow()),
            None => Ok(key),
        }
    }
}

fn missing(name: &str) -> KeyError {
    KeyError::MissingMember(RegisteredName::of(name))
}

fn wrong_type(name: &str) -> KeyError {
    KeyError::MemberType(RegisteredName::of(name))
}

fn registered(text: Text<'_>) -> RegisteredName {
    let mut room = [0; 32];
    let text = text.short(&mut room);
    RegisteredName::find(|name| text == Some(name))
}

impl EncryptingKey {
    /// Reads a public RSA key from a JWK, and its `kid`.
    ///
    /// ```
    /// use jwe_primitives::EncryptingKey;
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let published = DecryptingKey::generate(2048)?.encrypting_key().clone().with_key_id("bank-1")?.to_jwk();
    /// let bank = EncryptingKey::from_jwk(&published)?;
    /// assert_eq!(bank.key_id(), Some("bank-1")); // its `kid`
    /// assert_eq!(bank.to_jwk(), published);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Key`]: [`KeyError::Empty`] or [`KeyError::UnexpectedFormat`] if the text is no JWK, [`KeyError::Json`],
    /// [`KeyError::DuplicateMember`], [`KeyError::MissingMember`], [`KeyError::MemberType`] or one of the `Member…` errors
    /// for base64url if it is malformed, [`KeyError::KeyInCertificate`], [`KeyError::WrongType`], [`KeyError::PrivateInsteadOfPublic`],
    /// [`KeyError::Use`] unless `use` is absent or `enc`, [`KeyError::Algorithm`] unless `alg` is absent or
    /// `RSA-OAEP-256`, [`KeyError::Operations`] if `key_ops` has neither `encrypt` nor `wrapKey`, or with a `use` one
    /// for signatures, [`KeyError::KeyIdTooLong`], [`KeyError::TooLong`], or the rule that the key breaks.
    pub fn from_jwk(jwk: &str) -> Result<Self, Error> {
        Self::from_members(&Jwk::parse(jwk))
    }

    pub(super) fn from_members(jwk: &Jwk<'_>) -> Result<Self, Error> {
        // Before anything else that is wrong with it: a private key in the wrong place is the worst fault.
        if jwk.is_rsa() && jwk.has_private_members() {
            return Err(KeyError::PrivateInsteadOfPublic.into());
        }
        jwk.check_type(&[KeyType::Rsa, KeyType::RsaHsm])?;
        jwk.check_use(&[Algorithm::RsaOaep256.name()], &["encrypt", "wrapKey"])?;
        if jwk.value("n").is_none() && jwk.has_certificate() {
            return Err(KeyError::KeyInCertificate.into());
        }
        let key = Self::from_components(&jwk.bytes("n")?, &jwk.bytes("e")?)?;
        jwk.check_not_hexadecimal("n")?;
        jwk.name(key, Self::with_key_id)
    }

    /// Returns the key as a JWK with `kty`, `kid` if it has one, `use`, `alg`, `n` and `e`.
    ///
    /// ```
    /// use jwe_primitives::DecryptingKey;
    ///
    /// let mine = DecryptingKey::generate(2048)?.with_key_id("mine-2")?;
    /// let jwk = mine.encrypting_key().to_jwk(); // what to hand out
    /// assert!(jwk.starts_with(r#"{"kty":"RSA","kid":"mine-2","use":"enc","alg":"RSA-OAEP-256","#));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn to_jwk(&self) -> String {
        let mut jwk = String::new();
        push_public(&mut jwk, self);
        jwk.push('}');
        jwk
    }
}

impl DecryptingKey {
    /// Reads a private RSA key from a JWK, and its `kid`.
    ///
    /// ```
    /// use jwe_primitives::{DecryptingKey, KeyError};
    ///
    /// # let key = DecryptingKey::generate(2048)?.with_key_id("mine-2")?;
    /// # let (stored, published) = (key.to_jwk()?, key.encrypting_key().to_jwk());
    /// let mine = DecryptingKey::from_jwk(&stored)?;
    /// assert_eq!(mine.key_id(), Some("mine-2")); // its `kid`
    /// let rejected = DecryptingKey::from_jwk(&published);
    /// assert_eq!(rejected.unwrap_err(), KeyError::PublicInsteadOfPrivate.into());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`EncryptingKey::from_jwk`], with `decrypt` or `unwrapKey` for `key_ops`;
    /// [`KeyError::PublicInsteadOfPrivate`]; [`KeyError::MissingPrimes`] unless `p`, `q`, `dp`, `dq` and `qi` are
    /// all there; [`KeyError::MultiPrime`] if `oth` is; [`KeyError::Inconsistent`].
    pub fn from_jwk(jwk: &str) -> Result<Self, Error> {
        stack::zeroizing(|| {
            let jwk = Jwk::parse(jwk);
            match Self::from_members(&jwk) {
                // Of a public key, the operations are right, and the half is wrong. Not in `from_members`: a set skips
                // keys for other operations, and a public key for this use is an error there.
                Err(Error::Key(KeyError::Operations(_))) if !jwk.has_private_members() => {
                    Err(KeyError::PublicInsteadOfPrivate.into())
                }
                outcome => outcome,
            }
        })
    }

    /// What the key is for is checked first: another key in a set may have any shape.
    pub(super) fn from_members(jwk: &Jwk<'_>) -> Result<Self, Error> {
        jwk.check_type(&[KeyType::Rsa])?;
        jwk.check_use(&[Algorithm::RsaOaep256.name()], &["decrypt", "unwrapKey"])?;
        if jwk.value("d").is_none() {
            return Err(KeyError::PublicInsteadOfPrivate.into());
        }
        if jwk.has_other_primes() {
            return Err(KeyError::MultiPrime.into());
        }
        if CRT_MEMBERS.iter().any(|name| jwk.value(name).is_none()) {
            return Err(KeyError::MissingPrimes.into());
        }
        let secret = PrivateComponents {
            d: &jwk.bytes("d")?,
            p: &jwk.bytes("p")?,
            q: &jwk.bytes("q")?,
            dp: &jwk.bytes("dp")?,
            dq: &jwk.bytes("dq")?,
            qi: &jwk.bytes("qi")?,
        };
        let (n, e) = (jwk.bytes("n")?, jwk.bytes("e")?);
        // Another number that has no such factors.
        jwk.check_not_hexadecimal("n")?;
        let key = Self::from_components(&n, &e, &secret)?;
        jwk.name(key, Self::with_key_id)
    }

    /// Returns the private key as a JWK, in memory that is zeroized on drop.
    ///
    /// ```
    /// use jwe_primitives::DecryptingKey;
    ///
    /// let mine = DecryptingKey::generate(2048)?.with_key_id("mine-2")?;
    /// let jwk = mine.to_jwk()?; // to encrypt and store; it is the secret
    /// assert_eq!(DecryptingKey::from_jwk(&jwk)?.key_id(), Some("mine-2"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Internal`] if the encoder fails, which is not known to happen.
    pub fn to_jwk(&self) -> Result<Zeroizing<String>, Error> {
        stack::zeroizing(|| self.write_jwk())
    }

    fn write_jwk(&self) -> Result<Zeroizing<String>, Error> {
        let numbers = self.rsa().components();
        let secrets = [
            ("d", &numbers.d),
            ("p", &numbers.p),
            ("q", &numbers.q),
            ("dp", &numbers.dp),
            ("dq", &numbers.dq),
            ("qi", &numbers.qi),
        ];
        let mut jwk = Zeroizing::new(String::with_capacity(SECRET_JWK_LEN));
        push_public(&mut jwk, self.encrypting_key());
        for (name, number) in secrets {
            push_secret(&mut jwk, name, number)?;
        }
        jwk.push('}');
        Ok(jwk)
    }
}

impl ContentEncryptionKey {
    /// Reads a symmetric key of 32 bytes from an `oct` JWK (RFC 7518 section 6.4), and its `kid`.
    ///
    /// ```
    /// use jwe_primitives::ContentEncryptionKey;
    ///
    /// let cek = ContentEncryptionKey::generate()?.with_key_id("shared-1")?;
    /// let copy = ContentEncryptionKey::from_jwk(&cek.to_jwk()?)?;
    /// assert_eq!(copy.as_bytes(), cek.as_bytes());
    /// assert_eq!(copy.key_id(), Some("shared-1"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Key`]: [`KeyError::Empty`] or [`KeyError::UnexpectedFormat`] if the text is no JWK, [`KeyError::Json`],
    /// [`KeyError::DuplicateMember`], [`KeyError::MissingMember`], [`KeyError::MemberType`] or one of the `Member…` errors
    /// for base64url if it is malformed, [`KeyError::KeyInCertificate`], [`KeyError::WrongType`] if it is not an `oct` key, [`KeyError::Use`] unless
    /// `use` is absent or `enc`, [`KeyError::Algorithm`] unless `alg` is absent, `dir` or `A256GCM`,
    /// [`KeyError::Operations`] if `key_ops` has neither `encrypt` nor `decrypt`, or with a `use` one for signatures,
    /// [`KeyError::SymmetricLength`], [`KeyError::KeyIdTooLong`], [`KeyError::TooLong`].
    pub fn from_jwk(jwk: &str) -> Result<Self, Error> {
        stack::zeroizing(|| Self::from_members(&Jwk::parse(jwk)))
    }

    pub(super) fn from_members(jwk: &Jwk<'_>) -> Result<Self, Error> {
        jwk.check_type(&[KeyType::Oct])?;
        jwk.check_use(&[Algorithm::Dir.name(), A256GCM], &["encrypt", "decrypt"])?;
        let k = jwk.bytes("k")?;
        // Only of a wrong length: no branch depends on a key.
        if k.len() != Self::LEN {
            jwk.check_not_hexadecimal("k")?;
        }
        let mut key = Self::from_bytes(&k)?;
        if let Some(listed) = jwk.operations()? {
            let has = |name| listed.iter().any(|listed| listed.is(name));
            key = key.with_operations(Operations { encrypt: has("encrypt"), decrypt: has("decrypt") });
        }
        jwk.name(key, Self::with_key_id)
    }

    /// Returns the key as a JWK with `kty`, `kid` if it has one, `use`, `alg` and `k`, in memory that is zeroized on
    /// drop. A key whose JWK permitted one operation only has its `key_ops` in place of `use`.
    ///
    /// ```
    /// use jwe_primitives::ContentEncryptionKey;
    ///
    /// let shared = ContentEncryptionKey::generate()?.with_key_id("shared-1")?;
    /// let jwk = shared.to_jwk()?;
    /// assert!(jwk.starts_with(r#"{"kty":"oct","kid":"shared-1","#));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Internal`] if the encoder fails, which is not known to happen.
    pub fn to_jwk(&self) -> Result<Zeroizing<String>, Error> {
        stack::zeroizing(|| self.write_jwk())
    }

    fn write_jwk(&self) -> Result<Zeroizing<String>, Error> {
        let mut text = Zeroizing::new([0; 43]);
        let text = Base64UrlUnpadded::encode(self.as_bytes(), text.as_mut_slice()).map_err(|_| Error::Internal)?;
        let mut jwk = Zeroizing::new(String::with_capacity(SECRET_JWK_LEN));
        jwk.push_str(r#"{"kty":"oct","#);
        push_key_id(&mut jwk, self.key_id());
        let usage = match self.operations() {
            Operations { encrypt: true, decrypt: false } => r#""key_ops":["encrypt"]"#,
            Operations { encrypt: false, decrypt: true } => r#""key_ops":["decrypt"]"#,
            _ => r#""use":"enc""#,
        };
        for piece in [usage, r#","alg":"dir","k":""#, text, r#""}"#] {
            jwk.push_str(piece);
        }
        Ok(jwk)
    }
}

/// Decodes base64url in constant time, into memory that is also zeroized on an error.
fn decode_base64url(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; base64url::decoded_len(text.len())]);
    let len = Base64UrlUnpadded::decode(text, &mut bytes).ok()?.len();
    (len == bytes.len()).then_some(bytes)
}

/// The public members, without the brace that closes the object.
fn push_public(out: &mut String, key: &EncryptingKey) {
    out.push_str(r#"{"kty":"RSA","#);
    push_key_id(out, key.key_id());
    out.push_str(r#""use":"enc","alg":"RSA-OAEP-256","n":""#);
    out.push_str(&Base64UrlUnpadded::encode_string(&key.rsa().modulus()));
    out.push_str(r#"","e":""#);
    out.push_str(&Base64UrlUnpadded::encode_string(&key.rsa().exponent()));
    out.push('"');
}

fn push_key_id(out: &mut String, key_id: Option<&str>) {
    if let Some(key_id) = key_id {
        out.push_str(r#""kid":"#);
        json::push_string(out, key_id);
        out.push(',');
    }
}

/// `,"name":"…"` with a secret number, in "the minimum number of octets": its length shows in the JWK, as in DER.
fn push_secret(out: &mut String, name: &str, number: &[u8]) -> Result<(), Error> {
    let mut text = Zeroizing::new(vec![0; Base64UrlUnpadded::encoded_len(number)]);
    let text = Base64UrlUnpadded::encode(number, &mut text).map_err(|_| Error::Internal)?;
    for piece in [",\"", name, "\":\"", text, "\""] {
        out.push_str(piece);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text of the longest length is read, and found to be for another type; a longer one isn't read.
    #[test]
    fn the_length_of_a_jwk_is_bounded_exactly() {
        let jwk = |len: usize| [r#"{"kty":"EC","x":""#, &"x".repeat(len - 19), r#""}"#].concat();
        let longest = jwk(65_536);
        assert_eq!(
            (longest.len(), EncryptingKey::from_jwk(&longest).unwrap_err()),
            (65_536, KeyError::WrongType(KeyType::Ec).into())
        );
        assert_eq!(EncryptingKey::from_jwk(&jwk(65_537)).unwrap_err(), KeyError::TooLong.into());
    }
}

//! Keys as JWK (RFC 7517, RFC 7518 section 6): RSA, and `oct` for `dir`.

use alloc::{borrow::Cow, string::String, vec, vec::Vec};
use core::mem;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use rsa::BoxedUint;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use zeroize::Zeroizing;

use super::rsa::{PrivateComponents, PublicComponents, trimmed};
use super::{ContentEncryptionKey, DecryptingKey, EncryptingKey};
use crate::algorithm::{A256GCM, Algorithm};
use crate::base64url;
use crate::error::{Error, KeyError};
use crate::json::{self, Object, Text};
use crate::stack;

/// The longest JWK, in octets, as for PEM. It bounds what a refused text costs.
const MAX_JWK_LEN: usize = 65_536;

/// Room for any secret JWK, so that the text never grows and leaves a copy behind: six times 1024 octets of `kid`, and
/// numbers of four and a half times 1024 octets in base64url.
const SECRET_JWK_LEN: usize = 16_384;

/// The members that a private RSA key of two primes has beside `d` (RFC 7518 section 6.3.2).
const CRT_MEMBERS: [&str; 5] = ["p", "q", "dp", "dq", "qi"];

/// The operations of RFC 7517 section 4.3, and whether each goes with `use` being `enc`.
const OPERATIONS: [(&str, bool); 8] = [
    ("encrypt", true),
    ("decrypt", true),
    ("wrapKey", true),
    ("unwrapKey", true),
    ("deriveKey", true),
    ("deriveBits", true),
    ("sign", false),
    ("verify", false),
];

/// A JWK whose members are looked up by name.
struct Jwk<'a>(Object<'a>);

impl<'a> Jwk<'a> {
    /// Reads a JWK of the type `kty`.
    fn parse(text: &'a str, kty: &str) -> Result<Self, KeyError> {
        if text.len() > MAX_JWK_LEN {
            return Err(KeyError::Jwk);
        }
        let jwk = Self(Object::parse(text.as_bytes()).map_err(|_| KeyError::Jwk)?);
        if jwk.text("kty")?.ok_or(KeyError::Jwk)?.is(kty) { Ok(jwk) } else { Err(KeyError::WrongType) }
    }

    /// What the key may be used for: `use`, `alg` and `key_ops`, as far as they are present, must allow one of
    /// `operations` with `algorithm`.
    fn check_use(&self, algorithms: &[&str], operations: &[&str]) -> Result<(), KeyError> {
        if self.text("use")?.is_some_and(|text| !text.is("enc")) {
            return Err(KeyError::Use);
        }
        if self.text("alg")?.is_some_and(|text| !algorithms.iter().any(|algorithm| text.is(algorithm))) {
            return Err(KeyError::Algorithm);
        }
        let Some(listed) = self.0.get("key_ops") else { return Ok(()) };
        let (mut allowed, mut seen) = (false, [false; OPERATIONS.len()]);
        for operation in listed.elements().ok_or(KeyError::Jwk)? {
            let operation = operation.as_text().ok_or(KeyError::Jwk)?;
            for ((name, encrypts), seen) in OPERATIONS.into_iter().zip(&mut seen) {
                let twice = operation.is(name) && mem::replace(seen, true);
                if twice {
                    return Err(KeyError::Jwk);
                }
                if operation.is(name) && !encrypts && self.has("use") {
                    return Err(KeyError::Operations);
                }
            }
            allowed |= operations.iter().any(|ours| operation.is(ours));
        }
        if allowed { Ok(()) } else { Err(KeyError::Operations) }
    }

    fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some()
    }

    fn key_id(&self) -> Result<Option<Cow<'a, str>>, KeyError> {
        Ok(self.text("kid")?.map(Text::to_cow))
    }

    /// The string member `name`, if there is one.
    fn text(&self, name: &str) -> Result<Option<Text<'a>>, KeyError> {
        self.0.get(name).map(|value| value.as_text().ok_or(KeyError::Jwk)).transpose()
    }

    /// The octets of the base64url member `name`, decoded without looking anything up by them.
    fn octets(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let text = self.text(name)?.and_then(Text::plain).ok_or(KeyError::Jwk)?;
        decode_base64url(text).ok_or(KeyError::Jwk)
    }

    /// A public `Base64urlUInt`, in "the minimum number of octets" (RFC 7518 section 2).
    fn public_integer(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let octets = self.octets(name)?;
        if octets.is_empty() || matches!(octets.as_slice(), [0, _, ..]) { Err(KeyError::Jwk) } else { Ok(octets) }
    }
}

impl EncryptingKey {
    /// Reads a public RSA key from a JWK, and its `kid`.
    ///
    /// # Errors
    /// [`Error::Key`]: [`KeyError::Jwk`] if it is malformed or lacks a member, [`KeyError::WrongType`],
    /// [`KeyError::PrivateInsteadOfPublic`], [`KeyError::Use`] unless `use` is absent or `enc`,
    /// [`KeyError::Algorithm`] unless `alg` is absent or `RSA-OAEP-256`, [`KeyError::Operations`] unless `key_ops`
    /// is absent or has `encrypt` or `wrapKey`, or the rule that the key breaks.
    /// [`Error::HeaderTooLong`] for a `kid` of more than 1024 octets.
    pub fn from_jwk(jwk: &str) -> Result<Self, Error> {
        let jwk = Jwk::parse(jwk, "RSA")?;
        if jwk.has("d") {
            return Err(KeyError::PrivateInsteadOfPublic.into());
        }
        jwk.check_use(&[Algorithm::RsaOaep256.name()], &["encrypt", "wrapKey"])?;
        let (n, e) = (jwk.public_integer("n")?, jwk.public_integer("e")?);
        let key = PublicComponents { n: &n, e: &e }.build()?;
        match jwk.key_id()? {
            Some(key_id) => key.with_key_id(&key_id),
            None => Ok(key),
        }
    }

    /// The key as a JWK with `kty`, `kid` if it has one, `use`, `alg`, `n` and `e`.
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
    /// # Errors
    /// As [`EncryptingKey::from_jwk`], with `decrypt` or `unwrapKey` for `key_ops`;
    /// [`KeyError::PublicInsteadOfPrivate`]; [`KeyError::MissingPrimes`] unless `p`, `q`, `dp`, `dq` and `qi` are
    /// all there; [`KeyError::MultiPrime`] if `oth` is; [`KeyError::Inconsistent`].
    pub fn from_jwk(jwk: &str) -> Result<Self, Error> {
        stack::zeroizing(|| Self::parse_jwk(jwk))
    }

    fn parse_jwk(jwk: &str) -> Result<Self, Error> {
        let jwk = Jwk::parse(jwk, "RSA")?;
        if !jwk.has("d") {
            return Err(KeyError::PublicInsteadOfPrivate.into());
        }
        if jwk.has("oth") {
            return Err(KeyError::MultiPrime.into());
        }
        if !CRT_MEMBERS.iter().all(|name| jwk.has(name)) {
            return Err(KeyError::MissingPrimes.into());
        }
        jwk.check_use(&[Algorithm::RsaOaep256.name()], &["decrypt", "unwrapKey"])?;
        let (n, e) = (jwk.public_integer("n")?, jwk.public_integer("e")?);
        let key = PrivateComponents {
            public: PublicComponents { n: &n, e: &e },
            d: &jwk.octets("d")?,
            p: &jwk.octets("p")?,
            q: &jwk.octets("q")?,
            dp: &jwk.octets("dp")?,
            dq: &jwk.octets("dq")?,
            qi: &jwk.octets("qi")?,
        }
        .build()?;
        match jwk.key_id()? {
            Some(key_id) => key.with_key_id(&key_id),
            None => Ok(key),
        }
    }

    /// The private key as a JWK, in memory that is wiped on drop.
    ///
    /// # Errors
    /// [`Error::Internal`] if a CRT value is missing, which isn't known to happen.
    pub fn to_jwk(&self) -> Result<Zeroizing<String>, Error> {
        stack::zeroizing(|| self.write_jwk())
    }

    fn write_jwk(&self) -> Result<Zeroizing<String>, Error> {
        let key = self.private().components();
        let primes = key.primes().first_chunk::<2>().ok_or(Error::Internal)?;
        let qi = Zeroizing::new(key.crt_coefficient().ok_or(Error::Internal)?);
        let secrets: [(&str, &BoxedUint); 6] = [
            ("d", key.d()),
            ("p", &primes[0]),
            ("q", &primes[1]),
            ("dp", key.dp().ok_or(Error::Internal)?),
            ("dq", key.dq().ok_or(Error::Internal)?),
            ("qi", &qi),
        ];
        let mut jwk = Zeroizing::new(String::with_capacity(SECRET_JWK_LEN));
        push_public(&mut jwk, self.encrypting_key());
        for (name, integer) in secrets {
            push_secret(&mut jwk, name, integer)?;
        }
        jwk.push('}');
        Ok(jwk)
    }
}

impl ContentEncryptionKey {
    /// Reads a symmetric key of 32 octets from an `oct` JWK (RFC 7518 section 6.4), and its `kid`.
    ///
    /// # Errors
    /// [`Error::Key`]: [`KeyError::Jwk`] if it is malformed or lacks a member, [`KeyError::WrongType`] if it is no
    /// `oct` key, [`KeyError::Use`] unless `use` is absent or `enc`, [`KeyError::Algorithm`] unless `alg` is absent,
    /// `dir` or `A256GCM`, [`KeyError::Operations`] unless `key_ops` is absent or has `encrypt` or `decrypt`,
    /// [`KeyError::SymmetricLength`]. [`Error::HeaderTooLong`] for a `kid` of more than 1024 octets.
    pub fn from_jwk(jwk: &str) -> Result<Self, Error> {
        stack::zeroizing(|| Self::parse_jwk(jwk))
    }

    fn parse_jwk(jwk: &str) -> Result<Self, Error> {
        let jwk = Jwk::parse(jwk, "oct")?;
        jwk.check_use(&[Algorithm::Dir.name(), A256GCM], &["encrypt", "decrypt"])?;
        let key = Self::from_bytes(&jwk.octets("k")?)?;
        match jwk.key_id()? {
            Some(key_id) => key.with_key_id(&key_id),
            None => Ok(key),
        }
    }
}

impl ContentEncryptionKey {
    /// The key as a JWK with `kty`, `kid` if it has one, `use`, `alg` and `k`, in memory that is wiped on drop.
    ///
    /// # Errors
    /// [`Error::Internal`] if the encoder fails, which it isn't known to do.
    pub fn to_jwk(&self) -> Result<Zeroizing<String>, Error> {
        stack::zeroizing(|| self.write_jwk())
    }

    fn write_jwk(&self) -> Result<Zeroizing<String>, Error> {
        let mut text = Zeroizing::new([0; 43]);
        let text = Base64UrlUnpadded::encode(self.as_bytes(), text.as_mut_slice()).map_err(|_| Error::Internal)?;
        let mut jwk = Zeroizing::new(String::with_capacity(SECRET_JWK_LEN));
        jwk.push_str(r#"{"kty":"oct","#);
        push_key_id(&mut jwk, self.key_id());
        for piece in [r#""use":"enc","alg":"dir","k":""#, text, r#""}"#] {
            jwk.push_str(piece);
        }
        Ok(jwk)
    }
}

/// Decodes base64url in constant time, into memory that is wiped on an error, too.
fn decode_base64url(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut octets = Zeroizing::new(vec![0; base64url::decoded_len(text.len())]);
    let len = Base64UrlUnpadded::decode(text, &mut octets).ok()?.len();
    (len == octets.len()).then_some(octets)
}

/// The public members, without the brace that closes the object.
fn push_public(out: &mut String, key: &EncryptingKey) {
    out.push_str(r#"{"kty":"RSA","#);
    push_key_id(out, key.key_id());
    out.push_str(r#""use":"enc","alg":"RSA-OAEP-256","n":""#);
    out.push_str(&Base64UrlUnpadded::encode_string(&key.public().components().n().to_be_bytes_trimmed_vartime()));
    out.push_str(r#"","e":""#);
    out.push_str(&Base64UrlUnpadded::encode_string(&key.public().components().e().to_be_bytes_trimmed_vartime()));
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
fn push_secret(out: &mut String, name: &str, integer: &BoxedUint) -> Result<(), Error> {
    let octets = Zeroizing::new(integer.to_be_bytes());
    let octets = trimmed(&octets);
    let mut text = Zeroizing::new(vec![0; Base64UrlUnpadded::encoded_len(octets)]);
    let text = Base64UrlUnpadded::encode(octets, &mut text).map_err(|_| Error::Internal)?;
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
            (65_536, KeyError::WrongType.into())
        );
        assert_eq!(EncryptingKey::from_jwk(&jwk(65_537)).unwrap_err(), KeyError::Jwk.into());
    }
}

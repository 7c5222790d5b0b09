//! Several keys in rotation, distinguished by their `kid`: a JWK Set (RFC 7517 section 5).

use alloc::{string::String, vec, vec::Vec};
use core::slice;

use zeroize::Zeroizing;

use super::jwk::Jwk;
use super::text;
use super::{ContentEncryptionKey, DecryptingKey, EncryptingKey};
use crate::error::{Error, KeyError};
use crate::json::{JsonError, UncheckedValue};
use crate::key_format::KeyFormat;
use crate::limits::Limits;
use crate::registered::RegisteredName;
use crate::stack;

/// More than `{"keys":[` and `]}`.
const SET_LEN: usize = 16;

/// An entry of a JWK Set that was skipped. It holds no key material.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Which entry of the set: 0 is the first.
    pub index: usize,
    /// Its `kid`, if the entry is one JSON object and has a `kid` within [`Limits::MAX_KEY_ID_LEN`].
    pub key_id: Option<String>,
    /// Why it was skipped.
    pub reason: KeyError,
}

/// A key of this crate, which may have a `kid`: what a [`KeySet`] holds. Sealed.
pub trait NamedKey: sealed::Sealed {
    /// Returns the `kid` of the key, if it has one.
    fn key_id(&self) -> Option<&str>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! named_keys {
    ($($key:ident),*) => { $(
        impl sealed::Sealed for $key {}

        impl NamedKey for $key {
            fn key_id(&self) -> Option<&str> {
                Self::key_id(self)
            }
        }
    )* };
}

named_keys!(EncryptingKey, DecryptingKey, ContentEncryptionKey);

/// Several keys of one kind: keys in rotation.
///
/// Collect any keys into a set, or read a JWK Set with `from_jwks`. [`get`](Self::get) and `for_token` select a key by its
/// `kid`, and `decrypt` tries those that a token may be for. A clone shares the keys, so that a service can change and
/// swap its set while requests finish with the old one.
///
/// ```
/// use jwe_primitives::{DecryptingKey, EncryptingKey, Header, Jwe, KeySet};
///
/// let old = DecryptingKey::generate(2048)?.with_key_id("2025")?;
/// let new = DecryptingKey::generate(2048)?.with_key_id("2026")?;
/// let mine: KeySet<DecryptingKey> = [old, new].into_iter().collect();
/// let served = mine.encrypting_keys().to_jwks(); // what to publish
///
/// let theirs = KeySet::<EncryptingKey>::from_jwks(&served)?; // what a peer makes of it
/// let token = theirs.get(Some("2025"))?.encrypt(&Header::new(), b"hello")?.compact;
///
/// let jwe = Jwe::parse(&token)?;
/// assert_eq!(mine.for_token(&jwe)?.decrypt(&jwe)?.plaintext, b"hello");
/// # Ok::<(), jwe_primitives::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct KeySet<K> {
    keys: Vec<K>,
}

impl<K> Default for KeySet<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> FromIterator<K> for KeySet<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        Self { keys: keys.into_iter().collect() }
    }
}

impl<K> Extend<K> for KeySet<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        self.keys.extend(keys);
    }
}

impl<K> IntoIterator for KeySet<K> {
    type Item = K;
    type IntoIter = vec::IntoIter<K>;

    fn into_iter(self) -> Self::IntoIter {
        self.keys.into_iter()
    }
}

impl<'a, K> IntoIterator for &'a KeySet<K> {
    type Item = &'a K;
    type IntoIter = slice::Iter<'a, K>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K> KeySet<K> {
    /// Returns a set without keys.
    #[must_use]
    pub const fn new() -> Self {
        Self { keys: Vec::new() }
    }

    /// Adds a key. A set does not reject a second key with the same `kid`: [`get`](Self::get) of that `kid` does then.
    ///
    /// ```
    /// use jwe_primitives::KeySet;
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let (old, new) = (DecryptingKey::generate(2048)?, DecryptingKey::generate(2048)?);
    /// let mut keys = KeySet::new();
    /// keys.insert(old.with_key_id("mine-1")?);
    /// keys.insert(new.with_key_id("mine-2")?); // from now on, tokens to both are decrypted
    /// assert_eq!(keys.len(), 2);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    pub fn insert(&mut self, key: K) {
        self.keys.push(key);
    }

    /// Returns the number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns the keys, in their order.
    ///
    /// ```
    /// use jwe_primitives::{DecryptingKey, KeySet};
    ///
    /// let mine = KeySet::from_iter([DecryptingKey::generate(2048)?.with_key_id("mine-2")?]);
    /// assert!(mine.iter().all(|key| key.key_id().is_some()));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    pub fn iter(&self) -> slice::Iter<'_, K> {
        self.keys.iter()
    }
}

impl<K: NamedKey> KeySet<K> {
    /// Returns the key of this id; without one, the only key that there is.
    ///
    /// ```
    /// use jwe_primitives::{EncryptingKey, Error, KeySet};
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let bank = DecryptingKey::generate(2048)?.encrypting_key().clone().with_key_id("bank-1")?;
    /// # let published = [bank].into_iter().collect::<KeySet<EncryptingKey>>().to_jwks();
    /// let keys = KeySet::<EncryptingKey>::from_jwks(&published)?;
    /// assert_eq!(keys.get(Some("bank-1"))?.key_id(), Some("bank-1"));
    /// assert_eq!(keys.get(Some("bank-2")).unwrap_err(), Error::UnknownKeyId);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Without an id, those of [`only`](Self::only). [`Error::UnknownKeyId`] if no key has this id,
    /// [`Error::AmbiguousKey`] if several have.
    pub fn get(&self, key_id: Option<impl AsRef<str>>) -> Result<&K, Error> {
        let Some(key_id) = key_id else { return self.only() };
        let mut named = self.keys.iter().filter(|key| key.key_id() == Some(key_id.as_ref()));
        match (named.next(), named.next()) {
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(Error::AmbiguousKey),
            (None, _) => Err(Error::UnknownKeyId),
        }
    }

    /// Returns the only key that there is.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, Error, KeySet};
    ///
    /// let mut keys = KeySet::from_iter([ContentEncryptionKey::generate()?]);
    /// assert!(keys.only().is_ok());
    /// keys.insert(ContentEncryptionKey::generate()?);
    /// assert_eq!(keys.only().unwrap_err(), Error::AmbiguousKey);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::EmptyKeySet`] or [`Error::AmbiguousKey`].
    pub fn only(&self) -> Result<&K, Error> {
        match self.keys.as_slice() {
            [] => Err(Error::EmptyKeySet),
            [key] => Ok(key),
            _ => Err(Error::AmbiguousKey),
        }
    }

    /// Removes the keys of this id, and returns whether there was one.
    ///
    /// ```
    /// use jwe_primitives::KeySet;
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let old = DecryptingKey::generate(2048)?;
    /// let mut keys: KeySet<_> = [old.with_key_id("mine-1")?].into_iter().collect();
    /// assert!(keys.remove("mine-1")); // nobody uses it any more
    /// assert!(!keys.remove("mine-1"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    pub fn remove(&mut self, key_id: &str) -> bool {
        let len = self.len();
        self.keys.retain(|key| key.key_id() != Some(key_id));
        self.len() < len
    }
}

impl KeySet<EncryptingKey> {
    /// Reads the public keys that a peer serves as a JWK Set. Keys that aren't for `RSA-OAEP-256` (of another type, for
    /// signatures, for another algorithm, too short, malformed) are skipped, as RFC 7517 section 5 advises;
    /// [`from_jwks_with_skipped`](Self::from_jwks_with_skipped) says why.
    ///
    /// ```
    /// use jwe_primitives::{EncryptingKey, Header, KeySet};
    /// # use jwe_primitives::DecryptingKey;
    /// # let key = DecryptingKey::generate(2048)?.encrypting_key().clone().with_key_id("bank-1")?;
    /// # let body = format!(r#"{{"keys":[{{"kty":"EC","crv":"P-256"}},{}]}}"#, key.to_jwk());
    ///
    /// let bank = KeySet::<EncryptingKey>::from_jwks(&body)?; // an EC key, and the RSA key bank-1
    /// assert_eq!(bank.len(), 1);
    /// let sent = bank.get(Some("bank-1"))?.encrypt(&Header::new(), b"hello")?;
    /// # let _ = sent;
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyError::Empty`], [`KeyError::UnexpectedFormat`], [`KeyError::Json`], [`KeyError::DuplicateMember`],
    /// [`KeyError::MissingMember`] or [`KeyError::MemberType`] if the text is not a JWK Set,
    /// [`KeyError::PrivateInsteadOfPublic`] if a private RSA key is in it, a malformed one included,
    /// [`KeyError::EmptySet`] if it has no entries, [`Error::NoUsableKey`] if all were skipped,
    /// [`KeyError::TooLong`] for more than [`Limits::MAX_KEY_SET_LEN`], [`KeyError::TooManyKeys`] for more than
    /// [`Limits::MAX_KEYS`] entries.
    pub fn from_jwks(jwks: &str) -> Result<Self, Error> {
        not_empty(Self::from_jwks_with_skipped(jwks)?)
    }

    /// Reads as [`from_jwks`](Self::from_jwks) does, and also returns which entries were skipped and why. If all were,
    /// the set is empty, and that is no error.
    ///
    /// A private key of another type or a secret is skipped with [`KeyError::PrivateInsteadOfPublic`]: somebody publishes
    /// a secret.
    ///
    /// ```
    /// use jwe_primitives::{EncryptingKey, KeySet};
    ///
    /// let served = r#"{"keys":[{"kty":"EC","kid":"e1"}]}"#;
    /// let (keys, skipped) = KeySet::<EncryptingKey>::from_jwks_with_skipped(served)?;
    /// assert!(keys.is_empty());
    /// for entry in &skipped {
    ///     println!("entry {}: {}", entry.index, entry.reason);
    /// }
    /// assert_eq!(skipped.len(), 1);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`from_jwks`](Self::from_jwks), except [`KeyError::EmptySet`] and [`Error::NoUsableKey`].
    pub fn from_jwks_with_skipped(jwks: &str) -> Result<(Self, Vec<SkippedKey>), Error> {
        read(jwks, EncryptingKey::from_members, |jwk, reason| match reason {
            KeyError::PrivateInsteadOfPublic => Verdict::RejectSet,
            _ if jwk.has_private_members() => Verdict::Skip(KeyError::PrivateInsteadOfPublic),
            _ => Verdict::Skip(reason),
        })
    }

    /// Returns the keys as a JWK Set, to publish. Give each key a `kid`.
    ///
    /// ```
    /// use jwe_primitives::{EncryptingKey, KeySet};
    ///
    /// # let key = jwe_primitives::DecryptingKey::generate(2048)?.encrypting_key().clone().with_key_id("mine-2")?;
    /// let published = KeySet::from_iter([key]).to_jwks();
    /// let read = KeySet::<EncryptingKey>::from_jwks(&published)?;
    /// assert_eq!(read.only()?.key_id(), Some("mine-2"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn to_jwks(&self) -> String {
        let mut jwks = String::new();
        push_set(&mut jwks, self.keys.iter().map(EncryptingKey::to_jwk));
        jwks
    }
}

impl KeySet<DecryptingKey> {
    /// Reads private keys from a JWK Set. Entries that are malformed, of another type, for another use, algorithm or
    /// operation, or of more than two primes are skipped; [`from_jwks_with_skipped`](Self::from_jwks_with_skipped) says
    /// why. What else is wrong with a key for `RSA-OAEP-256`, such as a missing private half, is an error.
    ///
    /// ```
    /// use jwe_primitives::{DecryptingKey, KeySet};
    ///
    /// # let key = DecryptingKey::generate(2048)?.with_key_id("mine-2")?;
    /// # let stored = KeySet::from_iter([key]).to_jwks()?;
    /// let mine = KeySet::<DecryptingKey>::from_jwks(&stored)?;
    /// assert_eq!(mine.get(Some("mine-2"))?.modulus_bits(), 2048);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyError::Empty`], [`KeyError::UnexpectedFormat`], [`KeyError::Json`], [`KeyError::DuplicateMember`],
    /// [`KeyError::MissingMember`] or [`KeyError::MemberType`] if the text is not a JWK Set,
    /// [`KeyError::PublicInsteadOfPrivate`], [`KeyError::MissingPrimes`], [`KeyError::KeyIdTooLong`] or the rule that a
    /// key breaks, [`KeyError::EmptySet`] if it has no entries, [`Error::NoUsableKey`] if all were skipped, [`KeyError::TooLong`] for more than
    /// [`Limits::MAX_KEY_SET_LEN`], [`KeyError::TooManyKeys`] for more than [`Limits::MAX_KEYS`] entries.
    pub fn from_jwks(jwks: &str) -> Result<Self, Error> {
        not_empty(Self::from_jwks_with_skipped(jwks)?)
    }

    /// Reads as [`from_jwks`](Self::from_jwks) does, and also returns which entries were skipped and why. If all were,
    /// the set is empty, and that is no error.
    ///
    /// ```
    /// use jwe_primitives::{DecryptingKey, KeyError, KeySet, KeyType};
    ///
    /// let stored = r#"{"keys":[{"kty":"oct","kid":"shared-1","k":"AAAA"}]}"#;
    /// let (mine, skipped) = KeySet::<DecryptingKey>::from_jwks_with_skipped(stored)?;
    /// assert!(mine.is_empty());
    /// assert_eq!(skipped[0].reason, KeyError::WrongType(KeyType::Oct));
    /// assert_eq!(skipped[0].key_id.as_deref(), Some("shared-1"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`from_jwks`](Self::from_jwks), except [`KeyError::EmptySet`] and [`Error::NoUsableKey`].
    pub fn from_jwks_with_skipped(jwks: &str) -> Result<(Self, Vec<SkippedKey>), Error> {
        let verdict = |jwk: &Jwk<'_>, reason| match reason {
            _ if jwk.is_faulty() || is_for_another_purpose(reason) || reason.is_of_member() => Verdict::Skip(reason),
            _ => Verdict::RejectSet,
        };
        stack::zeroizing(|| read(jwks, DecryptingKey::from_members, verdict))
    }

    /// Returns the private keys as a JWK Set, in memory that is zeroized on drop.
    ///
    /// ```
    /// use jwe_primitives::{DecryptingKey, KeySet};
    ///
    /// let mine = KeySet::from_iter([DecryptingKey::generate(2048)?.with_key_id("mine-2")?]);
    /// let to_store = mine.to_jwks()?; // it is the secret; to publish, `encrypting_keys().to_jwks()`
    /// assert_eq!(KeySet::<DecryptingKey>::from_jwks(&to_store)?.len(), 1);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`DecryptingKey::to_jwk`].
    pub fn to_jwks(&self) -> Result<Zeroizing<String>, Error> {
        secret_set(self.keys.iter().map(DecryptingKey::to_jwk))
    }

    /// Returns the public halves, with their ids: what to hand out.
    ///
    /// ```
    /// use jwe_primitives::{DecryptingKey, KeySet};
    ///
    /// let mine = KeySet::from_iter([DecryptingKey::generate(2048)?.with_key_id("mine-2")?]);
    /// let published = mine.encrypting_keys().to_jwks();
    /// assert!(published.starts_with(r#"{"keys":[{"kty":"RSA","kid":"mine-2","#));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn encrypting_keys(&self) -> KeySet<EncryptingKey> {
        self.keys.iter().map(DecryptingKey::encrypting_key).cloned().collect()
    }
}

impl KeySet<ContentEncryptionKey> {
    /// Reads shared keys from a JWK Set: the `oct` keys of 32 bytes for `dir` or `A256GCM`. Entries that are malformed, of
    /// another type or length, or for another use, algorithm or operation are skipped;
    /// [`from_jwks_with_skipped`](Self::from_jwks_with_skipped) says why.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, KeySet};
    ///
    /// # let key = ContentEncryptionKey::generate()?.with_key_id("shared-2")?;
    /// # let stored = KeySet::from_iter([key]).to_jwks()?;
    /// let shared = KeySet::<ContentEncryptionKey>::from_jwks(&stored)?;
    /// assert!(shared.get(Some("shared-2")).is_ok());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyError::Empty`], [`KeyError::UnexpectedFormat`], [`KeyError::Json`], [`KeyError::DuplicateMember`],
    /// [`KeyError::MissingMember`] or [`KeyError::MemberType`] if the text is not a JWK Set, [`KeyError::KeyIdTooLong`],
    /// [`KeyError::EmptySet`] if it has no entries, [`Error::NoUsableKey`] if all were skipped, [`KeyError::TooLong`] for
    /// more than [`Limits::MAX_KEY_SET_LEN`], [`KeyError::TooManyKeys`] for more than [`Limits::MAX_KEYS`] entries.
    pub fn from_jwks(jwks: &str) -> Result<Self, Error> {
        not_empty(Self::from_jwks_with_skipped(jwks)?)
    }

    /// Reads as [`from_jwks`](Self::from_jwks) does, and also returns which entries were skipped and why. If all were,
    /// the set is empty, and that is no error.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, KeyError, KeySet};
    ///
    /// let stored = r#"{"keys":[{"kty":"oct","kid":"shared-1","k":"AAAA"}]}"#;
    /// let (shared, skipped) = KeySet::<ContentEncryptionKey>::from_jwks_with_skipped(stored)?;
    /// assert!(shared.is_empty());
    /// assert_eq!(skipped[0].reason, KeyError::SymmetricLength);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`from_jwks`](Self::from_jwks), except [`KeyError::EmptySet`] and [`Error::NoUsableKey`].
    pub fn from_jwks_with_skipped(jwks: &str) -> Result<(Self, Vec<SkippedKey>), Error> {
        let verdict = |_: &Jwk<'_>, reason| match reason {
            KeyError::KeyIdTooLong => Verdict::RejectSet,
            _ => Verdict::Skip(reason),
        };
        stack::zeroizing(|| read(jwks, ContentEncryptionKey::from_members, verdict))
    }

    /// Returns the keys as a JWK Set, in memory that is zeroized on drop.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, KeySet};
    ///
    /// let shared = KeySet::from_iter([ContentEncryptionKey::generate()?.with_key_id("shared-2")?]);
    /// let to_store = shared.to_jwks()?; // it is the secret
    /// assert_eq!(KeySet::<ContentEncryptionKey>::from_jwks(&to_store)?.len(), 1);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`ContentEncryptionKey::to_jwk`].
    pub fn to_jwks(&self) -> Result<Zeroizing<String>, Error> {
        secret_set(self.keys.iter().map(ContentEncryptionKey::to_jwk))
    }
}

/// What an entry that can't be read means for its set.
enum Verdict {
    /// Nothing: the entry is skipped, for this reason.
    Skip(KeyError),
    /// The set is rejected, too.
    RejectSet,
}

/// Reads each entry of a JWK Set by itself, and judges those that can't be read.
fn read<K>(
    jwks: &str,
    parse: impl Fn(&Jwk<'_>) -> Result<K, Error>,
    judge: impl Fn(&Jwk<'_>, KeyError) -> Verdict,
) -> Result<(KeySet<K>, Vec<SkippedKey>), Error> {
    let (mut keys, mut left) = (KeySet::new(), Vec::new());
    let jwks = text::within(jwks, Limits::MAX_KEY_SET_LEN)?;
    for (index, entry) in entries(jwks)?.enumerate() {
        if index == Limits::MAX_KEYS {
            return Err(KeyError::TooManyKeys.into());
        }
        let jwk = Jwk::parse_entry(entry.map_err(|error| text::json_error(jwks, error))?.as_str());
        match parse(&jwk) {
            Ok(key) => keys.insert(key),
            Err(Error::Key(reason)) => match judge(&jwk, reason) {
                Verdict::Skip(reason) => left.push(SkippedKey { index, key_id: short_key_id(&jwk), reason }),
                Verdict::RejectSet => return Err(reason.into()),
            },
            Err(error) => return Err(error),
        }
    }
    Ok((keys, left))
}

/// The entries of a JWK Set, none of which is checked, so that each stands alone.
fn entries(jwks: &str) -> Result<impl Iterator<Item = Result<UncheckedValue<'_>, JsonError>>, KeyError> {
    let keys = RegisteredName::of("keys");
    let found = match UncheckedValue::of_member(jwks.as_bytes(), "keys") {
        Ok(Some(value)) => value.elements().ok_or(KeyError::MemberType(keys)),
        Ok(None) => Err(KeyError::MissingMember(keys)),
        Err(error) => Err(text::json_error(jwks, error)),
    };
    found.map_err(|error| text::unreadable(jwks.as_bytes(), &[KeyFormat::JwkSet, KeyFormat::JsonObject], error))
}

/// The set, unless every entry was skipped.
fn not_empty<K>((keys, skipped): (KeySet<K>, Vec<SkippedKey>)) -> Result<KeySet<K>, Error> {
    let faulty = skipped.iter().find(|skipped| !is_for_another_purpose(skipped.reason));
    match faulty.or(skipped.first()) {
        _ if !keys.is_empty() => Ok(keys),
        None => Err(KeyError::EmptySet.into()),
        Some(SkippedKey { reason, .. }) => {
            Err(Error::NoUsableKey { skipped: u8::try_from(skipped.len()).unwrap_or(u8::MAX), first: *reason })
        }
    }
}

/// Whether an entry that was skipped for this may be without fault, like the keys for signatures that most sets have.
fn is_for_another_purpose(reason: KeyError) -> bool {
    matches!(
        reason,
        KeyError::WrongType(_)
            | KeyError::Use(_)
            | KeyError::Algorithm(_)
            | KeyError::Operations(_)
            | KeyError::MultiPrime
    )
}

/// The `kid` of a faulty entry may not be the one that its owner meant.
fn short_key_id(jwk: &Jwk<'_>) -> Option<String> {
    let mut room = [0; Limits::MAX_KEY_ID_LEN];
    let key_id = jwk.key_id().ok().filter(|_| !jwk.is_faulty())??.short(&mut room)?;
    (key_id.len() <= Limits::MAX_KEY_ID_LEN).then(|| key_id.into())
}

/// A JWK Set of secret keys. It never grows, which would leave copies.
fn secret_set(jwks: impl Iterator<Item = Result<Zeroizing<String>, Error>>) -> Result<Zeroizing<String>, Error> {
    let jwks = jwks.collect::<Result<Vec<_>, _>>()?;
    let len = jwks.iter().map(|jwk| jwk.len().saturating_add(1)).sum::<usize>();
    let mut set = Zeroizing::new(String::with_capacity(len.saturating_add(SET_LEN)));
    push_set(&mut set, jwks.iter().map(|jwk| jwk.as_str()));
    Ok(set)
}

fn push_set<T: AsRef<str>>(out: &mut String, keys: impl Iterator<Item = T>) {
    out.push_str(r#"{"keys":["#);
    for (index, key) in keys.enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(key.as_ref());
    }
    out.push_str("]}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text of the longest length is read, and found to be empty; a longer one isn't read.
    #[test]
    fn the_length_of_a_set_is_bounded_exactly() {
        let set = |len: usize| [r#"{"keys":[]"#, &" ".repeat(len - 11), "}"].concat();
        assert_eq!(KeySet::<EncryptingKey>::from_jwks(&set(1 << 20)).unwrap_err(), KeyError::EmptySet.into());
        assert_eq!(KeySet::<EncryptingKey>::from_jwks(&set((1 << 20) + 1)).unwrap_err(), KeyError::TooLong.into());
    }
}

//! Several keys in rotation, told apart by their `kid`: a JWK Set (RFC 7517 section 5).

use alloc::{string::String, vec, vec::Vec};
use core::slice;

use super::{DecryptingKey, EncryptingKey};
use crate::error::{Error, KeyError};
use crate::json::{Object, Value};
use crate::stack;

/// The longest JWK Set, in octets. It bounds what a refused text costs.
const MAX_SET_LEN: usize = 1 << 20;

/// Keys that are told apart by their `kid`.
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
    pub fn iter(&self) -> slice::Iter<'_, K> {
        self.keys.iter()
    }
}

impl<K: AsRef<EncryptingKey>> KeySet<K> {
    /// Returns the key of this id; without one, the only key that there is.
    ///
    /// # Errors
    /// [`Error::UnknownKeyId`] if no key has this id. [`Error::EmptyKeySet`] if there is no id and no key.
    /// [`Error::AmbiguousKey`] if several have it, or if there is no id and more than one key.
    pub fn get(&self, key_id: Option<&str>) -> Result<&K, Error> {
        let mut candidates = self.keys.iter().filter(|key| key_id.is_none() || key.as_ref().key_id() == key_id);
        match (candidates.next(), candidates.next()) {
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(Error::AmbiguousKey),
            (None, _) if key_id.is_none() => Err(Error::EmptyKeySet),
            (None, _) => Err(Error::UnknownKeyId),
        }
    }

    /// Removes the keys of this id, and returns whether there was one.
    pub fn remove(&mut self, key_id: &str) -> bool {
        let len = self.len();
        self.keys.retain(|key| key.as_ref().key_id() != Some(key_id));
        self.len() < len
    }
}

impl KeySet<EncryptingKey> {
    /// Reads the public keys that a peer serves as a JWK Set. Keys that aren't for `RSA-OAEP-256` (of another type, for
    /// signatures, for another algorithm, too short, malformed) are passed over, as RFC 7517 section 5 has it.
    ///
    /// # Errors
    /// [`KeyError::Jwk`] if the text is no JWK Set, [`KeyError::PrivateInsteadOfPublic`] if a private RSA key is in it,
    /// [`KeyError::EmptySet`] if no key is left.
    pub fn from_jwks(jwks: &str) -> Result<Self, Error> {
        read(jwks, EncryptingKey::from_jwk, |error| error == KeyError::PrivateInsteadOfPublic.into())
    }

    /// The keys as a JWK Set, to serve. Give each a `kid`.
    #[must_use]
    pub fn to_jwks(&self) -> String {
        let mut jwks = String::from(r#"{"keys":["#);
        for (at, key) in self.keys.iter().enumerate() {
            if at > 0 {
                jwks.push(',');
            }
            jwks.push_str(&key.to_jwk());
        }
        jwks.push_str("]}");
        jwks
    }
}

impl KeySet<DecryptingKey> {
    /// Reads private keys from a JWK Set. Keys of another type, for another use or another algorithm are passed over;
    /// an RSA key of ours that can't be used is an error.
    ///
    /// # Errors
    /// As [`DecryptingKey::from_jwk`], and [`KeyError::EmptySet`] if no key is left.
    pub fn from_jwks(jwks: &str) -> Result<Self, Error> {
        let others = [KeyError::WrongType, KeyError::Use, KeyError::Algorithm, KeyError::Operations].map(Error::from);
        stack::zeroizing(|| read(jwks, DecryptingKey::from_jwk, |error| !others.contains(&error)))
    }

    /// The public halves, with their ids: what to hand out.
    #[must_use]
    pub fn encrypting_keys(&self) -> KeySet<EncryptingKey> {
        self.keys.iter().map(DecryptingKey::encrypting_key).cloned().collect()
    }
}

/// Reads each key of a JWK Set; one that is refused is passed over, unless its error is `fatal`.
fn read<K>(
    jwks: &str,
    parse: impl Fn(&str) -> Result<K, Error>,
    fatal: impl Fn(Error) -> bool,
) -> Result<KeySet<K>, Error> {
    if jwks.len() > MAX_SET_LEN {
        return Err(KeyError::Jwk.into());
    }
    let set = Object::parse(jwks.as_bytes()).map_err(|_| KeyError::Jwk)?;
    let listed = set.get("keys").and_then(Value::elements).ok_or(KeyError::Jwk)?;
    let mut keys = Vec::new();
    for jwk in listed {
        match parse(jwk.as_str()) {
            Ok(key) => keys.push(key),
            Err(error) if fatal(error) => return Err(error),
            Err(_) => {}
        }
    }
    if keys.is_empty() { Err(KeyError::EmptySet.into()) } else { Ok(KeySet { keys }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text of the longest length is read, and found to be empty; a longer one isn't read.
    #[test]
    fn the_length_of_a_set_is_bounded_exactly() {
        let set = |len: usize| [r#"{"keys":[]}"#, &" ".repeat(len - 11)].concat();
        assert_eq!(KeySet::<EncryptingKey>::from_jwks(&set(1 << 20)).unwrap_err(), KeyError::EmptySet.into());
        assert_eq!(KeySet::<EncryptingKey>::from_jwks(&set((1 << 20) + 1)).unwrap_err(), KeyError::Jwk.into());
    }
}

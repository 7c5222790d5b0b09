//! The `kid` of a key (RFC 7517 section 4.5), and the thumbprint that makes a good one (RFC 7638).

use alloc::string::String;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, KeyError};
use crate::json;
use crate::limits::Limits;
use crate::rsa_core::PublicKey;
use crate::shared::Shared;

/// The `kid` of a key. A clone shares it.
///
/// It is one pointer, so that a key without an id has no unused bytes: a moved key would carry there what the stack held
/// before, such as the secret that it was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyId(Shared<Texts>);

/// An id, and the header member that it makes.
#[derive(Debug, PartialEq, Eq)]
struct Texts {
    id: String,
    /// `,"kid":"…"`, as it is written into a header.
    member: String,
}

impl KeyId {
    /// # Errors
    /// [`KeyError::KeyIdTooLong`] if the id is longer than [`Limits::MAX_KEY_ID_LEN`].
    pub(crate) fn new(id: &str) -> Result<Self, Error> {
        if id.len() > Limits::MAX_KEY_ID_LEN {
            return Err(KeyError::KeyIdTooLong.into());
        }
        let mut member = String::from(r#","kid":"#);
        json::push_string(&mut member, id);
        Ok(Self(Shared::new(Texts { id: id.into(), member })))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0.id
    }

    /// `,"kid":"…"`.
    pub(crate) fn member(&self) -> &str {
        &self.0.member
    }
}

/// RFC 7638 section 3: the hash of the required members, in lexical order, without white space.
pub(super) fn thumbprint(key: &PublicKey) -> String {
    let hash = Sha256::new()
        .chain_update(br#"{"e":""#)
        .chain_update(Base64UrlUnpadded::encode_string(&key.exponent()))
        .chain_update(br#"","kty":"RSA","n":""#)
        .chain_update(Base64UrlUnpadded::encode_string(&key.modulus()))
        .chain_update(br#""}"#)
        .finalize();
    Base64UrlUnpadded::encode_string(&hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_an_id_is_bounded_exactly() {
        assert!(KeyId::new(&"x".repeat(1024)).is_ok());
        assert_eq!(KeyId::new(&"x".repeat(1025)), Err(KeyError::KeyIdTooLong.into()));
    }

    #[test]
    fn no_id_has_no_unused_bytes() {
        assert_eq!(size_of::<Option<KeyId>>(), size_of::<usize>());
    }
}

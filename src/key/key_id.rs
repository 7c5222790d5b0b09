//! The `kid` of a key (RFC 7517 section 4.5), and the thumbprint that makes a good one (RFC 7638).

use alloc::string::String;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, KeyError};
use crate::json;
use crate::limits::Limits;
use crate::rsa_core::PublicKey;
use crate::shared::Shared;

/// The `kid` of a key, and the header member that it makes. A clone shares both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyId {
    id: Shared<str>,
    /// `,"kid":"…"`, as it is written into a header.
    member: Shared<str>,
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
        Ok(Self { id: id.into(), member: member.into() })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.id
    }

    /// `,"kid":"…"`.
    pub(crate) fn member(&self) -> &str {
        &self.member
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
}

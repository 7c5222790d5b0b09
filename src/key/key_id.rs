//! The `kid` of a key (RFC 7517 section 4.5).

use alloc::{boxed::Box, string::String};

use crate::error::{Error, KeyError};
use crate::json;

/// Bytes of the longest `kid` of a key.
pub(super) const MAX_KEY_ID_LEN: usize = 1024;

/// The `kid` of a key, and the header member that it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyId {
    id: Box<str>,
    /// `,"kid":"…"`, as it is written into a header.
    member: Box<str>,
}

impl KeyId {
    /// # Errors
    /// [`KeyError::KeyIdTooLong`] if the id is longer than [`MAX_KEY_ID_LEN`].
    pub(crate) fn new(id: &str) -> Result<Self, Error> {
        if id.len() > MAX_KEY_ID_LEN {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_an_id_is_bounded_exactly() {
        assert!(KeyId::new(&"x".repeat(1024)).is_ok());
        assert_eq!(KeyId::new(&"x".repeat(1025)), Err(KeyError::KeyIdTooLong.into()));
    }
}

//! The two key management algorithms and the content cipher: their names and sizes (RFC 7518 sections 4 and 5).

use core::str::FromStr;

use crate::error::Error;
use crate::registered::RegisteredName;

/// The key management algorithm of a token: its `alg` (RFC 7518 section 4.1).
///
/// Exhaustive on purpose, because the crate has these two algorithms and will not get more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `RSA-OAEP-256`: RSAES OAEP with SHA-256 and MGF1 with SHA-256 (RFC 7518 section 4.3).
    RsaOaep256,
    /// `dir`: a shared symmetric key is the Content Encryption Key (RFC 7518 section 4.5).
    Dir,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 2] = [Self::RsaOaep256, Self::Dir];

    /// The algorithm whose name `is` it. Every other is rejected, from the header alone (RFC 7518 section 4.1).
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`].
    pub(crate) fn find(is: impl Fn(&str) -> bool) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|known| is(known.name()));
        found.ok_or_else(|| Error::UnsupportedAlgorithm(RegisteredName::find(is)))
    }

    /// The value of `alg`.
    ///
    /// ```
    /// use jwe_primitives::Algorithm;
    ///
    /// assert_eq!(Algorithm::RsaOaep256.name(), "RSA-OAEP-256");
    /// assert_eq!("dir".parse(), Ok(Algorithm::Dir));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::Dir => "dir",
        }
    }
}

impl FromStr for Algorithm {
    type Err = Error;

    /// Parses the value of `alg`, byte for byte.
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`] for any other name.
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::find(|known| known == name)
    }
}

/// The only `enc` there is (RFC 7518 section 5.3).
pub(crate) const A256GCM: &str = "A256GCM";

/// Bytes of a Content Encryption Key for A256GCM (RFC 7518 section 5.3).
pub(crate) const CEK_LEN: usize = 32;

/// Bytes of the initialization vector of A256GCM (RFC 7518 section 5.3).
pub(crate) const IV_LEN: usize = 12;

/// Bytes of the authentication tag of A256GCM (RFC 7518 section 5.3).
pub(crate) const TAG_LEN: usize = 16;

/// Bytes of the OAEP seed: as many as of a SHA-256 hash (RFC 8017 section 7.1.1 step 2.d).
pub(crate) const SEED_LEN: usize = 32;

/// Bytes of the longest encrypted key: as many as of an RSA modulus of 8192 bits.
pub(crate) const MAX_ENCRYPTED_KEY_LEN: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_its_own_names_and_no_others() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
        }
        for name in ["", "DIR", "dir ", "RSA-OAEP", "rsa-oaep-256", "RSA1_5"] {
            assert_eq!(name.parse::<Algorithm>(), Err(Error::UnsupportedAlgorithm(RegisteredName::of(name))), "{name}");
        }
    }
}

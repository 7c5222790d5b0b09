//! Message encryption (RFC 7516 section 5.1).

use alloc::{string::String, vec, vec::Vec};

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::a256gcm::A256Gcm;
use crate::base64url;
use crate::cek::ContentEncryptionKey;
use crate::error::Error;
use crate::header::{Algorithm, Header, KeyId, MAX_JSON_LEN};
use crate::key::EncryptingKey;
use crate::random;
use crate::sizes::{IV_LEN, KEY_LEN, SEED_LEN, TAG_LEN};
use crate::stack;

/// A token and the key of its content, from [`EncryptingKey::encrypt`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Encrypted<T = String> {
    /// The token, in Compact Serialization.
    pub compact: T,
    /// The Content Encryption Key: keep it if the answer may come encrypted directly under it (`dir`).
    pub cek: ContentEncryptionKey,
}

impl EncryptingKey {
    /// Encrypts `plaintext` to the owner of this key, under a fresh Content Encryption Key.
    ///
    /// # Errors
    /// [`Error::HeaderTooLong`] if header and `kid` together are longer than 12 288 octets, [`Error::Randomness`],
    /// [`Error::MessageTooLong`].
    #[cfg(feature = "getrandom")]
    pub fn encrypt(&self, header: &Header, plaintext: &[u8]) -> Result<Encrypted, Error> {
        self.encrypt_with_rng(&mut random::SystemRng, header, plaintext)
    }

    /// [`encrypt`](Self::encrypt) with the randomness of `rng`: 76 octets, in one call.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt).
    pub fn encrypt_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        header: &Header,
        plaintext: &[u8],
    ) -> Result<Encrypted, Error> {
        let mut out = vec![0; self.compact_len(header, plaintext.len())];
        let (_, cek) = self.write(rng, header, plaintext, &mut out)?;
        Ok(Encrypted { compact: into_string(out)?, cek })
    }

    /// [`encrypt`](Self::encrypt) into the front of `out`, which must have at least
    /// [`compact_len`](Self::compact_len) octets. What is behind the token stays as it is.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt), and [`Error::BufferTooSmall`].
    #[cfg(feature = "getrandom")]
    pub fn encrypt_into<'o>(
        &self,
        header: &Header,
        plaintext: &[u8],
        out: &'o mut [u8],
    ) -> Result<Encrypted<&'o str>, Error> {
        self.encrypt_into_with_rng(&mut random::SystemRng, header, plaintext, out)
    }

    /// [`encrypt_into`](Self::encrypt_into) with the randomness of `rng`.
    ///
    /// # Errors
    /// As [`encrypt_into`](Self::encrypt_into).
    pub fn encrypt_into_with_rng<'o, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        header: &Header,
        plaintext: &[u8],
        out: &'o mut [u8],
    ) -> Result<Encrypted<&'o str>, Error> {
        let (token, cek) = self.write(rng, header, plaintext, out)?;
        Ok(Encrypted { compact: as_str(token)?, cek })
    }

    fn write<'o, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        header: &Header,
        plaintext: &[u8],
        out: &'o mut [u8],
    ) -> Result<(&'o [u8], ContentEncryptionKey), Error> {
        // Steps 1, 2, 9: Key Encryption; a random CEK, the seed of OAEP and a random IV.
        let mut random = Zeroizing::new([0; KEY_LEN + SEED_LEN + IV_LEN]);
        random::fill(rng, random.as_mut_slice())?;
        let (cek, rest) = random.split_first_chunk::<KEY_LEN>().ok_or(Error::Internal)?;
        let (seed, iv) = rest.split_first_chunk::<SEED_LEN>().ok_or(Error::Internal)?;
        let iv = iv.try_into().map_err(|_| Error::Internal)?;
        // Steps 3 to 6: the encrypted key.
        let layout = Layout::new(header, Algorithm::RsaOaep256, self.id(), self.modulus_len(), plaintext.len());
        let wrap = |out: &mut [u8]| stack::wiped::<{ stack::KEY }, _>(|| self.public().wrap(cek, seed, out));
        let cek = ContentEncryptionKey::new(cek)?;
        let token = layout.write(cek.cipher(), iv, plaintext, wrap, out)?;
        Ok((token, cek))
    }

    /// The exact length of the token for this header and a plaintext of `plaintext_len` octets.
    #[must_use]
    pub fn compact_len(&self, header: &Header, plaintext_len: usize) -> usize {
        Layout::new(header, Algorithm::RsaOaep256, self.id(), self.modulus_len(), plaintext_len).compact_len()
    }
}

impl ContentEncryptionKey {
    /// Encrypts `plaintext` directly under this key (`dir`), with a fresh IV.
    ///
    /// # Errors
    /// As [`EncryptingKey::encrypt`].
    #[cfg(feature = "getrandom")]
    pub fn encrypt(&self, header: &Header, plaintext: &[u8]) -> Result<String, Error> {
        self.encrypt_with_rng(&mut random::SystemRng, header, plaintext)
    }

    /// [`encrypt`](Self::encrypt) with the randomness of `rng`: 12 octets, in one call.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt).
    pub fn encrypt_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        header: &Header,
        plaintext: &[u8],
    ) -> Result<String, Error> {
        let mut out = vec![0; self.compact_len(header, plaintext.len())];
        self.write(rng, header, plaintext, &mut out)?;
        into_string(out)
    }

    /// [`encrypt`](Self::encrypt) into the front of `out`, which must have at least
    /// [`compact_len`](Self::compact_len) octets. It doesn't use the heap. What is behind the token stays as it is.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt), and [`Error::BufferTooSmall`].
    #[cfg(feature = "getrandom")]
    pub fn encrypt_into<'o>(&self, header: &Header, plaintext: &[u8], out: &'o mut [u8]) -> Result<&'o str, Error> {
        self.encrypt_into_with_rng(&mut random::SystemRng, header, plaintext, out)
    }

    /// [`encrypt_into`](Self::encrypt_into) with the randomness of `rng`.
    ///
    /// # Errors
    /// As [`encrypt_into`](Self::encrypt_into).
    pub fn encrypt_into_with_rng<'o, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        header: &Header,
        plaintext: &[u8],
        out: &'o mut [u8],
    ) -> Result<&'o str, Error> {
        as_str(self.write(rng, header, plaintext, out)?)
    }

    fn write<'o, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        header: &Header,
        plaintext: &[u8],
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        // Steps 1 to 6: Direct Encryption; this key is the CEK and the encrypted key is empty. Step 9: a random IV.
        let mut iv = [0; IV_LEN];
        random::fill(rng, &mut iv)?;
        let layout = Layout::new(header, Algorithm::Dir, self.id(), 0, plaintext.len());
        layout.write(self.cipher(), &iv, plaintext, |_| Ok(()), out)
    }

    /// The exact length of the token for this header and a plaintext of `plaintext_len` octets.
    #[must_use]
    pub fn compact_len(&self, header: &Header, plaintext_len: usize) -> usize {
        Layout::new(header, Algorithm::Dir, self.id(), 0, plaintext_len).compact_len()
    }
}

/// What goes into a token, and how long each part is.
struct Layout<'h> {
    header: &'h Header,
    algorithm: Algorithm,
    key_id: Option<&'h KeyId>,
    /// Octets of the header's JSON.
    header_len: usize,
    /// Octets of the encrypted key.
    key_len: usize,
    /// Octets of the ciphertext.
    content_len: usize,
}

impl<'h> Layout<'h> {
    fn new(
        header: &'h Header,
        algorithm: Algorithm,
        key_id: Option<&'h KeyId>,
        key_len: usize,
        content_len: usize,
    ) -> Self {
        let header_len = header.pieces(algorithm, key_id).map(str::len).fold(0, usize::saturating_add);
        Self { header, algorithm, key_id, header_len, key_len, content_len }
    }

    fn compact_len(&self) -> usize {
        let parts = [self.header_len, self.key_len, IV_LEN, self.content_len, TAG_LEN];
        parts.map(base64url::encoded_len).into_iter().fold(4, usize::saturating_add)
    }

    /// RFC 7516 section 5.1, steps 7 to 19. Each part is produced where its text belongs and encoded there, so that
    /// no second buffer is needed: `out` gets the token and nothing else.
    fn write<'o>(
        &self,
        cipher: &A256Gcm,
        iv: &[u8; IV_LEN],
        plaintext: &[u8],
        wrap: impl FnOnce(&mut [u8]) -> Result<(), Error>,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        if self.header_len > MAX_JSON_LEN {
            return Err(Error::HeaderTooLong);
        }
        let out = out.get_mut(..self.compact_len()).ok_or(Error::BufferTooSmall)?;
        let (protected, rest) = first_part(out, self.header_len)?;
        // Steps 12, 13: BASE64URL(UTF8(JWE Protected Header)).
        self.write_header(last(protected, self.header_len)?)?;
        encode_in_place(protected, self.header_len)?;
        // Step 7: BASE64URL(JWE Encrypted Key).
        let (part, rest) = next_part(rest, self.key_len)?;
        wrap(last(part, self.key_len)?)?;
        encode_in_place(part, self.key_len)?;
        // Step 10: BASE64URL(JWE Initialization Vector).
        let (part, rest) = next_part(rest, IV_LEN)?;
        base64url::encode(iv, part).ok_or(Error::Internal)?;
        // Step 11: no compression. Step 14: the AAD is ASCII(Encoded Protected Header). Step 15: encrypt.
        let (part, rest) = next_part(rest, self.content_len)?;
        let tag = cipher.seal(iv, protected, plaintext, last(part, self.content_len)?)?;
        // Step 16: BASE64URL(JWE Ciphertext).
        encode_in_place(part, self.content_len)?;
        // Step 17: BASE64URL(JWE Authentication Tag).
        let (part, _) = next_part(rest, TAG_LEN)?;
        base64url::encode(&tag, part).ok_or(Error::Internal)?;
        // Step 19: the Compact Serialization.
        Ok(out)
    }

    fn write_header(&self, mut out: &mut [u8]) -> Result<(), Error> {
        for piece in self.header.pieces(self.algorithm, self.key_id) {
            let (front, rest) = out.split_at_mut_checked(piece.len()).ok_or(Error::Internal)?;
            front.copy_from_slice(piece.as_bytes());
            out = rest;
        }
        Ok(())
    }
}

/// Splits off the text of a part of `len` octets.
fn first_part(out: &mut [u8], len: usize) -> Result<(&mut [u8], &mut [u8]), Error> {
    out.split_at_mut_checked(base64url::encoded_len(len)).ok_or(Error::Internal)
}

/// Writes a dot, and splits off the text of the part of `len` octets behind it.
fn next_part(rest: &mut [u8], len: usize) -> Result<(&mut [u8], &mut [u8]), Error> {
    let (dot, rest) = rest.split_first_mut().ok_or(Error::Internal)?;
    *dot = b'.';
    first_part(rest, len)
}

/// The last `len` octets of a part's text: where they have to be for [`base64url::encode_in_place`].
fn last(part: &mut [u8], len: usize) -> Result<&mut [u8], Error> {
    let start = part.len().saturating_sub(len);
    part.get_mut(start..).ok_or(Error::Internal)
}

fn encode_in_place(part: &mut [u8], len: usize) -> Result<(), Error> {
    base64url::encode_in_place(part, len).ok_or(Error::Internal)
}

/// A token is ASCII; the standard library has to see for itself.
fn as_str(token: &[u8]) -> Result<&str, Error> {
    core::str::from_utf8(token).map_err(|_| Error::Internal)
}

fn into_string(out: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(out).map_err(|_| Error::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TestRng, key};

    /// A header may fit without the key's `kid` and not with it; to the octet.
    #[test]
    fn header_and_key_id_together_are_bounded() {
        let bare = Header::new().pieces(Algorithm::RsaOaep256, None).collect::<String>().len();
        let room = MAX_JSON_LEN - bare - r#","kid":"","x":"""#.len();
        let header = Header::new().param("x", &"x".repeat(room)).unwrap();
        let key = key("rsa2048-a").encrypting_key();
        let sent = |id: &str| {
            let key = key.clone().with_key_id(id).unwrap();
            key.encrypt_with_rng(&mut TestRng::new(1), &header, b"x").map(|sent| sent.compact)
        };
        let token = sent("").unwrap();
        assert_eq!(crate::Jwe::parse(&token).unwrap().unverified_header().as_json().len(), MAX_JSON_LEN);
        assert_eq!(sent("a"), Err(Error::HeaderTooLong));
    }

    #[test]
    fn the_id_of_any_key_is_bounded() {
        let long = "x".repeat(1025);
        let key = key("rsa2048-a");
        assert_eq!(key.encrypting_key().with_key_id(&long).unwrap_err(), Error::HeaderTooLong);
        let shared = ContentEncryptionKey::from_bytes(&[1; KEY_LEN]).unwrap();
        assert_eq!(shared.with_key_id(&long).unwrap_err(), Error::HeaderTooLong);
        assert_eq!(key.with_key_id(&long).unwrap_err(), Error::HeaderTooLong);
    }
}

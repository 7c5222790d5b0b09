//! Message encryption (RFC 7516 section 5.1).

use alloc::{string::String, vec, vec::Vec};

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::a256gcm::A256Gcm;
use crate::algorithm::{Algorithm, CEK_LEN, IV_LEN, SEED_LEN};
use crate::compact::{self, CompactWriter};
use crate::error::Error;
use crate::header::Header;
use crate::key::{ContentEncryptionKey, EncryptingKey, KeyId};
use crate::limits::Limits;
use crate::random;
use crate::stack;

/// A token and the key of its content: the result of encrypting with an [`EncryptingKey`].
///
/// Not exhaustive, so that only this crate makes one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Encrypted<T = String> {
    /// The token, in Compact Serialization.
    pub compact: T,
    /// The Content Encryption Key: keep it if the response may be encrypted directly under it (`dir`).
    pub cek: ContentEncryptionKey,
}

impl EncryptingKey {
    /// Encrypts `plaintext` to the owner of this key, under a fresh Content Encryption Key.
    ///
    /// ```
    /// use jwe_primitives::Header;
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let bank = DecryptingKey::generate(2048)?.encrypting_key().clone();
    /// let header = Header::new().content_type("application/json")?;
    /// let sent = bank.encrypt(&header, br#"{"amount":"10.00"}"#)?;
    /// assert!(sent.compact.starts_with("eyJ")); // the HTTP body
    /// drop(sent.cek); // or keep it, for a response that is encrypted under it
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::HeaderTooLong`] if header and `kid` together are longer than [`Limits::MAX_SENT_HEADER_LEN`],
    /// [`Error::Randomness`], [`Error::MessageTooLong`].
    #[cfg(feature = "getrandom")]
    pub fn encrypt(&self, header: &Header, plaintext: impl AsRef<[u8]>) -> Result<Encrypted, Error> {
        self.encrypt_with_rng(&mut random::SystemRng, header, plaintext)
    }

    /// Encrypts as `encrypt` does, with 76 bytes that are drawn from `rng` in one call: the CEK, the seed of OAEP and
    /// the IV. With the feature `aws-lc-rs`, AWS-LC draws the seed of OAEP from its own generator instead.
    ///
    /// ```
    /// use getrandom::SysRng; // with the feature `sys_rng`, or any generator of rand_core 0.10
    /// use jwe_primitives::Header;
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let bank = DecryptingKey::generate(2048)?.encrypting_key().clone();
    /// let sent = bank.encrypt_with_rng(&mut SysRng, &Header::new(), b"hello")?;
    /// assert_eq!(sent.compact.split('.').count(), 5);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `encrypt`.
    pub fn encrypt_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        header: &Header,
        plaintext: impl AsRef<[u8]>,
    ) -> Result<Encrypted, Error> {
        let plaintext = plaintext.as_ref();
        let mut out = vec![0; allocatable(self.compact_len(header, plaintext.len()))?];
        let (_, cek) = self.write(rng, header, plaintext, &mut out)?;
        Ok(Encrypted { compact: into_string(out)?, cek })
    }

    /// Encrypts into the front of `out`, which must have at least [`compact_len`](Self::compact_len) bytes. What comes
    /// after the token is left as it is.
    ///
    /// ```
    /// use jwe_primitives::Header;
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let bank = DecryptingKey::generate(2048)?.encrypting_key().clone();
    /// let header = Header::new();
    /// let mut out = vec![0; bank.compact_len(&header, 5)];
    /// let sent = bank.encrypt_into(&header, b"hello", &mut out)?;
    /// assert_eq!(sent.compact.len(), bank.compact_len(&header, 5));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `encrypt`, and [`Error::BufferTooSmall`].
    #[cfg(feature = "getrandom")]
    pub fn encrypt_into<'o>(
        &self,
        header: &Header,
        plaintext: impl AsRef<[u8]>,
        out: &'o mut [u8],
    ) -> Result<Encrypted<&'o str>, Error> {
        self.encrypt_into_with_rng(&mut random::SystemRng, header, plaintext, out)
    }

    /// Encrypts as `encrypt_into` does, with the randomness of `rng`: see [`encrypt_with_rng`](Self::encrypt_with_rng).
    ///
    /// ```
    /// use getrandom::SysRng; // with the feature `sys_rng`, or any generator of rand_core 0.10
    /// use jwe_primitives::Header;
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let bank = DecryptingKey::generate(2048)?.encrypting_key().clone();
    /// let mut out = [0; 512];
    /// let sent = bank.encrypt_into_with_rng(&mut SysRng, &Header::new(), b"hello", &mut out)?;
    /// assert_eq!(sent.compact.split('.').count(), 5);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `encrypt_into`.
    pub fn encrypt_into_with_rng<'o, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        header: &Header,
        plaintext: impl AsRef<[u8]>,
        out: &'o mut [u8],
    ) -> Result<Encrypted<&'o str>, Error> {
        let (token, cek) = self.write(rng, header, plaintext.as_ref(), out)?;
        Ok(Encrypted { compact: as_str(token)?, cek })
    }

    fn write<'o, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        header: &Header,
        plaintext: &[u8],
        out: &'o mut [u8],
    ) -> Result<(&'o [u8], ContentEncryptionKey), Error> {
        let message = self.message(header, plaintext.len());
        let out = message.place(out)?;
        // Steps 1, 2, 9: Key Encryption; a random CEK, the seed of OAEP and a random IV.
        let mut random = Zeroizing::new([0; CEK_LEN + SEED_LEN + IV_LEN]);
        random::fill(rng, random.as_mut_slice())?;
        let (cek, rest) = random.split_first_chunk::<CEK_LEN>().ok_or(Error::Internal)?;
        let (seed, iv) = rest.split_first_chunk::<SEED_LEN>().ok_or(Error::Internal)?;
        let iv = iv.try_into().map_err(|_| Error::Internal)?;
        // Steps 3 to 6: the encrypted key.
        let wrap_key = |out: &mut [u8]| stack::zeroizing(|| self.public().wrap_key(cek, seed, out));
        let cek = ContentEncryptionKey::from_array(cek);
        let token = message.write(cek.cipher(), iv, plaintext, wrap_key, out)?;
        Ok((token, cek))
    }

    /// Returns the exact length of the token for this header and a plaintext of `plaintext_len` bytes.
    ///
    /// ```
    /// use jwe_primitives::Header;
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let bank = DecryptingKey::generate(2048)?.encrypting_key().clone();
    /// let header = Header::new().content_type("application/json")?;
    /// assert_eq!(bank.compact_len(&header, 2), bank.encrypt(&header, b"{}")?.compact.len());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn compact_len(&self, header: &Header, plaintext_len: usize) -> usize {
        self.message(header, plaintext_len).compact_len()
    }

    fn message<'m>(&'m self, header: &'m Header, content_len: usize) -> Message<'m> {
        let encrypted_key_len = self.modulus_len();
        Message { header, algorithm: Algorithm::RsaOaep256, key_id: self.id(), encrypted_key_len, content_len }
    }
}

impl ContentEncryptionKey {
    /// Encrypts `plaintext` directly under this key (`dir`), with a fresh IV.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, Header, Jwe};
    ///
    /// let cek = ContentEncryptionKey::generate()?;
    /// let token = cek.encrypt(&Header::new(), b"received")?;
    /// assert_eq!(cek.decrypt(&Jwe::parse(&token)?)?.plaintext, b"received");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::KeyOperation`] if the `key_ops` of this key's JWK do not permit it, and those of `EncryptingKey::encrypt`.
    #[cfg(feature = "getrandom")]
    pub fn encrypt(&self, header: &Header, plaintext: impl AsRef<[u8]>) -> Result<String, Error> {
        self.encrypt_with_rng(&mut random::SystemRng, header, plaintext)
    }

    /// Encrypts as `encrypt` does, with 12 bytes that are drawn from `rng` in one call.
    ///
    /// ```
    /// use getrandom::SysRng; // with the feature `sys_rng`, or any generator of rand_core 0.10
    /// use jwe_primitives::{ContentEncryptionKey, Header, Jwe};
    ///
    /// let cek = ContentEncryptionKey::generate_with_rng(&mut SysRng)?;
    /// let token = cek.encrypt_with_rng(&mut SysRng, &Header::new(), b"received")?;
    /// assert_eq!(cek.decrypt(&Jwe::parse(&token)?)?.plaintext, b"received");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `encrypt`.
    pub fn encrypt_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        header: &Header,
        plaintext: impl AsRef<[u8]>,
    ) -> Result<String, Error> {
        let plaintext = plaintext.as_ref();
        let mut out = vec![0; allocatable(self.compact_len(header, plaintext.len()))?];
        self.write(rng, header, plaintext, &mut out)?;
        into_string(out)
    }

    /// Encrypts into the front of `out`, which must have at least [`compact_len`](Self::compact_len) bytes, without
    /// using the heap. What comes after the token is left as it is.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// let cek = ContentEncryptionKey::generate()?;
    /// let mut out = [0; 128];
    /// let token = cek.encrypt_into(&Header::new(), b"received", &mut out)?;
    /// assert_eq!(token.len(), cek.compact_len(&Header::new(), 8));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `encrypt`, and [`Error::BufferTooSmall`].
    #[cfg(feature = "getrandom")]
    pub fn encrypt_into<'o>(
        &self,
        header: &Header,
        plaintext: impl AsRef<[u8]>,
        out: &'o mut [u8],
    ) -> Result<&'o str, Error> {
        self.encrypt_into_with_rng(&mut random::SystemRng, header, plaintext, out)
    }

    /// Encrypts as `encrypt_into` does, with the randomness of `rng`.
    ///
    /// ```
    /// use getrandom::SysRng; // with the feature `sys_rng`, or any generator of rand_core 0.10
    /// use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// let cek = ContentEncryptionKey::generate_with_rng(&mut SysRng)?;
    /// let mut out = [0; 128];
    /// let token = cek.encrypt_into_with_rng(&mut SysRng, &Header::new(), b"received", &mut out)?;
    /// assert_eq!(token.len(), cek.compact_len(&Header::new(), 8));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `encrypt_into`.
    pub fn encrypt_into_with_rng<'o, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        header: &Header,
        plaintext: impl AsRef<[u8]>,
        out: &'o mut [u8],
    ) -> Result<&'o str, Error> {
        as_str(self.write(rng, header, plaintext.as_ref(), out)?)
    }

    fn write<'o, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        header: &Header,
        plaintext: &[u8],
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        self.require_encrypt()?;
        let message = self.message(header, plaintext.len());
        let out = message.place(out)?;
        // Steps 1 to 6: Direct Encryption; this key is the CEK and the encrypted key is empty. Step 9: a random IV.
        let mut iv = [0; IV_LEN];
        random::fill(rng, &mut iv)?;
        message.write(self.cipher(), &iv, plaintext, |_| Ok(()), out)
    }

    /// Returns the exact length of the token for this header and a plaintext of `plaintext_len` bytes.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// let cek = ContentEncryptionKey::generate()?;
    /// assert_eq!(cek.compact_len(&Header::new(), 2), cek.encrypt(&Header::new(), b"{}")?.len());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn compact_len(&self, header: &Header, plaintext_len: usize) -> usize {
        self.message(header, plaintext_len).compact_len()
    }

    fn message<'m>(&'m self, header: &'m Header, content_len: usize) -> Message<'m> {
        Message { header, algorithm: Algorithm::Dir, key_id: self.id(), encrypted_key_len: 0, content_len }
    }
}

/// What goes into a token, but for the secrets.
struct Message<'m> {
    header: &'m Header,
    algorithm: Algorithm,
    key_id: Option<&'m KeyId>,
    encrypted_key_len: usize,
    content_len: usize,
}

impl Message<'_> {
    fn header_fragments(&self) -> impl Iterator<Item = &str> {
        self.header.json_fragments(self.algorithm, self.key_id.map(KeyId::member))
    }

    fn header_len(&self) -> usize {
        self.header_fragments().map(str::len).fold(0, usize::saturating_add)
    }

    fn compact_len(&self) -> usize {
        compact::compact_len(self.header_len(), self.encrypted_key_len, self.content_len)
    }

    /// The place of the token at the front of `out`. It is found before any randomness is drawn.
    fn place<'o>(&self, out: &'o mut [u8]) -> Result<&'o mut [u8], Error> {
        if self.header_len() > Limits::MAX_SENT_HEADER_LEN {
            return Err(Error::HeaderTooLong);
        }
        out.get_mut(..self.compact_len()).ok_or(Error::BufferTooSmall)
    }

    /// RFC 7516 section 5.1, steps 7 to 19, into the [`place`](Self::place) of the token. Each part is produced and
    /// encoded where it belongs.
    fn write<'o>(
        &self,
        cipher: &A256Gcm,
        iv: &[u8; IV_LEN],
        plaintext: &[u8],
        wrap_key: impl FnOnce(&mut [u8]) -> Result<(), Error>,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        let mut writer = CompactWriter::new(out);
        // Steps 12, 13: BASE64URL(UTF8(JWE Protected Header)). Step 14: it is the Additional Authenticated Data.
        let mut part = writer.next_part(self.header_len())?;
        self.write_header(part.bytes()?)?;
        let aad = part.encode()?;
        // Step 7: BASE64URL(JWE Encrypted Key).
        let mut part = writer.next_part(self.encrypted_key_len)?;
        wrap_key(part.bytes()?)?;
        part.encode()?;
        // Step 10: BASE64URL(JWE Initialization Vector).
        writer.write_part(iv)?;
        // Step 11: no compression. Steps 15, 16: BASE64URL(JWE Ciphertext).
        let mut part = writer.next_part(self.content_len)?;
        let tag = cipher.seal(iv, aad, plaintext, part.bytes()?)?;
        part.encode()?;
        // Step 17: BASE64URL(JWE Authentication Tag).
        writer.write_part(&tag)?;
        // Step 19: the Compact Serialization.
        Ok(out)
    }

    fn write_header(&self, mut out: &mut [u8]) -> Result<(), Error> {
        for fragment in self.header_fragments() {
            let (front, rest) = out.split_at_mut_checked(fragment.len()).ok_or(Error::Internal)?;
            front.copy_from_slice(fragment.as_bytes());
            out = rest;
        }
        Ok(())
    }
}

/// Returns `len` if a buffer may have that many bytes: on a 32-bit target the token for a long plaintext may not.
fn allocatable(len: usize) -> Result<usize, Error> {
    if isize::try_from(len).is_ok() { Ok(len) } else { Err(Error::MessageTooLong) }
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
    use crate::KeyError;
    use crate::test_util::{TestRng, key};

    #[test]
    fn a_token_that_no_buffer_can_hold_is_an_error() {
        let longest = usize::MAX >> 1;
        assert_eq!(allocatable(longest), Ok(longest));
        assert_eq!(allocatable(longest + 1), Err(Error::MessageTooLong));
        assert_eq!(allocatable(compact::compact_len(0, 0, usize::MAX)), Err(Error::MessageTooLong));
    }

    /// A header may fit without the key's `kid` and not with it, to the byte.
    #[test]
    fn header_and_key_id_together_are_bounded() {
        let bare = Header::new().json_fragments(Algorithm::RsaOaep256, None).collect::<String>().len();
        let room = Limits::MAX_SENT_HEADER_LEN - bare - r#","kid":"","x":"""#.len();
        let header = Header::new().param("x", "x".repeat(room)).unwrap();
        let key = key("rsa2048-a");
        let key = key.encrypting_key();
        let sent = |id: &str| {
            let key = key.clone().with_key_id(id).unwrap();
            key.encrypt_with_rng(&mut TestRng::new(1), &header, b"x").map(|sent| sent.compact)
        };
        let token = sent("").unwrap();
        assert_eq!(crate::Jwe::parse(&token).unwrap().unverified_header().as_json().len(), Limits::MAX_SENT_HEADER_LEN);
        assert_eq!(sent("a"), Err(Error::HeaderTooLong));
    }

    #[test]
    fn the_id_of_any_key_is_bounded() {
        let long = "x".repeat(1025);
        let key = key("rsa2048-a");
        assert_eq!(key.encrypting_key().clone().with_key_id(&long).unwrap_err(), KeyError::KeyIdTooLong.into());
        let shared = ContentEncryptionKey::from_bytes(&[1; CEK_LEN]).unwrap();
        assert_eq!(shared.with_key_id(&long).unwrap_err(), KeyError::KeyIdTooLong.into());
        assert_eq!(key.with_key_id(&long).unwrap_err(), KeyError::KeyIdTooLong.into());
    }
}

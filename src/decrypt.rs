//! Message decryption (RFC 7516 section 5.2). Steps 1 to 5, which need no key, are those of `Jwe::parse`.

use alloc::{vec, vec::Vec};

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::a256gcm::KEY_LEN;
use crate::cek::ContentEncryptionKey;
use crate::error::{Error, Part};
use crate::header::{Algorithm, KeyId};
use crate::jwe::Jwe;
use crate::key::DecryptingKey;
use crate::random;
use crate::rsa_oaep;

/// What a token held, from [`DecryptingKey::decrypt`].
///
/// It is authentic in that whoever made the token knew the CEK and meant this header. That says nothing about who
/// it was: anybody can encrypt to a public key.
#[non_exhaustive]
pub struct Decrypted<P = Vec<u8>> {
    /// The content. Wiping it is up to you.
    pub plaintext: P,
    /// The Content Encryption Key: what an answer may be encrypted under directly (`dir`).
    pub cek: ContentEncryptionKey,
}

impl<P: AsRef<[u8]>> core::fmt::Debug for Decrypted<P> {
    /// Leaves the content out, but for its length.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Decrypted")
            .field("plaintext_len", &self.plaintext.as_ref().len())
            .field("cek", &self.cek)
            .finish_non_exhaustive()
    }
}

impl DecryptingKey {
    /// Opens a token that is encrypted to this key.
    ///
    /// # Errors
    /// Before any operation with the key: [`Error::AlgorithmMismatch`], [`Error::KeyIdMismatch`],
    /// [`Error::PartLength`] if the encrypted key isn't as long as the modulus, [`Error::Base64`] or
    /// [`Error::PartCount`] of the ciphertext, [`Error::Randomness`].
    /// After it, whatever is wrong: [`Error::Decryption`].
    #[cfg(feature = "getrandom")]
    pub fn decrypt(&self, jwe: &Jwe<'_>) -> Result<Decrypted, Error> {
        self.decrypt_with_rng(&mut random::SystemRng, jwe)
    }

    /// [`decrypt`](Self::decrypt) with the randomness of `rng`: the CEK that takes the place of one that doesn't
    /// unwrap, and the blinding of the private-key operation.
    ///
    /// # Errors
    /// As [`decrypt`](Self::decrypt).
    pub fn decrypt_with_rng<R: TryCryptoRng + ?Sized>(&self, rng: &mut R, jwe: &Jwe<'_>) -> Result<Decrypted, Error> {
        let mut plaintext = vec![0; jwe.plaintext_len()];
        let cek = self.decrypt_into_with_rng(rng, jwe, &mut plaintext)?.cek;
        Ok(Decrypted { plaintext, cek })
    }

    /// [`decrypt`](Self::decrypt) into the front of `out`, which must have at least
    /// [`plaintext_len`](Jwe::plaintext_len) octets. If it fails, they are wiped.
    ///
    /// # Errors
    /// As [`decrypt`](Self::decrypt), and [`Error::BufferTooSmall`].
    #[cfg(feature = "getrandom")]
    pub fn decrypt_into<'o>(&self, jwe: &Jwe<'_>, out: &'o mut [u8]) -> Result<Decrypted<&'o mut [u8]>, Error> {
        self.decrypt_into_with_rng(&mut random::SystemRng, jwe, out)
    }

    /// [`decrypt_into`](Self::decrypt_into) with the randomness of `rng`.
    ///
    /// # Errors
    /// As [`decrypt_into`](Self::decrypt_into).
    pub fn decrypt_into_with_rng<'o, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        jwe: &Jwe<'_>,
        out: &'o mut [u8],
    ) -> Result<Decrypted<&'o mut [u8]>, Error> {
        // Steps 6 to 9: the key is the one that the token is for, as far as that is public.
        check_key(jwe, Algorithm::RsaOaep256, self.id())?;
        if jwe.encrypted_key().len() != self.modulus_len() {
            return Err(Error::PartLength(Part::EncryptedKey));
        }
        // Step 2 for the ciphertext.
        let content = Content::decode(jwe, out)?;
        // Step 10 with section 11.5: a random CEK, which the decrypted one replaces if all is well.
        let mut cek = Zeroizing::new([0; KEY_LEN]);
        random::fill(rng, cek.as_mut_slice())?;
        rsa_oaep::unwrap(rng, self.private(), jwe.encrypted_key(), &mut cek)?;
        let cek = ContentEncryptionKey::new(&cek);
        let plaintext = content.open(&cek)?;
        Ok(Decrypted { plaintext, cek })
    }
}

impl ContentEncryptionKey {
    /// Opens a token that is encrypted directly under this key (`dir`).
    ///
    /// # Errors
    /// Before any operation with the key: [`Error::AlgorithmMismatch`], [`Error::KeyIdMismatch`],
    /// [`Error::Base64`] or [`Error::PartCount`] of the ciphertext. After it: [`Error::Decryption`].
    pub fn decrypt(&self, jwe: &Jwe<'_>) -> Result<Vec<u8>, Error> {
        let mut plaintext = vec![0; jwe.plaintext_len()];
        self.decrypt_into(jwe, &mut plaintext)?;
        Ok(plaintext)
    }

    /// [`decrypt`](Self::decrypt) into the front of `out`, which must have at least
    /// [`plaintext_len`](Jwe::plaintext_len) octets. It doesn't use the heap. If it fails, they are wiped.
    ///
    /// # Errors
    /// As [`decrypt`](Self::decrypt), and [`Error::BufferTooSmall`].
    pub fn decrypt_into<'o>(&self, jwe: &Jwe<'_>, out: &'o mut [u8]) -> Result<&'o mut [u8], Error> {
        // Steps 6 to 11: Direct Encryption; this key is the CEK. `Jwe::parse` saw that the encrypted key is empty.
        check_key(jwe, Algorithm::Dir, self.id())?;
        Content::decode(jwe, out)?.open(self)
    }
}

impl Jwe<'_> {
    /// Opens a token whose CEK was unwrapped elsewhere: in an HSM, by a KMS, by another RSA engine.
    ///
    /// Before the private key works, call [`require`](Self::require) and choose the key by
    /// [`unverified_header`](Self::unverified_header); then let it decrypt [`encrypted_key`](Self::encrypted_key)
    /// with RSA-OAEP, SHA-256 and MGF1 with SHA-256. Give the answer to this call as it is: `None` if the decryption
    /// failed there. Then, and if it isn't 32 octets, a random CEK takes its place (RFC 7516 section 11.5), so that
    /// a peer can't tell which part was wrong. Don't tell it either, by an answer or by its time.
    ///
    /// ```
    /// use jwe_primitives::{Algorithm, DecryptingKey, Header, Jwe};
    /// # let key = DecryptingKey::generate(2048)?;
    /// # let sent = key.encrypting_key().encrypt(&Header::new(), b"hello")?;
    /// # let (token, cek) = (sent.compact, sent.cek);
    /// # let kms_decrypt = |_wrapped: &[u8]| Some(cek.as_bytes().to_vec());
    ///
    /// let jwe = Jwe::parse(&token)?;
    /// jwe.require(Algorithm::RsaOaep256)?;
    /// let answer: Option<Vec<u8>> = kms_decrypt(jwe.encrypted_key());
    /// assert_eq!(jwe.decrypt_unwrapped(answer.as_deref())?.plaintext, b"hello");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::AlgorithmMismatch`] unless the token is `RSA-OAEP-256`, [`Error::Base64`] or [`Error::PartCount`]
    /// of the ciphertext, [`Error::Randomness`]; else [`Error::Decryption`].
    #[cfg(feature = "getrandom")]
    pub fn decrypt_unwrapped(&self, cek: Option<&[u8]>) -> Result<Decrypted, Error> {
        self.decrypt_unwrapped_with_rng(&mut random::SystemRng, cek)
    }

    /// [`decrypt_unwrapped`](Self::decrypt_unwrapped) with the randomness of `rng`.
    ///
    /// # Errors
    /// As [`decrypt_unwrapped`](Self::decrypt_unwrapped).
    pub fn decrypt_unwrapped_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        cek: Option<&[u8]>,
    ) -> Result<Decrypted, Error> {
        self.require(Algorithm::RsaOaep256)?;
        let mut substitute = Zeroizing::new([0; KEY_LEN]);
        random::fill(rng, substitute.as_mut_slice())?;
        let cek = cek.and_then(|cek| cek.try_into().ok()).unwrap_or(&*substitute);
        let cek = ContentEncryptionKey::new(cek);
        let mut plaintext = vec![0; self.plaintext_len()];
        Content::decode(self, &mut plaintext)?.open(&cek)?;
        Ok(Decrypted { plaintext, cek })
    }
}

/// Steps 6 to 8: the key is for this algorithm, and nothing says that it is another key than the token names.
fn check_key(jwe: &Jwe<'_>, algorithm: Algorithm, key_id: Option<&KeyId>) -> Result<(), Error> {
    jwe.require(algorithm)?;
    if jwe.unverified_header().allows_key_id(key_id.map(KeyId::as_str)) { Ok(()) } else { Err(Error::KeyIdMismatch) }
}

/// A ciphertext, decoded and ready to be decrypted in place.
struct Content<'j, 'o> {
    jwe: &'j Jwe<'j>,
    buffer: &'o mut [u8],
}

impl<'j, 'o> Content<'j, 'o> {
    fn decode(jwe: &'j Jwe<'j>, out: &'o mut [u8]) -> Result<Self, Error> {
        Ok(Self { jwe, buffer: jwe.ciphertext(out)? })
    }

    /// Steps 13 to 16: verifies the tag, with the AAD as it came in, and decrypts.
    fn open(self, cek: &ContentEncryptionKey) -> Result<&'o mut [u8], Error> {
        let Self { jwe, buffer } = self;
        cek.cipher().open(jwe.iv(), jwe.aad(), buffer, jwe.tag())?;
        Ok(buffer)
    }
}

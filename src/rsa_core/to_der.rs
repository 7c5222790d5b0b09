//! Key numbers in DER: SPKI (RFC 5280 section 4.1) and PKCS#8 (RFC 5208) around PKCS#1 (RFC 8017 appendix A.1).
//!
//! `RustCrypto`'s structures write into buffers of exactly the length that they need, which are zeroized.

use alloc::{vec, vec::Vec};

use pkcs1::{ALGORITHM_ID, RsaPrivateKeyRef, RsaPublicKeyRef};
use pkcs8::der::asn1::{BitStringRef, OctetStringRef, UintRef};
use pkcs8::der::{self, Encode};
use pkcs8::{PrivateKeyInfoRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use super::{Components, PrivateKey, PublicKey};
use crate::error::Error;

impl PublicKey {
    /// The key as SPKI.
    ///
    /// # Errors
    /// [`Error::Internal`] if the encoder fails, which it isn't known to do.
    pub(crate) fn to_spki(&self) -> Result<Vec<u8>, Error> {
        spki(&self.modulus(), &self.exponent()).map_err(|_| Error::Internal)
    }
}

impl PrivateKey {
    /// The key as PKCS#8, not encrypted.
    ///
    /// # Errors
    /// [`Error::Internal`] if the encoder fails, which it isn't known to do.
    pub(crate) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        pkcs8(&self.components()).map_err(|_| Error::Internal)
    }
}

fn spki(n: &[u8], e: &[u8]) -> der::Result<Vec<u8>> {
    let pkcs1 = encode(&RsaPublicKeyRef { modulus: UintRef::new(n)?, public_exponent: UintRef::new(e)? })?;
    let subject_public_key = BitStringRef::from_bytes(&pkcs1)?;
    encode(&SubjectPublicKeyInfoRef { algorithm: ALGORITHM_ID, subject_public_key }).map(|der| der.to_vec())
}

fn pkcs8(key: &Components) -> der::Result<Zeroizing<Vec<u8>>> {
    let pkcs1 = encode(&RsaPrivateKeyRef {
        modulus: UintRef::new(&key.n)?,
        public_exponent: UintRef::new(&key.e)?,
        private_exponent: UintRef::new(&key.d)?,
        prime1: UintRef::new(&key.p)?,
        prime2: UintRef::new(&key.q)?,
        exponent1: UintRef::new(&key.dp)?,
        exponent2: UintRef::new(&key.dq)?,
        coefficient: UintRef::new(&key.qi)?,
        other_prime_infos: None,
    })?;
    encode(&PrivateKeyInfoRef::new(ALGORITHM_ID, OctetStringRef::new(&pkcs1)?))
}

fn encode(structure: &impl Encode) -> der::Result<Zeroizing<Vec<u8>>> {
    let mut der = Zeroizing::new(vec![0; usize::try_from(structure.encoded_len()?)?]);
    structure.encode_to_slice(&mut der)?;
    Ok(der)
}

//! Entry points to individual steps, for this project's fuzzers, proofs, instruction counts and constant-time tests.
//!
//! Not part of the crate: it is compiled only under `--cfg jwe_internals` and by cargo-fuzz.

use alloc::borrow::Cow;

use rand_core::TryCryptoRng;

use crate::compact::EncodedParts;
use crate::error::Error;
use crate::json::{self, Member, Object, Text};
use crate::{DecryptingKey, EncryptingKey, Jwe, VerifiedHeader, base64url, header, rsa_oaep};

/// The header with all of its methods, as if the token had been decrypted.
#[must_use]
pub fn header_as_if_verified<'a>(jwe: &Jwe<'a>) -> VerifiedHeader<'a> {
    jwe.to_verified_header()
}

/// EME-OAEP decoding of `em`, which is overwritten: `cek` becomes the message or stays.
pub fn oaep_decode(em: &mut [u8], cek: &mut [u8; 32]) {
    rsa_oaep::decode(em, ctutils::Choice::TRUE, cek);
}

/// The same for an `em` that is `valid`, as RSADP says, or is not: then `cek` stays.
pub fn oaep_decode_if(valid: bool, em: &mut [u8], cek: &mut [u8; 32]) {
    rsa_oaep::decode(em, ctutils::Choice::from_u8_lsb(valid.into()), cek);
}

/// EME-OAEP encoding into `em`, which is all zero.
pub fn oaep_encode(em: &mut [u8], cek: &[u8; 32], seed: &[u8; 32]) -> Option<()> {
    rsa_oaep::encode(em, cek, seed)
}

/// Strict base64url decoding of all of `text` into the front of `out`.
pub fn base64url_decode<'o>(text: &[u8], out: &'o mut [u8]) -> Option<&'o mut [u8]> {
    base64url::decode(text, out)
}

/// Encodes the last `len` bytes of `text` over the whole of it.
///
/// # Errors
/// If `text` is not as long as the text for `len` bytes.
pub fn base64url_encode_in_place(text: &mut [u8], len: usize) -> Result<(), Error> {
    base64url::encode_in_place(text, len).ok_or(Error::Internal)
}

/// RSAEP (RFC 8017 section 5.1.1) in place.
///
/// # Errors
/// If `block` is not as long as the modulus, or not less than it.
pub fn rsaep(key: &EncryptingKey, block: &mut [u8]) -> Result<(), Error> {
    key.rsa().rsaep(block)
}

/// RSADP (RFC 8017 section 5.1.2) in place. Returns whether the message representative is valid.
///
/// # Errors
/// If `rng` fails or is stuck, or `block` is not as long as the modulus.
pub fn rsadp<R: TryCryptoRng + ?Sized>(key: &DecryptingKey, rng: &mut R, block: &mut [u8]) -> Result<bool, Error> {
    key.rsa().rsadp(rng, block).map(crypto_bigint::Choice::to_bool)
}

/// Splits a compact token into its five parts, still encoded.
///
/// # Errors
/// [`Error::PartCount`].
pub fn compact_split(text: &[u8]) -> Result<[&[u8]; 5], Error> {
    let EncodedParts { protected, encrypted_key, iv, ciphertext, tag } = EncodedParts::split(text)?;
    Ok([protected, encrypted_key, iv, ciphertext, tag])
}

/// Reads the header of a received token.
///
/// # Errors
/// As [`Jwe::parse`](crate::Jwe::parse) for a header.
pub fn header_read(json: &[u8]) -> Result<(), Error> {
    header::read(json).map(|_| ())
}

/// A member of a JSON object: its name, the text of its value, and the string that the value is, if it is one.
pub type JsonMember<'a> = (Cow<'a, str>, &'a str, Option<Cow<'a, str>>);

fn json_member(member: Member<'_>) -> JsonMember<'_> {
    (member.name.text().to_cow(), member.value.as_str(), member.value.as_text().map(Text::to_cow))
}

/// Reads one JSON object and shows its members on the way. Returns whether it is one.
pub fn json_members<'a>(text: &'a [u8], mut show: impl FnMut(JsonMember<'a>)) -> bool {
    Object::parse_with(text, |member| show(json_member(member))).is_ok()
}

/// Finds the members of an object that [`json_members`] has accepted, without checking it again.
pub fn json_members_again(text: &[u8]) -> impl Iterator<Item = JsonMember<'_>> {
    Object::from_validated(text).members().map(json_member)
}

/// Returns whether each of eight bytes stands for itself in a JSON string.
#[must_use]
pub fn json_all_plain(bytes: u64) -> bool {
    json::all_plain(bytes)
}

/// Returns the value of four hexadecimal digits.
#[must_use]
pub fn json_four_hex_digits(digits: [u8; 4]) -> Option<u16> {
    json::four_hex_digits(&digits)
}

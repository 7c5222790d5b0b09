//! RSA keys in PEM (RFC 7468): text encodings of what `der.rs` reads and writes.
//!
//! A key comes in the state in which tools and people leave it, so the grammar is the lax one of RFC 7468 section 3.
//! For a private key's text, only the layout decides what happens: where line breaks, blanks, dashes, colons and
//! backslashes are. All other characters go to a base64 decoder that looks nothing up by them.

use alloc::{string::String, vec, vec::Vec};

use pkcs8::LineEnding;
use pkcs8::der::pem;
use zeroize::Zeroizing;

use super::der::{base64_fault, decode_base64};
use super::text;
use super::{DecryptingKey, EncryptingKey};
use crate::error::{Base64Fault, Error, KeyError};
use crate::key_format::KeyFormat;
use crate::limits::Limits;
use crate::stack;

/// What people and programs put around a text.
const QUOTES: [char; 7] = ['"', '\'', '`', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}'];

impl EncryptingKey {
    /// Reads a public key in PEM: one block `PUBLIC KEY` or `RSA PUBLIC KEY` (RFC 7468 section 3). Text around the
    /// block is skipped, lines may have any length, and blanks are ignored.
    ///
    /// ```
    /// use jwe_primitives::{EncryptingKey, KeyError};
    /// # use jwe_primitives::DecryptingKey;
    ///
    /// # let key = DecryptingKey::generate(2048)?;
    /// # let (published, private) = (key.encrypting_key().to_pem()?, key.to_pem()?);
    /// let bank = EncryptingKey::from_pem(&published)?;
    /// assert_eq!(bank.modulus_bits(), 2048);
    /// let rejected = EncryptingKey::from_pem(&private);
    /// assert_eq!(rejected.unwrap_err(), KeyError::PrivateInsteadOfPublic.into());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_der`](Self::from_der), and [`KeyError::Pem`], [`KeyError::SeveralBlocks`],
    /// [`KeyError::LabelMismatch`], [`KeyError::EscapedLineBreaks`], [`KeyError::NoLineBreaks`], [`KeyError::TooLong`].
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        Self::from_der(&decode_pem(pem)?)
    }

    /// Returns the key as SPKI in PEM, lines ending in LF.
    ///
    /// ```
    /// use jwe_primitives::DecryptingKey;
    ///
    /// let mine = DecryptingKey::generate(2048)?;
    /// let pem = mine.encrypting_key().to_pem()?; // what to hand out
    /// assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`to_der`](Self::to_der).
    pub fn to_pem(&self) -> Result<String, Error> {
        pem::encode_string("PUBLIC KEY", LineEnding::LF, &self.to_der()?).map_err(|_| Error::Internal)
    }
}

impl DecryptingKey {
    /// Reads a private key in PEM: one block `PRIVATE KEY` or `RSA PRIVATE KEY`, as
    /// [`EncryptingKey::from_pem`] reads a public one.
    ///
    /// ```
    /// use jwe_primitives::DecryptingKey;
    ///
    /// let mine = DecryptingKey::generate(2048)?;
    /// let pem = mine.to_pem()?; // PKCS#8; zeroized when it is dropped
    /// assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----"));
    /// let copy = DecryptingKey::from_pem(&pem)?;
    /// assert_eq!(copy.encrypting_key().thumbprint(), mine.encrypting_key().thumbprint());
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_der`](Self::from_der) and [`EncryptingKey::from_pem`].
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        stack::zeroizing(|| Self::parse_der(&decode_pem(pem)?))
    }

    /// Returns the key as PKCS#8 in PEM, not encrypted, lines ending in LF, in memory that is zeroized on drop.
    ///
    /// ```
    /// use jwe_primitives::DecryptingKey;
    ///
    /// let pem = DecryptingKey::generate(2048)?.to_pem()?; // to encrypt and store
    /// assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    /// # Ok::<(), jwe_primitives::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`to_der`](Self::to_der).
    pub fn to_pem(&self) -> Result<Zeroizing<String>, Error> {
        stack::zeroizing(|| encode_pem("PRIVATE KEY", &self.rsa().to_pkcs8()?).map_err(|_| Error::Internal))
    }
}

/// Encodes a secret, with every copy of the text in zeroized memory.
fn encode_pem(label: &str, der: &[u8]) -> pem::Result<Zeroizing<String>> {
    let mut buffer = Zeroizing::new(vec![0; pem::encoded_len(label, LineEnding::LF, der)?]);
    let text = pem::encode(label, LineEnding::LF, der, &mut buffer)?;
    let mut pem = Zeroizing::new(String::with_capacity(text.len()));
    pem.push_str(text);
    Ok(pem)
}

/// Decodes the one PEM block of `text`, whose content is what its label says.
pub(super) fn decode_pem(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let text = text::within(text, Limits::MAX_KEY_LEN)?;
    let mut lines = text.split(['\n', '\r']).map(str::trim_ascii);
    let Some(begin) = lines.by_ref().map(text::bare).find_map(begin_label) else {
        return Err(text::unreadable(text.as_bytes(), &[KeyFormat::Pem], KeyError::Pem));
    };
    let label = begin?;
    // These have no DER inside, and what they have may have lines of a header.
    if let Some(other @ (KeyFormat::OpenSshPrivate | KeyFormat::OpenPgp)) = KeyFormat::from_label(label) {
        return Err(KeyError::UnexpectedFormat(other));
    }
    let mut body = Zeroizing::new(String::with_capacity(text.len()));
    let has_blanks = read_body(&mut lines, label, &mut body)?;
    if lines.map(text::bare).any(|line| line.starts_with("-----BEGIN ")) {
        return Err(KeyError::SeveralBlocks);
    }
    decode_body(label, &body).map_err(|error| match error {
        KeyError::Base64(Base64Fault::Padding) | KeyError::Der if has_blanks && !has_plus(&body) => {
            KeyError::Base64(Base64Fault::PlusAsBlank)
        }
        other => other,
    })
}

/// The label that `line` names, if it is a BEGIN line or would be one with a line break where it belongs. A BEGIN line
/// that is damaged is an error, not text before another block.
fn begin_label(line: &str) -> Option<Result<&str, KeyError>> {
    let (before, rest) = line.split_once('-')?;
    let rest = rest.strip_prefix("----BEGIN")?;
    if before.ends_with(QUOTES) {
        return Some(Err(KeyError::Quoted));
    }
    if rest.starts_with(['%', '+']) {
        return Some(Err(KeyError::UnexpectedFormat(KeyFormat::PercentEncoded)));
    }
    let (label, rest) = rest.strip_prefix(' ')?.split_once('-').unwrap_or_default();
    match rest.strip_prefix("----").map(|after| after.as_bytes().first()) {
        Some(Some(b'\\')) => Some(Err(KeyError::EscapedLineBreaks)),
        Some(Some(b'%')) => Some(Err(KeyError::UnexpectedFormat(KeyFormat::PercentEncoded))),
        Some(Some(_)) => Some(Err(KeyError::NoLineBreaks)),
        _ if !before.is_empty() => None,
        Some(None) => Some(Ok(label)),
        None => Some(Err(KeyError::Pem)),
    }
}

/// Appends the body without its blanks, up to the END line, and returns whether there were blanks within a line. `body`
/// has room for all of it, so that it never grows, which would leave a copy.
fn read_body<'a>(lines: &mut impl Iterator<Item = &'a str>, label: &str, body: &mut String) -> Result<bool, KeyError> {
    let mut has_blanks = false;
    for line in lines {
        if line.contains(':') {
            // RFC 1421 header lines, which RFC 7468 forbids: OpenSSL's own encryption has them.
            return Err(if line.contains("ENCRYPTED") { KeyError::EncryptedPrivateKey } else { KeyError::Pem });
        }
        if line.contains('\\') {
            return Err(KeyError::EscapedLineBreaks);
        }
        match line.split_once('-') {
            None => {
                let mut pieces = line.split([' ', '\t', '\u{b}', '\u{c}']);
                pieces.next().into_iter().for_each(|piece| body.push_str(piece));
                for piece in pieces {
                    has_blanks = true;
                    body.push_str(piece);
                }
            }
            // Also where a dash was lost, and where another block begins.
            Some((before, end)) if end.starts_with("----") || end.trim_start_matches('-').starts_with("END ") => {
                return check_end(before, end, label).map(|()| has_blanks);
            }
            Some(_) => return Err(KeyError::Base64(Base64Fault::UrlSafe)),
        }
    }
    Err(KeyError::Pem)
}

/// Checks the END line, given without its first dash.
fn check_end(before: &str, end: &str, label: &str) -> Result<(), KeyError> {
    let end = end.strip_prefix("----END ").ok_or(KeyError::Pem)?;
    if !before.is_empty() {
        return Err(KeyError::NoLineBreaks);
    }
    match end.strip_suffix("-----") {
        Some(found) if found == label => Ok(()),
        _ if end.ends_with(QUOTES) => Err(KeyError::Quoted),
        _ => Err(KeyError::Pem),
    }
}

/// Whether there is a `+` in a body, which may be secret: every character is looked at.
fn has_plus(body: &str) -> bool {
    body.bytes().fold(0, |found, byte| found | u8::from(byte == b'+')) == 1
}

fn decode_body(label: &str, body: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let label = KeyFormat::from_label(label).ok_or(KeyError::PemLabel)?;
    let der = decode_base64(body).ok_or_else(|| KeyError::Base64(base64_fault(body)))?;
    match KeyFormat::from_der(&der) {
        // It has more than the certificate.
        _ if label == KeyFormat::TrustedCertificate => Err(KeyError::UnexpectedFormat(label)),
        Some(content) if content == label => Ok(der),
        Some(unreadable @ (KeyFormat::Pkcs7 | KeyFormat::Pkcs12)) => Err(KeyError::UnexpectedFormat(unreadable)),
        Some(content) => Err(KeyError::LabelMismatch { label, content }),
        None => Err(KeyError::Der),
    }
}

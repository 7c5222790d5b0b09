//! Keys from files, recognized by their content.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use jwe_primitives::{
    ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, KeyError, KeyFormat, KeySet, Limits, NamedKey,
};
use zeroize::Zeroizing;

use crate::advice;
use crate::files::open;
use crate::stop::{Stop, complain, failed, named};

pub(crate) const NO_PUBLIC_HALF: &str = "a shared key has no public half";

/// What is said of text that is in none of the formats, instead of what is wrong with it as base64.
const UNKNOWN: &str =
    "not a key in a known format: PEM, DER, base64 of DER, a JWK, a JWK Set, or 64 hexadecimal digits for dir";

/// Which keys of a JWK Set are meant; other files hold one key, which shows its kind.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Rsa,
    Shared,
}

/// What a key file is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    OneKey,
    Set,
    /// One key, too, and nobody has verified whose it is.
    Certificate,
}

/// The keys of a file that holds one, or of a JWK Set.
pub(crate) enum Keys {
    Public(KeySet<EncryptingKey>),
    Private(KeySet<DecryptingKey>),
    Shared(KeySet<ContentEncryptionKey>),
}

/// The one of them that is used.
pub(crate) enum Key {
    Public(EncryptingKey),
    Private(DecryptingKey),
    Shared(ContentEncryptionKey),
}

impl Key {
    pub(crate) fn key_id(&self) -> Option<&str> {
        match self {
            Self::Public(key) => key.key_id(),
            Self::Private(key) => key.key_id(),
            Self::Shared(key) => key.key_id(),
        }
    }

    fn without_key_id(self) -> Self {
        match self {
            Self::Public(key) => Self::Public(key.without_key_id()),
            Self::Private(key) => Self::Private(key.without_key_id()),
            Self::Shared(key) => Self::Shared(key.without_key_id()),
        }
    }
}

pub(crate) struct KeyFile {
    pub(crate) path: PathBuf,
    content: Content,
    pub(crate) keys: Keys,
}

impl KeyFile {
    pub(crate) fn load(path: &Path, kind: Kind) -> Result<Self, Stop> {
        let source = open(path).map_err(|error| not_a_file(path, &error))?;
        // It never grows, which would leave copies: there is room to see that the file ends.
        let limit = Limits::MAX_KEY_SET_LEN.saturating_add(1);
        let mut bytes = Zeroizing::new(Vec::with_capacity(limit.saturating_add(64)));
        let mut source = source.take(u64::try_from(limit).unwrap_or(u64::MAX));
        source.read_to_end(&mut bytes).map_err(|error| failed(path, error))?;
        if bytes.len() >= limit {
            return Err(failed(path, "the file is longer than any key file"));
        }
        let (content, keys) = parse(&bytes, kind).map_err(|reason| failed(path, reason))?;
        if content == Content::Certificate {
            let name = path.to_string_lossy();
            complain(&format!("warning: {name}: nobody verified this certificate, its dates or its name"));
        }
        Ok(Self { path: path.into(), content, keys })
    }

    /// The shared key that `digits` of the command line are.
    pub(crate) fn from_hex(digits: &str) -> Result<Self, Stop> {
        let key = named("--dir-hex", hex_key(digits))?;
        Ok(Self { path: "--dir-hex".into(), content: Content::OneKey, keys: shared(key) })
    }

    pub(crate) fn is_set(&self) -> bool {
        self.content == Content::Set
    }

    /// The key with this id; without an id, the only key. A file with one key holds the one that is meant. With an empty
    /// id, it is the only key, without the id that it may have.
    pub(crate) fn choose(&self, key_id: Option<&str>) -> Result<Key, Stop> {
        let wanted = key_id.filter(|id| self.is_set() && !id.is_empty());
        let chosen = match &self.keys {
            Keys::Public(keys) => keys.get(wanted).cloned().map(Key::Public),
            Keys::Private(keys) => keys.get(wanted).cloned().map(Key::Private),
            Keys::Shared(keys) => keys.get(wanted).cloned().map(Key::Shared),
        };
        let has = |error| format!("{} (it has {})", advice::explain(error), self.key_ids());
        let key = chosen.map_err(|error| failed(&self.path, has(error)))?;
        Ok(if key_id == Some("") { key.without_key_id() } else { key })
    }

    fn key_ids(&self) -> String {
        fn ids<K: NamedKey>(keys: &KeySet<K>) -> Vec<&str> {
            keys.iter().map(|key| key.key_id().unwrap_or("one without a name")).collect()
        }

        let ids = match &self.keys {
            Keys::Public(keys) => ids(keys),
            Keys::Private(keys) => ids(keys),
            Keys::Shared(keys) => ids(keys),
        };
        ids.join(", ")
    }

    pub(crate) fn public_halves(&self) -> Result<KeySet<EncryptingKey>, Stop> {
        match &self.keys {
            Keys::Public(keys) => Ok(keys.clone()),
            Keys::Private(keys) => Ok(keys.encrypting_keys()),
            Keys::Shared(_) => Err(failed(&self.path, NO_PUBLIC_HALF)),
        }
    }
}

/// Who gives the key itself for the name of its file must not find it in a log, too.
fn not_a_file(path: &Path, error: &io::Error) -> Stop {
    let name = path.to_string_lossy();
    // A shell may have garbled it, so what looks like a JWK or PEM is enough.
    if name.starts_with(['{', '-']) || parse(name.as_bytes(), Kind::Rsa).is_ok() {
        return Stop::Usage(
            "this option expects the name of a file, not a key: other users can see it in the list of processes"
                .to_owned(),
        );
    }
    failed(path, error)
}

/// Recognizes by its content what a key file is. DER of an RSA key is never UTF-8, because it starts with 30 82.
fn parse(bytes: &[u8], kind: Kind) -> Result<(Content, Keys), String> {
    let Ok(text) = str::from_utf8(bytes) else {
        let keys = key_or_certificate(bytes, (EncryptingKey::from_der, DecryptingKey::from_der), |der| {
            EncryptingKey::from_unverified_certificate_der(der)
        });
        return keys.map_err(|error| explain(error, bytes.starts_with(b"\x30")));
    };
    let text = text.trim_ascii().trim_start_matches('\u{feff}');
    // Quotation marks around a text of one of the kinds below do not hide its kind.
    let inside = text.trim_start_matches(['"', '\'']);
    if inside.starts_with('{') {
        return json_keys(text, kind).map_err(advice::explain);
    }
    if text.contains("-----BEGIN ") {
        let keys = key_or_certificate(text, (EncryptingKey::from_pem, DecryptingKey::from_pem), |pem| {
            EncryptingKey::from_unverified_certificate_pem(pem)
        });
        return keys.map_err(advice::explain);
    }
    if let Ok(key) = hex_key(text) {
        return Ok((Content::OneKey, shared(key)));
    }
    let keys =
        key_or_certificate(text, (EncryptingKey::from_base64_der, DecryptingKey::from_base64_der), base64_certificate);
    keys.map_err(|error| {
        let reason = explain(error, inside.starts_with("MI"));
        if is_of_bytes(error) { reason + "; first decode its base64 with base64 -d FILE > NEW" } else { reason }
    })
}

/// Whether the command for what was found reads bytes or PEM, and not base64.
fn is_of_bytes(error: Error) -> bool {
    use KeyFormat::{CertificateRequest, JavaKeystore, Pkcs7, Pkcs12};

    let Error::Key(error) = error else { return false };
    let is_binary = |found| matches!(found, CertificateRequest | JavaKeystore | Pkcs7 | Pkcs12);
    matches!(error, KeyError::UnexpectedFormat(found) if is_binary(found)) || error == KeyError::EncryptedPrivateKey
}

/// Says what is wrong with DER or its base64 only if the text begins like that.
fn explain(error: Error, is_der: bool) -> String {
    match error {
        Error::Key(KeyError::Base64(_) | KeyError::Der) if !is_der => UNKNOWN.to_owned(),
        _ => advice::explain(error),
    }
}

type Reader<T, K> = fn(&T) -> Result<K, Error>;

/// A key of the one or the other half, or the key of a certificate.
fn key_or_certificate<T: ?Sized>(
    input: &T,
    (public, private): (Reader<T, EncryptingKey>, Reader<T, DecryptingKey>),
    certificate: Reader<T, EncryptingKey>,
) -> Result<(Content, Keys), Error> {
    match rsa_key(input, public, private) {
        Err(Error::Key(KeyError::Certificate)) => {
            let keys = KeySet::from_iter([certificate(input)?]);
            Ok((Content::Certificate, Keys::Public(keys)))
        }
        other => Ok((Content::OneKey, other?)),
    }
}

fn rsa_key<T: ?Sized>(
    input: &T,
    public: Reader<T, EncryptingKey>,
    private: Reader<T, DecryptingKey>,
) -> Result<Keys, Error> {
    match public(input) {
        Err(Error::Key(KeyError::PrivateInsteadOfPublic)) => Ok(Keys::Private([private(input)?].into_iter().collect())),
        other => Ok(Keys::Public([other?].into_iter().collect())),
    }
}

/// A JWK of any type.
pub(crate) fn json_key(jwk: &str) -> Result<Keys, Error> {
    match rsa_key(jwk, EncryptingKey::from_jwk, DecryptingKey::from_jwk) {
        Err(Error::Key(KeyError::WrongType(_))) => ContentEncryptionKey::from_jwk(jwk).map(shared),
        other => other,
    }
}

fn json_keys(text: &str, kind: Kind) -> Result<(Content, Keys), Error> {
    match json_key(text) {
        // A set may be longer than a key.
        Err(Error::Key(KeyError::UnexpectedFormat(KeyFormat::JwkSet) | KeyError::TooLong)) => {
            Ok((Content::Set, json_set(text, kind)?))
        }
        other => Ok((Content::OneKey, other?)),
    }
}

fn json_set(text: &str, kind: Kind) -> Result<Keys, Error> {
    if let Kind::Shared = kind {
        return KeySet::<ContentEncryptionKey>::from_jwks(text).map(Keys::Shared);
    }
    match KeySet::<EncryptingKey>::from_jwks(text) {
        Err(Error::Key(KeyError::PrivateInsteadOfPublic)) => {
            KeySet::<DecryptingKey>::from_jwks(text).map(Keys::Private)
        }
        other => other.map(Keys::Public),
    }
}

/// A certificate is no secret, so that ordinary strings will do.
fn base64_certificate(text: &str) -> Result<EncryptingKey, Error> {
    let text: String = text.split_ascii_whitespace().collect();
    let der = Base64::decode_vec(&text).map_err(|_| KeyError::Der)?;
    EncryptingKey::from_unverified_certificate_der(&der)
}

fn shared(key: ContentEncryptionKey) -> Keys {
    Keys::Shared([key].into_iter().collect())
}

fn hex_key(digits: &str) -> Result<ContentEncryptionKey, Error> {
    let mut bytes = Zeroizing::new([0; ContentEncryptionKey::LEN]);
    // `from_str_radix` would accept a sign.
    if digits.len() != bytes.len().saturating_mul(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(KeyError::SymmetricLength.into());
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
        let pair = str::from_utf8(pair).map_err(|_| KeyError::SymmetricLength)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| KeyError::SymmetricLength)?;
    }
    ContentEncryptionKey::from_bytes(bytes.as_slice())
}

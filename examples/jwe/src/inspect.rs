//! The command `inspect`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwe_primitives::{Algorithm, ContentEncryptionKey, EncryptingKey, Error, Jwe, KeyError, KeyFormat, KeySet};
use lexopt::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};

use crate::advice;
use crate::arguments::{general, once};
use crate::files::{read, token_text, write_with};
use crate::help::of;
use crate::key_file::{Keys, json_key};
use crate::progress::Progress;
use crate::stop::{Stop, failed, printable, rejected};

const PARTS: [&str; 5] = ["header", "encrypted_key", "iv", "ciphertext", "tag"];

pub(crate) fn inspect(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let (mut input, mut as_json, mut quiet) = (None, false, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("json") => as_json = true,
            Short('q') | Long("quiet") => quiet = true,
            Value(file) => once(&mut input, "FILE", PathBuf::from(file))?,
            other => return general(other, of("inspect").unwrap_or_default()),
        }
    }
    let mut progress = Progress::new(quiet);
    let path = input.unwrap_or_else(|| "-".into());
    let text = read(&path, &mut progress)?;
    if text.trim_ascii_start().starts_with(b"{") {
        let report = inspect_keys(&text, as_json).map_err(|reason| failed(&path, reason))?;
        return write_with(&[report.as_bytes()], &mut progress);
    }
    if text.trim_ascii_start().starts_with(b"-----BEGIN ") {
        return Err(failed(&path, "a key, not a token; jwe pubkey --key FILE shows its public half"));
    }
    let token = token_text(text, &path)?;
    let foreign = |error| failed(&path, format!("{}{}", advice::explain(error), foreign_header(&token)));
    let jwe = Jwe::parse(&token).map_err(foreign)?;
    progress.work("checking", token.len());
    check_ciphertext(&jwe).map_err(|error| rejected(&path, error))?;
    let report = if as_json { report_json(&token, &jwe) } else { report_text(&token, &jwe) };
    write_with(&[report.as_bytes()], &mut progress)
}

/// What a service sends is often the question, so that a token which isn't for this profile shows its header all the
/// same.
fn foreign_header(token: &[u8]) -> String {
    let header = token.split(|byte| *byte == b'.').next().unwrap_or_default();
    let json = str::from_utf8(header).ok().and_then(|text| Base64UrlUnpadded::decode_vec(text).ok());
    let json = json.and_then(|json| String::from_utf8(json).ok()).filter(|json| json.starts_with('{'));
    json.map(|json| format!("; the header is {}", printable(&json))).unwrap_or_default()
}

/// Parsing leaves the alphabet of the ciphertext to decryption. So try that with a random key: either the text is
/// at fault, or it fails as it has to.
fn check_ciphertext(jwe: &Jwe<'_>) -> Result<(), Error> {
    let result = match jwe.algorithm() {
        Algorithm::Dir => ContentEncryptionKey::generate()?.decrypt(jwe).err(),
        Algorithm::RsaOaep256 => jwe.decrypt_unwrapped(None).err(),
    };
    match result {
        None | Some(Error::Decryption) => Ok(()),
        Some(error) => Err(error),
    }
}

/// Each part with its length in characters, and in bytes once decoded.
fn part_lengths(token: &[u8]) -> impl Iterator<Item = (&'static str, usize, usize)> {
    let lengths = token.split(|byte| *byte == b'.').map(<[u8]>::len);
    PARTS.into_iter().zip(lengths).map(|(name, len)| (name, len, len.saturating_mul(3) / 4))
}

fn report_text(token: &[u8], jwe: &Jwe<'_>) -> String {
    let header = jwe.unverified_header();
    let mut lines = vec![format!("{:<16}{}", "header", header.as_json())];
    for name in ["alg", "enc", "kid", "cty", "typ"] {
        lines.extend(header.string(name).map(|value| format!("{name:<16}{value}")));
    }
    lines.push(format!(
        "{:<16}{}",
        "needs",
        match jwe.algorithm() {
            Algorithm::Dir => "the shared key of 32 bytes".to_owned(),
            Algorithm::RsaOaep256 =>
                format!("an RSA private key with a modulus of {} bytes", jwe.encrypted_key().len()),
        }
    ));
    lines.push(format!("{:<16}{} bytes", "plaintext", jwe.plaintext_len()));
    lines.push(format!("{:<16}{:>12}{:>12}", "part", "characters", "bytes"));
    lines.extend(part_lengths(token).map(|(name, text, bytes)| format!("{name:<16}{text:>12}{bytes:>12}")));
    lines.iter().map(|line| printable(line) + "\n").collect()
}

fn report_json(token: &[u8], jwe: &Jwe<'_>) -> String {
    let header = jwe.unverified_header();
    let parts: Json = part_lengths(token)
        .map(|(name, text, bytes)| (name.to_owned(), json!({ "characters": text, "bytes": bytes })))
        .collect();
    let needs = match jwe.algorithm() {
        Algorithm::Dir => json!({ "kty": "oct", "bytes": ContentEncryptionKey::LEN }),
        Algorithm::RsaOaep256 => json!({ "kty": "RSA", "modulus_bytes": jwe.encrypted_key().len() }),
    };
    let report = json!({
        "alg": jwe.algorithm().name(),
        "enc": header.string("enc"),
        "kid": header.key_id(),
        "cty": header.string("cty"),
        "typ": header.string("typ"),
        // Null if it has a number beyond a double's range; the text is what the sender wrote, to the byte.
        "header": serde_json::from_str::<Json>(header.as_json()).ok(),
        "header_text": header.as_json(),
        "needs": needs,
        "parts": parts,
        "plaintext_bytes": jwe.plaintext_len(),
    });
    printable(&report.to_string()) + "\n"
}

// ---- keys ----

/// Lists the keys of a JWK Set, or a JWK, one a line: the name of each, and what it is good for, or why it is not used.
fn inspect_keys(text: &[u8], as_json: bool) -> Result<String, String> {
    let text = str::from_utf8(text).map_err(|_| advice::explain(KeyError::Json.into()))?;
    let keys: Vec<Json> = entries(text)?.into_iter().map(inspect_key).collect();
    if as_json {
        return Ok(printable(&json!({ "keys": keys }).to_string()) + "\n");
    }
    let column = |key: &Json, name: &str| key.get(name).and_then(Json::as_str).map(str::to_owned);
    let lines = keys.iter().map(|key| {
        let name = column(key, "kid").map_or_else(|| "(no kid)".to_owned(), |kid| format!("kid {kid}"));
        let verdict = match column(key, "usable") {
            Some(usable) => format!("usable: {usable}"),
            None => format!("not usable: {}", column(key, "error").unwrap_or_default()),
        };
        printable(&format!("{name:<23} {verdict}")) + "\n"
    });
    Ok(lines.collect())
}

/// The keys of a JWK Set, each as its JSON, or the one JWK. Nothing of it is copied.
fn entries(text: &str) -> Result<Vec<&RawValue>, String> {
    // The library says best what is wrong with a set. Each of its keys is read later, by itself.
    let not_a_set = KeySet::<EncryptingKey>::from_jwks_with_skipped(text).err();
    let position = |error: serde_json::Error| format!("not JSON: {error}");
    match not_a_set {
        Some(Error::Key(KeyError::UnexpectedFormat(KeyFormat::Jwk))) => {
            serde_json::from_str(text).map(|jwk| vec![jwk]).map_err(position)
        }
        None | Some(Error::Key(KeyError::PrivateInsteadOfPublic)) => {
            let set: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(position)?;
            let keys = set.get("keys").map_or("[]", |keys| keys.get());
            serde_json::from_str(keys).map_err(position)
        }
        Some(error) => Err(format!("neither a token nor a JWK: {}", advice::explain(error))),
    }
}

fn inspect_key(jwk: &RawValue) -> Json {
    let kid = serde_json::from_str::<Json>(jwk.get()).ok().and_then(|jwk| jwk.get("kid")?.as_str().map(str::to_owned));
    match json_key(jwk.get()) {
        Ok(keys) => json!({ "kid": kid, "usable": describe(&keys) }),
        Err(error) => json!({ "kid": kid, "error": advice::explain(error) }),
    }
}

fn describe(keys: &Keys) -> String {
    let (half, key) = match keys {
        Keys::Public(keys) => ("public", keys.only().ok()),
        Keys::Private(keys) => ("private", keys.only().ok().map(AsRef::as_ref)),
        Keys::Shared(_) => return "dir, shared key".to_owned(),
    };
    let details = key.map(|key| format!(", {} bits, thumbprint {}", key.modulus_bits(), key.thumbprint()));
    format!("RSA-OAEP-256, {half} key{}", details.unwrap_or_default())
}

//! Any text as a key in PEM, or in base64 of DER.

use jwe_primitives::{DecryptingKey, EncryptingKey};

use super::{import, reference};

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let public = [EncryptingKey::from_pem(text), EncryptingKey::from_base64_der(text)];
    let private = [DecryptingKey::from_pem(text), DecryptingKey::from_base64_der(text)];
    let accepted = public.iter().filter(|key| key.is_ok()).count() + private.iter().filter(|key| key.is_ok()).count();
    assert!(accepted <= 1, "one text, one kind of key");
    if public[0].is_ok() || private[0].is_ok() {
        block(text).expect("one block under its own label");
    }
    if public[1].is_ok() || private[1].is_ok() {
        base64(text.trim_ascii()).expect("base64 and nothing else");
    }
    public.iter().flatten().for_each(import::public);
    private.iter().flatten().for_each(import::private);
}

/// RFC 7468 taken literally: a block, with base64 under a label that says what is in it. Text may stand in front of it, and
/// nothing but white space behind.
fn block(text: &str) -> Option<()> {
    let text = text.trim_ascii();
    let (before, block) = text.rsplit_once("-----BEGIN ")?;
    let (label, rest) = block.split_once("-----")?;
    if !before.is_empty() && !before.ends_with(['\r', '\n']) {
        return None;
    }
    let body = rest.strip_suffix("-----")?.strip_suffix(label)?.strip_suffix("-----END ")?;
    let der = base64(&body.replace(['\r', '\n'], ""))?;
    // No key of ours is so short that the length of the outermost SEQUENCE takes other than three octets.
    let is_so = match label {
        "PUBLIC KEY" => der.get(4..5)? == [0x30],
        "PRIVATE KEY" => der.get(4..8)? == [2, 1, 0, 0x30],
        "RSA PRIVATE KEY" => der.get(4..8)? == [2, 1, 0, 2],
        label => label == "RSA PUBLIC KEY" && der.get(4..6)? == [2, 0x82],
    };
    is_so.then_some(())
}

/// RFC 4648 section 4, with its padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let unpadded = text.trim_end_matches('=');
    let url_safe = unpadded.contains(['-', '_']);
    if !text.len().is_multiple_of(4) || text.len() - unpadded.len() > 2 || url_safe {
        return None;
    }
    reference::decode(unpadded.replace('+', "-").replace('/', "_").as_bytes())
}

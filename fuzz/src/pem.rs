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
        let text = text.trim_ascii().trim_start_matches('\u{feff}');
        base64(&text.split_ascii_whitespace().collect::<String>()).expect("base64 and blanks");
    }
    public.iter().flatten().for_each(import::public);
    private.iter().flatten().for_each(import::private);
}

/// The lax grammar of RFC 7468 section 3, in another way: one block, each of its boundaries alone on a line, and base64
/// between them, under a label that says what is in it.
fn block(text: &str) -> Option<()> {
    let blank = |character: char| character.is_ascii_whitespace() || character == '\u{feff}';
    let lines: Vec<&str> = text.split(['\r', '\n']).map(|line| line.trim_matches(blank)).collect();
    let begins: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("-----BEGIN ")).collect();
    let [begin] = begins[..] else { return None };
    let label = lines[begin].strip_prefix("-----BEGIN ")?.strip_suffix("-----")?;
    let end = lines.iter().skip(begin).position(|line| *line == format!("-----END {label}-----"))? + begin;
    let body: String = lines[begin + 1..end].concat();
    let der = base64(&body.replace([' ', '\t', '\u{b}', '\u{c}'], ""))?;
    // All of our keys are long enough for the length of the outermost SEQUENCE to take three bytes.
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

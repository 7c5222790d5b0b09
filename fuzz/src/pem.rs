//! Any text as a key in PEM, or in base64 of DER.

use jwe_primitives::{DecryptingKey, EncryptingKey};

use super::import;

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let public = [EncryptingKey::from_pem(text), EncryptingKey::from_base64_der(text)];
    let private = [DecryptingKey::from_pem(text), DecryptingKey::from_base64_der(text)];
    let accepted = public.iter().filter(|key| key.is_ok()).count() + private.iter().filter(|key| key.is_ok()).count();
    assert!(accepted <= 1, "one text, one kind of key");
    public.iter().flatten().for_each(import::public);
    private.iter().flatten().for_each(import::private);
}

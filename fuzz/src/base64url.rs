//! The strict base64url of tokens, against the reference.

use jwe_primitives::internals::{base64url_decode, base64url_encode_in_place};

use super::reference;

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    decodes_as_the_reference(data);
    let text = encodes_as_the_reference(data);
    decodes_as_the_reference(text.as_bytes());
}

fn decodes_as_the_reference(text: &[u8]) {
    let expected = reference::decode(text);
    let len = text.len() * 6 / 8;
    for room in [len, len + 7] {
        let mut out = vec![0xdd; room];
        assert_eq!(base64url_decode(text, &mut out).as_deref(), expected.as_deref(), "room for {room}");
        assert!(out[len..].iter().all(|byte| *byte == 0xdd), "written after the bytes");
    }
    if len > 0 {
        assert_eq!(base64url_decode(text, &mut vec![0; len - 1]), None, "too little room");
    }
}

fn encodes_as_the_reference(bytes: &[u8]) -> String {
    let expected = reference::encode(bytes);
    let mut text = vec![0; expected.len()];
    let start = text.len() - bytes.len();
    text[start..].copy_from_slice(bytes);
    assert_eq!(base64url_encode_in_place(&mut text, bytes.len()), Ok(()));
    assert_eq!(text, expected.as_bytes());
    expected
}

//! The rules for a received header (RFC 7516 section 5.2 steps 3 to 5) for every header of a few members.

use jwe_primitives::internals::header_read;

use crate::reference;
use crate::texts::{Difference, every, same};

const NAMES: [&str; 11] = ["alg", "enc", "crit", "zip", "kid", "typ", "cty", "x", "\\u0061lg", "c\\u0072it", "ALG"];

const VALUES: [&str; 9] =
    ["\"dir\"", "\"RSA-OAEP-256\"", "\"A256GCM\"", "\"d\\u0069r\"", "\"dir \"", "1", "null", "[]", "{\"alg\":1}"];

pub fn prove(everything: bool) -> Result<u64, Difference> {
    let members: Vec<String> =
        NAMES.iter().flat_map(|name| VALUES.iter().map(move |value| format!(",\"{name}\":{value}"))).collect();
    let members: Vec<&[u8]> = members.iter().map(String::as_bytes).collect();
    let most = if everything { 4 } else { 3 };
    let mut count = every(b"{\"\":0", &members, most, b"}", check)?;
    // Headers that are valid so far.
    let valid = b"{\"alg\":\"dir\",\"enc\":\"A256GCM\"";
    count += every(valid, &members, most, b"}", check)?;
    Ok(count)
}

fn check(header: &[u8]) -> Result<(), Difference> {
    let expected = reference::object(header).and_then(|members| reference::rules(&members).map(|_| ()));
    same(header, &header_read(header), &expected)
}

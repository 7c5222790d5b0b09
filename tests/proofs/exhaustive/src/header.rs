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

/// The name of the error, by the rules in their order; empty if there is none.
fn expected(header: &[u8]) -> &'static str {
    let members = match reference::read(header) {
        Ok(members) => members,
        Err(wrong) => return wrong.error(),
    };
    let find = |name: &str| members.iter().find(|member| member.0 == name);
    let string = |name: &str| find(name).and_then(|member| member.2.as_deref());
    let isnt_string = |name: &&str| find(name).is_some_and(|member| member.2.is_none());
    if find("crit").is_some() {
        "Critical"
    } else if find("zip").is_some() {
        "Compression"
    } else if !matches!(string("alg"), Some("dir" | "RSA-OAEP-256")) {
        "UnsupportedAlgorithm"
    } else if string("enc") != Some("A256GCM") {
        "UnsupportedEncryption"
    } else if ["kid", "typ", "cty"].iter().any(isnt_string) {
        "ParameterType"
    } else {
        ""
    }
}

fn check(header: &[u8]) -> Result<(), Difference> {
    let ours = header_read(header).err().map(|error| format!("{error:?}")).unwrap_or_default();
    let expected = expected(header);
    if ours.starts_with(expected) && ours.is_empty() == expected.is_empty() {
        return Ok(());
    }
    same(header, &ours.as_str(), &expected)
}

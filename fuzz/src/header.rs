//! Any bytes as a header, against the reference and `serde_json`.

use jwe_primitives::{Algorithm, Error, Jwe};
use serde_json::Value;

use super::received_header::{self, Member};
use super::reference;

/// # Panics
/// On a finding.
pub fn run(data: &[u8]) {
    let token = [&reference::encode(data), "..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA"].concat();
    let parsed = Jwe::parse(&token);
    if data.len() > 12_288 {
        assert_eq!(parsed.map(|_| ()), Err(Error::HeaderTooLong));
        return;
    }
    let members = received_header::object(data);
    agrees_with_serde_json(data, members.as_deref().map_err(|error| *error));
    let expected = members.and_then(|members| Ok((received_header::rules(&members)?, members)));
    match (parsed, expected) {
        (Ok(jwe), Ok((algorithm, members))) => {
            assert_eq!(jwe.algorithm().name(), algorithm);
            assert_eq!(jwe.require_algorithm(Algorithm::Dir).is_ok(), algorithm == "dir");
            assert_eq!(jwe.unverified_header().as_json().as_bytes(), data);
            views_agree(&jwe, &members);
        }
        (ours, theirs) => assert_eq!(ours.map(|_| ()).err(), theirs.map(|_| ()).err(), "the same error or none"),
    }
}

/// `serde_json` has the grammar, and none of the other rules. So what it takes beyond the reference must break one
/// of those, and what the reference takes beyond it can only be a number that its types don't hold.
fn agrees_with_serde_json(data: &[u8], members: Result<&[Member], Error>) {
    let theirs = serde_json::from_slice::<Value>(data);
    match (members, theirs) {
        (Ok(members), Ok(Value::Object(object))) => {
            assert_eq!(members.len(), object.len());
            for Member { name, json, string } in members {
                assert_eq!(serde_json::from_str::<Value>(json).ok().as_ref(), object.get(name), "{name}");
                assert_eq!(string.as_deref(), object.get(name).and_then(Value::as_str), "{name}");
            }
        }
        (Ok(_), Err(error)) => assert!(error.to_string().starts_with("number out of range"), "{error}"),
        (Err(Error::HeaderSyntax), Ok(Value::Object(_))) => assert!(levels(data) > 16, "only depth"),
        (Err(_), _) => {}
        (members, theirs) => panic!("{members:?} {theirs:?}"),
    }
}

/// How deep a well-formed JSON text nests.
fn levels(json: &[u8]) -> usize {
    let (mut levels, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => levels += 1,
            b'}' | b']' if !quoted => levels -= 1,
            _ => {}
        }
        deepest = deepest.max(levels);
    }
    deepest
}

fn views_agree(jwe: &Jwe<'_>, members: &[Member]) {
    let header = jwe.unverified_header();
    let of = |name: &str| members.iter().find(|member| member.name == name).and_then(|member| member.string.as_deref());
    for Member { name, string, .. } in members {
        assert_eq!(header.string(name).as_deref(), string.as_deref(), "{name}");
    }
    assert_eq!(header.key_id().as_deref(), of("kid"));
    // One name more than any header may have.
    let absent = (0..=64).map(|i| i.to_string()).find(|name| members.iter().all(|member| member.name != *name));
    assert_eq!(header.string(&absent.unwrap_or_default()), None);
    #[cfg(any(fuzzing, jwe_internals))]
    {
        let header = jwe_primitives::internals::header_as_if_verified(jwe);
        for Member { name, json, .. } in members {
            assert_eq!(header.json(name), Some(&**json), "{name}");
        }
        assert_eq!(header.token_type().as_deref(), of("typ"));
        assert_eq!(header.content_type().as_deref(), of("cty"));
    }
}

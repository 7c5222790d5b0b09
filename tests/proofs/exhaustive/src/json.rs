//! The JSON reader against an automaton: what it accepts, the members that it shows, and what is wrong first.

use jwe_primitives::internals::{JsonMember, header_read, json_members, json_members_again};

use crate::reference::{self, Member};
use crate::texts::{Difference, each_below, every, same};

/// What reaches every branch: brackets, delimiters, the parts of numbers and escapes, and a character of two bytes.
const BYTES: [&[u8]; 21] = [
    b"{", b"}", b"[", b"]", b":", b",", b"\"", b"\\", b"u", b"0", b"1", b"-", b"+", b".", b"e", b"E", b"t", b"a", b" ",
    b"\xc3", b"\xa9",
];

/// Whole tokens, so that members and duplicates are reached.
const TOKENS: [&[u8]; 15] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\"a\":",
    b"\"\\u0061\":",
    b"\"b\" :",
    b"1",
    b" ",
    b"\"\\\"]\"",
    b"true",
    b"\"a\"",
    b"\t\n\r",
    b"\x0b",
];

/// Parts of numbers and words.
const SCALARS: [&[u8]; 15] =
    [b"0", b"1", b"9", b"-", b"+", b".", b"e", b"E", b"true", b"false", b"null", b"nul", b" ", b",", b"\xc2\xa0"];

/// Parts of strings.
const STRINGS: [&[u8]; 18] = [
    b"\\",
    b"\"",
    b"/",
    b"u",
    b"b",
    b"n",
    b"0",
    b"d",
    b"D",
    b"8",
    b"c",
    b"\\ud83d",
    b"\\ude00",
    b"plain  8",
    b"\x1f",
    b" ",
    b"\xf0\x9f\x98\x80",
    b"\xed\xa0\x80",
];

pub fn prove(everything: bool) -> Result<u64, Difference> {
    let more = usize::from(everything);
    let mut count = every(b"", &BYTES, 6 + more, b"", check)?;
    count += every(b"{", &BYTES, 5 + more, b"}", check)?;
    count += every(b"{\"\":", &BYTES, 5 + more, b"}", check)?;
    count += every(b"{\"\":[", &BYTES, 4 + more, b"]}", check)?;
    count += every(b"{\"", &BYTES, 5 + more, b"\":0}", check)?;
    count += every(b"", &TOKENS, 6 + more, b"", check)?;
    count += every(b"{\"a\":", &TOKENS, 6 + more, b"}", check)?;
    count += every(b"{\"a\":", &SCALARS, 6 + more, b"}", check)?;
    count += every(b"{\"a\":\"", &STRINGS, 5 + more, b"\"}", check)?;
    count += every(b"{\"\\ud83d\\ude00\":\"", &STRINGS, 3 + more, b"\",\"\xf0\x9f\x98\x80\":1}", check)?;
    count += unicode_escapes(everything)?;
    count += limits()?;
    Ok(count)
}

/// A member as the crate shows it, and as the reference does.
fn is_same(ours: &JsonMember<'_>, reference: &Member) -> bool {
    (&*ours.0, ours.1, ours.2.as_deref()) == (&*reference.name, &*reference.json, reference.string.as_deref())
}

fn check(text: &[u8]) -> Result<(), Difference> {
    let mut shown = Vec::new();
    let accepted = json_members(text, |member| shown.push(member));
    let members = match reference::object(text) {
        Ok(members) => members,
        // Nearly all texts end here.
        Err(error) => return same(text, &(accepted, header_read(text)), &(false, Err(error))),
    };
    same(text, &(accepted, header_read(text)), &(true, reference::rules(&members).map(|_| ())))?;
    same(text, &shown.len(), &members.len())?;
    let all = shown.iter().zip(&members).all(|(ours, reference)| is_same(ours, reference));
    let again: Vec<_> = json_members_again(text).collect();
    same(text, &format!("{shown:?}"), &if all { format!("{shown:?}") } else { format!("{members:?}") })?;
    same(text, &again, &shown)
}

/// Each \uXXXX, in both cases, alone, before and after each kind of half of a pair; or with `everything` each two.
fn unicode_escapes(everything: bool) -> Result<u64, Difference> {
    const EDGES: [u64; 10] = [0, 0x41, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfffe, 0xffff];
    let mut count = each_below(1 << 16, |unit| {
        check(format!("{{\"a\":\"\\u{unit:04x}\"}}").as_bytes())?;
        check(format!("{{\"a\":\"\\u{unit:04X}\"}}").as_bytes())?;
        for edge in EDGES {
            check(format!("{{\"a\":\"\\u{unit:04x}\\u{edge:04X}\"}}").as_bytes())?;
            check(format!("{{\"a\":\"\\u{edge:04x}\\u{unit:04X}\"}}").as_bytes())?;
        }
        Ok(())
    })? * 22;
    if everything {
        // Only pairs of a high half with anything: all others are two that stand alone.
        count += each_below(1 << 26, |number| {
            check(format!("{{\"a\":\"\\u{:04x}\\u{:04x}\"}}", 0xd800 + (number >> 16), number & 0xffff).as_bytes())
        })?;
    }
    // Every two bytes between the halves of a pair, where only `\u` belongs.
    count += each_below(1 << 16, |number| {
        let mut text = *b"{\"a\":\"\\ud83d\\ude00\"}";
        text[12..14].copy_from_slice(&number.to_le_bytes()[..2]);
        check(&text)
    })?;
    // Every byte and every two at the place of digits.
    count += each_below(3 << 16, |number| {
        let mut text = *b"{\"a\":\"\\u0041\"}";
        let at = 8 + usize::try_from(number >> 16).unwrap_or_default();
        text[at..at + 2].copy_from_slice(&number.to_le_bytes()[..2]);
        check(&text)
    })?;
    Ok(count)
}

/// Nesting and names at their limits and one beyond.
fn limits() -> Result<u64, Difference> {
    let mut count = 0;
    for depth in 0..20 {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"b\":", "}]")] {
            check(format!("{{\"a\":{}1{}}}", open.repeat(depth), close.repeat(depth)).as_bytes())?;
            count += 1;
        }
    }
    let names = |count: usize| (0..count).map(|i| format!("\"{i}\":0")).collect::<Vec<_>>().join(",");
    for outer in 0..70 {
        for inner in 0..70 {
            let (outer, inner) = (names(outer), names(inner));
            let comma = if outer.is_empty() { "" } else { "," };
            check(format!("{{{outer}{comma}\"a\":{{{inner}}},\"b\":[{{{inner}}}]}}").as_bytes())?;
            count += 1;
        }
    }
    Ok(count)
}

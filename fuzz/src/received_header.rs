//! A received header by the rules as they are written: JSON (RFC 8259) by an automaton with a stack of open brackets, over
//! code points, then what RFC 7516 demands of the members.
//!
//! The crate's reader descends from rule to rule over bytes. This one knows no rules of values within values: a state
//! says which token may come next. Names are compared as sets of unescaped strings. `tests/proofs/exhaustive` has it, too.

use std::collections::BTreeSet;
use std::ops::Range;

use jwe_primitives::{Error, Jwe, RegisteredName};

/// How deep values may nest, and how many names may be open at once: as the crate documents it.
const MAX_DEPTH: usize = 16;
const MAX_NAMES: usize = 64;

/// A member of the outermost object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name, unescaped.
    pub name: String,
    /// The text of its value.
    pub json: String,
    /// The string that the value is, if it is one.
    pub string: Option<String>,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    Colon,
    CommaOrEnd,
    Nothing,
}

enum Open {
    Object(BTreeSet<String>),
    Array,
}

struct Automaton<'t> {
    text: &'t [u8],
    characters: Vec<(usize, char)>,
    at: usize,
    open: Vec<Open>,
    members: Vec<Member>,
    /// Where the value of an outermost member begins.
    start: usize,
}

/// Reads one object, and nothing but white space around it.
///
/// # Errors
/// As `Jwe::parse` for a header that is not an object by RFC 8259, nests too deep, has too many names or one twice.
pub fn object(text: &[u8]) -> Result<Vec<Member>, Error> {
    let characters = decode_utf8(text).ok_or(Error::HeaderSyntax)?;
    let mut automaton = Automaton { text, characters, at: 0, open: Vec::new(), members: Vec::new(), start: 0 };
    automaton.skip_blanks();
    if automaton.peek() != Some('{') {
        return Err(Error::HeaderSyntax);
    }
    let mut next = automaton.step(Next::Value)?;
    loop {
        automaton.skip_blanks();
        if automaton.peek().is_none() {
            break;
        }
        next = automaton.step(next)?;
    }
    if next == Next::Nothing { Ok(automaton.members) } else { Err(Error::HeaderSyntax) }
}

impl Automaton<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).map(|(_, character)| *character)
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|character| " \t\r\n".contains(character)) {
            self.at += 1;
        }
    }

    /// Where the next character is, in bytes.
    fn place(&self) -> usize {
        self.characters.get(self.at).map_or(self.text.len(), |(place, _)| *place)
    }

    /// Moves over one token. Returns what may come after it.
    fn step(&mut self, next: Next) -> Result<Next, Error> {
        let first = self.peek().ok_or(Error::HeaderSyntax)?;
        match (next, first) {
            (Next::Value | Next::ValueOrEnd, '{') => self.opened(Open::Object(BTreeSet::new()), Next::NameOrEnd),
            (Next::Value | Next::ValueOrEnd, '[') => self.opened(Open::Array, Next::ValueOrEnd),
            (Next::ValueOrEnd | Next::CommaOrEnd, ']') if matches!(self.open.last(), Some(Open::Array)) => {
                Ok(self.closed())
            }
            (Next::NameOrEnd | Next::CommaOrEnd, '}') if matches!(self.open.last(), Some(Open::Object(_))) => {
                Ok(self.closed())
            }
            (Next::Value | Next::ValueOrEnd, _) => self.scalar(first),
            (Next::Name | Next::NameOrEnd, '"') => self.name(),
            (Next::Colon, ':') => {
                self.at += 1;
                self.skip_blanks();
                if self.open.len() == 1 {
                    self.start = self.place();
                }
                Ok(Next::Value)
            }
            (Next::CommaOrEnd, ',') => {
                self.at += 1;
                Ok(if matches!(self.open.last(), Some(Open::Array)) { Next::Value } else { Next::Name })
            }
            _ => Err(Error::HeaderSyntax),
        }
    }

    fn opened(&mut self, open: Open, next: Next) -> Result<Next, Error> {
        if self.open.len() == MAX_DEPTH {
            return Err(Error::HeaderSyntax);
        }
        self.at += 1;
        self.open.push(open);
        Ok(next)
    }

    fn closed(&mut self) -> Next {
        self.at += 1;
        self.open.pop();
        self.after_value(None)
    }

    fn after_value(&mut self, string: Option<String>) -> Next {
        if self.open.len() == 1
            && let Some(member) = self.members.last_mut()
        {
            let end = self.characters.get(self.at - 1).map_or(0, |(place, last)| place + last.len_utf8());
            member.json = String::from_utf8_lossy(&self.text[self.start..end]).into_owned();
            member.string = string;
        }
        if self.open.is_empty() { Next::Nothing } else { Next::CommaOrEnd }
    }

    fn scalar(&mut self, first: char) -> Result<Next, Error> {
        let string = match first {
            '"' => Some(self.string().ok_or(Error::HeaderSyntax)?),
            '-' | '0'..='9' => self.number().map(|()| None).ok_or(Error::HeaderSyntax)?,
            _ => self.word().map(|()| None).ok_or(Error::HeaderSyntax)?,
        };
        Ok(self.after_value(string))
    }

    fn name(&mut self) -> Result<Next, Error> {
        let name = self.string().ok_or(Error::HeaderSyntax)?;
        let names = |open: &Open| if let Open::Object(names) = open { names.len() } else { 0 };
        let open: usize = self.open.iter().map(names).sum();
        if let Some(Open::Object(names)) = self.open.last_mut() {
            if names.contains(&name) {
                return Err(Error::DuplicateParameter(RegisteredName::of(&name)));
            }
            if open == MAX_NAMES {
                return Err(Error::HeaderTooLong);
            }
            names.insert(name.clone());
        }
        if self.open.len() == 1 {
            self.members.push(Member { name, json: String::new(), string: None });
        }
        Ok(Next::Colon)
    }

    /// A string as UTF-16, as the section on escapes has it, and from it the code points.
    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut units = Vec::new();
        loop {
            let character = self.peek()?;
            self.at += 1;
            match character {
                '"' => break,
                '\\' => units.push(self.escape()?),
                '\0'..='\u{1f}' => return None,
                // What isn't escaped is put apart, lest it complete half of a surrogate pair: it never does, because
                // no code point is a surrogate.
                _ => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
            }
        }
        String::from_utf16(&units).ok()
    }

    fn escape(&mut self) -> Option<u16> {
        let character = self.peek()?;
        self.at += 1;
        let simple = [('"', 0x22), ('\\', 0x5c), ('/', 0x2f), ('b', 8), ('f', 12), ('n', 10), ('r', 13), ('t', 9)];
        if let Some((_, unit)) = simple.iter().find(|(escaped, _)| *escaped == character) {
            return Some(*unit);
        }
        if character != 'u' {
            return None;
        }
        let mut unit = 0;
        for _ in 0..4 {
            let digit = "0123456789abcdefABCDEF".find(self.peek()?)?;
            self.at += 1;
            unit = 16 * unit + if digit < 16 { digit } else { digit - 6 };
        }
        u16::try_from(unit).ok()
    }

    /// `[ minus ] int [ frac ] [ exp ]`, by a table of states.
    fn number(&mut self) -> Option<()> {
        // After: 0 nothing, 1 the sign, 2 a leading zero, 3 digits, 4 the point, 5 digits after it, 6 the e, 7 its sign,
        // 8 its digits.
        let mut state = 0;
        while let Some(character) = self.peek() {
            state = match (state, character) {
                (0, '-') => 1,
                (0 | 1, '0') => 2,
                (0 | 1, '1'..='9') | (3, '0'..='9') => 3,
                (2 | 3, '.') => 4,
                (4 | 5, '0'..='9') => 5,
                (2 | 3 | 5, 'e' | 'E') => 6,
                (6, '+' | '-') => 7,
                (6..=8, '0'..='9') => 8,
                _ => break,
            };
            self.at += 1;
        }
        [2, 3, 5, 8].contains(&state).then_some(())
    }

    fn word(&mut self) -> Option<()> {
        let rest: String = self.characters.iter().skip(self.at).take(5).map(|(_, character)| *character).collect();
        let len = ["true", "null", "false"].iter().find(|word| rest.starts_with(**word))?.len();
        self.at += len;
        Some(())
    }
}

/// RFC 3629: code points and where they are, by arithmetic instead of by the standard library.
fn decode_utf8(text: &[u8]) -> Option<Vec<(usize, char)>> {
    let mut characters = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(first) = text.get(at) {
        let (len, range, bits): (usize, Range<u32>, u8) = match first {
            0..=0x7f => (1, 0..0x80, 0x7f),
            0xc0..=0xdf => (2, 0x80..0x800, 0x1f),
            0xe0..=0xef => (3, 0x800..0x1_0000, 0x0f),
            0xf0..=0xf7 => (4, 0x1_0000..0x11_0000, 0x07),
            _ => return None,
        };
        let mut code = u32::from(first & bits);
        for continuation in text.get(at + 1..at + len)? {
            if continuation >> 6 != 2 {
                return None;
            }
            code = code << 6 | u32::from(continuation & 0x3f);
        }
        let character = char::from_u32(code).filter(|_| range.contains(&code))?;
        characters.push((at, character));
        at += len;
    }
    Some(characters)
}

/// The rules for the members of a header, in their documented order. Returns `alg`.
///
/// # Errors
/// As `Jwe::parse`.
pub fn rules(members: &[Member]) -> Result<&'static str, Error> {
    let get = |name| members.iter().find(|member| member.name == name);
    let string = |name| get(name).and_then(|member| member.string.as_deref());
    // An error names a string, and has one name for other values and one for what is absent.
    let found = |name| get(name).map_or_else(absent, |_| RegisteredName::of(string(name).unwrap_or_default()));
    if get("crit").is_some() {
        return Err(Error::Critical);
    }
    if get("zip").is_some() {
        return Err(Error::Compression);
    }
    let algorithm = match string("alg") {
        Some("dir") => "dir",
        Some("RSA-OAEP-256") => "RSA-OAEP-256",
        _ => return Err(Error::UnsupportedAlgorithm(found("alg"))),
    };
    if string("enc") != Some("A256GCM") {
        return Err(Error::UnsupportedEncryption(found("enc")));
    }
    let is_wrong = |member: &&Member| ["kid", "typ", "cty"].contains(&&*member.name) && member.string.is_none();
    match members.iter().find(is_wrong) {
        Some(member) => Err(Error::ParameterType(RegisteredName::of(&member.name))),
        None => Ok(algorithm),
    }
}

/// What an error names in place of what is absent; nothing else makes one.
fn absent() -> RegisteredName {
    // The header is `{}`.
    match Jwe::parse("e30..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA") {
        Err(Error::UnsupportedAlgorithm(name)) => name,
        other => panic!("{other:?}"),
    }
}

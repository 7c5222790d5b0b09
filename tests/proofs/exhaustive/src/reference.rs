//! JSON (RFC 8259) by an automaton with a stack of open brackets, over code points.
//!
//! The crate's reader descends from rule to rule over bytes. This one knows no rules of values within values: a state
//! says which token may come next. Names are compared as sets of unescaped strings.

use std::collections::BTreeSet;
use std::ops::Range;

/// How deep values may nest, and how many names may be open at once: as the crate documents it.
const MAX_DEPTH: usize = 16;
const MAX_NAMES: usize = 64;

/// What is wrong first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    Syntax,
    Duplicate,
    TooManyNames,
}

impl Wrong {
    pub const ALL: [Self; 3] = [Self::Syntax, Self::Duplicate, Self::TooManyNames];

    /// How the text of the crate's error begins, for a header.
    pub const fn error(self) -> &'static str {
        match self {
            Self::Syntax => "HeaderSyntax",
            Self::Duplicate => "Duplicate",
            Self::TooManyNames => "HeaderTooLong",
        }
    }
}

/// A member of the outermost object: its name, the text of its value, and the string that it is, if it is one.
pub type Member = (String, String, Option<String>);

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
pub fn read(text: &[u8]) -> Result<Vec<Member>, Wrong> {
    let characters = decode_utf8(text).ok_or(Wrong::Syntax)?;
    let mut automaton = Automaton { text, characters, at: 0, open: Vec::new(), members: Vec::new(), start: 0 };
    automaton.skip_blanks();
    if automaton.peek() != Some('{') {
        return Err(Wrong::Syntax);
    }
    let mut next = automaton.step(Next::Value)?;
    loop {
        automaton.skip_blanks();
        if automaton.peek().is_none() {
            break;
        }
        next = automaton.step(next)?;
    }
    if next == Next::Nothing { Ok(automaton.members) } else { Err(Wrong::Syntax) }
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
    fn step(&mut self, next: Next) -> Result<Next, Wrong> {
        let first = self.peek().ok_or(Wrong::Syntax)?;
        match (next, first) {
            (Next::Value | Next::ValueOrEnd, '{') => self.opened(Open::Object(BTreeSet::new()), Next::NameOrEnd),
            (Next::Value | Next::ValueOrEnd, '[') => self.opened(Open::Array, Next::ValueOrEnd),
            (Next::ValueOrEnd | Next::CommaOrEnd, ']') if matches!(self.open.last(), Some(Open::Array)) => {
                self.closed()
            }
            (Next::NameOrEnd | Next::CommaOrEnd, '}') if matches!(self.open.last(), Some(Open::Object(_))) => {
                self.closed()
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
            _ => Err(Wrong::Syntax),
        }
    }

    fn opened(&mut self, open: Open, next: Next) -> Result<Next, Wrong> {
        if self.open.len() == MAX_DEPTH {
            return Err(Wrong::Syntax);
        }
        self.at += 1;
        self.open.push(open);
        Ok(next)
    }

    fn closed(&mut self) -> Result<Next, Wrong> {
        self.at += 1;
        self.open.pop();
        Ok(self.after_value(None))
    }

    fn after_value(&mut self, string: Option<String>) -> Next {
        if self.open.len() == 1 {
            if let Some(member) = self.members.last_mut() {
                let end = self.characters.get(self.at - 1).map_or(0, |(place, last)| place + last.len_utf8());
                member.1 = String::from_utf8_lossy(&self.text[self.start..end]).into_owned();
                member.2 = string;
            }
        }
        if self.open.is_empty() { Next::Nothing } else { Next::CommaOrEnd }
    }

    fn scalar(&mut self, first: char) -> Result<Next, Wrong> {
        let string = match first {
            '"' => Some(self.string().ok_or(Wrong::Syntax)?),
            '-' | '0'..='9' => self.number().map(|()| None).ok_or(Wrong::Syntax)?,
            _ => self.word().map(|()| None).ok_or(Wrong::Syntax)?,
        };
        Ok(self.after_value(string))
    }

    fn name(&mut self) -> Result<Next, Wrong> {
        let name = self.string().ok_or(Wrong::Syntax)?;
        let names = |open: &Open| if let Open::Object(names) = open { names.len() } else { 0 };
        let open: usize = self.open.iter().map(names).sum();
        if let Some(Open::Object(names)) = self.open.last_mut() {
            if names.contains(&name) {
                return Err(Wrong::Duplicate);
            }
            if open == MAX_NAMES {
                return Err(Wrong::TooManyNames);
            }
            names.insert(name.clone());
        }
        if self.open.len() == 1 {
            self.members.push((name, String::new(), None));
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

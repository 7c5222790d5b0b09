//! A strict reader (RFC 8259) and writer for one JSON object, without allocation.
//!
//! Stricter than the grammar where a second reading would be possible: a member name twice in one object, a lone
//! surrogate, and anything but white space behind the object are errors, at every depth. Nothing is converted:
//! numbers stay text, strings stay escaped until somebody asks.

use alloc::{borrow::Cow, string::String};
use core::{iter, ops::Range, str::Chars};

/// How deep values may nest, the outermost object being the first level.
const MAX_DEPTH: usize = 16;

/// How many member names may be open at once: those of an object and of the objects around it. It bounds the
/// comparisons that finding a duplicate costs; no header in use comes near it.
const MAX_NAMES: usize = 64;

/// Why a text isn't an object as this module reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    /// Not the grammar of RFC 8259, or too deep.
    Syntax,
    /// A member name twice in one object.
    Duplicate,
    /// More than [`MAX_NAMES`] names.
    TooManyNames,
}

/// A whole JSON object, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object<'a>(&'a str);

/// The inside of a JSON string, checked and still escaped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    inside: &'a str,
    escaped: bool,
}

/// The text of a JSON value, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value<'a>(&'a str);

/// A name and its value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) name: Text<'a>,
    pub(crate) value: Value<'a>,
    /// Where the value is in the text.
    pub(crate) span: Span,
}

/// Where a value is in a text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    pub(crate) fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl<'a> Object<'a> {
    /// Checks that `text` is UTF-8 and one object, in full.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, JsonError> {
        Self::parse_with(text, |_| ())
    }

    /// [`parse`](Self::parse), and shows each member on the way; what was shown counts only if all is well.
    pub(crate) fn parse_with(text: &'a [u8], mut show: impl FnMut(Member<'a>)) -> Result<Self, JsonError> {
        let text = core::str::from_utf8(text).map_err(|_| JsonError::Syntax)?;
        for member in Members::new(text) {
            show(member?);
        }
        Ok(Self(text))
    }

    /// The object in a text that [`parse`](Self::parse) has accepted, without checking it again.
    pub(crate) fn from_validated(text: &'a [u8]) -> Self {
        Self(core::str::from_utf8(text).unwrap_or_default())
    }

    /// The members in their order.
    pub(crate) fn members(self) -> impl Iterator<Item = Member<'a>> {
        Members::new(self.0).filter_map(Result::ok)
    }

    /// The value of the member of this name.
    pub(crate) fn get(self, name: &str) -> Option<Value<'a>> {
        self.members().find(|member| member.name.is(name)).map(|member| member.value)
    }
}

impl<'a> Value<'a> {
    /// Checks that `text` is one value, with nothing before or behind it.
    pub(crate) fn parse(text: &'a str) -> Result<Self, JsonError> {
        let mut reader = Reader::new(text);
        let value = reader.value(1)?;
        if reader.peek().is_none() { Ok(value) } else { Err(JsonError::Syntax) }
    }

    /// The value in a text that was read as one before.
    pub(crate) fn from_validated(text: &'a str) -> Self {
        Self(text)
    }

    /// The value's text, verbatim.
    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }

    /// The string that this value is, if it is one.
    pub(crate) fn as_text(self) -> Option<Text<'a>> {
        self.0.strip_prefix('"')?.strip_suffix('"').map(Text::new)
    }

    /// The text of the number that this value is, if it is one.
    pub(crate) fn as_number(self) -> Option<&'a str> {
        self.0.starts_with(|first: char| first == '-' || first.is_ascii_digit()).then_some(self.0)
    }

    /// The elements of the array that this value is, if it is one.
    pub(crate) fn elements(self) -> Option<impl Iterator<Item = Value<'a>>> {
        let mut reader = Reader::new(self.0.strip_prefix('[')?);
        let mut first = true;
        Some(iter::from_fn(move || {
            let more = reader.another(b']', first).ok()?;
            first = false;
            if more { reader.value(1).ok() } else { None }
        }))
    }
}

impl<'a> Text<'a> {
    fn new(inside: &'a str) -> Self {
        Self { inside, escaped: inside.as_bytes().contains(&b'\\') }
    }

    /// Whether this string is `other`, compared after unescaping, code point by code point.
    pub(crate) fn is(self, other: &str) -> bool {
        match self.plain() {
            Some(plain) => plain == other,
            None => self.chars().eq(other.chars()),
        }
    }

    /// The string, if nothing in it is escaped.
    pub(crate) fn plain(self) -> Option<&'a str> {
        (!self.escaped).then_some(self.inside)
    }

    /// The string, unescaped. It allocates only if something in it is escaped.
    pub(crate) fn to_cow(self) -> Cow<'a, str> {
        match self.plain() {
            Some(plain) => Cow::Borrowed(plain),
            None => Cow::Owned(self.chars().collect()),
        }
    }

    /// The string's code points, unescaped (RFC 8259 section 7).
    fn chars(self) -> impl Iterator<Item = char> {
        let mut rest = self.inside.chars();
        iter::from_fn(move || match rest.next() {
            Some('\\') => escaped(&mut rest).ok(),
            other => other,
        })
    }

    fn same(self, other: Text<'_>) -> bool {
        match (self.plain(), other.plain()) {
            (Some(a), Some(b)) => a == b,
            _ => self.chars().eq(other.chars()),
        }
    }
}

/// What stands behind a backslash.
fn escaped(rest: &mut Chars<'_>) -> Result<char, JsonError> {
    match rest.next() {
        Some(c @ ('"' | '\\' | '/')) => Ok(c),
        Some('b') => Ok('\u{8}'),
        Some('f') => Ok('\u{c}'),
        Some('n') => Ok('\n'),
        Some('r') => Ok('\r'),
        Some('t') => Ok('\t'),
        Some('u') => unicode_escape(rest),
        _ => Err(JsonError::Syntax),
    }
}

/// `\uXXXX`, or two of them that make a surrogate pair. A lone surrogate is no code point.
fn unicode_escape(rest: &mut Chars<'_>) -> Result<char, JsonError> {
    let first = four_hex_digits(rest)?;
    if (0xD800..0xDC00).contains(&first) && rest.next() == Some('\\') && rest.next() == Some('u') {
        let second = four_hex_digits(rest)?;
        let pair = char::decode_utf16([first, second]).next();
        return pair.and_then(Result::ok).ok_or(JsonError::Syntax);
    }
    char::from_u32(first.into()).ok_or(JsonError::Syntax)
}

fn four_hex_digits(rest: &mut Chars<'_>) -> Result<u16, JsonError> {
    let digits = rest.as_str().get(..4).ok_or(JsonError::Syntax)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(JsonError::Syntax);
    }
    *rest = rest.as_str().get(4..).unwrap_or_default().chars();
    u16::from_str_radix(digits, 16).map_err(|_| JsonError::Syntax)
}

/// The members of the object that a text is, each checked when it is reached; the last step checks the end.
struct Members<'a> {
    reader: Reader<'a>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Inside,
    Done,
}

impl<'a> Members<'a> {
    fn new(text: &'a str) -> Self {
        Self { reader: Reader::new(text), state: State::Start }
    }

    fn step(&mut self) -> Result<Option<Member<'a>>, JsonError> {
        let first = self.state == State::Start;
        if first {
            self.reader.white_space();
            self.reader.expect(b'{')?;
            self.state = State::Inside;
        }
        if self.reader.another(b'}', first)? {
            return self.reader.member(0, 1).map(Some);
        }
        self.reader.white_space();
        if self.reader.peek().is_none() { Ok(None) } else { Err(JsonError::Syntax) }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = Result<Member<'a>, JsonError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Done {
            return None;
        }
        let step = self.step();
        if !matches!(step, Ok(Some(_))) {
            self.state = State::Done;
        }
        step.transpose()
    }
}

/// The names of the objects that are open, outermost first, still escaped.
struct Names<'a> {
    names: [&'a str; MAX_NAMES],
    len: usize,
}

impl<'a> Names<'a> {
    fn new() -> Self {
        Self { names: [""; MAX_NAMES], len: 0 }
    }

    /// Adds `name`, unless the object whose names begin at `start` has it already.
    fn add(&mut self, start: usize, name: Text<'a>) -> Result<(), JsonError> {
        let open = self.names.get(start..self.len).unwrap_or_default();
        if open.iter().any(|other| name.same(Text::new(other))) {
            return Err(JsonError::Duplicate);
        }
        let slot = self.names.get_mut(self.len).ok_or(JsonError::TooManyNames)?;
        *slot = name.inside;
        self.len = self.len.saturating_add(1);
        Ok(())
    }
}

/// Reads `text` from octet `at` on, which stands between two characters.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    names: Names<'a>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, names: Names::new() }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Moves over the octets that are `wanted`.
    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.at = self.at.saturating_add(1);
        }
    }

    /// Moves over one octet, if it is this one.
    fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at = self.at.saturating_add(found.into());
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.skip(byte) { Ok(()) } else { Err(JsonError::Syntax) }
    }

    /// What was read since `start`.
    fn since(&self, start: usize) -> Result<&'a str, JsonError> {
        self.text.get(start..self.at).ok_or(JsonError::Syntax)
    }

    /// `ws` of RFC 8259 section 2.
    fn white_space(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// Reads up to the next element of an object or array: over a comma unless it is the `first`, or over `close`.
    /// Says whether there is another.
    fn another(&mut self, close: u8, first: bool) -> Result<bool, JsonError> {
        self.white_space();
        if self.skip(close) {
            return Ok(false);
        }
        if !first {
            self.expect(b',')?;
            self.white_space();
        }
        Ok(true)
    }

    /// A name, a colon and a value, of the object at `depth` whose names begin at `names`.
    fn member(&mut self, names: usize, depth: usize) -> Result<Member<'a>, JsonError> {
        let name = self.string()?;
        self.names.add(names, name)?;
        self.white_space();
        self.expect(b':')?;
        self.white_space();
        let start = self.at;
        let value = self.value(depth.saturating_add(1))?;
        Ok(Member { name, value, span: Span { start, end: self.at } })
    }

    /// A value at `depth`.
    fn value(&mut self, depth: usize) -> Result<Value<'a>, JsonError> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.string().map(|_| ())?,
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.literal()?,
        }
        self.since(start).map(Value)
    }

    fn object(&mut self, depth: usize) -> Result<(), JsonError> {
        check_depth(depth)?;
        self.expect(b'{')?;
        let names = self.names.len;
        let mut first = true;
        while self.another(b'}', first)? {
            self.member(names, depth)?;
            first = false;
        }
        self.names.len = names;
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Result<(), JsonError> {
        check_depth(depth)?;
        self.expect(b'[')?;
        let mut first = true;
        while self.another(b']', first)? {
            self.value(depth.saturating_add(1))?;
            first = false;
        }
        Ok(())
    }

    /// `string` of RFC 8259 section 7.
    fn string(&mut self) -> Result<Text<'a>, JsonError> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.skip_while(|byte| !matches!(byte, 0..=0x1f | b'"' | b'\\'));
            if self.peek() != Some(b'\\') {
                break;
            }
            escaped = true;
            self.escape()?;
        }
        let inside = self.since(start)?;
        self.expect(b'"')?;
        Ok(Text { inside, escaped })
    }

    /// A backslash and what it stands for.
    fn escape(&mut self) -> Result<(), JsonError> {
        let mut rest = self.text.get(self.at.saturating_add(1)..).unwrap_or_default().chars();
        escaped(&mut rest)?;
        self.at = self.text.len().saturating_sub(rest.as_str().len());
        Ok(())
    }

    /// `number` of RFC 8259 section 6: `[ minus ] int [ frac ] [ exp ]`.
    fn number(&mut self) -> Result<(), JsonError> {
        self.skip(b'-');
        if !self.skip(b'0') {
            self.digits()?;
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        if self.skip(b'e') || self.skip(b'E') {
            let _sign = self.skip(b'+') || self.skip(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        self.skip_while(|byte| byte.is_ascii_digit());
        if self.at > start { Ok(()) } else { Err(JsonError::Syntax) }
    }

    /// `false`, `null` or `true` of RFC 8259 section 3.
    fn literal(&mut self) -> Result<(), JsonError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let literal = ["false", "null", "true"].into_iter().find(|literal| rest.starts_with(literal));
        self.at = self.at.saturating_add(literal.ok_or(JsonError::Syntax)?.len());
        Ok(())
    }
}

fn check_depth(depth: usize) -> Result<(), JsonError> {
    if depth > MAX_DEPTH { Err(JsonError::Syntax) } else { Ok(()) }
}

/// Appends `text` as a JSON string, with the escapes that RFC 8259 section 7 demands and no others.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0'..='\u{1f}' => {
                out.push_str("\\u00");
                for shift in [4, 0] {
                    out.extend(char::from_digit((u32::from(c) >> shift) & 15, 16));
                }
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString as _, vec::Vec};

    use super::*;

    fn outcome(text: &str) -> Result<(), JsonError> {
        Object::parse(text.as_bytes()).map(|_| ())
    }

    #[test]
    fn takes_the_grammar_of_rfc_8259() {
        for text in [
            "{}",
            " \t\r\n{ \t\r\n} \t\r\n",
            r#"{"a":1}"#,
            r#"{"a":[],"b":{},"c":[1,[2,{"a":null}]],"d":true,"e":false,"":""}"#,
            r#"{"a":[0,-0,10,-1.5,1e5,1E+5,1e-05,0.0,123456789012345678901234567890.5e+999]}"#,
            r#"{"\"\\\/\b\f\n\r\t\u0000\uD83D\ude00":"\u00e9é😀\ufffe"}"#,
            r#"{"a":{"x":1},"b":{"x":1},"x":[{"x":1},{"x":2}]}"#,
            "{\"\u{7f}\u{80}\u{2028}\":1}",
        ] {
            assert_eq!(outcome(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            " ",
            "null",
            "1",
            "[]",
            "\"\"",
            "{",
            "}",
            "{}{}",
            "{}1",
            "{},",
            "\u{feff}{}",
            "{}\u{a0}",
            "{\u{b}}",
            "{a:1}",
            "{'a':1}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{,"a":1}"#,
            r#"{"a":1,,"b":2}"#,
            r#"{"a" 1}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a":1;"b":2}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":[,1]}"#,
            r#"{"a":[1 2]}"#,
            r#"{"a":[1}"#,
            r#"{"a":{]}"#,
            r#"{"a":{"b":1 "c":2}}"#,
            r#"{"a":[}]"#,
            r#"{"a":1]"#,
            "{1:2}",
            "{null:2}",
            r#"{"a":01}"#,
            r#"{"a":-}"#,
            r#"{"a":+1}"#,
            r#"{"a":.5}"#,
            r#"{"a":1.}"#,
            r#"{"a":1.e5}"#,
            r#"{"a":1e}"#,
            r#"{"a":1e+}"#,
            r#"{"a":0x1}"#,
            r#"{"a":1_0}"#,
            r#"{"a":--1}"#,
            r#"{"a":-01}"#,
            r#"{"a":1e1.5}"#,
            r#"{"a":NaN}"#,
            r#"{"a":Infinity}"#,
            r#"{"a":-Infinity}"#,
            r#"{"a":True}"#,
            r#"{"a":nul}"#,
            r#"{"a":nulll}"#,
            r#"{"a":undefined}"#,
            r#"{"a":١}"#,
            r#"{"a":"}"#,
            r#"{"a":"\"}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\u12"}"#,
            r#"{"a":"\u12g4"}"#,
            r#"{"a":"\u12"#,
            r#"{"a":"\u000é"}"#,
            r#"{"a":"\ud800\u12"}"#,
            r#"{"a":"\u+123"}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"a":"\udc00"}"#,
            r#"{"a":"\ud800\ud800"}"#,
            r#"{"a":"\ud800x"}"#,
            r#"{"a":"\udc00\ud800"}"#,
            r#"{"a":"\ud800\n"}"#,
            r#"{"\ud800":1}"#,
            r#"{"a":"\u00é"}"#,
            r#"{"a":"\U0041"}"#,
            "{\"a\":\"\n\"}",
            "{\"a\":\"\t\"}",
            "{\"a\":\"\0\"}",
            "{\"a\n\":1}",
            "{\"a\":1}\0",
            "{\"a\":1/**/}",
            "{\"a\":1}//",
        ] {
            assert_eq!(outcome(text), Err(JsonError::Syntax), "{text}");
        }
        for bytes in [&b"{\"a\":\"\xff\"}"[..], b"{\"a\":\"\xc0\xaf\"}", b"{\"a\":\"\xed\xa0\x80\"}", b"\xff\xfe{\0}\0"]
        {
            assert_eq!(Object::parse(bytes), Err(JsonError::Syntax));
        }
    }

    #[test]
    fn refuses_a_name_twice_in_one_object_at_any_depth() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"\u0061":3}"#,
            r#"{"\u0061":1,"a":2}"#,
            r#"{"\ud83d\ude00":1,"😀":2}"#,
            r#"{"a\/b":1,"a/b":2}"#,
            r#"{"":1,"":2}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[[{"y":{"a":1,"b":{"a":1},"a":2}}]]}"#,
            r#"{"x":{"a":1},"y":2,"x":3}"#,
        ] {
            assert_eq!(outcome(text), Err(JsonError::Duplicate), "{text}");
        }
        assert_eq!(outcome(r#"{"a":1,"A":2,"a ":3,"aa":4,"á":5,"x":{"a":1}}"#), Ok(()));
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels| [r#"{"a":"#, &"[".repeat(levels), &"]".repeat(levels), "}"].concat();
        assert_eq!(outcome(&nested(15)), Ok(()));
        assert_eq!(outcome(&nested(16)), Err(JsonError::Syntax));
        let nested = |levels| [r#"{"a":"#.repeat(levels), "1".into(), "}".repeat(levels)].concat();
        assert_eq!(outcome(&nested(16)), Ok(()));
        assert_eq!(outcome(&nested(17)), Err(JsonError::Syntax));
        assert_eq!(outcome(&[r#"{"a":"#, &"[".repeat(100_000)].concat()), Err(JsonError::Syntax));
    }

    #[test]
    fn open_names_are_bounded() {
        let members = |count| (0..count).map(|i| format!(r#""{i}":0"#)).collect::<Vec<_>>().join(",");
        assert_eq!(outcome(&format!("{{{}}}", members(64))), Ok(()));
        assert_eq!(outcome(&format!("{{{}}}", members(65))), Err(JsonError::TooManyNames));
        assert_eq!(outcome(&format!(r#"{{"a":{{{}}},"b":{{{}}}}}"#, members(63), members(62))), Ok(()));
        assert_eq!(outcome(&format!(r#"{{"a":{{{}}}}}"#, members(64))), Err(JsonError::TooManyNames));
    }

    #[test]
    fn members_are_found_by_their_unescaped_names() {
        let text = br#" {"\u0061lg" : "x", "b":[1, {"c" : 2}] ,"c":"\u00e9\n", "d":"", "e":1} "#;
        let object = Object::parse(text).unwrap();
        assert_eq!(object.get("alg").unwrap().as_str(), "\"x\"");
        assert_eq!(object.get("b").unwrap().as_str(), r#"[1, {"c" : 2}]"#);
        assert!(matches!(object.get("alg").unwrap().as_text().unwrap().to_cow(), Cow::Borrowed("x")));
        let escaped = object.get("c").unwrap().as_text().unwrap();
        assert_eq!((escaped.to_cow(), escaped.plain()), ("é\n".into(), None));
        assert!(escaped.is("é\n") && !escaped.is("é") && !escaped.is("é\nx"));
        assert_eq!(object.get("d").unwrap().as_text().unwrap().to_cow(), "");
        assert!(
            object.get("e").unwrap().as_text().is_none()
                && object.get("f").is_none()
                && object.get("\\u0061lg").is_none()
        );
        assert_eq!(object.members().count(), 5);
        assert_eq!(Object::from_validated(text), object);
    }

    #[test]
    fn elements_of_an_array() {
        let object = Object::parse(br#"{"a":[ 1 , "b",[2,[3]],{"c":4} ],"b":[],"c":1}"#).unwrap();
        let elements =
            |name| object.get(name).unwrap().elements().map(|all| all.map(Value::as_str).collect::<Vec<_>>());
        assert_eq!(elements("a").unwrap(), ["1", "\"b\"", "[2,[3]]", r#"{"c":4}"#]);
        assert!(elements("b").unwrap().is_empty() && elements("c").is_none());
    }

    #[test]
    fn a_lone_value_has_nothing_around_it() {
        for text in ["1", "\"x\"", "[1, 2]", "{}", "null"] {
            assert_eq!(Value::parse(text).unwrap().as_str(), text);
        }
        for text in ["", " 1", "1 ", "1,2", "1}", "{}{}", "x", r#"{"a":1,"a":1}"#] {
            assert!(Value::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn strings_are_written_as_they_are_read() {
        let every: String = ('\0'..='\u{ff}').chain(['\u{2028}', '\u{ffff}', '😀']).collect();
        let mut text = "{\"a\":".to_string();
        push_string(&mut text, &every);
        text.push('}');
        assert!(
            text.contains(r"\u0000\u0001") && text.contains(r##"\u001f !\"#"##) && text.contains(r"[\\]"),
            "{text}"
        );
        assert_eq!(Object::parse(text.as_bytes()).unwrap().get("a").unwrap().as_text().unwrap().to_cow(), every);
    }

    /// The reader stops where a text stops being an object, though nobody should ask.
    #[test]
    fn nothing_is_found_behind_an_error() {
        for text in [&b""[..], b"\xff", b"{", b"{,\"b\":1}", b"{\"a\":1,,\"b\":1}"] {
            assert_eq!(Object::from_validated(text).get("b"), None);
        }
    }
}

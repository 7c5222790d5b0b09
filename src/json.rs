//! A strict reader (RFC 8259) and writer for one JSON object, without allocation.
//!
//! It is stricter than the grammar where a text could be read in two ways: a member name twice in one object, a lone
//! surrogate, and anything but white space after the object are errors, at every depth. Nothing is converted: numbers
//! stay text, and strings stay escaped until somebody asks.

use alloc::{borrow::Cow, string::String};
use core::{
    cmp::Ordering,
    iter,
    ops::Range,
    slice,
    str::{self, Chars},
};

use zeroize::Zeroizing;

use crate::registered::RegisteredName;

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
    /// This member name twice in one object.
    Duplicate(RegisteredName),
    /// More than [`MAX_NAMES`] names.
    TooManyNames,
}

/// A whole JSON object, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object<'a>(&'a str);

/// The inside of a JSON string, checked and still escaped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a>(&'a str);

/// The text of a JSON value, checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a>(&'a str);

/// What stands where a JSON value belongs, found by its strings and brackets alone.
///
/// - It begins where the value begins, and no string and no bracket in it is left open.
/// - If it passes [`Value::parse`], it is exactly the value that a strict reader of the whole text finds there.
/// - Nothing else is checked: it may be no JSON at all, nest at any depth and have any number of names, twice, too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UncheckedValue<'a>(&'a str);

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

    /// [`parse`](Self::parse), and shows each member on the way; what was shown is meaningful only on `Ok`.
    pub(crate) fn parse_with(text: &'a [u8], mut show: impl FnMut(Member<'a>)) -> Result<Self, JsonError> {
        let text = str::from_utf8(text).map_err(|_| JsonError::Syntax)?;
        Reader::new(text).only_object(|reader, name| {
            show(reader.member(name)?);
            Ok(())
        })?;
        Ok(Self(text))
    }

    /// The object in a text that [`parse`](Self::parse) has accepted, without checking it again.
    pub(crate) fn from_validated(text: &'a [u8]) -> Self {
        Self(str::from_utf8(text).unwrap_or_default())
    }

    /// The members in their order.
    pub(crate) fn members(self) -> impl Iterator<Item = Member<'a>> {
        let mut cursor = Cursor::new(self.0);
        cursor.white_space();
        let mut first = cursor.skip(b'{');
        iter::from_fn(move || cursor.skim_member(&mut first).ok()?)
    }

    /// The value of the member of this name.
    pub(crate) fn get(self, name: &str) -> Option<Value<'a>> {
        self.members().find(|member| member.name.is(name)).map(|member| member.value)
    }
}

impl<'a> Value<'a> {
    /// Checks that `text` is one value, with nothing before or after it.
    pub(crate) fn parse(text: &'a str) -> Result<Self, JsonError> {
        let mut reader = Reader::new(text);
        reader.value(1)?;
        reader.cursor.end().map(|()| Self(text))
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
        Some(Text(self.0.strip_prefix('"')?.strip_suffix('"')?))
    }

    /// The text of the number that this value is, if it is one.
    pub(crate) fn as_number(self) -> Option<&'a str> {
        self.0.starts_with(|first: char| first == '-' || first.is_ascii_digit()).then_some(self.0)
    }

    /// The elements of the array that this value is, if it is one.
    pub(crate) fn elements(self) -> Option<impl Iterator<Item = Value<'a>>> {
        Some(UncheckedValue(self.0).elements()?.map_while(|element| Some(Self(element.ok()?.0))))
    }
}

impl<'a> UncheckedValue<'a> {
    /// The value of the member `name` of the one object that `text` is, unchecked, so that each element of an array can
    /// be accepted or rejected alone; everything else is checked as [`Object::parse`] checks it.
    ///
    /// # Errors
    /// As [`Object::parse`]; [`JsonError::Syntax`] also where the end of the unchecked value can't be found.
    pub(crate) fn of_member(text: &'a [u8], name: &str) -> Result<Option<Self>, JsonError> {
        let text = str::from_utf8(text).map_err(|_| JsonError::Syntax)?;
        let mut found = None;
        Reader::new(text).only_object(|reader, other| {
            if other.is(name) {
                found = Some(Self(reader.cursor.skim()?));
                return Ok(());
            }
            reader.value(2)
        })?;
        Ok(found)
    }

    /// The text, verbatim.
    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }

    /// The elements of the array that this is, if it begins like one, found in one pass through the text.
    ///
    /// What stands between the elements is checked: an error, after which there are no more elements, is a bracket that
    /// doesn't match, or a comma too many or too few. If no element is an error and each passes [`Value::parse`], the
    /// array is one by RFC 8259, with these elements.
    pub(crate) fn elements(self) -> Option<impl Iterator<Item = Result<Self, JsonError>>> {
        let mut cursor = Cursor::new(self.0);
        let (mut first, mut more) = (true, cursor.skip(b'['));
        more.then_some(iter::from_fn(move || {
            let element = more.then(|| cursor.skim_element(&mut first).transpose())?;
            more = matches!(element, Some(Ok(_)));
            element
        }))
    }
}

impl<'a> Text<'a> {
    /// Whether this string is `other`, compared after unescaping, code point by code point.
    pub(crate) fn is(self, other: &str) -> bool {
        // An escape is longer than what it stands for.
        match self.0.len().cmp(&other.len()) {
            Ordering::Less => false,
            Ordering::Equal => self.0 == other && self.plain().is_some(),
            Ordering::Greater => self.chars().eq(other.chars()),
        }
    }

    /// The string, if nothing in it is escaped.
    pub(crate) fn plain(self) -> Option<&'a str> {
        let mut cursor = Cursor::new(self.0);
        cursor.skip_plain();
        cursor.end().ok().map(|()| self.0)
    }

    /// The string, unescaped. It allocates only if something in it is escaped.
    pub(crate) fn to_cow(self) -> Cow<'a, str> {
        match self.plain() {
            Some(plain) => Cow::Borrowed(plain),
            None => Cow::Owned(self.chars().collect()),
        }
    }

    /// The string, unescaped, in memory that is zeroized on drop. It never grows, which would leave a copy.
    pub(crate) fn to_zeroizing(self) -> Zeroizing<String> {
        let mut unescaped = Zeroizing::new(String::with_capacity(self.0.len()));
        unescaped.extend(self.chars());
        unescaped
    }

    /// The string's code points, unescaped (RFC 8259 section 7).
    fn chars(self) -> impl Iterator<Item = char> {
        let mut rest = self.0.chars();
        iter::from_fn(move || match rest.next() {
            Some('\\') => read_escape(&mut rest).ok(),
            other => other,
        })
    }

    pub(crate) fn same(self, other: Text<'_>) -> bool {
        match (self.plain(), other.plain()) {
            (Some(a), Some(b)) => a == b,
            _ => self.chars().eq(other.chars()),
        }
    }
}

/// Reads what stands after a backslash.
fn read_escape(rest: &mut Chars<'_>) -> Result<char, JsonError> {
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

/// Reads `\uXXXX`, or two of them that make a surrogate pair. A lone surrogate is no code point.
fn unicode_escape(rest: &mut Chars<'_>) -> Result<char, JsonError> {
    let first = four_hex_digits(rest)?;
    if (0xD800..0xDC00).contains(&first) && rest.next() == Some('\\') && rest.next() == Some('u') {
        let second = four_hex_digits(rest)?;
        let pair = char::decode_utf16([first, second]).next();
        return pair.and_then(Result::ok).ok_or(JsonError::Syntax);
    }
    char::from_u32(first.into()).ok_or(JsonError::Syntax)
}

/// Computes without a branch and without a table for each digit, because the text of a key may be escaped, too.
fn four_hex_digits(rest: &mut Chars<'_>) -> Result<u16, JsonError> {
    let (digits, after) = rest.as_str().split_at_checked(4).ok_or(JsonError::Syntax)?;
    *rest = after.chars();
    digits.bytes().try_fold(0_u16, |value, digit| Some(value << 4 | hex_digit(digit)?)).ok_or(JsonError::Syntax)
}

fn hex_digit(digit: u8) -> Option<u16> {
    let decimal = digit.wrapping_sub(b'0');
    let letter = (digit | 0x20).wrapping_sub(b'a');
    let mask = |value: u8, bound: u8| u8::from(value < bound).wrapping_neg();
    let (is_decimal, is_letter) = (mask(decimal, 10), mask(letter, 6));
    let value = (decimal & is_decimal) | (letter.wrapping_add(10) & is_letter);
    (is_decimal | is_letter != 0).then_some(value.into())
}

/// Reads a text from its beginning on. `rest` is what is still to be read, and begins between two characters.
struct Cursor<'a> {
    text: &'a str,
    rest: slice::Iter<'a, u8>,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, rest: text.as_bytes().iter() }
    }

    fn peek(&self) -> Option<u8> {
        self.rest.as_slice().first().copied()
    }

    fn next(&mut self) -> Option<u8> {
        self.rest.next().copied()
    }

    /// How much of the text has been read, in bytes.
    fn position(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

    /// What was read since `start`.
    fn since(&self, start: usize) -> Result<&'a str, JsonError> {
        self.text.get(start..self.position()).ok_or(JsonError::Syntax)
    }

    /// Where [that](Self::since) is.
    fn span(&self, start: usize) -> Span {
        Span { start, end: self.position() }
    }

    /// Moves over `len` bytes.
    fn advance(&mut self, len: usize) {
        self.rest = self.rest.as_slice().get(len..).unwrap_or_default().iter();
    }

    /// Moves over the bytes that are `wanted`.
    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.next();
        }
    }

    /// Moves over one byte, if it is this one.
    fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.skip(byte) { Ok(()) } else { Err(JsonError::Syntax) }
    }

    /// Checks that all of the text has been read.
    fn end(&self) -> Result<(), JsonError> {
        if self.peek().is_none() { Ok(()) } else { Err(JsonError::Syntax) }
    }

    /// `ws` of RFC 8259 section 2.
    fn white_space(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// Reads up to the next element of an object or array: over a comma unless it is the `first`, or over `close`.
    /// Returns whether there is another.
    fn next_element(&mut self, close: u8, first: &mut bool) -> Result<bool, JsonError> {
        self.white_space();
        if self.skip(close) {
            return Ok(false);
        }
        if !*first {
            self.expect(b',')?;
            self.white_space();
        }
        *first = false;
        Ok(true)
    }

    /// The colon between a name and its value.
    fn colon(&mut self) -> Result<(), JsonError> {
        self.white_space();
        self.expect(b':')?;
        self.white_space();
        Ok(())
    }

    /// Moves over the bytes that are [plain](is_plain), eight at a time where all of them are.
    ///
    /// By branches alone: what stands there may be secret, so no place in the text may be computed from it.
    fn skip_plain(&mut self) {
        while self.rest.as_slice().first_chunk().is_some_and(|eight| all_plain(u64::from_le_bytes(*eight))) {
            self.advance(8);
        }
        self.skip_while(is_plain);
    }

    /// `string` of RFC 8259 section 7.
    fn string(&mut self) -> Result<(), JsonError> {
        self.expect(b'"')?;
        loop {
            self.skip_plain();
            match self.next() {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.escape()?,
                _ => return Err(JsonError::Syntax),
            }
        }
    }

    /// What stands after a backslash. Hardly any header has one.
    #[cold]
    fn escape(&mut self) -> Result<(), JsonError> {
        let mut rest = self.text.get(self.position()..).unwrap_or_default().chars();
        read_escape(&mut rest)?;
        self.rest = rest.as_str().as_bytes().iter();
        Ok(())
    }

    /// `string` of RFC 8259 section 7, and its inside.
    fn text(&mut self) -> Result<Text<'a>, JsonError> {
        let start = self.position().saturating_add(1);
        self.string()?;
        self.text.get(start..self.position().saturating_sub(1)).map(Text).ok_or(JsonError::Syntax)
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
        let before = self.rest.len();
        self.skip_while(|byte| byte.is_ascii_digit());
        if self.rest.len() < before { Ok(()) } else { Err(JsonError::Syntax) }
    }

    /// `false`, `null` or `true` of RFC 8259 section 3.
    fn literal(&mut self) -> Result<(), JsonError> {
        let rest = self.rest.as_slice();
        let literal = [&b"false"[..], b"null", b"true"].into_iter().find(|literal| rest.starts_with(literal));
        self.advance(literal.ok_or(JsonError::Syntax)?.len());
        Ok(())
    }
}

/// Finds where values end without checking them, for text that was checked before and for [`UncheckedValue`].
impl<'a> Cursor<'a> {
    /// The next member of an object, whose brace was read.
    fn skim_member(&mut self, first: &mut bool) -> Result<Option<Member<'a>>, JsonError> {
        if !self.next_element(b'}', first)? {
            return Ok(None);
        }
        let name = self.text()?;
        self.colon()?;
        let start = self.position();
        let value = Value(self.skim()?);
        Ok(Some(Member { name, value, span: self.span(start) }))
    }

    /// The next element of an array, whose bracket was read. Nothing is left after the last one, because the text ends
    /// with the bracket that closes the array.
    fn skim_element(&mut self, first: &mut bool) -> Result<Option<UncheckedValue<'a>>, JsonError> {
        if self.next_element(b']', first)? { self.skim().map(UncheckedValue).map(Some) } else { Ok(None) }
    }

    /// Moves over a value: a string, what stands in brackets, or whatever else there is before the next delimiter.
    fn skim(&mut self) -> Result<&'a str, JsonError> {
        let start = self.position();
        match self.peek() {
            Some(b'"') => self.skim_string()?,
            Some(b'[' | b'{') => self.skim_brackets()?,
            _ => self.skim_scalar()?,
        }
        self.since(start)
    }

    /// Moves over a string up to the quotation mark that ends it.
    fn skim_string(&mut self) -> Result<(), JsonError> {
        self.expect(b'"')?;
        loop {
            self.skip_plain();
            match self.next().ok_or(JsonError::Syntax)? {
                b'"' => return Ok(()),
                b'\\' => _ = self.next(),
                _control => (),
            }
        }
    }

    /// Moves over brackets and all between them. Which ends which is for a check to say: a counter is the only state,
    /// so that no depth of nesting costs more than its length.
    fn skim_brackets(&mut self) -> Result<(), JsonError> {
        let mut open = 0_usize;
        loop {
            match self.peek().ok_or(JsonError::Syntax)? {
                b'"' => self.skim_string()?,
                byte => {
                    self.next();
                    open = open.saturating_add(matches!(byte, b'[' | b'{').into());
                    open = open.saturating_sub(matches!(byte, b']' | b'}').into());
                }
            }
            if open == 0 {
                return Ok(());
            }
        }
    }

    fn skim_scalar(&mut self) -> Result<(), JsonError> {
        let before = self.rest.len();
        self.skip_while(|byte| !matches!(byte, b'"' | b'[' | b']' | b'{' | b'}' | b',' | b':' | 0..=b' '));
        if self.rest.len() < before { Ok(()) } else { Err(JsonError::Syntax) }
    }
}

/// Whether a byte stands for itself in a string: it is no quotation mark, no backslash and no control character.
fn is_plain(byte: u8) -> bool {
    !matches!(byte, 0..=0x1f | b'"' | b'\\')
}

/// Whether all of eight bytes are [plain](is_plain). A subtraction sets the highest bit of each byte below what it
/// subtracts; a borrow can set another's, but then there is one.
fn all_plain(bytes: u64) -> bool {
    const EACH: u64 = u64::MAX / 0xff;
    let below = |bytes: u64, bound: u64| bytes.wrapping_sub(EACH.wrapping_mul(bound)) & !bytes;
    let equal = |byte: u8| below(bytes ^ EACH.wrapping_mul(byte.into()), 1);
    (below(bytes, 0x20) | equal(b'"') | equal(b'\\')) & EACH.wrapping_mul(0x80) == 0
}

/// The names of the objects that are open, outermost first, still escaped.
struct Names<'a> {
    names: [Option<Text<'a>>; MAX_NAMES],
    len: usize,
}

impl<'a> Names<'a> {
    /// Adds `name`, unless the object whose names begin at `start` has it already.
    fn add(&mut self, start: usize, name: Text<'a>) -> Result<(), JsonError> {
        let open = self.names.get(start..self.len).unwrap_or_default();
        if open.iter().flatten().any(|other| name.same(*other)) {
            return Err(JsonError::Duplicate(RegisteredName::find(|known| name.is(known))));
        }
        *self.names.get_mut(self.len).ok_or(JsonError::TooManyNames)? = Some(name);
        self.len = self.len.saturating_add(1);
        Ok(())
    }
}

/// Reads and checks values.
struct Reader<'a> {
    cursor: Cursor<'a>,
    names: Names<'a>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { cursor: Cursor::new(text), names: Names { names: [None; MAX_NAMES], len: 0 } }
    }

    /// One object with nothing but white space around it.
    fn only_object(
        &mut self,
        read_value: impl FnMut(&mut Self, Text<'a>) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.cursor.white_space();
        self.object(1, read_value)?;
        self.cursor.white_space();
        self.cursor.end()
    }

    /// The member whose name and colon were read, of the outermost object.
    fn member(&mut self, name: Text<'a>) -> Result<Member<'a>, JsonError> {
        let start = self.cursor.position();
        self.value(2)?;
        Ok(Member { name, value: Value(self.cursor.since(start)?), span: self.cursor.span(start) })
    }

    /// Moves over a value at `depth`.
    fn value(&mut self, depth: usize) -> Result<(), JsonError> {
        match self.cursor.peek() {
            Some(b'"') => self.cursor.string(),
            Some(b'{') => self.object(depth, |reader, _| reader.value(depth.saturating_add(1))),
            Some(b'[') => self.array(depth),
            Some(b'-' | b'0'..=b'9') => self.cursor.number(),
            _ => self.cursor.literal(),
        }
    }

    /// An object at `depth`; `read_value` gets the name of each member when its value is next.
    fn object(
        &mut self,
        depth: usize,
        mut read_value: impl FnMut(&mut Self, Text<'a>) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        check_depth(depth)?;
        self.cursor.expect(b'{')?;
        let start = self.names.len;
        let mut first = true;
        while self.cursor.next_element(b'}', &mut first)? {
            let name = self.cursor.text()?;
            self.names.add(start, name)?;
            self.cursor.colon()?;
            read_value(self, name)?;
        }
        self.names.len = start;
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Result<(), JsonError> {
        check_depth(depth)?;
        self.cursor.expect(b'[')?;
        let mut first = true;
        while self.cursor.next_element(b']', &mut first)? {
            self.value(depth.saturating_add(1))?;
        }
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
#[allow(clippy::arithmetic_side_effects, reason = "small numbers in a test")]
mod tests {
    use alloc::{format, string::ToString as _, vec, vec::Vec};

    use super::*;

    fn outcome(text: &str) -> Result<(), JsonError> {
        Object::parse(text.as_bytes()).map(|_| ())
    }

    #[test]
    fn accepts_the_grammar_of_rfc_8259() {
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
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn rejects_everything_else() {
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
    fn rejects_a_duplicate_name_in_one_object_at_any_depth() {
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
            assert!(matches!(outcome(text), Err(JsonError::Duplicate(_))), "{text}");
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
    fn plain_bytes_are_counted_up_to_the_first_that_is_not() {
        let plain = |text: &[u8]| {
            let mut cursor = Cursor { text: "", rest: text.iter() };
            cursor.skip_plain();
            text.len() - cursor.rest.len()
        };
        // What comes after the first one must not matter, and neither must its neighbors in the alphabet.
        let others = [0, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x5b, 0x5c, 0x5d, 0x7f, 0x80, 0xa2, 0xdc, 0xff];
        for len in 0..20 {
            assert_eq!(plain(&vec![0x80; len]), len);
            for (at, byte, other) in (0..len)
                .flat_map(|at| (0..=0xff).map(move |byte| (at, byte)))
                .flat_map(|(at, byte)| others.into_iter().map(move |other| (at, byte, other)))
            {
                let mut text = vec![other; len];
                text[..at].fill(b'!');
                text[at] = byte;
                let expected = text.iter().position(|byte| *byte < 0x20 || b"\"\\".contains(byte)).unwrap_or(len);
                assert_eq!(plain(&text), expected, "{text:x?}");
            }
        }
    }

    /// Near-JSON, the same with each run: pieces of JSON, and whole texts with pieces lost, doubled or changed.
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn near_json(count: usize) -> impl Iterator<Item = String> {
        const PIECES: [&str; 32] = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            " ",
            "\n",
            "\"a\"",
            "\"b\"",
            "\"\\u0061\"",
            "\"\\ud83d\\ude00\"",
            "\"😀\"",
            "\"\\\\\"",
            "\"\\\"}\"",
            "\"a long string, with ] in it\"",
            "\"\\udc00\"",
            "\"\t\"",
            "0",
            "1",
            "-",
            ".5",
            "1e-0",
            "true",
            "null",
            "tru",
            "{}",
            "[]",
            "\"a\":",
            "\"b\":[",
        ];
        const WHOLE: [&[&str]; 4] = [
            &["{", "\"a\"", ":", "1", ",", "\"b\"", ":", "[", "true", ",", "{", "}", "]", "}"],
            &["{", "\"a\":", "{", "\"a\":", "[", "\"\\\"}\"", ",", "-", "1", ".5", "]", "}", "}"],
            &["{", "\"b\":[", "\"a\"", ",", "{", "\"\\u0061\"", ":", "null", "}", "]", " ", "}"],
            &["{", "\"😀\"", ":", "{", "}", ",", "\"b\"", ":", "\"\\ud83d\\ude00\"", ",", "\"a\":", "[]", "}"],
        ];
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut below = move |bound: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap() % bound
        };
        (0..count).map(move |_| {
            let mut pieces = WHOLE[below(4)].to_vec();
            for _ in 0..below(4) {
                let at = below(pieces.len());
                match below(4) {
                    0 => drop(pieces.remove(at)),
                    1 => pieces.insert(at, PIECES[below(32)]),
                    2 => pieces.insert(at, pieces[below(pieces.len())]),
                    _ => pieces[at] = PIECES[below(32)],
                }
            }
            pieces.concat()
        })
    }

    /// Whether `serde_json` reads an object of distinct names there; no string of [`near_json`] has a colon in it.
    fn serde_json_accepts(text: &str) -> bool {
        fn members(value: &serde_json::Value) -> usize {
            match value {
                serde_json::Value::Array(elements) => elements.iter().map(members).sum(),
                serde_json::Value::Object(object) => object.values().map(|value| 1 + members(value)).sum(),
                _ => 0,
            }
        }
        serde_json::from_str(text)
            .is_ok_and(|value: serde_json::Value| value.is_object() && members(&value) == text.matches(':').count())
    }

    #[test]
    fn accepts_what_another_strict_reader_accepts() {
        let (mut accepted, mut duplicates) = (0, 0);
        for text in near_json(50_000) {
            assert_eq!(outcome(&text).is_ok(), serde_json_accepts(&text), "{text}");
            accepted += usize::from(outcome(&text).is_ok());
            duplicates += usize::from(matches!(outcome(&text), Err(JsonError::Duplicate(_))));
        }
        assert!(accepted > 5_000 && accepted < 45_000 && duplicates > 100, "{accepted} {duplicates}");
    }

    fn unchecked(set: &str) -> Option<Vec<Result<&str, JsonError>>> {
        let elements = UncheckedValue::of_member(set.as_bytes(), "keys").unwrap().unwrap().elements()?;
        Some(elements.map(|element| element.map(UncheckedValue::as_str)).collect())
    }

    #[test]
    fn an_unchecked_element_is_rejected_alone() {
        let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
        let many = format!("{{{}}}", (0..65).map(|i| format!("\"{i}\":0")).collect::<Vec<_>>().join(","));
        let entries =
            [r#"{"a":1}"#, &deep, r#"{"a":1,"a":2}"#, &many, r#"{"]":"\"]","}":["\\"]}"#, r#"{"a":[}}"#, "nul", "-"];
        let set = format!("{{\"a\":[{{}}], \"k\\u0065ys\" : [ {} ] , \"b\":{{\"keys\":1}}}}", entries.join(" , "));
        assert_eq!(unchecked(&set).unwrap(), entries.map(Ok));
        let checks = entries.map(|entry| Value::parse(entry).map(|_| ()));
        let syntax = Err(JsonError::Syntax);
        let duplicate = Err(JsonError::Duplicate(RegisteredName::of("a")));
        let expected = [Ok(()), syntax, duplicate, Err(JsonError::TooManyNames), Ok(()), syntax, syntax, syntax];
        assert_eq!(checks, expected);
    }

    #[test]
    fn an_array_of_unchecked_elements_is_checked_between_them() {
        for (array, good) in [
            ("[1,,2]", 1),
            ("[1,]", 1),
            ("[,1]", 0),
            ("[,]", 0),
            ("[1 2]", 1),
            ("[1\"a\"]", 1),
            ("[{}{}]", 1),
            ("[1:2]", 1),
            ("[:1]", 0),
            ("[1}", 1),
            ("[[1}}", 1),
        ] {
            let set = format!("{{\"keys\":{array}}}");
            let elements = unchecked(&set).unwrap();
            assert_eq!(elements.iter().filter(|element| element.is_ok()).count(), good, "{array}");
            assert_eq!(elements.last(), Some(&Err(JsonError::Syntax)), "{array}");
        }
        assert_eq!(unchecked(r#"{"keys":[ ]}"#), Some([].into()));
        for other in ["1", "{}", "\"[]\"", "null"] {
            assert_eq!(unchecked(&format!("{{\"keys\":{other}}}")), None, "{other}");
        }
    }

    #[test]
    fn everything_around_an_unchecked_value_is_checked() {
        let outcome = |text: &str| UncheckedValue::of_member(text.as_bytes(), "keys").map(|found| found.is_some());
        assert_eq!(outcome(r#" {"a":1,"keys":[x]} "#), Ok(true));
        assert_eq!(outcome(r#"{"a":{"keys":1}}"#), Ok(false));
        let duplicate = |name| Err(JsonError::Duplicate(RegisteredName::of(name)));
        assert_eq!(outcome(r#"{"keys":[],"k\u0065ys":[]}"#), duplicate("keys"));
        assert_eq!(outcome(r#"{"keys":[],"a":{"e":1,"e":1}}"#), duplicate("e"));
        assert_eq!(outcome(r#"{"keys":[],"a":{"b":1,"b":1}}"#), duplicate("b"));
        for text in [
            "",
            "[]",
            r#"{"keys":[]"#,
            r#"{"keys":[}"#,
            r#"{"keys":["]}"#,
            r#"{"keys":["\"]}"#,
            r#"{"keys":[]]}"#,
            r#"{"keys":}"#,
            r#"{"keys":,"a":1}"#,
            r#"{"keys":[],}"#,
            r#"{"keys":[]"a":1}"#,
            r#"{"keys":[]}{}"#,
            r#"{"keys":[],"a":x}"#,
            r#"{"keys" []}"#,
            r#"{"keys":"a}"#,
        ] {
            assert_eq!(outcome(text), Err(JsonError::Syntax), "{text}");
        }
        assert_eq!(UncheckedValue::of_member(b"{\"keys\":[\"\xff\"]}", "keys").map(|_| ()), Err(JsonError::Syntax));
    }

    /// What [`UncheckedValue::elements`] promises: with each element checked, the array is checked.
    #[test]
    fn checked_elements_make_a_checked_array() {
        let mut arrays = 0;
        for text in near_json(50_000) {
            let set = format!("{{\"keys\":[{text},1]}}");
            let strict = Object::parse(set.as_bytes()).ok();
            let strict = strict.and_then(|set| set.get("keys")?.elements().map(|all| all.map(Value::as_str).collect()));
            let found = UncheckedValue::of_member(set.as_bytes(), "keys").ok().flatten();
            let checked = found.and_then(|array| {
                array
                    .elements()?
                    .map(|element| Some(Value::parse(element.ok()?.as_str()).ok()?.as_str()))
                    .collect::<Option<Vec<_>>>()
            });
            arrays += usize::from(strict.as_ref().is_some_and(|elements: &Vec<_>| elements.len() > 1));
            assert_eq!(checked, strict, "{set}");
        }
        assert!(arrays > 5_000 && arrays < 45_000, "{arrays}");
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
    fn nothing_is_found_after_an_error() {
        for text in [&b""[..], b"\xff", b"{", b"{,\"b\":1}", b"{\"a\":1,,\"b\":1}"] {
            assert!(Object::from_validated(text).get("b").is_none());
        }
    }
}

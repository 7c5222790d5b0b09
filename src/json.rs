//! A strict reader (RFC 8259) and writer for one JSON object, without allocation.
//!
//! It is stricter than the grammar where a text could be read in two ways: a duplicate member name in an object, a lone
//! surrogate, and anything but white space after the object are errors, at every depth. Nothing is converted: numbers
//! stay text, and strings stay escaped until a caller asks.
//!
//! A hostile text costs about what an ordinary one of its length and shape does: `benches/instructions.sh` fails at four
//! times as much.

use alloc::{borrow::Cow, string::String};
use core::{cmp::Ordering, iter, ops::Range, slice, str};

use zeroize::Zeroizing;

use crate::limits::Limits;
use crate::registered::RegisteredName;

/// How many bytes of different names with the same fingerprint are compared. Names have the same fingerprint only if
/// somebody searched for them, and the comparison is what such a text would make expensive.
const MAX_COMPARED: usize = 1024;

/// Why a text is not an object as this module reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    /// It does not follow the grammar of RFC 8259, or nests too deep.
    Syntax,
    /// It does not follow the grammar: a comma stands before a closing brace or bracket.
    TrailingComma,
    /// An object has this duplicate member name.
    Duplicate(RegisteredName),
    /// More than [`Limits::MAX_MEMBERS`] names are open, or more than [`MAX_COMPARED`] bytes of them had to be compared.
    TooManyNames,
}

/// A whole JSON object, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object<'a>(&'a str);

/// The inside of a JSON string, checked and still escaped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a>(&'a str);

/// The name of a member, checked and still escaped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'a> {
    text: Text<'a>,
    /// The [`fingerprint`] of the name after unescaping, so that comparing names costs the same however they are escaped.
    fingerprint: u64,
}

/// The text of a JSON value, checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a>(&'a str);

/// What stands where a JSON value belongs, found by its strings and brackets alone.
///
/// - It begins where the value begins, and no string and no bracket in it is left open.
/// - If it passes [`Value::parse`], it is exactly the value that a strict reader of the whole text finds there.
/// - Nothing else is checked: it may not be JSON, may nest to any depth and may repeat names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UncheckedValue<'a>(&'a str);

/// A name and its value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) name: Name<'a>,
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
    /// Checks that all of `text` is UTF-8 and one object.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, JsonError> {
        Self::parse_with(text, |_| ())
    }

    /// Does what [`parse`](Self::parse) does, and shows each member as soon as it is read. What the visitor saw is
    /// meaningful only on `Ok`.
    pub(crate) fn parse_with(text: &'a [u8], mut show: impl FnMut(Member<'a>)) -> Result<Self, JsonError> {
        let text = str::from_utf8(text).map_err(|_| JsonError::Syntax)?;
        Reader::new(text).only_object(|reader, name| {
            show(reader.member(name)?);
            Ok(())
        })?;
        Ok(Self(text))
    }

    /// Returns the object in a text that [`parse`](Self::parse) has accepted, without checking it again.
    pub(crate) fn from_validated(text: &'a [u8]) -> Self {
        Self(str::from_utf8(text).unwrap_or_default())
    }

    /// Returns the members in their order.
    pub(crate) fn members(self) -> impl Iterator<Item = Member<'a>> {
        let mut cursor = Cursor::new(self.0);
        cursor.white_space();
        let mut first = cursor.skip(b'{');
        iter::from_fn(move || cursor.skim_member(&mut first).ok()?)
    }

    /// Returns the value of the member of this name.
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

    /// Returns the value in a text that was already read as one.
    pub(crate) fn from_validated(text: &'a str) -> Self {
        Self(text)
    }

    /// Returns the value's text, verbatim.
    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }

    /// Returns the value as a string, if it is one.
    pub(crate) fn as_text(self) -> Option<Text<'a>> {
        Some(Text(self.0.strip_prefix('"')?.strip_suffix('"')?))
    }

    /// Returns the text of the value, if it is a number.
    pub(crate) fn as_number(self) -> Option<&'a str> {
        self.0.starts_with(|first: char| first == '-' || first.is_ascii_digit()).then_some(self.0)
    }

    /// Returns the elements of the value, if it is an array.
    pub(crate) fn elements(self) -> Option<impl Iterator<Item = Value<'a>>> {
        Some(UncheckedValue(self.0).elements()?.map_while(|element| Some(Self(element.ok()?.0))))
    }

    /// Returns the elements of the value, if it is an array. An element is an error if it is not a string, if it is a
    /// duplicate, or if [`Limits::MAX_MEMBERS`] others precede it.
    pub(crate) fn distinct_strings(self) -> Option<impl Iterator<Item = Result<Text<'a>, JsonError>>> {
        let mut names = Names::new();
        Some(self.elements()?.map(move |element| {
            let name = Cursor::new(element.0).name()?;
            names.add(0, name)?;
            Ok(name.text)
        }))
    }
}

impl<'a> UncheckedValue<'a> {
    /// Reads an object and returns the value of the member `name` unchecked, so that each element of an array can be
    /// accepted or rejected alone. Everything else is checked as in [`Object::parse`].
    ///
    /// # Errors
    /// As [`Object::parse`]; also [`JsonError::Syntax`] if the end of the unchecked value cannot be found.
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

    /// Returns the text, verbatim.
    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }

    /// Returns the elements, if this begins like an array, in one pass through the text.
    ///
    /// What stands between the elements is checked: a bracket that does not match, or a comma too many or too few, is an
    /// error, and the last item. If no element is an error and each passes [`Value::parse`], this is an array by RFC
    /// 8259 with these elements.
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
    /// Returns whether this string, unescaped, is `other`.
    #[inline]
    pub(crate) fn is(self, other: &str) -> bool {
        // An escape is longer than what it stands for.
        match self.0.len().cmp(&other.len()) {
            Ordering::Less => false,
            Ordering::Equal => self.0 == other && other.bytes().all(|byte| byte != b'\\'),
            Ordering::Greater => self.same(other.chars()),
        }
    }

    #[cold]
    fn same(self, other: impl Iterator<Item = char>) -> bool {
        self.chars().eq(other)
    }

    /// Returns the string, unescaped, unless something in it is escaped and it does not fit into `room`.
    pub(crate) fn short<'r>(self, room: &'r mut [u8]) -> Option<&'r str>
    where
        'a: 'r,
    {
        if let Some(plain) = self.plain() {
            return Some(plain);
        }
        let mut len = 0_usize;
        for character in self.chars() {
            let end = len.checked_add(character.len_utf8())?;
            character.encode_utf8(room.get_mut(len..end)?);
            len = end;
        }
        str::from_utf8(room.get(..len)?).ok()
    }

    /// Returns the string, if nothing in it is escaped.
    pub(crate) fn plain(self) -> Option<&'a str> {
        let mut cursor = Cursor::new(self.0);
        cursor.skip_plain();
        cursor.skip_while(|byte| byte != b'\\');
        cursor.end().ok().map(|()| self.0)
    }

    /// Returns the string, unescaped. Allocates only if something in it is escaped.
    pub(crate) fn to_cow(self) -> Cow<'a, str> {
        match self.plain() {
            Some(plain) => Cow::Borrowed(plain),
            None => Cow::Owned(self.chars().collect()),
        }
    }

    /// Returns the string, unescaped, in memory that is zeroized on drop. The memory never grows, which would leave a
    /// copy.
    pub(crate) fn to_zeroizing(self) -> Zeroizing<String> {
        let mut unescaped = Zeroizing::new(String::with_capacity(self.0.len()));
        unescaped.extend(self.chars());
        unescaped
    }

    /// Returns the string's code points, unescaped (RFC 8259 section 7).
    fn chars(self) -> impl Iterator<Item = char> {
        let mut rest = self.0.chars();
        iter::from_fn(move || match rest.next() {
            Some('\\') => {
                let mut after = rest.as_str().as_bytes().iter();
                let character = read_escape(&mut after)?;
                let len = rest.as_str().len().checked_sub(after.len())?;
                rest = rest.as_str().get(len..)?.chars();
                Some(character)
            }
            other => other,
        })
    }
}

impl<'a> Name<'a> {
    /// Returns the name as a string.
    pub(crate) fn text(self) -> Text<'a> {
        self.text
    }

    /// Returns whether this is the name `other`.
    #[inline]
    pub(crate) fn is(self, other: &str) -> bool {
        self.fingerprint == fingerprint(other) && self.text.is(other)
    }
}

/// Returns the fingerprint of an unescaped name: FNV-1a with 64 bits.
#[inline]
fn fingerprint(name: &str) -> u64 {
    name.bytes().fold(FNV_OFFSET_BASIS, add_to_fingerprint)
}

const FNV_OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

fn add_to_fingerprint(fingerprint: u64, byte: u8) -> u64 {
    const FNV_PRIME: u64 = 0x100_0000_01b3;
    (fingerprint ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
}

/// Reads the escape whose backslash was read (RFC 8259 section 7), and returns what it stands for.
#[inline(always)]
#[expect(clippy::inline_always, reason = "calls would be a third of what a text full of escapes costs")]
fn read_escape(rest: &mut slice::Iter<'_, u8>) -> Option<char> {
    Some(match rest.next()? {
        letter @ (b'"' | b'\\' | b'/') => char::from(*letter),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(rest),
        _ => return None,
    })
}

/// Reads `XXXX`, or a surrogate pair: `XXXX\uXXXX`. A lone surrogate is not a code point.
#[inline(always)]
#[expect(clippy::inline_always, reason = "as for `read_escape`")]
fn unicode_escape(rest: &mut slice::Iter<'_, u8>) -> Option<char> {
    let first = next_four_hex_digits(rest)?;
    if let Some(character) = char::from_u32(first.into()) {
        return Some(character);
    }
    *rest = rest.as_slice().strip_prefix(b"\\u")?.iter();
    char::decode_utf16([first, next_four_hex_digits(rest)?]).next()?.ok()
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "as for `read_escape`")]
fn next_four_hex_digits(rest: &mut slice::Iter<'_, u8>) -> Option<u16> {
    let digits = four_hex_digits(rest.as_slice())?;
    *rest = rest.as_slice().get(4..)?.iter();
    Some(digits)
}

/// Reads four hexadecimal digits at once, without a branch or a table lookup for each: the text of a key may be escaped,
/// too.
pub(crate) fn four_hex_digits(text: &[u8]) -> Option<u16> {
    const EACH: u32 = u32::MAX / 0xff;
    const HIGH_BITS: u32 = EACH << 7;
    let digits = u32::from_be_bytes(*text.first_chunk()?);
    // These set the high bit of each ASCII byte that is at least `low`, or within `low` and `high`.
    let from = |bytes: u32, low: u8| bytes.wrapping_add(EACH.wrapping_mul(u32::from(0x80_u8.wrapping_sub(low))));
    let within = |bytes: u32, low: u8, high: u8| from(bytes, low) & !from(bytes, high.wrapping_add(1));
    let valid = within(digits, b'0', b'9') | within(digits | EACH << 5, b'a', b'f');
    if valid & !digits & HIGH_BITS != HIGH_BITS {
        return None;
    }
    // The low half of a digit is its value; of a letter, which bit 6 distinguishes, its value less nine.
    let values = (digits & EACH.wrapping_mul(0xf)).wrapping_add((digits >> 6 & EACH).wrapping_mul(9));
    let pairs = (values >> 4 | values) & 0x00ff_00ff;
    let [.., high, low] = (pairs >> 8 | pairs).to_be_bytes();
    Some(u16::from_be_bytes([high, low]))
}

/// Reads a text from its beginning on. `rest` is what has not been read; it begins between two characters.
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

    /// Returns how much of the text has been read, in bytes.
    fn position(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

    /// Returns what was read since `start`.
    fn since(&self, start: usize) -> Result<&'a str, JsonError> {
        self.text.get(start..self.position()).ok_or(JsonError::Syntax)
    }

    /// Returns where [that](Self::since) is.
    fn span(&self, start: usize) -> Span {
        Span { start, end: self.position() }
    }

    /// Skips `len` bytes.
    fn advance(&mut self, len: usize) {
        self.rest = self.rest.as_slice().get(len..).unwrap_or_default().iter();
    }

    /// Skips bytes as long as they are `wanted`.
    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.next();
        }
    }

    /// Skips one byte, if it is this one.
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

    /// Skips `ws` of RFC 8259 section 2.
    fn white_space(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// Skips what stands before the next element of an object or array, with a comma unless it is the `first`, or
    /// `close`. Returns whether there is another element.
    fn next_element(&mut self, close: u8, first: &mut bool) -> Result<bool, JsonError> {
        self.white_space();
        if self.skip(close) {
            return Ok(false);
        }
        if !*first {
            self.expect(b',')?;
            self.white_space();
            if matches!(self.peek(), Some(b'}' | b']')) {
                return Err(JsonError::TrailingComma);
            }
        }
        *first = false;
        Ok(true)
    }

    /// Reads the colon between a name and its value.
    fn colon(&mut self) -> Result<(), JsonError> {
        self.white_space();
        self.expect(b':')?;
        self.white_space();
        Ok(())
    }

    /// Skips eight bytes of a string as long as [all of them are plain](all_plain).
    ///
    /// The bytes may be secret, so they decide branches only, and no position in the text is computed from them.
    fn skip_plain(&mut self) {
        while self.rest.as_slice().first_chunk().is_some_and(|eight| all_plain(u64::from_le_bytes(*eight))) {
            self.advance(8);
        }
    }

    /// Reads `string` of RFC 8259 section 7. The reading of escapes stands apart from it: inlined, it makes a long text full
    /// of surrogate pairs cost more than four times an ordinary one.
    #[inline(never)]
    fn string(&mut self) -> Result<(), JsonError> {
        self.expect(b'"')?;
        self.skip_plain();
        self.skip_while(is_plain);
        match self.next() {
            Some(b'"') => Ok(()),
            Some(b'\\') => self.escaped_string(),
            _ => Err(JsonError::Syntax),
        }
    }

    /// Reads the rest of a string, after a backslash. Hardly any has one.
    #[cold]
    #[inline(never)]
    fn escaped_string(&mut self) -> Result<(), JsonError> {
        read_escape(&mut self.rest).ok_or(JsonError::Syntax)?;
        self.rest_of_string(|_| ())
    }

    /// Reads the rest of a string, up to the quotation mark that ends it, and shows each byte of it, unescaped.
    fn rest_of_string(&mut self, mut show: impl FnMut(u8)) -> Result<(), JsonError> {
        let mut rest = self.rest.clone();
        loop {
            match rest.next() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let character = read_escape(&mut rest).ok_or(JsonError::Syntax)?;
                    match u8::try_from(character) {
                        Ok(ascii @ ..0x80) => show(ascii),
                        _ => character.encode_utf8(&mut [0; 4]).bytes().for_each(&mut show),
                    }
                }
                Some(byte @ 0x20..) => show(*byte),
                _ => return Err(JsonError::Syntax),
            }
        }
        self.rest = rest;
        Ok(())
    }

    /// Reads a string, and computes its fingerprint on the way.
    fn name(&mut self) -> Result<Name<'a>, JsonError> {
        self.expect(b'"')?;
        let start = self.position();
        let mut fingerprint = FNV_OFFSET_BASIS;
        self.rest_of_string(|byte| fingerprint = add_to_fingerprint(fingerprint, byte))?;
        let inside = self.text.get(start..self.position().saturating_sub(1)).ok_or(JsonError::Syntax)?;
        Ok(Name { text: Text(inside), fingerprint })
    }

    /// Reads `number` of RFC 8259 section 6: `[ minus ] int [ frac ] [ exp ]`.
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

    /// Reads `false`, `null` or `true` of RFC 8259 section 3.
    fn literal(&mut self) -> Result<(), JsonError> {
        let rest = self.rest.as_slice();
        let literal = [&b"false"[..], b"null", b"true"].into_iter().find(|literal| rest.starts_with(literal));
        self.advance(literal.ok_or(JsonError::Syntax)?.len());
        Ok(())
    }
}

/// Finds where values end without checking them, for text that was checked before and for [`UncheckedValue`].
impl<'a> Cursor<'a> {
    /// Reads the next member of an object whose brace was read.
    fn skim_member(&mut self, first: &mut bool) -> Result<Option<Member<'a>>, JsonError> {
        if !self.next_element(b'}', first)? {
            return Ok(None);
        }
        let name = self.name()?;
        self.colon()?;
        let start = self.position();
        let value = Value(self.skim()?);
        Ok(Some(Member { name, value, span: self.span(start) }))
    }

    /// Reads the next element of an array whose bracket was read. Nothing is left after the last one, because the text
    /// ends with the bracket that closes the array.
    fn skim_element(&mut self, first: &mut bool) -> Result<Option<UncheckedValue<'a>>, JsonError> {
        if self.next_element(b']', first)? { self.skim().map(UncheckedValue).map(Some) } else { Ok(None) }
    }

    /// Skips a value: a string, what stands in brackets, or everything before the next delimiter. Returns it.
    fn skim(&mut self) -> Result<&'a str, JsonError> {
        let start = self.position();
        match self.peek() {
            Some(b'"') => self.skim_string()?,
            Some(b'[' | b'{') => self.skim_brackets()?,
            _ => self.skim_scalar()?,
        }
        self.since(start)
    }

    /// Skips a string, up to the quotation mark that ends it.
    fn skim_string(&mut self) -> Result<(), JsonError> {
        self.expect(b'"')?;
        self.skip_plain();
        loop {
            match self.next().ok_or(JsonError::Syntax)? {
                b'"' => return Ok(()),
                b'\\' => _ = self.next(),
                _other => (),
            }
        }
    }

    /// Skips brackets and everything between them. Bracket kinds are matched later: a counter is the only state, so that
    /// nesting costs no more than its length, at any depth.
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

/// Returns whether each of eight bytes stands for itself in a string: none is a quotation mark, a backslash or a control
/// character.
///
/// A subtraction sets the high bit of each ASCII byte that is less than what is subtracted. A borrow may set that of
/// another byte, too, but only if one of them is.
pub(crate) fn all_plain(bytes: u64) -> bool {
    const EACH: u64 = u64::MAX / 0xff;
    let control = bytes.wrapping_sub(EACH.wrapping_mul(0x20));
    let equal = |byte: u8| (bytes ^ EACH.wrapping_mul(byte.into())).wrapping_sub(EACH);
    (control | equal(b'"') | equal(b'\\')) & !bytes & EACH.wrapping_mul(0x80) == 0
}

/// The names of the objects that are open, outermost first.
struct Names<'a> {
    open: [Option<Name<'a>>; Limits::MAX_MEMBERS],
    len: usize,
    /// How many bytes of names were compared.
    compared: usize,
}

impl<'a> Names<'a> {
    fn new() -> Self {
        Self { open: [None; Limits::MAX_MEMBERS], len: 0, compared: 0 }
    }

    /// Adds `name`, unless the object whose names begin at `start` already has it.
    fn add(&mut self, start: usize, name: Name<'a>) -> Result<(), JsonError> {
        let open = self.open.get(start..self.len).unwrap_or_default();
        for other in open.iter().flatten().filter(|other| other.fingerprint == name.fingerprint) {
            if name.text.same(other.text.chars()) {
                return Err(JsonError::Duplicate(RegisteredName::find(|known| name.is(known))));
            }
            self.compared = self.compared.saturating_add(name.text.0.len()).saturating_add(other.text.0.len());
            if self.compared > MAX_COMPARED {
                return Err(JsonError::TooManyNames);
            }
        }
        *self.open.get_mut(self.len).ok_or(JsonError::TooManyNames)? = Some(name);
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
        Self { cursor: Cursor::new(text), names: Names::new() }
    }

    /// Reads one object with nothing but white space around it.
    fn only_object(
        &mut self,
        read_value: impl FnMut(&mut Self, Name<'a>) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.cursor.white_space();
        self.object(1, read_value)?;
        self.cursor.white_space();
        self.cursor.end()
    }

    /// Reads the value of a member of the outermost object, whose name and colon were read.
    fn member(&mut self, name: Name<'a>) -> Result<Member<'a>, JsonError> {
        let start = self.cursor.position();
        self.value(2)?;
        Ok(Member { name, value: Value(self.cursor.since(start)?), span: self.cursor.span(start) })
    }

    /// Reads a value at `depth`.
    fn value(&mut self, depth: usize) -> Result<(), JsonError> {
        match self.cursor.peek() {
            Some(b'"') => self.cursor.string(),
            Some(b'{') => self.object(depth, |reader, _| reader.value(depth.saturating_add(1))),
            Some(b'[') => self.array(depth),
            Some(b'-' | b'0'..=b'9') => self.cursor.number(),
            _ => self.cursor.literal(),
        }
    }

    /// Reads an object at `depth`. `read_value` gets the name of each member and reads its value.
    fn object(
        &mut self,
        depth: usize,
        mut read_value: impl FnMut(&mut Self, Name<'a>) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        check_depth(depth)?;
        self.cursor.expect(b'{')?;
        let start = self.names.len;
        let mut first = true;
        while self.cursor.next_element(b'}', &mut first)? {
            let name = self.cursor.name()?;
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
    if depth > Limits::MAX_DEPTH { Err(JsonError::Syntax) } else { Ok(()) }
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
    use alloc::{collections::BTreeSet, format, vec, vec::Vec};

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
            r#"{,"a":1}"#,
            r#"{"a":1,,"b":2}"#,
            r#"{"a" 1}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a":1;"b":2}"#,
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
            r#"{"a":1e.5}"#,
            r#"{"a":1e+-5}"#,
            r#"{"a":1ee5}"#,
            r#"{"a":1..5}"#,
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
            r#"{"a":"\ud800xxdc00"}"#,
            r#"{"a":"\ud800\xdc00"}"#,
            r#"{"a":"\ud800uudc00"}"#,
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
        for text in [r#"{"a":1,}"#, r#"{"a":[1,]}"#, r#"{"a":[1 , ]}"#, r#"{"a":[1,}"#, r#"{"a":{"b":",]", },"c"#] {
            assert_eq!(outcome(text), Err(JsonError::TrailingComma), "{text}");
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
        // As it stands in the text, it is another string.
        assert!(!escaped.is(r"\u00e9\n") && escaped.same("é\n".chars()));
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
    fn a_short_string_is_unescaped_if_there_is_room() {
        for (text, room, expected) in [
            (r"\u0061b", 2, Some("ab")),
            (r"\u0061b", 1, None),
            (r"\u00e9", 2, Some("é")),
            (r"\u00e9", 1, None),
            (r"\ud83d\ude00", 4, Some("😀")),
            (r"\ud83d\ude00", 3, None),
            ("plain", 0, Some("plain")),
            ("", 0, Some("")),
        ] {
            assert_eq!(Text(text).short(&mut vec![0; room]), expected, "{text} {room}");
        }
    }

    #[test]
    fn strings_of_an_array_are_distinct() {
        let strings = |array: &str| {
            let strings = Value::parse(array).unwrap().distinct_strings()?;
            Some(strings.map(|text| Ok(text?.to_cow().into_owned())).collect::<Result<Vec<_>, _>>())
        };
        assert_eq!(strings(r#"[ "a" , "\u0062","" ]"#), Some(Ok(vec!["a".into(), "b".into(), String::new()])));
        assert_eq!(strings(r#"["a","b","\u0061"]"#), Some(Err(JsonError::Duplicate(RegisteredName::of("a")))));
        assert_eq!(strings(r#"["a",1]"#), Some(Err(JsonError::Syntax)));
        assert_eq!(strings("[]"), Some(Ok(vec![])));
        assert_eq!(strings(r#""a""#), None);
        let many = |count| format!("[{}]", (0..count).map(|i| format!("\"{i}\"")).collect::<Vec<_>>().join(","));
        assert_eq!(strings(&many(64)).unwrap().unwrap().len(), 64);
        assert_eq!(strings(&many(65)), Some(Err(JsonError::TooManyNames)));
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
        let counted = |text: &[u8]| {
            let mut cursor = Cursor { text: "", rest: text.iter() };
            cursor.skip_plain();
            text.len() - cursor.rest.len()
        };
        // What comes after the first one must not matter, and neither must its neighbors in the alphabet.
        let others = [0, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x5b, 0x5c, 0x5d, 0x7f, 0x80, 0xa2, 0xdc, 0xff];
        for len in 0..20 {
            assert_eq!(counted(&vec![0x80; len]), len / 8 * 8);
            for (at, byte, other) in (0..len)
                .flat_map(|at| (0..=0xff).map(move |byte| (at, byte)))
                .flat_map(|(at, byte)| others.into_iter().map(move |other| (at, byte, other)))
            {
                let mut text = vec![other; len];
                text[..at].fill(b'!');
                text[at] = byte;
                let plain = text.iter().position(|byte| *byte < 0x20 || b"\"\\".contains(byte)).unwrap_or(len);
                assert_eq!(counted(&text), plain / 8 * 8, "{text:x?}");
            }
        }
    }

    #[test]
    fn four_hex_digits_are_read_and_nothing_else() {
        for (at, byte) in (0..4).flat_map(|at| (0..=0xff).map(move |byte| (at, byte))) {
            for mut text in [*b"0000", *b"fF9a", *b"/:@G", *b"`g\x10\x19", [0xff; 4]] {
                text[at] = byte;
                let digits = text.iter().map(|byte| char::from(*byte).to_digit(16)).collect::<Option<Vec<_>>>();
                let value = digits.map(|digits| digits.iter().fold(0, |value, digit| value << 4 | digit));
                assert_eq!(four_hex_digits(&text).map(u32::from), value, "{text:x?}");
            }
        }
        assert_eq!((four_hex_digits(b"000"), four_hex_digits(b"12345")), (None, Some(0x1234)));
    }

    /// Numbers, the same with each run.
    fn numbers() -> impl FnMut(usize) -> usize {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        move |bound| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap() % bound
        }
    }

    /// Spells a name in one of the ways that JSON has for it.
    fn spell(name: &str, below: &mut impl FnMut(usize) -> usize) -> String {
        let mut spelled = String::new();
        for c in name.chars() {
            match (below(3), c) {
                (0, c) if !matches!(c, '"' | '\\' | '\0'..='\u{1f}') => spelled.push(c),
                (1, '"' | '\\' | '/') => spelled.extend(['\\', c]),
                (1, '\n') => spelled.push_str("\\n"),
                (2, c) => spelled.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}"))),
                (_, c) => spelled.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}"))),
            }
        }
        spelled
    }

    /// However names are spelled, an object has a duplicate if and only if two of them are the same string.
    #[test]
    fn names_are_compared_as_what_they_stand_for() {
        const CHARACTERS: [char; 10] = ['a', 'b', '/', '"', '\\', '\n', '\u{7f}', 'é', '\u{ffff}', '😀'];
        let mut below = numbers();
        let mut duplicates = 0;
        for _ in 0..20_000 {
            let count = 2 + below(4);
            let names: Vec<String> =
                (0..count).map(|_| (0..below(4)).map(|_| CHARACTERS[below(10)]).collect()).collect();
            let spelled: Vec<_> = names.iter().map(|name| spell(name, &mut below)).collect();
            let text =
                format!("{{{}}}", spelled.iter().map(|name| format!("\"{name}\":1")).collect::<Vec<_>>().join(","));
            let distinct: BTreeSet<_> = names.iter().collect();
            let first_again = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
            let expected = first_again.map_or(Ok(()), |(_, name)| Err(JsonError::Duplicate(RegisteredName::of(name))));
            assert_eq!(outcome(&text), expected, "{text}");
            let read: serde_json::Map<_, _> = serde_json::from_str(&text).unwrap();
            assert_eq!(read.keys().collect::<BTreeSet<_>>(), distinct, "{text}");
            duplicates += usize::from(expected.is_err());
            for (name, other) in spelled.iter().zip(&names) {
                let name = Cursor::new(&format!("\"{name}\"")).name().map(|name| name.is(other));
                assert_eq!(name, Ok(true), "{text}");
            }
        }
        assert!(duplicates > 2_000 && duplicates < 18_000, "{duplicates}");
    }

    /// Two names that have the same fingerprint are two names, and how much they cost is bounded.
    #[test]
    fn names_with_the_same_fingerprint_are_compared_up_to_a_bound() {
        let (one, other) = ("8yn0iYCKYHlIj4-BwPqk", "GReLUrM4wMqfg9yzV3KQ");
        assert_eq!(fingerprint(one), fingerprint(other));
        let object =
            |tail: &str| format!(r#"{{"{one}{tail}":1,"\u0047{}{tail}":2}}"#, other.strip_prefix('G').unwrap());
        let text = object("");
        assert_eq!(outcome(&text), Ok(()));
        let object_read = Object::parse(text.as_bytes()).unwrap();
        assert_eq!((object_read.get(one).unwrap().as_str(), object_read.get(other).unwrap().as_str()), ("1", "2"));
        assert_eq!(
            outcome(&format!(r#"{{"{one}":1,"{other}":2,"{one}":3}}"#)),
            Err(JsonError::Duplicate(RegisteredName::UNKNOWN))
        );
        // 40 bytes for the two, and 5 for the escape.
        let longest = (MAX_COMPARED - 45) / 2;
        assert_eq!(outcome(&object(&"x".repeat(longest))), Ok(()));
        assert_eq!(outcome(&object(&"x".repeat(longest + 1))), Err(JsonError::TooManyNames));
        let array = |tail: &str| format!(r#"{{"a":[{0},{0},{0}]}}"#, object(tail));
        assert_eq!(outcome(&array("")), Ok(()));
        assert_eq!(outcome(&array(&"x".repeat(longest / 2))), Err(JsonError::TooManyNames));
    }

    /// Near-JSON, the same with each run: pieces of JSON, and whole texts with pieces lost, doubled or changed.
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn near_json(count: usize) -> impl Iterator<Item = String> {
        const PIECES: &[&str] = &[
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
            "\"\\u0061\\u0062\"",
            "\"ab\"",
            "\"\\/\"",
            "\"\\u002F\"",
            "\"/\"",
            "\"\\n\"",
            "\"\\u000a\"",
            "\"\\u00\"",
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
        const WHOLE: &[&[&str]] = &[
            &["{", "\"a\"", ":", "1", ",", "\"b\"", ":", "[", "true", ",", "{", "}", "]", "}"],
            &["{", "\"a\":", "{", "\"a\":", "[", "\"\\\"}\"", ",", "-", "1", ".5", "]", "}", "}"],
            &["{", "\"b\":[", "\"a\"", ",", "{", "\"\\u0061\"", ":", "null", "}", "]", " ", "}"],
            &["{", "\"😀\"", ":", "{", "}", ",", "\"b\"", ":", "\"\\ud83d\\ude00\"", ",", "\"a\":", "[]", "}"],
            &["{", "\"\\/\"", ":", "1", ",", "\"\\u0061\\u0062\"", ":", "1", ",", "\"\\n\"", ":", "1", "}"],
        ];
        let mut below = numbers();
        (0..count).map(move |_| {
            let mut pieces = WHOLE[below(WHOLE.len())].to_vec();
            for _ in 0..below(4) {
                let at = below(pieces.len());
                match below(4) {
                    0 => drop(pieces.remove(at)),
                    1 => pieces.insert(at, PIECES[below(PIECES.len())]),
                    2 => pieces.insert(at, pieces[below(pieces.len())]),
                    _ => pieces[at] = PIECES[below(PIECES.len())],
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

    fn keys_of(set: &str) -> Result<Option<UncheckedValue<'_>>, JsonError> {
        UncheckedValue::of_member(set.as_bytes(), "keys")
    }

    fn unchecked(set: &str) -> Option<Vec<Result<&str, JsonError>>> {
        let elements = keys_of(set).unwrap().unwrap().elements()?;
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
            let error = if array == "[1,]" { JsonError::TrailingComma } else { JsonError::Syntax };
            assert_eq!(elements.last(), Some(&Err(error)), "{array}");
        }
        assert_eq!(unchecked(r#"{"keys":[ ]}"#), Some([].into()));
        for other in ["1", "{}", "\"[]\"", "null"] {
            assert_eq!(unchecked(&format!("{{\"keys\":{other}}}")), None, "{other}");
        }
    }

    #[test]
    fn everything_around_an_unchecked_value_is_checked() {
        let outcome = |text| keys_of(text).map(|keys| keys.is_some());
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
            r#"{"keys":[]"a":1}"#,
            r#"{"keys":[]}{}"#,
            r#"{"keys":[],"a":x}"#,
            r#"{"keys" []}"#,
            r#"{"keys":"a}"#,
        ] {
            assert_eq!(outcome(text), Err(JsonError::Syntax), "{text}");
        }
        assert_eq!(outcome(r#"{"keys":[],}"#), Err(JsonError::TrailingComma));
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
            let checked = keys_of(&set).ok().flatten().and_then(|array| {
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
        let written = |text: &str| {
            let mut written = String::new();
            push_string(&mut written, text);
            written
        };
        for c in every.chars() {
            // RFC 8259 section 7: "the characters that MUST be escaped"; U+007F is not among them.
            let expected = match c {
                '"' | '\\' => format!("\"\\{c}\""),
                '\0'..='\u{1f}' => format!("\"\\u{:04x}\"", u32::from(c)),
                _ => format!("\"{c}\""),
            };
            assert_eq!(written(c.encode_utf8(&mut [0; 4])), expected);
        }
        let text = format!("{{\"a\":{}}}", written(&every));
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

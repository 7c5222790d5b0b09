//! What the text of a token must look like, which error a malformed one ends in, and how much of it is read.

use jwe_primitives::{ContentEncryptionKey, Error, Jwe, Limits, Part, RegisteredName};

use crate::common::keys::private_key;
use crate::common::random::SeededRng;
use crate::common::token::{DIR_HEADER, RSA_HEADER, base64url, sealed};

/// A `dir` token.
fn direct() -> String {
    sealed(DIR_HEADER, &[], &[7; 12], &[1; 32], b"x")
}

/// A line end after a token is reported as what it is, though it makes the tag too long as well.
#[test]
fn rejects_white_space_around_a_token() {
    let token = direct();
    for (text, part) in [
        (format!("{token}\n"), Part::Tag),
        (format!("{token}\r\n"), Part::Tag),
        (format!("{token} "), Part::Tag),
        (format!(" {token}"), Part::Header),
        (format!("\n{token}"), Part::Header),
    ] {
        assert_eq!(Jwe::parse(&text).unwrap_err(), Error::Base64(part), "{text:?}");
    }
}

/// What is wrong with a token, in the documented order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Defect {
    LongToken,
    FourParts,
    LongHeader,
    HeaderBase64,
    Syntax,
    Duplicate,
    Critical,
    Compression,
    Algorithm,
    Encryption,
    ParameterType,
    KeyBase64,
    KeyLength,
    IvBase64,
    IvLength,
    TagBase64,
    TagLength,
}

impl Defect {
    fn all() -> [(Self, Error); 17] {
        let of = RegisteredName::of;
        [
            (Self::LongToken, Error::TokenTooLong),
            (Self::FourParts, Error::PartCount),
            (Self::LongHeader, Error::HeaderTooLong),
            (Self::HeaderBase64, Error::Base64(Part::Header)),
            (Self::Syntax, Error::HeaderSyntax),
            (Self::Duplicate, Error::DuplicateParameter(of("a"))),
            (Self::Critical, Error::Critical),
            (Self::Compression, Error::Compression),
            (Self::Algorithm, Error::UnsupportedAlgorithm(of("RSA-OAEP"))),
            (Self::Encryption, Error::UnsupportedEncryption(of("A128GCM"))),
            (Self::ParameterType, Error::ParameterType(of("kid"))),
            (Self::KeyBase64, Error::Base64(Part::EncryptedKey)),
            (Self::KeyLength, Error::PartLength(Part::EncryptedKey)),
            (Self::IvBase64, Error::Base64(Part::Iv)),
            (Self::IvLength, Error::PartLength(Part::Iv)),
            (Self::TagBase64, Error::Base64(Part::Tag)),
            (Self::TagLength, Error::PartLength(Part::Tag)),
        ]
    }
}

/// Room for the longest header and encrypted key.
const LONGEST: usize = 40_000;

/// An RSA token with these defects and no other.
fn defective(defects: &[Defect]) -> String {
    let has = |defect| defects.contains(&defect);
    let pick = |defect, bad: &'static str, good: &'static str| if has(defect) { bad } else { good };
    let mut header = String::from(pick(Defect::Syntax, "{,", "{"));
    header += pick(Defect::Algorithm, r#""alg":"RSA-OAEP""#, r#""alg":"RSA-OAEP-256""#);
    header += pick(Defect::Encryption, r#","enc":"A128GCM""#, r#","enc":"A256GCM""#);
    header += pick(Defect::ParameterType, r#","kid":1"#, "");
    header += pick(Defect::Critical, r#","crit":["exp"]"#, "");
    header += pick(Defect::Compression, r#","zip":"DEF""#, "");
    header += pick(Defect::Duplicate, r#","a":1,"a":1"#, "");
    if has(Defect::LongHeader) {
        header += &[r#","x":""#, &"x".repeat(12_288), "\""].concat();
    }
    header.push('}');
    let part = |bytes: usize, foreign| base64url(&vec![0; bytes]) + pick(foreign, "+", "");
    let of = |defect, bad: usize, good: usize| if has(defect) { bad } else { good };
    let mut parts = vec![
        base64url(header.as_bytes()) + pick(Defect::HeaderBase64, "+", ""),
        part(of(Defect::KeyLength, 1025, 256), Defect::KeyBase64),
        part(of(Defect::IvLength, 13, 12), Defect::IvBase64),
        base64url(b"content"),
        part(of(Defect::TagLength, 15, 16), Defect::TagBase64),
    ];
    if has(Defect::FourParts) {
        parts.remove(3);
    }
    let token = parts.join(".");
    if has(Defect::LongToken) { token + &"A".repeat(LONGEST) } else { token }
}

/// A token with any two defects reports the one that comes first in the documentation of `Jwe::parse`.
#[test]
fn reports_the_first_defect_in_the_documented_order() {
    let limits = Limits::new().with_token_len(LONGEST);
    let parse = |defects: &[Defect]| Jwe::parse_with_limits(&defective(defects), limits).err();
    assert_eq!(parse(&[]), None);
    for (at, (first, error)) in Defect::all().into_iter().enumerate() {
        assert_eq!(parse(&[first]), Some(error), "{first:?} alone");
        for (second, _) in Defect::all().into_iter().skip(at + 1) {
            assert_eq!(parse(&[first, second]), Some(error), "{first:?} and {second:?}");
        }
    }
    let all = Defect::all().map(|(defect, _)| defect);
    for (at, (_, error)) in Defect::all().into_iter().enumerate() {
        assert_eq!(parse(&all[at..]), Some(error), "all from the {at}th on");
    }
}

/// The reader goes through a header once: of what is wrong with its text, it reports what stands first.
#[test]
fn a_header_reports_what_stands_first_in_its_text() {
    let parse = |header: &str| Jwe::parse(&sealed(header, &[], &[7; 12], &[1; 32], b"x")).err();
    assert_eq!(parse(r#"{"a":1,"a":1,}"#), Some(Error::DuplicateParameter(RegisteredName::of("a"))));
    assert_eq!(parse(r#"{,"a":1,"a":1}"#), Some(Error::HeaderSyntax));
}

#[test]
fn needs_exactly_four_dots() {
    let token = direct();
    let parts: Vec<&str> = token.split('.').collect();
    for count in 0..5 {
        let text = parts[..count].join(".");
        assert_eq!(Jwe::parse(&text).unwrap_err(), Error::PartCount, "{count} parts");
    }
    for dots in 0..12 {
        let expected = if dots == 4 { Error::HeaderSyntax } else { Error::PartCount };
        assert_eq!(Jwe::parse(&".".repeat(dots)).unwrap_err(), expected, "{dots} dots");
    }
    for more in [".", ".AAAA", ".AAAAAAAAAAAAAAAAAAAAAAAA", "..", "...."] {
        assert_eq!(Jwe::parse(&format!("{token}{more}")).unwrap_err(), Error::PartCount, "{more:?}");
    }
    // With a sixth part before a tag of the right length it is the decryption that finds the dot.
    let key = ContentEncryptionKey::from_bytes(&[1; 32]).unwrap();
    let sixth = [&parts[..4], &["AAAA"], &parts[4..]].concat().join(".");
    assert_eq!(Jwe::parse(&sixth).and_then(|jwe| key.decrypt(&jwe).map(|_| ())).unwrap_err(), Error::PartCount);
}

/// A token whose header has this many bytes, which is to say four thirds as many characters.
fn with_header_of(len: usize) -> String {
    let empty = r#"{"alg":"dir","enc":"A256GCM","x":""}"#;
    let header = empty.replace("\"\"", &format!("\"{}\"", "x".repeat(len - empty.len())));
    sealed(&header, &[], &[7; 12], &[1; 32], b"x")
}

/// 16,384 characters, which are 12,288 bytes: the longest header that is read, to the character.
#[test]
fn the_longest_header_is_bounded_to_the_character() {
    let longest = with_header_of(12_288);
    assert_eq!(longest.find('.'), Some(16_384));
    assert_eq!(Jwe::parse(&longest).unwrap().unverified_header().as_json().len(), 12_288);
    assert_eq!(Jwe::parse_in(&longest, &mut [0; Jwe::SCRATCH_LEN]).err(), None);
    assert_eq!(Jwe::parse(&with_header_of(12_289)).unwrap_err(), Error::HeaderTooLong);
    // Not base64url in either case: 16,384 characters are decoded, 16,385 aren't looked at.
    let text =
        |characters: usize| ["+".repeat(characters), "..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA".into()].concat();
    assert_eq!(Jwe::parse(&text(16_384)).unwrap_err(), Error::Base64(Part::Header));
    assert_eq!(Jwe::parse(&text(16_385)).unwrap_err(), Error::HeaderTooLong);
}

#[test]
fn limits_are_exact() {
    let token = direct();
    let header = token.find('.').unwrap();
    for (limits, expected) in [
        (Limits::new().with_token_len(token.len()), None),
        (Limits::new().with_token_len(token.len() - 1), Some(Error::TokenTooLong)),
        (Limits::new().with_header_len(header), None),
        (Limits::new().with_header_len(header - 1), Some(Error::HeaderTooLong)),
        (Limits::new().with_token_len(token.len()).with_header_len(header), None),
        (Limits::new().with_header_len(header).with_token_len(token.len() - 1), Some(Error::TokenTooLong)),
    ] {
        assert_eq!(Jwe::parse_with_limits(&token, limits).err(), expected);
        let mut scratch = [0; 64];
        assert_eq!(Jwe::parse_in_with_limits(&token, &mut scratch, limits).err(), expected);
    }
    assert_eq!(Limits::default(), Limits::new());
    let longer = with_header_of(12_291);
    assert_eq!(Jwe::parse(&longer).err(), Some(Error::HeaderTooLong));
    let limits = Limits::new().with_header_len(16_388);
    assert_eq!(Jwe::parse_with_limits(&longer, limits).err(), None, "a limit above the default holds, too");
}

/// The decoded header and encrypted key go to the scratch buffer, which needs no more than they do.
#[test]
fn a_scratch_buffer_needs_three_quarters_of_the_first_two_parts() {
    let token = sealed(RSA_HEADER, &[9; 256], &[7; 12], &[1; 32], b"x");
    let needed = RSA_HEADER.len() + 256;
    let mut scratch = vec![0; needed];
    assert_eq!(Jwe::parse_in(&token, &mut scratch).unwrap().encrypted_key(), [9; 256]);
    assert_eq!(Jwe::parse_in(&token, &mut scratch[1..]).unwrap_err(), Error::BufferTooSmall);
    assert_eq!(Jwe::parse_in(&token, &mut []).unwrap_err(), Error::BufferTooSmall);
}

#[test]
fn deep_json_is_rejected_whatever_the_limits() {
    let header = [r#"{"alg":"dir","enc":"A256GCM","x":"#, &"[".repeat(20_000)].concat();
    let token = [&base64url(header.as_bytes()), "..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA"].concat();
    assert_eq!(Jwe::parse(&token).unwrap_err(), Error::HeaderTooLong);
    let limits = Limits::new().with_header_len(1 << 20);
    assert_eq!(Jwe::parse_with_limits(&token, limits).unwrap_err(), Error::HeaderSyntax);
}

/// The longest key there is fills the scratch buffer's room for an encrypted key.
#[test]
fn an_encrypted_key_of_8192_bits_fits_the_scratch_buffer() {
    let (private, mut rng) = (private_key("rsa8192"), SeededRng::new(1));
    let sent = private.encrypting_key().encrypt_with_rng(&mut rng, &jwe_primitives::Header::new(), b"x").unwrap();
    let mut scratch = [0; Jwe::SCRATCH_LEN];
    let jwe = Jwe::parse_in(&sent.compact, &mut scratch).unwrap();
    assert_eq!(jwe.encrypted_key().len(), 1024);
    assert_eq!(private.decrypt_with_rng(&mut rng, &jwe).unwrap().plaintext, b"x");
}

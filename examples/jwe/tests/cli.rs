//! `jwe`, run as a shell runs it: arguments, pipes, files, exit status.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use jwe_primitives::{DecryptingKey, EncryptingKey, Header, Jwe, KeySet};
use serde_json::{Value, json};

const COMMANDS: [&str; 7] = ["keygen", "pubkey", "jwks", "encrypt", "decrypt", "inspect", "completions"];

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_jwe"))
}

/// A key of `vectors/keys.json`.
fn vector(id: &str) -> Value {
    let text = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/keys.json")).unwrap();
    let file: Value = serde_json::from_slice(&text).unwrap();
    file["keys"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap().clone()
}

/// An empty directory of one test, as the working directory of what it runs.
struct Place(PathBuf);

impl Place {
    fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// With the key files `a.pem` and `a.pub`, `b.pem` and `b.pub`, and `shared`.
    fn with_keys(test: &str) -> Self {
        let place = Self::new(test);
        for name in ["a", "b"] {
            let key = vector(&format!("rsa2048-{name}"));
            place.write(&format!("{name}.pem"), key["pkcs8_pem"].as_str().unwrap());
            place.write(&format!("{name}.pub"), key["spki_pem"].as_str().unwrap());
        }
        place.write("shared", format!("{}\n", "0123456789abcdef".repeat(4)));
        place
    }

    /// With the JWK Sets `mine`, private, and `theirs`, its public halves: of `a.pem` and `b.pem`, named `k-a` and
    /// `k-b`, and of a shared key named `k-s`.
    fn with_sets(test: &str) -> Self {
        let place = Self::with_keys(test);
        let jwk = |of: &str, name: &str| {
            let mut jwk = vector(&format!("rsa2048-{name}"))[of].clone();
            jwk["kid"] = format!("k-{name}").into();
            jwk
        };
        let shared: Value = serde_json::from_slice(&place.ok("keygen --dir --kid k-s", b"")).unwrap();
        for (set, of) in [("mine", "jwk_private"), ("theirs", "jwk_public")] {
            place.write(set, json!({ "keys": [jwk(of, "a"), jwk(of, "b"), shared] }).to_string());
        }
        place.write("one", json!({ "keys": [jwk("jwk_private", "a")] }).to_string());
        place
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).unwrap()
    }

    /// Runs `jwe` with these arguments, separated by spaces.
    fn run(&self, arguments: &str, input: &[u8]) -> Output {
        let mut child = Command::new(binary())
            .current_dir(&self.0)
            .args(arguments.split_terminator(' '))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        thread::scope(|scope| {
            // It may end without reading all of it.
            scope.spawn(move || drop(stdin.write_all(input)));
            child.wait_with_output().unwrap()
        })
    }

    /// Runs `jwe`, which has to succeed and say nothing, and returns its standard output.
    fn ok(&self, arguments: &str, input: &[u8]) -> Vec<u8> {
        let output = self.run(arguments, input);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{arguments}");
        output.stdout
    }

    /// Runs `jwe`, which has to fail with this status and one line on standard error only, and returns that.
    fn fails(&self, status: i32, arguments: &str, input: &[u8]) -> String {
        let output = self.run(arguments, input);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(status), String::new()), "{arguments}");
        let message = text(&output.stderr);
        assert!(message.starts_with("jwe: ") && message.ends_with('\n'), "{arguments}: {message}");
        assert_eq!(message.lines().count(), 1, "{arguments}: {message}");
        message
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn round_trip_of_any_bytes() {
    let place = Place::with_keys("round_trip");
    let all: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    for payload in [&b""[..], b"\n", b"a\r\n", b"\xff\0", &all] {
        for (to, from) in
            [("--key a.pub", "--key a.pem"), ("--key a.pem", "--key a.pem"), ("--dir shared", "--dir shared")]
        {
            let token = place.ok(&format!("encrypt {to}"), payload);
            assert_eq!(token.iter().position(|byte| *byte == b'\n'), Some(token.len() - 1));
            assert_eq!(place.ok(&format!("decrypt {from}"), &token), payload);
        }
    }
}

#[test]
fn files_instead_of_pipes() {
    let place = Place::with_keys("files");
    place.write("payload", "from a file");
    place.write("token", place.ok("encrypt --dir shared payload", b""));
    assert_eq!(place.ok("decrypt --dir shared token", b"ignored"), b"from a file");
    assert_eq!(place.ok("decrypt --dir shared -", &place.read("token")), b"from a file");
    assert_eq!(place.ok("decrypt --dir - token", &place.read("shared")), b"from a file");
    assert!(place.fails(1, "decrypt --dir shared missing", b"").contains("missing: "));
}

#[test]
fn one_newline_behind_a_token() {
    let place = Place::with_keys("newline");
    let token = text(&place.ok("encrypt --dir shared --no-newline", b"payload"));
    assert!(!token.contains('\n'));
    for end in ["", "\n", "\r\n"] {
        assert_eq!(place.ok("decrypt --dir shared", format!("{token}{end}").as_bytes()), b"payload");
        place.ok("inspect", format!("{token}{end}").as_bytes());
    }
    for (start, end) in [("", "\n\n"), ("", "\r"), ("", " "), ("", "\n\r\n"), ("\n", ""), (" ", "")] {
        place.fails(1, "decrypt --dir shared", format!("{start}{token}{end}").as_bytes());
    }
}

#[test]
fn the_wrong_key() {
    let place = Place::with_keys("wrong_key");
    let rsa = place.ok("encrypt --key a.pub", b"payload");
    let dir = place.ok("encrypt --dir shared", b"payload");
    assert_eq!(place.fails(1, "decrypt --key b.pem", &rsa), "jwe: standard input: decryption failed\n");
    place.write("other", "00".repeat(32));
    assert_eq!(place.fails(1, "decrypt --dir other", &dir), "jwe: standard input: decryption failed\n");
    assert!(place.fails(1, "decrypt --key a.pub", &rsa).starts_with("jwe: a.pub: "));
    place.write("token", &rsa);
    assert_eq!(place.fails(1, "decrypt --key b.pem token", b""), "jwe: token: decryption failed\n");
    for (arguments, token) in [("decrypt --key a.pem", &dir), ("decrypt --dir shared", &rsa)] {
        let message = place.fails(1, arguments, token);
        assert!(message.contains("RSA-OAEP-256 needs --key, and dir needs --dir or --cek"), "{message}");
    }
    assert!(place.fails(1, "encrypt --key shared", b"").contains("--dir"));
    assert!(place.fails(1, "encrypt --dir a.pub", b"").contains("--key"));
    for not_a_key in ["", "{}", "0123", "junk", "-----BEGIN PUBLIC KEY-----\n"] {
        place.write("not_a_key", not_a_key);
        place.fails(1, "encrypt --key not_a_key", b"");
    }
}

#[test]
fn a_token_that_was_changed() {
    let place = Place::with_keys("changed");
    let token = text(&place.ok("encrypt --dir shared --no-newline", b"payload"));
    let parts: Vec<&str> = token.split('.').collect();
    let [header, iv, content, tag] = [parts[0], parts[2], parts[3], parts[4]];
    let other = place.ok("encrypt --dir shared --no-newline", b"another");
    let other = text(&other);
    let swapped = format!("{header}..{iv}.{}.{tag}", other.split('.').nth(3).unwrap());
    assert_eq!(
        place.fails(1, "decrypt --dir shared --header", swapped.as_bytes()),
        "jwe: standard input: decryption failed\n"
    );
    for malformed in
        [format!("{header}..{iv}.!!!!.{tag}"), format!("{header}..{iv}.{content}.AAAA.{tag}"), String::new()]
    {
        let message = place.fails(1, "decrypt --dir shared", malformed.as_bytes());
        assert_eq!(place.fails(1, "inspect", malformed.as_bytes()), message);
        place.write("malformed", &malformed);
        assert_eq!(place.fails(1, "inspect malformed", b""), message.replace("standard input", "malformed"));
    }
}

/// What a service sends is the question that `inspect` is asked.
#[test]
fn a_token_that_is_not_of_the_profile_shows_its_header() {
    let place = Place::with_keys("profile");
    let header = "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMTI4R0NNIn0"; // with A128GCM
    let message = place.fails(1, "inspect", format!("{header}.AAAA.AAAA.AAAA.AAAA").as_bytes());
    let shown = r#"the header is {"alg":"RSA-OAEP-256","enc":"A128GCM"}"#;
    assert_eq!(message, format!("jwe: standard input: the header's `enc` is A128GCM, not A256GCM; {shown}\n"));
    let message = place.fails(1, "inspect", b"AAAA.AAAA.AAAA.AAAA.AAAA");
    assert_eq!(message, "jwe: standard input: the header is not one strict JSON object in UTF-8\n");
}

#[test]
fn header_parameters() {
    let place = Place::with_keys("header");
    let options = "--kid k-1 --cty application/json --typ JOSE --param url=/v1/a=b --param-json iat=17";
    let token = place.ok(&format!("encrypt --key a.pub {options}"), b"payload");
    let output = place.run("decrypt --key a.pem --header", &token);
    assert_eq!(output.stdout, b"payload");
    let header = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"k-1","cty":"application/json","typ":"JOSE","url":"/v1/a=b","iat":17}"#;
    assert_eq!(text(&output.stderr), format!("{header}\n"));
}

#[test]
fn inspect_for_people_and_machines() {
    let place = Place::with_keys("inspect");
    let token = place.ok("encrypt --key a.pub --kid k-1 --cty text/plain", b"12345");
    let people = text(&place.ok("inspect", &token));
    for line in ["alg RSA-OAEP-256", "kid k-1", "plaintext 5 bytes", "encrypted_key 342 256", "iv 16 12", "tag 22 16"] {
        let found = people.lines().any(|found| found.split_whitespace().eq(line.split(' ')));
        assert!(found, "{line}\n{people}");
    }
    let machines = text(&place.ok("inspect --json", &token));
    assert_eq!(machines.lines().count(), 1);
    let report: Value = serde_json::from_str(&machines).unwrap();
    let header = r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"k-1","cty":"text/plain"}"#;
    assert_eq!(report["header_text"], header);
    assert_eq!(report["header"]["kid"], "k-1");
    assert_eq!((&report["alg"], &report["enc"]), (&Value::from("RSA-OAEP-256"), &Value::from("A256GCM")));
    assert_eq!((&report["kid"], &report["typ"]), (&Value::from("k-1"), &Value::Null));
    assert_eq!(report["needs"]["modulus_bytes"], 256);
    assert_eq!(report["plaintext_bytes"], 5);
    assert_eq!(report["parts"]["header"]["bytes"], header.len());
    for (name, part) in
        ["header", "encrypted_key", "iv", "ciphertext", "tag"].iter().zip(text(&token).trim().split('.'))
    {
        assert_eq!(report["parts"][name]["characters"], part.len(), "{name}");
    }
    let report = place.ok("inspect --json", &place.ok("encrypt --dir shared", b""));
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!((&report["alg"], &report["needs"]["kty"]), (&Value::from("dir"), &Value::from("oct")));
}

#[test]
fn nothing_in_a_token_reaches_the_terminal_unescaped() {
    let place = Place::with_keys("terminal");
    let token = place.ok("encrypt --dir shared --kid \u{1b}[31m\u{9b}\u{202e}é\n", b"");
    for output in [place.ok("inspect", &token), place.ok("inspect --json", &token)] {
        let output = text(&output);
        assert!(!output.contains(['\u{1b}', '\u{9b}', '\u{202e}']) && output.contains('é'), "{output:?}");
    }
    let report: Value = serde_json::from_slice(&place.ok("inspect --json", &token)).unwrap();
    assert_eq!(report["kid"], "\u{1b}[31m\u{9b}\u{202e}é\n");
    assert!(place.fails(1, "inspect no\nsuch\u{1b}file", b"").contains(r"no such\u001bfile"));
}

#[test]
fn recognizes_each_format_of_a_key() {
    let place = Place::with_keys("formats");
    let key = vector("rsa2048-a");
    let der = place.ok("pubkey --key a.pem --format der", b"");
    let mut folded = key["spki_der_b64"].as_str().unwrap().to_owned();
    folded.insert_str(64, "\r\n");
    let files: [(&str, Vec<u8>); 9] = [
        ("pkcs8", key["pkcs8_pem"].as_str().unwrap().into()),
        ("pkcs1", key["pkcs1_pem"].as_str().unwrap().into()),
        ("jwk_private", key["jwk_private"].to_string().into()),
        ("spki", key["spki_pem"].as_str().unwrap().into()),
        ("pkcs1_public", key["pkcs1_public_pem"].as_str().unwrap().into()),
        ("base64", key["spki_der_b64"].as_str().unwrap().into()),
        ("folded", folded.into()),
        ("der", der),
        ("jwk_public", key["jwk_public"].to_string().into()),
    ];
    for (name, content) in files {
        place.write(name, content);
        let thumbprint = text(&place.ok(&format!("pubkey --key {name} --thumbprint"), b""));
        assert_eq!(Some(thumbprint.trim()), key["thumbprint"].as_str(), "{name}");
        let token = place.ok(&format!("encrypt --key {name}"), b"payload");
        assert_eq!(place.ok("decrypt --key a.pem", &token), b"payload");
        if ["pkcs1", "jwk_private"].contains(&name) {
            assert_eq!(place.ok(&format!("decrypt --key {name}"), &token), b"payload");
        }
    }
    assert_eq!(text(&place.ok("pubkey --key a.pem", b"")).trim(), key["spki_pem"].as_str().unwrap().trim());
    let base64 = place.ok("pubkey --key - --format base64", &place.read("jwk_private"));
    assert_eq!(Some(text(&base64).trim()), key["spki_der_b64"].as_str());
    place.ok("pubkey --key -", &place.ok("pubkey --key a.pub --format jwk", b""));
}

#[test]
fn the_key_of_a_jwk_set_that_kid_names() {
    let place = Place::with_sets("jwk_set");
    for (id, pem) in [("k-a", "a.pem"), ("k-b", "b.pem")] {
        for set in ["theirs", "mine"] {
            let token = place.ok(&format!("encrypt --key {set} --kid {id}"), b"payload");
            let report: Value = serde_json::from_slice(&place.ok("inspect --json", &token)).unwrap();
            assert_eq!(report["kid"], id);
            assert_eq!(place.ok("decrypt --key mine", &token), b"payload");
            assert_eq!(place.ok(&format!("decrypt --key {pem}"), &token), b"payload");
        }
    }
    let (theirs, mine) = (place.read("theirs"), place.read("mine"));
    place.write("token", place.ok("encrypt --key - --kid k-b a.pub", &theirs));
    assert_eq!(place.ok("decrypt --key - token", &mine), place.read("a.pub"));
}

#[test]
fn a_jwk_set_without_the_one_key_that_is_meant() {
    let place = Place::with_sets("jwk_set_rejected");
    for (arguments, rule) in [
        ("encrypt --key theirs", "the key is ambiguous"),
        ("encrypt --key theirs --kid k-s", "no key of the set has this `kid`"),
    ] {
        let message = place.fails(1, arguments, b"");
        assert!(message.starts_with(&format!("jwe: theirs: {rule}")), "{message}");
        assert!(message.ends_with("(it has k-a, k-b)\n"), "{message}");
    }
    assert!(place.fails(1, "pubkey --key theirs", b"").starts_with("jwe: theirs: the key is ambiguous"));

    // A single key fits any token, a set with a single key doesn't.
    let nameless = place.ok("encrypt --key a.pub", b"payload");
    let named = place.ok("encrypt --key a.pub --kid other", b"payload");
    assert_eq!(place.ok("decrypt --key a.pem", &named), b"payload");
    assert_eq!(place.ok("decrypt --key one", &nameless), b"payload");
    assert!(place.fails(1, "decrypt --key one", &named).starts_with("jwe: one: no key of the set"));
    assert!(place.fails(1, "decrypt --key mine", &nameless).starts_with("jwe: mine: the key is ambiguous"));
}

#[test]
fn kid_stands_in_for_a_name_that_the_token_lacks_and_not_for_one_that_it_has() {
    let place = Place::with_sets("jwk_set_kid");
    let nameless = place.ok("encrypt --key a.pub", b"payload");
    let named = place.ok("encrypt --key a.pub --kid other", b"payload");
    assert_eq!(place.ok("decrypt --key mine --kid k-a", &nameless), b"payload");
    place.fails(1, "decrypt --key mine --kid k-b", &nameless);
    let mismatch = "jwe: standard input: the token's `kid` is not that of this key";
    for key in ["mine", "a.pem"] {
        let message = place.fails(1, &format!("decrypt --key {key} --kid k-a"), &named);
        assert_eq!(message, format!("{mismatch} (the token names other, --kid k-a)\n"));
    }
    let jwk = serde_json::from_slice::<Value>(&place.read("one")).unwrap()["keys"][0].to_string();
    place.write("one.jwk", jwk);
    let message = place.fails(1, "decrypt --key one.jwk", &named);
    assert_eq!(message, format!("{mismatch} (the token names other, the key is k-a)\n"));
    let message = place.fails(1, "decrypt --key theirs --kid k-a", &nameless);
    assert!(message.starts_with("jwe: theirs: key: expected a private key"), "{message}");
}

#[test]
fn a_text_that_is_no_jwk_set() {
    let place = Place::new("no_jwk_set");
    for (content, rule) in [
        (r#"{"keys":[]}"#.to_owned(), "the JWK Set has no entries"),
        (r#"{"keys":{}}"#.to_owned(), "the member `keys` must be an array"),
        (r#"{"keys":[],"keys":[]}"#.to_owned(), "occurs twice"),
        (format!("{{\"keys\":[]{}}}", " ".repeat(1 << 20)), "longer than any key file"),
    ] {
        place.write("bad", content);
        let message = place.fails(1, "encrypt --key bad", b"");
        assert!(message.starts_with("jwe: bad: ") && message.contains(rule), "{message}");
    }
}

#[test]
fn the_shared_key_of_a_jwk_set() {
    let place = Place::with_sets("shared_set");
    // The only one of its kind, so it needs no name.
    let token = place.ok("encrypt --dir mine", b"payload");
    assert_eq!(place.ok("decrypt --dir theirs", &token), place.ok("decrypt --dir mine", &token));
    let [one, two]: [Value; 2] =
        ["s-1", "s-2"].map(|id| serde_json::from_slice(&place.ok(&format!("keygen --dir --kid {id}"), b"")).unwrap());
    place.write("two", json!({ "keys": [one, two] }).to_string());
    let token = place.ok("encrypt --dir two --kid s-2", b"payload");
    assert_eq!(place.ok("decrypt --dir two", &token), b"payload");
    place.write("second", two.to_string());
    assert_eq!(place.ok("decrypt --dir second", &token), b"payload");
    assert!(place.fails(1, "encrypt --dir two", b"").contains("the key is ambiguous"));
    assert!(place.fails(1, "encrypt --dir two --kid k-a", b"").ends_with("(it has s-1, s-2)\n"));
    for (arguments, reason) in
        [("encrypt --dir one", "wrong key type: RSA"), ("encrypt --key two", "found a private or")]
    {
        let message = place.fails(1, arguments, b"");
        assert!(message.contains("no key of the JWK Set can be used here (") && message.contains(reason), "{message}");
    }
    place.write("short", r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#);
    assert!(place.fails(1, "encrypt --dir short", b"").contains("must have 32 bytes"));
}

#[test]
fn a_jwk_set_to_serve() {
    let place = Place::with_sets("jwks");
    let served = place.ok("jwks mine", b"");
    assert_eq!(served, place.ok("jwks theirs", b""));
    assert_eq!(served, place.ok("jwks -- -", &place.read("mine")));
    for private in ["\"d\"", "\"p\"", "\"k\"", "oct"] {
        assert!(!text(&served).contains(private), "{private}");
    }
    place.write("named", place.ok("pubkey --key a.pem --format jwk --kid k-1", b""));
    let served = text(&place.ok("jwks named a.pem b.pub", b""));
    let set = KeySet::<EncryptingKey>::from_jwks(served.trim_end()).unwrap();
    let (a, b) = (vector("rsa2048-a"), vector("rsa2048-b"));
    let ids: Vec<_> = set.iter().map(|key| key.key_id().unwrap()).collect();
    assert_eq!(ids, ["k-1", a["thumbprint"].as_str().unwrap(), b["thumbprint"].as_str().unwrap()]);
    assert!(set.iter().map(EncryptingKey::thumbprint).eq([&a, &a, &b].map(|key| key["thumbprint"].as_str().unwrap())));

    let message = place.fails(1, "jwks a.pem a.pub", b"");
    assert!(message.starts_with("jwe: a.pub: ") && message.contains(ids[1]), "{message}");
    assert!(place.fails(1, "jwks a.pem shared", b"").starts_with("jwe: shared: "));
    assert!(place.fails(1, "jwks a.pem missing", b"").starts_with("jwe: missing: "));
}

#[test]
fn pubkey_of_a_jwk_set() {
    let place = Place::with_sets("pubkey_set");
    assert_eq!(place.ok("pubkey --key mine --kid k-b", b""), place.ok("pubkey --key b.pem", b""));
    let jwk: Value = serde_json::from_slice(&place.ok("pubkey --key mine --kid k-b --format jwk", b"")).unwrap();
    assert_eq!((&jwk["kid"], &jwk["d"]), (&Value::from("k-b"), &Value::Null));
    place.fails(1, "pubkey --key mine --kid k-c", b"");
    place.fails(2, "pubkey --key a.pem --kid k-a", b"");
}

#[test]
fn keygen_rsa() {
    let place = Place::new("keygen_rsa");
    place.ok("keygen --bits 2048 --format jwk --kid k-1 --out mine --pub mine.pub", b"");
    let token = place.ok("encrypt --key mine.pub", b"payload");
    let report: Value = serde_json::from_slice(&place.ok("inspect --json", &token)).unwrap();
    assert_eq!(report["kid"], "k-1");
    assert_eq!(place.ok("decrypt --key mine", &token), b"payload");
    assert_eq!(place.ok("pubkey --key mine --format jwk", b""), place.read("mine.pub"));
    place.fails(1, "decrypt --key mine", &place.ok("encrypt --key mine.pub --kid k-2", b""));
    assert!(place.fails(1, "keygen --out mine", b"").contains("--force"));
    assert!(place.fails(1, "keygen --out new --pub mine.pub", b"").contains("--force"));
    assert!(!place.0.join("new").exists());
}

#[test]
fn keygen_shared() {
    let place = Place::new("keygen_shared");
    let jwk = place.ok(r#"keygen --dir --kid a"b"#, b"");
    assert_eq!(serde_json::from_slice::<Value>(&jwk).unwrap()["kid"], "a\"b");
    place.write("shared", &jwk);
    let token = place.ok("encrypt --dir shared", b"payload");
    assert_eq!(place.ok("decrypt --dir shared", &token), b"payload");
    assert_ne!(place.ok("keygen --dir", b""), place.ok("keygen --dir", b""));
}

#[test]
fn a_key_file_is_never_overwritten_unasked() {
    let place = Place::new("overwrite");
    place.write("old", "old");
    assert!(place.fails(1, "keygen --dir --out old", b"").contains("--force"));
    assert_eq!(place.read("old"), b"old");
    place.ok("keygen --dir --out old --force", b"");
    assert_ne!(place.read("old"), b"old");
    assert!(!place.0.join("old.new").exists());
    assert!(place.fails(1, "keygen --dir --out . --force", b"").contains("regular file"));
    assert!(place.fails(1, "keygen --dir --out no/such", b"").contains("no/such"));
}

#[cfg(unix)]
#[test]
fn a_private_key_file_is_for_its_owner_alone() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let place = Place::new("permissions");
    let mode = |name: &str| fs::metadata(place.0.join(name)).unwrap().permissions().mode() & 0o777;
    place.ok("keygen --dir --out fresh", b"");
    assert_eq!(mode("fresh"), 0o600);
    place.write("old", "old");
    fs::set_permissions(place.0.join("old"), PermissionsExt::from_mode(0o644)).unwrap();
    place.ok("keygen --dir --out old --force", b"");
    assert_eq!(mode("old"), 0o600);
    symlink("elsewhere", place.0.join("link")).unwrap();
    place.fails(1, "keygen --dir --out link", b"");
    place.fails(1, "keygen --dir --out link --force", b"");
    assert!(!place.0.join("elsewhere").exists());
}

#[test]
fn a_key_on_the_command_line_is_warned_of() {
    let place = Place::with_keys("dir_hex");
    let hex = "0123456789ABCDEF".repeat(4);
    let output = place.run(&format!("encrypt --dir-hex {hex}"), b"payload");
    assert!(output.status.success() && text(&output.stderr).starts_with("jwe: warning: "));
    assert_eq!(place.ok("decrypt --dir shared", &output.stdout), b"payload");
    for wrong in ["00", "xyz", &hex.replace("0123", "+123")] {
        let output = place.run(&format!("encrypt --dir-hex {wrong}"), b"");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{wrong}");
    }
}

#[test]
fn a_key_in_place_of_its_file_is_not_repeated() {
    let place = Place::with_keys("key_for_file");
    let key = vector("rsa2048-a");
    let line = text(&place.read("a.pem")).lines().filter(|line| !line.starts_with('-')).collect::<String>();
    for (option, secret) in [
        ("--dir", text(&place.read("shared")).trim().to_owned()),
        ("--key", text(&place.read("a.pem")).replace('\n', " ")),
        ("--key", key["jwk_private"].to_string()),
        ("--key", line),
    ] {
        let child = Command::new(binary()).current_dir(&place.0).args(["decrypt", option, &secret]).output().unwrap();
        let message = text(&child.stderr);
        assert_eq!((child.status.code(), message.lines().count()), (Some(2), 1), "{message}");
        assert!(
            message.starts_with("jwe: this option expects the name of a file")
                && !message.contains(secret.get(..8).unwrap())
        );
    }
}

#[cfg(unix)]
#[test]
fn a_private_key_that_others_could_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new("redirected");
    for (mode, warned) in [(0o644, true), (0o640, true), (0o600, false)] {
        let file = fs::File::create(place.0.join("key")).unwrap();
        file.set_permissions(PermissionsExt::from_mode(mode)).unwrap();
        let mut command = Command::new(binary());
        let output = command.args(["keygen", "--dir"]).stdout(file).stderr(Stdio::piped()).spawn().unwrap();
        let output = output.wait_with_output().unwrap();
        assert!(output.status.success() && !place.read("key").is_empty());
        assert_eq!(text(&output.stderr).contains("warning: "), warned, "{mode:o}");
    }
}

#[test]
fn wrong_usage() {
    let place = Place::with_keys("usage");
    for arguments in [
        "",
        "frobnicate",
        "--frobnicate",
        "encrypt",
        "decrypt",
        "encrypt --key",
        "encrypt --key a.pub --key b.pub",
        "encrypt --key a.pub --dir shared",
        "encrypt --key a.pub one two",
        "encrypt --key - -",
        "decrypt --dir -",
        "encrypt --key a.pub --json",
        "encrypt --key a.pub --param novalue",
        "encrypt --key a.pub --param alg=none",
        "encrypt --key a.pub --param-json a={",
        "encrypt --key a.pub --cty a --cty b",
        "inspect --key a.pem",
        "pubkey",
        "pubkey --key a.pub --format xml",
        "keygen --bits 1024",
        "keygen --bits many",
        "keygen --kid k-1",
        "keygen --dir --bits 2048",
        "keygen --dir --format pem",
        "keygen --out x --pub x",
        "keygen --pub -",
        "jwks",
        "jwks --key a.pub",
        "jwks -x",
        "encrypt --key a.pub --kid a --kid b",
        "decrypt --key a.pem --kid a --kid b",
        "encrypt --key a.pub -- one --no-newline",
    ] {
        place.fails(2, arguments, b"payload");
    }
}

#[test]
fn help_and_version() {
    let place = Place::new("help");
    let help = place.ok("--help", b"");
    for command in COMMANDS {
        assert!(text(&help).contains(&format!("  jwe {command} ")));
        let of_command = place.ok(&format!("{command} --help"), b"");
        assert!(text(&of_command).starts_with(&format!("Usage: jwe {command} ")), "{command}");
        assert_eq!(place.ok(&format!("{command} -h"), b""), of_command);
        assert_eq!(place.ok(&format!("help {command}"), b""), of_command);
        assert!(text(&of_command).lines().all(|line| line.len() <= 80));
    }
    assert_eq!(place.ok("help", b""), help);
    assert_eq!(place.ok("encrypt --quiet --help", b""), place.ok("encrypt --help", b""));
    place.fails(2, "help frobnicate", b"");
    assert!(text(&help).lines().all(|line| line.len() <= 80));
    let manifest = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml")).unwrap();
    let version = manifest.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"')).unwrap();
    assert_eq!(text(&place.ok("--version", b"")), format!("jwe (jwe-primitives) {version}\n"));
}

/// Each option of the help exists, and each that exists is in the help.
#[test]
fn the_help_has_every_option() {
    let place = Place::new("options");
    let files = ["keys", "messages", "inspect", "completions", "arguments"];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let source: String =
        files.into_iter().map(|name| fs::read_to_string(folder.join(name).with_extension("rs")).unwrap()).collect();
    for command in COMMANDS {
        let help = text(&place.ok(&format!("{command} --help"), b""));
        let function =
            source.split(&format!("\npub(crate) fn {command}(mut")).nth(1).unwrap().split("\n}\n").next().unwrap();
        let named = function.split("Long(").skip(1).flat_map(|rest| rest.split(')').next().unwrap().split('"'));
        for option in named.filter(|word| !word.is_empty() && !word.contains(' ')) {
            // Where nothing takes long, --quiet is accepted and means nothing.
            assert!(help.contains(&format!("--{option}")) || option == "quiet", "{command} --{option}");
        }
        for option in help.split_whitespace().filter(|word| word.starts_with("--")) {
            let option = option.trim_start_matches('-').split(['=', ':', ';', ',']).next().unwrap();
            assert!(source.contains(&format!("\"{option}\"")), "{command} --{option}");
        }
    }
}

#[test]
fn a_response_under_the_key_of_the_request() {
    let place = Place::with_keys("cek");
    let request = place.ok("encrypt --key a.pub --cek-out request.cek", b"request");
    assert_eq!(place.ok("decrypt --key a.pem", &request), b"request");
    let response = place.ok("encrypt --dir request.cek", b"response");
    assert_eq!(place.ok("decrypt --cek request.cek", &response), b"response");
    // The library's own reading of the request gives the same key.
    let jwe = text(&request);
    let key = DecryptingKey::from_pem(vector("rsa2048-a")["pkcs8_pem"].as_str().unwrap()).unwrap();
    let cek = key.decrypt(&Jwe::parse(jwe.trim_end()).unwrap()).unwrap().cek;
    let direct = cek.encrypt(&Header::new(), b"from the bank").unwrap();
    assert_eq!(place.ok("decrypt --cek request.cek", direct.as_bytes()), b"from the bank");

    let other = place.ok("encrypt --key a.pub --cek-out other.cek", b"request");
    assert_ne!(request, other);
    assert!(place.fails(1, "decrypt --cek other.cek", &response).contains("decryption failed"));
    assert!(place.fails(1, "encrypt --key a.pub --cek-out other.cek", b"").contains("--force"));
    place.ok("encrypt --key a.pem --cek-out other.cek --force", b"");
    for arguments in [
        "encrypt --dir shared --cek-out new.cek",
        "encrypt --key a.pub --cek-out -",
        "encrypt --key a.pub --force",
        "encrypt --cek request.cek",
        "decrypt --cek request.cek --key a.pem",
        "decrypt --cek-out new.cek --key a.pem",
    ] {
        place.fails(2, arguments, b"");
    }
    assert!(!place.0.join("new.cek").exists());
}

#[cfg(unix)]
#[test]
fn the_key_of_a_request_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::with_keys("cek_mode");
    place.ok("encrypt --key a.pub --cek-out request.cek", b"");
    assert_eq!(fs::metadata(place.0.join("request.cek")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_error_names_its_option() {
    let place = Place::with_keys("options_named");
    for (arguments, option) in [
        ("keygen --bits many", "--bits: 'many'"),
        ("keygen --bits 1024", "--bits: "),
        ("pubkey --key a.pub --format xml", "--format: 'xml': the formats are pem, der"),
        ("encrypt --key", "'--key'"),
        ("encrypt --key a.pub --dir shared", "--key, --dir, --dir-hex"),
        ("encrypt --key a.pub --param novalue", "--param: no '='"),
        ("encrypt --key a.pub --param-json n=01", "--param-json n: "),
        ("encrypt --key a.pub --param-json novalue", "--param-json: no '='"),
        ("encrypt --key a.pub --param zip=DEF", "--param zip: "),
        ("encrypt --key a.pub --param a=1 --param a=2", "--param a: "),
        ("encrypt --key a.pub --param kid=k-1", "--kid"),
        ("encrypt --key a.pub --param-json cty=\"a\"", "--cty"),
        ("encrypt --key a.pub --param typ=JOSE", "--typ"),
        ("encrypt --key a.pub --param alg=none", "--param alg: this parameter comes from the key"),
        ("encrypt --key a.pub --cty a --cty b", "--cty: "),
        ("encrypt", "--key FILE"),
    ] {
        let message = place.fails(2, arguments, b"payload");
        assert!(message.contains(option), "{arguments}: {message}");
    }
}

#[test]
fn inspect_lists_the_keys_of_a_jwk_set() {
    let place = Place::with_sets("inspect_set");
    let mut set: Value = serde_json::from_slice(&place.read("mine")).unwrap();
    let keys = set["keys"].as_array_mut().unwrap();
    let mut signature = vector("rsa2048-a")["jwk_public"].clone();
    signature["use"] = "sig".into();
    signature["kid"] = "\u{1b}[31m".into();
    keys.push(signature);
    keys.push(json!({"kty": "EC", "crv": "P-256"}));
    place.write("set", set.to_string());

    let listed = text(&place.ok("inspect set", b""));
    let lines: Vec<&str> = listed.lines().collect();
    let thumbprint = vector("rsa2048-a")["thumbprint"].as_str().unwrap().to_owned();
    let usable = format!("usable: RSA-OAEP-256, private key, 2048 bits, thumbprint {thumbprint}");
    assert!(lines[0].starts_with("kid k-a ") && lines[0].ends_with(&usable), "{listed}");
    assert!(lines[2].starts_with("kid k-s ") && lines[2].ends_with(" usable: dir, shared key"), "{listed}");
    assert!(lines[3].starts_with(r"kid \u001b[31m ") && lines[3].contains("not usable: key: "), "{listed}");
    assert!(lines[3].contains("use"), "{listed}");
    assert!(lines[4].starts_with("(no kid) ") && lines[4].contains("not usable: key: "), "{listed}");
    assert_eq!(lines.len(), 5);
    for secret in ["\"d\"", vector("rsa2048-a")["jwk_private"]["d"].as_str().unwrap()] {
        assert!(!listed.contains(secret));
    }

    let report: Value = serde_json::from_slice(&place.ok("inspect --json set", b"")).unwrap();
    assert_eq!(report["keys"].as_array().unwrap().len(), 5);
    assert_eq!((&report["keys"][0]["kid"], &report["keys"][0]["error"]), (&Value::from("k-a"), &Value::Null));
    assert_eq!(report["keys"][4]["usable"], Value::Null);
    assert!(place.fails(1, "inspect", b"{}").contains("neither a token nor a JWK"));
}

#[test]
fn inspect_of_a_key_says_what_it_is() {
    let place = Place::with_keys("inspect_key");
    let jwk = vector("rsa2048-a")["jwk_public"].to_string();
    let listed = text(&place.ok("inspect", jwk.as_bytes()));
    assert!(
        listed.contains(" usable: RSA-OAEP-256, public key, 2048 bits, ") && listed.lines().count() == 1,
        "{listed}"
    );
    for pem in ["a.pem", "a.pub"] {
        assert!(place.fails(1, &format!("inspect {pem}"), b"").contains("a key, not a token; jwe pubkey --key FILE"));
    }
}

/// A text of `vectors/key_texts.json`.
fn key_text(id: &str) -> String {
    let text = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/key_texts.json")).unwrap();
    let file: Value = serde_json::from_slice(&text).unwrap();
    let found = file["keys"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap();
    found["data"].as_str().unwrap().to_owned()
}

#[test]
fn a_certificate_is_read_with_a_warning() {
    let place = Place::new("certificate");
    let pem = key_text("tool-cert.pem");
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    place.write("mine.pem", key_text("tool-a.pem"));
    place.write("cert.pem", &pem);
    place.write("cert.der", Base64::decode_vec(&base64).unwrap());
    place.write("cert.b64", format!("{base64}\n"));
    for name in ["cert.pem", "cert.der", "cert.b64"] {
        let warning = format!("jwe: warning: {name}: nobody verified this certificate, its dates or its name\n");
        let output = place.run(&format!("encrypt --key {name}"), b"payload");
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), warning.clone()), "{name}");
        assert_eq!(place.ok("decrypt --key mine.pem", &output.stdout), b"payload");
        let output = place.run(&format!("pubkey --key {name}"), b"");
        assert_eq!((text(&output.stderr), output.stdout), (warning, place.ok("pubkey --key mine.pem", b"")));
        let output = place.run(&format!("decrypt --key {name}"), &place.ok("encrypt --key mine.pem", b""));
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains("expected a private key, found a public key"), "{name}");
    }
}

/// Files that are no keys yet, and what to do with each.
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn wrong_files(place: &Place) -> Vec<(&'static str, Vec<u8>)> {
    let der = place.ok("pubkey --key a.pub --format der", b"");
    let base64 = text(&place.ok("pubkey --key a.pub --format base64", b""));
    let base64 = base64.trim_end();
    let pem = text(&place.read("a.pub"));
    let private = text(&place.read("a.pem"));
    let jwk = vector("rsa2048-a")["jwk_public"].to_string();
    let hex = der.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let utf16 =
        |mark: &[u8], text: &str| [mark, &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat();
    let certificate: String = key_text("tool-cert.pem").lines().filter(|line| !line.starts_with('-')).collect();
    vec![
        ("openssl pkey -in FILE -out NEW.pem", key_text("tool-enc.pem").into()),
        ("openssl req -in FILE -pubkey -noout", key_text("tool-req.pem").into()),
        ("openssl x509 -in FILE -out NEW.pem", key_text("tool-cert.pem").replace(" CERT", " TRUSTED CERT").into()),
        ("ssh-keygen -p -m PEM -f COPY", key_text("tool-openssh.pem").into()),
        ("ssh-keygen -e -m PKCS8 -f FILE", key_text("tool-ssh.pub").into()),
        ("openssl pkcs12 -in FILE -nodes -nocerts", Base64UrlUnpadded::decode_vec(&key_text("tool-a.p12")).unwrap()),
        (
            "; first decode its base64 with base64 -d FILE",
            Base64::encode_string(&Base64UrlUnpadded::decode_vec(&key_text("tool-a.p12")).unwrap()).into(),
        ),
        ("keytool -importkeystore", Base64UrlUnpadded::decode_vec(&key_text("tool-a.jks")).unwrap()),
        ("jq -r '.x5c[0]' FILE | base64 -d", json!({"kty": "RSA", "x5c": [certificate]}).to_string().into()),
        (r#"printf '%b\n' "$(cat FILE)" | tr -cd"#, pem.replace('\n', "\\n").into()),
        (r#"printf '%b\n' "$(cat FILE)" | tr -cd"#, format!("\"{}\"", pem.replace('\n', "\\n")).into()),
        ("openssl pkey -in FILE -out NEW.pem", [pem.as_str(), &private].concat().into()),
        ("sed '/--/!s/ /+/g' FILE", base64.replace('+', " ").into()),
        (r#"tr -d "\"'" < FILE > NEW"#, json!(base64).to_string().into()),
        (r#"printf '"%s"' "$(cat FILE)" | jq -r . > NEW"#, base64.replace('/', r"\/").into()),
        ("basenc --base64url -d FILE", base64.replace('+', "-").replace('/', "_").replace('=', "").into()),
        ("base64 -d FILE", Base64::encode_string(pem.as_bytes()).into()),
        ("base64 -d FILE", Base64::encode_string(jwk.as_bytes()).into()),
        ("xxd -r -p FILE", hex.into()),
        ("a key belongs here; jwe decrypt", place.ok("encrypt --dir shared", b"")),
        ("jq '{keys: .}' FILE", format!("[{jwk}]").into()),
        ("jq -r . FILE", json!(jwk).to_string().into()),
        ("jq -r .jwk FILE", format!(r#"{{"jwk":{jwk}}}"#).into()),
        ("jq -r .jwks_uri FILE", br#"{"issuer":"https://bank.example","jwks_uri":"https://bank.example/keys"}"#.into()),
        ("make its program write JSON", b"{'kty': 'RSA'}".into()),
        ("a page instead of a key", b"<!DOCTYPE html><html></html>".into()),
        ("iconv -f UTF-16 -t UTF-8 FILE", utf16(&[0xff, 0xfe], &pem)),
        ("iconv -f UTF-16 -t UTF-8 FILE", utf16(&[], &pem)),
    ]
}

/// What is said of a file that is no key is said in a shell's words.
#[test]
fn remedies_are_commands() {
    let place = Place::with_keys("remedies");
    for (remedy, content) in wrong_files(&place) {
        place.write("key", &content);
        let message = place.fails(1, "encrypt --key key", b"");
        assert!(message.starts_with("jwe: key: key: ") && message.contains(remedy), "{remedy}: {message}");
        assert!(!message.contains("::") && !message.contains("from_"), "{message}");
    }
}

/// A format that the library learns to recognize has a remedy here, too.
#[test]
fn every_format_of_the_library_has_a_remedy() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = fs::read_to_string(folder.join("../../src/key_format.rs")).unwrap();
    let advice = fs::read_to_string(folder.join("src/advice.rs")).unwrap();
    let rows = library.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(", \""));
    let formats: Vec<&str> =
        rows.map(|(name, _)| name).filter(|name| name.chars().all(char::is_alphanumeric)).collect();
    assert!(formats.contains(&"Spki") && formats.contains(&"Utf16"), "{formats:?}");
    for format in formats {
        assert!(advice.contains(&format!("KeyFormat::{format}")), "{format}");
    }
}

#[test]
fn unknown_text_is_not_called_base64() {
    let place = Place::with_keys("unknown_text");
    let unknown = "jwe: key: not a key in a known format: PEM, DER, base64 of DER, a JWK, a JWK Set, or 64 hexadecimal digits for dir\n";
    for content in [&b"hello"[..], b"hello world", b"a password, not a key", b"0123", b"\xffbinary", b"YWJjZA=="] {
        place.write("key", content);
        for option in ["--key", "--dir"] {
            assert_eq!(place.fails(1, &format!("encrypt {option} key"), b""), unknown);
        }
    }
    place.write("key", "MIIB%2B");
    assert!(place.fails(1, "encrypt --key key", b"").contains("percent-encoded"));
    place.write("key", "");
    assert_eq!(place.fails(1, "encrypt --key key", b""), "jwe: key: key: the text is empty\n");
}

#[test]
fn a_token_that_windows_rewrote() {
    let place = Place::with_keys("windows");
    let token = text(&place.ok("encrypt --dir shared", b"payload"));
    let utf16 = |bytes: fn(u16) -> [u8; 2]| token.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let (little, big) = (utf16(u16::to_le_bytes), utf16(u16::to_be_bytes));
    for (content, says) in [
        ([&[0xff, 0xfe], &*little].concat(), "the text is UTF-16; convert it with iconv -f UTF-16 -t UTF-8"),
        ([&[0xfe, 0xff], &*big].concat(), "the text is UTF-16; convert it with iconv -f UTF-16 -t UTF-8"),
        (little, "the text is UTF-16; convert it with iconv -f UTF-16LE -t UTF-8"),
        (big, "the text is UTF-16; convert it with iconv -f UTF-16BE -t UTF-8"),
        (format!("\u{feff}{token}").into(), "the text begins with a byte order mark; remove it with tail -c +4"),
    ] {
        place.write("token", &content);
        for command in ["decrypt --dir shared token", "inspect token"] {
            assert_eq!(place.fails(1, command, b""), format!("jwe: token: {says}\n"));
        }
    }
}

#[test]
fn an_empty_kid_is_none() {
    let place = Place::with_sets("no_kid");
    let jwk = serde_json::from_slice::<Value>(&place.read("one")).unwrap()["keys"][0].to_string();
    place.write("one.jwk", jwk);
    place.write("shared.jwk", place.ok("keygen --dir --kid k-s", b""));
    let named = place.ok("encrypt --key a.pub --kid other", b"payload");
    for (to, from) in
        [("--key one.jwk", "--key one.jwk"), ("--key one", "--key one"), ("--dir shared.jwk", "--dir shared.jwk")]
    {
        let token = place.ok(&format!("encrypt --kid  {to}"), b"payload");
        let report: Value = serde_json::from_slice(&place.ok("inspect --json", &token)).unwrap();
        assert!(!report["header_text"].as_str().unwrap().contains("kid"), "{report}");
        assert_eq!(place.ok(&format!("decrypt {from}"), &token), b"payload");
    }
    // The key's own name may mean nothing to the sender.
    for key in ["one.jwk", "one"] {
        place.fails(1, &format!("decrypt --key {key}"), &named);
        assert_eq!(place.ok(&format!("decrypt --kid  --key {key}"), &named), b"payload");
    }
    for command in ["keygen --kid  --dir", "pubkey --kid  --format jwk --key one.jwk"] {
        assert!(!text(&place.ok(command, b"")).contains("kid"), "{command}");
    }
    assert!(place.fails(1, "encrypt --kid  --key theirs", b"").contains("select one with --kid"));
}

#[test]
fn results_in_files() {
    let place = Place::with_keys("out");
    assert_eq!(place.ok("encrypt --key a.pub -o token", b"payload"), b"");
    assert_eq!(place.ok("decrypt --key a.pem --out plain token", b""), b"");
    assert_eq!(place.read("plain"), b"payload");
    assert_eq!(place.read("token").last(), Some(&b'\n'));
    for arguments in ["encrypt --key a.pub --out token", "decrypt --key a.pem -o plain token"] {
        assert!(place.fails(1, arguments, b"").contains("already exists; --force replaces it"));
        place.ok(&format!("{arguments} --force"), b"");
    }
    assert_eq!(place.read("plain"), b"");
    assert_eq!(place.ok("decrypt --key a.pem -o - token", b""), b"");
    // Nothing is written if the token is rejected.
    place.fails(1, "decrypt --key b.pem -o rejected token", b"");
    assert!(!place.0.join("rejected").exists());
    for arguments in [
        "encrypt --key a.pub --out same --cek-out same",
        "encrypt --key a.pub --out one --out two",
        "encrypt --key a.pub --out - --force",
        "decrypt --key a.pem --force token",
    ] {
        place.fails(2, arguments, b"");
    }
    assert!(!place.0.join("same").exists());
}

#[cfg(unix)]
#[test]
fn a_payload_in_a_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::with_keys("out_mode");
    place.ok("encrypt --dir shared --out token", b"payload");
    place.ok("decrypt --dir shared --out plain token", b"");
    assert_eq!(fs::metadata(place.0.join("plain")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_wrong_word_suggests_the_nearest() {
    let place = Place::with_keys("suggestions");
    for (arguments, near) in [
        ("encrpyt", "unknown command 'encrpyt'; did you mean encrypt?"),
        ("dec", "unknown command 'dec'; did you mean decrypt?"),
        ("jwk", "unknown command 'jwk'; did you mean jwks?"),
        ("hlep", "unknown command 'hlep'; did you mean help?"),
        ("frobnicate", "unknown command 'frobnicate' (see"),
        ("x", "unknown command 'x' (see"),
        ("--versoin", "unknown option '--versoin'; did you mean --version?"),
        ("help inspekt", "unknown command 'inspekt'; did you mean inspect?"),
        ("keygen --fromat jwk", "unknown option '--fromat'; did you mean --format?"),
        ("encrypt --keys a.pub", "unknown option '--keys'; did you mean --key?"),
        ("decrypt --frobnicate", "unknown option '--frobnicate' (see"),
        ("completions bahs", "not 'bahs'; did you mean bash?"),
    ] {
        let message = place.fails(2, arguments, b"");
        assert!(message.contains(near), "{arguments}: {message}");
    }
}

/// Runs a script in a shell, if that is installed.
fn in_shell(place: &Place, shell: &str, script: &str) -> Option<String> {
    let output = match Command::new(shell).current_dir(&place.0).args(["-c", script]).output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let _ = writeln!(std::io::stderr(), "not tested: there is no `{shell}`");
            return None;
        }
        output => output.unwrap(),
    };
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{script}");
    Some(text(&output.stdout))
}

#[test]
fn completions_for_each_shell() {
    let place = Place::with_keys("completions");
    for shell in ["bash", "zsh", "fish"] {
        let script = text(&place.ok(&format!("completions {shell}"), b""));
        for word in COMMANDS.into_iter().chain(["cek-out", "thumbprint", "param-json", "pem der base64 jwk"]) {
            assert!(script.contains(word), "{shell}: {word}");
        }
        place.write(shell, script);
        in_shell(&place, shell, &format!("{shell} -n {shell}"));
    }
    for (line, completed) in [
        ("jwe enc", "encrypt"),
        ("jwe key", "keygen"),
        ("jwe keygen --th", ""),
        ("jwe pubkey --th", "--thumbprint"),
        ("jwe keygen --format d", "der"),
        ("jwe completions z", "zsh"),
        ("jwe encrypt --p", "--param --param-json"),
    ] {
        let words = line.split(' ').count() - 1;
        let bash = format!("source ./bash; COMP_WORDS=({line}); COMP_CWORD={words}; _jwe; echo ${{COMPREPLY[*]}}");
        let fish = format!("source ./fish; complete -C '{line}'");
        if let Some(reply) = in_shell(&place, "bash", &bash) {
            assert_eq!(reply.trim_end(), completed, "{line}");
        }
        if let Some(reply) = in_shell(&place, "fish", &fish) {
            let reply: Vec<&str> = reply.lines().map(|line| line.split('\t').next().unwrap()).collect();
            assert_eq!(reply.join(" "), completed, "{line}");
        }
    }
    place.fails(2, "completions", b"");
    place.fails(2, "completions bash zsh", b"");
}

/// As many keys as the library skips, and its reasons.
#[test]
fn inspect_lists_every_skipped_key_with_its_reason() {
    let place = Place::with_keys("inspect_skipped");
    let public = vector("rsa2048-a")["jwk_public"].clone();
    let changed = |name: &str, value: Value| {
        let mut jwk = public.clone();
        jwk[name] = value;
        jwk
    };
    let set = json!({ "keys": [
        changed("kid", "good".into()),
        changed("use", "sig".into()),
        changed("alg", "RS256".into()),
        changed("key_ops", json!(["verify"])),
        changed("n", "AQAB".into()),
        changed("n", "not base64url!".into()),
        changed("e", Value::Null),
        json!({"kty": "EC", "crv": "P-256", "kid": "ec"}),
        json!({"kty": "RSA", "x5c": ["MIIB"]}),
        json!({}),
        json!(1),
    ] });
    place.write("set", set.to_string());
    let (keys, skipped) = KeySet::<EncryptingKey>::from_jwks_with_skipped(&set.to_string()).unwrap();
    let listed = text(&place.ok("inspect set", b""));
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!((lines.len(), keys.len(), skipped.len()), (11, 1, 10));
    for key in skipped {
        let line = lines[key.index];
        let reason = key.reason.to_string();
        // What to do about it is said in a shell's words.
        let reason = reason.split(';').next().unwrap();
        assert!(line.contains("not usable: key: ") && line.contains(reason), "{line}: {reason}");
    }
    for (content, reason) in [
        (r#"{"keys":{}}"#, "neither a token nor a JWK: key: the member `keys` must be an array"),
        (r#"{"jwk":{"kty":"RSA"}}"#, "neither a token nor a JWK: key: found an object around the key"),
        (r#"{"keys":[{"kty":01}]}"#, "not JSON: invalid number at line 1 column"),
    ] {
        let message = place.fails(1, "inspect", content.as_bytes());
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let place = Place::with_keys("broken_pipe");
    place.write("payload", vec![0; 1 << 20]);
    let mut child = Command::new(binary())
        .current_dir(&place.0)
        .args(["encrypt", "--dir", "shared", "payload"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), String::new()));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let place = Place::with_keys("full");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(binary());
    let output = command.current_dir(&place.0).args(["encrypt", "--dir", "shared", "a.pub"]).stdout(full).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("jwe: standard output: "));
}

/// Longer than the tool waits before it shows its progress.
const LONG: Duration = Duration::from_millis(800);

#[test]
fn no_progress_without_a_terminal() {
    let place = Place::with_keys("no_terminal");
    let mut command = Command::new(binary());
    command.current_dir(&place.0).args(["encrypt", "--dir", "shared"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..2 {
                stdin.write_all(&vec![0; 3 << 20]).unwrap();
                thread::sleep(LONG);
            }
        });
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
        assert_eq!(place.ok("decrypt --dir shared", &output.stdout).len(), 6 << 20);
    });
}

/// With `script` of util-linux, which runs a command at a terminal of its own and copies what that shows.
#[cfg(target_os = "linux")]
mod at_a_terminal {
    use super::*;

    /// A shell command, in which `jwe` is the tool and `slow` a large input that takes long.
    fn run(place: &Place, command: &str) -> Option<String> {
        let slow = format!("slow() {{ cat big; sleep {}; cat big; }}", LONG.as_secs_f32());
        place.write("command", format!("jwe() {{ '{}' \"$@\"; }}\n{slow}\n{command}\n", binary().display()));
        place.write("big", vec![b'x'; 2 << 20]);
        let mut script = Command::new("script");
        script.current_dir(&place.0).args(["-qec", "sh command", "/dev/null"]).stdin(Stdio::null());
        let output = match script.output() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let _ = writeln!(std::io::stderr(), "not tested: there is no `script`");
                return None;
            }
            output => output.unwrap(),
        };
        assert!(output.status.success(), "{command}: {}", text(&output.stdout));
        Some(text(&output.stdout))
    }

    #[test]
    fn a_long_task_shows_how_far_it_is() {
        let place = Place::with_keys("progress");
        for (command, line) in [
            ("slow | jwe encrypt --dir shared > token", "jwe: reading 3145728 bytes"),
            ("jwe encrypt --dir shared big | (head -c 1; sleep 0.8; cat) > small", "jwe: writing 1048576 of 2796"),
            (
                "(head -c 3000000 token; sleep 0.8; tail -c +3000001 token) | jwe decrypt --dir shared > plain",
                "jwe: decrypting 55",
            ),
            ("! slow | jwe inspect", "jwe: reading "),
            ("jwe keygen --bits 2048 --out mine.pem", "jwe: making an RSA key"),
        ] {
            let Some(shown) = run(&place, command) else { return };
            assert!(shown.contains(line), "{command}: {shown:?}");
            // Each redraws the line, and none is left standing: not even before an error.
            let last = shown.trim_end_matches("\r\n").rsplit('\r').nth(1).unwrap();
            assert!(last.trim().is_empty(), "{command}: {shown:?}");
            assert!(shown.split('\r').all(|line| line.trim_end().len() < 80), "{command}: {shown:?}");
        }
        assert_eq!(place.read("plain").len(), 4 << 20);
    }

    /// A key of 8192 bits takes longer than a second, but for luck.
    #[test]
    fn making_a_long_key_shows_the_seconds() {
        let place = Place::new("seconds");
        let command = format!("timeout 3 '{}' keygen --bits 8192 --out long.pem; rm -f long.pem", binary().display());
        for _ in 0..10 {
            let Some(shown) = run(&place, &command) else { return };
            assert!(shown.contains("jwe: making an RSA key of 8192 bits, 0 s "), "{shown:?}");
            if shown.contains("jwe: making an RSA key of 8192 bits, 1 s ") {
                return;
            }
        }
        panic!("no seconds in ten attempts");
    }

    #[test]
    fn nothing_else_shows() {
        let place = Place::with_keys("no_progress");
        for command in [
            "slow | jwe encrypt --quiet --dir shared > token",
            "slow | jwe encrypt --dir shared 2> log > token && cat log",
            "jwe decrypt -q --dir shared token | (sleep 0.8; cat > plain)",
            "jwe keygen -q --bits 2048 --out mine.pem",
            "(echo small; sleep 0.8; echo small) | jwe encrypt --key mine.pem > small",
        ] {
            let Some(shown) = run(&place, command) else { return };
            assert_eq!(shown, "", "{command}");
        }
        // What goes to the terminal itself isn't interrupted by how much of it has gone.
        let Some(shown) = run(&place, "slow | jwe encrypt --dir shared") else { return };
        assert!(shown.contains("jwe: reading ") && !shown.contains("jwe: writing "));
    }
}

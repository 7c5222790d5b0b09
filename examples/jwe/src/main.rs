//! `jwe`: encrypts, decrypts and looks into JWE tokens from a shell.
//!
//! ```text
//! cargo run --release -p jwe -- --help
//! ```

use core::fmt::{Display, Write as _};
use core::str::FromStr;
use core::time::Duration;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwe_primitives::{
    Algorithm, ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, Header, Jwe, KeyError, KeyFormat, KeySet,
    ParameterValue,
};
use lexopt::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

const HELP: &str = "\
Usage: jwe COMMAND [OPTION]... [FILE]...

Encrypts and decrypts JWE tokens (RFC 7516, Compact Serialization) with
RSA-OAEP-256 or dir, and A256GCM. Reads FILE, or standard input if there is
none or it is -. Writes to standard output.

  jwe keygen     makes an RSA key pair, or a shared key
  jwe pubkey     writes the public half of a key, or changes its format
  jwe jwks       writes a JWK Set to serve
  jwe encrypt    reads a payload and writes a token
  jwe decrypt    reads a token and writes its payload
  jwe inspect    shows what a token says about itself, or lists a JWK Set

jwe COMMAND --help lists the options of a command.

Key files are PEM, DER, base64 of DER, a JWK or a JWK Set, recognized by their
content; - is standard input. Private keys must not be encrypted.

If standard error is a terminal, what takes long shows its progress there.
  -q, --quiet      show none
  -h, --help       write this text
  -V, --version    write the version

Exit status: 0 success; 1 rejected or failed; 2 wrong usage. An error is one
line. Nothing is written to standard output if a token is rejected.

  jwe keygen --out mine.pem --pub mine.pub
  echo hello | jwe encrypt --key mine.pub | jwe decrypt --key mine.pem
";

const KEYGEN_HELP: &str = "\
Usage: jwe keygen [OPTION]...

Makes an RSA key pair, or a shared key. The private half goes to standard
output in PEM unless an option says otherwise.

  --bits N         length of the RSA modulus, 2048 to 8192 [3072]
  --dir            make a shared key of 32 bytes for dir, as a JWK
  --format F       pem, der or jwk, for both halves
  --kid ID         name the key; needs a JWK, which alone has a place for it
  --out FILE       write the private or shared key there, readable by you alone
  --pub FILE       write the public half there
  --force          replace files that exist
  -q, --quiet      show no progress

  jwe keygen --out mine.pem --pub mine.pub
  jwe keygen --dir --out shared.jwk
";

const PUBKEY_HELP: &str = "\
Usage: jwe pubkey --key FILE [OPTION]...

Writes the public half of an RSA key, or changes its format.

  --key FILE       private or public RSA key
  --kid ID         which key of a JWK Set; a single key gets this name
  --format F       pem, der, base64 (of DER, on one line) or jwk [pem]
  --thumbprint     write only its JWK thumbprint (RFC 7638), a good key id

  jwe pubkey --key mine.pem --format base64
";

const JWKS_HELP: &str = "\
Usage: jwe jwks FILE...

Writes a JWK Set to serve: the public halves of the RSA keys in each FILE. A
key without a name is named by its thumbprint.

  jwe jwks 2025.jwk 2026.jwk > served.json
";

const ENCRYPT_HELP: &str = "\
Usage: jwe encrypt (--key FILE | --dir FILE | --dir-hex HEX) [OPTION]... [FILE]

Reads a payload, and writes a token and a newline.

  --key FILE       RSA key of the recipient: its public half is used
  --dir FILE       shared key: an oct JWK, or 64 hex digits
  --dir-hex HEX    the 64 hex digits themselves, which other users can see in
                   the list of processes
  --kid ID         which key of a JWK Set; for a single key the kid of the
                   token, in place of the key's own
  --cty TYPE       media type of the payload, such as application/json
  --typ TYPE       media type of the token, such as JOSE
  --param N=TEXT   header parameter with a string for its value
  --param-json N=JSON  header parameter with a JSON value
  --cek-out FILE   with --key: write the key of this one message there, which
                   decrypts a response with dir (jwe decrypt --cek FILE)
  --force          replace the file of --cek-out if it exists
  --no-newline     write nothing after the token
  -q, --quiet      show no progress

  echo hello | jwe encrypt --key bank.pub --cek-out request.cek > request.jwe
";

const DECRYPT_HELP: &str = "\
Usage: jwe decrypt (--key FILE | --dir FILE | --cek FILE | --dir-hex HEX)
                   [OPTION]... [FILE]

Reads a token, and writes its payload verbatim. One newline after the token is
removed; any other white space is an error.

  --key FILE       private RSA key; of a JWK Set the one that the token names
  --dir FILE       shared key: an oct JWK, or 64 hex digits
  --cek FILE       the key of a request, from jwe encrypt --cek-out FILE: for a
                   response that is encrypted under it (dir)
  --dir-hex HEX    the 64 hex digits themselves, which other users can see in
                   the list of processes
  --kid ID         the name of the key, for a token that names none; a token
                   that names another is rejected
  --header         write the token's header to standard error
  -q, --quiet      show no progress

  jwe decrypt --key mine.pem response.jwe
  jwe decrypt --cek request.cek response.jwe
";

const INSPECT_HELP: &str = "\
Usage: jwe inspect [OPTION]... [FILE]

Shows what a token says about itself; none of it is verified. Of a JWK or a
JWK Set, lists each key and whether this crate can use it, and if not, why.

  --json           one line of JSON instead of text
  -q, --quiet      show no progress
";

const VERSION: &str = concat!("jwe (jwe-primitives) ", env!("CARGO_PKG_VERSION"), "\n");

/// The longest JWK Set that the library takes, and one byte more. It bounds what a wrong file costs.
const KEY_FILE_LIMIT: usize = (1 << 20) + 1;

/// Bytes between two looks at the clock. Less than that never shows any progress.
const CHUNK: usize = 1 << 20;

/// What takes less is done before anybody wonders.
const PATIENCE: Duration = Duration::from_millis(500);

/// Often enough to be seen moving.
const REDRAW: Duration = Duration::from_millis(100);

/// From here on, encrypting and decrypting alone can take longer than [`PATIENCE`].
const MUCH: usize = 1 << 28;

const PARTS: [&str; 5] = ["header", "encrypted_key", "iv", "ciphertext", "tag"];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.report(),
    }
}

/// Why the program ends early.
enum Stop {
    Usage(String),
    Failed(String),
    /// Whoever read our output has seen enough of it.
    BrokenPipe,
}

impl Stop {
    fn report(&self) -> ExitCode {
        let (message, status) = match self {
            Self::Usage(message) => (format!("{message} (see jwe --help)"), 2),
            Self::Failed(message) => (message.clone(), 1),
            Self::BrokenPipe => return ExitCode::FAILURE,
        };
        complain(&message);
        ExitCode::from(status)
    }
}

impl From<lexopt::Error> for Stop {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

/// For what has no file to blame: a key that can't be made or written.
impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error.to_string())
    }
}

fn usage<T>(message: impl Display) -> Result<T, Stop> {
    Err(Stop::Usage(message.to_string()))
}

fn failed(path: &Path, error: impl Display) -> Stop {
    let name = if is_standard(path) { "standard input".into() } else { path.to_string_lossy() };
    Stop::Failed(format!("{name}: {error}"))
}

/// One line on standard error. If even that fails, there is nobody left to tell.
fn complain(message: &str) {
    let _ = writeln!(io::stderr().lock(), "jwe: {}", printable(message));
}

/// Text from a stranger, for a terminal: what could move the cursor, hide or reorder text is written as JSON's
/// `\u` escape. Outside of its strings JSON has no such characters but line breaks and tabs, so JSON stays JSON.
fn printable(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '\t' | '\n' | '\r' => out.push(' '),
            ' '..='~' => out.push(character),
            _ if character.escape_debug().len() == 1 => out.push(character),
            _ => character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(out, "\\u{unit:04x}");
            }),
        }
    }
    out
}

fn run() -> Result<(), Stop> {
    let mut arguments = lexopt::Parser::from_env();
    match arguments.next()? {
        Some(Value(command)) => match command.to_str() {
            Some("keygen") => keygen(arguments),
            Some("pubkey") => pubkey(arguments),
            Some("jwks") => jwks(arguments),
            Some("encrypt") => encrypt(arguments),
            Some("decrypt") => decrypt(arguments),
            Some("inspect") => inspect(arguments),
            Some("help") => help(arguments),
            _ => usage(format!("unknown command '{}'", command.to_string_lossy())),
        },
        Some(argument) => general(argument, HELP),
        None => usage("no command given"),
    }
}

fn help(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let text = match arguments.next()? {
        None => HELP,
        Some(Value(command)) => match command.to_str() {
            Some("keygen") => KEYGEN_HELP,
            Some("pubkey") => PUBKEY_HELP,
            Some("jwks") => JWKS_HELP,
            Some("encrypt") => ENCRYPT_HELP,
            Some("decrypt") => DECRYPT_HELP,
            Some("inspect") => INSPECT_HELP,
            _ => return usage(format!("unknown command '{}'", command.to_string_lossy())),
        },
        Some(other) => return Err(other.unexpected().into()),
    };
    write_out(&[text.as_bytes()])
}

/// The options that every command has; anything else is wrong.
fn general(argument: lexopt::Arg<'_>, help: &str) -> Result<(), Stop> {
    match argument {
        Short('h') | Long("help") => write_out(&[help.as_bytes()]),
        Short('V') | Long("version") => write_out(&[VERSION.as_bytes()]),
        other => Err(other.unexpected().into()),
    }
}

/// Takes an argument that may be given once.
fn once<T>(slot: &mut Option<T>, what: &str, value: T) -> Result<(), Stop> {
    if slot.replace(value).is_some() { usage(format!("more than one {what}")) } else { Ok(()) }
}

/// The value of an option, of which an error names that option.
fn parsed<T: FromStr<Err: Display>>(option: &str, arguments: &mut lexopt::Parser) -> Result<T, Stop> {
    let text = string(option, arguments)?;
    text.parse().or_else(|error| usage(format!("{option}: '{text}': {error}")))
}

fn string(option: &str, arguments: &mut lexopt::Parser) -> Result<String, Stop> {
    let value = arguments.value()?;
    value.into_string().or_else(|_| usage(format!("{option}: the value is not UTF-8")))
}

// ---- keygen, pubkey, jwks ----

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Pem,
    Der,
    Base64,
    Jwk,
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "pem" => Ok(Self::Pem),
            "der" => Ok(Self::Der),
            "base64" => Ok(Self::Base64),
            "jwk" => Ok(Self::Jwk),
            _ => Err("the formats are pem, der, base64 and jwk"),
        }
    }
}

#[derive(Default)]
struct Keygen {
    bits: Option<usize>,
    shared: bool,
    format: Option<Format>,
    key_id: Option<String>,
    out: Option<PathBuf>,
    public: Option<PathBuf>,
    force: bool,
    quiet: bool,
}

fn keygen(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let mut wanted = Keygen::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("bits") => once(&mut wanted.bits, "--bits", parsed("--bits", &mut arguments)?)?,
            Long("dir") => wanted.shared = true,
            Long("format") => once(&mut wanted.format, "--format", parsed("--format", &mut arguments)?)?,
            Long("kid") => once(&mut wanted.key_id, "--kid", string("--kid", &mut arguments)?)?,
            Long("out") => once(&mut wanted.out, "--out", arguments.value()?.into())?,
            Long("pub") => once(&mut wanted.public, "--pub", arguments.value()?.into())?,
            Long("force") => wanted.force = true,
            Short('q') | Long("quiet") => wanted.quiet = true,
            other => return general(other, KEYGEN_HELP),
        }
    }
    wanted.out = wanted.out.filter(|path| !is_standard(path));
    wanted.check()?;
    if wanted.shared { wanted.make_shared() } else { wanted.make_pair() }
}

impl Keygen {
    /// Before any work: making a long key takes minutes.
    fn check(&self) -> Result<(), Stop> {
        let format = self.format();
        if self.shared && (self.bits.is_some() || self.public.is_some() || format != Format::Jwk) {
            return usage("with --dir, there is no --bits, no --pub and no format but jwk");
        }
        if format == Format::Base64 {
            return usage("keygen has no format base64");
        }
        if self.key_id.is_some() && format != Format::Jwk {
            return usage("--kid needs --format jwk");
        }
        if self.public.as_deref().is_some_and(|path| is_standard(path) || self.out.as_deref() == Some(path)) {
            return usage("--pub needs a file of its own");
        }
        [&self.out, &self.public].into_iter().flatten().try_for_each(|path| check_target(path, self.force))
    }

    fn format(&self) -> Format {
        self.format.unwrap_or(if self.shared { Format::Jwk } else { Format::Pem })
    }

    fn make_shared(&self) -> Result<(), Stop> {
        let mut key = ContentEncryptionKey::generate()?;
        if let Some(id) = &self.key_id {
            key = key.with_key_id(id)?;
        }
        self.save_secret(&[key.to_jwk()?.as_bytes(), b"\n"])
    }

    fn make_pair(&self) -> Result<(), Stop> {
        let mut progress = Progress::new(self.quiet);
        progress.draw("making an RSA key, which takes seconds, or minutes if it is long");
        let mut key = match DecryptingKey::generate(self.bits.unwrap_or(3072)) {
            Err(Error::Key(error)) => return usage(format!("--bits: {error}")),
            other => other?,
        };
        drop(progress);
        if let Some(id) = &self.key_id {
            key = key.with_key_id(id)?;
        }
        match self.format() {
            Format::Der => self.save_secret(&[&key.to_der()?])?,
            Format::Jwk => self.save_secret(&[key.to_jwk()?.as_bytes(), b"\n"])?,
            Format::Pem | Format::Base64 => self.save_secret(&[key.to_pem()?.as_bytes()])?,
        }
        let Some(path) = &self.public else { return Ok(()) };
        let public = public_text(key.encrypting_key(), self.format())?;
        save(path, &[&public], 0o666, self.force)
    }

    fn save_secret(&self, pieces: &[&[u8]]) -> Result<(), Stop> {
        let Some(path) = &self.out else {
            warn_of_readers();
            return write_out(pieces);
        };
        save(path, pieces, 0o600, self.force)
    }
}

/// A shell that redirects standard output makes the file with the permissions of any file.
fn warn_of_readers() {
    #[cfg(unix)]
    {
        use std::os::{fd::AsFd as _, unix::fs::PermissionsExt as _};

        let output = io::stdout().as_fd().try_clone_to_owned().and_then(|file| File::from(file).metadata());
        if output.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o077 != 0) {
            complain("warning: others can get at the file that the key goes to, use --out FILE");
        }
    }
}

fn public_text(key: &EncryptingKey, format: Format) -> Result<Vec<u8>, Error> {
    Ok(match format {
        Format::Pem => key.to_pem()?.into_bytes(),
        Format::Der => key.to_der()?,
        Format::Base64 => format!("{}\n", key.to_base64_der()?).into_bytes(),
        Format::Jwk => format!("{}\n", key.to_jwk()).into_bytes(),
    })
}

fn pubkey(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let (mut path, mut key_id, mut format, mut thumbprint) = (None, None, None, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("key") => once(&mut path, "--key", PathBuf::from(arguments.value()?))?,
            Long("kid") => once(&mut key_id, "--kid", string("--kid", &mut arguments)?)?,
            Long("format") => once(&mut format, "--format", parsed("--format", &mut arguments)?)?,
            Long("thumbprint") => thumbprint = true,
            Short('q') | Long("quiet") => {}
            other => return general(other, PUBKEY_HELP),
        }
    }
    if thumbprint && format.is_some() {
        return usage("--thumbprint has no format");
    }
    let Some(path) = path else { return usage("no key: give --key FILE") };
    let file = KeyFile::load(&path, Kind::Rsa)?;
    let mut key = match file.choose(key_id.as_deref())? {
        Key::Public(key) => key.clone(),
        Key::Private(key) => key.encrypting_key().clone(),
        Key::Shared(_) => return Err(failed(&path, NO_PUBLIC_HALF)),
    };
    if let Some(id) = &key_id {
        if !file.is_set && format != Some(Format::Jwk) {
            return usage("--kid needs --format jwk, or a JWK Set");
        }
        key = named("--kid", key.with_key_id(id))?;
    }
    let text = if thumbprint {
        format!("{}\n", key.thumbprint()).into_bytes()
    } else {
        public_text(&key, format.unwrap_or(Format::Pem))?
    };
    write_out(&[&text])
}

fn jwks(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(file) => paths.push(file.into()),
            Short('q') | Long("quiet") => {}
            other => return general(other, JWKS_HELP),
        }
    }
    if paths.is_empty() {
        return usage("no key: give a FILE");
    }
    let mut keys: Vec<EncryptingKey> = Vec::new();
    for path in &paths {
        for key in KeyFile::load(path, Kind::Rsa)?.public_halves()? {
            let id = key.key_id().map_or_else(|| key.thumbprint(), str::to_owned);
            // A peer could use neither of the two.
            if keys.iter().any(|other| other.key_id() == Some(&id)) {
                return Err(failed(path, format!("there is another key with the kid {id} already")));
            }
            keys.push(key.with_key_id(&id)?);
        }
    }
    let set: KeySet<EncryptingKey> = keys.into_iter().collect();
    write_out(&[set.to_jwks().as_bytes(), b"\n"])
}

// ---- encrypt, decrypt ----

/// Where the key is, and of which kind it has to be.
enum KeySource {
    File(PathBuf, Kind),
    SharedHex(Zeroizing<String>),
}

impl KeySource {
    fn load(&self) -> Result<KeyFile, Stop> {
        match self {
            Self::File(path, kind) => {
                let file = KeyFile::load(path, *kind)?;
                match (kind, &file.keys) {
                    (Kind::Rsa, Keys::Shared(_)) => Err(failed(path, "this is a shared key, give it with --dir")),
                    (Kind::Shared, Keys::Public(_) | Keys::Private(_)) => {
                        Err(failed(path, "this is an RSA key, give it with --key"))
                    }
                    _ => Ok(file),
                }
            }
            Self::SharedHex(digits) => {
                complain("warning: --dir-hex shows the key to everybody who can list processes, use --dir FILE");
                let key = named("--dir-hex", hex_key(digits))?;
                Ok(KeyFile { path: "--dir-hex".into(), is_set: false, keys: Keys::Shared(vec![key]) })
            }
        }
    }

    fn shared_hex(arguments: &mut lexopt::Parser) -> Result<Self, Stop> {
        Ok(Self::SharedHex(string("--dir-hex", arguments)?.into()))
    }

    fn is_standard(&self) -> bool {
        matches!(self, Self::File(path, _) if is_standard(path))
    }
}

/// The options that name a key. A command has one of them.
const KEY_OPTIONS: &str = "key: give one of --key, --dir, --dir-hex and --cek";

fn encrypt(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let (mut key, mut key_id, mut cek_out, mut input) = (None, None, None, None);
    let (mut force, mut quiet) = (false, false);
    let mut header = Header::new();
    let mut end: &[u8] = b"\n";
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("key") => once(&mut key, KEY_OPTIONS, KeySource::File(arguments.value()?.into(), Kind::Rsa))?,
            Long("dir") => once(&mut key, KEY_OPTIONS, KeySource::File(arguments.value()?.into(), Kind::Shared))?,
            Long("dir-hex") => once(&mut key, KEY_OPTIONS, KeySource::shared_hex(&mut arguments)?)?,
            Long("kid") => {
                let id = key_id.insert(string("--kid", &mut arguments)?);
                header = named("--kid", header.key_id(id))?;
            }
            Long("cty") => header = named("--cty", header.content_type(&string("--cty", &mut arguments)?))?,
            Long("typ") => header = named("--typ", header.token_type(&string("--typ", &mut arguments)?))?,
            Long("param") => header = parameter(header, "--param", &mut arguments)?,
            Long("param-json") => header = parameter(header, "--param-json", &mut arguments)?,
            Long("cek-out") => once(&mut cek_out, "--cek-out", PathBuf::from(arguments.value()?))?,
            Long("force") => force = true,
            Long("no-newline") => end = b"",
            Short('q') | Long("quiet") => quiet = true,
            Value(file) => once(&mut input, "FILE", file.into())?,
            other => return general(other, ENCRYPT_HELP),
        }
    }
    check_cek_out(cek_out.as_deref(), key.as_ref(), force)?;
    let mut progress = Progress::new(quiet);
    let Loaded { keys, path, content: payload } = load(key, input, &mut progress)?;
    let key = keys.choose(key_id.as_deref())?;
    progress.work("encrypting", payload.len());
    let sent = match key {
        Key::Public(key) => key.encrypt(&header, &payload).map(|sent| (sent.compact, Some(sent.cek))),
        Key::Private(key) => key.encrypting_key().encrypt(&header, &payload).map(|sent| (sent.compact, Some(sent.cek))),
        Key::Shared(key) => key.encrypt(&header, &payload).map(|token| (token, None)),
    };
    let (token, cek) = sent.map_err(|error| failed(&path, error))?;
    // Before the token: whoever has sent that has the key for its response.
    if let (Some(path), Some(cek)) = (cek_out, cek) {
        save(&path, &[cek.to_jwk()?.as_bytes(), b"\n"], 0o600, force)?;
    }
    write_with(&[token.as_bytes(), end], &mut progress)
}

/// Before any work.
fn check_cek_out(path: Option<&Path>, key: Option<&KeySource>, force: bool) -> Result<(), Stop> {
    match (path, key) {
        (None, _) if force => usage("--force needs --cek-out"),
        (None, _) => Ok(()),
        (Some(path), _) if is_standard(path) => usage("--cek-out needs a file"),
        (Some(_), Some(KeySource::File(_, Kind::Shared) | KeySource::SharedHex(_))) => {
            usage("--cek-out needs --key: with a shared key, that is the key of the message")
        }
        (Some(path), _) => check_target(path, force),
    }
}

/// What the command line asks for and the format forbids is wrong usage.
fn named<T>(option: &str, result: Result<T, Error>) -> Result<T, Stop> {
    result.or_else(|error| usage(format!("{option}: {error}")))
}

fn parameter(header: Header, option: &str, arguments: &mut lexopt::Parser) -> Result<Header, Stop> {
    let text = string(option, arguments)?;
    let Some((name, value)) = text.split_once('=') else {
        return usage(format!("{option}: no '=' in '{text}'"));
    };
    match name {
        "kid" | "cty" | "typ" => usage(format!("{option} {name}: this parameter has an option of its own, --{name}")),
        "alg" | "enc" => usage(format!("{option} {name}: this parameter comes from the key")),
        _ => {
            let value = if option == "--param-json" { ParameterValue::Json(value) } else { value.into() };
            named(&format!("{option} {name}"), header.param(name, value))
        }
    }
}

fn decrypt(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let (mut key, mut key_id, mut input) = (None, None, None);
    let (mut show_header, mut quiet) = (false, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("key") => once(&mut key, KEY_OPTIONS, KeySource::File(arguments.value()?.into(), Kind::Rsa))?,
            Long("dir" | "cek") => {
                once(&mut key, KEY_OPTIONS, KeySource::File(arguments.value()?.into(), Kind::Shared))?;
            }
            Long("dir-hex") => once(&mut key, KEY_OPTIONS, KeySource::shared_hex(&mut arguments)?)?,
            Long("kid") => once(&mut key_id, "--kid", string("--kid", &mut arguments)?)?,
            Long("header") => show_header = true,
            Short('q') | Long("quiet") => quiet = true,
            Value(file) => once(&mut input, "FILE", file.into())?,
            other => return general(other, DECRYPT_HELP),
        }
    }
    let mut progress = Progress::new(quiet);
    let Loaded { keys, path, content: text } = load(key, input, &mut progress)?;
    let jwe = Jwe::parse(without_newline(&text)).map_err(|error| failed(&path, error))?;
    progress.work("decrypting", text.len());
    let plaintext = Zeroizing::new(open_token(&keys, key_id.as_deref(), &jwe, &path)?);
    // Only now: before, anybody could have written it.
    if show_header {
        progress.clear();
        let _ = writeln!(io::stderr().lock(), "{}", printable(jwe.unverified_header().as_json()));
    }
    write_with(&[&plaintext], &mut progress)
}

fn open_token(keys: &KeyFile, key_id: Option<&str>, jwe: &Jwe<'_>, path: &Path) -> Result<Vec<u8>, Stop> {
    let named = jwe.unverified_header().key_id();
    let reject = |error, key: Option<&str>| match (error, &named, key) {
        (Error::KeyIdMismatch, Some(named), Some(key)) => {
            failed(path, format!("{error} (the token names {named}, the key is {key})"))
        }
        _ => failed(path, error),
    };
    if let (Some(asked), Some(named)) = (key_id, &named)
        && asked != named
    {
        return Err(failed(path, format!("{} (the token names {named}, --kid {asked})", Error::KeyIdMismatch)));
    }
    match keys.choose(key_id.or(named.as_deref()))? {
        Key::Public(_) => Err(failed(&keys.path, KeyError::PublicInsteadOfPrivate)),
        Key::Private(key) => {
            key.decrypt(jwe).map(|decrypted| decrypted.plaintext).map_err(|error| reject(error, key.key_id()))
        }
        Key::Shared(key) => {
            key.decrypt(jwe).map(|decrypted| decrypted.plaintext).map_err(|error| reject(error, key.key_id()))
        }
    }
}

struct Loaded {
    keys: KeyFile,
    path: PathBuf,
    content: Vec<u8>,
}

/// The key and the input, which can't both come from standard input.
fn load(key: Option<KeySource>, input: Option<PathBuf>, progress: &mut Progress) -> Result<Loaded, Stop> {
    let Some(key) = key else { return usage("no key: give --key FILE or --dir FILE") };
    let path = input.unwrap_or_else(|| "-".into());
    if key.is_standard() && is_standard(&path) {
        return usage("the key and the input cannot both be standard input");
    }
    let keys = key.load()?;
    let content = read(&path, progress)?;
    Ok(Loaded { keys, path, content })
}

/// A token in a file or from `echo` ends with a line break, and the library accepts no white space.
fn without_newline(text: &[u8]) -> &[u8] {
    let Some(line) = text.strip_suffix(b"\n") else { return text };
    line.strip_suffix(b"\r").unwrap_or(line)
}

// ---- inspect ----

fn inspect(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let (mut input, mut as_json, mut quiet) = (None, false, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("json") => as_json = true,
            Short('q') | Long("quiet") => quiet = true,
            Value(file) => once(&mut input, "FILE", PathBuf::from(file))?,
            other => return general(other, INSPECT_HELP),
        }
    }
    let mut progress = Progress::new(quiet);
    let path = input.unwrap_or_else(|| "-".into());
    let text = read(&path, &mut progress)?;
    if text.trim_ascii_start().starts_with(b"{") {
        let report = inspect_set(&text, as_json).ok_or_else(|| failed(&path, "neither a token nor a JWK"))?;
        return write_with(&[report.as_bytes()], &mut progress);
    }
    if text.trim_ascii_start().starts_with(b"-----BEGIN ") {
        return Err(failed(&path, "a key, not a token: jwe pubkey --key FILE shows its public half"));
    }
    let token = without_newline(&text);
    let rejected = |error| failed(&path, error);
    let jwe = Jwe::parse(token).map_err(|error| failed(&path, format!("{error}{}", foreign_header(token))))?;
    progress.work("checking", text.len());
    check_ciphertext(&jwe).map_err(rejected)?;
    let report = if as_json { report_json(token, &jwe) } else { report_text(token, &jwe) };
    write_with(&[report.as_bytes()], &mut progress)
}

/// What a service sends is often the question, so that a token which isn't for this profile shows its header all the
/// same.
fn foreign_header(token: &[u8]) -> String {
    let header = token.split(|byte| *byte == b'.').next().unwrap_or_default();
    let json = str::from_utf8(header).ok().and_then(|text| Base64UrlUnpadded::decode_vec(text).ok());
    let json = json.and_then(|json| String::from_utf8(json).ok()).filter(|json| json.starts_with('{'));
    json.map(|json| format!(" in {}", printable(&json))).unwrap_or_default()
}

/// Parsing leaves the alphabet of the ciphertext to decryption. So try that with a random key: either the text is
/// at fault, or it fails as it has to.
fn check_ciphertext(jwe: &Jwe<'_>) -> Result<(), Error> {
    let result = match jwe.algorithm() {
        Algorithm::Dir => ContentEncryptionKey::generate()?.decrypt(jwe).err(),
        Algorithm::RsaOaep256 => jwe.decrypt_unwrapped(None).err(),
    };
    match result {
        None | Some(Error::Decryption) => Ok(()),
        Some(error) => Err(error),
    }
}

/// Each part with its length in characters, and in bytes once decoded.
fn part_lengths(token: &[u8]) -> impl Iterator<Item = (&'static str, usize, usize)> {
    let lengths = token.split(|byte| *byte == b'.').map(<[u8]>::len);
    PARTS.into_iter().zip(lengths).map(|(name, len)| (name, len, len.saturating_mul(3) / 4))
}

fn report_text(token: &[u8], jwe: &Jwe<'_>) -> String {
    let header = jwe.unverified_header();
    let mut lines = vec![format!("{:<16}{}", "header", header.as_json())];
    for name in ["alg", "enc", "kid", "cty", "typ"] {
        lines.extend(header.string(name).map(|value| format!("{name:<16}{value}")));
    }
    lines.push(format!(
        "{:<16}{}",
        "needs",
        match jwe.algorithm() {
            Algorithm::Dir => "the shared key of 32 bytes".to_owned(),
            Algorithm::RsaOaep256 =>
                format!("an RSA private key with a modulus of {} bytes", jwe.encrypted_key().len()),
        }
    ));
    lines.push(format!("{:<16}{} bytes", "plaintext", jwe.plaintext_len()));
    lines.push(format!("{:<16}{:>12}{:>12}", "part", "characters", "bytes"));
    lines.extend(part_lengths(token).map(|(name, text, bytes)| format!("{name:<16}{text:>12}{bytes:>12}")));
    lines.iter().map(|line| printable(line) + "\n").collect()
}

fn report_json(token: &[u8], jwe: &Jwe<'_>) -> String {
    let header = jwe.unverified_header();
    let parts: Json = part_lengths(token)
        .map(|(name, text, bytes)| (name.to_owned(), json!({ "characters": text, "bytes": bytes })))
        .collect();
    let needs = match jwe.algorithm() {
        Algorithm::Dir => json!({ "kty": "oct", "bytes": ContentEncryptionKey::LEN }),
        Algorithm::RsaOaep256 => json!({ "kty": "RSA", "modulus_bytes": jwe.encrypted_key().len() }),
    };
    let report = json!({
        "alg": jwe.algorithm().name(),
        "enc": header.string("enc"),
        "kid": header.key_id(),
        "cty": header.string("cty"),
        "typ": header.string("typ"),
        // Null if it has a number beyond a double's range; the text is what the sender wrote, to the byte.
        "header": serde_json::from_str::<Json>(header.as_json()).ok(),
        "header_text": header.as_json(),
        "needs": needs,
        "parts": parts,
        "plaintext_bytes": jwe.plaintext_len(),
    });
    printable(&report.to_string()) + "\n"
}

/// One line for each key of a JWK Set, or for a JWK alone: its name, and what it is good for or why it isn't.
fn inspect_set(text: &[u8], as_json: bool) -> Option<String> {
    let text = str::from_utf8(text).ok()?;
    let keys: Vec<Json> = listed_keys(text).or_else(|| only_key(text))?.into_iter().map(inspect_key).collect();
    if as_json {
        return Some(printable(&json!({ "keys": keys }).to_string()) + "\n");
    }
    let column = |key: &Json, name: &str| key.get(name).and_then(Json::as_str).map(str::to_owned);
    let lines = keys.iter().map(|key| {
        let name = column(key, "kid").map_or_else(|| "(no kid)".to_owned(), |kid| format!("kid {kid}"));
        let verdict = match column(key, "usable") {
            Some(usable) => format!("usable: {usable}"),
            None => format!("not usable: {}", column(key, "error").unwrap_or_default()),
        };
        printable(&format!("{name:<24}{verdict}")) + "\n"
    });
    Some(lines.collect())
}

fn inspect_key(jwk: &RawValue) -> Json {
    let kid = serde_json::from_str::<Json>(jwk.get()).ok().and_then(|jwk| jwk.get("kid")?.as_str().map(str::to_owned));
    let verdict = match rsa_key(jwk.get(), EncryptingKey::from_jwk, DecryptingKey::from_jwk) {
        Err(Error::Key(KeyError::WrongType(_))) => {
            ContentEncryptionKey::from_jwk(jwk.get()).map(|_| "dir, shared key".into())
        }
        Err(error) => Err(error),
        Ok(keys) => Ok(describe(&keys)),
    };
    match verdict {
        Ok(usable) => json!({ "kid": kid, "usable": usable }),
        Err(error) => json!({ "kid": kid, "error": error.to_string() }),
    }
}

fn describe(keys: &Keys) -> String {
    let (half, key) = match keys {
        Keys::Public(keys) => ("public", keys.iter().next().cloned()),
        Keys::Private(keys) => ("private", keys.iter().next().map(|key| key.encrypting_key().clone())),
        Keys::Shared(_) => ("shared", None),
    };
    let details = key.map(|key| format!(", {} bits, thumbprint {}", key.modulus_bits(), key.thumbprint()));
    format!("RSA-OAEP-256, {half} key{}", details.unwrap_or_default())
}

// ---- keys from files ----

const NO_PUBLIC_HALF: &str = "a shared key has no public half";

/// Which keys of a JWK Set are meant; other files hold one key, and tell its kind.
#[derive(Clone, Copy)]
enum Kind {
    Rsa,
    Shared,
}

/// The keys of a file that holds one, or of a JWK Set.
enum Keys {
    Public(KeySet<EncryptingKey>),
    Private(KeySet<DecryptingKey>),
    Shared(Vec<ContentEncryptionKey>),
}

/// The one of them that is used.
enum Key<'a> {
    Public(&'a EncryptingKey),
    Private(&'a DecryptingKey),
    Shared(&'a ContentEncryptionKey),
}

struct KeyFile {
    path: PathBuf,
    is_set: bool,
    keys: Keys,
}

impl KeyFile {
    fn load(path: &Path, kind: Kind) -> Result<Self, Stop> {
        let source = open(path).map_err(|error| not_a_file(path, &error))?;
        // It never grows, which would leave copies: there is room to see that the file ends.
        let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_FILE_LIMIT.saturating_add(64)));
        let limit = u64::try_from(KEY_FILE_LIMIT).unwrap_or(u64::MAX);
        source.take(limit).read_to_end(&mut bytes).map_err(|error| failed(path, error))?;
        if bytes.len() >= KEY_FILE_LIMIT {
            return Err(failed(path, "longer than any key file"));
        }
        let rejected = |error: Error| failed(path, error);
        let (is_set, keys) = match parse_key(&bytes) {
            Err(Error::Key(KeyError::UnexpectedFormat(KeyFormat::JwkSet))) => {
                (true, parse_set(&bytes, kind).map_err(rejected)?)
            }
            // A set may be longer than a key.
            Err(Error::Key(KeyError::TooLong)) if bytes.trim_ascii_start().starts_with(b"{") => {
                (true, parse_set(&bytes, kind).map_err(rejected)?)
            }
            other => (false, other.map_err(rejected)?),
        };
        match keys {
            Keys::Shared(keys) if keys.is_empty() => Err(failed(path, "key: no key of the JWK Set is for dir")),
            keys => Ok(Self { path: path.into(), is_set, keys }),
        }
    }

    /// The key of this id; without one, the only key. A file with one key holds the one that is meant.
    fn choose(&self, key_id: Option<&str>) -> Result<Key<'_>, Stop> {
        let key_id = key_id.filter(|_| self.is_set);
        let chosen = match &self.keys {
            Keys::Public(keys) => keys.get(key_id).map(Key::Public),
            Keys::Private(keys) => keys.get(key_id).map(Key::Private),
            Keys::Shared(keys) => get_shared(keys, key_id).map(Key::Shared),
        };
        chosen.map_err(|error| failed(&self.path, format!("{error} (it has {})", self.key_ids())))
    }

    fn key_ids(&self) -> String {
        let ids: Vec<Option<&str>> = match &self.keys {
            Keys::Public(keys) => keys.iter().map(EncryptingKey::key_id).collect(),
            Keys::Private(keys) => keys.iter().map(DecryptingKey::key_id).collect(),
            Keys::Shared(keys) => keys.iter().map(ContentEncryptionKey::key_id).collect(),
        };
        let ids: Vec<&str> = ids.into_iter().map(|id| id.unwrap_or("one without")).collect();
        ids.join(", ")
    }

    fn public_halves(&self) -> Result<Vec<EncryptingKey>, Stop> {
        match &self.keys {
            Keys::Public(keys) => Ok(keys.iter().cloned().collect()),
            Keys::Private(keys) => Ok(keys.iter().map(DecryptingKey::encrypting_key).cloned().collect()),
            Keys::Shared(_) => Err(failed(&self.path, NO_PUBLIC_HALF)),
        }
    }
}

/// Whoever gives the key itself for the name of its file must not find it in a log, too.
fn not_a_file(path: &Path, error: &io::Error) -> Stop {
    let name = path.to_string_lossy();
    // A shell may have spoilt it, so what looks like a JWK or PEM is enough.
    if name.starts_with(['{', '-']) || parse_key(name.as_bytes()).is_ok() {
        return Stop::Usage(
            "this takes the name of a file, not a key: others can see it in the list of processes".to_owned(),
        );
    }
    failed(path, error)
}

/// As [`KeySet::get`], which is for RSA keys.
fn get_shared<'a>(keys: &'a [ContentEncryptionKey], key_id: Option<&str>) -> Result<&'a ContentEncryptionKey, Error> {
    let mut candidates = keys.iter().filter(|key| key_id.is_none() || key.key_id() == key_id);
    match (candidates.next(), candidates.next()) {
        (Some(key), None) => Ok(key),
        (None, _) if key_id.is_some() => Err(Error::UnknownKeyId),
        _ => Err(Error::AmbiguousKey),
    }
}

fn parse_set(bytes: &[u8], kind: Kind) -> Result<Keys, Error> {
    const PRIVATE: Error = Error::Key(KeyError::PrivateInsteadOfPublic);
    let text = str::from_utf8(bytes).map_err(|_| KeyError::Jwk)?;
    match (kind, KeySet::<EncryptingKey>::from_jwks_with_skipped(text)) {
        (Kind::Shared, Ok(_) | Err(PRIVATE)) => shared_keys(text).map(Keys::Shared),
        (Kind::Shared, Err(error)) => Err(error),
        (Kind::Rsa, Err(PRIVATE)) => KeySet::<DecryptingKey>::from_jwks(text).map(Keys::Private),
        (Kind::Rsa, _) => KeySet::<EncryptingKey>::from_jwks(text).map(Keys::Public),
    }
}

/// The keys of a JWK Set, each as its JSON. Nothing of it is copied.
fn listed_keys(jwks: &str) -> Option<Vec<&RawValue>> {
    let set: BTreeMap<String, &RawValue> = serde_json::from_str(jwks).ok()?;
    serde_json::from_str(set.get("keys")?.get()).ok()
}

/// A JWK that is in no set.
fn only_key(jwk: &str) -> Option<Vec<&RawValue>> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(jwk).ok()?;
    members.contains_key("kty").then(|| serde_json::from_str(jwk).ok().into_iter().collect())
}

/// The shared keys of a JWK Set, which the library has found to be one.
fn shared_keys(jwks: &str) -> Result<Vec<ContentEncryptionKey>, Error> {
    let listed = listed_keys(jwks).ok_or(KeyError::Jwk)?;
    let keys = listed.into_iter().map(|jwk| ContentEncryptionKey::from_jwk(jwk.get()));
    keys.filter(|key| !key.as_ref().is_err_and(|error| is_for_something_else(*error))).collect()
}

fn is_for_something_else(error: Error) -> bool {
    use KeyError::{Algorithm, Operations, Use, WrongType};

    matches!(error, Error::Key(WrongType(_) | Use(_) | Algorithm(_) | Operations(_)))
}

/// Tells by its content what a key file is. DER of an RSA key is never UTF-8: it starts with 30 82.
fn parse_key(bytes: &[u8]) -> Result<Keys, Error> {
    let shared = |key| Keys::Shared(vec![key]);
    let Ok(text) = str::from_utf8(bytes) else {
        return rsa_key(bytes, EncryptingKey::from_der, DecryptingKey::from_der);
    };
    let text = text.trim_ascii().trim_start_matches('\u{feff}');
    if text.starts_with('{') {
        let key = rsa_key(text, EncryptingKey::from_jwk, DecryptingKey::from_jwk);
        let other_type = matches!(key, Err(Error::Key(KeyError::WrongType(_))));
        return if other_type { ContentEncryptionKey::from_jwk(text).map(shared) } else { key };
    }
    if text.contains("-----BEGIN ") {
        return rsa_key(text, EncryptingKey::from_pem, DecryptingKey::from_pem);
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return hex_key(text).map(shared);
    }
    rsa_key(text, EncryptingKey::from_base64_der, DecryptingKey::from_base64_der)
}

fn rsa_key<T: ?Sized>(
    input: &T,
    public: fn(&T) -> Result<EncryptingKey, Error>,
    private: fn(&T) -> Result<DecryptingKey, Error>,
) -> Result<Keys, Error> {
    match public(input) {
        Err(Error::Key(KeyError::PrivateInsteadOfPublic)) => Ok(Keys::Private([private(input)?].into_iter().collect())),
        other => Ok(Keys::Public([other?].into_iter().collect())),
    }
}

fn hex_key(digits: &str) -> Result<ContentEncryptionKey, Error> {
    let mut bytes = Zeroizing::new([0; ContentEncryptionKey::LEN]);
    // `from_str_radix` would take a sign.
    if digits.len() != bytes.len().saturating_mul(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(KeyError::SymmetricLength.into());
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
        let pair = str::from_utf8(pair).map_err(|_| KeyError::SymmetricLength)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| KeyError::SymmetricLength)?;
    }
    ContentEncryptionKey::from_bytes(bytes.as_slice())
}

// ---- files and pipes ----

fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    if is_standard(path) { Ok(Box::new(io::stdin().lock())) } else { Ok(Box::new(File::open(path)?)) }
}

fn read(path: &Path, progress: &mut Progress) -> Result<Vec<u8>, Stop> {
    let total = fs::metadata(path).ok().filter(|found| found.is_file() && !is_standard(path));
    let total = total.and_then(|found| usize::try_from(found.len()).ok());
    let mut bytes = Vec::new();
    let read = open(path).and_then(|mut source| read_in_chunks(&mut source, &mut bytes, total, progress));
    read.map(|()| bytes).map_err(|error| failed(path, error))
}

fn read_in_chunks(
    source: &mut dyn Read,
    bytes: &mut Vec<u8>,
    total: Option<usize>,
    progress: &mut Progress,
) -> io::Result<()> {
    bytes.try_reserve(total.unwrap_or(0))?;
    let limit = u64::try_from(CHUNK).unwrap_or(u64::MAX);
    // A short one is the last: to ask a terminal again would take a second Ctrl-D.
    while source.take(limit).read_to_end(bytes)? == CHUNK {
        progress.show("reading", bytes.len(), total);
    }
    Ok(())
}

fn write_out(pieces: &[&[u8]]) -> Result<(), Stop> {
    write_with(pieces, &mut Progress::new(true))
}

fn write_with(pieces: &[&[u8]], progress: &mut Progress) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        // There, what is written is the progress.
        progress.stop();
    }
    let total = pieces.iter().map(|piece| piece.len()).sum();
    let mut done: usize = 0;
    let written = pieces.iter().flat_map(|piece| piece.chunks(CHUNK)).try_for_each(|chunk| {
        out.write_all(chunk)?;
        done = done.saturating_add(chunk.len());
        progress.show("writing", done, Some(total));
        Ok(())
    });
    written.and_then(|()| out.flush()).map_err(|error: io::Error| match error.kind() {
        io::ErrorKind::BrokenPipe => Stop::BrokenPipe,
        _ => Stop::Failed(format!("standard output: {error}")),
    })
}

/// What would be in the way of [`save`].
fn check_target(path: &Path, force: bool) -> Result<(), Stop> {
    match fs::symlink_metadata(path) {
        Ok(_) if !force => Err(failed(path, "exists already, --force replaces it")),
        Ok(found) if !found.is_file() => Err(failed(path, "not a regular file")),
        _ => Ok(()),
    }
}

/// Makes a new file. With `force` it takes the place of the old one once it is complete; it is never written into
/// the old one, which others may be able to read.
fn save(path: &Path, pieces: &[&[u8]], mode: u32, force: bool) -> Result<(), Stop> {
    check_target(path, force)?;
    let mut target = path.as_os_str().to_owned();
    target.push(if force { ".new" } else { "" });
    let target = Path::new(&target);
    let mut file = create_new(target, mode).map_err(|error| failed(target, error))?;
    let written = pieces.iter().try_for_each(|piece| file.write_all(piece)).and_then(|()| file.sync_all());
    let finished = written.and_then(|()| if force { fs::rename(target, path) } else { Ok(()) });
    finished.map_err(|error| {
        let _ = fs::remove_file(target);
        failed(path, error)
    })
}

fn create_new(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)
}

// ---- progress ----

/// One line on standard error that tells how far a long task is, and is gone afterwards. There is none unless that is
/// a terminal: a log or a script would have to read it.
struct Progress {
    on: bool,
    drawn: bool,
    since: Instant,
    wait: Duration,
}

impl Progress {
    /// Fits a terminal of 80 columns.
    const WIDTH: usize = 76;

    fn new(quiet: bool) -> Self {
        let on = !quiet && io::stderr().is_terminal();
        Self { on, drawn: false, since: Instant::now(), wait: PATIENCE }
    }

    /// Shows how much is done, if it is much and time to.
    fn show(&mut self, what: &str, done: usize, total: Option<usize>) {
        if !self.on || done < CHUNK || self.since.elapsed() < self.wait {
            return;
        }
        let share = total.filter(|total| *total >= done).and_then(|total| {
            let percent = done.saturating_mul(100).checked_div(total)?;
            Some(format!(" of {total} bytes, {percent} %"))
        });
        self.draw(&format!("{what} {done}{}", share.as_deref().unwrap_or(" bytes")));
        (self.since, self.wait) = (Instant::now(), REDRAW);
    }

    /// Announces work that tells nothing until it is done.
    fn work(&mut self, what: &str, bytes: usize) {
        if self.drawn || bytes >= MUCH {
            self.draw(&format!("{what} {bytes} bytes"));
        }
    }

    fn draw(&mut self, text: &str) {
        if self.on {
            // Over the whole line, without the escape sequences that some terminals don't know.
            let _ = write!(io::stderr().lock(), "\r{:<1$}", format!("jwe: {text}"), Self::WIDTH);
            self.drawn = true;
        }
    }

    fn clear(&mut self) {
        if self.drawn {
            let _ = write!(io::stderr().lock(), "\r{:1$}\r", "", Self::WIDTH);
            self.drawn = false;
        }
    }

    fn stop(&mut self) {
        self.clear();
        self.on = false;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

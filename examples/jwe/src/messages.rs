//! The commands about messages: `encrypt` and `decrypt`.

use core::mem;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jwe_primitives::{EncryptingKey, Error, Header, Jwe, KeyError, ParameterValue, VerifiedHeader};
use lexopt::prelude::*;
use zeroize::Zeroizing;

use crate::arguments::{general, once, string};
use crate::files::{PUBLIC, SECRET, Target, check_target, read, save, token_text};
use crate::help::of;
use crate::key_file::{Key, KeyFile, Keys, Kind};
use crate::progress::Progress;
use crate::stop::{Stop, complain, failed, is_standard, named, printable, rejected, usage};

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
                    (Kind::Rsa, Keys::Shared(_)) => Err(failed(path, "this is a shared key; give it with --dir")),
                    (Kind::Shared, Keys::Public(_) | Keys::Private(_)) => {
                        Err(failed(path, "this is an RSA key; give it with --key"))
                    }
                    _ => Ok(file),
                }
            }
            Self::SharedHex(digits) => {
                complain("warning: --dir-hex shows the key to everybody who can list processes; use --dir FILE");
                KeyFile::from_hex(digits)
            }
        }
    }

    fn shared_hex(arguments: &mut lexopt::Parser) -> Result<Self, Stop> {
        Ok(Self::SharedHex(string("--dir-hex", arguments)?.into()))
    }

    fn is_shared(&self) -> bool {
        matches!(self, Self::File(_, Kind::Shared) | Self::SharedHex(_))
    }

    fn is_standard(&self) -> bool {
        matches!(self, Self::File(path, _) if is_standard(path))
    }
}

/// The options that name a key. A command has one of them.
const KEY_OPTIONS: &str = "key: give one of --key, --dir, --dir-hex and --cek";

/// What both commands need.
#[derive(Default)]
struct Common {
    key: Option<KeySource>,
    key_id: Option<String>,
    input: Option<PathBuf>,
    out: Target,
    quiet: bool,
}

impl Common {
    fn file(&mut self, arguments: &mut lexopt::Parser, kind: Kind) -> Result<(), Stop> {
        once(&mut self.key, KEY_OPTIONS, KeySource::File(arguments.value()?.into(), kind))
    }

    fn hex(&mut self, arguments: &mut lexopt::Parser) -> Result<(), Stop> {
        once(&mut self.key, KEY_OPTIONS, KeySource::shared_hex(arguments)?)
    }

    /// Loads the key, and says where the input is. They can't both come from standard input.
    fn load(&mut self) -> Result<(KeyFile, PathBuf), Stop> {
        let Some(key) = &self.key else { return usage("no key: give --key FILE or --dir FILE") };
        let path = self.input.take().unwrap_or_else(|| "-".into());
        if key.is_standard() && is_standard(&path) {
            return usage("the key and the input cannot both be standard input");
        }
        Ok((key.load()?, path))
    }
}

// ---- encrypt ----

#[derive(Default)]
struct Encrypt {
    common: Common,
    header: Header,
    cek_out: Option<PathBuf>,
    no_newline: bool,
}

pub(crate) fn encrypt(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let mut wanted = Encrypt::default();
    let common = &mut wanted.common;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("key") => common.file(&mut arguments, Kind::Rsa)?,
            Long("dir") => common.file(&mut arguments, Kind::Shared)?,
            Long("dir-hex") => common.hex(&mut arguments)?,
            Long("kid") => {
                once(&mut common.key_id, "--kid", string("--kid", &mut arguments)?)?;
                if let Some(id) = common.key_id.as_ref().filter(|id| !id.is_empty()) {
                    wanted.header = named("--kid", mem::take(&mut wanted.header).key_id(id))?;
                }
            }
            Long(name @ ("cty" | "typ" | "param" | "param-json")) => {
                let option = format!("--{name}");
                let value = string(&option, &mut arguments)?;
                wanted.header = parameter(mem::take(&mut wanted.header), &option, &value)?;
            }
            Long("cek-out") => once(&mut wanted.cek_out, "--cek-out", PathBuf::from(arguments.value()?))?,
            Short('o') | Long("out") => once(&mut common.out.path, "--out", arguments.value()?.into())?,
            Long("force") => common.out.force = true,
            Long("no-newline") => wanted.no_newline = true,
            Short('q') | Long("quiet") => common.quiet = true,
            Value(file) => once(&mut common.input, "FILE", file.into())?,
            other => return general(other, of("encrypt").unwrap_or_default()),
        }
    }
    wanted.check()?;
    wanted.run()
}

fn parameter(header: Header, option: &str, text: &str) -> Result<Header, Stop> {
    match option {
        "--cty" => return named(option, header.content_type(text)),
        "--typ" => return named(option, header.token_type(text)),
        _ => {}
    }
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

impl Encrypt {
    /// Before any work.
    fn check(&self) -> Result<(), Stop> {
        let out = &self.common.out;
        out.check()?;
        let Some(path) = &self.cek_out else {
            let unused = out.force && out.file().is_none();
            return if unused { usage("--force needs --out or --cek-out") } else { Ok(()) };
        };
        if is_standard(path) || out.file() == Some(path) {
            return usage("--cek-out needs a file of its own");
        }
        if self.common.key.as_ref().is_some_and(KeySource::is_shared) {
            return usage("--cek-out needs --key: with a shared key, that is the key of the message");
        }
        check_target(path, out.force)
    }

    fn run(mut self) -> Result<(), Stop> {
        let mut progress = Progress::new(self.common.quiet);
        let (keys, path) = self.common.load()?;
        let payload = read(&path, &mut progress)?;
        let key = keys.choose(self.common.key_id.as_deref())?;
        progress.work("encrypting", payload.len());
        let to = |key: &EncryptingKey| key.encrypt(&self.header, &payload).map(|sent| (sent.compact, Some(sent.cek)));
        let sent = match &key {
            Key::Public(key) => to(key),
            Key::Private(key) => to(key.encrypting_key()),
            Key::Shared(key) => key.encrypt(&self.header, &payload).map(|token| (token, None)),
        };
        let (token, cek) = sent.map_err(|error| rejected(&path, error))?;
        let out = &self.common.out;
        // Before the token: who has sent the token has the key for its response.
        if let (Some(path), Some(cek)) = (&self.cek_out, cek) {
            save(path, &[cek.to_jwk()?.as_bytes(), b"\n"], SECRET, out.force)?;
        }
        let end: &[u8] = if self.no_newline { b"" } else { b"\n" };
        out.write(&[token.as_bytes(), end], PUBLIC, &mut progress)
    }
}

// ---- decrypt ----

pub(crate) fn decrypt(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let (mut common, mut show_header) = (Common::default(), false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("key") => common.file(&mut arguments, Kind::Rsa)?,
            Long("dir" | "cek") => common.file(&mut arguments, Kind::Shared)?,
            Long("dir-hex") => common.hex(&mut arguments)?,
            Long("kid") => once(&mut common.key_id, "--kid", string("--kid", &mut arguments)?)?,
            Long("header") => show_header = true,
            Short('o') | Long("out") => once(&mut common.out.path, "--out", arguments.value()?.into())?,
            Long("force") => common.out.force = true,
            Short('q') | Long("quiet") => common.quiet = true,
            Value(file) => once(&mut common.input, "FILE", file.into())?,
            other => return general(other, of("decrypt").unwrap_or_default()),
        }
    }
    if common.out.force && common.out.file().is_none() {
        return usage("--force needs --out");
    }
    common.out.check()?;
    let mut progress = Progress::new(common.quiet);
    let (keys, path) = common.load()?;
    let text = token_text(read(&path, &mut progress)?, &path)?;
    let jwe = Jwe::parse(&text).map_err(|error| rejected(&path, error))?;
    progress.work("decrypting", text.len());
    let (plaintext, header) = decrypt_token(&keys, common.key_id.as_deref(), &jwe, &path)?;
    if show_header {
        progress.clear();
        let _ = writeln!(io::stderr().lock(), "{}", printable(header.as_json()));
    }
    common.out.write(&[&plaintext], SECRET, &mut progress)
}

/// The payload and the verified header.
type Opened<'a> = (Zeroizing<Vec<u8>>, VerifiedHeader<'a>);

fn decrypt_token<'a>(keys: &KeyFile, key_id: Option<&str>, jwe: &Jwe<'a>, path: &Path) -> Result<Opened<'a>, Stop> {
    let named = jwe.unverified_header().key_id();
    let mismatch = |other: &str| {
        let named = named.as_deref().unwrap_or_default();
        failed(path, format!("{} (the token names {named}, {other})", Error::KeyIdMismatch))
    };
    if let (Some(asked), Some(named)) = (key_id.filter(|id| !id.is_empty()), &named)
        && asked != named
    {
        return Err(mismatch(&format!("--kid {asked}")));
    }
    let key = keys.choose(key_id.or(named.as_deref()))?;
    let outcome = match &key {
        Key::Public(_) => return Err(rejected(&keys.path, KeyError::PublicInsteadOfPrivate.into())),
        Key::Private(key) => key.decrypt(jwe).map(|opened| (opened.plaintext.into(), opened.header)),
        Key::Shared(key) => key.decrypt(jwe).map(|opened| (opened.plaintext.into(), opened.header)),
    };
    outcome.map_err(|error| match (error, key.key_id()) {
        (Error::KeyIdMismatch, Some(id)) => mismatch(&format!("the key is {id}")),
        _ => rejected(path, error),
    })
}

//! The commands about keys: `keygen`, `pubkey` and `jwks`.

use core::str::FromStr;
use std::path::PathBuf;

use jwe_primitives::{ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, KeySet};
use lexopt::prelude::*;

use crate::arguments::{general, once, parsed, string};
use crate::files::{PUBLIC, SECRET, Target, check_target, save, warn_of_readers, write_out};
use crate::help::of;
use crate::key_file::{Key, KeyFile, Kind, NO_PUBLIC_HALF};
use crate::progress::Progress;
use crate::stop::{Stop, failed, is_standard, named, usage};

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
    out: Target,
    public: Option<PathBuf>,
    quiet: bool,
}

pub(crate) fn keygen(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let mut wanted = Keygen::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("bits") => once(&mut wanted.bits, "--bits", parsed("--bits", &mut arguments)?)?,
            Long("dir") => wanted.shared = true,
            Long("format") => once(&mut wanted.format, "--format", parsed("--format", &mut arguments)?)?,
            Long("kid") => once(&mut wanted.key_id, "--kid", string("--kid", &mut arguments)?)?,
            Short('o') | Long("out") => once(&mut wanted.out.path, "--out", arguments.value()?.into())?,
            Long("pub") => once(&mut wanted.public, "--pub", arguments.value()?.into())?,
            Long("force") => wanted.out.force = true,
            Short('q') | Long("quiet") => wanted.quiet = true,
            other => return general(other, of("keygen").unwrap_or_default()),
        }
    }
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
        if self.public.as_deref().is_some_and(|path| is_standard(path) || self.out.file() == Some(path)) {
            return usage("--pub needs a file of its own");
        }
        self.out.check()?;
        self.public.as_deref().map_or(Ok(()), |path| check_target(path, self.out.force))
    }

    fn format(&self) -> Format {
        self.format.unwrap_or(if self.shared { Format::Jwk } else { Format::Pem })
    }

    /// The name of the new key; an empty one is none.
    fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref().filter(|id| !id.is_empty())
    }

    fn make_shared(&self) -> Result<(), Stop> {
        let mut key = ContentEncryptionKey::generate()?;
        if let Some(id) = self.key_id() {
            key = named("--kid", key.with_key_id(id))?;
        }
        self.save_secret(&[key.to_jwk()?.as_bytes(), b"\n"])
    }

    fn make_pair(&self) -> Result<(), Stop> {
        let bits = self.bits.unwrap_or(3072);
        let mut progress = Progress::new(self.quiet);
        let made = progress.timed(&format!("making an RSA key of {bits} bits"), || DecryptingKey::generate(bits));
        let mut key = match made {
            Err(error @ Error::Key(_)) => return named("--bits", Err(error)),
            other => other?,
        };
        if let Some(id) = self.key_id() {
            key = named("--kid", key.with_key_id(id))?;
        }
        match self.format() {
            Format::Der => self.save_secret(&[&key.to_der()?])?,
            Format::Jwk => self.save_secret(&[key.to_jwk()?.as_bytes(), b"\n"])?,
            Format::Pem | Format::Base64 => self.save_secret(&[key.to_pem()?.as_bytes()])?,
        }
        let Some(path) = &self.public else { return Ok(()) };
        let public = public_text(key.encrypting_key(), self.format())?;
        save(path, &[&public], PUBLIC, self.out.force)
    }

    fn save_secret(&self, pieces: &[&[u8]]) -> Result<(), Stop> {
        if self.out.file().is_none() {
            warn_of_readers();
        }
        self.out.write(pieces, SECRET, &mut Progress::new(true))
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

pub(crate) fn pubkey(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let (mut path, mut key_id, mut format, mut thumbprint) = (None, None, None, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("key") => once(&mut path, "--key", PathBuf::from(arguments.value()?))?,
            Long("kid") => once(&mut key_id, "--kid", string("--kid", &mut arguments)?)?,
            Long("format") => once(&mut format, "--format", parsed("--format", &mut arguments)?)?,
            Long("thumbprint") => thumbprint = true,
            Short('q') | Long("quiet") => {}
            other => return general(other, of("pubkey").unwrap_or_default()),
        }
    }
    if thumbprint && format.is_some() {
        return usage("--thumbprint has no format");
    }
    let Some(path) = path else { return usage("no key: give --key FILE") };
    let file = KeyFile::load(&path, Kind::Rsa)?;
    if key_id.is_some() && !file.is_set() && format != Some(Format::Jwk) {
        return usage("--kid needs --format jwk, or a JWK Set");
    }
    let mut key = match file.choose(key_id.as_deref())? {
        Key::Public(key) => key,
        Key::Private(key) => key.encrypting_key().clone(),
        Key::Shared(_) => return Err(failed(&path, NO_PUBLIC_HALF)),
    };
    if let Some(id) = key_id.filter(|id| !id.is_empty()) {
        key = named("--kid", key.with_key_id(&id))?;
    }
    let text = if thumbprint {
        format!("{}\n", key.thumbprint()).into_bytes()
    } else {
        public_text(&key, format.unwrap_or(Format::Pem))?
    };
    write_out(&[&text])
}

pub(crate) fn jwks(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(file) => paths.push(file.into()),
            Short('q') | Long("quiet") => {}
            other => return general(other, of("jwks").unwrap_or_default()),
        }
    }
    if paths.is_empty() {
        return usage("no key: give a FILE");
    }
    let mut keys: KeySet<EncryptingKey> = KeySet::new();
    for path in &paths {
        for key in KeyFile::load(path, Kind::Rsa)?.public_halves()? {
            let id = key.key_id().map_or_else(|| key.thumbprint(), str::to_owned);
            // A peer could use neither of the two.
            if keys.get(Some(&id)).is_ok() {
                return Err(failed(path, format!("another key already has the kid {id}")));
            }
            keys.insert(key.with_key_id(&id)?);
        }
    }
    write_out(&[keys.to_jwks().as_bytes(), b"\n"])
}

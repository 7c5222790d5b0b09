//! Files and pipes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};

use crate::progress::{CHUNK, Progress};
use crate::stop::{Stop, complain, failed, is_standard};

/// Of a file that others may read, as the user's mask allows.
pub(crate) const PUBLIC: u32 = 0o666;
/// Of a file that holds a secret.
pub(crate) const SECRET: u32 = 0o600;

pub(crate) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    if is_standard(path) { Ok(Box::new(io::stdin().lock())) } else { Ok(Box::new(File::open(path)?)) }
}

pub(crate) fn read(path: &Path, progress: &mut Progress) -> Result<Vec<u8>, Stop> {
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

/// The text of a token, without the line break that `echo` and editors add: the library accepts no white space.
pub(crate) fn token_text(mut text: Vec<u8>, path: &Path) -> Result<Vec<u8>, Stop> {
    if let Some(foreign) = foreign_encoding(&text) {
        return Err(failed(path, foreign));
    }
    if text.pop_if(|last| *last == b'\n').is_some() {
        text.pop_if(|last| *last == b'\r');
    }
    Ok(text)
}

/// What Windows makes of a token: `>` in its `PowerShell` 5 writes UTF-16, and editors put a mark before UTF-8.
fn foreign_encoding(text: &[u8]) -> Option<&'static str> {
    match text {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("the text is UTF-16; convert it with iconv -f UTF-16 -t UTF-8"),
        [b'e', 0, ..] => Some("the text is UTF-16; convert it with iconv -f UTF-16LE -t UTF-8"),
        [0, b'e', ..] => Some("the text is UTF-16; convert it with iconv -f UTF-16BE -t UTF-8"),
        [0xef, 0xbb, 0xbf, ..] => Some("the text begins with a byte order mark; remove it with tail -c +4"),
        _ => None,
    }
}

pub(crate) fn write_out(pieces: &[&[u8]]) -> Result<(), Stop> {
    write_with(pieces, &mut Progress::new(true))
}

pub(crate) fn write_with(pieces: &[&[u8]], progress: &mut Progress) -> Result<(), Stop> {
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

/// Warns if standard output is a file that others can read: a shell that redirects makes one like any other.
pub(crate) fn warn_of_readers() {
    #[cfg(unix)]
    {
        use std::os::{fd::AsFd as _, unix::fs::PermissionsExt as _};

        let output = io::stdout().as_fd().try_clone_to_owned().and_then(|file| File::from(file).metadata());
        if output.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o077 != 0) {
            complain("warning: other users can read the file that receives the key; use --out FILE");
        }
    }
}

/// Where the result of a command goes: standard output, or a file that is not replaced unless that is wanted.
#[derive(Default)]
pub(crate) struct Target {
    pub(crate) path: Option<PathBuf>,
    pub(crate) force: bool,
}

impl Target {
    /// The file, unless the result goes to standard output.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.path.as_deref().filter(|path| !is_standard(path))
    }

    /// Before any work.
    pub(crate) fn check(&self) -> Result<(), Stop> {
        self.file().map_or(Ok(()), |path| check_target(path, self.force))
    }

    pub(crate) fn write(&self, pieces: &[&[u8]], mode: u32, progress: &mut Progress) -> Result<(), Stop> {
        match self.file() {
            Some(path) => save(path, pieces, mode, self.force),
            None => write_with(pieces, progress),
        }
    }
}

/// What would be in the way of [`save`].
pub(crate) fn check_target(path: &Path, force: bool) -> Result<(), Stop> {
    match fs::symlink_metadata(path) {
        Ok(_) if !force => Err(failed(path, "the file already exists; --force replaces it")),
        Ok(found) if !found.is_file() => Err(failed(path, "not a regular file")),
        _ => Ok(()),
    }
}

/// Makes a new file. With `force`, it replaces the old one once it is complete; it is never written into the old one,
/// which others may be able to read.
pub(crate) fn save(path: &Path, pieces: &[&[u8]], mode: u32, force: bool) -> Result<(), Stop> {
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

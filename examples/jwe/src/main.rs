//! `jwe`: encrypts, decrypts and inspects JWE tokens from a shell.
//!
//! ```text
//! cargo run --release -p jwe -- --help
//! ```
//!
//! The modules of commands are [`keys`], [`messages`], [`inspect`] and [`completions`]. Below them, [`key_file`] reads
//! keys, [`arguments`] the command line, [`files`] everything else; [`advice`] says in a shell's words what the library
//! says in Rust's.

mod advice;
mod arguments;
mod completions;
mod files;
mod help;
mod inspect;
mod key_file;
mod keys;
mod messages;
mod progress;
mod stop;

use std::process::ExitCode;

use arguments::{general, nearest, suggestion};
use files::write_out;
use help::{COMMANDS, HELP};
use lexopt::prelude::*;
use stop::{Stop, usage};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.report(),
    }
}

fn run() -> Result<(), Stop> {
    let mut arguments = lexopt::Parser::from_env();
    match arguments.next()? {
        Some(Value(command)) => match command.to_str() {
            Some("keygen") => keys::keygen(arguments),
            Some("pubkey") => keys::pubkey(arguments),
            Some("jwks") => keys::jwks(arguments),
            Some("encrypt") => messages::encrypt(arguments),
            Some("decrypt") => messages::decrypt(arguments),
            Some("inspect") => inspect::inspect(arguments),
            Some("completions") => completions::completions(arguments),
            Some("help") => help(arguments),
            _ => unknown(&command.to_string_lossy()),
        },
        Some(argument) => general(argument, HELP),
        None => usage("no command given"),
    }
}

fn help(mut arguments: lexopt::Parser) -> Result<(), Stop> {
    let text = match arguments.next()? {
        None => HELP,
        Some(Value(command)) => {
            let command = command.to_string_lossy();
            let Some(text) = help::of(&command) else { return unknown(&command) };
            text
        }
        Some(other) => return Err(other.unexpected().into()),
    };
    write_out(&[text.as_bytes()])
}

fn unknown(command: &str) -> Result<(), Stop> {
    let near = nearest(command, COMMANDS.into_iter().map(|(name, _)| name).chain(["help"]));
    usage(format!("unknown command '{command}'{}", suggestion(near)))
}

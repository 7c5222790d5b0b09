//! Services with the same algorithms as this crate and an envelope of their own, both sides of each.
//!
//! `cargo run --release -p profiles` plays all of them, `... profiles NAME` one, and fails if a step does.
//!
//! For each service, one function makes its message and one reads it. The names in them come from its public
//! documentation and client libraries; each module states the source and its date. Left out is how a service
//! authenticates a request, and where it wants encryption. The last profile, `others`, is the table of
//! `examples/README.md`: services whose algorithms aren't these.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the reader is told what happens")]

mod certificate;
mod common;
mod cybersource;
mod machine_payments;
mod mastercard;
mod nested_jwt;
mod open_finance;
mod others;

use std::env;
use std::process::ExitCode;

use common::{Fallible, ensure};

/// A name, what plays it, and whom it serves.
type Profile = (&'static str, fn() -> Fallible, &'static str);

const PROFILES: [Profile; 6] = [
    ("cybersource", cybersource::cybersource, "Cybersource, Visa Acceptance: message-level encryption"),
    ("mastercard", mastercard::mastercard, "Mastercard: payload encryption with JWE"),
    ("open-finance", open_finance::open_finance, "UAE Open Finance: personal data in a payment"),
    ("machine-payments", machine_payments::machine_payments, "Machine Payments Protocol: card charge"),
    ("nested-jwt", nested_jwt::nested_jwt, "a signed JWT inside, as in encrypted access tokens"),
    ("others", others::others, "services that need another crate"),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = env::args().skip(1).collect();
    let Err(error) = run(&wanted) else { return ExitCode::SUCCESS };
    eprintln!("FAILED: {error}");
    ExitCode::FAILURE
}

fn run(wanted: &[String]) -> Fallible {
    let names = PROFILES.map(|(name, ..)| name);
    let usage = format!("usage: profiles [NAME]...\nNAME: {}", names.join(", "));
    if wanted.iter().any(|argument| argument == "--help") {
        println!("{usage}");
        return Ok(());
    }
    ensure(wanted.iter().all(|name| names.contains(&name.as_str())), &usage)?;
    for (name, play, title) in PROFILES {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            println!("\n=== {name}: {title}");
            play()?;
        }
    }
    Ok(())
}

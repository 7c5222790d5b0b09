//! Runs the readers of a token on every text up to a length, and compares them with a reference of another design.
//!
//! ```text
//! exhaustive [--all] [base64url | split | hex | json | header]...
//! ```
//!
//! It fails at the first difference, and prints the text.

mod base64url;
mod header;
mod hex;
mod json;
#[path = "../../../../fuzz/src/received_header.rs"]
mod reference;
mod split;
mod texts;

use std::process::ExitCode;
use std::time::Instant;

use crate::texts::Difference;

type Proof = fn(bool) -> Result<u64, Difference>;

const PROOFS: [(&str, Proof); 5] = [
    ("base64url", base64url::prove),
    ("split", split::prove),
    ("hex", hex::prove),
    ("json", json::prove),
    ("header", header::prove),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let everything = arguments.iter().any(|argument| argument == "--all");
    let named: Vec<&String> = arguments.iter().filter(|argument| *argument != "--all").collect();
    if let Some(unknown) = named.iter().find(|name| PROOFS.iter().all(|(known, _)| known != *name)) {
        eprintln!("no proof {unknown}");
        return ExitCode::FAILURE;
    }
    for (name, prove) in PROOFS.iter().filter(|(name, _)| named.is_empty() || named.iter().any(|other| other == name)) {
        let begin = Instant::now();
        match prove(everything) {
            Ok(count) => {
                println!("proved {name}: {count} texts, no difference, {:.0} s", begin.elapsed().as_secs_f64())
            }
            Err(difference) => {
                println!("REFUTED {name}: {difference}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

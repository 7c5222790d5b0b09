//! Every committed fuzzing corpus, through the bodies of the fuzz targets, without a fuzzer and on stable.
//!
//! The targets that look at single steps need `RUSTFLAGS="--cfg jwe_internals"`. Of `differential`, this crate's half
//! runs here; the other half needs OpenSSL and runs by `fuzz/run.sh`.
#![cfg(test)]
#![cfg(feature = "getrandom")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, panic};

use jwe_primitives::Error;

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, missing_docs, missing_debug_implementations, unreachable_pub, reason = "a library's modules")]
#[allow(clippy::arithmetic_side_effects, clippy::string_slice, reason = "a finding is a panic")]
mod bodies;

#[test]
fn committed_corpora_find_nothing() {
    for (name, run) in bodies::TARGETS {
        for (path, data) in corpus(name) {
            assert!(panic::catch_unwind(|| run(&data)).is_ok(), "a finding: {}", path.display());
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

/// The committed inputs of a target.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = folder().join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.map(|path| (path.clone(), fs::read(&path).expect("a file that can be read"))).collect()
}

/// `counts.txt` lists the corpora and how many inputs each has: none is lost without notice.
#[test]
fn no_committed_input_is_lost() {
    let counts = fs::read_to_string(folder().join("counts.txt")).expect("counts.txt");
    let counts: BTreeMap<&str, &str> = counts.lines().filter_map(|line| line.split_once(' ')).collect();
    let entries = fs::read_dir(folder()).expect("corpora").map(|entry| entry.expect("an entry").path());
    let names =
        entries.filter(|path| path.is_dir()).map(|path| path.file_name().expect("a name").display().to_string());
    assert_eq!(names.collect::<BTreeSet<_>>(), counts.keys().map(ToString::to_string).collect());
    for (name, count) in &counts {
        assert_eq!(corpus(name).len().to_string(), *count, "{name}");
    }
    assert!(bodies::TARGETS.iter().all(|(name, _)| counts.contains_key(name)));
}

/// The corpus of `differential` has, for both kinds of key, tokens that decrypt and tokens that don't, and for each rule
/// that explains why a peer may decrypt a token and this crate doesn't, a token that breaks it.
#[test]
fn the_corpus_of_differential_reaches_every_outcome() {
    let outcomes = corpus("differential").into_iter().filter_map(|(_, data)| bodies::differential::outcome(&data));
    let found: BTreeSet<String> = outcomes
        .map(|(dir, ours, may_open)| match ours {
            Err(error) if may_open => explained_by(error),
            Ok(()) | Err(Error::Decryption) => format!("{} {ours:?}", if dir { "dir" } else { "RSA" }),
            Err(_) => String::new(),
        })
        .collect();
    let rules = ["Compression", "Critical", "HeaderTooLong", "PartLength", "UnsupportedEncryption"];
    let rules = rules.map(|rule| format!("a peer may decrypt: {rule}"));
    // What may be wrong with the JSON of a header is in the other corpus.
    let headers = corpus("header").into_iter().map(|(_, data)| bodies::received_header::object(&data));
    let kinds = ["", "RSA Err(Decryption)", "RSA Ok(())", "dir Err(Decryption)", "dir Ok(())"].map(String::from);
    assert_eq!(found, headers.filter_map(Result::err).map(explained_by).chain(rules).chain(kinds).collect());
}

fn explained_by(rule: Error) -> String {
    format!("a peer may decrypt: {}", format!("{rule:?}").split('(').next().unwrap())
}

//! Every committed fuzzing corpus, through the bodies of the fuzz targets, without a fuzzer and on stable.
//!
//! The targets that look at single steps need `RUSTFLAGS="--cfg jwe_internals"`. Of `differential`, this crate's half
//! runs here; the other half needs OpenSSL and runs by `fuzz/run.sh`.
#![cfg(test)]
#![cfg(feature = "getrandom")]

use std::path::Path;
use std::{fs, panic};

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, missing_docs, missing_debug_implementations, unreachable_pub, reason = "a library's modules")]
#[allow(clippy::arithmetic_side_effects, clippy::string_slice, reason = "a finding is a panic")]
mod bodies;

#[test]
fn committed_corpora_find_nothing() {
    for (name, run) in bodies::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut count = 0;
        for entry in entries {
            let path = entry.and_then(|entry| fs::canonicalize(entry.path())).expect("a file");
            let data = fs::read(&path).expect("a file that can be read");
            assert!(panic::catch_unwind(|| run(&data)).is_ok(), "a finding: {}", path.display());
            count += 1;
        }
        assert!(count > 10, "{name} has a corpus");
    }
}

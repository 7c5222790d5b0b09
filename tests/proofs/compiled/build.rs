//! Keeps the entry points in the program for a target without an operating system, which nothing calls.

const ENTRY_POINTS: [&str; 2] = ["oaep_decode", "oaep_encode"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "none") {
        for name in ENTRY_POINTS {
            println!("cargo::rustc-link-arg-bins=--undefined={name}");
        }
    }
}

//! The memory of the board.

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/mps2-an386.ld");
    println!("cargo::rustc-link-arg-bins=-T{script}");
    println!("cargo::rerun-if-changed={script}");
}

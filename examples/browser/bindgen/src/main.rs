//! `wasm-bindgen --target web`, from the library of that command: `Cargo.lock` keeps it at the version of the
//! crate `wasm-bindgen`, and there is less to build than for `cargo install wasm-bindgen-cli`.

#![forbid(unsafe_code)]

use std::env;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1);
    let (Some(wasm), Some(folder), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        anyhow::bail!("give the .wasm file and the folder for what is made of it");
    };
    Bindgen::new()
        .input_path(wasm)
        .web(true)?
        .omit_default_module_path(false)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .context("wasm-bindgen")
}

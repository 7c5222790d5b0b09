//! The bodies of the fuzz targets: each takes any bytes and panics on a finding.
//!
//! They need no fuzzer, so `tests/fuzz_corpora.rs` of the crate runs them over the committed corpora.

pub mod certificate;
pub mod der;
pub mod differential;
pub mod decrypt_dir;
pub mod decrypt_rsa;
pub mod header;
pub mod jwk;
pub mod jwks;
pub mod parse_compact;
pub mod pem;
pub mod round_trip;
#[cfg(any(fuzzing, jwe_internals))]
pub mod base64url;
#[cfg(any(fuzzing, jwe_internals))]
pub mod oaep;
#[cfg(any(fuzzing, jwe_internals))]
pub mod rsa_core;

pub mod forge;
pub mod forge_key;
pub mod import;
pub mod keys;
pub mod open;
pub mod received_header;
pub mod reference;

/// A target's name, which is its corpus's too, and its body.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: &[Target] = &[
    ("parse_compact", parse_compact::run),
    ("header", header::run),
    #[cfg(any(fuzzing, jwe_internals))]
    ("base64url", base64url::run),
    ("decrypt_dir", decrypt_dir::run),
    ("round_trip", round_trip::run),
    #[cfg(any(fuzzing, jwe_internals))]
    ("oaep", oaep::run),
    #[cfg(any(fuzzing, jwe_internals))]
    ("rsa_core", rsa_core::run),
    ("decrypt_rsa", decrypt_rsa::run),
    ("jwk", jwk::run),
    ("jwks", jwks::run),
    ("certificate", certificate::run),
    ("der", der::run),
    ("pem", pem::run),
    ("differential", differential::run_alone),
];

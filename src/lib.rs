//! JSON Web Encryption (RFC 7516) in Compact Serialization, with the key management algorithms `RSA-OAEP-256` and `dir`
//! and the content encryption `A256GCM`. Everything else is rejected before a key is used.
//!
//! An [`EncryptingKey`] encrypts to the owner of an RSA key. [`Jwe::parse`] reads a token, and a [`DecryptingKey`] decrypts
//! it. A [`ContentEncryptionKey`] encrypts and decrypts directly (`dir`): a response under the key of its request, or
//! messages under a shared key. A [`KeySet`] holds keys in rotation.
//!
//! ```
//! use jwe_primitives::{DecryptingKey, EncryptingKey, Error, Header, Jwe};
//!
//! fn main() -> Result<(), Error> {
//!     // The bank makes a key and hands out its public half.
//!     let bank_private = DecryptingKey::generate(2048)?;
//!     let published = bank_private.encrypting_key().to_pem()?;
//!
//!     // You encrypt a request to it.
//!     let bank = EncryptingKey::from_pem(&published)?;
//!     let header = Header::new().content_type("application/json")?;
//!     let request = bank.encrypt(&header, br#"{"amount":"10.00"}"#)?;
//!
//!     // The bank decrypts the request, and encrypts its response under the same key.
//!     let received = bank_private.decrypt(&Jwe::parse(&request.compact)?)?;
//!     assert_eq!(received.plaintext, br#"{"amount":"10.00"}"#);
//!     let response = received.cek.encrypt(&Header::new(), b"booked")?;
//!
//!     // You decrypt the response.
//!     assert_eq!(request.cek.decrypt(&Jwe::parse(&response)?)?.plaintext, b"booked");
//!     Ok(())
//! }
//! ```
//!
//! The [guide](documents::guide) assumes no prior knowledge and has a section for each role; the
//! [recipes](documents::recipes) are short programs for JSON, JWTs, fetched keys and tests; the
//! [error catalog](documents::errors) has the cause and the remedy for each error; [security](documents::security) says
//! what is promised, what is not, and how each claim is checked; [architecture](documents::architecture) is the reading
//! order for an auditor.
//!
//! # Features
//!
//! - `getrandom` (default): the calls without `_with_rng`, which use the operating system's generator.
//! - `std` (default): vector instructions for base64, chosen at run time. Without it, the crate is `no_std` with
//!   `alloc`.
//! - `aws-lc-rs`: RSA-OAEP and AES-GCM by AWS-LC, in C and assembly. It changes some promises:
//!   [the engine AWS-LC](documents::security#the-engine-aws-lc).
//! - `rsa`: conversions from the key types of the crate `rsa`, which semantic versioning does not cover.
//! - `wasm_js`: `getrandom` in WebAssembly, from JavaScript's `crypto`.
//!
//! # Files of the repository
//!
//! The documents mention files of the repository that are not part of this documentation, such as `examples/`,
//! `benches/README.md` and `docs/TRACEABILITY.md`.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

// Bottom-up, as an auditor reads them: each module imports only those above it.
mod limits;
mod shared;
mod registered;
mod json;
mod key_format;
mod error;
mod stack;
mod random;
mod algorithm;
mod base64url;
mod header;
mod rsa_core;
// The other engine brings its own OAEP; tests forge with this one.
#[cfg(any(not(feature = "aws-lc-rs"), test, fuzzing, jwe_internals))]
mod rsa_oaep;
mod engine;
mod a256gcm;
mod key;
mod compact;
mod jwe;
mod encrypt;
mod decrypt;
#[cfg(test)]
mod test_util;

#[cfg(any(fuzzing, jwe_internals))]
#[doc(hidden)]
pub mod internals;

/// Makes a document a page of the documentation, whose programs run as tests.
///
/// Of several definitions of a link, Markdown uses the first. So a document's links lead to pages here, and to files
/// where the document is read as a file.
#[cfg(doc)]
macro_rules! documents {
    ($($name:ident: $file:literal;)*) => { $(
        #[cfg_attr(not(doctest), doc = include_str!("../docs/images.md"))]
        #[cfg_attr(
            not(doctest),
            doc = "
[architecture]: crate::documents::architecture
[errors]: crate::documents::errors
[guide]: crate::documents::guide
[guide-keys]: crate::documents::guide#changing-keys-in-a-running-service
[guide-response]: crate::documents::guide#the-response
[guide-sets]: crate::documents::guide#which-key-of-the-set-decrypts
[jose]: crate::documents::from_jose
[josekit]: crate::documents::from_josekit
[josekit-once]: crate::documents::from_josekit#reading-a-key-once
[recipes]: crate::documents::recipes
[recipes-jwks]: crate::documents::recipes#a-jwk-set-over-http
[recipes-jwt]: crate::documents::recipes#an-encrypted-jwt
[recipes-serde]: crate::documents::recipes#json-with-serde
[security]: crate::documents::security
[threat-model]: crate::documents::threat_model
"
        )]
        #[doc = include_str!($file)]
        pub mod $name {}
    )* };
}

/// The guide, the error catalog and the other documents, as pages. These modules are empty, and exist in the
/// documentation only.
#[cfg(any(all(doc, not(doctest)), all(doctest, feature = "getrandom")))]
pub mod documents {
    documents! {
        guide: "../docs/GUIDE.md";
        recipes: "../docs/RECIPES.md";
        errors: "../docs/ERRORS.md";
        from_josekit: "../docs/FROM_JOSEKIT.md";
        from_jose: "../docs/FROM_JOSE.md";
        security: "../SECURITY.md";
        threat_model: "../docs/THREAT_MODEL.md";
        architecture: "../docs/ARCHITECTURE.md";
    }
}

// The programs in the README run as tests, too.
#[cfg(all(doctest, feature = "getrandom"))]
#[doc = include_str!("../README.md")]
mod readme {}

pub use algorithm::Algorithm;
pub use decrypt::{Decrypted, DecryptedDirectly};
pub use encrypt::Encrypted;
pub use engine::{ENGINE, Engine};
pub use error::{Base64Fault, Error, KeyError, KeyType, Part};
pub use header::{Header, ParameterValue, UnverifiedHeader, VerifiedHeader};
pub use jwe::Jwe;
pub use key::{ContentEncryptionKey, DecryptingKey, EncryptingKey, KeySet, NamedKey, SkippedKey};
pub use key_format::KeyFormat;
pub use limits::Limits;
pub use registered::RegisteredName;

//! The conversation of `examples/wise` in async programs: a bank in axum, a partner in reqwest.
//!
//! What async adds to the conversation:
//!
//! - A private key works for milliseconds, so it works where blocking is allowed ([`tokio::task::spawn_blocking`]). A
//!   [`Jwe`](jwe_primitives::Jwe) borrows its text: the text moves to that thread and is parsed there.
//! - Keys change while requests are in progress: [`bank::Bank::rotate_key`], [`partner::Partner::rotate_key`].
//! - No lock is held across an `.await`.

pub mod bank;
pub mod partner;

/// What turns into a log entry, or into the exit of a program, and never into a response.
pub type BoxError = Box<dyn core::error::Error + Send + Sync>;

// What both sides know from the documentation of the API.
const REQUEST_KEYS: &str = "/v1/auth/jose/request/public-keys";
const RESPONSE_KEYS: &str = "/v1/auth/jose/response/public-keys";
const QUERY: [(&str, &str); 2] = [("algorithm", "RSA_OAEP_256"), ("scope", "PAYLOAD_ENCRYPTION")];
const PLAYGROUND: &str = "/v1/auth/jose/playground/jwe";
const DIRECT: &str = "/v1/auth/jose/playground/jwe-direct-encryption";
const CASES: &str = "/v1/cases";
const JSON: &str = "application/json";
const JOSE: &str = "application/jose+json";
const JOSE_METHOD: &str = "X-TW-JOSE-Method";
const CORRELATION_ID: &str = "X-External-Correlation-Id";

//! The encrypted conversation with a bank-grade API, over HTTP, modeled on the public API of Wise Platform.
//!
//! `cargo run --release -p wise` plays both sides and fails if a step does. `-- --help` explains the rest.
//!
//! [`partner`] is the side that most people embed: it has two keys (one is being rotated out), encrypts requests to
//! the bank and decrypts the responses. [`bank`] is the other side: a gateway, or a sandbox for tests. TLS is left
//! out, and the login is one constant bearer token. *Who* sent a request is up to these two, or to a signature (JWS)
//! inside the encryption: a decryption that succeeds doesn't say.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the partner shows the reader what happens")]

mod bank;
mod partner;

use core::error::Error;
use core::net::SocketAddr;
use std::net::ToSocketAddrs as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::{env, io, thread};

use bank::Bank;

type Fallible<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

// ---- What both sides know from the documentation of the API ----

const REQUEST_KEYS: &str = "/v1/auth/jose/request/public-keys";
const RESPONSE_KEYS: &str = "/v1/auth/jose/response/public-keys";
const QUERY: &str = "algorithm=RSA_OAEP_256&scope=PAYLOAD_ENCRYPTION";
const PLAYGROUND: &str = "/v1/auth/jose/playground/jwe";
const DIRECT: &str = "/v1/auth/jose/playground/jwe-direct-encryption";
const CASES: &str = "/v1/cases";

const JSON: &str = "application/json";
const JOSE: &str = "application/jose+json";
/// Marks a request whose response is to be encrypted, a `GET` without a body too.
const JOSE_METHOD: (&str, &str) = ("X-TW-JOSE-Method", "jwe");
/// Comes back with the response. The bank ignores a longer one.
const CORRELATION_ID: &str = "X-External-Correlation-Id";
const CORRELATION_ID_LEN: usize = 36;
/// A real one is issued by the bank's login and expires.
const BEARER_TOKEN: &str = "sandbox-token";
/// Every rejection of a request: the same status, an empty body, whatever the reason.
const REJECTED: u16 = 400;

const USAGE: &str = "The JWE conversation of a partner with a bank, over HTTP on the loopback interface.

    cargo run --release -p wise                      both sides, step by step
    cargo run --release -p wise -- --serve [ADDR]    the bank alone, until it is interrupted
                                                     (ADDR: loopback, default 127.0.0.1:0)";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        [] => start("127.0.0.1:0").and_then(|(bank, address)| partner::converse(&bank, address)),
        ["--serve"] => start("127.0.0.1:0").and_then(|(bank, address)| serve(&bank, address)),
        ["--serve", address] => start(address).and_then(|(bank, address)| serve(&bank, address)),
        ["--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(USAGE.into()),
    };
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    eprintln!("FAILED: {error}");
    ExitCode::FAILURE
}

/// Starts the bank in threads of its own.
fn start(address: &str) -> Fallible<(Arc<Bank>, SocketAddr)> {
    /// Threads that respond to requests.
    const WORKERS: usize = 2;

    let address = address.to_socket_addrs()?.next().ok_or("no such address")?;
    ensure(address.ip().is_loopback(), "without TLS the bank listens on the loopback interface only")?;
    let bank = Arc::new(Bank::listen(address)?);
    for _ in 0..WORKERS {
        let bank = Arc::clone(&bank);
        thread::spawn(move || bank.work());
    }
    let address = bank.address()?;
    Ok((bank, address))
}

/// Prints how to talk to the bank, then rotates its key at each line of standard input.
fn serve(bank: &Bank, address: SocketAddr) -> Fallible {
    let (method, value) = JOSE_METHOD;
    println!(
        r#"The bank listens. Make a key, upload its public half, fetch the bank's key:

  BANK=http://{address}
  CLONE=$PWD; cd "$(mktemp -d)" # for the keys
  jwe() {{ cargo run -q --release --manifest-path "$CLONE/examples/jwe/Cargo.toml" -- "$@"; }}
  bank() {{ curl -sS -H 'Authorization: Bearer {BEARER_TOKEN}' "$@"; }}
  KID=6a5b3c1e-8f0d-4f4e-9b57-000000002026
  jwe keygen --out mine.pem
  bank $BANK{REQUEST_KEYS} -H 'Content-Type: {JSON}' -d '{{"keyId": "'$KID'", "scope": "PAYLOAD_ENCRYPTION",
    "validFrom": "2026-01-01 00:00:00", "validTill": "2028-01-01 00:00:00", "publicKeyMaterial": {{"algorithm":
    "RSA_OAEP_256", "keyMaterial": "'"$(jwe pubkey --key mine.pem --format base64)"'"}}}}'; echo
  bank "$BANK{RESPONSE_KEYS}?{QUERY}" |
    sed 's/.*"keyMaterial":"\([^"]*\)".*/\1/' > bank.b64

Encrypt a request, send it, decrypt the response. A GET has no token to send, and its response is one:

  jose() {{ bank -H 'Content-Type: {JOSE}' -H 'Accept: {JOSE}' -H '{method}: {value}' -H 'Accept-Encoding: identity' "$@"; }}
  echo '{{"type": "GENERAL_ENQUIRY", "externalId": "me-1"}}' |
    jwe encrypt --key bank.b64 --kid $KID --cty {JSON} > request.jwe
  jose $BANK{CASES} -d @request.jwe | jwe decrypt --key mine.pem; echo
  jose $BANK{PLAYGROUND} | jwe decrypt --key mine.pem; echo

The response under the key of the request; a token that isn't valid:

  echo '{{"hello": "bank"}}' | jwe encrypt --key bank.b64 --cty {JSON} --cek-out request.cek > request.jwe
  jose $BANK{DIRECT} -d @request.jwe | jwe decrypt --cek request.cek; echo
  jose -i $BANK{CASES} -d x$(cat request.jwe)

Press Enter here to rotate the bank's key: it rejects your next request until you fetch its key anew.
"#
    );
    for line in io::stdin().lines() {
        line?;
        println!("The bank's key has version {} now.", bank.rotate_key()?);
    }
    loop {
        thread::park();
    }
}

fn ensure(condition: bool, expectation: &str) -> Fallible {
    if condition { Ok(()) } else { Err(expectation.into()) }
}

//! The bank on the loopback interface, until it is interrupted:
//!
//! ```sh
//! BANK_TOKEN=sandbox-token cargo run --bin bank [PORT]
//! ```
//!
//! It changes its key once a day. A bank that strangers can reach runs behind a proxy with TLS.

#![allow(clippy::print_stdout, reason = "the operator is told where the bank listens")]

use core::time::Duration;
use std::env;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::{task, time};
use web::BoxError;
use web::bank::{Bank, KEY_BITS};

const ROTATION: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let token = env::var("BANK_TOKEN").map_err(|_| "set BANK_TOKEN: the bearer token that partners log in with")?;
    let port = env::args().nth(1).unwrap_or_else(|| "0".into()).parse()?;
    let bank = Arc::new(task::spawn_blocking(|| Bank::new(token)).await??);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("The bank listens on http://{}", listener.local_addr()?);
    tokio::spawn(rotate_keys(Arc::clone(&bank)));
    Ok(axum::serve(listener, bank.router()).await?)
}

async fn rotate_keys(bank: Arc<Bank>) -> Result<(), BoxError> {
    let mut days = time::interval(ROTATION);
    days.tick().await; // at once
    loop {
        days.tick().await;
        let bank = Arc::clone(&bank);
        let version = task::spawn_blocking(move || bank.rotate_key(KEY_BITS)).await??;
        println!("The bank's key has version {version} now.");
    }
}

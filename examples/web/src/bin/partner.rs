//! The partner, who talks to the bank of this example, or to the sandbox of a bank:
//!
//! ```sh
//! BANK_URL=https://api.bank.example BANK_TOKEN=... cargo run --bin partner
//! ```
//!
//! It makes a key and uploads it. If the bank has one already, `PARTNER_KEY` is the PEM file of the private key and
//! `PARTNER_KEY_ID` its id. `BANK_ROOT` is a PEM file with the certificate to trust in place of the operating system's.

#![allow(clippy::print_stdout, reason = "the reader is shown what happens")]

use std::env;
use std::fs;

use jwe_primitives::DecryptingKey;
use reqwest::Certificate;
use serde_json::json;
use web::BoxError;
use web::partner::{Api, Partner};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    // The provider of cryptography for TLS is chosen once in a program.
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "there is a provider already")?;
    let base_url = env::var("BANK_URL").map_err(|_| "set BANK_URL")?.parse()?;
    let bearer_token = env::var("BANK_TOKEN").map_err(|_| "set BANK_TOKEN")?;
    let root = match env::var("BANK_ROOT") {
        Ok(file) => Some(Certificate::from_pem(&fs::read(file)?)?),
        Err(_) => None,
    };
    let api = Api::new(base_url, bearer_token, root)?;
    let partner = match env::var("PARTNER_KEY") {
        Ok(file) => {
            let key_id = env::var("PARTNER_KEY_ID").map_err(|_| "set PARTNER_KEY_ID: the id of PARTNER_KEY")?;
            let key = DecryptingKey::from_pem(&fs::read_to_string(file)?)?.with_key_id(&key_id)?;
            Partner::with_key(api, key).await?
        }
        Err(_) => Partner::with_new_key(api).await?,
    };
    println!("our key:    {}", partner.key_id());
    let case = json!({
        "type": "GENERAL_ENQUIRY",
        "subject": "Inquiry about Transfer 12345",
        "externalId": "partner_external_id_12345",
    });
    println!("greeting:   {}", partner.greeting().await?);
    println!("playground: {}", partner.playground(&json!({"hello": "bank"})).await?);
    println!("direct:     {}", partner.direct(&json!({"hello": "bank"})).await?);
    println!("case:       {}", partner.create_case(&case).await?);
    Ok(())
}

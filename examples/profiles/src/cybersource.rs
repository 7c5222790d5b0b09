//! Cybersource, Visa Acceptance: message-level encryption (MLE).
//!
//! As of November 2026:
//!
//! - A merchant downloads two PKCS#12 keystores from the Business Center. The one for requests has, besides the
//!   merchant's key for signing, the certificate `CyberSource_SJC_US`; the one for responses has the private key that
//!   decrypts them. (Cybersource's developer guide "Getting Started with REST", "Create or Submit a REST-API Response
//!   MLE Key".)
//! - The `kid` is the `serialNumber` of the certificate's subject; the client libraries take the certificate's own
//!   serial number if the subject has none. The header has `cty` `JWT`, though the content is plain JSON, and `iat`.
//!   (`MLEUtility` of `cybersource-rest-client-node`.)
//! - The JWT that authenticates a request names the key for the response in `v-c-response-mle-kid`.
//!   (`cybersource-rest-client-ruby` and `-php`.)
//! - All responses will be encrypted. The mandate was announced for September 2026 (release notes of July 17, 2026) and
//!   then for March 2027 (release notes of October 23, 2026).
//!
//! The certificates of this program were taken from keystores with these commands:
//!
//! ```sh
//! openssl pkcs12 -in request.p12 -nokeys -out request_certificates.pem
//! openssl pkcs12 -in response.p12 -nocerts -nodes -out response_key.pem
//! openssl pkcs12 -in response.p12 -nokeys -clcerts -out response_certificate.pem
//! ```

use jwe_primitives::{DecryptingKey, EncryptingKey, Header, Jwe, KeySet};
use serde_json::{Value, json};

use crate::certificate::Certified;
use crate::common::{Fallible, ensure, expect_rejection, member, show, step, unix_time};

const REQUEST_CERTIFICATES: &str = include_str!("cybersource/request_certificates.pem");
const RESPONSE_KEY: &str = include_str!("cybersource/response_key.pem");
const RESPONSE_CERTIFICATE: &str = include_str!("cybersource/response_certificate.pem");
/// Cybersource's own, which only this program has.
const GATEWAY_KEY: &str = include_str!("cybersource/gateway_key.pem");

const ALIAS: &str = "CyberSource_SJC_US";

/// Seconds that a request may be old. This bound is ours; a receiver that wants no replay remembers tokens that long.
const MAX_AGE: u64 = 300;

pub(crate) fn cybersource() -> Fallible {
    step("The merchant reads the gateway's certificate, and the key for responses with its certificate.");
    let gateway = find(REQUEST_CERTIFICATES, ALIAS)?;
    describe(&gateway);
    let to_gateway = gateway.key.clone().with_key_id(&key_id(&gateway))?;
    let response = find(RESPONSE_CERTIFICATE, "example_merchant")?;
    describe(&response);
    let merchant = KeySet::from_iter([DecryptingKey::from_pem(RESPONSE_KEY)?.with_key_id(&key_id(&response))?]);

    step("The merchant encrypts the whole body. Its `kid` names the certificate.");
    let payment = json!({"orderInformation": {"amountDetails": {"totalAmount": "10.00", "currency": "USD"}}});
    let request = encrypt_request(&to_gateway, &payment, unix_time()?)?;
    show(&request, "encryptedRequest")?;
    println!("   in the JWT that authenticates it: {}", json!({"v-c-response-mle-kid": key_id(&response)}));
    step("The gateway decrypts it.");
    let private = DecryptingKey::from_pem(GATEWAY_KEY)?.with_key_id(&key_id(&gateway))?;
    ensure(decrypt_request(&private, &request)? == payment, "the request is not what was sent")?;
    let late = encrypt_request(&to_gateway, &payment, unix_time()?.saturating_sub(3600))?;
    expect_rejection("a request of an hour ago", decrypt_request(&private, &late), "`iat` is too far from now")?;

    step("The response is encrypted to the merchant's key for responses.");
    let to_merchant = response.key.with_key_id(merchant.only()?.key_id().unwrap_or_default())?;
    let authorized = json!({"status": "AUTHORIZED"});
    let token = to_merchant.encrypt(&Header::new(), authorized.to_string().as_bytes())?.compact;
    let response = json!({"encryptedResponse": token});
    show(&response, "encryptedResponse")?;
    ensure(decrypt_response(&merchant, &response)? == authorized, "the response is not what was sent")
}

/// The certificate with this common name, if it is valid now.
fn find(pem: &str, common_name: &str) -> Fallible<Certified> {
    let found = Certified::read_all(pem)?.into_iter().find(|certificate| certificate.common_name == common_name);
    let found = found.ok_or_else(|| format!("no certificate for {common_name}"))?;
    found.check_dates()?;
    Ok(found)
}

fn key_id(certificate: &Certified) -> String {
    certificate.subject_serial_number.clone().unwrap_or_else(|| certificate.serial_number.clone())
}

fn describe(certificate: &Certified) {
    println!("   {}, RSA, {} bits", certificate.common_name, certificate.key.modulus_bits());
    println!("      serialNumber of the subject   {}", certificate.subject_serial_number.as_deref().unwrap_or("none"));
    println!("      serial of the certificate     {}", certificate.serial_number);
    println!("      SHA-256 of the certificate    {}", certificate.sha256);
    println!("      x5t#S256                      {}", certificate.x5t_s256);
}

fn encrypt_request(gateway: &EncryptingKey, body: &Value, time: u64) -> Fallible<Value> {
    let header = Header::new().content_type("JWT")?.param("iat", time)?;
    Ok(json!({"encryptedRequest": gateway.encrypt(&header, body.to_string().as_bytes())?.compact}))
}

fn decrypt_request(gateway: &DecryptingKey, request: &Value) -> Fallible<Value> {
    let decrypted = gateway.decrypt(&Jwe::parse(member(request, "encryptedRequest")?)?)?;
    let issued: u64 = decrypted.header.number("iat").ok_or("no `iat`")?;
    ensure(unix_time()?.abs_diff(issued) <= MAX_AGE, "`iat` is too far from now")?;
    Ok(serde_json::from_slice(&decrypted.plaintext)?)
}

fn decrypt_response(merchant: &KeySet<DecryptingKey>, response: &Value) -> Fallible<Value> {
    let jwe = Jwe::parse(member(response, "encryptedResponse")?)?;
    Ok(serde_json::from_slice(&merchant.for_token(&jwe)?.decrypt(&jwe)?.plaintext)?)
}

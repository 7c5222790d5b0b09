//! Services that this crate doesn't serve: the table in `examples/README.md`.

use jwe_primitives::{DecryptingKey, Error, Header, Jwe, RegisteredName};

use crate::common::{Fallible, expect_rejection, with_header};

pub(crate) fn others() -> Fallible {
    let token = DecryptingKey::generate(2048)?.encrypting_key().encrypt(&Header::new(), b"")?.compact;
    for (service, alg, enc) in [
        ("Visa Developer, MLE", "RSA-OAEP-256", "A128GCM"),
        ("Juspay, tokenization", "RSA-OAEP-256", "A128GCM"),
        ("Juspay, payouts", "RSA-OAEP", "A128CBC-HS256"),
        ("PayPal Provisioning", "RSA-OAEP", "A128CBC-HS256"),
        ("UnionPay International", "RSA1_5", "A128CBC-HS256"),
        ("Samsung Wallet", "RSA1_5", "A128GCM"),
        ("Wise, card details and PIN", "RSA1_5", "A256GCM"),
        ("Auth0, its other algorithms", "RSA-OAEP-512", "A256GCM"),
    ] {
        let reason = if alg == "RSA-OAEP-256" {
            Error::UnsupportedEncryption(RegisteredName::of(enc))
        } else {
            Error::UnsupportedAlgorithm(RegisteredName::of(alg))
        };
        let foreign = with_header(&token, alg, enc);
        let outcome = Jwe::parse(&foreign).map_err(Box::from);
        expect_rejection(&format!("{service}: {alg}, {enc}"), outcome, reason)?;
    }
    Ok(())
}

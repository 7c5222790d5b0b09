//! What the page calls. The key of a conversation stays in here: JavaScript gets an object that it can't look into,
//! and `free` zeroizes the key.

use jwe_primitives::{ContentEncryptionKey, Encrypted, EncryptingKey, Error, Header, Jwe, KeyError, KeyFormat, KeySet};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// The bank's public key.
#[wasm_bindgen]
pub struct BankKey(EncryptingKey);

#[wasm_bindgen]
impl BankKey {
    /// Finds the key in what the bank serves: a JWK Set, or one JWK. Without a `kid`, there must be exactly one key
    /// for `RSA-OAEP-256`.
    #[wasm_bindgen(constructor)]
    pub fn new(served: &str, kid: Option<String>) -> Result<BankKey, JsError> {
        let keys = match KeySet::<EncryptingKey>::from_jwks(served) {
            Err(Error::Key(KeyError::UnexpectedFormat(KeyFormat::Jwk))) => {
                KeySet::from_iter([EncryptingKey::from_jwk(served)?])
            }
            set => set?,
        };
        Ok(Self(keys.get(kid.as_deref())?.clone()))
    }

    /// Encrypts a request for this path of the bank's API.
    pub fn seal(&self, json: &str, url: &str) -> Result<SealedRequest, JsError> {
        let header = Header::new().content_type("application/json")?.param("url", url)?;
        let Encrypted { compact, cek, .. } = self.0.encrypt(&header, json.as_bytes())?;
        Ok(SealedRequest { token: compact, cek })
    }
}

/// A request in progress, with the key for its response. Free it when the response has arrived, or will not.
#[wasm_bindgen]
pub struct SealedRequest {
    token: String,
    cek: ContentEncryptionKey,
}

#[wasm_bindgen]
impl SealedRequest {
    /// The body to send.
    #[wasm_bindgen(getter)]
    pub fn token(&self) -> String {
        self.token.clone()
    }

    /// Decrypts the response, which must come directly under the key of this request.
    pub fn open(&self, response: &str) -> Result<String, JsError> {
        let content = self.cek.decrypt(&Jwe::parse(response)?)?.plaintext;
        Ok(String::from_utf8(content)?)
    }
}

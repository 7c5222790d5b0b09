//! Rust JOSE crates as interop peers.
//!
//!     peers-rs PEER make|open < jobs.json
//!
//! PEER is one of josekit, jose-rs, jose4rs. The jobs are as in peers.py.

use base64::{engine::general_purpose::URL_SAFE_NO_PAD, Engine};
use serde_json::{json, Map, Value};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Peer {
    make: fn(&Value, &Map<String, Value>, &[u8]) -> Result<String>,
    open: fn(&Value, &str) -> Result<Vec<u8>>,
}

fn is_rsa(key: &Value) -> bool {
    key["kty"] == "RSA"
}

fn public(key: &Value) -> &Value {
    if is_rsa(key) {
        &key["jwk_public"]
    } else {
        &key["jwk"]
    }
}

fn private(key: &Value) -> &Value {
    if is_rsa(key) {
        &key["jwk_private"]
    } else {
        &key["jwk"]
    }
}

mod josekit_peer {
    use super::*;
    use josekit::{
        jwe::{self, Dir, JweHeader, RSA_OAEP_256},
        jwk::Jwk,
    };

    fn jwk(value: &Value) -> Result<Jwk> {
        Ok(Jwk::from_bytes(value.to_string())?)
    }

    pub fn make(key: &Value, header: &Map<String, Value>, plaintext: &[u8]) -> Result<String> {
        let header = JweHeader::from_map(header.clone())?;
        let jwk = jwk(public(key))?;
        Ok(if is_rsa(key) {
            jwe::serialize_compact(plaintext, &header, &RSA_OAEP_256.encrypter_from_jwk(&jwk)?)?
        } else {
            jwe::serialize_compact(plaintext, &header, &Dir.encrypter_from_jwk(&jwk)?)?
        })
    }

    pub fn open(key: &Value, token: &str) -> Result<Vec<u8>> {
        let jwk = jwk(private(key))?;
        Ok(if is_rsa(key) {
            jwe::deserialize_compact(token, &RSA_OAEP_256.decrypter_from_jwk(&jwk)?)?.0
        } else {
            jwe::deserialize_compact(token, &Dir.decrypter_from_jwk(&jwk)?)?.0
        })
    }
}

mod jose_rs_peer {
    use super::*;
    use jose_rs::{jwe::compact, jwk::Jwk, JoseHeader, JweEncryption};

    /// The JWK with the alg that this crate's JWK functions ask for.
    fn jwk(key: &Value, value: &Value) -> Result<Jwk> {
        let mut value = value.clone();
        value["alg"] = json!(if is_rsa(key) { "RSA-OAEP-256" } else { "dir" });
        Ok(Jwk::from_json(&value.to_string())?)
    }

    pub fn make(key: &Value, header: &Map<String, Value>, plaintext: &[u8]) -> Result<String> {
        let header: JoseHeader = serde_json::from_value(Value::Object(header.clone()))?;
        let jwk = jwk(key, public(key))?;
        Ok(compact::encrypt_with_jwk_header(&jwk, header, plaintext, JweEncryption::A256GCM)?)
    }

    pub fn open(key: &Value, token: &str) -> Result<Vec<u8>> {
        Ok(compact::decrypt_with_jwk(&jwk(key, private(key))?, token)?)
    }
}

mod jose4rs_peer {
    use super::*;
    use jose4rs::{jwe::JsonWebEncryption, jwk::JsonWebKey, jwx::JsonWebStructure};

    pub fn make(key: &Value, header: &Map<String, Value>, plaintext: &[u8]) -> Result<String> {
        let jwk = JsonWebKey::from_json(public(key).to_string())?;
        let mut jwe = JsonWebEncryption::new();
        jwe.set_payload(plaintext);
        for (name, value) in header {
            let mut text = value.to_string().into_bytes();
            jwe.set_header_value(name.as_str(), simd_json::to_owned_value(&mut text)?);
        }
        jwe.encrypt(&jwk)?;
        Ok(jwe.compact_serialization()?)
    }

    pub fn open(key: &Value, token: &str) -> Result<Vec<u8>> {
        let jwk = JsonWebKey::from_json(private(key).to_string())?;
        let mut jwe = JsonWebEncryption::new();
        jwe.set_compact_serialization(token)?;
        Ok(jwe.payload(&jwk)?.to_vec())
    }
}

fn run(peer: &Peer, verb: &str, job: &Value) -> Result<Value> {
    let id = &job["id"];
    let text = |name: &str| job[name].as_str().ok_or_else(|| format!("no {name}"));
    match verb {
        "make" => {
            let plaintext = URL_SAFE_NO_PAD.decode(text("plaintext_b64")?)?;
            let header = job["header"].as_object().ok_or("no header")?;
            Ok(json!({"id": id, "token": (peer.make)(&job["key"], header, &plaintext)?}))
        }
        "open" => {
            let plaintext = (peer.open)(&job["key"], text("token")?)?;
            Ok(json!({"id": id, "plaintext_b64": URL_SAFE_NO_PAD.encode(plaintext)}))
        }
        _ => Err("verb must be make or open".into()),
    }
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [name, verb] = args.as_slice() else {
        return Err("usage: peers-rs PEER make|open".into());
    };
    let peer = match name.as_str() {
        "josekit" => Peer { make: josekit_peer::make, open: josekit_peer::open },
        "jose-rs" => Peer { make: jose_rs_peer::make, open: jose_rs_peer::open },
        "jose4rs" => Peer { make: jose4rs_peer::make, open: jose4rs_peer::open },
        other => return Err(format!("no peer {other}").into()),
    };
    let jobs: Vec<Value> = serde_json::from_reader(std::io::stdin())?;
    let out: Vec<Value> = jobs
        .iter()
        .map(|job| run(&peer, verb, job).unwrap_or_else(|e| json!({"id": job["id"], "error": e.to_string()})))
        .collect();
    println!("{}", Value::Array(out));
    Ok(())
}

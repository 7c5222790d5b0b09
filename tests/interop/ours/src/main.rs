//! This crate, with the same two verbs over the same jobs as its peers (`vectors/README.md`).
//!
//! ```sh
//! jwe-interop-ours make < jobs.json    # [{id, key, header, plaintext_b64}] -> [{id, token}]
//! jwe-interop-ours open < jobs.json    # [{id, key, token}] -> [{id, plaintext_b64, header}]
//! ```
//!
//! A job that fails gives `{id, error}`. `header` is the header as this crate's accessors show it. The jobs take
//! turns with the two ways to do everything: a key from its JWK or its PEM, a `kid` from the key or the header,
//! a buffer of the crate or of the caller.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jwe_primitives::{
    ContentEncryptionKey, DecryptingKey, EncryptingKey, Error, Header, Jwe, ParameterValue, VerifiedHeader,
};
use serde_json::{Map, Value, json};
use std::{
    collections::{HashMap, hash_map::Entry},
    io,
};

type Outcome<T> = Result<T, String>;

fn said(error: Error) -> String {
    format!("{error:?}")
}

fn text<'v>(object: &'v Value, name: &str) -> Outcome<&'v str> {
    object[name].as_str().ok_or_else(|| format!("no {name}"))
}

fn is_rsa(key: &Value) -> bool {
    key["kty"] == "RSA"
}

/// The keys that were read, each in both ways: reading one costs more than using it.
#[derive(Default)]
struct Keys {
    public: HashMap<(String, bool), EncryptingKey>,
    private: HashMap<(String, bool), DecryptingKey>,
}

impl Keys {
    fn public(&mut self, key: &Value, pem: bool) -> Outcome<&EncryptingKey> {
        match self.public.entry((key["jwk_public"].to_string(), pem)) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(public(key, pem)?)),
        }
    }

    fn private(&mut self, key: &Value, pem: bool) -> Outcome<&DecryptingKey> {
        match self.private.entry((key["jwk_private"].to_string(), pem)) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(private(key, pem)?)),
        }
    }
}

fn public(key: &Value, pem: bool) -> Outcome<EncryptingKey> {
    let read = if pem {
        EncryptingKey::from_pem(text(key, "spki_pem")?)
    } else {
        EncryptingKey::from_jwk(&key["jwk_public"].to_string())
    };
    read.map_err(said)
}

fn private(key: &Value, pem: bool) -> Outcome<DecryptingKey> {
    let read = if pem {
        DecryptingKey::from_pem(text(key, "pkcs8_pem")?)
    } else {
        DecryptingKey::from_jwk(&key["jwk_private"].to_string())
    };
    read.map_err(said)
}

fn shared(key: &Value) -> Outcome<ContentEncryptionKey> {
    ContentEncryptionKey::from_jwk(&key["jwk"].to_string()).map_err(said)
}

/// The header of a job, without the `kid` if the key is to bring it.
fn header(members: &Map<String, Value>, key_id_from_key: bool) -> Outcome<Header> {
    let mut header = Header::new();
    for (name, value) in members {
        header = match (name.as_str(), value) {
            ("alg" | "enc", _) => Ok(header),
            ("kid", Value::String(_)) if key_id_from_key => Ok(header),
            ("kid", Value::String(value)) => header.key_id(value),
            ("typ", Value::String(value)) => header.token_type(value),
            ("cty", Value::String(value)) => header.content_type(value),
            (_, Value::String(value)) => header.param(name, value),
            (_, Value::Bool(value)) => header.param(name, *value),
            // An integer that not every reader keeps is rejected as such, and may still be sent as JSON.
            (_, Value::Number(number)) => match number.as_i64().filter(|value| value.unsigned_abs() < 1 << 53) {
                Some(value) => header.param(name, value),
                None => header.param(name, ParameterValue::Json(&number.to_string())),
            },
            (_, value) => header.param(name, ParameterValue::Json(&value.to_string())),
        }
        .map_err(said)?;
    }
    Ok(header)
}

fn make(keys: &mut Keys, job: &Value, turn: usize) -> Outcome<Value> {
    let (key, members) = (&job["key"], job["header"].as_object().ok_or("no header")?);
    let plaintext = URL_SAFE_NO_PAD.decode(text(job, "plaintext_b64")?).map_err(|e| e.to_string())?;
    let key_id = members.get("kid").and_then(Value::as_str).filter(|_| turn & 1 == 0);
    let header = header(members, key_id.is_some())?;
    let into = turn & 2 == 0;
    let token = if is_rsa(key) {
        let mut key = keys.public(key, turn & 4 == 0)?.clone();
        if let Some(key_id) = key_id {
            key = key.with_key_id(key_id).map_err(said)?;
        }
        if into {
            let mut out = vec![0; key.compact_len(&header, plaintext.len())];
            key.encrypt_into(&header, &plaintext, &mut out).map_err(said)?.compact.to_owned()
        } else {
            key.encrypt(&header, &plaintext).map_err(said)?.compact
        }
    } else {
        let mut key = shared(key)?;
        if let Some(key_id) = key_id {
            key = key.with_key_id(key_id).map_err(said)?;
        }
        if into {
            let mut out = vec![0; key.compact_len(&header, plaintext.len())];
            key.encrypt_into(&header, &plaintext, &mut out).map_err(said)?.to_owned()
        } else {
            key.encrypt(&header, &plaintext).map_err(said)?
        }
    };
    Ok(json!({ "token": token }))
}

/// What the accessors show of a header.
fn view(header: &VerifiedHeader<'_>) -> Outcome<Value> {
    let whole: Map<String, Value> = serde_json::from_str(header.as_json()).map_err(|e| e.to_string())?;
    let mut seen = Map::new();
    for (name, value) in whole {
        let json = header.json(&name).ok_or_else(|| format!("no member {name}"))?;
        if header.string(&name).as_deref() != value.as_str() {
            return Err(format!("member {name} is another string"));
        }
        seen.insert(name, serde_json::from_str(json).map_err(|e| e.to_string())?);
    }
    let named = [("kid", header.key_id()), ("cty", header.content_type()), ("typ", header.token_type())];
    for (name, value) in named {
        if value.as_deref() != seen.get(name).and_then(Value::as_str) {
            return Err(format!("the accessor of {name} shows something else"));
        }
    }
    Ok(Value::Object(seen))
}

fn open(keys: &mut Keys, job: &Value, turn: usize) -> Outcome<Value> {
    let (key, token) = (&job["key"], text(job, "token")?);
    let into = turn & 2 == 0;
    let mut scratch = vec![0; Jwe::SCRATCH_LEN];
    let jwe = if into { Jwe::parse_in(token, &mut scratch) } else { Jwe::parse(token) }.map_err(said)?;
    let key_id = jwe.unverified_header().key_id().filter(|key_id| turn & 1 == 0 && key_id.len() <= 1024);
    let mut out = vec![0; jwe.plaintext_len()];
    let (plaintext, header) = if is_rsa(key) {
        let named;
        let key = match key_id {
            // A key isn't cloned, and reading one takes long: seldom.
            Some(key_id) if turn.is_multiple_of(8) => {
                named = private(key, true)?.with_key_id(&key_id).map_err(said)?;
                &named
            }
            _ => keys.private(key, turn & 4 == 0)?,
        };
        if into {
            let opened = key.decrypt_into(&jwe, &mut out).map_err(said)?;
            (opened.plaintext.to_vec(), opened.header)
        } else {
            let opened = key.decrypt(&jwe).map_err(said)?;
            (opened.plaintext, opened.header)
        }
    } else {
        let mut key = shared(key)?;
        if let Some(key_id) = key_id {
            key = key.with_key_id(&key_id).map_err(said)?;
        }
        if into {
            let opened = key.decrypt_into(&jwe, &mut out).map_err(said)?;
            (opened.plaintext.to_vec(), opened.header)
        } else {
            let opened = key.decrypt(&jwe).map_err(said)?;
            (opened.plaintext, opened.header)
        }
    };
    Ok(json!({ "plaintext_b64": URL_SAFE_NO_PAD.encode(plaintext), "header": view(&header)? }))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let verb = match std::env::args().nth(1).as_deref() {
        Some("make") => make,
        Some("open") => open,
        _ => return Err("verb must be make or open".into()),
    };
    let jobs: Vec<Value> = serde_json::from_reader(io::stdin())?;
    let mut keys = Keys::default();
    let replies: Vec<Value> = jobs
        .iter()
        .enumerate()
        .map(|(turn, job)| {
            let mut reply = verb(&mut keys, job, turn).unwrap_or_else(|error| json!({ "error": error }));
            reply["id"] = job["id"].clone();
            reply
        })
        .collect();
    println!("{}", Value::Array(replies));
    Ok(())
}

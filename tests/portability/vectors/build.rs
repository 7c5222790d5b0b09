//! Makes tables of Rust from the files in `vectors/`, so that no reader of JSON runs where the vectors do.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::Value;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../vectors");
    let read = |name: &str| -> Value {
        let path = folder.join(name).with_extension("json");
        println!("cargo::rerun-if-changed={}", path.display());
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let keys = read("keys");
    let mut out = String::from("pub static RSA_KEYS: &[(&str, &str)] = &[\n");
    for key in list(&keys["keys"]) {
        writeln!(out, "({:?}, {:?}),", text(&key["id"]), text(&key["pkcs8_pem"])).unwrap();
    }
    out += "];\n";
    for name in ["positive", "accept", "negative"] {
        writeln!(out, "pub static {}: &[Vector] = &[", name.to_uppercase()).unwrap();
        for vector in list(&read(name)["vectors"]) {
            push_vector(&mut out, vector, &keys["dir_keys"]);
        }
        out += "];\n";
    }
    for name in ["bad_keys", "good_keys"] {
        writeln!(out, "pub static {}: &[KeyVector] = &[", name.to_uppercase()).unwrap();
        for key in list(&read(name)["keys"]) {
            push_key(&mut out, key);
        }
        out += "];\n";
    }
    fs::write(Path::new(&env::var_os("OUT_DIR").unwrap()).join("tables.rs"), out).unwrap();
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text(value)).unwrap()
}

fn push_vector(out: &mut String, vector: &Value, dir_keys: &Value) {
    let key = &vector["key"];
    let key_text = match key.get("dir") {
        Some(id) => {
            let jwk = list(dir_keys).iter().find(|key| key["id"] == *id).unwrap()["jwk"].to_string();
            format!("Key::Dir({jwk:?})")
        }
        None => format!("Key::Rsa({:?})", text(&key["rsa"])),
    };
    let token = match vector.get("recipe") {
        Some(recipe) => {
            assert_eq!(recipe["op"], "repeat");
            let part = |name: &str| text(&recipe[name]);
            (part("prefix"), part("unit"), recipe["count"].as_u64().unwrap(), part("suffix"))
        }
        None => (text(&vector["token"]), "", 0, ""),
    };
    let expected = match (vector.get("expect_any"), text_or_nothing(&vector["expect"])) {
        (None, "opens") => {
            let plaintext = match vector.get("plaintext_pattern") {
                Some(len) => (0..len.as_u64().unwrap()).map(|i| ((i * 7 + 3) % 256).to_le_bytes()[0]).collect(),
                None => bytes(&vector["plaintext"]),
            };
            format!("Expected::Opens(&{plaintext:?})")
        }
        (None, error) => format!("Expected::Rejected(&[{error:?}], {:?})", text(&vector["stage"])),
        (Some(any), _) => {
            let any: Vec<&str> = list(any).iter().map(text).collect();
            format!("Expected::Rejected(&{any:?}, {:?})", text(&vector["stage"]))
        }
    };
    let kid = key.get("kid").map(text);
    let id = text(&vector["id"]);
    writeln!(out, "Vector {{ id: {id:?}, key: {key_text}, kid: {kid:?}, token: {token:?}, expected: {expected} }},")
        .unwrap();
}

fn text_or_nothing(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn push_key(out: &mut String, key: &Value) {
    let field = |name: &str| text(&key[name]);
    let data = match field("format") {
        "der" | "bytes" => bytes(&key["data"]),
        _ => field("data").into(),
    };
    writeln!(
        out,
        "KeyVector {{ id: {:?}, kind: {:?}, format: {:?}, data: &{data:?}, expected: {:?} }},",
        field("id"),
        field("kind"),
        field("format"),
        field("expect")
    )
    .unwrap();
}

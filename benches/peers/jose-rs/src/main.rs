//! jose-rs behind a pipe. A request is a line `OPERATION KEY LENGTH ITERATIONS`, the reply the nanoseconds that
//! they took: the parent does the interleaving.

use std::hint::black_box;
use std::io::{BufRead, Write};
use std::time::Instant;

use jose_rs::algorithm::{JweAlgorithm, JweEncryption};
use jose_rs::{JoseHeader, jwe::compact};

#[path = "../../src/inputs.rs"]
mod inputs;

fn main() {
    let mut out = std::io::stdout();
    let mut prepared: Option<(String, Message)> = None;
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let [operation, key, len, iterations] = words.as_slice() else { panic!("{line}") };
        let what = format!("{key} {len}");
        if prepared.as_ref().is_none_or(|(known, _)| *known != what) {
            prepared = Some((what, Message::new(key, len.parse().unwrap())));
        }
        let message = &prepared.as_ref().unwrap().1;
        let operation: &dyn Fn() = match *operation {
            "encrypt" => &|| drop(black_box(message.encrypt())),
            "decrypt" => &|| drop(black_box(message.decrypt())),
            other => panic!("{other}"),
        };
        let start = Instant::now();
        (0..iterations.parse::<u64>().unwrap()).for_each(|_| operation());
        writeln!(out, "{}", start.elapsed().as_nanos()).unwrap();
        out.flush().unwrap();
    }
}

struct Message {
    alg: JweAlgorithm,
    header: JoseHeader,
    public: Vec<u8>,
    private: Vec<u8>,
    plaintext: Vec<u8>,
    token: String,
}

impl Message {
    /// The crate keeps no parsed key: it takes the key's bytes with each message.
    fn new(key: &str, len: usize) -> Self {
        let (alg, public, private) = if key == "dir" {
            (JweAlgorithm::Dir, inputs::KEY.to_vec(), inputs::KEY.to_vec())
        } else {
            (JweAlgorithm::RsaOaep256, inputs::der(key, "spki_pem"), inputs::der(key, "pkcs8_pem"))
        };
        let mut header = JoseHeader::for_jwe(alg, JweEncryption::A256GCM);
        header.cty = Some(inputs::CONTENT_TYPE.into());
        let mut this = Self { alg, header, public, private, plaintext: inputs::payload(len), token: String::new() };
        this.token = this.encrypt();
        assert_eq!(this.decrypt(), this.plaintext);
        this
    }

    fn encrypt(&self) -> String {
        let enc = JweEncryption::A256GCM;
        compact::encrypt_with_header(self.header.clone(), &self.public, &self.plaintext, self.alg, enc).unwrap()
    }

    fn decrypt(&self) -> Vec<u8> {
        compact::decrypt(&self.private, &self.token).unwrap()
    }
}

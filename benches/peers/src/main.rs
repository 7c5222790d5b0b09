//! The crate compared with other JOSE crates, as ratios from one run: `run.sh` builds and starts this.
//!
//! ```sh
//! jwe-peers [--jose-rs PROGRAM] [--json FILE] [PART OF A ROW'S NAME]
//! ```
//!
//! Each crate is used as its documentation says, with default features, with its key and header made once where it
//! lets one do that. Rows decrypt from the text of the token.

#[path = "../../harness/mod.rs"]
mod harness;
mod inputs;

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use harness::{Contestant, Effort, Race, show_ns, show_ratio, verdict};
use inputs::{CONTENT_TYPE, KEY, payload, pem};
use jose4rs::jwe::{ContentEncryptionAlgorithm, JsonWebEncryption, KeyManagementAlgorithm};
use jose4rs::jwk::JsonWebKey;
use jose4rs::jwx::JsonWebStructure;
use josekit::jwe::{Dir, JweDecrypter, JweEncrypter, JweHeader, RSA_OAEP_256};
use jwe_primitives::{ContentEncryptionKey, DecryptingKey, EncryptingKey, Header, Jwe};
use serde_json::{Value, json};

const PEERS: [&str; 3] = ["josekit", "jose-rs", "jose4rs"];

fn main() {
    let mut table = Table { effort: Effort::from_env(), wanted: String::new(), child: None, results: Vec::new() };
    let mut json_file = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--jose-rs" => table.child = Some(Rc::new(RefCell::new(Piped::start(&args.next().unwrap())))),
            "--json" => json_file = args.next(),
            part => table.wanted = part.into(),
        }
    }
    println!("| row | ours | `_into` | peer | peer's time | ours ÷ peer | `_into` ÷ peer | target | |");
    println!("| --- | --: | --: | --- | --: | --: | --: | --: | --- |");
    for (size, len) in [("300 B", 300), ("16 KiB", 16 << 10), ("512 KiB", 512 << 10), ("1 MiB", 1 << 20)] {
        dir(&mut table, size, len);
    }
    for id in ["rsa2048-a", "rsa3072", "rsa4096"] {
        rsa(&mut table, id);
    }
    if let Some(file) = json_file {
        std::fs::write(file, serde_json::to_string_pretty(&table.results).unwrap() + "\n").unwrap();
    }
}

/// What the speed goals say of a row and a peer.
fn target(row: &str, peer: &str) -> Option<f64> {
    if cfg!(feature = "aws-lc-rs") {
        return match (row, peer) {
            ("dir encrypt, 1 MiB" | "dir decrypt, 1 MiB", "josekit") => Some(0.4),
            ("RSA 2048 encrypt, 300 B", "josekit") => Some(0.8),
            ("RSA 2048 decrypt, 300 B", "josekit") => Some(1.03),
            _ => None,
        };
    }
    match (row, peer) {
        ("dir encrypt, 300 B" | "dir decrypt, 300 B", "josekit") => Some(0.5),
        ("dir encrypt, 300 B" | "dir decrypt, 300 B", "jose-rs") => Some(0.75),
        ("dir encrypt, 16 KiB" | "dir decrypt, 16 KiB", "josekit" | "jose-rs") => Some(0.7),
        ("dir encrypt, 1 MiB", "josekit") => Some(0.75),
        ("dir decrypt, 1 MiB", "josekit") => Some(0.5),
        ("dir encrypt, 512 KiB", "jose-rs") => Some(0.4),
        ("dir decrypt, 512 KiB", "jose-rs") => Some(0.55),
        _ => None,
    }
}

struct Table {
    effort: Effort,
    wanted: String,
    child: Option<Rc<RefCell<Piped>>>,
    results: Vec<Value>,
}

impl Table {
    fn row(&mut self, row: &str, jose_rs: Option<String>, mut contestants: Vec<Contestant<'_>>) {
        if !row.contains(&self.wanted) {
            return;
        }
        if let (Some(child), Some(request)) = (self.child.clone(), jose_rs) {
            contestants
                .push(Contestant::batched("jose-rs", move |iterations| child.borrow_mut().run(&request, iterations)));
        }
        let race = Race::run(contestants, self.effort);
        for peer in PEERS.into_iter().filter(|peer| race.ns(peer).is_some()) {
            let (ours, into, target) = (race.ratio("ours", peer), race.ratio("into", peer), target(row, peer));
            let judged: Vec<_> = target.into_iter().flat_map(|target| [(ours, target), (into, target)]).collect();
            println!(
                "| {row} | {} | {} | {peer} | {} | {} | {} | {} | {} |",
                show_ns(race.ns("ours")),
                show_ns(race.ns("into")),
                show_ns(race.ns(peer)),
                show_ratio(ours),
                show_ratio(into),
                target.map_or_else(|| "–".into(), |target| format!("≤ {target}")),
                verdict(&judged),
            );
            self.results.push(json!({
                "row": row, "peer": peer, "target": target, "ours_ns": race.ns("ours"), "into_ns": race.ns("into"),
                "peer_ns": race.ns(peer), "ours": ours.map(|r| r.median), "into": into.map(|r| r.median),
            }));
        }
    }
}

fn dir(table: &mut Table, size: &str, len: usize) {
    let plaintext = payload(len);
    let header = Header::new().content_type(CONTENT_TYPE).unwrap();
    let key = ContentEncryptionKey::from_bytes(&KEY).unwrap();
    let token = key.encrypt(&header, &plaintext).unwrap();
    let (mut out, mut scratch) = (vec![0; token.len()], vec![0; Jwe::SCRATCH_LEN]);
    let josekit = Josekit::new(
        Box::new(Dir.encrypter_from_bytes(KEY).unwrap()),
        Box::new(Dir.decrypter_from_bytes(KEY).unwrap()),
    );
    assert_eq!(josekit.decrypt(&token), plaintext);
    let jose4rs = Jose4rs {
        key: JsonWebKey::from_json(r#"{"kty":"oct","k":"QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI"}"#).unwrap(),
        alg: KeyManagementAlgorithm::Direct,
    };
    assert_eq!(jose4rs.decrypt(&token), plaintext);
    // A token of jose-rs has at most 1 MiB.
    let jose_rs = |operation: &str| (len < 1 << 20).then(|| format!("{operation} dir {len}"));

    table.row(
        &format!("dir encrypt, {size}"),
        jose_rs("encrypt"),
        vec![
            Contestant::new("ours", || key.encrypt(&header, &plaintext).unwrap()),
            Contestant::new("into", || key.encrypt_into(&header, &plaintext, &mut out).unwrap().len()),
            Contestant::new("josekit", || josekit.encrypt(&plaintext)),
            Contestant::new("jose4rs", || jose4rs.encrypt(&plaintext)),
        ],
    );
    table.row(
        &format!("dir decrypt, {size}"),
        jose_rs("decrypt"),
        vec![
            Contestant::new("ours", || key.decrypt(&Jwe::parse(&token).unwrap()).unwrap()),
            Contestant::new("into", || {
                let jwe = Jwe::parse_in(&token, &mut scratch).unwrap();
                key.decrypt_into(&jwe, &mut out).unwrap().plaintext.len()
            }),
            Contestant::new("josekit", || josekit.decrypt(&token)),
            Contestant::new("jose4rs", || jose4rs.decrypt(&token)),
        ],
    );
}

#[expect(clippy::too_many_lines, reason = "one row after the other")]
fn rsa(table: &mut Table, id: &str) {
    let plaintext = payload(300);
    let header = Header::new().content_type(CONTENT_TYPE).unwrap();
    let (private_pem, public_pem) = (pem(id, "pkcs8_pem"), pem(id, "spki_pem"));
    let private = DecryptingKey::from_pem(&private_pem).unwrap();
    let public = private.encrypting_key();
    let token = public.encrypt(&header, &plaintext).unwrap().compact;
    let (mut out, mut scratch) = (vec![0; token.len()], vec![0; Jwe::SCRATCH_LEN]);
    let josekit = Josekit::new(
        Box::new(RSA_OAEP_256.encrypter_from_pem(&public_pem).unwrap()),
        Box::new(RSA_OAEP_256.decrypter_from_pem(&private_pem).unwrap()),
    );
    assert_eq!(josekit.decrypt(&token), plaintext);
    let jose4rs = Jose4rs { key: JsonWebKey::from_pem(&private_pem).unwrap(), alg: KeyManagementAlgorithm::RsaOaep256 };
    assert_eq!(jose4rs.decrypt(&token), plaintext);
    let bits = private.modulus_bits();

    // What programs do that come from a library which reads keys without checking them.
    table.row(
        &format!("RSA {bits} encrypt, 300 B, PEM per call"),
        None,
        vec![
            Contestant::new("ours", || {
                EncryptingKey::from_pem(&public_pem).unwrap().encrypt(&header, &plaintext).unwrap()
            }),
            Contestant::new("josekit", || josekit.encrypt_with_pem(&public_pem, &plaintext)),
        ],
    );
    table.row(
        &format!("RSA {bits} decrypt, 300 B, PEM per call"),
        None,
        vec![
            Contestant::new("ours", || {
                let key = DecryptingKey::from_pem(&private_pem).unwrap();
                key.decrypt(&Jwe::parse(&token).unwrap()).unwrap().plaintext
            }),
            Contestant::new("josekit", || Josekit::decrypt_with_pem(&private_pem, &token)),
        ],
    );
    table.row(
        &format!("RSA {bits} encrypt, 300 B"),
        Some(format!("encrypt {id} 300")),
        vec![
            Contestant::new("ours", || public.encrypt(&header, &plaintext).unwrap()),
            Contestant::new("into", || public.encrypt_into(&header, &plaintext, &mut out).unwrap().compact.len()),
            Contestant::new("josekit", || josekit.encrypt(&plaintext)),
            Contestant::new("jose4rs", || jose4rs.encrypt(&plaintext)),
        ],
    );
    table.row(
        &format!("RSA {bits} decrypt, 300 B"),
        Some(format!("decrypt {id} 300")),
        vec![
            Contestant::new("ours", || private.decrypt(&Jwe::parse(&token).unwrap()).unwrap()),
            Contestant::new("into", || {
                let jwe = Jwe::parse_in(&token, &mut scratch).unwrap();
                private.decrypt_into(&jwe, &mut out).unwrap().plaintext.len()
            }),
            Contestant::new("josekit", || josekit.decrypt(&token)),
            Contestant::new("jose4rs", || jose4rs.decrypt(&token)),
        ],
    );
}

struct Josekit {
    header: JweHeader,
    encrypter: Box<dyn JweEncrypter>,
    decrypter: Box<dyn JweDecrypter>,
}

impl Josekit {
    fn new(encrypter: Box<dyn JweEncrypter>, decrypter: Box<dyn JweDecrypter>) -> Self {
        let mut header = JweHeader::new();
        header.set_content_encryption("A256GCM");
        header.set_content_type(CONTENT_TYPE);
        Self { header, encrypter, decrypter }
    }

    fn encrypt(&self, plaintext: &[u8]) -> String {
        josekit::jwe::serialize_compact(plaintext, &self.header, &*self.encrypter).unwrap()
    }

    fn encrypt_with_pem(&self, pem: &str, plaintext: &[u8]) -> String {
        let encrypter = RSA_OAEP_256.encrypter_from_pem(pem).unwrap();
        josekit::jwe::serialize_compact(plaintext, &self.header, &encrypter).unwrap()
    }

    fn decrypt_with_pem(pem: &str, token: &str) -> Vec<u8> {
        let decrypter = RSA_OAEP_256.decrypter_from_pem(pem).unwrap();
        josekit::jwe::deserialize_compact(token, &decrypter).unwrap().0
    }

    fn decrypt(&self, token: &str) -> Vec<u8> {
        josekit::jwe::deserialize_compact(token, &*self.decrypter).unwrap().0
    }
}

struct Jose4rs {
    key: JsonWebKey,
    alg: KeyManagementAlgorithm,
}

impl Jose4rs {
    fn encrypt(&self, plaintext: &[u8]) -> String {
        let mut jwe = JsonWebEncryption::new();
        jwe.set_payload(plaintext);
        jwe.set_algorithm(self.alg);
        jwe.set_encryption_method(ContentEncryptionAlgorithm::Aes256Gcm);
        jwe.set_header_value("cty", CONTENT_TYPE.into());
        jwe.encrypt(&self.key).unwrap();
        jwe.compact_serialization().unwrap()
    }

    fn decrypt(&self, token: &str) -> Vec<u8> {
        let mut jwe = JsonWebEncryption::from_compact_serialization(token).unwrap();
        jwe.payload(&self.key).unwrap().to_vec()
    }
}

/// A peer in a process of its own, which times its batches itself.
struct Piped {
    _child: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
}

impl Piped {
    fn start(program: &str) -> Self {
        let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (requests, replies) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { _child: child, requests, replies }
    }

    fn run(&mut self, request: &str, iterations: u64) -> Duration {
        writeln!(self.requests, "{request} {iterations}").unwrap();
        let mut reply = String::new();
        self.replies.read_line(&mut reply).unwrap();
        Duration::from_nanos(reply.trim().parse().unwrap())
    }
}

//! A private key in a KMS that is asked over HTTP: the same two steps, `async`.
//!
//! [`decrypt`] with [`Kms::unwrap`] is what an application takes from here. The KMS is a pretended one on the loopback
//! interface, with a latency like that of a real one, and without TLS and a login.

mod server;

use core::net::SocketAddr;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use hsm::{
    Fallible, ensure, expect_public_rejection, expect_rejection, tampered, with_encrypted_key, with_tag_of_zeros,
};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use jwe_primitives::{EncryptingKey, Error, Header, Jwe, Part};
use rsa::PublicKey;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::sha2::Sha256;
use server::{LATENCY, MAX_BODY, Server};
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::task::JoinSet;
use zeroize::Zeroizing;

const MESSAGES: u32 = 20;
/// However the KMS fares, a caller gets a result by then.
const TIME_LIMIT: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let Err(error) = run() else { return ExitCode::SUCCESS };
    eprintln!("FAILED: {error}");
    ExitCode::FAILURE
}

fn run() -> Fallible {
    let server = Server::start()?;
    let kms = Arc::new(Kms { address: server.address });
    let one_thread = runtime::Builder::new_current_thread().enable_all().build()?;
    let spki = one_thread.block_on(converse(&kms))?;
    let key = EncryptingKey::from_der(&spki)?;

    println!("\n3. {MESSAGES} messages at once, in a runtime of one thread: none waits for another's response.");
    server.most_at_once();
    one_thread.block_on(decrypt_many(&kms, &key))?;
    expect_overlap(&server)?;

    println!("\n4. The same in a runtime of two threads: a `Jwe` is `Send`, it may change threads at an await.");
    let two_threads = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    two_threads.block_on(decrypt_many(&kms, &key))?;
    expect_overlap(&server)?;

    println!("\n5. Whatever is wrong after the private key was used, a sender sees one rejection.");
    one_thread.block_on(expect_rejections(&kms, &spki))?;

    println!("\n6. A KMS that can't be reached is no verdict on a message: try again later.");
    one_thread.block_on(expect_outage(&key))?;

    println!("\nAll steps went as they should.");
    Ok(())
}

/// Returns the KMS's public key, as SPKI in DER.
async fn converse(kms: &Kms) -> Fallible<Vec<u8>> {
    println!("1. We fetch the public key of the KMS on http://{}.", kms.address);
    let spki = kms.public_key().await?;
    let key = EncryptingKey::from_der(&spki)?;
    println!("   RSA, {} bits, thumbprint {}", key.modulus_bits(), key.thumbprint());

    println!("\n2. A sender encrypts a message to it. The KMS and we decrypt it.");
    let token = key.encrypt(&Header::new(), b"hello")?.compact;
    let start = Instant::now();
    ensure(decrypt(kms, &key, &token).await? == b"hello", "the message is another one")?;
    println!("   decrypted in {:?}", start.elapsed());
    Ok(spki)
}

/// Decrypts a token to the key of the KMS, whose public half `key` is.
async fn decrypt(kms: &Kms, key: &EncryptingKey, token: &str) -> Fallible<Vec<u8>> {
    let jwe = Jwe::parse(token)?;
    // Every public check: a token that can't be for this key costs no request.
    jwe.check_recipient(key)?;
    let cek = kms.unwrap(jwe.encrypted_key()).await?;
    // `None` goes on, too: the error comes from the content, whichever part was at fault.
    Ok(jwe.decrypt_unwrapped(cek.as_ref().map(|cek| cek.as_slice()))?.plaintext)
}

/// Decrypts all messages at once. Another task of the runtime shows that nothing keeps a thread waiting.
async fn decrypt_many(kms: &Arc<Kms>, key: &EncryptingKey) -> Fallible {
    let mut messages = Vec::new();
    for number in 0..MESSAGES {
        let text = format!("message {number}");
        messages.push((key.encrypt(&Header::new(), text.as_bytes())?.compact, text));
    }
    let ticks = Arc::new(AtomicU32::new(0));
    let ticker = tokio::spawn(tick(Arc::clone(&ticks)));
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for (token, text) in messages {
        let (kms, key) = (Arc::clone(kms), key.clone());
        tasks.spawn(async move {
            ensure(decrypt(&kms, &key, &token).await? == text.as_bytes(), "the message is another one")
        });
    }
    while let Some(finished) = tasks.join_next().await {
        finished??;
    }
    let took = start.elapsed();
    ticker.abort();
    let ticks = ticks.load(Ordering::Relaxed);
    println!("   decrypted in {took:?} together; meanwhile another task ran {ticks} times");
    ensure(ticks > 0, "the runtime was blocked")
}

/// Counted rather than timed, for a busy machine: a client that blocks its thread has one message there at a time.
fn expect_overlap(server: &Server) -> Fallible {
    let at_once = server.most_at_once();
    println!("   the KMS had {at_once} in work at once; in turn, it would have taken {:?}", LATENCY * MESSAGES);
    ensure(at_once > MESSAGES / 2, "the messages waited for each other")
}

async fn tick(ticks: Arc<AtomicU32>) {
    let mut interval = tokio::time::interval(Duration::from_millis(1));
    loop {
        interval.tick().await;
        ticks.fetch_add(1, Ordering::Relaxed);
    }
}

async fn expect_rejections(kms: &Kms, spki: &[u8]) -> Fallible {
    let key = EncryptingKey::from_der(spki)?;
    let good = key.encrypt(&Header::new(), b"hello")?.compact;
    let jwe = Jwe::parse(&good)?;
    let encrypted_key = jwe.encrypted_key();
    let short = encrypted_key.split_last().ok_or("no encrypted key")?.1;
    // For messages that the crate would never send.
    let public = PublicKey::from_public_key_der(spki)?;
    let attempts = [
        ("the encrypted key changed", tampered(encrypted_key)),
        ("a content key of 31 bytes", public.oaep_encrypt::<Sha256>(&[7; 31])?),
        ("a content key of 33 bytes", public.oaep_encrypt::<Sha256>(&[7; 33])?),
        ("another content key", public.oaep_encrypt::<Sha256>(&[7; 32])?),
    ];
    for (what, encrypted_key) in attempts {
        expect_rejection(what, decrypt(kms, &key, &with_encrypted_key(&good, &encrypted_key)).await)?;
    }
    expect_rejection("another tag", decrypt(kms, &key, &with_tag_of_zeros(&good)).await)?;
    let outcome = decrypt(kms, &key, &with_encrypted_key(&good, short)).await;
    let reason = Error::PartLength(Part::EncryptedKey);
    expect_public_rejection("an encrypted key that is a byte short, without a request", outcome, reason)?;
    ensure(decrypt(kms, &key, &good).await.is_ok(), "the message can no longer be decrypted")?;
    println!("   the same message, unchanged: decrypted");
    Ok(())
}

async fn expect_outage(key: &EncryptingKey) -> Fallible {
    // The port was free a moment ago, so that nobody listens there.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let token = key.encrypt(&Header::new(), b"hello")?.compact;
    let Err(error) = decrypt(&Kms { address }, key, &token).await else {
        return Err("nobody responded, yet it was decrypted".into());
    };
    println!("   {error}");
    ensure(!error.is::<Error>(), "the outage looks like a fault of the message")
}

// ---- The client of the KMS ----

struct Kms {
    address: SocketAddr,
}

impl Kms {
    async fn public_key(&self) -> Fallible<Vec<u8>> {
        match self.ask(Method::GET, "/public-key", &[]).await? {
            (StatusCode::OK, spki) => Ok(spki),
            (status, _) => Err(format!("the KMS responded with {status}").into()),
        }
    }

    /// Decrypts an encrypted key in the KMS. `None` if it doesn't decrypt.
    ///
    /// An error is about our side, and no verdict on the message: no response, no permission, no such key.
    async fn unwrap(&self, encrypted_key: &[u8]) -> Fallible<Option<Zeroizing<Vec<u8>>>> {
        match self.ask(Method::POST, "/decrypt", encrypted_key).await? {
            (StatusCode::OK, cek) => Ok(Some(Zeroizing::new(cek))),
            (StatusCode::UNPROCESSABLE_ENTITY, _) => Ok(None),
            (status, _) => Err(format!("the KMS responded with {status}").into()),
        }
    }

    async fn ask(&self, method: Method, path: &str, body: &[u8]) -> Fallible<(StatusCode, Vec<u8>)> {
        let body = Full::new(Bytes::copy_from_slice(body));
        let request = Request::builder().method(method).uri(path).header(HOST, self.address.to_string()).body(body)?;
        tokio::time::timeout(TIME_LIMIT, self.exchange(request)).await?
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Fallible<(StatusCode, Vec<u8>)> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_BODY).collect().await?.to_bytes();
        Ok((status, body.to_vec()))
    }
}

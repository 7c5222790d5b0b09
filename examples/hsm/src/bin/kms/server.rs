//! The pretended KMS: an RSA key that only it has, and two paths.

use core::convert::Infallible;
use core::net::SocketAddr;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::thread;

use getrandom::SysRng;
use hsm::Fallible;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rsa::PrivateKey;
use rsa::pkcs8::EncodePublicKey as _;
use rsa::sha2::Sha256;
use tokio::net::TcpListener;
use tokio::{runtime, task};

/// How long a decryption takes, at least.
pub(crate) const LATENCY: Duration = Duration::from_millis(50);
/// Enough for an encrypted key of 8192 bits.
pub(crate) const MAX_BODY: usize = 1024;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    kms: Arc<Kms>,
}

struct Kms {
    key: PrivateKey,
    in_work: AtomicU32,
    most_at_once: AtomicU32,
}

impl Server {
    /// Starts the KMS in a thread of its own, as if it were on another machine.
    pub(crate) fn start() -> Fallible<Self> {
        let key = PrivateKey::new(&mut SysRng, 2048)?;
        let kms = Arc::new(Kms { key, in_work: AtomicU32::new(0), most_at_once: AtomicU32::new(0) });
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let served = Arc::clone(&kms);
        thread::spawn(move || runtime.block_on(serve(listener, served)));
        Ok(Self { address, kms })
    }

    /// How many decryptions were in work at the same time, at most, since this was last asked.
    pub(crate) fn most_at_once(&self) -> u32 {
        self.kms.most_at_once.swap(0, Ordering::Relaxed)
    }
}

async fn serve(listener: TcpListener, kms: Arc<Kms>) {
    while let Ok((stream, _)) = listener.accept().await {
        let kms = Arc::clone(&kms);
        let service = service_fn(move |request| respond(Arc::clone(&kms), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn respond(kms: Arc<Kms>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/public-key") => kms.public_key(),
        (&Method::POST, "/decrypt") => kms.decrypt(request.into_body()).await,
        _ => (StatusCode::NOT_FOUND, Vec::new()),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    Ok(response)
}

impl Kms {
    fn public_key(&self) -> (StatusCode, Vec<u8>) {
        match self.key.to_public_key().to_public_key_der() {
            Ok(spki) => (StatusCode::OK, spki.into_vec()),
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
        }
    }

    async fn decrypt(self: Arc<Self>, body: Incoming) -> (StatusCode, Vec<u8>) {
        let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
            return (StatusCode::BAD_REQUEST, Vec::new());
        };
        let encrypted_key = body.to_bytes();
        let now = self.in_work.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        self.most_at_once.fetch_max(now, Ordering::Relaxed);
        tokio::time::sleep(LATENCY).await;
        let kms = Arc::clone(&self);
        // It takes milliseconds: too long for a thread that serves connections.
        let decrypted = task::spawn_blocking(move || kms.key.oaep_decrypt::<Sha256>(&encrypted_key)).await;
        self.in_work.fetch_sub(1, Ordering::Relaxed);
        match decrypted {
            Ok(Ok(cek)) => (StatusCode::OK, cek),
            Ok(Err(_)) => (StatusCode::UNPROCESSABLE_ENTITY, Vec::new()),
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
        }
    }
}

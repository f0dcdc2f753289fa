//! The guard and the limits against servers that misbehave on purpose, all on loopback.
//!
//! The whole of 127/8 is this machine, so 127.0.0.2 plays a public address (it is put on the allow list)
//! and 127.0.0.1 plays the inside: a server there counts who comes, and nobody may.

mod addresses;
mod limits;
mod rebinding;

use super::*;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const PUBLIC: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const INSIDE: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// A server and what has come to it.
pub(crate) struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

/// One request that a server has got.
pub(crate) struct Seen {
    /// How many there were, this one included.
    number: usize,
    path: String,
}

impl Server {
    /// Answers every request through `answer` and keeps the connection for the next.
    async fn start<F, A>(ip: Ipv4Addr, answer: F) -> Self
    where
        F: Fn(TcpStream, Seen) -> A + Clone + Send + 'static,
        A: Future<Output = Option<TcpStream>> + Send,
    {
        let listener = TcpListener::bind((ip, 0)).await.expect("a port");
        let server = Self {
            address: listener.local_addr().expect("an address"),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let (connections, requests) = (server.connections.clone(), server.requests.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (answer, requests) = (answer.clone(), requests.clone());
                tokio::spawn(async move {
                    let mut stream = Some(stream);
                    while let Some(mut open) = stream {
                        let Some(head) = read_head(&mut open).await else { return };
                        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                        let number = {
                            let mut requests = requests.lock().expect("not poisoned");
                            requests.push(head);
                            requests.len()
                        };
                        stream = answer(open, Seen { number, path }).await;
                    }
                });
            }
        });
        server
    }

    /// Answers every request with `bytes`.
    pub(crate) async fn saying(ip: Ipv4Addr, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Arc<Vec<u8>> = Arc::new(bytes.into());
        Self::start(ip, move |mut stream, _| {
            let bytes = bytes.clone();
            async move { stream.write_all(&bytes).await.ok().map(|()| stream) }
        })
        .await
    }

    /// Answers each path with the answer that is given for it, every other with 404.
    pub(crate) async fn site(ip: Ipv4Addr, pages: Vec<(String, String)>) -> Self {
        let pages = Arc::new(pages);
        Self::start(ip, move |mut stream, seen| {
            let page = pages.iter().find(|(path, _)| *path == seen.path).map(|(_, answer)| answer.clone());
            let answer = page.unwrap_or("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned());
            async move { stream.write_all(answer.as_bytes()).await.ok().map(|()| stream) }
        })
        .await
    }

    /// Nobody should come here.
    async fn trap() -> Self {
        Self::saying(INSIDE, ok("secret")).await
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).expect("an address")
    }

    /// The same server by a name that the test's resolver knows.
    fn url_of(&self, host: &str) -> Url {
        Url::parse(&format!("http://{host}:{}/", self.address.port())).expect("an address")
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

pub(crate) fn ok(body: &str) -> String {
    with_headers("", body)
}

fn with_headers(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

pub(crate) fn redirect_to(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

/// Limits that no healthy answer comes near, with the public address allowed.
pub(crate) fn config() -> FetchConfig {
    let mut config = FetchConfig { max_body: 10_000, ..FetchConfig::default() };
    config.allow_hosts.add(&PUBLIC.to_string()).expect("an address");
    config
}

pub(crate) fn fetcher(config: &FetchConfig) -> Fetcher {
    Fetcher::new(config).expect("a client")
}

async fn fetch(url: Url) -> Result<Response, FetchError> {
    fetcher(&config()).fetch(Request::new(url)).await
}

/// A resolver's answer that is there already.
fn addresses(list: impl IntoIterator<Item = Ipv4Addr>) -> resolve::LookingUp {
    let list = list.into_iter().map(IpAddr::from).collect();
    Box::pin(async move { Ok(list) })
}

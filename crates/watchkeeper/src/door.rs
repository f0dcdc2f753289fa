//! The door: takes connections in and lets each of them speak HTTP with the site. So many at a time and no more;
//! who does not finish a request's headers in time has to go, and so has who keeps a connection and says nothing.
//!
//! What is asked for is none of its business.

mod forwarded;

use crate::http::address::Block;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// How much it bears.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    /// Connections at a time; the others wait in the system's queue.
    pub(crate) guests: usize,
    /// Longest wait for the headers of a request, and for the next request of a connection.
    pub(crate) patience: Duration,
    /// Whose word about where a request comes from is believed.
    pub(crate) proxies: Arc<[Block]>,
}

impl Door {
    /// With these proxies before it.
    pub(crate) fn behind(proxies: &[Block]) -> Self {
        // Below the usual limit of open files would be too few for open streams, above it would refuse rather than
        // let wait; the patience is what slow lines and idle browsers need.
        Self { guests: 8_192, patience: Duration::from_secs(20), proxies: proxies.into() }
    }
}

/// Bytes of a request's head, at most.
const HEAD_BYTES: usize = 64 * 1024;
/// Rest after the system could not give a connection: its files are all in use.
const BREATH: Duration = Duration::from_millis(200);

impl Door {
    /// Takes in who comes, until it is told to stop; then lets answers under way finish.
    pub(crate) async fn serve(self, listener: TcpListener, router: Router, stop: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(self.guests));
        let mut guests = JoinSet::new();
        loop {
            let come = tokio::select! {
                () = stopped(stop.clone()) => break,
                Some(_) = guests.join_next() => continue,
                come = admit(&listener, &places) => come,
            };
            match come {
                Ok((stream, peer, place)) => {
                    guests.spawn(self.clone().attend(stream, peer, place, router.clone(), stop.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot take a connection in");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
        while guests.join_next().await.is_some() {}
    }

    async fn attend(
        self,
        stream: TcpStream,
        peer: SocketAddr,
        _place: OwnedSemaphorePermit,
        router: Router,
        stop: watch::Receiver<bool>,
    ) {
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            let client = forwarded::client(peer.ip(), request.headers(), &self.proxies);
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, peer.port())));
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.patience)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let served = tokio::select! {
            served = connection.as_mut() => served,
            () = stopped(stop) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = served {
            tracing::trace!(%error, %peer, "a connection broke off");
        }
    }
}

async fn admit(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // A sender that is gone has stopped, too.
    let _ = stop.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    async fn open(door: Door) -> (SocketAddr, watch::Sender<bool>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, told) = watch::channel(false);
        let router = Router::new()
            .route("/", get(|peer: ConnectInfo<SocketAddr>| async move { peer.0.ip().to_string() }));
        tokio::spawn(door.serve(listener, router, told));
        (address, stop)
    }

    async fn answer(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("an end");
        text
    }

    #[tokio::test]
    async fn headers_that_never_end_end_the_connection() {
        let (address, _stop) = open(Door { patience: Duration::from_millis(50), ..Door::behind(&[]) }).await;
        for beginning in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: 1\r\n"] {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            stream.write_all(beginning.as_bytes()).await.expect("sent");
            assert!(!answer(&mut stream).await.contains("200 OK"), "{beginning}");
        }
    }

    #[tokio::test]
    async fn one_more_than_there_are_places_waits_until_somebody_leaves() {
        let (address, _stop) = open(Door { guests: 1, ..Door::behind(&[]) }).await;
        let first = TcpStream::connect(address).await.expect("a connection");
        let mut second = TcpStream::connect(address).await.expect("the system's queue");
        let request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        second.write_all(request).await.expect("sent");
        let mut byte = [0];
        let early = second.try_read(&mut byte);
        assert!(early.is_err(), "{early:?}");
        drop(first);
        let text = answer(&mut second).await;
        assert!(text.contains("200 OK") && text.ends_with("127.0.0.1"), "{text}");
    }

    #[tokio::test]
    async fn where_a_request_comes_from_is_believed_of_our_proxies_only() {
        let ours: Vec<Block> = Block::parse("127.0.0.0/8").into_iter().collect();
        for (proxies, seen) in [(&ours[..], "198.51.100.7"), (&[][..], "127.0.0.1")] {
            let (address, _stop) = open(Door::behind(proxies)).await;
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            let request = b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.66, 198.51.100.7\r\n\
                            Connection: close\r\n\r\n";
            stream.write_all(request).await.expect("sent");
            let text = answer(&mut stream).await;
            assert!(text.ends_with(seen), "{text}");
        }
    }

    #[tokio::test]
    async fn a_head_without_end_is_refused() {
        let (address, _stop) = open(Door::behind(&[])).await;
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let head = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}", "x".repeat(2 * HEAD_BYTES));
        // The other side may hang up while we are still writing.
        let _ = stream.write_all(head.as_bytes()).await;
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        assert!(!String::from_utf8_lossy(&bytes).contains("200 OK"));
    }
}

//! Whoever is at the other end need not be a MongoDB.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::reads::{Failure, Path};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::Watching;
use crate::support::watching::failure;

const PAST_DEADLINE: Duration = Duration::from_secs(12);
/// Without ids there are no reads: what is left, and the keeper of ids.
const MOST_CONNECTIONS: usize = 8;

/// A server that treats each connection in its own way; the most that were open at once.
async fn stranger<F, Served>(serve: F) -> (String, Arc<AtomicUsize>)
where
    F: Fn(TcpStream) -> Served + Send + 'static,
    Served: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("the test is set up");
    let uri =
        format!("mongodb://{}/?directConnection=true", listener.local_addr().expect("the test is set up"));
    let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let told = Arc::clone(&most);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let (open, served) = (Arc::clone(&open), serve(stream));
            tokio::spawn(async move {
                served.await;
                open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    (uri, told)
}

/// Reads until the other side closes.
async fn drain(stream: &mut TcpStream) {
    let mut bytes = [0; 1024];
    while stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_never_speaks_is_given_up() {
    let (uri, most) = stranger(|mut stream| async move { drain(&mut stream).await }).await;
    let mut watching = Watching::start(&uri);
    for path in [Path::Hello, Path::Fresh, Path::Counters, Path::InFlight] {
        watching
            .until(PAST_DEADLINE, "given up", |sample| {
                sample.path == path && failure(sample) == Some(&Failure::TimedOut)
            })
            .await;
    }
    watching.watch_for(Duration::from_secs(2)).await;
    watching.assert_one_look_each();
    let most = most.load(Ordering::SeqCst);
    assert!((3..=MOST_CONNECTIONS).contains(&most), "{most} connections");
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_talks_nonsense_without_end_is_told_so() {
    let (uri, most) =
        stranger(|mut stream| async move { while stream.write_all(&[b'z'; 4096]).await.is_ok() {} }).await;
    let mut watching = Watching::start(&uri);
    for path in [Path::Hello, Path::Fresh, Path::Counters, Path::InFlight] {
        watching
            .until(PAST_DEADLINE, "nonsense", |sample| {
                sample.path == path && matches!(failure(sample), Some(Failure::Garbage(_) | Failure::Closed))
            })
            .await;
    }
    assert!(watching.seen.iter().any(|sample| matches!(failure(sample), Some(Failure::Garbage(_)))));
    watching.watch_for(Duration::from_secs(2)).await;
    watching.assert_one_look_each();
    let most = most.load(Ordering::SeqCst);
    assert!(most <= MOST_CONNECTIONS, "{most} connections");
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_announces_gigabytes_gets_no_memory() {
    let (uri, _) = stranger(|mut stream| async move {
        let mut head = [0_u8; 16];
        if stream.read_exact(&mut head).await.is_ok() {
            let mut reply = i32::MAX.to_le_bytes().to_vec();
            reply.extend_from_slice(&[0; 4]);
            reply.extend_from_slice(&head[4..8]);
            reply.extend_from_slice(&2013_i32.to_le_bytes());
            reply.extend_from_slice(&[0; 100]);
            stream.write_all(&reply).await.ok();
            drain(&mut stream).await;
        }
    })
    .await;
    let mut watching = Watching::start(&uri);
    let seen = watching
        .until(Duration::from_secs(3), "refused", |sample| {
            matches!(failure(sample), Some(Failure::Garbage(_)))
        })
        .await;
    assert!(failure(&seen).unwrap().to_string().contains("2147483647 bytes"), "{seen:?}");
    watching.stop().await;
}

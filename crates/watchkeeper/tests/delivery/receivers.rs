//! Receivers on loopback, one for each path of one server. Each notes what it gets, and answers as it is told to.

use crate::support::chance::Chance;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::Value;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How a receiver answers.
#[derive(Clone, Debug)]
pub(crate) enum Mood {
    /// It takes everything.
    Well,
    /// It answers with this status.
    Status(u16),
    /// It answers so often with 429, and asks for a second of peace.
    Busy(usize),
    /// Its connection breaks off in the middle of the answer.
    Broken,
    /// It does not answer while this lasts.
    Silent,
    /// It fails one time in so many, in a way that chance draws.
    Moody(usize),
}

/// One request that was taken, or refused.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    /// `webhook-id`.
    pub(crate) id: String,
    /// Which incident.
    pub(crate) incident: String,
    /// Entry of its timeline.
    pub(crate) seq: u64,
    /// Whether it was answered well.
    pub(crate) taken: bool,
    /// When.
    pub(crate) at: Instant,
}

#[derive(Default)]
struct Book {
    moods: HashMap<String, Mood>,
    got: HashMap<String, Vec<Got>>,
}

#[derive(Clone)]
struct Shared {
    book: Arc<Mutex<Book>>,
    chance: Arc<Mutex<Chance>>,
    changed: Arc<Notify>,
}

/// The server. It is gone when this is dropped.
pub(crate) struct Receivers {
    pub(crate) address: SocketAddr,
    shared: Shared,
    serving: JoinHandle<()>,
}

impl Receivers {
    pub(crate) async fn start(chance: Chance) -> Self {
        let shared = Shared {
            book: Arc::default(),
            chance: Arc::new(Mutex::new(chance)),
            changed: Arc::new(Notify::new()),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().route("/{name}", post(take)).with_state(shared.clone());
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("accepting is retried inside");
        });
        Self { address, shared, serving }
    }

    /// Tells a receiver how to answer.
    pub(crate) fn set(&self, name: &str, mood: Mood) {
        self.shared.book().moods.insert(name.to_owned(), mood);
        self.shared.changed.notify_waiters();
    }

    /// What a receiver got, in order.
    pub(crate) fn got(&self, name: &str) -> Vec<Got> {
        self.shared.book().got.get(name).cloned().unwrap_or_default()
    }

    /// What a receiver took, in order.
    pub(crate) fn taken(&self, name: &str) -> Vec<Got> {
        self.got(name).into_iter().filter(|got| got.taken).collect()
    }
}

impl Drop for Receivers {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the receiver answers this time.
    fn mood(&self, name: &str) -> Mood {
        let mut book = self.book();
        let mood = book.moods.get(name).cloned().unwrap_or(Mood::Well);
        match mood {
            Mood::Busy(0) => Mood::Well,
            Mood::Busy(times) => {
                book.moods.insert(name.to_owned(), Mood::Busy(times - 1));
                Mood::Busy(times)
            }
            Mood::Moody(odds) => {
                let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
                match chance.below(odds) {
                    0 => [Mood::Status(503), Mood::Status(500), Mood::Busy(1), Mood::Broken, Mood::Silent]
                        [chance.below(5)]
                    .clone(),
                    _ => Mood::Well,
                }
            }
            mood => mood,
        }
    }
}

async fn take(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let moody = matches!(shared.book().moods.get(&name), Some(Mood::Moody(_)));
    let mood = shared.mood(&name);
    let body: Value = serde_json::from_slice(&body).expect("a body of JSON");
    let id = headers.get("webhook-id").and_then(|value| value.to_str().ok()).expect("webhook-id");
    let got = Got {
        id: id.to_owned(),
        incident: body["data"]["incident"]["id"].as_str().expect("an incident").to_owned(),
        seq: body["data"]["seq"].as_u64().expect("a number"),
        taken: matches!(mood, Mood::Well),
        at: Instant::now(),
    };
    shared.book().got.entry(name.clone()).or_default().push(got);
    match mood {
        Mood::Well | Mood::Moody(_) => StatusCode::NO_CONTENT.into_response(),
        Mood::Status(code) => StatusCode::from_u16(code).expect("a code").into_response(),
        Mood::Busy(_) => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")]).into_response(),
        Mood::Broken => {
            let pieces = [Ok(Bytes::from_static(b"half of ")), Err(std::io::Error::other("broken off"))];
            Body::from_stream(futures_util::stream::iter(pieces)).into_response()
        }
        Mood::Silent if moody => std::future::pending().await,
        Mood::Silent => {
            loop {
                let changed = shared.changed.notified();
                if !matches!(shared.book().moods.get(&name), Some(Mood::Silent)) {
                    break;
                }
                changed.await;
            }
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

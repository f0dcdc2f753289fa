//! Receivers of webhooks, one for each path: they take everything, count `webhook-id`s, and refuse a share for now.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::time::Instant;

/// Requests at a time with which its own limit is measured.
const AT_A_TIME: usize = 64;

#[derive(Clone)]
pub(crate) struct WebSink {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    arrived: Mutex<HashMap<String, u32>>,
    tries: AtomicU64,
    failing: AtomicU64,
}

impl WebSink {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let sink = Self { address: listener.local_addr()?, shared: Arc::default() };
        let router = Router::new().route("/{number}", post(take)).with_state(Arc::clone(&sink.shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(sink)
    }

    /// Begins to count, and to refuse so many of a hundred.
    pub(crate) fn begin(&self, failing: u64) {
        self.shared.book().clear();
        self.shared.tries.store(0, Relaxed);
        self.shared.failing.store(failing, Relaxed);
    }

    /// Different messages that have arrived.
    pub(crate) fn arrived(&self) -> usize {
        self.shared.book().len()
    }

    pub(crate) fn report(&self, wanted: usize) -> Value {
        let book = self.shared.book();
        let again: u32 = book.values().map(|times| times - 1).sum();
        json!({
            "wanted": wanted,
            "arrived": book.len(),
            "arrived_again_under_the_same_webhook_id": again,
            "tries": self.shared.tries.load(Relaxed),
        })
    }

    /// Requests in a second that it takes from a sender that does nothing else.
    pub(crate) async fn own_limit(&self, count: usize) -> anyhow::Result<f64> {
        let client = super::client()?;
        let url = format!("http://{}/0", self.address);
        let began = Instant::now();
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..AT_A_TIME {
            let (client, url) = (client.clone(), url.clone());
            senders.spawn(async move {
                for number in 0..count / AT_A_TIME {
                    let request = client.post(&url).header("webhook-id", format!("{sender}.{number}"));
                    request.body("x".repeat(1_500)).send().await?.error_for_status()?;
                }
                Ok::<_, reqwest::Error>(())
            });
        }
        while let Some(ended) = senders.join_next().await {
            ended??;
        }
        Ok(crate::per_second(count / AT_A_TIME * AT_A_TIME, began.elapsed()))
    }
}

impl Shared {
    fn book(&self) -> std::sync::MutexGuard<'_, HashMap<String, u32>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> StatusCode {
    if shared.tries.fetch_add(1, Relaxed) * 37 % 100 < shared.failing.load(Relaxed) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    *shared.book().entry(id.to_owned()).or_default() += 1;
    StatusCode::NO_CONTENT
}

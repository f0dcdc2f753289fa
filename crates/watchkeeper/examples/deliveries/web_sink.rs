//! Receivers of webhooks, one for each path: they take everything, count `webhook-id`s, and refuse a share for now.

use crate::book::Book;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::time::Instant;

/// Requests at a time with which its own limit is measured.
const AT_A_TIME: usize = 64;

#[derive(Clone)]
pub(crate) struct WebSink {
    pub(crate) address: SocketAddr,
    pub(crate) book: Arc<Book>,
}

impl WebSink {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let sink = Self { address: listener.local_addr()?, book: Arc::default() };
        let router = Router::new().route("/{number}", post(take)).with_state(Arc::clone(&sink.book));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(sink)
    }

    /// Requests in a second that it takes from a sender that does nothing else.
    pub(crate) async fn own_limit(&self, count: usize) -> anyhow::Result<f64> {
        let client = super::node::client()?;
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
        Ok(crate::rate::per_second(count / AT_A_TIME * AT_A_TIME, began.elapsed()))
    }
}

async fn take(State(book): State<Arc<Book>>, headers: HeaderMap) -> StatusCode {
    if book.refuses() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    book.take(id.to_owned());
    StatusCode::NO_CONTENT
}

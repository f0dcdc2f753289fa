//! The platform's API and its web client: an agent's inbox, the latency that users feel, and the buttons.
//!
//! Never answers but on loopback, and never shows an error as if it were an empty inbox.

use super::stall::{STALLS, Stall, Stalling};
use super::{Environment, LASTS_FOR};
use anyhow::Context as _;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use engines::sample::{self, CONVERSATIONS, TEAMS};
use serde_json::{Value, json};
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// After this the API gives up, as applications do.
const PATIENCE: Duration = Duration::from_secs(10);
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

struct Site {
    environments: Arc<[Environment]>,
    stalling: Arc<Stalling>,
}

type Shared = State<Arc<Site>>;

/// Opens the web client on a free port.
pub(super) async fn open(
    environments: Arc<[Environment]>,
    stalling: Arc<Stalling>,
) -> anyhow::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.context("cannot open a port for the web client")?;
    let address = listener.local_addr()?;
    let router = router(Arc::new(Site { environments, stalling }));
    let task = tokio::spawn(async move {
        // Never an error: accepting connections is retried inside.
        let _ = axum::serve(listener, router).await;
    });
    Ok((address, task))
}

fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/client.css", get(async || asset("text/css", include_str!("../../../demo/client.css"))))
        .route("/client.js", get(async || asset("text/javascript", include_str!("../../../demo/client.js"))))
        .route("/api/now", get(now))
        .route("/api/{environment}/inbox/{team}", get(inbox))
        .route("/api/{environment}/conversations/{id}", get(conversation))
        .route("/stalls/{name}", post(begin))
        .route("/stalls/none", post(stop))
        .with_state(site)
}

async fn page() -> Response {
    let button = |stall: &Stall| {
        let Stall { name, label, story, .. } = stall;
        format!(r#"<li><button data-stall="{name}">{label}</button><span>{story}</span></li>"#)
    };
    let buttons: String = STALLS.iter().map(button).collect();
    let page = include_str!("../../../demo/client.html").replace("<!-- stalls -->", &buttons);
    asset("text/html; charset=utf-8", page)
}

fn asset(media_type: &'static str, body: impl IntoResponse) -> Response {
    let headers =
        [(CONTENT_TYPE, media_type), (CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-store")];
    let mut answer = (headers, body).into_response();
    let sniffing = axum::http::HeaderValue::from_static("nosniff");
    answer.headers_mut().insert(axum::http::header::X_CONTENT_TYPE_OPTIONS, sniffing);
    answer
}

/// How it goes: what users feel, and what stalls reads.
async fn now(State(site): Shared) -> Json<Value> {
    let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let environments = site.environments.iter().map(|environment| {
        let felt = environment.traffic.felt();
        json!({
            "name": environment.name,
            "median_ms": millis(felt.median),
            "p99_ms": millis(felt.p99),
            "waiting": felt.waiting,
            "oldest_ms": millis(felt.oldest),
            "served": felt.served,
            "failed": felt.failed,
        })
    });
    let state = site.stalling.state();
    let stall = state.now.map(|(stall, since)| {
        let left = LASTS_FOR.saturating_sub(since.elapsed());
        json!({ "name": stall.name, "label": stall.label, "story": stall.story, "left_ms": millis(left) })
    });
    Json(json!({
        "environments": environments.collect::<Vec<_>>(),
        "stall": stall,
        "failed": state.failed,
    }))
}

async fn inbox(State(site): Shared, Path((environment, team)): Path<(String, i64)>) -> Response {
    let Some(environment) = site.environment(&environment) else { return missing() };
    let lines = environment.crm.inbox(team.rem_euclid(TEAMS));
    answer(lines, |lines| {
        let line =
            |line: sample::Line| json!({ "id": line.id, "subject": line.subject, "customer": line.customer });
        lines.into_iter().map(line).collect()
    })
    .await
}

async fn conversation(State(site): Shared, Path((environment, id)): Path<(String, i64)>) -> Response {
    let Some(environment) = site.environment(&environment) else { return missing() };
    let messages = environment.crm.conversation(id.rem_euclid(CONVERSATIONS));
    answer(messages, |messages| {
        let message = |message: sample::Message| json!({ "author": message.author, "body": message.body });
        messages.into_iter().map(message).collect()
    })
    .await
}

async fn answer<T>(
    asked: impl Future<Output = Result<T, sample::Error>>,
    body: impl FnOnce(T) -> Vec<Value>,
) -> Response {
    match timeout(PATIENCE, asked).await {
        Ok(Ok(found)) => Json(body(found)).into_response(),
        Ok(Err(error)) => (StatusCode::BAD_GATEWAY, format!("the database failed: {error}")).into_response(),
        Err(_) => (StatusCode::GATEWAY_TIMEOUT, "the database did not answer in 10 s").into_response(),
    }
}

async fn begin(State(site): Shared, Path(name): Path<String>) -> Response {
    let Some(stall) = Stall::find(&name) else { return missing() };
    site.stalling.begin(stall).await;
    StatusCode::NO_CONTENT.into_response()
}

async fn stop(State(site): Shared) -> StatusCode {
    site.stalling.stop().await;
    StatusCode::NO_CONTENT
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, "there is no such thing").into_response()
}

impl Site {
    fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == name)
    }
}

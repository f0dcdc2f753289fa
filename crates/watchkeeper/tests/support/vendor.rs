//! An invented vendor's status page on loopback. What it shows is data that the test changes; how it
//! answers is the test's choice; what it was asked is counted.

use super::page::Page;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How the page answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it should.
    Well,
    /// "Service unavailable, come back in so many seconds".
    Unavailable(u32),
    /// It takes the request and says nothing until its mood changes. Then it says what it would have said.
    Silent,
    /// It fails to give the document of this name.
    Without(&'static str),
    /// The document of this name ends behind the first of these words.
    Cut(&'static str, &'static str),
}

#[derive(Debug)]
struct Script {
    page: Page,
    mood: Mood,
    /// Called with the page before each summary is given.
    on_look: Option<fn(&mut Page)>,
}

#[derive(Clone)]
struct Shared {
    script: watch::Sender<Arc<Mutex<Script>>>,
    requests: Arc<Mutex<HashMap<String, usize>>>,
}

/// The page. It is gone when this is dropped.
pub(crate) struct FakeVendor {
    /// Its API.
    pub(crate) url: String,
    shared: Shared,
    serving: JoinHandle<()>,
}

impl FakeVendor {
    /// A page that shows this.
    pub(crate) async fn start(page: Page) -> Self {
        let script = Script { page, mood: Mood::Well, on_look: None };
        let script = watch::Sender::new(Arc::new(Mutex::new(script)));
        let shared = Shared { script, requests: Arc::default() };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let url = format!("http://{}/api/v2/summary.json", listener.local_addr().expect("an address"));
        let router = Router::new().route("/api/v2/{document}", get(answer)).with_state(shared.clone());
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("accepting is retried inside");
        });
        Self { url, shared, serving }
    }

    /// Changes what the page shows, and when it says that it changed.
    pub(crate) fn change(&self, at: &str, change: impl FnOnce(&mut Page)) {
        self.with(|script| {
            change(&mut script.page);
            at.clone_into(&mut script.page.updated_at);
        });
    }

    /// What it shows now.
    pub(crate) fn page(&self) -> Page {
        self.with(|script| script.page.clone())
    }

    /// Changes how it answers.
    pub(crate) fn set(&self, mood: Mood) {
        self.with(|script| script.mood = mood);
    }

    /// Lets the page move by itself at every look, or stop moving.
    pub(crate) fn move_by_itself(&self, on_look: Option<fn(&mut Page)>) {
        self.with(|script| script.on_look = on_look);
    }

    /// How often it was asked for a document, from the beginning on.
    pub(crate) fn asked_for(&self, document: &str) -> usize {
        let requests = self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.get(document).copied().unwrap_or_default()
    }

    /// How often it was asked for anything.
    pub(crate) fn asked(&self) -> usize {
        ["summary", "incidents", "scheduled-maintenances"].map(|name| self.asked_for(name)).iter().sum()
    }

    /// How often it could say that nothing had changed.
    pub(crate) fn unchanged(&self) -> usize {
        self.asked_for("unchanged")
    }

    fn with<T>(&self, act: impl FnOnce(&mut Script) -> T) -> T {
        let mut result = None;
        self.shared.script.send_modify(|script| {
            result = Some(act(&mut script.lock().unwrap_or_else(PoisonError::into_inner)));
        });
        result.expect("it was called")
    }
}

impl Drop for FakeVendor {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(shared): State<Shared>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let name = file.trim_end_matches(".json").to_owned();
    shared.count(&name);
    let (text, mood) = shared.look(&name);
    if mood == Mood::Silent {
        let mut script = shared.script.subscribe();
        // Cannot fail: the sender lives in `shared`.
        let _ = script.wait_for(|script| mood_of(script) != Mood::Silent).await;
    }
    if let Mood::Unavailable(seconds) = mood {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, seconds.to_string())])
            .into_response();
    }
    if matches!(mood, Mood::Without(document) if document == name) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let Some(mut text) = text else { return StatusCode::NOT_FOUND.into_response() };
    if let Mood::Cut(document, words) = mood
        && document == name
    {
        text.truncate(text.find(words).expect("the words are there") + words.len());
    }
    let tag = tag(&text);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        shared.count("unchanged");
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let kind = "application/json; charset=utf-8".to_owned();
    ([(header::CONTENT_TYPE, kind), (header::ETAG, tag)], text).into_response()
}

impl Shared {
    fn count(&self, what: &str) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry(what.to_owned()).or_default() += 1;
    }

    /// What it says to a request that comes now.
    fn look(&self, name: &str) -> (Option<String>, Mood) {
        let script = Arc::clone(&self.script.borrow());
        let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(on_look) = script.on_look
            && name == "summary"
        {
            on_look(&mut script.page);
        }
        (script.page.document(name), script.mood.clone())
    }
}

fn mood_of(script: &Mutex<Script>) -> Mood {
    script.lock().unwrap_or_else(PoisonError::into_inner).mood.clone()
}

fn tag(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

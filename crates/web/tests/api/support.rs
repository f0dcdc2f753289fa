//! A site with invented vendors and incidents, and how to ask it.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use domain::observation::ComponentObservation;
use domain::source::Health;
use domain::{
    Component, ComponentKey, ComponentState, Decision, Environment, Impact, Kind, Slug, State, Timestamp,
};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use store::{Deed, Document, Doer, LookRecord, PageFacts, PageRecord, Registration, Store};
use tower::ServiceExt;
use web::auth::{NewToken, Scope};
use web::samples::stories::{self, Story};
use web::subscribe::{Subscribing, Vet};
use web::template::Template;
use web::{Clock, Entropy, PageConfig, Site, SiteConfig};

/// A running site.
pub(crate) struct World {
    pub(crate) site: Arc<Site>,
    pub(crate) store: Store,
    pub(crate) router: Router,
    entropy: Entropy,
    second: Arc<AtomicI64>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("plain ASCII"))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The code of the error that it tells of.
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().expect("an error has a code").to_owned()
    }
}

/// The moment at which everything is looked at.
pub(crate) fn now() -> Timestamp {
    web::samples::now()
}

/// Randomness that is the same each time.
fn counted_entropy() -> Entropy {
    let state = AtomicU64::new(0x2545_f491_4f6c_dd1d);
    Entropy::from_fn(move |buffer| {
        for byte in buffer {
            let mut x = state.load(Ordering::Relaxed);
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            state.store(x, Ordering::Relaxed);
            *byte = x.to_be_bytes()[0];
        }
    })
}

fn environment(name: &str, components: &[&str]) -> Environment {
    let slug = |name: &str| Slug::from_name(name).expect("a slug");
    let component = |name: &&str| Component {
        key: ComponentKey(slug(name).to_string()),
        name: (*name).to_owned(),
        group: None,
    };
    Environment {
        slug: slug(name),
        name: name.to_owned(),
        baseline: ComponentState::Unknown,
        components: components.iter().map(component).collect(),
    }
}

fn slow_reads() -> Template {
    Template {
        name: "Slow reads".into(),
        slug: Slug::from_name("Slow reads").expect("a slug"),
        title: Some("Reads are slow".into()),
        kind: Kind::Incident,
        impact: Some(Impact::Minor),
        environments: Vec::new(),
        components: vec![("API".into(), ComponentState::DegradedPerformance)],
        texts: vec![(State::Investigating, "Some reads are slow. We are looking.".into())],
    }
}

impl World {
    /// A site of two environments over an empty database.
    pub(crate) async fn empty() -> Self {
        Self::with_url(None).await
    }

    /// The same, reached under a public address.
    pub(crate) async fn with_url(public_url: Option<&str>) -> Self {
        let store = Store::open("sqlite::memory:", "test").await.expect("a database in memory");
        Self::over(store, public_url)
    }

    /// The same, where what is posted in the console can be undone for some seconds.
    pub(crate) async fn with_undo(seconds: u32) -> Self {
        let store = Store::open("sqlite::memory:", "test").await.expect("a database in memory");
        Self::set_up(store, None, seconds, Vec::new())
    }

    /// A site of these pages over an empty database.
    pub(crate) async fn of_pages(pages: Vec<PageConfig>) -> Self {
        let store = Store::open("sqlite::memory:", "test").await.expect("a database in memory");
        Self::set_up(store, None, 0, pages)
    }

    /// A site over a database.
    pub(crate) fn over(store: Store, public_url: Option<&str>) -> Self {
        Self::set_up(store, public_url, 0, Vec::new())
    }

    fn set_up(store: Store, public_url: Option<&str>, undo_seconds: u32, pages: Vec<PageConfig>) -> Self {
        let second = Arc::new(AtomicI64::new(now().as_second()));
        let told = Arc::clone(&second);
        let entropy = counted_entropy();
        let config = SiteConfig {
            name: "Harbour".into(),
            public_url: public_url.map(|url| url.parse().expect("a URL")),
            environments: Arc::new([
                environment("PROD1", &["API", "Agent desk"]),
                environment("PROD2", &["Order intake", "Mail out"]),
            ]),
            pages,
            clock: Clock::from_fn(move || {
                Timestamp::from_second(told.load(Ordering::Relaxed)).expect("in range")
            }),
            templates: vec![slow_reads()],
            seal: Some(web::Seal::new(&[7; 32])),
            subscribing: Subscribing {
                kinds: store::SubscriberKind::ALL.to_vec(),
                vet: Vet::from_fn(|_, url| match url.host_str() {
                    Some("10.0.0.1") => Err("use a public address".into()),
                    _ => Ok(()),
                }),
            },
            entropy: entropy.clone(),
            version: "0.0.0".into(),
            cache_bytes: SiteConfig::CACHE_BYTES,
            undo_seconds,
        };
        let site = Site::new(config, store.clone());
        let router = site.router();
        Self { site, store, router, entropy, second }
    }

    /// The same with two vendors, an incident each, and two incidents of our own.
    pub(crate) async fn told() -> Self {
        let world = Self::empty().await;
        world.watch(&["Fernwick", "Kopra"]).await;
        for story in [stories::seed_day(), stories::own_open(), stories::own_maintenance()] {
            world.tell(&story).await;
        }
        world
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: i64) {
        self.second.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Makes these the vendors, and looks at each of them once.
    pub(crate) async fn watch(&self, names: &[&str]) {
        let registrations: Vec<Registration> = names.iter().map(|name| registration(name)).collect();
        self.store.register_vendors(&registrations, now()).await.expect("registered");
        let lease = jiff::SignedDuration::from_secs(60);
        for claim in self.store.claim_due(now(), 100, lease).await.expect("claimed") {
            self.store.record_look(&claim, look()).await.expect("recorded");
        }
    }

    /// Writes a story down.
    pub(crate) async fn tell(&self, story: &Story) {
        let decision =
            Decision { next: story.incident.clone(), entries: story.timeline.clone(), effects: Vec::new() };
        self.store.commit(&decision, None).await.expect("committed");
    }

    /// A token that reaches so far.
    pub(crate) async fn token(&self, scope: Scope) -> String {
        self.token_until(scope, None).await
    }

    /// A token that ends.
    pub(crate) async fn token_until(&self, scope: Scope, expires_at: Option<Timestamp>) -> String {
        self.make_token(NewToken { expires_at, ..NewToken::new("ines", scope, now()) }).await
    }

    /// A token as it is described.
    pub(crate) async fn make_token(&self, token: NewToken) -> String {
        let (text, kept) = token.make(&self.entropy);
        let deed = web::auth::token_created(&kept, Doer::program("test"), "");
        self.store.create_token(kept, deed).await.expect("created");
        text
    }

    /// Takes a token back.
    pub(crate) async fn revoke(&self, token: &str) {
        let (id, _) = web::auth::token::parse(token).expect("a token");
        self.store.revoke_token(id, deed("token.revoked")).await.expect("revoked");
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        let body = String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| "(not text)".to_owned());
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    /// The status alone, of answers that never end, too.
    pub(crate) async fn status(&self, path: &str, headers: &[(&str, &str)]) -> StatusCode {
        let request = request(Method::GET, path, headers, Body::empty());
        self.router.clone().oneshot(request).await.expect("the router always answers").status()
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(request(Method::GET, path, headers, Body::empty())).await
    }

    /// Sends JSON with a token.
    pub(crate) async fn write(&self, method: Method, path: &str, token: &str, body: &Value) -> Answer {
        self.write_with(method, path, token, body, &[]).await
    }

    /// The same with more headers.
    pub(crate) async fn write_with(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: &Value,
        more: &[(&str, &str)],
    ) -> Answer {
        let authorization = format!("Bearer {token}");
        let mut headers =
            vec![("authorization", authorization.as_str()), ("content-type", "application/json")];
        headers.extend_from_slice(more);
        self.send(request(method, path, &headers, Body::from(body.to_string()))).await
    }

    /// Opens an incident and gives its identifier.
    pub(crate) async fn opened(&self, token: &str) -> String {
        let answer = self.write(Method::POST, "/api/v1/incidents", token, &open_body()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.json()["id"].as_str().expect("an id").to_owned()
    }
}

/// Something that the test does.
pub(crate) fn deed(action: &str) -> Deed {
    Deed {
        at: now(),
        by: Doer::program("test"),
        action: action.into(),
        subject: String::new(),
        detail: String::new(),
        address: String::new(),
    }
}

/// A request.
pub(crate) fn request(method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body).expect("a well-formed request")
}

/// A body that opens an incident.
pub(crate) fn open_body() -> Value {
    serde_json::json!({
        "environment": "prod1",
        "title": "Reads stalled",
        "impact": "major",
        "body": "We are looking into slow reads.",
        "components": [{ "key": "api", "state": "partial_outage" }],
    })
}

fn registration(name: &str) -> Registration {
    let slug = Slug::from_name(name).expect("a slug");
    Registration {
        url: format!("https://status.{slug}.example"),
        slug,
        name: name.into(),
        format: "statuspage".into(),
        evidence: "official".into(),
        components: Vec::new(),
        interval: jiff::SignedDuration::from_mins(1),
    }
}

fn look() -> LookRecord {
    let component = |name: &str, state| ComponentObservation {
        key: ComponentKey(name.to_lowercase()),
        name: name.into(),
        group: None,
        state,
    };
    LookRecord {
        at: now(),
        health: Health { last_ok_at: Some(now()), ..Health::default() },
        next_look_at: now(),
        unknown_since: None,
        detected: None,
        page: Some(PageRecord {
            warnings: Vec::new(),
            facts: PageFacts::default(),
            indicator: Some(ComponentState::Operational),
            overall: ComponentState::DegradedPerformance,
            components: Some(vec![
                component("Search", ComponentState::Operational),
                component("Workflows", ComponentState::DegradedPerformance),
            ]),
        }),
        documents: vec![Document {
            url: "https://status.example/summary.json".into(),
            etag: None,
            last_modified: None,
            body: Some(b"{\"page\":\"<script>alert(1)</script>\"}".to_vec()),
        }],
    }
}

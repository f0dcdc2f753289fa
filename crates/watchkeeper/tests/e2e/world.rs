//! The program, running on a clock of ours, and the vendor that it watches.

use crate::support::configuration::{self, Watched};
use crate::support::database::Database;
use crate::support::page::{Page, Told};
use crate::support::reader::Reader;
use crate::support::until;
use crate::support::vendor::FakeVendor;
use domain::{IncidentId, Slug, Timestamp};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use store::{Backlog, Doer, Vendor};
use watchkeeper::app::App;
use watchkeeper::clock::Clock;
use watchkeeper::config::Config;
use watchkeeper::config::reader::Surroundings;
use web::Entropy;
use web::auth::{NewToken, Scope};

/// Loops of one node. Each rests on the clock when it has nothing to do.
pub(crate) const LOOPS: usize = 14;
/// Seconds between two looks.
pub(crate) const INTERVAL: u32 = 60;
/// What the vendor is called, and what addresses call it.
pub(crate) const NAME: &str = "Pigeon Post";
pub(crate) const SLUG: &str = "pigeon-post";
/// When each test begins, by the clock of ours.
pub(crate) const BEGINNING: &str = "2024-12-14T17:32:30Z";

/// Everything a scenario is played with.
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) vendor: FakeVendor,
    /// A reader of the first node.
    pub(crate) reader: Reader,
    pub(crate) database: Database,
    app: App,
    config: String,
}

/// Reads an instant.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("RFC 3339")
}

/// The vendor's slug.
pub(crate) fn slug() -> Slug {
    Slug::parse(SLUG).expect("a slug")
}

/// Our identifier of the vendor's incident.
pub(crate) fn id(external_id: &str) -> IncidentId {
    IncidentId::of_vendor(&slug(), external_id)
}

/// Reads a configuration as `serve` does.
pub(crate) fn read_config(text: &str) -> Config {
    let surroundings = Surroundings { folder: "/".into(), variable: |_| None };
    Config::read(text, Path::new("test.toml"), &surroundings).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// Steps a clock to an instant, once all `loops` have come to rest on it: none is then between reading the
/// time and resting, where it would sleep through the step.
pub(crate) async fn step_to(clock: &Clock, loops: usize, instant: Timestamp) {
    let Clock::Stepped(time) = clock else { panic!("the clock moves by itself") };
    until("every loop rests", async || time.receiver_count() == loops).await;
    clock.step(instant.duration_since(clock.now()).try_into().expect("the clock never goes back"));
    // One thread runs everything, in turn: whoever was woken has begun before this goes on.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// A token of a node.
pub(crate) async fn token_of(node: &App, scope: Scope, now: Timestamp) -> String {
    let (text, kept) = NewToken::new("ann", scope, now).make(&Entropy::of_the_system());
    let deed = web::auth::token_created(&kept, Doer::program("test"), "");
    node.parts().store.create_token(kept, deed).await.expect("the store keeps it");
    text
}

impl World {
    /// The program, watching a quiet page that it has seen once.
    pub(crate) async fn start(database: Database) -> Self {
        Self::start_with(database, &[], "").await
    }

    /// The same with a choice of components and further lines for the section `fetch`.
    pub(crate) async fn start_with(database: Database, components: &[&str], fetch: &str) -> Self {
        let vendor = FakeVendor::start(Page::quiet()).await;
        let watched = Watched { name: NAME, url: &vendor.url, components, interval_seconds: INTERVAL };
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let config = configuration::text(listen, &database.address(), &[watched], fetch);
        let clock = Clock::stepped(at(BEGINNING));
        let app = App::start(read_config(&config), clock.clone()).await.expect("it starts");
        let world = Self { reader: Reader::of(app.address()), clock, vendor, database, app, config };
        until("the page was seen", async || world.known().await.health.last_ok_at.is_some()).await;
        world
    }

    /// Stops it in an orderly way and starts it again on the same database and clock.
    pub(crate) async fn restart(self) -> Self {
        self.restart_after(Duration::ZERO).await
    }

    /// The same, after it was stopped for a while.
    pub(crate) async fn restart_after(self, pause: Duration) -> Self {
        let Self { clock, vendor, database, app, config, .. } = self;
        app.stop().await;
        clock.step(pause);
        let app = App::start(read_config(&config), clock.clone()).await.expect("it starts again");
        Self { reader: Reader::of(app.address()), clock, vendor, database, app, config }
    }

    /// Where the first node listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.app.address()
    }

    /// Steps the clock.
    pub(crate) async fn step(&self, by: Duration) {
        self.step_to(self.clock.now().saturating_add(by).expect("in range")).await;
    }

    /// Steps the clock to an instant, and waits until a look that became due by then is written down: one still
    /// on its way may or may not see what the vendor says next. Without a database there is no look.
    pub(crate) async fn step_to(&self, instant: Timestamp) {
        let known = self.app.parts().store.vendor(&slug()).await.ok();
        step_to(&self.clock, LOOPS, instant).await;
        if let Some(due) = known.map(|vendor| vendor.next_look_at).filter(|due| *due <= instant) {
            self.seen_since(due).await;
        }
    }

    /// Steps the clock to the next look, and waits until it is written down.
    pub(crate) async fn look(&self) {
        let due = self.known().await.next_look_at;
        self.step_to(due.max(self.clock.now())).await;
    }

    /// Waits until the look that was due then is written down.
    pub(crate) async fn seen_since(&self, due: Timestamp) {
        until("the look is written down", async || self.known().await.next_look_at > due).await;
    }

    /// The vendor as the store knows it.
    pub(crate) async fn known(&self) -> Vendor {
        self.app.parts().store.vendor(&slug()).await.expect("the store answers")
    }

    /// The store's number of changes.
    pub(crate) async fn revision(&self) -> u64 {
        self.app.parts().store.revision().await.expect("the store answers")
    }

    /// How full the outbox is.
    pub(crate) async fn backlog(&self) -> Backlog {
        self.app.parts().store.outbox_stats().await.expect("the store answers")
    }

    /// A vendor's incident as the API gives it; what is there must be there.
    pub(crate) async fn incident(&self, external_id: &str) -> Value {
        self.reader.json(&format!("/api/v1/incidents/{}", id(external_id))).await
    }

    /// Waits until the API gives the incident so that this holds.
    pub(crate) async fn until_incident(
        &self,
        what: &str,
        external_id: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> Value {
        let path = format!("/api/v1/incidents/{}", id(external_id));
        until(what, async || {
            let answer = self.reader.get(&path).await;
            answer.status.is_success() && holds(&answer.json())
        })
        .await;
        self.incident(external_id).await
    }

    /// Waits until a page says these words, and returns it.
    pub(crate) async fn until_page(&self, path: &str, words: &str) -> String {
        until(&format!("`{path}` says `{words}`"), async || self.reader.get(path).await.text.contains(words))
            .await;
        self.reader.text(path).await
    }

    /// The entries of a timeline, oldest first, numbered without a gap.
    pub(crate) async fn entries(&self, id: &str) -> Vec<Value> {
        let timeline = self.reader.json(&format!("/api/v1/incidents/{id}/timeline")).await;
        let entries = timeline["entries"].as_array().expect("a list").clone();
        assert!(entries.iter().zip(1..).all(|(entry, seq)| entry["seq"] == seq), "{entries:?}");
        entries
    }

    /// What happened, in words for programs, oldest first.
    pub(crate) async fn kinds(&self, id: &str) -> Vec<String> {
        let kind = |entry: &Value| entry["event"]["kind"].as_str().expect("a word").to_owned();
        self.entries(id).await.iter().map(kind).collect()
    }

    /// A token that may write.
    pub(crate) async fn token(&self) -> String {
        self.token_for(Scope::Write).await
    }

    /// A token that may do so much.
    pub(crate) async fn token_for(&self, scope: Scope) -> String {
        token_of(&self.app, scope, self.clock.now()).await
    }

    /// Lets the vendor open its incident `slow1` at 17:33, and looks.
    pub(crate) async fn outage(&self) {
        self.vendor.change("2024-12-14T17:33:00Z", |page| {
            let mut told = Told::new("slow1", "Positions of parcels are old", "minor", &["c-track"]);
            told.post("u1", "investigating", "Positions are up to an hour old.", "2024-12-14T17:33:00Z");
            page.incidents.insert(0, told);
            page.components[0].2 = "degraded_performance";
        });
        self.look().await;
        self.until_incident("the incident is there", "slow1", |_| true).await;
    }

    /// Lets the vendor post another update of `slow1`, and looks.
    pub(crate) async fn post(&self, update: &str, status: &'static str, body: &str, at: &str) {
        self.vendor.change(at, |page| page.incident("slow1").post(update, status, body, at));
        self.look().await;
    }
}

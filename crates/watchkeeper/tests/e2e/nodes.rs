//! Two nodes that share one PostgreSQL.

use crate::support::configuration::{self, Watched};
use crate::support::database::Database;
use crate::support::page::Page;
use crate::support::reader::Reader;
use crate::support::until;
use crate::support::vendor::{FakeVendor, Mood};
use crate::world::{INTERVAL, LOOPS, at, read_config, step_to, token_of};
use domain::{ComponentState, IncidentId, Slug, Timestamp};
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use store::Vendor;
use watchkeeper::app::App;
use watchkeeper::clock::Clock;

/// Vendors that are watched.
const VENDORS: usize = 20;

struct Pair {
    clock: Clock,
    vendors: Vec<FakeVendor>,
    nodes: Vec<App>,
    database: Database,
}

impl Pair {
    async fn start() -> Self {
        let database = Database::postgres();
        let mut vendors = Vec::new();
        for _ in 0..VENDORS {
            vendors.push(FakeVendor::start(Page::quiet()).await);
        }
        let names: Vec<String> = (0..VENDORS).map(|number| format!("V{number}")).collect();
        let watched = names.iter().zip(&vendors).map(|(name, vendor)| Watched {
            name,
            url: &vendor.url,
            components: &[],
            interval_seconds: INTERVAL,
        });
        let watched: Vec<Watched<'_>> = watched.collect();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let config = configuration::text(listen, &database.address(), &watched, "");
        let clock = Clock::stepped(at("2024-12-14T17:32:30Z"));
        let mut nodes = Vec::new();
        for _ in 0..2 {
            nodes.push(App::start(read_config(&config), clock.clone()).await.expect("it starts"));
        }
        let pair = Self { clock, vendors, nodes, database };
        pair.seen_since(at("2024-12-14T17:32:30Z")).await;
        pair
    }

    async fn known(&self) -> Vec<Vendor> {
        let store = &self.nodes.last().expect("a node").parts().store;
        store.vendors().await.expect("the store answers")
    }

    /// Waits until every vendor has been looked at after that instant's look was due.
    async fn seen_since(&self, due: Timestamp) {
        until("every vendor was looked at", async || {
            self.known().await.iter().all(|vendor| vendor.next_look_at > due)
        })
        .await;
    }

    /// The same of every vendor but one.
    async fn others_seen_since(&self, but: &Slug, due: Timestamp) {
        let seen = |vendor: &Vendor| vendor.registration.slug == *but || vendor.next_look_at > due;
        until("every other vendor was looked at", async || self.known().await.iter().all(seen)).await;
    }

    /// Steps the clock to where every vendor is due.
    async fn step_to_the_last_due(&self) -> Timestamp {
        let due = self.known().await.iter().map(|vendor| vendor.next_look_at).max().expect("vendors");
        step_to(&self.clock, LOOPS * self.nodes.len(), due).await;
        due
    }

    fn asked(&self) -> Vec<usize> {
        self.vendors.iter().map(FakeVendor::asked).collect()
    }
}

#[tokio::test]
async fn two_nodes_share_the_looks_and_one_goes_on_when_the_other_is_gone() {
    let mut pair = Pair::start().await;
    for _ in 0..3 {
        let asked = pair.asked();
        let due = pair.step_to_the_last_due().await;
        pair.seen_since(due).await;
        let once: Vec<usize> = asked.iter().map(|asked| asked + 1).collect();
        assert_eq!(pair.asked(), once, "each page is asked once, whichever node does it");
    }
    // Nothing is said, nothing is handed over.
    drop(pair.nodes.remove(0));
    let due = pair.step_to_the_last_due().await;
    pair.seen_since(due).await;
    for vendor in pair.known().await {
        assert_eq!(vendor.health.last_ok_at, Some(pair.clock.now()), "{}", vendor.registration.slug);
    }
}

#[tokio::test]
async fn a_node_that_hangs_is_replaced_after_its_lease_and_harms_nothing_when_it_comes_back() {
    let mut pair = Pair::start().await;
    let first = Slug::parse("v0").expect("a slug");
    let known =
        async |pair: &Pair| pair.nodes[0].parts().store.vendor(&first).await.expect("the store answers");
    // One page keeps whoever asks waiting. It shows an outage that nobody will see in time.
    let vendor = &pair.vendors[0];
    vendor.change("2024-12-14T17:33:00Z", |page| page.components[0].2 = "major_outage");
    vendor.set(Mood::Silent);
    let asked = vendor.asked();
    let due = pair.step_to_the_last_due().await;
    until("somebody asks", async || pair.vendors[0].asked() > asked).await;
    let holder = pair.database.run("SELECT lease_owner FROM vendor WHERE slug = 'v0'");
    let hung =
        pair.nodes.iter().position(|node| node.parts().store.node() == holder).expect("a node of ours");

    // The others go on. While the lease lasts nobody else asks this one.
    pair.others_seen_since(&first, due).await;
    let due = pair.step_to_the_last_due().await;
    pair.others_seen_since(&first, due).await;
    assert_eq!(pair.vendors[0].asked(), asked + 1);

    // The two minutes of its lease pass, by the database's clock; the page has become well meanwhile.
    pair.database.run("UPDATE vendor SET lease_until = lease_until - 120000000 WHERE slug = 'v0'");
    pair.vendors[0].change("2024-12-14T17:34:00Z", |page| page.components[0].2 = "operational");
    let epoch = pair.database.run("SELECT lease_epoch FROM vendor WHERE slug = 'v0'");
    let now = pair.clock.now();
    step_to(&pair.clock, LOOPS * 2, now + jiff::SignedDuration::from_secs(1)).await;
    until("the lease is taken over", async || {
        pair.database.run("SELECT lease_epoch FROM vendor WHERE slug = 'v0'") != epoch
    })
    .await;

    // Both hear their answers now: the one that hung, of the outage; the other, that all is well.
    pair.vendors[0].set(Mood::Well);
    until("the look is written down", async || known(&pair).await.next_look_at > now).await;
    // Stopping it waits for its late look, whose record is refused.
    pair.nodes.remove(hung).stop().await;
    assert_eq!(known(&pair).await.overall, ComponentState::Operational);
    let reader = Reader::of(pair.nodes[0].address());
    until("the page is right", async || reader.json("/api/v1/vendors/v0").await["state"] == "operational")
        .await;
    let windows = pair.nodes[0].parts().store.vendor_windows(&first, at("2024-12-14T00:00:00Z")).await;
    let states: Vec<ComponentState> =
        windows.expect("the store answers").overall.into_iter().map(|(state, _)| state).collect();
    assert!(!states.contains(&ComponentState::MajorOutage), "{states:?}");
    assert!(pair.nodes[0].parts().store.load(&IncidentId::of_vendor(&first, "old0")).await.is_ok());
}

#[tokio::test]
async fn what_one_node_acknowledged_the_other_shows_within_a_second() {
    let pair = Pair::start().await;
    let token = token_of(&pair.nodes[0], web::auth::Scope::Write, pair.clock.now()).await;
    let [first, second] = [0, 1].map(|node| Reader::of(pair.nodes[node].address()));
    assert!(second.get("/").await.status.is_success());

    let body = json!({
        "environment": "prod", "title": "Scans arrive late", "impact": "minor", "body": "We look into it."
    });
    let opened = first.post("/api/v1/incidents", &token, &body).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    let path = opened.json()["path"].as_str().expect("a path").to_owned();
    let rest = pair.clock.now() + jiff::SignedDuration::from_secs(1);
    step_to(&pair.clock, LOOPS * 2, rest).await;
    for page in [path.as_str(), "/", "/history.atom"] {
        until("the other shows it", async || second.get(page).await.text.contains("Scans arrive late")).await;
    }
    assert_eq!(pair.clock.now(), rest, "nothing else has passed");
}

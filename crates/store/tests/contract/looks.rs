//! Looks as a work queue: nobody looks twice, nobody is forgotten, and who comes back late is refused.

use crate::database::Database;
use crate::support::{EXPIRED, LASTING, at, good_look, registration, slug};
use domain::ComponentState::{MajorOutage, Operational};
use std::collections::BTreeSet;
use store::{Document, Error, Store};

on_both_databases! {
    a_vendor_is_claimed_when_it_is_due_and_only_once,
    a_dead_nodes_share_is_taken_over_and_its_late_record_refused,
    many_claimers_share_the_work_without_doubling_it,
    validators_come_back_with_the_next_claim,
    a_body_is_kept_once_and_its_history_shows_edits,
    old_bodies_go_and_the_last_one_stays,
}

async fn register(store: &Store, count: usize) {
    let vendors: Vec<_> = (0..count).map(|number| registration(&format!("vendor-{number}"))).collect();
    store.register_vendors(&vendors, at(0)).await.unwrap();
}

async fn a_vendor_is_claimed_when_it_is_due_and_only_once(database: Database) {
    let store = database.open().await;
    register(&store, 3).await;
    assert_eq!(store.claim_due(at(-1), 9, LASTING).await.unwrap(), []);
    let first = store.claim_due(at(0), 2, LASTING).await.unwrap();
    let second = store.claim_due(at(0), 9, LASTING).await.unwrap();
    let names = |claims: &[store::Claim]| -> Vec<String> {
        claims.iter().map(|claim| claim.slug().to_string()).collect()
    };
    assert_eq!(names(&first), ["vendor-0", "vendor-1"]);
    assert_eq!(names(&second), ["vendor-2"]);
    assert_eq!(first[0].vendor, store.vendor(&slug("vendor-0")).await.unwrap());
    // Recording lets it go and says when it is due again; the longest overdue comes first.
    store.record_look(&second[0], good_look(30, &[("api", Operational)])).await.unwrap();
    store.record_look(&first[1], good_look(20, &[("api", Operational)])).await.unwrap();
    assert_eq!(store.claim_due(at(79), 9, LASTING).await.unwrap(), []);
    let again = store.claim_due(at(90), 9, LASTING).await.unwrap();
    assert_eq!(names(&again), ["vendor-1", "vendor-2"]);
    assert_eq!(again[0].epoch, first[1].epoch + 1);
}

async fn a_dead_nodes_share_is_taken_over_and_its_late_record_refused(database: Database) {
    let nodes = database.nodes(2).await;
    register(&nodes[0], 1).await;
    let stale = nodes[0].claim_due(at(0), 1, EXPIRED).await.unwrap().remove(0);
    let fresh = nodes[1].claim_due(at(0), 1, LASTING).await.unwrap().remove(0);
    assert!(fresh.epoch > stale.epoch);
    let late = nodes[0].record_look(&stale, good_look(5, &[("api", MajorOutage)])).await;
    assert_eq!(late, Err(Error::LostLease));
    nodes[1].record_look(&fresh, good_look(6, &[("api", Operational)])).await.unwrap();
    let late = nodes[0].record_look(&stale, good_look(7, &[("api", MajorOutage)])).await;
    assert_eq!(late, Err(Error::LostLease), "also after the other has let it go");
    let vendor = nodes[0].vendor(&slug("vendor-0")).await.unwrap();
    assert_eq!((vendor.overall, vendor.next_look_at), (Operational, at(66)));
    // A lease that ran out while nobody else wanted the vendor harms nothing.
    let alone = nodes[0].claim_due(at(100), 1, EXPIRED).await.unwrap().remove(0);
    nodes[0].record_look(&alone, good_look(101, &[("api", Operational)])).await.unwrap();
}

async fn many_claimers_share_the_work_without_doubling_it(database: Database) {
    let nodes = database.nodes(4).await;
    register(&nodes[0], 60).await;
    for round in 0..5 {
        let mut tasks = Vec::new();
        for node in nodes.iter().cycle().take(8) {
            let node = node.clone();
            tasks.push(tokio::spawn(async move {
                let mut seen = Vec::new();
                loop {
                    let claims = node.claim_due(at(round * 60), 4, LASTING).await.unwrap();
                    if claims.is_empty() {
                        return seen;
                    }
                    for claim in claims {
                        let look = good_look(round * 60, &[("api", Operational)]);
                        node.record_look(&claim, look).await.unwrap();
                        seen.push(claim.slug().to_string());
                    }
                }
            }));
        }
        let mut seen = Vec::new();
        for task in tasks {
            seen.extend(task.await.unwrap());
        }
        assert_eq!(seen.len(), 60, "round {round}");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>().len(), 60, "round {round}");
    }
}

fn document(body: Option<&str>) -> Document {
    Document {
        url: "https://status.acme.example/api".into(),
        etag: body.map(|body| format!("\"{}\"", body.len())),
        last_modified: Some("Sat, 14 Dec 2024 17:33:00 GMT".into()),
        body: body.map(|body| body.as_bytes().to_vec()),
    }
}

async fn receive(store: &Store, second: i64, body: Option<&str>) -> store::Claim {
    let claim = store.claim_due(at(second), 1, LASTING).await.unwrap().remove(0);
    let mut look = good_look(second, &[("api", Operational)]);
    look.documents = vec![document(body)];
    store.record_look(&claim, look).await.unwrap();
    claim
}

async fn validators_come_back_with_the_next_claim(database: Database) {
    let store = database.open().await;
    register(&store, 1).await;
    assert_eq!(receive(&store, 0, Some("one")).await.documents, []);
    let claim = receive(&store, 60, None).await;
    let known = claim.validators("https://status.acme.example/api").unwrap();
    assert_eq!(known.etag.as_deref(), Some("\"3\""));
    assert_eq!(known.last_modified.as_deref(), Some("Sat, 14 Dec 2024 17:33:00 GMT"));
    assert!(known.body_sha256.is_some());
    // Asked for in another way, the old answer's validators are forgotten and a look is due at once.
    let mut other = registration("vendor-0");
    other.format = "atom".into();
    store.register_vendors(&[other], at(61)).await.unwrap();
    assert_eq!(receive(&store, 61, Some("two")).await.documents, []);
}

async fn a_body_is_kept_once_and_its_history_shows_edits(database: Database) {
    let store = database.open().await;
    register(&store, 1).await;
    for (second, body) in
        [(0, Some("one")), (60, Some("one")), (120, None), (180, Some("two")), (240, Some("one"))]
    {
        receive(&store, second, body).await;
    }
    let history = store.raw_history(&slug("vendor-0"), &document(None).url).await.unwrap();
    let times: Vec<_> =
        history.iter().map(|sighting| (sighting.first_seen_at, sighting.last_seen_at)).collect();
    assert_eq!(times, [(at(0), at(120)), (at(180), at(180)), (at(240), at(240))]);
    assert_eq!(history[0].body_sha256, history[2].body_sha256);
    assert_eq!(history[1].size_bytes, 3);
    assert_eq!(store.raw_body(&history[1].body_sha256).await.unwrap(), b"two");
    assert_eq!(store.raw_body(&[0; 32]).await, Err(Error::NotFound));
    let mut connection = database.connect().await;
    let row = sqlx::query("SELECT count(*) FROM raw_body").fetch_one(&mut connection).await.unwrap();
    assert_eq!(sqlx::Row::get::<i64, _>(&row, 0), 2);
}

async fn old_bodies_go_and_the_last_one_stays(database: Database) {
    let store = database.open().await;
    register(&store, 1).await;
    for (second, body) in [(0, "one"), (60, "two"), (120, "three")] {
        receive(&store, second, Some(body)).await;
    }
    let url = document(None).url;
    let one = store.raw_history(&slug("vendor-0"), &url).await.unwrap()[0].body_sha256;
    store.prune(at(150), jiff::SignedDuration::from_secs(100)).await.unwrap();
    let history = store.raw_history(&slug("vendor-0"), &url).await.unwrap();
    assert_eq!(history.iter().map(|s| s.first_seen_at).collect::<Vec<_>>(), [at(60), at(120)]);
    assert_eq!(store.raw_body(&one).await, Err(Error::NotFound));
    store.prune(at(90_000), jiff::SignedDuration::ZERO).await.unwrap();
    let history = store.raw_history(&slug("vendor-0"), &url).await.unwrap();
    assert_eq!(history.len(), 1, "the last one stays however old it is");
    assert_eq!(store.raw_body(&history[0].body_sha256).await.unwrap(), b"three");
}

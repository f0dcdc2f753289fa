//! Holding what is served, and what is stored, against the ledger.

use crate::ledger::{Acknowledged, Ledger, Request};
use crate::program::Place;
use crate::support::reader::{Answer, Reader};
use crate::support::until;
use crate::support::vendor::FakeVendor;
use domain::{IncidentId, Slug};
use reqwest::StatusCode;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::Store;

/// What became of what was acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Acknowledged and not there.
    pub(crate) lost: usize,
    /// There more than once.
    pub(crate) doubled: usize,
}

/// Holds the incidents of these keys against the ledger, as the API gives them.
pub(crate) async fn check(reader: &Reader, ledger: &[(Request, Acknowledged)]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut by_incident: BTreeMap<&str, Vec<(&Request, u64)>> = BTreeMap::new();
    for (request, acknowledged) in ledger {
        by_incident.entry(&acknowledged.incident).or_default().push((request, acknowledged.version));
    }
    for (incident, requests) in by_incident {
        let path = format!("/api/v1/incidents/{incident}");
        let shown = answer(reader, &path).await;
        if shown.status == StatusCode::NOT_FOUND {
            verdict.lost += requests.len();
            continue;
        }
        let entries = answer(reader, &format!("{path}/timeline")).await.json()["entries"].clone();
        let entries = entries.as_array().expect("a list");
        assert!(entries.iter().zip(1..).all(|(entry, seq)| entry["seq"] == seq), "a gap in {incident}");
        // Pages follow what was written; on a busy machine a moment later.
        let mut shown = shown.json();
        until(&format!("{incident} is shown as it is written"), async || {
            shown = answer(reader, &path).await.json();
            shown["version"] == entries.len()
        })
        .await;
        let updates = shown["updates"].as_array().expect("a list");
        for (request, version) in requests {
            match updates.iter().filter(|update| update["body"] == request.text()).count() {
                1 => {}
                0 => {
                    verdict.lost += 1;
                    continue;
                }
                _ => verdict.doubled += 1,
            }
            // The version that was acknowledged is still the one at which these words came.
            let at = usize::try_from(version).expect("a version");
            let mut came = entries[..at.min(entries.len())].iter().rev();
            let last = came.find_map(|entry| entry["event"]["body"].as_str());
            assert_eq!(last, Some(request.text().as_str()), "{incident} at version {version}");
        }
    }
    verdict
}

/// What a path is answered with by a program that may be too busy for a moment.
async fn answer(reader: &Reader, path: &str) -> Answer {
    let mut answer = None;
    until(&format!("`{path}` is answered"), async || {
        answer = reader.try_get(path).await.ok();
        answer.as_ref().is_some_and(|answer| answer.status != StatusCode::SERVICE_UNAVAILABLE)
    })
    .await;
    answer.expect("it was answered")
}

/// Waits until every vendor's incidents are exactly what its page, which moves no more, tells.
pub(crate) async fn check_vendors(reader: &Reader, vendors: &[FakeVendor]) {
    for (number, vendor) in vendors.iter().enumerate() {
        let slug = Slug::parse(&format!("v{number}")).expect("a slug");
        for told in vendor.page().incidents {
            let path = format!("/api/v1/incidents/{}", IncidentId::of_vendor(&slug, &told.id));
            let expected: Vec<&str> = told.updates.iter().map(|post| post.id.as_str()).collect();
            until(&format!("{slug} is told as its page tells it: {path}"), async || {
                let answer = reader.get(&path).await;
                answer.status.is_success() && ids(&answer.json()) == expected
            })
            .await;
        }
    }
}

fn ids(incident: &Value) -> Vec<String> {
    let updates = incident["updates"].as_array().expect("a list");
    updates.iter().map(|update| update["id"].as_str().expect("an id").to_owned()).collect()
}

/// Reads the database beside the program that was stopped: no invariant is broken, no update is without its
/// outbox row, and there is no incident of ours that nobody asked for.
pub(crate) async fn check_store(place: &Place, ledger: &Ledger) {
    let store = Store::open_for_reading(&place.database.address()).await.expect("it opens");
    let violations = store.check().await.expect("it can be checked");
    assert!(violations.is_empty(), "{violations:?}");
    let known: BTreeSet<&str> =
        ledger.acknowledged.values().map(|(_, acknowledged)| acknowledged.incident.as_str()).collect();
    let mut after = None;
    loop {
        let page =
            store.list_incidents(&store::Filter::default(), after.as_ref(), 500).await.expect("a list");
        for row in page.rows {
            let own = matches!(row.origin, domain::Origin::Own { .. });
            assert!(!own || known.contains(row.id.as_str()), "nobody asked for incident {}", row.id);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    store.close().await;
    let doctor = place.run(&["doctor", "--offline"]);
    assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stdout));
}

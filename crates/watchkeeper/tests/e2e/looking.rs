//! How a page is looked at: what is asked of it, and what is shown when it cannot be seen.

use crate::support::database::Database;
use crate::support::page::Told;
use crate::support::until;
use crate::support::vendor::Mood;
use crate::world::{INTERVAL, World, id};
use domain::ComponentState;
use jiff::SignedDuration;
use serde_json::Value;
use std::time::Duration;

on_both_databases!(
    a_page_that_has_not_changed_costs_one_request_and_changes_nothing,
    details_are_asked_for_only_when_the_page_has_moved,
    a_page_that_fails_is_unknown_after_three_intervals_and_comes_back,
    a_page_that_asks_to_be_left_alone_is_left_alone,
    a_page_that_never_answers_counts_as_not_seen,
    a_document_that_was_cut_off_gives_what_it_holds_and_withdraws_nothing,
    a_document_that_was_missing_is_asked_for_once_more,
    components_that_nobody_asked_for_do_not_count,
);

/// By how much a look may be earlier or later than its interval says.
const SPREAD: SignedDuration = SignedDuration::from_secs(3);

async fn a_page_that_has_not_changed_costs_one_request_and_changes_nothing(database: Database) {
    let world = World::start(database).await;
    let (asked, unchanged) = (world.vendor.asked(), world.vendor.unchanged());
    let (revision, before) = (world.revision().await, world.known().await);
    for looks in 1..=3 {
        world.look().await;
        assert_eq!(world.vendor.asked(), asked + looks);
        assert_eq!(world.vendor.unchanged(), unchanged + looks);
    }
    assert_eq!(world.revision().await, revision, "nothing that a page shows has changed");
    let after = world.known().await;
    assert_eq!((after.components, after.page), (before.components, before.page));
    assert_eq!(after.health.last_ok_at, Some(world.clock.now()), "it was seen all the same");
}

async fn details_are_asked_for_only_when_the_page_has_moved(database: Database) {
    let world = World::start(database).await;
    assert_eq!(world.vendor.asked_for("incidents"), 1);
    let moved_at = world.vendor.page().updated_at;
    world.vendor.change(&moved_at, |page| page.components[1].2 = "partial_outage");
    world.look().await;
    assert_eq!(world.vendor.asked_for("incidents"), 1, "the page does not say that it has moved");
    assert_eq!(world.known().await.components[1].state, ComponentState::PartialOutage);
    world.outage().await;
    assert_eq!(world.vendor.asked_for("incidents"), 2);
    assert_eq!(world.vendor.asked_for("scheduled-maintenances"), 2);
}

async fn a_page_that_fails_is_unknown_after_three_intervals_and_comes_back(database: Database) {
    let world = World::start(database).await;
    let seen_at = world.known().await.health.last_ok_at.expect("it was seen");
    let three = SignedDuration::from_secs(i64::from(INTERVAL) * 3);
    world.vendor.set(Mood::Unavailable(1));
    while world.known().await.next_look_at <= seen_at + three {
        world.look().await;
        let vendor = world.reader.json("/api/v1/vendors/pigeon-post").await;
        assert_eq!(vendor["state"], "operational", "a lost answer is no news");
    }
    world.look().await;
    world.until_page("/vendors/pigeon-post", "Unknown since").await;
    let vendor = world.reader.json("/api/v1/vendors/pigeon-post").await;
    assert_eq!(vendor["state"], "unknown");
    assert_eq!(vendor["unknown_since"], seen_at.to_string());
    assert_eq!(vendor["components"][0]["state"], "unknown", "nothing is claimed of its parts");
    assert!(vendor["health"]["last_error"].as_str().is_some_and(|error| error.contains("503")), "{vendor}");

    world.vendor.set(Mood::Well);
    world.look().await;
    until("it is seen again", async || {
        world.reader.json("/api/v1/vendors/pigeon-post").await["state"] == "operational"
    })
    .await;
    until("the page says so", async || {
        !world.reader.text("/vendors/pigeon-post").await.contains("Unknown since")
    })
    .await;
}

async fn a_page_that_asks_to_be_left_alone_is_left_alone(database: Database) {
    let world = World::start(database).await;
    world.vendor.set(Mood::Unavailable(600));
    world.look().await;
    let wait = world.known().await.next_look_at.duration_since(world.clock.now());
    let asked_for = SignedDuration::from_secs(600);
    assert!(wait >= asked_for - SPREAD && wait <= asked_for + SPREAD, "{wait}");
}

async fn a_page_that_never_answers_counts_as_not_seen(database: Database) {
    let world = World::start_with(database, &[], "header_timeout = \"200ms\"").await;
    world.vendor.set(Mood::Silent);
    world.look().await;
    let health = world.known().await.health;
    assert_eq!((health.failing_since, health.failures), (Some(world.clock.now()), 1));
    assert!(health.last_error.as_ref().is_some_and(|error| error.contains("200ms")), "{health:?}");
    world.vendor.set(Mood::Well);
    world.look().await;
    assert_eq!(world.known().await.health.failures, 0);
}

async fn a_document_that_was_cut_off_gives_what_it_holds_and_withdraws_nothing(database: Database) {
    let world = World::start(database).await;
    world.outage().await;
    // The list of incidents ends behind the newest update; older updates and incidents are behind the cut.
    world.vendor.set(Mood::Cut("incidents", "\"id\":\"u2\",\"status\":\"identified\""));
    world.post("u2", "identified", "Two depots still lag.", "2024-12-14T17:50:00Z").await;
    let both = |incident: &Value| incident["updates"][1]["body"] == "Two depots still lag.";
    let incident = world.until_incident("what stood before the cut is there", "slow1", both).await;
    assert!(incident["withdrawn_at"].is_null(), "{incident}");
    assert!(world.incident("old0").await["withdrawn_at"].is_null(), "behind the cut is not deleted");
    let updates = incident["updates"].as_array().expect("a list").clone();
    assert!(updates.iter().all(|update| update["withdrawn_at"].is_null()), "{updates:?}");

    // The page does not move, and is asked for everything all the same.
    world.vendor.set(Mood::Well);
    let (asked, before) = (world.vendor.asked(), world.kinds(id("slow1").as_str()).await);
    world.look().await;
    assert_eq!(world.vendor.asked(), asked + 3);
    assert_eq!(world.kinds(id("slow1").as_str()).await, before, "nothing of it was new");
    world.look().await;
    assert_eq!(world.vendor.asked(), asked + 4);
}

async fn a_document_that_was_missing_is_asked_for_once_more(database: Database) {
    let world = World::start(database).await;
    world.vendor.set(Mood::Without("scheduled-maintenances"));
    world.outage().await;
    let asked = world.vendor.asked();
    world.vendor.set(Mood::Well);
    world.look().await;
    assert_eq!(world.vendor.asked(), asked + 3, "everything is asked for again, though nothing has moved");
    world.look().await;
    assert_eq!(world.vendor.asked(), asked + 4, "and that is all");
}

async fn components_that_nobody_asked_for_do_not_count(database: Database) {
    let world = World::start_with(database, &["Track*"], "").await;
    world.vendor.change("2024-12-14T17:33:00Z", |page| {
        let mut told = Told::new("sort1", "Sorting is slow", "major", &["c-sort"]);
        told.post("s1", "investigating", "The sorter jams.", "2024-12-14T17:33:00Z");
        page.incidents.insert(0, told);
        page.components[1].2 = "major_outage";
    });
    world.look().await;
    assert_eq!(world.known().await.overall, ComponentState::Operational);
    let names: Vec<String> = world.known().await.components.into_iter().map(|known| known.name).collect();
    assert_eq!(names, ["Tracking"]);
    world.outage().await;
    assert_eq!(world.known().await.overall, ComponentState::DegradedPerformance);
    let other = world.reader.get(&format!("/api/v1/incidents/{}", id("sort1"))).await;
    assert_eq!(other.status, 404, "{}", other.text);
    // Long after, it is still so.
    world.step(Duration::from_hours(1)).await;
    assert_eq!(world.reader.get(&format!("/incidents/{}", id("sort1"))).await.status, 404);
}

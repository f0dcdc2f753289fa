//! What a vendor tells, from its first word to its postmortem.

use crate::support::database::Database;
use crate::support::until;
use crate::world::{World, at, id};
use serde_json::Value;
use std::time::Duration;

on_both_databases!(
    an_incident_is_on_every_page_after_one_interval,
    the_same_words_again_are_one_update,
    an_edit_shows_both_versions,
    a_resolved_incident_says_how_long_it_lasted,
    a_postmortem_may_come_two_months_later,
    an_incident_that_is_taken_off_the_page_is_withdrawn_and_kept,
    an_incident_may_open_again,
);

const REPEATED: &str = "Positions are up to an hour old.";

async fn an_incident_is_on_every_page_after_one_interval(database: Database) {
    let world = World::start(database).await;
    world.outage().await;
    let now = world.clock.now();
    assert!(now >= at("2024-12-14T17:33:27Z") && now <= at("2024-12-14T17:33:33Z"), "one interval: {now}");

    let incident = world.incident("slow1").await;
    assert_eq!(incident["clocks"]["published_at"], "2024-12-14T17:33:00Z");
    assert_eq!(incident["clocks"]["seen_at"], now.to_string());
    assert_eq!(incident["impact"], "minor");
    assert_eq!(incident["components"][0]["name"], "Tracking");

    world.until_page("/vendors/pigeon-post", "Positions of parcels are old").await;
    // The incident is told as soon as it is kept, the look itself a moment later.
    world.until_page("/vendors/pigeon-post", "Degraded performance").await;
    let page = world.reader.text(&format!("/vendors/pigeon-post/incidents/{}", id("slow1"))).await;
    assert!(page.contains(REPEATED), "{page}");
    let vendor = world.reader.json("/api/v1/vendors/pigeon-post").await;
    assert_eq!(vendor["state"], "degraded_performance");
    assert_eq!(vendor["open"][0]["id"], id("slow1").to_string());
    let list = world.reader.json("/api/v1/vendors/pigeon-post/incidents").await;
    let titles: Vec<&str> = list["incidents"].as_array().expect("a list").iter().map(title).collect();
    assert_eq!(titles, ["Positions of parcels are old", "Sorting is late"]);
}

fn title(line: &Value) -> &str {
    line["title"].as_str().expect("a title")
}

async fn the_same_words_again_are_one_update(database: Database) {
    let world = World::start(database).await;
    world.outage().await;
    world.post("u2", "investigating", REPEATED, "2024-12-14T17:38:00Z").await;
    let repeated = |incident: &Value| incident["updates"][0]["repeats"][0]["id"] == "u2";
    let incident = world.until_incident("the repetition is there", "slow1", repeated).await;
    assert_eq!(incident["updates"].as_array().map(Vec::len), Some(1), "{incident}");
    assert_eq!(incident["updates"][0]["repeats"][0]["published_at"], "2024-12-14T17:38:00Z");
    let page = world.until_page(&format!("/incidents/{}", id("slow1")), "Repeated at").await;
    // Once as the update; the record says that it was repeated without saying it again.
    assert_eq!(page.matches(&format!("<p>{REPEATED}</p>")).count(), 1, "{page}");

    let before = world.kinds(id("slow1").as_str()).await;
    world.look().await;
    assert_eq!(world.kinds(id("slow1").as_str()).await, before, "seeing it once more adds nothing");
}

async fn an_edit_shows_both_versions(database: Database) {
    let world = World::start(database).await;
    world.outage().await;
    world.vendor.change("2024-12-14T18:12:00Z", |page| {
        page.incident("slow1").edit("u1", "Positions are up to two days old.", "2024-12-14T18:12:00Z");
    });
    world.look().await;
    let edited = |incident: &Value| incident["updates"][0]["versions"].as_array().map(Vec::len) == Some(2);
    let incident = world.until_incident("the edit is there", "slow1", edited).await;
    let bodies: Vec<&Value> =
        incident["updates"][0]["versions"].as_array().expect("a list").iter().map(|v| &v["body"]).collect();
    assert_eq!(bodies, [REPEATED, "Positions are up to two days old."]);
    let page = world.until_page(&format!("/incidents/{}", id("slow1")), "Edited").await;
    assert!(page.contains("<del>") && page.contains("<ins>"), "{page}");
}

async fn a_resolved_incident_says_how_long_it_lasted(database: Database) {
    let world = World::start(database).await;
    world.outage().await;
    world.step_to(at("2024-12-14T18:27:05Z")).await;
    world.post("u3", "resolved", "Positions are current.", "2024-12-14T18:27:00Z").await;
    let incident = world.until_incident("it is over", "slow1", |incident| incident["open"] == false).await;
    assert_eq!(incident["clocks"]["resolved_at"], "2024-12-14T18:27:00Z");
    assert!(incident["summary"].as_str().is_some_and(|s| s.contains("lasting 54 minutes")), "{incident}");
    let page = world.until_page(&format!("/incidents/{}", id("slow1")), "Resolved").await;
    assert!(page.contains("54m"), "{page}");
    until("every notice is told", async || world.backlog().await.waiting == 0).await;
    assert_eq!(world.backlog().await.dead, 0);
}

async fn a_postmortem_may_come_two_months_later(database: Database) {
    let world = World::start(database).await;
    world.outage().await;
    world.post("u3", "resolved", "Positions are current.", "2024-12-14T18:27:00Z").await;
    world.vendor.change("2025-02-10T16:11:00Z", |page| {
        let told = page.incident("slow1");
        told.post("u4", "postmortem", "A **pigeon** sat on the antenna.", "2025-02-10T16:11:00Z");
    });
    world.step(Duration::from_hours(58 * 24)).await;
    let has_postmortem = |incident: &Value| incident["postmortem"].is_object();
    let incident = world.until_incident("the postmortem is there", "slow1", has_postmortem).await;
    assert_eq!(incident["postmortem"]["published_at"], "2025-02-10T16:11:00Z");
    assert_eq!(incident["clocks"]["resolved_at"], "2024-12-14T18:27:00Z", "the end stays where it was");
    let page = world.until_page(&format!("/incidents/{}", id("slow1")), "on the antenna").await;
    assert!(page.contains("<strong>pigeon</strong>"), "{page}");
}

async fn an_incident_that_is_taken_off_the_page_is_withdrawn_and_kept(database: Database) {
    let world = World::start(database).await;
    world.outage().await;
    world.vendor.change("2024-12-14T17:50:00Z", |page| page.incidents.retain(|told| told.id != "slow1"));
    world.look().await;
    let withdrawn = |incident: &Value| incident["withdrawn_at"].is_string();
    let incident = world.until_incident("it is withdrawn", "slow1", withdrawn).await;
    assert_eq!(incident["withdrawn_at"], world.clock.now().to_string());
    assert_eq!(incident["open"], false);
    assert_eq!(incident["updates"][0]["body"], REPEATED, "what was said is kept");
    world.until_page(&format!("/incidents/{}", id("slow1")), "Withdrawn").await;
    assert!(world.incident("old0").await["withdrawn_at"].is_null(), "the others stand");
}

async fn an_incident_may_open_again(database: Database) {
    let world = World::start(database).await;
    world.outage().await;
    world.post("u3", "resolved", "Positions are current.", "2024-12-14T18:27:00Z").await;
    world.until_incident("it is over", "slow1", |incident| incident["open"] == false).await;
    world.post("u5", "investigating", "They are old again.", "2024-12-14T18:40:00Z").await;
    let incident =
        world.until_incident("it is open again", "slow1", |incident| incident["open"] == true).await;
    assert!(incident["clocks"]["resolved_at"].is_null(), "{incident}");
    assert_eq!(incident["updates"].as_array().map(Vec::len), Some(3));
    assert_eq!(incident["clocks"]["published_at"], "2024-12-14T17:33:00Z", "it began when it began");
    until("the vendor lists it as open", async || {
        world.reader.json("/api/v1/vendors/pigeon-post").await["open"][0]["id"] == id("slow1").to_string()
    })
    .await;
}

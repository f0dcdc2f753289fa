//! Stopping and starting again is no news.

use crate::support::database::Database;
use crate::support::until;
use crate::world::{World, at, id};
use serde_json::{Value, json};
use std::time::Duration;

on_both_databases!(
    a_restart_shows_the_same_and_tells_nothing_new,
    what_happened_during_a_stop_of_ten_minutes_is_told_once_and_nothing_else_is,
);

/// What is compared.
async fn shown(world: &World, own: &str) -> Vec<(String, String)> {
    let mut shown = Vec::new();
    for incident in [id("slow1").as_str(), id("old0").as_str(), own] {
        for path in ["/incidents/ID", "/api/v1/incidents/ID", "/api/v1/incidents/ID/timeline"] {
            let path = path.replace("ID", incident);
            let text = world.reader.text(&path).await;
            shown.push((path, text));
        }
    }
    let list = world.reader.json("/api/v1/incidents").await;
    shown.push(("the list".to_owned(), list["incidents"].to_string()));
    shown
}

async fn a_restart_shows_the_same_and_tells_nothing_new(database: Database) {
    let world = World::start(database).await;
    let token = world.token().await;
    let incident = json!({ "environment": "prod", "title": "The ovens are cold", "body": "No bread." });
    let own = world.reader.post("/api/v1/incidents", &token, &incident).await.json();
    let own = own["id"].as_str().expect("an id").to_owned();
    world.outage().await;
    world.post("u2", "investigating", "Positions are up to an hour old.", "2024-12-14T17:38:00Z").await;
    world.post("u3", "resolved", "Positions are current.", "2024-12-14T18:27:00Z").await;
    world.until_incident("it is over", "slow1", |incident| incident["open"] == false).await;
    // So that every page is rendered at the instant of the restart, which some of them show.
    world.step(Duration::from_secs(40)).await;
    let before = shown(&world, &own).await;
    let revision = world.revision().await;

    let world = world.restart().await;
    for (before, after) in before.iter().zip(shown(&world, &own).await) {
        assert_eq!(before, &after);
    }
    let timelines = |shown: &[(String, String)]| -> Vec<Value> {
        let timelines = shown.iter().filter(|(path, _)| path.ends_with("timeline"));
        timelines.map(|(_, text)| serde_json::from_str(text).expect("JSON")).collect()
    };
    // Ten minutes of looking at a page that did not change.
    for _ in 0..10 {
        world.look().await;
    }
    assert_eq!(timelines(&shown(&world, &own).await), timelines(&before), "a restart is no news");
    assert_eq!(world.revision().await, revision, "nothing that a page shows has changed");
}

/// A vendor's incident and a maintenance of ours that move between 17:35 and 17:45, while somebody looks or nobody
/// does; afterwards, what is told of both.
async fn told_of(database: Database, stopped: bool) -> (Vec<Value>, u64) {
    let world = World::start(database).await;
    let token = world.token().await;
    let maintenance = json!({
        "environment": "prod", "kind": "maintenance", "title": "Sweeping", "body": "Ten minutes.",
        "schedule": { "from": "2024-12-14T17:36:00Z", "until": "2024-12-14T17:44:00Z" },
    });
    let own = world.reader.post("/api/v1/incidents", &token, &maintenance).await.json();
    let own = own["id"].as_str().expect("an id").to_owned();
    world.outage().await;
    world.step_to(at("2024-12-14T17:35:00Z")).await;
    let posts = [("u2", "identified", "17:38"), ("u3", "monitoring", "17:41"), ("u4", "resolved", "17:43")];
    let world = if stopped {
        for (id, state, time) in posts {
            let time = format!("2024-12-14T{time}:00Z");
            world.vendor.change(&time, |page| page.incident("slow1").post(id, state, "We know more.", &time));
        }
        world.restart_after(Duration::from_mins(10)).await
    } else {
        for (id, state, time) in posts {
            let time = format!("2024-12-14T{time}:00Z");
            world.step_to(at(&time)).await;
            world.post(id, state, "We know more.", &time).await;
        }
        world
    };
    world.step_to(at("2024-12-14T17:45:30Z")).await;
    world.look().await;
    world.until_incident("it is over", "slow1", |incident| incident["open"] == false).await;
    let path = format!("/api/v1/incidents/{own}");
    until("ours is over", async || world.reader.json(&path).await["state"] == "completed").await;
    until("nothing waits", async || world.backlog().await.waiting == 0).await;
    let mut told = Vec::new();
    for incident in [own.as_str(), id("slow1").as_str()] {
        let shown = world.reader.json(&format!("/api/v1/incidents/{incident}")).await;
        let updates = shown["updates"].as_array().expect("updates").iter();
        told.extend(
            updates.map(|update| {
                json!([update["state"], update["published_at"], update["versions"][0]["body"]])
            }),
        );
        told.push(json!([shown["title"], shown["state"], shown["open"]]));
    }
    (told, world.backlog().await.done)
}

async fn what_happened_during_a_stop_of_ten_minutes_is_told_once_and_nothing_else_is(database: Database) {
    let (stopped, notices) = told_of(database, true).await;
    let (running, expected) = told_of(Database::sqlite(), false).await;
    assert_eq!(stopped, running);
    // States that came and went meanwhile are no news any more.
    assert!((3..=expected).contains(&notices), "{notices} notices instead of {expected}");
}

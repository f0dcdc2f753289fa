//! Stopping and starting again is no news.

use crate::support::database::Database;
use crate::world::{World, id};
use serde_json::{Value, json};
use std::time::Duration;

on_both_databases!(a_restart_shows_the_same_and_tells_nothing_new);

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

//! Incidents of our own: opened, told and ended through the API, and by the clock.

use crate::support::database::Database;
use crate::support::until;
use crate::world::{World, at};
use reqwest::Method;
use serde_json::{Value, json};

on_both_databases!(
    an_incident_of_our_own_is_on_the_home_page_in_the_feed_and_in_open_browsers,
    a_maintenance_begins_and_ends_when_it_was_announced_to,
    the_same_request_twice_is_done_once,
    nobody_writes_without_a_token,
);

fn incident() -> Value {
    json!({
        "environment": "prod", "title": "The ovens are cold", "impact": "major",
        "body": "No bread leaves the ovens.", "components": [{ "key": "Ovens", "state": "major_outage" }],
    })
}

async fn an_incident_of_our_own_is_on_the_home_page_in_the_feed_and_in_open_browsers(database: Database) {
    let world = World::start(database).await;
    let token = world.token().await;
    world.reader.text("/").await;
    let mut events = world.reader.events().await;
    let answer = world.reader.post("/api/v1/incidents", &token, &incident()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let opened = answer.json();
    let path = opened["path"].as_str().expect("a path").to_owned();
    assert_eq!(answer.header("location"), format!("/api/v1{path}"));
    assert_eq!(opened["updates"][0]["versions"][0]["by"]["name"], "ann");

    events.hear("\"/\"").await;
    events.hear(&format!("\"{path}\"")).await;
    let home = world.reader.text("/").await;
    assert!(home.contains("The ovens are cold"), "who hears of it finds it: {home}");
    world.until_page("/history.atom", "The ovens are cold").await;
    world.until_page(&path, "No bread leaves the ovens.").await;
    let status = world.reader.json("/api/v1/status").await;
    assert_eq!(status["state"], "major_outage");
    assert_eq!(status["open"][0]["id"], opened["id"]);

    let update = json!({ "state": "resolved", "body": "They are hot." });
    let answer = world.reader.post(&format!("/api/v1{path}/updates"), &token, &update).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.json()["open"], false);
    until("all is well again", async || world.reader.json("/api/v1/status").await["state"] == "operational")
        .await;
}

async fn a_maintenance_begins_and_ends_when_it_was_announced_to(database: Database) {
    let world = World::start(database).await;
    let token = world.token().await;
    let announced = json!({
        "environment": "prod", "kind": "maintenance", "title": "Sweeping the chimney",
        "body": "The ovens rest for an hour.",
        "schedule": { "from": "2024-12-14T20:00:00Z", "until": "2024-12-14T21:00:00Z" },
    });
    let answer = world.reader.post("/api/v1/incidents", &token, &announced).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/incidents/{id}");

    world.step_to(at("2024-12-14T19:59:59Z")).await;
    assert_eq!(world.reader.json(&path).await["state"], "scheduled");
    // The loop looks every two seconds, so it looks by then.
    world.step_to(at("2024-12-14T20:00:01Z")).await;
    until("it has begun", async || world.reader.json(&path).await["state"] == "in_progress").await;
    assert_eq!(world.reader.json("/api/v1/status").await["open"][0]["id"], id);
    world.step_to(at("2024-12-14T21:00:01Z")).await;
    until("it is over", async || world.reader.json(&path).await["state"] == "completed").await;

    let entries = world.entries(&id).await;
    let moves: Vec<(&Value, &Value, &Value)> = entries
        .iter()
        .filter(|entry| entry["event"]["kind"] == "state_changed")
        .map(|entry| (&entry["by"]["kind"], &entry["event"]["to"], &entry["event"]["at"]))
        .collect();
    let clock = json!("clock");
    let expected = [
        (&clock, &json!("in_progress"), &json!("2024-12-14T20:00:00Z")),
        (&clock, &json!("completed"), &json!("2024-12-14T21:00:00Z")),
    ];
    assert_eq!(moves, expected);
    world.until_page(&format!("/incidents/{id}"), "1h").await;
}

async fn the_same_request_twice_is_done_once(database: Database) {
    let world = World::start(database).await;
    let token = world.token().await;
    let send = async |key: &str, body: &Value| {
        let sent = world.reader.send(Method::POST, "/api/v1/incidents", &token, Some(key), body);
        sent.await.expect("an answer")
    };
    let (first, second) = (send("bread-1", &incident()).await, send("bread-1", &incident()).await);
    assert_eq!((first.status, second.status), (201.try_into().expect("a status"), first.status));
    assert_eq!(first.text, second.text, "answered in the same words");
    assert_eq!((first.header("idempotency-replayed"), second.header("idempotency-replayed")), ("", "true"));
    let mut other = incident();
    other["title"] = "Something else".into();
    let refused = send("bread-1", &other).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]["code"]), (409, &json!("key_reused")));
    send("bread-2", &incident()).await;
    let list = world.reader.json("/api/v1/incidents?source=prod").await;
    assert_eq!(list["incidents"].as_array().map(Vec::len), Some(2), "{list}");
}

async fn nobody_writes_without_a_token(database: Database) {
    let world = World::start(database).await;
    let answer = world.reader.post("/api/v1/incidents", "wk_forged", &incident()).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    let list = world.reader.json("/api/v1/incidents?source=prod").await;
    assert_eq!(list["incidents"], json!([]));
}

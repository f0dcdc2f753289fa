//! The database is gone: pages stay, writes are refused honestly, and all goes on when it is back.

use crate::support::database::Database;
use crate::support::until;
use crate::world::{World, id};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn pages_stay_up_without_a_database_and_say_how_old_they_are() {
    let world = World::start(Database::postgres()).await;
    let token = world.token().await;
    world.outage().await;
    world.until_page("/vendors/pigeon-post", "Positions of parcels are old").await;
    let incident = format!("/incidents/{}", id("slow1"));
    let pages = ["/", "/vendors", "/vendors/pigeon-post", "/incidents", &incident, "/history.atom"];
    let documents = ["/api/v1/status", "/api/v1/vendors", "/api/v1/vendors/pigeon-post", "/api/v1/incidents"];
    let served: Vec<&str> = pages.into_iter().chain(documents).collect();
    let rendered_at = world.clock.now();
    for path in &served {
        world.reader.text(path).await;
    }

    world.database.shut();
    world.step(Duration::from_secs(90)).await;
    for path in &served {
        let answer = world.reader.get(path).await;
        assert_eq!(answer.status, 200, "`{path}`: {}", answer.text);
        assert_eq!(answer.header("x-watchkeeper-as-of"), rendered_at.to_string(), "`{path}`");
    }
    assert!(world.reader.text(&incident).await.contains("Positions are up to an hour old."));
    let opening = json!({ "environment": "prod", "title": "The ovens are cold", "body": "No bread." });
    let refused = world.reader.post("/api/v1/incidents", &token, &opening).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(refused.json()["error"]["code"], "unavailable");
    assert_eq!(world.reader.get("/readyz").await.status, 503);
    assert_eq!(world.reader.get("/healthz").await.status, 200);

    world.database.reopen();
    world.step(Duration::from_secs(10)).await;
    until("it is ready again", async || world.reader.get("/readyz").await.status == 200).await;
    let accepted = world.reader.post("/api/v1/incidents", &token, &opening).await;
    assert_eq!(accepted.status, 201, "{}", accepted.text);
    world.step(Duration::from_secs(40)).await;
    for path in &served {
        let answer = world.reader.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-watchkeeper-as-of")), (200, ""), "`{path}`");
    }
    let list = world.reader.json("/api/v1/incidents?source=prod").await;
    assert_eq!(list["incidents"].as_array().map(Vec::len), Some(1), "what was refused was not done: {list}");
}

//! `/api/v1/status` and `/api/v1/environments`.

use crate::support::World;
use axum::http::StatusCode;

#[tokio::test]
async fn the_status_tells_environments_open_incidents_and_vendors() {
    let world = World::told().await;
    let answer = world.get("/api/v1/status").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    insta::assert_snapshot!("status", answer.body);
    let answer = world.get("/api/v1/environments").await;
    assert_eq!(answer.status, StatusCode::OK);
    insta::assert_snapshot!("environments", answer.body);
}

#[tokio::test]
async fn what_nobody_has_spoken_of_is_unknown_and_not_green() {
    let world = World::empty().await;
    let status = world.get("/api/v1/status").await.json();
    assert_eq!(status["state"], "unknown");
    assert_eq!(status["environments"][0]["components"][0]["state"], "unknown");
}

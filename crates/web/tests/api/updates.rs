//! `/api/v1/incidents/{id}/updates` and below, and the postmortem.

use crate::support::World;
use axum::http::{Method, StatusCode};
use serde_json::json;
use web::auth::Scope;

#[tokio::test]
async fn an_update_moves_the_incident_and_an_edit_keeps_the_old_words() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let id = world.opened(&token).await;
    let path = format!("/api/v1/incidents/{id}/updates");
    world.wait(60);
    let body = json!({
        "state": "resolved",
        "body": "Reads are fast again.",
        "components": [{ "key": "api", "state": "operational" }],
    });
    let posted = world.write(Method::POST, &path, &token, &body).await;
    assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.body);
    insta::assert_snapshot!("resolved", posted.body);
    let update = posted.json()["updates"][1]["id"].as_str().expect("an id").to_owned();
    let path = format!("{path}/{update}");
    let edited = world.write(Method::PATCH, &path, &token, &json!({ "body": "Reads are fast." })).await;
    assert_eq!(edited.status, StatusCode::OK, "{}", edited.body);
    let versions = edited.json()["updates"][1]["versions"].clone();
    assert_eq!(versions[0]["body"], "Reads are fast again.");
    assert_eq!(versions[1]["body"], "Reads are fast.");
    let gone = world.write(Method::DELETE, &path, &token, &json!({})).await;
    assert_eq!(gone.status, StatusCode::OK, "{}", gone.body);
    assert!(gone.json()["updates"][1]["withdrawn_at"].is_string());
    let again = world.write(Method::DELETE, &path, &token, &json!({})).await;
    assert_eq!((again.status, again.code().as_str()), (StatusCode::NOT_FOUND, "no_such_update"));
}

#[tokio::test]
async fn a_postmortem_belongs_to_what_is_over() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let id = world.opened(&token).await;
    let path = format!("/api/v1/incidents/{id}/postmortem");
    let body = json!({ "body": "# Why\n\nA lock." });
    let early = world.write(Method::PUT, &path, &token, &body).await;
    assert_eq!((early.status, early.code().as_str()), (StatusCode::CONFLICT, "not_over"));
    let over = json!({ "state": "resolved", "body": "Over." });
    world.write(Method::POST, &format!("/api/v1/incidents/{id}/updates"), &token, &over).await;
    let told = world.write(Method::PUT, &path, &token, &body).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    assert_eq!(told.json()["postmortem"]["body"], "# Why\n\nA lock.");
    assert_eq!(told.json()["state"], "postmortem");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_before_it_is_read() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let id = world.opened(&token).await;
    let path = format!("/api/v1/incidents/{id}/updates");
    let long = world.write(Method::POST, &path, &token, &json!({ "body": "x".repeat(100_000) })).await;
    assert_eq!((long.status, long.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    let limit = world.write(Method::POST, &path, &token, &json!({ "body": "x".repeat(70_000) })).await;
    assert_eq!((limit.status, limit.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "too_long"));
    let fits = world.write(Method::POST, &path, &token, &json!({ "body": "x".repeat(64 * 1024) })).await;
    assert_eq!(fits.status, StatusCode::CREATED);
}

//! `POST /api/v1/imports`.

use crate::support::World;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use web::auth::Scope;

const PATH: &str = "/api/v1/imports";

fn told() -> Value {
    json!({
        "environment": "prod1",
        "external_id": "p31zjtct2jer",
        "title": "Orders were confirmed late",
        "impact": "minor",
        "state": "postmortem",
        "published_at": "2025-01-07T08:58:10Z",
        "resolved_at": "2025-01-07T09:40:00Z",
        "components": ["Fax"],
        "updates": [
            { "id": "b", "state": "resolved", "body": "Over.", "published_at": "2025-01-07T09:40:00Z" },
            {
                "id": "a", "state": "investigating", "body": "Slow.", "published_at": "2025-01-07T08:58:10Z",
                "components": [{ "name": "Core - Agent desk", "state": "partial_outage" }],
            },
        ],
        "postmortem": { "body": "A log grew.", "published_at": "2025-01-09T10:00:00Z" },
    })
}

#[tokio::test]
async fn a_history_is_recorded_once_with_every_update_at_its_time() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let mut trial = told();
    trial["dry_run"] = true.into();
    let answer = world.write(Method::POST, PATH, &token, &trial).await;
    assert_eq!((answer.status, answer.json()["outcome"].clone()), (StatusCode::OK, "possible".into()));

    let answer = world.write(Method::POST, PATH, &token, &told()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let body = answer.json();
    assert_eq!(body["outcome"], "recorded");
    assert_eq!(body["unmatched"], json!(["Fax"]));
    let incident = world.get(answer.header("location")).await.json();
    assert_eq!(incident["clocks"]["published_at"], "2025-01-07T08:58:10Z");
    assert_eq!(incident["clocks"]["resolved_at"], "2025-01-07T09:40:00Z");
    assert_eq!(incident["postmortem"]["published_at"], "2025-01-09T10:00:00Z");
    assert_eq!(incident["updates"][0]["body"], "Slow.");
    assert_eq!(incident["updates"][0]["versions"][0]["by"]["name"], "importer (ines)");
    assert_eq!(incident["components"][0]["key"], "agent-desk");

    let again = world.write(Method::POST, PATH, &token, &told()).await;
    assert_eq!((again.status, again.json()["outcome"].clone()), (StatusCode::OK, "known".into()));
    assert_eq!(again.json()["id"], body["id"]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_its_reason() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let cases = [
        ("environment", json!("prod3"), StatusCode::BAD_REQUEST),
        ("state", json!("unknown"), StatusCode::UNPROCESSABLE_ENTITY),
        ("state", json!("completed"), StatusCode::UNPROCESSABLE_ENTITY),
        ("published_at", json!("2030-01-01T00:00:00Z"), StatusCode::UNPROCESSABLE_ENTITY),
        ("external_id", json!(" "), StatusCode::BAD_REQUEST),
        ("title", json!("x".repeat(300)), StatusCode::UNPROCESSABLE_ENTITY),
        ("postmortem", json!({ "body": "x".repeat(70_000) }), StatusCode::UNPROCESSABLE_ENTITY),
        ("url", json!("x".repeat(1_100_000)), StatusCode::PAYLOAD_TOO_LARGE),
    ];
    for (field, value, status) in cases {
        let mut body = told();
        body[field] = value;
        let answer = world.write(Method::POST, PATH, &token, &body).await;
        assert_eq!(answer.status, status, "{field}: {}", answer.body);
    }
    let reader = world.token(Scope::Read).await;
    assert_eq!(world.write(Method::POST, PATH, &reader, &told()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.get("/api/v1/incidents").await.json()["incidents"], json!([]));
}

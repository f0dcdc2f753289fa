//! What is said inside and what becomes public: visibility, promises, notes and backfill.

use crate::support::{World, open_body};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use web::auth::Scope;

async fn post(world: &World, token: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    let answer = world.write(Method::POST, path, token, body).await;
    (answer.status, answer.json())
}

fn internal() -> Value {
    let mut body = open_body();
    body["visibility"] = json!("internal");
    body["next_update_at"] = json!("30m");
    body
}

#[tokio::test]
async fn what_was_opened_inside_becomes_public_with_words_of_its_own() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let (status, opened) = post(&world, &token, "/api/v1/incidents", &internal()).await;
    assert_eq!(status, StatusCode::CREATED, "{opened}");
    assert_eq!((&opened["visibility"], &opened["next_update_at"]), (&json!("internal"), &Value::Null));
    let path = format!("/api/v1/incidents/{}", opened["id"].as_str().expect("an id"));
    let (status, noted) =
        post(&world, &token, &format!("{path}/note"), &json!({"body": "Asked Fernwick."})).await;
    assert_eq!((status, &noted["notes"][0]["body"]), (StatusCode::OK, &json!("Asked Fernwick.")));
    assert_eq!(noted["notes"][0]["by"]["kind"], "person");
    world.wait(60);
    let words = json!({"body": "Some reads are slow.", "next_update_at": "30m"});
    let (status, published) = post(&world, &token, &format!("{path}/publish"), &words).await;
    assert_eq!(status, StatusCode::OK, "{published}");
    assert_eq!(published["visibility"], "public");
    assert_eq!(published["updates"][0]["visibility"], "internal");
    assert_eq!(published["updates"][1]["visibility"], "public");
    assert_eq!(published["updates"][1]["body"], "Some reads are slow.");
    assert_eq!(published["next_update_at"], published["updates"][1]["next_update_at"]);
    assert_eq!(published["clocks"]["published_at"], published["updates"][1]["published_at"]);
    let (status, again) = post(&world, &token, &format!("{path}/publish"), &words).await;
    assert_eq!(status, StatusCode::CONFLICT, "{again}");
    let (status, hidden) = post(&world, &token, &format!("{path}/hide"), &json!({})).await;
    assert_eq!((status, &hidden["visibility"]), (StatusCode::OK, &json!("internal")));
}

#[tokio::test]
async fn words_that_were_said_inside_are_published_as_they_stand_where_none_are_given() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let (_, opened) = post(&world, &token, "/api/v1/incidents", &internal()).await;
    let path = format!("/api/v1/incidents/{}/publish", opened["id"].as_str().expect("an id"));
    let (status, published) = post(&world, &token, &path, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{published}");
    assert_eq!(published["updates"][1]["body"], "We are looking into slow reads.");
}

#[tokio::test]
async fn a_promise_lies_ahead_and_not_too_far() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let cases = [
        ("0s", StatusCode::UNPROCESSABLE_ENTITY),
        ("800h", StatusCode::UNPROCESSABLE_ENTITY),
        ("2001-01-01T00:00:00Z", StatusCode::UNPROCESSABLE_ENTITY),
        ("soon", StatusCode::BAD_REQUEST),
        ("in 45m", StatusCode::CREATED),
    ];
    for (promise, expected) in cases {
        let mut body = open_body();
        body["next_update_at"] = json!(promise);
        let (status, answer) = post(&world, &token, "/api/v1/incidents", &body).await;
        assert_eq!(status, expected, "{promise}: {answer}");
    }
}

#[tokio::test]
async fn there_is_nothing_to_object_to_where_nothing_is_planned() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let id = world.opened(&token).await;
    let (status, answer) = post(&world, &token, &format!("/api/v1/incidents/{id}/hold"), &json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
}

#[tokio::test]
async fn what_is_over_is_recorded_as_it_was() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let body = json!({
        "environment": "prod1",
        "title": "Mail was late",
        "impact": "minor",
        "from": "2025-02-10T09:00:00Z",
        "until": "2025-02-10T09:40:00Z",
        "body": "Nothing was lost.",
        "components": [{ "key": "api", "state": "degraded_performance" }],
    });
    let (status, recorded) = post(&world, &token, "/api/v1/incidents/backfill", &body).await;
    assert_eq!(status, StatusCode::CREATED, "{recorded}");
    assert_eq!((&recorded["state"], &recorded["open"]), (&json!("resolved"), &json!(false)));
    assert_eq!(recorded["clocks"]["published_at"], "2025-02-10T09:00:00Z");
    assert_eq!(recorded["clocks"]["resolved_at"], "2025-02-10T09:40:00Z");
    assert_eq!(recorded["components"][0]["windows"][0]["until"], "2025-02-10T09:40:00Z");
    let mut lasting = body.clone();
    lasting["until"] = json!("2035-02-10T09:40:00Z");
    let (status, refused) = post(&world, &token, "/api/v1/incidents/backfill", &lasting).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
}

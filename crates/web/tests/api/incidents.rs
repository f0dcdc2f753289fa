//! `/api/v1/incidents` and `/api/v1/incidents/{id}`.

use crate::support::{World, now, open_body};
use axum::http::{Method, StatusCode};
use domain::observation::UpdateObservation;
use domain::{Impact, State};
use serde_json::json;
use web::auth::Scope;
use web::samples::stories;

#[tokio::test]
async fn incidents_are_listed_newest_first() {
    let world = World::told().await;
    let answer = world.get("/api/v1/incidents").await;
    assert_eq!(answer.status, StatusCode::OK);
    insta::assert_snapshot!("incidents", answer.body);
}

#[tokio::test]
async fn an_incident_is_told_by_three_clocks_with_every_version() {
    let world = World::told().await;
    let id = stories::seed_day().incident.id;
    let answer = world.get(&format!("/api/v1/incidents/{id}")).await;
    assert_eq!(answer.status, StatusCode::OK);
    insta::assert_snapshot!("incident", answer.body);
    let answer = world.get(&format!("/api/v1/incidents/{id}/timeline")).await;
    assert_eq!(answer.status, StatusCode::OK);
    insta::assert_snapshot!("timeline", answer.body);
}

#[tokio::test]
async fn filters_narrow_and_a_wrong_one_is_refused_with_the_right_spelling() {
    let world = World::told().await;
    let count = async |query: &str| {
        let answer = world.get(&format!("/api/v1/incidents?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
        answer.json()["incidents"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(count("source=fernwick").await, 1);
    assert_eq!(count("source=kopra").await, 0);
    assert_eq!(count("kind=maintenance").await, 1);
    assert_eq!(count("state=open").await, 1);
    assert_eq!(count("q=poisoned").await, 1);
    assert_eq!(count("q=nothing+of+the+kind").await, 0);
    assert_eq!(count("impact=minor&state=over").await, 1);
    let wrong = world.get("/api/v1/incidents?kind=incidnet").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert_eq!(wrong.json()["error"]["hint"], "did you mean `incident`?");
    let unknown = world.get("/api/v1/incidents?sorce=x").await;
    assert_eq!(unknown.json()["error"]["hint"], "did you mean `source`?");
}

#[tokio::test]
async fn pages_of_a_list_follow_one_another_without_gap_or_repetition() {
    let world = World::empty().await;
    world.watch(&["Fernwick"]).await;
    for number in 0..120 {
        let at = format!("2025-01-{:02}T{:02}:00:00Z", number / 24 + 1, number % 24);
        let update = UpdateObservation { ..stories::update("u", &at, State::Resolved, "It was slow.") };
        let seen = stories::observed(&format!("x{number}"), "Slow", Impact::Minor, vec![update]);
        world.tell(&stories::first_seen("Fernwick", "2025-02-01T00:00:00Z", seen)).await;
    }
    for query in ["", "?q=slow"] {
        let mut ids = Vec::new();
        let mut path = Some(format!("/api/v1/incidents{query}"));
        let mut pages = 0;
        while let Some(next) = path {
            let page = world.get(&next).await.json();
            let incidents = page["incidents"].as_array().expect("a list").clone();
            ids.extend(incidents.iter().map(|incident| incident["id"].to_string()));
            path = page["next"].as_str().map(str::to_owned);
            pages += 1;
        }
        assert_eq!((ids.len(), pages), (120, 3), "{query}");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 120, "{query}");
    }
}

#[tokio::test]
async fn opening_is_answered_with_the_incident_and_shows_everywhere_at_once() {
    let world = World::told().await;
    let before = world.get("/").await;
    assert!(!before.body.contains("Reads stalled"));
    let token = world.token(Scope::Write).await;
    let answer = world.write(Method::POST, "/api/v1/incidents", &token, &open_body()).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    insta::assert_snapshot!("opened", answer.body);
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(answer.header("location"), format!("/api/v1/incidents/{id}"));
    for path in ["/".to_owned(), "/incidents".into(), format!("/incidents/{id}"), "/history.atom".into()] {
        let page = world.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.body.contains("Reads stalled"), "{path}");
    }
    let environments = world.get("/api/v1/environments").await.json();
    assert_eq!(environments["environments"][0]["components"][0]["state"], "partial_outage");
    let timeline = world.get(&format!("/api/v1/incidents/{id}/timeline")).await.json();
    assert_eq!(timeline["entries"][0]["by"], json!({ "kind": "person", "name": "ines" }));
}

#[tokio::test]
async fn a_body_that_cannot_be_understood_says_what_to_change() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let with = |field: &str, value: serde_json::Value| {
        let mut body = open_body();
        body[field] = value;
        body
    };
    let cases = [
        (with("titel", json!("x")), 400, "there is no field `titel`", "did you mean `title`?"),
        (with("environment", json!("prod3")), 400, "`environment` is `prod3`", "did you mean `prod1`?"),
        (with("impact", json!("mayor")), 400, "`impact` is `mayor`", "did you mean `major`?"),
        (with("state", json!("completed")), 422, "state `completed` does not suit", "use `investigating`"),
        (with("began_at", json!("yesterday")), 400, "`began_at` is `yesterday`", "write it as RFC 3339"),
        (with("began_at", json!("2125-01-01T00:00:00Z")), 422, "`began_at` lies in the future", "a true"),
        (with("title", json!("  ")), 422, "`title` is empty", "write something into it"),
        (with("title", json!("x".repeat(300))), 422, "`title` is longer than 256 bytes", "shorten it"),
        (with("kind", json!("maintenance")), 422, "state `investigating` does not", "use `scheduled`"),
        (
            with("components", json!([{ "key": "apy", "state": "operational" }])),
            400,
            "`components[].key` is `apy`",
            "did you mean `api`?",
        ),
    ];
    for (mut body, status, message, hint) in cases {
        if body["kind"] == "maintenance" {
            body["state"] = json!("investigating");
        }
        let answer = world.write(Method::POST, "/api/v1/incidents", &token, &body).await;
        let error = answer.json()["error"].clone();
        assert_eq!(answer.status.as_u16(), status, "{error}");
        assert!(error["message"].as_str().expect("a message").starts_with(message), "{error}");
        assert!(error["hint"].as_str().expect("a hint").starts_with(hint), "{error}");
        assert_eq!(error["request_id"], answer.header("x-request-id"), "{error}");
    }
    assert_eq!(world.get("/api/v1/incidents").await.json()["total"], 0);
}

#[tokio::test]
async fn a_patch_changes_several_things_as_one_and_null_takes_a_time_back() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let id = world.opened(&token).await;
    let path = format!("/api/v1/incidents/{id}");
    let body = json!({ "title": "Slow reads", "impact": "minor", "began_at": "2025-02-12T09:00:00Z" });
    let answer = world.write(Method::PATCH, &path, &token, &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let changed = answer.json();
    assert_eq!((&changed["title"], &changed["impact"]), (&json!("Slow reads"), &json!("minor")));
    assert_eq!(changed["clocks"]["began_at"], "2025-02-12T09:00:00Z");
    let notices = world.store.outbox_stats().await.expect("stats").waiting;
    assert_eq!(notices, 2, "opened, and one correction however much was corrected");
    let answer = world.write(Method::PATCH, &path, &token, &json!({ "began_at": null })).await;
    assert_eq!(answer.json()["clocks"]["began_at"], json!(null));
    let nothing = world.write(Method::PATCH, &path, &token, &json!({})).await;
    assert_eq!((nothing.status, nothing.code().as_str()), (StatusCode::BAD_REQUEST, "invalid"));
    let half = json!({ "title": "New", "ended_at": "2025-02-12T09:00:00Z" });
    let refused = world.write(Method::PATCH, &path, &token, &half).await;
    assert_eq!(refused.code(), "ends_before_it_begins");
    assert_eq!(world.get(&path).await.json()["title"], "Slow reads", "all or nothing");
}

#[tokio::test]
async fn what_a_vendor_told_cannot_be_retitled_but_its_true_window_can_be_set() {
    let world = World::told().await;
    let token = world.token(Scope::Write).await;
    let path = format!("/api/v1/incidents/{}", stories::seed_day().incident.id);
    let refused = world.write(Method::PATCH, &path, &token, &json!({ "title": "Other" })).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::CONFLICT, "belongs_to_vendor"));
    let set = json!({ "ended_at": "2024-12-14T18:20:00Z" });
    let answer = world.write(Method::PATCH, &path, &token, &set).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.json()["clocks"]["began_at"], "2024-12-14T17:00:00Z", "what is absent stays");
}

#[tokio::test]
async fn a_merge_shows_on_both_sides_and_a_withdrawal_can_be_undone() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let (one, other) = (world.opened(&token).await, world.opened(&token).await);
    let path = |id: &str, action: &str| format!("/api/v1/incidents/{id}/{action}");
    let same = world.write(Method::POST, &path(&one, "merge"), &token, &json!({ "into": one })).await;
    assert_eq!(same.code(), "same_incident");
    let merged = world.write(Method::POST, &path(&one, "merge"), &token, &json!({ "into": other })).await;
    assert_eq!(merged.status, StatusCode::OK, "{}", merged.body);
    assert_eq!(merged.json()["merged_into"], other.as_str());
    let stays = world.get(&format!("/api/v1/incidents/{other}")).await.json();
    assert_eq!(stays["absorbed"], json!([one]));
    let late = world.write(Method::POST, &path(&one, "withdraw"), &token, &json!({})).await;
    assert_eq!(late.code(), "not_live");
    let withdrawn = world.write(Method::POST, &path(&other, "withdraw"), &token, &json!({})).await;
    assert_eq!(withdrawn.json()["withdrawn_at"], now().to_string());
    let restored = world.write(Method::POST, &path(&other, "restore"), &token, &json!({})).await;
    assert_eq!((restored.json()["withdrawn_at"].is_null(), restored.status), (true, StatusCode::OK));
    let unknown = world.write(Method::POST, &path("0123456789ab", "withdraw"), &token, &json!({})).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (StatusCode::NOT_FOUND, "not_found"));
}

#[tokio::test]
async fn two_writers_at_once_both_succeed() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let id = world.opened(&token).await;
    let path = format!("/api/v1/incidents/{id}/updates");
    let post = |number: usize| {
        let body = json!({ "body": format!("Update {number}") });
        let (world, path, token) = (&world, &path, &token);
        async move { world.write(Method::POST, path, token, &body).await }
    };
    let answers = futures_util::future::join_all((0..6).map(post)).await;
    for answer in answers {
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    }
    let updates = world.get(&format!("/api/v1/incidents/{id}")).await.json()["updates"].clone();
    assert_eq!(updates.as_array().map(Vec::len), Some(7));
}

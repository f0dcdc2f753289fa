//! `/api/v1/deploys`.

use crate::console::Browser;
use crate::support::{World, now, request};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use web::auth::Scope;
use web::samples::stalls;

const PATH: &str = "/api/v1/deploys";

async fn listed(world: &World, token: &str, query: &str) -> Vec<Value> {
    let bearer = format!("Bearer {token}");
    let answer = world.get_with(&format!("{PATH}{query}"), &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()["deploys"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_deploy_is_marked_and_listed_for_its_environment() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let body = json!({ "environment": "PROD1", "what": " api 4.12 ", "link": "https://ci.example/1" });
    let answer = world.write(Method::POST, PATH, &token, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let marked = answer.json();
    assert_eq!((&marked["environment"], &marked["what"]), (&json!("prod1"), &json!("api 4.12")));
    assert_eq!(marked["at"], json!(now().to_string()));
    assert_eq!(listed(&world, &token, "?environment=prod1").await, [marked]);
    assert_eq!(listed(&world, &token, "?environment=prod2").await, [Value::Null; 0]);
}

#[tokio::test]
async fn only_holders_of_a_token_mark_and_list() {
    let world = World::empty().await;
    let (read, body) = (world.token(Scope::Read).await, json!({ "what": "x" }));
    assert_eq!(world.get(PATH).await.status, StatusCode::UNAUTHORIZED);
    let answer = world.write(Method::POST, PATH, "wk_nonsense", &body).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.write(Method::POST, PATH, &read, &body).await.status, StatusCode::FORBIDDEN);
    assert_eq!(listed(&world, &read, "").await, [Value::Null; 0]);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_the_reason() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let cases = [
        (json!({ "what": "" }), 422, "`what` is empty"),
        (json!({ "what": "x".repeat(201) }), 422, "longer than 200"),
        (json!({ "what": "x", "environment": "prod3" }), 400, "`prod3`"),
        (json!({ "what": "x", "link": "javascript:alert(1)" }), 400, "no address of the web"),
        (json!({ "what": "x", "at": "2099-01-01T00:00:00Z" }), 422, "future"),
        (json!({ "what": "x", "version": "1" }), 400, "no field `version`"),
    ];
    for (body, status, words) in cases {
        let answer = world.write(Method::POST, PATH, &token, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.body);
        assert!(answer.body.contains(words), "{body}: {}", answer.body);
    }
    let huge = json!({ "what": "x".repeat(100_000) });
    let answer = world.write(Method::POST, PATH, &token, &huge).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_same_key_marks_once() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let body = json!({ "what": "api 4.12" });
    let mark =
        async || world.write_with(Method::POST, PATH, &token, &body, &[("idempotency-key", "k1")]).await;
    let (first, second) = (mark().await, mark().await);
    assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::OK));
    assert_eq!(first.json(), second.json());
    assert_eq!(listed(&world, &token, "").await.len(), 1);
}

fn github(environment: &str, state: &str) -> Value {
    json!({
        "deployment": {
            "id": 42, "sha": "0a1b2c3d4e5f", "ref": "v4.12", "environment": environment,
            "created_at": "2025-02-12T09:17:00Z", "creator": { "login": "ines" },
        },
        "deployment_status": { "state": state, "created_at": "2025-02-12T09:19:00Z" },
        "repository": { "full_name": "acme/api", "html_url": "https://git.example/acme/api" },
    })
}

#[tokio::test]
async fn webhooks_mark_a_deploy_once_and_only_those_of_our_environments() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let send = async |event: &str, query: &str, body: &Value| {
        let path = format!("{PATH}{query}");
        world.write_with(Method::POST, &path, &token, body, &[("x-github-event", event)]).await
    };
    let begun = send("deployment", "", &github("PROD1", "pending")).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.body);
    let done = send("deployment_status", "", &github("PROD1", "success")).await;
    assert_eq!((done.status, done.json()), (StatusCode::OK, begun.json()));
    assert_eq!(begun.json()["what"], "acme/api v4.12");
    let elsewhere = send("deployment", "", &github("preview-7", "pending")).await;
    assert_eq!(elsewhere.status, StatusCode::ACCEPTED, "{}", elsewhere.body);
    assert!(elsewhere.body.contains("`preview-7` is no environment of ours"));
    let renamed = send("deployment", "?environment=prod2", &github("production", "pending")).await;
    assert_eq!(renamed.status, StatusCode::OK, "the same deploy: {}", renamed.body);
    assert_eq!(send("ping", "", &json!({ "zen": "" })).await.status, StatusCode::ACCEPTED);
    assert_eq!(send("deployment", "", &json!({ "zen": "" })).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(listed(&world, &token, "").await.len(), 1);
}

#[tokio::test]
async fn gitlab_may_send_the_token_in_the_field_that_it_has_for_a_secret() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let body = json!({
        "object_kind": "deployment", "status": "running", "deployment_id": 15,
        "status_changed_at": "2025-02-12 10:17:00 +0100", "environment": "PROD1",
        "project": { "path_with_namespace": "acme/api" }, "short_sha": "279484c0",
    });
    let headers = [
        ("x-gitlab-event", "Deployment Hook"),
        ("x-gitlab-token", token.as_str()),
        ("content-type", "application/json"),
    ];
    let answer = world.send(request(Method::POST, PATH, &headers, Body::from(body.to_string()))).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert_eq!(answer.json()["at"], "2025-02-12T09:17:00Z");
}

#[tokio::test]
async fn the_console_shows_what_the_watch_saw_and_deploys_and_the_page_does_not() {
    let world = World::empty().await;
    let story = stalls::standing();
    world.tell(&story).await;
    let token = world.token(Scope::Write).await;
    let body = json!({ "environment": "prod1", "what": "web 9.1", "at": "2025-02-12T09:30:00Z" });
    world.write(Method::POST, PATH, &token, &body).await;
    let page = world.get(&format!("/incidents/{}", story.incident.id)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("What the watch saw") && !page.body.contains("web 9.1"), "{}", page.body);
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    let inside = browser.get(&format!("/console/incidents/{}", story.incident.id)).await.body;
    assert!(inside.contains("What the watch saw") && inside.contains("8m before it began"), "{inside}");
}

#[tokio::test]
async fn what_the_watch_judged_is_told_with_its_figures() {
    let world = World::empty().await;
    let story = stalls::led_by_a_person();
    world.tell(&story).await;
    let path = format!("/api/v1/incidents/{}/timeline", story.incident.id);
    let public = world.get(&path).await;
    assert!(!public.body.contains("judged") && !public.body.contains("prod1-crm"), "{}", public.body);
    let authorization = format!("Bearer {}", world.token(Scope::Read).await);
    let answer = world.get_with(&path, &[("authorization", &authorization)]).await;
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let entries = answer.json()["entries"].as_array().expect("entries").clone();
    let judged: Vec<&Value> = entries.iter().filter(|entry| entry["event"]["kind"] == "judged").collect();
    assert!(judged.iter().all(|entry| entry["by"] == json!({ "kind": "watch", "name": "prod1-crm" })));
    let changes: Vec<&Value> = judged.iter().map(|entry| &entry["event"]["change"]).collect();
    assert_eq!(changes, ["began", "moved", "recovered"]);
    assert_eq!(judged[2]["event"]["proposes"], "monitoring");
    insta::assert_json_snapshot!("judged", judged[1]);
}

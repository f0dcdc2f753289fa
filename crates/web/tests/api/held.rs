//! Undo: what is posted with `hold_seconds` is judged at once and leaves later, once, or not at all.

use crate::console::Browser;
use crate::support::{World, open_body};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use web::auth::{NewToken, Scope};

async fn send(world: &World, method: Method, token: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    let answer = world.write(method, path, token, body).await;
    (answer.status, answer.json())
}

async fn held_opening(world: &World, token: &str) -> Value {
    let mut body = open_body();
    body["hold_seconds"] = json!(10);
    let (status, held) = send(world, Method::POST, token, "/api/v1/incidents", &body).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{held}");
    held
}

fn path(held: &Value) -> String {
    format!("/api/v1/held/{}", held["id"].as_str().expect("an id"))
}

async fn total(world: &World) -> Value {
    world.get("/api/v1/incidents").await.json()["total"].clone()
}

#[tokio::test]
async fn nothing_leaves_before_its_time_and_then_it_leaves_once() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let held = held_opening(&world, &token).await;
    assert_eq!(held["state"], "waiting");
    assert_eq!(world.site.run_due_held().await.expect("asked"), 0);
    assert_eq!(total(&world).await, 0);
    world.wait(10);
    assert_eq!(world.site.run_due_held().await.expect("carried out"), 1);
    assert_eq!(world.site.run_due_held().await.expect("asked"), 0);
    let incident =
        world.get(&format!("/api/v1/incidents/{}", held["incident"].as_str().expect("an id"))).await;
    assert_eq!(incident.json()["title"], "Reads stalled");
    let (_, done) = send(&world, Method::POST, &token, &format!("{}/send", path(&held)), &json!({})).await;
    assert_eq!(done["state"], "done");
    let (_, late) = send(&world, Method::DELETE, &token, &path(&held), &json!({})).await;
    assert_eq!(late["state"], "done", "what has left cannot be taken back");
}

#[tokio::test]
async fn what_is_undone_never_leaves_and_what_is_sent_leaves_at_once() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let undone = held_opening(&world, &token).await;
    let (status, answer) = send(&world, Method::DELETE, &token, &path(&undone), &json!({})).await;
    assert_eq!((status, &answer["state"]), (StatusCode::OK, &json!("undone")));
    let sent = held_opening(&world, &token).await;
    let (_, answer) = send(&world, Method::POST, &token, &format!("{}/send", path(&sent)), &json!({})).await;
    assert_eq!(answer["state"], "done");
    world.wait(60);
    assert_eq!(world.site.run_due_held().await.expect("asked"), 0);
    assert_eq!(total(&world).await, 1);
    let reader = world.token(Scope::Read).await;
    let (status, _) = send(&world, Method::DELETE, &reader, &path(&sent), &json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn everybody_sees_of_what_is_held_only_what_is_held_where_they_have_a_role() {
    let world = World::empty().await;
    let everywhere = world.token(Scope::Write).await;
    let only = |slug: &str| NewToken {
        environments: vec![domain::Slug::parse(slug).expect("a slug")],
        ..NewToken::new("lee", Scope::Write, crate::support::now())
    };
    let (first, second) = (world.make_token(only("prod1")).await, world.make_token(only("prod2")).await);
    let opening = held_opening(&world, &first).await;
    let id = world.opened(&everywhere).await;
    let update = json!({ "state": "identified", "body": "Found.", "hold_seconds": 10 });
    let updates = format!("/api/v1/incidents/{id}/updates");
    let (_, updating) = send(&world, Method::POST, &everywhere, &updates, &update).await;
    let listed = async |token: &str| {
        let bearer = format!("Bearer {token}");
        let answer = world.get_with("/api/v1/held", &[("authorization", &bearer)]).await.json();
        let held = answer["held"].as_array().expect("a list").clone();
        held.iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    let both = [opening["id"].clone(), updating["id"].clone()];
    for token in [&everywhere, &first] {
        let seen = listed(token).await;
        assert!(seen.len() == 2 && both.iter().all(|id| seen.contains(id)), "{seen:?}");
    }
    assert_eq!(listed(&second).await, Vec::<Value>::new());
    let mut browser = Browser::new(&world);
    browser.sign_in(&second).await;
    let board = browser.get("/console").await.body;
    assert!(!board.contains("/console/held/"), "{board}");
    let mut browser = Browser::new(&world);
    browser.sign_in(&first).await;
    assert!(browser.get("/console").await.body.contains("/console/held/"));
    assert_eq!(world.get("/api/v1/held").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_it_is_held_and_what_no_longer_can_be_says_why() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let id = world.opened(&token).await;
    let updates = format!("/api/v1/incidents/{id}/updates");
    let mut update = json!({ "state": "completed", "body": "Done.", "hold_seconds": 10 });
    let (status, refused) = send(&world, Method::POST, &token, &updates, &update).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
    update["state"] = json!("identified");
    update["hold_seconds"] = json!(99_999);
    let (status, _) = send(&world, Method::POST, &token, &updates, &update).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    update["hold_seconds"] = json!(10);
    let (status, held) = send(&world, Method::POST, &token, &updates, &update).await;
    assert_eq!((status, &held["incident"]), (StatusCode::ACCEPTED, &json!(id)));
    send(&world, Method::POST, &token, &format!("/api/v1/incidents/{id}/withdraw"), &json!({})).await;
    world.wait(10);
    assert_eq!(world.site.run_due_held().await.expect("tried"), 1);
    let answer = world.get_with(&path(&held), &[("authorization", &format!("Bearer {token}"))]).await.json();
    assert_eq!(answer["state"], "failed");
    assert!(answer["error"].as_str().is_some_and(|error| error.contains("withdrawn")), "{answer}");
}

#[tokio::test]
async fn what_was_posted_by_somebody_who_may_no_more_is_refused_when_its_time_comes() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let held = held_opening(&world, &token).await;
    world.revoke(&token).await;
    world.wait(10);
    assert_eq!(world.site.run_due_held().await.expect("tried"), 1);
    assert_eq!(total(&world).await, 0);
    let admin = format!("Bearer {}", world.token(Scope::Admin).await);
    let answer = world.get_with(&path(&held), &[("authorization", &admin)]).await.json();
    assert_eq!(answer["state"], "failed", "it is on record: {answer}");
    assert!(answer["error"].as_str().is_some_and(|error| error.contains("responder")), "{answer}");
}

#[tokio::test]
async fn a_request_that_is_repeated_under_its_key_is_held_once() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let mut body = open_body();
    body["hold_seconds"] = json!(10);
    let key = [("idempotency-key", "k1")];
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = world.write_with(Method::POST, "/api/v1/incidents", &token, &body, &key).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        ids.push(answer.json()["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    body["title"] = json!("Another");
    let other = world.write_with(Method::POST, "/api/v1/incidents", &token, &body, &key).await;
    assert_eq!(other.status, StatusCode::CONFLICT, "{}", other.body);
    world.wait(10);
    assert_eq!(world.site.run_due_held().await.expect("carried out"), 1);
}

#[tokio::test]
async fn the_ledger_counts_down_and_tells_how_often_a_promise_was_kept() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let mut body = open_body();
    body["next_update_at"] = json!("30m");
    let (_, opened) = send(&world, Method::POST, &token, "/api/v1/incidents", &body).await;
    let id = opened["id"].as_str().expect("an id");
    let bearer = format!("Bearer {token}");
    let ledger = async || world.get_with("/api/v1/promises", &[("authorization", &bearer)]).await.json();
    world.wait(600);
    let now = ledger().await;
    assert_eq!(now["pending"][0]["incident"], id);
    assert_eq!(now["pending"][0]["seconds_left"], 1_200);
    assert_eq!(now["kept"][0]["share"], Value::Null);
    let updates = format!("/api/v1/incidents/{id}/updates");
    let update = json!({ "state": "identified", "body": "Found.", "next_update_at": "10m" });
    send(&world, Method::POST, &token, &updates, &update).await;
    world.wait(1_800);
    let now = ledger().await;
    assert_eq!(now["pending"][0]["seconds_left"], -1_200);
    assert_eq!((&now["kept"][0]["kept"], &now["kept"][0]["due"]), (&json!(1), &json!(2)));
    let resolved = json!({ "state": "resolved", "body": "Over." });
    send(&world, Method::POST, &token, &updates, &resolved).await;
    let now = ledger().await;
    assert_eq!(now["pending"], json!([]));
    assert_eq!(now["kept"][1]["share"], 0.5);
    assert_eq!(now["weeks"][11]["due"], 2);
    assert_eq!(world.get("/api/v1/promises").await.status, StatusCode::UNAUTHORIZED);
}

//! `Idempotency-Key`: asking twice does it once.

use crate::support::{World, open_body};
use axum::http::{Method, StatusCode};
use serde_json::json;
use web::auth::Scope;

const PATH: &str = "/api/v1/incidents";

#[tokio::test]
async fn the_same_key_again_gives_the_first_answer_and_does_nothing() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let key = [("idempotency-key", "k1")];
    let first = world.write_with(Method::POST, PATH, &token, &open_body(), &key).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let id = first.json()["id"].as_str().expect("an id").to_owned();
    world.wait(3_600);
    let path = format!("{PATH}/{id}/updates");
    world.write(Method::POST, &path, &token, &json!({ "state": "resolved", "body": "Over." })).await;
    let again = world.write_with(Method::POST, PATH, &token, &open_body(), &key).await;
    assert_eq!((again.status, again.body), (first.status, first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(world.get(PATH).await.json()["total"], 1);
}

#[tokio::test]
async fn a_repeated_update_is_not_refused_as_a_second_one() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let id = world.opened(&token).await;
    let path = format!("{PATH}/{id}/withdraw");
    let key = [("idempotency-key", "k1")];
    let first = world.write_with(Method::POST, &path, &token, &json!({}), &key).await;
    let again = world.write_with(Method::POST, &path, &token, &json!({}), &key).await;
    assert_eq!((first.status, again.status), (StatusCode::OK, StatusCode::OK), "{}", again.body);
    assert_eq!(first.body, again.body);
}

#[tokio::test]
async fn the_same_key_for_another_request_is_refused_and_another_caller_may_use_it() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let key = [("idempotency-key", "k1")];
    world.write_with(Method::POST, PATH, &token, &open_body(), &key).await;
    let mut other = open_body();
    other["title"] = json!("Writes stalled");
    let reused = world.write_with(Method::POST, PATH, &token, &other, &key).await;
    assert_eq!((reused.status, reused.code().as_str()), (StatusCode::CONFLICT, "key_reused"));
    let somebody = world.token(Scope::Write).await;
    let theirs = world.write_with(Method::POST, PATH, &somebody, &other, &key).await;
    assert_eq!(theirs.status, StatusCode::CREATED, "{}", theirs.body);
    for wrong in ["", &"x".repeat(201)] {
        let answer =
            world.write_with(Method::POST, PATH, &token, &other, &[("idempotency-key", wrong)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
}

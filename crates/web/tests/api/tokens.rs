//! Who may do what.

use crate::support::{World, now, open_body, request};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use web::auth::Scope;

const PATH: &str = "/api/v1/incidents";

#[tokio::test]
async fn without_a_token_that_reaches_so_far_nothing_changes() {
    let world = World::empty().await;
    let reader = world.token(Scope::Read).await;
    let ended = world.token_until(Scope::Admin, Some(now())).await;
    let revoked = world.token(Scope::Admin).await;
    world.revoke(&revoked).await;
    let unknown = web::auth::token::make(&[9; 38]).1;
    let mut misspelt = unknown.clone();
    misspelt.replace_range(20..21, if &misspelt[20..21] == "0" { "1" } else { "0" });
    let mut refusals = Vec::new();
    for token in [&ended, &revoked, &unknown, &misspelt, "", "wk_"] {
        let answer = world.write(Method::POST, PATH, token, &open_body()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        refusals.push(answer.json()["error"]["message"].to_string());
    }
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "unknown, ended and revoked read the same");
    let answer = world.write(Method::POST, PATH, &reader, &open_body()).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::FORBIDDEN, "forbidden"));
    let none = world.send(request(Method::POST, PATH, &[], Body::empty())).await;
    assert_eq!(none.status, StatusCode::UNAUTHORIZED);
    let basic = [("authorization", "Basic aW5lczppbmVz")];
    assert_eq!(
        world.send(request(Method::POST, PATH, &basic, Body::empty())).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(world.get(PATH).await.json()["total"], 0);
}

#[tokio::test]
async fn every_address_that_changes_something_asks_for_a_token() {
    let world = World::empty().await;
    let document: serde_json::Value = serde_json::from_str(&web::openapi()).expect("JSON");
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in ["post", "put", "patch", "delete"] {
            if item[method].is_null() {
                continue;
            }
            let path = path.replace("{id}", "0123456789ab").replace("{update}", "u1");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let answer = world.send(request(method, &path, &[], Body::from("{}"))).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
            asked += 1;
        }
    }
    assert!(asked >= 15, "{asked}");
}

#[tokio::test]
async fn the_last_use_of_a_token_is_noted_to_the_minute() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    world.opened(&token).await;
    let used = async || world.store.list_tokens().await.expect("tokens")[0].last_used_at;
    assert_eq!(used().await, Some(now()));
    world.wait(30);
    world.opened(&token).await;
    assert_eq!(used().await, Some(now()));
    world.wait(30);
    world.opened(&token).await;
    assert_ne!(used().await, Some(now()));
}

//! The database is gone: what was rendered is served and says of when it is, and nothing is promised.

use crate::support::{World, open_body};
use axum::http::{Method, StatusCode};
use web::auth::Scope;
use web::samples::stories;

fn pages() -> Vec<String> {
    let incident = stories::seed_day().incident.id;
    let mut pages: Vec<String> = [
        "/",
        "/vendors",
        "/vendors/fernwick",
        "/vendors/fernwick/raw",
        "/incidents",
        "/history.atom",
        "/api/v1/status",
        "/api/v1/vendors",
        "/api/v1/vendors/kopra",
        "/api/v1/vendors/kopra/incidents",
        "/api/v1/incidents",
        "/api/v1/environments",
    ]
    .map(str::to_owned)
    .into();
    pages.extend([format!("/incidents/{incident}"), format!("/api/v1/incidents/{incident}")]);
    pages
}

#[tokio::test]
async fn every_page_that_was_rendered_is_served_with_its_age() {
    let world = World::told().await;
    world.site.warm().await;
    let before = world.get("/").await;
    world.store.close().await;
    for seconds in [5, 15, 60, 86_400] {
        world.wait(seconds);
        for path in pages() {
            let answer = world.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path} after {seconds} s: {}", answer.body);
        }
    }
    let old = world.get("/").await;
    assert_eq!(old.body, before.body, "its own time is printed in it");
    assert_eq!(old.header("x-watchkeeper-as-of"), crate::support::now().to_string());
}

#[tokio::test]
async fn lists_go_on_answering_from_memory_and_a_page_never_rendered_says_so() {
    let world = World::told().await;
    assert_eq!(world.get("/").await.status, StatusCode::OK);
    world.store.close().await;
    world.wait(60);
    let list = world.get("/incidents?source=fernwick").await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.body.contains(&stories::seed_day().incident.title), "{}", list.body);
    assert_eq!(list.header("x-watchkeeper-as-of"), crate::support::now().to_string());
    let unseen = world.get(&format!("/incidents/{}", stories::seed_day().incident.id)).await;
    assert_eq!(unseen.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(unseen.header("retry-after"), "5");
    assert!(unseen.body.contains("The database does not answer."), "{}", unseen.body);
    let search = world.get("/api/v1/incidents?q=slow").await;
    assert_eq!((search.status, search.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
}

#[tokio::test]
async fn writing_is_refused_with_a_time_to_come_back() {
    let world = World::told().await;
    let token = world.token(Scope::Write).await;
    world.store.close().await;
    let answer = world.write(Method::POST, "/api/v1/incidents", &token, &open_body()).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
    assert_eq!(answer.header("retry-after"), "5");
    assert!(!answer.body.contains("pool"), "what is inside stays inside: {}", answer.body);
    assert_eq!(world.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.get("/healthz").await.status, StatusCode::OK);
    let metrics = world.get("/metrics").await;
    assert_eq!(metrics.status, StatusCode::OK);
    assert!(metrics.body.contains("watchkeeper_store_up 0\n"), "{}", metrics.body);
}

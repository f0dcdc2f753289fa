//! `/history.atom`.

use crate::support::{World, request};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use web::samples::stories;

#[tokio::test]
async fn our_own_incidents_are_a_feed_with_paths_where_no_address_is_known() {
    let world = World::told().await;
    let request = request(Method::GET, "/history.atom", &[("host", "evil.example")], Body::empty());
    let answer = world.send(request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/atom+xml; charset=utf-8");
    assert!(!answer.body.contains("evil"));
    insta::assert_snapshot!("feed", answer.body);
}

#[tokio::test]
async fn identifiers_stay_when_the_site_gets_an_address() {
    let without = World::told().await;
    let with = World::with_url(Some("https://status.harbour.example")).await;
    with.tell(&stories::own_open()).await;
    with.tell(&stories::own_maintenance()).await;
    let (without, with) = (without.get("/history.atom").await.body, with.get("/history.atom").await.body);
    let ids = |feed: &str| -> Vec<String> {
        feed.lines().filter(|line| line.contains("<id>")).map(str::to_owned).collect()
    };
    assert_eq!(ids(&without), ids(&with));
    let id = stories::own_open().incident.id;
    assert!(with.contains(&format!("https://status.harbour.example/incidents/{id}")), "{with}");
}

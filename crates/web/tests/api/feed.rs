//! `/history.atom`, and the same as RSS and as a JSON Feed.

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

#[tokio::test]
async fn the_feed_says_the_same_in_every_format() {
    let world = World::with_url(Some("https://status.harbour.example")).await;
    world.tell(&stories::own_open()).await;
    world.tell(&stories::own_maintenance()).await;
    let atom = world.get("/history.atom").await;
    let (rss, json) = (world.get("/history.rss").await, world.get("/feed.json").await);
    assert_eq!(rss.header("content-type"), "application/rss+xml; charset=utf-8");
    assert_eq!(json.header("content-type"), "application/feed+json");
    let json = json.json();
    assert_eq!(json["version"], "https://jsonfeed.org/version/1.1");
    let items = json["items"].as_array().expect("items");
    assert_eq!(items.len(), 2);
    for item in items {
        let (id, url) = (item["id"].as_str().expect("an id"), item["url"].as_str().expect("a URL"));
        assert!(url.starts_with("https://status.harbour.example/incidents/"), "{url}");
        assert!(atom.body.contains(&format!("<id>{id}</id>")), "{id}");
        assert!(rss.body.contains(&format!("<guid isPermaLink=\"false\">{id}</guid>")), "{id}");
        assert!(rss.body.contains(&format!("<link>{url}</link>")), "{url}");
    }
    assert!(rss.body.contains("href=\"https://status.harbour.example/history.rss\""), "{}", rss.body);
    assert_eq!(json["feed_url"], "https://status.harbour.example/feed.json");
}

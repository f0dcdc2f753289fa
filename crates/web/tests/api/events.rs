//! `/events`: which pages changed, as it happens.

use crate::support::{World, request};
use axum::body::{Body, BodyDataStream};
use axum::http::{Method, StatusCode};
use futures_util::StreamExt;
use tower::ServiceExt;
use web::auth::Scope;

async fn subscribe(world: &World) -> BodyDataStream {
    subscribe_to(world, "/events").await
}

pub(crate) async fn subscribe_to(world: &World, path: &str) -> BodyDataStream {
    let request = request(Method::GET, path, &[], Body::empty());
    let response = world.router.clone().oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let mut stream = response.into_body().into_data_stream();
    let hello = next(&mut stream).await;
    assert!(hello.contains("retry: 3000"), "{hello}");
    stream
}

pub(crate) async fn next(stream: &mut BodyDataStream) -> String {
    let bytes = stream.next().await.expect("the stream goes on").expect("no error");
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[tokio::test]
async fn a_commit_is_told_to_those_who_look() {
    let world = World::told().await;
    let mut stream = subscribe(&world).await;
    let token = world.token(Scope::Write).await;
    let id = world.opened(&token).await;
    let message = next(&mut stream).await;
    let data = message.strip_prefix("data: ").expect("an event").trim();
    let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
    let paths: Vec<&str> =
        data["paths"].as_array().expect("paths").iter().filter_map(|p| p.as_str()).collect();
    for path in ["/", "/incidents", &format!("/incidents/{id}")] {
        assert!(paths.contains(&path), "{paths:?}");
    }
    assert!(!paths.iter().any(|path| path.starts_with("/api")), "{paths:?}");
}

#[tokio::test]
async fn a_reader_who_lags_behind_is_told_that_everything_changed() {
    let world = World::told().await;
    let mut stream = subscribe(&world).await;
    let change = web::Change::Incident(web::samples::stories::own_open().incident.id);
    for _ in 0..100 {
        world.site.changed(std::slice::from_ref(&change)).await.expect("rendered");
    }
    assert_eq!(next(&mut stream).await.trim(), r#"data: {"paths":["*"]}"#);
}

#[tokio::test]
async fn places_are_bounded_and_given_back_and_closing_ends_every_stream() {
    let world = World::empty().await;
    let mut streams = Vec::new();
    for _ in 0..512 {
        streams.push(subscribe(&world).await);
    }
    let full = world.get("/events").await;
    assert_eq!(full.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(full.header("retry-after"), "5");
    streams.pop();
    let mut last = subscribe(&world).await;
    world.site.close();
    assert!(last.next().await.is_none());
    drop(streams);
    assert_eq!(world.get("/events").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

//! `/api/v1/databases` and below: watched databases, for those who hold a token.

use crate::support::{World, now, request};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use futures_util::StreamExt;
use std::sync::Arc;
use store::Reading;
use tower::ServiceExt;
use web::auth::Scope;
use web::samples::reads;

/// A site that watches, and a header that opens it.
async fn watching() -> (World, String) {
    let world = World::empty().await;
    reads::tell(world.site.live());
    let token = world.token(Scope::Read).await;
    (world, format!("Bearer {token}"))
}

#[tokio::test]
async fn nothing_of_a_watched_database_is_shown_without_a_token() {
    let (world, bearer) = watching().await;
    let root = "/api/v1/databases";
    let node = reads::NODES[0];
    let paths = [
        root.to_owned(),
        format!("{root}/prod1"),
        format!("{root}/prod1/live"),
        format!("{root}/prod1/series?node={node}"),
        format!("{root}/nowhere"),
    ];
    for path in paths {
        for headers in
            [vec![], vec![("authorization", "Bearer wk_nonsense")], vec![("cookie", "watchkeeper=0")]]
        {
            let answer = world.get_with(&path, &headers).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
            assert!(!answer.body.contains("crm") && !answer.body.contains("mongo"), "{}", answer.body);
        }
    }
    let unknown = world.get_with("/api/v1/databases/nowhere", &[("authorization", &bearer)]).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (StatusCode::NOT_FOUND, "not_found"));
}

#[tokio::test]
async fn a_database_is_told_as_it_is_now() {
    let (world, bearer) = watching().await;
    let list = world.get_with("/api/v1/databases", &[("authorization", &bearer)]).await;
    assert_eq!(list.header("cache-control"), "no-store");
    insta::assert_json_snapshot!("databases", list.json());
    let one = world.get_with("/api/v1/databases/prod1", &[("authorization", &bearer)]).await.json();
    assert_eq!(one, list.json()["databases"][0]);
    world.wait(60);
    let later = world.get_with("/api/v1/databases/prod2", &[("authorization", &bearer)]).await.json();
    assert_eq!(later["condition"], "unknown", "nothing was heard for a minute");
}

#[tokio::test]
async fn series_come_from_what_is_kept() {
    let (world, bearer) = watching().await;
    let node = reads::NODES[0];
    let readings =
        (0..120).map(|ago| Reading { at: reads::ago(ago), frame: reads::frame(0, ago, true) }).collect();
    world.store.keep_readings("prod1", &[(Arc::from(node), readings)]).await.expect("kept");
    let ask = async |query: &str| {
        let path = format!("/api/v1/databases/prod1/series?node={node}&{query}");
        world.get_with(&path, &[("authorization", &bearer)]).await
    };
    let answer = ask("series=hot_read_ms,reads_per_s").await.json();
    assert_eq!(answer["step_s"], 1);
    assert_eq!(answer["series"].as_array().map(Vec::len), Some(2));
    let hot = &answer["series"][0];
    assert_eq!(hot["name"], "hot_read_ms");
    // A window ends before its last instant, which is now.
    assert_eq!(hot["at"].as_array().map(Vec::len), Some(119));
    assert_eq!(hot["at"][0], now().as_second() - 119);
    let minutes = ask("series=hot_read_ms&step=60").await.json();
    assert_eq!(minutes["series"][0]["greatest"][1], 30_000.0);
    assert_eq!(ask("series=nonsense").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(ask("").await.json()["series"].as_array().map(Vec::len), Some(19));
}

#[tokio::test]
async fn a_stream_begins_with_everything_and_ends_after_an_hour() {
    let (world, bearer) = watching().await;
    let headers = [("authorization", bearer.as_str())];
    let request = request(Method::GET, "/api/v1/databases/prod1/live", &headers, Body::empty());
    let response = world.router.clone().oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let mut stream = response.into_body().into_data_stream();
    let mut next = async || {
        let bytes = stream.next().await?.expect("no error");
        Some(String::from_utf8(bytes.to_vec()).expect("text"))
    };
    let begin = next().await.expect("a message");
    let data = begin.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
    let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(data["database"]["condition"], "stall");
    let history = &data["history"][reads::NODES[0]];
    assert_eq!(history["at"].as_array().map(Vec::len), Some(600));
    assert_eq!(history["values"]["hot_read_ms"].as_array().map(Vec::len), Some(600));
    world.site.live().verdict("prod1", None);
    let verdict = next().await.expect("a message");
    assert!(verdict.contains("event: verdict") && verdict.contains("data: null"), "{verdict}");
    world.wait(3_600);
    world.site.live().frames("prod1", now(), &[(Arc::from("a:27017"), reads::frame(0, 0, false))]);
    assert_eq!(next().await, None, "the reader has to say again who it is");
}

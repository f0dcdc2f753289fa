//! `/healthz`, `/readyz`, `/metrics`, `/robots.txt`.

use crate::support::World;
use axum::http::StatusCode;
use web::auth::Scope;

#[tokio::test]
async fn the_services_answer() {
    let world = World::told().await;
    for path in ["/healthz", "/readyz", "/robots.txt"] {
        let answer = world.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    }
    assert!(world.get("/robots.txt").await.body.contains("Disallow: /console\n"));
}

#[tokio::test]
async fn metrics_count_with_words_of_ours_only() {
    let world = World::told().await;
    world.get("/").await;
    world.get("/evil-path-made-up").await;
    world.get("/api/v1/status").await;
    let authorization = format!("Bearer {}", world.token(Scope::Read).await);
    let metrics = world.get_with("/metrics", &[("authorization", authorization.as_str())]).await;
    assert!(!metrics.body.contains("evil"));
    // Compressed sizes belong to the pages, not to this list.
    let lines = metrics.body.lines().filter(|line| !line.starts_with("watchkeeper_cache_bytes"));
    insta::assert_snapshot!("metrics", lines.collect::<Vec<_>>().join("\n"));
}

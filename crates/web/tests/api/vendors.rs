//! `/api/v1/vendors` and below, `/vendors` and below.

use crate::support::World;
use axum::http::StatusCode;
use web::samples::stories;

#[tokio::test]
async fn vendors_are_listed_and_told_one_by_one() {
    let world = World::told().await;
    for (name, path) in
        [("vendors", "/api/v1/vendors"), ("vendor_incidents", "/api/v1/vendors/fernwick/incidents")]
    {
        let answer = world.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        insta::assert_snapshot!(name, answer.body);
    }
    let mut vendor = world.get("/api/v1/vendors/fernwick").await.json();
    assert_eq!(vendor["days"].as_array().map(Vec::len), Some(90));
    vendor["days"] = vendor["days"].as_array().expect("days")[88..].into();
    insta::assert_json_snapshot!("vendor", vendor);
}

#[tokio::test]
async fn a_vendor_that_is_not_watched_is_not_found() {
    let world = World::told().await;
    for path in ["/api/v1/vendors/acme", "/api/v1/vendors/acme/incidents", "/api/v1/vendors/A%20b"] {
        let answer = world.get(path).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "not_found"), "{path}");
    }
    for path in ["/vendors/acme", "/vendors/acme/raw", "/vendors/acme/raw/00", "/vendors/acme/incidents/x"] {
        let answer = world.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
    }
}

#[tokio::test]
async fn an_incident_named_with_its_vendor_leads_to_its_one_page() {
    let world = World::told().await;
    let id = stories::seed_day().incident.id;
    let answer = world.get(&format!("/vendors/fernwick/incidents/{id}")).await;
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(answer.header("location"), format!("/incidents/{id}"));
    let other = world.get(&format!("/vendors/kopra/incidents/{id}")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_raw_body_comes_as_harmless_text_and_only_from_its_vendor() {
    let world = World::told().await;
    let slug = domain::Slug::parse("fernwick").expect("a slug");
    let history = world.store.raw_history(&slug, "https://status.example/summary.json").await.expect("kept");
    let hash = history[0].body_sha256.iter().fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
    let list = world.get("/vendors/fernwick/raw").await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.body.contains(&hash[..12]), "{}", list.body);
    let answer = world.get(&format!("/vendors/fernwick/raw/{hash}")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, "{\"page\":\"<script>alert(1)</script>\"}");
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(answer.header("content-security-policy").contains("sandbox"));
    assert!(answer.header("content-disposition").starts_with("attachment"));
    for hash in ["0".repeat(64), "x".repeat(64), hash.to_uppercase(), hash[..63].to_owned()] {
        assert_eq!(world.get(&format!("/vendors/fernwick/raw/{hash}")).await.status, StatusCode::NOT_FOUND);
    }
    world.watch(&["Kopra"]).await;
    world.wait(60);
    let gone = world.get(&format!("/vendors/fernwick/raw/{hash}")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_vendors_page_answers_questions_without_keeping_the_answers() {
    let world = World::told().await;
    let all = world.get("/vendors").await;
    assert!(all.body.contains("Fernwick") && all.body.contains("Kopra"), "{}", all.body);
    let some = world.get("/vendors?q=fern").await;
    assert_eq!(some.status, StatusCode::OK);
    assert!(some.body.contains("Fernwick") && !some.body.contains("/vendors/kopra"), "{}", some.body);
}

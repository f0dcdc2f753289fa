//! `/api/v2`: the documents of Statuspage, served from memory.

use crate::support::{World, open_body, request};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;
use web::auth::Scope;
use web::compat::Document;

#[tokio::test]
async fn every_document_is_there_and_pages_of_others_may_read_it() {
    let world = World::told().await;
    for document in Document::LISTS {
        let answer = world.get(&document.path()).await;
        assert_eq!(answer.status, StatusCode::OK, "{document:?}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(answer.json()["page"]["name"], "Harbour");
    }
    let asked = request(Method::OPTIONS, "/api/v2/summary.json", &[], Body::empty());
    let answer = world.send(asked).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (StatusCode::NO_CONTENT, "*"));
}

#[tokio::test]
async fn a_summary_tells_our_own_and_nothing_of_vendors() {
    let world = World::told().await;
    let summary = world.get("/api/v2/summary.json").await.json();
    assert_eq!(summary["incidents"][0]["name"], "Orders are confirmed late");
    assert_eq!(summary["incidents"][0]["components"][0]["name"], "Order intake");
    assert_eq!(summary["scheduled_maintenances"][0]["status"], "scheduled");
    assert!(!summary.to_string().contains("Fernwick"));
    let id = summary["incidents"][0]["id"].as_str().expect("an id").to_owned();
    for path in [format!("/api/v2/incidents/{id}.json"), format!("/incidents/{id}.json")] {
        assert_eq!(world.get(&path).await.json()["id"], id.as_str(), "{path}");
    }
    assert_eq!(world.get("/api/v2/incidents/0123456789ab.json").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_was_posted_is_there_at_once_and_in_its_list() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    assert_eq!(world.get("/api/v2/incidents/unresolved.json").await.json()["incidents"], json!([]));
    let before = world.get("/api/v2/status.json").await.json();
    assert_eq!(before["status"]["state"], "unknown");

    let id = world.opened(&token).await;
    let open = world.get("/api/v2/incidents/unresolved.json").await.json();
    assert_eq!(open["incidents"][0]["id"], id.as_str());
    let components = world.get("/api/v2/components.json").await.json();
    let api = components["components"].as_array().expect("a list").iter().find(|one| one["name"] == "API");
    assert_eq!(api.expect("configured")["status"], "partial_outage");

    let resolved = json!({ "state": "resolved", "body": "Over." });
    world.write(Method::POST, &format!("/api/v1/incidents/{id}/updates"), &token, &resolved).await;
    assert_eq!(world.get("/api/v2/incidents/unresolved.json").await.json()["incidents"], json!([]));
    let history = world.get("/api/v2/incidents.json").await.json();
    assert_eq!(history["incidents"][0]["status"], "resolved");
    assert_eq!(history["incidents"][0]["incident_updates"][0]["status"], "resolved");
}

#[tokio::test]
async fn a_list_ends_after_fifty() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    for _ in 0..51 {
        world.write(Method::POST, "/api/v1/incidents", &token, &open_body()).await;
    }
    let history = world.get("/api/v2/incidents.json").await.json();
    assert_eq!(history["incidents"].as_array().map(Vec::len), Some(50));
}

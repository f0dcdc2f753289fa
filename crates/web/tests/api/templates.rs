//! Templates: the same in the console and for programs.

use crate::console::Browser;
use crate::support::{World, now};
use axum::http::{Method, StatusCode};
use serde_json::json;
use web::auth::{NewToken, Scope};

#[tokio::test]
async fn a_program_opens_an_incident_from_a_template_and_says_only_what_is_different() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let body = json!({ "template": "Slow reads", "environment": "prod1", "impact": "major" });
    let opened = world.write(Method::POST, "/api/v1/incidents", &token, &body).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.body);
    let incident = opened.json();
    assert_eq!((&incident["title"], &incident["impact"]), (&json!("Reads are slow"), &json!("major")));
    assert_eq!(incident["updates"][0]["body"], "Some reads are slow. We are looking.");
    assert_eq!(incident["components"][0]["name"], "API");
}

#[tokio::test]
async fn a_template_that_there_is_not_is_told_with_the_nearest() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let body = json!({ "template": "slow-read" });
    let refused = world.write(Method::POST, "/api/v1/incidents", &token, &body).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.body.contains("did you mean `slow-reads`?"), "{}", refused.body);
    let nothing = world.write(Method::POST, "/api/v1/incidents", &token, &json!({})).await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST, "without one, the environment is missing");
}

#[tokio::test]
async fn the_form_is_filled_with_a_template_and_an_address_may_say_otherwise() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    let board = browser.get("/console").await.body;
    assert!(board.contains("/console?template=slow-reads#open-title"), "{board}");
    let filled = browser.get("/console?template=slow-reads&environment=prod1&title=Slow+again").await.body;
    for part in ["value=\"Slow again\"", "Some reads are slow. We are looking.", "value=\"minor\" selected"] {
        assert!(filled.contains(part), "{part} in {filled}");
    }
    let component = filled.split("name=\"component.prod1.api\"").nth(1).expect("the field");
    let component = component.split("</select>").next().expect("its end");
    assert!(component.contains("value=\"degraded_performance\" selected"), "{component}");
}

#[tokio::test]
async fn the_board_shows_what_is_asked_for() {
    let world = World::told().await;
    let token = world.make_token(NewToken::new("ada", Scope::Write, now())).await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    let listed = async |browser: &mut Browser<'_>, query: &str| {
        let body = browser.get(&format!("/console{query}")).await.body;
        let part = body.split("data-part=\"board\"").nth(1).expect("the list");
        part.split("data-part=\"preview\"").next().expect("its end").matches("data-key=\"u\"").count()
    };
    assert_eq!(listed(&mut browser, "").await, 2);
    for (query, expected) in [
        ("?is=scheduled", 1),
        ("?for=internal", 0),
        ("?for=public", 2),
        ("?q=no+such+words", 0),
        ("?in=nowhere", 0),
        ("?is=no-such-state", 2),
    ] {
        assert_eq!(listed(&mut browser, query).await, expected, "{query}");
    }
    assert_eq!(listed(&mut browser, "?mine=1").await, 0, "others wrote them");
    let body = json!({ "template": "slow-reads", "environment": "prod2" });
    assert_eq!(
        world.write(Method::POST, "/api/v1/incidents", &token, &body).await.status,
        StatusCode::CREATED
    );
    assert_eq!(listed(&mut browser, "?mine=1&in=prod2").await, 1);
}

#[tokio::test]
async fn the_next_update_is_looked_at_before_it_is_posted() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let body = json!({ "template": "slow-reads", "environment": "prod1" });
    let opened = world.write(Method::POST, "/api/v1/incidents", &token, &body).await.json();
    let id = opened["id"].as_str().expect("an id");
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    browser.get(&format!("/console/incidents/{id}")).await;
    let path = format!("/console/incidents/{id}/preview");
    let shown = browser.post(&path, &[("state", "identified"), ("body", "**A full** disk.")]).await;
    assert_eq!(shown.status, StatusCode::OK);
    for part in ["<strong>A full</strong> disk.", "Identified: Reads are slow (PROD1)"] {
        assert!(shown.body.contains(part), "{part} in {}", shown.body);
    }
    let refused = browser.post(&path, &[("state", "identified"), ("body", "")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let after = world.get(&format!("/api/v1/incidents/{id}")).await.json();
    assert_eq!(after["updates"].as_array().map(Vec::len), Some(1), "nothing was kept");
}

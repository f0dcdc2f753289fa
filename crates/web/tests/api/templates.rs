//! Templates: the same in the console and for programs.

use crate::console::Browser;
use crate::support::{World, now};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
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

fn full_disk() -> Value {
    json!({
        "name": "Full disk", "title": "A disk is full", "impact": "major", "environments": ["prod1"],
        "components": { "API": "partial_outage" },
        "texts": { "investigating": "A disk fills.", "resolved": "There is room again." },
    })
}

#[tokio::test]
async fn programs_write_templates_open_from_them_and_take_the_words_of_updates() {
    let world = World::empty().await;
    let (admin, writer) = (world.token(Scope::Admin).await, world.token(Scope::Write).await);
    let path = "/api/v1/templates/full-disk";
    assert_eq!(world.write(Method::PUT, path, &writer, &full_disk()).await.status, StatusCode::FORBIDDEN);
    let saved = world.write(Method::PUT, path, &admin, &full_disk()).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    let bearer = format!("Bearer {writer}");
    let listed = world.get_with("/api/v1/templates", &[("authorization", &bearer)]).await.json();
    let slugs = |place: usize| listed["templates"][place]["slug"].clone();
    assert_eq!((slugs(0), slugs(1)), (json!("slow-reads"), json!("full-disk")));
    assert_eq!(listed["templates"][0]["configured"], true);
    assert_eq!(listed["templates"][1]["components"], full_disk()["components"]);
    let opening = json!({ "template": "Full disk" });
    let opened = world.write(Method::POST, "/api/v1/incidents", &writer, &opening).await.json();
    assert_eq!(
        (&opened["title"], &opened["updates"][0]["body"]),
        (&json!("A disk is full"), &json!("A disk fills."))
    );
    let updates = format!("/api/v1/incidents/{}/updates", opened["id"].as_str().expect("an id"));
    let unsaid = json!({ "template": "Full disk", "state": "identified" });
    let refused = world.write(Method::POST, &updates, &writer, &unsaid).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.body.contains("no text for `identified`"), "{}", refused.body);
    let resolving = json!({ "template": "Full disk", "state": "resolved", "hold_seconds": 10 });
    let held = world.write(Method::POST, &updates, &writer, &resolving).await;
    assert_eq!(held.status, StatusCode::ACCEPTED, "{}", held.body);
    assert_eq!(world.write(Method::DELETE, path, &admin, &json!({})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.write(Method::DELETE, path, &admin, &json!({})).await.status, StatusCode::NOT_FOUND);
    world.wait(10);
    world.site.run_due_held().await.expect("carried out");
    let incident = world.get(&updates.replace("/updates", "")).await.json();
    assert_eq!(incident["updates"][1]["body"], "There is room again.", "what was held stands without it");
}

#[tokio::test]
async fn a_template_that_cannot_be_is_refused_with_its_field() {
    let world = World::empty().await;
    let admin = world.token(Scope::Admin).await;
    for (field, value, told) in [
        ("name", json!(" "), "`name` is empty"),
        ("impact", json!("huge"), "`impact` is `huge`"),
        ("environments", json!(["prod9"]), "`environments` is `prod9`"),
        ("components", json!({ "API": "broken" }), "`components` is `broken`"),
        ("texts", json!({ "gone": "x" }), "`texts` is `gone`"),
        ("title", json!("a\nb"), "`title` is"),
        ("titel", json!("x"), "did you mean `title`?"),
    ] {
        let mut body = full_disk();
        body[field] = value;
        let refused = world.write(Method::PUT, "/api/v1/templates/full-disk", &admin, &body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{field}: {}", refused.body);
        assert!(refused.body.contains(told), "{told}: {}", refused.body);
    }
    let fixed = world.write(Method::PUT, "/api/v1/templates/slow-reads", &admin, &full_disk()).await;
    assert!(fixed.body.contains("in the configuration"), "{}", fixed.body);
}

#[tokio::test]
async fn the_console_writes_templates_and_fills_the_next_update_with_their_words() {
    let world = World::empty().await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&world.token(Scope::Admin).await).await;
    assert!(browser.get("/console").await.body.contains("/console/templates"));
    browser.get("/console/templates").await;
    let mut fields = vec![
        ("name", "Full disk"),
        ("kind", "incident"),
        ("impact", "major"),
        ("components", "API=broken"),
        ("text.resolved", "There is room again."),
    ];
    let refused = browser.post("/console/templates/add", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("API=broken") && refused.body.contains("There is room again."));
    fields[3].1 = "API=partial_outage";
    let added = browser.post("/console/templates/add", &fields).await;
    assert!(added.body.contains("Full disk is there"), "{}", added.body);
    let opening =
        json!({ "template": "full-disk", "environment": "prod1", "title": "Full", "body": "We look." });
    let writer = world.token(Scope::Write).await;
    let opened = world.write(Method::POST, "/api/v1/incidents", &writer, &opening).await.json();
    let page = format!("/console/incidents/{}", opened["id"].as_str().expect("an id"));
    let filled = format!("{page}?template=full-disk&amp;state=resolved#update-body");
    assert!(
        browser.get(&page).await.body.contains(&filled.replace("&amp;", "&#38;"))
            || browser.get(&page).await.body.contains(&filled)
    );
    let form = browser.get(&format!("{page}?template=full-disk&state=resolved")).await.body;
    assert!(form.contains("There is room again.") && form.contains("value=\"resolved\" selected"), "{form}");
    browser.get("/console/templates").await;
    let gone = browser.post("/console/templates/remove", &[("slug", "full-disk")]).await;
    assert!(gone.body.contains("The template is gone"), "{}", gone.body);
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

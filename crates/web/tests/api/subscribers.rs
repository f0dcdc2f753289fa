//! `/api/v1/subscribers`.

use crate::console::Browser;
use crate::support::{Answer, World};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use store::Bounce;
use web::auth::Scope;

const PATH: &str = "/api/v1/subscribers";

struct Desk {
    world: World,
    token: String,
}

impl Desk {
    async fn new() -> Self {
        let world = World::with_url(Some("https://harbour.example")).await;
        let token = world.token(Scope::Admin).await;
        Self { world, token }
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.world.write(method, path, &self.token, body).await
    }

    async fn list(&self, query: &str) -> Value {
        let bearer = format!("Bearer {}", self.token);
        self.world.get_with(&format!("{PATH}{query}"), &[("authorization", &bearer)]).await.json()
    }

    async fn import(&self, targets: &[&str]) -> Answer {
        let subscribers: Vec<Value> =
            targets.iter().map(|target| json!({ "kind": "email", "target": target })).collect();
        let body = json!({ "origin": "old page, May", "subscribers": subscribers });
        self.send(Method::POST, &format!("{PATH}/import"), &body).await
    }
}

#[tokio::test]
async fn whoever_is_added_is_asked_and_listed() {
    let desk = Desk::new().await;
    let body =
        json!({ "kind": "email", "target": "ann@example.org", "environments": ["prod1"], "language": "de" });
    for _ in 0..2 {
        let added = desk.send(Method::POST, PATH, &body).await;
        assert_eq!((added.status, added.body.as_str()), (StatusCode::ACCEPTED, ""), "known or not");
    }
    let listed = desk.list("").await;
    assert_eq!(
        listed["counts"],
        json!([{ "page": "main", "kind": "email", "state": "pending", "count": 1 }])
    );
    let ann = &listed["subscribers"][0];
    assert_eq!(
        (&ann["environments"], &ann["language"], &ann["origin"]),
        (&json!(["prod1"]), &json!("de"), &json!("ines"))
    );
    assert_eq!(
        desk.list("?q=ANN&state=pending&kind=email&page=main").await["subscribers"][0]["id"],
        ann["id"]
    );
    assert_eq!(desk.list("?state=confirmed").await["subscribers"], json!([]));
}

#[tokio::test]
async fn a_list_that_was_confirmed_elsewhere_is_imported_whole_or_not_at_all() {
    let desk = Desk::new().await;
    let wrong = desk.import(&["ann@example.org", "no address"]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.body.contains("subscribers[1]"), "{}", wrong.body);
    assert_eq!(desk.list("").await["subscribers"], json!([]));
    let imported = desk.import(&["ann@example.org", "bea@example.org", "ANN@example.org"]).await.json();
    assert_eq!(imported, json!({ "added": 2, "known": 1, "gone": 0 }));
    let listed = desk.list("?state=confirmed").await;
    assert_eq!(listed["subscribers"][0]["origin"], "old page, May (ines)");
    let id = listed["subscribers"][0]["id"].as_str().expect("an id").to_owned();
    let removed = desk.send(Method::DELETE, &format!("{PATH}/{id}"), &Value::Null).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let again = desk.send(Method::DELETE, &format!("{PATH}/{id}"), &Value::Null).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let imported = desk.import(&["ann@example.org", "bea@example.org"]).await.json();
    assert_eq!(imported, json!({ "added": 0, "known": 1, "gone": 1 }), "whoever left stays away");
}

#[tokio::test]
async fn somebody_in_quarantine_is_listed_with_the_reason_and_released() {
    let desk = Desk::new().await;
    desk.import(&["ann@example.org"]).await;
    let id = desk.list("").await["subscribers"][0]["id"].as_str().expect("an id").to_owned();
    desk.world.store.bounced(&id, Bounce::Hard, "550 no such user").await.expect("noted");
    let listed = desk.list("?state=quarantined").await;
    assert_eq!(listed["subscribers"][0]["reason"], "550 no such user");
    let release = format!("{PATH}/{id}/release");
    assert_eq!(desk.send(Method::POST, &release, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(desk.send(Method::POST, &release, &Value::Null).await.status, StatusCode::NOT_FOUND);
    assert_eq!(desk.list("").await["subscribers"][0]["state"], "confirmed");
}

#[tokio::test]
async fn addresses_are_only_for_those_who_may_configure() {
    let mut desk = Desk::new().await;
    desk.import(&["ann@example.org"]).await;
    assert_eq!(desk.world.get(PATH).await.status, StatusCode::UNAUTHORIZED);
    desk.token = desk.world.token(Scope::Write).await;
    let body = json!({ "kind": "email", "target": "bea@example.org" });
    for (method, path) in [
        (Method::GET, PATH.to_owned()),
        (Method::POST, PATH.to_owned()),
        (Method::POST, format!("{PATH}/import")),
        (Method::DELETE, format!("{PATH}/x")),
        (Method::POST, format!("{PATH}/x/release")),
    ] {
        let refused = desk.send(method.clone(), &path, &body).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{method} {path}");
        assert!(!refused.body.contains("ann@"), "{}", refused.body);
    }
}

#[tokio::test]
async fn what_is_not_understood_is_refused_with_the_word_that_is() {
    let desk = Desk::new().await;
    for (body, fix) in [
        (json!({ "kind": "mail", "target": "ann@example.org" }), "email"),
        (json!({ "kind": "email", "target": "ann@example.org", "environments": ["prod3"] }), "prod1"),
        (json!({ "kind": "email", "target": "ann@example.org", "components": ["apis"] }), "api"),
        (json!({ "kind": "email", "target": "ann@example.org", "language": "fr" }), "de"),
        (json!({ "kind": "webhook", "target": "https://x.example/", "rhythm": "daily" }), "each"),
        (json!({ "kind": "email", "target": "ann@example.org", "page": "mian" }), "main"),
    ] {
        let refused = desk.send(Method::POST, PATH, &body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(refused.body.contains(fix), "{body}: {}", refused.body);
    }
}

#[tokio::test]
async fn an_operator_adds_finds_releases_and_removes_somebody() {
    let desk = Desk::new().await;
    desk.import(&["ann@example.org"]).await;
    let id = desk.list("").await["subscribers"][0]["id"].as_str().expect("an id").to_owned();
    desk.world.store.bounced(&id, Bounce::Hard, "550 <no such user>").await.expect("noted");
    let mut browser = Browser::new(&desk.world);
    browser.sign_in(&desk.token).await;
    let page = browser.get("/console/subscribers?q=ann&state=quarantined").await;
    assert!(
        page.body.contains("ann@example.org") && page.body.contains("550 &#60;no such user"),
        "{}",
        page.body
    );
    let released = browser.post(&format!("/console/subscribers/{id}/release"), &[]).await;
    assert_eq!(released.header("location"), "/console/subscribers?done=release", "{}", released.body);
    browser.get("/console/subscribers").await;
    let removed = browser.post(&format!("/console/subscribers/{id}/remove"), &[]).await;
    assert_eq!(removed.header("location"), "/console/subscribers?done=remove");
    browser.get("/console/subscribers").await;
    let fields = [("page", "main"), ("kind", "email"), ("target", "nobody")];
    let refused = browser.post("/console/subscribers", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("value=\"nobody\"") && refused.body.contains("no mail address"),
        "{}",
        refused.body
    );
    let fields = [("page", "main"), ("kind", "email"), ("target", "bea@example.org")];
    assert_eq!(
        browser.post("/console/subscribers", &fields).await.header("location"),
        "/console/subscribers?done=add"
    );
    let listed = desk.list("?state=pending").await;
    assert_eq!(listed["subscribers"][0]["target"], "bea@example.org");
    let reader = desk.world.token(Scope::Write).await;
    let mut other = Browser::new(&desk.world);
    other.sign_in(&reader).await;
    assert_eq!(other.get("/console/subscribers").await.status, StatusCode::FORBIDDEN);
}

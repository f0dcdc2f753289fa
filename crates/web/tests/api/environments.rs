//! Environments that are added while the program runs.

use crate::console::Browser;
use crate::support::World;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use store::{AuditFilter, Store};
use web::auth::{NewToken, Scope};

const PATH: &str = "/api/v1/environments/shop";

async fn names(world: &World) -> Vec<String> {
    let listed = world.get("/api/v1/environments").await.json();
    let all = listed["environments"].as_array().expect("a list").clone();
    all.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

fn shop() -> Value {
    json!({ "name": "Shop", "baseline": "operational", "components": [
        { "name": "Web" }, { "name": "Orders", "group": "Core" },
    ] })
}

#[tokio::test]
async fn an_environment_is_added_by_the_console_and_an_incident_is_opened_in_it() {
    let world = World::empty().await;
    let token = world.token(Scope::Admin).await;
    world.get("/").await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    assert!(browser.get("/console").await.body.contains("/console/environments"));
    browser.get("/console/environments").await;
    let fields =
        [("name", "Shop"), ("components", "Web\r\nCore/Orders\r\n\r\nMail"), ("baseline", "operational")];
    let added = browser.post("/console/environments/add", &fields).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.body);
    assert!(added.body.contains("Shop is added"), "{}", added.body);
    for name in ["Web", "Orders", "Mail"] {
        assert!(world.get("/").await.body.contains(name), "the page was rendered before, and shows it now");
    }
    let open = [
        ("environment", "shop"),
        ("kind", "incident"),
        ("title", "Orders are late"),
        ("impact", "minor"),
        ("state", "investigating"),
        ("body", "We are looking."),
        ("component.shop.Core/Orders", "degraded_performance"),
    ];
    let opened = browser.post("/console/incidents", &open).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
    let status = world.get("/api/v1/status").await.json();
    assert_eq!(status["open"][0]["source_name"], "Shop");
    assert_eq!(status["environments"][2]["components"][1]["state"], "degraded_performance");
}

#[tokio::test]
async fn what_is_typed_wrong_is_told_where_it_stands() {
    let world = World::empty().await;
    let token = world.token(Scope::Admin).await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    browser.get("/console/environments").await;
    for (name, components, told) in [
        ("PROD1", "", "there is already"),
        ("!", "", "makes no address"),
        ("Shop", "Web\nWeb", "twice"),
        ("Shop", "Core/", "which is no name"),
    ] {
        let fields = [("name", name), ("components", components), ("baseline", "unknown")];
        let refused = browser.post("/console/environments/add", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {components}");
        assert!(refused.body.contains(told), "{told}: {}", refused.body);
    }
    assert_eq!(names(&world).await, ["PROD1", "PROD2"]);
}

#[tokio::test]
async fn programs_add_change_and_take_away_and_it_is_written_down() {
    let world = World::empty().await;
    let token = world.token(Scope::Admin).await;
    let saved = world.write(Method::PUT, PATH, &token, &shop()).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    assert_eq!(saved.json()["components"], json!(["Web", "Core/Orders"]));
    let renamed = json!({ "name": "Our shop", "components": [] });
    assert_eq!(world.write(Method::PUT, PATH, &token, &renamed).await.status, StatusCode::OK);
    assert_eq!(names(&world).await, ["PROD1", "PROD2", "Our shop"]);
    let gone = world.write(Method::DELETE, PATH, &token, &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    assert_eq!(names(&world).await, ["PROD1", "PROD2"]);
    let again = world.write(Method::DELETE, PATH, &token, &Value::Null).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let filter = AuditFilter { action: Some("environment".into()), ..AuditFilter::default() };
    let log = world.store.list_audit(&filter, 9).await.expect("a log");
    let actions: Vec<&str> = log.iter().map(|row| row.deed.action.as_str()).collect();
    assert_eq!(actions, ["environment.removed", "environment.saved", "environment.saved"]);
}

#[tokio::test]
async fn what_is_configured_is_fixed_and_only_admins_add() {
    let world = World::empty().await;
    let (admin, writer) = (world.token(Scope::Admin).await, world.token(Scope::Write).await);
    for method in [Method::PUT, Method::DELETE] {
        let fixed = world.write(method, "/api/v1/environments/prod1", &admin, &shop()).await;
        assert_eq!(fixed.status, StatusCode::BAD_REQUEST, "{}", fixed.body);
        assert!(fixed.body.contains("in the configuration"), "{}", fixed.body);
    }
    assert_eq!(world.write(Method::PUT, PATH, &writer, &shop()).await.status, StatusCode::FORBIDDEN);
    let outage = json!({ "name": "Shop", "baseline": "major_outage" });
    assert_eq!(world.write(Method::PUT, PATH, &admin, &outage).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(names(&world).await, ["PROD1", "PROD2"]);
}

#[tokio::test]
async fn all_are_listed_as_they_are_set_up_to_those_who_have_a_role_in_them() {
    let world = World::empty().await;
    let admin = world.token(Scope::Admin).await;
    world.write(Method::PUT, PATH, &admin, &shop()).await;
    let within = NewToken {
        environments: vec![domain::Slug::parse("shop").expect("a slug")],
        ..NewToken::new("lee", Scope::Read, crate::support::now())
    };
    let within = world.make_token(within).await;
    let listed = async |token: &str| {
        let bearer = format!("Bearer {token}");
        let path = "/api/v1/settings/environments";
        world.get_with(path, &[("authorization", &bearer)]).await.json()["environments"].clone()
    };
    let shop = json!({
        "slug": "shop", "name": "Shop", "baseline": "operational", "components": ["Web", "Core/Orders"],
        "configured": false,
    });
    let all = listed(&admin).await;
    assert_eq!((all[0]["configured"].clone(), all[2].clone()), (json!(true), shop.clone()));
    assert_eq!(listed(&within).await, json!([shop]));
}

#[tokio::test]
async fn another_node_shows_it_and_knows_it_when_it_tells_subscribers() {
    let store = Store::open("sqlite::memory:", "test").await.expect("a database in memory");
    let (one, two) = (World::over(store.clone(), None), World::over(store, None));
    assert_eq!(names(&two).await, ["PROD1", "PROD2"]);
    let token = one.token(Scope::Admin).await;
    assert_eq!(one.write(Method::PUT, PATH, &token, &shop()).await.status, StatusCode::OK);
    let shop = domain::Slug::parse("shop").expect("a slug");
    let page = &two.site.pages()[0];
    assert!(!page.shows_environment(&shop));
    two.site.learn(&shop).await.expect("learned");
    assert!(page.shows_environment(&shop));
    two.wait(20);
    assert_eq!(names(&two).await, ["PROD1", "PROD2", "Shop"]);
}

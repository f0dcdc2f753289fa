//! `/api/v1/recurrences`.

use crate::support::World;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use store::AuditFilter;
use web::auth::Scope;

const PATH: &str = "/api/v1/recurrences";

fn backups() -> Value {
    json!({
        "environment": "prod1", "title": "Backups", "body": "Reads may be slower.", "components": ["api"],
        "rule": "weekly sunday", "at": "02:00", "zone": "Europe/Berlin", "lasts_hours": 2,
    })
}

#[tokio::test]
async fn a_maintenance_that_recurs_is_added_listed_and_ended_and_that_is_written_down() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let list = async || {
        let bearer = format!("Bearer {token}");
        world.get_with(PATH, &[("authorization", &bearer)]).await.json()
    };
    let added = world.write(Method::POST, PATH, &token, &backups()).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
    let added = added.json();
    assert_eq!((&added["rule"], &added["ahead_days"]), (&json!("weekly sunday"), &json!(3)));
    assert_eq!(list().await["recurrences"], json!([added]));
    let path = format!("{PATH}/{}", added["id"].as_str().expect("an id"));
    assert_eq!(world.write(Method::DELETE, &path, &token, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.write(Method::DELETE, &path, &token, &Value::Null).await.status, StatusCode::NOT_FOUND);
    assert_eq!(list().await["recurrences"], json!([]));
    let filter = AuditFilter { action: Some("recurrence".into()), ..AuditFilter::default() };
    assert_eq!(world.store.list_audit(&filter, 9).await.expect("a log").len(), 2);
}

#[tokio::test]
async fn what_cannot_recur_is_refused_with_the_field_and_a_hint() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    for (field, value, hint) in [
        ("environment", json!("prod9"), "did you mean"),
        ("rule", json!("now and then"), "weekly sunday"),
        ("at", json!("26:00"), "02:30"),
        ("zone", json!("Europe/Nowhere"), "Europe/Berlin"),
        ("lasts_hours", json!(0), "from 1 to 72"),
        ("ahead_days", json!(61), "from 1 to 60"),
        ("components", json!(["apl"]), "did you mean `api`?"),
        ("body", json!(" "), "write something"),
    ] {
        let mut body = backups();
        body[field] = value;
        let refused = world.write(Method::POST, PATH, &token, &body).await;
        assert!(refused.status.is_client_error(), "{field}: {}", refused.body);
        assert!(refused.body.contains(hint), "{field}: {}", refused.body);
    }
}

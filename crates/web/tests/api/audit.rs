//! The log of everything: whatever is changed leaves a line that says who, what and to what.

use crate::support::{World, open_body};
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::{AuditFilter, Bounce};
use web::auth::Scope;

/// What needs more than requests: a delivery that failed, whose line the store takes together with the change, and a
/// machine's word that waits, which goes the way of every command.
const ELSEWHERE: [&str; 2] = ["post /api/v1/deliveries/{key}/resend", "post /api/v1/incidents/{id}/hold"];

/// Somebody who changes things, and looks into the log after each.
struct Clerk {
    world: World,
    token: String,
    walked: BTreeSet<String>,
}

impl Clerk {
    async fn rows(&self) -> usize {
        self.world.store.list_audit(&AuditFilter::default(), 10_000).await.expect("a log").len()
    }

    /// Asks for a change of which the log must tell. What stands in braces is replaced.
    async fn change(&mut self, operation: &str, names: &[&str], body: &Value) -> Value {
        let before = self.rows().await;
        let (method, template) = operation.split_once(' ').expect("a method and a path");
        let mut path = template.to_owned();
        for name in names {
            let (from, until) = (path.find('{').expect("a name"), path.find('}').expect("its end"));
            path.replace_range(from..=until, name);
        }
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
        let answer = self.world.write(method, &path, &self.token, body).await;
        assert!(answer.status.is_success(), "{operation}: {}", answer.body);
        let rows = self.world.store.list_audit(&AuditFilter::default(), 10_000).await.expect("a log");
        assert!(rows.len() > before, "`{operation}` left nothing in the log");
        let deed = &rows[0].deed;
        assert_eq!((deed.by.kind.as_str(), deed.by.name.as_str()), ("token", "ines"), "{operation}");
        assert!(!deed.action.is_empty() && !deed.subject.is_empty(), "{operation}: {deed:?}");
        self.walked.insert(operation.to_owned());
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    async fn open(&mut self) -> String {
        let opened = self.change("post /api/v1/incidents", &[], &open_body()).await;
        opened["id"].as_str().expect("an id").to_owned()
    }
}

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

#[tokio::test]
async fn every_address_that_changes_something_leaves_a_line_in_the_log() {
    let world = World::empty().await;
    let token = world.token(Scope::Admin).await;
    let mut clerk = Clerk { world, token, walked: BTreeSet::new() };
    let none = Value::Null;
    let document: Value = serde_json::from_str(&web::openapi()).expect("JSON");
    let example = |method: &str, path: &str| {
        document["paths"][path][method]["requestBody"]["content"]["application/json"]["example"].clone()
    };

    let first = clerk.open().await;
    let update = json!({ "state": "identified", "body": "Found." });
    let posted = clerk.change("post /api/v1/incidents/{id}/updates", &[&first], &update).await;
    let second = id(&posted["updates"][1]).to_owned();
    let edit = "patch /api/v1/incidents/{id}/updates/{update}";
    clerk.change(edit, &[&first, &second], &json!({ "body": "Found it." })).await;
    clerk.change("delete /api/v1/incidents/{id}/updates/{update}", &[&first, &second], &none).await;
    clerk.change("patch /api/v1/incidents/{id}", &[&first], &json!({ "title": "Slow reads" })).await;
    clerk.change("post /api/v1/incidents/{id}/note", &[&first], &json!({ "body": "Ann calls." })).await;
    clerk.change("post /api/v1/incidents/{id}/hide", &[&first], &none).await;
    clerk.change("post /api/v1/incidents/{id}/publish", &[&first], &json!({ "body": "Slow." })).await;
    let over = json!({ "state": "resolved", "body": "Over." });
    clerk.change("post /api/v1/incidents/{id}/updates", &[&first], &over).await;
    let postmortem = json!({ "body": "# What happened" });
    clerk.change("put /api/v1/incidents/{id}/postmortem", &[&first], &postmortem).await;
    clerk.change("post /api/v1/incidents/{id}/withdraw", &[&first], &none).await;
    clerk.change("post /api/v1/incidents/{id}/restore", &[&first], &none).await;
    let other = clerk.open().await;
    clerk.change("post /api/v1/incidents/{id}/merge", &[&other], &json!({ "into": first })).await;

    let mut held = open_body();
    held["hold_seconds"] = json!(10);
    let undone = clerk.change("post /api/v1/incidents", &[], &held).await;
    clerk.change("delete /api/v1/held/{id}", &[id(&undone)], &none).await;
    let sent = clerk.change("post /api/v1/incidents", &[], &held).await;
    clerk.change("post /api/v1/held/{id}/send", &[id(&sent)], &none).await;

    for path in ["/api/v1/incidents/backfill", "/api/v1/imports", "/api/v1/deploys"] {
        clerk.change(&format!("post {path}"), &[], &example("post", path)).await;
    }
    let alerts = "/api/v1/alerts/{source}";
    clerk.change(&format!("post {alerts}"), &["monitor"], &example("post", alerts)).await;

    let shop = json!({ "name": "Shop", "components": [{ "name": "Web" }] });
    clerk.change("put /api/v1/environments/{slug}", &["shop"], &shop).await;
    clerk.change("delete /api/v1/environments/{slug}", &["shop"], &none).await;
    let template = json!({ "name": "Full disk" });
    clerk.change("put /api/v1/templates/{slug}", &["full-disk"], &template).await;
    clerk.change("delete /api/v1/templates/{slug}", &["full-disk"], &none).await;

    let recurrence = json!({
        "environment": "prod1", "title": "Backups", "body": "Slower.", "rule": "weekly sunday", "at": "02:00",
        "lasts_hours": 2,
    });
    let added = clerk.change("post /api/v1/recurrences", &[], &recurrence).await;
    clerk.change("delete /api/v1/recurrences/{id}", &[id(&added)], &none).await;

    let ann = json!({ "kind": "email", "target": "ann@example.org" });
    clerk.change("post /api/v1/subscribers", &[], &ann).await;
    let list = json!({ "origin": "the old page", "subscribers": [{ "kind": "email", "target": "lee@example.org" }] });
    clerk.change("post /api/v1/subscribers/import", &[], &list).await;
    let bearer = format!("Bearer {}", clerk.token);
    let listed = clerk
        .world
        .get_with("/api/v1/subscribers?state=confirmed", &[("authorization", &bearer)])
        .await
        .json();
    let subscriber = id(&listed["subscribers"][0]).to_owned();
    clerk.world.store.bounced(&subscriber, Bounce::Hard, "550 no such user").await.expect("noted");
    clerk.change("post /api/v1/subscribers/{id}/release", &[&subscriber], &none).await;
    clerk.change("delete /api/v1/subscribers/{id}", &[&subscriber], &none).await;

    let mut known = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let methods =
            ["post", "put", "patch", "delete"].into_iter().filter(|method| !item[*method].is_null());
        known.extend(methods.map(|method| format!("{method} {path}")));
    }
    let missing: Vec<&String> =
        known.iter().filter(|it| !clerk.walked.contains(*it) && !ELSEWHERE.contains(&it.as_str())).collect();
    assert_eq!(missing, Vec::<&String>::new(), "an address that nobody walked");
    assert!(clerk.world.store.verify_audit().await.expect("a log").broken.is_none());
}

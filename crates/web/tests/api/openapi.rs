//! The document of the API.

use crate::support::World;
use axum::http::{Method, StatusCode};
use serde_json::Value;
use web::auth::Scope;

#[tokio::test]
async fn the_document_is_served_and_changes_only_on_purpose() {
    let world = World::empty().await;
    let answer = world.get("/api/v1/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, web::openapi());
    let mut document = answer.json();
    // The release is no part of the shape.
    document["info"]["version"] = "0.0.0".into();
    insta::assert_json_snapshot!("openapi", document);
}

#[tokio::test]
async fn every_example_of_a_body_is_accepted() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let document: Value = serde_json::from_str(&web::openapi()).expect("JSON");
    let example = |method: &str, path: &str| {
        let body = &document["paths"][path][method]["requestBody"]["content"]["application/json"];
        assert!(body["example"].is_object(), "{method} {path} has no example");
        body["example"].clone()
    };
    let root = "/api/v1/incidents";
    let opened = world.write(Method::POST, root, &token, &example("post", root)).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.body);
    let id = opened.json()["id"].as_str().expect("an id").to_owned();
    let update = opened.json()["updates"][0]["id"].as_str().expect("an id").to_owned();
    let steps = [
        (Method::POST, "post", "/api/v1/incidents/{id}/updates", 201),
        (Method::PATCH, "patch", "/api/v1/incidents/{id}", 200),
        (Method::PATCH, "patch", "/api/v1/incidents/{id}/updates/{update}", 200),
        (Method::PUT, "put", "/api/v1/incidents/{id}/postmortem", 409),
        (Method::POST, "post", "/api/v1/incidents/{id}/merge", 404),
        (Method::POST, "post", "/api/v1/alerts/{source}", 201),
        (Method::POST, "post", "/api/v1/deploys", 201),
    ];
    for (method, word, path, status) in steps {
        let body = example(word, path);
        let path = path.replace("{id}", &id).replace("{update}", &update).replace("{source}", "monitor");
        let answer = world.write(method, &path, &token, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn every_answer_has_the_fields_that_the_document_names() {
    let world = World::told().await;
    web::samples::reads::tell(world.site.live());
    let bearer = format!("Bearer {}", world.token(Scope::Admin).await);
    let document: Value = serde_json::from_str(&web::openapi()).expect("JSON");
    let id = web::samples::stories::seed_day().incident.id.to_string();
    let mut opening = crate::support::open_body();
    opening["hold_seconds"] = 10.into();
    let writer = world.token(Scope::Write).await;
    let held = world.write(Method::POST, "/api/v1/incidents", &writer, &opening).await.json();
    let held = held["id"].as_str().expect("an id");
    for (path, item) in document["paths"].as_object().expect("paths") {
        let schema = &item["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        if schema.is_null() {
            continue;
        }
        let path = path.replace("held/{id}", &format!("held/{held}"));
        let path = path.replace("{id}", &id).replace("{slug}", "fernwick").replace("{name}", "prod1");
        let path = if path.ends_with("/series") { format!("{path}?node=a:27017") } else { path };
        let answer = world.get_with(&path, &[("authorization", &bearer)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        check(&document, schema, &answer.json(), &path);
    }
}

/// Holds a value against its schema: names, required fields and words.
fn check(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        return check(document, &document["components"]["schemas"][name], value, place);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts.iter().for_each(|part| check(document, part, value, place));
    }
    if let Some(kinds) = schema["oneOf"].as_array() {
        if value.is_null() {
            return;
        }
        let tag = value["kind"].as_str();
        let of_kind = |kind: &&Value| tag.is_none_or(|tag| kind.to_string().contains(&format!("\"{tag}\"")));
        let kind = kinds.iter().filter(|kind| kind["type"] != "null").find(of_kind);
        return check(document, kind.unwrap_or_else(|| panic!("{place}: {value}")), value, place);
    }
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{place}: {value}");
    }
    if let Some(items) = value.as_array() {
        return items.iter().for_each(|item| check(document, &schema["items"], item, place));
    }
    for field in schema["required"].as_array().into_iter().flatten() {
        let field = field.as_str().expect("a name");
        assert!(!value[field].is_null(), "{place} has no `{field}`: {value}");
    }
    for (field, inner) in schema["properties"].as_object().into_iter().flatten() {
        if !value[field].is_null() {
            check(document, inner, &value[field], &format!("{place}.{field}"));
        }
    }
}

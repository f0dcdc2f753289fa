//! `POST /api/v1/alerts/{source}`.

use crate::support::{Answer, World, request};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use domain::incident::Visibility;
use domain::{ComponentState, Impact, Incident, IncidentId, State};
use serde_json::{Value, json};
use web::auth::Scope;

const PATH: &str = "/api/v1/alerts/prometheus";

/// A group as Alertmanager sends it: the alerts by name, each firing or not.
fn group(alerts: &[(&str, bool)], began_at: &str) -> Value {
    let firing = alerts.iter().any(|(_, firing)| *firing);
    let status = |firing| if firing { "firing" } else { "resolved" };
    let one = |(name, firing): &(&str, bool)| {
        json!({
            "status": status(*firing),
            "labels": { "alertname": "OrdersQueueGrows", "environment": "prod1", "severity": "critical",
                        "component": "API", "instance": name },
            "annotations": { "summary": "The queue of orders grows", "description": "12345 orders wait" },
            "startsAt": began_at,
            "endsAt": if *firing { "0001-01-01T00:00:00Z" } else { "2025-02-12T09:35:30.5Z" },
            "generatorURL": "http://prometheus.acme.example/graph", "fingerprint": name,
        })
    };
    json!({
        "version": "4", "groupKey": "{}:{alertname=\"OrdersQueueGrows\"}", "truncatedAlerts": 0,
        "status": status(firing), "receiver": "watchkeeper", "externalURL": "http://alertmanager.acme.example",
        "groupLabels": { "alertname": "OrdersQueueGrows" },
        "commonLabels": { "alertname": "OrdersQueueGrows", "environment": "prod1", "severity": "critical" },
        "commonAnnotations": { "summary": "The queue of orders grows" },
        "alerts": alerts.iter().map(one).collect::<Vec<_>>(),
    })
}

const BEGAN: &str = "2025-02-12T09:20:00.25Z";

async fn send(world: &World, token: &str, body: &Value) -> Answer {
    world.write(Method::POST, PATH, token, body).await
}

/// What became of it, and the incident.
fn outcome(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.json()["outcome"].as_str().unwrap_or_default().to_owned())
}

async fn incident(world: &World, answer: &Answer) -> Incident {
    let id = answer.json()["incident"].as_str().and_then(IncidentId::parse).expect("an incident");
    world.store.load(&id).await.expect("stored")
}

#[tokio::test]
async fn an_alert_opens_an_incident_feeds_it_and_ends_it_and_a_replay_changes_nothing() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let opened = send(&world, &token, &group(&[("a", true)], BEGAN)).await;
    assert_eq!(outcome(&opened), (201, "opened".to_owned()), "{}", opened.body);
    let known = incident(&world, &opened).await;
    assert_eq!((known.visibility, known.impact), (Visibility::Internal, Impact::Critical));
    assert_eq!(known.title, "The queue of orders grows");
    assert_eq!(known.clocks.began_at, BEGAN.parse().ok());
    assert_eq!(known.components[0].windows[0].0, ComponentState::MajorOutage);
    assert_eq!(
        known.updates[0].current().body,
        "Monitoring raised an alert.\n\n- The queue of orders grows (component API, instance a)"
    );

    world.wait(60);
    let mut again = group(&[("a", true)], BEGAN);
    again["alerts"][0]["annotations"]["description"] = json!("23456 orders wait");
    assert_eq!(outcome(&send(&world, &token, &again).await), (200, "unchanged".to_owned()));
    let joined = send(&world, &token, &group(&[("b", true), ("a", true)], BEGAN)).await;
    assert_eq!(outcome(&joined), (200, "updated".to_owned()));
    assert_eq!(incident(&world, &joined).await.updates.len(), 2);

    let over = group(&[("a", false), ("b", false)], BEGAN);
    let ended = send(&world, &token, &over).await;
    let known = incident(&world, &ended).await;
    assert_eq!(
        (known.state, known.id.to_string()),
        (State::Resolved, opened.json()["incident"].as_str().unwrap().to_owned())
    );
    assert_eq!(known.clocks.ended_at, "2025-02-12T09:35:30.5Z".parse().ok());
    assert_eq!(outcome(&send(&world, &token, &over).await), (200, "unchanged".to_owned()));
    let replayed = send(&world, &token, &group(&[("a", true)], BEGAN)).await;
    assert_eq!(outcome(&replayed), (202, "ignored".to_owned()));
    assert_eq!(incident(&world, &ended).await.version, known.version);

    let later = send(&world, &token, &group(&[("a", true)], "2025-02-12T09:36:00Z")).await;
    assert_eq!(outcome(&later), (201, "opened".to_owned()), "{}", later.body);
    assert_ne!(later.json()["incident"], opened.json()["incident"]);
    let stale = send(&world, &token, &over).await;
    assert_eq!(outcome(&stale), (202, "ignored".to_owned()), "an end of the first is no end of the second");
}

#[tokio::test]
async fn the_same_alert_sent_many_times_at_once_opens_one_incident() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let body = group(&[("a", true)], BEGAN);
    let answers = futures_util::future::join_all((0..8).map(|_| send(&world, &token, &body))).await;
    let opened = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    assert_eq!(opened, 1);
    assert!(answers.iter().all(|answer| answer.json()["incident"] == answers[0].json()["incident"]));
    assert_eq!(incident(&world, &answers[0]).await.updates.len(), 1);
}

#[tokio::test]
async fn where_a_person_has_spoken_the_end_is_left_to_them() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let opened = send(&world, &token, &group(&[("a", true)], BEGAN)).await;
    let path = format!("/api/v1/incidents/{}/updates", opened.json()["incident"].as_str().unwrap());
    let said = json!({ "state": "identified", "body": "A consumer hangs." });
    assert_eq!(world.write(Method::POST, &path, &token, &said).await.status, StatusCode::CREATED);
    let ended = send(&world, &token, &group(&[("a", false)], BEGAN)).await;
    let known = incident(&world, &ended).await;
    assert_eq!(known.state, State::Monitoring);
    let relapsed = send(&world, &token, &group(&[("c", true)], "2025-02-12T09:37:00Z")).await;
    let known = incident(&world, &relapsed).await;
    assert_eq!((known.state, known.id), (State::Investigating, incident(&world, &opened).await.id));
    let withdraw = path.replace("updates", "withdraw");
    world.write(Method::POST, &withdraw, &token, &json!({})).await;
    let after = send(&world, &token, &group(&[("a", true)], BEGAN)).await;
    assert_eq!(outcome(&after), (202, "ignored".to_owned()), "{}", after.body);
}

fn plain(status: &str) -> Value {
    json!({ "title": "Disk\nfills", "status": status, "key": "disk-7", "environment": "PROD1",
            "components": ["Agent desk"], "severity": "warning", "body": "**92 %** full" })
}

#[tokio::test]
async fn a_plain_alert_is_published_when_asked_and_reopens_what_it_ended() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let path = format!("{PATH}?publish=1");
    let say = async |status: &str| world.write(Method::POST, &path, &token, &plain(status)).await;
    assert_eq!(outcome(&say("resolved").await), (202, "ignored".to_owned()));
    let opened = say("firing").await;
    let known = incident(&world, &opened).await;
    assert_eq!((known.visibility, known.title.as_str()), (Visibility::Public, "Disk fills"));
    assert_eq!(known.components[0].name, "Agent desk");
    assert_eq!(world.get("/api/v1/incidents").await.json()["total"], 1);
    assert_eq!(incident(&world, &say("resolved").await).await.state, State::Resolved);
    let again = say("firing").await;
    assert_eq!(outcome(&again), (200, "updated".to_owned()), "{}", again.body);
    let known = incident(&world, &again).await;
    assert_eq!((known.state, known.id), (State::Investigating, incident(&world, &opened).await.id));
    say("resolved").await;
    world.wait(120);
    assert_eq!(outcome(&say("firing").await), (201, "opened".to_owned()), "two minutes later it is another");
}

#[tokio::test]
async fn what_cannot_be_understood_is_refused_with_the_reason() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let with = |field: &str, value: Value| {
        let mut body = plain("firing");
        body[field] = value;
        body
    };
    let mut nowhere = group(&[("a", true)], BEGAN);
    nowhere["commonLabels"] = json!({});
    let mut old = group(&[("a", true)], BEGAN);
    old["version"] = json!("3");
    let cases = [
        (with("status", json!("burning")), 400, "`status` is `burning`"),
        (with("key", json!(" ")), 400, "`key` is empty"),
        (with("severity", json!("criticl")), 400, "did you mean `critical`?"),
        (with("components", json!(["Desk"])), 400, "`components[]` is `Desk`"),
        (with("environment", json!("prod3")), 400, "`prod3`"),
        (with("environment", Value::Null), 400, "names no environment"),
        (with("title", json!("")), 422, "`title` is empty"),
        (with("tilte", json!("x")), 400, "did you mean `title`?"),
        (with("began_at", json!("soon")), 400, "`began_at` is `soon`"),
        (nowhere, 400, "names no environment"),
        (old, 400, "`version` is `3`"),
        (with("body", json!("x".repeat(600_000))), 413, "longer than"),
    ];
    for (body, status, words) in cases {
        let answer = send(&world, &token, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    for path in ["/api/v1/alerts/Not%20a%20name", "/api/v1/alerts/x?publish=yes", "/api/v1/alerts/x?token=y"]
    {
        let answer = world.write(Method::POST, path, &token, &plain("firing")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn only_a_token_in_the_header_that_may_write_is_heard() {
    let world = World::empty().await;
    let (read, write) = (world.token(Scope::Read).await, world.token(Scope::Write).await);
    let body = plain("firing");
    assert_eq!(send(&world, &read, &body).await.status, StatusCode::FORBIDDEN);
    assert_eq!(send(&world, "wk_nonsense", &body).await.status, StatusCode::UNAUTHORIZED);
    let json = [("content-type", "application/json")];
    let path = format!("{PATH}?token={write}");
    let answer = world.send(request(Method::POST, &path, &json, Body::from(body.to_string()))).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let bearer = format!("Bearer {write}");
    let form = [("authorization", bearer.as_str()), ("content-type", "text/plain")];
    let answer = world.send(request(Method::POST, PATH, &form, Body::from(body.to_string()))).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

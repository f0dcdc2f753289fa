//! Replica sets: every member is found, roles change, members come and go.

use std::collections::BTreeSet;
use std::time::Duration;

use ::mongodb::bson::{Document, doc};
use domain::reads::{Answer, Path, Role};

use crate::support::mongod::{PATIENCE, admin, client, fill, until};
use crate::support::watching::{answer, messages};
use crate::support::{Mongod, Watching};

/// Three members, of which the first is the primary.
async fn three() -> [Mongod; 3] {
    let start = || Mongod::start(&["--replSet", "rs"]);
    let (a, b, c) = tokio::join!(start(), start(), start());
    let servers = [a, b, c];
    let members: Vec<Document> = servers
        .iter()
        .zip([0, 1, 2])
        .map(
            |(server, id)| doc! { "_id": id, "host": server.node(), "priority": if id == 0 { 2 } else { 1 } },
        )
        .collect();
    let settings = doc! { "electionTimeoutMillis": 1_000, "heartbeatIntervalMillis": 200 };
    let first = servers[0].client().await;
    admin(&first, doc! { "replSetInitiate": { "_id": "rs", "members": members, "settings": settings } })
        .await;
    until(&first, doc! { "isMaster": 1 }, |answer| answer.get_bool("ismaster") == Ok(true)).await;
    for server in &servers[1..] {
        let member = server.client().await;
        until(&member, doc! { "isMaster": 1 }, |answer| answer.get_bool("secondary") == Ok(true)).await;
    }
    let uri = format!("mongodb://{}/?replicaSet=rs&w=3", servers[0].node());
    fill(&client(&uri).await, 100).await;
    servers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_member_is_found_and_followed() {
    let servers = three().await;
    // One member is enough to find the others, and it need not be the primary.
    let mut watching = Watching::start(&format!("mongodb://{}/", servers[2].node()));
    let mut roles = BTreeSet::new();
    let mut reads = BTreeSet::new();
    while roles.len() < 3 || reads.len() < 3 {
        let seen =
            watching.until(PATIENCE, "roles and reads of three members", |sample| answer(sample).is_some());
        let seen = seen.await;
        match answer(&seen) {
            Some(Answer::Role(role)) if seen.path == Path::Hello => {
                roles.insert((seen.node.to_string(), role.as_str()));
            }
            Some(Answer::Read) if seen.path == Path::Hot(messages()) => {
                reads.insert(seen.node.to_string());
            }
            _ => {}
        }
    }
    let expected = [(&servers[0], "primary"), (&servers[1], "secondary"), (&servers[2], "secondary")];
    let expected: BTreeSet<_> = expected.iter().map(|(server, role)| (server.node(), *role)).collect();
    assert_eq!(roles, expected);
    watching.all_answer(&[Path::App], watching.now(), PATIENCE).await;

    // The primary goes; another takes its place, and the application finds it.
    let old = servers[0].client().await;
    let step_down = doc! { "replSetStepDown": 60, "secondaryCatchUpPeriodSecs": 1, "force": true };
    // Servers before 4.2 close the connection that told them so.
    old.database("admin").run_command(step_down).await.ok();
    let seen = watching
        .until(PATIENCE, "another primary", |sample| {
            matches!(answer(sample), Some(Answer::Role(Role::Primary))) && *sample.node != *servers[0].node()
        })
        .await;
    watching.all_answer(&[Path::App], watching.now(), Duration::from_secs(5)).await;

    // A member leaves the set and is no longer watched.
    let gone = servers[1..].iter().find(|server| *server.node() != *seen.node).unwrap().node();
    let primary = client(&format!("mongodb://{}/?directConnection=true", seen.node)).await;
    let config = admin(&primary, doc! { "replSetGetConfig": 1 }).await;
    let mut config = config.get_document("config").unwrap().clone();
    let version = config.get_i32("version").unwrap();
    config.insert("version", version + 1);
    let members = config.get_array_mut("members").unwrap();
    members.retain(|member| member.as_document().unwrap().get_str("host") != Ok(gone.as_str()));
    assert_eq!(members.len(), 2);
    admin(&primary, doc! { "replSetReconfig": config }).await;
    watching.watch_for(Duration::from_secs(2)).await;
    let late = watching.watch_for(Duration::from_secs(2)).await;
    assert!(late.iter().any(|sample| *sample.node == *seen.node));
    assert_eq!(late.iter().find(|sample| *sample.node == *gone), None);
    watching.stop().await;
}

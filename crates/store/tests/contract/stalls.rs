//! Incidents that the watch over a database opens: they come back as they were decided, a verdict finds the one
//! it belongs to, and the clock finds the one that is over.

use crate::database::Database;
use crate::support::{at, id, opened, slug};
use domain::detect::{Cause, Culprit, Evidence, Severity, Verdict};
use domain::hypothesis::{Claim, Hypothesis, Stance};
use domain::judgement::QUIET;
use domain::{ComponentKey, Decision, Incident, Input, Publishing, State, Watched, decide};

on_both_databases! {
    a_judgement_comes_back_as_it_was_decided,
    a_verdict_finds_the_incident_it_belongs_to,
    the_clock_finds_an_incident_whose_reads_are_well,
}

fn watched() -> Box<Watched> {
    Box::new(Watched {
        database: slug("crm"),
        name: "crm".into(),
        environment: slug("production"),
        environment_name: "Production".into(),
        affects: vec![(ComponentKey("api".into()), "API".into())],
        quiet_for: QUIET,
        publishing: Publishing::Automatic,
        promise: None,
        maintenance: None,
    })
}

/// A verdict at this second, ended at that one.
fn judged(incident: Option<&Incident>, second: i64, ended: Option<i64>) -> Decision {
    let verdict = Verdict {
        severity: Severity::Stall,
        began_at: at(100),
        detected_at: at(101),
        ended_at: ended.map(at),
        cause: Cause::BlockingOp,
        nodes: vec!["db1:27017".into()],
        namespaces: vec!["crm.messages".into()],
        culprit: Some(Culprit {
            namespace: "crm.messages".into(),
            command: "createIndexes".into(),
            shape: "{ createIndexes: 'messages' }".into(),
            app: "deploy".into(),
            plan: "".into(),
            message: "Index Build: 12/100 12%".into(),
            count: 1,
            oldest_us: 2_000_000,
        }),
        contributors: vec![],
        waiting: 40,
        oldest_us: 2_000_000,
        evidence: vec![Evidence { rule: "lock", node: "db1:27017".into(), text: "39 wait".into() }],
        confidence: 95,
        sentence: "reads have stalled since 17:00:02: 40 waiting".into(),
    };
    let hypotheses =
        vec![Hypothesis { claim: Claim::Cloud, stance: Stance::Unknown, evidence: vec!["none".into()] }];
    let input = Input::Judged { watched: watched(), verdict: Box::new(verdict), hypotheses };
    decide(&id(1), incident, &input, at(second)).unwrap()
}

async fn a_judgement_comes_back_as_it_was_decided(database: Database) {
    let store = database.open().await;
    let begun = judged(None, 102, None);
    store.commit(&begun, None).await.unwrap();
    assert_eq!(store.load(&id(1)).await.as_ref(), Ok(&begun.next));
    let ended = judged(Some(&begun.next), 160, Some(158));
    store.commit(&ended, None).await.unwrap();
    assert_eq!(store.load(&id(1)).await.as_ref(), Ok(&ended.next));
    let row = store.incident_row(&id(1)).await.unwrap();
    assert_eq!((row.began_at, row.ended_at), (Some(at(100)), Some(at(158))));
}

async fn a_verdict_finds_the_incident_it_belongs_to(database: Database) {
    let store = database.open().await;
    store.commit(&opened(&id(2), 50), None).await.unwrap();
    let near = async |second| {
        let found = store.incidents_near(&slug("production"), at(second)).await.unwrap();
        found.into_iter().map(|incident| incident.id).collect::<Vec<_>>()
    };
    assert_eq!(near(60).await, [id(2)], "one that is open");
    let begun = judged(None, 102, None);
    store.commit(&begun, None).await.unwrap();
    assert_eq!(near(110).await, [id(1), id(2)]);
    assert_eq!(store.incidents_near(&slug("staging"), at(110)).await, Ok(vec![]));
    let ended = judged(Some(&begun.next), 160, Some(158));
    let over = decide(&id(1), Some(&ended.next), &Input::Tick, at(458)).unwrap();
    store.commit(&ended, None).await.unwrap();
    store.commit(&over, None).await.unwrap();
    assert_eq!(near(458 + 3_600).await, [id(1), id(2)], "one that was over within the hour");
    assert_eq!(near(458 + 3_601).await, [id(2)]);
}

async fn the_clock_finds_an_incident_whose_reads_are_well(database: Database) {
    let store = database.open().await;
    let begun = judged(None, 102, None);
    store.commit(&begun, None).await.unwrap();
    let due = async |second| store.due_incidents(at(second)).await.unwrap();
    assert_eq!(due(9_000).await, [], "its reads stall");
    let ended = judged(Some(&begun.next), 160, Some(158));
    store.commit(&ended, None).await.unwrap();
    assert_eq!(due(170).await, [id(1)]);
    let over = decide(&id(1), Some(&ended.next), &Input::Tick, at(458)).unwrap();
    assert_eq!(over.next.state, State::Resolved);
    store.commit(&over, None).await.unwrap();
    assert_eq!(due(9_000).await, []);
}

//! Every shape that was ever released still loads, and means what it meant.

use super::*;
use domain::Judgement;
use domain::advice::{Advised, Piece, Standing};
use domain::detect::contributors::{self, Contributor, Part, Shares};
use domain::detect::{Cause, Culprit, Severity};
use domain::hypothesis::{Claim, Hypothesis, Stance};
use domain::judgement::{Change, Sign};
use std::collections::BTreeMap;
use std::path::Path;

fn fixtures(version: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(version);
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// One event of each kind, with every optional field filled.
fn every_kind() -> Vec<Event> {
    let slug = Slug::parse("acme-cloud").unwrap();
    let id = domain::IncidentId::of_vendor(&slug, "x1");
    vec![
        Event::Opened {
            origin: Origin::Vendor { vendor: slug, external_id: "x1".into() },
            kind: Kind::Maintenance,
            title: "Slow \u{0} logins".into(),
            impact: Impact::Major,
            state: State::Scheduled,
            published_at: at(1),
        },
        Event::UpdatePosted {
            update: "u1".into(),
            state: State::Identified,
            body: "We *know*.".into(),
            published_at: at(2),
            edited_at: Some(at(3)),
            next_update_at: Some(at(13)),
        },
        Event::UpdateRepeated { update: "u1".into(), repeat: "u2".into(), published_at: at(4) },
        Event::UpdateEdited {
            update: "u1".into(),
            state: State::Monitoring,
            body: "b".into(),
            edited_at: None,
        },
        Event::UpdateWithdrawn { update: "u1".into() },
        Event::StateChanged { to: State::Resolved, at: at(5) },
        Event::ResolvedAtChanged { to: Some(at(6)) },
        Event::Retitled { to: "t".into() },
        Event::ImpactChanged { to: Impact::Critical },
        Event::Rescheduled { to: Some(Window::closed(at(7), at(8))) },
        Event::Linked { to: Some("https://status.example/x1".into()) },
        Event::ComponentChanged {
            update: Some("u1".into()),
            key: ComponentKey("api".into()),
            name: "API".into(),
            to: ComponentState::MajorOutage,
            at: at(9),
        },
        Event::PostmortemPublished { body: "What went wrong".into(), published_at: at(10) },
        Event::TrueWindowSet { began_at: Some(at(11)), ended_at: Some(at(12)) },
        Event::Withdrawn,
        Event::Restored,
        Event::Merged { into: id.clone() },
        Event::Absorbed { other: id },
        Event::VisibilityChanged { to: Visibility::Internal },
        Event::PublicationPlanned { at: Some(at(14)) },
        Event::Noted { body: "Ask the provider.".into() },
        Event::PromiseCalled { update: "u1".into(), lapsed: true },
        Event::Judged(Box::new(judgement())),
        Event::Advised(Box::new(advised())),
    ]
}

fn advised() -> Advised {
    Advised {
        database: Slug::parse("crm").unwrap(),
        namespace: "crm.messages".into(),
        shape: "find filter{author:?}".into(),
        pieces: vec![Piece {
            step: "create_index".into(),
            standing: Standing::Verified,
            why: "fields with one value".into(),
            command: Some("db.getSiblingDB(\"crm\")".into()),
            rollback: Some("db".into()),
            cost: Some("about 1.2 MiB".into()),
            figures: Some("12 documents instead of 20000".into()),
            indexes: vec!["author_1".into()],
        }],
    }
}

fn judgement() -> Judgement {
    Judgement {
        database: Slug::parse("crm").unwrap(),
        name: "crm".into(),
        change: Change::Recovered,
        severity: Severity::Stall,
        began_at: at(13),
        detected_at: at(14),
        ended_at: Some(at(15)),
        quiet_until: Some(at(315)),
        cause: Cause::BlockingOp,
        sentence: "reads have stalled \u{0} since 17:00:02".into(),
        nodes: vec!["db1:27017".into()],
        namespaces: vec!["crm.messages".into()],
        culprit: Some(Culprit {
            namespace: "crm.messages".into(),
            command: "createIndexes".into(),
            shape: "{ createIndexes: 'messages' }".into(),
            app: "deploy".into(),
            plan: "COLLSCAN".into(),
            message: "Index Build: 12/100 12%".into(),
            count: 1,
            oldest_us: 9_100_000,
        }),
        contributors: vec![Contributor {
            kind: contributors::Kind::IndexBuild,
            part: Part::Cause,
            namespace: "crm.messages".into(),
            command: "createIndexes".into(),
            shape: "createIndexes".into(),
            app: "deploy".into(),
            plan: "".into(),
            usual_plan: Some("IXSCAN { ts: 1 }".into()),
            message: "Index Build: 12/100 12%".into(),
            count: 1,
            waiting: 0,
            oldest_us: 9_100_000,
            replanned: 2,
            shares: Shares { lock: Some(100), concurrent: Some(1), ..Shares::default() },
            sentence: "index build on crm.messages: 100 % of the time that locks were held".into(),
        }],
        waiting: 412,
        oldest_us: 9_050_000,
        confidence: 97,
        evidence: vec![Sign { rule: "lock".into(), node: "db1:27017".into(), text: "411 wait".into() }],
        hypotheses: vec![Hypothesis {
            claim: Claim::Deploy,
            stance: Stance::Against,
            evidence: vec!["no deploy was marked".into()],
        }],
        proposes: Some(State::Monitoring),
    }
}

#[test]
fn every_actor_reads_back_as_it_was_written() {
    let slug = Slug::parse("crm").unwrap();
    let actors = [Actor::Vendor(slug.clone()), Actor::Person("ann".into()), Actor::Watch(slug), Actor::Clock];
    for actor in actors {
        let (kind, name) = write_actor(&actor);
        assert_eq!(read_actor(kind, name), Ok(actor));
    }
}

#[test]
fn every_event_reads_back_as_it_was_written() {
    for event in every_kind() {
        let text = write_event(&event).unwrap();
        assert_eq!(read_event(&text).as_ref(), Ok(&event), "{text}");
        assert!(!text.contains('\0'), "PostgreSQL has no NUL: {text}");
    }
}

#[test]
fn every_kind_has_a_fixture_of_version_1_that_still_loads() {
    let fixtures = fixtures("v1");
    let kinds: Vec<&str> = every_kind().iter().map(Event::kind).collect();
    let named: Vec<&String> = fixtures.keys().collect();
    let mut expected = kinds.clone();
    expected.sort_unstable();
    assert_eq!(named, expected, "one fixture per kind");
    for (name, text) in &fixtures {
        let event = read_event(text).unwrap();
        assert_eq!(event.kind(), name);
        // What it meant is still all there: written again, it says the same.
        let written: serde_json::Value = serde_json::from_str(&write_event(&event).unwrap()).unwrap();
        let stored: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(written, stored, "{name}");
    }
}

#[test]
fn an_unknown_shape_is_refused_and_not_guessed() {
    for text in ["{}", r#"{"v":2,"kind":"withdrawn"}"#, r#"{"v":1,"kind":"exploded"}"#, "nonsense"] {
        assert!(matches!(read_event(text), Err(Error::Corrupt(_))), "{text}");
    }
}

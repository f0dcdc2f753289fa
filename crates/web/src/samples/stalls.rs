//! Incidents that the watch over a database opened, or joined.

use super::stories::{Story, open, opened};
use super::{at, slug};
use domain::advice::{Advised, Piece, Standing};
use domain::detect::{Cause, Culprit, Evidence, Severity, Verdict};
use domain::hypothesis::{self, Context, Health, Hypothesis, Neighbour};
use domain::judgement::QUIET;
use domain::observation::ComponentChange;
use domain::{
    Command, ComponentKey, ComponentState, Deploy, DeployId, Impact, IncidentId, Input, Kind, Publishing,
    State, Visibility, Watched,
};

fn watched() -> Box<Watched> {
    let component = |name: &str| (ComponentKey(slug(name).to_string()), name.to_owned());
    Box::new(Watched {
        database: slug("prod1-crm"),
        name: "prod1-crm".into(),
        environment: slug("PROD1"),
        environment_name: "PROD1".into(),
        affects: vec![component("API"), component("Web client")],
        quiet_for: QUIET,
        publishing: Publishing::Automatic,
        promise: None,
        maintenance: None,
    })
}

/// A stall of which nothing is known yet but that it is one.
fn begun() -> Verdict {
    Verdict {
        severity: Severity::Stall,
        began_at: at("2025-02-12T09:38:20Z"),
        detected_at: at("2025-02-12T09:38:21.400Z"),
        ended_at: None,
        cause: Cause::Engine,
        nodes: vec!["mongo-1.prod1.example:27017".into()],
        namespaces: vec!["crm.conversations".into(), "crm.users".into()],
        culprit: None,
        contributors: vec![],
        waiting: 37,
        oldest_us: 1_380_000,
        evidence: vec![
            evidence("probe", "hot read of crm.conversations on its way for 1.4 s (usually 2 ms)"),
            evidence("lock_wait", "36 operations wait for a lock (usually none)"),
        ],
        confidence: 71,
        sentence: "reads have stalled since 09:38:20: 37 waiting, oldest 1.4 s".into(),
    }
}

/// The same, two seconds later.
fn blamed() -> Verdict {
    Verdict {
        cause: Cause::BlockingOp,
        culprit: Some(Culprit {
            namespace: "crm.conversations".into(),
            command: "createIndexes".into(),
            shape:
                "{ createIndexes: 'conversations', indexes: [{ key: { tenant: ?, updatedAt: ? }, name: ? }] }"
                    .into(),
            app: "migrations".into(),
            plan: "".into(),
            message: "Index Build: 190201/3000000 6%".into(),
            count: 1,
            oldest_us: 4_100_000,
        }),
        contributors: vec![],
        waiting: 118,
        oldest_us: 3_900_000,
        evidence: vec![
            evidence("probe", "hot read of crm.conversations on its way for 3.9 s (usually 2 ms)"),
            evidence("lock_wait", "117 operations wait for a lock (usually none)"),
            evidence("exclusive", "createIndexes on crm.conversations keeps readers out for 4.1 s"),
        ],
        confidence: 97,
        sentence: "reads have stalled since 09:38:20: 118 waiting, oldest 3.9 s; holder: createIndexes on \
                   crm.conversations"
            .into(),
        ..begun()
    }
}

fn grown() -> Verdict {
    Verdict {
        waiting: 412,
        oldest_us: 98_000_000,
        sentence: "reads have stalled since 09:38:20: 412 waiting, oldest 98.0 s; holder: createIndexes on \
                   crm.conversations"
            .into(),
        ..blamed()
    }
}

fn evidence(rule: &'static str, text: &str) -> Evidence {
    Evidence { rule, node: "mongo-1.prod1.example:27017".into(), text: text.into() }
}

/// What was deployed to PROD1 at that time.
fn deploys() -> Vec<Deploy> {
    vec![Deploy {
        id: DeployId::from_entropy(7),
        environment: Some(slug("PROD1")),
        what: "api 4.12".into(),
        link: Some("https://ci.example.com/builds/4711".into()),
        by: "deploy-bot".into(),
        at: at("2025-02-12T09:35:10Z"),
    }]
}

/// The deploys that stand on the page of a story.
pub fn deploys_of(story: &Story) -> Vec<Deploy> {
    if story.incident.watching.watches.is_empty() { Vec::new() } else { deploys() }
}

fn weigh(verdict: &Verdict) -> Vec<Hypothesis> {
    let neighbour = Neighbour {
        name: "prod2-crm".into(),
        environment: slug("PROD2"),
        environment_name: "PROD2".into(),
        health: Health::Well,
    };
    hypothesis::weigh(&Context {
        verdict,
        environment: &slug("PROD1"),
        environment_name: "PROD1",
        neighbours: &[neighbour],
        deploys: &deploys(),
        deploys_are_marked: true,
        vendors_watched: 6,
        vendor_incidents: &[],
    })
}

fn judged(verdict: Verdict) -> Input {
    let hypotheses = weigh(&verdict);
    Input::Judged { watched: watched(), verdict: Box::new(verdict), hypotheses }
}

/// A stall that goes on: seen, named, and worse by now.
pub fn standing() -> Story {
    let id = IncidentId::from_entropy(0x5ca1_ab1e);
    open(&id, "PROD1", &judged(begun()), at("2025-02-12T09:38:21.500Z"))
        .then("2025-02-12T09:38:24Z", &judged(blamed()))
        .then("2025-02-12T09:40:00Z", &judged(grown()))
}

/// A stall by a query without its index, with what would serve it.
pub fn advised() -> Story {
    let verdict = Verdict {
        cause: Cause::SlowQuery,
        culprit: Some(Culprit {
            namespace: "crm.conversations".into(),
            command: "find".into(),
            shape: "find filter{customer:?,closed:?} sort{updatedAt:-1} limit".into(),
            app: "crm-api".into(),
            plan: "COLLSCAN".into(),
            message: "".into(),
            count: 96,
            oldest_us: 4_100_000,
        }),
        sentence: "reads have stalled since 09:38:20: 118 waiting, oldest 3.9 s; in front: find on crm.conversations"
            .into(),
        ..blamed()
    };
    let id = IncidentId::from_entropy(0x5ca1_ab1f);
    open(&id, "PROD1", &judged(verdict), at("2025-02-12T09:38:24Z"))
        .then("2025-02-12T09:38:49Z", &Input::Advised(Box::new(advice())))
}

fn advice() -> Advised {
    let place = "db.getSiblingDB(\"crm\").getCollection(\"conversations\")";
    let piece = Piece {
        step: "create_index".into(),
        standing: Standing::Verified,
        why: "fields with one value, then the order".into(),
        command: Some(format!(
            "{place}.createIndex({{ \"customer\": 1, \"closed\": 1, \"updatedAt\": -1 }}, {{ \"name\": \"customer_1_closed_1_updatedAt_-1\" }})\n{place}.dropIndex(\"customer_1\")"
        )),
        rollback: Some(format!(
            "{place}.createIndex({{ \"customer\": 1 }}, {{ \"name\": \"customer_1\" }})\n{place}.dropIndex(\"customer_1_closed_1_updatedAt_-1\")"
        )),
        cost: Some("about 71.2 MiB; 1 entry more for each document that is inserted or removed (+0 % indexes to maintain); building takes minutes".into()),
        figures: Some("on a copy 40 keys and documents examined instead of 20000, 310 µs instead of 18.4 ms; at full size 310 µs (290 µs to 402 µs) instead of 2.8 s (2.6 s to 3.4 s); its size there 66.0 MiB. The copy has 20000 of 3000000 documents; 5 queries were run.".into()),
        indexes: vec!["customer_1_closed_1_updatedAt_-1".into()],
    };
    let rewrite = Piece {
        step: "rewrite".into(),
        standing: Standing::Proposed,
        why: "`skip` reads all that it steps over: ask for what comes after the last document of the page before".into(),
        command: None,
        rollback: None,
        cost: None,
        figures: None,
        indexes: Vec::new(),
    };
    Advised {
        database: slug("prod1-crm"),
        namespace: "crm.conversations".into(),
        shape: "find filter{customer:?,closed:?} sort{updatedAt:-1} limit".into(),
        pieces: vec![piece, rewrite],
    }
}

/// The same, when it is over.
pub fn over() -> Story {
    let ended = Verdict { ended_at: Some(at("2025-02-12T09:40:31Z")), ..grown() };
    standing().then("2025-02-12T09:40:34Z", &judged(ended)).then("2025-02-12T09:45:32Z", &Input::Tick)
}

/// A stall in an incident that a person opened: the watch records, and proposes.
pub fn led_by_a_person() -> Story {
    let command = Command::Open {
        environment: slug("PROD1"),
        kind: Kind::Incident,
        title: "The API answers slowly".into(),
        impact: Impact::Minor,
        state: State::Investigating,
        update: ("u1".into(), "We are looking into slow answers of the API.".into()),
        components: vec![ComponentChange {
            key: ComponentKey("api".into()),
            name: "API".into(),
            to: ComponentState::DegradedPerformance,
        }],
        schedule: None,
        began_at: None,
        visibility: Visibility::Public,
        next_update_at: None,
    };
    let ended = Verdict { ended_at: Some(at("2025-02-12T09:40:31Z")), ..blamed() };
    opened("PROD1", 21, "2025-02-12T09:38:18Z", command)
        .then("2025-02-12T09:38:22Z", &judged(begun()))
        .then("2025-02-12T09:38:24Z", &judged(blamed()))
        .then("2025-02-12T09:40:34Z", &judged(ended))
}

/// A text of one's own choosing in every field that a database or its clients fill.
pub fn filled_with(text: &str) -> Story {
    let culprit = Culprit {
        namespace: text.into(),
        command: text.into(),
        shape: text.into(),
        app: text.into(),
        plan: text.into(),
        message: text.into(),
        count: 1,
        oldest_us: 1,
    };
    let verdict = Verdict {
        nodes: vec![text.into()],
        namespaces: vec![text.into()],
        culprit: Some(culprit),
        evidence: vec![Evidence { rule: "probe", node: text.into(), text: text.into() }],
        sentence: text.to_owned(),
        ..begun()
    };
    let watched = Box::new(Watched { name: text.to_owned(), ..*watched() });
    let hypotheses = weigh(&verdict);
    let input = Input::Judged { watched, verdict: Box::new(verdict), hypotheses };
    let words = || Some(text.to_owned());
    let piece = Piece {
        step: text.to_owned(),
        standing: Standing::Proposed,
        why: text.to_owned(),
        command: words(),
        rollback: words(),
        cost: words(),
        figures: words(),
        indexes: vec![text.to_owned()],
    };
    let (namespace, shape) = (text.to_owned(), text.to_owned());
    let advised = Advised { database: slug("prod1-crm"), namespace, shape, pieces: vec![piece] };
    open(&IncidentId::from_entropy(9), "PROD1", &input, at("2025-02-12T09:38:22Z"))
        .then("2025-02-12T09:38:49Z", &Input::Advised(Box::new(advised)))
}

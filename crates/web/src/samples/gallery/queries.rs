//! The query explorer, and the evidence of an incident.

use super::boards::signed_in;
use super::{Picture, picture};
use crate::load::queries::{QueryLine, QueryQuestion, Sort, whole_hours};
use crate::pages::console::evidence;
use crate::pages::queries;
use crate::samples::{now, stalls};
use crate::view::chart::{CHARTS, Values};
use crate::view::link;
use domain::Incident;
use domain::detect::contributors::{Contributor, Kind, Part, Shares};
use domain::query::{QueryCost, QueryName};
use domain::reads::Finished;
use domain::time::Window;
use jiff::SignedDuration;
use store::QueryRow;

pub(super) fn pictures() -> Vec<Picture> {
    let none = explorer(Vec::new(), "");
    vec![
        picture(
            "queries",
            explorer(lines("crm.messages", "find filter{body:{$regex:?,$options:?}} limit"), ""),
        ),
        picture("queries-none", none),
        picture("evidence", evidence_page("find filter{body:{$regex:?,$options:?}} limit")),
    ]
}

pub(super) fn filled_with(text: &str) -> Vec<Picture> {
    vec![picture("queries", explorer(lines(text, text), text)), picture("evidence", evidence_page(text))]
}

fn explorer(lines: Vec<QueryLine>, words: &str) -> Result<String, askama::Error> {
    let from = now().saturating_sub(SignedDuration::from_hours(24)).unwrap_or(now());
    let question = QueryQuestion {
        database: None,
        window: whole_hours(from, now()),
        words: words.to_owned(),
        sort: Sort::Time,
    };
    let databases = vec![("prod1-crm".to_owned(), "CRM".to_owned())];
    let input = queries::Input { databases, range: queries::USUAL, question, lines };
    queries::render(&signed_in(link::QUERIES), &input)
}

fn lines(namespace: &str, shape: &str) -> Vec<QueryLine> {
    let line = |namespace: &str, shape: &str, (took_ms, docs): (i64, i64), plan: &str, week_before_ms| {
        let mut cost = QueryCost::default();
        for number in 1..=20 {
            cost.finished(&Finished {
                took_us: took_ms * number * 100,
                docs_examined: docs,
                returned: 20,
                plan: plan.into(),
                app: shape.split(' ').next().unwrap_or_default().into(),
                replanned: number == 3,
                ..Finished::default()
            });
        }
        let (namespace, shape) = (namespace.to_owned(), shape.to_owned());
        let name = QueryName { namespace, command: "find".to_owned(), shape };
        let steps = (0..48).map(|step| (step, cost.total_ms() / 48 * (step as u64 % 7))).collect();
        QueryLine { row: QueryRow { database: "prod1-crm".to_owned(), name, cost, steps }, week_before_ms }
    };
    vec![
        line(namespace, shape, (9_000, 90_000), "COLLSCAN", Some(0)),
        line(
            "crm.conversations",
            "find filter{team:?,state:?} sort{updatedAt:-1} limit",
            (300, 40),
            "IXSCAN { team: 1 }",
            Some(9_000),
        ),
        line("*", "", (20, 2), "IDHACK", None),
    ]
}

fn evidence_page(text: &str) -> Result<String, askama::Error> {
    let mut incident: Incident = stalls::standing().incident;
    let mut measured = Vec::new();
    for watch in &mut incident.watching.watches {
        watch.latest.contributors = contributors(text);
        text.clone_into(&mut watch.latest.sentence);
        let began_at = watch.latest.began_at;
        let from = began_at.saturating_sub(SignedDuration::from_mins(5)).unwrap_or(began_at);
        let window = Window::closed(from, now());
        let second = |second: i64| from.saturating_add(SignedDuration::from_secs(second)).unwrap_or(from);
        let values = |_: &_| -> Values {
            (0..500).map(|at| (second(at), if at > 300 { 2_000.0 } else { 3.0 })).collect()
        };
        let values = CHARTS.iter().map(|chart| chart.lines.iter().map(values).collect()).collect();
        measured.push(evidence::Measured {
            database: watch.database.clone(),
            node: text.to_owned(),
            window,
            values,
        });
    }
    evidence::render(
        &signed_in(&link::evidence(&incident.id)),
        &evidence::Input { incident: &incident, timeline: &[], measured },
    )
}

fn contributors(text: &str) -> Vec<Contributor> {
    let one = |kind, part, shares, (count, waiting)| Contributor {
        kind,
        part,
        namespace: "crm.messages".into(),
        command: "find".into(),
        shape: text.into(),
        app: "crm-search".into(),
        plan: "COLLSCAN".into(),
        usual_plan: None,
        message: text.into(),
        count,
        waiting,
        oldest_us: 9_100_000,
        replanned: 0,
        shares,
        sentence: text.to_owned(),
    };
    let lock = Shares { lock: Some(100), ..Shares::default() };
    let work = Shares { work: Some(6), time: Some(40), ..Shares::default() };
    vec![
        one(Kind::IndexBuild, Part::Cause, lock, (1, 0)),
        one(Kind::Shape, Part::Victim, work, (411, 411)),
        one(Kind::Storage, Part::Bystander, Shares::default(), (0, 0)),
    ]
}

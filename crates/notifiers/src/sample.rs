//! An invented incident, told as every kind of news: what a channel is tried with, and what templates are checked
//! against before they are needed.

use crate::message::{Audience, Message};
use domain::{ComponentState, Impact, IncidentId, Kind, Language, Notice, State, Timestamp};

/// The news of that kind, for operators and in English.
pub fn message(notice: Notice) -> Message {
    let (state, body, minute) = story(notice);
    let over = state.is_over();
    Message {
        key: format!("msg_sample_{}", notice.as_str()),
        audience: Audience::Operators,
        language: Language::English,
        notice,
        at: at(minute),
        // Sixty bits of nothing in particular, so that it reads like any other.
        incident: IncidentId::from_entropy(0x0a5f_3c2e_91d7_4b68),
        seq: minute.unsigned_abs(),
        kind: Kind::Incident,
        title: "Reads stall".to_owned(),
        impact: Impact::Major,
        state,
        body: body.to_owned(),
        cause: Some("slow queries on a large data set".to_owned()),
        environment: "PROD1".to_owned(),
        components: vec![
            ("API".to_owned(), ComponentState::PartialOutage),
            ("Web".to_owned(), ComponentState::DegradedPerformance),
        ],
        began_at: Some(at(20)),
        published_at: at(25),
        resolved_at: over.then(|| at(74)),
        next_update_at: (!over).then(|| at(55)),
        schedule: None,
        automatic: notice == Notice::Opened,
        page: "Acme Status".to_owned(),
        page_url: "https://status.acme.example/".to_owned(),
        url: "https://status.acme.example/incidents/q5p76x7j7sw5".to_owned(),
        unsubscribe_url: None,
    }
}

/// State, text, and the minute after nine at which it was told.
fn story(notice: Notice) -> (State, &'static str, i32) {
    match notice {
        Notice::Opened | Notice::Published | Notice::Observed => {
            (State::Investigating, "Reads are slow for many customers. We are **looking into it**.", 25)
        }
        Notice::Updated => (
            State::Identified,
            "A scan holds the disk. It is being [stopped](https://status.acme.example/runbook).",
            40,
        ),
        Notice::PromiseDue => (State::Identified, "", 50),
        Notice::PromiseLapsed => (State::Identified, "", 56),
        Notice::Corrected => (State::Identified, "", 60),
        Notice::Resolved => (State::Resolved, "Reads are as fast as before.", 74),
        Notice::Reopened => (State::Investigating, "Reads stall again.", 90),
        Notice::Withdrawn => (State::Investigating, "", 95),
        Notice::Postmortem => (
            State::Postmortem,
            "# What happened\n\nA report scanned every order of the year.\n\n- 54 minutes\n- no data was lost",
            600,
        ),
    }
}

/// A minute after nine on an invented day.
fn at(minute: i32) -> Timestamp {
    Timestamp::from_second(1_739_350_800 + 60 * i64::from(minute)).unwrap_or_default()
}

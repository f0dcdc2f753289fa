//! English.

use super::Words;
use domain::{ComponentState, Impact, Kind, Notice, State};

pub(super) const WORDS: Words = Words {
    moment: "%Y-%m-%d %H:%M UTC",
    headline: "{news}: {title}",
    headline_with_cause: "{news}: {title} ({cause})",
    status: "Status",
    environment: "Environment",
    affected: "Affected",
    cause: "Cause",
    scheduled: "Scheduled",
    began: "Began",
    over: "Over",
    next_update: "Next update",
    by: "by {moment}",
    over_after: "{moment}, after {duration}",
    window: "{from} to {until}",
    window_open: "from {from}",
    and_more: "and {count} more",
    promise_due: "The update that was promised by {moment} is due soon.",
    promise_lapsed: "The update that was promised by {moment} has not come.",
    reopened: "It was over, and is not.",
    corrected: "What had been said before was changed.",
    withdrawn: "It was taken back and no longer counts.",
    automatic: "Published automatically.",
    open_incident: "Open the incident",
    open_maintenance: "Open the maintenance",
    why: "You receive this because you subscribed to {page}.",
    unsubscribe: "Unsubscribe",
    news,
    state: State::label,
    impact: Impact::label,
    component: ComponentState::label,
};

fn news(notice: Notice, kind: Kind, state: State) -> &'static str {
    let is_incident = kind == Kind::Incident;
    match notice {
        Notice::Opened | Notice::Published if is_incident => "New incident",
        Notice::Opened | Notice::Published if state == State::Scheduled => "Maintenance planned",
        Notice::Opened | Notice::Published => "Maintenance",
        Notice::Updated if is_incident => "Update",
        Notice::Updated => "Maintenance update",
        Notice::Resolved if is_incident => "Resolved",
        Notice::Resolved => "Maintenance completed",
        Notice::Reopened if is_incident => "Reopened",
        Notice::Reopened => "Maintenance resumed",
        Notice::Postmortem => "Postmortem",
        Notice::Corrected => "Correction",
        Notice::Withdrawn => "Withdrawn",
        Notice::PromiseDue => "Update due soon",
        Notice::PromiseLapsed => "Update is late",
        Notice::Observed => "Observed",
    }
}

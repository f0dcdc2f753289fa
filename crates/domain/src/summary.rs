//! The one sentence that tells an incident.

use crate::incident::{Impact, Incident, Kind, State};
use crate::time::{Window, spell_duration};
use jiff::Timestamp;

/// Longest list of components in a sentence; the rest is counted.
const NAMED_COMPONENTS: usize = 3;

/// One sentence in the past tense, or the present while it lasts: "Acme experienced a minor incident on
/// 14 December 2024 affecting API and Web Client, lasting 54 minutes." `subject` is the vendor or our own
/// page. Where the true window is known and differs, it is said too.
pub fn sentence(incident: &Incident, subject: &str, now: Timestamp) -> String {
    let mut text = format!("{subject} {} {}", verb(incident), noun(incident));
    text.push_str(&when(incident));
    text.push_str(&affecting(incident));
    text.push_str(&lasting(incident, now));
    text.push('.');
    if incident.withdrawn_at.is_some() {
        text.push_str(" It has since been taken back by its source.");
    }
    text
}

fn verb(incident: &Incident) -> &'static str {
    match (incident.kind, incident.state.is_over(), incident.state) {
        (Kind::Maintenance, _, State::Scheduled) => "announces",
        (Kind::Maintenance, false, _) => "is carrying out",
        (Kind::Maintenance, true, _) => "carried out",
        (Kind::Incident, false, _) => "is experiencing",
        (Kind::Incident, true, _) => "experienced",
    }
}

fn noun(incident: &Incident) -> &'static str {
    match (incident.kind, incident.impact) {
        (Kind::Maintenance, _) => "a maintenance",
        (Kind::Incident, Impact::Minor) => "a minor incident",
        (Kind::Incident, Impact::Major) => "a major incident",
        (Kind::Incident, Impact::Critical) => "a critical incident",
        (Kind::Incident, Impact::None) => "an incident declared as without impact",
        (Kind::Incident, Impact::Maintenance | Impact::Unknown) => "an incident",
    }
}

fn when(incident: &Incident) -> String {
    let scheduled = incident.schedule.filter(|_| incident.kind == Kind::Maintenance);
    let from = scheduled.map_or_else(|| incident.best_window().from, |window| window.from);
    let preposition = if incident.state == State::Scheduled { " for" } else { " on" };
    let since = if incident.state.is_over() || scheduled.is_some() { preposition } else { " since" };
    format!("{since} {}", day(from))
}

/// The months in English, the language of sentences.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// "14 December 2024", in UTC.
pub fn day(at: Timestamp) -> String {
    let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let month = usize::try_from(date.month()).ok().and_then(|month| MONTHS.get(month - 1)).unwrap_or(&"");
    format!("{} {month} {}", date.day(), date.year())
}

fn affecting(incident: &Incident) -> String {
    let names: Vec<&str> = incident.components.iter().map(|component| component.name.as_str()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!(" affecting {one}"),
        [rest @ .., last] if names.len() <= NAMED_COMPONENTS => {
            format!(" affecting {} and {last}", rest.join(", "))
        }
        _ => {
            let first = names[..NAMED_COMPONENTS - 1].join(", ");
            format!(" affecting {first} and {} more components", names.len() - (NAMED_COMPONENTS - 1))
        }
    }
}

fn lasting(incident: &Incident, now: Timestamp) -> String {
    if incident.state == State::Scheduled {
        return String::new();
    }
    // A maintenance lasts as long as its work, not as long as it was announced.
    let published = incident.work_window().unwrap_or_else(|| incident.published_window());
    let spell = |window: Window| spell_duration(window.seconds(now));
    match (incident.true_window(), incident.state.is_over()) {
        (Some(truth), true) if truth.seconds(now) != published.seconds(now) => {
            format!(", lasting {} ({} by its page)", spell(truth), spell(published))
        }
        (_, true) if published.seconds(now) == 0 => ", posted when it was already over".to_owned(),
        (truth, true) => format!(", lasting {}", spell(truth.unwrap_or(published))),
        (truth, false) => format!(", for {} so far", spell(truth.unwrap_or(published))),
    }
}

//! The one sentence that tells an incident, as [`domain::summary`] tells it in English.

use crate::language::Words;
use domain::time::Window;
use domain::{Impact, Incident, Kind, Language, State, Timestamp};
use jiff::tz::TimeZone;

/// Longest list of components in a sentence; the rest is counted.
const NAMED: usize = 3;

pub(super) fn told(incident: &Incident, subject: &str, now: Timestamp) -> String {
    let (when, what) = (when(incident), what(incident));
    let over = incident.state.is_over();
    let mut text = match (incident.kind, incident.state) {
        (Kind::Maintenance, State::Scheduled) => format!("{subject} kündigt {when} {what} an"),
        (Kind::Maintenance, _) if over => format!("{subject} hat {when} {what} durchgeführt"),
        (Kind::Maintenance, _) => format!("{subject} führt {when} {what} durch"),
        (Kind::Incident, _) if over => format!("{subject} hatte {when} {what}"),
        (Kind::Incident, _) => format!("{subject} hat {when} {what}"),
    };
    text.push_str(&affecting(incident));
    text.push_str(&lasting(incident, now));
    text.push('.');
    if incident.withdrawn_at.is_some() {
        text.push_str(" Die Quelle hat das inzwischen zurückgenommen.");
    }
    text
}

fn what(incident: &Incident) -> &'static str {
    match (incident.kind, incident.impact) {
        (Kind::Maintenance, _) => "eine Wartung",
        (Kind::Incident, Impact::Minor) => "eine geringe Störung",
        (Kind::Incident, Impact::Major) => "eine erhebliche Störung",
        (Kind::Incident, Impact::Critical) => "eine kritische Störung",
        (Kind::Incident, Impact::None) => "eine Störung ohne gemeldete Auswirkung",
        (Kind::Incident, Impact::Maintenance | Impact::Unknown) => "eine Störung",
    }
}

fn when(incident: &Incident) -> String {
    let scheduled = incident.schedule.filter(|_| incident.kind == Kind::Maintenance);
    let from = scheduled.map_or_else(|| incident.best_window().from, |window| window.from);
    let day = Words::of(Language::German).long_date(from.to_zoned(TimeZone::UTC).date());
    match incident.state {
        State::Scheduled => format!("für den {day}"),
        state if state.is_over() || scheduled.is_some() => format!("am {day}"),
        _ => format!("seit dem {day}"),
    }
}

fn affecting(incident: &Incident) -> String {
    let names: Vec<&str> = incident.components.iter().map(|component| component.name.as_str()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!(", betroffen: {one}"),
        [rest @ .., last] if names.len() <= NAMED => format!(", betroffen: {} und {last}", rest.join(", ")),
        _ => {
            let first = names[..NAMED - 1].join(", ");
            format!(", betroffen: {first} und {} weitere Komponenten", names.len() - (NAMED - 1))
        }
    }
}

fn lasting(incident: &Incident, now: Timestamp) -> String {
    if incident.state == State::Scheduled {
        return String::new();
    }
    let published = incident.work_window().unwrap_or_else(|| incident.published_window());
    let spell = |window: Window| Words::of(Language::German).spelled(window.seconds(now));
    match (incident.true_window(), incident.state.is_over()) {
        (Some(truth), true) if truth.seconds(now) != published.seconds(now) => {
            format!("; Dauer: {} (laut Seite {})", spell(truth), spell(published))
        }
        (_, true) if published.seconds(now) == 0 => "; gemeldet, als es schon vorbei war".to_owned(),
        (truth, true) => format!("; Dauer: {}", spell(truth.unwrap_or(published))),
        (truth, false) => format!("; bisher {}", spell(truth.unwrap_or(published))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{now, stories};

    #[test]
    fn every_kind_of_incident_is_one_sentence() {
        let told = |story: stories::Story| told(&story.incident, &story.subject, now());
        insta::assert_snapshot!(
            [
                told(stories::seed_day()),
                told(stories::own_open()),
                told(stories::own_maintenance()),
                told(stories::vendor_maintenance()),
                told(stories::withdrawn()),
            ]
            .join("\n")
        );
    }
}

//! German. The English labels stand with the values themselves.

use crate::{ComponentState, Impact, State};

/// A state of an incident or update.
pub fn state(state: State) -> &'static str {
    match state {
        State::Investigating => "Wird untersucht",
        State::Identified => "Ursache bekannt",
        State::Monitoring => "Wird beobachtet",
        State::Resolved => "Behoben",
        State::Postmortem => "Nachbericht",
        State::Scheduled => "Geplant",
        State::InProgress => "Läuft",
        State::Verifying => "Wird geprüft",
        State::Completed => "Abgeschlossen",
        State::Unknown => "Unbekannt",
    }
}

/// A grade.
pub fn impact(impact: Impact) -> &'static str {
    match impact {
        Impact::None => "Ohne Auswirkung",
        Impact::Minor => "Gering",
        Impact::Major => "Erheblich",
        Impact::Critical => "Kritisch",
        Impact::Maintenance => "Wartung",
        Impact::Unknown => "Auswirkung unbekannt",
    }
}

/// A state of a component.
pub fn component(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Operational => "In Betrieb",
        ComponentState::DegradedPerformance => "Eingeschränkt",
        ComponentState::PartialOutage => "Teilausfall",
        ComponentState::MajorOutage => "Ausfall",
        ComponentState::UnderMaintenance => "In Wartung",
        ComponentState::Unknown => "Unbekannt",
    }
}

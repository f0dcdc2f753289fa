//! The headline: one word for programs, and the sentence that Statuspage says with it.

use super::Part;
use domain::ComponentState;
use serde::Serialize;

/// How the page stands as a whole.
#[derive(Debug, Serialize)]
pub(super) struct StatusBody {
    indicator: &'static str,
    description: &'static str,
    /// Ours: the state, which may be `unknown`.
    state: &'static str,
}

impl StatusBody {
    pub(super) fn new(overall: ComponentState, parts: &[Part]) -> Self {
        let any = |state| parts.iter().any(|part| part.state == state);
        let (indicator, description) = match overall {
            ComponentState::Operational => ("none", "All Systems Operational"),
            ComponentState::UnderMaintenance => ("maintenance", "Service Under Maintenance"),
            ComponentState::Unknown => ("minor", "Status Unknown"),
            // Statuspage speaks of the service where the incident says so, and of the system where components do.
            ComponentState::DegradedPerformance if any(ComponentState::DegradedPerformance) => {
                ("minor", "Partially Degraded Service")
            }
            ComponentState::DegradedPerformance => ("minor", "Minor Service Outage"),
            ComponentState::PartialOutage => ("major", "Partial System Outage"),
            ComponentState::MajorOutage => {
                let down = parts.iter().filter(|part| part.state == ComponentState::MajorOutage).count();
                let partial = down > 0 && down < parts.len();
                ("critical", if partial { "Partial System Outage" } else { "Major Service Outage" })
            }
        };
        Self { indicator, description, state: overall.as_str() }
    }
}

/// The word of Statuspage for the state of a component: never green where nobody knows.
pub(super) fn word(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Unknown => ComponentState::DegradedPerformance.as_str(),
        known => known.as_str(),
    }
}

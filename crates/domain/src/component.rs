//! States of components, and the rule by which many states become one.

use std::fmt;

/// State of a component, of an environment, or of a whole page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ComponentState {
    /// Works as it should, and somebody said so.
    Operational,
    /// Slow or partly failing.
    DegradedPerformance,
    /// Down for some.
    PartialOutage,
    /// Down for all.
    MajorOutage,
    /// Down or slow on purpose.
    UnderMaintenance,
    /// Nobody has said, or what was said could not be understood. Never shown as green.
    Unknown,
}

impl ComponentState {
    /// Every state, best first.
    pub const ALL: [Self; 6] = [
        Self::Operational,
        Self::UnderMaintenance,
        Self::Unknown,
        Self::DegradedPerformance,
        Self::PartialOutage,
        Self::MajorOutage,
    ];

    /// The word used in APIs and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::DegradedPerformance => "degraded_performance",
            Self::PartialOutage => "partial_outage",
            Self::MajorOutage => "major_outage",
            Self::UnderMaintenance => "under_maintenance",
            Self::Unknown => "unknown",
        }
    }

    /// The words people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Operational => "Operational",
            Self::DegradedPerformance => "Degraded performance",
            Self::PartialOutage => "Partial outage",
            Self::MajorOutage => "Major outage",
            Self::UnderMaintenance => "Under maintenance",
            Self::Unknown => "Unknown",
        }
    }

    /// Reads a word. What is not one of the six is [`Unknown`](Self::Unknown), never operational.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == text).unwrap_or(Self::Unknown)
    }

    /// Position in [`ALL`](Self::ALL): how bad it is. Unknown is worse than green and better than any
    /// fault that somebody has seen.
    pub fn badness(self) -> u8 {
        match self {
            Self::Operational => 0,
            Self::UnderMaintenance => 1,
            Self::Unknown => 2,
            Self::DegradedPerformance => 3,
            Self::PartialOutage => 4,
            Self::MajorOutage => 5,
        }
    }

    /// The worse of two.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if other.badness() > self.badness() { other } else { self }
    }

    /// The worst of many; of none it is [`Unknown`](Self::Unknown), because silence is not health.
    pub fn worst(states: impl IntoIterator<Item = Self>) -> Self {
        states.into_iter().reduce(Self::worse).unwrap_or(Self::Unknown)
    }

    /// Whether users feel it.
    pub fn is_fault(self) -> bool {
        self.badness() >= Self::DegradedPerformance.badness()
    }
}

impl fmt::Display for ComponentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_never_green() {
        assert_eq!(ComponentState::parse("OPERATIONAL!"), ComponentState::Unknown);
        assert_eq!(ComponentState::worst([]), ComponentState::Unknown);
        assert_eq!(ComponentState::Operational.worse(ComponentState::Unknown), ComponentState::Unknown);
        assert_eq!(ComponentState::Unknown.worse(ComponentState::MajorOutage), ComponentState::MajorOutage);
    }

    #[test]
    fn badness_follows_the_listed_order() {
        for (position, state) in ComponentState::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(state.badness()), position);
            assert_eq!(ComponentState::parse(state.as_str()), state);
        }
    }
}

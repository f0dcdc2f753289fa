//! States and grades as a sign: a shape, a colour and always a word, so that nothing is said by colour
//! alone.

use super::Voice;
use askama::filters::HtmlSafe;
use domain::component::ComponentState;
use domain::{Impact, State};
use std::fmt;

/// A shape with its word. The shape is a symbol of `templates/components/icons.html`, the tone a class
/// of the style sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Class that gives the colour.
    pub tone: &'static str,
    /// Name of the symbol.
    pub icon: &'static str,
    /// The word.
    pub label: &'static str,
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<span class=\"sign {}\">{}{}</span>", self.tone, self.picture(), self.label)
    }
}

impl HtmlSafe for Sign {}

impl Sign {
    /// The shape alone, where the word stands beside it anyway.
    pub fn picture(&self) -> Picture {
        Picture(self.icon)
    }
}

impl Voice {
    /// The sign of a component, environment or page.
    pub fn component(&self, state: ComponentState) -> Sign {
        Sign { label: (self.words.component)(state), ..component(state) }
    }

    /// The sign of a grade.
    pub fn impact(&self, grade: Impact) -> Sign {
        Sign { label: (self.words.impact)(grade), ..impact(grade) }
    }

    /// The sign of a state of an incident or update.
    pub fn state(&self, state_of: State) -> Sign {
        Sign { label: (self.words.state_of)(state_of), ..state(state_of) }
    }
}

/// A symbol, hidden from those who listen: the word says it.
#[derive(Clone, Copy, Debug)]
pub struct Picture(pub &'static str);

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<svg class=\"i\" aria-hidden=\"true\"><use href=\"#i-{}\"/></svg>", self.0)
    }
}

impl HtmlSafe for Picture {}

/// Class that gives a component state its colour.
pub fn tone(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Operational => "ok",
        ComponentState::UnderMaintenance => "mt",
        ComponentState::Unknown => "un",
        ComponentState::DegradedPerformance => "dg",
        ComponentState::PartialOutage => "po",
        ComponentState::MajorOutage => "mo",
    }
}

/// The sign of a component, environment or page, as the console speaks.
pub fn component(state: ComponentState) -> Sign {
    Sign { tone: tone(state), icon: tone(state), label: state.label() }
}

/// The sign of a grade, as the console speaks: one, two or three bars.
pub fn impact(impact: Impact) -> Sign {
    let (tone, icon) = match impact {
        Impact::None => ("un", "g0"),
        Impact::Minor => ("dg", "g1"),
        Impact::Major => ("po", "g2"),
        Impact::Critical => ("mo", "g3"),
        Impact::Maintenance => ("mt", "mt"),
        Impact::Unknown => ("un", "un"),
    };
    Sign { tone, icon, label: impact.label() }
}

/// The sign of a state of an incident or update, as the console speaks.
pub fn state(state: State) -> Sign {
    let (tone, icon) = match state {
        State::Investigating => ("po", "s1"),
        State::Identified => ("dg", "s2"),
        State::Monitoring | State::Verifying => ("mt", "s3"),
        State::Resolved | State::Completed => ("ok", "ok"),
        State::Postmortem => ("ok", "doc"),
        State::Scheduled => ("mt", "cal"),
        State::InProgress => ("mt", "mt"),
        State::Unknown => ("un", "un"),
    };
    Sign { tone, icon, label: state.label() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn states_differ_in_shape_and_word_not_only_in_colour() {
        let shapes: HashSet<_> = ComponentState::ALL.into_iter().map(|state| component(state).icon).collect();
        let words: HashSet<_> = ComponentState::ALL.into_iter().map(|state| component(state).label).collect();
        assert_eq!((shapes.len(), words.len()), (6, 6));
    }

    #[test]
    fn every_shape_is_drawn() {
        let icons = include_str!("../../templates/components/icons.html");
        let signs = ComponentState::ALL.into_iter().map(component);
        let signs = signs.chain(Impact::ALL.iter().map(|it| impact(*it)));
        for sign in signs.chain(State::ALL.iter().map(|it| state(*it))) {
            assert!(icons.contains(&format!("id=\"i-{}\"", sign.icon)), "{}", sign.icon);
        }
    }
}

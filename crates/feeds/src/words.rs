//! States that stand only in words: `[Resolved] Slow reads`, `Monitoring - a fix is in`,
//! `Service is operating normally: ...`.
//!
//! This module never guesses from a text at large: a word counts only where a feed puts its state.

use domain::incident::State;

/// What a word says of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It names one.
    State(State),
    /// It is an update of whatever was said before.
    Same,
}

/// Phrases by which feeds name a state; lower case, single spaces.
const PHRASES: [(&str, Said); 43] = [
    ("service is operating normally", Said::State(State::Resolved)),
    ("maintenance in progress", Said::State(State::InProgress)),
    ("maintenance scheduled", Said::State(State::Scheduled)),
    ("scheduled maintenance", Said::State(State::Scheduled)),
    ("planned maintenance", Said::State(State::Scheduled)),
    ("maintenance completed", Said::State(State::Completed)),
    ("maintenance complete", Said::State(State::Completed)),
    ("maintenance finished", Said::State(State::Completed)),
    ("maintenance started", Said::State(State::InProgress)),
    ("not started yet", Said::State(State::Scheduled)),
    ("notstartedyet", Said::State(State::Scheduled)),
    ("investigating", Said::State(State::Investigating)),
    ("investigation", Said::State(State::Investigating)),
    ("identified", Said::State(State::Identified)),
    ("monitoring", Said::State(State::Monitoring)),
    ("recovering", Said::State(State::Monitoring)),
    ("watching", Said::State(State::Monitoring)),
    ("mitigated", Said::State(State::Monitoring)),
    ("resolved", Said::State(State::Resolved)),
    ("recovered", Said::State(State::Resolved)),
    ("all clear", Said::State(State::Resolved)),
    ("closed", Said::State(State::Resolved)),
    ("fixed", Said::State(State::Resolved)),
    ("post-incident review", Said::State(State::Postmortem)),
    ("post incident review", Said::State(State::Postmortem)),
    ("post-mortem", Said::State(State::Postmortem)),
    ("post mortem", Said::State(State::Postmortem)),
    ("postmortem", Said::State(State::Postmortem)),
    ("scheduled", Said::State(State::Scheduled)),
    ("upcoming", Said::State(State::Scheduled)),
    ("planned", Said::State(State::Scheduled)),
    ("in progress", Said::State(State::InProgress)),
    ("in_progress", Said::State(State::InProgress)),
    ("inprogress", Said::State(State::InProgress)),
    ("underway", Said::State(State::InProgress)),
    ("ongoing", Said::State(State::InProgress)),
    ("verifying", Said::State(State::Verifying)),
    ("completed", Said::State(State::Completed)),
    ("complete", Said::State(State::Completed)),
    ("finished", Said::State(State::Completed)),
    ("updated", Said::Same),
    ("update", Said::Same),
    ("new update", Said::Same),
];

/// Words that some feeds put before the state or the title and that say nothing of the state.
const LABELS: [&str; 6] = [
    "status:",
    "service impact:",
    "service degradation:",
    "service disruption:",
    "informational message:",
    "incident:",
];

/// What a word on its own says: a tag, a heading, the bold word before an update.
pub(crate) fn said(word: &str) -> Option<Said> {
    let word = word.trim_matches(|c: char| c.is_whitespace() || ":-–—.[]()*!".contains(c));
    let word = without_label(word).trim();
    PHRASES.iter().find(|(phrase, _)| word.eq_ignore_ascii_case(phrase)).map(|(_, said)| *said)
}

/// The state that a title or a text begins with, and what follows it. The state must be set apart: in
/// brackets, or before a dash or a colon.
pub(crate) fn lead(text: &str) -> Option<(Said, &str)> {
    let text = text.trim_start();
    let text = without_label(text).trim_start();
    if let Some(inner) = text.strip_prefix(['[', '(']) {
        let length = inner.find([']', ')']).filter(|length| *length <= 40)?;
        return said(&inner[..length]).map(|said| (said, after_dash(&inner[length + 1..])));
    }
    let begins =
        |phrase: &str| text.get(..phrase.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(phrase));
    let (phrase, said) = PHRASES.iter().find(|(phrase, _)| begins(phrase))?;
    let rest = &text[phrase.len()..];
    let spaced = rest.trim_start();
    let set_apart = spaced.starts_with([':', '–', '—', '|']) || (spaced.starts_with('-') && rest != spaced);
    (set_apart || spaced.is_empty()).then(|| (*said, after_dash(spaced)))
}

/// The state that a title names, wherever feeds put it, and the title without it.
pub(crate) fn of_title(title: &str) -> (Option<Said>, String) {
    let mut said = None;
    let mut rest = without_label(title.trim()).trim();
    // `Service is operating normally: [RESOLVED] Packet loss` says it twice.
    while let Some((found, after)) = lead(rest) {
        said = said.or(Some(found));
        // `Planned maintenance - Storage` is not about storage being broken: it keeps its words.
        let tells_the_kind = is_planned(&rest[..rest.len() - after.len()]);
        if after.is_empty() || tells_the_kind {
            break;
        }
        rest = after;
    }
    match said.map_or_else(|| trail(rest), |_| None) {
        Some((found, before)) => (Some(found), before.to_owned()),
        None => (said, rest.to_owned()),
    }
}

/// The state that a title ends with: `Slow reads [Resolved]`, `Slow reads - Resolved`.
fn trail(title: &str) -> Option<(Said, &str)> {
    let (before, word) = match title.strip_suffix([']', ')']) {
        Some(inner) => inner.rsplit_once(['[', '('])?,
        None => title.rsplit_once(" - ").or_else(|| title.rsplit_once(" – "))?,
    };
    let before = before.trim_end_matches([' ', '-', '–', ':']);
    said(word).filter(|_| !before.is_empty()).map(|said| (said, before))
}

/// Whether a title or a tag names work done on purpose. "Errors after the maintenance" does not: to
/// take a failure for planned work is the worse mistake.
pub(crate) fn is_planned(text: &str) -> bool {
    let text = text.trim().trim_matches(['[', ']']).to_lowercase();
    let begins = ["maintenance", "scheduled maintenance", "planned maintenance", "emergency maintenance"];
    let named = begins.iter().any(|begin| text.starts_with(begin)) || text.ends_with("maintenance");
    let aside = ["after", "during", "following", "due", "caused", "from", "unplanned"];
    named && !text.split(|c: char| !c.is_alphanumeric()).any(|word| aside.contains(&word))
}

fn without_label(text: &str) -> &str {
    let begins =
        |label: &&&str| text.get(..label.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(label));
    LABELS.iter().find(begins).map_or(text, |label| text[label.len()..].trim_start())
}

/// What follows the dash or colon that sets a state apart.
pub(crate) fn after_dash(text: &str) -> &str {
    text.trim_start().trim_start_matches(['-', '–', '—', ':', '|']).trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, state: Option<State>, rest: &str) {
        assert_eq!(of_title(title), (state.map(Said::State), rest.to_owned()), "{title}");
    }

    #[test]
    fn states_are_found_where_feeds_put_them() {
        check("[Resolved] Slow reads", Some(State::Resolved), "Slow reads");
        check("Monitoring - Slow reads", Some(State::Monitoring), "Slow reads");
        check("RESOLVED: Slow reads", Some(State::Resolved), "Slow reads");
        check("Service is operating normally: [RESOLVED] Slow reads", Some(State::Resolved), "Slow reads");
        check("Service impact: Slow reads", None, "Slow reads");
        check("Slow reads (identified)", Some(State::Identified), "Slow reads");
        check("Slow reads - In Progress", Some(State::InProgress), "Slow reads");
        check("Status: Investigating", Some(State::Investigating), "Investigating");
        check("Planned maintenance - Disks", Some(State::Scheduled), "Planned maintenance - Disks");
    }

    #[test]
    fn words_of_a_sentence_are_no_state() {
        check("Resolved queries are slow", None, "Resolved queries are slow");
        check("Monitoring-agent loses data", None, "Monitoring-agent loses data");
        check("Slow reads - EU", None, "Slow reads - EU");
        check("[EU] Slow reads", None, "[EU] Slow reads");
        check("", None, "");
    }

    #[test]
    fn only_planned_work_is_planned() {
        assert!(is_planned("Planned Maintenance - Disks") && is_planned("Network maintenance"));
        assert!(
            !is_planned("Errors after scheduled maintenance")
                && !is_planned("Maintenance page unreachable due to DNS")
        );
    }

    #[test]
    fn an_update_says_that_nothing_changed() {
        assert_eq!(said("Update"), Some(Said::Same));
        assert_eq!(said("Status: Resolved"), Some(Said::State(State::Resolved)));
        assert_eq!(said("Read more"), None);
    }
}

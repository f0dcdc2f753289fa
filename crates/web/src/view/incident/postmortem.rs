//! The postmortem of an incident as a document.

use super::updates::Edit;
use crate::diff;
use crate::language::{Words, fill};
use crate::markdown::{self, Place};
use crate::view::html::Html;
use crate::view::{Voice, words};
use domain::Incident;
use domain::incident::Postmortem;
use domain::time::seconds_between;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The story told afterwards.
#[derive(Clone, Debug)]
pub struct PostmortemView {
    /// Its text.
    pub body: Html,
    /// When it was first published.
    pub published: Html,
    /// "published 58 days after resolution".
    pub delay: Option<String>,
    /// Its later versions, oldest first.
    pub edits: Vec<Edit>,
}

impl PostmortemView {
    /// The postmortem of an incident, if there is one.
    pub(super) fn of(incident: &Incident, subject: &str, voice: &Voice) -> Option<Self> {
        let postmortem = incident.postmortem.as_ref()?;
        Some(Self {
            body: markdown::render(postmortem.body(), Place::Document),
            published: voice.full(postmortem.published_at),
            delay: incident.clocks.resolved_at.and_then(|resolved_at| {
                let seconds = seconds_between(resolved_at, postmortem.published_at);
                (seconds >= 60)
                    .then(|| fill(voice.words.published_after, &[("age", &days(seconds, voice.words))]))
            }),
            edits: edits(postmortem, subject, voice),
        })
    }
}

/// Whole days where there are more than two: nobody counts the hours of a month, and the ends lie at
/// different times of the day, so days are counted as the calendar does, to the nearest.
fn days(seconds: i64, words: &Words) -> String {
    if seconds < 2 * DAY {
        return words.spelled(seconds);
    }
    words.days.of((seconds + DAY / 2) / DAY)
}

fn edits(postmortem: &Postmortem, subject: &str, voice: &Voice) -> Vec<Edit> {
    let pairs = postmortem.versions.windows(2);
    pairs
        .map(|pair| Edit {
            // A later version carries the day of the first; when it was changed is when we saw it.
            when: voice.full(pair[1].seen_at),
            later: voice.words.later_by(postmortem.published_at, pair[1].seen_at),
            who: words::actor(&pair[1].actor, subject),
            state: None,
            words: diff::words(&pair[0].body, &pair[1].body),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::days;
    use crate::language::Words;

    #[test]
    fn long_delays_are_told_in_days() {
        let told = |seconds| days(seconds, Words::of(domain::Language::English));
        assert_eq!(told(3_600), "1 hour");
        assert_eq!(told(58 * 86_400 - 2 * 3_600), "58 days");
        assert_eq!(told(36 * 3_600), "1 day 12 hours");
    }
}

//! A message in the words of its language, before any receiver's own form: what is said first, what is known, what
//! was written, and what stands below it.
//!
//! Everything in it is clean (one line each, but for the body) and nothing is escaped. For the public the cause
//! is left out here, whoever may have put it in.

use crate::message::{Audience, Message};
use crate::text::{cut, line, plain};
use crate::words::{Words, fill};
use domain::time::render_duration;
use domain::{Impact, Kind, Notice, State};

/// Longest title; the domain allows 256 bytes, vendors write what they like.
const TITLE: usize = 256;
/// Longest cause in a first line; it is told in full below.
const CAUSE_IN_HEADLINE: usize = 160;
/// Longest cause told in full.
const CAUSE: usize = 1_000;
/// Longest name of a component or environment.
const NAME: usize = 100;
/// Most components that are named.
const COMPONENTS: usize = 20;

/// What is told.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// Title.
    pub(crate) title: String,
    /// The first line: news, title and, for operators, the cause.
    pub(crate) headline: String,
    /// What the kind of news says by itself.
    pub(crate) lead: Option<String>,
    /// Text of the update, plain.
    pub(crate) body: String,
    /// What is known, each with its label.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What is said below.
    pub(crate) footer: Option<&'static str>,
    /// Words of the link to the incident.
    pub(crate) link: &'static str,
}

impl Told {
    /// Says it.
    pub(crate) fn of(message: &Message) -> Self {
        let words = Words::of(message.language);
        let news = (words.news)(message.notice, message.kind, message.state);
        let title = cut(&line(&message.title), TITLE);
        let headline = headline(words, news, &title, cause(message).as_deref());
        Self {
            headline,
            lead: lead(words, message),
            body: plain(&message.body),
            facts: facts(words, message),
            footer: message.automatic.then_some(words.automatic),
            link: if message.kind == Kind::Incident { words.open_incident } else { words.open_maintenance },
            title,
        }
    }

    /// What is read below the first line, as paragraphs: the lead and the text.
    pub(crate) fn text(&self) -> String {
        let parts = [self.lead.as_deref(), Some(self.body.as_str())];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    }

    /// The facts, one in a line.
    pub(crate) fn fact_lines(&self) -> String {
        self.facts.iter().map(|(label, value)| format!("{label}: {value}")).collect::<Vec<_>>().join("\n")
    }
}

/// How it feels, for receivers that show colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// It is over.
    Good,
    /// Many or all feel it.
    Bad,
    /// Some feel it, or nobody knows how many.
    Uneasy,
    /// It was planned, or nobody feels it.
    Calm,
}

impl Tone {
    /// The tone of a message.
    pub(crate) fn of(message: &Message) -> Self {
        match message.impact {
            _ if is_over(message) => Self::Good,
            Impact::Critical | Impact::Major => Self::Bad,
            Impact::Minor | Impact::Unknown => Self::Uneasy,
            Impact::None | Impact::Maintenance => Self::Calm,
        }
    }
}

/// The cause, where those who hear it may know it.
pub(crate) fn cause(message: &Message) -> Option<String> {
    let cause = message.cause.as_deref().filter(|_| message.audience == Audience::Operators)?;
    Some(cut(&line(cause), CAUSE)).filter(|cause| !cause.is_empty())
}

/// Whether there is nothing left to do about it.
pub(crate) fn is_over(message: &Message) -> bool {
    message.state.is_over() || message.notice == Notice::Withdrawn
}

fn headline(words: &Words, news: &str, title: &str, cause: Option<&str>) -> String {
    let Some(cause) = cause else { return fill(words.headline, &[("news", news), ("title", title)]) };
    let cause = cut(cause, CAUSE_IN_HEADLINE);
    fill(words.headline_with_cause, &[("news", news), ("title", title), ("cause", &cause)])
}

fn lead(words: &Words, message: &Message) -> Option<String> {
    let promised = |sentence: &str| {
        let moment = words.moment(message.next_update_at.unwrap_or(message.at));
        fill(sentence, &[("moment", &moment)])
    };
    match message.notice {
        Notice::PromiseDue => Some(promised(words.promise_due)),
        Notice::PromiseLapsed => Some(promised(words.promise_lapsed)),
        Notice::Reopened if message.kind == Kind::Incident => Some(words.reopened.to_owned()),
        Notice::Corrected => Some(words.corrected.to_owned()),
        Notice::Withdrawn => Some(words.withdrawn.to_owned()),
        _ => None,
    }
}

fn facts(words: &Words, message: &Message) -> Vec<(&'static str, String)> {
    let known = [
        (words.status, Some(status(words, message))),
        (words.environment, Some(cut(&line(&message.environment), NAME)).filter(|name| !name.is_empty())),
        (words.affected, affected(words, message)),
        (words.cause, cause(message)),
        (words.scheduled, scheduled(words, message)),
        (words.began, message.began_at.map(|at| words.moment(at))),
        (words.over, over(words, message)),
        (words.next_update, next_update(words, message)),
    ];
    known.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

fn status(words: &Words, message: &Message) -> String {
    let state = (words.state)(message.state);
    match message.impact {
        Impact::Unknown | Impact::Maintenance => state.to_owned(),
        impact => format!("{state} · {}", (words.impact)(impact)),
    }
}

fn affected(words: &Words, message: &Message) -> Option<String> {
    let listed = message.components.iter().take(COMPONENTS);
    let mut names: Vec<String> = listed
        .map(|(name, state)| format!("{} ({})", cut(&line(name), NAME), (words.component)(*state)))
        .collect();
    let left = message.components.len().saturating_sub(COMPONENTS);
    if left > 0 {
        names.push(fill(words.and_more, &[("count", &left.to_string())]));
    }
    (!names.is_empty()).then(|| names.join(", "))
}

fn scheduled(words: &Words, message: &Message) -> Option<String> {
    let (from, until) = message.schedule?;
    let from = words.moment(from);
    Some(match until {
        Some(until) => fill(words.window, &[("from", &from), ("until", &words.moment(until))]),
        None => fill(words.window_open, &[("from", &from)]),
    })
}

fn over(words: &Words, message: &Message) -> Option<String> {
    let at = message.resolved_at.filter(|_| message.state.is_over())?;
    let since = message.began_at.unwrap_or(message.published_at);
    let duration = render_duration(domain::time::seconds_between(since, at));
    Some(fill(words.over_after, &[("moment", &words.moment(at)), ("duration", &duration)]))
}

fn next_update(words: &Words, message: &Message) -> Option<String> {
    let at = message.next_update_at.filter(|_| message.state != State::Postmortem && !is_over(message))?;
    let told = matches!(message.notice, Notice::PromiseDue | Notice::PromiseLapsed);
    (!told).then(|| fill(words.by, &[("moment", &words.moment(at))]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use domain::Language;

    #[test]
    fn operators_read_the_cause_first_and_the_public_never() {
        let mut message = sample::message(Notice::Opened);
        message.cause = Some("a scan of `orders.items`\nwaits for the disk".to_owned());
        let told = Told::of(&message);
        assert_eq!(told.headline, "New incident: Reads stall (a scan of `orders.items` waits for the disk)");
        message.audience = Audience::Public;
        let told = format!("{:?}", Told::of(&message));
        assert!(!told.contains("orders.items"), "{told}");
    }

    #[test]
    fn both_languages_tell_the_same_facts() {
        let mut message = sample::message(Notice::Resolved);
        message.audience = Audience::Public;
        assert_eq!(
            Told::of(&message).fact_lines(),
            "Status: Resolved · Major\nEnvironment: PROD1\n\
            Affected: API (Partial outage), Web (Degraded performance)\nBegan: 2025-02-12 09:20 UTC\n\
            Over: 2025-02-12 10:14 UTC, after 54m"
        );
        message.language = Language::German;
        assert_eq!(
            Told::of(&message).fact_lines(),
            "Status: Behoben · Erheblich\nUmgebung: PROD1\n\
            Betroffen: API (Teilausfall), Web (Eingeschränkt)\nBegonnen: 12.02.2025 09:20 UTC\n\
            Beendet: 12.02.2025 10:14 UTC, nach 54m"
        );
    }

    #[test]
    fn a_late_promise_says_by_when_it_was_due() {
        let told = Told::of(&sample::message(Notice::PromiseLapsed));
        assert_eq!(
            told.lead.as_deref(),
            Some("The update that was promised by 2025-02-12 09:55 UTC has not come.")
        );
        assert!(told.facts.iter().all(|(label, _)| *label != "Next update"));
    }

    #[test]
    fn many_components_are_counted_and_not_listed() {
        let mut message = sample::message(Notice::Updated);
        message.components =
            (0..25).map(|i| (format!("shard {i}"), domain::ComponentState::MajorOutage)).collect();
        assert!(Told::of(&message).fact_lines().contains("shard 19 (Major outage), and 5 more"));
    }
}

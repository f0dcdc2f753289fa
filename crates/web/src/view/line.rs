//! An incident as one line of a list.

use super::Voice;
use super::html::Html;
use super::sign::Sign;
use crate::language::fill;
use crate::markdown;
use domain::component::ComponentState;
use domain::time::Window;
use domain::{Impact, Incident, IncidentId, Kind, Origin, Slug, State, Timestamp};

/// What lists tell of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four facts that do not depend on each other")]
pub struct IncidentLine {
    /// Public identifier.
    pub id: IncidentId,
    /// Title.
    pub title: String,
    /// Vendor or environment it belongs to.
    pub source: Slug,
    /// Name of that vendor or environment.
    pub source_name: String,
    /// Whether it is our own.
    pub own: bool,
    /// Incident or maintenance.
    pub kind: Kind,
    /// Grade.
    pub impact: Impact,
    /// State.
    pub state: State,
    /// The best that is known of when it was felt: see [`Incident::best_window`].
    pub window: Window,
    /// Announced window of a maintenance.
    pub schedule: Option<Window>,
    /// Names of affected components.
    pub components: Vec<String>,
    /// Latest update that stands: its state, its Markdown, when it was posted.
    pub latest: Option<(State, String, Timestamp)>,
    /// Whether a postmortem was published.
    pub has_postmortem: bool,
    /// Whether its source took it back.
    pub withdrawn: bool,
    /// Whether it lives on in another.
    pub merged: bool,
}

impl IncidentLine {
    /// The line of an incident; `source_name` is the name of its vendor or environment.
    pub fn new(incident: &Incident, source_name: &str) -> Self {
        let (source, own) = match &incident.origin {
            Origin::Vendor { vendor, .. } => (vendor, false),
            Origin::Own { environment } => (environment, true),
        };
        let standing = incident.updates.iter().rev().find(|update| update.withdrawn_at.is_none());
        Self {
            id: incident.id.clone(),
            title: incident.title.clone(),
            source: source.clone(),
            source_name: source_name.to_owned(),
            own,
            kind: incident.kind,
            impact: incident.impact,
            state: incident.state,
            window: incident.best_window(),
            schedule: incident.schedule,
            components: incident.components.iter().map(|component| component.name.clone()).collect(),
            latest: standing
                .map(|update| (update.current().state, update.current().body.clone(), update.published_at)),
            has_postmortem: incident.postmortem.is_some(),
            withdrawn: incident.withdrawn_at.is_some(),
            merged: incident.merged_into.is_some(),
        }
    }

    /// Whether it is going on.
    pub fn is_open(&self) -> bool {
        !self.state.is_over() && self.state != State::Scheduled && !self.withdrawn && !self.merged
    }

    /// The component state that it implies.
    pub fn implied(&self) -> ComponentState {
        self.impact.implied_state(self.kind)
    }
}

/// Longest excerpt of an update in a list, in letters.
const EXCERPT: usize = 280;
/// Most components that are named in a list.
const NAMED: usize = 4;

/// The line as templates print it.
#[derive(Clone, Debug)]
pub struct LineView {
    /// Its page.
    pub href: String,
    /// Title.
    pub title: String,
    /// Name of its source.
    pub source: String,
    /// Page of its source; none for our own.
    pub source_href: Option<String>,
    /// Grade; none where it says nothing that the kind does not say.
    pub impact: Sign,
    /// State.
    pub state: Sign,
    /// Colour of the whole: of the grade while it lasts, quiet afterwards.
    pub tone: &'static str,
    /// When it began, or will.
    pub from: Html,
    /// The same with the end of an announced window.
    pub window: Html,
    /// "54m", "54m so far", "in 3d 12h"; empty for what does not count.
    pub duration: String,
    /// Affected components, the first of them by name.
    pub components: String,
    /// Latest update: state, first words, when.
    pub latest: Option<(Sign, String, Html)>,
    /// Whether there is a postmortem.
    pub has_postmortem: bool,
    /// Why it does not count any more, if so: "withdrawn", "merged".
    pub void: Option<&'static str>,
}

impl LineView {
    /// How a line looks in the console.
    pub fn new(line: &IncidentLine, now: Timestamp) -> Self {
        Self::spoken(line, &Voice::english(now))
    }

    /// How lines look on a page.
    pub fn on(lines: &[IncidentLine], voice: &Voice) -> Vec<Self> {
        lines.iter().map(|line| Self::spoken(line, voice)).collect()
    }

    /// How many lines look in the console.
    pub fn all(lines: &[IncidentLine], now: Timestamp) -> Vec<Self> {
        Self::on(lines, &Voice::english(now))
    }

    fn spoken(line: &IncidentLine, voice: &Voice) -> Self {
        let from =
            line.schedule.filter(|_| line.kind == Kind::Maintenance).map_or(line.window.from, |it| it.from);
        let impact = voice.impact(line.impact);
        let until = line.schedule.and_then(|schedule| schedule.until);
        Self {
            href: voice.links.incident(&line.id),
            title: line.title.clone(),
            source: line.source_name.clone(),
            source_href: (!line.own).then(|| voice.links.vendor(&line.source)),
            impact,
            state: voice.state(line.state),
            tone: if line.is_open() || line.state == State::Scheduled { impact.tone } else { "un" },
            from: voice.full(from),
            window: match until {
                Some(until) => Html::fill(
                    voice.words.from_to,
                    &[("from", &voice.full(from)), ("until", &voice.full(until))],
                ),
                None => voice.full(from),
            },
            duration: duration(line, voice),
            components: named(&line.components, voice),
            latest: line.latest.as_ref().map(|(state, body, at)| {
                (voice.state(*state), markdown::plain(body, EXCERPT), voice.ago(*at))
            }),
            has_postmortem: line.has_postmortem,
            void: match (line.merged, line.withdrawn) {
                (true, _) => Some(voice.words.merged),
                (false, true) => Some(voice.words.withdrawn),
                (false, false) => None,
            },
        }
    }
}

fn duration(line: &IncidentLine, voice: &Voice) -> String {
    let now = voice.now;
    if line.state == State::Scheduled {
        return line.schedule.map_or_else(String::new, |schedule| voice.words.age(schedule.from, now));
    }
    if line.withdrawn || line.merged {
        return String::new();
    }
    let length = voice.words.span(line.window.seconds(now));
    if line.is_open() { fill(voice.words.so_far, &[("age", &length)]) } else { length }
}

fn named(components: &[String], voice: &Voice) -> String {
    let shown = components.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match components.len().saturating_sub(NAMED) {
        0 => shown,
        more => fill(voice.words.and_more, &[("names", &shown), ("n", &more.to_string())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{now, stories};

    fn duration_of(story: &stories::Story) -> String {
        LineView::new(&IncidentLine::new(&story.incident, &story.subject), now()).duration
    }

    #[test]
    fn durations_say_whether_it_lasts_is_over_is_to_come_or_does_not_count() {
        assert_eq!(duration_of(&stories::own_open()), "1h so far");
        assert_eq!(duration_of(&stories::seed_day()), "1h 11m");
        assert_eq!(duration_of(&stories::own_maintenance()), "in 3d 12h");
        assert_eq!(duration_of(&stories::vendor_maintenance()), "41m so far");
        assert_eq!(duration_of(&stories::withdrawn()), "");
        assert_eq!(duration_of(&stories::merged()), "");
    }

    #[test]
    fn the_latest_update_that_stands_is_quoted_without_markup() {
        let story = stories::own_open();
        let view = LineView::new(&IncidentLine::new(&story.incident, &story.subject), now());
        let (state, words, _) = view.latest.expect("it has updates");
        assert_eq!(state.label, "Identified");
        assert_eq!(
            words,
            "The queue between intake and mail is blocked by one poisoned message. We move it aside."
        );
        assert_eq!(view.components, "Order intake, Mail out");
    }

    #[test]
    fn many_components_are_counted() {
        let names: Vec<String> = (0..7).map(|n| format!("c{n}")).collect();
        assert_eq!(named(&names, &Voice::english(now())), "c0, c1, c2, c3 and 3 more");
    }
}

//! An incident as its page shows it.

mod postmortem;
mod updates;

pub use postmortem::PostmortemView;
pub use updates::{Edit, UpdateView};

use super::html::{Html, link_target};
use super::lanes::{self, Lanes};
use super::sign::Sign;
use super::{Voice, words};
use crate::language::fill;
use domain::time::Window;
use domain::{Entry, Incident, Kind, Origin, State, Timestamp};

/// What the template of the incident page prints.
#[derive(Clone, Debug)]
pub struct IncidentView {
    /// The sentence that tells it.
    pub sentence: String,
    /// What leads to it as JSON.
    pub as_json: &'static str,
    /// Its grade.
    pub impact: Sign,
    /// Its state.
    pub state: Sign,
    /// Colour of the whole.
    pub tone: &'static str,
    /// The source's own page of it.
    pub source_url: Option<String>,
    /// The four facts: name, value, note.
    pub facts: Vec<Fact>,
    /// The clocks side by side.
    pub lanes: Lanes,
    /// How the true window differs from the published one, in sentences.
    pub differences: Vec<String>,
    /// Affected components.
    pub components: Vec<ComponentView>,
    /// Updates in the order in which they are read.
    pub updates: Vec<UpdateView>,
    /// Whether the newest stands first: while it lasts the news is on top, afterwards it reads as a story.
    pub newest_first: bool,
    /// The postmortem.
    pub postmortem: Option<PostmortemView>,
    /// When its source took it back.
    pub withdrawn: Option<Html>,
    /// The machine's timeline, newest first.
    pub log: Vec<LogLine>,
}

/// One fact: a name, what it is, and what is to be added.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Name.
    pub name: &'static str,
    /// What it is.
    pub value: Html,
    /// What is to be added, empty if nothing.
    pub note: String,
    /// Whether its value is a window, which needs room.
    pub wide: bool,
}

/// An affected component.
#[derive(Clone, Debug)]
pub struct ComponentView {
    /// Name.
    pub name: String,
    /// When it was how.
    pub windows: Vec<WindowView>,
}

/// When something was how.
#[derive(Clone, Debug)]
pub struct WindowView {
    /// How.
    pub sign: Sign,
    /// From when until when.
    pub window: Html,
    /// How long.
    pub duration: String,
}

/// One line of the machine's timeline.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// Position.
    pub seq: u32,
    /// When we recorded it.
    pub seen: Html,
    /// Who did it.
    pub actor: String,
    /// What happened.
    pub words: String,
}

impl IncidentView {
    /// The view of an incident; `subject` is the name of its vendor or environment.
    pub fn new(incident: &Incident, timeline: &[Entry], subject: &str, voice: &Voice) -> Self {
        let newest_first = !incident.state.is_over();
        let mut updates = updates::of(incident, subject, voice);
        if newest_first {
            updates.reverse();
        }
        let impact = voice.impact(incident.impact);
        let components = incident.components.iter();
        Self {
            sentence: (voice.words.sentence)(incident, subject, voice.now),
            as_json: match incident.kind {
                Kind::Incident => voice.words.as_json,
                Kind::Maintenance => voice.words.maintenance_as_json,
            },
            impact,
            state: voice.state(incident.state),
            tone: tone(incident, impact),
            source_url: incident.url.as_deref().and_then(link_target).map(str::to_owned),
            facts: facts(incident, voice),
            lanes: Lanes::new(incident, voice),
            differences: lanes::differences(incident, voice),
            components: components.map(|component| component_view(component, voice)).collect(),
            updates,
            newest_first,
            postmortem: PostmortemView::of(incident, subject, voice),
            withdrawn: incident.withdrawn_at.map(|at| voice.full(at)),
            log: timeline.iter().rev().map(|entry| log_line(entry, subject, voice)).collect(),
        }
    }
}

fn tone(incident: &Incident, impact: Sign) -> &'static str {
    if !incident.is_live() {
        return "un";
    }
    if incident.state.is_over() {
        return "ok";
    }
    match incident.kind {
        Kind::Maintenance => "mt",
        Kind::Incident => impact.tone,
    }
}

fn facts(incident: &Incident, voice: &Voice) -> Vec<Fact> {
    let mut facts = match incident.kind {
        Kind::Incident => incident_facts(incident, voice),
        Kind::Maintenance => maintenance_facts(incident, voice),
    };
    if matches!(incident.origin, Origin::Vendor { .. }) && incident.kind == Kind::Incident {
        facts.push(detected(incident, voice));
    }
    facts
}

fn incident_facts(incident: &Incident, voice: &Voice) -> Vec<Fact> {
    let (window, words) = (incident.published_window(), voice.words);
    let ended = |until| end(window.from, until, voice);
    let note = if incident.clocks.began_at.is_some() { words.by_its_page } else { "" };
    vec![
        fact(words.started, voice.full(window.from), note.to_owned()),
        ending(words.resolved, window, voice, ended),
        duration(incident, voice),
    ]
}

fn maintenance_facts(incident: &Incident, voice: &Voice) -> Vec<Fact> {
    let words = voice.words;
    let announced_at = incident.clocks.published_at;
    let mut facts: Vec<Fact> =
        incident.schedule.map(|schedule| scheduled(schedule, voice)).into_iter().collect();
    let vendors = matches!(incident.origin, Origin::Vendor { .. });
    let lag = words.span(incident.detection_lag_seconds());
    let note = if vendors {
        fill(words.detected_after, &[("age", &lag)])
    } else {
        words.age(announced_at, voice.now)
    };
    facts.push(fact(words.announced, voice.full(announced_at), note));
    if incident.state == State::Scheduled {
        return facts;
    }
    let window = incident.best_window();
    facts.push(ending(words.completed, window, voice, |until| voice.full(until)));
    let note = if window.until.is_none() { words.still } else { "" };
    let length = words.span(window.seconds(voice.now));
    facts.push(fact(words.duration, Html::text(&length), note.to_owned()));
    facts
}

fn fact(name: &'static str, value: Html, note: String) -> Fact {
    Fact { name, value, note, wide: false }
}

/// When a window ended and how long ago that is, or that it did not yet.
fn ending(name: &'static str, window: Window, voice: &Voice, written: impl Fn(Timestamp) -> Html) -> Fact {
    match window.until {
        Some(until) => fact(name, written(until), voice.words.age(until, voice.now)),
        None => fact(name, Html::text(voice.words.not_yet), String::new()),
    }
}

fn scheduled(schedule: Window, voice: &Voice) -> Fact {
    let (from, words) = (voice.full(schedule.from), voice.words);
    let value = match schedule.until {
        Some(until) => {
            Html::fill(words.from_to, &[("from", &from), ("until", &end(schedule.from, until, voice))])
        }
        None => from,
    };
    let length = schedule.until.map(|_| words.span(schedule.seconds(voice.now)));
    let starts = (schedule.from > voice.now).then(|| words.age(schedule.from, voice.now));
    let note = length.into_iter().chain(starts).collect::<Vec<_>>().join(", ");
    Fact { wide: true, ..fact(words.scheduled, value, note) }
}

/// The end of a window, without its day where that is the day of its beginning.
fn end(from: Timestamp, until: Timestamp, voice: &Voice) -> Html {
    if voice.date_of(from) == voice.date_of(until) { voice.of_day(until) } else { voice.full(until) }
}

fn duration(incident: &Incident, voice: &Voice) -> Fact {
    let (now, words) = (voice.now, voice.words);
    let published = incident.published_window();
    let value = Html::text(&words.span(published.seconds(now)));
    let truth = incident.true_window().map(|window| window.seconds(now));
    let note = match (truth, published.until) {
        (Some(truth), _) if truth != published.seconds(now) => {
            fill(words.felt_for, &[("age", &words.span(truth))])
        }
        (_, None) => words.still.to_owned(),
        _ => String::new(),
    };
    fact(words.duration, value, note)
}

fn detected(incident: &Incident, voice: &Voice) -> Fact {
    let (clocks, words) = (&incident.clocks, voice.words);
    let lag = incident.detection_lag_seconds();
    let late = clocks.resolved_at.is_some_and(|resolved_at| clocks.seen_at > resolved_at);
    let note = match lag {
        _ if late => words.seen_when_over.to_owned(),
        0 => words.with_publication.to_owned(),
        lag => fill(words.after_publication, &[("age", &words.span(lag))]),
    };
    fact(words.detected, end(clocks.published_at, clocks.seen_at, voice), note)
}

fn component_view(component: &domain::incident::AffectedComponent, voice: &Voice) -> ComponentView {
    let windows = component.windows.iter().map(|(state, window)| WindowView {
        sign: voice.component(*state),
        window: spoken(window, voice),
        duration: voice.words.span(window.seconds(voice.now)),
    });
    ComponentView { name: component.name.clone(), windows: windows.collect() }
}

fn spoken(window: &Window, voice: &Voice) -> Html {
    let until = match window.until {
        Some(until) => end(window.from, until, voice),
        None => Html::text(voice.words.now),
    };
    Html::fill(voice.words.from_to, &[("from", &voice.short(window.from)), ("until", &until)])
}

fn log_line(entry: &Entry, subject: &str, voice: &Voice) -> LogLine {
    LogLine {
        seq: entry.seq,
        seen: voice.full(entry.seen_at),
        actor: words::actor(&entry.actor, subject),
        words: (voice.words.event)(&entry.event),
    }
}

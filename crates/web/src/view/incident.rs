//! An incident as its page shows it.

mod postmortem;
mod updates;

pub use postmortem::PostmortemView;
pub use updates::{Edit, UpdateView};

use super::clock;
use super::html::{Html, link_target};
use super::lanes::{self, Lanes};
use super::sign::{self, Sign};
use super::words;
use domain::time::{Window, render_duration, seconds_between, spell_duration};
use domain::{Entry, Incident, Kind, Origin, State, Timestamp};

/// What the template of the incident page prints.
#[derive(Clone, Debug)]
pub struct IncidentView {
    /// The sentence that tells it.
    pub sentence: String,
    /// Incident or maintenance, as a word in the middle of a sentence.
    pub kind: &'static str,
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
    /// From when.
    pub from: Html,
    /// Until when; none while it lasts.
    pub until: Option<Html>,
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
    /// The view of an incident at `now`; `subject` is the name of its vendor or environment.
    pub fn new(incident: &Incident, timeline: &[Entry], subject: &str, now: Timestamp) -> Self {
        let newest_first = !incident.state.is_over();
        let mut updates = updates::of(incident, subject);
        if newest_first {
            updates.reverse();
        }
        Self {
            sentence: domain::summary::sentence(incident, subject, now),
            kind: if incident.kind == Kind::Maintenance { "maintenance" } else { "incident" },
            impact: sign::impact(incident.impact),
            state: sign::state(incident.state),
            tone: tone(incident),
            source_url: incident.url.as_deref().and_then(link_target).map(str::to_owned),
            facts: facts(incident, now),
            lanes: Lanes::new(incident, now),
            differences: lanes::differences(incident),
            components: incident.components.iter().map(|component| component_view(component, now)).collect(),
            updates,
            newest_first,
            postmortem: PostmortemView::of(incident, subject),
            withdrawn: incident.withdrawn_at.map(clock::full),
            log: timeline.iter().rev().map(|entry| log_line(entry, subject)).collect(),
        }
    }
}

fn tone(incident: &Incident) -> &'static str {
    if !incident.is_live() {
        return "un";
    }
    if incident.state.is_over() {
        return "ok";
    }
    match incident.kind {
        Kind::Maintenance => "mt",
        Kind::Incident => sign::impact(incident.impact).tone,
    }
}

fn facts(incident: &Incident, now: Timestamp) -> Vec<Fact> {
    let mut facts = match incident.kind {
        Kind::Incident => incident_facts(incident, now),
        Kind::Maintenance => maintenance_facts(incident, now),
    };
    if matches!(incident.origin, Origin::Vendor { .. }) && incident.kind == Kind::Incident {
        facts.push(detected(incident));
    }
    facts
}

fn incident_facts(incident: &Incident, now: Timestamp) -> Vec<Fact> {
    let window = incident.published_window();
    let resolved = match window.until {
        Some(until) => fact("Resolved", end(window.from, until), clock::age(until, now)),
        None => fact("Resolved", Html::text("Not yet"), String::new()),
    };
    let note = if incident.clocks.began_at.is_some() { "by its page" } else { "" };
    vec![fact("Started", clock::full(window.from), note.to_owned()), resolved, duration(incident, now)]
}

fn maintenance_facts(incident: &Incident, now: Timestamp) -> Vec<Fact> {
    let announced_at = incident.clocks.published_at;
    let mut facts: Vec<Fact> =
        incident.schedule.map(|schedule| scheduled(schedule, now)).into_iter().collect();
    let vendors = matches!(incident.origin, Origin::Vendor { .. });
    let lag = render_duration(incident.detection_lag_seconds());
    let note = if vendors { format!("detected {lag} after") } else { clock::age(announced_at, now) };
    facts.push(fact("Announced", clock::full(announced_at), note));
    if incident.state == State::Scheduled {
        return facts;
    }
    let window = incident.best_window();
    let length = render_duration(window.seconds(now));
    facts.push(match window.until {
        Some(until) => fact("Completed", clock::full(until), clock::age(until, now)),
        None => fact("Completed", Html::text("Not yet"), String::new()),
    });
    let note = if window.until.is_none() { "so far" } else { "" };
    facts.push(fact("Duration", Html::text(&length), note.to_owned()));
    facts
}

fn fact(name: &'static str, value: Html, note: String) -> Fact {
    Fact { name, value, note }
}

fn scheduled(schedule: Window, now: Timestamp) -> Fact {
    let value = match schedule.until {
        Some(until) => Html(format!("{} to {}", clock::full(schedule.from), end(schedule.from, until))),
        None => clock::full(schedule.from),
    };
    let length = schedule.until.map(|_| render_duration(schedule.seconds(now)));
    let starts = (schedule.from > now).then(|| clock::age(schedule.from, now));
    fact("Scheduled", value, length.into_iter().chain(starts).collect::<Vec<_>>().join(", "))
}

/// The end of a window, without its day where that is the day of its beginning.
fn end(from: Timestamp, until: Timestamp) -> Html {
    let day = |at: Timestamp| at.as_second().div_euclid(86_400);
    if day(from) == day(until) { clock::of_day(until) } else { clock::full(until) }
}

fn duration(incident: &Incident, now: Timestamp) -> Fact {
    let published = incident.published_window();
    let value = Html::text(&render_duration(published.seconds(now)));
    let truth = incident.true_window().map(|window| window.seconds(now));
    let note = match (truth, published.until) {
        (Some(truth), _) if truth != published.seconds(now) => {
            format!("by its page; felt for {}", render_duration(truth))
        }
        (_, None) => "so far".to_owned(),
        _ => String::new(),
    };
    fact("Duration", value, note)
}

fn detected(incident: &Incident) -> Fact {
    let clocks = &incident.clocks;
    let lag = incident.detection_lag_seconds();
    let late = clocks.resolved_at.is_some_and(|resolved_at| clocks.seen_at > resolved_at);
    let note = match lag {
        _ if late => "first seen when it was already over".to_owned(),
        0 => "with its publication".to_owned(),
        lag => format!("{} after publication", render_duration(lag)),
    };
    fact("Detected", end(clocks.published_at, clocks.seen_at), note)
}

fn component_view(component: &domain::incident::AffectedComponent, now: Timestamp) -> ComponentView {
    let windows = component.windows.iter().map(|(state, window)| WindowView {
        sign: sign::component(*state),
        from: clock::short(window.from),
        until: window.until.map(|until| end(window.from, until)),
        duration: render_duration(window.seconds(now)),
    });
    ComponentView { name: component.name.clone(), windows: windows.collect() }
}

fn log_line(entry: &Entry, subject: &str) -> LogLine {
    LogLine {
        seq: entry.seq,
        seen: clock::full(entry.seen_at),
        actor: words::actor(&entry.actor, subject),
        words: words::event(&entry.event),
    }
}

/// "41 minutes later", between a post and what became of it.
fn later(from: Timestamp, until: Timestamp) -> String {
    match seconds_between(from, until) {
        0 => "at once".to_owned(),
        seconds => format!("{} later", spell_duration(seconds)),
    }
}

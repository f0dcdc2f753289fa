//! The machine's timeline in words: one sentence for every kind of entry.

use domain::judgement::{Change, Judgement};
use domain::{Actor, Event, Timestamp, Visibility};

/// Who did it; `subject` is the name of the incident's vendor.
pub fn actor(actor: &Actor, subject: &str) -> String {
    match actor {
        Actor::Vendor(_) => subject.to_owned(),
        Actor::Person(name) => name.clone(),
        Actor::Watch(database) => format!("Watch over {database}"),
        Actor::Clock => "Watchkeeper".to_owned(),
    }
}

/// What happened, without who and when we saw it.
pub fn event(event: &Event) -> String {
    match event {
        Event::Opened { kind, title, impact, state, published_at, .. } => format!(
            "{} opened as “{title}”: {}, {}, published {}",
            kind.label(),
            impact.label().to_lowercase(),
            state.label().to_lowercase(),
            minute(*published_at)
        ),
        Event::UpdatePosted { update, state, published_at, .. } => {
            format!("update {update} posted: {}, {}", state.label().to_lowercase(), minute(*published_at))
        }
        Event::UpdateRepeated { update, published_at, .. } => {
            format!("update {update} repeated {}", minute(*published_at))
        }
        Event::UpdateEdited { update, edited_at, .. } => {
            format!(
                "update {update} edited{}",
                edited_at.map(|at| format!(" {}", minute(at))).unwrap_or_default()
            )
        }
        Event::UpdateWithdrawn { update } => format!("update {update} is gone from the page"),
        Event::StateChanged { to, at } => {
            format!("state is {}, from {}", to.label().to_lowercase(), minute(*at))
        }
        Event::ResolvedAtChanged { to } => match to {
            Some(at) => format!("end set to {}", minute(*at)),
            None => "end taken back".to_owned(),
        },
        Event::Retitled { to } => format!("title is “{to}”"),
        Event::ImpactChanged { to } => format!("impact is {}", to.label().to_lowercase()),
        Event::Rescheduled { to } => match to {
            Some(window) => match window.until {
                Some(until) => format!("scheduled for {} to {}", minute(window.from), minute(until)),
                None => format!("scheduled for {}", minute(window.from)),
            },
            None => "schedule taken back".to_owned(),
        },
        Event::Linked { to } => format!("source page is {}", to.as_deref().unwrap_or("gone")),
        Event::ComponentChanged { name, to, at, .. } => {
            format!("component {name} is {}, from {}", to.label().to_lowercase(), minute(*at))
        }
        Event::PostmortemPublished { published_at, .. } => {
            format!("postmortem published {}", minute(*published_at))
        }
        Event::TrueWindowSet { began_at, ended_at } => {
            let said = |at: &Option<Timestamp>| at.map_or_else(|| "not known".to_owned(), minute);
            format!("true beginning {}, true end {}", said(began_at), said(ended_at))
        }
        Event::Withdrawn => "withdrawn by its source".to_owned(),
        Event::Restored => "restored".to_owned(),
        Event::Merged { into } => format!("merged into {into}"),
        Event::Absorbed { other } => format!("{other} merged into this"),
        Event::VisibilityChanged { to: Visibility::Public } => "made public".to_owned(),
        Event::VisibilityChanged { to: Visibility::Internal } => "kept internal".to_owned(),
        Event::PublicationPlanned { at } => match at {
            Some(at) => format!("to be published {} unless somebody objects", minute(*at)),
            None => "waits for a person to publish it".to_owned(),
        },
        Event::Noted { .. } => "note written".to_owned(),
        Event::PromiseCalled { lapsed: false, .. } => "the promised update is due soon".to_owned(),
        Event::PromiseCalled { lapsed: true, .. } => "the promised update is late".to_owned(),
        Event::Judged(judgement) => judged(judgement),
    }
}

fn judged(judgement: &Judgement) -> String {
    format!("{}: {}; {}", judgement.name, change(judgement.change), told(judgement))
}

/// What is new about a judgement.
pub fn change(change: Change) -> &'static str {
    match change {
        Change::Began => "seen",
        Change::Worse => "worse",
        Change::Better => "better",
        Change::Moved => "something else in front",
        Change::Weighed => "explained otherwise",
        Change::Recovered => "recovered",
        Change::Relapsed => "stalled again",
        Change::Quiet => "well for long enough",
    }
}

/// A judgement in figures.
pub fn told(judgement: &Judgement) -> String {
    let mut told = match judgement.ended_at {
        Some(ended_at) => format!("reads are well since {}", domain::time::clock(ended_at)),
        None => format!(
            "{}, {} waiting, oldest {}, {} ({} % sure)",
            judgement.severity.as_str(),
            judgement.waiting,
            seconds(judgement.oldest_us),
            judgement.cause.words(),
            judgement.confidence
        ),
    };
    if let Some(state) = judgement.proposes {
        told.push_str("; proposes ");
        told.push_str(&state.label().to_lowercase());
    }
    told
}

/// An age in seconds to one place: `9.1 s`.
pub fn seconds(micros: i64) -> String {
    let tenths = (micros.max(0) + 50_000) / 100_000;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

fn minute(at: Timestamp) -> String {
    super::clock::write(at, "%-d %b %Y, %H:%M UTC")
}

//! Who did what a record tells, and what a watch judged. What is judged is for the team and in English; the other
//! entries are told by each [language](crate::language).

use domain::Actor;
use domain::judgement::{Change, Judgement};

/// Who did it; `subject` is the name of the incident's vendor.
pub fn actor(actor: &Actor, subject: &str) -> String {
    match actor {
        Actor::Vendor(_) => subject.to_owned(),
        Actor::Person(name) => name.clone(),
        Actor::Watch(database) => format!("Watch over {database}"),
        Actor::Clock => "Watchkeeper".to_owned(),
    }
}

/// A judgement as one line of the record.
pub(crate) fn judged(judgement: &Judgement) -> String {
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

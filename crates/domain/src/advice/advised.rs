//! What was advised in an incident, as it stands in its timeline: words and figures for the team, and no value of any
//! query. The latest word on a query is the one that holds.

use super::trial::{METHOD, Outcome, Trial, time_words};
use super::{Advice, Step, size_words};
use crate::id::Slug;
use crate::timeline::{Entry, Event};

/// What was advised for one query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advised {
    /// The database.
    pub database: Slug,
    /// `database.collection`.
    pub namespace: String,
    /// The query without its values.
    pub shape: String,
    /// What to do, the best first.
    pub pieces: Vec<Piece>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What kind of thing: see [`Step::word`].
    pub step: String,
    /// How far it has come.
    pub standing: Standing,
    /// Why.
    pub why: String,
    /// The command of the shell that does it.
    pub command: Option<String>,
    /// The command that undoes it.
    pub rollback: Option<String>,
    /// What it costs.
    pub cost: Option<String>,
    /// Figures of the trial on a copy, or why there was none; and once it was done, what it changed.
    pub figures: Option<String>,
    /// Names of the indexes that it makes.
    pub indexes: Vec<String>,
}

/// How far a piece of advice has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It was thought of, and not tried.
    Proposed,
    /// A trial on a copy bears it out.
    Verified,
    /// A trial on a copy refuted it: it is not to be done.
    Withdrawn,
    /// It was done.
    Applied,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 4] = [Self::Proposed, Self::Verified, Self::Withdrawn, Self::Applied];

    /// The word used in APIs and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Verified => "verified",
            Self::Withdrawn => "withdrawn",
            Self::Applied => "applied",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == text)
    }
}

impl Step {
    /// The word used in APIs and rows.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Create(..) => "create_index",
            Self::Drop(_) => "drop_index",
            Self::Rewrite(_) => "rewrite",
            Self::Nothing => "none",
        }
    }
}

impl Piece {
    /// A piece of advice that nobody has tried; `untried` says why.
    pub fn proposed(advice: &Advice, version: Option<(u32, u32)>, untried: Option<&str>) -> Self {
        let indexes = match &advice.step {
            Step::Create(create, _) => create.iter().map(super::Spec::name).collect(),
            _ => Vec::new(),
        };
        Self {
            step: advice.step.word().to_owned(),
            standing: Standing::Proposed,
            why: advice.why.clone(),
            command: advice.command(version),
            rollback: advice.rollback(version),
            cost: advice.cost.map(|cost| cost.to_string()),
            figures: untried.filter(|_| !indexes.is_empty()).map(str::to_owned),
            indexes,
        }
    }

    /// A piece of advice that was tried. One that is withdrawn has no command any more.
    pub fn tried(advice: &Advice, version: Option<(u32, u32)>, trial: &Trial) -> Self {
        let piece = Self::proposed(advice, version, None);
        match trial.outcome() {
            Outcome::Refuted(why) => Self {
                standing: Standing::Withdrawn,
                command: None,
                rollback: None,
                figures: Some(format!("withdrawn after a trial on a copy: {why}")),
                ..piece
            },
            Outcome::Confirmed(gain) => {
                let copied = trial.copied;
                let inserts = trial.insert_us.map_or_else(String::new, |(without, with)| {
                    format!("; an insert takes {} instead of {}", time_words(with), time_words(without))
                });
                let figures = format!(
                    "{gain}; its size there {}{inserts}. The copy has {} of {} documents; {} queries were run; {METHOD}.",
                    size_words(gain.full_bytes),
                    copied.documents,
                    copied.of,
                    trial.after.len()
                );
                Self { standing: Standing::Verified, figures: Some(figures), ..piece }
            }
        }
    }
}

/// The latest word on each query, in the order in which they were first spoken of.
pub fn standing(timeline: &[Entry]) -> Vec<(&Entry, &Advised)> {
    let mut latest: Vec<(&Entry, &Advised)> = Vec::new();
    for entry in timeline {
        let Event::Advised(advised) = &entry.event else { continue };
        let same = |known: &&mut (&Entry, &Advised)| {
            let key = |one: &Advised| (one.database.clone(), one.namespace.clone(), one.shape.clone());
            key(known.1) == key(advised)
        };
        match latest.iter_mut().find(same) {
            Some(known) => *known = (entry, advised),
            None => latest.push((entry, advised)),
        }
    }
    latest
}

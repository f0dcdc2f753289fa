//! What the watch over a database said of it at one moment, as it stands in a timeline: figures and evidence,
//! kept structured so that they can be shown, compared and told again. A public update says it in prose; a
//! judgement never is one.

use crate::detect::{Cause, Contributor, Culprit, Severity, Verdict};
use crate::hypothesis::Hypothesis;
use crate::id::{ComponentKey, Slug};
use crate::incident::{Impact, State};
use crate::maintenance::Covering;
use jiff::{SignedDuration, Timestamp};

/// How long reads must stay well before an incident that the watch opened is over, unless configured.
pub const QUIET: SignedDuration = SignedDuration::from_mins(5);

/// A database under watch, as far as incidents need to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Which database.
    pub database: Slug,
    /// What people call it.
    pub name: String,
    /// The environment that it serves.
    pub environment: Slug,
    /// What people call that.
    pub environment_name: String,
    /// The components that suffer with it: key and name.
    pub affects: Vec<(ComponentKey, String)>,
    /// How long reads must stay well before the incident is over.
    pub quiet_for: SignedDuration,
    /// How what the watch says becomes public.
    pub publishing: Publishing,
    /// How soon each of its public updates promises the next one, unless it is the last.
    pub promise: Option<SignedDuration>,
    /// The maintenance that runs on all that it affects, if one does: see
    /// [`maintenance::covering`](crate::maintenance::covering).
    pub maintenance: Option<Covering>,
}

/// How what a machine says in an environment becomes public.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Publishing {
    /// At once.
    #[default]
    Automatic,
    /// After this long, unless a person objects or speaks.
    After(SignedDuration),
    /// When a person says so.
    Draft,
}

/// One judgement, as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Which database.
    pub database: Slug,
    /// What people call it.
    pub name: String,
    /// What is new about it.
    pub change: Change,
    /// How bad.
    pub severity: Severity,
    /// When the first sign of it began.
    pub began_at: Timestamp,
    /// When the detector was sure enough.
    pub detected_at: Timestamp,
    /// When it ended, once it has.
    pub ended_at: Option<Timestamp>,
    /// Until when reads must stay well before it counts as over; with `ended_at`.
    pub quiet_until: Option<Timestamp>,
    /// Kind of cause.
    pub cause: Cause,
    /// One plain sentence without the database's name.
    pub sentence: String,
    /// Nodes on which it shows, the worst first.
    pub nodes: Vec<String>,
    /// Namespaces in front, the culprit's first.
    pub namespaces: Vec<String>,
    /// Operation to blame.
    pub culprit: Option<Culprit>,
    /// Everybody who has a part in it, those who cause it first.
    pub contributors: Vec<Contributor>,
    /// Client reads in flight for longer than they should be.
    pub waiting: u32,
    /// Age of the oldest of them, in microseconds.
    pub oldest_us: i64,
    /// How sure the detector is, in percent.
    pub confidence: u8,
    /// What it rests on.
    pub evidence: Vec<Sign>,
    /// What speaks for and against each explanation.
    pub hypotheses: Vec<Hypothesis>,
    /// The state that the watch would give the incident, where it leaves that to a person.
    pub proposes: Option<State>,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Name of the rule that saw it.
    pub rule: String,
    /// Node on which it was seen.
    pub node: String,
    /// A sentence with figures.
    pub text: String,
}

/// What is new about a judgement, against the one recorded before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The first of this database in this incident.
    Began,
    /// At least twice as many wait, or twice as long, or a strain became a stall.
    Worse,
    /// At most half as many wait, or half as long, or a stall became a strain.
    Better,
    /// Another cause or culprit is in front.
    Moved,
    /// The same, with other explanations for or against.
    Weighed,
    /// Reads are well again.
    Recovered,
    /// They were well and stall again.
    Relapsed,
    /// They have stayed well for long enough.
    Quiet,
}

impl Change {
    /// Every change.
    pub const ALL: [Self; 8] = [
        Self::Began,
        Self::Worse,
        Self::Better,
        Self::Moved,
        Self::Weighed,
        Self::Recovered,
        Self::Relapsed,
        Self::Quiet,
    ];

    /// The word used in APIs and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Began => "began",
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Moved => "moved",
            Self::Weighed => "weighed",
            Self::Recovered => "recovered",
            Self::Relapsed => "relapsed",
            Self::Quiet => "quiet",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.as_str() == text)
    }
}

impl Judgement {
    /// The judgement that a verdict is at `now`. A clock that was stepped must not put an end before a
    /// beginning, nor either of them into the future.
    pub fn of(
        watched: &Watched,
        verdict: &Verdict,
        hypotheses: &[Hypothesis],
        change: Change,
        now: Timestamp,
    ) -> Self {
        let began_at = whole_micros(verdict.began_at.min(now));
        let ended_at = verdict.ended_at.map(|ended_at| whole_micros(ended_at.min(now)).max(began_at));
        let texts = |list: &[std::sync::Arc<str>]| list.iter().map(ToString::to_string).collect();
        let sign = |evidence: &crate::detect::Evidence| Sign {
            rule: evidence.rule.to_owned(),
            node: evidence.node.to_string(),
            text: evidence.text.clone(),
        };
        Self {
            database: watched.database.clone(),
            name: watched.name.clone(),
            change,
            severity: verdict.severity,
            began_at,
            detected_at: whole_micros(verdict.detected_at),
            ended_at,
            quiet_until: ended_at.and_then(|ended_at| ended_at.checked_add(watched.quiet_for).ok()),
            cause: verdict.cause,
            sentence: verdict.sentence.clone(),
            nodes: texts(&verdict.nodes),
            namespaces: texts(&verdict.namespaces),
            culprit: verdict.culprit.clone(),
            contributors: verdict.contributors.clone(),
            waiting: verdict.waiting,
            oldest_us: verdict.oldest_us,
            confidence: verdict.confidence,
            evidence: verdict.evidence.iter().map(sign).collect(),
            hypotheses: hypotheses.to_vec(),
            proposes: None,
        }
    }

    /// Whether users wait.
    pub fn is_stall(&self) -> bool {
        self.severity == Severity::Stall
    }

    /// The grade that it gives an incident: nothing answers at all, or much does not.
    pub fn impact(&self) -> Impact {
        match self.cause {
            Cause::Process | Cause::Network | Cause::Cluster => Impact::Critical,
            _ => Impact::Major,
        }
    }

    /// Whether both name the same cause and blame the same operation.
    pub fn blames_the_same(&self, other: &Self) -> bool {
        self.cause == other.cause && self.blamed() == other.blamed()
    }

    /// Whether it names a cause or an operation that the other does not. To have lost sight of an operation
    /// is not to know more.
    pub fn knows_more_than(&self, other: &Self) -> bool {
        self.cause != other.cause || self.culprit.is_some() && self.blamed() != other.blamed()
    }

    fn blamed(&self) -> Option<(&str, &str)> {
        self.culprit.as_ref().map(|culprit| (&*culprit.namespace, &*culprit.command))
    }

    /// Age of the oldest read that waits, in milliseconds.
    pub fn oldest_ms(&self) -> i64 {
        self.oldest_us / 1_000
    }
}

/// Timelines keep whole microseconds; what is decided must be what is read back.
fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

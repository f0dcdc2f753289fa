//! What the watch over a database judged, as JSON.

use crate::api::time::Time;
use crate::api::vocabulary::StateWord;
use domain::Judgement;
use domain::detect::contributors::Shares;
use domain::detect::{Contributor, Culprit};
use domain::hypothesis::Hypothesis;
use domain::judgement::Sign;
use serde::Serialize;
use utoipa::ToSchema;

/// What the watch over a database judged at one moment: evidence, not a word to the public.
#[derive(Debug, Serialize, ToSchema)]
pub struct JudgementBody {
    /// Which database.
    pub database: String,
    /// What people call it.
    pub name: String,
    /// What is new about it: `began`, `worse`, `better`, `moved`, `weighed`, `recovered`, `relapsed` or `quiet`.
    pub change: &'static str,
    /// `strain` (a warning) or `stall` (users wait).
    pub severity: &'static str,
    /// When the first sign of it began.
    pub began_at: Time,
    /// When the detector was sure enough.
    pub detected_at: Time,
    /// When it ended, once it has.
    pub ended_at: Option<Time>,
    /// Kind of cause, such as `slow-query` or `blocking-op`.
    pub cause: &'static str,
    /// One sentence, without the name of the database.
    pub sentence: String,
    /// Nodes on which it shows, the worst first.
    pub nodes: Vec<String>,
    /// Namespaces in front, the culprit's first.
    pub namespaces: Vec<String>,
    /// Operation to blame.
    pub culprit: Option<BlamedBody>,
    /// Everybody who has a part in it, those who cause it first, and of each part the costliest first.
    pub contributors: Vec<ContributorBody>,
    /// Client reads in flight for longer than they should be.
    pub waiting: u32,
    /// Age of the oldest of them.
    pub oldest_ms: i64,
    /// How sure the detector is, in percent.
    pub confidence: u8,
    /// What it rests on.
    pub evidence: Vec<SignBody>,
    /// What speaks for and against each explanation.
    pub hypotheses: Vec<HypothesisBody>,
    /// The state that the watch would give the incident, where it leaves that to a person.
    pub proposes: Option<StateWord>,
}

/// An operation to blame.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlamedBody {
    /// `database.collection`; empty for an operation on the whole server.
    pub namespace: String,
    /// Name of the command.
    pub command: String,
    /// The command without its literals.
    pub shape: String,
    /// Application name of its client.
    pub app: String,
    /// Summary of the plan.
    pub plan: String,
    /// What it says of itself, such as the progress of an index build.
    pub message: String,
    /// How many are in flight.
    pub count: u32,
    /// Age of the oldest.
    pub oldest_ms: i64,
}

/// Somebody who has a part in a stall: an operation, or something that the server itself does.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContributorBody {
    /// `shape`, `index-build`, `maintenance`, `drop`, `checkpoint`, `eviction`, `fsync-lock`, `election`,
    /// `connections` or `storage`.
    pub kind: &'static str,
    /// `cause`, `victim` or `bystander`.
    pub part: &'static str,
    /// `database.collection`; empty for what concerns the whole server.
    pub namespace: String,
    /// Name of the command; empty for what is no operation.
    pub command: String,
    /// The command without its literals.
    pub shape: String,
    /// Application name of its client.
    pub app: String,
    /// Summary of the plan.
    pub plan: String,
    /// The plan that the shape has in quiet times, where it is another one.
    pub usual_plan: Option<String>,
    /// What it says of itself, such as the progress of an index build.
    pub message: String,
    /// How many are in flight.
    pub count: u32,
    /// How many of them wait for a lock.
    pub waiting: u32,
    /// Age of the oldest in flight.
    pub oldest_ms: i64,
    /// Operations of the last seconds whose plan was thrown away and made again.
    pub replanned: u32,
    /// What of the whole falls to it, in percent.
    pub shares: SharesBody,
    /// One sentence with its figures.
    pub sentence: String,
}

/// Shares in percent; nothing where that cannot be told.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharesBody {
    /// Of the work that operations in flight have done.
    pub work: Option<u8>,
    /// Of the documents that finished operations examined.
    pub documents: Option<u8>,
    /// Of the time that operations ran.
    pub time: Option<u8>,
    /// Of the bytes that finished operations read into the cache.
    pub bytes_read: Option<u8>,
    /// Of the time for which locks were held that keep others out.
    pub lock: Option<u8>,
    /// Of the operations in flight.
    pub concurrent: Option<u8>,
}

/// One piece of evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignBody {
    /// Name of the rule that saw it.
    pub rule: String,
    /// Node on which it was seen.
    pub node: String,
    /// A sentence with figures.
    pub text: String,
}

/// An explanation with what speaks for or against it.
#[derive(Debug, Serialize, ToSchema)]
pub struct HypothesisBody {
    /// `database`, `host`, `network`, `client`, `deploy`, `cloud` or `vendor`.
    pub claim: &'static str,
    /// `for`, `against` or `unknown`.
    pub stance: &'static str,
    /// The evidence, one phrase each.
    pub evidence: Vec<String>,
}

impl From<&Judgement> for JudgementBody {
    fn from(judgement: &Judgement) -> Self {
        Self {
            database: judgement.database.to_string(),
            name: judgement.name.clone(),
            change: judgement.change.as_str(),
            severity: judgement.severity.as_str(),
            began_at: Time(judgement.began_at),
            detected_at: Time(judgement.detected_at),
            ended_at: judgement.ended_at.map(Time),
            cause: judgement.cause.as_str(),
            sentence: judgement.sentence.clone(),
            nodes: judgement.nodes.clone(),
            namespaces: judgement.namespaces.clone(),
            culprit: judgement.culprit.as_ref().map(Into::into),
            contributors: judgement.contributors.iter().map(Into::into).collect(),
            waiting: judgement.waiting,
            oldest_ms: judgement.oldest_ms(),
            confidence: judgement.confidence,
            evidence: judgement.evidence.iter().map(Into::into).collect(),
            hypotheses: judgement.hypotheses.iter().map(Into::into).collect(),
            proposes: judgement.proposes.map(StateWord),
        }
    }
}

impl From<&Culprit> for BlamedBody {
    fn from(culprit: &Culprit) -> Self {
        Self {
            namespace: culprit.namespace.to_string(),
            command: culprit.command.to_string(),
            shape: culprit.shape.to_string(),
            app: culprit.app.to_string(),
            plan: culprit.plan.to_string(),
            message: culprit.message.to_string(),
            count: culprit.count,
            oldest_ms: culprit.oldest_us / 1_000,
        }
    }
}

impl From<&Contributor> for ContributorBody {
    fn from(one: &Contributor) -> Self {
        let Shares { work, documents, time, bytes_read, lock, concurrent } = one.shares;
        Self {
            kind: one.kind.as_str(),
            part: one.part.as_str(),
            namespace: one.namespace.to_string(),
            command: one.command.to_string(),
            shape: one.shape.to_string(),
            app: one.app.to_string(),
            plan: one.plan.to_string(),
            usual_plan: one.usual_plan.as_deref().map(str::to_owned),
            message: one.message.to_string(),
            count: one.count,
            waiting: one.waiting,
            oldest_ms: one.oldest_us / 1_000,
            replanned: one.replanned,
            shares: SharesBody { work, documents, time, bytes_read, lock, concurrent },
            sentence: one.sentence.clone(),
        }
    }
}

impl From<&Sign> for SignBody {
    fn from(sign: &Sign) -> Self {
        Self { rule: sign.rule.clone(), node: sign.node.clone(), text: sign.text.clone() }
    }
}

impl From<&Hypothesis> for HypothesisBody {
    fn from(hypothesis: &Hypothesis) -> Self {
        Self {
            claim: hypothesis.claim.as_str(),
            stance: hypothesis.stance.as_str(),
            evidence: hypothesis.evidence.clone(),
        }
    }
}

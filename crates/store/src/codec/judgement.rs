//! The shape in which judgements of the watch are kept: figures and evidence as they were, so that a page can
//! show them years later.

use super::{instant_or_none, slug};
use crate::columns::{instant, micros, micros_or_null};
use crate::error::{Error, Result};
use domain::State;
use domain::detect::contributors::{Contributor, Kind, Part, Shares};
use domain::detect::{Cause, Culprit, Severity};
use domain::hypothesis::{Claim, Hypothesis, Stance};
use domain::judgement::{Change, Judgement, Sign};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct JudgementBody {
    database: String,
    name: String,
    change: String,
    severity: String,
    began_at: i64,
    detected_at: i64,
    ended_at: Option<i64>,
    quiet_until: Option<i64>,
    cause: String,
    sentence: String,
    nodes: Vec<String>,
    namespaces: Vec<String>,
    culprit: Option<CulpritBody>,
    /// Judgements of earlier versions have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    contributors: Vec<ContributorBody>,
    waiting: u32,
    oldest_us: i64,
    confidence: u8,
    evidence: Vec<SignBody>,
    hypotheses: Vec<HypothesisBody>,
    proposes: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct CulpritBody {
    namespace: String,
    command: String,
    shape: String,
    app: String,
    plan: String,
    message: String,
    count: u32,
    oldest_us: i64,
}

#[derive(Serialize, Deserialize)]
struct ContributorBody {
    kind: String,
    part: String,
    namespace: String,
    command: String,
    shape: String,
    app: String,
    plan: String,
    usual_plan: Option<String>,
    message: String,
    count: u32,
    waiting: u32,
    oldest_us: i64,
    replanned: u32,
    shares: SharesBody,
    sentence: String,
}

/// Percent.
#[derive(Serialize, Deserialize)]
struct SharesBody {
    work: Option<u8>,
    documents: Option<u8>,
    time: Option<u8>,
    bytes_read: Option<u8>,
    lock: Option<u8>,
    concurrent: Option<u8>,
}

#[derive(Serialize, Deserialize)]
struct SignBody {
    rule: String,
    node: String,
    text: String,
}

#[derive(Serialize, Deserialize)]
struct HypothesisBody {
    claim: String,
    stance: String,
    evidence: Vec<String>,
}

impl JudgementBody {
    pub(super) fn of(judgement: &Judgement) -> Self {
        Self {
            database: judgement.database.to_string(),
            name: judgement.name.clone(),
            change: judgement.change.as_str().to_owned(),
            severity: judgement.severity.as_str().to_owned(),
            began_at: micros(judgement.began_at),
            detected_at: micros(judgement.detected_at),
            ended_at: micros_or_null(judgement.ended_at),
            quiet_until: micros_or_null(judgement.quiet_until),
            cause: judgement.cause.as_str().to_owned(),
            sentence: judgement.sentence.clone(),
            nodes: judgement.nodes.clone(),
            namespaces: judgement.namespaces.clone(),
            culprit: judgement.culprit.as_ref().map(CulpritBody::of),
            contributors: judgement.contributors.iter().map(ContributorBody::of).collect(),
            waiting: judgement.waiting,
            oldest_us: judgement.oldest_us,
            confidence: judgement.confidence,
            evidence: judgement.evidence.iter().map(SignBody::of).collect(),
            hypotheses: judgement.hypotheses.iter().map(HypothesisBody::of).collect(),
            proposes: judgement.proposes.map(|state| state.as_str().to_owned()),
        }
    }

    pub(super) fn read(self) -> Result<Judgement> {
        Ok(Judgement {
            database: slug(&self.database)?,
            name: self.name,
            change: word("change", &self.change, Change::parse)?,
            severity: word("severity", &self.severity, Severity::from_name)?,
            began_at: instant(self.began_at)?,
            detected_at: instant(self.detected_at)?,
            ended_at: instant_or_none(self.ended_at)?,
            quiet_until: instant_or_none(self.quiet_until)?,
            cause: word("cause", &self.cause, Cause::from_name)?,
            sentence: self.sentence,
            nodes: self.nodes,
            namespaces: self.namespaces,
            culprit: self.culprit.map(CulpritBody::read),
            contributors: self.contributors.into_iter().map(ContributorBody::read).collect::<Result<_>>()?,
            waiting: self.waiting,
            oldest_us: self.oldest_us,
            confidence: self.confidence,
            evidence: self.evidence.into_iter().map(SignBody::read).collect(),
            hypotheses: self.hypotheses.into_iter().map(HypothesisBody::read).collect::<Result<_>>()?,
            proposes: self.proposes.as_deref().map(State::parse),
        })
    }
}

fn word<T>(field: &str, text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    parse(text).ok_or_else(|| Error::Corrupt(format!("a judgement has {field} `{text}`")))
}

impl CulpritBody {
    fn of(culprit: &Culprit) -> Self {
        Self {
            namespace: culprit.namespace.to_string(),
            command: culprit.command.to_string(),
            shape: culprit.shape.to_string(),
            app: culprit.app.to_string(),
            plan: culprit.plan.to_string(),
            message: culprit.message.to_string(),
            count: culprit.count,
            oldest_us: culprit.oldest_us,
        }
    }

    fn read(self) -> Culprit {
        Culprit {
            namespace: self.namespace.into(),
            command: self.command.into(),
            shape: self.shape.into(),
            app: self.app.into(),
            plan: self.plan.into(),
            message: self.message.into(),
            count: self.count,
            oldest_us: self.oldest_us,
        }
    }
}

impl ContributorBody {
    fn of(one: &Contributor) -> Self {
        let Shares { work, documents, time, bytes_read, lock, concurrent } = one.shares;
        Self {
            kind: one.kind.as_str().to_owned(),
            part: one.part.as_str().to_owned(),
            namespace: one.namespace.to_string(),
            command: one.command.to_string(),
            shape: one.shape.to_string(),
            app: one.app.to_string(),
            plan: one.plan.to_string(),
            usual_plan: one.usual_plan.as_deref().map(str::to_owned),
            message: one.message.to_string(),
            count: one.count,
            waiting: one.waiting,
            oldest_us: one.oldest_us,
            replanned: one.replanned,
            shares: SharesBody { work, documents, time, bytes_read, lock, concurrent },
            sentence: one.sentence.clone(),
        }
    }

    fn read(self) -> Result<Contributor> {
        let SharesBody { work, documents, time, bytes_read, lock, concurrent } = self.shares;
        Ok(Contributor {
            kind: word("kind", &self.kind, Kind::from_name)?,
            part: word("part", &self.part, Part::from_name)?,
            namespace: self.namespace.into(),
            command: self.command.into(),
            shape: self.shape.into(),
            app: self.app.into(),
            plan: self.plan.into(),
            usual_plan: self.usual_plan.map(Into::into),
            message: self.message.into(),
            count: self.count,
            waiting: self.waiting,
            oldest_us: self.oldest_us,
            replanned: self.replanned,
            shares: Shares { work, documents, time, bytes_read, lock, concurrent },
            sentence: self.sentence,
        })
    }
}

impl SignBody {
    fn of(sign: &Sign) -> Self {
        Self { rule: sign.rule.clone(), node: sign.node.clone(), text: sign.text.clone() }
    }

    fn read(self) -> Sign {
        Sign { rule: self.rule, node: self.node, text: self.text }
    }
}

impl HypothesisBody {
    fn of(hypothesis: &Hypothesis) -> Self {
        Self {
            claim: hypothesis.claim.as_str().to_owned(),
            stance: hypothesis.stance.as_str().to_owned(),
            evidence: hypothesis.evidence.clone(),
        }
    }

    fn read(self) -> Result<Hypothesis> {
        Ok(Hypothesis {
            claim: word("claim", &self.claim, Claim::parse)?,
            stance: word("stance", &self.stance, Stance::parse)?,
            evidence: self.evidence,
        })
    }
}

//! Advice as JSON.

use super::incident::ActorBody;
use crate::api::time::Time;
use domain::advice::{Advised, Piece};
use domain::{Entry, IncidentId};
use serde::Serialize;
use utoipa::ToSchema;

/// What was advised in an incident: the latest word on each query.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdviceListBody {
    /// Identifier of the incident.
    pub incident: String,
    /// Its advice.
    pub advice: Vec<AdviceBody>,
}

/// What was advised for one query, and when.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdviceBody {
    /// When it was said.
    pub at: Time,
    /// Who said it.
    pub by: ActorBody,
    /// What was said.
    #[serde(flatten)]
    pub said: AdvisedBody,
}

/// What was advised for one query.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdvisedBody {
    /// The database.
    pub database: String,
    /// `database.collection`.
    pub namespace: String,
    /// The query without its values.
    pub shape: String,
    /// What to do, the best first.
    pub pieces: Vec<PieceBody>,
}

/// One thing to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct PieceBody {
    /// `create_index`, `drop_index`, `rewrite` or `none`.
    pub step: String,
    /// `proposed`, `verified` by a trial on a copy, `withdrawn` after one, or `applied`.
    pub standing: &'static str,
    /// Why.
    pub why: String,
    /// The command of the shell that does it.
    pub command: Option<String>,
    /// The command that undoes it.
    pub rollback: Option<String>,
    /// What it costs.
    pub cost: Option<String>,
    /// What was measured, or why nothing was.
    pub figures: Option<String>,
    /// Names of the indexes that it makes.
    pub indexes: Vec<String>,
}

impl AdviceListBody {
    /// The latest word on each query.
    pub fn new(incident: &IncidentId, timeline: &[Entry]) -> Self {
        let advice = domain::advice::standing(timeline).into_iter();
        let said = |(entry, advised): (&Entry, &Advised)| AdviceBody {
            at: Time(entry.seen_at),
            by: (&entry.actor).into(),
            said: advised.into(),
        };
        Self { incident: incident.to_string(), advice: advice.map(said).collect() }
    }
}

impl From<&Advised> for AdvisedBody {
    fn from(advised: &Advised) -> Self {
        Self {
            database: advised.database.to_string(),
            namespace: advised.namespace.clone(),
            shape: advised.shape.clone(),
            pieces: advised.pieces.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Piece> for PieceBody {
    fn from(piece: &Piece) -> Self {
        let Piece { step, standing, why, command, rollback, cost, figures, indexes } = piece.clone();
        Self { step, standing: standing.as_str(), why, command, rollback, cost, figures, indexes }
    }
}

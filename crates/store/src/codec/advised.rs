//! The shape in which advice is kept: words and figures as they were said.

use super::slug;
use crate::columns::clean;
use crate::error::{Error, Result};
use domain::advice::{Advised, Piece, Standing};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct AdvisedBody {
    database: String,
    namespace: String,
    shape: String,
    pieces: Vec<PieceBody>,
}

#[derive(Serialize, Deserialize)]
struct PieceBody {
    step: String,
    standing: String,
    why: String,
    command: Option<String>,
    rollback: Option<String>,
    cost: Option<String>,
    figures: Option<String>,
    indexes: Vec<String>,
}

impl AdvisedBody {
    pub(super) fn of(advised: &Advised) -> Self {
        Self {
            database: advised.database.to_string(),
            namespace: advised.namespace.clone(),
            shape: advised.shape.clone(),
            pieces: advised.pieces.iter().map(PieceBody::of).collect(),
        }
    }

    pub(super) fn read(self) -> Result<Advised> {
        Ok(Advised {
            database: slug(&self.database)?,
            namespace: self.namespace,
            shape: self.shape,
            pieces: self.pieces.into_iter().map(PieceBody::read).collect::<Result<_>>()?,
        })
    }
}

impl PieceBody {
    fn of(piece: &Piece) -> Self {
        Self {
            step: piece.step.clone(),
            standing: piece.standing.as_str().to_owned(),
            why: piece.why.clone(),
            command: piece.command.clone(),
            rollback: piece.rollback.clone(),
            cost: piece.cost.clone(),
            figures: piece.figures.clone(),
            indexes: piece.indexes.clone(),
        }
    }

    fn read(self) -> Result<Piece> {
        let standing = Standing::parse(&self.standing);
        Ok(Piece {
            standing: standing.ok_or_else(|| {
                Error::Corrupt(format!("`{}` is no standing of advice", clean(&self.standing)))
            })?,
            step: self.step,
            why: self.why,
            command: self.command,
            rollback: self.rollback,
            cost: self.cost,
            figures: self.figures,
            indexes: self.indexes,
        })
    }
}

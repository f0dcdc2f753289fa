//! Whether a node still works on what it has claimed. It says so every few seconds; when it has not for as long as it
//! said it would, others take over what it holds, long before each claim runs out by itself. A node that never said
//! anything keeps its claims for as long as they were taken.
//!
//! Never takes a claim back: its epoch does, once somebody else has it.

use crate::Store;
use crate::columns::length;
use crate::error::Result;
use jiff::SignedDuration;

/// Whether the one who claimed a row of `candidate` has fallen silent, as a condition.
macro_rules! or_silent {
    () => {
        "OR EXISTS (SELECT 1 FROM claimant WHERE claimant.node = candidate.claimed_by \
           AND claimant.works_until <= (SELECT now_at FROM database_clock))"
    };
}
pub(crate) use or_silent;

const WORKS: &str = "\
INSERT INTO claimant (node, works_until) VALUES ($1, (SELECT now_at FROM database_clock) + $2) \
ON CONFLICT (node) DO UPDATE SET works_until = excluded.works_until";

/// No claim is kept for so long, so nobody asks about its holder any more.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);

impl Store {
    /// Says that this node works on what it has claimed, and will have said so again before `lease` has passed.
    pub async fn keep_claims(&self, lease: SignedDuration) -> Result<()> {
        self.write((self.inner.node.clone(), lease), |connection, (node, lease)| {
            Box::pin(async move {
                let works = sqlx::query(WORKS).bind(node.as_str()).bind(length(*lease));
                works.execute(&mut *connection).await?;
                let sql = "DELETE FROM claimant WHERE works_until < (SELECT now_at FROM database_clock) - $1";
                sqlx::query(sql).bind(length(FORGOTTEN)).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Says that this node works on nothing any more.
    pub async fn leave_claims(&self) -> Result<()> {
        self.keep_claims(SignedDuration::ZERO).await
    }
}

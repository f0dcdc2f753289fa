//! Says every few seconds that this node works on what it has claimed, so that others take it over soon after it falls
//! silent, and keeps in mind until when that was said: what is begun after it might be begun elsewhere, too.
//!
//! Never claims anything.

use crate::app::Parts;
use jiff::SignedDuration;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::Store;
use tokio::time::{Instant, sleep};

/// How long others wait before they take over: two beats may be lost in a pause of the database.
const LEASE: Duration = Duration::from_secs(15);
/// Between two beats.
const BEAT: Duration = Duration::from_secs(5);

/// Until when this node may begin what it has claimed.
pub struct Claims(Mutex<Instant>);

impl Claims {
    /// Says for the first time that this node works.
    pub(crate) async fn begin(store: &Store) -> store::Result<Self> {
        let claims = Self(Mutex::new(Instant::now()));
        claims.keep(store).await?;
        Ok(claims)
    }

    /// Whether others surely leave alone what this node has claimed.
    pub(crate) fn hold(&self) -> bool {
        Instant::now() < *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn keep(&self, store: &Store) -> store::Result<()> {
        // From before the database was asked: its lease begins later.
        let until = Instant::now() + LEASE;
        store.keep_claims(SignedDuration::try_from(LEASE).unwrap_or(SignedDuration::MAX)).await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
        Ok(())
    }
}

pub(super) async fn run(parts: Arc<Parts>) {
    loop {
        // By the runtime's clock, as the lease: ours may leap, and in tests it stands still.
        tokio::select! {
            () = sleep(BEAT) => {}
            () = parts.stopped() => return,
        }
        if let Err(error) = parts.claims.keep(&parts.store).await {
            tracing::warn!(%error, "this node cannot say that it works on what it has claimed");
        }
    }
}

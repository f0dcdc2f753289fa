//! Carries out what operators posted once nobody can take it back any more. Any node may; a crash in between
//! loses nothing, and it happens once.

use crate::app::Parts;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks: the most by which an update leaves later than was said.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) async fn run(parts: Arc<Parts>) {
    while parts.rest(PAUSE).await {
        match parts.site.run_due_held().await {
            Ok(0) => {}
            Ok(_) => parts.outbox.notify_one(),
            Err(error) => tracing::warn!(error = error.inside(), "cannot carry out what was held"),
        }
    }
}

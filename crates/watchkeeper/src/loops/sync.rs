//! Keeps the pages true to what other nodes wrote. First it renders what was there at the start, so that the
//! pages stay up if the database goes.

use crate::app::Parts;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks at the revision of the database.
const PAUSE: Duration = Duration::from_secs(2);

pub(super) async fn run(parts: Arc<Parts>) {
    parts.site.warm().await;
    while parts.rest(PAUSE).await {
        if let Err(error) = parts.site.sync().await {
            tracing::warn!(error = error.inside(), "the pages cannot be brought up to date");
        }
    }
}

//! Keeps the pages true to what other nodes wrote. First it renders what was there at the start, so that the
//! pages stay up if the database goes.

use crate::app::Parts;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks at the revision of the database. What another node acknowledged is on the page within a
/// second; a look is one row of one small table.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) async fn run(parts: Arc<Parts>) {
    parts.site.warm().await;
    while parts.rest(PAUSE).await {
        if let Err(error) = parts.site.sync().await {
            tracing::warn!(error = error.inside(), "the pages cannot be brought up to date");
        }
    }
}

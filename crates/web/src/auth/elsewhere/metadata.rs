//! What the issuer of accounts last said of itself: its addresses and its keys.
//!
//! Never asks it.

use domain::Timestamp;
use jiff::SignedDuration;
use openidconnect::core::CoreProviderMetadata;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// For how long it stands: so long is a key still believed that the issuer has withdrawn, and an address that it has
/// left.
const AGE: SignedDuration = SignedDuration::from_mins(10);

type Said = Option<(Timestamp, CoreProviderMetadata)>;

/// What was said, and when it was asked for.
#[derive(Clone, Default)]
pub struct Metadata(Arc<Mutex<Said>>);

impl Metadata {
    /// What was said, unless that was too long ago.
    pub(super) fn known_at(&self, now: Timestamp) -> Option<CoreProviderMetadata> {
        let said = self.said();
        let (asked_at, metadata) = said.as_ref()?;
        (now.duration_since(*asked_at) < AGE).then(|| metadata.clone())
    }

    pub(super) fn keep(&self, metadata: CoreProviderMetadata, asked_at: Timestamp) {
        *self.said() = Some((asked_at, metadata));
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Rendering before anybody asks, so that the first reader waits for nothing and pages are there when the
//! database is not.

use crate::compat::Document;
use crate::page::Page;
use crate::site::Site;
use crate::target::Target;
use std::sync::Arc;

/// Incidents rendered in advance, the newest and all that are going on. Older ones are hardly read, and
/// each costs some milliseconds at start.
const INCIDENTS: usize = 500;

impl Site {
    /// Renders what is likely to be read, one after another so that requests come first. Ends early where
    /// memory is used up or the database does not answer.
    pub async fn warm(self: &Arc<Self>) {
        for page in &self.pages {
            self.warm_page(page).await;
        }
    }

    async fn warm_page(self: &Arc<Self>, page: &Arc<Page>) {
        for target in self.likely(page).await {
            if !page.cache.has_room() {
                tracing::info!(entries = page.cache.len(), "cache is full; older pages wait for readers");
                return;
            }
            if let Err(error) = self.renew(page, &target).await {
                tracing::warn!(path = target.path(), error = error.inside(), "page not rendered in advance");
                if self.pause().is_some() {
                    return;
                }
            }
            tokio::task::yield_now().await;
        }
    }

    async fn likely(&self, page: &Arc<Page>) -> Vec<Target> {
        let Ok(snapshot) = self.sight(page).await else { return Vec::new() };
        let mut targets = vec![
            Target::Home,
            Target::StatusJson,
            Target::Incidents,
            Target::History,
            Target::Atom,
            Target::IncidentsJson,
            Target::EnvironmentsJson,
        ];
        targets.extend(Document::LISTS.map(Target::Compat));
        if page.config.vendors {
            targets.extend([Target::Vendors, Target::VendorsJson]);
        }
        let open = snapshot.open.iter();
        let known = open.chain(snapshot.incidents.iter().take(INCIDENTS));
        let incidents: Vec<_> = known.map(|known| known.row.id.clone()).collect();
        for watched in &snapshot.vendors {
            targets.push(Target::Vendor(watched.slug().clone()));
        }
        targets.extend(incidents.iter().cloned().map(Target::Incident));
        for watched in &snapshot.vendors {
            let slug = watched.slug();
            targets.extend([
                Target::VendorJson(slug.clone()),
                Target::VendorIncidentsJson(slug.clone()),
                Target::Raw(slug.clone()),
            ]);
        }
        targets.extend(incidents.into_iter().map(Target::IncidentJson));
        targets
    }
}

//! A page as files, for any web server or none: what its readers see, with relative addresses.
//!
//! Everything is as of one instant, which every page states. Of each vendor it has the incidents that a page names,
//! as lists are bounded; of our own it has all that are in memory. What takes somebody who answers, questions, raw
//! documents and asking to be told, is not linked. It never sees more than the readers of the page.

use crate::assets;
use crate::compat::Document;
use crate::error::Error;
use crate::load::named_of;
use crate::page::Page;
use crate::sight::Sight;
use crate::site::Site;
use crate::sync::{Change, difference, showing};
use crate::target::Target;
use axum::body::Bytes;
use domain::{IncidentId, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The files of the program that pages of an export name.
const ASSETS: [&str; 4] = ["app.css", "app.js", "history.css", "icon.svg"];
/// Most folders that one of its files lies in: `api/v1/vendors/acme/incidents.json`.
const DEPTH: usize = 4;

/// A page, about to be written down.
#[derive(Debug)]
pub struct Export {
    site: Arc<Site>,
    /// What its readers see, with the addresses that hold in a file so many folders deep.
    sights: Vec<Sight>,
}

impl Site {
    /// A page as it is now, to be written down as files.
    pub async fn export(self: &Arc<Self>, page: &Arc<Page>) -> Result<Export, Error> {
        let seen = self.sight(page).await?;
        Ok(Export { site: Arc::clone(self), sights: (0..=DEPTH).map(|depth| seen.as_files(depth)).collect() })
    }
}

impl Export {
    fn seen(&self) -> &Sight {
        &self.sights[0]
    }

    /// As of when it is.
    pub fn as_of(&self) -> Timestamp {
        self.seen().as_of
    }

    /// Everything that there is to write, each under the name of [`Target::file`].
    pub fn targets(&self) -> Vec<Target> {
        let mut targets = vec![
            Target::Home,
            Target::Incidents,
            Target::History,
            Target::Embed,
            Target::Atom,
            Target::Rss,
            Target::JsonFeed,
            Target::StatusJson,
            Target::EnvironmentsJson,
            Target::IncidentsJson,
        ];
        targets.extend(self.seen().badges());
        targets.extend(Document::LISTS.map(Target::Compat));
        for known in self.seen().incidents.iter().filter(|known| known.is_own()) {
            targets.extend(of_incident(&known.row.id));
            targets.push(Target::Compat(Document::Incident(known.row.id.clone())));
        }
        if self.seen().page().config.vendors {
            targets.extend([Target::Vendors, Target::VendorsJson]);
        }
        for watched in &self.seen().vendors {
            let slug = watched.slug();
            targets.extend([
                Target::Vendor(slug.clone()),
                Target::VendorJson(slug.clone()),
                Target::VendorIncidentsJson(slug.clone()),
            ]);
            targets.extend(named_of(self.seen(), slug).iter().flat_map(|known| of_incident(&known.row.id)));
        }
        // Components of several environments may be called the same and share a badge.
        targets.sort();
        targets.dedup();
        targets
    }

    /// Which of them show something else than in an earlier one of the same page, apart from the time.
    pub fn changed_since(&self, earlier: &Self) -> Vec<Target> {
        let changes = difference(earlier.seen(), self.seen());
        let mut all = self.targets();
        if changes.contains(&Change::Environments) {
            return all;
        }
        let shown = changes.iter().flat_map(|change| showing(earlier.seen(), self.seen(), change));
        let shown: BTreeSet<Target> = shown.collect();
        let before: BTreeSet<Target> = earlier.targets().into_iter().collect();
        all.retain(|target| shown.contains(target) || !before.contains(target));
        all
    }

    /// What says to readers and programs as of when the page is.
    pub const FRONT: [Target; 2] = [Target::Home, Target::StatusJson];

    /// What is in the file of a target.
    pub async fn bytes(&self, target: &Target) -> Result<Bytes, Error> {
        let depth = target.file().matches('/').count();
        Ok(self.site.render(target, &self.sights[depth]).await?.plain())
    }

    /// Styles, script, icon and what the team chose: name of the file and bytes.
    pub fn assets(&self) -> Vec<(String, Bytes)> {
        let used = assets::all().iter().filter(|asset| ASSETS.contains(&asset.name));
        let used = used.map(|asset| (asset.path.clone(), Bytes::from_static(asset.bytes)));
        let face = self.seen().page().config.face.contents().into_iter();
        let all = used.chain(face.map(|file| (file.path, Bytes::from_owner(file.bytes))));
        all.map(|(path, bytes)| (path.trim_start_matches('/').to_owned(), bytes)).collect()
    }
}

fn of_incident(id: &IncidentId) -> [Target; 2] {
    [Target::Incident(id.clone()), Target::IncidentJson(id.clone())]
}

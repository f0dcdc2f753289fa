//! Keeping the snapshot true, and telling pages and readers what changed.
//!
//! What this node changes is read one by one, at once; what other nodes write, a few times a second, as far as it
//! is new. Everything is read now and then, because looks that find nothing new change nothing but their own time,
//! and because a node of the release before does not number what it writes.

use crate::auth::Actor;
use crate::error::Error;
use crate::page::Page;
use crate::serve::LIMIT;
use crate::sight::Sight;
use crate::site::Site;
use crate::snapshot::{Snapshot, source_of};
use crate::target::Target;
use domain::time::seconds_between;
use domain::{Environment, IncidentId, Slug, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::{Filter, IncidentRow};

/// Seconds for which a snapshot is taken as it is.
const FRESH_SECONDS: i64 = 2;
/// Seconds between two readings of everything, however often it changes.
const READING_SECONDS: i64 = 10;
/// A reading is worth this many times the time that it took: a fiftieth of one processor.
const COST: i64 = 50;
/// Longest reading of everything.
const READING_LIMIT: Duration = Duration::from_secs(10);
/// Incidents kept in memory, about 600 bytes each. Older ones are asked for one by one.
const INCIDENTS: usize = 50_000;
/// Incidents read at once.
const BATCH: u32 = 1_000;

/// Something that pages show has changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// An incident.
    Incident(IncidentId),
    /// How a vendor stands.
    Vendor(Slug),
    /// Which environments there are, or what one of them is made of.
    Environments,
}

impl Site {
    /// Renders anew what shows these changes, then tells everybody who is looking. Called after a commit;
    /// when the store cannot be read, the pages are marked and rendered when it can.
    pub async fn changed(self: &Arc<Self>, changes: &[Change]) -> Result<(), Error> {
        let before = self.sights();
        let taken = self.take(changes).await;
        let marks = self.marks(&before, changes);
        mark(&marks);
        self.renew_marked(&marks).await;
        announce(&marks);
        taken
    }

    /// Takes changes of this node's own into lists at once, so that whoever made them sees them. Pages are
    /// rendered when the delivery of the change, or a reader, asks for them.
    pub(crate) async fn take_now(&self, changes: &[Change]) {
        let before = self.sights();
        match tokio::time::timeout(LIMIT, self.take(changes)).await {
            Ok(Ok(())) => announce(&self.marks(&before, changes)),
            // It is committed all the same, and is found when the revision is next looked at.
            Ok(Err(error)) => tracing::warn!(error = error.inside(), "change not taken into lists"),
            Err(_) => tracing::warn!("change not taken into lists in time"),
        }
    }

    /// Looks whether anything changed that this node was not told of, and if so does what
    /// [`changed`](Self::changed) does. Called a few times a second; where nothing is new, it costs one small
    /// question.
    pub async fn sync(self: &Arc<Self>) -> Result<(), Error> {
        if self.pause().is_some() {
            return Ok(());
        }
        let snapshot = self.snapshot.load_full();
        let revision = self.revision().await?;
        if self.is_fresh(&snapshot) && snapshot.revision == revision {
            return Ok(());
        }
        self.current_at(revision).await?;
        let kept = self.pages.iter().map(|page| {
            let paths = page.cache.paths();
            (Arc::clone(page), paths.iter().filter_map(|path| Target::parse(path)).collect())
        });
        self.renew_marked(&kept.collect::<Marks>()).await;
        Ok(())
    }

    /// The snapshot, no older than a few seconds.
    pub(crate) async fn current(&self) -> Result<Arc<Snapshot>, Error> {
        self.current_at(0).await
    }

    fn is_fresh(&self, snapshot: &Snapshot) -> bool {
        seconds_between(snapshot.as_of, self.config.clock.now()) < FRESH_SECONDS
    }

    /// The same, with everything that was written up to a revision.
    async fn current_at(&self, revision: u64) -> Result<Arc<Snapshot>, Error> {
        let serves = |snapshot: &Snapshot| self.is_fresh(snapshot) && snapshot.revision >= revision;
        let snapshot = self.snapshot.load_full();
        if serves(&snapshot) {
            return Ok(snapshot);
        }
        let _only_one = self.syncing.lock().await;
        let snapshot = self.snapshot.load_full();
        if serves(&snapshot) {
            return Ok(snapshot);
        }
        if let Some(reason) = self.pause() {
            return Err(reason);
        }
        let read = tokio::time::timeout(READING_LIMIT, self.read(&snapshot)).await;
        let read = read.map_err(|_| self.timed_out()).flatten();
        let next = Arc::new(read.map_err(|error| self.noted(error))?);
        announce(&self.replace(&next));
        Ok(next)
    }

    /// The snapshot, or when it cannot be brought up to date the old one.
    pub(crate) async fn current_or_old(&self) -> Result<Arc<Snapshot>, Error> {
        self.current().await.or_else(|error| {
            let old = self.snapshot.load_full();
            if old.as_of == Timestamp::MIN { Err(error) } else { Ok(old) }
        })
    }

    /// What the readers of a page see, no older than a few seconds.
    pub(crate) async fn sight(&self, page: &Arc<Page>) -> Result<Sight, Error> {
        Ok(page.sight(&self.current().await?))
    }

    /// The same, or when it cannot be brought up to date the old one.
    pub(crate) async fn sight_or_old(&self, page: &Arc<Page>) -> Result<Sight, Error> {
        Ok(page.sight(&self.current_or_old().await?))
    }

    /// What somebody of the team sees: all of the environments where they may see, and of others what the page at
    /// `/` shows to strangers, if it is open to them.
    pub(crate) async fn member_sight(&self, member: &Actor) -> Result<Sight, Error> {
        let whole = self.current_or_old().await?;
        Ok(Sight::of_member(&self.team, &whole, &member.grants, self.main_page()))
    }

    /// What the readers of each page see at this moment.
    fn sights(&self) -> Vec<Sight> {
        self.pages.iter().map(Page::last_sight).collect()
    }

    /// Puts a new snapshot in the place of the old one and marks what shows the difference, on each page what
    /// its readers can see of it.
    fn replace(&self, next: &Arc<Snapshot>) -> Marks {
        let before = self.sights();
        self.snapshot.store(Arc::clone(next));
        let marks = self.marks(&before, &[]);
        mark(&marks);
        marks
    }

    /// What shows these changes, and whatever else is different from before.
    fn marks(&self, before: &[Sight], changes: &[Change]) -> Marks {
        let whole = self.snapshot.load_full();
        let marks = before.iter().map(|before| {
            let after = before.page().sight(&whole);
            let all = changes.iter().cloned().chain(difference(before, &after));
            let targets = all.flat_map(|change| showing(before, &after, &change)).collect();
            (Arc::clone(before.page()), targets)
        });
        marks.collect()
    }

    /// The store's number of what pages show.
    async fn revision(&self) -> Result<u64, Error> {
        let asked = tokio::time::timeout(LIMIT, self.store.revision()).await;
        let asked = asked.map_err(|_| self.timed_out())?.map_err(|error| self.store_error(error));
        asked.map_err(|error| self.noted(error))
    }

    /// Reads what is due: what is new, or everything once that is worth its cost.
    async fn read(&self, before: &Snapshot) -> Result<Snapshot, Error> {
        let now = self.config.clock.now();
        // Before the rows: what is committed in between is then read again, never missed.
        let revision = self.store.revision().await.map_err(|error| self.store_error(error))?;
        let pause_us = (before.read_us * COST).max(READING_SECONDS * 1_000_000);
        let since_us = now.as_microsecond().saturating_sub(before.read_at.as_microsecond());
        // A revision that has gone back is that of a database that was restored.
        let mut next = if since_us >= pause_us || revision < before.revision {
            self.read_everything(before, revision).await?
        } else if revision != before.revision {
            self.read_news(before, revision).await?
        } else {
            before.clone()
        };
        next.as_of = now;
        next.revision = revision;
        Ok(next)
    }

    async fn read_everything(&self, before: &Snapshot, revision: u64) -> Result<Snapshot, Error> {
        let began_at = self.config.clock.now();
        let vendors = self.store.vendors().await.map_err(|error| self.store_error(error))?;
        let mut next = before.with_vendors(vendors);
        next.environments = self.read_environments(before).await?;
        let new_vendor = next.vendors.iter().any(|watched| before.vendor(watched.slug()).is_none());
        if new_vendor || revision != before.read_revision {
            let (rows, truncated) = self.read_rows().await?;
            next = next.with_rows(rows);
            next.truncated = truncated;
        }
        next.read_revision = revision;
        next.read_at = began_at;
        next.read_us = self.config.clock.now().as_microsecond() - began_at.as_microsecond();
        Ok(next)
    }

    /// Reads what was written since the snapshot was. Where an environment came or went, that is everything.
    async fn read_news(&self, before: &Snapshot, revision: u64) -> Result<Snapshot, Error> {
        if self.read_environments(before).await? != before.environments {
            return self.read_everything(before, revision).await;
        }
        let news = self.store.written_since(before.revision).await;
        let news = news.map_err(|error| self.store_error(error))?;
        let mut next = before.clone();
        for slug in &news.vendors {
            next = self.with_vendor(next, slug).await?;
        }
        Ok(next.with_changed(news.incidents))
    }

    async fn with_vendor(&self, snapshot: Snapshot, slug: &Slug) -> Result<Snapshot, Error> {
        match self.store.vendor(slug).await {
            Ok(vendor) => Ok(snapshot.with_vendor(vendor)),
            Err(store::Error::NotFound) => Ok(snapshot),
            Err(error) => Err(self.store_error(error)),
        }
    }

    /// Those of the configuration, which nothing overrides, then those that were added.
    async fn read_environments(&self, before: &Snapshot) -> Result<Arc<[Environment]>, Error> {
        let added = self.store.list_environments().await.map_err(|error| self.store_error(error))?;
        let is_new = |it: &Environment| self.config.environments.iter().all(|known| known.slug != it.slug);
        let all = self.config.environments.iter().cloned().chain(added.into_iter().filter(is_new));
        let all: Vec<Environment> = all.collect();
        Ok(if *before.environments == *all { Arc::clone(&before.environments) } else { all.into() })
    }

    /// Makes sure that an environment is known that another node may have added a moment ago.
    pub async fn learn(&self, environment: &Slug) -> Result<(), Error> {
        match self.environment(environment) {
            Some(_) => Ok(()),
            None => self.take(&[Change::Environments]).await,
        }
    }

    /// The newest incidents, and whether there are more.
    async fn read_rows(&self) -> Result<(Vec<IncidentRow>, bool), Error> {
        let everything = Filter::default();
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let page = self.store.list_incidents(&everything, after.as_ref(), BATCH).await;
            let page = page.map_err(|error| self.store_error(error))?;
            rows.extend(page.rows);
            after = page.next;
            if after.is_none() || rows.len() >= INCIDENTS {
                return Ok((rows, after.is_some()));
            }
        }
    }

    /// Takes changes into the snapshot; what shows them is marked.
    async fn take(&self, changes: &[Change]) -> Result<(), Error> {
        let _only_one = self.syncing.lock().await;
        let before = self.snapshot.load_full();
        let mut next = Snapshot::clone(&before);
        if before.as_of == Timestamp::MIN {
            next = self.read(&before).await?;
        }
        for change in changes {
            next = match change {
                Change::Vendor(slug) => self.with_vendor(next, slug).await?,
                Change::Environments => self.read(&next).await?,
                Change::Incident(id) => match self.store.incident_row(id).await {
                    Ok(row) => {
                        let (source, own) = source_of(&row.origin);
                        if own && next.environments.iter().all(|known| &known.slug != source) {
                            next = self.read(&next).await?;
                        }
                        next.with_changed(vec![row])
                    }
                    Err(store::Error::NotFound) => next,
                    Err(error) => return Err(self.store_error(error)),
                },
            };
        }
        self.replace(&Arc::new(next));
        Ok(())
    }

    /// Renders anew what is marked and was asked for lately, and what somebody is about to ask for. The rest
    /// stays marked, as does what cannot be rendered now, and is rendered when somebody asks for it.
    async fn renew_marked(self: &Arc<Self>, marks: &Marks) {
        let now = self.config.clock.now();
        for (page, targets) in marks {
            for target in targets.iter().filter(|target| is_wanted(page, target, now)) {
                self.renew_or_warn(page, target).await;
            }
        }
    }

    async fn renew_or_warn(self: &Arc<Self>, page: &Arc<Page>, target: &Target) {
        match self.renew(page, target).await {
            // What is no longer to be seen is gone from the cache.
            Ok(_) | Err(Error::NotFound { .. }) => {}
            Err(error) => {
                let path = page.links.to(target);
                tracing::warn!(path, error = error.inside(), "page not rendered anew");
            }
        }
    }
}

/// Whether a target is to be rendered before anybody asks.
fn is_wanted(page: &Page, target: &Target, now: Timestamp) -> bool {
    match page.cache.get(&target.path()) {
        Some(slot) => slot.is_dirty() && (slot.was_used(now) || target.is_likely()),
        None => target.is_likely(),
    }
}

/// What is to be rendered anew, page by page.
type Marks = Vec<(Arc<Page>, BTreeSet<Target>)>;

/// Marks what is kept of these: it is rendered anew before it is served again.
fn mark(marks: &Marks) {
    for (page, targets) in marks {
        for slot in targets.iter().filter_map(|target| page.cache.get(&target.path())) {
            slot.mark_dirty();
        }
    }
}

fn announce(marks: &Marks) {
    for (page, targets) in marks {
        let pages = targets.iter().filter(|target| target.is_page());
        page.events.announce(&pages.map(|target| page.links.to(target)).collect::<Vec<_>>());
    }
}

/// What shows a change to the readers of a page; nothing where they see neither what was nor what is.
pub(crate) fn showing(before: &Sight, after: &Sight, change: &Change) -> Vec<Target> {
    match change {
        Change::Vendor(slug) if after.vendor(slug).is_some() => Target::showing_vendor(slug),
        Change::Vendor(_) => Vec::new(),
        // Every page lists them, or names one.
        Change::Environments => {
            after.page().cache.paths().iter().filter_map(|path| Target::parse(path)).collect()
        }
        Change::Incident(id) => {
            let Some(known) = after.incident(id).or_else(|| before.incident(id)) else { return Vec::new() };
            let (source, own) = source_of(&known.row.origin);
            let mut targets = Target::showing_incident(id, source, own);
            if own {
                targets.extend(after.badges());
            }
            // A merge shows on both sides.
            let other = known.row.merged_into.iter().filter(|other| after.incident(other).is_some());
            targets.extend(other.cloned().map(Target::Incident));
            targets
        }
    }
}

/// What differs between two snapshots.
pub(crate) fn difference(before: &Snapshot, after: &Snapshot) -> Vec<Change> {
    let mut changes = vendors_that_differ(before, after);
    if before.environments != after.environments {
        changes.push(Change::Environments);
    }
    if !Arc::ptr_eq(&before.incidents, &after.incidents) {
        let moved = after.incidents.iter().filter(|known| {
            before.incident(&known.row.id).is_none_or(|before| before.row.version != known.row.version)
        });
        let gone = before.incidents.iter().filter(|known| after.incident(&known.row.id).is_none());
        changes.extend(moved.chain(gone).map(|known| Change::Incident(known.row.id.clone())));
    }
    changes
}

fn vendors_that_differ(before: &Snapshot, after: &Snapshot) -> Vec<Change> {
    let differs = |watched: &&Arc<crate::snapshot::Watched>| {
        before.vendor(watched.slug()).is_none_or(|known| !known.stands_as(watched))
    };
    after.vendors.iter().filter(differs).map(|watched| Change::Vendor(watched.slug().clone())).collect()
}

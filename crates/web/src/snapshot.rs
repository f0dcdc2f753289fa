//! What lists are made of, in memory: every vendor that is watched, and every incident that may be seen.
//!
//! The whole is for the team; what the readers of a page see of it is a snapshot of its own, made in
//! [`sight`](crate::sight). A vendor that is no longer configured, and all that it ever told, is in neither,
//! and nothing is served that is not in here. A snapshot never changes; a new one takes its place.

use crate::view::line::IncidentLine;
use arc_swap::ArcSwapOption;
use domain::incident::AffectedComponent;
use domain::promise::{self, Promise};
use domain::time::Window;
use domain::{ComponentState, Environment, Incident, IncidentId, Kind, Origin, Slug, State, Timestamp};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};
use store::{IncidentRow, Phase, Vendor, VendorWindows};

/// Longest beginning of an update that is kept for lists, in bytes.
const EXCERPT: usize = 1_024;

/// Vendors and incidents as of one instant.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// When it was so.
    pub as_of: Timestamp,
    /// The store's number of the state up to which everything that was written is in here.
    pub revision: u64,
    /// The number of the state that everything was last read from.
    pub read_revision: u64,
    /// When everything was last read.
    pub read_at: Timestamp,
    /// How long that took, in microseconds.
    pub read_us: i64,
    /// Our environments: those of the configuration, then those that were added.
    pub environments: Arc<[Environment]>,
    /// Vendors that are watched, in the order of the configuration.
    pub vendors: Vec<Arc<Watched>>,
    /// Incidents, newest first.
    pub incidents: Arc<Vec<Arc<Known>>>,
    /// Those of them that are going on.
    pub open: Arc<Vec<Arc<Known>>>,
    /// Whether there are older ones than those in here.
    pub truncated: bool,
    by_id: Arc<HashMap<IncidentId, Arc<Known>>>,
    by_source: Arc<HashMap<Source, Vec<Arc<Known>>>>,
}

/// Vendor or environment: whether it is our own, and its slug. Both may have the same.
type Source = (bool, Slug);

/// Names of sources.
type Names = HashMap<Source, Arc<str>>;

/// A vendor, with what is loaded of it only when needed.
#[derive(Debug)]
pub struct Watched {
    /// As it was last seen.
    pub vendor: Vendor,
    /// Its states over time, and when they were read.
    pub windows: ArcSwapOption<(Timestamp, VendorWindows)>,
}

/// An incident as lists need it, with what is loaded of it only when needed.
#[derive(Debug)]
pub struct Known {
    /// As rows tell it.
    pub row: IncidentRow,
    /// Name of its vendor or environment.
    pub source_name: Arc<str>,
    /// More of it.
    pub detail: OnceLock<Detail>,
}

/// What rows do not tell of an incident.
#[derive(Clone, Debug)]
pub struct Detail {
    /// Latest update that stands: its state, the beginning of its text, when it was posted.
    pub latest: Option<(State, String, Timestamp)>,
    /// The best that is known of when it was felt.
    pub window: Window,
    /// Affected components with their windows.
    pub components: Vec<AffectedComponent>,
    /// What its public updates promised.
    pub promises: Vec<Promise>,
}

impl Detail {
    /// The detail of an incident.
    pub fn of(incident: &Incident) -> Self {
        let standing = incident.updates.iter().rev().find(|update| update.withdrawn_at.is_none());
        let latest = standing.map(|update| {
            let current = update.current();
            let end = current.body.floor_char_boundary(EXCERPT);
            (current.state, current.body[..end].to_owned(), update.published_at)
        });
        Self {
            latest,
            window: incident.best_window(),
            components: incident.components.clone(),
            promises: promise::promises(incident),
        }
    }
}

impl Known {
    /// Vendor or environment it belongs to.
    pub fn source(&self) -> &Slug {
        source_of(&self.row.origin).0
    }

    /// Whether it is our own.
    pub fn is_own(&self) -> bool {
        source_of(&self.row.origin).1
    }

    /// The best that is known of when it was felt.
    pub fn window(&self) -> Window {
        self.detail.get().map_or_else(|| best_window(&self.row), |detail| detail.window)
    }

    /// As a line of a list.
    pub fn line(&self) -> IncidentLine {
        let row = &self.row;
        IncidentLine {
            id: row.id.clone(),
            title: row.title.clone(),
            source: self.source().clone(),
            source_name: self.source_name.to_string(),
            own: self.is_own(),
            kind: row.kind,
            impact: row.impact,
            state: row.state,
            window: self.window(),
            schedule: row.schedule,
            components: row.components.clone(),
            latest: self.detail.get().and_then(|detail| detail.latest.clone()),
            has_postmortem: row.has_postmortem,
            withdrawn: row.withdrawn_at.is_some(),
            merged: row.merged_into.is_some(),
        }
    }
}

/// The best that a row knows of when it was felt: [`Incident::best_window`], except that only the updates
/// know when a maintenance began at another time than announced.
fn best_window(row: &IncidentRow) -> Window {
    let announced = row.schedule.filter(|_| row.kind == Kind::Maintenance);
    match (row.began_at, announced, row.resolved_at) {
        (Some(from), ..) => Window { from, until: row.ended_at },
        (None, Some(announced), Some(until)) => Window::closed(announced.from.min(until), until),
        (None, Some(announced), None) if row.state == State::Scheduled => announced,
        (None, Some(announced), None) => Window::open(announced.from),
        (None, None, until) => Window { from: row.published_at, until },
    }
}

/// Vendor or environment, and whether it is our own.
pub fn source_of(origin: &Origin) -> (&Slug, bool) {
    match origin {
        Origin::Vendor { vendor, .. } => (vendor, false),
        Origin::Own { environment } => (environment, true),
    }
}

impl Watched {
    /// Identifier in addresses.
    pub fn slug(&self) -> &Slug {
        &self.vendor.registration.slug
    }

    /// Display name.
    pub fn name(&self) -> &str {
        &self.vendor.registration.name
    }

    /// State to show: unknown when the page is out of our sight.
    pub fn shown(&self, now: Timestamp) -> ComponentState {
        let vendor = &self.vendor;
        vendor.health.shown(vendor.overall, vendor.watched_since, vendor.registration.interval, now)
    }

    /// Since when the page is out of our sight, if it is.
    pub fn unknown_since(&self, now: Timestamp) -> Option<Timestamp> {
        let vendor = &self.vendor;
        vendor.health.unknown_since(vendor.watched_since, vendor.registration.interval, now)
    }

    /// Whether the states over time are the same as those of `other`: they change only with the state of the
    /// page, of a component, or of our own looking.
    pub(crate) fn stands_as(&self, other: &Self) -> bool {
        let key = |watched: &Self| (watched.vendor.overall, watched.vendor.health.failing_since);
        key(self) == key(other) && self.vendor.components == other.vendor.components
    }
}

impl Snapshot {
    /// What is known before anything was read.
    pub fn of(environments: Arc<[Environment]>) -> Self {
        Self {
            environments,
            as_of: Timestamp::MIN,
            revision: 0,
            read_revision: 0,
            read_at: Timestamp::MIN,
            read_us: 0,
            vendors: Vec::new(),
            incidents: Arc::default(),
            open: Arc::default(),
            truncated: false,
            by_id: Arc::default(),
            by_source: Arc::default(),
        }
    }

    /// The same with these vendors.
    #[must_use]
    pub fn with_vendors(&self, vendors: Vec<Vendor>) -> Self {
        let active = vendors.into_iter().filter(|vendor| vendor.active);
        let vendors: Vec<Arc<Watched>> = active.map(|vendor| self.watched(vendor)).collect();
        let slugs = |vendors: &[Arc<Watched>]| vendors.iter().map(|v| v.slug().clone()).collect::<Vec<_>>();
        let same = slugs(&vendors) == slugs(&self.vendors);
        let next = Self { vendors, ..self.clone() };
        if same { next } else { next.keep_visible() }
    }

    /// The same with one vendor as it is now. A new one stands last until all are read again.
    #[must_use]
    pub fn with_vendor(&self, vendor: Vendor) -> Self {
        let mut next = self.clone();
        let place = next.vendors.iter().position(|known| known.slug() == &vendor.registration.slug);
        match place {
            Some(place) if vendor.active => next.vendors[place] = self.watched(vendor),
            Some(place) => {
                next.vendors.remove(place);
                return next.keep_visible();
            }
            None if vendor.active => next.vendors.push(self.watched(vendor)),
            None => {}
        }
        next
    }

    /// What was loaded of a vendor before is kept where it still holds.
    fn watched(&self, vendor: Vendor) -> Arc<Watched> {
        let watched = Watched { vendor, windows: ArcSwapOption::empty() };
        let before = self.vendor(watched.slug()).filter(|before| watched.stands_as(before));
        watched.windows.store(before.and_then(|before| before.windows.load_full()));
        Arc::new(watched)
    }

    /// The same with these incidents, of which those that nobody may see are left out. What was loaded of
    /// them before is kept where they have not changed.
    #[must_use]
    pub fn with_rows(&self, rows: Vec<IncidentRow>) -> Self {
        let names = self.names();
        self.with(rows.into_iter().filter_map(|row| self.known(row, &names)).collect())
    }

    /// The same with these incidents added or replaced. What is known of them already leaves everything as it is.
    #[must_use]
    pub fn with_changed(&self, rows: Vec<IncidentRow>) -> Self {
        let names = self.names();
        let differs = |known: &Arc<Known>| {
            self.incident(&known.row.id).is_none_or(|before| !Arc::ptr_eq(before, known))
        };
        let known = rows.into_iter().filter_map(|row| self.known(row, &names));
        let changed: Vec<Arc<Known>> = known.filter(differs).collect();
        if changed.is_empty() {
            return self.clone();
        }
        let ids: HashSet<&IncidentId> = changed.iter().map(|known| &known.row.id).collect();
        let others = self.incidents.iter().filter(|other| !ids.contains(&other.row.id));
        let mut incidents: Vec<Arc<Known>> = others.chain(&changed).cloned().collect();
        // Nearly in order already, which is what this way of sorting is quick at.
        incidents.sort_by(|a, b| (b.row.published_at, &b.row.id).cmp(&(a.row.published_at, &a.row.id)));
        self.with(incidents)
    }

    /// Without the incidents of vendors that are not watched any more.
    fn keep_visible(&self) -> Self {
        let visible = |known: &&Arc<Known>| known.is_own() || self.vendor(known.source()).is_some();
        self.with(self.incidents.iter().filter(visible).cloned().collect())
    }

    /// Names of what may be seen.
    fn names(&self) -> Names {
        let own =
            self.environments.iter().map(|known| ((true, known.slug.clone()), known.name.as_str().into()));
        let vendors = self.vendors.iter().map(|known| ((false, known.slug().clone()), known.name().into()));
        own.chain(vendors).collect()
    }

    /// `None` where nobody may see it.
    fn known(&self, row: IncidentRow, names: &Names) -> Option<Arc<Known>> {
        let (source, own) = source_of(&row.origin);
        let source_name = Arc::clone(names.get(&(own, source.clone()))?);
        match self.by_id.get(&row.id) {
            Some(before) if before.row == row && before.source_name == source_name => {
                Some(Arc::clone(before))
            }
            _ => Some(Arc::new(Known { row, source_name, detail: OnceLock::new() })),
        }
    }

    pub(crate) fn with(&self, incidents: Vec<Arc<Known>>) -> Self {
        let by_id = incidents.iter().map(|known| (known.row.id.clone(), Arc::clone(known))).collect();
        let open = incidents.iter().filter(|known| known.row.phase == Phase::Open).cloned().collect();
        let mut by_source: HashMap<Source, Vec<Arc<Known>>> = HashMap::new();
        for known in &incidents {
            let source = (known.is_own(), known.source().clone());
            by_source.entry(source).or_default().push(Arc::clone(known));
        }
        Self {
            incidents: Arc::new(incidents),
            open: Arc::new(open),
            by_id: Arc::new(by_id),
            by_source: Arc::new(by_source),
            ..self.clone()
        }
    }

    /// The same with the lists of another.
    pub(crate) fn with_lists_of(&self, other: &Self) -> Self {
        Self {
            incidents: Arc::clone(&other.incidents),
            open: Arc::clone(&other.open),
            by_id: Arc::clone(&other.by_id),
            by_source: Arc::clone(&other.by_source),
            ..self.clone()
        }
    }

    /// The vendor of that slug, if it is watched.
    pub fn vendor(&self, slug: &Slug) -> Option<&Arc<Watched>> {
        self.vendors.iter().find(|watched| watched.slug() == slug)
    }

    /// Incidents of a vendor, newest first.
    pub fn of_vendor(&self, slug: &Slug) -> &[Arc<Known>] {
        self.by_source.get(&(false, slug.clone())).map_or(&[], Vec::as_slice)
    }

    /// Incidents of an environment of our own, newest first.
    pub fn of_environment(&self, slug: &Slug) -> &[Arc<Known>] {
        self.by_source.get(&(true, slug.clone())).map_or(&[], Vec::as_slice)
    }

    /// The incidents before and after one, of the same source, by publication.
    pub fn neighbours(&self, known: &Known) -> (Option<&Arc<Known>>, Option<&Arc<Known>>) {
        let list =
            if known.is_own() { self.of_environment(known.source()) } else { self.of_vendor(known.source()) };
        let counts = |other: &&Arc<Known>| other.row.phase != Phase::Merged || other.row.id == known.row.id;
        let list: Vec<&Arc<Known>> = list.iter().filter(counts).collect();
        let Some(place) = list.iter().position(|other| other.row.id == known.row.id) else {
            return (None, None);
        };
        (list.get(place + 1).copied(), place.checked_sub(1).and_then(|place| list.get(place).copied()))
    }

    /// The incident of that id, if it may be seen.
    pub fn incident(&self, id: &IncidentId) -> Option<&Arc<Known>> {
        self.by_id.get(id)
    }
}

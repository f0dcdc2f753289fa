//! Vendors: the list, and each of them.

use super::own::{HISTORY_DAYS, days_before};
use super::{json, order_worst_first, printed};
use crate::api::body::vendor::{
    ComponentStatusBody, HealthBody, OpenBody, VendorBody, VendorLineBody, VendorListBody, days,
};
use crate::api::time::Time;
use crate::api::vocabulary::ComponentStateWord;
use crate::error::Error;
use crate::pages::vendor::{self, ComponentRow};
use crate::pages::vendors;
use crate::sight::Sight;
use crate::site::Site;
use crate::snapshot::{Known, Snapshot, Watched};
use crate::target::Target;
use domain::time::{Window, seconds_between};
use domain::uptime::{self, History};
use domain::{ComponentKey, ComponentState, Slug, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;
use store::{Phase, VendorWindows};

/// Incidents that are over on a vendor's page.
const PAST: usize = 50;
/// Seconds for which states over time are taken as they were read.
const WINDOWS_SECONDS: i64 = 300;

/// What is derived of one vendor.
pub(crate) struct Stands<'a> {
    watched: &'a Watched,
    /// States over time, and when they were read.
    read: Arc<(Timestamp, VendorWindows)>,
    /// The vendor's own account.
    account: Account,
    now: Timestamp,
}

/// What a vendor's list of incidents says of the time before we watched, and beside what we saw.
struct Account {
    /// Since when the list says what was not operational; now, if it says nothing.
    since: Timestamp,
    /// What it says of the whole page.
    page: Vec<(ComponentState, Window)>,
}

impl Stands<'_> {
    fn since(&self) -> Option<Timestamp> {
        let unknown_since = self.watched.unknown_since(self.now);
        let shown = self.watched.shown(self.now);
        let last =
            self.read.1.overall.last().filter(|(state, window)| *state == shown && window.until.is_none());
        unknown_since.or(last.map(|(_, window)| window.from))
    }

    fn history(&self) -> History {
        self.account.history(&self.account.page, &self.read.1.overall, self.now)
    }

    /// `told` is what the vendor's incidents say of the component.
    fn component_history(&self, key: &ComponentKey, told: &[(ComponentState, Window)]) -> Option<History> {
        let found = self.read.1.components.iter().find(|component| &component.key == key);
        let seen = found.map_or(&[][..], |component| component.windows.as_slice());
        let known = !seen.is_empty() || self.account.since < self.now;
        known.then(|| self.account.history(told, seen, self.now))
    }
}

impl Account {
    /// The account of a vendor. A page that never says how it stands (a feed of news) accounts for nothing:
    /// there, silence is not health.
    fn of(sight: &Snapshot, watched: &Watched, now: Timestamp) -> Self {
        let states_itself = watched.vendor.indicator.is_some() || !watched.vendor.components.is_empty();
        let told = of_vendor(sight, watched.slug(), &[Phase::Open, Phase::Over]);
        let page = told.iter().map(|known| (known.row.impact.implied_state(known.row.kind), known.window()));
        let oldest = told.iter().map(|known| known.row.published_at).min();
        Self {
            since: oldest.filter(|_| states_itself).unwrap_or(now),
            page: page.filter(|(state, _)| *state != ComponentState::Unknown).collect(),
        }
    }

    /// What the vendor told and what we saw, together. Time of which neither says anything is unknown.
    fn history(
        &self,
        told: &[(ComponentState, Window)],
        seen: &[(ComponentState, Window)],
        now: Timestamp,
    ) -> History {
        let windows: Vec<_> = told.iter().chain(seen).copied().collect();
        uptime::history(&windows, self.since, now, HISTORY_DAYS)
    }
}

/// What the incidents of a vendor say of each of its components.
async fn told_of_components(
    site: &Site,
    sight: &Sight,
    slug: &Slug,
    now: Timestamp,
) -> Result<HashMap<ComponentKey, Vec<(ComponentState, Window)>>, Error> {
    let since = days_before(now, i64::try_from(HISTORY_DAYS).unwrap_or(0));
    let mut told: HashMap<ComponentKey, Vec<(ComponentState, Window)>> = HashMap::new();
    let recent = |known: &&Arc<Known>| known.row.resolved_at.is_none_or(|until| until > since);
    for known in of_vendor(sight, slug, &[Phase::Open, Phase::Over]).iter().filter(recent) {
        for component in &site.detail(sight, known).await?.components {
            told.entry(component.key.clone()).or_default().extend(component.windows.iter().copied());
        }
    }
    Ok(told)
}

impl Site {
    pub(crate) async fn vendors_page(
        &self,
        sight: &Sight,
        filter: vendors::Filter,
        query: &str,
    ) -> Result<String, Error> {
        let mut lines = Vec::new();
        for watched in &sight.vendors {
            let stands = self.stands(sight, watched, sight.as_of).await?;
            let open = open_of(sight, watched.slug());
            lines.push(vendors::VendorLine {
                slug: watched.slug().clone(),
                name: watched.name().to_owned(),
                state: watched.shown(sight.as_of),
                state_since: stands.since(),
                unknown_since: watched.unknown_since(sight.as_of),
                last_ok_at: watched.vendor.health.last_ok_at,
                history: Some(stands.history()),
                open: open.iter().map(|known| (known.row.id.clone(), known.row.title.clone())).collect(),
            });
        }
        let voice = sight.voice();
        let mut shell = self.shell(sight, format!("{}{query}", voice.links.vendors()));
        shell.seen_at = sight.vendors.iter().filter_map(|watched| watched.vendor.health.last_ok_at).max();
        shell.json_url = Some(voice.links.to(&Target::VendorsJson));
        printed(vendors::render(&shell, &vendors::Input { vendors: lines, filter }))
    }

    pub(super) async fn vendor_page(&self, sight: &Sight, slug: &Slug) -> Result<String, Error> {
        let now = sight.as_of;
        let watched = sight.vendor(slug).ok_or_else(|| Error::no_vendor(slug))?;
        let stands = self.stands(sight, watched, now).await?;
        let told = told_of_components(self, sight, slug, now).await?;
        let known = &watched.vendor;
        let mut open = self.lines(sight, open_of(sight, slug)).await?;
        order_worst_first(&mut open);
        let mut scheduled = self.lines(sight, of_vendor(sight, slug, &[Phase::Upcoming])).await?;
        scheduled.sort_by_key(|line| line.schedule.map(|window| window.from));
        let (past, has_older) = past_of(sight, slug);
        let unknown = watched.unknown_since(now).is_some();
        let rows = known.components.iter().map(|component| ComponentRow {
            name: component.name.clone(),
            group: component.group.clone(),
            state: if unknown { ComponentState::Unknown } else { component.state },
            history: stands
                .component_history(&component.key, told.get(&component.key).map_or(&[][..], Vec::as_slice)),
        });
        let input = vendor::Input {
            slug,
            name: watched.name(),
            page_url: page_url(watched),
            format: &known.registration.format,
            state: watched.shown(now),
            state_since: stands.since(),
            watched_since: known.watched_since,
            health: &known.health,
            unknown_since: watched.unknown_since(now),
            next_look_at: Some(known.next_look_at),
            history: &stands.history(),
            components: rows.collect(),
            open,
            scheduled,
            past: self.lines(sight, past).await?,
            has_older: has_older && !sight.voice().links.are_files(),
            warnings: &known.warnings,
            raw_bodies: self.count_raw_bodies(slug).await?,
        };
        let voice = sight.voice();
        let mut shell = self.shell(sight, voice.links.vendor(slug));
        shell.seen_at = known.health.last_ok_at;
        shell.json_url = Some(voice.links.to(&Target::VendorJson(slug.clone())));
        shell.atom_url = None;
        printed(vendor::render(&shell, &input))
    }

    /// A vendor with its states over time, which are read once and kept while they can be expected to hold.
    async fn stands<'a>(
        &self,
        sight: &Sight,
        watched: &'a Watched,
        now: Timestamp,
    ) -> Result<Stands<'a>, Error> {
        let account = Account::of(sight, watched, now);
        let kept = watched.windows.load_full();
        if let Some(read) = kept.filter(|read| seconds_between(read.0, now) < WINDOWS_SECONDS) {
            return Ok(Stands { watched, read, account, now });
        }
        let days = i64::try_from(HISTORY_DAYS).unwrap_or(0);
        let windows = self.store.vendor_windows(watched.slug(), days_before(now, days)).await;
        let read = Arc::new((now, windows.map_err(|error| self.store_error(error))?));
        watched.windows.store(Some(Arc::clone(&read)));
        Ok(Stands { watched, read, account, now })
    }

    pub(super) async fn vendors_json(&self, sight: &Sight) -> Result<String, Error> {
        let mut vendors = Vec::new();
        for watched in &sight.vendors {
            let stands = self.stands(sight, watched, sight.as_of).await?;
            vendors.push(vendor_line_body(sight, watched, &stands));
        }
        json(&VendorListBody { as_of: Time(sight.as_of), vendors })
    }

    pub(super) async fn vendor_json(&self, sight: &Sight, slug: &Slug) -> Result<String, Error> {
        let watched = sight.vendor(slug).ok_or_else(|| Error::no_vendor(slug))?;
        let stands = self.stands(sight, watched, sight.as_of).await?;
        let history = stands.history();
        let known = &watched.vendor;
        let unknown = watched.unknown_since(sight.as_of).is_some();
        let components = known.components.iter().map(|component| ComponentStatusBody {
            key: component.key.to_string(),
            name: component.name.clone(),
            group: component.group.clone(),
            state: ComponentStateWord(if unknown { ComponentState::Unknown } else { component.state }),
        });
        json(&VendorBody {
            as_of: Time(sight.as_of),
            vendor: vendor_line_body(sight, watched, &stands),
            page_url: page_url(watched).to_owned(),
            format: known.registration.format.clone(),
            watched_since: Time(known.watched_since),
            health: HealthBody::new(&known.health, Some(known.next_look_at)),
            components: components.collect(),
            uptime_90_days: history.uptime(),
            days: days(&history),
        })
    }
}

fn vendor_line_body(sight: &Sight, watched: &Watched, stands: &Stands<'_>) -> VendorLineBody {
    let now = sight.as_of;
    let open = open_of(sight, watched.slug()).into_iter();
    VendorLineBody {
        slug: watched.slug().to_string(),
        path: sight.voice().links.vendor(watched.slug()),
        name: watched.name().to_owned(),
        state: ComponentStateWord(watched.shown(now)),
        state_since: stands.since().map(Time),
        unknown_since: watched.unknown_since(now).map(Time),
        last_ok_at: watched.vendor.health.last_ok_at.map(Time),
        open: open
            .map(|known| OpenBody { id: known.row.id.to_string(), title: known.row.title.clone() })
            .collect(),
    }
}

/// The page's own address where it says one, else the configured one.
fn page_url(watched: &Watched) -> &str {
    let said = watched.vendor.page.url.as_str();
    if said.starts_with("https://") || said.starts_with("http://") {
        said
    } else {
        &watched.vendor.registration.url
    }
}

fn open_of(sight: &Sight, slug: &Slug) -> Vec<Arc<Known>> {
    let theirs = |known: &&Arc<Known>| !known.is_own() && known.source() == slug;
    sight.open.iter().filter(theirs).cloned().collect()
}

/// Incidents that are over, as far as a vendor's page lists them, and whether there are older ones.
fn past_of(sight: &Snapshot, slug: &Slug) -> (Vec<Arc<Known>>, bool) {
    let mut past = of_vendor(sight, slug, &[Phase::Over, Phase::Withdrawn]);
    let has_older = past.len() > PAST;
    past.truncate(PAST);
    (past, has_older)
}

/// Incidents of a vendor that some page names: the list of all is no longer than that of what is over.
pub(crate) fn named_of(sight: &Snapshot, slug: &Slug) -> Vec<Arc<Known>> {
    let mut named = of_vendor(sight, slug, &[Phase::Open, Phase::Upcoming]);
    named.extend(past_of(sight, slug).0);
    named
}

fn of_vendor(sight: &Snapshot, slug: &Slug, phases: &[Phase]) -> Vec<Arc<Known>> {
    let wanted = |known: &&Arc<Known>| phases.contains(&known.row.phase);
    sight.of_vendor(slug).iter().filter(wanted).cloned().collect()
}

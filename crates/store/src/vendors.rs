//! Vendors: which are watched, and what their pages say.
//!
//! The configuration is the truth about which vendors there are: one that is no longer configured is kept
//! with its history and marked inactive, never deleted.

use crate::Store;
use crate::columns::{Columns, clean, length, micros};
use crate::dialect::Dialect;
use crate::error::{Error, Failure, Result};
use crate::news::bump_revision;
use crate::writer::Connection;
use domain::source::Health;
use domain::time::Window;
use domain::{ComponentKey, ComponentState, Slug, Timestamp};
use futures_util::TryStreamExt as _;
use jiff::SignedDuration;
use sqlx::Executor;
use sqlx::any::AnyRow;
use std::collections::HashMap;

/// The statements that select vendors and components. They name their columns: a prepared `*` breaks in every
/// running node when a later release adds one.
macro_rules! select_vendors {
    ($conditions:literal) => {
        concat!(
            "SELECT slug, position, name, url, format, evidence, poll_url, component_filter, interval_us, active, \
             warnings, watched_since, page_name, page_url, page_time_zone, page_updated_at, indicator, overall, last_ok_at, \
             failing_since, failures, last_error, next_look_at, lease_epoch FROM vendor ",
            $conditions
        )
    };
}
macro_rules! select_components {
    ($conditions:literal) => {
        concat!("SELECT vendor, component, name, group_name, state, since FROM component ", $conditions)
    };
}
pub(crate) use {select_components, select_vendors};

/// A vendor as the configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Identifier, from the name.
    pub slug: Slug,
    /// Display name.
    pub name: String,
    /// Where its page is.
    pub url: String,
    /// Name of the format in which the page is read; empty until it is found out.
    pub format: String,
    /// By what the format was recognised, in words; empty until then.
    pub evidence: String,
    /// Which components count; none means all.
    pub components: Vec<String>,
    /// Time between two looks.
    pub interval: SignedDuration,
}

/// What a page says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageFacts {
    /// Name of the page as it calls itself.
    pub name: String,
    /// The page's own address.
    pub url: String,
    /// Name of the zone in which it writes.
    pub time_zone: Option<String>,
    /// When it says that it last changed.
    pub updated_at: Option<Timestamp>,
}

/// A vendor, as last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vendor {
    /// What the configuration says.
    pub registration: Registration,
    /// Whether it is still configured.
    pub active: bool,
    /// Since when we look.
    pub watched_since: Timestamp,
    /// Address of the document that is fetched at every look, once the format was found out.
    pub poll_url: Option<String>,
    /// What the page says of itself.
    pub page: PageFacts,
    /// What could not be understood when the page was last read, one sentence each.
    pub warnings: Vec<String>,
    /// The page's own headline state.
    pub indicator: Option<ComponentState>,
    /// The state of the whole page; unknown before the first good look.
    pub overall: ComponentState,
    /// How our looking goes.
    pub health: Health,
    /// When the next look is due.
    pub next_look_at: Timestamp,
    /// Its components, in page order.
    pub components: Vec<Component>,
}

/// A vendor's component, as last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// The vendor's key of it.
    pub key: ComponentKey,
    /// Name without the group.
    pub name: String,
    /// Name of the group it stands in.
    pub group: Option<String>,
    /// State.
    pub state: ComponentState,
    /// Since when we see it in that state.
    pub since: Timestamp,
}

/// States over time, as we saw them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VendorWindows {
    /// Of the whole page, oldest first.
    pub overall: Vec<(ComponentState, Window)>,
    /// Of each component that ever was, by key.
    pub components: Vec<ComponentWindows>,
}

/// States of one component over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentWindows {
    /// The vendor's key of it.
    pub key: ComponentKey,
    /// Name as last known.
    pub name: String,
    /// Oldest first.
    pub windows: Vec<(ComponentState, Window)>,
}

/// What the whole page is called among the components whose states are kept.
pub(crate) const PAGE: &str = "";

const UPSERT: &str = "\
INSERT INTO vendor (slug, position, name, url, format, evidence, poll_url, component_filter, interval_us, active, \
    watched_since, page_name, page_url, overall, failures, next_look_at, lease_epoch, lease_until) \
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, '', '', 'unknown', 0, $10, 0, 0) \
ON CONFLICT (slug) DO UPDATE SET position = excluded.position, name = excluded.name, url = excluded.url, \
    format = excluded.format, evidence = excluded.evidence, poll_url = excluded.poll_url, \
    component_filter = excluded.component_filter, interval_us = excluded.interval_us, active = 1, \
    next_look_at = CASE WHEN $11 = 1 THEN vendor.next_look_at ELSE excluded.next_look_at END";

impl Store {
    /// Makes the vendors those of the configuration, in its order. A new one, or one that is asked for in
    /// another way, is due at once.
    pub async fn register_vendors(&self, vendors: &[Registration], now: Timestamp) -> Result<()> {
        let job = (self.inner.dialect, vendors.to_vec(), now);
        self.write(job, |connection, (dialect, vendors, now)| {
            Box::pin(register(connection, *dialect, vendors, *now))
        })
        .await
    }

    /// Every vendor with its components, in the order of the configuration, those no longer configured last.
    pub async fn vendors(&self) -> Result<Vec<Vendor>> {
        let rows = self.readers().fetch_all(select_vendors!("ORDER BY active DESC, position, slug")).await?;
        let mut vendors = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        let places: HashMap<Slug, usize> = vendors
            .iter()
            .enumerate()
            .map(|(place, vendor)| (vendor.registration.slug.clone(), place))
            .collect();
        // One by one: a large installation has a hundred thousand, and a row takes more than what is kept of it.
        let mut rows = self.readers().fetch(select_components!("ORDER BY vendor, position"));
        while let Some(row) = rows.try_next().await? {
            if let Some(place) = places.get(&row.slug("vendor")?) {
                vendors[*place].components.push(read_component(&row)?);
            }
        }
        drop(rows);
        Ok(vendors)
    }

    /// How many watched pages answer.
    pub async fn vendors_answering(&self) -> Result<usize> {
        let sql = "SELECT count(*) AS answering FROM vendor \
                   WHERE active = 1 AND last_ok_at IS NOT NULL AND failing_since IS NULL";
        self.readers().fetch_one(sql).await?.number("answering")
    }

    /// One vendor with its components. [`Error::NotFound`] where there is none.
    pub async fn vendor(&self, slug: &Slug) -> Result<Vendor> {
        let sql = select_vendors!("WHERE slug = $1");
        let row = sqlx::query(sql).bind(slug.as_str()).fetch_one(self.readers()).await?;
        let sql = select_components!("WHERE vendor = $1 ORDER BY position");
        let components = sqlx::query(sql).bind(slug.as_str()).fetch_all(self.readers()).await?;
        let components = components.iter().map(read_component).collect::<Result<Vec<_>>>()?;
        Ok(Vendor { components, ..read(&row)? })
    }

    /// States over time of a vendor's page and components: every window that reaches beyond `since`.
    pub async fn vendor_windows(&self, slug: &Slug, since: Timestamp) -> Result<VendorWindows> {
        let sql = "SELECT component, name, state, from_at, until_at FROM state_window \
                   WHERE vendor = $1 AND (until_at IS NULL OR until_at > $2) ORDER BY component, from_at";
        let rows = sqlx::query(sql).bind(slug.as_str()).bind(micros(since)).fetch_all(self.readers()).await?;
        let mut windows = VendorWindows::default();
        for row in &rows {
            let key = ComponentKey(row.text("component")?);
            if key.0 == PAGE {
                windows.overall.push(read_window(row)?);
                continue;
            }
            if windows.components.last().is_none_or(|last| last.key != key) {
                windows.components.push(ComponentWindows { key, name: String::new(), windows: Vec::new() });
            }
            if let Some(component) = windows.components.last_mut() {
                component.name = row.text("name")?;
                component.windows.push(read_window(row)?);
            }
        }
        Ok(windows)
    }
}

async fn register(
    connection: &mut Connection,
    dialect: Dialect,
    vendors: &[Registration],
    now: Timestamp,
) -> Result<(), Failure> {
    // One order on every node, so that two that start at once wait for each other and do not deadlock.
    let mut ordered: Vec<(usize, &Registration)> = vendors.iter().enumerate().collect();
    ordered.sort_by(|a, b| a.1.slug.cmp(&b.1.slug));
    let mut changed = false;
    for (position, vendor) in ordered {
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        changed |= register_one(connection, dialect, position, vendor, now).await?;
    }
    changed |= deactivate_others(connection, vendors).await?;
    if changed {
        bump_revision(connection).await?;
    }
    Ok(())
}

/// `true` where anything changed.
async fn register_one(
    connection: &mut Connection,
    dialect: Dialect,
    position: i64,
    wanted: &Registration,
    now: Timestamp,
) -> Result<bool, Failure> {
    let sql = dialect.sql(select_vendors!("WHERE slug = $1 {for_update}"));
    let row = sqlx::query(sql).bind(wanted.slug.as_str()).fetch_optional(&mut *connection).await?;
    let known = row.as_ref().map(read).transpose()?;
    let wanted = with_what_was_found_out(wanted, known.as_ref());
    let asks_alike = known.as_ref().is_some_and(|known| asks_alike(&known.registration, &wanted));
    if let (Some(row), Some(known)) = (&row, &known) {
        let same = known.registration == wanted && row.number::<i64>("position")? == position;
        if same && known.active {
            return Ok(false);
        }
        if !asks_alike {
            // Validators would answer "not modified" to a question that was never asked.
            let forget = sqlx::query("DELETE FROM document WHERE vendor = $1").bind(wanted.slug.as_str());
            forget.execute(&mut *connection).await?;
        }
    }
    let keeps_its_turn = known
        .as_ref()
        .is_some_and(|known| asks_alike && known.active && known.registration.interval == wanted.interval);
    sqlx::query(UPSERT)
        .bind(wanted.slug.as_str())
        .bind(position)
        .bind(wanted.name.as_str())
        .bind(wanted.url.as_str())
        .bind(wanted.format.as_str())
        .bind(wanted.evidence.as_str())
        .bind(known.filter(|_| asks_alike).and_then(|known| known.poll_url))
        .bind(write_list(&wanted.components)?)
        .bind(length(wanted.interval))
        .bind(micros(now))
        .bind(i64::from(keeps_its_turn))
        .execute(connection)
        .await?;
    Ok(true)
}

/// A format that the configuration leaves open stays what it was found to be, while the page is the same.
fn with_what_was_found_out(wanted: &Registration, known: Option<&Vendor>) -> Registration {
    let mut wanted = wanted.clone();
    if let Some(known) = known.map(|known| &known.registration).filter(|known| known.url == wanted.url)
        && (wanted.format.is_empty() || wanted.format == known.format)
    {
        wanted.format.clone_from(&known.format);
        if wanted.evidence.is_empty() {
            wanted.evidence.clone_from(&known.evidence);
        }
    }
    wanted
}

fn asks_alike(known: &Registration, wanted: &Registration) -> bool {
    known.url == wanted.url && known.format == wanted.format && known.components == wanted.components
}

async fn deactivate_others(connection: &mut Connection, vendors: &[Registration]) -> Result<bool, Failure> {
    let active = connection.fetch_all("SELECT slug FROM vendor WHERE active = 1 ORDER BY slug").await?;
    let mut changed = false;
    for row in active {
        let slug = row.slug("slug")?;
        if vendors.iter().any(|vendor| vendor.slug == slug) {
            continue;
        }
        let sql = "UPDATE vendor SET active = 0 WHERE slug = $1";
        sqlx::query(sql).bind(slug.as_str()).execute(&mut *connection).await?;
        changed = true;
    }
    Ok(changed)
}

pub(crate) fn write_list(list: &[String]) -> Result<String> {
    let list: Vec<String> = list.iter().map(|text| clean(text)).collect();
    serde_json::to_string(&list).map_err(|error| Error::Corrupt(format!("cannot write a list: {error}")))
}

fn read_list(row: &AnyRow, name: &'static str) -> Result<Vec<String>> {
    let text = row.text(name)?;
    serde_json::from_str(&text).map_err(|_| Error::Corrupt(format!("vendor column `{name}` holds `{text}`")))
}

/// Reads a vendor without its components.
pub(crate) fn read(row: &AnyRow) -> Result<Vendor> {
    let components = read_list(row, "component_filter")?;
    Ok(Vendor {
        registration: Registration {
            slug: row.slug("slug")?,
            name: row.text("name")?,
            url: row.text("url")?,
            format: row.text("format")?,
            evidence: row.text("evidence")?,
            components,
            interval: row.length("interval_us")?,
        },
        active: row.flag("active")?,
        watched_since: row.instant("watched_since")?,
        poll_url: row.text_or_null("poll_url")?,
        page: PageFacts {
            name: row.text("page_name")?,
            url: row.text("page_url")?,
            time_zone: row.text_or_null("page_time_zone")?,
            updated_at: row.instant_or_null("page_updated_at")?,
        },
        warnings: read_list(row, "warnings")?,
        indicator: row.text_or_null("indicator")?.as_deref().map(ComponentState::parse),
        overall: row.state("overall")?,
        health: Health {
            last_ok_at: row.instant_or_null("last_ok_at")?,
            failing_since: row.instant_or_null("failing_since")?,
            failures: row.number("failures")?,
            last_error: row.text_or_null("last_error")?,
        },
        next_look_at: row.instant("next_look_at")?,
        components: Vec::new(),
    })
}

/// Reads a component.
pub(crate) fn read_component(row: &AnyRow) -> Result<Component> {
    Ok(Component {
        key: ComponentKey(row.text("component")?),
        name: row.text("name")?,
        group: row.text_or_null("group_name")?,
        state: row.state("state")?,
        since: row.instant("since")?,
    })
}

fn read_window(row: &AnyRow) -> Result<(ComponentState, Window)> {
    let window = Window { from: row.instant("from_at")?, until: row.instant_or_null("until_at")? };
    Ok((row.state("state")?, window))
}

//! Lists of incidents: one statement whose conditions fall away where the filter leaves them open, so that
//! no SQL is ever put together from what somebody asked.

use super::row::{IncidentRow, Phase, origin_words, select_incidents};
use crate::Store;
use crate::columns::{Columns, micros, micros_or_null};
use crate::error::Result;
use domain::observation::KnownIncident;
use domain::{Impact, Incident, IncidentId, Kind, Slug, Timestamp};
use jiff::SignedDuration;
use sqlx::any::AnyRow;
use std::fmt;

/// Whose incidents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// One vendor's.
    Vendor(Slug),
    /// One environment's of our own.
    Environment(Slug),
    /// All vendors'.
    Vendors,
    /// All of our own.
    Environments,
}

/// Which incidents to list; what is left open does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose.
    pub source: Option<Source>,
    /// In one of these phases; none means any.
    pub phases: Vec<Phase>,
    /// Incidents or maintenances only.
    pub kind: Option<Kind>,
    /// Of this grade only.
    pub impact: Option<Impact>,
    /// Published at or after.
    pub from: Option<Timestamp>,
    /// Published before.
    pub until: Option<Timestamp>,
    /// Containing this in title, components, updates or postmortem, upper or lower case.
    pub text: Option<String>,
}

/// A place in a list, newest first, that stays right when newer incidents appear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    published_at: Timestamp,
    id: IncidentId,
}

impl Cursor {
    /// Behind this incident.
    pub fn behind(row: &IncidentRow) -> Self {
        Self { published_at: row.published_at, id: row.id.clone() }
    }

    /// Reads a cursor from an address; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once('.')?;
        let published_at = Timestamp::from_microsecond(micros.parse().ok()?).ok()?;
        Some(Self { published_at, id: IncidentId::parse(id)? })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", micros(self.published_at), self.id)
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The incidents, newest first.
    pub rows: Vec<IncidentRow>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
}

/// The incidents before and after one, of the same source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The one published before.
    pub previous: Option<IncidentRow>,
    /// The one published after.
    pub next: Option<IncidentRow>,
}

const LIST: &str = select_incidents!(
    "WHERE ($1 IS NULL OR origin = $1) AND ($2 IS NULL OR source = $2) \
  AND ($3 IS NULL OR $3 LIKE '%|' || phase || '|%') \
  AND ($4 IS NULL OR kind = $4) AND ($5 IS NULL OR impact = $5) \
  AND ($6 IS NULL OR published_at >= $6) AND ($7 IS NULL OR published_at < $7) \
  AND ($8 IS NULL OR search_text LIKE $8 ESCAPE '\\') \
  AND ($9 IS NULL OR published_at < $9 OR (published_at = $9 AND id < $10)) \
ORDER BY published_at DESC, id DESC LIMIT $11"
);

const PREVIOUS: &str = select_incidents!(
    "WHERE origin = $1 AND source = $2 AND phase <> 'merged' \
  AND (published_at < $3 OR (published_at = $3 AND id < $4)) \
ORDER BY published_at DESC, id DESC LIMIT 1"
);

const NEXT: &str = select_incidents!(
    "WHERE origin = $1 AND source = $2 AND phase <> 'merged' \
  AND (published_at > $3 OR (published_at = $3 AND id > $4)) \
ORDER BY published_at, id LIMIT 1"
);

const DUE: &str = "\
SELECT id FROM incident WHERE origin = 'own' AND phase IN ('upcoming', 'open') \
  AND ((kind = 'maintenance' AND state = 'scheduled' AND scheduled_from <= $1) \
    OR (kind = 'maintenance' AND state IN ('in_progress', 'verifying') AND scheduled_until <= $1) \
    OR (kind = 'incident' AND ended_at <= $1) OR due_at <= $1) \
ORDER BY id";

/// An incident whose true end is not known may be one whose stall goes on, whatever was declared of it.
const NEAR: &str = "\
SELECT id FROM incident WHERE origin = 'own' AND source = $1 AND kind = 'incident' \
  AND (phase = 'open' OR resolved_at >= $2 OR (began_at IS NOT NULL AND ended_at IS NULL)) \
ORDER BY published_at DESC, id DESC LIMIT 50";

/// How long after its end an incident may still be what a verdict belongs to, with room to spare.
const NEAR_FOR: SignedDuration = SignedDuration::from_hours(1);

impl Store {
    /// One page of incidents, newest first, beginning behind `after`.
    pub async fn list_incidents(&self, filter: &Filter, after: Option<&Cursor>, limit: u32) -> Result<Page> {
        let (origin, source) = match &filter.source {
            None => (None, None),
            Some(Source::Vendor(slug)) => (Some("vendor"), Some(slug.as_str())),
            Some(Source::Environment(slug)) => (Some("own"), Some(slug.as_str())),
            Some(Source::Vendors) => (Some("vendor"), None),
            Some(Source::Environments) => (Some("own"), None),
        };
        let found = sqlx::query(LIST)
            .bind(origin)
            .bind(source)
            .bind(phases(&filter.phases))
            .bind(filter.kind.map(Kind::as_str))
            .bind(filter.impact.map(Impact::as_str))
            .bind(micros_or_null(filter.from))
            .bind(micros_or_null(filter.until))
            .bind(filter.text.as_deref().map(pattern))
            .bind(micros_or_null(after.map(|cursor| cursor.published_at)))
            .bind(after.map(|cursor| cursor.id.as_str()))
            // One more than asked for tells whether there is a next page.
            .bind(i64::from(limit) + 1)
            .fetch_all(self.readers())
            .await?;
        let mut rows = found.iter().map(IncidentRow::read).collect::<Result<Vec<_>>>()?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(Cursor::behind);
        Ok(Page { rows, next })
    }

    /// One incident as lists show it. [`Error::NotFound`](crate::Error::NotFound) where there is none.
    pub async fn incident_row(&self, id: &IncidentId) -> Result<IncidentRow> {
        let sql = select_incidents!("WHERE id = $1");
        let row = sqlx::query(sql).bind(id.as_str()).fetch_one(self.readers()).await?;
        IncidentRow::read(&row)
    }

    /// Everything that is going on, newest first.
    pub async fn open_incidents(&self) -> Result<Vec<IncidentRow>> {
        let sql = select_incidents!("WHERE phase = 'open' ORDER BY published_at DESC, id DESC");
        let found = sqlx::query(sql).fetch_all(self.readers()).await?;
        found.iter().map(IncidentRow::read).collect()
    }

    /// The incidents of a vendor that count: against these a page is held to find what was taken off it.
    pub async fn live_incidents(&self, vendor: &Slug) -> Result<Vec<KnownIncident>> {
        let sql = "SELECT external_id, kind, published_at FROM incident WHERE origin = 'vendor' AND source = $1 \
                   AND phase IN ('open', 'upcoming', 'over') ORDER BY published_at, id";
        let found = sqlx::query(sql).bind(vendor.as_str()).fetch_all(self.readers()).await?;
        let read = |row: &AnyRow| {
            Ok(KnownIncident {
                external_id: row.text("external_id")?,
                kind: Kind::parse(&row.text("kind")?),
                published_at: row.instant("published_at")?,
            })
        };
        found.iter().map(read).collect()
    }

    /// The incidents before and after one, of the same source, by publication.
    pub async fn neighbours(&self, id: &IncidentId) -> Result<Neighbours> {
        let row = self.incident_row(id).await?;
        let (origin, source, _) = origin_words(&row.origin);
        let mut found = Vec::with_capacity(2);
        for sql in [PREVIOUS, NEXT] {
            let neighbour = sqlx::query(sql)
                .bind(origin)
                .bind(source)
                .bind(micros(row.published_at))
                .bind(row.id.as_str())
                .fetch_optional(self.readers())
                .await?;
            found.push(neighbour.as_ref().map(IncidentRow::read).transpose()?);
        }
        let next = found.pop().flatten();
        Ok(Neighbours { previous: found.pop().flatten(), next })
    }

    /// The incidents of an environment to which a verdict on one of its databases may belong: to be given to
    /// [`domain::decide::choose`].
    pub async fn incidents_near(&self, environment: &Slug, now: Timestamp) -> Result<Vec<Incident>> {
        let since = now.checked_sub(NEAR_FOR).unwrap_or(now);
        let found = sqlx::query(NEAR)
            .bind(environment.as_str())
            .bind(micros(since))
            .fetch_all(self.readers())
            .await?;
        let mut incidents = Vec::with_capacity(found.len());
        for row in &found {
            incidents.push(self.load(&row.incident_id("id")?).await?);
        }
        Ok(incidents)
    }

    /// Incidents of our own that the clock may have something to say about: maintenances due to begin or to
    /// end, and incidents that are truly over and not yet declared so.
    pub async fn due_incidents(&self, now: Timestamp) -> Result<Vec<IncidentId>> {
        let found = sqlx::query(DUE).bind(micros(now)).fetch_all(self.readers()).await?;
        found.iter().map(|row| row.incident_id("id")).collect()
    }
}

/// `|open|over|`, in which a phase is looked for.
fn phases(phases: &[Phase]) -> Option<String> {
    if phases.is_empty() {
        return None;
    }
    let words: Vec<&str> = phases.iter().map(|phase| phase.as_str()).collect();
    Some(format!("|{}|", words.join("|")))
}

/// The pattern that finds exactly these letters anywhere.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in crate::columns::clean(text.trim()).to_lowercase().chars() {
        if matches!(letter, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

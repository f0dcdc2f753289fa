//! The row of an incident: what lists show and filter by. It follows from the incident and is written anew
//! with every change; `check` compares it with the replayed timeline.
//!
//! Never the truth: nothing is decided from it.

use crate::columns::{Columns, clean, micros, micros_or_null};
use crate::error::{Error, Failure, Result};
use crate::writer::Connection;
use domain::incident::Update;
use domain::time::Window;
use domain::{Impact, Incident, IncidentId, Kind, Origin, State, Timestamp, Visibility};
use sqlx::any::AnyRow;

/// Longest text that is kept for searching, in bytes: enough for the words of a long incident.
const SEARCH_LIMIT: usize = 16 * 1024;

/// The statement that selects rows of incidents, all but the text for searching, which is long and last.
macro_rules! select_incidents {
    ($conditions:literal) => {
        concat!(
            "SELECT id, version, origin, source, external_id, kind, impact, state, phase, title, url, components, \
             published_at, resolved_at, began_at, ended_at, seen_at, scheduled_from, scheduled_until, \
             withdrawn_at, merged_into, updates, updated_at, has_postmortem, visibility, next_update_at FROM incident ",
            $conditions
        )
    };
}
pub(crate) use select_incidents;

/// Where an incident stands, as lists sort them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Going on.
    Open,
    /// A maintenance that has not begun.
    Upcoming,
    /// Over.
    Over,
    /// Taken back by its source.
    Withdrawn,
    /// Lives on in another incident.
    Merged,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Self; 5] = [Self::Open, Self::Upcoming, Self::Over, Self::Withdrawn, Self::Merged];

    /// The phase of an incident.
    pub fn of(incident: &Incident) -> Self {
        match incident {
            _ if incident.merged_into.is_some() => Self::Merged,
            _ if incident.withdrawn_at.is_some() => Self::Withdrawn,
            _ if incident.state == State::Scheduled => Self::Upcoming,
            _ if incident.is_open() => Self::Open,
            _ => Self::Over,
        }
    }

    /// The word used in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Upcoming => "upcoming",
            Self::Over => "over",
            Self::Withdrawn => "withdrawn",
            Self::Merged => "merged",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == text)
    }
}

/// An incident as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentRow {
    /// Public identifier.
    pub id: IncidentId,
    /// Number of entries in its timeline.
    pub version: u32,
    /// Where it comes from.
    pub origin: Origin,
    /// Incident or maintenance.
    pub kind: Kind,
    /// Grade.
    pub impact: Impact,
    /// Current state.
    pub state: State,
    /// Where it stands.
    pub phase: Phase,
    /// Title.
    pub title: String,
    /// The source's own page of it.
    pub url: Option<String>,
    /// Names of the affected components, in the order in which they appeared.
    pub components: Vec<String>,
    /// When it was first spoken of in public.
    pub published_at: Timestamp,
    /// When its source declared it over.
    pub resolved_at: Option<Timestamp>,
    /// When it truly began, where that is known.
    pub began_at: Option<Timestamp>,
    /// When it truly ended, where that is known.
    pub ended_at: Option<Timestamp>,
    /// When we first saw it.
    pub seen_at: Timestamp,
    /// Announced window of a maintenance.
    pub schedule: Option<Window>,
    /// When we saw that its source had taken it back.
    pub withdrawn_at: Option<Timestamp>,
    /// The incident in which it lives on.
    pub merged_into: Option<IncidentId>,
    /// Updates that stand.
    pub updates: u32,
    /// When the last of them was posted; without one, when it was published.
    pub updated_at: Timestamp,
    /// Whether its postmortem is out.
    pub has_postmortem: bool,
    /// Who sees it.
    pub visibility: Visibility,
    /// By when its latest update promised the next one, while nothing has answered that.
    pub next_update_at: Option<Timestamp>,
}

impl IncidentRow {
    /// The row that follows from an incident.
    pub fn of(incident: &Incident) -> Self {
        let standing = || standing(incident);
        let origin = match &incident.origin {
            Origin::Vendor { vendor, external_id } => {
                Origin::Vendor { vendor: vendor.clone(), external_id: clean(external_id) }
            }
            own @ Origin::Own { .. } => own.clone(),
        };
        Self {
            id: incident.id.clone(),
            version: incident.version,
            origin,
            kind: incident.kind,
            impact: incident.impact,
            state: incident.state,
            phase: Phase::of(incident),
            title: clean(&incident.title),
            url: incident.url.as_deref().map(clean),
            components: incident.components.iter().map(|component| component.name.clone()).collect(),
            published_at: incident.clocks.published_at,
            resolved_at: incident.clocks.resolved_at,
            began_at: incident.clocks.began_at,
            ended_at: incident.clocks.ended_at,
            seen_at: incident.clocks.seen_at,
            schedule: incident.schedule,
            withdrawn_at: incident.withdrawn_at,
            merged_into: incident.merged_into.clone(),
            updates: u32::try_from(standing().count()).unwrap_or(u32::MAX),
            updated_at: standing()
                .map(|update| update.published_at)
                .max()
                .unwrap_or(incident.clocks.published_at),
            has_postmortem: incident.postmortem.is_some(),
            visibility: incident.visibility,
            next_update_at: domain::promise::pending(incident).map(|promise| promise.due_at),
        }
    }

    /// Reads a row.
    pub(crate) fn read(row: &AnyRow) -> Result<Self> {
        let components = row.text("components")?;
        let phase = row.text("phase")?;
        let corrupt = |column, text| Error::Corrupt(format!("incident column `{column}` holds `{text}`"));
        Ok(Self {
            id: row.incident_id("id")?,
            version: row.number("version")?,
            origin: read_origin(row)?,
            kind: Kind::parse(&row.text("kind")?),
            impact: Impact::parse(&row.text("impact")?),
            state: State::parse(&row.text("state")?),
            phase: Phase::parse(&phase).ok_or_else(|| corrupt("phase", &phase))?,
            title: row.text("title")?,
            url: row.text_or_null("url")?,
            components: serde_json::from_str(&components).map_err(|_| corrupt("components", &components))?,
            published_at: row.instant("published_at")?,
            resolved_at: row.instant_or_null("resolved_at")?,
            began_at: row.instant_or_null("began_at")?,
            ended_at: row.instant_or_null("ended_at")?,
            seen_at: row.instant("seen_at")?,
            schedule: row
                .instant_or_null("scheduled_from")?
                .map(|from| Ok::<_, Error>(Window { from, until: row.instant_or_null("scheduled_until")? }))
                .transpose()?,
            withdrawn_at: row.instant_or_null("withdrawn_at")?,
            merged_into: row
                .text_or_null("merged_into")?
                .map(|id| crate::columns::incident_id(&id))
                .transpose()?,
            updates: row.number("updates")?,
            updated_at: row.instant("updated_at")?,
            has_postmortem: row.flag("has_postmortem")?,
            visibility: Visibility::parse(&row.text("visibility")?),
            next_update_at: row.instant_or_null("next_update_at")?,
        })
    }
}

fn read_origin(row: &AnyRow) -> Result<Origin> {
    let source = row.slug("source")?;
    match (row.text("origin")?.as_str(), row.text_or_null("external_id")?) {
        ("vendor", Some(external_id)) => Ok(Origin::Vendor { vendor: source, external_id }),
        ("own", None) => Ok(Origin::Own { environment: source }),
        (origin, external_id) => Err(Error::Corrupt(format!(
            "an incident of `{source}` has origin `{origin}` and external id {external_id:?}"
        ))),
    }
}

/// The two words by which rows tell where an incident comes from.
pub(super) fn origin_words(origin: &Origin) -> (&'static str, &str, Option<&str>) {
    match origin {
        Origin::Vendor { vendor, external_id } => ("vendor", vendor.as_str(), Some(external_id)),
        Origin::Own { environment } => ("own", environment.as_str(), None),
    }
}

/// Updates that stand, of those that whoever sees the incident may see.
fn standing(incident: &Incident) -> impl Iterator<Item = &Update> {
    let seen = |update: &&Update| !incident.is_public() || update.visibility == Visibility::Public;
    incident.updates.iter().filter(seen).filter(|update| update.withdrawn_at.is_none())
}

/// The words of an incident, in lower case.
fn search_text(incident: &Incident, row: &IncidentRow) -> String {
    let bodies = standing(incident);
    let mut text = format!("{} {}", row.title, origin_words(&row.origin).1);
    let pieces = row
        .components
        .iter()
        .map(String::as_str)
        .chain(bodies.map(|update| update.current().body.as_str()))
        .chain(incident.postmortem.as_ref().map(domain::incident::Postmortem::body));
    for piece in pieces {
        text.push(' ');
        text.push_str(piece);
    }
    let mut text = clean(&text).to_lowercase();
    text.truncate(text.floor_char_boundary(SEARCH_LIMIT));
    text
}

const UPSERT: &str = "\
INSERT INTO incident (id, version, origin, source, external_id, kind, impact, state, phase, title, url, components, \
    published_at, resolved_at, began_at, ended_at, seen_at, scheduled_from, scheduled_until, withdrawn_at, \
    merged_into, updates, updated_at, has_postmortem, search_text, visibility, next_update_at, due_at) \
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, \
    $24, $25, $27, $28, $29 \
WHERE $26 = 0 OR EXISTS (SELECT 1 FROM incident WHERE id = $1) \
ON CONFLICT (id) DO UPDATE SET version = excluded.version, kind = excluded.kind, impact = excluded.impact, \
    state = excluded.state, phase = excluded.phase, title = excluded.title, url = excluded.url, \
    components = excluded.components, published_at = excluded.published_at, \
    resolved_at = excluded.resolved_at, began_at = excluded.began_at, ended_at = excluded.ended_at, \
    scheduled_from = excluded.scheduled_from, scheduled_until = excluded.scheduled_until, \
    withdrawn_at = excluded.withdrawn_at, merged_into = excluded.merged_into, updates = excluded.updates, \
    updated_at = excluded.updated_at, has_postmortem = excluded.has_postmortem, \
    search_text = excluded.search_text, visibility = excluded.visibility, \
    next_update_at = excluded.next_update_at, due_at = excluded.due_at \
WHERE incident.version = $26";

/// Writes the row if the incident still is at the version that was expected; `false` where it is not.
pub(super) async fn upsert(
    connection: &mut Connection,
    incident: &Incident,
    expected: u32,
) -> Result<bool, Failure> {
    let row = IncidentRow::of(incident);
    let (origin, source, external_id) = origin_words(&row.origin);
    let components = serde_json::to_string(&row.components)
        .map_err(|error| Error::Corrupt(format!("cannot write the names of components: {error}")))?;
    let written = sqlx::query(UPSERT)
        .bind(row.id.as_str())
        .bind(i64::from(row.version))
        .bind(origin)
        .bind(source)
        .bind(external_id)
        .bind(row.kind.as_str())
        .bind(row.impact.as_str())
        .bind(row.state.as_str())
        .bind(row.phase.as_str())
        .bind(row.title.as_str())
        .bind(row.url.as_deref())
        .bind(components)
        .bind(micros(row.published_at))
        .bind(micros_or_null(row.resolved_at))
        .bind(micros_or_null(row.began_at))
        .bind(micros_or_null(row.ended_at))
        .bind(micros(row.seen_at))
        .bind(micros_or_null(row.schedule.map(|window| window.from)))
        .bind(micros_or_null(row.schedule.and_then(|window| window.until)))
        .bind(micros_or_null(row.withdrawn_at))
        .bind(row.merged_into.as_ref().map(IncidentId::as_str))
        .bind(i64::from(row.updates))
        .bind(micros(row.updated_at))
        .bind(i64::from(row.has_postmortem))
        .bind(search_text(incident, &row))
        .bind(i64::from(expected))
        .bind(row.visibility.as_str())
        .bind(micros_or_null(row.next_update_at))
        .bind(micros_or_null(domain::decide::due_at(incident)))
        .execute(connection)
        .await?;
    Ok(written.rows_affected() > 0)
}

//! Incidents: a decision goes in as one transaction, the incident comes back by replaying its timeline.
//!
//! Never changes an entry that was written, and never writes one without its outbox rows.

mod list;
mod row;

pub use list::{Cursor, Filter, Neighbours, Page, Source};
pub(crate) use row::select_incidents;
pub use row::{IncidentRow, Phase};

use crate::Store;
use crate::audit::{self, Deed};
use crate::codec;
use crate::columns::{Columns, clean, micros};
use crate::error::{Error, Failure, Result};
use crate::news::{bump_revision, number_incident};
use crate::outbox;
use crate::watches;
use crate::writer::Connection;
use domain::{Decision, Entry, Incident, IncidentId, Slug};
use futures_util::future::BoxFuture;
use sqlx::any::AnyRow;

/// Names a request of an operator, so that asking twice does not do it twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// The key, as the caller sent it, made unique per caller.
    pub key: String,
    /// Hash of what was asked, which tells a repetition from another request under the same key.
    pub digest: [u8; 32],
}

/// What a commit did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The incident; the first one where several were committed together.
    pub incident: IncidentId,
    /// Its version after the commit.
    pub version: u32,
    /// Whether the same request had been committed before and nothing was done now.
    pub repeated: bool,
}

impl Store {
    /// Writes a decision: timeline, place in lists, outbox rows and the key of the request, all or nothing.
    /// [`Error::Conflict`] where the incident has moved on since the decision was made.
    pub async fn commit(&self, decision: &Decision, request: Option<RequestKey>) -> Result<Committed> {
        self.commit_all(std::slice::from_ref(decision), request).await
    }

    /// Writes decisions that belong together (both sides of a merge, all that one look showed), all or
    /// nothing.
    pub async fn commit_all(&self, decisions: &[Decision], request: Option<RequestKey>) -> Result<Committed> {
        self.commit_as(decisions, request, None).await
    }

    /// The same for somebody, whose deed is written to the audit log with it.
    pub async fn commit_as(
        &self,
        decisions: &[Decision],
        request: Option<RequestKey>,
        deed: Option<Deed>,
    ) -> Result<Committed> {
        if decisions.is_empty() {
            return Err(Error::NotFound);
        }
        self.write(CommitJob { decisions: decisions.to_vec(), request, deed, watch: None }, commit).await
    }

    /// Writes what a watch over `database` decided, while this node holds it: the lease is looked at in the same
    /// transaction, by this database's clock, and nobody takes it over before the commit. [`Error::LostLease`] where it
    /// ran out or another node has it.
    pub async fn commit_watched(&self, decision: &Decision, database: &str) -> Result<Committed> {
        let watch = Some((clean(database), self.inner.node.clone()));
        let decisions = vec![decision.clone()];
        self.write(CommitJob { decisions, request: None, deed: None, watch }, commit).await
    }

    /// What an earlier request under this key did. [`Error::Duplicate`] where it was another request.
    pub async fn find_request(&self, request: &RequestKey) -> Result<Option<Committed>> {
        let row = sqlx::query(FIND_REQUEST).bind(clean(&request.key)).fetch_optional(self.readers()).await?;
        row.map(|row| repetition(&row, request)).transpose()
    }

    /// The incident as it is now. [`Error::NotFound`] where there is none.
    pub async fn load(&self, id: &IncidentId) -> Result<Incident> {
        replay(id, &self.timeline(id).await?)
    }

    /// The incident as it was after entry `seq`.
    pub async fn load_as_of(&self, id: &IncidentId, seq: u32) -> Result<Incident> {
        let mut entries = self.timeline(id).await?;
        entries.retain(|entry| entry.seq <= seq);
        if entries.is_empty() {
            return Err(Error::NotFound);
        }
        replay(id, &entries)
    }

    /// Every entry of its timeline, oldest first. [`Error::NotFound`] where there is no such incident.
    pub async fn timeline(&self, id: &IncidentId) -> Result<Vec<Entry>> {
        let rows = sqlx::query(TIMELINE).bind(id.as_str()).fetch_all(self.readers()).await?;
        if rows.is_empty() {
            return Err(Error::NotFound);
        }
        rows.iter().map(read_entry).collect()
    }

    /// A vendor's incident by the vendor's own id.
    pub async fn find_vendor_incident(&self, vendor: &Slug, external_id: &str) -> Result<Option<Incident>> {
        match self.load(&IncidentId::of_vendor(vendor, external_id)).await {
            Ok(incident) => Ok(Some(incident)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

const FIND_REQUEST: &str = "SELECT digest, incident, version FROM request WHERE id = $1";

const TIMELINE: &str =
    "SELECT seq, seen_at, actor_kind, actor, event, notices FROM timeline WHERE incident = $1 ORDER BY seq";

const APPEND: &str = "INSERT INTO timeline (incident, seq, seen_at, actor_kind, actor, kind, event, notices) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Reads one entry.
pub(crate) fn read_entry(row: &AnyRow) -> Result<Entry> {
    Ok(Entry {
        seq: row.number("seq")?,
        seen_at: row.instant("seen_at")?,
        actor: codec::read_actor(&row.text("actor_kind")?, row.text_or_null("actor")?)?,
        event: codec::read_event(&row.text("event")?)?,
    })
}

fn replay(id: &IncidentId, entries: &[Entry]) -> Result<Incident> {
    Incident::replay(id, entries).ok_or_else(|| {
        Error::Corrupt(format!("the timeline of incident `{id}` does not begin with `opened`"))
    })
}

struct CommitJob {
    decisions: Vec<Decision>,
    request: Option<RequestKey>,
    deed: Option<Deed>,
    /// Database and node of the watch on whose lease it rests.
    watch: Option<(String, String)>,
}

fn commit<'c>(
    connection: &'c mut Connection,
    job: &'c CommitJob,
) -> BoxFuture<'c, Result<Committed, Failure>> {
    Box::pin(async move {
        let Some(first) = job.decisions.first() else { return Err(Error::NotFound.into()) };
        let committed =
            Committed { incident: first.next.id.clone(), version: first.next.version, repeated: false };
        if let Some((database, node)) = &job.watch {
            watches::fence(connection, database, node).await?;
        }
        if let Some(request) = &job.request
            && let Some(earlier) = take_key(connection, request, &committed).await?
        {
            return Ok(earlier);
        }
        if let Some(deed) = &job.deed {
            audit::append(connection, deed).await?;
        }
        let changing = || job.decisions.iter().filter(|decision| !decision.entries.is_empty());
        for decision in changing() {
            write(connection, decision).await?;
        }
        if changing().next().is_some() {
            bump_revision(connection).await?;
        }
        for decision in changing() {
            number_incident(connection, &decision.next.id).await?;
        }
        Ok(committed)
    })
}

/// Takes the key for this request, or finds what the first request under it did. Of two at once, the second
/// waits here until the first is through.
async fn take_key(
    connection: &mut Connection,
    request: &RequestKey,
    committed: &Committed,
) -> Result<Option<Committed>, Failure> {
    let sql = "INSERT INTO request (id, digest, incident, version, created_at) \
               VALUES ($1, $2, $3, $4, (SELECT now_at FROM database_clock)) ON CONFLICT (id) DO NOTHING";
    let taken = sqlx::query(sql)
        .bind(clean(&request.key))
        .bind(request.digest.to_vec())
        .bind(committed.incident.as_str())
        .bind(i64::from(committed.version))
        .execute(&mut *connection)
        .await?;
    if taken.rows_affected() > 0 {
        return Ok(None);
    }
    let row = sqlx::query(FIND_REQUEST).bind(clean(&request.key)).fetch_one(connection).await?;
    Ok(Some(repetition(&row, request)?))
}

fn repetition(row: &AnyRow, request: &RequestKey) -> Result<Committed> {
    let incident = row.incident_id("incident")?;
    let earlier = Committed { incident, version: row.number("version")?, repeated: true };
    if row.hash("digest")? == request.digest { Ok(earlier) } else { Err(Error::Duplicate(earlier)) }
}

async fn write(connection: &mut Connection, decision: &Decision) -> Result<(), Failure> {
    let incident = &decision.next;
    if !row::upsert(connection, incident, decision.expected_version()).await? {
        let found = sqlx::query("SELECT version FROM incident WHERE id = $1")
            .bind(incident.id.as_str())
            .fetch_optional(connection)
            .await?;
        let version = found.map_or(Ok(0), |row| row.number("version"))?;
        return Err(Error::Conflict { version }.into());
    }
    for entry in &decision.entries {
        let effects = || decision.effects.iter().filter(|effect| effect.seq == entry.seq);
        let notices: Vec<&str> = effects().map(|effect| effect.notice.as_str()).collect();
        let (actor_kind, actor) = codec::write_actor(&entry.actor);
        sqlx::query(APPEND)
            .bind(incident.id.as_str())
            .bind(i64::from(entry.seq))
            .bind(micros(entry.seen_at))
            .bind(actor_kind)
            .bind(actor)
            .bind(entry.event.kind())
            .bind(codec::write_event(&entry.event)?)
            .bind(notices.join(","))
            .execute(&mut *connection)
            .await?;
        for effect in effects() {
            outbox::insert(connection, &incident.id, effect, entry.seen_at).await?;
        }
    }
    Ok(())
}

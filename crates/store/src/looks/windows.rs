//! States over time, of a page and of its components: a change closes one window and opens the next.
//!
//! Never lets two windows of one component overlap, even where the clock stepped back between two looks.

use super::LookRecord;
use crate::columns::{Columns, clean, micros};
use crate::error::{Failure, Result};
use crate::vendors::{self, Component, PAGE, select_components};
use crate::writer::Connection;
use domain::observation::ComponentObservation;
use domain::{ComponentKey, ComponentState, Slug, Timestamp};

const LAST: &str = "SELECT state, from_at, until_at FROM state_window \
                    WHERE vendor = $1 AND component = $2 ORDER BY from_at DESC LIMIT 1";

const OPEN: &str = "\
INSERT INTO state_window (vendor, component, from_at, name, state) VALUES ($1, $2, $3, $4, $5) \
ON CONFLICT (vendor, component, from_at) DO UPDATE SET name = excluded.name, state = excluded.state, \
    until_at = NULL";

const CLOSE: &str = "UPDATE state_window SET until_at = CASE WHEN from_at > $3 THEN from_at ELSE $3 END \
                     WHERE vendor = $1 AND component = $2 AND until_at IS NULL";

const STORE: &str = "\
INSERT INTO component (vendor, component, position, name, group_name, state, since) \
VALUES ($1, $2, $3, $4, $5, $6, $7) \
ON CONFLICT (vendor, component) DO UPDATE SET position = excluded.position, name = excluded.name, \
    group_name = excluded.group_name, state = excluded.state, since = excluded.since";

/// Leads the page through the states of a look; `true` where one was new.
pub(super) async fn change_page(
    connection: &mut Connection,
    slug: &Slug,
    look: &LookRecord,
) -> Result<bool, Failure> {
    let out_of_sight = look.unknown_since.map(|since| (ComponentState::Unknown, since));
    let shown = look.page.as_ref().map(|page| (page.overall, look.at));
    let mut changed = false;
    for (state, at) in out_of_sight.into_iter().chain(shown) {
        changed |= enter(connection, slug, PAGE, "", state, at).await?;
    }
    Ok(changed)
}

/// Leads the components through the states of a look; `true` where anything about them was new.
pub(super) async fn change_components(
    connection: &mut Connection,
    slug: &Slug,
    look: &LookRecord,
) -> Result<bool, Failure> {
    let shown = look.page.as_ref().and_then(|page| page.components.as_deref());
    if look.unknown_since.is_none() && shown.is_none() {
        return Ok(false);
    }
    let mut known = load(connection, slug).await?;
    let mut changed = false;
    if let Some(since) = look.unknown_since {
        changed |= lose_sight(connection, slug, &mut known, since).await?;
    }
    if let Some(shown) = shown {
        changed |= show(connection, slug, &known, shown, look.at).await?;
    }
    Ok(changed)
}

async fn load(connection: &mut Connection, slug: &Slug) -> Result<Vec<Component>, Failure> {
    let sql = select_components!("WHERE vendor = $1 ORDER BY position");
    let rows = sqlx::query(sql).bind(slug.as_str()).fetch_all(connection).await?;
    Ok(rows.iter().map(vendors::read_component).collect::<Result<_>>()?)
}

async fn lose_sight(
    connection: &mut Connection,
    slug: &Slug,
    known: &mut [Component],
    since: Timestamp,
) -> Result<bool, Failure> {
    let mut changed = false;
    for (position, component) in known.iter_mut().enumerate() {
        if component.state == ComponentState::Unknown {
            continue;
        }
        component.state = ComponentState::Unknown;
        component.since = since;
        store(connection, slug, position, component).await?;
        changed = true;
    }
    Ok(changed)
}

async fn show(
    connection: &mut Connection,
    slug: &Slug,
    known: &[Component],
    shown: &[ComponentObservation],
    at: Timestamp,
) -> Result<bool, Failure> {
    let mut changed = false;
    let mut listed: Vec<Component> = Vec::with_capacity(shown.len());
    for seen in shown {
        let key = ComponentKey(clean(&seen.key.0));
        // The page's own place among the windows, and a key that was there before, belong to another.
        if key.0 == PAGE || listed.iter().any(|other| other.key == key) {
            continue;
        }
        let old = known.iter().enumerate().find(|(_, component)| component.key == key);
        let since = old.filter(|(_, old)| old.state == seen.state).map_or(at, |(_, old)| old.since);
        let group = seen.group.as_deref().map(clean);
        let component = Component { key, name: clean(&seen.name), group, state: seen.state, since };
        let position = listed.len();
        if old != Some((position, &component)) {
            store(connection, slug, position, &component).await?;
            changed = true;
        }
        listed.push(component);
    }
    for gone in known.iter().filter(|old| listed.iter().all(|component| component.key != old.key)) {
        leave(connection, slug, &gone.key, at).await?;
        changed = true;
    }
    Ok(changed)
}

/// Writes a component and the window of its state.
async fn store(
    connection: &mut Connection,
    slug: &Slug,
    position: usize,
    component: &Component,
) -> Result<(), Failure> {
    sqlx::query(STORE)
        .bind(slug.as_str())
        .bind(component.key.0.as_str())
        .bind(i64::try_from(position).unwrap_or(i64::MAX))
        .bind(component.name.as_str())
        .bind(component.group.as_deref())
        .bind(component.state.as_str())
        .bind(micros(component.since))
        .execute(&mut *connection)
        .await?;
    enter(connection, slug, &component.key.0, &component.name, component.state, component.since).await?;
    Ok(())
}

/// A component that the page no longer lists: its history stays.
async fn leave(
    connection: &mut Connection,
    slug: &Slug,
    key: &ComponentKey,
    at: Timestamp,
) -> Result<(), Failure> {
    let close = sqlx::query(CLOSE).bind(slug.as_str()).bind(key.0.as_str()).bind(micros(at));
    close.execute(&mut *connection).await?;
    let sql = "DELETE FROM component WHERE vendor = $1 AND component = $2";
    sqlx::query(sql).bind(slug.as_str()).bind(key.0.as_str()).execute(connection).await?;
    Ok(())
}

/// Enters a state; `false` where that state was current already.
async fn enter(
    connection: &mut Connection,
    slug: &Slug,
    component: &str,
    name: &str,
    state: ComponentState,
    at: Timestamp,
) -> Result<bool, Failure> {
    let last = sqlx::query(LAST).bind(slug.as_str()).bind(component).fetch_optional(&mut *connection).await?;
    let mut at = at;
    if let Some(last) = last {
        let until = last.instant_or_null("until_at")?;
        if until.is_none() && last.state("state")? == state {
            return Ok(false);
        }
        at = at.max(until.unwrap_or(last.instant("from_at")?));
    }
    let close = sqlx::query(CLOSE).bind(slug.as_str()).bind(component).bind(micros(at));
    close.execute(&mut *connection).await?;
    sqlx::query(OPEN)
        .bind(slug.as_str())
        .bind(component)
        .bind(micros(at))
        .bind(name)
        .bind(state.as_str())
        .execute(connection)
        .await?;
    Ok(true)
}

//! Reading subscribers: those who want to hear of something, and those whom an operator looks for.
//!
//! Never reads the whole table at once.

use super::{Rhythm, Subscriber, SubscriberKind, SubscriberState, read, select};
use crate::Store;
use crate::columns::Columns;
use crate::error::{Error, Result};
use domain::{ComponentKey, Slug};

/// Rows read at a time while looking for those who want to hear.
const STEP: u32 = 1_000;

/// Of what somebody may want to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The page that tells it.
    pub page: Slug,
    /// Environment of the incident.
    pub environment: Slug,
    /// Components that it touches; where it names none, everybody who chose the environment hears of it.
    pub components: Vec<ComponentKey>,
}

impl Audience {
    /// Whether this subscriber chose it.
    pub fn holds(&self, subscriber: &Subscriber) -> bool {
        let (environments, components) = (&subscriber.environments, &subscriber.components);
        let environment = environments.is_empty() || environments.contains(&self.environment);
        let component = components.is_empty()
            || self.components.is_empty()
            || self.components.iter().any(|key| components.contains(key));
        environment && component
    }
}

/// Which subscribers to list; what is left open does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubscriberFilter {
    /// Of this page.
    pub page: Option<Slug>,
    /// Reached this way.
    pub kind: Option<SubscriberKind>,
    /// Standing so.
    pub state: Option<SubscriberState>,
    /// Whose address holds these letters, whatever their case.
    pub text: Option<String>,
}

/// How many there are of one page, kind and state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriberCount {
    /// Page.
    pub page: Slug,
    /// How they are reached.
    pub kind: SubscriberKind,
    /// How they stand.
    pub state: SubscriberState,
    /// How many.
    pub count: u64,
}

const AFTER: &str =
    select!("WHERE page = $1 AND state = 'confirmed' AND rhythm = $2 AND id > $3 ORDER BY id LIMIT $4");

const LIST: &str = select!(
    "WHERE ($1 IS NULL OR page = $1) AND ($2 IS NULL OR kind = $2) AND ($3 IS NULL OR state = $3) \
       AND ($4 IS NULL OR lower(target) LIKE $4 ESCAPE '\\') AND id > $5 ORDER BY id LIMIT $6"
);

const COUNT: &str = "SELECT page, kind, state, count(*) AS count FROM subscriber \
                     GROUP BY page, kind, state ORDER BY page, kind, state";

impl Store {
    /// Those who want to hear of it at once, in the order of their ids: at most `limit` after `after`. Fewer than
    /// `limit` come only at the end.
    pub async fn subscribers_after(
        &self,
        audience: &Audience,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Subscriber>> {
        let mut chosen = Vec::new();
        let mut after = after.unwrap_or_default().to_owned();
        while chosen.len() < limit {
            let step = self.confirmed_after(&audience.page, Rhythm::Each, &after, STEP).await?;
            let Some(last) = step.last() else { break };
            after.clone_from(&last.id);
            chosen.extend(step.into_iter().filter(|subscriber| audience.holds(subscriber)));
        }
        chosen.truncate(limit);
        Ok(chosen)
    }

    /// Everybody of a page who hears in this rhythm, in the order of their ids.
    pub async fn confirmed_after(
        &self,
        page: &Slug,
        rhythm: Rhythm,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Subscriber>> {
        let rows = sqlx::query(AFTER)
            .bind(page.as_str())
            .bind(rhythm.as_str())
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(read).collect()
    }

    /// One subscriber, as they stand now: whoever is about to send looks once more.
    pub async fn subscriber(&self, id: &str) -> Result<Option<Subscriber>> {
        let row = sqlx::query(select!("WHERE id = $1")).bind(id).fetch_optional(self.readers()).await?;
        row.as_ref().map(read).transpose()
    }

    /// Subscribers that an operator looks for, in the order of their ids.
    pub async fn list_subscribers(
        &self,
        filter: &SubscriberFilter,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Subscriber>> {
        let rows = sqlx::query(LIST)
            .bind(filter.page.as_ref().map(Slug::as_str))
            .bind(filter.kind.map(SubscriberKind::as_str))
            .bind(filter.state.map(SubscriberState::as_str))
            .bind(filter.text.as_deref().map(pattern))
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(read).collect()
    }

    /// How many there are.
    pub async fn count_subscribers(&self) -> Result<Vec<SubscriberCount>> {
        let rows = sqlx::query(COUNT).fetch_all(self.readers()).await?;
        let counts = rows.iter().map(|row| {
            let (kind, state) = (row.text("kind")?, row.text("state")?);
            let unknown = || Error::Corrupt(format!("subscribers are `{kind}` and `{state}`"));
            Ok(SubscriberCount {
                page: row.slug("page")?,
                kind: SubscriberKind::parse(&kind).ok_or_else(unknown)?,
                state: SubscriberState::parse(&state).ok_or_else(unknown)?,
                count: row.number("count")?,
            })
        });
        counts.collect()
    }
}

/// Letters somewhere in a text; those that mean something to `LIKE` mean themselves.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.to_lowercase().chars().filter(|letter| *letter != '\0') {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern + "%"
}

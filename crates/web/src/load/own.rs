//! Our own status: environments, their components and their incidents.

use super::{json, order_worst_first, printed};
use crate::api::body::vendor::{ComponentStatusBody, EnvironmentBody};
use crate::api::vocabulary::ComponentStateWord;
use crate::atom;
use crate::error::Error;
use crate::feeds;
use crate::pages::embed;
use crate::pages::home::{self, DayLog};
use crate::pages::vendor::ComponentRow;
use crate::sight::Sight;
use crate::site::Site;
use crate::snapshot::Known;
use crate::target::Target;
use domain::time::Window;
use domain::uptime::{self, History};
use domain::{ComponentKey, ComponentState, Environment, Timestamp};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp as Instant};
use std::collections::HashMap;
use std::sync::Arc;
use store::Phase;

/// Days in the log of the home page.
const LOG_DAYS: i64 = 15;
/// Days of a history.
pub(crate) const HISTORY_DAYS: usize = 90;
/// Incidents of one environment that its history is made of. More in 90 days is not news but noise.
const HISTORY_INCIDENTS: usize = 500;
/// Incidents in the feed.
const FEED_ENTRIES: usize = 30;

/// How an environment stands.
#[derive(Debug)]
pub(crate) struct EnvironmentState {
    /// Worst of everything.
    pub(crate) state: ComponentState,
    /// Of each component, in the order of the configuration.
    pub(crate) components: Vec<ComponentState>,
}

impl Site {
    pub(super) async fn home_page(&self, sight: &Sight) -> Result<String, Error> {
        let now = sight.as_of;
        let mut environments = Vec::new();
        for environment in sight.environments.iter() {
            environments.push(self.home_environment(sight, environment).await?);
        }
        let mut open = self.lines(sight, own(sight, Phase::Open)).await?;
        order_worst_first(&mut open);
        let mut upcoming = self.lines(sight, own(sight, Phase::Upcoming)).await?;
        upcoming.sort_by_key(|line| line.schedule.map(|window| window.from));
        let input = home::Input {
            overall: ComponentState::worst(environments.iter().map(|environment| environment.state)),
            said_at: sight
                .incidents
                .iter()
                .filter(|known| known.is_own())
                .map(|known| known.row.updated_at)
                .max(),
            environments,
            open,
            upcoming,
            days: self.day_logs(sight, now).await?,
            vendors: count_states(sight),
        };
        let mut shell = self.shell(sight, sight.voice().links.home());
        shell.json_url = Some(sight.voice().links.to(&Target::StatusJson));
        printed(home::render(&shell, &input))
    }

    /// The page for frames of others.
    pub(super) async fn embed_page(&self, sight: &Sight) -> Result<String, Error> {
        let mut states = Vec::new();
        for environment in sight.environments.iter() {
            states.push(self.environment_state(sight, environment).await?.state);
        }
        let mut lines = self.lines(sight, own(sight, Phase::Open)).await?;
        order_worst_first(&mut lines);
        let mut upcoming = self.lines(sight, own(sight, Phase::Upcoming)).await?;
        upcoming.sort_by_key(|line| line.schedule.map(|window| window.from));
        lines.extend(upcoming.into_iter().take(1));
        let input = embed::Input { overall: ComponentState::worst(states), lines };
        printed(embed::render(&self.shell(sight, sight.voice().links.to(&Target::Embed)), &input))
    }

    async fn home_environment(
        &self,
        sight: &Sight,
        environment: &Environment,
    ) -> Result<home::Environment, Error> {
        let stands = self.environment_state(sight, environment).await?;
        let histories = self.own_histories(sight, environment).await?;
        let rows =
            environment.components.iter().zip(&stands.components).map(|(component, state)| ComponentRow {
                name: component.name.clone(),
                group: component.group.clone(),
                state: *state,
                history: histories.get(&component.key).cloned(),
            });
        Ok(home::Environment {
            slug: environment.slug.clone(),
            name: environment.name.clone(),
            state: stands.state,
            components: rows.collect(),
        })
    }

    /// How an environment stands by its open incidents. Where none says otherwise, it stands as its team
    /// vouches in the configuration, or as the last incident left it. Where nobody has ever said anything
    /// of it, it is unknown: silence is not health.
    pub(crate) async fn environment_state(
        &self,
        sight: &Sight,
        environment: &Environment,
    ) -> Result<EnvironmentState, Error> {
        let told = !of_environment(sight, environment).is_empty();
        let base = if told { ComponentState::Operational } else { environment.baseline };
        let mut components = vec![base; environment.components.len()];
        let mut state = base;
        let open = |known: &&Arc<Known>| known.row.phase == Phase::Open;
        for known in of_environment(sight, environment).iter().filter(open) {
            state = state.worse(known.row.impact.implied_state(known.row.kind));
            let affected = &self.detail(sight, known).await?.components;
            for (component, stands) in environment.components.iter().zip(&mut components) {
                let open = affected.iter().filter(|other| other.key == component.key);
                let open = open.filter_map(|other| other.windows.last());
                let open = open.filter(|(_, window)| window.until.is_none());
                *stands = open.fold(*stands, |worst, (state, _)| worst.worse(*state));
            }
        }
        let state = components.iter().fold(state, |worst, component| worst.worse(*component));
        Ok(EnvironmentState { state, components })
    }

    /// The last 90 days of each component, from what our own incidents said.
    async fn own_histories(
        &self,
        sight: &Sight,
        environment: &Environment,
    ) -> Result<HashMap<ComponentKey, History>, Error> {
        let now = sight.as_of;
        let since = days_before(now, 90);
        let told = of_environment(sight, environment);
        let Some(known_since) = known_since(sight, environment) else { return Ok(HashMap::new()) };
        let mut windows: HashMap<ComponentKey, Vec<(ComponentState, Window)>> = HashMap::new();
        let recent = |known: &&Arc<Known>| known.row.resolved_at.is_none_or(|until| until > since);
        for known in told.iter().filter(recent).take(HISTORY_INCIDENTS) {
            for component in &self.detail(sight, known).await?.components {
                windows.entry(component.key.clone()).or_default().extend(component.windows.iter().copied());
            }
        }
        let histories = environment.components.iter().map(|component| {
            let windows = windows.get(&component.key).map_or(&[][..], Vec::as_slice);
            (component.key.clone(), uptime::history(windows, known_since, now, HISTORY_DAYS))
        });
        Ok(histories.collect())
    }

    async fn day_logs(&self, sight: &Sight, now: Timestamp) -> Result<Vec<DayLog>, Error> {
        let since = days_before(now, LOG_DAYS + 1);
        let shown = |known: &&Arc<Known>| {
            known.is_own()
                && matches!(known.row.phase, Phase::Open | Phase::Over)
                && known.row.published_at > since
        };
        let told: Vec<Arc<Known>> = sight.incidents.iter().filter(shown).cloned().collect();
        let date = |at: Instant| at.to_zoned(TimeZone::UTC).date();
        let environments = sight.environments.iter();
        let watched_since = environments.filter_map(|environment| known_since(sight, environment)).min();
        let mut days = Vec::new();
        for age in 0..LOG_DAYS {
            let day = date(days_before(now, age));
            let on_that_day = |known: &&Arc<Known>| date(known.row.published_at) == day;
            let began = told.iter().filter(on_that_day).cloned().collect();
            days.push(DayLog {
                date: day,
                watched: watched_since.is_some_and(|since| date(since) <= day),
                incidents: self.lines(sight, began).await?,
            });
        }
        Ok(days)
    }

    /// The feed, in the format that the target names.
    pub(super) async fn feed(&self, sight: &Sight, target: &Target) -> Result<String, Error> {
        let visible = |known: &&Arc<Known>| known.is_own() && known.row.phase != Phase::Merged;
        let mut known: Vec<Arc<Known>> = sight.incidents.iter().filter(visible).cloned().collect();
        known.sort_by_key(|known| std::cmp::Reverse(known.row.updated_at));
        let mut incidents = Vec::new();
        for known in known.into_iter().take(FEED_ENTRIES) {
            let told = self.told(sight, &known.row.id).await?;
            incidents.push((told.incident, told.subject.to_string()));
        }
        let feed = atom::Feed {
            name: sight.page().name(),
            public_url: sight.page().public_url.as_ref(),
            voice: &sight.voice(),
            incidents: &incidents,
        };
        match target {
            Target::Rss => Ok(feeds::rss::render(&feed.retold(target))),
            Target::JsonFeed => {
                feeds::json::render(&feed.retold(target)).map_err(|error| Error::Internal(Box::new(error)))
            }
            _ => Ok(atom::render(&feed)),
        }
    }

    pub(super) async fn environment_bodies(&self, sight: &Sight) -> Result<Vec<EnvironmentBody>, Error> {
        let mut bodies = Vec::new();
        for environment in sight.environments.iter() {
            let stands = self.environment_state(sight, environment).await?;
            let components = environment.components.iter().zip(&stands.components);
            bodies.push(EnvironmentBody {
                slug: environment.slug.to_string(),
                name: environment.name.clone(),
                state: ComponentStateWord(stands.state),
                components: components
                    .map(|(component, state)| ComponentStatusBody {
                        key: component.key.to_string(),
                        name: component.name.clone(),
                        group: component.group.clone(),
                        state: ComponentStateWord(*state),
                    })
                    .collect(),
            });
        }
        Ok(bodies)
    }

    pub(super) async fn environments_json(&self, sight: &Sight) -> Result<String, Error> {
        let environments = self.environment_bodies(sight).await?;
        json(&crate::api::body::vendor::EnvironmentListBody { environments })
    }
}

/// Since when somebody says how an environment stands: its first incident, or the day on which the
/// watching began, if its team vouches for it.
pub(super) fn known_since(sight: &Sight, environment: &Environment) -> Option<Timestamp> {
    let told = of_environment(sight, environment).into_iter().map(|known| known.row.seen_at);
    let vouched = environment.baseline != ComponentState::Unknown;
    let watched = sight.vendors.iter().map(|watched| watched.vendor.watched_since).filter(|_| vouched);
    told.chain(watched).min()
}

/// Incidents of our own in one phase, newest first.
pub(super) fn own(sight: &Sight, phase: Phase) -> Vec<Arc<Known>> {
    let wanted = |known: &&Arc<Known>| known.is_own() && known.row.phase == phase;
    sight.incidents.iter().filter(wanted).cloned().collect()
}

/// Incidents of an environment that count, newest first.
pub(super) fn of_environment(sight: &Sight, environment: &Environment) -> Vec<Arc<Known>> {
    let counts = |known: &&Arc<Known>| !matches!(known.row.phase, Phase::Withdrawn | Phase::Merged);
    sight.of_environment(&environment.slug).iter().filter(counts).cloned().collect()
}

/// How many vendors are in which state, worst first.
pub(crate) fn count_states(sight: &Sight) -> Vec<(ComponentState, usize)> {
    let shown: Vec<_> = sight.vendors.iter().map(|watched| watched.shown(sight.as_of)).collect();
    let counts = ComponentState::ALL.into_iter().rev();
    let counts = counts.map(|state| (state, shown.iter().filter(|other| **other == state).count()));
    counts.filter(|(_, count)| *count > 0).collect()
}

/// The same hour some days earlier.
pub(super) fn days_before(now: Timestamp, days: i64) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN)
}

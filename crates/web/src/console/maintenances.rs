//! Maintenances that recur: a list, and the form that adds one.

use super::operator::{Operator, Posted};
use super::{Answer, see_other};
use crate::auth::Visitor;
use crate::error::Error;
use crate::load::printed;
use crate::pages::console::maintenances as page;
use crate::pages::console::{EnvironmentChoice, Typed};
use crate::site::Site;
use crate::view::link;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use domain::{Action, Place};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// How far ahead the next occurrence is looked for.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 70);

/// Those that go on.
pub(crate) async fn show(State(site): State<Arc<Site>>, operator: Operator, headers: HeaderMap) -> Answer {
    site.maintenances_page(&operator.visitor, &headers, Typed::default()).await
}

/// Adds one.
pub(crate) async fn add(State(site): State<Arc<Site>>, posted: Posted) -> Answer {
    let Posted { operator, headers, form } = posted;
    operator.may(Action::Respond, Place::Somewhere)?;
    match form.recurrence(&site) {
        Ok(recurrence) => {
            operator.may(Action::Respond, Place::In(&recurrence.environment))?;
            let now = site.config.clock.now();
            let added = site.store.add_recurrence(recurrence, &operator.actor.name, now).await;
            added.map_err(|error| site.store_error(error))?;
            Ok(see_other(link::MAINTENANCES, None))
        }
        Err(error) if super::is_about_the_form(&error) => {
            site.maintenances_page(&operator.visitor, &headers, form.refused(&error)).await
        }
        Err(error) => Err(error),
    }
}

/// Ends one; what it announced stays.
pub(crate) async fn end(State(site): State<Arc<Site>>, Path(id): Path<String>, posted: Posted) -> Answer {
    let all = site.store.list_recurrences().await.map_err(|error| site.store_error(error))?;
    let known = all.iter().find(|recurrence| recurrence.id == id);
    let known = known.ok_or_else(|| Error::no_page(link::MAINTENANCES))?;
    posted.operator.may(Action::Respond, Place::In(&known.environment))?;
    site.store.end_recurrence(&id).await.map_err(|error| site.store_error(error))?;
    Ok(see_other(link::MAINTENANCES, None))
}

impl Site {
    async fn maintenances_page(&self, visitor: &Visitor, headers: &HeaderMap, typed: Typed) -> Answer {
        let now = self.config.clock.now();
        let all = self.store.list_recurrences().await.map_err(|error| self.store_error(error))?;
        let line = |recurrence: &domain::Recurrence| {
            let zone = TimeZone::get(&recurrence.zone).ok();
            let until = now.saturating_add(AHEAD).unwrap_or(now);
            let next = zone.and_then(|zone| recurrence.occurrences(&zone, now, until).into_iter().next());
            page::Line {
                id: recurrence.id.clone(),
                title: recurrence.title.clone(),
                environment: recurrence.environment.to_string(),
                rule: format!(
                    "{} at {} {}",
                    recurrence.rule,
                    recurrence.at.strftime("%H:%M"),
                    recurrence.zone
                ),
                next: next.map(|occurrence| occurrence.window.from),
            }
        };
        let sight = self.team_sight().await?;
        let mut environments = Vec::new();
        for environment in &self.config.environments {
            environments.push(EnvironmentChoice {
                slug: environment.slug.clone(),
                name: environment.name.clone(),
                components: self.choices(&sight, environment).await?,
            });
        }
        let status = if typed.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let lines = all.iter().map(line).collect();
        let input = page::Input { csrf: &visitor.csrf(), lines, environments, typed };
        let shell = self.console_shell(link::MAINTENANCES, visitor);
        Ok(self.console_answer(status, &printed(page::render(&shell, &input))?, headers))
    }
}

//! Maintenances that recur: a list, and the form that adds one.

use super::operator::{Operator, Posted};
use super::{Answer, see_other};
use crate::api::recurrences::next;
use crate::commands;
use crate::load::printed;
use crate::pages::console::Typed;
use crate::pages::console::maintenances as page;
use crate::site::Site;
use crate::view::link;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use domain::{Action, Place};
use std::sync::Arc;

/// Those that go on.
pub(crate) async fn show(State(site): State<Arc<Site>>, operator: Operator, headers: HeaderMap) -> Answer {
    site.maintenances_page(&operator, &headers, Typed::default()).await
}

/// Adds one.
pub(crate) async fn add(State(site): State<Arc<Site>>, posted: Posted) -> Answer {
    let Posted { operator, headers, form } = posted;
    operator.may(Action::Respond, Place::Somewhere)?;
    let asked = form.recurrence();
    match asked.and_then(|asked| commands::recurrence(&site.environments(), &asked, site.new_id())) {
        Ok(recurrence) => {
            site.add_recurrence(recurrence, &operator.actor).await?;
            Ok(see_other(link::MAINTENANCES, None))
        }
        Err(error) if super::is_about_the_form(&error) => {
            site.maintenances_page(&operator, &headers, form.refused(&error)).await
        }
        Err(error) => Err(error),
    }
}

/// Ends one; what it announced stays.
pub(crate) async fn end(State(site): State<Arc<Site>>, Path(id): Path<String>, posted: Posted) -> Answer {
    site.end_recurrence(&id, &posted.operator.actor).await?;
    Ok(see_other(link::MAINTENANCES, None))
}

impl Site {
    async fn maintenances_page(&self, operator: &Operator, headers: &HeaderMap, typed: Typed) -> Answer {
        let now = self.config.clock.now();
        let all = self.recurrences().await?;
        let line = |recurrence: &domain::Recurrence| page::Line {
            id: recurrence.id.clone(),
            title: recurrence.title.clone(),
            environment: recurrence.environment.to_string(),
            rule: format!("{} at {} {}", recurrence.rule, recurrence.at.strftime("%H:%M"), recurrence.zone),
            next: next(recurrence, now),
        };
        let (visitor, sight) = (&operator.visitor, self.member_sight(&operator.actor).await?);
        let environments = self.environment_choices(&sight).await?;
        let status = if typed.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let lines = all.iter().map(line).collect();
        let input = page::Input { csrf: &visitor.csrf(), lines, environments, typed };
        let shell = self.console_shell(link::MAINTENANCES, visitor);
        Ok(self.console_answer(status, &printed(page::render(&shell, &input))?, headers))
    }
}

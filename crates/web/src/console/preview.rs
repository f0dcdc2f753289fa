//! Looking at what a form would make before it is sent. Nothing of it is kept.

use super::form::Form;
use super::operator::{Operator, Posted};
use super::{Answer, Desk, Outcome, is_about_the_form};
use crate::commands;
use crate::error::Error;
use crate::pages::console::preview::Preview;
use crate::site::Site;
use crate::write::decide_all;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::{Command, Incident, IncidentId};
use std::sync::Arc;

/// The action that looks at the next update.
pub(super) const PREVIEW: &str = "preview";

/// Shows what the form that opens an incident would make.
pub(crate) async fn preview(State(site): State<Arc<Site>>, posted: Posted) -> Answer {
    let Posted { operator, headers, form } = posted;
    let id = IncidentId::from_entropy(site.config.entropy.number());
    let command = commands::open(&site.environments(), &form.open(), site.fresh());
    let (desk, status) = match site.foresee(&id, None, command, &operator) {
        Ok(preview) => {
            (Desk { typed: form.typed(), preview: Some(preview), ..Desk::default() }, StatusCode::OK)
        }
        Err(error) if is_about_the_form(&error) => {
            (Desk { typed: form.refused(&error), ..Desk::default() }, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => return Err(error),
    };
    site.board_page(&operator, &headers, status, desk).await
}

impl Site {
    /// Shows what the form of the next update would make.
    pub(super) async fn preview_update(
        &self,
        operator: &Operator,
        headers: &HeaderMap,
        id: &IncidentId,
        form: Form,
    ) -> Answer {
        let incident = self.load(id).await?;
        let environment = self.environment_of(&incident);
        let command = commands::update(environment.as_ref(), &incident, &form.update(), self.fresh());
        let refused = "update".to_owned();
        let outcome = match self.foresee(id, Some(&incident), command, operator) {
            Ok(preview) => {
                Outcome { refused, typed: form.typed(), preview: Some(preview), ..Outcome::default() }
            }
            Err(error) if is_about_the_form(&error) => {
                Outcome { refused, typed: form.refused(&error), ..Outcome::default() }
            }
            Err(error) => return Err(error),
        };
        self.manage_page(operator, headers, id, outcome).await
    }

    fn foresee(
        &self,
        id: &IncidentId,
        incident: Option<&Incident>,
        command: Result<Command, Error>,
        operator: &Operator,
    ) -> Result<Preview, Error> {
        let now = self.config.clock.now();
        let decision = decide_all(id, incident, &[command?], &operator.actor.name, now)?;
        let subject = self.subject_of(&decision.next);
        Ok(Preview { incident: decision.next, subject })
    }
}

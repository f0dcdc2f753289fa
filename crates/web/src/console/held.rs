//! What was posted and has not left yet: it can be taken back, or sent at once.

use super::operator::{Operator, Posted};
use super::{Answer, Desk, Outcome, see_other};
use crate::error::Error;
use crate::held::{Held, Kept};
use crate::load::printed;
use crate::pages::console::Typed;
use crate::pages::console::held as page;
use crate::site::Site;
use crate::view::link;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use domain::Action;
use std::sync::Arc;
use store::{HeldCommand, HeldState};

/// The page on which it can be undone.
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    operator: Operator,
    headers: HeaderMap,
) -> Answer {
    let held = site.held(&id, &operator.actor, Action::See).await?;
    if held.state == HeldState::Done {
        return Ok(see_other(&format!("{}?done=sent", link::manage(&held.incident)), None));
    }
    let visitor = &operator.visitor;
    let kept = Kept::read(&held)?.held;
    let input = page::Input {
        csrf: &visitor.csrf(),
        held: &held,
        what: what(&kept),
        title: title(&kept),
        body: body(&kept),
    };
    let shell = site.console_shell(&link::held(&id), visitor);
    Ok(site.console_answer(StatusCode::OK, &printed(page::render(&shell, &input))?, &headers))
}

/// Takes it back, or lets it leave.
pub(crate) async fn act(
    State(site): State<Arc<Site>>,
    Path((id, action)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let Posted { operator, headers, .. } = posted;
    match action.as_str() {
        "send" => {
            site.send_held_as(&id, &operator.actor).await?;
            Ok(see_other(&link::held(&id), None))
        }
        "undo" => match site.undo_held_as(&id, &operator.actor).await? {
            held if held.state == HeldState::Undone => site.hand_back(&held, &operator, &headers).await,
            _ => Ok(see_other(&link::held(&id), None)),
        },
        _ => Err(Error::no_page(&link::held(&id))),
    }
}

impl Site {
    /// Puts the words back into the form from which they came.
    async fn hand_back(&self, held: &HeldCommand, operator: &Operator, headers: &HeaderMap) -> Answer {
        let kept = Kept::read(held)?.held;
        let typed = Typed { values: values(&kept), errors: Vec::new() };
        let refused = match &kept {
            Held::Open { .. } => {
                let desk = Desk { typed, ..Desk::default() };
                return self.board_page(operator, headers, StatusCode::OK, desk).await;
            }
            Held::Update { .. } => "update",
            Held::Publish { .. } => "publish",
        };
        let done = Some("It is taken back; nothing has left.");
        let outcome = Outcome { refused: refused.to_owned(), typed, done, ..Outcome::default() };
        self.manage_page(operator, headers, &held.incident, outcome).await
    }
}

/// Posts that can be undone, as lines of the board.
pub(super) fn lines(held: &[HeldCommand]) -> Result<Vec<page::Line>, Error> {
    let line = |held: &HeldCommand| {
        let kept = Kept::read(held)?.held;
        Ok(page::Line {
            href: link::held(&held.id),
            words: format!("{}: {}", what(&kept), title(&kept).unwrap_or_else(|| excerpt(&kept))),
            due_at: held.due_at,
            error: held.error.clone(),
        })
    };
    held.iter().map(line).collect()
}

fn what(held: &Held) -> &'static str {
    match held {
        Held::Open { .. } => "Open an incident",
        Held::Update { .. } => "Post an update",
        Held::Publish { .. } => "Make an incident public",
    }
}

fn title(held: &Held) -> Option<String> {
    match held {
        Held::Open { request, .. } => Some(request.title.clone()),
        _ => None,
    }
}

fn body(held: &Held) -> &str {
    match held {
        Held::Open { request, .. } => &request.body,
        Held::Update { request, .. } => &request.body,
        Held::Publish { request, .. } => request.body.as_deref().unwrap_or_default(),
    }
}

fn excerpt(held: &Held) -> String {
    crate::markdown::plain(body(held), 80)
}

/// The fields of the form from which it came.
pub(super) fn values(held: &Held) -> Vec<(String, String)> {
    let mut values: Vec<(String, Option<String>)> = vec![("body".into(), Some(body(held).to_owned()))];
    let mut components = Vec::new();
    match held {
        Held::Open { request, .. } => {
            let instant =
                |text: &Option<String>| text.as_ref().map(|text| text.trim_end_matches('Z').to_owned());
            let schedule = request.schedule.as_ref();
            values.extend([
                ("environment".into(), Some(request.environment.clone())),
                ("kind".into(), request.kind.clone()),
                ("title".into(), Some(request.title.clone())),
                ("impact".into(), request.impact.clone()),
                ("state".into(), request.state.clone()),
                ("visibility".into(), request.visibility.clone()),
                ("next_update_at".into(), request.next_update_at.clone()),
                ("began_at".into(), instant(&request.began_at)),
                ("scheduled_from".into(), instant(&schedule.map(|window| window.from.clone()))),
                ("scheduled_until".into(), instant(&schedule.and_then(|window| window.until.clone()))),
            ]);
            let prefix = format!("component.{}.", request.environment);
            components
                .extend(request.components.iter().map(|one| (format!("{prefix}{}", one.key), &one.state)));
        }
        Held::Update { request, .. } => {
            values.push(("state".into(), request.state.clone()));
            values.push(("next_update_at".into(), request.next_update_at.clone()));
            components
                .extend(request.components.iter().map(|one| (format!("component.{}", one.key), &one.state)));
        }
        Held::Publish { request, .. } => {
            values.push(("next_update_at".into(), request.next_update_at.clone()));
        }
    }
    let given = values.into_iter().filter_map(|(name, value)| Some((name, value?)));
    given.chain(components.into_iter().map(|(name, state)| (name, state.clone()))).collect()
}

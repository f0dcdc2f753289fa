//! The page of deliveries: how channels do, and what was given up.

use super::operator::{Operator, Posted};
use super::{Answer, see_other};
use crate::load::printed;
use crate::pages::console::deliveries as page;
use crate::site::Site;
use crate::view::link;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use domain::{Action, Place};
use std::sync::Arc;

/// How channels do, and what was given up.
pub(crate) async fn deliveries(
    State(site): State<Arc<Site>>,
    uri: Uri,
    operator: Operator,
    headers: HeaderMap,
) -> Answer {
    let visitor = &operator.visitor;
    let input = page::Input {
        csrf: &visitor.csrf(),
        channels: site.channel_health().await?,
        dead: site.dead_deliveries().await?,
        done: uri.query().is_some_and(|query| query == "done=resend"),
    };
    let text = printed(page::render(&site.console_shell(link::DELIVERIES, visitor), &input))?;
    Ok(site.console_answer(StatusCode::OK, &text, &headers))
}

/// Puts one back in its queue.
pub(crate) async fn resend(State(site): State<Arc<Site>>, posted: Posted) -> Answer {
    posted.operator.may(Action::Respond, Place::Somewhere)?;
    site.resend(posted.form.value("key"), &posted.operator.actor).await?;
    Ok(see_other(&format!("{}?done=resend", link::DELIVERIES), None))
}

//! What was measured around an incident, and who had a part in it.

use super::Answer;
use super::operator::Operator;
use crate::api::read_id;
use crate::load::printed;
use crate::pages::console::evidence as page;
use crate::site::Site;
use crate::view::link;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use std::sync::Arc;

/// The evidence of one incident.
pub(crate) async fn evidence(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    operator: Operator,
    headers: HeaderMap,
) -> Answer {
    let id = read_id(&id)?;
    let sight = site.member_sight(&operator.actor).await?;
    let told = site.told(&sight, &id).await?;
    let measured = site.measured_during(&told.incident).await;
    let input = page::Input { incident: &told.incident, timeline: &told.timeline, measured };
    let shell = site.console_shell(&link::evidence(&id), &operator.visitor);
    Ok(site.console_answer(StatusCode::OK, &printed(page::render(&shell, &input))?, &headers))
}

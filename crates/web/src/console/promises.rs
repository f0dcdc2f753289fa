//! The ledger of promises.

use super::Answer;
use super::operator::Operator;
use crate::api::promises::WEEKS;
use crate::load::printed;
use crate::pages::console::promises as page;
use crate::site::Site;
use crate::view::link;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use std::sync::Arc;

/// What is promised now, and how often we kept our word.
pub(crate) async fn show(State(site): State<Arc<Site>>, operator: Operator, headers: HeaderMap) -> Answer {
    let ledger = site.ledger(&operator.actor).await?;
    let pending = ledger.pending.iter().map(|(known, promise)| page::Pending {
        title: known.row.title.clone(),
        source: known.source_name.to_string(),
        href: link::manage(&known.row.id),
        due_at: promise.due_at,
    });
    let input = page::Input {
        pending: pending.collect(),
        kept: [30, 90].map(|days| (days, ledger.kept(days))),
        weeks: ledger.weeks(WEEKS),
    };
    let shell = site.console_shell(link::PROMISES, &operator.visitor);
    Ok(site.console_answer(StatusCode::OK, &printed(page::render(&shell, &input))?, &headers))
}

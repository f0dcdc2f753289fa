//! The page of the audit log.

use super::Answer;
use super::form::Form;
use super::operator::Operator;
use crate::load::printed;
use crate::pages::console::audit as audit_page;
use crate::site::Site;
use crate::view::link;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use domain::{Action, Place};
use std::sync::Arc;
use store::AuditFilter;

/// Rows on a page.
const ROWS: u32 = 100;

/// Rows of the log, newest first.
pub(crate) async fn audit(
    State(site): State<Arc<Site>>,
    uri: Uri,
    operator: Operator,
    headers: HeaderMap,
) -> Answer {
    operator.may(Action::ReadAudit, Place::Everywhere)?;
    let query = Form::parse(uri.query().unwrap_or_default().as_bytes());
    let field = |name: &str| query.value(name).trim().to_owned();
    let given = |name: &str| Some(field(name)).filter(|text| !text.is_empty());
    let filter = AuditFilter {
        by: given("by"),
        action: given("action"),
        subject: given("subject"),
        before: field("before").parse().ok(),
    };
    let rows = site.store.list_audit(&filter, ROWS).await.map_err(|error| site.store_error(error))?;
    let goes_on = rows.len() as u64 == u64::from(ROWS);
    let (by, action, subject) = (field("by"), field("action"), field("subject"));
    let input = audit_page::Input { by, action, subject, rows, goes_on };
    let shell = site.console_shell(link::AUDIT, &operator.visitor);
    let text = printed(audit_page::render(&shell, &input))?;
    Ok(site.console_answer(StatusCode::OK, &text, &headers))
}

//! The audit log, newest first: fields `by`, `action`, `subject` narrow it, `before` goes on.
//!
//! This page changes nothing, and says no more than the log does.

use crate::pages::{Frame, Section, Shell};
use crate::view::html::Html;
use crate::view::{clock, link};
use askama::Template;
use store::AuditRow;
use url::form_urlencoded;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Value of the field `by`.
    pub by: String,
    /// Value of the field `action`.
    pub action: String,
    /// Value of the field `subject`.
    pub subject: String,
    /// The rows.
    pub rows: Vec<AuditRow>,
    /// Whether there are older ones.
    pub goes_on: bool,
}

struct RowView<'a> {
    seq: u64,
    at: Html,
    who: String,
    action: &'a str,
    subject: &'a str,
    detail: &'a str,
    address: &'a str,
}

#[derive(Template)]
#[template(path = "pages/console/audit.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input,
    rows: Vec<RowView<'a>>,
    older: Option<String>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let frame = Frame::new(shell, Section::Console, "Audit log").still();
    let older = input.rows.last().filter(|_| input.goes_on).map(|row| older(input, row.seq));
    Page { frame, input, rows: input.rows.iter().map(row_view).collect(), older }.render()
}

fn row_view(row: &AuditRow) -> RowView<'_> {
    let deed = &row.deed;
    let who = if deed.by.name.is_empty() { &deed.by.kind } else { &deed.by.name };
    RowView {
        seq: row.seq,
        at: clock::full(deed.at),
        who: who.clone(),
        action: &deed.action,
        subject: &deed.subject,
        detail: &deed.detail,
        address: &deed.address,
    }
}

fn older(input: &Input, before: u64) -> String {
    let fields = [("by", &input.by), ("action", &input.action), ("subject", &input.subject)];
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields.into_iter().filter(|(_, value)| !value.is_empty()));
    query.append_pair("before", &before.to_string());
    format!("{}?{}", link::AUDIT, query.finish())
}

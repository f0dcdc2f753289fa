//! One of our own incidents, with everything that can be done to it. Each form is posted to
//! [`link::action`](crate::view::link::action)`(id, action)`:
//!
//! | action | fields beside `csrf` |
//! |---|---|
//! | `update` | `state`, `body`, `component.<key>` |
//! | `edit` | `update` (id), `body` |
//! | `withdraw-update` | `update` (id) |
//! | `title` | `title` |
//! | `impact` | `impact` |
//! | `window` | `began_at`, `ended_at`, in UTC or empty |
//! | `schedule` | `scheduled_from`, `scheduled_until`, in UTC |
//! | `postmortem` | `body` |
//! | `merge` | `into` (identifier) |
//! | `withdraw`, `restore` | none |
//!
//! Of a vendor's incident only `window` and `merge` can be used; the others are not shown.

use super::{ComponentChoice, Typed};
use crate::pages::{Frame, Section, Shell};
use askama::Template;
use domain::{Incident, IncidentId};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Value of the hidden field `csrf`.
    pub csrf: &'a str,
    /// Name of the token that is signed in.
    pub operator: &'a str,
    /// The incident.
    pub incident: &'a Incident,
    /// Name of its vendor or environment.
    pub subject: &'a str,
    /// Components whose state can be set.
    pub components: Vec<ComponentChoice>,
    /// Incidents into which it could be merged: identifier and title.
    pub merge_candidates: Vec<(IncidentId, String)>,
    /// The action that was refused, empty if none was. For `edit` and `withdraw-update` the field
    /// `update` of `typed` says which update.
    pub refused: &'a str,
    /// What was typed into the form of that action.
    pub typed: Typed,
    /// What was just done, one sentence.
    pub done: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "pages/console/manage.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let frame = Frame::new(shell, Section::Console, format!("Manage: {}", input.incident.title)).still();
    Page { frame, input }.render()
}

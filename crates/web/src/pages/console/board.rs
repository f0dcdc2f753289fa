//! The board: our own open incidents, and the form that opens one. Posted to
//! [`link::OPEN`](crate::view::link::OPEN) with the fields
//!
//! | field | value |
//! |---|---|
//! | `csrf` | hidden |
//! | `environment` | slug of an environment |
//! | `kind` | `incident` or `maintenance` |
//! | `title` | text |
//! | `impact` | a word of [`Impact`](domain::Impact) |
//! | `state` | a word of [`State`](domain::State) that suits the kind |
//! | `body` | first update, Markdown |
//! | `component.<key>` | a word of [`ComponentState`](domain::ComponentState), or empty |
//! | `began_at` | true start in UTC, or empty |
//! | `scheduled_from`, `scheduled_until` | window of a maintenance in UTC, or empty |
//!
//! Components of all environments are listed; those of another environment than the chosen one come with
//! an empty value or are to be left aside: the name of the field is `component.<environment>.<key>` here.

use super::{EnvironmentChoice, Typed};
use crate::pages::{Frame, Section, Shell};
use crate::view::line::IncidentLine;
use askama::Template;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Value of the hidden field `csrf`.
    pub csrf: &'a str,
    /// Name of the token that is signed in.
    pub operator: &'a str,
    /// Our own open incidents and running or announced maintenances.
    pub open: Vec<IncidentLine>,
    /// Those that ended last, newest first.
    pub recent: Vec<IncidentLine>,
    /// Environments that can be chosen.
    pub environments: Vec<EnvironmentChoice>,
    /// What was typed, if it was refused.
    pub typed: Typed,
}

#[derive(Template)]
#[template(path = "pages/console/board.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let frame = Frame::new(shell, Section::Console, "Console").still();
    Page { frame, input }.render()
}

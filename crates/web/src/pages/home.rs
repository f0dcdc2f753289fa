//! Our own public status page: how we stand, what is open, what is planned, and the last days.

use super::vendor::ComponentRow;
use super::{Frame, Section, Shell};
use crate::view::line::IncidentLine;
use askama::Template;
use domain::component::ComponentState;
use domain::{Slug, Timestamp};
use jiff::civil::Date;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input {
    /// State of everything. [`ComponentState::Operational`] only if somebody said so.
    pub overall: ComponentState,
    /// The latest that anybody said of it.
    pub said_at: Option<Timestamp>,
    /// Environments in the order of the configuration.
    pub environments: Vec<Environment>,
    /// Incidents and maintenances of our own that are going on, worst first.
    pub open: Vec<IncidentLine>,
    /// Maintenances that are announced, soonest first.
    pub upcoming: Vec<IncidentLine>,
    /// The last 15 days, today first.
    pub days: Vec<DayLog>,
    /// How many vendors are in which state; empty where none is watched.
    pub vendors: Vec<(ComponentState, usize)>,
}

/// One of our environments.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Identifier in addresses.
    pub slug: Slug,
    /// Display name, `PROD1`.
    pub name: String,
    /// State of the whole of it.
    pub state: ComponentState,
    /// Its components, those of one group together.
    pub components: Vec<ComponentRow>,
}

/// One day of the log.
#[derive(Clone, Debug)]
pub struct DayLog {
    /// Which, in UTC.
    pub date: Date,
    /// Whether anybody watched on that day; without, silence is not quiet.
    pub watched: bool,
    /// What began on it, newest first.
    pub incidents: Vec<IncidentLine>,
}

#[derive(Template)]
#[template(path = "pages/home.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let frame = Frame::new(shell, Section::Status, "Status");
    Page { frame, input }.render()
}

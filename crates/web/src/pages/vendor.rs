//! One vendor: how it stands, how it stood on each of the last 90 days, what is open, what was, and how
//! our own looking goes.

use super::{Frame, Section, Shell};
use askama::Template;
use domain::component::ComponentState;
use domain::source::Health;
use domain::uptime::History;
use domain::{Slug, Timestamp};
use crate::view::line::IncidentLine;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Identifier of the vendor in addresses.
    pub slug: &'a Slug,
    /// Display name.
    pub name: &'a str,
    /// The vendor's own status page.
    pub page_url: &'a str,
    /// Name of the format in which it is read.
    pub format: &'a str,
    /// State to show: [`Health::shown`], so unknown when we cannot see the page.
    pub state: ComponentState,
    /// Since when it is so, if known.
    pub state_since: Option<Timestamp>,
    /// Since when we watch it.
    pub watched_since: Timestamp,
    /// How our looking goes.
    pub health: &'a Health,
    /// Since when the page is out of our sight: [`Health::unknown_since`].
    pub unknown_since: Option<Timestamp>,
    /// When we look next.
    pub next_look_at: Option<Timestamp>,
    /// Last 90 days of the whole page.
    pub history: &'a History,
    /// Components in page order; those of one group stand together.
    pub components: Vec<ComponentRow>,
    /// Incidents and maintenances that are going on, worst first.
    pub open: Vec<IncidentLine>,
    /// Maintenances that are announced, soonest first.
    pub scheduled: Vec<IncidentLine>,
    /// Those that are over, newest first; the page groups them by month.
    pub past: Vec<IncidentLine>,
    /// Whether there are older ones than those in `past`.
    pub has_older: bool,
    /// What the last look could not understand.
    pub warnings: &'a [String],
    /// How many distinct raw bodies are kept.
    pub raw_bodies: u64,
}

/// A component, a vendor's or our own.
#[derive(Clone, Debug)]
pub struct ComponentRow {
    /// Display name.
    pub name: String,
    /// Name of the group it stands in.
    pub group: Option<String>,
    /// State to show.
    pub state: ComponentState,
    /// Last 90 days, where they are known.
    pub history: Option<History>,
}

#[derive(Template)]
#[template(path = "pages/vendor.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let frame = Frame::new(shell, Section::Vendors, format!("{} status", input.name));
    Page { frame, input }.render()
}

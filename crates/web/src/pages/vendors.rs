//! All vendors at once, worst first.

use super::{Frame, Section, Shell};
use askama::Template;
use domain::component::ComponentState;
use domain::uptime::History;
use domain::{IncidentId, Slug, Timestamp};

/// What the page shows. All vendors are handed in; the page counts, filters and sorts them.
#[derive(Clone, Debug)]
pub struct Input {
    /// Every vendor that is watched, in any order.
    pub vendors: Vec<VendorLine>,
    /// What the reader asked for.
    pub filter: Filter,
}

/// One vendor.
#[derive(Clone, Debug)]
pub struct VendorLine {
    /// Identifier in addresses.
    pub slug: Slug,
    /// Display name.
    pub name: String,
    /// State to show.
    pub state: ComponentState,
    /// Since when it is so, if known.
    pub state_since: Option<Timestamp>,
    /// Since when the page is out of our sight.
    pub unknown_since: Option<Timestamp>,
    /// The last look that worked.
    pub last_ok_at: Option<Timestamp>,
    /// Last 90 days.
    pub history: Option<History>,
    /// Open incidents and running maintenances, worst first: identifier and title.
    pub open: Vec<(IncidentId, String)>,
}

/// Query of the form: `q`, `state`, `open`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `q`: part of the name.
    pub text: String,
    /// `state`: only those in it; none for an empty or absent value.
    pub state: Option<ComponentState>,
    /// `open` = `1`: only those with something open.
    pub open_only: bool,
}

#[derive(Template)]
#[template(path = "pages/vendors.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let frame = Frame::new(shell, Section::Vendors, "Vendors");
    Page { frame, input }.render()
}

//! The pages people read. Each module under here is one page: an `Input` of plain values, and
//! `render(&Shell, &Input)` that makes the whole document from it.
//!
//! A page needs no script and no outside resource: its style and its one script are our own
//! [assets](crate::assets), its icons and charts are inline SVG without a style attribute.
//!
//! Pages load nothing, decide nothing and never ask what time it is: [`Shell::now`] is an argument.

pub mod console;
pub mod enter;
pub mod error;
pub mod home;
pub mod incident;
pub mod incidents;
pub mod raw;
pub mod reads;
pub mod subscribe;
pub mod vendor;
pub mod vendors;

use crate::view::html::Html;
use crate::view::{Voice, clock};
use domain::Timestamp;

/// What every page has around it.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Name of the site, first in the header and last in the title.
    pub site_name: String,
    /// Path and query of the page, `/vendors/acme`: what [`/events`](crate::view::link::EVENTS) names
    /// when it changes.
    pub path: String,
    /// When the page is rendered.
    pub now: Timestamp,
    /// The last look that worked at what the page shows, where the page shows what was looked at.
    pub seen_at: Option<Timestamp>,
    /// Version of the program.
    pub version: String,
    /// The same content as JSON, if there is such an address.
    pub json_url: Option<String>,
    /// The same content as an Atom feed, if there is such an address.
    pub atom_url: Option<String>,
    /// Whether an operator is signed in: adds the console to the navigation.
    pub signed_in: bool,
    /// How the page speaks.
    pub voice: Voice,
    /// How it looks.
    pub look: Look,
}

/// How a page looks.
#[derive(Clone, Debug)]
pub struct Look {
    /// Words above everything.
    pub header: Option<Html>,
    /// Links below everything: words and address.
    pub links: Vec<(String, String)>,
    /// Whether search engines are asked to stay away.
    pub noindex: bool,
    /// Whether it has pages of vendors.
    pub vendors: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { header: None, links: Vec::new(), noindex: false, vendors: true }
    }
}

/// Entry of the navigation that is marked as current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Status,
    Vendors,
    Incidents,
    Console,
    Nowhere,
}

/// What `templates/base.html` reads.
pub(crate) struct Frame<'a> {
    pub(crate) shell: &'a Shell,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) section: Section,
    /// Whether the page replaces itself when the server says that it changed. Not where somebody types.
    pub(crate) live: bool,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(shell: &'a Shell, section: Section, title: impl Into<String>) -> Self {
        Self { shell, title: title.into(), description: String::new(), section, live: true }
    }

    pub(crate) fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    pub(crate) fn still(mut self) -> Self {
        self.live = false;
        self
    }

    pub(crate) fn now(&self) -> Html {
        clock::full(self.shell.now)
    }

    pub(crate) fn seen(&self) -> Option<Html> {
        self.shell.seen_at.map(clock::full)
    }

    pub(crate) fn is(&self, section: &str) -> bool {
        matches!(
            (self.section, section),
            (Section::Status, "status")
                | (Section::Vendors, "vendors")
                | (Section::Incidents, "incidents")
                | (Section::Console, "console")
        )
    }
}

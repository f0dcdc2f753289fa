//! Incidents of all sources, newest first.

use super::{Frame, Section, Shell};
use crate::view::line::IncidentLine;
use askama::Template;
use domain::{Impact, Kind, Slug};

/// What the page shows. The store filters and pages; this page only prints.
#[derive(Clone, Debug)]
pub struct Input {
    /// One page of incidents, newest first.
    pub lines: Vec<IncidentLine>,
    /// What the reader asked for.
    pub filter: Filter,
    /// Sources that can be chosen: identifier and name.
    pub sources: Vec<(Slug, String)>,
    /// How many match in all, if that is known.
    pub total: Option<u64>,
    /// Address of the page with newer ones.
    pub newer_url: Option<String>,
    /// Address of the page with older ones.
    pub older_url: Option<String>,
}

/// Query of the form: `q`, `source`, `kind`, `impact`, `state`. An empty value is an absent one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `q`: words in title or updates.
    pub text: String,
    /// `source`: slug of a vendor or environment.
    pub source: Option<Slug>,
    /// `kind`: `incident` or `maintenance`.
    pub kind: Option<Kind>,
    /// `impact`: a word of [`Impact`].
    pub impact: Option<Impact>,
    /// `state`: `open`, `scheduled` or `over`.
    pub phase: Option<Phase>,
}

/// Where in its life an incident is, coarser than its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Going on.
    Open,
    /// Announced.
    Scheduled,
    /// Over.
    Over,
}

impl Phase {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::Open, Self::Scheduled, Self::Over];

    /// The word in the query.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Scheduled => "scheduled",
            Self::Over => "over",
        }
    }

    /// The word people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "Going on",
            Self::Scheduled => "Announced",
            Self::Over => "Over",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == text)
    }
}

#[derive(Template)]
#[template(path = "pages/incidents.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let frame = Frame::new(shell, Section::Incidents, "Incidents");
    Page { frame, input }.render()
}

//! Incidents of all sources, newest first.

use super::{Frame, Section, Shell};
use crate::view::line::{IncidentLine, LineView};
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
    lines: Vec<LineView>,
    filtered: bool,
}

/// A choice of a drop-down: value, words, whether it is chosen.
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

impl Page<'_> {
    fn sources(&self) -> Vec<Choice> {
        let chosen = self.input.filter.source.as_ref();
        let sources = self.input.sources.iter();
        sources
            .map(|(slug, name)| Choice {
                value: slug.to_string(),
                label: name.clone(),
                chosen: chosen == Some(slug),
            })
            .collect()
    }

    fn kinds(&self) -> Vec<Choice> {
        Kind::ALL
            .iter()
            .map(|kind| choice(kind.as_str(), kind.label(), self.input.filter.kind == Some(*kind)))
            .collect()
    }

    fn impacts(&self) -> Vec<Choice> {
        let chosen = |impact: Impact| self.input.filter.impact == Some(impact);
        Impact::ALL.iter().map(|impact| choice(impact.as_str(), impact.label(), chosen(*impact))).collect()
    }

    fn phases(&self) -> Vec<Choice> {
        let chosen = |phase: Phase| self.input.filter.phase == Some(phase);
        Phase::ALL.into_iter().map(|phase| choice(phase.as_str(), phase.label(), chosen(phase))).collect()
    }
}

fn choice(value: &str, label: &str, chosen: bool) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), chosen }
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    Page {
        frame: Frame::new(shell, Section::Incidents, "Incidents")
            .describe("Incidents and maintenances of every vendor that is watched, and our own."),
        input,
        lines: LineView::on(&input.lines, &shell.voice),
        filtered: input.filter != Filter::default(),
    }
    .render()
}

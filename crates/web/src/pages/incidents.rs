//! Incidents of all sources, newest first.

use super::{Frame, Section, Shell};
use crate::language::{Words, fill};
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

    /// What people read.
    fn label(self, words: &Words) -> &'static str {
        match self {
            Self::Open => words.phase_open,
            Self::Scheduled => words.phase_scheduled,
            Self::Over => words.phase_over,
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

    fn kind_label(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Incident => self.frame.words.kind_incident,
            Kind::Maintenance => self.frame.words.kind_maintenance,
        }
    }

    /// How many there are.
    fn lead(&self) -> String {
        let words = self.frame.words;
        let sentence = if self.filtered { words.list_matching } else { words.list_on_record };
        match self.input.total {
            Some(total) => fill(sentence, &[("n", &total.to_string())]),
            None => words.list_newest_first.to_owned(),
        }
    }

    fn kinds(&self) -> Vec<Choice> {
        Kind::ALL
            .iter()
            .map(|kind| choice(kind.as_str(), self.kind_label(*kind), self.input.filter.kind == Some(*kind)))
            .collect()
    }

    fn impacts(&self) -> Vec<Choice> {
        let chosen = |impact: Impact| self.input.filter.impact == Some(impact);
        Impact::ALL
            .iter()
            .map(|impact| choice(impact.as_str(), (self.frame.words.impact)(*impact), chosen(*impact)))
            .collect()
    }

    fn phases(&self) -> Vec<Choice> {
        let chosen = |phase: Phase| self.input.filter.phase == Some(phase);
        Phase::ALL
            .into_iter()
            .map(|phase| choice(phase.as_str(), phase.label(self.frame.words), chosen(phase)))
            .collect()
    }
}

fn choice(value: &str, label: &str, chosen: bool) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), chosen }
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let words = shell.voice.words;
    Page {
        frame: Frame::new(shell, Section::Incidents, words.incidents).describe(words.incidents_about),
        input,
        lines: LineView::on(&input.lines, &shell.voice),
        filtered: input.filter != Filter::default(),
    }
    .render()
}

//! One incident or maintenance, a vendor's or our own: what it was, when it was so by each clock, and
//! everything that was said of it.

use super::{Frame, Section, Shell};
use crate::diff::Change;
use crate::view::Voice;
use crate::view::html::Html;
use crate::view::incident::IncidentView;
use crate::view::line::IncidentLine;
use crate::view::link;
use askama::Template;
use domain::{Entry, Incident, IncidentId, Timestamp};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// Its whole timeline, oldest first.
    pub timeline: &'a [Entry],
    /// Name of the vendor, or of our environment: subject of the sentence.
    pub subject: &'a str,
    /// The incident before it, of the same source.
    pub earlier: Option<Neighbour>,
    /// The incident after it, of the same source.
    pub later: Option<Neighbour>,
    /// The incident in which it lives on, if it was merged.
    pub merged_into: Option<Neighbour>,
    /// Those that were merged into it.
    pub absorbed: Vec<Neighbour>,
}

/// Another incident, enough to link to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Public identifier.
    pub id: IncidentId,
    /// Title.
    pub title: String,
    /// When it was published.
    pub published_at: Timestamp,
}

#[derive(Template)]
#[template(path = "pages/incident.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
    view: IncidentView,
    source_href: Option<String>,
    raw_href: Option<String>,
    manage_href: Option<String>,
}

impl Neighbour {
    fn href(&self, voice: &Voice) -> String {
        voice.links.incident(&self.id)
    }

    /// A link to it by its title.
    fn link(&self, voice: &Voice) -> Html {
        let (href, title) = (Html::text(&self.href(voice)), Html::text(&self.title));
        Html(format!("<a href=\"{href}\">{title}</a>"))
    }

    fn day(&self, voice: &Voice) -> Html {
        voice.day(self.published_at)
    }
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let view = IncidentView::new(input.incident, input.timeline, input.subject, &shell.voice);
    let title = format!("{} · {}", input.incident.title, input.subject);
    let line = IncidentLine::new(input.incident, input.subject);
    Page {
        frame: Frame::new(shell, Section::Incidents, title).describe(view.sentence.clone()),
        input,
        view,
        source_href: (!line.own).then(|| shell.voice.links.vendor(&line.source)),
        raw_href: (!line.own && !shell.voice.links.are_files()).then(|| shell.voice.links.raw(&line.source)),
        manage_href: shell.signed_in.then(|| link::manage(&line.id)),
    }
    .render()
}

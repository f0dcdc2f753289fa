//! What a form would make, as readers would see it: on the page, and as a message.

use crate::markdown;
use crate::view::clock;
use crate::view::html::Html;
use crate::view::sign::{self, Sign};
use askama::Template;
use askama::filters::HtmlSafe;
use domain::Incident;

/// Longest text of a message that is shown, in letters.
const MESSAGE: usize = 1_000;

/// An incident as it would be.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The incident.
    pub incident: Incident,
    /// Name of its environment.
    pub subject: String,
}

#[derive(Template)]
#[template(path = "components/preview.html")]
pub(crate) struct View {
    title: String,
    subject: String,
    impact: Sign,
    state: Sign,
    components: String,
    internal: bool,
    body: Html,
    promise: Option<Html>,
    /// First line and text of a message.
    message: (String, String),
}

impl HtmlSafe for View {}

impl View {
    pub(crate) fn new(preview: &Preview) -> Self {
        let incident = &preview.incident;
        let update = incident.updates.last();
        let body = update.map_or("", |update| update.current().body.as_str());
        let state = sign::state(incident.state);
        let names: Vec<&str> = incident.components.iter().map(|component| component.name.as_str()).collect();
        Self {
            title: incident.title.clone(),
            subject: preview.subject.clone(),
            impact: sign::impact(incident.impact),
            state,
            components: names.join(", "),
            internal: !incident.is_public(),
            body: markdown::render(body, markdown::Place::Update),
            promise: update.and_then(|update| update.next_update_at).map(clock::full),
            message: (
                format!("{}: {} ({})", state.label, incident.title, preview.subject),
                markdown::plain(body, MESSAGE),
            ),
        }
    }
}

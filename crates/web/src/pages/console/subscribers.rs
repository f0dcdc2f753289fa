//! Subscribers: how many of each page, kind and state, a search, and what can be done to one.

use super::Typed;
use crate::pages::subscribe::kind_label;
use crate::pages::{Frame, Section, Shell};
use crate::view::clock;
use crate::view::html::Html;
use crate::view::link;
use askama::Template;
use store::{Subscriber, SubscriberCount, SubscriberFilter, SubscriberKind, SubscriberState};
use url::form_urlencoded;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Value of the hidden field `csrf`.
    pub csrf: &'a str,
    /// Slug and name of each page.
    pub pages: Vec<(String, String)>,
    /// The ways that are offered.
    pub kinds: &'a [SubscriberKind],
    /// How many there are.
    pub counts: Vec<SubscriberCount>,
    /// Those that were asked for.
    pub found: Vec<Subscriber>,
    /// What was asked for.
    pub filter: SubscriberFilter,
    /// How many are shown at most.
    pub full: usize,
    /// What was typed and refused.
    pub typed: Typed,
    /// What was just done.
    pub done: &'a str,
}

struct Line {
    who: String,
    kind: &'static str,
    page: String,
    state: &'static str,
    since: Html,
    note: String,
    remove: Option<String>,
    release: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/console/subscribers.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
    lines: Vec<Line>,
    text: &'a str,
    kinds: Vec<(&'static str, &'static str)>,
    states: Vec<(&'static str, bool)>,
    next: Option<String>,
    done: Option<&'static str>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let chosen = |state: &SubscriberState| input.filter.state == Some(*state);
    let done = match input.done {
        "add" => Some("The address is asked to confirm."),
        "remove" => Some("They are off the list."),
        "release" => Some("Messages are sent to them again."),
        _ => None,
    };
    Page {
        frame: Frame::new(shell, Section::Console, "Subscribers").still(),
        lines: input.found.iter().map(line).collect(),
        text: input.filter.text.as_deref().unwrap_or_default(),
        kinds: input.kinds.iter().map(|kind| (kind.as_str(), kind_label(*kind))).collect(),
        states: SubscriberState::ALL.iter().map(|state| (state.as_str(), chosen(state))).collect(),
        next: next(input),
        done,
        input,
    }
    .render()
}

fn line(subscriber: &Subscriber) -> Line {
    let action = |action: &str| format!("{}/{}/{action}", link::SUBSCRIBERS, subscriber.id);
    let gone = subscriber.state == SubscriberState::Gone;
    let note = subscriber.reason.clone().unwrap_or_else(|| subscriber.origin.clone());
    Line {
        who: if gone { "(deleted)".to_owned() } else { subscriber.target.clone() },
        kind: kind_label(subscriber.kind),
        page: subscriber.page.to_string(),
        state: subscriber.state.as_str(),
        since: clock::short(subscriber.created_at),
        note,
        remove: (!gone).then(|| action("remove")),
        release: (subscriber.state == SubscriberState::Quarantined).then(|| action("release")),
    }
}

fn next(input: &Input<'_>) -> Option<String> {
    let last = input.found.last().filter(|_| input.found.len() == input.full)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(text) = &input.filter.text {
        query.append_pair("q", text);
    }
    if let Some(state) = input.filter.state {
        query.append_pair("state", state.as_str());
    }
    query.append_pair("after", &last.id);
    Some(format!("{}?{}", link::SUBSCRIBERS, query.finish()))
}

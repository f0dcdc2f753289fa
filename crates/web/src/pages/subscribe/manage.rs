//! What a subscriber chose, to be changed or ended. Posted to [`link::subscription`].

use super::{Choices, shown_target};
use crate::pages::{Frame, Section, Shell};
use crate::view::link;
use askama::Template;
use store::{Subscriber, SubscriberState};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The token of their links.
    pub token: &'a str,
    /// What can be chosen, and what is.
    pub choices: Choices,
    /// Whose page it is.
    pub subscriber: &'a Subscriber,
    /// The secret with which messages to their webhook are signed.
    pub secret: Option<String>,
    /// What was just done: `confirm`, `change` or nothing.
    pub done: &'a str,
}

#[derive(Template)]
#[template(path = "pages/subscribe/manage.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
    choices: &'a Choices,
    target: String,
    done: Option<&'static str>,
    warning: Option<&'static str>,
    gone: bool,
    action: String,
    leave: String,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let subscriber = input.subscriber;
    let words = shell.voice.words;
    let done = match (input.done, subscriber.state) {
        ("confirm", SubscriberState::Confirmed) => Some(words.confirmed),
        ("change", _) => Some(words.saved),
        _ => None,
    };
    let warning = match subscriber.state {
        SubscriberState::Pending => Some(words.pending),
        SubscriberState::Quarantined => Some(words.quarantined),
        _ => None,
    };
    Page {
        frame: Frame::new(shell, Section::Subscribe, words.subscription).still(),
        choices: &input.choices,
        target: shown_target(subscriber.kind, &subscriber.target),
        done,
        warning,
        gone: subscriber.state == SubscriberState::Gone,
        action: shell.voice.links.at(&link::subscription(input.token)),
        leave: shell.voice.links.at(&link::unsubscribe(input.token)),
        input,
    }
    .render()
}

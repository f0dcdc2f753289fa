//! The page behind the link of a confirmation. Looking at it confirms nothing.

use super::shown_target;
use crate::pages::{Frame, Section, Shell};
use crate::view::link;
use askama::Template;
use store::{Subscriber, SubscriberState};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Who is asked.
    pub subscriber: &'a Subscriber,
    /// The token of their links.
    pub token: &'a str,
}

#[derive(Template)]
#[template(path = "pages/subscribe/confirm.html")]
struct Page<'a> {
    frame: Frame<'a>,
    target: String,
    /// Whether there is something to confirm.
    open: bool,
    action: String,
    settings: String,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let Input { subscriber, token } = input;
    let words = shell.voice.words;
    let frame = Frame::new(shell, Section::Subscribe, words.confirm).still();
    let open = matches!(subscriber.state, SubscriberState::Pending | SubscriberState::Quarantined);
    let target = shown_target(subscriber.kind, &subscriber.target);
    let (action, settings) =
        (shell.voice.links.at(&link::confirm(token)), shell.voice.links.at(&link::subscription(token)));
    Page { frame, target, open, action, settings }.render()
}

//! The page behind the link that every message carries. Looking at it ends nothing.

use super::shown_target;
use crate::pages::{Frame, Section, Shell};
use crate::view::link;
use askama::Template;
use store::{Subscriber, SubscriberState};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The token of their links.
    pub token: &'a str,
    /// Who leaves.
    pub subscriber: &'a Subscriber,
}

#[derive(Template)]
#[template(path = "pages/subscribe/leave.html")]
struct Page<'a> {
    frame: Frame<'a>,
    target: String,
    gone: bool,
    action: String,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let subscriber = input.subscriber;
    let words = shell.voice.words;
    let gone = subscriber.state == SubscriberState::Gone;
    let frame = Frame::new(shell, Section::Subscribe, if gone { words.left } else { words.leave }).still();
    let target = shown_target(subscriber.kind, &subscriber.target);
    Page { frame, target, gone, action: shell.voice.links.at(&link::unsubscribe(input.token)) }.render()
}

//! The form with which somebody asks to be told. Posted to [`link::SUBSCRIBE`].

use super::{Choices, Words, kind_label};
use crate::pages::console::Typed;
use crate::pages::{Frame, Section, Shell};
use crate::view::link;
use askama::Template;
use store::SubscriberKind;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Language of the page.
    pub language: &'a str,
    /// The ways that are offered.
    pub kinds: &'a [SubscriberKind],
    /// What can be chosen.
    pub choices: Choices,
    /// What was typed and refused.
    pub typed: &'a Typed,
    /// The way that was just asked for.
    pub sent: Option<SubscriberKind>,
}

#[derive(Template)]
#[template(path = "pages/subscribe/form.html")]
struct Page<'a> {
    frame: Frame<'a>,
    words: &'static Words,
    input: &'a Input<'a>,
    choices: &'a Choices,
    kinds: Vec<(&'static str, &'static str, bool)>,
    sent: Option<&'static str>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let words = Words::of(input.language);
    let frame = Frame::new(shell, Section::Nowhere, words.subscribe).describe(words.lead).still();
    let chosen = input.typed.value("kind");
    let kinds = input.kinds.iter().map(|kind| (kind.as_str(), kind_label(*kind), kind.as_str() == chosen));
    let sent = input.sent.map(|kind| match kind {
        SubscriberKind::Email => words.sent_mail,
        _ => words.sent_other,
    });
    Page { frame, words, kinds: kinds.collect(), choices: &input.choices, sent, input }.render()
}

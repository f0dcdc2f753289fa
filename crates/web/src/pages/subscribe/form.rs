//! The form with which somebody asks to be told. Posted to `/subscribe`.

use super::{Choices, kind_label};
use crate::pages::console::Typed;
use crate::pages::{Frame, Section, Shell};
use crate::target::Target;
use askama::Template;
use store::SubscriberKind;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
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
    input: &'a Input<'a>,
    choices: &'a Choices,
    kinds: Vec<(&'static str, &'static str, bool)>,
    sent: Option<&'static str>,
    feeds: [(&'static str, String); 3],
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let words = shell.voice.words;
    let frame = Frame::new(shell, Section::Subscribe, words.subscribe).describe(words.subscribe_lead).still();
    let chosen = input.typed.value("kind");
    let kinds = input.kinds.iter().map(|kind| {
        let label = if *kind == SubscriberKind::Email { words.email } else { kind_label(*kind) };
        (kind.as_str(), label, kind.as_str() == chosen)
    });
    let sent = input.sent.map(|kind| match kind {
        SubscriberKind::Email => words.sent_mail,
        _ => words.sent_other,
    });
    let feeds = [("Atom", Target::Atom), ("RSS", Target::Rss), ("JSON Feed", Target::JsonFeed)];
    let feeds = feeds.map(|(name, target)| (name, shell.voice.links.to(&target)));
    Page { frame, feeds, kinds: kinds.collect(), choices: &input.choices, sent, input }.render()
}

//! Something that was posted and can still be undone. The page loads itself again when its time has come.

use crate::markdown::{self, Place};
use crate::pages::{Frame, Section, Shell};
use crate::view::clock;
use crate::view::html::Html;
use crate::view::link;
use askama::Template;
use domain::Timestamp;
use store::{HeldCommand, HeldState};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Value of the hidden field `csrf`.
    pub csrf: &'a str,
    /// What is held.
    pub held: &'a HeldCommand,
    /// What it does, in a few words.
    pub what: &'a str,
    /// Title of an incident that it opens.
    pub title: Option<String>,
    /// Its text, Markdown.
    pub body: &'a str,
}

/// One on the board.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its page.
    pub href: String,
    /// What it does, and to what.
    pub words: String,
    /// When it leaves.
    pub due_at: Timestamp,
    /// Why it could not leave.
    pub error: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/console/held.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
    href: String,
    body: Html,
    due: String,
    /// Seconds until the page is worth loading again; none where nothing more happens by itself.
    refresh: Option<i64>,
    waiting: bool,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let held = input.held;
    let left = held.due_at.duration_since(shell.now).as_secs();
    let pending = matches!(held.state, HeldState::Waiting | HeldState::Running);
    Page {
        frame: Frame::new(shell, Section::Console, input.what).still(),
        input,
        href: link::held(&held.id),
        body: markdown::render(input.body, Place::Update),
        due: clock::write(held.due_at, "%H:%M:%S UTC"),
        refresh: pending.then(|| left.max(0) + 1),
        waiting: held.state == HeldState::Waiting,
    }
    .render()
}

//! Pages that are made of panels: the account, people, the first set-up. Each panel has a heading, what there is,
//! and what can be done.
//!
//! Nothing here knows what a panel is about.

use super::form::Form;
use crate::pages::{Frame, Section, Shell};
use askama::Template;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Input {
    /// Its heading.
    pub(crate) title: &'static str,
    /// One sentence under it.
    pub(crate) lead: String,
    /// Whether the console is one step above.
    pub(crate) below_console: bool,
    /// Where else to go: words and address. Only what whoever looks may see.
    pub(crate) ways: Vec<(&'static str, &'static str)>,
    /// What was done, and a secret that is shown this once.
    pub(crate) done: Option<(String, Option<String>)>,
    /// Its panels.
    pub(crate) panels: Vec<Panel>,
}

/// One panel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Panel {
    /// Identifier on the page.
    pub(crate) id: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) lead: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) form: Option<Form>,
    /// Whether our script adds a passkey with the form.
    pub(crate) adds_passkey: bool,
}

/// One thing that there is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) about: String,
    /// What can be done to it.
    pub(crate) forms: Vec<Form>,
    /// Whether one of them was refused just now.
    pub(crate) open: bool,
}

#[derive(Template)]
#[template(path = "pages/console/panels.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input,
    passkeys: bool,
}

/// The whole document.
pub(crate) fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let passkeys = input.panels.iter().any(|panel| panel.adds_passkey);
    Page { frame: Frame::new(shell, Section::Console, input.title).still(), input, passkeys }.render()
}

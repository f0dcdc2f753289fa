//! What went wrong, in one sentence, and what to do about it.

use super::{Frame, Section, Shell};
use askama::Template;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Status code.
    pub status: u16,
    /// What went wrong: "There is no such incident."
    pub sentence: &'a str,
    /// What to do: "It may have been merged; look in the list."
    pub hint: &'a str,
    /// The identifier under which it is logged.
    pub request_id: &'a str,
}

#[derive(Template)]
#[template(path = "pages/error.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let frame = Frame::new(shell, Section::Nowhere, format!("{}", input.status)).still();
    Page { frame, input }.render()
}

//! A small page for frames on pages of others: how everything stands, what is open, and the maintenance that comes
//! next. It loads itself anew once a minute, without a script, and its links leave the frame.

use super::Shell;
use crate::view::html::Html;
use crate::view::line::{IncidentLine, LineView};
use crate::view::sign::Sign;
use askama::Template;
use domain::ComponentState;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input {
    /// State of everything.
    pub overall: ComponentState,
    /// What is going on, worst first, and behind it the maintenance that comes next.
    pub lines: Vec<IncidentLine>,
}

#[derive(Template)]
#[template(path = "pages/embed.html")]
struct Page<'a> {
    shell: &'a Shell,
    sign: Sign,
    headline: &'static str,
    now: Html,
    lines: Vec<LineView>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let voice = &shell.voice;
    Page {
        shell,
        sign: voice.component(input.overall),
        headline: (voice.words.headline)(input.overall),
        now: voice.full(shell.now),
        lines: LineView::on(&input.lines, voice),
    }
    .render()
}

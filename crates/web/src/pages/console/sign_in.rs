//! Sign-in: address and password, a passkey, an account elsewhere, or an API token. Posted to
//! [`link::SIGN_IN`] with the fields `email` and `password`, or `token`, and `next` and `csrf`.

use crate::pages::{Frame, Section, Shell};
use crate::view::link;
use askama::Template;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Input<'a> {
    /// Value of the hidden field `csrf`.
    pub csrf: &'a str,
    /// Where to go afterwards: hidden field `next`, a path of ours.
    pub next: &'a str,
    /// Why the last try was refused.
    pub error: Option<&'a str>,
    /// Whether passkeys can be used.
    pub passkeys: bool,
    /// Name of where accounts elsewhere are, if there is one.
    pub elsewhere: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "pages/console/sign_in.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let frame = Frame::new(shell, Section::Console, "Sign in").still();
    Page { frame, input }.render()
}

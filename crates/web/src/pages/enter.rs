//! The way into a page that is not for everybody. Posted to [`ENTER`](crate::gate::ENTER) with the field
//! `password`. It says nothing of what is behind it.

use super::{Frame, Section, Shell};
use crate::view::html::Html;
use crate::view::link;
use askama::Template;

/// What opens a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A password.
    Password,
    /// To be signed in.
    SignIn,
    /// An API token, which only programs send.
    Token,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input {
    /// What opens it.
    pub way: Way,
    /// Where the form is posted to.
    pub action: String,
    /// Whether the password was not the right one.
    pub is_wrong: bool,
}

#[derive(Template)]
#[template(path = "pages/enter.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input,
    /// What programs send.
    header: Html,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let shell = Shell { json_url: None, atom_url: None, ..shell.clone() };
    let frame = Frame::new(&shell, Section::Nowhere, shell.site_name.clone()).still();
    let header = Html("<code>Authorization: Bearer</code>".to_owned());
    Page { frame, input, header }.render()
}

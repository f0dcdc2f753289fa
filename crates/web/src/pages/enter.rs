//! The way into a page that is not for everybody. Posted to [`ENTER`](crate::gate::ENTER) with the field
//! `password`, or where the team signs in on a host of the page's own, with `csrf` and what the console asks for. It
//! says nothing of what is behind it.

use super::{Frame, Section, Shell};
use crate::view::html::Html;
use askama::Template;

/// What opens a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// A password.
    Password,
    /// To be signed in: the address where that is done.
    SignIn(String),
    /// To sign in here, because no cookie of the console reaches this host: value of the hidden field `csrf`.
    SignInHere(String),
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
    /// Whether what was typed was not right.
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

//! How channels do, and what was given up, each with a button that sends it again. Posted to
//! [`link::RESEND`] with the fields `csrf` and `key`.

use crate::pages::{Frame, Section, Shell};
use crate::view::clock;
use crate::view::html::Html;
use crate::view::link;
use askama::Template;
use domain::Timestamp;
use store::{ChannelHealth, DeadDelivery};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Value of the hidden field `csrf`.
    pub csrf: &'a str,
    /// How channels do.
    pub channels: Vec<ChannelHealth>,
    /// What was given up, the latest first.
    pub dead: Vec<DeadDelivery>,
    /// Whether something was just put back in its queue.
    pub done: bool,
}

#[derive(Template)]
#[template(path = "pages/console/deliveries.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
}

impl Page<'_> {
    fn at(at: &Timestamp) -> Html {
        clock::full(*at)
    }
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    Page { frame: Frame::new(shell, Section::Console, "Deliveries").still(), input }.render()
}

//! The pages people read. Each module under here is one page: an `Input` of plain values, and
//! `render(&Shell, &Input)` that makes the whole document from it.
//!
//! A page needs no script and no outside resource: its style and its one script are our own
//! [assets](crate::assets), its icons and charts are inline SVG without a style attribute.
//!
//! Pages load nothing, decide nothing and never ask what time it is: [`Shell::now`] is an argument.

pub mod console;
pub mod embed;
pub mod enter;
pub mod error;
pub mod history;
pub mod home;
pub mod incident;
pub mod incidents;
pub(crate) mod queries;
pub mod raw;
pub mod reads;
pub mod subscribe;
pub mod vendor;
pub mod vendors;

use crate::face::FaceFiles;
use crate::language::{Plural, Words, fill};
use crate::view::Voice;
use crate::view::html::Html;
use askama::filters::HtmlSafe;
use domain::{ComponentState, Timestamp};
use std::fmt::Display;

/// What every page has around it.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Name of the site, first in the header and last in the title.
    pub site_name: String,
    /// Path and query of the page, `/vendors/acme`: what [`/events`](crate::view::link::EVENTS) names
    /// when it changes.
    pub path: String,
    /// When the page is rendered.
    pub now: Timestamp,
    /// The last look that worked at what the page shows, where the page shows what was looked at.
    pub seen_at: Option<Timestamp>,
    /// Version of the program.
    pub version: String,
    /// The same content as JSON, if there is such an address.
    pub json_url: Option<String>,
    /// The same content as an Atom feed, if there is such an address.
    pub atom_url: Option<String>,
    /// Whether an operator is signed in: adds the console to the navigation.
    pub signed_in: bool,
    /// How the page speaks.
    pub voice: Voice,
    /// How it looks.
    pub look: Look,
}

/// How a page looks.
#[derive(Clone, Debug)]
pub struct Look {
    /// Where its colour and its logo are.
    pub face: FaceFiles,
    /// Words above everything.
    pub header: Option<Html>,
    /// Links below everything: words and address.
    pub links: Vec<(String, String)>,
    /// Whether search engines are asked to stay away.
    pub noindex: bool,
    /// Whether it has pages of vendors.
    pub vendors: bool,
    /// Whether its readers can ask to be told.
    pub subscribe: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            face: FaceFiles::default(),
            header: None,
            links: Vec::new(),
            noindex: false,
            vendors: true,
            subscribe: false,
        }
    }
}

/// Entry of the navigation that is marked as current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Status,
    Vendors,
    Incidents,
    History,
    Subscribe,
    Console,
    Nowhere,
}

/// What `templates/base.html` reads.
pub(crate) struct Frame<'a> {
    pub(crate) shell: &'a Shell,
    /// What it says of itself.
    pub(crate) words: &'static Words,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) section: Section,
    /// Whether the page replaces itself when the server says that it changed. Not where somebody types.
    pub(crate) live: bool,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(shell: &'a Shell, section: Section, title: impl Into<String>) -> Self {
        Self {
            shell,
            words: shell.voice.words,
            title: title.into(),
            description: String::new(),
            section,
            live: true,
        }
    }

    pub(crate) fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    pub(crate) fn still(mut self) -> Self {
        self.live = false;
        self
    }

    pub(crate) fn now(&self) -> Html {
        self.shell.voice.full(self.shell.now)
    }

    pub(crate) fn seen(&self) -> Option<Html> {
        self.shell.seen_at.map(|at| self.shell.voice.full(at))
    }

    /// A sentence with a piece of HTML in its one place.
    #[expect(clippy::unused_self, reason = "templates reach it through their frame")]
    pub(crate) fn put(&self, sentence: &str, piece: impl HtmlSafe) -> Html {
        Html(fill(sentence, &[(place(sentence), &piece.to_string())]))
    }

    /// A sentence with somebody's words, or a number, in its one place.
    #[expect(clippy::unused_self, reason = "templates reach it through their frame")]
    pub(crate) fn say(&self, sentence: &str, text: impl Display) -> String {
        fill(sentence, &[(place(sentence), &text.to_string())])
    }

    /// A sentence that counts.
    #[expect(clippy::unused_self, reason = "templates reach it through their frame")]
    pub(crate) fn count(&self, plural: &Plural, number: impl Display) -> String {
        plural.of(number.to_string().parse().unwrap_or_default())
    }

    /// Every tone with its meaning, best first.
    pub(crate) fn legend(&self) -> [(&'static str, &'static str); 6] {
        let (words, name) = (self.words, self.words.component);
        [
            ("ok", name(ComponentState::Operational)),
            ("mt", words.legend_maintenance),
            ("dg", words.legend_degraded),
            ("po", name(ComponentState::PartialOutage)),
            ("mo", name(ComponentState::MajorOutage)),
            ("un", words.legend_unknown),
        ]
    }

    /// The words that the script needs, as JSON.
    pub(crate) fn script_words(&self) -> String {
        let words = self.words;
        let month = if words.months_in_dates == words.months { "long" } else { "short" };
        serde_json::json!({
            "locale": words.locale, "month": month, "units": words.units.split(' ').collect::<Vec<_>>(),
            "ago": words.ago, "ahead": words.ahead, "now": words.now, "justNow": words.just_now,
            "axis": words.axis_own, "updated": words.page_updated, "shown": words.shown_of,
        })
        .to_string()
    }

    pub(crate) fn is(&self, section: &str) -> bool {
        matches!(
            (self.section, section),
            (Section::Status, "status")
                | (Section::Vendors, "vendors")
                | (Section::Incidents, "incidents")
                | (Section::History, "history")
                | (Section::Subscribe, "subscribe")
                | (Section::Console, "console")
        )
    }
}

/// The name of the one place in a sentence.
fn place(sentence: &str) -> &str {
    sentence.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or("", |(name, _)| name)
}

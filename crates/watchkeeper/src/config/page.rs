//! `[page]`: what the page calls itself.

use super::reader::Table;
use super::section::{Key, Need, Section};

/// `[page]`
pub const SECTION: Section = Section {
    name: "page",
    many: false,
    doc: "What the page calls itself.",
    keys: &[
        Key {
            name: "name",
            need: Need::Default("\"Status\""),
            form: "text",
            doc: "Title of the page: your team or your product.",
        },
        Key {
            name: "about",
            need: Need::Optional("\"What we run, and what it stands on.\""),
            form: "text",
            doc: "A sentence or two below the title.",
        },
    ],
};

/// What the page calls itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageConfig {
    /// Title.
    pub name: String,
    /// A sentence or two below it.
    pub about: Option<String>,
}

impl Default for PageConfig {
    fn default() -> Self {
        Self { name: "Status".to_owned(), about: None }
    }
}

pub(super) fn read(table: &Table<'_>) -> PageConfig {
    let name = table.value("name").and_then(|value| value.name().map(str::to_owned));
    let about = table.value("about").and_then(|value| value.text().map(str::to_owned));
    PageConfig { name: name.unwrap_or(PageConfig::default().name), about }
}

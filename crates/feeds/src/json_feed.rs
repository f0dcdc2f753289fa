//! JSON Feed 1.0 and 1.1.
//!
//! An item may be an incident or one update of it; states stand in tags or words. A feed never says
//! that all is well, so the state of its page is always unknown.

use crate::Document;
use crate::address;
use crate::feed::{self, Dialect, Feed, Item, MOST_ITEMS};
use crate::field::Field;
use crate::format::{Error, Format};
use crate::json::Json;
use crate::notes::Notes;
use domain::observation::PageObservation;
use jiff::Timestamp;
use url::Url;

/// The entry in [`FORMATS`](crate::FORMATS).
pub(crate) const FORMAT: Format = Format {
    name: "json_feed",
    about: "any JSON Feed whose items are incidents or updates",
    example: include_str!("../fixtures/json_feed/tags.json"),
    probes,
    recognise,
    parse,
    main: Url::clone,
    details: |_| Vec::new(),
};

fn probes(base: &Url) -> Vec<Url> {
    address::below(base, &["feed.json", "feed/json"])
}

fn recognise(document: &Document) -> Option<String> {
    let json = document.json()?;
    let version = json.text("version").filter(|version| version.contains("jsonfeed.org"))?;
    Some(format!("a JSON Feed: `version` says {version}"))
}

fn parse(document: &Document, seen_at: Timestamp) -> Result<PageObservation, Error> {
    let other = || feed::other(document, "a JSON Feed");
    let json = document.json().ok_or_else(other)?;
    let known = matches!(json.get("items"), Some(Json::Array(_))) || recognise(document).is_some();
    if !known {
        return Err(other());
    }
    let notes = Notes::default();
    let feed = read(&Field::root(json, &notes));
    let mut page = feed::read(&feed, seen_at);
    page.warnings.splice(0..0, notes.finish());
    Ok(page)
}

fn read(root: &Field<'_>) -> Feed {
    let text = |key| root.text(key).unwrap_or_default().to_owned();
    let items = root.list("items");
    if items.len() > MOST_ITEMS {
        root.warn("items", || format!("more than {MOST_ITEMS}; the rest was not read"));
    }
    Feed {
        title: text("title"),
        description: text("description"),
        link: root.text("home_page_url").map(str::to_owned),
        items: items.iter().take(MOST_ITEMS).map(item).collect(),
        ..Feed::new(Dialect::Json)
    }
}

fn item(field: &Field<'_>) -> Item {
    let text = |key| field.text(key).map(str::to_owned);
    // `content_text` is plain: it must not be taken for markup.
    let plain = || text("content_text").map(|text| text.replace('&', "&amp;").replace('<', "&lt;"));
    let tag = |tag: &Field<'_>| match tag.json {
        Json::String(tag) => Some(tag.clone()),
        other => {
            tag.warn_here(|| format!("expected text, found {}", other.show()));
            None
        }
    };
    if !matches!(field.json, Json::Object(_)) {
        field.warn_here(|| format!("expected an item, found {}", field.json.show()));
    }
    Item {
        id: field.id("id"),
        title: text("title").unwrap_or_default(),
        link: text("url").or_else(|| text("external_url")),
        published: text("date_published"),
        updated: text("date_modified"),
        content: text("content_html").or_else(plain).or_else(|| text("summary")).unwrap_or_default(),
        tags: field.list("tags").iter().filter_map(tag).collect(),
    }
}

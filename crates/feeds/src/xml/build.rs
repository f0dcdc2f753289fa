//! Events of the pull parser made a feed.

use crate::feed::{Dialect, Feed, Item, MOST_ITEMS};
use crate::html;
use quick_xml::events::{BytesStart, Event};

/// Levels of nesting that are followed; a feed needs five, and its XHTML a few more.
const MOST_LEVELS: usize = 64;
/// Prefixes of the name spaces that feeds use for what we read.
const PREFIXES: [&str; 6] = ["", "atom", "a10", "dc", "dcterms", "content"];

/// A field whose text is being gathered.
struct Gathering {
    name: String,
    /// Level at which its element stands.
    level: usize,
    text: String,
    /// `type` of an Atom text: `text`, `html`, `xhtml`.
    kind: String,
    /// The value that stands in an attribute: of a link its address, of a category its term.
    attribute: Option<String>,
}

/// What makes a feed of events.
#[derive(Default)]
pub(super) struct Builder {
    feed: Option<Feed>,
    /// Names of the open elements.
    open: Vec<String>,
    item: Option<OpenItem>,
    gathering: Option<Gathering>,
    closed: bool,
    full: Option<Full>,
    declares_entities: bool,
    unknown_entities: usize,
    unfinished: usize,
    /// Tags outside of texts that do not match.
    mismatched: usize,
}

/// Why no more is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Full {
    TooDeep,
    TooMany,
}

struct OpenItem {
    level: usize,
    item: Item,
    /// How full the source of the content is that was taken so far.
    content_rank: u8,
}

impl Builder {
    /// Whether no more can be taken.
    pub(super) fn is_full(&self) -> bool {
        self.full.is_some()
    }

    /// Takes the next event.
    pub(super) fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::Empty(tag) => {
                self.start(&tag);
                self.end(&local(tag.local_name().as_ref()));
            }
            Event::End(tag) => self.end(&local(tag.local_name().as_ref())),
            Event::Text(text) => self.text(&text),
            Event::CData(text) => self.text(&text),
            Event::GeneralRef(name) => self.reference(&name),
            Event::DocType(declaration) => self.declares_entities |= declaration.contains("<!ENTITY"),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Eof => {}
        }
    }

    /// Drops the item that is open: the document broke inside it.
    pub(super) fn give_up_item(&mut self) {
        self.gathering = None;
        if let Some(item) = self.item.take() {
            self.open.truncate(item.level);
            self.unfinished += 1;
        }
    }

    /// The feed, and what was left out.
    pub(super) fn finish(mut self) -> (Option<Feed>, Vec<String>) {
        self.give_up_item();
        let mut warnings = Vec::new();
        let mut warn = |holds: bool, warning: String| {
            if holds {
                warnings.push(warning);
            }
        };
        warn(
            self.full == Some(Full::TooDeep),
            format!("XML is nested deeper than {MOST_LEVELS} levels; the rest was not read"),
        );
        warn(
            self.full == Some(Full::TooMany),
            format!("more than {MOST_ITEMS} items; the rest was not read"),
        );
        warn(self.declares_entities, "XML declares entities; none of them was expanded".to_owned());
        warn(
            self.unknown_entities > 0,
            format!("unknown entities, left as they are: {}", self.unknown_entities),
        );
        warn(
            self.unfinished > 0,
            format!("items that were not whole and were left out: {}", self.unfinished),
        );
        warn(self.mismatched > 0, format!("tags that do not match: {}", self.mismatched));
        let cut = self.feed.is_some() && !self.closed && self.full.is_none();
        warn(cut, "XML ends before its outermost element does".to_owned());
        (self.feed, warnings)
    }

    fn start(&mut self, tag: &BytesStart<'_>) {
        let level = self.open.len();
        if level >= MOST_LEVELS {
            self.full = Some(Full::TooDeep);
            return;
        }
        let name = local(tag.local_name().as_ref());
        if let Some(gathering) = &mut self.gathering {
            gathering.text.push('<');
            gathering.text.push_str(tag);
            gathering.text.push('>');
        } else if level == 0 && self.feed.is_none() {
            let dialect = match name.as_str() {
                "rss" | "rdf" | "channel" => Some(Dialect::Rss),
                "feed" => Some(Dialect::Atom),
                _ => None,
            };
            self.feed = dialect.map(Feed::new);
        } else if self.item.is_none() && matches!(name.as_str(), "item" | "entry") {
            self.start_item(level);
        } else if self.is_wanted(&name, tag) {
            self.gather(&name, level, tag);
        }
        self.open.push(name);
    }

    fn start_item(&mut self, level: usize) {
        match &self.feed {
            Some(feed) if feed.items.len() >= MOST_ITEMS => self.full = Some(Full::TooMany),
            Some(_) => self.item = Some(OpenItem { level, item: Item::default(), content_rank: 0 }),
            None => {}
        }
    }

    /// Whether an element is a field of the open item, or of the feed itself.
    fn is_wanted(&self, name: &str, tag: &BytesStart<'_>) -> bool {
        let qualified = tag.name();
        let qualified: &str = qualified.as_ref();
        let prefix = qualified.split_once(':').map_or("", |(prefix, _)| prefix);
        if self.feed.is_none() || !PREFIXES.contains(&prefix) {
            return false;
        }
        let aside = || html::attribute(tag.attributes_raw(), "rel").is_some_and(|rel| rel != "alternate");
        if name == "link" && aside() {
            return false;
        }
        match &self.item {
            Some(item) => self.open.len() == item.level + 1,
            None => matches!(self.open.last().map(String::as_str), Some("channel" | "feed")),
        }
    }

    fn gather(&mut self, name: &str, level: usize, tag: &BytesStart<'_>) {
        let attribute = |key: &str| html::attribute(tag.attributes_raw(), key);
        let value = match name {
            "link" => attribute("href"),
            "category" => attribute("term").or_else(|| attribute("label")),
            _ => None,
        };
        self.gathering = Some(Gathering {
            name: name.to_owned(),
            level,
            text: String::new(),
            kind: attribute("type").unwrap_or_default(),
            attribute: value,
        });
    }

    fn end(&mut self, name: &str) {
        // Inside a text it is markup that nobody escaped, and `<br>` need not be closed there.
        let Some(level) = self.open.iter().rposition(|open| open == name) else {
            self.mismatched += usize::from(self.gathering.is_none());
            return;
        };
        self.mismatched += usize::from(self.gathering.is_none() && level + 1 < self.open.len());
        if let Some(gathering) = &mut self.gathering {
            if level > gathering.level {
                gathering.text.push_str("</");
                gathering.text.push_str(name);
                gathering.text.push('>');
            } else {
                self.end_field();
            }
        }
        self.open.truncate(level);
        if self.item.as_ref().is_some_and(|item| level <= item.level) {
            self.end_item();
        }
        self.closed |= level == 0;
    }

    fn end_item(&mut self) {
        if let (Some(feed), Some(item)) = (&mut self.feed, self.item.take()) {
            feed.items.push(item.item);
        }
    }

    fn end_field(&mut self) {
        let Some(field) = self.gathering.take() else { return };
        match (&mut self.item, &mut self.feed) {
            (Some(item), _) => item.set(field),
            (None, Some(feed)) => set(feed, &field),
            (None, None) => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(gathering) = &mut self.gathering {
            // PostgreSQL cannot hold U+0000, and no vendor means it.
            gathering.text.push_str(&text.replace('\0', "\u{FFFD}"));
        }
    }

    fn reference(&mut self, name: &str) {
        let Some(gathering) = &mut self.gathering else { return };
        let written = format!("&{name};");
        if gathering.kind == "xhtml" {
            gathering.text.push_str(&written);
            return;
        }
        let decoded = html::decode(&written);
        let unknown = decoded == written || decoded.contains(char::REPLACEMENT_CHARACTER);
        self.unknown_entities += usize::from(unknown);
        gathering.text.push_str(&decoded);
    }
}

impl Gathering {
    /// The text on one line.
    fn line(&self) -> String {
        if matches!(self.kind.as_str(), "html" | "xhtml") {
            return html::plain(&self.text);
        }
        html::decode(&self.text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The text, if there is any.
    fn some(&self) -> Option<String> {
        let text = self.attribute.as_deref().unwrap_or(&self.text).trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The text as HTML.
    fn html(self) -> String {
        if self.kind == "text" {
            return self.text.replace('&', "&amp;").replace('<', "&lt;");
        }
        self.text
    }
}

impl OpenItem {
    fn set(&mut self, field: Gathering) {
        let item = &mut self.item;
        match field.name.as_str() {
            "title" => item.title = field.line(),
            "link" => item.link = item.link.take().or_else(|| field.some()),
            "guid" | "id" | "identifier" => item.id = field.some(),
            "pubdate" | "published" | "issued" => item.published = field.some(),
            "date" | "created" => item.published = item.published.take().or_else(|| field.some()),
            "updated" | "modified" => item.updated = field.some(),
            "category" => item.tags.extend(field.some()),
            name @ ("encoded" | "content" | "description" | "summary") => {
                let rank = match name {
                    "encoded" | "content" => 3,
                    "description" => 2,
                    _ => 1,
                };
                if rank > self.content_rank && !field.text.trim().is_empty() {
                    self.content_rank = rank;
                    item.content = field.html();
                }
            }
            _ => {}
        }
    }
}

fn set(feed: &mut Feed, field: &Gathering) {
    match field.name.as_str() {
        "title" => feed.title = field.line(),
        "link" => feed.link = feed.link.take().or_else(|| field.some()),
        "id" => feed.id = field.some().unwrap_or_default(),
        "updated" | "lastbuilddate" => feed.updated = field.some(),
        "pubdate" | "date" => feed.updated = feed.updated.take().or_else(|| field.some()),
        "generator" => feed.generator = field.line(),
        "description" | "subtitle" => feed.description = field.line(),
        _ => {}
    }
}

fn local(name: &str) -> String {
    name.to_ascii_lowercase()
}

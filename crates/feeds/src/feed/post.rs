//! An item of a feed, understood as far as an item alone can be.

use super::{Blocks, Item};
use crate::html::{markdown, plain};
use crate::notes::{Notes, quote};
use crate::words::{self, Said};
use crate::{dates, html};
use domain::incident::State;
use domain::observation::UpdateObservation;
use domain::time::Window;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::blocks::{Clock, Wall};

/// An item changed later than this after it was published counts as edited.
const EDITED_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// An item: one update, or all those that its content holds.
pub(crate) struct Post {
    pub(crate) id: Option<String>,
    pub(crate) link: Option<Url>,
    /// Title without the state.
    pub(crate) title: String,
    /// Whether it speaks of work done on purpose.
    pub(crate) planned: bool,
    pub(crate) schedule: Option<Window>,
    /// Names of the components that it lists.
    pub(crate) components: Vec<String>,
    /// Updates, oldest first; never empty.
    pub(crate) updates: Vec<PostUpdate>,
}

/// An update whose state may depend on the one before it.
pub(crate) struct PostUpdate {
    pub(crate) said: Option<Said>,
    pub(crate) published_at: Timestamp,
    /// Whether the feed gave that time, so that it will be the same at the next look.
    pub(crate) dated: bool,
    pub(crate) edited_at: Option<Timestamp>,
    pub(crate) body: String,
}

impl Post {
    /// Understands the item at position `i`.
    pub(crate) fn of(i: usize, item: &Item, seen_at: Timestamp, notes: &Notes) -> Self {
        let at = format!("items[{i}]");
        let stated_at = |text: &Option<String>| text.as_deref().and_then(|text| time(text, &at, notes));
        let (published, changed) = (stated_at(&item.published), stated_at(&item.updated));
        let entry_at = published.or(changed);
        if entry_at.is_none() {
            notes.add(|| format!("{at}: no time; taken as published when it was seen"));
        }
        let (in_title, title) = words::of_title(&item.title);
        if title.is_empty() {
            notes.add(|| format!("{at}: no title"));
        }
        let link = item.link.as_deref().and_then(|link| Url::parse(link.trim()).ok());
        let near = entry_at.unwrap_or(seen_at);
        let blocks = Blocks::of(&item.content);
        let schedule = blocks.schedule().and_then(|(from, until)| window(near, &from, until.as_ref()));
        let mut updates = updates_of_blocks(&blocks, near, link.as_ref(), &at, notes);
        if updates.is_empty() {
            updates.push(PostUpdate {
                published_at: near,
                dated: entry_at.is_some(),
                edited_at: changed.filter(|changed| changed.duration_since(near) > EDITED_AFTER),
                ..single_update(item, in_title, link.as_ref())
            });
        }
        let planned = item.tags.iter().chain([&item.title]).any(|text| words::is_planned(text));
        Self {
            id: item.id.clone(),
            link,
            title,
            planned: planned || schedule.is_some(),
            schedule,
            components: components(&item.content),
            updates,
        }
    }

    /// Time of its first update.
    pub(crate) fn begins_at(&self) -> Timestamp {
        self.updates.first().map_or(Timestamp::UNIX_EPOCH, |update| update.published_at)
    }

    /// Time of its last update.
    pub(crate) fn ends_at(&self) -> Timestamp {
        self.updates.last().map_or(Timestamp::UNIX_EPOCH, |update| update.published_at)
    }
}

/// Reads a time with a warning where that fails.
pub(super) fn time(text: &str, at: &str, notes: &Notes) -> Option<Timestamp> {
    let time = dates::instant(text);
    if time.is_none() {
        notes.add(|| format!("{at}: cannot read {} as a time", quote(text)));
    }
    time
}

/// The announced window of a maintenance.
fn window(near: Timestamp, from: &Wall, until: Option<&Wall>) -> Option<Window> {
    let from = Clock::new(near, None).tell(from)?;
    let until = until.and_then(|until| Clock::new(from, None).tell(until));
    Some(until.map_or(Window::open(from), |until| Window::closed(from, until)))
}

fn updates_of_blocks(
    blocks: &Blocks<'_>,
    near: Timestamp,
    link: Option<&Url>,
    at: &str,
    notes: &Notes,
) -> Vec<PostUpdate> {
    let newest = blocks.list.first().and_then(|block| Wall::read(&block.when));
    let mut clock = Clock::new(near, newest.as_ref());
    let mut updates = Vec::with_capacity(blocks.list.len());
    for (j, block) in blocks.list.iter().enumerate() {
        let told = Wall::read(&block.when).and_then(|wall| clock.tell(&wall));
        let Some(published_at) = told else {
            notes.add(|| format!("{at}: update {j} left out, cannot read {} as a time", quote(&block.when)));
            continue;
        };
        let said = words::said(&block.state);
        if said.is_none() {
            notes.add(|| format!("{at}: update {j}: unknown word {}", quote(&block.state)));
        }
        let said = said.or(Some(Said::State(State::Unknown)));
        let body = markdown(block.body, link);
        updates.push(PostUpdate { said, published_at, dated: true, edited_at: None, body });
    }
    // The page shows the newest first: what was posted within one minute keeps that order.
    updates.reverse();
    updates.sort_by_key(|update| update.published_at);
    updates
}

/// The update that an item is as a whole; its times are the caller's to say.
fn single_update(item: &Item, in_title: Option<Said>, link: Option<&Url>) -> PostUpdate {
    let (in_content, content) = lead_of_content(&item.content);
    let in_tags = || item.tags.iter().find_map(|tag| words::said(tag));
    PostUpdate {
        said: in_title.or(in_content).or_else(in_tags),
        published_at: Timestamp::UNIX_EPOCH,
        dated: false,
        edited_at: None,
        body: markdown(content, link),
    }
}

/// The state that a content begins with, in bold or set apart by a dash, and what follows it.
fn lead_of_content(content: &str) -> (Option<Said>, &str) {
    use html::Token;
    let mut strong_from = None;
    for piece in html::pieces(content) {
        match (piece.token, strong_from) {
            (Token::Text(text), None) if text.trim().is_empty() => {}
            (Token::Text(text), None) => {
                let Some((said, rest)) = words::lead(text) else { break };
                let from = piece.end - rest.len();
                return (Some(said), &content[from..]);
            }
            (Token::Open(name, _), None) if name == "strong" || name == "b" => strong_from = Some(piece.end),
            (Token::Open(name, _), None) if html::is_block(&name) => {}
            (Token::Text(_), Some(_)) => {}
            (Token::Close(_), Some(from)) => {
                let Some(said) = words::said(&plain(&content[from..piece.start])) else { break };
                return (Some(said), words::after_dash(&content[piece.end..]));
            }
            _ => break,
        }
    }
    (None, content)
}

/// The list that incident.io writes under "Affected components": `<li>API (Operational)</li>`.
fn components(content: &str) -> Vec<String> {
    let Some((_, list)) = content.split_once("Affected components") else { return Vec::new() };
    let list = list.split_once("</ul>").map_or(list, |(list, _)| list);
    let entries = list.split("<li>").skip(1).map(plain);
    let name =
        |entry: String| entry.rsplit_once(" (").map_or(entry.as_str(), |(name, _)| name).trim().to_owned();
    entries.map(name).filter(|name| !name.is_empty()).collect()
}

impl PostUpdate {
    /// The update as it is observed, once its state is known.
    pub(crate) fn observed(self, external_id: String, state: State) -> UpdateObservation {
        UpdateObservation {
            external_id,
            state,
            published_at: self.published_at,
            edited_at: self.edited_at,
            body: self.body,
            components: Vec::new(),
            repeats: Vec::new(),
        }
    }
}

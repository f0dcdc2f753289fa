//! Our own incidents as an Atom feed (RFC 4287), newest change first.
//!
//! Identifiers are made from the incident alone, so they stay the same when the site moves. Links are
//! absolute only where the public address is configured; what a client sends as `Host` is never believed.

use crate::language::fill;
use crate::markdown::{self, Place};
use crate::target::Target;
use crate::view::Voice;
use domain::{Incident, IncidentId, Timestamp};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use url::Url;

/// What the feed tells.
#[derive(Debug)]
pub struct Feed<'a> {
    /// Name of the site.
    pub name: &'a str,
    /// Address of the site, if it is known.
    pub public_url: Option<&'a Url>,
    /// Incidents with the names of their environments, in the order of the feed.
    pub incidents: &'a [(Incident, String)],
    /// How the page speaks.
    pub voice: &'a Voice,
}

/// The whole document.
pub fn render(feed: &Feed<'_>) -> String {
    let latest = feed.incidents.iter().map(|(incident, _)| changed_at(incident)).max();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let _ =
        writeln!(xml, "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">", feed.voice.words.tag);
    element(&mut xml, 1, "id", &urn(&format!("feed:{}", feed.name)));
    element(&mut xml, 1, "title", &feed.title());
    element(&mut xml, 1, "updated", &latest.unwrap_or(feed.voice.now).to_string());
    link_element(&mut xml, 1, "self", &feed.address(&Target::Atom));
    link_element(&mut xml, 1, "alternate", &feed.address(&Target::Home));
    let _ = writeln!(xml, "  <author><name>{}</name></author>", escape(feed.name));
    for (incident, environment) in feed.incidents {
        entry(&mut xml, feed, incident, environment);
    }
    xml.push_str("</feed>\n");
    xml
}

fn entry(xml: &mut String, feed: &Feed<'_>, incident: &Incident, environment: &str) {
    xml.push_str("  <entry>\n");
    element(xml, 2, "id", &entry_id(&incident.id));
    element(xml, 2, "title", &incident.title);
    element(xml, 2, "published", &incident.clocks.published_at.to_string());
    element(xml, 2, "updated", &changed_at(incident).to_string());
    link_element(xml, 2, "alternate", &feed.address(&Target::Incident(incident.id.clone())));
    element(xml, 2, "summary", &(feed.voice.words.sentence)(incident, environment, feed.voice.now));
    let _ = writeln!(xml, "    <content type=\"html\">{}</content>", escape(&content(incident, feed.voice)));
    xml.push_str("  </entry>\n");
}

/// The updates that stand, newest first, as sanitised HTML.
fn content(incident: &Incident, voice: &Voice) -> String {
    let standing = incident.updates.iter().rev().filter(|update| update.withdrawn_at.is_none());
    standing.fold(String::new(), |mut html, update| {
        let current = update.current();
        let (state, at) = ((voice.words.state_of)(current.state), voice.words.minute(update.published_at));
        let _ = write!(html, "<p><strong>{state}</strong> – {at}</p>");
        let _ = write!(html, "{}", markdown::render(&current.body, Place::Update));
        html
    })
}

/// When anything that the entry shows was last said.
fn changed_at(incident: &Incident) -> Timestamp {
    let updates = incident.updates.iter().flat_map(|update| update.versions.iter());
    let postmortem = incident.postmortem.iter().flat_map(|postmortem| postmortem.versions.iter());
    let words = updates.chain(postmortem).map(|version| version.seen_at);
    let marks = [incident.clocks.resolved_seen_at, incident.withdrawn_at].into_iter().flatten();
    words.chain(marks).fold(incident.clocks.published_at, Timestamp::max)
}

/// The identifier of an incident's entry.
pub fn entry_id(id: &IncidentId) -> String {
    urn(&format!("incident:{id}"))
}

/// A UUID made from a name by our own rule (version 8 of RFC 9562).
fn urn(name: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(format!("watchkeeper:{name}").as_bytes()).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = crate::rendered::hex(&bytes);
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

impl Feed<'_> {
    /// The same for the formats of [`feeds`](crate::feeds).
    pub(crate) fn retold(&self, target: &Target) -> crate::feeds::Feed {
        let entry = |(incident, environment): &(Incident, String)| crate::feeds::Entry {
            id: entry_id(&incident.id),
            title: incident.title.clone(),
            url: self.address(&Target::Incident(incident.id.clone())),
            summary: (self.voice.words.sentence)(incident, environment, self.voice.now),
            html: content(incident, self.voice),
            environment: environment.clone(),
            published_at: incident.clocks.published_at,
            changed_at: changed_at(incident),
        };
        crate::feeds::Feed {
            title: self.title(),
            home: self.address(&Target::Home),
            address: self.address(target),
            language: self.voice.words.tag.to_owned(),
            as_of: self.voice.now,
            entries: self.incidents.iter().map(entry).collect(),
        }
    }

    fn title(&self) -> String {
        fill(self.voice.words.feed_title, &[("name", self.name)])
    }

    /// Absolute where the page knows its address, else as links of the page are, which readers resolve against
    /// the feed's own.
    fn address(&self, target: &Target) -> String {
        match self.public_url.and_then(|base| base.join(target.path().trim_start_matches('/')).ok()) {
            Some(url) => url.to_string(),
            None => self.voice.links.to(target),
        }
    }
}

fn element(xml: &mut String, depth: usize, name: &str, text: &str) {
    let _ = writeln!(xml, "{:indent$}<{name}>{}</{name}>", "", escape(text), indent = depth * 2);
}

fn link_element(xml: &mut String, depth: usize, relation: &str, address: &str) {
    let address = escape(address);
    let _ = writeln!(xml, "{:indent$}<link rel=\"{relation}\" href=\"{address}\"/>", "", indent = depth * 2);
}

/// Text as XML 1.0 can hold it: the letters that mark up are written out, and those that XML cannot hold
/// at all become the replacement character.
pub(crate) fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, letter| {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(letter),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(letter),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_uuids_and_text_cannot_leave_its_place() {
        let id = entry_id(&IncidentId::from_entropy(7));
        assert_eq!(id, entry_id(&IncidentId::from_entropy(7)));
        assert_ne!(id, entry_id(&IncidentId::from_entropy(8)));
        assert_eq!((id.len(), &id[23..24]), (45, "8"));
        assert_eq!(escape("</title>\u{1}\"&"), "&lt;/title&gt;\u{fffd}&quot;&amp;");
    }

    #[test]
    fn links_are_absolute_only_with_a_known_address() {
        let base = Url::parse("https://status.example.org/p/acme/").expect("a URL");
        let voice = Voice::english(Timestamp::UNIX_EPOCH);
        let feed = |public_url| Feed { name: "Acme", public_url, incidents: &[], voice: &voice };
        assert_eq!(
            feed(Some(&base)).address(&Target::Atom),
            "https://status.example.org/p/acme/history.atom"
        );
        assert_eq!(feed(None).address(&Target::Atom), "/history.atom");
    }
}

//! Our own incidents as feeds for readers that want RSS or JSON; Atom is in [`atom`](crate::atom). A feed is made
//! of incidents as everybody may see them, so nothing internal can come into it.
//!
//! Never longer than the list it is given, and never with a link that a client chose.

pub mod json;
pub mod rss;

use domain::Timestamp;

/// A feed, in terms that all formats share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Title.
    pub title: String,
    /// Address of the page.
    pub home: String,
    /// Address of the feed itself.
    pub address: String,
    /// Language, `en` or `de`.
    pub language: String,
    /// When it was so.
    pub as_of: Timestamp,
    /// Its entries, in order.
    pub entries: Vec<Entry>,
}

/// One incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The same for ever: that of the Atom feed.
    pub id: String,
    /// Title.
    pub title: String,
    /// Address of its page.
    pub url: String,
    /// One sentence.
    pub summary: String,
    /// Its updates, as sanitised HTML.
    pub html: String,
    /// Name of its environment.
    pub environment: String,
    /// When it was first published.
    pub published_at: Timestamp,
    /// When anything of it was last said.
    pub changed_at: Timestamp,
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    /// A feed of one entry that says this everywhere.
    pub(crate) fn of(text: &str) -> Feed {
        let at = |second: i64| Timestamp::from_second(1_739_350_800 + second).expect("in range");
        Feed {
            title: text.to_owned(),
            home: "https://status.example.org/".to_owned(),
            address: "https://status.example.org/feed".to_owned(),
            language: "en".to_owned(),
            as_of: at(120),
            entries: vec![Entry {
                id: "urn:uuid:1f0c1c9e-7d0f-8c52-9b3f-0123456789ab".to_owned(),
                title: text.to_owned(),
                url: "https://status.example.org/incidents/0123456789ab?a=1&b=2".to_owned(),
                summary: text.to_owned(),
                html: format!("<p>{}</p>", text.replace('&', "&amp;").replace('<', "&lt;")),
                environment: "PROD1".to_owned(),
                published_at: at(0),
                changed_at: at(60),
            }],
        }
    }
}

//! `[heartbeat]`: who is told that Watchkeeper itself works.
//!
//! This module never connects.

use super::FetchConfig;
use super::export::address;
use super::reader::Table;
use super::section::{Key, Need, Section};
use std::fmt;
use std::time::Duration;
use url::Url;

/// `[heartbeat]`
pub const SECTION: Section = Section {
    name: "heartbeat",
    many: false,
    doc: "A dead man's switch: somebody else's service is told that Watchkeeper works, and raises the alarm when it \
          no longer hears so. Nothing is sent while the database does not answer or messages do not leave.",
    keys: &[
        Key {
            name: "url",
            need: Need::Optional("\"https://heartbeat.example.org/ping/abc\""),
            form: "web address",
            doc: "What is fetched. One at a special address belongs in `fetch.allow_hosts`, too.",
        },
        Key { name: "method", need: Need::Default("\"GET\""), form: "`GET` or `POST`", doc: "How." },
        Key { name: "every", need: Need::Default("\"30s\""), form: "duration, 1s to 1h", doc: "How often." },
    ],
};

/// Who is told that we work.
#[derive(Clone)]
pub struct HeartbeatConfig {
    /// What is fetched.
    pub url: Url,
    /// Whether it is posted to.
    pub post: bool,
    /// How often.
    pub every: Duration,
}

/// The path of such an address is its password.
impl fmt::Debug for HeartbeatConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeartbeatConfig")
            .field("host", &self.url.host_str().unwrap_or_default())
            .field("post", &self.post)
            .field("every", &self.every)
            .finish()
    }
}

pub(super) fn read(table: &Table<'_>, fetch: &FetchConfig) -> Option<HeartbeatConfig> {
    let url = table.value("url").map(|value| address(&value, fetch));
    let method = table.value("method").and_then(|value| value.word(&["GET", "POST"]));
    let range = Duration::from_secs(1)..=Duration::from_hours(1);
    let every = table.value("every").and_then(|value| value.duration(range));
    let every = every.unwrap_or(Duration::from_secs(30));
    Some(HeartbeatConfig { url: url??, post: method == Some("POST"), every })
}

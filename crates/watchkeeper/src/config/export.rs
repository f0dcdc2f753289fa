//! `[export]`: where measurements go besides our own store.
//!
//! This module never connects, and `Debug` shows no header.

use super::reader::{Table, Value};
use super::secret;
use super::section::{Key, Need, Section};
use super::server::web_address;
use super::{FetchConfig, reader::Surroundings};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;
use url::Url;

/// `[export]`
pub const SECTION: Section = Section {
    name: "export",
    many: false,
    doc: "Where measurements of databases go besides the page. Prometheus needs nothing here: it reads `/metrics`.",
    keys: &[
        Key {
            name: "otlp",
            need: Need::Optional("\"https://collector.example.org/v1/metrics\""),
            form: "web address",
            doc: "An OpenTelemetry collector that takes metrics as JSON by HTTP. One at a special address, such as \
                  localhost, belongs in `fetch.allow_hosts`, too.",
        },
        Key {
            name: "headers",
            need: Need::Default("[]"),
            form: "list of `NAME: VALUE`, `{ env = NAME }` or `{ file = PATH }`",
            doc: "Headers that the collector wants, such as an authorization. They belong in the environment or in a \
                  file.",
        },
        Key {
            name: "interval",
            need: Need::Default("\"15s\""),
            form: "duration, 1s to 10m",
            doc: "How often.",
        },
    ],
};

const INTERVALS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_mins(10);
const INTERVAL: Duration = Duration::from_secs(15);

/// Where measurements go.
#[derive(Clone)]
pub struct ExportConfig {
    /// The collector.
    pub otlp: Url,
    /// Headers for it.
    pub headers: HeaderMap,
    /// How often.
    pub interval: Duration,
}

impl fmt::Debug for ExportConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("ExportConfig")
            .field("otlp", &self.otlp.as_str())
            .field("headers", &headers)
            .field("interval", &self.interval)
            .finish()
    }
}

pub(super) fn read(
    table: &Table<'_>,
    fetch: &FetchConfig,
    surroundings: &Surroundings,
) -> Option<ExportConfig> {
    let otlp = table.value("otlp").map(|value| address(&value, fetch));
    let list = table.value("headers").map(|value| value.list()).unwrap_or_default();
    let mut headers = HeaderMap::new();
    for value in &list {
        if let Some((name, value)) = header(value, surroundings) {
            headers.append(name, value);
        }
    }
    let interval = table.value("interval").and_then(|value| value.duration(INTERVALS)).unwrap_or(INTERVAL);
    if otlp.is_none() && !list.is_empty() {
        table.wrong("has headers and no collector; name one as `otlp`");
    }
    Some(ExportConfig { otlp: otlp??, headers, interval })
}

/// An address that the guard would let through.
pub(super) fn address(value: &Value<'_>, fetch: &FetchConfig) -> Option<Url> {
    let url = web_address(value)?;
    if let Err(refused) = fetch.allow_hosts.check(&url) {
        value.wrong(format!("{}; to send there all the same, add it to `fetch.allow_hosts`", refused.reason));
        return None;
    }
    Some(url)
}

fn header(value: &Value<'_>, surroundings: &Surroundings) -> Option<(HeaderName, HeaderValue)> {
    let secret = secret::read(value, surroundings)?;
    let parsed = secret.text().split_once(':').and_then(|(name, value)| {
        let name: HeaderName = name.trim().parse().ok()?;
        let mut value: HeaderValue = value.trim().parse().ok()?;
        value.set_sensitive(true);
        Some((name, value))
    });
    if parsed.is_none() {
        secret.wrong("no header; write `NAME: VALUE`");
    }
    parsed
}

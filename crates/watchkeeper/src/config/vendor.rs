//! `[[vendor]]`: whose status pages are watched.

use super::environment::named;
use super::fetch::FetchConfig;
use super::glob::Glob;
use super::reader::{Table, Value};
use super::section::{Key, Need, Section};
use super::server::web_address;
use domain::Slug;
use std::ops::RangeInclusive;
use std::time::Duration;
use url::Url;

/// `[[vendor]]`
pub const SECTION: Section = Section {
    name: "vendor",
    many: true,
    doc: "Whose status page is watched. Once for each vendor.",
    keys: &[
        Key {
            name: "name",
            need: Need::Required("\"Acme\""),
            form: "text",
            doc: "What people call the vendor.",
        },
        Key {
            name: "url",
            need: Need::Required("\"https://status.acme.example\""),
            form: "address",
            doc: "The vendor's status page, or its feed or API if you know it.",
        },
        Key {
            name: "components",
            need: Need::Optional("[\"API\", \"Web*\"]"),
            form: "list of names with `*`",
            doc: "Only these components count, and only incidents that touch them. All count if nothing is said.",
        },
        Key {
            name: "interval",
            need: Need::Default("\"60s\""),
            form: "duration, 10s to 1d",
            doc: "How long to wait between two looks. A page that asks for longer gets longer.",
        },
        Key {
            name: "format",
            need: Need::Optional("\"statuspage\""),
            form: "name of a format",
            doc: "What the page is made of; found out if nothing is said. See `watchkeeper vendor detect URL`.",
        },
    ],
};

/// How often a page may be asked. Oftener is rude, less often is not watching.
const INTERVALS: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_hours(24);
const INTERVAL: Duration = Duration::from_mins(1);

/// Whose status page is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorConfig {
    /// What people call the vendor.
    pub name: String,
    /// What URLs call it; no two vendors share one.
    pub slug: Slug,
    /// The page, the feed or the API.
    pub url: Url,
    /// Which components count; empty if all do.
    pub components: Vec<Glob>,
    /// How long to wait between two looks.
    pub interval: Duration,
    /// Name of the format, if it was given: one that `feeds::by_name` knows.
    pub format: Option<&'static str>,
}

impl VendorConfig {
    /// Whether a component of this name counts.
    pub fn counts(&self, component: &str) -> bool {
        self.components.is_empty() || self.components.iter().any(|glob| glob.matches(component))
    }
}

pub(super) fn read_all(tables: &[Table<'_>], fetch: &FetchConfig) -> Vec<VendorConfig> {
    let mut vendors: Vec<VendorConfig> = Vec::new();
    for table in tables {
        let taken: Vec<&Slug> = vendors.iter().map(|vendor| &vendor.slug).collect();
        let name = named(table, &taken);
        let url = table.required("url").and_then(|value| vendor_address(&value, fetch));
        let components = table.value("components").map(|value| globs(&value)).unwrap_or_default();
        let interval =
            table.value("interval").and_then(|value| value.duration(INTERVALS)).unwrap_or(INTERVAL);
        let format = table.value("format").and_then(|value| value.word(&formats()));
        if let (Some((name, slug)), Some(url)) = (name, url) {
            vendors.push(VendorConfig { name, slug, url, components, interval, format });
        }
    }
    vendors
}

/// An address that the guard would let through: one that it refuses would fail at every look.
fn vendor_address(value: &Value<'_>, fetch: &FetchConfig) -> Option<Url> {
    let url = web_address(value)?;
    if let Err(refused) = fetch.allow_hosts.check(&url) {
        value.wrong(format!("{}; to watch it all the same, add it to `fetch.allow_hosts`", refused.reason));
        return None;
    }
    Some(url)
}

fn globs(list: &Value<'_>) -> Vec<Glob> {
    list.list().iter().filter_map(|value| value.name().map(Glob::new)).collect()
}

fn formats() -> Vec<&'static str> {
    feeds::FORMATS.iter().map(|format| format.name).collect()
}

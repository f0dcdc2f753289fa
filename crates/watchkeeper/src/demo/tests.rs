use super::site::Site;
use super::story::Story;
use super::vendor::VENDORS;
use super::*;
use crate::config::Config;
use crate::config::reader::Surroundings;
use domain::observation::{IncidentObservation, PageObservation};
use domain::{ComponentState, Input, Slug};
use feeds::{Document, Limits, Url};
use std::collections::HashSet;
use std::path::Path;

mod answers;
mod stories;

/// The main document of each vendor and the format it is meant for.
const MAIN: [(&str, &str, &str); 6] = [
    ("Northwind Desk", "/api/v2/summary.json", "statuspage"),
    ("Lattice Cloud", "/api/v2/summary.json", "statuspage"),
    ("Papertrail Mail", "/history.atom", "statuspage_feed"),
    ("Quarry Payments", "/status.rss", "rss"),
    ("Fennel Storage", "/feed.json", "json_feed"),
    ("Tidewater SMS", "/api/v2/summary.json", "statuspage"),
];

fn at(text: &str) -> Timestamp {
    text.parse().expect("RFC 3339")
}

fn site(name: &str) -> Site {
    let told = |vendor: &'static Vendor| {
        let story: Story = serde_json::from_str(vendor.story).expect("a story");
        (vendor, story)
    };
    let (vendor, story) = VENDORS.iter().map(told).find(|(_, story)| story.name == name).expect("a vendor");
    Site { vendor, story, base: "http://127.0.0.1:4711".to_owned() }
}

/// Reads what the site shows, as Watchkeeper does.
fn look(site: &Site, path: &str, now: Timestamp) -> (&'static str, PageObservation) {
    let document = site.document(path, now).expect("a document");
    read(site, path, document.body.as_bytes(), now)
}

fn read(site: &Site, path: &str, body: &[u8], now: Timestamp) -> (&'static str, PageObservation) {
    let url = Url::parse(&format!("{}{path}", site.base)).expect("an address");
    let document = Document::read(body, Some(&url), &Limits::default());
    let recognised = feeds::recognise(&document).expect("a known format");
    let page = recognised.format.parse(&document, now).expect("an understood document");
    (recognised.format.name, page)
}

fn incident<'a>(page: &'a PageObservation, id: &str) -> Option<&'a IncidentObservation> {
    page.incidents.iter().find(|incident| incident.external_id == id)
}

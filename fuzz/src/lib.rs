//! What every target checks: no reader panics, and what it gives keeps the promises of its crate.

pub mod diagnosis;

use feeds::{Document, Limits, PageObservation, Timestamp, Url, by_name, inspect};

/// Reads bytes as the format of that name and checks what came of it.
pub fn read_as(name: &str, bytes: &[u8]) {
    let document = document(bytes);
    let format = by_name(name).expect("a format of that name");
    if let Ok(page) = format.parse(&document, Timestamp::UNIX_EPOCH) {
        check(&page);
        let report = inspect::report(format, &page);
        assert!(
            !(document.is_cut() && report["overall"] == "operational"),
            "a document that was cut is called healthy"
        );
    }
}

/// Decodes bytes as if they had been fetched.
pub fn document(bytes: &[u8]) -> Document {
    let url = Url::parse("https://status.acme.test/api/v2/incidents.json").expect("a URL");
    Document::read(bytes, Some(&url), &Limits { bytes: 64 * 1024 })
}

/// What holds of every observation, whatever it was made of.
pub fn check(page: &PageObservation) {
    assert!(
        page.incidents.is_sorted_by(|a, b| a.published_at >= b.published_at),
        "incidents stand newest first"
    );
    assert!(page.warnings.len() < 250, "warnings are bounded");
    for incident in &page.incidents {
        assert!(!incident.external_id.is_empty() || incident.title.is_empty(), "an incident has an id");
        assert!(
            incident.updates.is_sorted_by_key(|update| update.published_at),
            "updates stand oldest first"
        );
        assert!(
            incident.duration_seconds().is_none_or(|seconds| seconds >= 0),
            "no incident lasts less than nothing"
        );
    }
}

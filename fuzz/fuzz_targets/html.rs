//! Any text as the content of a feed's item, and as a page in which feeds are looked for.
#![no_main]

use feeds::{Document, Limits, Url, alternates};

libfuzzer_sys::fuzz_target!(|html: &str| {
    let item = serde_json::json!({ "id": "1", "title": html, "content_html": html, "date_published": "2026-01-15T10:30:00Z" });
    let feed = serde_json::json!({ "version": "https://jsonfeed.org/version/1.1", "items": [item] });
    fuzz::read_as("json_feed", feed.to_string().as_bytes());
    let base = Url::parse("https://status.acme.test/").expect("a URL");
    let page = Document::read(format!("<html>{html}").as_bytes(), Some(&base), &Limits::default());
    assert!(alternates(&page, &base).iter().all(|url| matches!(url.scheme(), "http" | "https")));
});

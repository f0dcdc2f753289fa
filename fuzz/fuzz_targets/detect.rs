//! Any bytes recognised, and any address as that of a page.
#![no_main]

use feeds::{Timestamp, Url, probes, recognise};

libfuzzer_sys::fuzz_target!(|input: (&str, &[u8])| {
    let (address, bytes) = input;
    let document = fuzz::document(bytes);
    if let Some(recognised) = recognise(&document) {
        assert!(!recognised.evidence.is_empty());
        let page = recognised
            .format
            .parse(&document, Timestamp::UNIX_EPOCH)
            .expect("what is recognised can be read");
        fuzz::check(&page);
    }
    let Ok(base) = Url::parse(&format!("https://acme.test/{address}")) else { return };
    for (url, format) in probes(&base) {
        assert_eq!(url.host_str(), Some("acme.test"));
        assert_eq!(format.main(&url).host_str(), Some("acme.test"));
    }
});

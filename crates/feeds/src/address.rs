//! Addresses of documents, made from the address of a page as people paste it: the page itself,
//! something deep inside it, or one of its documents.
//!
//! This module never leaves the host that it was given.

use url::Url;

/// Paths that lie inside a status page, so that the page begins above them.
const INSIDE: [&str; 8] =
    ["/incidents", "/incident/", "/history", "/uptime", "/api/", "/maintenances", "/notices", "/subscribe"];

/// The address of a document of that name below a page's path.
pub(crate) fn at(base: &Url, root: &str, name: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{root}/{name}"));
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// Addresses of documents of those names: on the host, then below the path of the page if it has one.
pub(crate) fn below(base: &Url, names: &[&str]) -> Vec<Url> {
    let mut roots = vec![""];
    let page = page_path(base);
    if !page.is_empty() {
        roots.push(page);
    }
    roots.iter().flat_map(|root| names.iter().map(|name| at(base, root, name))).collect()
}

/// The path at which the page itself stands, without a slash at its end.
fn page_path(base: &Url) -> &str {
    let path = base.path();
    let inside = INSIDE.iter().filter_map(|inside| path.find(inside)).min();
    let page = &path[..inside.unwrap_or(path.len())];
    // A name with an ending is a document in the page, not the page.
    let page = match page.rsplit_once('/') {
        Some((above, name)) if name.contains('.') => above,
        _ => page,
    };
    page.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_page_is_found_from_anywhere_inside_it() {
        let cases = [
            ("https://acme.test", ""),
            ("https://acme.test/", ""),
            ("https://acme.test/incidents/x1?a=b", ""),
            ("https://acme.test/history.atom", ""),
            ("https://acme.test/status/", "/status"),
            ("https://acme.test/status/feed.xml", "/status"),
            ("https://acme.test/status/api/v2/summary.json", "/status"),
        ];
        for (base, expected) in cases {
            assert_eq!(page_path(&Url::parse(base).expect("a URL")), expected, "{base}");
        }
    }
}

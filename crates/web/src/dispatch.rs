//! To which page a request goes: the one whose domain it names, else the one whose folder it is in, else the one
//! at `/`. A page that is not at `/` answers only what belongs to a page; there is no console on it and nothing
//! to write.
//!
//! Never lets one page answer for another: whatever is served later is asked of the page that was found here.

use crate::page::{FOLDER, Page};
use crate::site::Site;
use axum::extract::{FromRequestParts, Request};
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use std::convert::Infallible;
use std::sync::Arc;

/// The page that a request was sent to.
#[derive(Clone, Debug)]
pub(crate) struct OnPage {
    pub(crate) page: Arc<Page>,
    /// Whether it is the one at `/`, beside which the team has its own addresses.
    pub(crate) is_main: bool,
}

impl FromRequestParts<Arc<Site>> for OnPage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Infallible> {
        let found = parts.extensions.get::<Self>().cloned();
        Ok(found.unwrap_or_else(|| Self { page: Arc::clone(site.main_page()), is_main: true }))
    }
}

impl Site {
    /// The page that a request names, if that is another than the one at `/`, and the path on it.
    pub(crate) fn other_page<'a>(&self, headers: &HeaderMap, uri: &'a Uri) -> Option<(Arc<Page>, &'a str)> {
        if self.pages.len() == 1 {
            return None;
        }
        if let Some(page) = self.page_of_host(headers, uri) {
            return (!Arc::ptr_eq(page, self.main_page())).then(|| (Arc::clone(page), uri.path()));
        }
        let (slug, rest) = split_folder(uri.path())?;
        let in_folder = |page: &&Arc<Page>| page.config.host.is_none() && page.slug().as_str() == slug;
        let page = self.pages[1..].iter().find(in_folder)?;
        Some((Arc::clone(page), rest))
    }

    fn page_of_host(&self, headers: &HeaderMap, uri: &Uri) -> Option<&Arc<Page>> {
        let named = headers.get(HOST).and_then(|value| value.to_str().ok());
        let host = uri.authority().map(axum::http::uri::Authority::as_str).or(named)?;
        let host = host
            .rsplit_once(':')
            .map_or(host, |(name, port)| if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host });
        let host = host.trim_end_matches('.');
        let named = |page: &&Arc<Page>| {
            page.config.host.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(host))
        };
        self.pages.iter().find(named)
    }
}

/// The slug behind `/p/`, and the path on that page.
fn split_folder(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix(FOLDER)?;
    match rest.find('/') {
        Some(place) => Some((&rest[..place], &rest[place..])),
        None => Some((rest, "/")),
    }
}

/// The same request as the page itself knows it.
pub(crate) fn on_page(request: &mut Request, page: Arc<Page>, path: &str) {
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    // A part of a path that was understood is one itself.
    if let Ok(uri) = format!("{path}{query}").parse() {
        *request.uri_mut() = uri;
    }
    request.extensions_mut().insert(OnPage { page, is_main: false });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_part_of_a_path() {
        assert_eq!(split_folder("/p/acme"), Some(("acme", "/")));
        assert_eq!(split_folder("/p/acme/"), Some(("acme", "/")));
        assert_eq!(split_folder("/p/acme/incidents/x"), Some(("acme", "/incidents/x")));
        assert_eq!(split_folder("/vendors"), None);
        assert_eq!(split_folder("/p"), None);
    }
}

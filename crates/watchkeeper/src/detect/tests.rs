//! Pages of every format, pages that have moved, and pages that are none, served on loopback.

use super::*;
use crate::http::tests::{PUBLIC, Server, config, fetcher, ok, redirect_to};

const PAGE_FOR_PEOPLE: &str =
    "<!doctype html><html><head><title>Acme</title></head><body>Fine.</body></html>";

async fn detect_at(url: &Url) -> Detection {
    let config = crate::config::FetchConfig { max_body: 4_000_000, ..config() };
    detect(&fetcher(&config), url, Timestamp::UNIX_EPOCH, |_| {}).await
}

/// The path at which a page of this format would have its best document.
fn path_of(format: &Format) -> String {
    let base = Url::parse("http://status.example/").expect("an address");
    let probe = feeds::probes(&base).into_iter().skip(1).find(|(_, expected)| expected.name == format.name);
    probe.map_or("/".to_owned(), |(url, _)| url.path().to_owned())
}

#[tokio::test]
async fn every_format_is_found_from_the_address_of_its_page() {
    for format in feeds::FORMATS {
        let pages = vec![(path_of(format), ok(format.example)), ("/".to_owned(), ok(PAGE_FOR_PEOPLE))];
        let server = Server::site(PUBLIC, pages).await;
        let detection = detect_at(&server.url("/")).await;
        let found = detection.found.unwrap_or_else(|| panic!("{}: {:?}", format.name, detection.tried));
        assert_eq!(found.format.name, format.name, "{}", found.evidence);
        assert_eq!(found.url.path(), path_of(format));
        assert!(matches!(detection.tried.last(), Some(Attempt { outcome: Outcome::Recognised(_), .. })));
        assert_eq!(server.requests().len(), detection.tried.len());
    }
}

#[tokio::test]
async fn a_document_that_is_given_is_taken_as_it_is() {
    let format = &feeds::FORMATS[0];
    let server = Server::site(PUBLIC, vec![("/deep/inside.json".to_owned(), ok(format.example))]).await;
    let detection = detect_at(&server.url("/deep/inside.json")).await;
    assert_eq!(detection.found.expect("it is there").format.name, format.name);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_page_that_has_moved_is_looked_for_where_it_is_now() {
    let format = &feeds::FORMATS[0];
    let pages = vec![(path_of(format), ok(format.example)), ("/".to_owned(), ok(PAGE_FOR_PEOPLE))];
    let new = Server::site(PUBLIC, pages).await;
    let old = Server::site(PUBLIC, vec![("/".to_owned(), redirect_to(new.url("/").as_str()))]).await;
    let found = detect_at(&old.url("/")).await.found.expect("it has moved, but it is there");
    assert_eq!(found.url.port(), new.url("/").port());
    assert_eq!(found.poll, format.main(&found.url));
}

#[tokio::test]
async fn a_host_that_is_away_is_asked_once() {
    let listener = tokio::net::TcpListener::bind((PUBLIC, 0)).await.expect("a port");
    let url =
        Url::parse(&format!("http://{}/", listener.local_addr().expect("an address"))).expect("an address");
    drop(listener);
    let detection = detect_at(&url).await;
    assert!(detection.found.is_none());
    assert!(
        matches!(
            detection.tried.as_slice(),
            [Attempt { outcome: Outcome::Failed(FetchError::Connect { .. }), .. }]
        ),
        "{:?}",
        detection.tried
    );
}

#[tokio::test]
async fn a_site_that_is_no_status_page_is_given_up_after_a_bounded_search() {
    let server = Server::saying(PUBLIC, ok(PAGE_FOR_PEOPLE)).await;
    let detection = detect_at(&server.url("/about/us")).await;
    assert!(detection.found.is_none());
    assert!(detection.tried.iter().all(|attempt| matches!(attempt.outcome, Outcome::Unknown)));
    assert!((2..=MAX_ATTEMPTS).contains(&server.requests().len()));
}

#[tokio::test]
async fn a_feed_that_the_page_names_comes_before_those_that_are_guessed() {
    let link =
        r#"<!doctype html><head><link rel="alternate" type="application/rss+xml" href="/own/place"></head>"#;
    let server = Server::saying(PUBLIC, ok(link)).await;
    let paths: Vec<String> =
        detect_at(&server.url("/")).await.tried.iter().map(|one| one.url.path().to_owned()).collect();
    let at = |path: &str| {
        paths.iter().position(|known| known == path).unwrap_or_else(|| panic!("{path}: {paths:?}"))
    };
    assert!(at("/api/v2/summary.json") < at("/own/place") && at("/own/place") < at("/feed.xml"), "{paths:?}");
}

//! How the sites answer.

use super::*;
use axum::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
    RETRY_AFTER,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use std::io::Read as _;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const SUMMARY: &str = "/api/v2/summary.json";

fn with(name: &HeaderName, value: &HeaderValue) -> HeaderMap {
    HeaderMap::from_iter([(name.clone(), value.clone())])
}

async fn body(answer: Response<Body>) -> Vec<u8> {
    axum::body::to_bytes(answer.into_body(), 1_000_000).await.expect("a body").to_vec()
}

#[test]
fn those_who_have_it_are_told_so_until_it_changes() {
    let site = site("Northwind Desk");
    let (before, after) = (at("2024-12-14T17:32:00Z"), at("2024-12-14T17:33:00Z"));
    let first = site.answer(SUMMARY, &HeaderMap::new(), before);
    assert_eq!(first.status(), StatusCode::OK);
    for (validator, condition) in [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)] {
        let headers = with(&condition, &first.headers()[&validator]);
        assert_eq!(site.answer(SUMMARY, &headers, before).status(), StatusCode::NOT_MODIFIED, "{condition}");
        assert_eq!(site.answer(SUMMARY, &headers, after).status(), StatusCode::OK, "{condition}");
    }
}

#[tokio::test]
async fn answers_are_packed_for_those_who_can_unpack() {
    let site = site("Lattice Cloud");
    let plain = site.answer(SUMMARY, &HeaderMap::new(), STARTS_AT);
    let headers = with(&ACCEPT_ENCODING, &HeaderValue::from_static("gzip, br"));
    let packed = site.answer(SUMMARY, &headers, STARTS_AT);
    assert_eq!(plain.headers().get(CONTENT_ENCODING), None);
    assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
    assert_eq!(plain.headers()[ETAG], packed.headers()[ETAG]);
    let (plain, packed) = (body(plain).await, body(packed).await);
    assert!(packed.len() < plain.len() / 2);
    let mut unpacked = Vec::new();
    let bound = plain.len() as u64 + 1;
    flate2::read::GzDecoder::new(packed.as_slice()).take(bound).read_to_end(&mut unpacked).expect("gzip");
    assert_eq!(unpacked, plain);
}

#[tokio::test]
async fn tidewater_is_gone_and_then_cut_off() {
    let site = site("Tidewater SMS");
    for (now, status) in [
        ("2024-12-14T17:44:59Z", StatusCode::OK),
        ("2024-12-14T17:45:00Z", StatusCode::SERVICE_UNAVAILABLE),
        ("2024-12-14T18:19:59Z", StatusCode::SERVICE_UNAVAILABLE),
        ("2024-12-14T18:20:00Z", StatusCode::OK),
    ] {
        let answer = site.answer(SUMMARY, &HeaderMap::new(), at(now));
        assert_eq!(answer.status(), status, "{now}");
        assert_eq!(answer.headers().contains_key(RETRY_AFTER), !status.is_success(), "{now}");
    }
    let now = at("2024-12-14T18:25:00Z");
    let cut = body(site.answer(SUMMARY, &HeaderMap::new(), now)).await;
    serde_json::from_slice::<serde_json::Value>(&cut).expect_err("it breaks off");
    let (format, page) = read(&site, SUMMARY, &cut, now);
    assert_eq!(format, "statuspage");
    assert!(!page.complete && !page.warnings.is_empty(), "{page:?}");
    let whole = body(site.answer(SUMMARY, &HeaderMap::new(), at("2024-12-14T18:28:00Z"))).await;
    serde_json::from_slice::<serde_json::Value>(&whole).expect("it is whole again");
}

#[tokio::test]
async fn people_find_every_incident_and_the_feed() {
    for (name, path, _) in MAIN {
        let site = site(name);
        let front = site.document("/", LEAPS_AT).expect("a page").body;
        let base = Url::parse(&site.base).expect("an address");
        let page = Document::read(front.as_bytes(), Some(&base), &Limits::default());
        let feed = (!path.contains("/api/")).then(|| format!("{}{path}", site.base));
        let named: Vec<_> = feeds::alternates(&page, &base).into_iter().map(String::from).collect();
        assert_eq!(named, Vec::from_iter(feed), "{name}");
        for shown in site.story.shown(LEAPS_AT) {
            let path = format!("/incidents/{}", shown.incident.id);
            assert!(front.contains(&path), "{path}");
            let answer = site.answer(&path, &HeaderMap::new(), LEAPS_AT);
            assert_eq!(answer.headers()[CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
            let page = String::from_utf8(body(answer).await).expect("text");
            assert!(page.contains("<h1>") && page.contains("<h2>"), "{path}");
        }
        // Nobody can look ahead.
        let ahead = site.story.incidents.iter().find(|incident| incident.updates[0].at > LEAPS_AT);
        let path = format!("/incidents/{}", ahead.expect("a story that goes on").id);
        assert_eq!(site.answer(&path, &HeaderMap::new(), LEAPS_AT).status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_world_follows_its_clock_and_stops() {
    let time = Arc::new(Mutex::new(at("2024-12-14T17:32:00Z")));
    let shown = Arc::clone(&time);
    let world = World::start(Arc::new(move || *shown.lock().expect("a clock"))).await.expect("ports");
    let names: Vec<_> = world.vendors().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, MAIN.map(|(name, _, _)| name));
    let (_, northwind) = world.vendors().swap_remove(0);
    assert!(!get(&northwind, SUMMARY).await.expect("an answer").contains("investigating"));
    *time.lock().expect("a clock") = at("2024-12-14T17:33:00Z");
    assert!(get(&northwind, SUMMARY).await.expect("an answer").contains("investigating"));
    world.stop().await;
    get(&northwind, SUMMARY).await.expect_err("nobody listens");
}

async fn get(base: &str, path: &str) -> std::io::Result<String> {
    let host = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    Ok(answer)
}

#[tokio::test]
async fn the_configuration_has_no_mistake() {
    let world = World::start(Arc::new(|| STARTS_AT)).await.expect("ports");
    let listen = "127.0.0.1:8080".parse().expect("an address");
    let text = config(&world, listen, "sqlite::memory:");
    let surroundings = Surroundings { folder: "/nowhere".into(), variable: |_| None };
    let config =
        Config::read(&text, Path::new("demo.toml"), &surroundings).map_err(|mistakes| mistakes.to_string());
    let config = config.expect("no mistakes");
    let watched: Vec<_> =
        config.vendors.iter().map(|vendor| (vendor.name.as_str(), vendor.url.path())).collect();
    let expected = MAIN.map(|(name, path, _)| (name, if path.contains("/api/") { "/" } else { path }));
    assert_eq!(watched, expected);
    let environments: Vec<_> =
        config.environments.iter().map(|environment| environment.name.as_str()).collect();
    assert_eq!(environments, ["PROD1", "PROD2"]);
    assert!(config.environments.iter().all(|environment| environment.components.len() == 5));
    world.stop().await;
}

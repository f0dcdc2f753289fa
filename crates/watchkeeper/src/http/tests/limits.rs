//! Servers that are slow, large, wrong or away.

use super::*;
use std::io::Write as _;

/// A limit that is reached soon, and long before the others.
const SOON: Duration = Duration::from_millis(150);

async fn fetch_with(config: FetchConfig, url: Url) -> Result<Response, FetchError> {
    fetcher(&config).fetch(Request::new(url)).await
}

#[tokio::test]
async fn a_server_that_never_ends_its_headers_is_left() {
    let server = Server::start(PUBLIC, |mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n").await.ok()?;
        std::future::pending::<()>().await;
        Some(stream)
    })
    .await;
    let error = fetch_with(FetchConfig { header_timeout: SOON, ..config() }, server.url("/")).await;
    assert_eq!(error.expect_err("no end"), FetchError::Timeout { phase: Phase::Headers, after: SOON });
}

#[tokio::test]
async fn a_body_that_drips_is_left_when_its_time_is_up() {
    let server = Server::start(PUBLIC, |mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n").await.ok()?;
        loop {
            stream.write_all(b".").await.ok()?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let error = fetch_with(FetchConfig { total_timeout: SOON, ..config() }, server.url("/")).await;
    assert_eq!(error.expect_err("no end"), FetchError::Timeout { phase: Phase::Total, after: SOON });
}

#[tokio::test]
async fn redirects_do_not_buy_time() {
    let server = Server::start(PUBLIC, |mut stream, _| async move {
        tokio::time::sleep(SOON / 2).await;
        stream.write_all(redirect_to("/again").as_bytes()).await.ok().map(|()| stream)
    })
    .await;
    let error = fetch_with(FetchConfig { total_timeout: SOON, ..config() }, server.url("/")).await;
    assert_eq!(error.expect_err("too long in all"), FetchError::Timeout { phase: Phase::Total, after: SOON });
}

#[tokio::test]
async fn a_handshake_or_a_name_that_is_never_answered_counts_as_connecting() {
    let listener = TcpListener::bind((PUBLIC, 0)).await.expect("a port");
    let url = format!("https://{}/", listener.local_addr().expect("an address"));
    let config = FetchConfig { connect_timeout: SOON, ..config() };
    let error = fetch_with(config.clone(), Url::parse(&url).expect("an address")).await;
    let too_long = FetchError::Timeout { phase: Phase::Connect, after: SOON };
    assert_eq!(error.expect_err("no answer"), too_long);
    let mute: Lookup = |_| Box::pin(std::future::pending());
    let fetcher = Fetcher::with_lookup(&config, mute).expect("a client");
    let url = Url::parse("http://mute.example/").expect("an address");
    assert_eq!(fetcher.fetch(Request::new(url)).await.expect_err("no address"), too_long);
}

#[tokio::test]
async fn too_much_is_not_read_whether_or_not_it_was_announced() {
    let too_large = FetchError::TooLarge { part: Part::Body, limit: 10_000 };
    let announced = Server::saying(PUBLIC, "HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n").await;
    assert_eq!(fetch(announced.url("/")).await.expect_err("announced"), too_large);
    let endless = Server::start(PUBLIC, |mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
        loop {
            stream.write_all(&[b'.'; 1_000]).await.ok()?;
        }
    })
    .await;
    assert_eq!(fetch(endless.url("/")).await.expect_err("endless"), too_large);
    let just_right = Server::saying(PUBLIC, ok(&"x".repeat(10_000))).await;
    assert!(fetch(just_right.url("/")).await.is_ok());
}

#[tokio::test]
async fn a_packed_body_is_measured_unpacked() {
    let packed = |length: usize| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b' '; length]).expect("memory");
        let body = encoder.finish().expect("memory");
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.into_bytes(), body].concat()
    };
    let small = Server::saying(PUBLIC, packed(9_999)).await;
    assert_eq!(fetch(small.url("/")).await.expect("small").body, Body::Bytes(vec![b' '; 9_999]));
    let bomb = packed(2_000_000);
    assert!(bomb.len() < 10_000, "the bomb is small until it is unpacked: {}", bomb.len());
    let bomb = Server::saying(PUBLIC, bomb).await;
    let error = fetch(bomb.url("/")).await.expect_err("a bomb");
    assert_eq!(error, FetchError::TooLarge { part: Part::Body, limit: 10_000 });
}

#[tokio::test]
async fn headers_are_bounded_too() {
    let wide = Server::saying(PUBLIC, with_headers(&format!("X-Wide: {}\r\n", "x".repeat(70_000)), "")).await;
    let error = fetch(wide.url("/")).await.expect_err("one wide header");
    assert_eq!(error, FetchError::TooLarge { part: Part::Headers, limit: 65_536 });
    let endless = Server::start(PUBLIC, |mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nX-Endless: ").await.ok()?;
        loop {
            stream.write_all(&[b'x'; 1_000]).await.ok()?;
        }
    })
    .await;
    let error = fetch(endless.url("/")).await.expect_err("endless");
    assert!(matches!(error, FetchError::Broken { .. }), "{error:?}");
    let long_tag =
        Server::saying(PUBLIC, with_headers(&format!("ETag: \"{}\"\r\n", "x".repeat(2_000)), "")).await;
    assert_eq!(fetch(long_tag.url("/")).await.expect("a long tag is merely forgotten").etag, None);
}

#[tokio::test]
async fn an_unchanged_page_is_asked_for_once_and_answered_without_a_body() {
    let fresh =
        "ETag: W/\"7\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nCache-Control: max-age=30\r\n";
    let server = Server::start(PUBLIC, move |mut stream, seen| async move {
        let answer = match seen.number {
            1 => with_headers(fresh, "news"),
            _ => "HTTP/1.1 304 Not Modified\r\n\r\n".to_owned(),
        };
        stream.write_all(answer.as_bytes()).await.ok().map(|()| stream)
    })
    .await;
    let fetcher = fetcher(&config());
    let first = fetcher.fetch(Request::new(server.url("/"))).await.expect("news");
    assert_eq!((first.status, first.max_age), (200, Some(Duration::from_secs(30))));
    let again = Request { url: server.url("/"), etag: first.etag, last_modified: first.last_modified };
    let second = fetcher.fetch(again).await.expect("no news");
    assert_eq!((second.status, second.body), (304, Body::Unchanged));
    let request = server.requests().remove(1);
    assert!(request.contains("if-none-match: W/\"7\"\r\n"), "{request}");
    assert!(request.contains("if-modified-since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), "{request}");
    assert_eq!(server.connections(), 1, "the connection is kept");
    let unasked = fetcher.fetch(Request::new(server.url("/"))).await.expect_err("304 to no condition");
    assert_eq!(unasked, FetchError::Status { code: 304, retry_after: None });
}

#[tokio::test]
async fn a_refusal_carries_the_wait_that_the_vendor_asks_for() {
    let answer = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 90\r\nContent-Length: 0\r\n\r\n";
    let server = Server::saying(PUBLIC, answer).await;
    let error = fetch(server.url("/")).await.expect_err("429");
    assert_eq!(error, FetchError::Status { code: 429, retry_after: Some(Duration::from_secs(90)) });
    assert_eq!(error.to_string(), "the answer was status `429`, try again in 90s");
}

#[tokio::test]
async fn what_is_wrong_is_told_apart() {
    let gone = TcpListener::bind((PUBLIC, 0)).await.expect("a port").local_addr().expect("an address");
    let gone = Url::parse(&format!("http://{gone}/")).expect("an address");
    let garbage = Server::saying(PUBLIC, "SSH-2.0-OpenSSH_9.6\r\n\r\n").await;
    let cut = Server::start(PUBLIC, |mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await.ok()?;
        None
    })
    .await;
    let lost = Server::saying(PUBLIC, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n").await;
    let plain = Server::saying(PUBLIC, "HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let listener = TcpListener::bind((PUBLIC, 0)).await.expect("a port");
    let not_tls = format!("https://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("a listener");
        }
    });
    for (url, word) in [
        (gone, "connect"),
        (garbage.url("/"), "broken"),
        (cut.url("/"), "broken"),
        (lost.url("/"), "broken"),
        (plain.url("/"), "status"),
        (Url::parse(&not_tls).expect("an address"), "tls"),
    ] {
        let error = fetch(url.clone()).await.expect_err("nothing works here");
        assert_eq!(error.word(), word, "{url}: {error}");
        let sentence = error.to_string();
        assert!(
            !sentence.ends_with('.') && sentence.chars().next().is_some_and(char::is_lowercase),
            "{sentence}"
        );
    }
    let nameless: Lookup = |_| Box::pin(async { Err(std::io::Error::other("No such name")) });
    let fetcher = Fetcher::with_lookup(&config(), nameless).expect("a client");
    let error =
        fetcher.fetch(Request::new(garbage.url_of("nowhere.example"))).await.expect_err("no such name");
    assert_eq!(error.to_string(), "cannot find the address of `nowhere.example`: no such name");
}

#[tokio::test]
async fn two_at_a_time_go_to_one_server_and_a_third_waits_its_turn() {
    let busy: Arc<AtomicUsize> = Arc::default();
    let most: Arc<AtomicUsize> = Arc::default();
    let (inside, peak) = (busy.clone(), most.clone());
    let server = Server::start(PUBLIC, move |mut stream, _| {
        let (busy, most) = (inside.clone(), peak.clone());
        async move {
            most.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            busy.fetch_sub(1, Ordering::SeqCst);
            stream.write_all(ok("").as_bytes()).await.ok().map(|()| stream)
        }
    })
    .await;
    let fetcher = fetcher(&config());
    let all = (0..8).map(|_| fetcher.fetch(Request::new(server.url("/"))));
    for outcome in futures_util::future::join_all(all).await {
        outcome.expect("an answer");
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

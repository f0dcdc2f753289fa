//! Names and redirects that lead inside. Each test ends with: nobody came to the trap.

use super::*;

fn assert_refused(outcome: &Result<Response, FetchError>, what: &str) {
    assert!(matches!(outcome, Err(FetchError::Refused(_))), "{what}: {outcome:?}");
}

#[tokio::test]
async fn a_name_that_turns_inward_after_the_first_look_is_refused() {
    static LOOKS: AtomicUsize = AtomicUsize::new(0);
    let turning: Lookup = |_| match LOOKS.fetch_add(1, Ordering::SeqCst) {
        0 => addresses([PUBLIC]),
        _ => addresses([INSIDE]),
    };
    let trap = Server::trap().await;
    let public =
        Server::saying(PUBLIC, "HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi").await;
    let fetcher = Fetcher::with_lookup(&config(), turning).expect("a client");
    fetcher.fetch(Request::new(public.url_of("turning.example"))).await.expect("the first answer is public");
    assert_eq!(LOOKS.load(Ordering::SeqCst), 1, "one look for one connection: there is no gap to turn in");
    assert_refused(&fetcher.fetch(Request::new(trap.url_of("turning.example"))).await, "second look");
    assert_eq!((public.connections(), trap.connections()), (1, 0));
}

#[tokio::test]
async fn of_a_mixed_answer_only_the_public_part_is_used() {
    let mixed: Lookup = |_| addresses([INSIDE, PUBLIC, INSIDE]);
    let trap = Server::trap().await;
    let fetcher = Fetcher::with_lookup(&config(), mixed).expect("a client");
    // Nobody listens on the trap's port at the public address, so the client would be glad of the other.
    let outcome = fetcher.fetch(Request::new(trap.url_of("mixed.example"))).await;
    assert!(matches!(outcome, Err(FetchError::Connect { .. })), "{outcome:?}");
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn a_name_that_the_operator_allows_may_lead_inside() {
    let inside: Lookup = |_| addresses([INSIDE]);
    let server = Server::trap().await;
    let mut config = config();
    config.allow_hosts.add(&format!("status.internal:{}", server.address.port())).expect("a host");
    let fetcher = Fetcher::with_lookup(&config, inside).expect("a client");
    fetcher.fetch(Request::new(server.url_of("status.internal"))).await.expect("allowed");
    assert_refused(&fetcher.fetch(Request::new(server.url_of("other.internal"))).await, "another name");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_redirect_inward_is_refused_however_it_is_written() {
    let inside: Lookup = |_| addresses([INSIDE]);
    let trap = Server::trap().await;
    let port = trap.address.port();
    let fetcher = Fetcher::with_lookup(&config(), inside).expect("a client");
    for location in [
        format!("http://127.0.0.1:{port}/"),
        format!("//127.0.0.1:{port}/"),
        format!("http://0x7f.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://harmless.example:{port}/"),
        format!("http://user@127.0.0.2:{port}/"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.2/".to_owned(),
    ] {
        let public = Server::saying(PUBLIC, redirect_to(&location)).await;
        assert_refused(&fetcher.fetch(Request::new(public.url("/"))).await, &location);
        assert_eq!(public.connections(), 1);
    }
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn an_exception_is_not_for_strangers_to_use() {
    let inside: Lookup = |_| addresses([INSIDE]);
    let trap = Server::trap().await;
    let port = trap.address.port();
    let mut config = config();
    for exception in ["127.0.0.0/8", "status.internal"] {
        config.allow_hosts.add(exception).expect("an exception");
    }
    let fetcher = Fetcher::with_lookup(&config, inside).expect("a client");
    for location in [trap.url("/"), trap.url_of("status.internal"), trap.url_of("other.internal")] {
        let stranger = Server::saying(PUBLIC, redirect_to(location.as_str())).await;
        let error = fetcher.fetch(Request::new(stranger.url("/"))).await.expect_err("a stranger");
        assert!(
            error.to_string().ends_with("is a loopback address, where a redirect must not lead"),
            "{error}"
        );
    }
    assert_eq!(trap.connections(), 0);
    let same_host = Server::saying(INSIDE, redirect_to(&format!("http://127.0.0.1:{port}/"))).await;
    fetcher.fetch(Request::new(same_host.url("/"))).await.expect("asked for by the operator");
    fetcher.fetch(Request::new(trap.url_of("status.internal"))).await.expect("asked for by the operator");
}

#[tokio::test]
async fn addresses_that_are_refused_at_once_never_reach_the_network() {
    let trap = Server::trap().await;
    for host in ["127.0.0.1", "localhost", "0x7f.1"] {
        assert_refused(&fetch(trap.url_of(host)).await, host);
    }
    for url in ["file:///etc/passwd", "ftp://127.0.0.2/", "http://user:secret@127.0.0.2/"] {
        let error = fetch(Url::parse(url).expect("an address")).await.expect_err(url);
        assert!(matches!(error, FetchError::Refused(_)) && !error.to_string().contains("secret"), "{error}");
    }
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn redirects_are_followed_to_the_limit_and_carry_nothing_along() {
    let last = Server::saying(PUBLIC, ok("here")).await;
    let first = Server::saying(
        PUBLIC,
        redirect_to(last.url("/moved").as_str()).replace("\r\n\r\n", "\r\nSet-Cookie: a=b\r\n\r\n"),
    )
    .await;
    let response = fetch(first.url("/secret-path")).await.expect("one redirect");
    assert_eq!(response.final_url, last.url("/moved"));
    assert_eq!(response.body, Body::Bytes(b"here".to_vec()));
    let request = last.requests().remove(0).to_lowercase();
    assert!(request.starts_with("get /moved http/1.1\r\n") && request.contains("user-agent: watchkeeper/"));
    assert!(!request.contains("referer") && !request.contains("cookie") && !request.contains("secret-path"));

    let circle = Server::saying(PUBLIC, redirect_to("/again")).await;
    let error = fetch(circle.url("/")).await.expect_err("a circle");
    assert_eq!(error, FetchError::Redirects { limit: 3 });
    assert_eq!(circle.requests().len(), 4);
}

//! How kept answers are served: tags, compression, freshness, and what makes no place in the cache.

use crate::support::{World, request};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use web::auth::Scope;
use web::samples::stories;

async fn entries(world: &World) -> usize {
    let metrics = world.get("/metrics").await.body;
    let line = metrics.lines().find(|line| line.starts_with("watchkeeper_cache_entries ")).expect("a gauge");
    line.rsplit(' ').next().expect("a value").parse().expect("a number")
}

#[tokio::test]
async fn a_page_is_served_compressed_with_a_tag_and_the_common_headers() {
    let world = World::told().await;
    let page = world.get_with("/", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("content-encoding"), "gzip");
    assert_eq!(page.header("vary"), "accept-encoding");
    assert_eq!(page.header("cache-control"), "no-cache");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self';"));
    assert!(!page.headers.contains_key("strict-transport-security"));
    assert!(!page.headers.contains_key("set-cookie"));
    let tag = page.header("etag").to_owned();
    let known = world.get_with("/", &[("if-none-match", &tag), ("accept-encoding", "gzip")]).await;
    assert_eq!((known.status, known.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(known.header("etag"), tag);
    let plain = world.get("/").await;
    assert!(!plain.headers.contains_key("content-encoding") && plain.body.contains("</html>"));
}

#[tokio::test]
async fn a_site_behind_https_says_so_to_browsers() {
    let world = World::with_url(Some("https://status.harbour.example")).await;
    assert!(world.get("/").await.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn nothing_that_a_client_makes_up_takes_a_place_in_the_cache() {
    let world = World::told().await;
    let id = stories::seed_day().incident.id;
    for path in ["/", "/incidents", "/vendors", "/vendors/fernwick"] {
        assert_eq!(world.get(path).await.status, StatusCode::OK, "{path}");
    }
    let before = entries(&world).await;
    for number in 0..50 {
        for path in [
            format!("/?x={number}"),
            format!("/incidents?q=word{number}"),
            format!("/incidents?source=fernwick&after=1734197580000000.{id}&x={number}"),
            format!("/vendors?q={number}"),
            format!("/vendors/fernwick?{number}"),
            format!("/vendors/nobody-{number}"),
            format!("/incidents/{number:012}"),
            format!("/api/v1/incidents?q=word{number}"),
            format!("/api/v1/incidents/{number:012}"),
            format!("/api/v1/vendors/nobody-{number}"),
            format!("/nothing/{number}"),
            format!("/assets/{number}.css"),
        ] {
            let answer = world.get(&path).await;
            assert!(
                answer.status.is_success() || answer.status == StatusCode::NOT_FOUND,
                "{path}: {answer:?}"
            );
        }
    }
    assert_eq!(entries(&world).await, before);
}

#[tokio::test]
async fn no_header_and_no_cookie_changes_what_is_served() {
    let world = World::told().await;
    let plain = world.get("/").await;
    for header in [
        ("cookie", "watchkeeper=0000000000000000000000000000000000000000000000000000000000000000"),
        ("cache-control", "no-cache"),
        ("pragma", "no-cache"),
        ("x-forwarded-host", "evil.example"),
        ("x-request-id", "mine"),
        ("host", "evil.example"),
        ("accept-language", "de"),
    ] {
        let answer = world.get_with("/", &[header]).await;
        assert_eq!(answer.body, plain.body, "{header:?}");
        assert_eq!(answer.headers, plain.headers, "{header:?}");
    }
    let metrics = world.get("/metrics").await.body;
    assert!(metrics.contains("watchkeeper_renders_total 1\n"), "{metrics}");
}

#[tokio::test]
async fn a_page_is_rendered_anew_when_it_changed_and_when_it_is_old() {
    let world = World::told().await;
    let first = world.get("/incidents").await;
    assert_eq!(world.get("/incidents").await.headers["etag"], first.headers["etag"]);
    world.wait(60);
    let later = world.get("/incidents").await;
    assert_ne!(later.headers["etag"], first.headers["etag"], "the page says of which minute it is");
    let story = stories::vendor_outage();
    world.watch(&["Fernwick", "Kopra", &story.subject]).await;
    world.tell(&story).await;
    let change = web::Change::Incident(story.incident.id.clone());
    world.site.changed(&[web::Change::Vendor(stories::source(&story)), change]).await.expect("rendered");
    let title = &story.incident.title;
    assert!(world.get("/incidents").await.body.contains(title.as_str()));
}

#[tokio::test]
async fn what_another_node_wrote_is_found_by_its_revision() {
    let world = World::told().await;
    assert_eq!(world.get("/").await.status, StatusCode::OK);
    let story = stories::edited();
    world.watch(&["Fernwick", "Kopra", &story.subject]).await;
    world.tell(&story).await;
    let path = format!("/incidents/{}", story.incident.id);
    assert_eq!(world.get(&path).await.status, StatusCode::NOT_FOUND);
    world.wait(11);
    world.site.sync().await.expect("in step");
    assert_eq!(world.get(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_another_node_wrote_shows_at_the_next_look() {
    let world = World::told().await;
    world.site.sync().await.expect("in step");
    let ours = stories::own_open().incident;
    assert!(!world.get("/").await.body.contains("Cabling is at fault"));
    let command = domain::Command::Retitle { title: "Cabling is at fault".into() };
    let input = domain::Input::Command { by: "Ann".into(), command };
    let decision = domain::decide(&ours.id, Some(&ours), &input, crate::support::now()).expect("allowed");
    world.store.commit(&decision, None).await.expect("committed");
    world.site.sync().await.expect("in step");
    for path in ["/", "/incidents", "/history.atom", "/api/v1/status"] {
        assert!(world.get(path).await.body.contains("Cabling is at fault"), "{path}");
    }
    assert!(world.site.sync().await.is_ok(), "nothing is new, and nothing is rendered for it");
}

#[tokio::test]
async fn warming_renders_every_page_before_anybody_asks() {
    let world = World::told().await;
    world.site.warm().await;
    let renders = world.get("/metrics").await.body;
    let rendered = |metrics: &str| {
        metrics.lines().find(|line| line.starts_with("watchkeeper_renders_total")).map(str::to_owned)
    };
    for path in ["/", "/vendors", "/vendors/kopra", "/incidents", "/history.atom", "/api/v1/status"] {
        assert_eq!(world.get(path).await.status, StatusCode::OK, "{path}");
    }
    for story in [stories::seed_day(), stories::own_open()] {
        assert_eq!(world.get(&format!("/incidents/{}", story.incident.id)).await.status, StatusCode::OK);
    }
    assert_eq!(rendered(&renders), rendered(&world.get("/metrics").await.body));
}

#[tokio::test]
async fn other_methods_and_other_spellings_are_refused() {
    let world = World::told().await;
    for path in ["/", "/vendors", "/nothing", "/api/v1/status"] {
        let answer = world.send(request(Method::POST, path, &[], Body::empty())).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    let head = world.send(request(Method::HEAD, "/", &[], Body::empty())).await;
    assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
    for path in ["/vendors/", "//", "/Vendors", "/incidents/..", "/api/v1/status/", "/%00"] {
        assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let missing = world.get("/api/v2/status").await;
    assert_eq!((missing.status, missing.code().as_str()), (StatusCode::NOT_FOUND, "not_found"));
    let page = world.get("/<script>alert(1)</script>".replace('<', "%3C").replace('>', "%3E").as_str()).await;
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
}

#[tokio::test]
async fn assets_are_kept_for_ever_under_names_that_change() {
    let world = World::empty().await;
    for asset in web::assets::all() {
        let answer = world.get(&asset.path).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body.as_bytes(), asset.bytes);
        assert_eq!(answer.header("content-type"), asset.content_type);
        assert!(answer.header("cache-control").contains("immutable"));
    }
    assert_eq!(world.get("/assets/app.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_request_id_of_the_client_is_kept_only_if_it_is_plain() {
    let world = World::empty().await;
    let token = world.token(Scope::Read).await;
    let authorization = format!("Bearer {token}");
    let ask = async |id: &str| {
        let headers = [("authorization", authorization.as_str()), ("x-request-id", id)];
        world.send(request(Method::POST, "/api/v1/incidents", &headers, Body::empty())).await
    };
    assert_eq!(ask("deploy-7").await.json()["error"]["request_id"], "deploy-7");
    let other = ask("a b\"c").await;
    assert_eq!(other.json()["error"]["request_id"], other.header("x-request-id"));
    assert!(!other.header("x-request-id").contains('"'));
}

//! Badges and the page for frames: what stands on pages of others.

use crate::console::Browser;
use crate::pages::{FIRST, INSIDE, INTERNAL, SECOND, told};
use crate::support::{Answer, World, open_body};
use axum::http::{Method, StatusCode};
use domain::Slug;
use serde_json::json;
use web::PageConfig;
use web::auth::Scope;

#[tokio::test]
async fn a_badge_says_how_a_page_and_its_components_stand() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let unknown = world.get("/badge.svg").await;
    assert_eq!((unknown.status, unknown.header("content-type")), (StatusCode::OK, "image/svg+xml"));
    assert!(unknown.body.contains("<title>Harbour: Unknown</title>"), "{}", unknown.body);
    world.opened(&token).await;
    let api = world.get("/badge/api.svg").await;
    assert!(api.body.contains("aria-label=\"API: Partial outage\""), "{}", api.body);
    assert!(world.get("/badge.svg").await.body.contains("Harbour: Partial outage"));
    assert!(world.get("/badge/agent-desk.svg").await.body.contains("Agent desk: Operational"));
    assert!(world.get("/badge/mail-out.svg").await.body.contains("Mail out: Unknown"));
    for picture in [&unknown, &api] {
        assert!(!picture.body.contains("script") && !picture.body.contains("style="), "{}", picture.body);
        assert!(picture.header("etag").len() > 2 && picture.header("cache-control") == "no-cache");
    }
    let known = [("if-none-match", api.header("etag"))];
    assert_eq!(world.get_with("/badge/api.svg", &known).await.status, StatusCode::NOT_MODIFIED);
}

/// Everything but the number of the request.
fn told_of(answer: &Answer) -> (StatusCode, String, String) {
    let mut headers = answer.headers.clone();
    headers.remove("x-request-id");
    (answer.status, format!("{headers:?}"), answer.body.clone())
}

#[tokio::test]
async fn what_is_not_for_everybody_and_what_there_is_not_get_the_same_answer() {
    let world = told().await;
    let nothing = told_of(&world.get("/p/nobody/badge.svg").await);
    assert_eq!(nothing.0, StatusCode::NOT_FOUND);
    for path in [
        "/badge/nothing.svg",
        "/badge/%3Cscript%3E.svg",
        // Of PROD1, which is not on this page.
        "/p/acme/badge/api.svg",
        "/p/acme/badge/nothing.svg",
        "/p/locked/badge.svg",
        "/p/locked/badge/api.svg",
        "/p/locked/badge/nothing.svg",
        "/p/locked/embed",
    ] {
        assert_eq!(told_of(&world.get(path).await), nothing, "{path}");
    }
    assert_eq!(world.get("/p/acme/badge/mail-out.svg").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_internal_incident_changes_no_badge_and_no_frame() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let paths = ["/badge.svg", "/badge/api.svg", "/embed"];
    let mut before = Vec::new();
    for path in paths {
        before.push(world.get(path).await.body);
    }
    let mut body = open_body();
    body["visibility"] = json!("internal");
    let opened = world.write(Method::POST, "/api/v1/incidents", &token, &body).await;
    assert_eq!(opened.status, StatusCode::CREATED);
    world.site.sync().await.expect("in step");
    for (path, before) in paths.into_iter().zip(before) {
        assert_eq!(world.get(path).await.body, before, "{path}");
    }
}

#[tokio::test]
async fn the_page_for_frames_may_be_framed_and_no_other() {
    let world = told().await;
    let framed = world.get("/embed").await;
    assert_eq!(framed.status, StatusCode::OK, "{}", framed.body);
    assert!(framed.header("content-security-policy").ends_with("; frame-ancestors *"));
    assert_eq!(framed.header("x-frame-options"), "");
    assert!(framed.body.contains(FIRST) && framed.body.contains(SECOND), "{}", framed.body);
    assert!(!framed.body.contains(INTERNAL) && !framed.body.contains(INSIDE));
    assert!(framed.body.contains("http-equiv=\"refresh\"") && !framed.body.contains("<script"));
    let other = world.get("/p/acme/embed").await;
    assert!(other.body.contains(SECOND) && !other.body.contains(FIRST), "{}", other.body);
    assert!(other.body.contains("href=\"/p/acme/incidents/"), "{}", other.body);
    for path in ["/", "/incidents", "/subscribe", "/console/sign-in", "/badge.svg", "/embed/", "/p/locked"] {
        let answer = world.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
    }
}

#[tokio::test]
async fn a_page_names_the_sites_that_may_frame_it() {
    let origins = |list: &[&str]| Some(list.iter().map(|&origin| origin.to_owned()).collect());
    let page = |name: &str, embed| PageConfig {
        slug: Slug::parse(name).expect("a slug"),
        embed,
        ..PageConfig::whole(name)
    };
    let some = ["https://www.example.org", "https://shop.example.org"];
    let world = World::of_pages(vec![page("some", origins(&some)), page("none", origins(&[]))]).await;
    let policy = async |path: &str| world.get(path).await.header("content-security-policy").to_owned();
    assert!(
        policy("/embed")
            .await
            .ends_with("; frame-ancestors https://www.example.org https://shop.example.org")
    );
    assert!(policy("/p/none/embed").await.ends_with("; frame-ancestors 'none'"));
}

#[tokio::test]
async fn a_page_for_members_is_open_to_those_who_may_see_all_that_it_shows() {
    let world = told().await;
    let within = |slugs: &[&str]| slugs.iter().map(|slug| Slug::parse(slug).expect("a slug")).collect();
    let paths = [
        "",
        "/incidents",
        "/events",
        "/api/v1/status",
        "/api/v2/summary.json",
        "/history.atom",
        "/badge.svg",
    ];
    for (environments, admitted) in
        [(within(&[]), true), (within(&["prod2"]), true), (within(&["prod1"]), false)]
    {
        let new = web::auth::NewToken {
            environments,
            ..web::auth::NewToken::new("ann", Scope::Read, crate::support::now())
        };
        let token = world.make_token(new).await;
        let mut browser = Browser::new(&world);
        assert_eq!(browser.sign_in(&token).await.status, StatusCode::OK);
        let authorization = format!("Bearer {token}");
        for headers in [("cookie", browser.cookie.as_str()), ("authorization", authorization.as_str())] {
            for path in paths {
                let status = world.status(&format!("/p/team{path}"), &[headers]).await;
                let refused =
                    if path.contains("badge") { StatusCode::NOT_FOUND } else { StatusCode::UNAUTHORIZED };
                let expected = if admitted { StatusCode::OK } else { refused };
                assert_eq!(status, expected, "{path} by {headers:?}");
            }
            let answer = world.get_with("/p/team/api/v1/status", &[headers]).await;
            assert!(admitted || !answer.body.to_lowercase().contains("prod2"), "{}", answer.body);
        }
    }
    assert_eq!(world.get("/p/team/events").await.status, StatusCode::UNAUTHORIZED);
}

//! What is not to be seen is nowhere: every anonymous address is crawled and searched.

use crate::support::World;
use axum::http::{StatusCode, Uri};
use std::collections::BTreeSet;
use web::auth::Scope;
use web::samples::stories;

/// Addresses of ours in a page or document: whatever stands between quotation marks and looks like one.
fn links(body: &str) -> BTreeSet<String> {
    let ours = body.split('"').filter(|text| text.starts_with('/') && !text.starts_with("//"));
    let whole = ours.map(|text| text.replace("&amp;", "&").replace("&#38;", "&"));
    let pages = whole.map(|text| text.split('#').next().unwrap_or_default().to_owned());
    pages.filter(|text| text.len() < 300 && text.parse::<Uri>().is_ok()).collect()
}

/// Every answer that can be reached from these addresses.
async fn crawl(world: &World, from: &[&str]) -> Vec<(String, String)> {
    crawl_on(world, from, "harbour.example").await
}

/// The same under another domain.
pub(crate) async fn crawl_on(world: &World, from: &[&str], host: &str) -> Vec<(String, String)> {
    let mut waiting: BTreeSet<String> = from.iter().map(|path| (*path).to_owned()).collect();
    let mut seen = BTreeSet::new();
    let mut answers = Vec::new();
    while let Some(path) = waiting.pop_first() {
        // The stream of events never ends.
        if !seen.insert(path.clone()) || path.ends_with("/events") || path.contains('{') {
            continue;
        }
        let answer = world.get_with(&path, &[("host", host)]).await;
        // A script or a style leads nowhere.
        if !path.starts_with("/assets/") {
            waiting.extend(links(&answer.body).difference(&seen).cloned());
        }
        answers.push((path, format!("{:?}{}", answer.headers, answer.body)));
        assert!(answers.len() < 2_000, "the site does not end");
    }
    answers
}

const STARTS: [&str; 12] = [
    "/",
    "/vendors",
    "/incidents",
    "/history.atom",
    "/console",
    "/metrics",
    "/readyz",
    "/robots.txt",
    "/api/v1/status",
    "/api/v1/vendors",
    "/api/v1/incidents",
    "/api/v1/environments",
];

#[tokio::test]
async fn a_vendor_taken_out_of_the_configuration_and_a_token_are_shown_nowhere() {
    let world = World::told().await;
    let token = world.token(Scope::Admin).await;
    let (token_id, _) = web::auth::token::parse(&token).expect("a token");
    let seed = stories::seed_day();
    let visible = crawl(&world, &STARTS).await;
    assert!(visible.iter().any(|(_, body)| body.contains("Fernwick")), "the crawl finds what is there");
    assert!(visible.iter().any(|(path, _)| path.ends_with(seed.incident.id.as_str())));
    assert!(visible.len() > 20, "{}", visible.len());

    world.watch(&["Kopra"]).await;
    world.wait(60);
    world.site.sync().await.expect("in step");
    let mut starts: Vec<String> = STARTS.map(str::to_owned).into();
    starts.extend(["/incidents?q=slow".to_owned(), "/api/v1/incidents?q=reads".to_owned()]);
    let starts: Vec<&str> = starts.iter().map(String::as_str).collect();
    let hidden = ["Fernwick", "fernwick", seed.incident.id.as_str(), &seed.incident.title, &token, token_id];
    for (path, body) in crawl(&world, &starts).await {
        for secret in hidden {
            assert!(!body.contains(secret), "{path} shows `{secret}`");
        }
    }
    for path in ["/vendors/fernwick", "/vendors/fernwick/raw", "/api/v1/vendors/fernwick"] {
        assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["incidents", "api/v1/incidents"] {
        let answer = world.get(&format!("/{path}/{}", seed.incident.id)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let timeline = world.get(&format!("/api/v1/incidents/{}/timeline", seed.incident.id)).await;
    assert_eq!(timeline.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_link_of_the_site_leads_somewhere() {
    let world = World::told().await;
    for (path, _) in crawl(&world, &STARTS).await {
        let status = world.get(&path).await.status;
        let fine = status.is_success() || status.is_redirection() || path == "/console/sign-out";
        assert!(fine, "{path}: {status}");
    }
}

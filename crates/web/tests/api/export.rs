//! A page as files: complete in itself, and nothing in it that strangers may not see.

use crate::pages::{FIRST, INSIDE, INTERNAL, SECOND, told};
use crate::support::World;
use axum::http::{Method, StatusCode};
use domain::{Impact, IncidentId, Slug, State};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Component, Path};
use web::Target;
use web::auth::Scope;
use web::samples::stories;

async fn files(world: &World, slug: &str) -> BTreeMap<String, String> {
    let page = world.site.page(&Slug::parse(slug).expect("a slug")).expect("a page");
    let export = world.site.export(page).await.expect("exported");
    let mut files = BTreeMap::new();
    for (path, bytes) in export.assets() {
        files.insert(path, String::from_utf8_lossy(&bytes).into_owned());
    }
    for target in export.targets() {
        let bytes = export.bytes(&target).await.unwrap_or_else(|error| panic!("{target:?}: {error:?}"));
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        assert!(files.insert(target.file(), text).is_none(), "{} twice", target.file());
    }
    files
}

/// Where a relative address leads from a file.
fn resolved(from: &str, address: &str) -> String {
    let address = address.split(['#', '?']).next().unwrap_or_default();
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in Path::new(address).components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str().expect("text")),
            Component::ParentDir => assert!(parts.pop().is_some(), "{from}: {address} leads out"),
            Component::CurDir => {}
            other => panic!("{from}: {address} begins at the root: {other:?}"),
        }
    }
    parts.join("/")
}

/// Relative addresses that a page names.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    let named = text.split([' ', '\n']).filter_map(|piece| {
        let value = ["href=\"", "src=\"", "action=\""].iter().find_map(|name| piece.strip_prefix(name))?;
        value.split('"').next()
    });
    named.filter(|address| !address.starts_with('#') && !address.contains("://"))
}

/// Follows every address, and returns how many there were.
fn follow(files: &BTreeMap<String, String>) -> usize {
    let mut followed = 0;
    for (name, text) in
        files.iter().filter(|(name, _)| name.rsplit_once('.').is_some_and(|(_, kind)| kind == "html"))
    {
        for address in addresses(text) {
            let target = resolved(name, address);
            assert!(
                files.contains_key(&target),
                "{name}: `{address}` leads to `{target}`, which is not there"
            );
            followed += 1;
        }
        assert!(text.contains("<time"), "{name} says as of when it is");
        assert!(!text.contains("data-events") && !text.contains("<form"), "{name} asks nobody");
    }
    followed
}

#[tokio::test]
async fn every_address_in_an_export_leads_to_one_of_its_files() {
    let world = told().await;
    let files = files(&world, "main").await;
    assert!(follow(&files) > 100);
    for name in [
        "index.html",
        "incidents.html",
        "history.html",
        "vendors.html",
        "vendors/fernwick.html",
        "embed.html",
        "badge.svg",
        "badge/api.svg",
        "history.atom",
        "feed.json",
        "api/v1/vendors/fernwick/incidents.json",
        "api/v2/summary.json",
    ] {
        assert!(files.contains_key(name), "{name}");
    }
    let document: Value = serde_json::from_str(&files["api/v1/incidents.json"]).expect("JSON");
    let path = document["incidents"][0]["path"].as_str().expect("a path");
    assert!(files.contains_key(&resolved("api/v1/incidents.json", path)), "{path}");
}

#[tokio::test]
async fn an_export_speaks_as_its_page_does_and_has_its_face() {
    let world = told().await;
    let files = files(&world, "acme").await;
    assert!(follow(&files) > 30);
    let home = &files["index.html"];
    assert!(home.contains("<html lang=\"de\"") && home.contains("Stand: "), "{home}");
    assert_eq!(files.keys().filter(|name| name.starts_with("assets/face.")).count(), 3);
    assert!(!files.keys().any(|name| name.contains("vendors")), "it shows none");
}

#[tokio::test]
async fn of_a_vendor_with_many_incidents_an_export_has_those_that_a_page_names() {
    let world = told().await;
    for number in 0..60 {
        let said = stories::update("said", "2025-02-12T08:52:00Z", State::Resolved, "It is over.");
        let seen = stories::observed(&format!("many{number}"), "Slow", Impact::Minor, vec![said]);
        world.tell(&stories::first_seen("Fernwick", "2025-02-12T08:52:41Z", seen)).await;
    }
    world.site.sync().await.expect("in step");
    let files = files(&world, "main").await;
    follow(&files);
    let pages = files.keys().filter(|name| name.starts_with("incidents/")).count();
    assert!((50..60).contains(&pages), "{pages}");
}

#[tokio::test]
async fn names_of_components_and_vendors_choose_no_place_outside_of_the_folder() {
    let world = told().await;
    world.watch(&["Fernwick", "../../etc/passwd", "..\\evil", "/root"]).await;
    let token = world.token(Scope::Admin).await;
    let odd = json!({ "name": "../..", "components": [{ "name": ".." }, { "name": "..\\x" }, { "name": "%2e%2e%2fy" }] });
    let added = world.write(Method::PUT, "/api/v1/environments/odd", &token, &odd).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.body);
    world.site.sync().await.expect("in step");
    let files = files(&world, "main").await;
    for name in ["vendors/etc-passwd.html", "badge/x.svg", "badge/2e-2e-2fy.svg"] {
        assert!(files.contains_key(name), "{name}: {:?}", files.keys());
    }
    for name in files.keys() {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "./-_".contains(letter);
        assert!(name.chars().all(plain) && !name.contains("..") && !name.starts_with('/'), "{name}");
    }
    follow(&files);
}

#[tokio::test]
async fn an_export_holds_what_readers_of_the_page_see_and_no_more() {
    let world = told().await;
    let (whole, part) = (files(&world, "main").await, files(&world, "acme").await);
    for (name, text) in whole.iter().chain(&part) {
        for word in [INTERNAL, INSIDE, "crm.conversations", "mongo-1", IncidentId::from_entropy(901).as_str()]
        {
            assert!(!text.contains(word), "`{word}` in {name}");
        }
    }
    for (name, text) in &part {
        for word in [FIRST, "PROD1", "prod1", "Fernwick", "fernwick"] {
            assert!(!text.contains(word), "`{word}` in {name} of acme");
        }
    }
    assert!(whole["index.html"].contains(FIRST) && part["index.html"].contains(SECOND));
    let public = IncidentId::from_entropy(902);
    assert!(part[&Target::Incident(public).file()].contains(SECOND));
}

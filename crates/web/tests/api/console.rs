//! `/console` and below: sessions, forms and what protects them.

use crate::support::{Answer, World, request};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use std::net::SocketAddr;
use url::form_urlencoded;
use web::auth::Scope;

const SITE: &str = "http://harbour.example";

/// A browser: one cookie, and the hidden fields of the last page.
pub(crate) struct Browser<'a> {
    world: &'a World,
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self { world, cookie: String::new(), csrf: String::new() }
    }

    fn remember(&mut self, answer: Answer) -> Answer {
        let set = answer.header("set-cookie").to_owned();
        if let Some((pair, attributes)) = set.split_once(';') {
            assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Strict"), "{set}");
            pair.clone_into(&mut self.cookie);
        }
        if let Some((_, rest)) = answer.body.split_once("name=\"csrf\" value=\"") {
            rest.split('"').next().expect("a value").clone_into(&mut self.csrf);
        }
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let cookie = self.cookie.clone();
        let answer = self.world.get_with(path, &[("cookie", &cookie)]).await;
        self.remember(answer)
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_from(SITE, path, fields).await
    }

    pub(crate) async fn post_from(&mut self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("csrf", &csrf)
            .extend_pairs(fields)
            .finish();
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("origin", origin),
            ("host", "harbour.example"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let answer = self.world.send(request(Method::POST, path, &headers, Body::from(body))).await;
        self.remember(answer)
    }

    pub(crate) async fn sign_in(&mut self, token: &str) -> Answer {
        self.get("/console/sign-in").await;
        let answer = self.post("/console/sign-in", &[("token", token), ("next", "/console")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        self.get("/console").await
    }
}

pub(crate) const OPEN: [(&str, &str); 6] = [
    ("environment", "prod1"),
    ("kind", "incident"),
    ("title", "Reads stalled"),
    ("impact", "major"),
    ("state", "investigating"),
    ("body", "We are looking.\r\nPlease wait."),
];

#[tokio::test]
async fn an_operator_signs_in_opens_updates_and_signs_out() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let mut browser = Browser::new(&world);
    let asked = browser.get("/console").await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    assert_eq!(asked.header("location"), "/console/sign-in?next=/console");
    let board = browser.sign_in(&token).await;
    assert_eq!(board.status, StatusCode::OK);
    assert_eq!(board.header("cache-control"), "no-store");
    assert!(board.body.contains("ines"));
    let mut fields = OPEN.to_vec();
    fields.push(("component.prod1.api", "partial_outage"));
    fields.push(("component.prod2.mail-out", "major_outage"));
    let opened = browser.post("/console/incidents", &fields).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
    let manage = opened.header("location").to_owned();
    let page = browser.get(&manage).await;
    assert!(page.body.contains("The incident is open."), "{}", page.body);
    let path = manage.split('?').next().expect("a path").to_owned();
    let posted = browser
        .post(
            &format!("{path}/update"),
            &[("state", "resolved"), ("body", "Over."), ("component.api", "operational")],
        )
        .await;
    assert_eq!(posted.header("location"), format!("{path}?done=update"), "{}", posted.body);
    let id = path.rsplit('/').next().expect("an id");
    let incident = world.get(&format!("/api/v1/incidents/{id}")).await.json();
    assert_eq!(incident["state"], "resolved");
    assert_eq!(incident["components"].as_array().map(Vec::len), Some(1), "only of its own environment");
    assert_eq!(incident["updates"][0]["body"], "We are looking.\nPlease wait.");
    assert_eq!(incident["updates"][0]["versions"][0]["by"]["name"], "ines");
    let cookie = browser.cookie.clone();
    let out = browser.post("/console/sign-out", &[]).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    browser.cookie = cookie;
    assert_eq!(browser.get("/console").await.status, StatusCode::SEE_OTHER, "the session has ended for good");
}

#[tokio::test]
async fn every_action_of_the_manage_page_works() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    let other = browser.post("/console/incidents", &OPEN).await.header("location").to_owned();
    let other = other.split(['/', '?']).nth(3).expect("an id").to_owned();
    let path = browser.post("/console/incidents", &OPEN).await.header("location").to_owned();
    let path = path.split('?').next().expect("a path").to_owned();
    let id = path.rsplit('/').next().expect("an id").to_owned();
    let load = async || world.get(&format!("/api/v1/incidents/{id}")).await.json();
    let update = load().await["updates"][0]["id"].as_str().expect("an id").to_owned();
    let steps: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("edit", vec![("update", &update), ("body", "New words.")]),
        ("title", vec![("title", "Slow reads")]),
        ("impact", vec![("impact", "minor")]),
        ("window", vec![("began_at", "2025-02-12T09:00"), ("ended_at", "")]),
        ("withdraw-update", vec![("update", &update)]),
        ("update", vec![("state", "resolved"), ("body", "Over.")]),
        ("postmortem", vec![("body", "# Why")]),
        ("withdraw", vec![]),
        ("restore", vec![]),
        ("merge", vec![("into", &other)]),
    ];
    for (action, fields) in steps {
        let answer = browser.post(&format!("{path}/{action}"), &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{action}: {}", answer.body);
        let page = browser.get(answer.header("location")).await;
        assert_eq!(page.status, StatusCode::OK, "{action}");
    }
    let incident = load().await;
    assert_eq!(incident["title"], "Slow reads");
    assert_eq!(incident["clocks"]["began_at"], "2025-02-12T09:00:00Z");
    assert_eq!(incident["merged_into"], other.as_str());
    let unknown = browser.post(&format!("{path}/explode"), &[]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_was_refused_is_handed_back_with_the_reason() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    let mut fields = OPEN.to_vec();
    fields[2] = ("title", "");
    fields[5] = ("body", "Words that must not be lost");
    let refused = browser.post("/console/incidents", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Words that must not be lost"), "{}", refused.body);
    assert!(refused.body.contains("is empty"), "{}", refused.body);
    assert_eq!(world.get("/api/v1/incidents").await.json()["total"], 0);
}

#[tokio::test]
async fn a_form_from_elsewhere_without_its_token_or_with_another_does_nothing() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    let foreign = browser.post_from("https://evil.example", "/console/incidents", &OPEN).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let mut other = Browser::new(&world);
    other.sign_in(&token).await;
    let csrf = std::mem::replace(&mut browser.csrf, other.csrf.clone());
    assert_eq!(browser.post("/console/incidents", &OPEN).await.status, StatusCode::FORBIDDEN);
    browser.csrf = String::new();
    assert_eq!(browser.post("/console/incidents", &OPEN).await.status, StatusCode::FORBIDDEN);
    browser.csrf = csrf;
    let cookie = std::mem::take(&mut browser.cookie);
    assert_eq!(browser.post("/console/incidents", &OPEN).await.status, StatusCode::FORBIDDEN);
    browser.cookie = cookie;
    assert_eq!(world.get("/api/v1/incidents").await.json()["total"], 0);
    assert_eq!(browser.post("/console/incidents", &OPEN).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_reader_sees_the_console_and_changes_nothing() {
    let world = World::empty().await;
    let token = world.token(Scope::Read).await;
    let mut browser = Browser::new(&world);
    assert_eq!(browser.sign_in(&token).await.status, StatusCode::OK);
    assert_eq!(browser.post("/console/incidents", &OPEN).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_session_ends_with_its_token_after_half_a_day_and_when_it_is_idle() {
    let world = World::empty().await;
    let token = world.token(Scope::Read).await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    for _ in 0..11 {
        world.wait(3_600);
        assert_eq!(browser.get("/console").await.status, StatusCode::OK);
    }
    world.wait(3_600 - 1);
    assert_eq!(browser.get("/console").await.status, StatusCode::OK);
    world.wait(1);
    assert_eq!(browser.get("/console").await.status, StatusCode::SEE_OTHER);
    browser.sign_in(&token).await;
    world.wait(2 * 3_600);
    assert_eq!(browser.get("/console").await.status, StatusCode::SEE_OTHER);
    browser.sign_in(&token).await;
    world.revoke(&token).await;
    assert_eq!(browser.get("/console").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn wrong_tokens_read_the_same_and_soon_have_to_wait() {
    let world = World::empty().await;
    let mut browser = Browser::new(&world);
    browser.get("/console/sign-in").await;
    let ended = world.token_until(Scope::Admin, Some(crate::support::now())).await;
    let mut bodies = Vec::new();
    for token in ["", "nonsense", &ended] {
        let answer = browser.post("/console/sign-in", &[("token", token), ("next", "//evil.example")]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(!answer.body.contains("evil.example"), "{}", answer.body);
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    let peer: SocketAddr = "203.0.113.7:4000".parse().expect("an address");
    let mut last = StatusCode::OK;
    for _ in 0..11 {
        let mut request = request(Method::POST, "/console/sign-in", &[], Body::empty());
        request.extensions_mut().insert(ConnectInfo(peer));
        last = world.send(request).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn behind_https_the_cookie_is_bound_to_the_host() {
    let world = World::with_url(Some("https://harbour.example")).await;
    let set = world.get("/console/sign-in").await.header("set-cookie").to_owned();
    assert!(set.starts_with("__Host-watchkeeper=") && set.contains("; Secure"), "{set}");
}

#[tokio::test]
async fn what_is_posted_can_be_undone_and_the_words_come_back() {
    let world = World::with_undo(10).await;
    let token = world.token(Scope::Write).await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    let held = browser.post("/console/incidents", &OPEN).await.header("location").to_owned();
    assert!(held.starts_with("/console/held/"), "{held}");
    let page = browser.get(&held).await;
    assert!(page.body.contains("http-equiv=\"refresh\"") && page.body.contains("Undo"), "{}", page.body);
    let board = browser.get("/console").await;
    assert!(board.body.contains("Open an incident: Reads stalled"), "{}", board.body);
    let undone = browser.post(&format!("{held}/undo"), &[]).await;
    assert_eq!(undone.status, StatusCode::OK);
    assert!(undone.body.contains("Please wait."), "the words come back: {}", undone.body);
    world.wait(60);
    assert_eq!(world.site.run_due_held().await.expect("asked"), 0);
    assert_eq!(world.get("/api/v1/incidents").await.json()["total"], 0);

    let held = browser.post("/console/incidents", &OPEN).await.header("location").to_owned();
    world.wait(10);
    assert_eq!(world.site.run_due_held().await.expect("carried out"), 1);
    let sent = browser.get(&held).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert!(sent.header("location").ends_with("?done=sent"), "{}", sent.header("location"));

    let mut at_once = OPEN.to_vec();
    at_once.push(("now", "1"));
    let sent = browser.post("/console/incidents", &at_once).await;
    assert!(sent.header("location").ends_with("?done=open"), "{}", sent.header("location"));
    assert_eq!(world.get("/api/v1/incidents").await.json()["total"], 2);
}

#[tokio::test]
async fn a_team_works_inside_publishes_and_keeps_its_promise_in_the_console() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    let mut fields = OPEN.to_vec();
    fields.push(("visibility", "internal"));
    let path = browser.post("/console/incidents", &fields).await.header("location").to_owned();
    let path = path.split('?').next().expect("a path").to_owned();
    assert_eq!(world.get("/api/v1/incidents").await.json()["total"], 0, "nobody outside sees it");
    let board = browser.get("/console").await;
    assert!(board.body.contains("<span class=\"tag\">internal</span>"), "{}", board.body);
    let noted = browser.post(&format!("{path}/note"), &[("body", "Ask *Fernwick*.")]).await;
    assert!(browser.get(noted.header("location")).await.body.contains("Ask <em>Fernwick</em>."));
    let words = [("body", "Some reads are slow."), ("next_update_at", "30m")];
    let published = browser.post(&format!("{path}/publish"), &words).await;
    assert_eq!(published.header("location"), format!("{path}?done=publish"), "{}", published.body);
    let id = path.rsplit('/').next().expect("an id");
    let public = world.get(&format!("/api/v1/incidents/{id}")).await;
    assert!(
        public.body.contains("Some reads are slow.") && !public.body.contains("Fernwick"),
        "{}",
        public.body
    );
    assert!(!public.body.contains("We are looking."), "what was said inside stays inside");
    let ledger = browser.get("/console/promises").await;
    assert!(ledger.body.contains("Reads stalled") && ledger.body.contains("in 30m"), "{}", ledger.body);
    world.wait(3_600);
    let ledger = browser.get("/console/promises").await;
    assert!(ledger.body.contains("late") && ledger.body.contains("0 of 1"), "{}", ledger.body);
    let hidden = browser.post(&format!("{path}/hide"), &[]).await;
    assert_eq!(hidden.status, StatusCode::SEE_OTHER, "{}", hidden.body);
    assert_eq!(world.get(&format!("/api/v1/incidents/{id}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_maintenance_that_recurs_is_added_listed_and_ended() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    let mut fields = vec![
        ("environment", "prod1"),
        ("title", "Backups"),
        ("body", "As every week."),
        ("rule", "weekly someday"),
        ("at", "02:30"),
        ("zone", "Europe/Berlin"),
        ("lasts_hours", "2"),
        ("ahead_days", "3"),
        ("component.prod1.api", "under_maintenance"),
    ];
    let refused = browser.post("/console/maintenances", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("weekly someday") && refused.body.contains("monthly last friday"));
    fields[3] = ("rule", "monthly last sunday");
    let added = browser.post("/console/maintenances", &fields).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    let page = browser.get("/console/maintenances").await;
    assert!(page.body.contains("monthly last sunday at 02:30 Europe/Berlin"), "{}", page.body);
    let kept = world.store.list_recurrences().await.expect("listed");
    assert_eq!(kept[0].components, [domain::ComponentKey("api".into())]);
    let ended = browser.post(&format!("/console/maintenances/{}/end", kept[0].id), &[]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER);
    assert!(browser.get("/console/maintenances").await.body.contains("None recurs."));
}

#[tokio::test]
async fn an_incident_can_be_looked_at_before_it_is_opened() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    let mut fields = OPEN.to_vec();
    fields.push(("next_update_at", "30m"));
    let page = browser.post("/console/preview", &fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in
        ["As readers would see it", "Investigating: Reads stalled (PROD1)", "Next update by", "Please wait."]
    {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    assert_eq!(world.get("/api/v1/incidents").await.json()["total"], 0, "nothing is kept");
    fields[2] = ("title", "");
    assert_eq!(browser.post("/console/preview", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_is_over_is_recorded_in_the_console() {
    let world = World::empty().await;
    let token = world.token(Scope::Write).await;
    let mut browser = Browser::new(&world);
    browser.sign_in(&token).await;
    let mut fields = vec![
        ("environment", "prod1"),
        ("kind", "incident"),
        ("title", "Mail was late"),
        ("impact", "minor"),
        ("from", "2025-02-10T09:00"),
        ("until", "2025-02-10T08:00"),
        ("body", "Nothing was lost."),
    ];
    let refused = browser.post("/console/backfill", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("<details open>") && refused.body.contains("Nothing was lost."));
    fields[5] = ("until", "2025-02-10T09:40");
    let recorded = browser.post("/console/backfill", &fields).await;
    assert!(recorded.header("location").ends_with("?done=backfill"), "{}", recorded.body);
}

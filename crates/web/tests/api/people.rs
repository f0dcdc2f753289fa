//! People: the first set-up, signing in, what each role may, and what attackers try.

use crate::console::{Browser, OPEN};
use crate::support::{Answer, World, now, open_body, request};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use domain::Slug;
use std::net::SocketAddr;
use store::AuditFilter;
use web::auth::{NewToken, Scope};

const PASSWORD: &str = "a lark in the harbour";

/// The secret that a page shows once.
fn shown(answer: &Answer) -> String {
    let (_, rest) = answer.body.split_once("<code>").unwrap_or_else(|| panic!("no secret: {}", answer.body));
    rest.split('<').next().expect("a text").to_owned()
}

/// Makes the first admin, by the code that the server would print.
async fn admin(world: &World) -> Browser<'_> {
    let code = world.site.open_setup().await.expect("a database").expect("nobody is there");
    let mut browser = Browser::new(world);
    browser.get("/console/setup").await;
    let fields = [
        ("code", code.as_str()),
        ("name", "Ada Fern"),
        ("email", "Ada@Harbour.example"),
        ("password", PASSWORD),
    ];
    let answer = browser.post("/console/setup", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(browser.get("/console").await.status, StatusCode::OK);
    browser
}

/// Adds somebody by the pages, and lets them set their password.
async fn add<'a>(world: &'a World, admin: &mut Browser<'_>, name: &str, role: (&str, &str)) -> Browser<'a> {
    admin.get("/console/people").await;
    let email = format!("{name}@harbour.example");
    let added = admin.post("/console/people/add", &[("name", name), ("email", &email), role]).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.body);
    let mut browser = Browser::new(world);
    browser.get("/console/setup").await;
    let set = browser.post("/console/setup", &[("code", &shown(&added)), ("password", PASSWORD)]).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    browser.get("/console").await;
    browser
}

async fn sign_in(browser: &mut Browser<'_>, email: &str, password: &str) -> Answer {
    browser.get("/console/sign-in").await;
    browser.post("/console/sign-in", &[("email", email), ("password", password), ("next", "/console")]).await
}

#[tokio::test]
async fn the_first_admin_comes_in_by_the_printed_code_and_nobody_after_them() {
    let world = World::empty().await;
    let code = world.site.open_setup().await.expect("a database").expect("nobody is there");
    let second = world.site.open_setup().await.expect("a database").expect("still nobody");
    let mut browser = Browser::new(&world);
    let page = browser.get("/console/setup").await;
    assert!(page.body.contains("Nobody may sign in yet") && !page.body.contains(&code));
    let with = |code: &str, password: &str| {
        [("code", code), ("name", "Ada"), ("email", "ada@harbour.example"), ("password", password)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let post = async |browser: &mut Browser<'_>, fields: [(String, String); 4]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        browser.post("/console/setup", &fields).await
    };
    let wrong = post(&mut browser, with(&"0".repeat(32), PASSWORD)).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let short = post(&mut browser, with(&code, "short")).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.body.contains("too short") && !short.body.contains("\"short\""), "{}", short.body);
    let before = browser.cookie.clone();
    let done = post(&mut browser, with(&code, PASSWORD)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_ne!(browser.cookie, before, "a new secret");
    let board = browser.get("/console").await;
    assert!(board.body.contains("Signed in as <b>Ada</b>"), "{}", board.body);
    assert_eq!(world.site.open_setup().await.expect("a database"), None, "closed for ever");
    let mut other = Browser::new(&world);
    other.get("/console/setup").await;
    for code in [code, second] {
        assert_eq!(post(&mut other, with(&code, PASSWORD)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(world.store.list_people().await.expect("people").len(), 1);
}

#[tokio::test]
async fn a_code_is_worth_nothing_after_a_day() {
    let world = World::empty().await;
    let code = world.site.open_setup().await.expect("a database").expect("nobody is there");
    world.wait(24 * 3_600);
    let mut browser = Browser::new(&world);
    browser.get("/console/setup").await;
    let fields = [("code", code.as_str()), ("name", "Ada"), ("email", "a@b.example"), ("password", PASSWORD)];
    assert_eq!(browser.post("/console/setup", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(world.store.has_no_people().await.expect("a database"));
}

#[tokio::test]
async fn a_person_signs_in_and_the_timeline_names_them() {
    let world = World::empty().await;
    admin(&world).await;
    let mut browser = Browser::new(&world);
    let answer = sign_in(&mut browser, " ada@harbour.EXAMPLE ", PASSWORD).await;
    assert_eq!(answer.header("location"), "/console", "{}", answer.body);
    browser.get("/console").await;
    let opened = browser.post("/console/incidents", &OPEN).await;
    let path = opened.header("location").split('?').next().expect("a path").to_owned();
    let id = path.rsplit('/').next().expect("an id");
    let incident = world.get(&format!("/api/v1/incidents/{id}")).await.json();
    assert_eq!(incident["updates"][0]["versions"][0]["by"]["name"], "Ada Fern");
    let filter = AuditFilter { subject: Some(id.to_owned()), ..AuditFilter::default() };
    let row = world.store.list_audit(&filter, 9).await.expect("rows").remove(0).deed;
    assert_eq!((row.by.name.as_str(), row.action.as_str()), ("Ada Fern", "incident.changed"));
    assert!(row.detail.contains("opened"), "{}", row.detail);
    assert_eq!(world.store.verify_audit().await.expect("a log").broken, None);
    let log = browser.get("/console/audit?action=signed_in").await;
    assert!(log.body.contains("signed_in") && !log.body.contains("incident.changed"), "{}", log.body);
}

#[tokio::test]
async fn a_secret_that_was_there_before_signing_in_is_worth_nothing_after() {
    let world = World::empty().await;
    admin(&world).await;
    let mut victim = Browser::new(&world);
    victim.get("/console/sign-in").await;
    let planted = victim.cookie.clone();
    sign_in(&mut victim, "ada@harbour.example", PASSWORD).await;
    assert_ne!(victim.cookie, planted);
    let mut thief = Browser::new(&world);
    thief.cookie = planted;
    assert_eq!(thief.get("/console").await.status, StatusCode::SEE_OTHER);
    let old = victim.cookie.clone();
    victim.get("/console/account").await;
    let new = "another lark in the harbour";
    let changed = victim.post("/console/account/password", &[("old", PASSWORD), ("password", new)]).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
    assert_ne!(victim.cookie, old);
    thief.cookie = old;
    assert_eq!(thief.get("/console").await.status, StatusCode::SEE_OTHER);
    assert_eq!(victim.get("/console").await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_refusal_reads_the_same_whoever_was_meant() {
    let world = World::empty().await;
    let mut ada = admin(&world).await;
    add(&world, &mut ada, "bo", ("role.everywhere", "viewer")).await;
    let bo = world.store.find_person_by_email("bo@harbour.example").await.expect("a database").expect("bo");
    ada.get("/console/people").await;
    ada.post("/console/people/disable", &[("id", &bo.id)]).await;
    let mut browser = Browser::new(&world);
    browser.get("/console/sign-in").await;
    let mut answers = Vec::new();
    for (email, password) in [
        ("ada@harbour.example", "wrong password here"),
        ("ada@harbour.example", ""),
        ("nobody@harbour.example", PASSWORD),
        ("bo@harbour.example", PASSWORD),
        ("", ""),
    ] {
        let answer = browser.post("/console/sign-in", &[("email", email), ("password", password)]).await;
        let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        answers.push((answer.status, names, answer.body));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
    let filter = AuditFilter { action: Some("signed_in.refused".into()), ..AuditFilter::default() };
    let rows = world.store.list_audit(&filter, 9);
    assert_eq!(rows.await.expect("rows").len(), 5);
}

#[tokio::test]
async fn an_account_and_an_address_are_guessed_at_ten_times_and_then_wait() {
    let world = World::empty().await;
    admin(&world).await;
    let mut browser = Browser::new(&world);
    browser.get("/console/sign-in").await;
    for account in ["ada@harbour.example", "nobody@harbour.example"] {
        let mut statuses = Vec::new();
        for number in 0..12_u8 {
            let headers = [
                ("cookie", browser.cookie.as_str()),
                ("origin", "http://harbour.example"),
                ("host", "harbour.example"),
            ];
            let body = format!("csrf={}&email={account}&password=guess+number+{number}", browser.csrf);
            let mut request = request(Method::POST, "/console/sign-in", &headers, Body::from(body));
            // Each guess from another network.
            let peer: SocketAddr =
                format!("203.0.{number}.{}:4000", account.len()).parse().expect("an address");
            request.extensions_mut().insert(ConnectInfo(peer));
            statuses.push(world.send(request).await.status.as_u16());
        }
        assert_eq!(statuses, [[401; 10].as_slice(), &[429; 2]].concat(), "{account}");
    }
    world.wait(60);
    let answer = sign_in(&mut browser, "ada@harbour.example", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn after_signing_in_one_lands_here_and_nowhere_else() {
    let world = World::empty().await;
    admin(&world).await;
    for next in [
        "//evil.example",
        "https://evil.example",
        "/console//evil.example",
        "/console\\@evil.example",
        "/consolex@evil.example",
        "javascript:alert(1)",
        "/console?x=//evil.example",
        "/console%2f%2fevil.example",
        "",
    ] {
        world.wait(60);
        let mut browser = Browser::new(&world);
        browser.get("/console/sign-in").await;
        let fields = [("email", "ada@harbour.example"), ("password", PASSWORD), ("next", next)];
        let answer = browser.post("/console/sign-in", &fields).await;
        assert_eq!(answer.header("location"), "/console", "{next}");
    }
}

#[tokio::test]
async fn each_role_may_what_the_table_says_on_pages_and_over_the_api() {
    let world = World::empty().await;
    let mut ada = admin(&world).await;
    let cases = [
        ("vi", ("role.everywhere", "viewer"), 403, 403, 403),
        ("re", ("role.prod1", "responder"), 303, 403, 403),
        ("ro", ("role.everywhere", "responder"), 303, 303, 403),
        ("ad", ("role.prod1", "admin"), 303, 403, 403),
        ("al", ("role.everywhere", "admin"), 303, 303, 200),
    ];
    for (name, role, here, there, people) in cases {
        let mut browser = add(&world, &mut ada, name, role).await;
        assert_eq!(browser.get("/console").await.status, StatusCode::OK, "{name}");
        let mut fields = OPEN.to_vec();
        assert_eq!(browser.post("/console/incidents", &fields).await.status, here, "{name} in prod1");
        fields[0] = ("environment", "prod2");
        let answer = browser.post("/console/incidents", &fields).await;
        assert_eq!(answer.status, there, "{name} in prod2");
        if there == 403 && here == 303 {
            assert!(answer.body.contains("prod2"), "it says where: {}", answer.body);
        }
        for page in ["/console/people", "/console/audit"] {
            assert_eq!(browser.get(page).await.status, people, "{name} {page}");
        }
        for action in ["add", "roles", "code", "disable", "enable", "sessions", "revoke"] {
            browser.get("/console/account").await;
            let answer = browser.post(&format!("/console/people/{action}"), &[("id", "x")]).await;
            assert_eq!(answer.status == 403, people == 403, "{name} {action}: {}", answer.status);
        }
        world.wait(60);
    }
}

#[tokio::test]
async fn a_token_for_one_environment_changes_nothing_in_another() {
    let world = World::empty().await;
    let prod2 = Slug::parse("prod2").expect("a slug");
    let new = NewToken { environments: vec![prod2], ..NewToken::new("bot", Scope::Admin, now()) };
    let narrow = world.make_token(new).await;
    let wide = world.token(Scope::Write).await;
    let refused = world.write(Method::POST, "/api/v1/incidents", &narrow, &open_body()).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "forbidden"));
    assert!(refused.body.contains("`prod1`"), "it names the environment: {}", refused.body);
    let id = world.opened(&wide).await;
    for (method, path) in [
        (Method::PATCH, String::new()),
        (Method::POST, "/updates".to_owned()),
        (Method::PUT, "/postmortem".to_owned()),
        (Method::POST, "/withdraw".to_owned()),
    ] {
        let body = serde_json::json!({ "title": "x", "body": "x" });
        let body = if path.is_empty() {
            serde_json::json!({ "title": "x" })
        } else if path == "/updates" || path == "/postmortem" {
            serde_json::json!({ "body": body["body"] })
        } else {
            serde_json::json!({})
        };
        let answer = world.write(method, &format!("/api/v1/incidents/{id}{path}"), &narrow, &body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
    }
    let deploy =
        |environment: Option<&str>| serde_json::json!({ "what": "api 4.2", "environment": environment });
    for (environment, status) in [(Some("prod2"), 201), (Some("prod1"), 403), (None, 403)] {
        let answer = world.write(Method::POST, "/api/v1/deploys", &narrow, &deploy(environment)).await;
        assert_eq!(answer.status, status, "{environment:?}: {}", answer.body);
    }
    let incident = world.get(&format!("/api/v1/incidents/{id}")).await.json();
    assert_eq!(incident["title"], "Reads stalled");
}

#[tokio::test]
async fn one_makes_tokens_that_reach_no_further_and_ends_other_sessions() {
    let world = World::empty().await;
    let mut ada = admin(&world).await;
    let mut re = add(&world, &mut ada, "re", ("role.prod1", "responder")).await;
    re.get("/console/account").await;
    let token = async |browser: &mut Browser<'_>, scope: &str, environment: &str| {
        let fields = [("name", "bot"), ("scope", scope), ("environment", environment), ("days", "30")];
        browser.post("/console/account/token", &fields).await
    };
    assert_eq!(token(&mut re, "write", "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(token(&mut re, "admin", "prod1").await.status, StatusCode::FORBIDDEN);
    assert_eq!(token(&mut re, "write", "nowhere").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let made = token(&mut re, "write", "prod1").await;
    let text = shown(&made);
    assert!(!re.get("/console/account").await.body.contains(&text), "shown once");
    assert_eq!(world.write(Method::POST, "/api/v1/incidents", &text, &open_body()).await.status, 201);
    let person =
        world.store.find_person_by_email("re@harbour.example").await.expect("a database").expect("re");
    let mut second = Browser::new(&world);
    sign_in(&mut second, "re@harbour.example", PASSWORD).await;
    re.get("/console/account").await;
    re.post("/console/account/sessions", &[]).await;
    assert_eq!(second.get("/console").await.status, StatusCode::SEE_OTHER);
    assert_eq!(re.get("/console").await.status, StatusCode::OK);
    ada.get("/console/people").await;
    ada.post("/console/people/roles", &[("id", &person.id), ("role.prod1", "viewer")]).await;
    assert_eq!(re.get("/console").await.status, StatusCode::SEE_OTHER, "other roles, other session");
    assert_eq!(world.write(Method::POST, "/api/v1/incidents", &text, &open_body()).await.status, 403);
    ada.post("/console/people/disable", &[("id", &person.id)]).await;
    assert_eq!(world.write(Method::POST, "/api/v1/incidents", &text, &open_body()).await.status, 401);
    let oneself =
        world.store.find_person_by_email("ada@harbour.example").await.expect("a database").expect("ada");
    for action in ["disable", "roles"] {
        let answer = ada
            .post(&format!("/console/people/{action}"), &[("id", &oneself.id), ("role.prod1", "viewer")])
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody locks themselves out: {action}");
    }
}

/// Every address of the console that takes a form, read from the list of routes itself.
fn posting_routes() -> Vec<String> {
    let source = include_str!("../../src/routes.rs");
    let routes = source.split(".route(").skip(1).filter_map(|route| {
        let path = route.split('"').nth(1)?;
        let takes = route.contains("post(") && path.starts_with("/console");
        takes.then(|| {
            path.replace("{id}", "0123456789ab")
                .replace("{action}", "update")
                .replace('{', "x")
                .replace('}', "")
        })
    });
    routes.collect()
}

#[tokio::test]
async fn no_form_of_the_console_is_taken_from_another_site_or_without_its_token() {
    let world = World::empty().await;
    let mut ada = admin(&world).await;
    let routes = posting_routes();
    assert!(routes.len() >= 7, "{routes:?}");
    let people = world.store.list_people().await.expect("people");
    for path in routes {
        world.wait(60);
        let foreign = ada.post_from("https://evil.example", &path, &OPEN).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "{path} from another site");
        let null = ada.post_from("null", &path, &OPEN).await;
        assert_eq!(null.status, StatusCode::FORBIDDEN, "{path} from nowhere");
        let csrf = std::mem::take(&mut ada.csrf);
        assert_eq!(ada.post(&path, &OPEN).await.status, StatusCode::FORBIDDEN, "{path} without its token");
        ada.csrf = csrf;
    }
    assert_eq!(world.get("/api/v1/incidents").await.json()["total"], 0);
    assert_eq!(world.store.list_people().await.expect("people"), people);
}

#[tokio::test]
async fn what_a_client_calls_the_host_changes_no_link_and_no_cookie() {
    let world = World::with_url(Some("https://harbour.example")).await;
    for path in ["/console/sign-in", "/console/setup", "/", "/console"] {
        let spoofed = [
            ("host", "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("forwarded", "host=evil.example"),
        ];
        let answer = world.get_with(path, &spoofed).await;
        assert!(!answer.body.contains("evil.example"), "{path}");
        assert!(!format!("{:?}", answer.headers).contains("evil.example"), "{path}: {:?}", answer.headers);
    }
}

#[tokio::test]
async fn an_oversized_form_is_refused() {
    let world = World::empty().await;
    let mut browser = Browser::new(&world);
    browser.get("/console/sign-in").await;
    let long = "x".repeat(2 * 1024 * 1024);
    let answer = browser.post("/console/sign-in", &[("email", "a@b.example"), ("password", &long)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_changed_password_ends_every_session_but_the_one_that_changed_it() {
    let world = World::empty().await;
    let mut ada = admin(&world).await;
    let mut stolen = Browser::new(&world);
    sign_in(&mut stolen, "ada@harbour.example", PASSWORD).await;
    assert_eq!(stolen.get("/console").await.status, StatusCode::OK);
    ada.get("/console/account").await;
    let fields = [("old", PASSWORD), ("password", "another lark in the harbour")];
    ada.post("/console/account/password", &fields).await;
    assert_eq!(ada.get("/console").await.status, StatusCode::OK);
    assert_eq!(stolen.get("/console").await.status, StatusCode::SEE_OTHER, "the older session is over");
    let old = sign_in(&mut stolen, "ada@harbour.example", PASSWORD).await;
    assert_ne!(old.status, StatusCode::SEE_OTHER, "and so is the older password");
}

//! Several pages: each shows what its readers may see, and no trace of the rest. Every address that anybody may
//! ask is crawled and searched for words that are nowhere else.

use crate::support::{Answer, World, now, request};
use crate::visibility::crawl_on;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use domain::observation::ComponentChange;
use domain::{
    Command, ComponentKey, ComponentState, Entry, Impact, Incident, IncidentId, Input, Kind, Language, Slug,
    State, Timestamp, Visibility, decide,
};
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use web::auth::{NewToken, Scope};
use web::samples::gallery;
use web::samples::stalls;
use web::samples::stories::Story;
use web::{Access, PageConfig};

const PASSWORD: &str = "correct horse";
/// Only in an incident that is internal.
pub(crate) const INTERNAL: &str = "zwiebelfisch";
/// Only in what was said inside of an incident that is public.
pub(crate) const INSIDE: &str = "fliegenkopf";
/// Only in a public incident of PROD1.
pub(crate) const FIRST: &str = "schusterjunge";
/// Only in a public incident of PROD2.
pub(crate) const SECOND: &str = "gleviszeile";

fn slug(name: &str) -> Slug {
    Slug::parse(name).expect("a slug")
}

fn page(name: &str) -> PageConfig {
    PageConfig { slug: slug(name), ..PageConfig::whole(name) }
}

fn pages() -> Vec<PageConfig> {
    let second = Some(vec![slug("prod2")]);
    vec![
        page("main"),
        PageConfig {
            environments: second.clone(),
            vendors: false,
            language: Language::German,
            zone: Some(TimeZone::get("Europe/Berlin").expect("bundled")),
            face: gallery::face(),
            ..page("acme")
        },
        PageConfig {
            environments: second,
            vendors: false,
            host: Some("status.acme.example".into()),
            ..page("own")
        },
        PageConfig {
            access: Access::Password(web::gate::key_of(&slug("locked"), PASSWORD)),
            ..page("locked")
        },
        PageConfig { environments: Some(vec![slug("prod2")]), access: Access::Members, ..page("team") },
    ]
}

/// A story of these commands, a minute apart.
fn story(number: u64, environment: &str, commands: &[Command]) -> Story {
    let id = IncidentId::from_entropy(number);
    let (mut incident, mut timeline): (Option<Incident>, Vec<Entry>) = (None, Vec::new());
    for (minute, command) in (0..).zip(commands) {
        let at = Timestamp::from_second(crate::support::now().as_second() - 3_600 + minute * 60);
        let input = Input::Command { by: "Ann".into(), command: command.clone() };
        let decision = decide(&id, incident.as_ref(), &input, at.expect("in range")).expect("allowed");
        timeline.extend(decision.entries);
        incident = Some(decision.next);
    }
    Story { incident: incident.expect("opened"), timeline, subject: environment.to_uppercase() }
}

fn open(environment: &str, word: &str, visibility: Visibility) -> Command {
    Command::Open {
        environment: slug(environment),
        kind: Kind::Incident,
        title: format!("Orders are slow, {word}"),
        impact: Impact::Major,
        state: State::Investigating,
        update: ("first".into(), format!("We look into it, {word}.")),
        components: vec![ComponentChange {
            key: ComponentKey("api".into()),
            name: "API".into(),
            to: ComponentState::PartialOutage,
        }],
        schedule: None,
        began_at: None,
        visibility,
        next_update_at: None,
    }
}

pub(crate) async fn told() -> World {
    let world = World::of_pages(pages()).await;
    world.watch(&["Fernwick"]).await;
    let note = Command::Note { body: INSIDE.into() };
    let internal = [open("prod2", INTERNAL, Visibility::Internal), Command::Note { body: INTERNAL.into() }];
    let published = [
        open("prod2", INSIDE, Visibility::Internal),
        note.clone(),
        Command::Retitle { title: format!("Mail is late, {SECOND}") },
        Command::Publish { update: ("said".into(), format!("It is late, {SECOND}.")), next_update_at: None },
        note.clone(),
    ];
    let first = [open("prod1", FIRST, Visibility::Public), note];
    let merged = [
        open("prod1", FIRST, Visibility::Public),
        Command::MergeInto { other: IncidentId::from_entropy(901) },
    ];
    for story in [
        story(901, "prod2", &internal),
        story(902, "prod2", &published),
        story(903, "prod1", &first),
        story(904, "prod1", &merged),
        stalls::standing(),
    ] {
        world.tell(&story).await;
    }
    world.site.sync().await.expect("in step");
    world
}

const STARTS: [&str; 20] = [
    "/",
    "/incidents",
    "/vendors",
    "/history.atom",
    "/robots.txt",
    "/api/v1/status",
    "/api/v1/incidents",
    "/api/v1/vendors",
    "/api/v1/environments",
    "/api/v2/summary.json",
    "/api/v2/incidents.json",
    "/api/v2/components.json",
    "/api/v2/incidents/unresolved.json",
    "/history.rss",
    "/feed.json",
    "/embed",
    "/badge.svg",
    "/badge/api.svg",
    "/badge/mail-out.svg",
    "/metrics",
];

/// Everything that can be reached on a page, with searches for every word and every incident by its id.
async fn everything(world: &World, base: &str, host: &str) -> Vec<(String, String)> {
    let mut starts: Vec<String> = STARTS.map(str::to_owned).into();
    for word in [INTERNAL, INSIDE, FIRST, SECOND] {
        starts.push(format!("/incidents?q={word}"));
        starts.push(format!("/api/v1/incidents?q={word}"));
    }
    for number in 901..=904 {
        let id = IncidentId::from_entropy(number);
        for path in ["/incidents", "/api/v1/incidents"] {
            starts.push(format!("{path}/{id}"));
        }
        starts.push(format!("/api/v1/incidents/{id}/timeline"));
        starts.push(format!("/api/v2/incidents/{id}.json"));
    }
    let starts: Vec<String> = starts.into_iter().map(|path| format!("{base}{path}")).collect();
    let starts: Vec<&str> = starts.iter().map(String::as_str).collect();
    crawl_on(world, &starts, host).await
}

/// The answers that hold a word, except where somebody asked for it and is only told that.
fn holding<'a>(answers: &'a [(String, String)], word: &str) -> Vec<&'a str> {
    let asked = |path: &str| path.contains(&format!("q={word}"));
    let times = |path: &str| if asked(path) { 8 } else { 0 };
    let holds = |(path, body): &&(String, String)| {
        let titles = body.matches(&format!(", {word}")).count();
        titles > 0 || body.matches(word).count() > times(path)
    };
    answers.iter().filter(holds).map(|(path, _)| path.as_str()).collect()
}

#[tokio::test]
async fn no_page_shows_what_is_internal() {
    let world = told().await;
    for (base, host) in [("", "main.example"), ("/p/acme", "main.example"), ("", "status.acme.example")] {
        let answers = everything(&world, base, host).await;
        for word in [INTERNAL, INSIDE, "crm.conversations", "crm.users", "mongo-1"] {
            assert_eq!(holding(&answers, word), Vec::<&str>::new(), "`{word}` on {host}{base}");
        }
        assert!(!holding(&answers, SECOND).is_empty(), "the crawl of {host}{base} finds what is there");
    }
}

/// Streams carry the paths of what changed, and a path would tell that there is an incident.
#[tokio::test]
async fn no_stream_names_what_is_internal() {
    let world = told().await;
    for (number, path) in [(910, "/events"), (920, "/p/acme/events")] {
        let mut stream = crate::events::subscribe_to(&world, path).await;
        let internal = story(number, "prod2", &[open("prod2", INTERNAL, Visibility::Internal)]);
        let public = story(number + 1, "prod2", &[open("prod2", SECOND, Visibility::Public)]);
        for story in [&internal, &public] {
            world.tell(story).await;
            let change = web::Change::Incident(story.incident.id.clone());
            world.site.changed(&[change]).await.expect("rendered");
        }
        let heard = crate::events::next(&mut stream).await;
        assert!(heard.contains(public.incident.id.as_str()), "{path}: {heard}");
        assert!(!heard.contains(internal.incident.id.as_str()), "{path}: {heard}");
    }
}

#[tokio::test]
async fn a_page_of_one_environment_tells_nothing_of_another_nor_of_vendors() {
    let world = told().await;
    let first = IncidentId::from_entropy(903);
    for (base, host) in [("/p/acme", "main.example"), ("", "status.acme.example")] {
        let answers = everything(&world, base, host).await;
        // A folder of a page leads nowhere else.
        let outside: Vec<&String> =
            answers.iter().map(|(path, _)| path).filter(|path| !path.starts_with(base)).collect();
        let outside: Vec<_> = outside.into_iter().filter(|path| !path.starts_with("/assets/")).collect();
        assert_eq!(outside, Vec::<&String>::new(), "{host}{base}");
        for word in [FIRST, "PROD1", "prod1", "Fernwick", "fernwick"] {
            assert_eq!(holding(&answers, word), Vec::<&str>::new(), "`{word}` on {host}{base}");
        }
        let known = get_on(&world, &format!("{base}/incidents/{first}"), host).await;
        let unknown =
            get_on(&world, &format!("{base}/incidents/{}", IncidentId::from_entropy(77)), host).await;
        assert_eq!((known.status, unknown.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
        let alike = known.body.replace(first.as_str(), "").lines().count();
        assert_eq!(alike, unknown.body.lines().count());
        for path in ["/console", "/metrics", "/readyz", "/api/v1/databases", "/p/main", "/p/locked"] {
            let answer = get_on(&world, &format!("{base}{path}"), host).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{host}{base}{path}");
        }
    }
    let german = world.get("/p/acme").await;
    assert!(german.body.contains("<html lang=\"de\""), "{}", german.body);
}

#[tokio::test]
async fn a_page_has_the_language_the_zone_and_the_face_of_its_team() {
    let world = told().await;
    let (german, english) = (world.get("/p/acme").await.body, world.get("/").await.body);
    for (said, instead) in
        [("Stand: ", "As of "), (" CET <small class=\"utc\">", " UTC</time>"), ("Verlauf", "History")]
    {
        assert!(german.contains(said) && !german.contains(instead), "{german}");
        assert!(english.contains(instead) && !english.contains(said), "{english}");
    }
    assert!(!english.contains("/assets/face."));
    let addresses = german.split('"').filter(|piece| piece.starts_with("/assets/face."));
    let addresses: BTreeSet<&str> = addresses.collect();
    assert_eq!(addresses.len(), 3, "a style sheet and two logos");
    for address in addresses {
        let answer = world.get(address).await;
        let is_sheet = address.rsplit_once('.').is_some_and(|(_, kind)| kind == "css");
        let kind = if is_sheet { "text/css; charset=utf-8" } else { "image/svg+xml" };
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, kind));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("cache-control").contains("immutable"));
        let inert = answer
            .header("content-security-policy")
            .contains("default-src 'none'; frame-ancestors 'none'; sandbox");
        assert_eq!(inert, !is_sheet, "{address}");
    }
    let missing = world.get("/p/acme/nowhere").await;
    assert!(missing.body.contains("Es gibt keine Seite „/nowhere“."), "{}", missing.body);
}

#[tokio::test]
async fn the_history_of_a_page_is_of_its_own_incidents_and_of_years_that_were() {
    let world = told().await;
    let year = crate::support::now().to_string()[..4].to_owned();
    for path in ["/p/acme/history", &format!("/p/acme/history?year={year}")] {
        let answer = world.get(path).await;
        assert!(answer.status == StatusCode::OK && answer.body.contains(SECOND), "{}", answer.body);
        assert!(!answer.body.contains(FIRST) && !answer.body.contains(INTERNAL), "{}", answer.body);
    }
    assert!(world.get("/history").await.body.contains(FIRST));
    let earlier = world.get("/history?year=2001").await;
    assert!(!earlier.body.contains(FIRST) && earlier.body.contains("Not watched"), "{}", earlier.body);
    for year in ["1900", "9999"] {
        assert_eq!(world.get(&format!("/history?year={year}")).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(world.get("/history?year=x").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_of_the_team_sees_everything_at_the_root_and_no_more_on_a_page_of_others() {
    let world = told().await;
    let authorization = format!("Bearer {}", world.token(Scope::Read).await);
    let headers = [("authorization", authorization.as_str())];
    let internal = format!("/api/v1/incidents/{}", IncidentId::from_entropy(901));
    let answer = world.get_with(&internal, &headers).await;
    assert!(answer.status == StatusCode::OK && answer.body.contains(INTERNAL), "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(answer.header("etag"), "");
    assert_eq!(world.get_with(&format!("/p/acme{internal}"), &headers).await.status, StatusCode::NOT_FOUND);
    let listed = world.get_with("/api/v1/incidents", &headers).await;
    assert!(listed.body.contains(INTERNAL));
    assert!(!world.get("/api/v1/incidents").await.body.contains(INTERNAL), "nothing of it is kept");
    let wrong = [("authorization", "Bearer wk_000000000000_x")];
    assert_eq!(world.get_with(&internal, &wrong).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_of_one_environment_sees_of_others_what_strangers_see() {
    let world = told().await;
    for (environment, sees) in [("prod1", false), ("prod2", true)] {
        let within =
            NewToken { environments: vec![slug(environment)], ..NewToken::new("ines", Scope::Read, now()) };
        let authorization = format!("Bearer {}", world.make_token(within).await);
        let headers = [("authorization", authorization.as_str())];
        let internal = format!("/api/v1/incidents/{}", IncidentId::from_entropy(901));
        let answer = world.get_with(&internal, &headers).await;
        let status = if sees { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(answer.status, status, "{environment}: {}", answer.body);
        let timeline = world.get_with(&format!("{internal}/timeline"), &headers).await;
        assert_eq!(timeline.status, status, "{environment}: {}", timeline.body);
        for path in ["/api/v1/incidents", "/api/v1/incidents?state=open", "/api/v1/status"] {
            let listed = world.get_with(path, &headers).await;
            assert_eq!(listed.body.contains(INTERNAL), sees, "{environment} {path}: {}", listed.body);
        }
        let published = format!("/api/v1/incidents/{}", IncidentId::from_entropy(902));
        let told = world.get_with(&format!("{published}/timeline"), &headers).await;
        assert!(told.body.contains(SECOND), "{environment}: what is public is for all");
        assert_eq!(told.body.contains(INSIDE), sees, "{environment}: {}", told.body);
    }
}

#[tokio::test]
async fn a_locked_page_is_read_with_its_password_alone() {
    let world = told().await;
    for (path, body) in everything(&world, "/p/locked", "main.example").await {
        let clean = !body.contains(SECOND) && !body.contains(FIRST) && !body.contains("PROD");
        assert!(clean || path.contains("?q="), "{path}: {body}");
        assert!(!body.contains("Orders are slow") && !body.contains("Mail is late"), "{path}");
    }
    let closed = world.get("/p/locked").await;
    assert_eq!(
        (closed.status, closed.header("cache-control")),
        (StatusCode::UNAUTHORIZED, "private, no-store")
    );
    assert_eq!(world.get("/p/locked/api/v1/status").await.code(), "unauthenticated");
    assert_eq!(world.get("/p/locked/events").await.status, StatusCode::UNAUTHORIZED);
    let wrong = enter(&world, "not the one").await;
    assert_eq!((wrong.status, wrong.header("set-cookie")), (StatusCode::UNAUTHORIZED, ""));
    let right = enter(&world, PASSWORD).await;
    assert_eq!((right.status, right.header("location")), (StatusCode::SEE_OTHER, "/p/locked"));
    let cookie = right.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    assert!(!cookie.contains(PASSWORD) && right.header("set-cookie").contains("HttpOnly"));
    let headers = [("cookie", cookie.as_str())];
    let open = world.get_with("/p/locked", &headers).await;
    assert!(open.status == StatusCode::OK && open.body.contains(SECOND), "{}", open.body);
    assert_eq!((open.header("cache-control"), open.header("etag")), ("private, no-store", ""));
    let forged = cookie.replacen('.', "9.", 1);
    let forged = world.get_with("/p/locked", &[("cookie", forged.as_str())]).await;
    assert_eq!(forged.status, StatusCode::UNAUTHORIZED);
    world.wait(8 * 24 * 60 * 60);
    assert_eq!(world.get_with("/p/locked", &headers).await.status, StatusCode::UNAUTHORIZED);
}

async fn enter(world: &World, password: &str) -> Answer {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let body = Body::from(format!("password={}", password.replace(' ', "+")));
    world.send(request(Method::POST, "/p/locked/enter", &headers, body)).await
}

async fn get_on(world: &World, path: &str, host: &str) -> Answer {
    world.get_with(path, &[("host", host)]).await
}

/// Asks the page on the host of its own.
async fn on_host(
    world: &World,
    method: Method,
    path: &str,
    cookie: &str,
    body: &str,
    origin: &str,
) -> Answer {
    let headers = [
        ("host", "members.example"),
        ("origin", origin),
        ("cookie", cookie),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    world.send(request(method, path, &headers, Body::from(body.to_owned()))).await
}

fn pair_of(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().expect("a cookie").to_owned()
}

#[tokio::test]
async fn the_team_signs_in_on_a_host_of_the_pages_own_with_a_new_session_and_lands_there() {
    const HOME: &str = "http://members.example";
    let members = PageConfig {
        host: Some("members.example".into()),
        access: Access::Members,
        environments: Some(vec![slug("prod1")]),
        ..page("members")
    };
    let world = World::of_pages(vec![page("main"), members]).await;
    let token = world.token(Scope::Read).await;
    let get = async |path: &str, cookie: &str| on_host(&world, Method::GET, path, cookie, "", HOME).await;
    let refused = get("/", "").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.body.contains("href=\"/enter\""), "{}", refused.body);
    let form = get("/enter", "").await;
    let before = pair_of(&form);
    let csrf = form.body.split("name=\"csrf\" value=\"").nth(1).expect("a field");
    let csrf = csrf.split('"').next().expect("its value").to_owned();
    let typed = format!("csrf={csrf}&token={token}&next=https://evil.example&url=//evil.example");
    let post = async |cookie: &str, body: &str, origin: &str| {
        on_host(&world, Method::POST, "/enter", cookie, body, origin).await
    };
    for (cookie, body, origin) in [
        (before.as_str(), typed.as_str(), "https://evil.example"),
        ("", &typed, HOME),
        (&before, &format!("token={token}"), HOME),
    ] {
        let foreign = post(cookie, body, origin).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "{}", foreign.body);
        assert_eq!(foreign.header("set-cookie"), "");
    }
    let wrong = post(&before, &format!("csrf={csrf}&email=ann@example.org&password=wrong"), HOME).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.body.contains("This is not right"), "{}", wrong.body);
    let entered = post(&before, &typed, HOME).await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (StatusCode::SEE_OTHER, "/"),
        "{}",
        entered.body
    );
    let after = pair_of(&entered);
    assert_ne!(before, after, "a secret that was there before is worth nothing");
    assert_eq!(get("/", &before).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(get("/", &after).await.status, StatusCode::OK);
    let elsewhere = world.make_token(NewToken {
        environments: vec![slug("prod2")],
        ..NewToken::new("lee", Scope::Read, now())
    });
    let elsewhere = format!("csrf={csrf}&token={}", elsewhere.await);
    let stranger = pair_of(&post(&before, &elsewhere, HOME).await);
    assert_eq!(get("/", &stranger).await.status, StatusCode::UNAUTHORIZED, "they may not see what it shows");
}

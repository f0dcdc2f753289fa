//! Subscribing as readers do it, and as programs and attackers do.

use crate::support::{Answer, World, request};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use std::net::SocketAddr;
use store::{LetterKind, Rhythm, Subscriber, SubscriberFilter, SubscriberState};
use url::form_urlencoded;
use web::Seal;

const URL: &str = "https://harbour.example";
const FORM: &str = "application/x-www-form-urlencoded";

async fn world() -> World {
    World::with_url(Some(URL)).await
}

/// Posts a form as a browser does from a page of ours.
async fn post(world: &World, path: &str, fields: &[(&str, &str)]) -> Answer {
    post_from(world, path, fields, URL).await
}

async fn post_from(world: &World, path: &str, fields: &[(&str, &str)], origin: &str) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let headers = [("content-type", FORM), ("origin", origin)];
    world.send(request(Method::POST, path, &headers, Body::from(body))).await
}

async fn ask(world: &World, target: &str) -> Answer {
    post(world, "/subscribe", &[("kind", "email"), ("target", target)]).await
}

async fn all(world: &World) -> Vec<Subscriber> {
    world.store.list_subscribers(&SubscriberFilter::default(), "", 99).await.expect("read")
}

fn token(subscriber: &Subscriber) -> String {
    web::subscribe::link_token(&Seal::new(&[7; 32]), &subscriber.id)
}

/// A subscriber who confirmed, and the token of their links.
async fn subscribed(world: &World, target: &str) -> (Subscriber, String) {
    assert_eq!(ask(world, target).await.status, StatusCode::SEE_OTHER);
    let subscriber = all(world).await.into_iter().find(|it| it.target == target).expect("asked");
    let token = token(&subscriber);
    let confirmed = post(world, &format!("/confirm/{token}"), &[]).await;
    assert_eq!(confirmed.header("location"), format!("/subscription/{token}?done=confirm"));
    (subscriber, token)
}

#[tokio::test]
async fn a_reader_asks_confirms_chooses_and_leaves() {
    let world = world().await;
    let form = world.get("/subscribe").await;
    assert!(form.body.contains("PROD2") && form.body.contains("Agent desk"), "{}", form.body);
    let asked = post(
        &world,
        "/subscribe",
        &[
            ("kind", "email"),
            ("target", "ann@example.org"),
            ("environment", "prod1"),
            ("environment", "nowhere"),
            ("component", "api"),
            ("language", "de"),
            ("rhythm", "daily"),
        ],
    )
    .await;
    assert_eq!((asked.status, asked.header("location")), (StatusCode::SEE_OTHER, "/subscribe?sent=email"));
    assert!(world.get("/subscribe?sent=email").await.body.contains("Look into your mailbox"));
    let subscriber = all(&world).await.remove(0);
    assert_eq!(subscriber.state, SubscriberState::Pending);
    assert_eq!((subscriber.environments[0].as_str(), subscriber.environments.len()), ("prod1", 1));
    assert_eq!((subscriber.components[0].0.as_str(), subscriber.rhythm), ("api", Rhythm::Daily));
    let token = token(&subscriber);
    let question = world.get(&format!("/confirm/{token}")).await;
    assert!(question.body.contains("Abonnement bestätigen"), "in their language: {}", question.body);
    assert_eq!(question.header("cache-control"), "no-store");
    assert_eq!(question.header("x-robots-tag"), "noindex");
    post(&world, &format!("/confirm/{token}"), &[]).await;
    let settings = world.get(&format!("/subscription/{token}?done=confirm")).await;
    assert!(settings.body.contains("value=\"prod1\" checked"), "{}", settings.body);
    let all_chosen = [("environment", "prod1"), ("environment", "prod2"), ("language", "en")];
    let changed = post(&world, &format!("/subscription/{token}"), &all_chosen).await;
    assert_eq!(changed.header("location"), format!("/subscription/{token}?done=change"));
    let changed = all(&world).await.remove(0);
    assert!(changed.environments.is_empty(), "all is no choice: it holds for what is added later");
    assert_eq!((changed.rhythm, changed.language.as_str()), (Rhythm::Each, "en"));
    let left = post(&world, &format!("/unsubscribe/{token}"), &[]).await;
    assert!(left.status == StatusCode::OK && left.body.contains("You are unsubscribed"), "{}", left.body);
    let gone = all(&world).await.remove(0);
    assert_eq!((gone.state, gone.target.as_str()), (SubscriberState::Gone, ""));
    assert!(world.get(&format!("/subscription/{token}")).await.body.contains("Subscribe again"));
}

#[tokio::test]
async fn an_address_that_is_known_gets_the_same_answer_as_one_that_is_not() {
    let world = world().await;
    subscribed(&world, "ann@example.org").await;
    world.wait(1);
    let (known, unknown) = (ask(&world, "ann@example.org").await, ask(&world, "bea@example.org").await);
    let mut headers = [known.headers.clone(), unknown.headers.clone()];
    for one in &mut headers {
        one.remove("x-request-id");
    }
    assert_eq!(headers[0], headers[1]);
    assert_eq!((known.status, known.body), (unknown.status, unknown.body));
    let letters = world.store.claim_letters(jiff::Timestamp::MAX, 9, jiff::SignedDuration::ZERO).await;
    let letters = letters.expect("read");
    assert_eq!(letters.len(), 3, "and each costs a letter");
    assert!(letters.iter().all(|letter| letter.kind == LetterKind::Confirm));
}

#[tokio::test]
async fn a_program_that_follows_every_link_changes_nothing() {
    let world = world().await;
    ask(&world, "bea@example.org").await;
    let pending = token(&all(&world).await[0]);
    let (_, confirmed) = subscribed(&world, "ann@example.org").await;
    let before = all(&world).await;
    for _ in 0..100 {
        for path in ["confirm", "subscription", "unsubscribe"] {
            for token in [&pending, &confirmed] {
                let answer = world.get(&format!("/{path}/{token}")).await;
                assert_eq!(answer.status, StatusCode::OK);
            }
        }
        let head = request(Method::HEAD, &format!("/unsubscribe/{confirmed}"), &[], Body::empty());
        world.send(head).await;
    }
    assert_eq!(all(&world).await, before);
}

#[tokio::test]
async fn one_click_leaves_at_once_without_cookie_origin_or_redirect_and_twice_is_well() {
    let world = world().await;
    let (_, token) = subscribed(&world, "ann@example.org").await;
    for _ in 0..2 {
        let headers =
            [("content-type", FORM), ("origin", "https://mail.example"), ("sec-fetch-site", "cross-site")];
        let body = Body::from("List-Unsubscribe=One-Click");
        let path = format!("/unsubscribe/{token}");
        let answer = world.send(request(Method::POST, &path, &headers, body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert!(!answer.headers.contains_key("set-cookie") && !answer.headers.contains_key("location"));
        assert_eq!(all(&world).await[0].state, SubscriberState::Gone);
    }
}

#[tokio::test]
async fn whoever_left_is_not_brought_back_by_an_old_link() {
    let world = world().await;
    let (_, token) = subscribed(&world, "ann@example.org").await;
    post(&world, &format!("/unsubscribe/{token}"), &[]).await;
    post(&world, &format!("/confirm/{token}"), &[]).await;
    post(&world, &format!("/subscription/{token}"), &[("environment", "prod1")]).await;
    assert_eq!(all(&world).await[0].state, SubscriberState::Gone);
}

#[tokio::test]
async fn a_confirmation_lasts_two_days() {
    let world = world().await;
    ask(&world, "ann@example.org").await;
    let token = token(&all(&world).await[0]);
    world.wait(48 * 3_600 + 1);
    let late = post(&world, &format!("/confirm/{token}"), &[]).await;
    assert_eq!(late.header("location"), format!("/subscription/{token}"));
    assert!(world.get(late.header("location")).await.body.contains("Not confirmed yet"));
    assert_eq!(all(&world).await[0].state, SubscriberState::Pending);
}

#[tokio::test]
async fn tokens_that_are_none_read_like_tokens_that_ended() {
    let world = world().await;
    for token in ["x", &"0".repeat(32), &"g".repeat(32), &"0".repeat(4_000), "..", "%00"] {
        for (method, path) in [
            (Method::GET, "confirm"),
            (Method::POST, "confirm"),
            (Method::GET, "subscription"),
            (Method::POST, "subscription"),
            (Method::GET, "unsubscribe"),
            (Method::POST, "unsubscribe"),
        ] {
            let answer = world.send(request(method, &format!("/{path}/{token}"), &[], Body::empty())).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path} {token}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn addresses_that_could_carry_a_header_or_lead_inside_are_refused_with_what_to_do() {
    let world = world().await;
    let cases = [
        ("email", "ann@example.org\r\nBcc: all@example.org", "mail address"),
        ("email", "ann@example.org, bea@example.org", "mail address"),
        ("webhook", "http://10.0.0.1/hook", "use a public address"),
        ("webhook", "file:///etc/passwd", "https://"),
        ("slack", "https://user:pw@hooks.slack.example/x", "precedes"),
        ("carrier-pigeon", "coop 3", "no way"),
    ];
    for (kind, target, fix) in cases {
        let refused = post(&world, "/subscribe", &[("kind", kind), ("target", target)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind} {target}");
        assert!(refused.body.contains(fix), "{kind} {target}: {}", refused.body);
        assert!(refused.body.contains("role=\"alert\""), "{}", refused.body);
        world.wait(60);
    }
    let hostile = ask(&world, "\"><script>alert(1)</script>@example.org").await;
    assert!(!hostile.body.contains("<script>alert"), "{}", hostile.body);
    assert!(all(&world).await.is_empty());
}

#[tokio::test]
async fn an_asker_who_asks_too_often_has_to_wait_whatever_they_ask_for() {
    let world = world().await;
    let peer: SocketAddr = "203.0.113.7:4000".parse().expect("an address");
    let mut answers = Vec::new();
    for number in 0..11 {
        let body = format!("kind=email&target=a{number}%40example.org");
        let headers = [("content-type", FORM), ("origin", URL)];
        let mut asking = request(Method::POST, "/subscribe", &headers, Body::from(body));
        asking.extensions_mut().insert(ConnectInfo(peer));
        answers.push(world.send(asking).await);
    }
    assert!(answers[..10].iter().all(|answer| answer.status == StatusCode::SEE_OTHER));
    assert_eq!(answers[10].status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answers[10].header("retry-after"), "60");
    assert_eq!(all(&world).await.len(), 10);
}

#[tokio::test]
async fn forms_of_other_sites_neither_ask_nor_confirm_nor_change() {
    let world = world().await;
    let (_, confirmed) = subscribed(&world, "ann@example.org").await;
    ask(&world, "bea@example.org").await;
    let before = all(&world).await;
    let pending = token(before.iter().find(|it| it.target == "bea@example.org").expect("asked"));
    let fields = [("kind", "email"), ("target", "eve@example.org"), ("environment", "prod1")];
    for path in ["/subscribe".to_owned(), format!("/confirm/{pending}"), format!("/subscription/{confirmed}")]
    {
        let foreign = post_from(&world, &path, &fields, "https://evil.example").await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(all(&world).await, before);
}

#[tokio::test]
async fn a_webhook_has_a_secret_that_only_its_own_page_shows() {
    let world = world().await;
    let asked =
        post(&world, "/subscribe", &[("kind", "webhook"), ("target", "https://hook.example/in?key=1")]).await;
    assert_eq!(asked.header("location"), "/subscribe?sent=webhook");
    let subscriber = all(&world).await.remove(0);
    let secret = web::subscribe::signing_secret(&Seal::new(&[7; 32]), &subscriber).expect("a secret");
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{}", secret.len());
    let kept = subscriber.secret.clone().expect("sealed");
    assert!(!kept.windows(6).any(|part| part == b"whsec_"), "sealed at rest");
    assert_eq!(web::subscribe::signing_secret(&Seal::new(&[8; 32]), &subscriber), None);
    let moved = Subscriber { target: "https://other.example/".into(), ..subscriber.clone() };
    assert_eq!(web::subscribe::signing_secret(&Seal::new(&[7; 32]), &moved), None);
    let page = world.get(&format!("/subscription/{}", token(&subscriber))).await;
    assert!(page.body.contains(&secret) && !page.body.contains("key=1"), "{}", page.body);
}

#[tokio::test]
async fn without_a_public_address_nobody_is_written_a_link_that_leads_nowhere() {
    let world = World::empty().await;
    let body = "kind=email&target=ann%40example.org";
    let asking = request(Method::POST, "/subscribe", &[("content-type", FORM)], Body::from(body));
    let refused = world.send(asking).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.body.contains("public_url"), "{}", refused.body);
}

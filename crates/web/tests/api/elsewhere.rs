//! Sign-in with accounts elsewhere, against an issuer that is a function.

use crate::support::{Answer, World};
use axum::http::StatusCode;
use domain::Grants;
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Mutex};
use url::Url;
use web::auth::elsewhere::{Elsewhere, ExchangeError, HttpRequest, HttpResponse, Metadata};

const ISSUER: &str = "https://id.larkspur.example";
const BACK: &str = "https://harbour.example/console/elsewhere/back";
/// Made for this test, and for nothing else.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIIOhc2MtupYXpUNMXM0MzE09HEgOOisjb15TdGCO9LUe\n-----END PRIVATE KEY-----\n";
const OTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-----END PRIVATE KEY-----\n";

/// What the issuer will say, and what it was asked.
#[derive(Debug)]
struct Issuer {
    claims: Value,
    signed_with: SigningKey,
    published: SigningKey,
    discoveries: usize,
    token_requests: Vec<String>,
    headers: Vec<String>,
}

/// Name and key.
type SigningKey = (&'static str, &'static str);

type Shared = Arc<Mutex<Issuer>>;

fn key((name, pem): SigningKey) -> CoreEdDsaPrivateSigningKey {
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(pem, Some(JsonWebKeyId::new(name.into()))).expect("a key")
}

/// A token with the claims as they are, whatever they say.
fn token(issuer: &Issuer) -> String {
    let head = json!({ "alg": "EdDSA", "typ": "JWT", "kid": issuer.signed_with.0 });
    let said = [head.to_string(), issuer.claims.to_string()].map(|part| base64url(part.as_bytes())).join(".");
    let signature = key(issuer.signed_with).sign(&CoreJwsSigningAlgorithm::EdDsa, said.as_bytes());
    format!("{said}.{}", base64url(&signature.expect("a signature")))
}

fn answer(issuer: &Shared, request: &HttpRequest) -> Value {
    let mut issuer = issuer.lock().expect("not poisoned");
    issuer.headers.push(format!("{:?}", request.headers()));
    match request.uri().path() {
        "/.well-known/openid-configuration" => {
            issuer.discoveries += 1;
            json!({
                "issuer": ISSUER,
                "authorization_endpoint": format!("{ISSUER}/authorize"),
                "token_endpoint": format!("{ISSUER}/token"),
                "jwks_uri": format!("{ISSUER}/keys"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["EdDSA"],
            })
        }
        "/keys" => {
            let keys = CoreJsonWebKeySet::new(vec![key(issuer.published).as_verification_key()]);
            serde_json::to_value(keys).expect("keys")
        }
        "/token" => {
            let body = String::from_utf8(request.body().clone()).expect("text");
            issuer.token_requests.push(body);
            json!({ "access_token": "a", "token_type": "Bearer", "id_token": token(&issuer) })
        }
        path => panic!("nobody asks for {path}"),
    }
}

/// A site whose people may come from the issuer.
async fn world() -> (World, Shared) {
    let world = World::with_url(Some("https://harbour.example")).await;
    let issuer = Arc::new(Mutex::new(Issuer {
        claims: Value::Null,
        signed_with: ("k1", KEY),
        published: ("k1", KEY),
        discoveries: 0,
        token_requests: Vec::new(),
        headers: Vec::new(),
    }));
    let asked = Arc::clone(&issuer);
    world.site.offer_elsewhere(Elsewhere {
        name: "Larkspur".into(),
        issuer: ISSUER.into(),
        client_id: "watchkeeper".into(),
        client_secret: "s3cret".into(),
        groups_claim: "groups".into(),
        roles: vec![
            ("sre".into(), Grants::parse("*:responder").expect("roles")),
            ("leads".into(), Grants::parse("prod1:admin").expect("roles")),
        ],
        exchange: Arc::new(move |request| {
            let answer = answer(&asked, &request);
            Box::pin(
                async move { Ok::<_, ExchangeError>(HttpResponse::new(answer.to_string().into_bytes())) },
            )
        }),
        metadata: Metadata::default(),
    });
    (world, issuer)
}

fn claims(nonce: &str, subject: &str, groups: &[&str]) -> Value {
    json!({
        "iss": ISSUER, "aud": ["watchkeeper"], "sub": subject, "exp": 4_102_444_800_i64, "iat": 1_739_353_200,
        "nonce": nonce, "name": "Ivo Lark", "email": "Ivo@Larkspur.example", "email_verified": true,
        "groups": groups,
    })
}

/// Goes to the issuer: the cookie that binds, and what the issuer was asked.
async fn begin(world: &World) -> (String, Url) {
    let answer = world.get("/console/elsewhere?next=/console/account").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let cookie = answer.header("set-cookie").to_owned();
    assert!(
        cookie.starts_with("__Host-elsewhere=") && cookie.contains("SameSite=Lax; Max-Age=600; Secure"),
        "{cookie}"
    );
    (cookie.split(';').next().expect("a pair").to_owned(), answer.header("location").parse().expect("a URL"))
}

fn asked(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).expect("asked")
}

async fn finish(world: &World, cookie: &str, state: &str) -> Answer {
    world.get_with(&format!("/console/elsewhere/back?code=c0de&state={state}"), &[("cookie", cookie)]).await
}

/// The whole way, with what the token says.
async fn sign_in(world: &World, issuer: &Shared, subject: &str, groups: &[&str]) -> Answer {
    world.wait(60);
    let (cookie, url) = begin(world).await;
    issuer.lock().expect("not poisoned").claims = claims(&asked(&url, "nonce"), subject, groups);
    finish(world, &cookie, &asked(&url, "state")).await
}

fn session(answer: &Answer) -> String {
    let mut cookies = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("ASCII"));
    let found = cookies.rfind(|cookie| cookie.starts_with("__Host-watchkeeper="));
    found.expect("a session").split(';').next().expect("a pair").to_owned()
}

#[tokio::test]
async fn an_account_elsewhere_signs_in_with_the_roles_of_its_groups() {
    let (world, issuer) = world().await;
    let page = world.get("/console/sign-in").await;
    assert!(page.body.contains("Sign in with Larkspur"), "{}", page.body);
    let answer = sign_in(&world, &issuer, "s-17", &["sre", "leads", "golf"]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("refresh"), "0; url=/console/account");
    let cookie = session(&answer);
    let account = world.get_with("/console/account", &[("cookie", &cookie)]).await;
    assert!(account.body.contains("Ivo Lark: responder everywhere, admin in prod1"), "{}", account.body);
    let again = sign_in(&world, &issuer, "s-17", &["sre"]).await;
    assert_eq!(again.status, StatusCode::OK);
    let gone = world.get_with("/console/account", &[("cookie", &cookie)]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER, "other roles end the older sessions");
    let people = world.store.list_people().await.expect("people");
    assert_eq!(people.len(), 1);
    assert_eq!(people[0].roles.to_string(), "*:responder");
    assert_eq!(people[0].email.as_deref(), Some("ivo@larkspur.example"));
    let other = sign_in(&world, &issuer, "s-18", &["sre"]).await;
    assert_eq!(other.status, StatusCode::OK);
    let people = world.store.list_people().await.expect("people");
    assert_eq!(people.len(), 2, "the same address is not the same person");
    assert_eq!(people.iter().filter(|person| person.email.is_some()).count(), 1);
}

#[tokio::test]
async fn the_code_is_bound_to_this_browser_by_state_nonce_and_verifier() {
    let (world, issuer) = world().await;
    let (cookie, url) = begin(&world).await;
    assert_eq!(asked(&url, "redirect_uri"), BACK);
    assert_eq!(asked(&url, "code_challenge_method"), "S256");
    issuer.lock().expect("not poisoned").claims = claims(&asked(&url, "nonce"), "s-17", &["sre"]);
    let state = asked(&url, "state");
    assert_eq!(finish(&world, &cookie, "other").await.status, StatusCode::FORBIDDEN);
    assert_eq!(finish(&world, "", &state).await.status, StatusCode::UNAUTHORIZED);
    let (other, _) = begin(&world).await;
    assert_eq!(finish(&world, &other, &state).await.status, StatusCode::FORBIDDEN);
    assert!(issuer.lock().expect("not poisoned").token_requests.is_empty(), "the code was not spent");
    assert_eq!(finish(&world, &cookie, &state).await.status, StatusCode::OK);
    let said = issuer.lock().expect("not poisoned");
    let fields: Vec<(String, String)> =
        url::form_urlencoded::parse(said.token_requests[0].as_bytes()).into_owned().collect();
    let (_, verifier) = fields.iter().find(|(name, _)| name == "code_verifier").expect("a verifier");
    let digest: [u8; 32] = Sha256::digest(verifier.as_bytes()).into();
    let challenge = asked(&url, "code_challenge");
    assert_eq!(challenge.len(), 43);
    assert_eq!(base64url(&digest), challenge);
    assert!(
        !said.headers.iter().any(|headers| headers.contains("cookie")),
        "no cookie goes out: {:?}",
        said.headers
    );
}

fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(LETTERS[usize::try_from(bits >> (18 - 6 * place) & 63).expect("six bits")]));
        }
    }
    text
}

#[tokio::test]
async fn a_token_that_does_not_hold_signs_nobody_in() {
    let (world, issuer) = world().await;
    let spoil: [(&str, Value); 5] = [
        ("nonce", json!("another")),
        ("iss", json!("https://evil.example")),
        ("aud", json!(["someone-else"])),
        ("exp", json!(1_000_000_000)),
        ("groups", json!(["golf"])),
    ];
    for (claim, value) in spoil {
        world.wait(60);
        let (cookie, url) = begin(&world).await;
        let mut claims = claims(&asked(&url, "nonce"), "s-17", &["sre"]);
        claims[claim] = value;
        issuer.lock().expect("not poisoned").claims = claims;
        let answer = finish(&world, &cookie, &asked(&url, "state")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{claim}: {}", answer.body);
        assert!(!answer.header("set-cookie").contains("watchkeeper="), "{claim}");
    }
    issuer.lock().expect("not poisoned").signed_with = ("k1", OTHER_KEY);
    assert_eq!(
        sign_in(&world, &issuer, "s-17", &["sre"]).await.status,
        StatusCode::UNAUTHORIZED,
        "another key"
    );
    assert!(world.store.has_no_people().await.expect("a database"));
}

#[tokio::test]
async fn a_disabled_person_stays_out_and_without_an_issuer_there_is_no_way() {
    let (world, issuer) = world().await;
    sign_in(&world, &issuer, "s-17", &["sre"]).await;
    let person = world.store.list_people().await.expect("people").remove(0);
    world.store.disable_person(&person.id, crate::support::deed("person.disabled")).await.expect("disabled");
    assert_eq!(sign_in(&world, &issuer, "s-17", &["sre"]).await.status, StatusCode::UNAUTHORIZED);
    let plain = World::empty().await;
    assert_eq!(plain.get("/console/elsewhere").await.status, StatusCode::NOT_FOUND);
    assert!(!plain.get("/console/sign-in").await.body.contains("Sign in with Lark"));
}

#[tokio::test]
async fn the_issuer_is_asked_of_itself_again_when_that_is_old_or_a_key_is_unknown() {
    let (world, issuer) = world().await;
    let asked = || issuer.lock().expect("not poisoned").discoveries;
    let status = async || sign_in(&world, &issuer, "s-17", &["sre"]).await.status;
    assert_eq!((status().await, status().await), (StatusCode::OK, StatusCode::OK));
    assert_eq!(asked(), 1, "what was said two minutes ago stands");
    let rotate = |signed_with, published| {
        let mut issuer = issuer.lock().expect("not poisoned");
        (issuer.signed_with, issuer.published) = (signed_with, published);
    };
    rotate(("k2", OTHER_KEY), ("k2", OTHER_KEY));
    assert_eq!((status().await, asked()), (StatusCode::OK, 2), "the issuer has another key");
    rotate(("k3", KEY), ("k2", OTHER_KEY));
    assert_eq!((status().await, asked()), (StatusCode::UNAUTHORIZED, 3), "a key of nobody is asked for once");
    rotate(("k2", OTHER_KEY), ("k2", OTHER_KEY));
    assert_eq!((status().await, asked()), (StatusCode::OK, 3));
    world.wait(600);
    assert_eq!((status().await, asked()), (StatusCode::OK, 4), "that was ten minutes ago");
}

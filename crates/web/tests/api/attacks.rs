//! What attackers try at every address: paths that climb, words of SQL, and redirects that lead away.

use crate::support::World;
use web::auth::Scope;

/// Ways to write `..` and `/`, and the files that one would look for.
fn climbs() -> Vec<String> {
    let ups = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..%252f", "%c0%ae%c0%ae/", "....//", "..;/"];
    let places = ["/assets/", "/vendors/fernwick/raw/", "/incidents/", "/p/", "/api/v1/vendors/"];
    let files = ["etc/passwd", "watchkeeper.toml", "Cargo.toml", "proc/self/environ"];
    let mut paths = Vec::new();
    for place in places {
        for up in ups {
            paths.extend(files.map(|file| format!("{place}{}{file}", up.repeat(8))));
        }
    }
    paths.extend(files.map(|file| format!("/assets//{file}")));
    paths
}

#[tokio::test]
async fn a_path_that_climbs_finds_nothing_however_it_is_written() {
    let world = World::told().await;
    let paths = climbs();
    assert!(paths.len() > 150);
    for path in paths {
        let answer = world.get(&path).await;
        assert!(answer.status.is_client_error(), "{path} answers {}", answer.status);
        assert!(!answer.body.contains("root:") && !answer.body.contains("[package]"), "{path}");
    }
}

#[tokio::test]
async fn words_of_sql_are_words() {
    let world = World::told().await;
    let token = world.token(Scope::Admin).await;
    let all = world.get("/api/v1/incidents").await.json()["incidents"].as_array().expect("a list").len();
    assert!(all > 0);
    for words in [
        "' OR 1=1 --",
        "\" OR \"\"=\"",
        "x'; DROP TABLE incident; --",
        "%' OR '%'='",
        "\\' OR 1=1 #",
        "1) OR (1=1",
    ] {
        let words: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
        for field in ["source", "kind", "impact", "state", "after", "q"] {
            let answer = world.get(&format!("/api/v1/incidents?{field}={words}")).await;
            let found = answer.json()["incidents"].as_array().map_or(0, Vec::len);
            assert_eq!(found, 0, "{field}={words}: {}", answer.body);
        }
        let bearer = format!("Bearer {token}");
        for path in ["subscribers?q=", "subscribers?after=", "deliveries?until=", "deploys?environment="] {
            let answer =
                world.get_with(&format!("/api/v1/{path}{words}"), &[("authorization", &bearer)]).await;
            assert!(!answer.status.is_server_error(), "{path}{words}: {}", answer.body);
        }
    }
    assert_eq!(world.get("/api/v1/incidents").await.json()["incidents"].as_array().map(Vec::len), Some(all));
}

#[tokio::test]
async fn no_query_and_no_header_sends_a_browser_elsewhere() {
    let world = World::told().await;
    let elsewhere = [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
    ];
    for target in elsewhere {
        let typed: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
        for path in
            ["/", "/incidents", "/vendors", "/console", "/console/account", "/console/sign-in", "/enter"]
        {
            for field in ["next", "redirect", "redirect_to", "return", "url", "continue"] {
                let headers =
                    [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("referer", target)];
                let answer = world.get_with(&format!("{path}?{field}={typed}"), &headers).await;
                for name in ["location", "refresh"] {
                    assert!(
                        !answer.header(name).contains("evil"),
                        "{path}?{field}={target}: {}",
                        answer.header(name)
                    );
                }
            }
        }
        let answer = world.get(&format!("/{target}")).await;
        assert!(!answer.status.is_redirection(), "/{target} leads to {}", answer.header("location"));
    }
}

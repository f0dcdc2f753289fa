//! `/metrics` of watched databases, read by a parser that takes nothing but the text format.

use crate::support::World;
use axum::http::StatusCode;
use domain::Slug;
use std::collections::{BTreeMap, BTreeSet};
use web::auth::{NewToken, Scope};
use web::samples::reads;

/// A sample: its name, its labels and its value.
type Sample = (String, BTreeMap<String, String>, f64);

fn is_name(text: &str, colon: bool) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_' || (colon && c == ':');
    text.chars().next().is_some_and(letter) && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}

/// Reads an exposition and fails at anything that the format does not allow.
fn parse(text: &str) -> Vec<Sample> {
    assert!(text.ends_with('\n'), "the last line ends");
    let (mut kinds, mut helped) = (BTreeMap::new(), BTreeSet::new());
    let (mut samples, mut seen, mut family) = (Vec::new(), BTreeSet::new(), String::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a help text");
            assert!(is_name(name, true) && !help.is_empty(), "{line}");
            assert!(helped.insert(name.to_owned()), "a second help: {line}");
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert!(["counter", "gauge", "histogram", "summary", "untyped"].contains(&kind), "{line}");
            assert!(kinds.insert(name.to_owned(), kind.to_owned()).is_none(), "a second type: {line}");
            name.clone_into(&mut family);
            continue;
        }
        assert!(!line.starts_with('#') && !line.is_empty(), "`{line}`");
        let sample = parse_sample(line);
        assert_eq!(sample.0, family, "a sample stands with its family: {line}");
        if kinds[&family] == "counter" {
            assert!(family.ends_with("_total") && sample.2 >= 0.0, "{line}");
        }
        assert!(seen.insert((sample.0.clone(), sample.1.clone())), "twice: {line}");
        samples.push(sample);
    }
    samples
}

fn parse_sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).expect("a name");
    let (name, mut rest) = line.split_at(end);
    assert!(is_name(name, true), "{line}");
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (key, after) = rest.split_once("=\"").expect("a label");
            assert!(is_name(key, false), "{line}");
            let (value, after) = unquote(after);
            assert!(labels.insert(key.to_owned(), value).is_none(), "a label twice: {line}");
            match after.split_at(1) {
                (",", after) => rest = after,
                ("}", after) => {
                    rest = after;
                    break;
                }
                other => panic!("{other:?} in {line}"),
            }
        }
    }
    let value = rest.strip_prefix(' ').expect("one blank before the value");
    (name.to_owned(), labels, value.parse().unwrap_or_else(|_| panic!("`{value}` in {line}")))
}

fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &text[at + 1..]),
            '\\' => match letters.next().expect("an escape").1 {
                'n' => value.push('\n'),
                escaped @ ('\\' | '"') => value.push(escaped),
                other => panic!("no escape: {other}"),
            },
            other => value.push(other),
        }
    }
    panic!("a label that does not end: {text}");
}

#[tokio::test]
async fn strangers_are_told_no_name_of_a_database_or_node_and_nothing_of_messages() {
    let world = World::empty().await;
    reads::tell(world.site.live());
    let open = world.get("/metrics").await;
    assert_eq!(open.status, StatusCode::OK);
    let names = parse(&open.body).into_iter().map(|(name, ..)| name).collect::<BTreeSet<_>>();
    assert!(
        names.contains("watchkeeper_store_up") && names.contains("watchkeeper_renders_total"),
        "{names:?}"
    );
    for inside in ["prod1", "mongo", "reads_", "stall", "looks_failed", "deliveries", "notices"] {
        assert!(!open.body.contains(inside), "`{inside}` in {}", open.body);
    }
    let within = NewToken {
        environments: vec![Slug::parse("prod1").expect("a slug")],
        ..NewToken::new("ines", Scope::Read, crate::support::now())
    };
    let token = world.make_token(within).await;
    for (token, status) in
        [(token.as_str(), StatusCode::FORBIDDEN), ("wk_000000000000_x", StatusCode::UNAUTHORIZED)]
    {
        let authorization = format!("Bearer {token}");
        let answer = world.get_with("/metrics", &[("authorization", authorization.as_str())]).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
}

#[tokio::test]
async fn watched_databases_are_gauges_of_the_text_format() {
    let world = World::empty().await;
    reads::tell(world.site.live());
    let odd = "odd\"\\\nnode:1";
    world.site.live().frames("prod2", reads::ago(0), &[(odd.into(), reads::frame(1, 0, false))]);
    let authorization = format!("Bearer {}", world.token(Scope::Read).await);
    let headers = [("authorization", authorization.as_str())];
    let samples = parse(&world.get_with("/metrics", &headers).await.body);
    let value = |name: &str, wanted: &[(&str, &str)]| {
        let has = |labels: &BTreeMap<String, String>| {
            wanted.iter().all(|(key, value)| labels.get(*key).is_some_and(|found| found == value))
        };
        let found = samples.iter().filter(|(found, labels, _)| found == name && has(labels));
        found.map(|(_, _, value)| *value).collect::<Vec<_>>()
    };
    let node = ("node", reads::NODES[0]);
    assert_eq!(value("watchkeeper_reads_hot_read_ms", &[("database", "prod1"), node]), [30_000.0]);
    assert_eq!(value("watchkeeper_reads_connections", &[]).len(), 7);
    assert_eq!(value("watchkeeper_reads_hot_read_ms", &[("node", odd)]).len(), 1);
    assert_eq!(value("watchkeeper_stall", &[("database", "prod1"), ("cause", "blocking-op")]), [1.0]);
    assert_eq!(value("watchkeeper_stall", &[]).iter().filter(|value| **value > 0.0).count(), 1);
    assert_eq!(value("watchkeeper_stall", &[]).len(), 24);
    assert_eq!(value("watchkeeper_strain", &[]), [0.0; 24]);
    let failed = [("path", "hot:crm.messages"), ("reason", "timed_out")];
    assert_eq!(value("watchkeeper_looks_failed_total", &failed), [1.0]);
    world.wait(60);
    let later = parse(&world.get_with("/metrics", &headers).await.body);
    assert!(
        later.iter().all(|(name, ..)| !name.starts_with("watchkeeper_reads_")),
        "silent nodes have no line"
    );
}

//! What is sent, for every kind of receiver there is: a new kind is tested by being in the list.

use domain::{ComponentState, Language, Notice, Timestamp};
use notifiers::{Audience, KINDS, Kind, Message, Notifier, Outgoing, Reply, Verdict, sample};
use serde_json::Value;
use std::fmt::Write as _;
use std::time::Duration;

/// The news that every kind is looked at with.
const NEWS: [Notice; 5] =
    [Notice::Opened, Notice::Updated, Notice::Resolved, Notice::Postmortem, Notice::PromiseLapsed];

/// A kind with the settings of its example.
fn receiver(kind: &Kind) -> Box<dyn Notifier> {
    let settings = settings(kind.example);
    (kind.read)(&settings).unwrap_or_else(|error| panic!("the example of `{}`: {error}", kind.name))
}

/// The little of TOML that examples need: texts, lists and tables of texts, and texts of many lines.
fn settings(example: &str) -> Value {
    let mut table = serde_json::Map::new();
    let mut lines = example.lines();
    while let Some(line) = lines.next() {
        let Some((name, value)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else { continue };
        let value = if value == "'''" {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "'''").collect();
            Value::from(text.join("\n"))
        } else {
            let value = value.split("   #").next().unwrap_or_default().trim();
            match value.strip_prefix('{') {
                Some(rest) => {
                    let pairs = rest.trim_end_matches('}').split("\", ").map(|pair| {
                        let (name, text) = pair.split_once('=').expect("a name and a text");
                        (name.trim().to_owned(), Value::from(text.trim().trim_matches('"')))
                    });
                    Value::Object(pairs.collect())
                }
                None => serde_json::from_str(value).unwrap_or_else(|error| panic!("{line}: {error}")),
            }
        };
        table.insert(name.to_owned(), value);
    }
    Value::Object(table)
}

fn sent(receiver: &dyn Notifier, message: &Message) -> Outgoing {
    receiver.render(message, message.at).unwrap_or_else(|error| panic!("{receiver:?}: {error}"))
}

/// As it goes over the wire, legible.
fn legible(outgoing: &Outgoing) -> String {
    match outgoing {
        Outgoing::Http(request) => {
            let mut text = format!("{} {}\n", request.method, request.url);
            for (name, value) in &request.headers {
                let _ = writeln!(text, "{name}: {value}");
            }
            let body: Value = serde_json::from_slice(&request.body).expect("JSON");
            text + "\n" + &serde_json::to_string_pretty(&body).expect("JSON") + "\n"
        }
        Outgoing::Mail(mail) => format!(
            "to: {}\nsubject: {}\nkey: {}\nthread: {}\nunsubscribe: {:?}\nat: {}\n\n{}\n{}",
            mail.to, mail.subject, mail.key, mail.thread, mail.unsubscribe_url, mail.at, mail.text, mail.html
        ),
    }
}

#[test]
fn every_kind_sends_exactly_this() {
    for kind in KINDS {
        let receiver = receiver(kind);
        let text = NEWS.map(sample::message).map(|message| {
            let wanted = if receiver.wants(&message) { "" } else { " (not wanted)" };
            let told = legible(&sent(receiver.as_ref(), &message));
            format!("==== {}{wanted}\n\n{told}", message.notice.as_str())
        });
        insta::assert_snapshot!(format!("{}", kind.name), text.join("\n"));
    }
}

#[test]
fn kinds_are_told_apart_described_and_shown_with_an_example_that_works() {
    for (position, kind) in KINDS.iter().enumerate() {
        let plain = kind.name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(plain && !kind.name.is_empty(), "{}", kind.name);
        assert!(
            KINDS[..position].iter().all(|other| other.name != kind.name),
            "{} is there twice",
            kind.name
        );
        assert!(kind.doc.len() > 10 && kind.doc.ends_with('.'), "{}", kind.name);
        assert_eq!(notifiers::find(kind.name).map(|found| found.name), Some(kind.name));
        let shown = format!("{:?}", receiver(kind));
        let example = settings(kind.example);
        for field in kind.secrets {
            let Some(secret) = example.get(field).filter(|secret| secret.is_string()) else { continue };
            assert!(!shown.contains(secret.as_str().unwrap_or_default()), "{} shows `{field}`", kind.name);
        }
        assert!((kind.read)(&Value::from(5)).is_err() && (kind.read)(&serde_json::json!({})).is_err());
    }
}

#[test]
fn the_same_message_is_the_same_at_every_try() {
    for kind in KINDS {
        let receiver = receiver(kind);
        let message = sample::message(Notice::Updated);
        let at = |second: i64| {
            let later = Timestamp::from_second(message.at.as_second() + second).expect("in range");
            match receiver.render(&message, later).expect("rendered") {
                Outgoing::Http(request) => (request.url.to_string(), request.body),
                Outgoing::Mail(mail) => (mail.key, mail.text.into_bytes()),
            }
        };
        assert_eq!(at(0), at(3_600), "{}", kind.name);
    }
}

#[test]
fn answers_become_verdicts_and_a_lost_one_is_tried_again() {
    for kind in KINDS.iter().filter(|kind| kind.name != "email") {
        let receiver = receiver(kind);
        let judge = |status, seconds: Option<u64>, body: &[u8]| {
            let retry_after = seconds.map(Duration::from_secs);
            receiver.judge(&Reply { status, retry_after, body: body.to_vec() })
        };
        for body in
            [&b""[..], b"ok", b"{}", b"[1]", b"\xff\xfe", b"{\"code\":\"x\",\"retry_after\":\"soon\"}"]
        {
            for status in [200, 202, 204] {
                assert!(
                    matches!(judge(status, None, body), Verdict::Delivered(None)),
                    "{} {status}",
                    kind.name
                );
            }
            for status in [408, 425, 429, 500, 502, 503, 504] {
                let verdict = judge(status, Some(7), body);
                let later = Some(Duration::from_secs(7));
                assert!(
                    matches!(verdict, Verdict::Retry { after, .. } if after == later),
                    "{} {status}",
                    kind.name
                );
            }
            for status in [301, 302, 307, 400, 401, 403, 404, 422] {
                assert!(matches!(judge(status, None, body), Verdict::Refused(_)), "{} {status}", kind.name);
            }
            assert!(matches!(judge(410, None, body), Verdict::Gone(_)), "{}", kind.name);
        }
    }
}

#[test]
fn the_public_never_hears_the_cause() {
    for kind in KINDS {
        let receiver = receiver(kind);
        for notice in Notice::ALL {
            for language in Language::ALL {
                let mut message = sample::message(notice);
                message.language = language;
                message.cause = Some("find on orders dot items".to_owned());
                message.audience = Audience::Public;
                let text = legible(&sent(receiver.as_ref(), &message));
                assert!(!text.contains("orders dot items"), "{} {}", kind.name, notice.as_str());
            }
        }
    }
}

#[test]
fn operators_read_the_cause_in_what_they_see_first() {
    let first = |kind: &str| {
        let receiver = receiver(notifiers::find(kind).expect("a kind"));
        match sent(receiver.as_ref(), &sample::message(Notice::Opened)) {
            Outgoing::Mail(mail) => mail.text.lines().next().unwrap_or_default().to_owned(),
            Outgoing::Http(request) => {
                let body: Value = serde_json::from_slice(&request.body).expect("JSON");
                let path = match kind {
                    "slack" => "/text",
                    "teams" => "/attachments/0/content/body/0/inlines/0/text",
                    "discord" => "/embeds/0/title",
                    "google_chat" => "/cardsV2/0/card/header/title",
                    "pagerduty" => "/payload/summary",
                    "opsgenie" => "/message",
                    "alertmanager" => "/0/annotations/summary",
                    "template" => "/title",
                    _ => "/data/headline",
                };
                body.pointer(path).and_then(Value::as_str).unwrap_or_default().replace('\\', "")
            }
        }
    };
    for kind in KINDS {
        let line = first(kind.name);
        assert_eq!(line, "New incident: Reads stall (slow queries on a large data set)", "{}", kind.name);
    }
}

/// What people and vendors write who mean no good, or do not know better.
fn hostile() -> Vec<(&'static str, String)> {
    vec![
        ("breaks", "Reads\r\nBcc: all@acme.example\r\n\r\n<p>".to_owned()),
        ("long", "stall ".repeat(17_000)),
        ("long word", "x".repeat(100_000)),
        ("escapes", "\\\"<&>'".repeat(17_000)),
        ("wide", "🚆語".repeat(20_000)),
        ("turned", "abc\u{202e}dcba\u{202c}\u{2066}x\u{2069}\u{200b}".to_owned()),
        ("script", "</script><script>alert(1)</script><img src=x onerror=alert(1)>".to_owned()),
        ("mentions", "@everyone @here <!channel> <!here> <@U123> <users/all> <at>all</at>".to_owned()),
        (
            "links",
            "[bank](javascript:alert(1)) <https://evil.example|bank> [x](https://evil.example)".to_owned(),
        ),
        ("templates", "{{ 7 * 7 }} {% for a in b %} ${7*7} {moment}".to_owned()),
        ("zero", "\0\u{7f}\u{85}\u{1b}[31m".to_owned()),
    ]
}

/// The sample with that text wherever foreign text may be.
fn everywhere(text: &str) -> Message {
    let mut message = sample::message(Notice::Opened);
    text.clone_into(&mut message.title);
    message.body = format!("{text}\n\n# {text}\n\n* {text}");
    message.cause = Some(text.to_owned());
    text.clone_into(&mut message.environment);
    text.clone_into(&mut message.page);
    message.components = vec![(text.to_owned(), ComponentState::MajorOutage); 40];
    message
}

/// Every text of a body, as its receiver reads it.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|one| texts(one, found)),
        Value::Object(all) => all.values().for_each(|one| texts(one, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn hostile_texts_are_bounded_on_their_line_and_turn_nothing() {
    for kind in KINDS {
        let receiver = receiver(kind);
        for (name, text) in hostile() {
            let found = match sent(receiver.as_ref(), &everywhere(&text)) {
                Outgoing::Mail(mail) => {
                    assert!(!mail.subject.contains(char::is_control), "{name}: {}", mail.subject);
                    assert!(mail.subject.chars().count() <= 150 && mail.html.len() < 200_000, "{name}");
                    vec![mail.subject, mail.text, mail.html]
                }
                Outgoing::Http(request) => {
                    let headers = request.headers.iter().flat_map(|(name, value)| [name, value]);
                    headers.for_each(|text| {
                        assert!(text.chars().all(|c| c == ' ' || c.is_ascii_graphic()), "{text}");
                    });
                    // The smallest of all limits is the one of Standard Webhooks; Teams takes 28 kB, PagerDuty 512 kB.
                    let limit = if kind.name == "webhook" { 20_000 } else { 28_000 };
                    assert!(request.body.len() < limit, "{} {name}: {}", kind.name, request.body.len());
                    let mut found = Vec::new();
                    texts(&serde_json::from_slice(&request.body).expect("JSON"), &mut found);
                    found
                }
            };
            for text in found {
                let unseen = |c: char| {
                    (c.is_control() && c != '\n')
                        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}')
                };
                assert!(!text.contains(unseen), "{} {name}: {text:?}", kind.name);
            }
        }
    }
}

#[test]
fn hostile_texts_are_escaped_as_each_receiver_asks() {
    let refused: [(&str, &[&str]); 4] = [
        ("email", &["<script", "<img", "onerror=alert(1)>", "javascript:alert(1)\"", "\r"]),
        ("slack", &["<!", "<@", "<https://evil", "<users"]),
        ("google_chat", &["<users", "<script", "<img", "<https"]),
        ("discord", &[" @everyone", " @here", "<@U", "[bank](", "[x]("]),
    ];
    for (kind, never) in refused {
        let receiver = receiver(notifiers::find(kind).expect("a kind"));
        for (name, text) in hostile() {
            let found = match sent(receiver.as_ref(), &everywhere(&text)) {
                Outgoing::Mail(mail) => vec![mail.html],
                Outgoing::Http(request) => {
                    let mut body: Value = serde_json::from_slice(&request.body).expect("JSON");
                    if kind == "discord" {
                        assert_eq!(body["allowed_mentions"], serde_json::json!({ "parse": [] }));
                        // Discord shows a footer as it is.
                        body["embeds"][0]["footer"] = Value::Null;
                    }
                    let mut found = Vec::new();
                    // Titles and fallbacks of Google Chat are plain text; only paragraphs are markup.
                    texts(
                        if kind == "google_chat" { &body["cardsV2"][0]["card"]["sections"] } else { &body },
                        &mut found,
                    );
                    found
                }
            };
            for text in found {
                for word in never {
                    assert!(!text.contains(word), "{kind} {name}: `{word}` in {text:?}");
                }
            }
        }
    }
}

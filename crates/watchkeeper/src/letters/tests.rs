use super::*;
use crate::letters::confirm;
use domain::Slug;
use store::{Rhythm, SubscriberKind, SubscriberState};

fn subscriber(state: SubscriberState, language: &str) -> Subscriber {
    let at = Timestamp::UNIX_EPOCH;
    Subscriber {
        id: "s1".into(),
        page: Slug::parse("main").expect("a slug"),
        kind: SubscriberKind::Email,
        target: "ann@example.org".into(),
        environments: Vec::new(),
        components: Vec::new(),
        language: language.into(),
        rhythm: Rhythm::Each,
        state,
        secret: None,
        origin: "form".into(),
        created_at: at,
        confirmed_at: None,
        asked_at: at,
        bounces: 0,
        reason: None,
        ended_at: None,
    }
}

fn envelope<'a>(subscriber: &'a Subscriber, page: &'a str) -> Envelope<'a> {
    let url = "https://status.example.org";
    Envelope { page, url, subscriber, token: "0123", key: "confirm.s1.0", at: Timestamp::UNIX_EPOCH }
}

#[test]
fn whoever_is_asked_gets_a_link_and_whoever_confirmed_is_told_so() {
    let asked = subscriber(SubscriberState::Pending, "en");
    let mail = confirm::mail(&envelope(&asked, "Harbour"));
    assert_eq!(mail.subject, "[Harbour] Please confirm your subscription");
    assert!(mail.text.contains("https://status.example.org/confirm/0123"), "{}", mail.text);
    assert_eq!(mail.unsubscribe_url, None, "there is nothing to unsubscribe from yet");
    let known = subscriber(SubscriberState::Confirmed, "de");
    let mail = confirm::mail(&envelope(&known, "Harbour"));
    assert!(!mail.text.contains("/confirm/") && mail.text.contains("/subscription/0123"), "{}", mail.text);
    assert!(mail.html.contains("<html lang=\"de\">"), "{}", mail.html);
    assert_eq!(mail.unsubscribe_url.as_deref(), Some("https://status.example.org/unsubscribe/0123"));
}

#[test]
fn the_name_of_a_page_begins_no_header_and_no_tag() {
    let asked = subscriber(SubscriberState::Pending, "en");
    let mail = confirm::mail(&envelope(&asked, "Harbour\r\nBcc: all@example.org <script>"));
    assert!(!mail.subject.contains(['\r', '\n']), "{:?}", mail.subject);
    assert!(!mail.html.contains("<script>"), "{}", mail.html);
}

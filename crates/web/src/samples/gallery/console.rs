//! The desks of the console: what is promised, held, announced, delivered and subscribed to, and what we run.

use super::boards::{environment_choices, signed_in};
use super::{Picture, picture};
use crate::pages::console::{Typed, components, deliveries, held, maintenances, promises, subscribers};
use crate::samples::{at, now, slug};
use crate::view::link;
use domain::IncidentId;
use store::{
    ChannelHealth, DeadDelivery, HeldCommand, HeldState, Lane, Rhythm, Subscriber, SubscriberCount,
    SubscriberFilter, SubscriberKind, SubscriberState,
};

pub(super) fn pictures() -> Vec<Picture> {
    let text = "Orders cannot be placed";
    vec![
        picture("console-components", components_page(text)),
        picture("console-deliveries", deliveries_page("451 the mailbox is full")),
        picture("console-held", held_page(HeldState::Waiting, None)),
        picture("console-held-failed", held_page(HeldState::Failed, Some(text))),
        picture("console-maintenances", maintenances_page("Backups")),
        picture("console-promises", promises_page(text)),
        picture("console-subscribers", subscribers_page("finn@example.org")),
    ]
}

pub(super) fn filled_with(text: &str) -> Vec<Picture> {
    vec![
        picture("components", components_page(text)),
        picture("deliveries", deliveries_page(text)),
        picture("held", held_page(HeldState::Failed, Some(text))),
        picture("maintenances", maintenances_page(text)),
        picture("promises", promises_page(text)),
        picture("subscribers", subscribers_page(text)),
    ]
}

fn components_page(text: &str) -> Result<String, askama::Error> {
    let mut environments = environment_choices();
    environments[1].components.remove(1);
    text.clone_into(&mut environments[0].components[0].name);
    let open = vec![(slug("PROD2"), text.to_owned(), link::manage(&IncidentId::from_entropy(7)))];
    components::render(&signed_in(link::COMPONENTS), &components::Input { environments, open })
}

fn deliveries_page(text: &str) -> Result<String, askama::Error> {
    let channel = |name: &str, dead, last_error: Option<&str>| ChannelHealth {
        lane: Lane::Operators,
        channel: name.to_owned(),
        waiting: 3,
        failing: dead,
        done: 412,
        dead,
        last_ok_at: Some(now()),
        last_error: last_error.map(str::to_owned),
    };
    let dead = DeadDelivery {
        key: "msg_1".to_owned(),
        incident: IncidentId::from_entropy(7),
        seq: 4,
        lane: Lane::Subscribers,
        channel: text.to_owned(),
        attempts: 12,
        at: now(),
        error: text.to_owned(),
    };
    let channels = vec![channel("pager", 0, None), channel("email", 1, Some(text))];
    let input = deliveries::Input { csrf: "c5f", channels, dead: vec![dead], done: true };
    deliveries::render(&signed_in(link::DELIVERIES), &input)
}

fn held_page(state: HeldState, error: Option<&str>) -> Result<String, askama::Error> {
    let held = HeldCommand {
        id: "w7mvqv7pmd6n".to_owned(),
        incident: IncidentId::from_entropy(7),
        command: String::new(),
        by: "ines".to_owned(),
        created_at: now(),
        due_at: at("2025-02-12T09:41:30Z"),
        state,
        error: error.map(str::to_owned),
    };
    let title = error.map(str::to_owned);
    let body = error.unwrap_or("Orders **cannot** be placed.");
    let input = held::Input { csrf: "c5f", held: &held, what: "Opens an incident", title, body };
    held::render(&signed_in(&link::held(&held.id)), &input)
}

fn maintenances_page(text: &str) -> Result<String, askama::Error> {
    let line = maintenances::Line {
        id: "77n63w1zthrr".to_owned(),
        title: text.to_owned(),
        environment: text.to_owned(),
        rule: "weekly sunday at 02:00 Europe/Berlin".to_owned(),
        next: Some(at("2025-02-16T01:00:00Z")),
    };
    let typed = Typed {
        values: vec![("title".into(), text.into())],
        errors: vec![("rule".into(), "write it like `weekly sunday`".into())],
    };
    let input =
        maintenances::Input { csrf: "c5f", lines: vec![line], environments: environment_choices(), typed };
    maintenances::render(&signed_in(link::MAINTENANCES), &input)
}

fn promises_page(text: &str) -> Result<String, askama::Error> {
    let pending = |due_at| promises::Pending {
        title: text.to_owned(),
        source: text.to_owned(),
        href: link::manage(&IncidentId::from_entropy(7)),
        due_at: at(due_at),
    };
    let weeks =
        ["2025-01-20T00:00:00Z", "2025-01-27T00:00:00Z", "2025-02-03T00:00:00Z", "2025-02-10T00:00:00Z"];
    let counts = [(4, 4), (0, 0), (5, 7), (2, 3)];
    let input = promises::Input {
        pending: vec![pending("2025-02-12T09:30:00Z"), pending("2025-02-12T10:00:00Z")],
        kept: [(30, (7, 10)), (90, (11, 14))],
        weeks: weeks.into_iter().zip(counts).map(|(week, (kept, all))| (at(week), kept, all)).collect(),
    };
    promises::render(&signed_in(link::PROMISES), &input)
}

fn subscribers_page(text: &str) -> Result<String, askama::Error> {
    let somebody = |id: &str, state, reason: Option<&str>| Subscriber {
        id: id.to_owned(),
        page: slug("main"),
        kind: SubscriberKind::Email,
        target: text.to_owned(),
        environments: Vec::new(),
        components: Vec::new(),
        language: "en".to_owned(),
        rhythm: Rhythm::Each,
        state,
        secret: None,
        origin: text.to_owned(),
        created_at: now(),
        confirmed_at: None,
        asked_at: now(),
        bounces: 0,
        reason: reason.map(str::to_owned),
        ended_at: None,
    };
    let count = SubscriberCount {
        page: slug("main"),
        kind: SubscriberKind::Email,
        state: SubscriberState::Pending,
        count: 2,
    };
    let input = subscribers::Input {
        csrf: "c5f",
        pages: vec![("main".to_owned(), text.to_owned())],
        kinds: &[SubscriberKind::Email, SubscriberKind::Webhook],
        counts: vec![count],
        found: vec![
            somebody("a", SubscriberState::Pending, None),
            somebody("b", SubscriberState::Quarantined, Some(text)),
        ],
        filter: SubscriberFilter { text: Some(text.to_owned()), ..SubscriberFilter::default() },
        full: 50,
        typed: Typed {
            values: vec![("target".into(), text.into())],
            errors: vec![("target".into(), text.into())],
        },
        done: "add",
    };
    subscribers::render(&signed_in(link::SUBSCRIBERS), &input)
}

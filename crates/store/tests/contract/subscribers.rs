//! Subscribers: asked before they are told, asked only so often, and left alone once they leave.

use crate::database::Database;
use crate::support::{EXPIRED, LASTING, at, slug};
use domain::ComponentKey;
use store::{
    Audience, Bounce, ClaimedLetter, Error, Imported, LetterKind, NewDigest, NewSubscriber, Outcome, Rhythm,
    Store, Subscriber, SubscriberFilter, SubscriberKind, SubscriberState, Wishes,
};

on_both_databases! {
    nobody_is_told_before_they_confirmed,
    an_address_is_asked_three_times_a_day_whoever_asks,
    a_confirmed_subscriber_is_not_changed_by_asking_again,
    a_question_that_is_too_old_confirms_nothing,
    whoever_left_is_forgotten_and_comes_back_only_by_asking,
    an_audience_is_chosen_by_environment_and_component,
    an_audience_is_read_in_steps_without_gaps,
    a_dead_address_goes_into_quarantine_and_comes_out,
    a_letter_is_claimed_finished_and_fenced,
    a_digest_is_written_once_a_day,
    what_is_imported_is_confirmed_once,
    lists_are_searched_and_counted,
    the_first_sealing_key_is_the_key,
    askers_at_the_same_time_make_one_subscriber,
}

const DAY: i64 = 24 * 3_600;

fn token(number: u8) -> [u8; 32] {
    [number; 32]
}

fn new(number: u8, target: &str, second: i64) -> NewSubscriber {
    NewSubscriber {
        id: format!("s{number:03}"),
        page: slug("main"),
        kind: SubscriberKind::Email,
        target: target.into(),
        wishes: Wishes { language: "en".into(), ..Wishes::default() },
        token_sha256: token(number),
        secret: None,
        origin: "form".into(),
        at: at(second),
    }
}

async fn subscribed(store: &Store, number: u8, target: &str) -> Subscriber {
    store.ask_subscriber(new(number, target, 0)).await.unwrap();
    assert!(store.confirm_subscriber(token(number), at(1)).await.unwrap());
    store.subscriber_by_token(&token(number)).await.unwrap().unwrap()
}

fn audience(environment: &str, components: &[&str]) -> Audience {
    Audience {
        page: slug("main"),
        environment: slug(environment),
        components: components.iter().map(|key| ComponentKey((*key).into())).collect(),
    }
}

async fn told(store: &Store, audience: &Audience) -> Vec<String> {
    let chosen = store.subscribers_after(audience, None, 100).await.unwrap();
    chosen.into_iter().map(|subscriber| subscriber.target).collect()
}

async fn letters(store: &Store, second: i64) -> Vec<ClaimedLetter> {
    let mut claimed = store.claim_letters(at(second), 100, LASTING).await.unwrap();
    claimed.sort_by(|a, b| a.id.cmp(&b.id));
    claimed
}

async fn nobody_is_told_before_they_confirmed(database: Database) {
    let store = database.open().await;
    store.ask_subscriber(new(1, "Ann@example.org", 0)).await.unwrap();
    assert!(told(&store, &audience("prod", &[])).await.is_empty());
    let asked = letters(&store, 0).await;
    assert_eq!((asked.len(), asked[0].kind, asked[0].subscriber.as_str()), (1, LetterKind::Confirm, "s001"));
    assert!(store.confirm_subscriber(token(1), at(60)).await.unwrap());
    assert!(!store.confirm_subscriber(token(1), at(61)).await.unwrap(), "once");
    assert_eq!(told(&store, &audience("prod", &[])).await, ["Ann@example.org"]);
    let kept = store.subscriber_by_token(&token(1)).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.confirmed_at), (SubscriberState::Confirmed, Some(at(60))));
    assert_eq!(store.subscriber_by_token(&token(2)).await, Ok(None));
}

async fn an_address_is_asked_three_times_a_day_whoever_asks(database: Database) {
    let store = database.open().await;
    for (number, spelling) in [(1, "ann@example.org"), (2, "ANN@example.org"), (3, "Ann@Example.org")] {
        store.ask_subscriber(new(number, spelling, i64::from(number))).await.unwrap();
    }
    for number in 4..20 {
        store.ask_subscriber(new(number, "ann@example.org", 100 + i64::from(number))).await.unwrap();
    }
    assert_eq!(letters(&store, 1_000).await.len(), 3);
    assert_eq!(store.list_subscribers(&SubscriberFilter::default(), "", 9).await.unwrap().len(), 1);
    store.ask_subscriber(new(20, "ann@example.org", DAY + 1)).await.unwrap();
    assert_eq!(letters(&store, DAY + 1).await.len(), 1, "on another day, once more");
}

async fn a_confirmed_subscriber_is_not_changed_by_asking_again(database: Database) {
    let store = database.open().await;
    let before = subscribed(&store, 1, "ann@example.org").await;
    let mut again = new(2, "ANN@example.org", 50);
    again.wishes.environments = vec![slug("other")];
    store.ask_subscriber(again).await.unwrap();
    let after = store.subscriber("s001").await.unwrap().unwrap();
    assert_eq!(Subscriber { asked_at: before.asked_at, ..after }, before);
    let pending = Wishes { environments: vec![slug("other")], language: "de".into(), ..Wishes::default() };
    store.ask_subscriber(new(3, "bea@example.org", 0)).await.unwrap();
    store.ask_subscriber(NewSubscriber { wishes: pending, ..new(4, "bea@example.org", 5) }).await.unwrap();
    let changed = store.subscriber("s003").await.unwrap().unwrap();
    assert_eq!((changed.environments, changed.language), (vec![slug("other")], "de".into()));
}

async fn a_question_that_is_too_old_confirms_nothing(database: Database) {
    let store = database.open().await;
    store.ask_subscriber(new(1, "ann@example.org", 0)).await.unwrap();
    assert!(!store.confirm_subscriber(token(1), at(2 * DAY + 1)).await.unwrap());
    store.prune_subscribers(at(1), at(0)).await.unwrap();
    assert_eq!(store.subscriber("s001").await, Ok(None), "and is forgotten, with its letter");
    assert!(letters(&store, 9).await.is_empty());
    subscribed(&store, 2, "ann@example.org").await;
    store.prune_subscribers(at(9 * DAY), at(0)).await.unwrap();
    assert!(store.subscriber("s002").await.unwrap().is_some(), "whoever confirmed stays");
}

async fn whoever_left_is_forgotten_and_comes_back_only_by_asking(database: Database) {
    let store = database.open().await;
    store
        .ask_subscriber(NewSubscriber { secret: Some(vec![1]), ..new(1, "ann@example.org", 0) })
        .await
        .unwrap();
    store.confirm_subscriber(token(1), at(1)).await.unwrap();
    assert!(store.end_subscriber("s001", "by link", at(2)).await.unwrap());
    assert!(!store.end_subscriber("s001", "by link", at(3)).await.unwrap());
    let gone = store.subscriber("s001").await.unwrap().unwrap();
    assert_eq!((gone.state, gone.target.as_str(), gone.secret), (SubscriberState::Gone, "", None));
    assert_eq!(gone.ended_at, Some(at(2)));
    assert!(letters(&store, 9).await.is_empty(), "what was still to be written is not");
    assert!(!store.confirm_subscriber(token(1), at(4)).await.unwrap(), "an old link brings nobody back");
    assert!(!store.change_subscriber(token(1), Wishes::default()).await.unwrap());
    assert!(told(&store, &audience("prod", &[])).await.is_empty());
    let list = vec![new(2, "Ann@example.org", 5)];
    assert_eq!(store.import_subscribers(list).await.unwrap(), Imported { gone: 1, ..Imported::default() });
    store.ask_subscriber(new(3, "ann@example.org", 6)).await.unwrap();
    let back = store.subscriber("s001").await.unwrap().unwrap();
    assert_eq!((back.state, back.target.as_str()), (SubscriberState::Pending, "ann@example.org"));
    assert!(store.confirm_subscriber(token(1), at(7)).await.unwrap());
}

async fn an_audience_is_chosen_by_environment_and_component(database: Database) {
    let store = database.open().await;
    let choose = async |number: u8, target: &str, environments: &[&str], components: &[&str]| {
        subscribed(&store, number, target).await;
        let wishes = Wishes {
            environments: environments.iter().map(|name| slug(name)).collect(),
            components: components.iter().map(|key| ComponentKey((*key).into())).collect(),
            language: "en".into(),
            rhythm: Rhythm::Each,
        };
        assert!(store.change_subscriber(token(number), wishes).await.unwrap());
    };
    choose(1, "all", &[], &[]).await;
    choose(2, "prod1", &["prod1"], &[]).await;
    choose(3, "prod1-api", &["prod1"], &["API", "Web"]).await;
    choose(4, "api", &[], &["API"]).await;
    assert_eq!(told(&store, &audience("prod1", &["API"])).await, ["all", "prod1", "prod1-api", "api"]);
    assert_eq!(told(&store, &audience("prod1", &["Mail"])).await, ["all", "prod1"]);
    assert_eq!(told(&store, &audience("prod1", &[])).await, ["all", "prod1", "prod1-api", "api"]);
    assert_eq!(told(&store, &audience("prod2", &["API", "Mail"])).await, ["all", "api"]);
    let elsewhere = Audience { page: slug("other"), ..audience("prod1", &[]) };
    assert!(told(&store, &elsewhere).await.is_empty());
    let daily = Wishes { rhythm: Rhythm::Daily, language: "en".into(), ..Wishes::default() };
    store.change_subscriber(token(1), daily).await.unwrap();
    assert_eq!(told(&store, &audience("prod2", &["API"])).await, ["api"], "who reads a digest hears no more");
    let daily = store.confirmed_after(&slug("main"), Rhythm::Daily, "", 9).await.unwrap();
    assert_eq!(daily.len(), 1);
}

async fn an_audience_is_read_in_steps_without_gaps(database: Database) {
    let store = database.open().await;
    // More than one step of the store, most of whom chose something else.
    let list = (0..2_500_u32).map(|number| {
        let [a, b] = u16::try_from(number).unwrap().to_be_bytes();
        let mut sha256 = [7; 32];
        (sha256[0], sha256[1]) = (a, b);
        let chosen = if number % 5 == 0 { "prod" } else { "other" };
        NewSubscriber {
            id: format!("s{number:05}"),
            token_sha256: sha256,
            wishes: Wishes { environments: vec![slug(chosen)], language: "en".into(), ..Wishes::default() },
            ..new(1, &format!("{number}@example.org"), 0)
        }
    });
    let imported = store.import_subscribers(list.collect()).await.unwrap();
    assert_eq!(imported.added, 2_500);
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let step = store.subscribers_after(&audience("prod", &[]), after.as_deref(), 130).await.unwrap();
        seen.extend(step.iter().map(|subscriber| subscriber.id.clone()));
        after = step.last().map(|subscriber| subscriber.id.clone());
        if step.len() < 130 {
            break;
        }
    }
    let expected: Vec<String> = (0..2_500).step_by(5).map(|number| format!("s{number:05}")).collect();
    assert_eq!(seen, expected);
}

async fn a_dead_address_goes_into_quarantine_and_comes_out(database: Database) {
    let store = database.open().await;
    subscribed(&store, 1, "ann@example.org").await;
    subscribed(&store, 2, "bea@example.org").await;
    assert!(store.bounced("s001", Bounce::Hard, "550 no such user").await.unwrap());
    for _ in 0..2 {
        assert!(!store.bounced("s002", Bounce::Soft, "451 later").await.unwrap());
    }
    store.reached("s002").await.unwrap();
    for _ in 0..2 {
        assert!(!store.bounced("s002", Bounce::Soft, "451 later").await.unwrap());
    }
    assert!(store.bounced("s002", Bounce::Soft, "451 later").await.unwrap(), "three in a row");
    assert!(told(&store, &audience("prod", &[])).await.is_empty());
    let quarantined = store.subscriber("s001").await.unwrap().unwrap();
    assert_eq!(quarantined.reason.as_deref(), Some("550 no such user"));
    store.release_subscriber("s001").await.unwrap();
    assert_eq!(store.release_subscriber("s001").await, Err(Error::NotFound));
    assert_eq!(told(&store, &audience("prod", &[])).await, ["ann@example.org"]);
    store.ask_subscriber(new(3, "bea@example.org", 10)).await.unwrap();
    assert!(store.confirm_subscriber(token(2), at(11)).await.unwrap(), "their own confirming heals it, too");
}

async fn a_letter_is_claimed_finished_and_fenced(database: Database) {
    let store = database.open().await;
    store.ask_subscriber(new(1, "ann@example.org", 0)).await.unwrap();
    assert!(
        store.claim_letters(at(-1), 9, LASTING).await.unwrap().is_empty(),
        "not due before it was written"
    );
    let first = store.claim_letters(at(0), 9, EXPIRED).await.unwrap().remove(0);
    let second = store.claim_letters(at(0), 9, LASTING).await.unwrap().remove(0);
    assert_eq!((&first.id, second.attempt), (&second.id, 2));
    assert!(letters(&store, 0).await.is_empty(), "held");
    let done = |second| Outcome::Done { at: at(second) };
    assert_eq!(store.finish_letter(&first.id, first.epoch, done(1)).await, Err(Error::LostLease));
    let retry = Outcome::Retry { at: at(60), error: "451".into() };
    store.finish_letter(&second.id, second.epoch, retry).await.unwrap();
    assert!(letters(&store, 59).await.is_empty());
    let third = letters(&store, 60).await.remove(0);
    store.finish_letter(&third.id, third.epoch, done(60)).await.unwrap();
    assert!(letters(&store, 99).await.is_empty());
}

async fn a_digest_is_written_once_a_day(database: Database) {
    let store = database.open().await;
    subscribed(&store, 1, "ann@example.org").await;
    letters(&store, 9).await;
    let digest =
        |day: &str| NewDigest { subscriber: "s001".into(), day: day.into(), about_from: at(0), at: at(DAY) };
    assert_eq!(store.write_digests(vec![digest("2024-12-15")]).await, Ok(1));
    assert_eq!(store.write_digests(vec![digest("2024-12-15"), digest("2024-12-16")]).await, Ok(1));
    let written = letters(&store, DAY).await;
    assert_eq!(written.len(), 2);
    assert_eq!(
        (written[0].kind, written[0].about_from, written[0].created_at),
        (LetterKind::Digest, at(0), at(DAY))
    );
}

async fn what_is_imported_is_confirmed_once(database: Database) {
    let store = database.open().await;
    let list =
        || vec![new(1, "ann@example.org", 0), new(2, "bea@example.org", 0), new(3, "ANN@example.org", 0)];
    assert_eq!(store.import_subscribers(list()).await, Ok(Imported { added: 2, known: 1, gone: 0 }));
    assert_eq!(store.import_subscribers(list()).await, Ok(Imported { added: 0, known: 3, gone: 0 }));
    assert_eq!(told(&store, &audience("prod", &[])).await, ["ann@example.org", "bea@example.org"]);
    assert!(letters(&store, 9).await.is_empty(), "nobody is asked what they said elsewhere");
}

async fn lists_are_searched_and_counted(database: Database) {
    let store = database.open().await;
    subscribed(&store, 1, "ann_a@example.org").await;
    subscribed(&store, 2, "annXa@example.org").await;
    store.ask_subscriber(new(3, "bea@example.org", 0)).await.unwrap();
    let found = async |text: &str, state| {
        let filter = SubscriberFilter { text: Some(text.into()), state, ..SubscriberFilter::default() };
        store.list_subscribers(&filter, "", 9).await.unwrap().len()
    };
    assert_eq!(found("N_A@", None).await, 1);
    assert_eq!(found("example.org", None).await, 3);
    assert_eq!(found("example.org", Some(SubscriberState::Pending)).await, 1);
    assert_eq!(found("%", None).await, 0);
    let counts = store.count_subscribers().await.unwrap();
    let counts: Vec<_> = counts.iter().map(|count| (count.state, count.count)).collect();
    assert_eq!(counts, [(SubscriberState::Confirmed, 2), (SubscriberState::Pending, 1)]);
}

async fn the_first_sealing_key_is_the_key(database: Database) {
    let store = database.open().await;
    assert_eq!(store.keep_sealing_key([1; 32]).await, Ok(true));
    assert_eq!(store.keep_sealing_key([1; 32]).await, Ok(true));
    assert_eq!(store.keep_sealing_key([2; 32]).await, Ok(false));
}

async fn askers_at_the_same_time_make_one_subscriber(database: Database) {
    let nodes = database.nodes(3).await;
    let asking = (0..12).map(|number| {
        let store = nodes[usize::from(number) % nodes.len()].clone();
        tokio::spawn(
            async move { store.ask_subscriber(new(number, "ann@example.org", i64::from(number))).await },
        )
    });
    for asked in asking.collect::<Vec<_>>() {
        asked.await.unwrap().unwrap();
    }
    assert_eq!(nodes[0].list_subscribers(&SubscriberFilter::default(), "", 99).await.unwrap().len(), 1);
    assert_eq!(letters(&nodes[0], 99).await.len(), 3);
}

//! Lists: filters, pages that stay right, neighbours.

use crate::database::Database;
use crate::support::{at, commanded, id, opened, slug};
use domain::observation::{IncidentObservation, KnownIncident};
use domain::time::Window;
use domain::{Command, Impact, IncidentId, Input, Kind, State, Visibility, decide};
use store::{Cursor, Filter, IncidentRow, Phase, Source, Store};

on_both_databases! {
    a_row_is_what_follows_from_the_incident,
    filters_narrow_and_pages_follow_each_other,
    search_finds_words_and_not_patterns,
    neighbours_are_of_the_same_source,
    a_maintenance_is_due_when_its_window_says_so,
    a_vendors_live_incidents_are_known_by_its_own_ids,
}

fn seen(vendor: &str, external_id: &str, published: i64, state: State) -> (IncidentId, Input) {
    let incident = IncidentObservation {
        external_id: external_id.into(),
        title: format!("{external_id} of {vendor}"),
        kind: Kind::Incident,
        impact: Impact::Major,
        state,
        url: None,
        published_at: at(published),
        stated_start_at: None,
        resolved_at: state.is_over().then(|| at(published + 10)),
        schedule: None,
        components: Vec::new(),
        updates: Vec::new(),
        postmortem: None,
    };
    let id = IncidentId::of_vendor(&slug(vendor), external_id);
    (id, Input::Seen { vendor: slug(vendor), incident: Box::new(incident), complete: true })
}

async fn commit_seen(
    store: &Store,
    vendor: &str,
    external_id: &str,
    published: i64,
    state: State,
) -> IncidentId {
    let (id, input) = seen(vendor, external_id, published, state);
    store.commit(&decide(&id, None, &input, at(9_000)).unwrap(), None).await.unwrap();
    id
}

async fn titles(store: &Store, filter: &Filter) -> Vec<String> {
    let page = store.list_incidents(filter, None, 100).await.unwrap();
    page.rows.into_iter().map(|row| row.title).collect()
}

async fn a_row_is_what_follows_from_the_incident(database: Database) {
    let store = database.open().await;
    let mut decision = opened(&id(1), 0);
    store.commit(&decision, None).await.unwrap();
    for command in [
        Command::Update {
            id: "u1".into(),
            state: State::Monitoring,
            body: "B".into(),
            components: vec![],
            next_update_at: None,
        },
        Command::SetTrueWindow { began_at: Some(at(-60)), ended_at: None },
        Command::Retitle { title: "Logins fail".into() },
        Command::SetImpact { impact: Impact::Critical },
        Command::Update {
            id: "u2".into(),
            state: State::Resolved,
            body: "C".into(),
            components: vec![],
            next_update_at: None,
        },
        Command::PublishPostmortem { body: "It was the cache.".into() },
        Command::WithdrawUpdate { id: "u1".into() },
        Command::Withdraw,
    ] {
        decision = commanded(&decision.next, command, 600);
        store.commit(&decision, None).await.unwrap();
        let row = store.incident_row(&id(1)).await.unwrap();
        assert_eq!(row, IncidentRow::of(&decision.next));
    }
    let row = store.incident_row(&id(1)).await.unwrap();
    assert_eq!((row.phase, row.updates, row.has_postmortem), (Phase::Withdrawn, 2, true));
    assert_eq!(row.components, ["API"]);
    assert_eq!(store.check().await.unwrap(), []);
}

async fn filters_narrow_and_pages_follow_each_other(database: Database) {
    let store = database.open().await;
    for number in 0..7 {
        // Two were published at the same instant: the cursor must not lose or double one.
        let state = if number % 2 == 0 { State::Resolved } else { State::Investigating };
        commit_seen(&store, "acme", &format!("a{number}"), 100 * (number / 2), state).await;
    }
    commit_seen(&store, "beta", "b0", 250, State::Resolved).await;
    store.commit(&opened(&id(1), 5_000), None).await.unwrap();
    let all = titles(&store, &Filter::default()).await;
    assert_eq!(all.len(), 9);
    assert_eq!(all[0], "Logins are slow", "newest first");
    for size in 1..=9 {
        let mut pages = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let page = store.list_incidents(&Filter::default(), cursor.as_ref(), size).await.unwrap();
            assert!(page.rows.len() <= size as usize);
            pages.extend(page.rows.into_iter().map(|row| row.title));
            let Some(next) = page.next else { break };
            cursor = Some(Cursor::parse(&next.to_string()).unwrap());
            assert_eq!(cursor, Some(next));
        }
        assert_eq!(pages, all, "pages of {size}");
    }
    let count = async |filter: Filter| titles(&store, &filter).await.len();
    let source = |source| Filter { source: Some(source), ..Filter::default() };
    assert_eq!(count(source(Source::Vendor(slug("acme")))).await, 7);
    assert_eq!(count(source(Source::Vendors)).await, 8);
    assert_eq!(count(source(Source::Environment(slug("production")))).await, 1);
    assert_eq!(count(source(Source::Environments)).await, 1);
    assert_eq!(count(Filter { phases: vec![Phase::Open], ..Filter::default() }).await, 4);
    assert_eq!(count(Filter { phases: vec![Phase::Open, Phase::Over], ..Filter::default() }).await, 9);
    assert_eq!(count(Filter { phases: vec![Phase::Upcoming], ..Filter::default() }).await, 0);
    assert_eq!(count(Filter { kind: Some(Kind::Maintenance), ..Filter::default() }).await, 0);
    assert_eq!(count(Filter { impact: Some(Impact::Minor), ..Filter::default() }).await, 1);
    let between = Filter { from: Some(at(100)), until: Some(at(300)), ..Filter::default() };
    assert_eq!(count(between).await, 5);
    assert_eq!(store.open_incidents().await.unwrap().len(), 4);
    assert_eq!(Cursor::parse("12"), None);
}

async fn search_finds_words_and_not_patterns(database: Database) {
    let store = database.open().await;
    let first = opened(&id(1), 0);
    store.commit(&first, None).await.unwrap();
    let command = Command::Update {
        id: "u1".into(),
        state: State::Identified,
        body: "Größe 100%_\\ erreicht".into(),
        components: vec![],
        next_update_at: None,
    };
    store.commit(&commanded(&first.next, command, 60), None).await.unwrap();
    let found = async |text: &str| {
        titles(&store, &Filter { text: Some(text.into()), ..Filter::default() }).await.len() == 1
    };
    for text in
        ["LOGINS", " slow ", "größe", "GRÖSSE".to_lowercase().replace("ss", "ß").as_str(), "100%_\\", "api"]
    {
        assert!(found(text).await, "{text}");
    }
    for text in ["fast", "100_", "l%w", "\\%", "\0"] {
        assert!(!found(text).await, "{text}");
    }
}

async fn neighbours_are_of_the_same_source(database: Database) {
    let store = database.open().await;
    let mut ids = Vec::new();
    for (number, published) in [100, 200, 200, 300].into_iter().enumerate() {
        ids.push((
            published,
            commit_seen(&store, "acme", &format!("a{number}"), published, State::Resolved).await,
        ));
    }
    commit_seen(&store, "beta", "b0", 200, State::Resolved).await;
    ids.sort();
    for place in 0..ids.len() {
        let neighbours = store.neighbours(&ids[place].1).await.unwrap();
        let expected =
            |place: Option<usize>| place.and_then(|place| ids.get(place)).map(|(_, id)| id.clone());
        assert_eq!(neighbours.previous.map(|row| row.id), expected(place.checked_sub(1)));
        assert_eq!(neighbours.next.map(|row| row.id), expected(place.checked_add(1)));
    }
    assert_eq!(store.neighbours(&id(9)).await, Err(store::Error::NotFound));
}

async fn a_maintenance_is_due_when_its_window_says_so(database: Database) {
    let store = database.open().await;
    let command = Command::Open {
        environment: slug("production"),
        kind: Kind::Maintenance,
        title: "New disks".into(),
        impact: Impact::Maintenance,
        state: State::Scheduled,
        update: ("u0".into(), "We swap disks.".into()),
        components: vec![],
        schedule: Some(Window::closed(at(1_000), at(2_000))),
        began_at: None,
        visibility: Visibility::Public,
        next_update_at: None,
    };
    let opened = decide(&id(1), None, &Input::Command { by: "ann".into(), command }, at(0)).unwrap();
    store.commit(&opened, None).await.unwrap();
    assert_eq!(store.incident_row(&id(1)).await.unwrap().phase, Phase::Upcoming);
    let due = async |second| store.due_incidents(at(second)).await.unwrap();
    assert_eq!(due(999).await, []);
    assert_eq!(due(1_000).await, [id(1)]);
    let begun = decide(&id(1), Some(&opened.next), &Input::Tick, at(1_000)).unwrap();
    store.commit(&begun, None).await.unwrap();
    assert_eq!(due(1_999).await, []);
    assert_eq!(due(2_000).await, [id(1)]);
    store.commit(&decide(&id(1), Some(&begun.next), &Input::Tick, at(2_000)).unwrap(), None).await.unwrap();
    assert_eq!(due(9_000).await, []);
}

async fn a_vendors_live_incidents_are_known_by_its_own_ids(database: Database) {
    let store = database.open().await;
    commit_seen(&store, "acme", "a1", 100, State::Resolved).await;
    let gone = commit_seen(&store, "acme", "a2", 200, State::Investigating).await;
    commit_seen(&store, "beta", "b1", 300, State::Investigating).await;
    let incident = store.find_vendor_incident(&slug("acme"), "a2").await.unwrap().unwrap();
    assert_eq!(incident.id, gone);
    let missing =
        decide(&gone, Some(&incident), &Input::Missing { vendor: slug("acme") }, at(9_100)).unwrap();
    store.commit(&missing, None).await.unwrap();
    let live = store.live_incidents(&slug("acme")).await.unwrap();
    let known = KnownIncident { external_id: "a1".to_owned(), kind: Kind::Incident, published_at: at(100) };
    assert_eq!(live, [known]);
    assert_eq!(store.find_vendor_incident(&slug("acme"), "b1").await, Ok(None));
}

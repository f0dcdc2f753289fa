//! The configuration says which vendors there are; what their pages said stays.

use crate::database::Database;
use crate::support::{EXPIRED, LASTING, at, good_look, registration, slug};
use domain::ComponentState::{DegradedPerformance, MajorOutage, Operational, Unknown};
use domain::time::Window;
use store::{Detected, Error, LookRecord, Store};

on_both_databases! {
    the_configuration_decides_which_vendors_there_are,
    two_nodes_that_register_at_once_agree,
    a_look_is_kept_and_read_back,
    what_was_found_out_of_a_page_outlives_a_restart,
    states_become_windows_that_never_overlap,
    a_page_out_of_sight_is_unknown_and_comes_back,
    a_look_without_news_does_not_move_the_revision,
    text_that_no_database_can_hold_is_kept_readable,
}

async fn register(store: &Store, names: &[&str]) {
    let vendors: Vec<_> = names.iter().map(|name| registration(name)).collect();
    store.register_vendors(&vendors, at(0)).await.unwrap();
}

async fn look(store: &Store, record: LookRecord) {
    // Due or not: these cases are about what a look leaves behind.
    let claims = store.claim_due(at(1_000_000), 1, LASTING).await.unwrap();
    store.record_look(&claims[0], record).await.unwrap();
}

async fn the_configuration_decides_which_vendors_there_are(database: Database) {
    let store = database.open().await;
    register(&store, &["beta", "alpha"]).await;
    let names = |vendors: &[store::Vendor]| -> Vec<(String, bool)> {
        vendors.iter().map(|vendor| (vendor.registration.name.clone(), vendor.active)).collect()
    };
    assert_eq!(names(&store.vendors().await.unwrap()), [("BETA".into(), true), ("ALPHA".into(), true)]);
    let vendor = store.vendor(&slug("alpha")).await.unwrap();
    assert_eq!(vendor.registration, registration("alpha"));
    assert_eq!((vendor.overall, vendor.watched_since, vendor.next_look_at), (Unknown, at(0), at(0)));
    assert_eq!(store.vendor(&slug("gamma")).await, Err(Error::NotFound));

    let revision = store.revision().await.unwrap();
    register(&store, &["beta", "alpha"]).await;
    assert_eq!(store.revision().await.unwrap(), revision, "nothing changed");
    register(&store, &["alpha", "gamma"]).await;
    assert!(store.revision().await.unwrap() > revision);
    let expected = [("ALPHA".into(), true), ("GAMMA".into(), true), ("BETA".into(), false)];
    assert_eq!(names(&store.vendors().await.unwrap()), expected);
    let due = store.claim_due(at(0), 9, EXPIRED).await.unwrap();
    assert_eq!(due.len(), 2, "an inactive vendor is not looked at");
}

async fn two_nodes_that_register_at_once_agree(database: Database) {
    let nodes = database.nodes(4).await;
    let names: Vec<String> = (0..20).map(|number| format!("vendor-{number}")).collect();
    let mut forward: Vec<_> = names.iter().map(|name| registration(name)).collect();
    let mut tasks = Vec::new();
    for node in nodes.clone() {
        forward.reverse();
        let vendors = forward.clone();
        tasks.push(tokio::spawn(async move { node.register_vendors(&vendors, at(0)).await }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(nodes[0].vendors().await.unwrap().len(), 20);
}

async fn a_look_is_kept_and_read_back(database: Database) {
    let store = database.open().await;
    register(&store, &["acme"]).await;
    let mut record = good_look(10, &[("api", Operational), ("web", MajorOutage)]);
    let page = record.page.as_mut().unwrap();
    page.facts.time_zone = Some("Europe/Berlin".into());
    page.facts.updated_at = Some(at(9));
    page.indicator = Some(DegradedPerformance);
    page.components.as_mut().unwrap()[1].group = Some("Apps".into());
    look(&store, record.clone()).await;

    let vendor = store.vendor(&slug("acme")).await.unwrap();
    let page = record.page.unwrap();
    assert_eq!(vendor.page, page.facts);
    assert_eq!((vendor.indicator, vendor.overall), (page.indicator, MajorOutage));
    assert_eq!((vendor.health, vendor.next_look_at), (record.health, record.next_look_at));
    let listed: Vec<_> = vendor.components.iter().map(|c| (c.key.0.as_str(), c.state, c.since)).collect();
    assert_eq!(listed, [("api", Operational, at(10)), ("web", MajorOutage, at(10))]);
    assert_eq!(vendor.components[1].group.as_deref(), Some("Apps"));

    // A look that did not work keeps what was seen.
    let mut failed = good_look(70, &[]);
    failed.page = None;
    failed.health.last_ok_at = Some(at(10));
    failed.health.failing_since = Some(at(70));
    failed.health.failures = 1;
    failed.health.last_error = Some("timeout".into());
    look(&store, failed.clone()).await;
    let vendor = store.vendor(&slug("acme")).await.unwrap();
    assert_eq!((vendor.overall, vendor.health), (MajorOutage, failed.health));
    assert_eq!(vendor.components.len(), 2);
}

async fn states_become_windows_that_never_overlap(database: Database) {
    let store = database.open().await;
    register(&store, &["acme"]).await;
    look(&store, good_look(100, &[("api", Operational), ("web", Operational)])).await;
    look(&store, good_look(200, &[("web", Operational), ("api", MajorOutage)])).await;
    // The clock stepped back, and a component is gone.
    look(&store, LookRecord { at: at(150), ..good_look(300, &[("api", Operational)]) }).await;
    look(&store, good_look(400, &[("api", Operational), ("web", Operational)])).await;

    let windows = store.vendor_windows(&slug("acme"), at(0)).await.unwrap();
    let open = |from| Window::open(at(from));
    let closed = |from, until| Window::closed(at(from), at(until));
    assert_eq!(windows.overall, [(Operational, closed(100, 200)), (Operational, open(200))]);
    let api = &windows.components[0];
    assert_eq!((api.key.0.as_str(), api.name.as_str()), ("api", "API"));
    assert_eq!(api.windows, [(Operational, closed(100, 200)), (Operational, open(200))]);
    let web = &windows.components[1].windows;
    assert_eq!(*web, [(Operational, closed(100, 150)), (Operational, open(400))]);
    let since = store.vendor_windows(&slug("acme"), at(200)).await.unwrap();
    assert_eq!(since.overall.len(), 1, "what ended before is left out");
    let order: Vec<_> =
        store.vendor(&slug("acme")).await.unwrap().components.into_iter().map(|c| c.key.0).collect();
    assert_eq!(order, ["api", "web"]);
}

async fn a_page_out_of_sight_is_unknown_and_comes_back(database: Database) {
    let store = database.open().await;
    register(&store, &["acme"]).await;
    look(&store, good_look(0, &[("api", Operational)])).await;
    let mut blind = good_look(300, &[]);
    blind.page = None;
    blind.unknown_since = Some(at(0));
    look(&store, blind.clone()).await;
    let vendor = store.vendor(&slug("acme")).await.unwrap();
    assert_eq!((vendor.overall, vendor.components[0].state), (Unknown, Unknown));
    // Still blind: nothing more to say. Then it is back.
    let revision = store.revision().await.unwrap();
    blind.at = at(400);
    blind.next_look_at = at(460);
    look(&store, blind).await;
    assert_eq!(store.revision().await.unwrap(), revision);
    look(&store, good_look(500, &[("api", Operational)])).await;
    let windows = store.vendor_windows(&slug("acme"), at(0)).await.unwrap();
    let expected = [(Unknown, Window::closed(at(0), at(500))), (Operational, Window::open(at(500)))];
    assert_eq!(windows.overall, expected);
    assert_eq!(windows.components[0].windows, expected);
    // We slept: the same good look says that it was unknown for a while and is well now.
    let back = LookRecord { unknown_since: Some(at(600)), ..good_look(900, &[("api", Operational)]) };
    look(&store, back).await;
    let windows = store.vendor_windows(&slug("acme"), at(501)).await.unwrap();
    let states: Vec<_> = windows.components[0].windows.iter().map(|(state, _)| *state).collect();
    assert_eq!(states, [Operational, Unknown, Operational]);
    assert_eq!(store.vendor(&slug("acme")).await.unwrap().overall, Operational);
}

async fn a_look_without_news_does_not_move_the_revision(database: Database) {
    let store = database.open().await;
    register(&store, &["acme"]).await;
    look(&store, good_look(0, &[("api", Operational)])).await;
    let revision = store.revision().await.unwrap();
    look(&store, good_look(60, &[("api", Operational)])).await;
    assert_eq!(store.revision().await.unwrap(), revision);
    assert_eq!(store.vendor(&slug("acme")).await.unwrap().health.last_ok_at, Some(at(60)));
    look(&store, good_look(120, &[("api", DegradedPerformance)])).await;
    assert_eq!(store.revision().await.unwrap(), revision + 1);
}

async fn text_that_no_database_can_hold_is_kept_readable(database: Database) {
    let store = database.open().await;
    register(&store, &["acme"]).await;
    let mut record = good_look(0, &[("a\0pi", Operational), ("", Operational), ("a\0pi", MajorOutage)]);
    record.page.as_mut().unwrap().facts.name = "Ac\0me \u{1f600}".into();
    record.health.last_error = Some("odd \0 byte".into());
    look(&store, record).await;
    let vendor = store.vendor(&slug("acme")).await.unwrap();
    assert_eq!(vendor.page.name, "Ac\u{fffd}me \u{1f600}");
    assert_eq!(vendor.components.len(), 1, "one without a key or with the key of another is left out");
    assert_eq!(vendor.components[0].key.0, "a\u{fffd}pi");
    let windows = store.vendor_windows(&slug("acme"), at(0)).await.unwrap();
    assert_eq!((windows.overall.len(), windows.components.len()), (1, 1));
}

async fn what_was_found_out_of_a_page_outlives_a_restart(database: Database) {
    let store = database.open().await;
    let mut open = registration("acme");
    (open.format, open.evidence) = (String::new(), String::new());
    store.register_vendors(std::slice::from_ref(&open), at(0)).await.unwrap();
    let detected = Detected {
        format: "statuspage".into(),
        evidence: "the document says so".into(),
        poll_url: "https://status.acme.example/summary".into(),
    };
    look(&store, LookRecord { detected: Some(detected.clone()), ..good_look(0, &[]) }).await;
    let revision = store.revision().await.unwrap();
    store.register_vendors(std::slice::from_ref(&open), at(30)).await.unwrap();
    assert_eq!(store.revision().await.unwrap(), revision, "a restart is no news");
    let vendor = store.vendor(&slug("acme")).await.unwrap();
    assert_eq!(
        (vendor.registration.format, vendor.registration.evidence),
        (detected.format, detected.evidence)
    );
    assert_eq!((vendor.poll_url, vendor.next_look_at), (Some(detected.poll_url), at(60)));
    // Another page has to be found out anew.
    open.url = "https://status.acme.example/new".into();
    store.register_vendors(std::slice::from_ref(&open), at(31)).await.unwrap();
    let vendor = store.vendor(&slug("acme")).await.unwrap();
    assert_eq!(
        (vendor.registration.format.as_str(), vendor.poll_url, vendor.next_look_at),
        ("", None, at(31))
    );
}

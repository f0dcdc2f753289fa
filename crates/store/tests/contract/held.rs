//! Commands that can still be taken back, and maintenances that recur.

use crate::database::Database;
use crate::support::{at, deed};
use domain::recurrence::Rule;
use domain::{ComponentKey, IncidentId, Recurrence, Slug};
use jiff::SignedDuration;
use store::{Error, HeldCommand, HeldState};

on_both_databases! {
    a_held_command_is_carried_out_by_one_and_only_when_it_is_due,
    what_was_taken_back_is_carried_out_by_nobody_and_what_left_is_not_taken_back,
    a_carrier_that_was_lost_is_replaced,
    what_left_is_forgotten_and_what_waits_or_failed_is_not,
    recurrences_come_back_as_they_were_until_they_are_ended,
}

const LEASE: SignedDuration = SignedDuration::from_secs(30);

fn held(id: &str, due: i64) -> HeldCommand {
    HeldCommand {
        id: id.into(),
        incident: IncidentId::from_entropy(7),
        command: "{\"what\":\"update\"}".into(),
        by: "ann".into(),
        created_at: at(0),
        due_at: at(due),
        state: HeldState::Waiting,
        error: None,
    }
}

async fn a_held_command_is_carried_out_by_one_and_only_when_it_is_due(database: Database) {
    let store = database.open().await;
    assert_eq!(store.hold_command(held("a", 10), deed(1, "post.held")).await, Ok(held("a", 10)));
    let other = HeldCommand { command: "other".into(), ..held("a", 99) };
    assert_eq!(store.hold_command(other, deed(1, "post.held")).await, Ok(held("a", 10)), "the first stands");
    assert_eq!(store.due_held_commands(at(9), 9).await, Ok(vec![]));
    assert_eq!(store.due_held_commands(at(10), 9).await, Ok(vec!["a".to_owned()]));
    let (one, two) = tokio::join!(store.claim_held_command("a", LEASE), store.claim_held_command("a", LEASE));
    let taken = [one.unwrap(), two.unwrap()].into_iter().flatten().count();
    assert_eq!(taken, 1);
    assert_eq!(store.due_held_commands(at(99), 9).await, Ok(vec![]), "it is being carried out");
    store.finish_held_command("a", None).await.unwrap();
    assert_eq!(store.held_command("a").await.unwrap().state, HeldState::Done);
    assert_eq!(store.list_held_commands(9).await, Ok(vec![]));
    assert_eq!(store.held_command("nobody").await, Err(Error::NotFound));
}

async fn what_was_taken_back_is_carried_out_by_nobody_and_what_left_is_not_taken_back(database: Database) {
    let store = database.open().await;
    store.hold_command(held("a", 10), deed(1, "post.held")).await.unwrap();
    store.hold_command(held("b", 10), deed(1, "post.held")).await.unwrap();
    assert_eq!(store.undo_held_command("a", deed(2, "post.undone")).await, Ok(true));
    assert_eq!(store.undo_held_command("a", deed(2, "post.undone")).await, Ok(false));
    assert_eq!(store.claim_held_command("a", LEASE).await, Ok(None));
    assert!(store.claim_held_command("b", LEASE).await.unwrap().is_some());
    assert_eq!(store.undo_held_command("b", deed(2, "post.undone")).await, Ok(false));
    store.finish_held_command("b", Some("the incident was withdrawn".into())).await.unwrap();
    let failed = store.list_held_commands(9).await.unwrap();
    assert_eq!(failed[0].error.as_deref(), Some("the incident was withdrawn"));
    assert_eq!(store.undo_held_command("b", deed(2, "post.undone")).await, Ok(true), "it is put away");
    assert_eq!(store.list_held_commands(9).await, Ok(vec![]));
}

async fn what_left_is_forgotten_and_what_waits_or_failed_is_not(database: Database) {
    let store = database.open().await;
    for id in ["left", "undone", "failed", "waits"] {
        store.hold_command(held(id, 10), deed(1, "post.held")).await.unwrap();
    }
    for (id, error) in [("left", None), ("failed", Some("no such incident".to_owned()))] {
        store.claim_held_command(id, LEASE).await.unwrap();
        store.finish_held_command(id, error).await.unwrap();
    }
    assert!(store.undo_held_command("undone", deed(2, "post.undone")).await.unwrap());
    store.prune_held_commands(at(10)).await.unwrap();
    assert!(store.held_command("left").await.is_ok(), "not before its time");
    store.prune_held_commands(at(11)).await.unwrap();
    for (id, kept) in [("left", false), ("undone", false), ("failed", true), ("waits", true)] {
        assert_eq!(store.held_command(id).await.is_ok(), kept, "{id}");
    }
}

async fn a_carrier_that_was_lost_is_replaced(database: Database) {
    let store = database.open().await;
    store.hold_command(held("a", 10), deed(1, "post.held")).await.unwrap();
    assert!(store.claim_held_command("a", SignedDuration::ZERO).await.unwrap().is_some());
    assert_eq!(store.due_held_commands(at(10), 9).await, Ok(vec!["a".to_owned()]));
    assert!(store.claim_held_command("a", LEASE).await.unwrap().is_some());
}

async fn recurrences_come_back_as_they_were_until_they_are_ended(database: Database) {
    let store = database.open().await;
    let backups = Recurrence {
        id: "r1".into(),
        environment: Slug::parse("prod1").unwrap(),
        title: "Backups".into(),
        body: "As every week.".into(),
        components: vec![ComponentKey("Core/API".into()), ComponentKey("Web".into())],
        rule: Rule::parse("monthly last sunday").unwrap(),
        at: "02:30".parse().unwrap(),
        zone: "Europe/Berlin".into(),
        lasts_for: SignedDuration::from_hours(2),
        ahead_for: SignedDuration::from_hours(72),
    };
    store.add_recurrence(backups.clone(), "ann", at(0)).await.unwrap();
    store
        .add_recurrence(Recurrence { title: "Other".into(), ..backups.clone() }, "ann", at(0))
        .await
        .unwrap();
    assert_eq!(store.list_recurrences().await, Ok(vec![backups]));
    assert_eq!(store.end_recurrence("r1").await, Ok(true));
    assert_eq!(store.end_recurrence("r1").await, Ok(false));
    assert_eq!(store.list_recurrences().await, Ok(vec![]));
}

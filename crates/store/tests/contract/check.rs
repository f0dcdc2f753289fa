//! `check` finds what somebody broke behind the store's back.

use crate::database::Database;
use crate::support::{id, opened, updated};
use domain::State;
use sqlx::Executor;

on_both_databases! {
    every_kind_of_damage_is_found,
    more_incidents_than_one_statement_reads_are_all_checked,
}

async fn every_kind_of_damage_is_found(database: Database) {
    let store = database.open().await;
    let decision = opened(&id(1), 0);
    store.commit(&decision, None).await.unwrap();
    store.commit(&updated(&decision.next, "u1", State::Resolved, 60), None).await.unwrap();
    let mut connection = database.connect().await;
    // Each damage, how it is undone, and a word of the finding.
    let damages = [
        ("UPDATE incident SET title = 'x'", "UPDATE incident SET title = 'Logins are slow'", "row"),
        ("UPDATE incident SET version = version + 1", "UPDATE incident SET version = version - 1", "row"),
        ("UPDATE timeline SET seq = 9 WHERE seq = 2", "UPDATE timeline SET seq = 2 WHERE seq = 9", "gap"),
        (
            "UPDATE timeline SET notices = 'updated' WHERE seq = 2",
            "UPDATE timeline SET notices = '' WHERE seq = 2",
            "no such row",
        ),
        (
            "UPDATE timeline SET notices = '' WHERE seq = 1",
            "UPDATE timeline SET notices = 'opened' WHERE seq = 1",
            "does not ask for it",
        ),
        (
            "UPDATE timeline SET actor_kind = 'ghost' WHERE seq = 1",
            "UPDATE timeline SET actor_kind = 'person' WHERE seq = 1",
            "no actor",
        ),
        ("UPDATE incident SET phase = 'odd'", "UPDATE incident SET phase = 'over'", "phase"),
    ];
    for (damage, repair, word) in damages {
        assert_eq!(store.check().await.unwrap(), []);
        connection.execute(damage).await.unwrap();
        let findings = store.check().await.unwrap();
        assert!(findings.iter().any(|finding| finding.0.contains(word)), "{damage}: {findings:?}");
        connection.execute(repair).await.unwrap();
    }
    connection.execute("DELETE FROM outbox WHERE notice = 'resolved'").await.unwrap();
    let findings = store.check().await.unwrap();
    assert!(findings.len() == 1 && findings[0].0.contains("told as `resolved`"), "{findings:?}");
}

async fn more_incidents_than_one_statement_reads_are_all_checked(database: Database) {
    let store = database.open().await;
    let decisions: Vec<_> = (0..250).map(|number| opened(&id(number), 0)).collect();
    store.commit_all(&decisions, None).await.unwrap();
    assert_eq!(store.check().await.unwrap(), []);
    database.connect().await.execute("UPDATE incident SET title = 'x'").await.unwrap();
    assert_eq!(store.check().await.unwrap().len(), 250);
}

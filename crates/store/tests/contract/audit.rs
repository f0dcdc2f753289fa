//! The audit log: a chain that nobody can change unseen.

use crate::database::Database;
use crate::support::{Random, at, deed, id, opened};
use sqlx::{AssertSqlSafe, Executor, Row};
use store::{AuditFilter, Deed, Doer, Error, Store};

on_both_databases! {
    what_is_done_is_chained_and_lists_newest_first,
    any_changed_removed_or_added_row_is_found,
    many_at_once_keep_one_chain,
    the_log_itself_refuses_to_be_changed,
    a_change_and_its_deed_are_written_together_or_not_at_all,
}

fn by(name: &str, second: i64, action: &str, subject: &str) -> Deed {
    Deed {
        by: Doer { kind: "person".into(), id: format!("id-{name}"), name: name.into() },
        subject: subject.into(),
        detail: "with \u{0} in it".into(),
        address: "2001:db8::7".into(),
        ..deed(second, action)
    }
}

async fn fill(store: &Store) {
    for (second, action) in
        [(1, "signed_in"), (2, "incident.changed"), (3, "token.created"), (4, "signed_out")]
    {
        store.record_deed(by("ann", second, action, "x1")).await.unwrap();
    }
    store.record_deed(by("bob", 5, "signed_in.refused", "x2")).await.unwrap();
}

async fn what_is_done_is_chained_and_lists_newest_first(database: Database) {
    let store = database.open().await;
    let empty = store.verify_audit().await.unwrap();
    assert_eq!((empty.rows, empty.broken), (0, None));
    fill(&store).await;
    let verified = store.verify_audit().await.unwrap();
    assert_eq!((verified.rows, verified.broken), (5, None));
    let list = async |filter: AuditFilter, limit| -> Vec<u64> {
        store.list_audit(&filter, limit).await.unwrap().iter().map(|row| row.seq).collect()
    };
    let all = AuditFilter::default();
    assert_eq!(list(all.clone(), 9).await, [5, 4, 3, 2, 1]);
    assert_eq!(list(all.clone(), 2).await, [5, 4]);
    assert_eq!(list(AuditFilter { before: Some(4), ..all.clone() }, 9).await, [3, 2, 1]);
    assert_eq!(list(AuditFilter { by: Some("id-bob".into()), ..all.clone() }, 9).await, [5]);
    assert_eq!(list(AuditFilter { by: Some("ann".into()), ..all.clone() }, 9).await, [4, 3, 2, 1]);
    assert_eq!(list(AuditFilter { action: Some("signed_in".into()), ..all.clone() }, 9).await, [5, 1]);
    assert_eq!(list(AuditFilter { subject: Some("x2".into()), ..all.clone() }, 9).await, [5]);
    let row = store.list_audit(&all, 1).await.unwrap().remove(0);
    let expected = Deed { detail: "with \u{fffd} in it".into(), ..by("bob", 5, "signed_in.refused", "x2") };
    assert_eq!(row.deed, expected);
    assert_eq!(row.hash, verified.head);
}

/// Lifts the protection, as somebody with the database in their hands would.
async fn unlock(database: &Database, connection: &mut sqlx::AnyConnection) {
    let statements: &[&'static str] = match database {
        Database::Sqlite(_) => &["DROP TRIGGER audit_stays", "DROP TRIGGER audit_is_kept"],
        Database::Postgres(_) => &["DROP TRIGGER audit_stays ON audit"],
    };
    for statement in statements {
        connection.execute(*statement).await.unwrap();
    }
}

async fn any_changed_removed_or_added_row_is_found(database: Database) {
    let store = database.open().await;
    fill(&store).await;
    let mut connection = database.connect().await;
    unlock(&database, &mut connection).await;
    let mut changes: Vec<String> = Vec::new();
    for seq in 1..=5 {
        for column in ["doer_kind", "doer", "doer_name", "action", "subject", "detail", "address"] {
            changes.push(format!("UPDATE audit SET {column} = {column} || 'x' WHERE seq = {seq}"));
            changes.push(format!("UPDATE audit SET {column} = substr({column}, 2) WHERE seq = {seq}"));
        }
        changes.push(format!("UPDATE audit SET done_at = done_at + 1 WHERE seq = {seq}"));
        changes.push(format!("UPDATE audit SET seq = seq + 100 WHERE seq = {seq}"));
        changes.push(format!("DELETE FROM audit WHERE seq = {seq}"));
    }
    changes.push("UPDATE audit_head SET seq = 4".into());
    changes.push("UPDATE audit SET doer_name = 'a', doer = doer || 'nn' WHERE seq = 2".into());
    for change in changes {
        let done = connection.execute(AssertSqlSafe(change.clone())).await.unwrap();
        assert_eq!(done.rows_affected(), 1, "{change}");
        assert!(verify(&store).await.is_some(), "not found: {change}");
        restore(&database, &store, &mut connection).await;
        assert_eq!(verify(&store).await, None, "restored after {change}");
    }
    flip_hashes(&store, &mut connection).await;
}

/// Every byte of every hash, one bit of it.
async fn flip_hashes(store: &Store, connection: &mut sqlx::AnyConnection) {
    let mut random = Random(7);
    for seq in 1..=5_i64 {
        let row = sqlx::query("SELECT hash FROM audit WHERE seq = $1").bind(seq).fetch_one(&mut *connection);
        let hash: Vec<u8> = row.await.unwrap().get(0);
        for place in [0, usize::try_from(random.below(32)).unwrap(), 31] {
            let mut flipped = hash.clone();
            flipped[place] ^= 1 << random.below(8);
            let sql = "UPDATE audit SET hash = $1 WHERE seq = $2";
            sqlx::query(sql).bind(flipped).bind(seq).execute(&mut *connection).await.unwrap();
            assert!(verify(store).await.is_some(), "row {seq}, byte {place}");
            sqlx::query(sql).bind(hash.clone()).bind(seq).execute(&mut *connection).await.unwrap();
        }
    }
    assert_eq!(verify(store).await, None);
}

async fn verify(store: &Store) -> Option<String> {
    store.verify_audit().await.unwrap().broken
}

/// Puts back what was written.
async fn restore(database: &Database, store: &Store, connection: &mut sqlx::AnyConnection) {
    connection.execute("DELETE FROM audit").await.unwrap();
    let beginning = match database {
        Database::Sqlite(_) => "UPDATE audit_head SET seq = 0, hash = zeroblob(32)",
        Database::Postgres(_) => "UPDATE audit_head SET seq = 0, hash = decode(repeat('00', 32), 'hex')",
    };
    connection.execute(beginning).await.unwrap();
    fill(store).await;
}

async fn many_at_once_keep_one_chain(database: Database) {
    let nodes = database.nodes(3).await;
    let mut tasks = Vec::new();
    for (number, store) in nodes.iter().enumerate() {
        for task in 0..4 {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                for second in 0..10 {
                    store
                        .record_deed(by(&format!("n{number}-{task}"), second, "signed_in", "x"))
                        .await
                        .unwrap();
                }
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    let verified = nodes[0].verify_audit().await.unwrap();
    assert_eq!((verified.rows, verified.broken), (120, None));
}

async fn the_log_itself_refuses_to_be_changed(database: Database) {
    let store = database.open().await;
    fill(&store).await;
    let mut connection = database.connect().await;
    for change in ["UPDATE audit SET detail = ''", "DELETE FROM audit"] {
        let refused = connection.execute(change).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
}

async fn a_change_and_its_deed_are_written_together_or_not_at_all(database: Database) {
    let store = database.open().await;
    let decision = opened(&id(1), 0);
    let deed = by("ann", 1, "incident.changed", id(1).as_str());
    let decisions = std::slice::from_ref(&decision);
    store.commit_as(decisions, None, Some(deed.clone())).await.unwrap();
    let again = store.commit_as(decisions, None, Some(deed)).await;
    assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");
    let rows = store.list_audit(&AuditFilter::default(), 9).await.unwrap();
    assert_eq!(rows.len(), 1, "what was refused was not done");
    assert_eq!(rows[0].deed.at, at(1));
}

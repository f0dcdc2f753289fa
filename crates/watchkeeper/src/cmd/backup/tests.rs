use super::*;
use crate::clock::Clock;
use domain::{Command as Wish, Impact, Input, Kind, Slug, State, Visibility, decide};
use std::collections::BTreeSet;
use store::Filter;
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf, Storage) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("watchkeeper.db");
    (folder, file.clone(), Storage::Sqlite(file))
}

async fn open_incident(store: &Store, number: u64) -> domain::IncidentId {
    let id = domain::IncidentId::from_entropy(number);
    let command = Wish::Open {
        environment: Slug::from_name("prod").expect("a slug"),
        kind: Kind::Incident,
        title: format!("Incident {number}"),
        impact: Impact::Minor,
        state: State::Investigating,
        update: ("u0".into(), "We look.".into()),
        components: Vec::new(),
        schedule: None,
        began_at: None,
        visibility: Visibility::Public,
        next_update_at: None,
    };
    let input = Input::Command { by: "ann".into(), command };
    let decision = decide(&id, None, &input, Clock::System.now()).expect("decided");
    store.commit(&decision, None).await.expect("acknowledged");
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_copy_was_begun_is_in_it_though_writing_goes_on() {
    let (folder, file, storage) = place();
    let store = Store::open(&address(&file), "writer").await.expect("a database");
    let (sender, mut acknowledged) = tokio::sync::mpsc::unbounded_channel();
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            for number in 0.. {
                let id = open_incident(&store, number).await;
                if sender.send(id).is_err() {
                    return;
                }
            }
        }
    });
    for round in 0..5 {
        let mut before = BTreeSet::new();
        while before.len() < 20 {
            before.insert(acknowledged.recv().await.expect("it goes on"));
        }
        let to = folder.path().join(format!("copy-{round}.db"));
        let copied = copy::create(&storage, &to).await.expect("copied");
        let copy = Store::open_for_reading(&address(&to)).await.expect("a copy");
        for id in &before {
            assert!(copy.load(id).await.is_ok(), "round {round}: `{id}` is lost");
        }
        assert_eq!(copy.ledger(|_| ()).await.expect("read"), copied.ledger);
        copy.close().await;
    }
    drop(acknowledged);
    writing.await.expect("it ended");
    store.close().await;
}

#[tokio::test]
async fn a_copy_is_restored_as_it_was_and_nothing_is_overwritten() {
    let (folder, file, storage) = place();
    let store = Store::open(&address(&file), "writer").await.expect("a database");
    for number in 0..30 {
        open_incident(&store, number).await;
    }
    let to = folder.path().join("copy.db");
    let copied = copy::create(&storage, &to).await.expect("copied");
    assert_eq!((copied.ledger.incidents, copied.ledger.entries), (30, 60));
    assert!(matches!(copy::create(&storage, &to).await, Err(Failure::NotUnderstood(_))), "a copy stays");
    assert!(
        matches!(copy::restore(&storage, &to).await, Err(Failure::NotUnderstood(_))),
        "so does a database"
    );
    store.close().await;
    std::fs::remove_file(&file).expect("lost");
    let restored = copy::restore(&storage, &to).await.expect("restored");
    assert_eq!(restored.ledger, copied.ledger);
    let again = Store::open(&address(&file), "writer").await.expect("a database");
    open_incident(&again, 31).await;
    assert_eq!(again.list_incidents(&Filter::default(), None, 100).await.expect("a list").rows.len(), 31);
    again.close().await;
    let drilled = copy::drill(&storage).await.expect("drilled");
    assert_eq!(drilled.ledger.incidents, 31);
    assert_eq!(
        std::fs::read_dir(folder.path())
            .expect("a folder")
            .filter(|entry| {
                entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().contains("drill"))
            })
            .count(),
        0
    );
}

#[tokio::test]
async fn a_flipped_byte_is_found() {
    let (folder, file, storage) = place();
    let store = Store::open(&address(&file), "writer").await.expect("a database");
    for number in 0..30 {
        open_incident(&store, number).await;
    }
    store.close().await;
    let to = folder.path().join("copy.db");
    let copied = copy::create(&storage, &to).await.expect("copied");
    let mut bytes = std::fs::read(&to).expect("a file");
    let word = b"\"title\":\"Incident 7\"";
    let places = bytes.windows(word.len()).enumerate().filter(|(_, window)| window == word);
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    assert!(!places.is_empty(), "its title is there");
    // What lies in unused parts of pages is no damage, so the byte is flipped wherever it is.
    for place in places {
        bytes[place + 9] = b'X';
    }
    std::fs::write(&to, bytes).expect("written");
    let found = super::verify(&address(&to), "copy").await;
    let sound = found.is_ok_and(|outcome| outcome.ledger == copied.ledger);
    assert!(!sound, "another copy has the same ledger");
}

//! What only SQLite has: the file and its one process, the database in memory, the copy, group commit.

use crate::support::{EXPIRED, Folder, LASTING, at, id, opened, registration, updated};
use domain::State;
use store::{Error, Store};

#[tokio::test]
async fn a_second_opener_is_told_that_the_file_is_taken() {
    let folder = Folder::new();
    let url = folder.url("a file with spaces.db");
    let store = Store::open(&url, "one").await.unwrap();
    let second = Store::open(&url, "two").await.unwrap_err();
    assert!(matches!(&second, Error::Unavailable(why) if why.contains("another process")), "{second}");
    store.close().await;
    drop(store);
    Store::open(&url, "two").await.unwrap();
}

#[tokio::test]
async fn reading_beside_the_writer_sees_what_was_committed_and_cannot_write() {
    let folder = Folder::new();
    let missing = Store::open_for_reading(&folder.url("test.db")).await;
    assert!(missing.is_err(), "a reader does not create the file");
    let store = Store::open(&folder.url("test.db"), "one").await.unwrap();
    let reader = Store::open_for_reading(&folder.url("test.db")).await.unwrap();
    store.commit(&opened(&id(1), 0), None).await.unwrap();
    assert_eq!(reader.load(&id(1)).await.unwrap().id, id(1));
    assert_eq!(reader.check().await.unwrap(), []);
    assert!(matches!(reader.commit(&opened(&id(2), 0), None).await, Err(Error::ReadOnly(_))));
}

#[tokio::test]
async fn leases_of_the_process_that_was_there_before_are_forgotten() {
    let folder = Folder::new();
    let store = Store::open(&folder.url("test.db"), "one").await.unwrap();
    store.register_vendors(&[registration("acme")], at(0)).await.unwrap();
    store.commit(&opened(&id(1), 0), None).await.unwrap();
    let claim = store.claim_due(at(0), 1, LASTING).await.unwrap().remove(0);
    let notice = store.claim_notices(at(0), 1, LASTING).await.unwrap().remove(0);
    store.close().await;
    drop(store);
    let store = Store::open(&folder.url("test.db"), "two").await.unwrap();
    assert_eq!(store.claim_due(at(0), 1, LASTING).await.unwrap()[0].epoch, claim.epoch + 1);
    assert_eq!(store.claim_notices(at(0), 1, LASTING).await.unwrap()[0].epoch, notice.epoch + 1);
}

#[tokio::test]
async fn a_database_in_memory_lives_as_long_as_its_store_and_no_two_are_the_same() {
    let one = Store::open("sqlite::memory:", "one").await.unwrap();
    let two = Store::open("sqlite::memory:", "two").await.unwrap();
    one.commit(&opened(&id(1), 0), None).await.unwrap();
    assert_eq!(two.load(&id(1)).await, Err(Error::NotFound));
    assert_eq!(one.check().await.unwrap(), []);
    assert_eq!(one.claim_notices(at(0), 9, EXPIRED).await.unwrap().len(), 1);
    one.close().await;
}

#[tokio::test]
async fn a_copy_made_during_writes_holds_everything_acknowledged_before() {
    let folder = Folder::new();
    let store = Store::open(&folder.url("test.db"), "one").await.unwrap();
    for number in 0..50 {
        store.commit(&opened(&id(number), 0), None).await.unwrap();
    }
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            for number in 50..200 {
                store.commit(&opened(&id(number), 0), None).await.unwrap();
            }
        }
    });
    let copy = folder.path().join("copy.db");
    store.backup(copy.to_str().unwrap()).await.unwrap();
    writing.await.unwrap();
    let copy = Store::open(&folder.url("copy.db"), "one").await.unwrap();
    for number in 0..50 {
        assert_eq!(copy.load(&id(number)).await.unwrap(), store.load(&id(number)).await.unwrap());
    }
    assert_eq!(copy.check().await.unwrap(), []);
    let again = store.backup(folder.path().join("copy.db").to_str().unwrap()).await;
    assert!(again.is_err(), "an older copy is not overwritten");
}

/// Jobs that wait together are committed together; one that fails takes none of the others along.
#[tokio::test]
async fn a_failing_job_does_not_hurt_its_neighbours() {
    let folder = Folder::new();
    let store = Store::open(&folder.url("test.db"), "one").await.unwrap();
    let taken = opened(&id(0), 0);
    store.commit(&taken, None).await.unwrap();
    for round in 0..20 {
        let mut jobs = Vec::new();
        for place in 0..30 {
            let store = store.clone();
            // Every third job collides with what is there.
            let decision =
                if place % 3 == 0 { taken.clone() } else { opened(&id(1 + round * 30 + place), 0) };
            jobs.push((place % 3 != 0, tokio::spawn(async move { store.commit(&decision, None).await })));
        }
        for (fine, job) in jobs {
            match job.await.unwrap() {
                Ok(committed) => assert!(fine && !committed.repeated),
                Err(error) => {
                    assert_eq!((fine, error), (false, Error::Conflict { version: taken.next.version }));
                }
            }
        }
    }
    assert_eq!(store.check().await.unwrap(), []);
    let next = updated(&taken.next, "u1", State::Identified, 1);
    store.commit(&next, None).await.unwrap();
    let mut count = 0;
    for number in 0..601 {
        count += usize::from(store.load(&id(number)).await.is_ok());
    }
    assert_eq!(count, 1 + 20 * 20);
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_said_to_be_wrong() {
    for url in ["mysql://x", "sqlite:", "sqlite:/no/such/folder/test.db", "nonsense"] {
        let refused = Store::open(url, "one").await.unwrap_err();
        assert!(matches!(refused, Error::BadAddress(_)), "{url}: {refused}");
    }
    let folder = Folder::new();
    std::fs::write(folder.path().join("noise.db"), vec![7; 9_000]).unwrap();
    let refused = Store::open(&folder.url("noise.db"), "one").await.unwrap_err();
    assert!(matches!(refused, Error::Corrupt(_)), "{refused}");
}

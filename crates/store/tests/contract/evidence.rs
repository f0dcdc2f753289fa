//! Evidence of stalls, as a list.

use crate::database::Database;
use crate::support::at;
use domain::IncidentId;
use domain::evidence::Occasion;
use jiff::SignedDuration;
use store::EvidenceRow;

on_both_databases! {
    what_was_captured_comes_back_as_it_was_for_its_incident,
    what_is_too_old_or_too_much_is_named_the_oldest_first_to_go,
}

fn row(number: u8, incident: u64, second: i64) -> EvidenceRow {
    EvidenceRow {
        sha256: format!("{number:064x}"),
        incident: IncidentId::from_entropy(incident),
        database: "crm".to_owned(),
        node: "db-1:27017".to_owned(),
        occasion: Occasion::ALL[usize::from(number) % 3],
        captured_at: at(second),
        took: SignedDuration::from_millis(1_234),
        bytes: 100,
        pieces: 17,
        missing: 2,
    }
}

async fn what_was_captured_comes_back_as_it_was_for_its_incident(database: Database) {
    let store = database.open().await;
    for known in [row(1, 7, 20), row(2, 7, 10), row(3, 8, 5), row(1, 7, 20)] {
        store.add_evidence(&known).await.unwrap();
    }
    assert_eq!(
        store.list_evidence(&IncidentId::from_entropy(7)).await.unwrap(),
        [row(2, 7, 10), row(1, 7, 20)]
    );
    assert_eq!(store.list_evidence(&IncidentId::from_entropy(9)).await.unwrap(), []);
}

async fn what_is_too_old_or_too_much_is_named_the_oldest_first_to_go(database: Database) {
    let store = database.open().await;
    for number in 1..=4 {
        store.add_evidence(&row(number, 7, i64::from(number) * 10)).await.unwrap();
    }
    let hash = |number: u8| format!("{number:064x}");
    assert_eq!(store.evidence_beyond(at(0), 400).await.unwrap(), [] as [String; 0]);
    assert_eq!(store.evidence_beyond(at(15), 400).await.unwrap(), [hash(1)]);
    assert_eq!(store.evidence_beyond(at(0), 250).await.unwrap(), [hash(2), hash(1)]);
    store.forget_evidence(&hash(1)).await.unwrap();
    assert_eq!(store.evidence_beyond(at(0), 250).await.unwrap(), [hash(2)]);
}

//! Environments that were added in the console.

use crate::database::Database;
use crate::support::at;
use domain::{Component, ComponentState, Environment, Slug};
use store::{AuditFilter, Deed, Doer, Error};

on_both_databases! {
    an_environment_comes_back_as_it_was_saved_last,
    one_that_was_taken_away_is_gone_and_can_be_added_again,
}

fn deed(action: &str, second: i64) -> Deed {
    Deed {
        at: at(second),
        by: Doer::program("test"),
        action: action.to_owned(),
        subject: String::new(),
        detail: String::new(),
        address: String::new(),
    }
}

fn environment(name: &str, keys: &[&str]) -> Environment {
    Environment {
        slug: Slug::from_name(name).unwrap(),
        name: name.to_owned(),
        baseline: ComponentState::Operational,
        components: keys.iter().map(|key| Component::of_key(key)).collect(),
    }
}

async fn an_environment_comes_back_as_it_was_saved_last(database: Database) {
    let store = database.open().await;
    let (first, second) = (environment("PROD2", &["API", "Core/Queue"]), environment("PROD1", &[]));
    store.save_environment(first.clone(), deed("environment.saved", 1)).await.unwrap();
    store.save_environment(second.clone(), deed("environment.saved", 2)).await.unwrap();
    assert_eq!(store.list_environments().await, Ok(vec![first.clone(), second.clone()]), "the oldest first");
    let before = store.revision().await.unwrap();
    let changed = Environment {
        name: "Production 2".to_owned(),
        baseline: ComponentState::Unknown,
        ..environment("PROD2", &["Web"])
    };
    store.save_environment(changed.clone(), deed("environment.saved", 3)).await.unwrap();
    assert_eq!(store.list_environments().await, Ok(vec![changed, second]), "in its place");
    assert!(store.revision().await.unwrap() > before, "other nodes are told");
    assert_eq!(store.list_audit(&AuditFilter::default(), 9).await.unwrap().len(), 3);
}

async fn one_that_was_taken_away_is_gone_and_can_be_added_again(database: Database) {
    let store = database.open().await;
    let one = environment("PROD1", &["API"]);
    store.save_environment(one.clone(), deed("environment.saved", 1)).await.unwrap();
    store.remove_environment(&one.slug, deed("environment.removed", 2)).await.unwrap();
    assert_eq!(store.list_environments().await, Ok(vec![]));
    let again = store.remove_environment(&one.slug, deed("environment.removed", 3)).await;
    assert_eq!(again, Err(Error::NotFound));
    assert_eq!(store.list_audit(&AuditFilter::default(), 9).await.unwrap().len(), 2, "nothing was done");
    store.save_environment(one.clone(), deed("environment.saved", 4)).await.unwrap();
    assert_eq!(store.list_environments().await, Ok(vec![one]));
}

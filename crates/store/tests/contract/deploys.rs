//! Deploys that were marked.

use crate::database::Database;
use crate::support::at;
use domain::{Deploy, DeployId, Slug};
use store::{DeployFilter, Store};

on_both_databases! {
    a_deploy_is_marked_once_and_comes_back_as_it_was,
    deploys_are_listed_newest_first_for_an_environment_and_a_time,
    an_environment_knows_whether_a_deploy_was_ever_marked_for_it,
}

fn slug(name: &str) -> Slug {
    Slug::parse(name).unwrap()
}

fn deploy(number: u64, environment: Option<&str>, second: i64) -> Deploy {
    Deploy {
        id: DeployId::from_entropy(number),
        environment: environment.map(slug),
        what: format!("api 4.{number}"),
        link: None,
        by: "ci".into(),
        at: at(second),
    }
}

async fn mark(store: &Store, deploys: &[Deploy]) {
    for deploy in deploys {
        store.mark_deploy(deploy.clone()).await.unwrap();
    }
}

async fn a_deploy_is_marked_once_and_comes_back_as_it_was(database: Database) {
    let store = database.open().await;
    let revision = store.revision().await.unwrap();
    let whole = Deploy {
        link: Some("https://ci.example/42".into()),
        what: "api \u{0} 4.12".into(),
        ..deploy(1, Some("prod1"), 60)
    };
    let kept = Deploy { what: "api \u{fffd} 4.12".into(), ..whole.clone() };
    assert_eq!(store.mark_deploy(whole.clone()).await, Ok((kept.clone(), true)));
    assert!(store.revision().await.unwrap() > revision, "pages are told");
    let again = Deploy { what: "other".into(), ..whole };
    assert_eq!(store.mark_deploy(again).await, Ok((kept.clone(), false)), "the first mark stands");
    assert_eq!(store.list_deploys(&DeployFilter::default(), 9).await, Ok(vec![kept]));
}

async fn deploys_are_listed_newest_first_for_an_environment_and_a_time(database: Database) {
    let store = database.open().await;
    let (first, other, everywhere) =
        (deploy(1, Some("prod1"), 10), deploy(2, Some("prod2"), 20), deploy(3, None, 30));
    mark(&store, &[everywhere.clone(), first.clone(), other.clone()]).await;
    let list = async |filter, limit| store.list_deploys(&filter, limit).await.unwrap();
    let all = DeployFilter::default();
    assert_eq!(list(all.clone(), 9).await, [everywhere.clone(), other.clone(), first.clone()]);
    assert_eq!(list(all.clone(), 1).await, std::slice::from_ref(&everywhere));
    let prod1 = DeployFilter { environment: Some(slug("prod1")), ..all.clone() };
    assert_eq!(list(prod1, 9).await, [everywhere, first]);
    let between = DeployFilter { from: Some(at(11)), until: Some(at(20)), ..all };
    assert_eq!(list(between, 9).await, [other]);
}

async fn an_environment_knows_whether_a_deploy_was_ever_marked_for_it(database: Database) {
    let store = database.open().await;
    let marked = async |name| store.deploys_are_marked(&slug(name)).await.unwrap();
    assert!(!marked("prod1").await);
    mark(&store, &[deploy(1, Some("prod2"), 10)]).await;
    assert!(!marked("prod1").await && marked("prod2").await);
    mark(&store, &[deploy(2, None, 10)]).await;
    assert!(marked("prod1").await);
}

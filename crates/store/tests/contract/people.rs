//! People, their passkeys and codes.

use crate::access::person;
use crate::database::Database;
use crate::support::{at, deed};
use store::{Error, Invitation, Passkey, Person};

on_both_databases! {
    a_person_is_found_by_name_of_sign_in_and_an_address_belongs_to_one,
    only_one_of_many_becomes_the_first_and_then_no_code_is_good,
    a_code_is_good_once_until_it_ends_and_for_its_person_only,
    an_account_elsewhere_leads_to_its_person,
    passkeys_come_and_go_and_a_challenge_is_answered_once,
}

async fn a_person_is_found_by_name_of_sign_in_and_an_address_belongs_to_one(database: Database) {
    let store = database.open().await;
    assert!(store.has_no_people().await.unwrap());
    let ann = person("ann", "*:admin");
    store.create_person(ann.clone(), deed(0, "person.created")).await.unwrap();
    assert_eq!(store.find_person_by_email("ann@larkspur.example").await, Ok(Some(ann.clone())));
    assert_eq!(store.find_person_by_email("bob@larkspur.example").await, Ok(None));
    let double = Person { id: "ann2".into(), ..ann.clone() };
    assert_eq!(store.create_person(double, deed(1, "person.created")).await, Err(Error::Taken));
    for id in ["bot1", "bot2"] {
        let nameless = Person { email: None, ..person(id, "*:viewer") };
        store.create_person(nameless, deed(1, "person.created")).await.unwrap();
    }
    store.change_password("ann", "$new".into(), deed(2, "person.password")).await.unwrap();
    let ann = store.find_person("ann").await.unwrap().unwrap();
    assert_eq!((ann.password.as_deref(), ann.epoch), (Some("$new"), 2));
    let names: Vec<_> = store.list_people().await.unwrap().into_iter().map(|person| person.id).collect();
    assert_eq!(names, ["ann", "bot1", "bot2"]);
    assert_eq!(store.list_audit(&store::AuditFilter::default(), 9).await.unwrap().len(), 4);
}

async fn only_one_of_many_becomes_the_first_and_then_no_code_is_good(database: Database) {
    let nodes = database.nodes(2).await;
    let invite = async |byte: u8| {
        let invitation = Invitation { sha256: [byte; 32], person: None, expires_at: at(100) };
        nodes[0].create_invitation(invitation, deed(0, "setup.opened")).await.unwrap();
    };
    invite(1).await;
    invite(2).await;
    let wrong = nodes[0].create_first_person(person("eve", "*:admin"), [9; 32], deed(1, "setup")).await;
    assert_eq!(wrong, Err(Error::NotFound));
    assert!(nodes[0].has_no_people().await.unwrap());
    let tries = nodes.iter().zip([1_u8, 2]).map(|(store, byte)| {
        let store = store.clone();
        tokio::spawn(async move {
            let who = person(&format!("admin{byte}"), "*:admin");
            store.create_first_person(who, [byte; 32], deed(2, "setup.done")).await
        })
    });
    let mut outcomes = Vec::new();
    for outcome in tries.collect::<Vec<_>>() {
        outcomes.push(outcome.await.unwrap().is_ok());
    }
    assert_eq!(outcomes.iter().filter(|ok| **ok).count(), 1, "{outcomes:?}");
    assert_eq!(nodes[0].list_people().await.unwrap().len(), 1);
    assert_eq!(nodes[0].list_invitations(at(3)).await.unwrap(), []);
    invite(3).await;
    let late = nodes[1].create_first_person(person("late", "*:admin"), [3; 32], deed(4, "setup")).await;
    assert_eq!(late, Err(Error::NotFound), "closed for ever");
}

async fn a_code_is_good_once_until_it_ends_and_for_its_person_only(database: Database) {
    let store = database.open().await;
    for id in ["ann", "bob"] {
        store.create_person(person(id, "*:viewer"), deed(0, "person.created")).await.unwrap();
    }
    for byte in [1, 2] {
        let invitation = Invitation { sha256: [byte; 32], person: Some("ann".into()), expires_at: at(50) };
        store.create_invitation(invitation, deed(0, "person.invited")).await.unwrap();
    }
    assert_eq!(store.list_invitations(at(49)).await.unwrap().len(), 2);
    assert_eq!(store.list_invitations(at(50)).await.unwrap(), []);
    let accept = async |id: &str, byte: u8, second| {
        store.accept_invitation(id, [byte; 32], "$new".into(), deed(second, "person.password")).await
    };
    assert_eq!(accept("bob", 1, 10).await, Err(Error::NotFound));
    assert_eq!(accept("ann", 1, 10).await, Ok(()));
    assert_eq!(accept("ann", 1, 11).await, Err(Error::NotFound), "once");
    assert_eq!(accept("ann", 2, 50).await, Err(Error::NotFound), "too late");
    assert_eq!(store.find_person("ann").await.unwrap().unwrap().password.as_deref(), Some("$new"));
    assert_ne!(store.find_person("bob").await.unwrap().unwrap().password.as_deref(), Some("$new"));
}

async fn an_account_elsewhere_leads_to_its_person(database: Database) {
    let store = database.open().await;
    let issuer = "https://id.larkspur.example";
    let account = |subject: &str| (issuer.to_owned(), subject.to_owned());
    let ann = person("ann", "*:viewer");
    store.create_person_of(ann.clone(), account("s1"), deed(0, "person.created")).await.unwrap();
    assert_eq!(store.find_identity(issuer, "s1").await, Ok(Some(ann)));
    assert_eq!(store.find_identity(issuer, "s2").await, Ok(None));
    assert_eq!(store.find_identity("https://other.example", "s1").await, Ok(None));
    let double = store.create_person_of(person("bob", "*:viewer"), account("s1"), deed(1, "x")).await;
    assert!(double.is_err());
    assert_eq!(store.find_person("bob").await, Ok(None), "not by half");
}

async fn passkeys_come_and_go_and_a_challenge_is_answered_once(database: Database) {
    let store = database.open().await;
    store.create_person(person("ann", "*:viewer"), deed(0, "person.created")).await.unwrap();
    let passkey = |id: &str| Passkey {
        id: id.into(),
        person: "ann".into(),
        name: "laptop".into(),
        credential: "{}".into(),
        created_at: at(1),
        used_at: None,
    };
    for id in ["k1", "k2"] {
        store.create_passkey(passkey(id), deed(1, "passkey.created")).await.unwrap();
    }
    store.use_passkey("k1", "{1}".into(), at(5)).await.unwrap();
    store.remove_passkey("ann", "k2", deed(6, "passkey.removed")).await.unwrap();
    let kept = Passkey { credential: "{1}".into(), used_at: Some(at(5)), ..passkey("k1") };
    assert_eq!(store.list_passkeys("ann").await, Ok(vec![kept]));
    let other = store.remove_passkey("bob", "k1", deed(7, "passkey.removed")).await;
    assert_eq!(other, Err(Error::NotFound), "not somebody else's");
    store.begin_ceremony([1; 32], "first".into(), at(10)).await.unwrap();
    store.begin_ceremony([1; 32], "second".into(), at(10)).await.unwrap();
    assert_eq!(store.end_ceremony([1; 32], at(9)).await, Ok(Some("second".into())));
    assert_eq!(store.end_ceremony([1; 32], at(9)).await, Ok(None));
    store.begin_ceremony([2; 32], "late".into(), at(10)).await.unwrap();
    assert_eq!(store.end_ceremony([2; 32], at(10)).await, Ok(None));
}

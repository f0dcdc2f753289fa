//! Tokens and sessions.

use crate::database::Database;
use crate::support::{at, deed, slug};
use domain::Grants;
use store::{Error, Holder, NewSession, NewToken, Person, Store};

on_both_databases! {
    a_token_is_found_by_its_hash_and_ends_when_revoked,
    a_token_reaches_no_further_than_its_environments_and_its_person,
    the_last_use_is_kept_to_the_minute,
    a_session_ends_by_time_by_hand_when_idle_and_with_its_token,
    the_sessions_of_a_person_end_together_and_with_their_roles,
}

fn token(id: &str, byte: u8) -> NewToken {
    NewToken {
        id: id.into(),
        name: "ann".into(),
        sha256: [byte; 32],
        scopes: vec!["read".into(), "write".into()],
        environments: Vec::new(),
        person: None,
        created_at: at(0),
        expires_at: Some(at(50_000)),
    }
}

async fn create(store: &Store, id: &str, byte: u8) {
    store.create_token(token(id, byte), deed(0, "token.created")).await.unwrap();
}

pub(crate) fn person(id: &str, roles: &str) -> Person {
    Person {
        id: id.into(),
        name: format!("{id} of Larkspur"),
        email: Some(format!("{id}@larkspur.example")),
        password: Some("$argon2id$…".into()),
        roles: Grants::parse(roles).unwrap(),
        epoch: 1,
        created_at: at(0),
        signed_in_at: None,
        disabled_at: None,
    }
}

fn session(byte: u8, holder: Holder) -> NewSession {
    NewSession {
        sha256: [byte; 32],
        holder,
        opened_at: at(1),
        expires_at: at(40_000),
        address: "203.0.113.9".into(),
        agent: "a browser".into(),
    }
}

async fn a_token_is_found_by_its_hash_and_ends_when_revoked(database: Database) {
    let store = database.open().await;
    create(&store, "t1", 1).await;
    create(&store, "t2", 2).await;
    let token = store.find_token(&[1; 32]).await.unwrap().unwrap();
    assert_eq!((token.id.as_str(), token.name.as_str()), ("t1", "ann"));
    assert_eq!(token.scopes, ["read", "write"]);
    assert_eq!(token.grants.to_string(), "*:responder");
    assert!(token.is_valid(at(49_999)) && !token.is_valid(at(50_000)));
    assert_eq!(store.find_token(&[3; 32]).await, Ok(None));
    store.revoke_token("t1", deed(5, "token.revoked")).await.unwrap();
    store.revoke_token("t1", deed(6, "token.revoked")).await.unwrap();
    let token = store.find_token(&[1; 32]).await.unwrap().unwrap();
    assert_eq!(token.revoked_at, Some(at(5)), "the first time counts");
    assert!(!token.is_valid(at(7)));
    assert_eq!(store.revoke_token("t3", deed(5, "token.revoked")).await, Err(Error::NotFound));
    let listed: Vec<_> = store.list_tokens().await.unwrap().into_iter().map(|token| token.id).collect();
    assert_eq!(listed, ["t1", "t2"]);
}

async fn a_token_reaches_no_further_than_its_environments_and_its_person(database: Database) {
    let store = database.open().await;
    let created = || deed(0, "person.created");
    store.create_person(person("p1", "prod1:responder prod2:viewer"), created()).await.unwrap();
    let own = NewToken {
        scopes: vec!["admin".into()],
        environments: vec![slug("prod1"), slug("prod3")],
        person: Some("p1".into()),
        ..token("t1", 1)
    };
    store.create_token(own, deed(0, "token.created")).await.unwrap();
    let reach = async || store.find_token(&[1; 32]).await.unwrap().unwrap().grants.to_string();
    assert_eq!(reach().await, "prod1:responder");
    let less = Grants::parse("prod1:viewer").unwrap();
    store.change_roles("p1", &less, deed(1, "person.roles")).await.unwrap();
    assert_eq!(reach().await, "prod1:viewer");
    store.disable_person("p1", deed(2, "person.disabled")).await.unwrap();
    assert!(!store.find_token(&[1; 32]).await.unwrap().unwrap().is_valid(at(3)));
}

async fn the_last_use_is_kept_to_the_minute(database: Database) {
    let store = database.open().await;
    create(&store, "t1", 1).await;
    let mut kept = Vec::new();
    for second in [10, 30, 69, 70, 100] {
        let token = store.find_token(&[1; 32]).await.unwrap().unwrap();
        store.touch_token(&token, at(second)).await.unwrap();
        kept.push(store.find_token(&[1; 32]).await.unwrap().unwrap().last_used_at.unwrap());
    }
    assert_eq!(kept, [at(10), at(10), at(10), at(70), at(70)]);
}

async fn a_session_ends_by_time_by_hand_when_idle_and_with_its_token(database: Database) {
    let store = database.open().await;
    create(&store, "t1", 1).await;
    let token = store.find_token(&[1; 32]).await.unwrap().unwrap();
    for byte in [7, 8, 9] {
        let new = session(byte, Holder::Token(token.clone()));
        store.open_session(new, deed(1, "signed_in")).await.unwrap();
    }
    let find = async |byte: u8| store.find_session(&[byte; 32]).await.unwrap();
    let found = find(7).await.unwrap();
    assert_eq!((&found.holder, found.opened_at), (&Holder::Token(token.clone()), at(1)));
    assert!(found.is_valid(at(7_200)) && !found.is_valid(at(7_201)), "idle for two hours");
    store.touch_session(&found, at(7_000)).await.unwrap();
    let found = find(7).await.unwrap();
    assert!(found.is_valid(at(14_199)), "used meanwhile");
    store.touch_session(&found, at(39_990)).await.unwrap();
    let found = find(7).await.unwrap();
    assert!(found.is_valid(at(39_999)) && !found.is_valid(at(40_000)), "half a day is over");
    store.end_session([7; 32], deed(2, "signed_out")).await.unwrap();
    assert_eq!(find(7).await, None);
    store.prune(at(39_000), jiff::SignedDuration::ZERO).await.unwrap();
    assert!(find(8).await.is_some());
    store.revoke_token("t1", deed(5, "token.revoked")).await.unwrap();
    assert_eq!(find(9).await, None);
}

async fn the_sessions_of_a_person_end_together_and_with_their_roles(database: Database) {
    let store = database.open().await;
    store.create_person(person("p1", "*:admin"), deed(0, "person.created")).await.unwrap();
    let open = async |bytes: &[u8]| {
        let person = store.find_person("p1").await.unwrap().unwrap();
        for byte in bytes {
            let new = session(*byte, Holder::Person(person.clone()));
            store.open_session(new, deed(1, "signed_in")).await.unwrap();
        }
    };
    let valid = async || {
        let person = store.find_person("p1").await.unwrap().unwrap();
        let sessions = store.list_sessions(&person, at(2)).await.unwrap();
        let mut bytes: Vec<u8> = sessions.iter().map(|session| session.sha256[0]).collect();
        bytes.sort_unstable();
        bytes
    };
    open(&[1, 2, 3]).await;
    assert_eq!(valid().await, [1, 2, 3]);
    assert_eq!(store.find_person("p1").await.unwrap().unwrap().signed_in_at, Some(at(1)));
    store.end_other_sessions("p1", [2; 32], deed(2, "session.ended")).await.unwrap();
    assert_eq!(valid().await, [2]);
    let roles = Grants::parse("*:viewer").unwrap();
    store.change_roles("p1", &roles, deed(3, "person.roles")).await.unwrap();
    assert_eq!(valid().await, [0; 0], "other roles, other sessions");
    assert!(!store.find_session(&[2; 32]).await.unwrap().unwrap().is_valid(at(4)));
    open(&[4]).await;
    store.disable_person("p1", deed(5, "person.disabled")).await.unwrap();
    assert_eq!(valid().await, [0; 0]);
    store.enable_person("p1", deed(6, "person.enabled")).await.unwrap();
    assert_eq!(valid().await, [0; 0], "what has ended stays so");
    assert_eq!(store.end_sessions("p9", deed(7, "session.ended")).await, Err(Error::NotFound));
}

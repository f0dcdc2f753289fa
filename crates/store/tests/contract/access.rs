//! Tokens and sessions.

use crate::database::Database;
use crate::support::at;
use store::{Error, NewToken, Store};

on_both_databases! {
    a_token_is_found_by_its_hash_and_ends_when_revoked,
    the_last_use_is_kept_to_the_minute,
    a_session_ends_by_time_by_hand_and_with_its_token,
}

async fn create(store: &Store, id: &str, byte: u8) {
    let token = NewToken {
        id: id.into(),
        name: "ann".into(),
        sha256: [byte; 32],
        scopes: vec!["read".into(), "write".into()],
        created_at: at(0),
        expires_at: Some(at(1_000)),
    };
    store.create_token(token).await.unwrap();
}

async fn a_token_is_found_by_its_hash_and_ends_when_revoked(database: Database) {
    let store = database.open().await;
    create(&store, "t1", 1).await;
    create(&store, "t2", 2).await;
    let token = store.find_token(&[1; 32]).await.unwrap().unwrap();
    assert_eq!((token.id.as_str(), token.name.as_str()), ("t1", "ann"));
    assert_eq!(token.scopes, ["read", "write"]);
    assert!(token.is_valid(at(999)) && !token.is_valid(at(1_000)));
    assert_eq!(store.find_token(&[3; 32]).await, Ok(None));
    store.revoke_token("t1", at(5)).await.unwrap();
    store.revoke_token("t1", at(6)).await.unwrap();
    let token = store.find_token(&[1; 32]).await.unwrap().unwrap();
    assert_eq!(token.revoked_at, Some(at(5)), "the first time counts");
    assert!(!token.is_valid(at(7)));
    assert_eq!(store.revoke_token("t3", at(5)).await, Err(Error::NotFound));
    let listed: Vec<_> = store.list_tokens().await.unwrap().into_iter().map(|token| token.id).collect();
    assert_eq!(listed, ["t1", "t2"]);
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

async fn a_session_ends_by_time_by_hand_and_with_its_token(database: Database) {
    let store = database.open().await;
    create(&store, "t1", 1).await;
    let token = store.find_token(&[1; 32]).await.unwrap().unwrap();
    for byte in [7, 8, 9] {
        store.create_session([byte; 32], &token, at(1), at(100)).await.unwrap();
    }
    let session = store.find_session(&[7; 32]).await.unwrap().unwrap();
    assert_eq!((&session.token, session.created_at), (&token, at(1)));
    assert!(session.is_valid(at(99)) && !session.is_valid(at(100)));
    store.end_session([7; 32]).await.unwrap();
    assert_eq!(store.find_session(&[7; 32]).await, Ok(None));
    store.prune(at(90), jiff::SignedDuration::ZERO).await.unwrap();
    assert!(store.find_session(&[8; 32]).await.unwrap().is_some());
    store.revoke_token("t1", at(5)).await.unwrap();
    assert_eq!(store.find_session(&[9; 32]).await, Ok(None));
}

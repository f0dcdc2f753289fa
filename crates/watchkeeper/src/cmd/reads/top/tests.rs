//! The picture of a stall, what is chosen, and what the server refuses.

use super::*;
use serde_json::{Value, json};
use web::api::body::database::{DatabaseBody, DatabaseListBody};
use web::api::time::Time;
use web::live::Live;
use web::samples::{now, reads};

/// The server's answer on a bad day, so many seconds before its end.
fn answer(ago: i64) -> Vec<u8> {
    let live = Live::default();
    reads::tell(&live);
    let bodies = live.databases();
    let bodies = bodies.iter().map(|database| DatabaseBody::new(&database.glance(), now())).collect();
    let mut answer =
        serde_json::to_value(DatabaseListBody { as_of: Time(now()), databases: bodies }).expect("JSON");
    for (rank, node) in answer["databases"][0]["nodes"].as_array_mut().expect("nodes").iter_mut().enumerate()
    {
        let frame = reads::frame(rank, ago, true);
        node["at"] = json!(reads::ago(ago).to_string());
        node["values"]["hot_read_ms"] = json!(frame.get(domain::reads::Series::HotMs));
    }
    answer.to_string().into_bytes()
}

fn model() -> Model {
    let mut model = Model::new("http://127.0.0.1:8080/");
    for ago in (0..200).rev() {
        model.take(&answer(ago)).expect("understood");
    }
    model
}

#[test]
fn a_stall_is_drawn() {
    insta::assert_snapshot!("stall", render(&model(), (140, 40), now()).expect("drawn"));
}

#[test]
fn a_small_terminal_shows_what_fits() {
    let picture = render(&model(), (80, 24), now()).expect("drawn");
    assert!(picture.contains("PROD1") && picture.contains("STALLED"), "{picture}");
    assert!(render(&model(), (10, 4), now()).is_ok(), "nor does a tiny one fail");
}

#[test]
fn arrows_choose_within_bounds() {
    let mut model = model();
    for (step, expected) in [
        (Move::Node(1), (0, 1)),
        (Move::Node(9), (0, 2)),
        (Move::Database(1), (1, 0)),
        (Move::Database(1), (1, 0)),
        (Move::Node(-1), (1, 0)),
        (Move::Database(-5), (0, 0)),
    ] {
        model.go(step);
        assert_eq!((model.database, model.node), expected, "{step:?}");
    }
    model.take(br#"{"databases":[]}"#).expect("understood");
    model.go(Move::Database(1));
    assert!(render(&model, (80, 24), now()).expect("drawn").contains("The server watches none."));
}

#[test]
fn the_past_is_read_once_and_stands_before_what_was_seen_since() {
    let mut model = Model::new("");
    model.take(&answer(0)).expect("understood");
    let path = model.history_path().expect("it was not asked for yet");
    assert!(
        path.starts_with("/api/v1/databases/prod1/series?node=mongo-a.prod1.example%3A27017&series="),
        "{path}"
    );
    let history = json!({ "database": "prod1", "node": reads::NODES[0],
        "series": [{ "name": "hot_read_ms", "greatest": [1.0, 2.0] }] });
    model.take_history(history.to_string().as_bytes());
    assert_eq!(model.past("prod1", reads::NODES[0], "hot_read_ms"), [1.0, 2.0, 30_000.0]);
    assert_eq!(model.history_path(), None);
    model.take(&answer(0)).expect("understood");
    assert_eq!(model.past("prod1", reads::NODES[0], "hot_read_ms").len(), 3, "the same second is one value");
}

#[test]
fn foreign_text_does_not_steer_the_terminal() {
    let text = String::from_utf8(answer(0)).expect("text").replace("crm.messages", "crm.\\u001b[2Jx");
    let mut model = Model::new("");
    model.take(text.as_bytes()).expect("understood");
    model.lost("gone\u{1b}[31m");
    let picture = render(&model, (140, 40), now()).expect("drawn");
    assert!(!picture.contains('\u{1b}') && picture.contains("gone"), "{picture}");
}

#[tokio::test]
async fn one_reading_comes_from_the_api_of_a_running_server_and_a_bad_token_is_told() {
    use crate::app::App;
    use crate::config::Config;
    use crate::config::reader::Surroundings;
    let folder = tempfile::tempdir().expect("a folder");
    let surroundings = Surroundings { folder: folder.path().to_owned(), variable: |_| None };
    let config = Config::read("listen = \"127.0.0.1:0\"", std::path::Path::new("t.toml"), &surroundings);
    let app = App::start(config.expect("no mistake"), Clock::System).await.expect("it starts");
    reads::tell(app.parts().site.live());
    let new = web::auth::NewToken::new("ann", web::auth::Scope::Read, now());
    let (token, kept) = new.make(&app.parts().entropy);
    let deed = web::auth::token_created(&kept, store::Doer::program("test"), "");
    app.parts().store.create_token(kept, deed).await.expect("created");
    let access = |token: &str| Access {
        url: format!("http://{}", app.address()).parse().expect("a URL"),
        token: Some(token.to_owned()),
    };
    let reading = Server::new(&access(&token)).expect("a server").get(NOW).await.expect("a reading");
    let reading: Value = serde_json::from_slice(&reading).expect("JSON");
    assert_eq!(reading["databases"][0]["standing"]["cause"], "blocking-op");
    let refused = Server::new(&access("nonsense")).expect("a server").get(NOW).await;
    assert!(matches!(refused, Err(Failure::NotUnderstood(_))));
    assert!(matches!(Server::new(&access("")).err(), Some(Failure::NotUnderstood(_))));
    app.stop().await;
}

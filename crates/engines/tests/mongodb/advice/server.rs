//! Where trials may take place, what they leave behind, and what is read of a collection.

use super::orders;
use crate::support::mongod::{Mongod, admin, until};
use ::mongodb::bson::{Document, doc};
use domain::advice::Key;
use domain::reads::shape;
use engines::mongodb::advice::{Scratch, Source};

async fn scratches(client: &::mongodb::Client) -> Vec<String> {
    let names = client.list_database_names().await.expect("names");
    names.into_iter().filter(|name| name.starts_with("watchkeeper_scratch_")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_leaves_nothing_behind_and_sweeps_what_a_crash_left() {
    let (watched, other) = (Mongod::start(&[]).await, Mongod::start(&[]).await);
    orders::seed(&watched.client().await.database("shop")).await;
    let client = other.client().await;
    for stamp in ["0", "ffffffffffff"] {
        let left = client.database(&format!("watchkeeper_scratch_{stamp}_0"));
        left.collection("c").insert_one(doc! { "a": 1 }).await.expect("inserted");
    }
    let source = Source::new(&watched.uri()).await.expect("a good connection string");
    let collection = source.collection(orders::NAMESPACE).await.expect("it is there");
    let scratch = Scratch::open(&other.uri(), &source, &collection, false).await.expect("another server");
    assert_eq!(scratch.copied().documents, 2_000);
    assert_eq!(scratches(&client).await.len(), 2, "the old one is swept, the one that is under way is not");
    scratch.close().await.expect("dropped");
    assert_eq!(scratches(&client).await, ["watchkeeper_scratch_ffffffffffff_0"]);
    assert_eq!(scratches(&watched.client().await).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_watched_is_no_place_for_a_trial_unless_somebody_says_so() {
    let server = Mongod::start(&[]).await;
    orders::seed(&server.client().await.database("shop")).await;
    let source = Source::new(&server.uri()).await.expect("a good connection string");
    let collection = source.collection(orders::NAMESPACE).await.expect("it is there");
    // The same server by another name.
    let alias = format!("mongodb://localhost:{}/?directConnection=true", server.port());
    for uri in [server.uri(), alias] {
        let refused = Scratch::open(&uri, &source, &collection, false).await.err().expect("refused");
        assert!(refused.to_string().contains("--on-primary"), "{refused}");
    }
    let allowed = Scratch::open(&server.uri(), &source, &collection, true).await.expect("somebody says so");
    allowed.close().await.expect("dropped");
    let nowhere =
        Scratch::open("mongodb://127.0.0.1:1/?directConnection=true", &source, &collection, false).await;
    assert_eq!(nowhere.err().expect("nobody there").to_string(), "no server answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_is_read_with_its_indexes_and_their_use() {
    let server = Mongod::start(&[]).await;
    let client = server.client().await;
    orders::seed(&client.database("shop")).await;
    let orders = client.database("shop").collection::<Document>("orders");
    let indexes = doc! { "createIndexes": "orders", "indexes": [
        { "key": { "team": 1, "at": -1 }, "name": "inbox", "partialFilterExpression": { "open": true } },
        { "key": { "customer": 1 }, "name": "customer_1" },
    ] };
    client.database("shop").run_command(indexes).await.expect("created");
    orders.find_one(doc! { "customer": 3 }).await.expect("found");
    let source = Source::new(&server.uri()).await.expect("a good connection string");
    let collection = source.collection(orders::NAMESPACE).await.expect("it is there");
    assert_eq!((collection.documents, collection.version), (Some(2_000), Some((4, 0))));
    let index = |name: &str| collection.known().iter().find(|index| index.name == name).expect("it is there");
    assert_eq!(index("inbox").spec.keys[1], ("at".to_owned(), Key::Descending));
    assert!(index("inbox").spec.partial.is_some() && index("inbox").size_bytes.is_some());
    let uses = index("customer_1").uses.expect("it tells");
    assert_eq!((uses.count, uses.members, uses.incomplete), (1, 1, false));
    assert!(collection.fields["tags"].array && collection.fields["open"].truth < 0.1);
    assert!(collection.writes.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_in_flight_are_found_by_their_shape() {
    let server = Mongod::start(&[]).await;
    let client = server.client().await;
    orders::seed(&client.database("shop")).await;
    let slow = client.clone();
    let stuck = tokio::spawn(async move {
        let command = doc! { "find": "orders", "filter": { "team": 3, "$where": "sleep(20) || true" } };
        slow.database("shop").run_command(command).await
    });
    let list = doc! { "currentOp": 1, "command.find": "orders" };
    until(&client, list, |answer| answer.get_array("inprog").is_ok_and(|list| !list.is_empty())).await;
    let source = Source::new(&server.uri()).await.expect("a good connection string");
    let found = source.in_flight(orders::NAMESPACE, "find filter{team:?,$where:?}").await.expect("asked");
    assert_eq!(found.len(), 1);
    assert_eq!(shape::of(&found[0], None).text, "find filter{team:?,$where:?}");
    assert!(source.in_flight(orders::NAMESPACE, "find filter{other:?}").await.expect("asked").is_empty());
    let list = admin(&client, doc! { "currentOp": 1, "command.find": "orders" }).await;
    for one in list.get_array("inprog").expect("a list") {
        let id = one.as_document().and_then(|one| one.get("opid")).expect("an id").clone();
        admin(&client, doc! { "killOp": 1, "op": id }).await;
    }
    assert!(stuck.await.expect("it ends").is_err());
}

//! Who we are, and what we may see.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use ::mongodb::bson::{Document, doc};
use domain::reads::{Failure, Path, Role};
use engines::mongodb::{Target, examine};

use crate::support::certificates::Certificates;
use crate::support::front::Front;
use crate::support::mongod::{PATIENCE, admin, client, fill, until};
use crate::support::watching::{all_paths, asking_paths, failure, messages};
use crate::support::{Mongod, Watching};

/// A replica set of one that knows its users: `root`, `watch` with what the watch needs, by either hash, and `reader`
/// who may only read.
async fn guarded() -> Mongod {
    let folder = tempfile::tempdir().expect("the test is set up");
    let key = folder.path().join("key");
    std::fs::write(&key, "c2hhcmVkIGJ5IHRoZSBtZW1iZXJz").expect("the test is set up");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("the test is set up");
    let key = key.to_str().expect("the test is set up").to_owned();
    let server = Mongod::start_in(folder, &["--replSet", "rs", "--keyFile", &key, "--auth"]).await;
    let inside = server.client().await;
    let members = vec![doc! { "_id": 0, "host": server.node() }];
    admin(&inside, doc! { "replSetInitiate": { "_id": "rs", "members": members } }).await;
    until(&inside, doc! { "isMaster": 1 }, |answer| answer.get_bool("ismaster") == Ok(true)).await;
    admin(&inside, doc! { "createUser": "root", "pwd": "secret", "roles": ["root"] }).await;
    let root = client(&uri(&server, "root:secret", "")).await;
    let sees = vec![doc! { "role": "clusterMonitor", "db": "admin" }, doc! { "role": "read", "db": "crm" }];
    let create = |name: &str, mechanism: &str, roles: &[Document]| {
        doc! { "createUser": name, "pwd": "p@ss wörd", "mechanisms": [mechanism], "roles": roles }
    };
    admin(&root, create("watch256", "SCRAM-SHA-256", &sees)).await;
    admin(&root, create("watch1", "SCRAM-SHA-1", &sees)).await;
    admin(&root, create("reader", "SCRAM-SHA-256", &sees[1..])).await;
    fill(&root, 100).await;
    server
}

fn uri(server: &Mongod, login: &str, options: &str) -> String {
    format!("mongodb://{login}@{}/?directConnection=true&authSource=admin{options}", server.node())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_opens_every_path() {
    let server = guarded().await;
    for user in ["watch256", "watch1"] {
        let mut watching = Watching::start(&uri(&server, &format!("{user}:p%40ss%20w%C3%B6rd"), ""));
        watching.all_answer(&all_paths(), watching.now(), PATIENCE).await;
        assert_eq!(watching.seen.iter().find(|sample| failure(sample).is_some()), None, "{user}");
        watching.stop().await;
    }
    let named = uri(&server, "watch1:p%40ss%20w%C3%B6rd", "&authMechanism=SCRAM-SHA-1");
    let mut watching = Watching::start(&named);
    watching.all_answer(&[Path::Counters], watching.now(), PATIENCE).await;
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_we_may_not_see_is_told_and_counts_for_nothing() {
    let server = guarded().await;
    let reader = uri(&server, "reader:p%40ss%20w%C3%B6rd", "");
    let mut watching = Watching::start(&reader);
    for path in [Path::Counters, Path::InFlight, Path::Top] {
        let seen =
            watching.until(PATIENCE, "forbidden", |sample| sample.path == path && failure(sample).is_some());
        let seen = seen.await;
        assert!(
            matches!(failure(&seen), Some(Failure::Forbidden(why)) if why.contains("not authorized")),
            "{seen:?}"
        );
    }
    let may = [Path::Hello, Path::Fresh, Path::Hot(messages()), Path::Cold(messages()), Path::App];
    watching.all_answer(&may, watching.now(), PATIENCE).await;
    watching.stop().await;

    let mut stranger = Watching::start(&uri(&server, "reader:wrong", ""));
    let seen = stranger
        .until(PATIENCE, "forbidden", |sample| sample.path == Path::Counters && failure(sample).is_some())
        .await;
    assert!(matches!(failure(&seen), Some(Failure::Forbidden(_))), "{seen:?}");
    stranger.all_answer(&[Path::Hello, Path::Fresh], stranger.now(), PATIENCE).await;
    stranger.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_examination_tells_what_is_missing() {
    let server = guarded().await;
    let target = |login: &str, namespaces: &[&str]| {
        let namespaces = namespaces.iter().map(|&name| name.to_owned()).collect();
        Target::new(&uri(&server, login, ""), None, namespaces).unwrap()
    };
    let good = examine(&target("watch256:p%40ss%20w%C3%B6rd", &["crm.messages"])).await;
    assert_eq!(good.nodes.len(), 1);
    assert_eq!((&good.nodes[0].role, &good.nodes[0].node), (&Ok(Role::Primary), &server.node()));
    assert!(good.nodes[0].version.is_some());
    let commands: Vec<&str> = good.findings.iter().map(|finding| finding.command.as_str()).collect();
    assert_eq!(commands, ["serverStatus", "$currentOp", "currentOp", "top", "find on crm.messages"]);
    assert!(good.findings.iter().all(|finding| finding.result.is_ok()), "{good:?}");
    assert!(good.create_user.contains(r#"{ role: "read", db: "crm" }"#), "{}", good.create_user);

    let poor = examine(&target("reader:p%40ss%20w%C3%B6rd", &["crm.messages", "other.things"])).await;
    let results: Vec<(&str, Option<bool>)> = poor
        .findings
        .iter()
        .map(|finding| {
            (
                finding.command.as_str(),
                finding.result.as_ref().err().map(|why| matches!(why, Failure::Forbidden(_))),
            )
        })
        .collect();
    assert_eq!(
        results,
        [
            ("serverStatus", Some(true)),
            ("$currentOp", Some(true)),
            ("currentOp", Some(true)),
            ("top", Some(true)),
            ("find on crm.messages", None),
            ("find on other.things", Some(true)),
        ]
    );

    let nowhere = Target::new("mongodb://127.0.0.1:1/", None, Vec::new()).unwrap();
    let nowhere = examine(&nowhere).await;
    assert_eq!(nowhere.nodes[0].role, Err(Failure::Refused));
    assert!(nowhere.findings.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_opens_every_path() {
    let server = Mongod::with_documents(&[]).await;
    let certificates = Certificates::make();
    let front = Front::of(server.port(), certificates.server_config()).await;
    let (authority, key) = (certificates.authority(), certificates.client());
    let uri = |files: &str| {
        format!(
            "mongodb://127.0.0.1:{}/?directConnection=true&tls=true&authMechanism=MONGODB-X509{files}",
            front.port
        )
    };
    let files = format!("&tlsCAFile={}&tlsCertificateKeyFile={}", authority.display(), key.display());
    let mut watching = Watching::start(&uri(&files));
    watching.all_answer(&asking_paths(), watching.now(), PATIENCE).await;
    watching.stop().await;
    // Hello and the fresh connection prove nothing; the others do.
    assert!(front.proved() >= 6, "{} proofs", front.proved());

    // Whom the server's certificate does not convince is not told a password.
    let unknown = format!("&tlsCertificateKeyFile={}", key.display());
    let mut watching = Watching::start(&uri(&unknown));
    let seen = watching
        .until(Duration::from_secs(5), "refused", |sample| {
            sample.path == Path::Counters && failure(sample).is_some()
        })
        .await;
    assert!(format!("{seen:?}").contains("certificate"), "{seen:?}");
    watching.stop().await;
}

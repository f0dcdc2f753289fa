//! A healthy server: every path answers, and what in-flight operations do is seen.

use std::time::Duration;

use ::mongodb::bson::{Document, doc};
use domain::reads::{Answer, Finished, Metric, Path, Role, Sample};

use crate::support::mongod::{PATIENCE, admin};
use crate::support::watching::{all_paths, answer, groups, messages};
use crate::support::{Mongod, Watching};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_path_answers() {
    let server = Mongod::with_documents(&[]).await;
    let mut watching = Watching::start(&server.uri());
    watching.all_answer(&all_paths(), watching.now(), PATIENCE).await;
    watching.watch_for(Duration::from_secs(2)).await;
    watching.assert_one_look_each();

    let answers = || watching.seen.iter().filter_map(answer);
    assert!(answers().any(|answer| matches!(answer, Answer::Role(Role::Standalone))));
    let mut counters = answers().filter_map(|answer| match answer {
        Answer::Counters(counters) => Some(counters),
        _ => None,
    });
    let counters = counters.next_back().expect("counters were answered");
    for metric in
        [Metric::UptimeMs, Metric::Reads, Metric::CacheMax, Metric::Connections, Metric::ReadTicketsLeft]
    {
        assert!(counters.get(metric).is_some(), "{} is missing", metric.name());
    }
    assert!(!counters.read_histogram.is_empty());
    assert!(
        answers().any(|answer| matches!(answer, Answer::Host(host) if host.state != 0 && host.cpu_us > 0))
    );
    let top = answers().any(|answer| {
        matches!(answer, Answer::Top(uses) if uses.iter().any(|usage| usage.namespace == "crm.messages"))
    });
    assert!(top, "the collection is in `top`");
    let failures = watching.seen.iter().filter(|sample| crate::support::watching::failure(sample).is_some());
    assert_eq!(failures.collect::<Vec<_>>(), Vec::<&domain::reads::Sample>::new());
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_finished_is_heard_from_the_profiler_and_from_the_log() {
    let server = Mongod::with_documents(&[]).await;
    let client = server.client().await;
    let crm = client.database("crm");
    // Everything is slow enough, and the log tells of it, too.
    crm.run_command(doc! { "profile": 2, "slowms": -1 }).await.expect("the profiler is on");
    let mut watching = Watching::start(&server.uri());
    watching.alert();
    watching.all_answer(&[Path::Profile, Path::Log], watching.now(), PATIENCE).await;
    let find = doc! { "note": { "$ne": "a secret" } };
    let scan = async {
        loop {
            crm.collection::<Document>("messages").find_one(find.clone()).await.expect("found or not");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let heard = async {
        for path in [Path::Profile, Path::Log] {
            let is_scan = |one: &Finished| &*one.namespace == "crm.messages" && &*one.plan == "COLLSCAN";
            let told = |sample: &Sample| {
                sample.path == path
                    && matches!(answer(sample), Some(Answer::Finished(list)) if list.iter().any(is_scan))
            };
            let seen = watching.until(PATIENCE, "a scan that finished", told).await;
            let Some(Answer::Finished(list)) = answer(&seen) else { unreachable!("it was told") };
            assert!(!format!("{list:?}").contains("secret"), "{list:?}");
            let ours = list.iter().filter(|one| &*one.app == "watchkeeper").count();
            assert_eq!(ours, 0, "our own looks are no clients' work: {list:?}");
        }
        let profiled = watching.seen.iter().filter(|sample| sample.path == Path::Profile).filter_map(answer);
        let shapes: Vec<String> = profiled
            .flat_map(|answer| match answer {
                Answer::Finished(list) => list.iter().map(|one| one.shape.to_string()).collect(),
                _ => Vec::new(),
            })
            .collect();
        assert!(shapes.iter().any(|shape| shape.contains("filter{note:{$ne:?}}")), "{shapes:?}");
    };
    tokio::select! {
        () = scan => {}
        () = heard => {}
    }
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_watchs_own_looks_are_no_clients_work() {
    let server = Mongod::with_documents(&[]).await;
    let mut watching = Watching::start(&server.uri());
    watching.all_answer(&all_paths(), watching.now(), PATIENCE).await;
    watching.watch_for(Duration::from_secs(2)).await;
    for group in watching.seen.iter().flat_map(groups) {
        assert!(!group.is_work(), "{group:?}");
    }
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_never_go_through_a_collection() {
    let server = Mongod::with_documents(&[]).await;
    let client = server.client().await;
    // Nine hundred documents, so that a sample is a small share of them.
    let more = (1_000..1_700).map(|id| doc! { "_id": id });
    client.database("crm").collection::<Document>("messages").insert_many(more).await.unwrap();
    client.database("crm").run_command(doc! { "profile": 2 }).await.unwrap();
    let mut watching = Watching::start(&server.uri());
    watching.all_answer(&[Path::Hot(messages()), Path::Cold(messages())], watching.now(), PATIENCE).await;
    watching.watch_for(Duration::from_secs(2)).await;
    watching.stop().await;
    let profile = client.database("crm").collection::<Document>("system.profile");
    let ours = doc! { "appName": "watchkeeper", "ns": "crm.messages" };
    let mut found = profile.find(ours).await.unwrap();
    let mut reads = 0;
    while found.advance().await.unwrap() {
        let seen: Document = found.deserialize_current().unwrap();
        let plan = seen.get_str("planSummary").unwrap_or("");
        assert_ne!(plan, "COLLSCAN", "{seen}");
        assert!(seen.get_i32("docsExamined").unwrap_or(0) <= 100, "{seen}");
        if seen.get_document("command").is_ok_and(|command| command.contains_key("find")) {
            reads += 1;
            assert_eq!(seen.get_i32("docsExamined"), Ok(1), "a document is fetched: {seen}");
        }
    }
    assert!(reads >= 8, "{reads} reads");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_behind_fsync_lock_shows() {
    let server = Mongod::with_documents(&[]).await;
    let client = server.client().await;
    let mut watching = Watching::start(&server.uri());
    watching.all_answer(&[Path::InFlight], watching.now(), PATIENCE).await;
    admin(&client, doc! { "fsync": 1, "lock": true }).await;
    let writer = server.client().await;
    let write = tokio::spawn(async move {
        writer.database("crm").collection::<Document>("messages").insert_one(doc! { "_id": "late" }).await
    });
    let seen = watching
        .until(Duration::from_secs(5), "a write that waits, and the lock", |sample| {
            let locked = matches!(answer(sample), Some(Answer::InFlight(seen)) if seen.fsync_locked);
            locked && groups(sample).iter().any(|group| group.waiting == 1 && group.is_work())
        })
        .await;
    let group = groups(&seen).iter().find(|group| group.waiting == 1).unwrap();
    assert_eq!((&*group.namespace, &*group.command, &*group.app), ("crm.messages", "insert", "crm-web"));
    admin(&client, doc! { "fsyncUnlock": 1 }).await;
    write.await.unwrap().unwrap();
    watching
        .until(Duration::from_secs(3), "the lock is gone", |sample| {
            matches!(answer(sample), Some(Answer::InFlight(seen)) if !seen.fsync_locked && seen.groups.is_empty())
        })
        .await;
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_keeps_readers_out_is_named() {
    let server = Mongod::with_documents(&[]).await;
    let client = server.client().await;
    let mut watching = Watching::start(&server.uri());
    watching.all_answer(&[Path::InFlight, Path::Hot(messages())], watching.now(), PATIENCE).await;
    let version = client.database("admin").run_command(doc! { "buildInfo": 1 }).await.unwrap();
    let version = version.get_array("versionArray").unwrap();
    let foreground = (version[0].as_i32(), version[1].as_i32()) < (Some(4), Some(2));
    // Before 4.2 an index is built in the foreground behind an exclusive lock; a fault point holds it there.
    let point = |mode: &str| doc! { "configureFailPoint": "hangAfterStartingIndexBuild", "mode": mode };
    if foreground {
        admin(&client, point("alwaysOn")).await;
    }
    let holder = server.client().await;
    let work = tokio::spawn(async move {
        if foreground {
            let index = doc! { "key": { "text": 1 }, "name": "text" };
            let build = doc! { "createIndexes": "messages", "indexes": [index] };
            holder.database("crm").run_command(build).await
        } else {
            holder.database("admin").run_command(doc! { "sleep": 1, "lock": "w", "millis": 4_000 }).await
        }
    });
    let seen = watching
        .until(Duration::from_secs(5), "the holder", |sample| {
            groups(sample).iter().any(|group| group.exclusive_us > 1_000_000)
        })
        .await;
    let group = groups(&seen).iter().find(|group| group.exclusive_us > 0).unwrap();
    if foreground {
        assert_eq!((&*group.command, &*group.namespace), ("createIndexes", "crm.messages"));
    }
    assert_eq!((group.waiting, group.internal), (0, false));
    let ours = watching.seen.iter().rev().find(|sample| sample.path == Path::Hot(messages())).unwrap();
    assert_eq!(ours.look, domain::reads::Look::Began, "a hot read waits behind it");
    if foreground {
        admin(&client, point("off")).await;
    }
    work.await.unwrap().unwrap();
    watching.all_answer(&[Path::Hot(messages())], watching.now(), Duration::from_secs(3)).await;
    watching.stop().await;
}

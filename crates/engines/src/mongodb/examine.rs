//! What a target lets us see, for those who set it up: each command that the watch uses is tried once.
//!
//! Findings are data; nothing here prints, and nothing here changes the database.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ::mongodb::bson::{RawDocumentBuf, rawdoc};
use domain::reads::{Failure, Role};
use tokio::time::timeout;

use super::Target;
use super::dial::{Access, Dial};
use super::greeting::Greeting;
use super::link::Link;
use super::paths::{counters, in_flight, top};
use super::steward::is_indexed;
use super::target::split;

/// A command that takes longer than this is no help during a stall either.
const PATIENCE: Duration = Duration::from_secs(5);
/// An answer to an examination.
const MOST: usize = 33 * 1024 * 1024;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// Nodes that the connection string names, or that those name.
    pub nodes: Vec<NodeFound>,
    /// What we tried on the first node that answers.
    pub findings: Vec<Finding>,
    /// The command of the shell that makes a user who may see everything and change nothing.
    pub create_user: String,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFound {
    /// `host:port`.
    pub node: String,
    /// What it says it is, or why it does not say.
    pub role: Result<Role, Failure>,
    /// Its version, where it tells.
    pub version: Option<String>,
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The command.
    pub command: String,
    /// The privilege that it needs.
    pub privilege: &'static str,
    /// What came of it.
    pub result: Result<(), Failure>,
    /// What cannot be seen without it.
    pub lost: &'static str,
}

/// Tries everything that a watch of the target would use.
pub async fn examine(target: &Target) -> Examination {
    let route = match target.resolve().await {
        Ok(route) => route,
        Err(why) => {
            let node =
                NodeFound { node: target.place(), role: Err(Failure::Unreachable(why)), version: None };
            let create_user = create_user(target.namespaces(), None, None);
            return Examination { nodes: vec![node], findings: Vec::new(), create_user };
        }
    };
    let mut asked = BTreeSet::new();
    let mut waiting: Vec<Arc<str>> = route.nodes.clone();
    let (mut nodes, mut first) = (Vec::new(), None);
    while let Some(node) = waiting.pop() {
        if !asked.insert(Arc::clone(&node)) {
            continue;
        }
        let (found, greeting, link) = meet(&node, &route.access).await;
        if let Some(greeting) = greeting {
            if !route.direct {
                waiting.extend(greeting.members.iter().map(|member| Arc::from(member.as_str())));
            }
            if first.is_none() && greeting.role != Role::Arbiter {
                first = Some((link, greeting.role));
            }
        }
        nodes.push(found);
    }
    nodes.sort_by(|a, b| a.node.cmp(&b.node));
    let mut namespaces = target.namespaces().to_vec();
    let findings = match first {
        Some((mut link, role)) => try_all(&mut link, role, &mut namespaces).await,
        None => Vec::new(),
    };
    let version = nodes.iter().find_map(|node| node.version.as_deref());
    let login = route.access.login.as_ref().filter(|login| login.source == "$external");
    let create_user = create_user(&namespaces, version, login.map(|login| login.user.as_str()));
    Examination { nodes, findings, create_user }
}

async fn meet(node: &Arc<str>, access: &Arc<Access>) -> (NodeFound, Option<Greeting>, Link) {
    let dial = Arc::new(Dial::new(Arc::clone(node), Arc::clone(access)));
    let greeting = within(async { Ok(dial.open(None).await?.1) }).await;
    let mut link = Link::new(&dial);
    // Before 7.0 anybody may ask for it, later those who are known.
    let version = match &greeting {
        Ok(_) => within(link.command(&rawdoc! { "buildInfo": 1, "$db": "admin" }, MOST)).await.ok(),
        Err(_) => None,
    };
    let version = version.and_then(|reply| reply.get_str("version").ok().map(str::to_owned));
    let role = greeting.as_ref().map(|greeting| greeting.role).map_err(Clone::clone);
    (NodeFound { node: node.to_string(), role, version }, greeting.ok(), link)
}

async fn try_all(link: &mut Link, role: Role, namespaces: &mut Vec<String>) -> Vec<Finding> {
    let router = role == Role::Router;
    let flag = rawdoc! { "currentOp": 1, "opid": -1, "$db": "admin" };
    let mut findings = vec![
        Finding {
            command: "serverStatus".to_owned(),
            privilege: "serverStatus on the cluster (role clusterMonitor)",
            result: attempt(link, &counters::COMMAND).await,
            lost: "counters: latencies, tickets, queues, cache, connections, elections",
        },
        Finding {
            command: "$currentOp".to_owned(),
            privilege: "inprog on the cluster (role clusterMonitor)",
            result: attempt(link, &in_flight::operations(router, true)).await,
            lost: "operations in flight: who waits, since when, for whom, and the culprit's name",
        },
    ];
    if router {
        findings.push(Finding {
            command: "listShards".to_owned(),
            privilege: "listShards on the cluster (role clusterMonitor)",
            result: attempt(link, &rawdoc! { "listShards": 1, "$db": "admin" }).await,
            lost: "the shards: only the router is watched",
        });
    } else {
        findings.push(Finding {
            command: "currentOp".to_owned(),
            privilege: "inprog on the cluster (role clusterMonitor)",
            result: attempt(link, &flag).await,
            lost: "whether fsyncLock is held",
        });
        let used = within(link.command(&rawdoc! { "top": 1, "$db": "admin" }, MOST)).await;
        let used = used.and_then(|reply| top::uses(&reply));
        if namespaces.is_empty() {
            let most = used.as_deref().unwrap_or_default().iter().take(super::choice::MOST);
            namespaces.extend(most.map(|usage| usage.namespace.clone()));
        }
        findings.push(Finding {
            command: "top".to_owned(),
            privilege: "top on the cluster (role clusterMonitor)",
            result: used.map(drop),
            lost: "use of the collections, and the choice of those to read from",
        });
    }
    for namespace in namespaces.iter() {
        findings.push(Finding {
            command: format!("find on {namespace}"),
            privilege: "find and listCollections on the database (role read)",
            result: readable(link, namespace).await,
            lost: "hot and cold reads of this namespace, and the read on the application's way",
        });
    }
    findings
}

/// Whether a namespace can be read from by the index of its ids.
async fn readable(link: &mut Link, namespace: &str) -> Result<(), Failure> {
    if !within(is_indexed(link, namespace)).await? {
        let why = "it is no collection with an index by `_id`: a view, a time series, or not there";
        return Err(Failure::Server(26, why.to_owned()));
    }
    let (database, collection) = split(namespace);
    let mut command = rawdoc! { "find": collection, "limit": 1, "projection": { "_id": 1 } };
    command.append("$readPreference", rawdoc! { "mode": "primaryPreferred" });
    command.append("$db", database);
    attempt(link, &command).await
}

async fn attempt(link: &mut Link, command: &RawDocumentBuf) -> Result<(), Failure> {
    within(link.command(command, MOST)).await.map(drop)
}

async fn within<T>(look: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    timeout(PATIENCE, look).await.unwrap_or(Err(Failure::TimedOut))
}

/// The command of the shell. Shells before 4.2 cannot ask for a password.
fn create_user(namespaces: &[String], version: Option<&str>, subject: Option<&str>) -> String {
    let databases: BTreeSet<&str> = namespaces.iter().map(|namespace| split(namespace).0).collect();
    let mut roles = vec![r#"{ role: "clusterMonitor", db: "admin" }"#.to_owned()];
    roles.extend(databases.iter().map(|database| format!("{{ role: \"read\", db: {database:?} }}")));
    let roles = roles.join(", ");
    if let Some(subject) = subject {
        let subject = if subject.is_empty() { "CN=the subject of the certificate" } else { subject };
        return format!(
            "db.getSiblingDB(\"$external\").createUser({{ user: {subject:?}, roles: [ {roles} ] }})"
        );
    }
    let old = version.is_some_and(|version| version.starts_with("3.") || version.starts_with("4.0"));
    let password = if old { "\"a long random password\"" } else { "passwordPrompt()" };
    format!(
        "db.getSiblingDB(\"admin\").createUser({{ user: \"watchkeeper\", pwd: {password}, roles: [ {roles} ] }})"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_may_see_everything_and_change_nothing() {
        let namespaces = ["crm.messages".to_owned(), "crm.users".to_owned(), "billing.invoices".to_owned()];
        assert_eq!(
            create_user(&namespaces, Some("7.0.15"), None),
            "db.getSiblingDB(\"admin\").createUser({ user: \"watchkeeper\", pwd: passwordPrompt(), roles: [ \
             { role: \"clusterMonitor\", db: \"admin\" }, { role: \"read\", db: \"billing\" }, \
             { role: \"read\", db: \"crm\" } ] })"
        );
        assert!(create_user(&[], Some("4.0.10"), None).contains("pwd: \"a long random password\""));
        assert_eq!(
            create_user(&[], None, Some("CN=watch")),
            "db.getSiblingDB(\"$external\").createUser({ user: \"CN=watch\", roles: [ \
             { role: \"clusterMonitor\", db: \"admin\" } ] })"
        );
    }
}

//! The watched databases: whether they answer us, and what they let us see.
//!
//! This module never changes anything there: the command that makes a user is told, not run.

use super::{Finding, ill, well};
use crate::config::{Config, DatabaseConfig};
use crate::lookout;
use domain::reads::Failure;
use engines::mongodb::{Examination, examine};
use futures_util::stream::{self, StreamExt as _};

/// Databases looked at together.
const AT_A_TIME: usize = 8;

/// Looks at every watched database.
pub(super) async fn databases(config: &Config) -> Vec<Finding> {
    let looks = config.databases.iter().map(look);
    stream::iter(looks).buffered(AT_A_TIME).map(stream::iter).flatten().collect().await
}

async fn look(database: &DatabaseConfig) -> Vec<Finding> {
    let what = format!("watched database `{}`", database.name);
    match lookout::target(database) {
        Ok(target) => findings(&what, &examine(&target).await),
        Err(error) => vec![ill(what, error.to_string(), "it cannot be watched", "correct its `uri`")],
    }
}

fn findings(what: &str, examination: &Examination) -> Vec<Finding> {
    let make_user = format!("in its shell, as an administrator: {}", examination.create_user);
    let nodes = examination.nodes.iter().map(|node| {
        let version = node.version.as_deref().map(|version| format!(", {version}")).unwrap_or_default();
        let what = format!("{what}: {}", node.node);
        match &node.role {
            Ok(role) => well(format!("{what}, {}{version}", role.as_str())),
            Err(failure) => {
                ill(what, failure.to_string(), "its reads are not seen", remedy(failure, &make_user))
            }
        }
    });
    let tried = examination.findings.iter().map(|finding| {
        let what = format!("{what}: {}", finding.command);
        match &finding.result {
            Ok(()) => well(what),
            Err(failure) => {
                let so_what = format!("not seen: {}", finding.lost);
                let do_this = match failure {
                    Failure::Forbidden(_) => format!("grant {}; {make_user}", finding.privilege),
                    failure => remedy(failure, &make_user),
                };
                ill(what, failure.to_string(), so_what, do_this)
            }
        }
    });
    nodes.chain(tried).collect()
}

/// Code of a login that is refused.
const LOGIN_REFUSED: i32 = 18;

fn remedy(failure: &Failure, make_user: &str) -> String {
    match failure {
        Failure::Server(LOGIN_REFUSED, _) | Failure::Forbidden(_) => {
            format!("correct user and password in `uri`, or make the user; {make_user}")
        }
        Failure::Server(..) => "choose other `namespaces`, or look into the server's own log".to_owned(),
        Failure::Garbage(_) => {
            "check that the address is that of a MongoDB server, and `tls=true`".to_owned()
        }
        _ => "check its `uri`, that it runs, and that nothing between us and it keeps us out".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::reads::Role;
    use engines::mongodb::{Finding as Tried, NodeFound};

    #[test]
    fn what_is_not_allowed_comes_with_the_command_that_allows_it() {
        let node = |role| NodeFound { node: "a:27017".to_owned(), role, version: Some("4.0.10".to_owned()) };
        let tried = |result| Tried {
            command: "top".to_owned(),
            privilege: "top on the cluster",
            result,
            lost: "use of the collections",
        };
        let examination = Examination {
            nodes: vec![node(Ok(Role::Primary)), node(Err(Failure::Refused))],
            findings: vec![tried(Ok(())), tried(Err(Failure::Forbidden("top".to_owned())))],
            create_user: "db.createUser(…)".to_owned(),
        };
        let told: Vec<String> = findings("`crm`", &examination).iter().map(super::super::told).collect();
        assert_eq!(told[0], "ok     `crm`: a:27017, primary, 4.0.10\n");
        assert!(told[1].contains("connection refused") && told[1].contains("check its `uri`"), "{}", told[1]);
        assert_eq!(told[2], "ok     `crm`: top\n");
        assert!(told[3].contains("not seen: use of the collections"), "{}", told[3]);
        assert!(told[3].contains("db.createUser(…)"), "{}", told[3]);
    }
}

//! Which nodes a target has: from what the connection string says, and from what the nodes say of each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::greeting::Greeting;

/// More nodes than that are no cluster that one process watches.
const MOST_NODES: usize = 200;

/// The nodes of a target.
pub(super) struct Topology {
    direct: bool,
    /// Nodes that are one replica set, or the routers, by the name of their shard; the connection string's have none.
    groups: BTreeMap<String, Group>,
}

#[derive(Default)]
struct Group {
    /// Version of the set's configuration that the members are from; none while they are only what we were told.
    version: Option<i64>,
    members: BTreeSet<Arc<str>>,
}

impl Topology {
    pub(super) fn new(nodes: &[Arc<str>], direct: bool) -> Self {
        let first = Group { version: None, members: nodes.iter().cloned().collect() };
        Self { direct, groups: BTreeMap::from([(String::new(), first)]) }
    }

    /// Hears what a node says of its set. A member that lags behind with its configuration is not believed.
    pub(super) fn greeted(&mut self, node: &str, greeting: &Greeting) {
        if self.direct || greeting.set.is_none() || greeting.members.is_empty() {
            return;
        }
        for group in self.groups.values_mut().filter(|group| group.members.contains(node)) {
            if group.version.is_none_or(|version| version <= greeting.version) {
                group.version = Some(greeting.version);
                group.members = greeting.members.iter().map(|member| Arc::from(member.as_str())).collect();
            }
        }
    }

    /// Hears what a router says of its shards.
    pub(super) fn sharded(&mut self, shards: &[(String, Vec<String>)]) {
        if self.direct {
            return;
        }
        self.groups.retain(|name, _| name.is_empty() || shards.iter().any(|(shard, _)| shard == name));
        for (shard, hosts) in shards {
            let group = self.groups.entry(shard.clone()).or_default();
            if group.version.is_none() {
                group.members = hosts.iter().map(|host| Arc::from(host.as_str())).collect();
            }
        }
    }

    /// The nodes to watch.
    pub(super) fn nodes(&self) -> BTreeSet<Arc<str>> {
        self.groups.values().flat_map(|group| &group.members).take(MOST_NODES).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::reads::Role;

    fn greeting(version: i64, members: &[&str]) -> Greeting {
        Greeting {
            role: Role::Primary,
            set: (!members.is_empty()).then(|| "rs".to_owned()),
            version,
            members: members.iter().map(|&member| member.to_owned()).collect(),
            mechanisms: Vec::new(),
        }
    }

    fn topology(nodes: &[&str], direct: bool) -> Topology {
        Topology::new(&nodes.iter().map(|&node| Arc::from(node)).collect::<Vec<_>>(), direct)
    }

    fn check(topology: &Topology, wanted: &[&str]) {
        assert_eq!(topology.nodes().iter().map(|node| &**node).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn members_replace_the_names_they_were_found_by() {
        let mut set = topology(&["alias:1", "dead:1"], false);
        set.greeted("alias:1", &greeting(2, &["a:1", "b:1"]));
        check(&set, &["a:1", "b:1"]);
        set.greeted("b:1", &greeting(1, &["old:1"]));
        check(&set, &["a:1", "b:1"]);
        set.greeted("b:1", &greeting(3, &["b:1", "c:1"]));
        check(&set, &["b:1", "c:1"]);
    }

    #[test]
    fn a_direct_connection_stays_where_it_is() {
        let mut one = topology(&["a:1"], true);
        one.greeted("a:1", &greeting(2, &["x:1", "y:1"]));
        check(&one, &["a:1"]);
    }

    #[test]
    fn routers_lead_to_the_members_of_their_shards() {
        let mut cluster = topology(&["r:1"], false);
        cluster.greeted("r:1", &greeting(0, &[]));
        let shards = |names: &[&str]| -> Vec<(String, Vec<String>)> {
            names.iter().map(|&name| (name.to_owned(), vec![format!("{name}:1")])).collect()
        };
        cluster.sharded(&shards(&["s0", "s1"]));
        check(&cluster, &["r:1", "s0:1", "s1:1"]);
        cluster.greeted("s0:1", &greeting(1, &["s0:1", "s0:2"]));
        cluster.sharded(&shards(&["s0"]));
        check(&cluster, &["r:1", "s0:1", "s0:2"]);
    }
}

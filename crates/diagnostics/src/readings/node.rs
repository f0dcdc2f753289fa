//! Which node wrote a file, as far as the file says.

use crate::bson::{Document, Value};

/// A node, put together from what its metadata and its samples say. What nothing said is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Under which name its replica set knows it, or else how it calls itself.
    pub host: Option<String>,
    /// Version of the server.
    pub version: Option<String>,
    /// `mongod` or `mongos`.
    pub process: Option<String>,
    /// Name of the replica set.
    pub set: Option<String>,
    /// Operating system.
    pub os: Option<String>,
    /// Processors of the machine.
    pub cores: Option<i64>,
    /// Memory of the machine, in MiB.
    pub memory_mb: Option<i64>,
    /// Whether the name in `host` is that of the replica set.
    advertised: bool,
}

/// Services under which 8.0 sorts what it says, where a node is more than one.
const SERVICES: &[&str] = &["common", "shard", "router"];

impl Node {
    /// The node as `host:port`; nothing where no file said who it is.
    pub fn address(&self) -> Option<String> {
        let host = self.host.as_deref()?;
        Some(if host.contains(':') { host.to_owned() } else { format!("{host}:27017") })
    }

    /// Whether it routes and holds no data.
    pub fn is_router(&self) -> bool {
        self.process.as_deref().is_some_and(|process| process.starts_with("mongos"))
    }

    /// Takes in a metadata document, or the reference sample of a chunk.
    pub(super) fn learn(&mut self, document: Document<'_>) {
        self.learn_section(document);
        for service in SERVICES {
            if let Some(Value::Document(section)) = document.get(service) {
                self.learn_section(section);
            }
        }
    }

    fn learn_section(&mut self, document: Document<'_>) {
        let text = |keys: &[&str]| document.text(keys).filter(|text| !text.is_empty());
        let whole = |keys: &[&str]| document.at(keys).and_then(Value::whole);
        if let Some(me) = text(&["serverStatus", "repl", "me"]) {
            self.host = Some(me);
            self.advertised = true;
        } else if !self.advertised
            && let Some(host) =
                text(&["serverStatus", "host"]).or_else(|| text(&["hostInfo", "system", "hostname"]))
        {
            self.host = Some(host);
        }
        keep(&mut self.version, text(&["serverStatus", "version"]));
        keep(&mut self.version, text(&["buildInfo", "version"]));
        keep(&mut self.process, text(&["serverStatus", "process"]));
        let options = ["getCmdLineOpts", "parsed", "replication"];
        for option in ["replSetName", "replSet"] {
            keep(&mut self.set, text(&[options[0], options[1], options[2], option]));
        }
        keep(&mut self.set, text(&["serverStatus", "repl", "setName"]));
        keep(&mut self.os, text(&["hostInfo", "os", "name"]).map(|name| plain(&name).to_owned()));
        keep(&mut self.cores, whole(&["hostInfo", "system", "numCores"]));
        keep(&mut self.memory_mb, whole(&["hostInfo", "system", "memSizeMB"]));
    }
}

/// Some builds tell the whole line of `/etc/os-release`.
fn plain(name: &str) -> &str {
    name.strip_prefix("PRETTY_NAME=").unwrap_or(name).trim_matches('"')
}

fn keep<T>(place: &mut Option<T>, found: Option<T>) {
    if found.is_some() {
        *place = found;
    }
}

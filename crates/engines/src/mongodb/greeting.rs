//! What a node says of itself: the answer to `hello`, and to `isMaster` before 4.4.2.

use ::mongodb::bson::{RawDocument, RawDocumentBuf, rawdoc};
use domain::reads::Role;

use super::failure::number;

/// The command on an open connection.
pub(super) fn again(legacy: bool) -> RawDocumentBuf {
    rawdoc! { name(legacy): 1, "$db": "admin" }
}

/// The command that opens a connection: it says who we are, and asks how `user` may prove themselves.
pub(super) fn first(legacy: bool, user: Option<&str>) -> RawDocumentBuf {
    let mut command = rawdoc! {
        name(legacy): 1,
        "helloOk": true,
        "client": {
            "application": { "name": super::APP_NAME },
            "driver": { "name": super::APP_NAME, "version": env!("CARGO_PKG_VERSION") },
            "os": { "type": std::env::consts::OS },
        },
        "$db": "admin",
    };
    if let Some(user) = user {
        command.append("saslSupportedMechs", user);
    }
    command
}

fn name(legacy: bool) -> &'static str {
    if legacy { "isMaster" } else { "hello" }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Greeting {
    /// What the node is.
    pub(super) role: Role,
    /// Name of its replica set.
    pub(super) set: Option<String>,
    /// Version of the set's configuration.
    pub(super) version: i64,
    /// Members that hold data.
    pub(super) members: Vec<String>,
    /// Mechanisms that the user may use, where asked.
    pub(super) mechanisms: Vec<String>,
}

impl Greeting {
    /// Reads the answer.
    pub(super) fn read(reply: &RawDocument) -> Self {
        let mut members = texts(reply, "hosts");
        members.extend(texts(reply, "passives"));
        Self {
            role: role(reply),
            set: reply.get_str("setName").ok().map(str::to_owned),
            version: number(reply, "setVersion").unwrap_or(0),
            members,
            mechanisms: texts(reply, "saslSupportedMechs"),
        }
    }
}

fn role(reply: &RawDocument) -> Role {
    let flag = |name| number(reply, name).is_some_and(|flag| flag != 0);
    let writable = flag("isWritablePrimary") || flag("ismaster");
    if reply.get_str("msg").is_ok_and(|text| text == "isdbgrid") {
        Role::Router
    } else if reply.get_str("setName").is_ok() {
        match () {
            () if writable => Role::Primary,
            () if flag("secondary") => Role::Secondary,
            () if flag("arbiterOnly") => Role::Arbiter,
            () => Role::Other,
        }
    } else if writable && !flag("isreplicaset") {
        Role::Standalone
    } else {
        Role::Other
    }
}

/// More members than a set can have are not read.
const MOST_MEMBERS: usize = 64;

fn texts(reply: &RawDocument, key: &str) -> Vec<String> {
    let Ok(list) = reply.get_array(key) else { return Vec::new() };
    let texts = list.into_iter().filter_map(|item| item.ok()?.as_str().map(str::to_owned));
    texts.take(MOST_MEMBERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_what_it_says() {
        let set =
            || rawdoc! { "setName": "rs", "setVersion": 3, "hosts": ["a:1"], "passives": ["b:1"], "ok": 1 };
        let with = |mut document: RawDocumentBuf, key: &str| {
            document.append(key, true);
            document
        };
        for (reply, role) in [
            (with(set(), "ismaster"), Role::Primary),
            (with(set(), "isWritablePrimary"), Role::Primary),
            (with(set(), "secondary"), Role::Secondary),
            (with(set(), "arbiterOnly"), Role::Arbiter),
            (set(), Role::Other),
            (rawdoc! { "ismaster": true }, Role::Standalone),
            (rawdoc! { "ismaster": false, "isreplicaset": true }, Role::Other),
            (rawdoc! { "isWritablePrimary": true, "msg": "isdbgrid" }, Role::Router),
            (rawdoc! {}, Role::Other),
        ] {
            assert_eq!(Greeting::read(&reply).role, role, "{reply:?}");
        }
        let greeting = Greeting::read(&set());
        assert_eq!((greeting.set.as_deref(), greeting.version), (Some("rs"), 3));
        assert_eq!(greeting.members, ["a:1", "b:1"]);
    }
}

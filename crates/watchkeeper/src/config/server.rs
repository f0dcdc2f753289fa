//! The keys above all sections: where to listen, what the world calls us, where to keep what is known.

use super::reader::{Table, Value};
use super::section::{Key, Need, Section};
use super::storage::{self, Storage};
use crate::http::address::Block;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use url::Url;

/// The keys above all sections.
pub const SECTION: Section = Section {
    name: "",
    many: false,
    doc: "Where to listen and where to keep what is known.",
    keys: &[
        Key {
            name: "listen",
            need: Need::Default("\"127.0.0.1:8080\""),
            form: "IP address and port",
            doc: "Where to listen. Loopback unless you say otherwise; \"0.0.0.0:8080\" is for everybody.",
        },
        Key {
            name: "public_url",
            need: Need::Optional("\"https://status.example.org\""),
            form: "address",
            doc: "What readers type to reach the page, for the links in feeds and the API.",
        },
        Key {
            name: "trusted_proxies",
            need: Need::Default("[]"),
            form: "list of IP addresses and CIDR blocks",
            doc: "Your proxies, such as [\"10.0.0.0/8\"]. Where a request comes from is taken from their \
                  `X-Forwarded-For` or `Forwarded`; that of anybody else is not believed.",
        },
        Key {
            name: "undo",
            need: Need::Default("\"10s\""),
            form: "duration",
            doc: "How long what is posted in the console can be undone before anything leaves; \"0s\" for not at all.",
        },
        Key {
            name: "store",
            need: Need::Default("\"sqlite:watchkeeper.db\""),
            form: "`sqlite:FILE`, `postgres://…`, `{ env = NAME }` or `{ file = PATH }`",
            doc: "Where incidents are kept. A relative file lies beside this one. A password belongs in the \
                  environment, { env = \"DATABASE_URL\" }, or in a file, { file = \"/run/secrets/database\" }. \
                  `database = …` above all sections is an older word for it.",
        },
    ],
};

/// Where to listen and where to keep what is known.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What readers type to reach the page, without a slash at the end.
    pub public_url: Option<Url>,
    /// Whose word about where a request comes from is believed.
    pub trusted_proxies: Vec<Block>,
    /// Where incidents are kept.
    pub store: Storage,
    /// How long what is posted in the console can be undone.
    pub undo: Duration,
}

/// Longer than that nobody waits in front of a page.
const UNDO: std::ops::RangeInclusive<Duration> = Duration::ZERO..=Duration::from_mins(10);

/// Where to listen if nothing is said: nowhere that others could reach.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

pub(super) fn read(root: &Table<'_>) -> ServerConfig {
    ServerConfig {
        listen: root.value("listen").and_then(|value| address(&value)).unwrap_or(LISTEN),
        public_url: root.value("public_url").and_then(|value| public_url(&value)),
        trusted_proxies: root.value("trusted_proxies").map(|value| blocks(&value)).unwrap_or_default(),
        store: storage::read(store(root).as_ref(), root.surroundings()),
        undo: root.value("undo").and_then(|value| value.duration(UNDO)).unwrap_or(Duration::from_secs(10)),
    }
}

/// `store`, or the older `database`, where that is not the section of the same name.
fn store<'a>(root: &Table<'a>) -> Option<Value<'a>> {
    let older = root.value("database").filter(|value| !value.is_section());
    match (root.value("store"), older) {
        (Some(store), None) => Some(store),
        (None, older) => older,
        (Some(store), Some(older)) => {
            older.wrong("the older word for `store`, which is there too; leave one of them out");
            Some(store)
        }
    }
}

fn address(value: &Value<'_>) -> Option<SocketAddr> {
    let parsed = value.text()?.parse().ok();
    if parsed.is_none() {
        value.wrong("not an IP address with a port, such as \"127.0.0.1:8080\"");
    }
    parsed
}

fn blocks(list: &Value<'_>) -> Vec<Block> {
    let block = |value: &Value<'_>| {
        let block = Block::parse(value.text()?);
        if block.is_none() {
            value.wrong("not an IP address or a CIDR block such as \"10.0.0.0/8\"");
        }
        block
    };
    list.list().iter().filter_map(block).collect()
}

fn public_url(value: &Value<'_>) -> Option<Url> {
    let url = web_address(value)?;
    if url.query().is_some() {
        value.wrong("not an address to build on; leave out what follows the `?`");
        return None;
    }
    Some(url)
}

/// An `http` or `https` address without a user and without a fragment.
pub(super) fn web_address(value: &Value<'_>) -> Option<Url> {
    let wrong = match Url::parse(value.text()?) {
        Err(error) => format!("not an address: {error}; write one such as \"https://status.example.org\""),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            format!("of the scheme \"{}\"; only http and https are fetched", url.scheme())
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            "an address with a user in it; leave out what precedes the `@`".to_owned()
        }
        Ok(url) if url.fragment().is_some() => "an address with a fragment; leave out the `#`".to_owned(),
        Ok(url) => return Some(url),
    };
    value.wrong(wrong);
    None
}

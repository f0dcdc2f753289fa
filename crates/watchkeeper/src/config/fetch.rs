//! `[fetch]`: how vendors' pages are fetched, and what is never fetched.

use super::reader::{Table, Value};
use super::section::{Key, Need, Section};
use crate::http::allow::AllowList;
use std::ops::RangeInclusive;
use std::time::Duration;

/// `[fetch]`
pub const SECTION: Section = Section {
    name: "fetch",
    many: false,
    doc: "How vendors' pages are fetched. Loopback, private and other special addresses are refused.",
    keys: &[
        Key {
            name: "allow_hosts",
            need: Need::Default("[]"),
            form: "list of hosts, `host:port` or CIDR blocks",
            doc: "What may be fetched though its address is special, such as [\"status.internal:8080\", \"10.1.0.0/16\"].",
        },
        Key {
            name: "user_agent",
            need: Need::Default(concat!("\"watchkeeper/", env!("CARGO_PKG_VERSION"), "\"")),
            form: "text",
            doc: "What we call ourselves to vendors. An address where they can reach you is good manners.",
        },
        Key {
            name: "connect_timeout",
            need: Need::Default("\"5s\""),
            form: "duration, 50ms to 1m",
            doc: "Longest wait for name, connection and TLS.",
        },
        Key {
            name: "header_timeout",
            need: Need::Default("\"10s\""),
            form: "duration, 50ms to 1m",
            doc: "Longest wait from the request to the end of the answer's headers, connecting included.",
        },
        Key {
            name: "total_timeout",
            need: Need::Default("\"20s\""),
            form: "duration, 50ms to 5m",
            doc: "Longest wait from the request to the end of the answer, redirects included.",
        },
        Key {
            name: "max_body",
            need: Need::Default("\"4MB\""),
            form: "size, 1kB to 64MB",
            doc: "Longest body, unpacked.",
        },
        Key {
            name: "max_redirects",
            need: Need::Default("3"),
            form: "0 to 10",
            doc: "How many redirects are followed.",
        },
    ],
};

const UP_TO_A_MINUTE: RangeInclusive<Duration> = Duration::from_millis(50)..=Duration::from_mins(1);
const UP_TO_FIVE_MINUTES: RangeInclusive<Duration> = Duration::from_millis(50)..=Duration::from_mins(5);

/// How vendors' pages are fetched.
#[derive(Clone, Debug)]
pub struct FetchConfig {
    /// What may be fetched though its address is special.
    pub allow_hosts: AllowList,
    /// What we call ourselves.
    pub user_agent: String,
    /// Longest wait for name, connection and TLS.
    pub connect_timeout: Duration,
    /// Longest wait for the end of the headers.
    pub header_timeout: Duration,
    /// Longest wait for the end of the answer.
    pub total_timeout: Duration,
    /// Longest body in bytes, unpacked.
    pub max_body: u64,
    /// How many redirects are followed.
    pub max_redirects: u64,
}

impl Default for FetchConfig {
    fn default() -> Self {
        Self {
            allow_hosts: AllowList::default(),
            user_agent: concat!("watchkeeper/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(5),
            header_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(20),
            max_body: 4_000_000,
            max_redirects: 3,
        }
    }
}

pub(super) fn read(table: &Table<'_>) -> FetchConfig {
    let default = FetchConfig::default();
    let duration =
        |key, range, default| table.value(key).and_then(|value| value.duration(range)).unwrap_or(default);
    FetchConfig {
        allow_hosts: table.value("allow_hosts").map(|value| allow_hosts(&value)).unwrap_or_default(),
        user_agent: table
            .value("user_agent")
            .and_then(|value| user_agent(&value))
            .unwrap_or(default.user_agent),
        connect_timeout: duration("connect_timeout", UP_TO_A_MINUTE, default.connect_timeout),
        header_timeout: duration("header_timeout", UP_TO_A_MINUTE, default.header_timeout),
        total_timeout: duration("total_timeout", UP_TO_FIVE_MINUTES, default.total_timeout),
        max_body: table
            .value("max_body")
            .and_then(|value| value.size(1_000..=64_000_000))
            .unwrap_or(default.max_body),
        max_redirects: table
            .value("max_redirects")
            .and_then(|value| value.integer(0..=10))
            .unwrap_or(default.max_redirects),
    }
}

fn allow_hosts(list: &Value<'_>) -> AllowList {
    let mut allowed = AllowList::default();
    for value in list.list() {
        if let Some(text) = value.text()
            && let Err(wrong) = allowed.add(text)
        {
            value.wrong(wrong);
        }
    }
    allowed
}

fn user_agent(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        value.wrong("not fit for a header; use plain ASCII characters");
        return None;
    }
    Some(text.to_owned())
}

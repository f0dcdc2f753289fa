//! `[delivery]`: how patiently and how fast messages are sent.
//!
//! This module never sends anything.

use super::reader::{Table, Value};
use super::section::{Key, Need, Section};
use std::time::Duration;

/// `[delivery]`
pub const SECTION: Section = Section {
    name: "delivery",
    many: false,
    doc: "How patiently and how fast messages are sent. Each waits in the database until its receiver has it.",
    keys: &[
        Key {
            name: "retries",
            need: Need::Default(
                "[\"5s\", \"5m\", \"30m\", \"2h\", \"5h\", \"10h\", \"14h\", \"20h\", \"24h\"]",
            ),
            form: "list of durations",
            doc: "Waits between two tries for a subscriber, a tenth more or less by chance. After the last, the \
                  message is given up and can be resent by hand.",
        },
        Key {
            name: "channel_retries",
            need: Need::Default(
                "[\"1s\", \"5s\", \"15s\", \"30s\", \"1m\", \"2m\", \"5m\", \"15m\", \"30m\", \"1h\", \"2h\", \"5h\", \"10h\", \
                 \"20h\", \"24h\"]",
            ),
            form: "list of durations",
            doc: "The same for a channel of your team.",
        },
        Key {
            name: "per_host",
            need: Need::Default("16"),
            form: "1 to 256",
            doc: "Requests to one host at a time, from each node.",
        },
        Key {
            name: "rate_per_host",
            need: Need::Default("200"),
            form: "1 to 100000",
            doc: "Requests to one host in a second, from each node.",
        },
        Key {
            name: "timeout",
            need: Need::Default("\"15s\""),
            form: "duration, 100ms to 20s",
            doc: "Longest wait for a receiver's answer.",
        },
    ],
};

/// The horizon of the Standard Webhooks, 75 hours.
const RETRIES: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// A pager is tried again at once, and for about two and a half days.
const CHANNEL_RETRIES: [u64; 15] =
    [1, 5, 15, 30, 60, 120, 300, 900, 1_800, 3_600, 7_200, 18_000, 36_000, 72_000, 86_400];

/// How messages are sent.
#[derive(Clone, Debug)]
pub struct DeliveryConfig {
    /// Waits between two tries for a subscriber.
    pub retries: Vec<Duration>,
    /// Waits between two tries for a channel.
    pub channel_retries: Vec<Duration>,
    /// Requests to one host at a time.
    pub per_host: usize,
    /// Requests to one host in a second.
    pub rate_per_host: u32,
    /// Longest wait for an answer.
    pub timeout: Duration,
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        Self {
            retries: RETRIES.map(Duration::from_secs).to_vec(),
            channel_retries: CHANNEL_RETRIES.map(Duration::from_secs).to_vec(),
            per_host: 16,
            rate_per_host: 200,
            timeout: Duration::from_secs(15),
        }
    }
}

pub(super) fn read(table: &Table<'_>) -> DeliveryConfig {
    let default = DeliveryConfig::default();
    let list = |key, default| table.value(key).map_or(default, |value| durations(&value));
    let number = |key, range| table.value(key).and_then(|value| value.integer(range));
    // A claim holds for a minute: a try must begin and end well within it.
    let timeouts = Duration::from_millis(100)..=Duration::from_secs(20);
    DeliveryConfig {
        retries: list("retries", default.retries),
        channel_retries: list("channel_retries", default.channel_retries),
        per_host: number("per_host", 1..=256).and_then(|n| n.try_into().ok()).unwrap_or(default.per_host),
        rate_per_host: number("rate_per_host", 1..=100_000)
            .and_then(|n| n.try_into().ok())
            .unwrap_or(default.rate_per_host),
        timeout: table.value("timeout").and_then(|value| value.duration(timeouts)).unwrap_or(default.timeout),
    }
}

fn durations(list: &Value<'_>) -> Vec<Duration> {
    let range = Duration::from_millis(10)..=Duration::from_hours(7 * 24);
    list.list().iter().filter_map(|value| value.duration(range.clone())).collect()
}

//! What the machine says of the server's process, where that is our own machine.
//!
//! It needs no connection and no answer of the server, so it tells a frozen process from a slow one.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use ::mongodb::bson::RawDocument;
use domain::reads::{Answer, Failure, Host as Seen};

use crate::mongodb::Pace;
use crate::mongodb::failure::number;
use crate::mongodb::look::Looker;
use crate::mongodb::node::State;

/// Length of a tick of `/proc` in microseconds; Linux shows a hundred to the second whatever its own are.
const TICK_US: i64 = 10_000;
/// A process that began that many milliseconds away from when the server says it began is another one.
const SLACK_MS: i64 = 60_000;

/// The machine of a node.
pub(in crate::mongodb) struct Host {
    pub(in crate::mongodb) state: Arc<State>,
}

impl Looker for Host {
    fn ready(&mut self) -> bool {
        self.state.process().is_some()
    }

    fn period(&self, _: Pace) -> Duration {
        Duration::from_millis(500)
    }

    async fn look(&mut self) -> Result<Answer, Failure> {
        let stat = self.state.process().and_then(stat);
        Ok(Answer::Host(Seen {
            state: stat.as_ref().map_or(0, |stat| stat.state),
            cpu_us: stat.map_or(0, |stat| stat.ticks.saturating_mul(TICK_US)),
            cpu_pressure_us: pressure("cpu"),
            io_pressure_us: pressure("io"),
        }))
    }
}

/// The process that answered, if it is one of this machine.
pub(in crate::mongodb) fn process(reply: &RawDocument) -> Option<i32> {
    let process = number(reply, "pid").and_then(|pid| i32::try_from(pid).ok()).filter(|pid| *pid > 0)?;
    let stat = stat(process)?;
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    let uptime: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since the machine started")]
    let age_ms = (uptime * 1e3) as i64 - stat.started * (TICK_US / 1_000);
    let told_ms = number(reply, "uptimeMillis")?;
    let ours = stat.name.starts_with("mongo") && (age_ms - told_ms).abs() < SLACK_MS;
    ours.then_some(process)
}

struct Stat {
    name: String,
    state: u8,
    ticks: i64,
    started: i64,
}

fn stat(process: i32) -> Option<Stat> {
    read_stat(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// The name stands in brackets and may have any character, brackets too.
fn read_stat(text: &str) -> Option<Stat> {
    let (before, after) = text.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<i64>().ok();
    Some(Stat {
        name: name.to_owned(),
        state: *fields.first()?.as_bytes().first()?,
        ticks: field(14)? + field(15)?,
        started: field(22)?,
    })
}

fn pressure(what: &str) -> i64 {
    let text = fs::read_to_string(format!("/proc/pressure/{what}")).unwrap_or_default();
    let some = text.lines().find(|line| line.starts_with("some "));
    let total = some.and_then(|line| line.rsplit_once("total=")).and_then(|(_, total)| total.parse().ok());
    total.unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_process_table_is_read() {
        let line = "4242 (mongod (x)) S 1 2 3 0 -1 4194560 9 0 0 0 150 50 0 0 20 0 35 0 777 1 2";
        let stat = read_stat(line).unwrap();
        assert_eq!(
            (stat.name.as_str(), stat.state, stat.ticks, stat.started),
            ("mongod (x)", b'S', 200, 777)
        );
        assert!(read_stat("garbage").is_none());
    }
}

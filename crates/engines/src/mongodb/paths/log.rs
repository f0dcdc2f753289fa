//! `getLog`: the end of the server's log over the wire, without access to its files.
//!
//! The server keeps its last 1,024 lines in memory and cuts long ones; what is left of a slow operation is read as far
//! as it goes. Asking costs the server 0.15 ms of processor for 500 kB of lines (4.0.10, mean of 200 times). How a line
//! reads is the business of whoever starts the watch: an engine knows no log.

use std::sync::Arc;
use std::time::Duration;

use ::mongodb::bson::{RawBsonRef, RawDocument, RawDocumentBuf, rawdoc};
use domain::reads::{Answer, Failure, Role};

use crate::mongodb::failure::number;
use crate::mongodb::link::Link;
use crate::mongodb::look::{Looker, MAX_TIME_MS, ReadLine};
use crate::mongodb::node::State;
use crate::mongodb::{APP_NAME, Pace};

/// The server keeps a megabyte at most, and escapes it.
const MOST: usize = 8 * 1024 * 1024;
/// Lines that are read of one answer: what it keeps.
const MOST_LINES: i64 = 1_024;

/// What was logged on a node.
pub(in crate::mongodb) struct Log {
    link: Link,
    state: Arc<State>,
    read: ReadLine,
    /// Lines that the server had written by the look before.
    written: Option<i64>,
}

impl Log {
    pub(in crate::mongodb) fn new(link: Link, state: &Arc<State>, read: ReadLine) -> Self {
        Self { link, state: Arc::clone(state), read, written: None }
    }
}

impl Looker for Log {
    fn ready(&mut self) -> bool {
        !matches!(self.state.role(), None | Some(Role::Arbiter))
    }

    fn period(&self, pace: Pace) -> Duration {
        match (self.state.role(), pace) {
            (None, _) => Duration::from_millis(100),
            (_, Pace::Calm) => Duration::from_secs(30),
            (_, Pace::Alert) => Duration::from_secs(2),
        }
    }

    async fn look(&mut self) -> Result<Answer, Failure> {
        let reply = self.link.command(&command(), MOST).await?;
        let (written, lines) = lines(&reply)?;
        // Before the first look everything is old.
        let new = self.written.map_or(0, |before| written.saturating_sub(before).clamp(0, MOST_LINES));
        // Fewer than before: the server was started anew, and all that it has is new.
        let new = if self.written.is_some_and(|before| written < before) { MOST_LINES } else { new };
        self.written = Some(written);
        let old = lines.len().saturating_sub(usize::try_from(new).unwrap_or(0));
        let told = lines[old..].iter().filter_map(|line| (self.read)(line));
        Ok(Answer::Finished(told.filter(|one| &*one.app != APP_NAME).collect()))
    }
}

/// The command.
pub(in crate::mongodb) fn command() -> RawDocumentBuf {
    rawdoc! { "getLog": "global", "maxTimeMS": MAX_TIME_MS, "$db": "admin" }
}

/// How many lines the server has written, and the last of them, oldest first.
pub(in crate::mongodb) fn lines(reply: &RawDocument) -> Result<(i64, Vec<&str>), Failure> {
    let broken = || Failure::Garbage("`getLog` without its lines".to_owned());
    let written = number(reply, "totalLinesWritten").ok_or_else(broken)?;
    let lines = reply.get_array("log").map_err(|_| broken())?;
    Ok((written, lines.into_iter().map_while(Result::ok).filter_map(RawBsonRef::as_str).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_tells_how_many_lines_there_were() {
        let reply = rawdoc! { "totalLinesWritten": 9_i64, "log": [ "one", 2, "three" ], "ok": 1 };
        assert_eq!(lines(&reply), Ok((9, vec!["one", "three"])));
        assert!(matches!(lines(&rawdoc! { "ok": 1 }), Err(Failure::Garbage(_))));
    }
}

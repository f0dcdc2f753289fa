//! The log of a server, line by line: text of 2.4 to 4.2 and JSON from 4.4 on, of mongod and of mongos.
//!
//! [`lines`] tells for each line when it was written and what it says as an [`Event`]. Slow operations keep their
//! command as it stands there; [`Slow::shape`] makes the text of its shape when it is asked for. Lines that were cut
//! in the middle, that are not UTF-8, or that stand in no known form are told as far as they can be understood.
//! Nothing is copied that need not be. Never holds more than one line.

mod dates;
mod event;
mod json;
pub(crate) mod notation;
mod profile;
mod skeleton;
mod slow;
mod text;

pub use event::{Event, Line, Severity, Stage};
pub(crate) use notation::length_of_pattern;
pub(crate) use profile::{is_profiled, profiled};
pub use slow::Slow;

use domain::reads::Finished;
use jiff::Timestamp;

/// The lines of a log. Lines of 2.x tell no year: each takes the latest one in which its day of the month was that
/// day of the week and which does not lie after `not_after`, such as the time at which the file was last changed.
pub fn lines(bytes: &[u8], not_after: Timestamp) -> impl Iterator<Item = Line<'_>> {
    Lines { rest: bytes }.map(move |bytes| line(bytes, not_after))
}

/// One line, with or without its end.
pub fn line(bytes: &[u8], not_after: Timestamp) -> Line<'_> {
    let bytes = bytes.trim_ascii();
    if bytes.first() == Some(&b'{') { json::line(bytes) } else { text::line(bytes, not_after) }
}

/// The operation that a line says is over; nothing where it says something else.
pub fn finished(text: &str) -> Option<Finished> {
    match line(text.as_bytes(), Timestamp::MAX).event {
        Event::Slow(slow) => slow.finished(),
        _ => None,
    }
}

/// Splits at line ends; empty lines are left out.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let end = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
            let line = &self.rest[..end];
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            if !line.trim_ascii().is_empty() {
                return Some(line);
            }
        }
    }
}

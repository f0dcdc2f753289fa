//! A delivery report in one line: `412 of 412 in 3.1 s`.
//!
//! Never counts anything itself.

use std::fmt::Write as _;
use store::ReportLine;

/// How many have it, and how long that took from the decision to the last of them.
pub fn summary(line: &ReportLine) -> String {
    let total = line.waiting + line.done + line.dead;
    let mut text = format!("{} of {total}", line.done);
    if let Some(last_at) = line.last_at {
        let took = last_at.duration_since(line.decided_at).as_millis().max(0);
        // Writing to a string cannot fail.
        let _ = match took {
            0..=59_999 => write!(text, " in {}.{} s", took / 1_000, took % 1_000 / 100),
            60_000..=7_199_999 => write!(text, " in {} min", took / 60_000),
            _ => write!(text, " in {} h", took / 3_600_000),
        };
    }
    for (count, word) in [(line.waiting, "waiting"), (line.dead, "given up")] {
        if count > 0 {
            let _ = write!(text, ", {count} {word}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Notice, Timestamp};
    use store::Lane;

    #[test]
    fn a_report_says_how_many_have_it_and_how_long_that_took() {
        let at = |millis| Timestamp::from_millisecond(millis).expect("in range");
        let line = |waiting, done, dead, last_at: Option<i64>| ReportLine {
            seq: 1,
            notice: Notice::Opened,
            decided_at: at(1_000),
            lane: Lane::Subscribers,
            channel: "email".into(),
            waiting,
            done,
            dead,
            first_at: None,
            last_at: last_at.map(at),
        };
        assert_eq!(summary(&line(0, 412, 0, Some(4_149))), "412 of 412 in 3.1 s");
        assert_eq!(summary(&line(2, 409, 1, Some(121_000))), "409 of 412 in 2 min, 2 waiting, 1 given up");
        assert_eq!(summary(&line(1, 0, 0, None)), "0 of 1, 1 waiting");
        assert_eq!(summary(&line(0, 1, 0, Some(7_201_000))), "1 of 1 in 2 h");
    }
}

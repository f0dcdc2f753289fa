//! When evidence of a stall is worth its price: as soon as the verdict falls, when things are clearly worse than at the
//! last capture, and when it is over. What is decided here is data; whoever watches the database carries it out.
//!
//! Never says what is captured, nor where it goes.

use crate::detect::{Severity, Signal, Verdict};
use jiff::SignedDuration;
use jiff::Timestamp;

/// Between two captures of one stall: a capture takes up to five seconds of a node that suffers.
const APART: SignedDuration = SignedDuration::from_secs(10);
/// Captures of one stall between its beginning and its end.
const MOST_WORSE: u32 = 3;
/// How much worse it has to be: half as many reads again wait, or the oldest has waited for twice as long.
const WORSE_WAITING: (u32, u32) = (3, 2);
const WORSE_AGE: i64 = 2;

/// At which point of a stall evidence was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Occasion {
    /// The verdict fell.
    Onset,
    /// It was worse than ever before.
    Worst,
    /// It was over.
    Recovery,
}

impl Occasion {
    /// Each of them, in the order of a stall.
    pub const ALL: [Self; 3] = [Self::Onset, Self::Worst, Self::Recovery];

    /// The word used in APIs and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Onset => "onset",
            Self::Worst => "worst",
            Self::Recovery => "recovery",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|occasion| occasion.as_str() == text)
    }
}

/// Evidence that is to be captured now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// At which point of the stall.
    pub occasion: Occasion,
    /// What is known of the stall.
    pub verdict: Verdict,
}

/// What has been captured of the stall that goes on.
#[derive(Clone, Debug, Default)]
pub struct Captures(Option<Stall>);

#[derive(Clone, Debug)]
struct Stall {
    began_at: Timestamp,
    last_at: Timestamp,
    worse: u32,
    waiting: u32,
    oldest_us: i64,
}

impl Captures {
    /// What is to be captured because of a signal. Strain alone, which opens no incident, is not.
    pub fn take(&mut self, signal: &Signal, now: Timestamp) -> Option<Capture> {
        let verdict = signal.verdict();
        let occasion = match signal {
            Signal::Closed(_) => self.0.take().map(|_| Occasion::Recovery),
            Signal::Opened(_) | Signal::Changed(_) if verdict.severity == Severity::Stall => {
                self.of_stall(verdict, now)
            }
            _ => None,
        };
        occasion.map(|occasion| Capture { occasion, verdict: verdict.clone() })
    }

    fn of_stall(&mut self, verdict: &Verdict, now: Timestamp) -> Option<Occasion> {
        let stall = match &mut self.0 {
            Some(stall) if stall.began_at == verdict.began_at => stall,
            other => {
                *other = Some(Stall {
                    began_at: verdict.began_at,
                    last_at: now,
                    worse: 0,
                    waiting: verdict.waiting,
                    oldest_us: verdict.oldest_us,
                });
                return Some(Occasion::Onset);
            }
        };
        let (times, by) = WORSE_WAITING;
        let worse = verdict.waiting.saturating_mul(by) >= stall.waiting.saturating_mul(times).max(1)
            || verdict.oldest_us >= stall.oldest_us.saturating_mul(WORSE_AGE).max(1);
        if !worse || stall.worse == MOST_WORSE || now.duration_since(stall.last_at) < APART {
            return None;
        }
        *stall = Stall {
            last_at: now,
            worse: stall.worse + 1,
            waiting: verdict.waiting,
            oldest_us: verdict.oldest_us,
            ..stall.clone()
        };
        Some(Occasion::Worst)
    }
}

#[cfg(test)]
mod tests {
    use super::Occasion::{Onset, Recovery, Worst};
    use super::*;
    use crate::detect::Cause;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn verdict(severity: Severity, waiting: u32, oldest_s: i64) -> Verdict {
        Verdict {
            severity,
            began_at: at(100),
            detected_at: at(101),
            ended_at: None,
            cause: Cause::Storage,
            nodes: vec![],
            namespaces: vec![],
            culprit: None,
            waiting,
            oldest_us: oldest_s * 1_000_000,
            evidence: vec![],
            contributors: vec![],
            confidence: 50,
            sentence: String::new(),
        }
    }

    fn occasions(signals: &[(i64, Signal)]) -> Vec<Option<Occasion>> {
        let mut captures = Captures::default();
        signals.iter().map(|(now, signal)| captures.take(signal, at(*now)).map(|it| it.occasion)).collect()
    }

    #[test]
    fn a_stall_is_captured_when_it_begins_when_it_is_worse_and_when_it_is_over() {
        let stall = |waiting, oldest_s| verdict(Severity::Stall, waiting, oldest_s);
        let told = occasions(&[
            (101, Signal::Opened(stall(10, 4))),
            (105, Signal::Changed(stall(40, 8))),
            (112, Signal::Changed(stall(11, 7))),
            (113, Signal::Changed(stall(15, 7))),
            (140, Signal::Changed(stall(15, 20))),
            (160, Signal::Changed(stall(60, 20))),
            (180, Signal::Changed(stall(600, 200))),
            (200, Signal::Closed(stall(0, 0))),
            (201, Signal::Closed(stall(0, 0))),
        ]);
        let expected =
            [Some(Onset), None, None, Some(Worst), Some(Worst), Some(Worst), None, Some(Recovery), None];
        assert_eq!(
            told, expected,
            "too soon, not worse, more wait, older, more wait, often enough, over, over"
        );
    }

    #[test]
    fn strain_is_captured_once_it_is_a_stall() {
        let told = occasions(&[
            (101, Signal::Opened(verdict(Severity::Strain, 10, 4))),
            (102, Signal::Changed(verdict(Severity::Stall, 10, 4))),
            (150, Signal::Closed(verdict(Severity::Stall, 0, 0))),
            (200, Signal::Opened(verdict(Severity::Strain, 10, 4))),
            (210, Signal::Closed(verdict(Severity::Strain, 0, 0))),
        ]);
        assert_eq!(told, [None, Some(Occasion::Onset), Some(Occasion::Recovery), None, None]);
    }

    #[test]
    fn every_word_reads_back() {
        for occasion in Occasion::ALL {
            assert_eq!(Occasion::parse(occasion.as_str()), Some(occasion));
        }
    }
}

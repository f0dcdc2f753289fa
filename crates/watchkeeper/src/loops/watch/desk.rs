//! The desk on which verdicts lie until they are told: in memory, so that a database of ours that cannot be
//! written for a while loses none of them.
//!
//! This module never holds more than it may: of many stalls that nobody could tell, the oldest go first.

use domain::detect::{Signal, Verdict};
use domain::{IncidentId, Timestamp};
use std::collections::VecDeque;

/// Stalls that may wait. Our own database has then been away for hours.
const MOST: usize = 64;

/// Verdicts that are to be told, the oldest first; the last one may still stand.
#[derive(Debug, Default)]
pub(super) struct Desk {
    waiting: VecDeque<Paper>,
    count: u64,
    /// The incident of the verdict that was told last.
    incident: Option<IncidentId>,
    /// To which incidents the last verdicts belong, by when they began.
    belonging: VecDeque<(Timestamp, IncidentId)>,
    /// Since when nothing is suspicious and the database answers.
    pub(super) well_since: Option<Timestamp>,
}

/// A verdict as it was said last.
#[derive(Clone, Debug)]
pub(super) struct Paper {
    pub(super) verdict: Verdict,
    /// Which saying this is: tells whether there was another one since.
    number: u64,
    over: bool,
}

impl Desk {
    /// Takes what the detector says.
    pub(super) fn take(&mut self, signal: Signal) {
        self.count += 1;
        let (new, over) = (matches!(signal, Signal::Opened(_)), matches!(signal, Signal::Closed(_)));
        let (Signal::Opened(verdict) | Signal::Changed(verdict) | Signal::Closed(verdict)) = signal;
        let paper = Paper { verdict, number: self.count, over };
        match self.waiting.back_mut().filter(|last| !new && !last.over) {
            Some(last) => *last = paper,
            None => self.waiting.push_back(paper),
        }
        if self.waiting.len() > MOST {
            self.waiting.pop_front();
        }
    }

    /// What is to be told next. A verdict that stands is there until it ends.
    pub(super) fn next(&self) -> Option<Paper> {
        self.waiting.front().cloned()
    }

    /// It was told, and belongs to this incident, if to any.
    pub(super) fn told(&mut self, paper: &Paper, incident: Option<IncidentId>) {
        if let Some(incident) =
            incident.clone().filter(|_| self.incident_of(paper.verdict.began_at).is_none())
        {
            self.belonging.push_back((paper.verdict.began_at, incident));
            if self.belonging.len() > MOST {
                self.belonging.pop_front();
            }
        }
        self.incident = incident;
        let unchanged = self.waiting.front().is_some_and(|first| first.number == paper.number);
        let stands = !paper.over && self.waiting.len() == 1;
        if unchanged && !stands {
            self.waiting.pop_front();
        }
    }

    /// Whether it stands, and nothing else was said since.
    pub(super) fn is_last_word(&self, paper: &Paper) -> bool {
        self.waiting.front().is_some_and(|first| first.number == paper.number)
    }

    /// The incident to which what was told last belongs.
    pub(super) fn incident(&self) -> Option<&IncidentId> {
        self.incident.as_ref()
    }

    /// The incident to which the verdict belongs that began then, once it has been told.
    pub(super) fn incident_of(&self, began_at: Timestamp) -> Option<&IncidentId> {
        self.belonging.iter().rev().find(|(known, _)| *known == began_at).map(|(_, incident)| incident)
    }

    /// Leaves everything to somebody else.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::detect::{Cause, Severity};

    fn verdict(began: i64) -> Verdict {
        let at = |second| Timestamp::from_second(second).expect("in range");
        Verdict {
            severity: Severity::Stall,
            began_at: at(began),
            detected_at: at(began + 1),
            ended_at: None,
            cause: Cause::Storage,
            nodes: vec![],
            namespaces: vec![],
            culprit: None,
            contributors: vec![],
            waiting: 0,
            oldest_us: 0,
            evidence: vec![],
            confidence: 50,
            sentence: String::new(),
        }
    }

    fn next(desk: &Desk) -> Option<i64> {
        desk.next().map(|paper| paper.verdict.began_at.as_second())
    }

    #[test]
    fn a_verdict_that_stands_stays_and_one_that_is_over_goes_once_it_is_told() {
        let mut desk = Desk::default();
        desk.take(Signal::Opened(verdict(1)));
        let paper = desk.next().expect("something to tell");
        desk.told(&paper, None);
        assert_eq!((next(&desk), desk.is_last_word(&paper)), (Some(1), true));
        desk.take(Signal::Closed(verdict(1)));
        assert!(!desk.is_last_word(&paper));
        // What was told meanwhile is the older word.
        desk.told(&paper, None);
        assert_eq!(next(&desk), Some(1));
        desk.told(&desk.next().expect("its end"), None);
        assert_eq!(next(&desk), None);
    }

    #[test]
    fn stalls_that_nobody_could_tell_wait_in_their_order_and_in_bounded_space() {
        let mut desk = Desk::default();
        for began in 0..100 {
            desk.take(Signal::Opened(verdict(began)));
            desk.take(Signal::Changed(verdict(began)));
            desk.take(Signal::Closed(verdict(began)));
        }
        let mut told = Vec::new();
        while let Some(paper) = desk.next() {
            told.push(paper.verdict.began_at.as_second());
            desk.told(&paper, None);
        }
        assert_eq!(told, (36..100).collect::<Vec<_>>());
    }
}

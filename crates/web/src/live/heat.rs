//! From sums since the start of a node to read times of a minute.
//!
//! Never takes a restart of the node for time that was read backwards.

use super::ReadMinute;
use domain::Timestamp;
use domain::reads::Use;
use std::collections::HashMap;
use store::ReadTime;

/// Namespaces of a node that are followed; a node with more is followed for the first of them.
const MOST_NAMESPACES: usize = 4_096;

/// The sums that a node told last.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses(HashMap<String, i64>);

impl Uses {
    /// Time that reads took since the last call, by namespace.
    pub(super) fn differences(&mut self, uses: &[Use]) -> Vec<ReadTime> {
        let mut times = Vec::new();
        let mut sums = HashMap::with_capacity(uses.len().min(MOST_NAMESPACES));
        for used in uses.iter().take(MOST_NAMESPACES) {
            // Of a namespace that was not there before nobody knows when its sum came together.
            let before = self.0.get(&used.namespace).copied().unwrap_or(used.read_us);
            let read_us = if used.read_us < before { used.read_us } else { used.read_us - before };
            if read_us > 0 {
                times.push(ReadTime { namespace: used.namespace.clone(), read_us });
            }
            sums.insert(used.namespace.clone(), used.read_us);
        }
        self.0 = sums;
        times
    }
}

/// The minute that is going on.
#[derive(Clone, Debug, Default)]
pub(super) struct Minute {
    began_s: i64,
    sums: HashMap<String, i64>,
}

impl Minute {
    /// Adds read times; the minute before, where this begins another one and there is something in it.
    pub(super) fn add(&mut self, at: Timestamp, times: &[ReadTime]) -> Option<ReadMinute> {
        let began_s = at.as_second() - at.as_second().rem_euclid(60);
        let over = if began_s == self.began_s { None } else { self.take() };
        self.began_s = began_s;
        for time in times {
            if self.sums.len() < MOST_NAMESPACES || self.sums.contains_key(&time.namespace) {
                let sum = self.sums.entry(time.namespace.clone()).or_default();
                *sum = sum.saturating_add(time.read_us);
            }
        }
        over
    }

    fn take(&mut self) -> Option<ReadMinute> {
        let sums = std::mem::take(&mut self.sums);
        let at = Timestamp::from_second(self.began_s).ok()?;
        let times: Vec<ReadTime> =
            sums.into_iter().map(|(namespace, read_us)| ReadTime { namespace, read_us }).collect();
        (!times.is_empty()).then_some(ReadMinute { at, times })
    }
}

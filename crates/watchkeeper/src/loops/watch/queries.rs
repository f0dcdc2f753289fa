//! What queries cost, minute by minute, from what looks show: operations in flight and finished ones.
//!
//! This module never waits, and never holds more than some minutes of a bounded number of shapes.

use domain::Timestamp;
use domain::query::{QueryCost, QueryName};
use domain::reads::{Answer, Finished, InFlight, Look, Moment, Path, Sample};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::QueryMinute;

/// Shapes of one minute: more than are kept of an hour.
const MOST_SHAPES: usize = 500;
/// Minutes that may wait.
const MOST_MINUTES: usize = 10;
const MINUTE_US: i64 = 60_000_000;
/// Longest time that a look at operations in flight stands for, in microseconds: after a longer silence nobody knows.
const LONGEST_US: i64 = 2_000_000;
/// Where a profiler wrote something down in this time, in microseconds, the log tells nothing new.
const PROFILED_US: i64 = 60_000_000;

/// What was seen and is not kept yet.
#[derive(Debug, Default)]
pub(super) struct Queries {
    /// By the beginning of the minute, in microseconds.
    minutes: BTreeMap<i64, BTreeMap<QueryName, QueryCost>>,
    /// When operations in flight were last looked at, by node.
    looked: BTreeMap<Arc<str>, Moment>,
    /// When a profiler last told anything, by node and database.
    profiled: BTreeMap<(Arc<str>, String), Moment>,
}

impl Queries {
    /// Takes note of a look that was answered at wall time `at`.
    pub(super) fn take_in(&mut self, sample: &Sample, at: Timestamp) {
        let minute = at.as_microsecond() - at.as_microsecond().rem_euclid(MINUTE_US);
        match &sample.look {
            Look::Answered(_, Answer::InFlight(seen)) => self.in_flight(minute, sample, seen),
            Look::Answered(_, Answer::Finished(list)) => self.finished(minute, sample, list),
            Look::Began | Look::Answered(..) | Look::Failed(..) => {}
        }
    }

    fn in_flight(&mut self, minute: i64, sample: &Sample, seen: &InFlight) {
        let before = self.looked.insert(sample.node.clone(), sample.began);
        let since_us = before.map_or(0, |before| sample.began.since(before)).min(LONGEST_US);
        // What is about no collection is no query.
        for group in seen.groups.iter().filter(|group| group.is_work() && !group.namespace.is_empty()) {
            if let Some(cost) = self.cost(minute, QueryName::from(group)) {
                cost.in_flight(group, since_us);
            }
        }
    }

    fn finished(&mut self, minute: i64, sample: &Sample, list: &[Finished]) {
        for one in list {
            let database = one.namespace.split('.').next().unwrap_or_default().to_owned();
            let key = (sample.node.clone(), database);
            if sample.path == Path::Profile {
                self.profiled.insert(key, sample.began);
            } else if self.profiled.get(&key).is_some_and(|at| sample.began.since(*at) < PROFILED_US) {
                // The profiler has told of it, or will.
                continue;
            }
            if let Some(cost) = self.cost(minute, QueryName::from(one)) {
                cost.finished(one);
            }
        }
        self.profiled.retain(|_, at| sample.began.since(*at) < PROFILED_US);
    }

    fn cost(&mut self, minute: i64, name: QueryName) -> Option<&mut QueryCost> {
        if !self.minutes.contains_key(&minute) && self.minutes.len() >= MOST_MINUTES {
            return None;
        }
        let shapes = self.minutes.entry(minute).or_default();
        let has_place = shapes.len() < MOST_SHAPES || shapes.contains_key(&name);
        has_place.then(|| shapes.entry(name).or_default())
    }

    /// What waits to be kept; nothing of it stays here.
    pub(super) fn take(&mut self) -> Vec<QueryMinute> {
        let minutes = std::mem::take(&mut self.minutes).into_iter();
        let told = minutes.filter_map(|(at_us, costs)| {
            let at = Timestamp::from_microsecond(at_us).ok()?;
            Some(QueryMinute { at, costs: costs.into_iter().collect() })
        });
        told.collect()
    }

    /// Takes back what could not be kept.
    pub(super) fn put_back(&mut self, unkept: Vec<QueryMinute>) {
        for minute in unkept {
            for (name, cost) in minute.costs {
                if let Some(known) = self.cost(minute.at.as_microsecond(), name) {
                    known.merge(&cost);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::reads::Group;

    fn sample(path: Path, began: i64, answer: Answer) -> Sample {
        let began = Moment::from_secs(began);
        Sample { node: "db1:27017".into(), path, began, look: Look::Answered(900, answer) }
    }

    fn finds(age_us: i64) -> Answer {
        let mut group =
            Group { namespace: "crm.messages".into(), command: "find".into(), ..Group::default() };
        group.add(age_us, false, 1);
        Answer::InFlight(Box::new(InFlight { groups: vec![group], fsync_locked: false }))
    }

    fn finished() -> Answer {
        let (namespace, command) = ("crm.messages".into(), "find".into());
        Answer::Finished(vec![Finished { namespace, command, took_us: 80_000, ..Finished::default() }])
    }

    #[test]
    fn what_is_in_flight_from_look_to_look_is_time_that_it_costs() {
        let mut queries = Queries::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        // The first look stands for nothing, one after a long silence for two seconds.
        for (second, moment) in [(59, 100), (60, 101), (90, 131)] {
            queries.take_in(&sample(Path::InFlight, moment, finds(9_000_000)), at(second));
        }
        let told: Vec<(i64, u64)> = queries
            .take()
            .iter()
            .map(|minute| (minute.at.as_second(), minute.costs.iter().map(|(_, cost)| cost.active_us).sum()))
            .collect();
        assert_eq!(told, [(0, 0), (60, 3_000_000)]);
        assert_eq!(queries.take(), []);
    }

    #[test]
    fn what_both_the_profiler_and_the_log_tell_counts_once() {
        let mut queries = Queries::default();
        let at = Timestamp::from_second(30).unwrap();
        let count = |queries: &mut Queries| -> u64 {
            let minutes = queries.take();
            minutes.iter().flat_map(|minute| &minute.costs).map(|(_, cost)| cost.durations.count()).sum()
        };
        queries.take_in(&sample(Path::Log, 100, finished()), at);
        assert_eq!(count(&mut queries), 1);
        queries.take_in(&sample(Path::Profile, 101, finished()), at);
        queries.take_in(&sample(Path::Log, 102, finished()), at);
        assert_eq!(count(&mut queries), 1);
        queries.take_in(&sample(Path::Log, 200, finished()), at);
        assert_eq!(count(&mut queries), 1);
    }

    #[test]
    fn what_could_not_be_kept_waits_in_bounded_space() {
        let mut queries = Queries::default();
        for minute in 0..100 {
            let at = Timestamp::from_second(minute * 60).unwrap();
            queries.take_in(&sample(Path::Log, 100, finished()), at);
            let unkept = queries.take();
            queries.put_back(unkept);
        }
        assert_eq!(queries.take().len(), MOST_MINUTES);
    }
}

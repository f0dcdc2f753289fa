//! The last seconds of one node: what came back, and what has not.

use crate::reads::{
    Answer, Counters, Failure, Finished, Group, Host, InFlight, Look, Moment, Path, Role, Sample,
};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How far back looks are kept, in microseconds: the longest that any rule looks back, and some.
const KEPT_US: i64 = 8_000_000;
/// How long finished operations are kept, in microseconds: a log tells of an operation only at its end.
const FINISHED_US: i64 = 12_000_000;
/// As many are kept: more than a profiler writes down in that time on a busy server.
const MOST_FINISHED: usize = 4_096;
/// Looks kept along one path, should they come faster than anybody asked for.
const MOST_LOOKS: usize = 64;

/// Paths of one node: ours are a dozen or two. What lies beyond is garbage in a recording.
const MOST_PATHS: usize = 64;
/// Operations of one group that are believed.
const MOST_OPERATIONS: u32 = 1_000_000;
/// Ages and work that are believed: thirty years in microseconds.
const MOST_US: i64 = 1_000_000_000_000_000;
/// A look is given up after nine seconds; one older than this, in microseconds, was dropped without an end.
const LOST_US: i64 = 15_000_000;

/// A path along which nobody has looked for this long, in microseconds, is no longer one: the choice of
/// namespaces changes.
const ABANDONED_US: i64 = 60_000_000;

/// What is known of one node.
#[derive(Debug, Default)]
pub(crate) struct Window {
    tracks: BTreeMap<Path, Track>,
    /// Answers to `serverStatus`, oldest first, each with the moment at which it was asked for.
    pub(crate) counters: VecDeque<(Moment, Box<Counters>)>,
    /// Answers to `$currentOp`, oldest first.
    pub(crate) in_flight: VecDeque<(Moment, Box<InFlight>)>,
    /// Operations that finished, in the order in which that was heard.
    pub(crate) finished: VecDeque<(Moment, Finished)>,
    /// What the machine said, oldest first.
    pub(crate) host: VecDeque<(Moment, Host)>,
    /// What the node last said it is, and when.
    pub(crate) role: Option<(Moment, Role)>,
    /// Beginning of the latest look.
    pub(crate) latest: Option<Moment>,
}

/// Looks along one path.
#[derive(Debug, Default)]
struct Track {
    /// Beginnings of looks that have not come back; more than one only where samples were lost.
    out: Vec<Moment>,
    /// Looks that came back, by their end.
    back: VecDeque<Back>,
}

/// A look that came back.
#[derive(Clone, Debug)]
struct Back {
    began: Moment,
    ended: Moment,
    failure: Option<Failure>,
}

/// How one path fares at a moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wait {
    /// Longest of what came back within the last second, and the age of the look on its way, in seconds.
    pub(crate) secs: f64,
    /// Whether that is the age of a look on its way.
    pub(crate) on_its_way: bool,
    /// Looks that failed within the last second in a way that says something of the database.
    pub(crate) failures: u32,
    /// The last of those failures.
    pub(crate) failure: Option<Failure>,
    /// Beginning of the look that was slowest or failed.
    pub(crate) since: Option<Moment>,
    /// End of the latest look that came back well.
    pub(crate) well_at: Option<Moment>,
    /// Whether any look is known at all.
    pub(crate) known: bool,
}

impl Wait {
    /// Moment of what it rests on: now for a look on its way.
    pub(crate) fn basis(&self, now: Moment) -> Option<Moment> {
        if self.on_its_way { Some(now) } else { self.since }
    }
}

impl Window {
    /// Takes note of a look.
    pub(crate) fn record(&mut self, sample: Sample) {
        let Sample { path, began, look, .. } = sample;
        self.latest = Some(self.latest.map_or(began, |latest| latest.max(began)));
        if self.tracks.len() >= MOST_PATHS && !self.tracks.contains_key(&path) {
            return;
        }
        let track = self.tracks.entry(path).or_default();
        let (after, answer, failure) = match look {
            Look::Began => return track.begin(began),
            Look::Answered(after, answer) => (after, Some(answer), None),
            Look::Failed(after, failure) => (after, None, Some(failure)),
        };
        track.end(Back { began, ended: began + after.max(0), failure });
        match answer {
            Some(Answer::Counters(counters)) => insert(&mut self.counters, began, counters),
            Some(Answer::InFlight(mut seen)) => {
                seen.groups.iter_mut().for_each(tame);
                insert(&mut self.in_flight, began, seen);
            }
            Some(Answer::Finished(list)) => self.heard_of(began, list),
            Some(Answer::Host(host)) => insert(&mut self.host, began, host),
            Some(Answer::Role(role)) if self.role.is_none_or(|(at, _)| at <= began) => {
                self.role = Some((began, role));
            }
            // What collections are used for is for the pages; no rule asks.
            Some(Answer::Role(_) | Answer::Read | Answer::Top(_)) | None => {}
        }
    }

    /// Operations finished. A profile and a log may both tell of one; whoever is not only slow but in both counts
    /// twice, and so does everybody beside it.
    fn heard_of(&mut self, at: Moment, list: Vec<Finished>) {
        for mut one in list {
            tame_finished(&mut one);
            self.finished.push_back((at, one));
        }
        while self.finished.len() > MOST_FINISHED {
            self.finished.pop_front();
        }
    }

    /// Forgets what is too old to matter at `now`.
    pub(crate) fn forget(&mut self, now: Moment) {
        let oldest = now - KEPT_US;
        let lost = now - LOST_US;
        self.tracks.retain(|_, track| track.latest().is_none_or(|latest| now.since(latest) < ABANDONED_US));
        for track in self.tracks.values_mut() {
            track.out.retain(|began| *began > lost);
            while track.back.len() > 1 && track.back.front().is_some_and(|back| back.ended < oldest) {
                track.back.pop_front();
            }
        }
        drop_before(&mut self.counters, oldest);
        drop_before(&mut self.in_flight, oldest);
        drop_before(&mut self.host, oldest);
        let heard_before = now - FINISHED_US;
        while self.finished.front().is_some_and(|(at, _)| *at < heard_before) {
            self.finished.pop_front();
        }
    }

    /// How a path fares at `now`.
    pub(crate) fn wait(&self, path: &Path, now: Moment) -> Wait {
        self.tracks.get(path).map_or_else(Wait::default, |track| track.wait(now))
    }

    /// Whether somebody looks at the node, as against reading its files later.
    pub(crate) fn is_looked_at(&self) -> bool {
        let live = |path: &Path| matches!(path, Path::Hot(_) | Path::Cold(_) | Path::Fresh | Path::App);
        self.tracks.keys().any(live)
    }

    /// Our own reads of documents a second, over the last two seconds.
    pub(crate) fn own_reads(&self, now: Moment) -> f64 {
        let reads = self.tracks.iter().filter(|(path, _)| matches!(path, Path::Hot(_) | Path::Cold(_)));
        let ended = reads
            .flat_map(|(_, track)| track.back.iter().rev().take_while(|back| back.ended > now - 2_000_000));
        #[expect(clippy::cast_precision_loss, reason = "a few dozen reads")]
        let ended = ended.filter(|back| back.failure.is_none()).count() as f64;
        ended / 2.0
    }

    /// How each path of a kind fares at `now`, by its namespace.
    pub(crate) fn reads(&self, now: Moment, hot: bool) -> Vec<(Arc<str>, Wait)> {
        let namespace = |path: &Path| match path {
            Path::Hot(namespace) if hot => Some(namespace.clone()),
            Path::Cold(namespace) if !hot => Some(namespace.clone()),
            _ => None,
        };
        self.tracks.iter().filter_map(|(path, track)| Some((namespace(path)?, track.wait(now)))).collect()
    }
}

/// Figures that no server means: sums of what is left cannot overflow.
fn tame(group: &mut Group) {
    let Group { count, waiting, oldest_us, total_us, older, yields, exclusive_us, .. } = group;
    for number in [count, waiting].into_iter().chain(older) {
        *number = (*number).min(MOST_OPERATIONS);
    }
    for number in [oldest_us, total_us, yields, exclusive_us] {
        *number = (*number).clamp(0, MOST_US);
    }
}

/// The same of operations that are over.
fn tame_finished(one: &mut Finished) {
    let Finished { took_us, docs_examined, keys_examined, returned, yields, bytes_read, waited_us, .. } = one;
    for number in [took_us, docs_examined, keys_examined, returned, yields, bytes_read, waited_us] {
        *number = (*number).clamp(0, MOST_US);
    }
}

fn insert<T>(list: &mut VecDeque<(Moment, T)>, at: Moment, value: T) {
    let place = list.iter().rposition(|(known, _)| *known <= at).map_or(0, |index| index + 1);
    if place > 0 && list[place - 1].0 == at {
        // The same look, told twice.
        return;
    }
    list.insert(place, (at, value));
    if list.len() > MOST_LOOKS {
        list.pop_front();
    }
}

fn drop_before<T>(list: &mut VecDeque<(Moment, T)>, oldest: Moment) {
    // Two are kept however old they are: a rate needs two.
    while list.len() > 2 && list.front().is_some_and(|(at, _)| *at < oldest) {
        list.pop_front();
    }
}

impl Track {
    /// When something was last heard of it.
    fn latest(&self) -> Option<Moment> {
        let ended = self.back.back().map(|back| back.ended);
        self.out.iter().copied().chain(ended).max()
    }

    fn begin(&mut self, began: Moment) {
        // A later look begins only when the earlier one is over: what comes late of an earlier one is no news.
        let over = self.back.iter().any(|back| back.began >= began);
        let known = over || self.out.contains(&began);
        if !known {
            self.out.push(began);
        }
        // A later look begins only when the earlier one is over: its end was lost.
        if self.out.len() > 4 {
            self.out.remove(0);
        }
    }

    fn end(&mut self, back: Back) {
        self.out.retain(|began| *began > back.began);
        if self.back.iter().any(|known| known.began == back.began) {
            return;
        }
        let place =
            self.back.iter().rposition(|known| known.ended <= back.ended).map_or(0, |index| index + 1);
        self.back.insert(place, back);
        if self.back.len() > MOST_LOOKS {
            self.back.pop_front();
        }
    }

    fn wait(&self, now: Moment) -> Wait {
        let mut wait = Wait { known: !self.back.is_empty() || !self.out.is_empty(), ..Wait::default() };
        let recent = self.back.iter().rev().take_while(|back| back.ended > now - 1_000_000);
        for back in recent.filter(|back| back.ended <= now) {
            let secs = back.ended.secs_since(back.began);
            let failed = back.failure.as_ref().is_some_and(Failure::counts);
            if failed {
                wait.failures += 1;
                wait.failure = wait.failure.or_else(|| back.failure.clone());
            }
            if secs > wait.secs || failed {
                wait.secs = wait.secs.max(secs);
                wait.since = Some(wait.since.map_or(back.began, |since| since.min(back.began)));
            }
        }
        let well = self.back.iter().rev().find(|back| back.failure.is_none() && back.ended <= now);
        wait.well_at = well.map(|back| back.ended);
        if let Some(began) = self.out.iter().filter(|began| **began <= now).min() {
            let age = now.secs_since(*began);
            if age > wait.secs {
                wait.secs = age;
                wait.on_its_way = true;
                wait.since = Some(*began);
            }
        }
        wait
    }
}

//! Somebody who watches a target and remembers every sample.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::reads::{Answer, Failure, Finished, Group, Look, Moment, Path, Sample};
use engines::mongodb::{Clock, Pace, Target, Watch};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};

/// A target that is being watched.
pub(crate) struct Watching {
    watch: Watch,
    samples: mpsc::Receiver<Sample>,
    clock: Clock,
    pub(crate) seen: Vec<Sample>,
    pace: watch::Sender<Pace>,
}

impl Watching {
    pub(crate) fn start(uri: &str) -> Self {
        Self::of(uri, None)
    }

    pub(crate) fn of(uri: &str, app_uri: Option<&str>) -> Self {
        let target = Target::new(uri, app_uri, vec!["crm.messages".to_owned()]).expect("the target is good");
        let start = Instant::now();
        let clock: Clock =
            Arc::new(move || Moment(i64::try_from(start.elapsed().as_micros()).unwrap_or(i64::MAX)));
        let (sender, samples) = mpsc::channel(100_000);
        let (keep, pace) = watch::channel(Pace::Calm);
        let watch = Watch::start(target, Arc::clone(&clock), sender, pace, read_line);
        Self { watch, samples, clock, seen: Vec::new(), pace: keep }
    }

    /// Something is suspicious from now on.
    pub(crate) fn alert(&self) {
        self.pace.send_replace(Pace::Alert);
    }

    pub(crate) fn now(&self) -> Moment {
        (self.clock)()
    }

    /// The first sample from now on that is as wanted.
    pub(crate) async fn until(
        &mut self,
        within: Duration,
        what: &str,
        wanted: impl Fn(&Sample) -> bool,
    ) -> Sample {
        let end = Instant::now() + within;
        while let Ok(Some(sample)) = timeout_at(end, self.samples.recv()).await {
            self.seen.push(sample.clone());
            if wanted(&sample) {
                return sample;
            }
        }
        panic!("{what}: not seen within {within:?}; the last samples were\n{}", self.last())
    }

    /// Waits until each of these paths was answered by a look that began after `since`.
    pub(crate) async fn all_answer(&mut self, paths: &[Path], since: Moment, within: Duration) {
        let mut left: BTreeSet<&Path> = paths.iter().collect();
        let end = Instant::now() + within;
        while !left.is_empty() {
            let Ok(Some(sample)) = timeout_at(end, self.samples.recv()).await else {
                panic!("no answer along {left:?} within {within:?}; the last samples were\n{}", self.last());
            };
            if matches!(sample.look, Look::Answered(took, _) if sample.began + took >= since) {
                left.remove(&sample.path);
            }
            self.seen.push(sample);
        }
    }

    /// The last samples of each path, for people.
    fn last(&self) -> String {
        let mut counts = BTreeMap::new();
        let mut lines = Vec::new();
        for sample in self.seen.iter().rev() {
            let count = counts.entry((&sample.node, &sample.path)).or_insert(0);
            *count += 1;
            if *count <= 6 {
                lines.push(format!("{sample:?}").chars().take(300).collect::<String>());
            }
        }
        lines.join("\n")
    }

    /// Takes all samples of the next while.
    pub(crate) async fn watch_for(&mut self, time: Duration) -> &[Sample] {
        let from = self.seen.len();
        let end = Instant::now() + time;
        while let Ok(Some(sample)) = timeout_at(end, self.samples.recv()).await {
            self.seen.push(sample);
        }
        &self.seen[from..]
    }

    pub(crate) async fn stop(self) {
        self.watch.stop().await;
    }

    /// Whether never more than one look was on its way along one path of one node.
    pub(crate) fn assert_one_look_each(&self) {
        let mut on_its_way = BTreeSet::new();
        for sample in &self.seen {
            let path = (Arc::clone(&sample.node), sample.path.clone());
            if matches!(sample.look, Look::Began) {
                assert!(on_its_way.insert(path), "two looks at once: {sample:?}");
            } else {
                on_its_way.remove(&path);
            }
        }
    }
}

/// A line of a log that tells of a scan, by its text alone: how logs read is no business of an engine.
fn read_line(line: &str) -> Option<Finished> {
    let told = line.contains("planSummary: COLLSCAN") && line.contains("crm.messages");
    told.then(|| Finished { plan: "COLLSCAN".into(), namespace: messages(), ..Finished::default() })
}

pub(crate) fn messages() -> Arc<str> {
    Arc::from("crm.messages")
}

/// Every path to a server that holds data.
pub(crate) fn all_paths() -> Vec<Path> {
    let mut paths = vec![Path::Top, Path::Host];
    paths.extend(asking_paths());
    paths
}

/// The paths that need an answer of the server, often asked.
pub(crate) fn asking_paths() -> Vec<Path> {
    vec![
        Path::Hello,
        Path::Fresh,
        Path::Hot(messages()),
        Path::Cold(messages()),
        Path::App,
        Path::Counters,
        Path::InFlight,
    ]
}

pub(crate) fn failure(sample: &Sample) -> Option<&Failure> {
    match &sample.look {
        Look::Failed(_, failure) => Some(failure),
        _ => None,
    }
}

pub(crate) fn answer(sample: &Sample) -> Option<&Answer> {
    match &sample.look {
        Look::Answered(_, answer) => Some(answer),
        _ => None,
    }
}

pub(crate) fn groups(sample: &Sample) -> &[Group] {
    match answer(sample) {
        Some(Answer::InFlight(seen)) => &seen.groups,
        _ => &[],
    }
}

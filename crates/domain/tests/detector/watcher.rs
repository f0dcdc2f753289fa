//! The watcher as it is: paths that look by themselves, each with at most one look on its way.

use super::deployment::{Deployment, Fate};
use super::load::NAMESPACES;
use domain::reads::{Look, Moment, Path, Sample};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

/// Looks at a deployment.
#[derive(Debug)]
pub(crate) struct Watcher {
    lines: Vec<Line>,
    due: BinaryHeap<Reverse<(i64, usize)>>,
    /// How many times the usual period, where that is less than a second.
    pub(crate) leisure: i64,
    alert: bool,
}

/// One path of one node, or the application's way.
#[derive(Debug)]
struct Line {
    name: Arc<str>,
    node: Option<usize>,
    path: Path,
    period: i64,
    last: i64,
    next: i64,
    out: Option<Fate>,
}

impl Watcher {
    pub(crate) fn new(deployment: &mut Deployment) -> Self {
        let mut watcher = Self { lines: Vec::new(), due: BinaryHeap::new(), leisure: 1, alert: false };
        for node in 0..deployment.setting.nodes {
            let name: Arc<str> = format!("db{node}.shop.example:27017").into();
            let mut paths = vec![
                (Path::Hello, 500_000),
                (Path::Fresh, 1_000_000),
                (Path::Counters, 1_000_000),
                (Path::InFlight, 250_000),
                (Path::Top, 5_000_000),
            ];
            for namespace in NAMESPACES.iter().take(deployment.setting.namespaces) {
                paths.push((Path::Hot((*namespace).into()), 250_000));
                paths.push((Path::Cold((*namespace).into()), 500_000));
            }
            if deployment.setting.host {
                paths.push((Path::Host, 500_000));
            }
            for (path, period) in paths {
                watcher.add(name.clone(), Some(node), path, period, deployment);
            }
        }
        watcher.add("app".into(), None, Path::App, 333_000, deployment);
        watcher
    }

    fn add(
        &mut self,
        name: Arc<str>,
        node: Option<usize>,
        path: Path,
        period: i64,
        deployment: &mut Deployment,
    ) {
        let next = deployment.dice.range(0, period);
        self.due.push(Reverse((next, self.lines.len())));
        self.lines.push(Line { name, node, path, period, last: next, next, out: None });
    }

    /// Looks more closely, or no longer.
    pub(crate) fn pace(&mut self, alert: bool, now: i64) {
        if alert == self.alert {
            return;
        }
        self.alert = alert;
        for (index, line) in self.lines.iter_mut().enumerate().filter(|(_, line)| line.path == Path::Counters)
        {
            line.period = if alert { 250_000 } else { 1_000_000 };
            if alert && line.out.is_none() {
                line.next = line.next.min((line.last + line.period).max(now));
                self.due.push(Reverse((line.next, index)));
            }
        }
    }

    /// Everything that is told until `now`.
    pub(crate) fn until(&mut self, now: i64, deployment: &mut Deployment, mut told: impl FnMut(i64, Sample)) {
        while let Some(Reverse((at, index))) = self.due.peek().copied().filter(|Reverse((at, _))| *at <= now)
        {
            self.due.pop();
            // A turn that was put forward is here twice.
            if self.lines[index].next == at {
                deployment.advance(at);
                let line = &mut self.lines[index];
                told(at, line.turn(at, self.leisure, deployment));
                self.due.push(Reverse((line.next, index)));
            }
        }
        deployment.advance(now);
    }
}

impl Line {
    /// A look begins, or the one on its way ends.
    fn turn(&mut self, at: i64, leisure: i64, deployment: &mut Deployment) -> Sample {
        let Some((took, fate)) = self.out.take() else {
            let fate = deployment.fate(self.node, &self.path, at);
            self.last = at;
            self.next = at + fate.0;
            self.out = Some(fate);
            return self.sample(Look::Began);
        };
        let look = match fate {
            Ok(()) => Look::Answered(took, deployment.answer(self.node, &self.path, at, took)),
            Err(failure) => Look::Failed(took, failure),
        };
        let period = (self.period * leisure).min(self.period.max(1_000_000));
        self.next = self.last + period * (took / period + 1);
        self.sample(look)
    }

    fn sample(&self, look: Look) -> Sample {
        Sample { node: self.name.clone(), path: self.path.clone(), began: Moment(self.last), look }
    }
}

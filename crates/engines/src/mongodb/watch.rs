//! The watch of one target: finds its nodes, watches each, and the application's way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::reads::{Failure, Look, Path, Sample};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};

use super::choice::Choice;
use super::dial::{Access, Dial};
use super::look::{Clock, Outlet, ReadLine, Scout};
use super::node::{Chosen, Node, Spot, State, Word, phase};
use super::paths::app::App;
use super::target::Route;
use super::topology::Topology;
use super::{Pace, Target};

/// Under this name instead of a node's the read on the application's way is told.
pub const APP: &str = "app";

/// Names that cannot be looked up are looked up again after this.
const RESOLVE_AGAIN: Duration = Duration::from_secs(2);
/// Words that may wait. One that finds no place comes again.
const WORDS: usize = 256;

/// A target that is being watched. Dropping it ends the watch too, without waiting.
pub struct Watch {
    task: JoinHandle<()>,
    outlet: Outlet,
    alive: mpsc::Receiver<()>,
}

impl Watch {
    /// Begins to watch. Must be called inside a runtime. `clock` gives the moments of the samples; a full `samples`
    /// loses samples and delays nothing; `pace` says how closely to look; `read_line` knows how a log reads.
    pub fn start(
        target: Target,
        clock: Clock,
        samples: mpsc::Sender<Sample>,
        pace: watch::Receiver<Pace>,
        read_line: ReadLine,
    ) -> Self {
        let outlet = Outlet::new(samples);
        let (keep, alive) = mpsc::channel(1);
        let scout = Scout { clock, outlet: outlet.clone(), pace, read_line, _alive: keep };
        Self { task: tokio::spawn(run(target, scout)), outlet, alive }
    }

    /// Samples that found no place in the channel.
    pub fn dropped(&self) -> u64 {
        self.outlet.dropped()
    }

    /// Ends the watch: when this returns, no look is on its way and no connection is left.
    pub async fn stop(mut self) {
        self.task.abort();
        while self.alive.recv().await.is_some() {}
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(target: Target, scout: Scout) {
    let route = resolve(&target, &scout).await;
    let choice = Choice::new(target.namespaces());
    let (choose, chosen) = watch::channel(choice.chosen());
    let (words, heard) = mpsc::channel(WORDS);
    let spot = Arc::new(Spot::default());
    let mut app = JoinSet::new();
    let path = Path::App;
    let (name, phase) = (Arc::from(APP), phase(APP, &path));
    app.spawn(scout.clone().run(name, path, phase, App::new(target, &spot)));
    let tasks = JoinSet::new();
    let nodes = Nodes { scout, access: route.access, words, chosen, spot, tasks, running: BTreeMap::new() };
    watch_nodes(nodes, Topology::new(&route.nodes, route.direct), choice, choose, heard).await;
}

/// Looks the names up until they are found; in between says that they are not.
async fn resolve(target: &Target, scout: &Scout) -> Route {
    loop {
        let began = (scout.clock)();
        match target.resolve().await {
            Ok(route) => return route,
            Err(why) => {
                let took = (scout.clock)().since(began);
                let look = Look::Failed(took, Failure::Unreachable(why));
                scout.outlet.send(Sample { node: target.place().into(), path: Path::Hello, began, look });
                sleep(RESOLVE_AGAIN).await;
            }
        }
    }
}

async fn watch_nodes(
    mut nodes: Nodes,
    mut topology: Topology,
    mut choice: Choice,
    choose: watch::Sender<Arc<[Arc<str>]>>,
    mut heard: mpsc::Receiver<(Arc<str>, Word)>,
) {
    loop {
        nodes.follow(&topology);
        match heard.recv().await {
            Some((node, Word::Greeted(greeting))) => topology.greeted(&node, &greeting),
            Some((_, Word::Shards(shards))) => topology.sharded(&shards),
            Some((node, Word::Used(uses))) => {
                if choice.used(&node, &uses, Instant::now()) {
                    choose.send_replace(choice.chosen());
                }
            }
            None => return,
        }
    }
}

/// The nodes that are watched.
struct Nodes {
    scout: Scout,
    access: Arc<Access>,
    words: mpsc::Sender<(Arc<str>, Word)>,
    chosen: Chosen,
    spot: Arc<Spot>,
    tasks: JoinSet<()>,
    running: BTreeMap<Arc<str>, AbortHandle>,
}

impl Nodes {
    /// Begins to watch nodes that joined, and ends with those that left.
    fn follow(&mut self, topology: &Topology) {
        let wanted = topology.nodes();
        self.running.retain(|node, task| {
            let stays = wanted.contains(node);
            if !stays {
                task.abort();
            }
            stays
        });
        for node in wanted {
            if !self.running.contains_key(&node) {
                let task = self.tasks.spawn(self.node(&node).run());
                self.running.insert(node, task);
            }
        }
        // Those that left are forgotten, so that members that come and go leave nothing behind.
        while self.tasks.try_join_next().is_some() {}
    }

    fn node(&self, node: &Arc<str>) -> Node {
        Node {
            scout: self.scout.clone(),
            dial: Arc::new(Dial::new(Arc::clone(node), Arc::clone(&self.access))),
            state: Arc::new(State::new(node, self.words.clone())),
            chosen: self.chosen.clone(),
            spot: Arc::clone(&self.spot),
        }
    }
}

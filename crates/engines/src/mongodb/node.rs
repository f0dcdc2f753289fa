//! One node: all its paths, each in a task and on a connection of its own.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicI32, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ::mongodb::bson::RawBson;
use domain::reads::{Path, Role, Use};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::dial::Dial;
use super::greeting::Greeting;
use super::ids::Ids;
use super::link::Link;
use super::look::{Looker, Scout};
use super::paths::{counters, hello, host, in_flight, log, profile, reads, top};
use super::steward::Steward;

/// What a node tells the watch of its target.
pub(super) enum Word {
    /// What it says of itself.
    Greeted(Greeting),
    /// What its collections are used for.
    Used(Vec<Use>),
    /// Members of the shards that it routes to: name of the shard, `host:port` of each.
    Shards(Vec<(String, Vec<String>)>),
}

/// The namespaces that are read on every node.
pub(super) type Chosen = watch::Receiver<Arc<[Arc<str>]>>;

/// A document that the application's way may read.
#[derive(Default)]
pub(super) struct Spot(Mutex<Option<(Arc<str>, RawBson)>>);

impl Spot {
    pub(super) fn get(&self) -> Option<(Arc<str>, RawBson)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, namespace: &Arc<str>, id: RawBson) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(namespace), id));
    }
}

/// What the paths of one node know of it together.
pub(super) struct State {
    pub(super) node: Arc<str>,
    words: mpsc::Sender<(Arc<str>, Word)>,
    role: AtomicU8,
    process: AtomicI32,
}

const ROLES: [Role; 6] =
    [Role::Primary, Role::Secondary, Role::Standalone, Role::Router, Role::Arbiter, Role::Other];

impl State {
    pub(super) fn new(node: &Arc<str>, words: mpsc::Sender<(Arc<str>, Word)>) -> Self {
        Self { node: Arc::clone(node), words, role: AtomicU8::new(u8::MAX), process: AtomicI32::new(0) }
    }

    /// Tells the watch. A word that finds no place is said again with the next look.
    pub(super) fn say(&self, word: Word) {
        self.words.try_send((Arc::clone(&self.node), word)).ok();
    }

    pub(super) fn greeted(&self, role: Role) {
        let place = ROLES.iter().position(|known| *known == role).and_then(|place| u8::try_from(place).ok());
        self.role.store(place.unwrap_or(u8::MAX), Ordering::Relaxed);
    }

    /// What the node said it is; nothing before it has spoken.
    pub(super) fn role(&self) -> Option<Role> {
        ROLES.get(usize::from(self.role.load(Ordering::Relaxed))).copied()
    }

    /// Remembers the node's process on this machine. One that is remembered stays when it no longer answers.
    pub(super) fn set_process(&self, process: Option<i32>) {
        if let Some(process) = process {
            self.process.store(process, Ordering::Relaxed);
        }
    }

    pub(super) fn process(&self) -> Option<i32> {
        Some(self.process.load(Ordering::Relaxed)).filter(|process| *process > 0)
    }
}

/// A node that is watched until this future is dropped.
pub(super) struct Node {
    pub(super) scout: Scout,
    pub(super) dial: Arc<Dial>,
    pub(super) state: Arc<State>,
    pub(super) chosen: Chosen,
    pub(super) spot: Arc<Spot>,
}

impl Node {
    /// Watches. Everything ends with the future: the tasks, their looks, their connections.
    pub(super) async fn run(mut self) {
        let mut paths = JoinSet::new();
        let link = || Link::new(&self.dial);
        let state = || Arc::clone(&self.state);
        self.start(
            &mut paths,
            Path::Hello,
            hello::Hello { link: Link::anonymous(&self.dial), state: state() },
        );
        self.start(&mut paths, Path::Fresh, hello::Fresh { dial: Arc::clone(&self.dial) });
        self.start(&mut paths, Path::Counters, counters::Counters { link: link(), state: state() });
        self.start(&mut paths, Path::InFlight, in_flight::InFlight::new(link(), &self.state));
        self.start(&mut paths, Path::Top, top::Top::new(link(), &self.state));
        let read_line = self.scout.read_line;
        self.start(&mut paths, Path::Log, log::Log::new(link(), &self.state, read_line));
        let profile = profile::Profile::new(link(), &self.state, self.chosen.clone());
        self.start(&mut paths, Path::Profile, profile);
        if cfg!(target_os = "linux") {
            self.start(&mut paths, Path::Host, host::Host { state: state() });
        }
        let mut reads: BTreeMap<Arc<str>, (JoinSet<()>, Arc<Ids>)> = BTreeMap::new();
        let mut steward = JoinSet::new();
        loop {
            let chosen = Arc::clone(&*self.chosen.borrow_and_update());
            reads.retain(|namespace, _| chosen.contains(namespace));
            for namespace in
                chosen.iter().filter(|namespace| !reads.contains_key(*namespace)).cloned().collect::<Vec<_>>()
            {
                let entry = self.read(&namespace);
                reads.insert(namespace, entry);
            }
            let ids =
                chosen.iter().filter_map(|name| Some((Arc::clone(name), Arc::clone(&reads.get(name)?.1))));
            let ids: Vec<_> = ids.collect();
            // The one before ends here, its look with it.
            steward.shutdown().await;
            let next = Steward::new(Link::new(&self.dial), &self.state, &self.spot, ids);
            steward.spawn(next.run());
            if self.chosen.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    fn read(&self, namespace: &Arc<str>) -> (JoinSet<()>, Arc<Ids>) {
        let ids = Arc::new(Ids::default());
        let mut tasks = JoinSet::new();
        for hot in [true, false] {
            let path = if hot { Path::Hot(Arc::clone(namespace)) } else { Path::Cold(Arc::clone(namespace)) };
            let looker = reads::Reads::new(Link::new(&self.dial), &ids, namespace, hot);
            self.start(&mut tasks, path, looker);
        }
        (tasks, ids)
    }

    fn start(&self, tasks: &mut JoinSet<()>, path: Path, looker: impl Looker + 'static) {
        let phase = phase(&self.state.node, &path);
        tasks.spawn(self.scout.clone().run(Arc::clone(&self.state.node), path, phase, looker));
    }
}

/// A share of the period, always the same for a path of a node, that spreads the paths of all nodes.
pub(super) fn phase(node: &str, path: &Path) -> f64 {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((node, path));
    f64::from(u16::try_from(hash & 0xffff).unwrap_or(0)) / 65_536.0
}

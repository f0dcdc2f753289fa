//! Ways to stall the reads of the first environment, and which of them does so now.
//!
//! At most one at a time, and each ends by itself. Never stalls another environment than the first.

use super::Environment;
use anyhow::Context as _;
use domain::detect::Cause;
use futures_util::future::BoxFuture;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// How long a stall lasts unless it is ended before.
pub const LASTS_FOR: Duration = Duration::from_secs(25);

/// A way to stall reads.
pub struct Stall {
    /// Its name on the command line and in addresses.
    pub name: &'static str,
    /// What the button says.
    pub label: &'static str,
    /// What happens, for people.
    pub story: &'static str,
    /// The kinds of cause of which one is the truth.
    pub causes: &'static [Cause],
    run: for<'a> fn(&'a Environment, Told) -> BoxFuture<'a, anyhow::Result<()>>,
}

/// Becomes true when a stall is to end.
type Told = watch::Receiver<bool>;

/// Every way.
pub static STALLS: [Stall; 5] = [
    Stall {
        name: "collscan",
        label: "search without an index",
        story: "A new search box reads every message for each search, and the searches pile up.",
        causes: &[Cause::SlowQuery],
        run: |at, told| Box::pin(async { Ok(at.crm.search_without_index(end(told)).await?) }),
    },
    Stall {
        name: "index-build",
        label: "build an index in the foreground",
        story: "A migration script builds an index, and up to MongoDB 4.0 that locks everybody out.",
        causes: &[Cause::BlockingOp],
        run: |at, told| Box::pin(async { Ok(at.crm.build_index(end(told)).await?) }),
    },
    Stall {
        name: "fsync-lock",
        label: "forget to unlock after a backup",
        story: "A backup script locked the server and was gone before it unlocked it.",
        causes: &[Cause::BlockingOp],
        run: |at, told| Box::pin(async { Ok(at.crm.lock_for_backup(end(told)).await?) }),
    },
    Stall {
        name: "frozen",
        label: "freeze the server",
        story: "The database's process stops where it stands, as on a machine that hangs.",
        causes: &[Cause::Process, Cause::Host],
        run: |at, told| Box::pin(freeze(at, told)),
    },
    Stall {
        name: "network-cut",
        label: "cut the network",
        story: "Nothing passes any more between the API and its database, while the database is well.",
        causes: &[Cause::Network],
        run: |at, told| Box::pin(cut(at, told)),
    },
];

impl Stall {
    /// The way of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        STALLS.iter().find(|stall| stall.name == name)
    }
}

async fn freeze(at: &Environment, told: Told) -> anyhow::Result<()> {
    at.server().freeze()?;
    end(told).await;
    at.server().thaw()
}

async fn cut(at: &Environment, told: Told) -> anyhow::Result<()> {
    at.way.cut();
    end(told).await;
    at.way.mend();
    Ok(())
}

/// Waits until the stall is to end.
async fn end(mut told: Told) {
    tokio::select! {
        () = sleep(LASTS_FOR) => {}
        // An error means that nobody is left to tell.
        _ = told.wait_for(|told| *told) => {}
    }
}

/// What stalls reads now.
pub(super) struct Stalling {
    environments: Arc<[Environment]>,
    running: Mutex<Option<Running>>,
    /// Whether something does; what became of the last one.
    state: watch::Sender<State>,
}

struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// What stalls reads, if anything does.
#[derive(Clone, Default)]
pub(super) struct State {
    /// What, and since when.
    pub(super) now: Option<(&'static Stall, Instant)>,
    /// Why the last one failed, if it did.
    pub(super) failed: Option<String>,
}

impl Stalling {
    pub(super) fn new(environments: Arc<[Environment]>) -> Self {
        Self { environments, running: Mutex::default(), state: watch::Sender::default() }
    }

    pub(super) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Begins one, after the one before has ended.
    pub(super) async fn begin(self: &Arc<Self>, stall: &'static Stall) {
        self.stop().await;
        let mut running = self.running();
        // Somebody else was faster.
        if self.state.borrow().now.is_some() {
            return;
        }
        self.state.send_replace(State { now: Some((stall, Instant::now())), failed: None });
        let stop = watch::Sender::new(false);
        let (told, this) = (stop.subscribe(), Arc::clone(self));
        let task = tokio::spawn(async move {
            let ended = (stall.run)(&this.environments[0], told).await;
            let failed = ended.err().map(|error| format!("{error:#}"));
            if let Some(why) = &failed {
                tracing::error!(stall = stall.name, why, "a stall failed");
            }
            this.state.send_replace(State { now: None, failed });
        });
        *running = Some(Running { stop, task });
    }

    /// Ends the one that runs, if one does, and waits until the server is as it was.
    pub(super) async fn stop(&self) {
        if let Some(running) = &*self.running() {
            running.stop.send_replace(true);
        }
        // Cannot fail: the sender is ours.
        let _ = self.state.subscribe().wait_for(|state| state.now.is_none()).await;
    }

    pub(super) async fn over(&self) -> anyhow::Result<()> {
        let mut state = self.state.subscribe();
        let ended = state.wait_for(|state| state.now.is_none()).await.context("nobody tells")?;
        ended.failed.as_ref().map_or(Ok(()), |why| Err(anyhow::anyhow!("the stall failed: {why}")))
    }

    pub(super) fn abort(&self) {
        if let Some(running) = self.running().take() {
            running.task.abort();
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

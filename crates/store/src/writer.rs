//! The one writer of SQLite, with group commit: whoever waits while a commit is under way is committed
//! together with the others who wait, with one flush of the disk for all. Each job runs in a savepoint, so
//! that one that fails is rolled back alone. Nobody is acknowledged before the commit returned.
//!
//! After an input/output error the writer takes no more jobs until a restart: the kernel may have dropped
//! what it could not write, and a second flush that succeeds would prove nothing. Never retries a flush.

use crate::error::{Error, Failure, Result};
use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Executor};
use std::sync::{Arc, OnceLock};
use tokio::sync::{mpsc, oneshot};

/// A connection inside a transaction.
pub(crate) type Connection = AnyConnection;

/// What runs inside a transaction: a plain function over its data, so that it can run again.
///
/// It must hand on every error of the database: after one, PostgreSQL refuses everything up to the rollback,
/// and SQLite may have rolled back behind our back.
pub(crate) type Work<D, T> = for<'c> fn(&'c mut Connection, &'c D) -> BoxFuture<'c, Result<T, Failure>>;

/// Most jobs in one transaction: bounds how long the first waits for the last.
const LARGEST_GROUP: usize = 256;
/// Jobs that may wait before callers are held back.
const LONGEST_QUEUE: usize = 1024;
/// Transactions between two checkpoints: keeps the log at a few megabytes.
const COMMITS_PER_CHECKPOINT: u32 = 64;

/// The way to the writer's task.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
}

enum Message {
    Job(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// A job with its result, its types forgotten.
trait Job: Send {
    fn run<'c>(&'c mut self, connection: &'c mut Connection) -> BoxFuture<'c, Result<(), Failure>>;
    /// Tells the caller that the result is on the disk.
    fn acknowledge(self: Box<Self>);
    fn refuse(self: Box<Self>, error: Error);
}

struct Task<D, T> {
    data: D,
    work: Work<D, T>,
    result: Option<T>,
    reply: oneshot::Sender<Result<T>>,
}

impl<D: Send + Sync, T: Send> Job for Task<D, T> {
    fn run<'c>(&'c mut self, connection: &'c mut Connection) -> BoxFuture<'c, Result<(), Failure>> {
        Box::pin(async {
            self.result = Some((self.work)(connection, &self.data).await?);
            Ok(())
        })
    }

    fn acknowledge(self: Box<Self>) {
        if let Some(result) = self.result {
            // A caller who went away does not need the answer.
            let _gone = self.reply.send(Ok(result));
        }
    }

    fn refuse(self: Box<Self>, error: Error) {
        let _gone = self.reply.send(Err(error));
    }
}

impl Writer {
    /// Starts the task. `pool` has one connection, which is replaced after an error unless the database
    /// lives in memory and would go with it; `read_only` is where the task says that it has stopped
    /// writing, and why; `keep` is dropped when the task ends.
    pub(crate) fn start(
        pool: AnyPool,
        in_memory: bool,
        read_only: Arc<OnceLock<String>>,
        keep: impl Send + 'static,
    ) -> Self {
        let (queue, jobs) = mpsc::channel(LONGEST_QUEUE);
        let state = State { pool, in_memory, read_only, commits: 0 };
        tokio::spawn(async move {
            let closing = state.serve(jobs).await;
            // Before anybody is told of the end: who waits for it may open the file again at once.
            drop(keep);
            if let Some(reply) = closing {
                let _gone = reply.send(());
            }
        });
        Self { queue }
    }

    /// Runs a job and returns when its result is on the disk.
    pub(crate) async fn run<D, T>(&self, data: D, work: Work<D, T>) -> Result<T>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = Task { data, work, result: None, reply };
        let stopped = || Error::Unavailable("the writer has stopped".to_owned());
        self.queue.send(Message::Job(Box::new(task))).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Finishes what is queued and stops.
    pub(crate) async fn close(&self) {
        let (reply, done) = oneshot::channel();
        if self.queue.send(Message::Close(reply)).await.is_ok() {
            let _ended = done.await;
        }
    }
}

struct State {
    pool: AnyPool,
    in_memory: bool,
    read_only: Arc<OnceLock<String>>,
    commits: u32,
}

impl State {
    /// Serves until it is told to close, and gives whom to tell that it has.
    async fn serve(mut self, mut queue: mpsc::Receiver<Message>) -> Option<oneshot::Sender<()>> {
        let mut messages = Vec::with_capacity(LARGEST_GROUP);
        while queue.recv_many(&mut messages, LARGEST_GROUP).await > 0 {
            let mut jobs = Vec::with_capacity(messages.len());
            let mut closing = None;
            for message in messages.drain(..) {
                match message {
                    Message::Job(job) => jobs.push(job),
                    Message::Close(reply) => closing = Some(reply),
                }
            }
            self.commit(jobs).await;
            if let Some(reply) = closing {
                self.checkpoint("PRAGMA wal_checkpoint(TRUNCATE)").await;
                self.pool.close().await;
                return Some(reply);
            }
            self.checkpoint_when_due().await;
        }
        None
    }

    async fn commit(&mut self, jobs: Vec<Box<dyn Job>>) {
        if jobs.is_empty() {
            return;
        }
        if let Some(why) = self.read_only.get() {
            return refuse(jobs, &Error::ReadOnly(why.clone()));
        }
        let mut connection = match self.pool.acquire().await {
            Ok(connection) => connection,
            Err(error) => return refuse(jobs, &error.into()),
        };
        match run_group(&mut connection, jobs).await {
            Ok(done) => {
                self.commits += 1;
                for job in done {
                    job.acknowledge();
                }
            }
            Err((failure, jobs)) => {
                self.give_up(connection).await;
                let error = Error::from(failure);
                self.note(&error);
                refuse(jobs, &error);
            }
        }
    }

    /// Undoes the transaction and lets the connection go, whose state nobody knows for sure.
    async fn give_up(&self, mut connection: PoolConnection<Any>) {
        // It fails where SQLite has rolled back already.
        let _rolled_back = connection.execute("ROLLBACK").await;
        if !self.in_memory {
            let _closed = connection.close().await;
        }
    }

    fn note(&self, error: &Error) {
        if let Error::ReadOnly(why) = error {
            let first = self.read_only.set(why.clone()).is_ok();
            if first {
                tracing::error!(reason = %why, "the disk failed: no more writes until a restart");
            }
        }
    }

    /// Moves the log into the database, after the acknowledgements, so that nobody waits for it who need
    /// not, and so that its errors are seen.
    async fn checkpoint_when_due(&mut self) {
        if self.commits >= COMMITS_PER_CHECKPOINT {
            self.commits = 0;
            self.checkpoint("PRAGMA wal_checkpoint(PASSIVE)").await;
        }
    }

    async fn checkpoint(&self, how: &'static str) {
        if self.read_only.get().is_some() {
            return;
        }
        let Ok(mut connection) = self.pool.acquire().await else { return };
        if let Err(error) = connection.fetch_optional(how).await {
            let error = Error::from(error);
            tracing::warn!(%error, "the log was not moved into the database");
            self.note(&error);
        }
    }
}

type Spoilt = (Failure, Vec<Box<dyn Job>>);

/// Runs the jobs in one transaction and commits. Gives back those that are to be acknowledged; those that
/// failed on their own have had their answer. Where the whole group is lost, gives back all the others.
async fn run_group(
    connection: &mut Connection,
    jobs: Vec<Box<dyn Job>>,
) -> Result<Vec<Box<dyn Job>>, Spoilt> {
    if let Err(error) = connection.execute("BEGIN IMMEDIATE").await {
        return Err((error.into(), jobs));
    }
    let mut done = Vec::with_capacity(jobs.len());
    let mut waiting = jobs.into_iter();
    while let Some(mut job) = waiting.next() {
        match run_one(connection, job.as_mut()).await {
            Ok(None) => done.push(job),
            Ok(Some(error)) => job.refuse(error),
            Err(failure) => {
                done.push(job);
                done.extend(waiting);
                return Err((failure, done));
            }
        }
    }
    match connection.execute("COMMIT").await {
        Ok(_) => Ok(done),
        Err(error) => Err((error.into(), done)),
    }
}

/// Runs one job in a savepoint. `Ok(Some(_))` is its own failure, undone; `Err` has spoilt the transaction.
async fn run_one(connection: &mut Connection, job: &mut dyn Job) -> Result<Option<Error>, Failure> {
    connection.execute("SAVEPOINT job").await?;
    let failure = match job.run(connection).await {
        Ok(()) => None,
        Err(failure) if failure.is_the_jobs_own() => {
            connection.execute("ROLLBACK TO job").await?;
            Some(failure.into())
        }
        Err(failure) => return Err(failure),
    };
    connection.execute("RELEASE job").await?;
    Ok(failure)
}

fn refuse(jobs: Vec<Box<dyn Job>>, error: &Error) {
    for job in jobs {
        job.refuse(error.clone());
    }
}

//! The demo's own platform: a small customer service (API and web client) on a real MongoDB, in two environments, and
//! a button that stalls the reads of the first.
//!
//! Everything listens on loopback, lies in the folder handed in, and ends with the demo. Never touches a database or a
//! process that it did not start.

mod client;
mod config;
mod server;
mod stall;
mod way;

pub use config::config;
pub use stall::{LASTS_FOR, STALLS, Stall};

use anyhow::Context as _;
use engines::sample::{self, Felt, Traffic};
use server::Server;
use stall::Stalling;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use way::Way;

/// Its environments. The first is the one whose reads are stalled.
const NAMES: [&str; 2] = ["PROD1", "PROD2"];
/// Longest wait for a server to start.
const START: Duration = Duration::from_secs(30);

/// The platform, running. Its servers end when this is dropped.
pub struct Platform {
    environments: Arc<[Environment]>,
    stalling: Arc<Stalling>,
    address: SocketAddr,
    client: JoinHandle<()>,
}

/// An environment: a server, the application's way to it, and users.
struct Environment {
    name: &'static str,
    crm: sample::Platform,
    traffic: Traffic,
    way: Way,
    server: Mutex<Server>,
}

impl Platform {
    /// Starts a server of each environment in `folder`, fills it with data, opens the web client and lets users in.
    pub async fn start(mongod: &Path, folder: &Path) -> anyhow::Result<Self> {
        let started =
            tokio::try_join!(Environment::start(0, mongod, folder), Environment::start(1, mongod, folder));
        let (first, second) = started?;
        let environments: Arc<[Environment]> = Arc::new([first, second]);
        let stalling = Arc::new(Stalling::new(Arc::clone(&environments)));
        let (address, client) = client::open(Arc::clone(&environments), Arc::clone(&stalling)).await?;
        Ok(Self { environments, stalling, address, client })
    }

    /// Where the web client is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What users of the first environment feel.
    pub fn felt(&self) -> Felt {
        self.environments[0].traffic.felt()
    }

    /// Stalls the reads of the first environment, after what stalls them now has ended.
    pub async fn begin(&self, stall: &'static Stall) {
        self.stalling.begin(stall).await;
    }

    /// Waits until nothing stalls them any more; an error if it could not be done or undone.
    pub async fn over(&self) -> anyhow::Result<()> {
        self.stalling.over().await
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.client.abort();
        self.stalling.abort();
        // A browser that is still connected holds the environments, but must not hold up the end.
        for environment in &*self.environments {
            environment.server().end();
        }
    }
}

impl Environment {
    async fn start(number: usize, mongod: &Path, folder: &Path) -> anyhow::Result<Self> {
        let name = NAMES[number];
        let folder = folder.join(name.to_lowercase());
        let server = Server::start(mongod, number, &folder)?;
        let way = Way::open(server.address()).await.context("cannot open a way to the database")?;
        let crm = sample::Platform::new(&uri(&server.address()), &uri(&way.address().to_string())).await?;
        let until_it_answers = async { while crm.answers().await.is_err() {} };
        let log = folder.join("mongod.log");
        let why = || format!("mongod does not answer; `{}` may say why", log.display());
        timeout(START, until_it_answers).await.with_context(why)?;
        crm.seed().await.with_context(|| format!("cannot fill the database of {name}"))?;
        let traffic = Traffic::start(crm.clone());
        Ok(Self { name, crm, traffic, way, server: Mutex::new(server) })
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn uri(address: &str) -> String {
    format!("mongodb://{address}/?directConnection=true")
}

#[cfg(test)]
mod tests;

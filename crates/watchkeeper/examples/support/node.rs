//! The program to measure, as a child process.

use anyhow::Context as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use store::{Doer, Store};
use tokio::time::{sleep, timeout};
use watchkeeper::clock::Clock;
use web::Entropy;
use web::auth::{NewToken, Scope};

/// The node. It ends when this is dropped.
pub(crate) struct Node {
    child: Child,
    pub(crate) base: String,
    pub(crate) client: reqwest::Client,
}

impl Node {
    /// Starts it and waits until it is ready.
    pub(crate) async fn start(program: &Path, config: &Path, listen: SocketAddr) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.args(["serve", "--config"]).arg(config).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().context("cannot start the program")?;
        let node = Self { child, base: format!("http://{listen}"), client: client()? };
        let ready = async {
            let url = format!("{}/readyz", node.base);
            while !node.client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_mins(1), ready).await.context("the node does not get ready")?;
        Ok(node)
    }

    /// Ends it at once; it notices nothing.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Ended already, unless something failed.
        let _ = self.kill();
    }
}

/// A token that may write.
pub(crate) async fn token(store: &Store) -> anyhow::Result<String> {
    let (text, kept) =
        NewToken::new("bench", Scope::Write, Clock::System.now()).make(&Entropy::of_the_system());
    let deed = web::auth::token_created(&kept, Doer::program("bench"), "");
    store.create_token(kept, deed).await?;
    Ok(text)
}

/// A client that keeps its connections.
pub(crate) fn client() -> anyhow::Result<reqwest::Client> {
    // Fails if there is a provider already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().no_proxy().pool_max_idle_per_host(64).build()?)
}

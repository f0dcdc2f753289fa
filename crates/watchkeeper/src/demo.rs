//! The demo world: invented vendors on loopback, each on a port of its own, that live through a day
//! modelled on 14 December 2024 and, 58 days later, publish its postmortem.
//!
//! What a page shows follows from the instant that the handed clock gives and from nothing else, so a
//! replayed clock replays the world. The stories lie under `demo/` as data.
//!
//! This module never reads the clock itself, never listens beyond loopback, and never plays a real
//! vendor.

mod atom;
mod config;
mod document;
mod html;
mod json_feed;
pub mod platform;
mod rss;
mod site;
mod statuspage;
mod story;
mod vendor;

pub use config::config;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use axum::routing::get;
use jiff::Timestamp;
use site::Site;
use std::net::Ipv4Addr;
use std::sync::Arc;
use story::Story;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use vendor::{VENDORS, Vendor};

/// When the replay starts, some minutes before anything happens: 2024-12-14T17:25:00Z.
pub const STARTS_AT: Timestamp = Timestamp::constant(1_734_197_100, 0);
/// When the day is over and the replay leaps: 2024-12-14T18:35:00Z.
pub const LEAPS_AT: Timestamp = Timestamp::constant(1_734_201_300, 0);
/// Where it goes on, some minutes before the postmortem: 2025-02-10T16:08:00Z.
pub const RESUMES_AT: Timestamp = Timestamp::constant(1_739_203_680, 0);
/// How many times faster than life it runs.
pub const SPEED: u32 = 60;

/// Where the world takes the time from.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The vendors, listening. They stop when this is dropped, in an orderly way by [`World::stop`].
pub struct World {
    vendors: Vec<(String, String)>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl World {
    /// Opens a port on loopback for each vendor.
    pub async fn start(clock: Now) -> anyhow::Result<Self> {
        let mut world = Self { vendors: Vec::new(), stop: watch::Sender::new(false), tasks: Vec::new() };
        for vendor in &VENDORS {
            world.open(vendor, &clock).await?;
        }
        Ok(world)
    }

    /// Name and address of each vendor: its page, or its feed where the feed is all there is.
    pub fn vendors(&self) -> Vec<(String, String)> {
        self.vendors.clone()
    }

    /// Stops listening and waits for the answers under way.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            // A task that panicked has nothing more to answer.
            let _ = task.await;
        }
    }

    async fn open(&mut self, vendor: &'static Vendor, clock: &Now) -> anyhow::Result<()> {
        let story: Story = serde_json::from_str(vendor.story).context("cannot read a story of the demo")?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.with_context(|| format!("cannot open a port for `{}`", story.name))?;
        let base = format!("http://{}", listener.local_addr()?);
        let (_, path) = vendor.feed.unwrap_or_default();
        self.vendors.push((story.name.clone(), format!("{base}{path}")));
        let site = Arc::new(Site { vendor, story, base });
        let mut stopped = self.stop.subscribe();
        let until = async move {
            // An error means that the world was dropped, which ends it as well.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        let serving = axum::serve(listener, router(site, clock)).with_graceful_shutdown(until);
        self.tasks.push(tokio::spawn(async move {
            // Never an error: accepting connections is retried inside.
            let _ = serving.await;
        }));
        Ok(())
    }
}

type Shared = (Arc<Site>, Now);

fn router(site: Arc<Site>, clock: &Now) -> Router {
    let shared: Shared = (site, Arc::clone(clock));
    Router::new().route("/", get(answer)).route("/{*path}", get(answer)).with_state(shared)
}

async fn answer(State((site, clock)): State<Shared>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    site.answer(uri.path(), &headers, clock())
}

#[cfg(test)]
mod tests;

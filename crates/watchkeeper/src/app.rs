//! The running program: what it is made of, how it starts and how it stops. It can be started inside a test,
//! on a stepped clock and any database.
//!
//! This module never decides and never fetches; the loops do.

use crate::clock::{Clock, Moments};
use crate::config::environment::ComponentConfig;
use crate::config::page::Access;
use crate::config::place::Place;
use crate::config::{
    ArchiveConfig, Config, ExportConfig, FetchConfig, HeartbeatConfig, PageConfig, VendorConfig,
};
use crate::door::Door;
use crate::elsewhere::elsewhere;
use crate::evidence;
use crate::http::Fetcher;
use crate::loops;
use crate::loops::claims::Claims;
use crate::loops::watch::Post;
use crate::sealing;
use crate::sending::{self, Sending};
use anyhow::Context as _;
use domain::Slug;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::{Registration, Store};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use web::entropy::Entropy;
use web::{Seal, Site, SiteConfig};

/// Longest wait for answers and looks under way when the program is told to stop.
const FAREWELL: Duration = Duration::from_secs(5);

/// What every loop works with.
pub struct Parts {
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
    /// Opens what is sealed in the database, where there is a key.
    pub seal: Option<Seal>,
    /// The database.
    pub store: Store,
    /// Until when it works on what it has claimed there.
    pub claims: Claims,
    /// Pages and API.
    pub site: Arc<Site>,
    /// The guarded client.
    pub fetcher: Fetcher,
    /// Where it listens.
    pub address: SocketAddr,
    /// How people are told.
    pub sending: Sending,
    /// Who is told that we work.
    pub heartbeat: Option<HeartbeatConfig>,
    /// Whose pages are watched, by slug.
    pub vendors: HashMap<Slug, VendorConfig>,
    /// Databases that are watched.
    pub(crate) posts: Vec<Arc<Post>>,
    /// The clock for ages and delays.
    pub(crate) moments: Moments,
    /// Where measurements go besides our own store.
    pub export: Option<ExportConfig>,
    /// Where pages are kept as files, too, by slug.
    pub(crate) copies: Vec<(Slug, Place)>,
    /// Where evidence is kept, and for how long.
    pub(crate) archive: ArchiveConfig,
    /// The guard of what goes out.
    pub(crate) fetch: FetchConfig,
    /// Rung when the outbox has something new.
    pub outbox: Notify,
    stop: watch::Sender<bool>,
}

impl Parts {
    /// Waits for `wait`; false if the program was told to stop meanwhile.
    pub async fn rest(&self, wait: Duration) -> bool {
        tokio::select! {
            () = self.clock.sleep(wait) => true,
            () = self.stopped() => false,
        }
    }

    /// Returns when the program is told to stop.
    pub async fn stopped(&self) {
        // Cannot fail: the sender lives as long as `self`.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// Whether the program was told to stop.
    pub fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }
}

/// The program, running.
pub struct App {
    address: SocketAddr,
    parts: Arc<Parts>,
    tasks: JoinSet<()>,
}

impl App {
    /// Opens the database, registers the vendors, listens, and starts the loops. It answers from the moment
    /// this returns.
    pub async fn start(config: Config, clock: Clock) -> anyhow::Result<Self> {
        Self::start_with(config, clock, Entropy::of_the_system()).await
    }

    /// The same with randomness that is handed in.
    pub async fn start_with(config: Config, clock: Clock, entropy: Entropy) -> anyhow::Result<Self> {
        let store = open_store(&config, &entropy).await?;
        register(&store, &config.vendors, &clock).await?;
        let seal = sealing::open(&config, &store, &entropy).await?;
        let door = Door::behind(&config.server.trusted_proxies);
        let listener = TcpListener::bind(config.server.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on `{}`", config.server.listen))?;
        let address = listener.local_addr()?;
        let parts = Arc::new(Parts {
            site: Site::new(site_config(&config, &clock, &entropy, seal.clone()), store.clone()),
            fetcher: Fetcher::new(&config.fetch)?,
            address,
            sending: Sending::new(&config)?,
            heartbeat: config.heartbeat.clone(),
            posts: Post::all(&config)?,
            moments: Moments::default(),
            vendors: config.vendors.into_iter().map(|vendor| (vendor.slug.clone(), vendor)).collect(),
            export: config.export,
            copies: config.pages.into_iter().filter_map(|page| Some((page.slug, page.copy_to?))).collect(),
            archive: config.archive,
            fetch: config.fetch,
            outbox: Notify::new(),
            stop: watch::Sender::new(false),
            claims: Claims::begin(&store).await.context("cannot write to the database")?,
            clock,
            entropy,
            seal,
            store,
        });
        parts.site.offer_evidence(evidence::loader(&parts.archive.to, &parts.fetch));
        parts.site.live().watch(parts.posts.iter().map(|post| post.shown()).collect());
        if let Some(oidc) = config.oidc {
            parts.site.offer_elsewhere(elsewhere(oidc, &parts.fetcher));
        }
        let mut tasks = JoinSet::new();
        tasks.spawn(door.serve(listener, parts.site.router(), parts.stop.subscribe()));
        loops::start(&mut tasks, &parts);
        Ok(Self { address, parts, tasks })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it is made of.
    pub fn parts(&self) -> &Arc<Parts> {
        &self.parts
    }

    /// Returns when a loop ended by itself, which none should.
    pub async fn ended(&mut self) {
        self.tasks.join_next().await;
    }

    /// Lets answers and looks under way finish, for a few seconds, and closes the database.
    pub async fn stop(mut self) {
        self.parts.stop.send_replace(true);
        self.parts.site.close();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, all).await.is_err() {
            tracing::warn!("stopped with work under way; it is repeated at the next start");
        } else if let Err(error) = self.parts.store.leave_claims().await {
            tracing::warn!(%error, "others wait a while before they take over from this node");
        }
        self.parts.store.close().await;
    }
}

/// Opens the database that is configured, under a name that no other process takes leases with.
pub async fn open_store(config: &Config, entropy: &Entropy) -> anyhow::Result<Store> {
    let node = format!("node-{:016x}", entropy.number());
    let opened = Store::open(&config.server.store.address(), &node).await;
    opened.context("cannot open the database")
}

/// Makes the vendors in the database those of the configuration. The store keeps what a page without a named
/// format was found to be made of, as long as its address is the same.
async fn register(store: &Store, vendors: &[VendorConfig], clock: &Clock) -> anyhow::Result<()> {
    let registrations: Vec<Registration> = vendors.iter().map(registration).collect();
    store.register_vendors(&registrations, clock.now()).await.context("cannot register the vendors")
}

fn registration(vendor: &VendorConfig) -> Registration {
    let named = vendor.format.map(|_| "named in the configuration");
    Registration {
        slug: vendor.slug.clone(),
        name: vendor.name.clone(),
        url: vendor.url.to_string(),
        format: vendor.format.unwrap_or_default().to_owned(),
        evidence: named.unwrap_or_default().to_owned(),
        components: vendor.components.iter().map(|glob| glob.as_str().to_owned()).collect(),
        interval: jiff::SignedDuration::try_from(vendor.interval).unwrap_or(jiff::SignedDuration::MAX),
    }
}

/// What the site is told of a configuration.
pub(crate) fn site_config(
    config: &Config,
    clock: &Clock,
    entropy: &Entropy,
    seal: Option<Seal>,
) -> SiteConfig {
    let clock = clock.clone();
    let environments = config.environments.iter().map(|environment| domain::Environment {
        slug: environment.slug.clone(),
        name: environment.name.clone(),
        baseline: environment.baseline,
        components: environment.components.iter().map(ComponentConfig::component).collect(),
    });
    SiteConfig {
        name: config.pages[0].name.clone(),
        public_url: config.server.public_url.clone(),
        environments: environments.collect(),
        pages: config.pages.iter().map(page).collect(),
        clock: web::Clock::from_fn(move || clock.now()),
        entropy: entropy.clone(),
        seal,
        templates: config.templates.clone(),
        subscribing: sending::subscribers::offered(config),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        cache_bytes: SiteConfig::CACHE_BYTES,
        undo_seconds: u32::try_from(config.server.undo.as_secs()).unwrap_or(u32::MAX),
    }
}

fn page(page: &PageConfig) -> web::PageConfig {
    web::PageConfig {
        slug: page.slug.clone(),
        name: page.name.clone(),
        host: page.host.clone(),
        environments: page.environments.clone(),
        components: page.components.clone(),
        vendors: page.vendors,
        language: page.language,
        zone: page.zone.clone(),
        face: page.face.clone(),
        header: page.about.clone(),
        links: page.links.clone(),
        noindex: page.noindex,
        embed: page.embed.clone(),
        access: match &page.access {
            Access::Public => web::Access::Public,
            Access::Password(password) => web::Access::Password(web::gate::key_of(&page.slug, password)),
            Access::Token => web::Access::Token,
            Access::Members => web::Access::Members,
        },
    }
}

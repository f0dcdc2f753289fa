//! The site: what is configured, what is kept in memory, and the store behind it.

use crate::assets;
use crate::auth::Passwords;
use crate::auth::elsewhere::Elsewhere;
use crate::commands::Fresh;
use crate::entropy::Entropy;
use crate::error::Error;
use crate::evidence::Loader;
use crate::headers;
use crate::limiter::Limiter;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::page::{Page, PageConfig};
use crate::rendered::{Format, Rendered};
use crate::seal::Seal;
use crate::snapshot::{Snapshot, source_of};
use crate::subscribe::Subscribing;
use crate::template::Template;
use arc_swap::ArcSwap;
use axum::http::HeaderMap;
use domain::{Environment, Incident, IncidentId, Slug, Timestamp};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use store::{Backlog, Store};
use tokio::sync::{Mutex, Semaphore};
use url::Url;

/// Answers rendered at a time: more would only make each of them later.
const RENDERS: usize = 4;
/// Passwords looked at, at a time.
const PASSWORDS: usize = 2;
/// Lists that are put together for one reader, at a time.
const LISTS: usize = 2;
/// Questions that go to the database, at a time.
const QUESTIONS: usize = 2;

/// Everything that serving needs.
#[derive(Debug)]
pub struct Site {
    /// What it was told at start.
    pub(crate) config: SiteConfig,
    /// The database.
    pub(crate) store: Store,
    /// The pages; the first is the one at `/`.
    pub(crate) pages: Vec<Arc<Page>>,
    /// How the team sees everything: in English, at the root, all of it.
    pub(crate) team: Arc<Page>,
    /// What lists are made of.
    pub(crate) snapshot: ArcSwap<Snapshot>,
    /// Held by the one who brings the snapshot up to date.
    pub(crate) syncing: Mutex<()>,
    /// Watched databases, as they are now.
    pub(crate) live: Live,
    /// Counters.
    pub(crate) metrics: Metrics,
    /// The document of the API.
    pub(crate) openapi: Rendered,
    /// Headers of every answer.
    pub(crate) common: HeaderMap,
    /// Attempts to sign in.
    pub(crate) sign_ins: Limiter,
    /// Askings to be told.
    pub(crate) askers: Limiter,
    /// The same by account.
    pub(crate) accounts: Limiter,
    /// The way to bundles of evidence.
    pub(crate) evidence: OnceLock<Loader>,
    /// Accounts elsewhere, if they may sign in.
    pub(crate) elsewhere: OnceLock<Elsewhere>,
    /// What passkeys are bound to, if they can be used.
    pub(crate) passkeys: Option<webauthn_rs::Webauthn>,
    /// Places for those who hash passwords.
    pub(crate) passwords: Passwords,
    /// Places for passwords of pages that are looked at, each of which costs memory.
    pub(crate) page_passwords: Semaphore,
    /// Places for those who render.
    pub(crate) renders: Semaphore,
    /// Places for those whose lists are put together for them alone.
    pub(crate) lists: Semaphore,
    /// Places for those whose questions go to the database.
    pub(crate) questions: Semaphore,
    /// Files of the program and of the faces of pages, by path.
    pub(crate) assets: HashMap<String, Rendered>,
    /// How full the outbox was, and when that was counted.
    pub(crate) counted: Mutex<Option<(Timestamp, Backlog)>>,
    /// The second until which the database is not asked again after it failed.
    pub(crate) failing_until: AtomicI64,
    /// Since when this node serves: before that nobody asked what its configuration says.
    pub(crate) started_at: Timestamp,
    /// Numbers of requests, and where they began.
    pub(crate) request_prefix: u32,
    pub(crate) request_count: AtomicU64,
}

impl Site {
    /// A site over a store. Nothing is read yet: the first request reads what it needs, and
    /// [`warm`](Self::warm) reads the rest.
    pub fn new(config: SiteConfig, store: Store) -> Arc<Self> {
        let common = headers::common(config.is_https());
        let [a, b, c, d] = config.entropy.bytes();
        let assets = files(&config, &common);
        Arc::new(Self {
            pages: Page::all(&config),
            team: Page::of_team(&config),
            evidence: OnceLock::new(),
            elsewhere: OnceLock::new(),
            passkeys: crate::console::passkeys::relying_party(&config),
            started_at: config.clock.now(),
            store,
            snapshot: ArcSwap::from_pointee(Snapshot::of(Arc::clone(&config.environments))),
            syncing: Mutex::default(),
            live: Live::default(),
            metrics: Metrics::default(),
            sign_ins: Limiter::default(),
            askers: Limiter::default(),
            accounts: Limiter::default(),
            passwords: Passwords::default(),
            page_passwords: Semaphore::new(PASSWORDS),
            renders: Semaphore::new(RENDERS),
            lists: Semaphore::new(LISTS),
            questions: Semaphore::new(QUESTIONS),
            assets,
            counted: Mutex::default(),
            failing_until: AtomicI64::new(i64::MIN),
            openapi: Rendered::new(Format::Json, &crate::openapi(), Timestamp::UNIX_EPOCH, &common),
            common,
            config,
            request_prefix: u32::from_be_bytes([a, b, c, d]),
            request_count: AtomicU64::new(0),
        })
    }

    /// Ends what would keep a stopping server waiting: the streams.
    pub fn close(&self) {
        for page in &self.pages {
            page.events.close();
        }
        self.live.close();
    }

    /// Every page, the one at `/` first.
    pub fn pages(&self) -> &[Arc<Page>] {
        &self.pages
    }

    /// The page of that slug.
    pub fn page(&self, slug: &Slug) -> Option<&Arc<Page>> {
        self.pages.iter().find(|page| page.slug() == slug)
    }

    /// The page at `/`.
    pub(crate) fn main_page(&self) -> &Arc<Page> {
        &self.pages[0]
    }

    /// Watched databases, as they are now; to be told by whoever watches them.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// What is counted; to be told by whoever delivers messages.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// A fresh identifier for something inside an incident.
    pub(crate) fn new_id(&self) -> String {
        IncidentId::from_entropy(self.config.entropy.number()).to_string()
    }

    /// Our environments: those of the configuration, then those that were added.
    pub(crate) fn environments(&self) -> Arc<[Environment]> {
        Arc::clone(&self.snapshot.load().environments)
    }

    /// The environment of that slug.
    pub fn environment(&self, slug: &Slug) -> Option<Environment> {
        self.environments().iter().find(|environment| &environment.slug == slug).cloned()
    }

    /// Our environment that an incident belongs to.
    pub(crate) fn environment_of(&self, incident: &Incident) -> Option<Environment> {
        let (source, own) = source_of(&incident.origin);
        self.environment(source).filter(|_| own)
    }

    /// What a new update needs beside its words.
    pub(crate) fn fresh(&self) -> Fresh {
        Fresh { update: self.new_id(), now: self.config.clock.now() }
    }

    /// What seals secrets and makes tokens; an error that says how to get one where there is none.
    pub(crate) fn seal(&self) -> Result<&Seal, Error> {
        let missing = Error::NotConfigured { what: "a key that seals secrets", key: "[secrets] key" };
        self.config.seal.as_ref().ok_or(missing)
    }

    /// Counts and translates an error of the store.
    pub(crate) fn store_error(&self, error: store::Error) -> Error {
        match error {
            store::Error::Duplicate(_) => Error::KeyReused,
            store::Error::Conflict { .. } => Error::Contended,
            store::Error::Corrupt(_) => {
                self.metrics.store_errors.fetch_add(1, Ordering::Relaxed);
                Error::Internal(Box::new(error))
            }
            _ => {
                self.metrics.store_errors.fetch_add(1, Ordering::Relaxed);
                Error::Unavailable(Box::new(error))
            }
        }
    }
}

/// Files of the program and of the faces of pages, by path.
fn files(config: &SiteConfig, common: &HeaderMap) -> HashMap<String, Rendered> {
    let own = assets::all().iter().map(|asset| (asset.path.clone(), Rendered::of_asset(asset, common)));
    let faces = config.pages.iter().flat_map(|page| page.face.contents());
    own.chain(faces.map(|file| (file.path.clone(), file.rendered(common)))).collect()
}

/// Tells the time. Handed in, so that a test can stop it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// Any function that tells an instant.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// What the site is told at start.
#[derive(Clone, Debug)]
pub struct SiteConfig {
    /// Name of the site.
    pub name: String,
    /// Address under which it is reached from outside, if that is known. Links in the feed are absolute
    /// only with it: what a client sends as `Host` is never believed.
    pub public_url: Option<Url>,
    /// Environments of the configuration, in the order in which they are shown.
    pub environments: Arc<[Environment]>,
    /// The pages, the one at `/` first; none means one that shows everything.
    pub pages: Vec<PageConfig>,
    /// The time.
    pub clock: Clock,
    /// Randomness of identifiers and secrets.
    pub entropy: Entropy,
    /// Seals secrets and makes the tokens of links, where there is a key.
    pub seal: Option<Seal>,
    /// What is known of incidents before they happen, in the order of the configuration.
    pub templates: Vec<Template>,
    /// What readers may subscribe to, and how.
    pub subscribing: Subscribing,
    /// Version of the program.
    pub version: String,
    /// Bytes that rendered answers may take in memory.
    pub cache_bytes: usize,
    /// Seconds for which what is posted in the console can be undone before anything leaves.
    pub undo_seconds: u32,
}

impl SiteConfig {
    /// The usual size of the cache.
    pub const CACHE_BYTES: usize = 24 * 1024 * 1024;

    /// Whether the site is reached by https, as far as is known.
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}

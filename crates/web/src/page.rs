//! A status page: what it shows, where it is, and what is kept rendered of it. An installation has one or
//! more; the first is the one at `/`.
//!
//! Each page has its own cache, its own stream of changes and its own list of what its readers see, so that
//! nothing of one can be served by another.

use crate::cache::Cache;
use crate::events::Events;
use crate::face::Face;
use crate::gate::Key;
use crate::language::Words;
use crate::markdown::{self, Place};
use crate::pages::Look;
use crate::sight::Sight;
use crate::site::SiteConfig;
use crate::snapshot::Snapshot;
use crate::view::links::Links;
use arc_swap::ArcSwapOption;
use domain::{Environment, Language, Slug, Timestamp};
use jiff::tz::TimeZone;
use std::fmt;
use std::sync::Arc;
use url::Url;

/// Folder under which pages without a host of their own are reached.
pub const FOLDER: &str = "/p/";

/// What the site is told of one page.
#[derive(Clone, Debug)]
pub struct PageConfig {
    /// Identifier in addresses and commands.
    pub slug: Slug,
    /// Title of the page.
    pub name: String,
    /// Its own domain, in lower case and without a port: the `Host` header chooses it.
    pub host: Option<String>,
    /// Environments that it shows, all where absent.
    pub environments: Option<Vec<Slug>>,
    /// Components that it shows, by name or key; all where absent.
    pub components: Option<Vec<String>>,
    /// Whether it shows vendors.
    pub vendors: bool,
    /// In which language.
    pub language: Language,
    /// The time zone that stands beside UTC.
    pub zone: Option<TimeZone>,
    /// Colour and logo.
    pub face: Face,
    /// Words above everything, Markdown.
    pub header: Option<String>,
    /// Links below everything: words and address.
    pub links: Vec<(String, String)>,
    /// Whether search engines are asked to stay away.
    pub noindex: bool,
    /// Origins whose pages may show it in a frame, all where absent.
    pub embed: Option<Vec<String>>,
    /// Who may read it.
    pub access: Access,
}

/// Who may read a page.
#[derive(Clone, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever knows the password that makes this key.
    Password(Key),
    /// Whoever sends an API token.
    Token,
    /// Whoever is signed in.
    Members,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "Public",
            Self::Password(_) => "Password",
            Self::Token => "Token",
            Self::Members => "Members",
        })
    }
}

impl PageConfig {
    /// The page that shows everything to everybody in English.
    ///
    /// # Panics
    /// Never: `main` is a slug.
    pub fn whole(name: &str) -> Self {
        Self {
            slug: Slug::from_name("main").expect("letters"),
            name: name.to_owned(),
            host: None,
            environments: None,
            components: None,
            vendors: true,
            language: Language::English,
            zone: None,
            face: Face::default(),
            header: None,
            links: Vec::new(),
            noindex: false,
            embed: None,
            access: Access::Public,
        }
    }

    /// Of these environments those that it shows, with those of their components that it shows.
    pub(crate) fn shown(&self, all: &Arc<[Environment]>) -> Arc<[Environment]> {
        if self.environments.is_none() && self.components.is_none() {
            return Arc::clone(all);
        }
        let shown =
            |it: &&Environment| self.environments.as_ref().is_none_or(|slugs| slugs.contains(&it.slug));
        let mut environments: Vec<Environment> = all.iter().filter(shown).cloned().collect();
        if let Some(wanted) = &self.components {
            for environment in &mut environments {
                environment.components.retain(|it| wanted.contains(&it.name) || wanted.contains(&it.key.0));
            }
        }
        environments.into()
    }
}

/// A page.
#[derive(Debug)]
pub struct Page {
    /// What the site was told of it.
    pub(crate) config: PageConfig,
    /// Whether it is the one at `/`.
    pub(crate) is_main: bool,
    /// Where its addresses begin.
    pub(crate) links: Links,
    /// Address under which it is reached from outside, if that is known.
    pub(crate) public_url: Option<Url>,
    /// Those of the configuration that it shows: what its readers see before anything was read.
    configured: Arc<[Environment]>,
    /// Rendered answers.
    pub(crate) cache: Cache,
    /// Readers of changes.
    pub(crate) events: Events,
    /// What its readers see, and of which whole that was made.
    seen: ArcSwapOption<(Arc<Snapshot>, Arc<Snapshot>)>,
}

impl Page {
    /// The pages of a site, the first of which is at `/`.
    pub(crate) fn all(config: &SiteConfig) -> Vec<Arc<Self>> {
        let mut told = config.pages.clone();
        if told.is_empty() {
            told.push(PageConfig::whole(&config.name));
        }
        // Each has an equal part of the memory, and enough of it to be served.
        let budget = (config.cache_bytes / told.len()).max(1024 * 1024);
        told.into_iter().enumerate().map(|(place, page)| Self::new(config, page, place, budget)).collect()
    }

    /// How the team sees everything: in English, at the root. Nothing is kept of it.
    pub(crate) fn of_team(config: &SiteConfig) -> Arc<Self> {
        Self::new(config, PageConfig::whole(&config.name), 0, 0)
    }

    fn new(site: &SiteConfig, config: PageConfig, place: usize, budget: usize) -> Arc<Self> {
        let base = match (place, &config.host) {
            (0, _) | (_, Some(_)) => String::new(),
            _ => format!("{FOLDER}{}", config.slug),
        };
        let public_url = match &config.host {
            Some(host) => {
                let scheme = site.public_url.as_ref().map_or("https", Url::scheme);
                Url::parse(&format!("{scheme}://{host}/")).ok()
            }
            None => site.public_url.as_ref().and_then(|url| url.join(&format!("{base}/")).ok()),
        };
        Arc::new(Self {
            configured: config.shown(&site.environments),
            is_main: place == 0,
            links: Links::under(&base),
            public_url,
            cache: Cache::new(budget),
            events: Events::default(),
            seen: ArcSwapOption::empty(),
            config,
        })
    }

    /// The same page with other addresses, to be written down: see [`export`](crate::export).
    pub(crate) fn at(&self, links: Links) -> Arc<Self> {
        Arc::new(Self {
            config: self.config.clone(),
            is_main: self.is_main,
            links,
            public_url: self.public_url.clone(),
            configured: Arc::clone(&self.configured),
            cache: Cache::new(0),
            events: Events::default(),
            seen: ArcSwapOption::new(self.seen.load_full()),
        })
    }

    /// Identifier in addresses and commands.
    pub fn slug(&self) -> &Slug {
        &self.config.slug
    }

    /// What identifiers of the page are made of: the one at `/` keeps its own when it gets a slug.
    pub(crate) fn id_name(&self) -> &str {
        if self.is_main { "" } else { self.config.slug.as_str() }
    }

    /// Address under which it is reached from outside, if that is known.
    pub fn public_url(&self) -> Option<&Url> {
        self.public_url.as_ref()
    }

    /// What its paths begin with; empty at the root of a host.
    pub fn base(&self) -> &str {
        self.links.base()
    }

    /// Title.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// What the site was told of it.
    pub fn config(&self) -> &PageConfig {
        &self.config
    }

    /// Whether everybody may read it.
    pub fn is_public(&self) -> bool {
        self.config.access == Access::Public
    }

    /// What it says of itself.
    pub(crate) fn words(&self) -> &'static Words {
        Words::of(self.config.language)
    }

    /// How it looks.
    pub(crate) fn look(&self) -> Look {
        let config = &self.config;
        Look {
            header: config.header.as_deref().map(|text| markdown::render(text, Place::Update)),
            face: config.face.files(),
            links: config.links.clone(),
            noindex: config.noindex || !self.is_public(),
            vendors: config.vendors,
            subscribe: self.is_public(),
        }
    }

    /// Environments that its readers see, with their components.
    pub(crate) fn environments(&self) -> Arc<[Environment]> {
        Arc::clone(&self.last_seen().environments)
    }

    /// What its readers see of everything.
    pub(crate) fn sight(self: &Arc<Self>, whole: &Arc<Snapshot>) -> Sight {
        let kept = self.seen.load_full();
        if let Some(kept) = kept.as_ref().filter(|kept| Arc::ptr_eq(&kept.0, whole)) {
            return Sight::of_page(self, Arc::clone(&kept.1));
        }
        let before = kept.as_ref().map(|kept| (&*kept.0, &*kept.1));
        let seen = Arc::new(whole.for_page(self, before));
        self.seen.store(Some(Arc::new((Arc::clone(whole), Arc::clone(&seen)))));
        Sight::of_page(self, seen)
    }

    /// Nothing but how it speaks, for pages that tell of an error.
    pub(crate) fn sight_at(self: &Arc<Self>, now: Timestamp) -> Sight {
        let mut nothing = Snapshot::of(Arc::clone(&self.configured));
        nothing.as_of = now;
        Sight::of_page(self, Arc::new(nothing))
    }

    /// What its readers last saw; nothing before anything was read.
    pub(crate) fn last_sight(self: &Arc<Self>) -> Sight {
        Sight::of_page(self, self.last_seen())
    }

    pub(crate) fn last_seen(&self) -> Arc<Snapshot> {
        let seen = self.seen.load_full().map(|kept| Arc::clone(&kept.1));
        seen.unwrap_or_else(|| Arc::new(Snapshot::of(Arc::clone(&self.configured))))
    }
}

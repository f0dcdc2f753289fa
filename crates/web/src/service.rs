//! For those who run the site: whether it lives, whether it is ready, what it counts; and the stream of
//! changes for open pages.

use crate::auth::Scope;
use crate::dispatch::OnPage;
use crate::error::Error;
use crate::load::count_states;
use crate::metrics::{self, Exposition};
use crate::page::Page;
use crate::site::Site;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use axum::response::IntoResponse;
use domain::time::seconds_between;
use domain::{Action, Place};
use std::sync::Arc;
use std::time::Duration;
use store::Backlog;

/// Longest wait for the database before it counts as not ready.
const PATIENCE: Duration = Duration::from_secs(1);
/// Seconds for which the outbox is taken as it was counted.
const COUNT_SECONDS: i64 = 5;

/// Changes as they happen.
pub(crate) async fn events(State(site): State<Arc<Site>>, on: OnPage) -> Result<Response<Body>, Error> {
    let mut response = on.page.events.subscribe(site.config.clock.now()).ok_or(Error::Busy)?.into_response();
    // Proxies that collect answers before they pass them on would keep the news.
    let name = HeaderName::from_static("x-accel-buffering");
    response.headers_mut().insert(name, HeaderValue::from_static("no"));
    Ok(response)
}

/// The process is alive.
pub(crate) async fn alive() -> Response<Body> {
    plain("alive\n".to_owned())
}

/// The database answers and takes writes.
pub(crate) async fn ready(State(site): State<Arc<Site>>) -> Result<Response<Body>, Error> {
    let ping = tokio::time::timeout(PATIENCE, site.store.ping()).await;
    ping.map_err(|_| site.timed_out())?.map_err(|error| site.store_error(error))?;
    Ok(plain("ready\n".to_owned()))
}

/// Pages for everybody may be searched; the rest is for people and programs who know where they go.
pub(crate) async fn robots(on: OnPage) -> Response<Body> {
    if on.page.config.noindex || !on.page.is_public() {
        return plain("User-agent: *\nDisallow: /\n".to_owned());
    }
    plain("User-agent: *\nDisallow: /console\nDisallow: /api/\nDisallow: /events\n".to_owned())
}

/// Counters and gauges. What the page at `/` does not show is for a token that sees everything.
pub(crate) async fn metrics(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
) -> Result<Response<Body>, Error> {
    let sees_all = site.sees_everything(&headers).await?;
    let mut text = Exposition::default();
    site.metrics.write(&mut text);
    let sum = |of: fn(&Page) -> usize| site.pages().iter().map(|page| of(page)).sum::<usize>();
    let (bytes, entries) = (sum(|page| page.cache.bytes()), sum(|page| page.cache.len()));
    text.single("cache_bytes", "gauge", "Bytes of rendered answers in memory.", bytes);
    text.single("cache_entries", "gauge", "Rendered answers in memory.", entries);
    let readers = sum(|page| page.events.readers());
    text.single("event_readers", "gauge", "Readers of the stream of changes.", readers);
    write_vendors(&site, &mut text);
    let stats = site.backlog().await;
    text.single("store_up", "gauge", "Whether the database answers.", u8::from(stats.is_ok()));
    if sees_all {
        site.metrics.write_deliveries(&mut text);
        if let Ok(stats) = stats {
            write_outbox(&stats, &mut text);
        }
        metrics::reads::write(&site.live, site.config.clock.now(), &mut text);
    }
    let mut response = plain(text.finish());
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

fn write_vendors(site: &Site, text: &mut Exposition) {
    // What anybody may see of the page at `/`, as anybody may ask for these figures.
    let snapshot = site.main_page().sight(&site.snapshot.load_full());
    text.begin("vendors", "gauge", "Vendors by the state that is shown.");
    for (state, count) in count_states(&snapshot) {
        text.sample("vendors", &[("state", state.as_str())], count);
    }
    let own = snapshot.open.iter().filter(|known| known.is_own()).count();
    text.begin("open_incidents", "gauge", "Incidents and maintenances that are going on.");
    text.sample("open_incidents", &[("source", "own")], own);
    text.sample("open_incidents", &[("source", "vendor")], snapshot.open.len() - own);
    let name = "last_good_look_timestamp_seconds";
    text.begin(name, "gauge", "When a vendor's page was last seen.");
    for watched in &snapshot.vendors {
        if let Some(at) = watched.vendor.health.last_ok_at {
            text.sample(name, &[("vendor", watched.slug().as_str())], at.as_second());
        }
    }
}

fn write_outbox(stats: &Backlog, text: &mut Exposition) {
    text.begin("notices", "gauge", "Notices by what became of them.");
    text.sample("notices", &[("state", "waiting")], stats.waiting);
    text.sample("notices", &[("state", "dead")], stats.dead);
    text.sample("notices", &[("state", "done")], stats.done);
    if let Some(at) = stats.oldest_waiting_at {
        let help = "When the oldest notice that waits was decided.";
        text.single("oldest_waiting_notice_timestamp_seconds", "gauge", help, at.as_second());
    }
}

impl Site {
    /// Whether a request carries a token that sees everything. While the database cannot be asked, it is nobody's,
    /// so that whoever watches us still hears that the database is away.
    async fn sees_everything(&self, headers: &HeaderMap) -> Result<bool, Error> {
        if !headers.contains_key(header::AUTHORIZATION) {
            return Ok(false);
        }
        match self.bearer(headers, Scope::Read).await {
            Ok(actor) => actor.may(Action::See, Place::Everywhere).map(|()| true),
            Err(Error::Unavailable(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// How full the outbox is. Counting reads all of it, so it is done once in a while however often
    /// somebody asks.
    async fn backlog(&self) -> Result<Backlog, Error> {
        let mut counted = self.counted.lock().await;
        let now = self.config.clock.now();
        let recent = counted.as_ref().filter(|(at, _)| seconds_between(*at, now) < COUNT_SECONDS);
        if let Some((_, backlog)) = recent {
            return Ok(backlog.clone());
        }
        let stats = tokio::time::timeout(PATIENCE, self.store.outbox_stats()).await;
        let stats = stats.map_err(|_| self.timed_out())?.map_err(|error| self.store_error(error))?;
        *counted = Some((now, stats.clone()));
        Ok(stats)
    }
}

fn plain(text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

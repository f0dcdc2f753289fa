//! One guarded client for all that is fetched from outside.
//!
//! Addresses come from configuration and from strangers' redirects, so every hop is judged: first the
//! address as it is written, then, at the moment of connecting, what its name stands for. Time and size
//! are bounded at every step. One client serves everybody, because a new one for each request would
//! forget its connections.
//!
//! This module never retries, never keeps cookies, never uses a proxy, and never tells one host about
//! another.

pub mod address;
pub mod allow;
pub mod error;
mod headers;
mod lanes;
pub mod resolve;
mod talk;
mod tls;

pub use error::{FetchError, Part, Phase};
pub use talk::Answer;

use crate::config::FetchConfig;
use allow::{AllowList, Passage, Refused, Remedy};
use lanes::Lanes;
use reqwest::header::{
    CONTENT_TYPE, ETAG, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
};
use reqwest::{Client, StatusCode};
use resolve::{Lookup, Vetting};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use url::Url;

/// All headers of an answer together. Servers send 1 to 4 kB.
const MAX_HEADERS: u32 = 65_536;

/// What to fetch, and what is known of it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The address.
    pub url: Url,
    /// `ETag` of the last answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the last answer.
    pub last_modified: Option<String>,
}

impl Request {
    /// A request for an address of which nothing is known.
    pub fn new(url: Url) -> Self {
        Self { url, etag: None, last_modified: None }
    }

    fn is_conditional(&self) -> bool {
        self.etag.is_some() || self.last_modified.is_some()
    }
}

/// An answer that was understood.
#[derive(Clone, Debug)]
pub struct Response {
    /// 2xx or 304.
    pub status: u16,
    /// The address that answered, after redirects.
    pub final_url: Url,
    /// To be sent with the next request.
    pub etag: Option<String>,
    /// To be sent with the next request.
    pub last_modified: Option<String>,
    /// For how much longer the answer counts as fresh; at most a day.
    pub max_age: Option<Duration>,
    /// How long the vendor asks us to wait; at most a day.
    pub retry_after: Option<Duration>,
    /// Media type as the server gave it.
    pub content_type: Option<String>,
    /// What came.
    pub body: Body,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The same as last time.
    Unchanged,
    /// This, unpacked.
    Bytes(Vec<u8>),
}

/// The client. A clone shares connections and limits.
#[derive(Clone)]
pub struct Fetcher {
    /// For the general rule and the exceptions by address.
    guarded: Client,
    /// For hosts that the operator has named.
    exempt: Client,
    /// For hosts that a redirect has named: no exceptions.
    strict: Client,
    allowed: Arc<AllowList>,
    lanes: Arc<Lanes>,
    limits: Limits,
}

#[derive(Clone, Copy)]
struct Limits {
    connect: Duration,
    headers: Duration,
    total: Duration,
    body: u64,
    redirects: u64,
}

/// One request's outcome.
enum Hop {
    Arrived(Response),
    Redirected(Url),
}

impl Fetcher {
    /// A client that asks the system for the addresses of names.
    pub fn new(config: &FetchConfig) -> anyhow::Result<Self> {
        Self::with_lookup(config, resolve::system)
    }

    /// A client that keeps up to `idle` connections to each host open, for those to whom much is sent.
    pub fn keeping(config: &FetchConfig, idle: usize) -> anyhow::Result<Self> {
        Self::build(config, resolve::system, idle)
    }

    /// A client that asks `lookup` for the addresses of names.
    pub fn with_lookup(config: &FetchConfig, lookup: Lookup) -> anyhow::Result<Self> {
        // One for each lane.
        Self::build(config, lookup, lanes::PER_HOST)
    }

    fn build(config: &FetchConfig, lookup: Lookup, idle: usize) -> anyhow::Result<Self> {
        let allowed = Arc::new(config.allow_hosts.clone());
        let limits = Limits {
            connect: config.connect_timeout,
            headers: config.header_timeout,
            total: config.total_timeout,
            body: config.max_body,
            redirects: config.max_redirects,
        };
        Ok(Self {
            guarded: client(config, Vetting::guarded(lookup, allowed.clone()), idle)?,
            exempt: client(config, Vetting::exempt(lookup), idle)?,
            strict: client(config, Vetting::guarded(lookup, Arc::default()), idle)?,
            allowed,
            lanes: Arc::new(Lanes::new()),
            limits,
        })
    }

    /// Fetches, following redirects. Waiting for a lane to the host is not counted against the vendor.
    pub async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        let too_long = |_| FetchError::Timeout { phase: Phase::Total, after: self.limits.total };
        let mut budget = self.limits.total;
        let mut url = request.url.clone();
        for _ in 0..=self.limits.redirects {
            let client = self.client_for(&url, &request.url)?;
            let _lane = self.lanes.enter(&lane_name(&url)).await;
            let started = Instant::now();
            match timeout(budget, self.hop(client, &url, &request)).await.map_err(too_long)? {
                Ok(Hop::Arrived(response)) => return Ok(response),
                Ok(Hop::Redirected(next)) => url = next,
                Err(error) if url.host() == request.url.host() => return Err(error),
                Err(error) => return Err(error.of_redirect()),
            }
            budget = budget.saturating_sub(started.elapsed());
        }
        Err(FetchError::Redirects { limit: self.limits.redirects })
    }

    /// The client whose guard suits the address; the guard of names is in the client. The operator's
    /// exceptions are for the host that was asked for: a stranger's redirect to another must not use them.
    fn client_for(&self, url: &Url, asked_for: &Url) -> Result<&Client, FetchError> {
        let refused =
            |reason| FetchError::Refused(Refused { host: shown(url), reason, remedy: Remedy::Nothing });
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused("neither http nor https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("an address with a user in it"));
        }
        if url.host() != asked_for.host() {
            let strayed = |refused| FetchError::Refused(refused).of_redirect();
            return AllowList::default().check(url).map(|_| &self.strict).map_err(strayed);
        }
        match self.allowed.check(url).map_err(FetchError::Refused)? {
            Passage::Guarded => Ok(&self.guarded),
            Passage::Exempt => Ok(&self.exempt),
        }
    }

    async fn hop(&self, client: &Client, url: &Url, request: &Request) -> Result<Hop, FetchError> {
        let too_long = |_| FetchError::Timeout { phase: Phase::Headers, after: self.limits.headers };
        let broken = |error| self.broken(&error, url);
        let mut sending = client.get(url.clone());
        let conditions = [(IF_NONE_MATCH, &request.etag), (IF_MODIFIED_SINCE, &request.last_modified)];
        for (name, value) in conditions {
            if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
                sending = sending.header(name, value);
            }
        }
        let answer = timeout(self.limits.headers, sending.send()).await.map_err(too_long)?.map_err(broken)?;
        if headers::size(answer.headers()) > MAX_HEADERS as usize {
            return Err(FetchError::TooLarge { part: Part::Headers, limit: MAX_HEADERS.into() });
        }
        match answer.status() {
            StatusCode::NOT_MODIFIED if request.is_conditional() => {
                Ok(Hop::Arrived(response(&answer, url, Body::Unchanged)))
            }
            status if status.is_success() => {
                let mut arrived = response(&answer, url, Body::Unchanged);
                arrived.body = Body::Bytes(self.body(answer, url).await?);
                Ok(Hop::Arrived(arrived))
            }
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT => redirect(&answer, url).map(Hop::Redirected),
            status => {
                let retry_after = headers::retry_after(answer.headers());
                Err(FetchError::Status { code: status.as_u16(), retry_after })
            }
        }
    }

    /// Reads the body piece by piece and stops at the limit: what a small packed body unpacks to is known
    /// only then.
    async fn body(&self, mut answer: reqwest::Response, url: &Url) -> Result<Vec<u8>, FetchError> {
        let too_large = || FetchError::TooLarge { part: Part::Body, limit: self.limits.body };
        if answer.content_length().is_some_and(|length| length > self.limits.body) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.broken(&error, url))? {
            if (bytes.len() + piece.len()) as u64 > self.limits.body {
                return Err(too_large());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    fn broken(&self, error: &reqwest::Error, url: &Url) -> FetchError {
        FetchError::of_client(error, url.host_str().unwrap_or_default(), self.limits.connect)
    }
}

fn client(config: &FetchConfig, resolver: Vetting, idle: usize) -> anyhow::Result<Client> {
    let resolver = Arc::new(resolver);
    tls::build(|| {
        Client::builder()
            .dns_resolver(resolver.clone())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .user_agent(config.user_agent.clone())
            .connect_timeout(config.connect_timeout)
            .http2_max_header_list_size(MAX_HEADERS)
            // Not for longer than a usual interval.
            .pool_max_idle_per_host(idle)
            .pool_idle_timeout(Duration::from_secs(90))
    })
}

fn response(answer: &reqwest::Response, url: &Url, body: Body) -> Response {
    let headers = answer.headers();
    Response {
        status: answer.status().as_u16(),
        final_url: url.clone(),
        etag: headers::text(headers, ETAG),
        last_modified: headers::text(headers, LAST_MODIFIED),
        max_age: headers::max_age(headers),
        retry_after: headers::retry_after(headers),
        content_type: headers::text(headers, CONTENT_TYPE),
        body,
    }
}

fn redirect(answer: &reqwest::Response, url: &Url) -> Result<Url, FetchError> {
    let broken = |reason: &str| FetchError::Broken { reason: reason.to_owned() };
    let location = answer.headers().get(LOCATION).ok_or_else(|| broken("a redirect without an address"))?;
    let location = location.to_str().map_err(|_| broken("a redirect to an address that is not text"))?;
    url.join(location)
        .map_err(|error| FetchError::Broken { reason: format!("a redirect to nowhere: {error}") })
}

/// Two ports of one machine are two servers.
fn lane_name(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

/// The address as a message may quote it: without user, path and query.
fn shown(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default())
}

#[cfg(test)]
pub(crate) mod tests;

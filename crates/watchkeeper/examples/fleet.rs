//! A fleet of invented vendors on one port of loopback, for measuring a node that watches them all.
//!
//! ```text
//! cargo run --profile bench --example fleet -- fleet.toml --vendors 2000 --for 600
//! ```
//!
//! writes the configuration for the node to `fleet.toml`, answers as Statuspage does (one look in fifty
//! finds a change, the others get a 304), and at the end prints as JSON how many looks came and how late
//! they were against the interval. It never judges the result and never measures the node's own memory or
//! processor time: the operating system knows those.

use anyhow::Context as _;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, Response, StatusCode};
use axum::{Router, routing::get};
use clap::Parser;
use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;
use watchkeeper::clock::Clock;

/// A fleet of invented vendors, for measuring a node that watches them all.
#[derive(Parser)]
struct Options {
    /// Where to write the configuration for the node.
    config: PathBuf,
    /// How many vendors.
    #[arg(long, default_value_t = 2_000)]
    vendors: usize,
    /// Seconds between two looks at a vendor.
    #[arg(long, default_value_t = 60)]
    interval: u64,
    /// Seconds after which to report and end; until a signal comes if not given.
    #[arg(long = "for")]
    seconds: Option<u64>,
    /// Port of the fleet; any free one if not given.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Where the node shall listen.
    #[arg(long, default_value = "127.0.0.1:8080")]
    node: SocketAddr,
}

/// Looks from one change of a page to the next.
const LOOKS_PER_CHANGE: u64 = 50;
/// Components of each page, which makes its summary about 19 kB long.
const COMPONENTS: usize = 49;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let address = listener.local_addr()?;
    let text = config(&options, address);
    tokio::fs::write(&options.config, text).await.context("cannot write the configuration")?;
    let fleet = Arc::new(Fleet::new(&options));
    let route = get(answer).with_state(Arc::clone(&fleet));
    let router = Router::new().route("/v/{vendor}/api/v2/{*document}", route);
    eprintln!(
        "{} vendors on {address}; the configuration is in {}",
        options.vendors,
        options.config.display()
    );
    tokio::select! {
        served = axum::serve(listener, router) => served?,
        ended = end(options.seconds) => ended?,
    }
    println!("{:#}", fleet.report());
    Ok(())
}

/// Waits for the end: the time, or a signal.
async fn end(seconds: Option<u64>) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let time = async {
        match seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = time => {}
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

fn config(options: &Options, address: SocketAddr) -> String {
    let mut text = format!(
        "listen = \"{}\"\ndatabase = \"sqlite:fleet.db\"\n\n[page]\nname = \"Fleet\"\n\n\
         [fetch]\nallow_hosts = [\"{address}\"]\n",
        options.node
    );
    for number in 0..options.vendors {
        let _ = write!(
            text,
            "\n[[vendor]]\nname = \"Fleet {number:04}\"\nformat = \"statuspage\"\ninterval = \"{}s\"\n\
             url = \"http://{address}/v/{number:04}/api/v2/summary.json\"\n",
            options.interval
        );
    }
    text
}

/// All vendors, and what was asked of them.
struct Fleet {
    interval: Duration,
    started: Instant,
    vendors: Vec<Mutex<Vendor>>,
    unchanged: AtomicU64,
    details: AtomicU64,
}

/// One vendor.
struct Vendor {
    looks: u64,
    last: Option<Instant>,
    /// How much later than the interval each look came, in milliseconds; less than zero if earlier.
    late_ms: Vec<i64>,
    page: Page,
}

/// What a page shows. An odd version has an open incident, the even one after it shows it resolved.
#[derive(Clone, Copy)]
struct Page {
    version: u64,
    opened_at: Timestamp,
    changed_at: Timestamp,
}

impl Page {
    fn is_open(self) -> bool {
        self.version % 2 == 1
    }

    fn move_on(&mut self, now: Timestamp) {
        self.version += 1;
        self.changed_at = now;
        if self.is_open() {
            self.opened_at = now;
        }
    }
}

impl Fleet {
    fn new(options: &Options) -> Self {
        let now = Clock::System.now();
        let page = |number: usize| Page { version: number as u64 % 2, opened_at: now, changed_at: now };
        let vendor = |number| Vendor { looks: 0, last: None, late_ms: Vec::new(), page: page(number) };
        Self {
            interval: Duration::from_secs(options.interval),
            started: Instant::now(),
            vendors: (0..options.vendors).map(|number| Mutex::new(vendor(number))).collect(),
            unchanged: AtomicU64::new(0),
            details: AtomicU64::new(0),
        }
    }

    /// Counts a look and moves the page on if it is due. Vendors change at different looks, so that the
    /// changes are spread over the minutes.
    fn look(&self, number: usize) -> Option<Page> {
        let mut vendor = self.vendors.get(number)?.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(last) = vendor.last {
            vendor.late_ms.push(self.late_ms(last, now));
        }
        vendor.last = Some(now);
        vendor.looks += 1;
        if (vendor.looks + number as u64).is_multiple_of(LOOKS_PER_CHANGE) {
            vendor.page.move_on(Clock::System.now());
        }
        Some(vendor.page)
    }

    fn page(&self, number: usize) -> Option<Page> {
        let vendor = self.vendors.get(number)?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(vendor.page)
    }

    fn late_ms(&self, from: Instant, until: Instant) -> i64 {
        let ms = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        ms(until.duration_since(from)) - ms(self.interval)
    }

    fn report(&self) -> Value {
        let now = Instant::now();
        let (mut looks, mut never, mut all, mut worst) = (0, 0, Vec::new(), Vec::new());
        for vendor in &self.vendors {
            let vendor = vendor.lock().unwrap_or_else(PoisonError::into_inner);
            looks += vendor.looks;
            never += u64::from(vendor.last.is_none());
            let mut late = vendor.late_ms.clone();
            // A look that is due and has not come is late as well.
            let due = self.late_ms(vendor.last.unwrap_or(self.started), now);
            late.extend((due > 0).then_some(due));
            worst.extend(late.iter().max());
            all.extend(late);
        }
        json!({
            "seconds": now.duration_since(self.started).as_secs(),
            "interval_seconds": self.interval.as_secs(),
            "vendors": self.vendors.len(),
            "vendors_never_seen": never,
            "looks": looks,
            "looks_unchanged": self.unchanged.load(Relaxed),
            "details": self.details.load(Relaxed),
            "late_by_more_than_5_s": all.iter().filter(|late| **late > 5_000).count(),
            "late_ms": spread(all),
            "worst_of_each_vendor_late_ms": spread(worst),
        })
    }
}

/// Smallest, middle, 99th percentile and greatest.
fn spread(mut values: Vec<i64>) -> Value {
    values.sort_unstable();
    let at = |percent: usize| values.get((values.len() * percent / 100).min(values.len().saturating_sub(1)));
    json!({ "count": values.len(), "min": at(0), "p50": at(50), "p99": at(99), "max": values.last() })
}

async fn answer(
    State(fleet): State<Arc<Fleet>>,
    Path((vendor, document)): Path<(usize, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    let is_look = document == "summary.json";
    let page = if is_look { fleet.look(vendor) } else { fleet.page(vendor) };
    let Some((page, shape)) = page.zip(Shape::of(&document)) else {
        return finish(Response::builder().status(StatusCode::NOT_FOUND), Body::empty());
    };
    fleet.details.fetch_add(u64::from(!is_look), Relaxed);
    let tag = format!("W/\"{vendor}-{}\"", page.version);
    let answer = Response::builder().header(ETAG, &tag);
    if header(&headers, &IF_NONE_MATCH) == Some(&tag) {
        fleet.unchanged.fetch_add(u64::from(is_look), Relaxed);
        return finish(answer.status(StatusCode::NOT_MODIFIED), Body::empty());
    }
    let text = shape.text(vendor, page);
    let answer = answer.header(CONTENT_TYPE, "application/json; charset=utf-8");
    if header(&headers, &ACCEPT_ENCODING).is_some_and(|accepted| accepted.contains("gzip")) {
        return finish(answer.header(CONTENT_ENCODING, "gzip"), Body::from(pack(&text)));
    }
    finish(answer, Body::from(text))
}

/// A document of a page.
enum Shape {
    Summary,
    Incidents,
    Maintenances,
}

impl Shape {
    fn of(document: &str) -> Option<Self> {
        match document {
            "summary.json" => Some(Self::Summary),
            "incidents.json" => Some(Self::Incidents),
            "scheduled-maintenances.json" => Some(Self::Maintenances),
            _ => None,
        }
    }

    fn text(&self, vendor: usize, page: Page) -> String {
        let (is_open, incident) = (page.is_open(), incident(vendor, page));
        let mut body = json!({ "page": {
            "id": format!("fleet{vendor:07}"),
            "name": format!("Fleet {vendor:04}"),
            "url": format!("https://status.fleet{vendor:04}.example"),
            "time_zone": "Etc/UTC",
            "updated_at": page.changed_at.to_string(),
        } });
        match self {
            Self::Incidents => body["incidents"] = json!([incident]),
            Self::Maintenances => body["scheduled_maintenances"] = json!([]),
            Self::Summary => {
                body["components"] =
                    (0..COMPONENTS).map(|number| component(vendor, number, is_open)).collect();
                body["incidents"] = if is_open { json!([incident]) } else { json!([]) };
                body["scheduled_maintenances"] = json!([]);
                let (indicator, description) = if is_open {
                    ("minor", "Partially Degraded Service")
                } else {
                    ("none", "All Systems Operational")
                };
                body["status"] = json!({ "indicator": indicator, "description": description });
            }
        }
        body.to_string()
    }
}

fn component(vendor: usize, number: usize, is_open: bool) -> Value {
    json!({
        "id": format!("c{vendor:07}{number:04}"),
        "name": format!("Service {number:02}"),
        "status": if is_open && number == 0 { "degraded_performance" } else { "operational" },
        "created_at": "2021-03-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z",
        "position": number + 1,
        "description": "Answers requests of customers in this region and passes their events on to the others.",
        "showcase": true,
        "start_date": null,
        "group_id": null,
        "page_id": format!("fleet{vendor:07}"),
        "group": false,
        "only_show_if_degraded": false,
    })
}

fn incident(vendor: usize, page: Page) -> Value {
    let (is_open, number) = (page.is_open(), page.version.div_ceil(2));
    let id = format!("i{vendor:06}{:05}", number % 100_000);
    let (opened_at, changed_at) = (page.opened_at.to_string(), page.changed_at.to_string());
    let update = |order: usize, at: &str, status: &str, body: &str| {
        json!({
            "id": format!("{id}-{order}"),
            "incident_id": id,
            "status": status,
            "body": body,
            "created_at": at,
            "updated_at": at,
            "display_at": at,
            "affected_components": null,
        })
    };
    let opened = update(0, &opened_at, "investigating", "Some requests take longer than they should.");
    let resolved = update(1, &changed_at, "resolved", "Requests are quick again.");
    json!({
        "id": id,
        "name": "Slow answers",
        "status": if is_open { "investigating" } else { "resolved" },
        "impact": "minor",
        "created_at": opened_at,
        "updated_at": changed_at,
        "started_at": opened_at,
        "monitoring_at": null,
        "resolved_at": (!is_open).then_some(&changed_at),
        "shortlink": format!("https://status.fleet{vendor:04}.example/incidents/{id}"),
        "page_id": format!("fleet{vendor:07}"),
        "incident_updates": if is_open { vec![opened] } else { vec![resolved, opened] },
        "components": [component(vendor, 0, is_open)],
    })
}

fn pack(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    packed.expect("writing to memory does not fail")
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn finish(answer: axum::http::response::Builder, body: Body) -> Response<Body> {
    answer.body(body).expect("every header is made here, of plain characters")
}

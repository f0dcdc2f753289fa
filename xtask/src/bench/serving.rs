//! A public incident page beside a static file of nginx: the same bytes, the same machine, turn by turn.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use super::children::{NODE, Running, fleet, get, node, until};
use crate::packages::{self, Program};
use crate::process;

const PROGRAMS: &[Program] = &[
    Program { name: "nginx", package: "nginx-light", purpose: "it is the peer" },
    Program { name: "wrk", package: "wrk", purpose: "it makes the load" },
];
const NGINX: &str = "127.0.0.1:18081";
/// Turns of each server; the median is reported.
const ROUNDS: usize = 5;

pub(super) fn run() -> Result<()> {
    packages::ensure(PROGRAMS)?;
    super::build()?;
    super::build_example("watchkeeper", "fleet")?;
    super::in_temporary_folder(measure)
}

fn measure(folder: &Path) -> Result<()> {
    let (_fleet, config) = fleet(folder, 100, 3_600)?;
    let (first, empty) = node(&config)?;
    let path = until("the first incident", incident_path)?;
    // Every vendor has been looked at once, and the pages are rendered ahead.
    std::thread::sleep(Duration::from_secs(20));
    drop(first);
    let mut starts = Vec::new();
    for _ in 0..ROUNDS {
        let (again, took) = node(&config)?;
        drop(again);
        starts.push(took.as_secs_f64() * 1e3);
    }
    let (node, _) = node(&config)?;
    std::thread::sleep(Duration::from_secs(10));
    let idle = node.megabytes()?;
    let page = get(NODE, &path, true)?;
    let _nginx = nginx(folder, &page)?;
    println!("page {path}, {} bytes of gzip", page.len());
    println!(
        "first page after start: {:.0} ms on an empty database, {:.0} ms (median) on a full one",
        empty.as_secs_f64() * 1e3,
        median(&mut starts)
    );
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let (a, b) = (wrk(NODE, &path)?, wrk(NGINX, "/page.html")?);
        println!(
            "round {round}: watchkeeper {:.0}/s p99 {} · nginx {:.0}/s p99 {} · ratio {:.2}",
            a.0,
            a.1,
            b.0,
            b.1,
            a.0 / b.0
        );
        ours.push(a.0);
        theirs.push(b.0);
        ratios.push(a.0 / b.0);
    }
    println!(
        "median: watchkeeper {:.0}/s, nginx {:.0}/s, ratio {:.2}",
        median(&mut ours),
        median(&mut theirs),
        median(&mut ratios)
    );
    println!(
        "resident memory with 100 vendors: {idle:.1} MB idle, {:.1} MB after the load",
        node.megabytes()?
    );
    Ok(())
}

/// The page of the newest incident of any vendor.
fn incident_path() -> Option<String> {
    let list: serde_json::Value =
        serde_json::from_slice(&get(NODE, "/api/v1/incidents", false).ok()?).ok()?;
    let incident = list.get("incidents")?.as_array()?.first()?;
    Some(incident.get("path")?.as_str()?.to_owned())
}

/// nginx in the foreground with one compressed file, as `gzip_static` serves it.
fn nginx(folder: &Path, page: &[u8]) -> Result<Running> {
    std::fs::write(folder.join("page.html.gz"), page)?;
    let config = folder.join("nginx.conf");
    let base = folder.display();
    std::fs::write(
        &config,
        format!(
            "worker_processes 2; daemon off; pid {base}/nginx.pid; error_log {base}/nginx.err;\n\
         events {{ worker_connections 1024; }}\n\
         http {{ access_log off; gzip_static on; types {{ text/html html; }}\n\
         client_body_temp_path {base}/b; proxy_temp_path {base}/p; fastcgi_temp_path {base}/f;\n\
         uwsgi_temp_path {base}/u; scgi_temp_path {base}/s;\n\
         server {{ listen {NGINX}; root {base}; keepalive_requests 100000000; }} }}\n"
        ),
    )?;
    let mut command = Command::new(packages::find("nginx").context("nginx is missing")?);
    let nginx = Running(command.arg("-c").arg(&config).stderr(Stdio::null()).spawn()?);
    // Its workers run as another user, who must be able to read the folder.
    process::run(Command::new("chmod").arg("755").arg(folder))?;
    until("nginx", || get(NGINX, "/page.html", true).ok())?;
    Ok(nginx)
}

/// Requests per second and the p99 as wrk prints it.
fn wrk(address: &str, path: &str) -> Result<(f64, String)> {
    let mut command = Command::new("wrk");
    command.args(["-t1", "-c8", "-d4s", "--latency", "-H", "Accept-Encoding: gzip"]);
    let text = process::output(command.arg(format!("http://{address}{path}")))?;
    let value = |name: &str| {
        let line = text.lines().map(str::trim).find_map(|line| line.strip_prefix(name));
        line.map(|rest| rest.trim().to_owned()).with_context(|| format!("wrk printed no `{name}`"))
    };
    anyhow::ensure!(!text.contains("Non-2xx"), "not every answer was good:\n{text}");
    Ok((value("Requests/sec:")?.parse()?, value("99%")?))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

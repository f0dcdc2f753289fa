//! `watchkeeper doctor`: looks at everything the program stands on, and says what is wrong, what follows
//! from it, and what to do.
//!
//! This module never repairs anything and never writes to the database.

mod kept;
mod watched;

use super::config_file::ConfigFile;
use super::{Failure, terminal};
use crate::clock::Clock;
use crate::config::{Config, VendorConfig};
use crate::detect;
use crate::http::Fetcher;
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};
use store::Store;

/// Vendors looked at together.
const AT_A_TIME: usize = 8;

/// Checks configuration, database, vendors and watched databases, and says what to do about what is wrong
#[derive(Debug, clap::Args)]
#[command(after_help = "\
May be run beside `watchkeeper serve`: it only reads.

Examples:
  watchkeeper doctor
  watchkeeper doctor --offline --json

Exit codes: 0 all is well, 1 something is wrong, 2 the configuration is wrong")]
pub struct Args {
    #[command(flatten)]
    config: ConfigFile,
    /// Look neither at the vendors' pages nor at the watched databases
    #[arg(long)]
    offline: bool,
    /// Print the result as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// One thing that was looked at.
struct Finding {
    what: String,
    trouble: Option<Trouble>,
}

/// What is wrong with it.
struct Trouble {
    what: String,
    so_what: String,
    do_this: String,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = self.config.load()?;
        let mut findings = vec![well(format!("configuration `{}`", self.config))];
        findings.extend(database(&config).await);
        if !self.offline {
            findings.push(kept::archive(&config).await);
            findings.extend(vendors(&config).await?);
            findings.extend(watched::databases(&config).await);
        }
        let troubles = findings.iter().filter(|finding| finding.trouble.is_some()).count();
        if self.json {
            let list: Vec<Value> = findings.iter().map(listed).collect();
            terminal::print_json(&json!({ "ok": troubles == 0, "findings": list }))?;
        } else {
            terminal::print(&findings.iter().map(told).collect::<String>())?;
        }
        match troubles {
            0 => Ok(()),
            1 => Err(Failure::Failed(anyhow::anyhow!("one thing is wrong"))),
            many => Err(Failure::Failed(anyhow::anyhow!("{many} things are wrong"))),
        }
    }
}

async fn database(config: &Config) -> Vec<Finding> {
    let what = format!("database {}", config.server.store);
    let store = match Store::open_for_reading(&config.server.store.address()).await {
        Ok(store) => store,
        Err(error) => {
            let do_this = "check the address and that it is reachable; `watchkeeper serve` creates a new one";
            return vec![ill(what, error.to_string(), "nothing can be kept or shown", do_this)];
        }
    };
    let mut findings = match store.check().await {
        Ok(violations) if violations.is_empty() => vec![well(format!("{what}, every invariant"))],
        Ok(violations) => violations
            .into_iter()
            .map(|violation| {
                let do_this = "keep a copy of the database, restore a backup, and report what you see here";
                ill(what.clone(), violation.0, "what the pages show of it may be wrong", do_this)
            })
            .collect(),
        Err(error) => {
            let do_this = "look into the database's own log";
            vec![ill(what, error.to_string(), "its content could not be checked", do_this)]
        }
    };
    findings.extend(kept::pages(config, &store).await);
    store.close().await;
    findings
}

async fn vendors(config: &Config) -> anyhow::Result<Vec<Finding>> {
    let fetcher = Fetcher::new(&config.fetch)?;
    let bar = terminal::progress();
    let looks = config.vendors.iter().map(|vendor| {
        let (bar, fetcher) = (bar.clone(), fetcher.clone());
        async move {
            bar.set_message(format!("looking at {}", vendor.name));
            look(&fetcher, vendor).await
        }
    });
    let findings = stream::iter(looks).buffered(AT_A_TIME).collect().await;
    bar.finish_and_clear();
    Ok(findings)
}

async fn look(fetcher: &Fetcher, vendor: &VendorConfig) -> Finding {
    let what = format!("vendor `{}` at {}", vendor.name, vendor.url);
    let detection = detect::detect(fetcher, &vendor.url, Clock::System.now(), |_| {}).await;
    match (detection.found, detection.tried.first()) {
        (Some(found), _) => well(format!("{what}, {}", found.format.name)),
        (None, Some(attempt)) => {
            let do_this = "try `watchkeeper vendor detect URL`; an address inside your network must stand under \
                           `fetch.allow_hosts`";
            ill(what, attempt.outcome.to_string(), "the vendor is shown as unknown", do_this)
        }
        (None, None) => {
            ill(what, "nowhere to look".to_owned(), "the vendor is shown as unknown", "correct its `url`")
        }
    }
}

fn well(what: String) -> Finding {
    Finding { what, trouble: None }
}

fn ill(what: String, trouble: String, so_what: impl Into<String>, do_this: impl Into<String>) -> Finding {
    let (so_what, do_this) = (so_what.into(), do_this.into());
    Finding { what, trouble: Some(Trouble { what: trouble, so_what, do_this }) }
}

fn told(finding: &Finding) -> String {
    let what = terminal::plain(&finding.what);
    match &finding.trouble {
        None => format!("ok     {what}\n"),
        Some(trouble) => format!(
            "WRONG  {what}\n       what     {}\n       so what  {}\n       do this  {}\n",
            terminal::plain(&trouble.what),
            terminal::plain(&trouble.so_what),
            terminal::plain(&trouble.do_this)
        ),
    }
}

fn listed(finding: &Finding) -> Value {
    let trouble = finding.trouble.as_ref();
    json!({
        "subject": finding.what,
        "ok": trouble.is_none(),
        "what": trouble.map(|trouble| &trouble.what),
        "so_what": trouble.map(|trouble| &trouble.so_what),
        "do_this": trouble.map(|trouble| &trouble.do_this),
    })
}

//! `watchkeeper page`: a status page as files, which stay up when everything that we run is down.
//!
//! Reads the database and writes nothing to it, so it may run beside the server.

use super::config_file::{self, ConfigFile};
use super::{Failure, terminal};
use crate::app::site_config;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::place::Place;
use crate::copying::{Files, copy};
use anyhow::anyhow;
use clap::Subcommand;
use domain::Slug;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use web::entropy::Entropy;
use web::{Page, Site};

/// Writes a status page down as files
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    config: ConfigFile,
    /// Tell it as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes what everybody may read of a page into a folder or a bucket
    #[command(after_help = "\
The files work from any folder of any web server, and opened from a disk: pages, feeds, badges and the documents
of the API. Each page says as of when it is. What needs somebody who answers is not among them: searching, earlier
years, raw documents of vendors, and asking to be told.

Each file appears whole or not at all. Run it again, from a timer, and what is no longer to be seen is taken away:
a list of the files that it wrote lies among them, and no other file is touched. Or let the server do it: it keeps
the files of each page that has a `copy_to` in the configuration.

Examples:
  watchkeeper page export --to /srv/status
  watchkeeper page export --page acme
  watchkeeper page export --page acme --to /srv/acme --json")]
    Export {
        /// The page; the one at `/` if nothing is said
        #[arg(long, value_name = "SLUG")]
        page: Option<String>,
        /// The folder, made if it is not there; the page's `copy_to` if nothing is said
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
        /// Also if the page is not for everybody: whoever reads the files needs no password any more
        #[arg(long)]
        open_to_all: bool,
    },
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Command::Export { page, to, open_to_all } = &self.command;
        let config = self.config.load()?;
        let store = config_file::open_for_reading(&config).await?;
        let site =
            Site::new(site_config(&config, &Clock::System, &Entropy::of_the_system(), None), store.clone());
        // A `copy_to` in the configuration has been asked the same question there.
        let open_to_all = *open_to_all || to.is_none();
        let outcome = match find(&site, page.as_deref(), open_to_all) {
            Ok(page) => match place(&config, &page, to.as_deref()) {
                Some(place) => export(&site, &page, &place, &config).await.map_err(Failure::Failed),
                None => Err(Failure::NotUnderstood(anyhow!(
                    "the page `{}` has no `copy_to`; say where with `--to FOLDER`",
                    page.slug()
                ))),
            },
            Err(refusal) => Err(refusal),
        };
        store.close().await;
        let outcome = outcome?;
        Ok(if self.json { terminal::print_json(&outcome) } else { terminal::print(&told(&outcome)) }?)
    }
}

/// The page that is meant, if it may be written down.
fn find(site: &Arc<Site>, slug: Option<&str>, open_to_all: bool) -> Result<Arc<Page>, Failure> {
    let page = match slug {
        None => site.pages().first(),
        Some(slug) => Slug::parse(slug).and_then(|slug| site.page(&slug)),
    };
    let Some(page) = page else {
        let known: Vec<&str> = site.pages().iter().map(|page| page.slug().as_str()).collect();
        let slug = slug.unwrap_or_default();
        return Err(Failure::NotUnderstood(anyhow!(
            "there is no page `{slug}`; there are {}",
            known.join(", ")
        )));
    };
    if !page.is_public() && !open_to_all {
        return Err(Failure::NotUnderstood(anyhow!(
            "the page `{}` is not for everybody, and its files would be; say `--open-to-all` if that is meant",
            page.slug()
        )));
    }
    Ok(Arc::clone(page))
}

/// Where the files go.
fn place(config: &Config, page: &Page, to: Option<&Path>) -> Option<Place> {
    let own = || config.pages.iter().find(|known| known.slug == *page.slug())?.copy_to.clone();
    to.map(|folder| Place::Folder(folder.to_owned())).or_else(own)
}

async fn export(
    site: &Arc<Site>,
    page: &Arc<Page>,
    place: &Place,
    config: &Config,
) -> anyhow::Result<serde_json::Value> {
    let export = site.export(page).await?;
    let files = Files::open(place, &config.fetch)?;
    let targets = export.targets();
    let bar = terminal::progress_count(targets.len() as u64);
    let copied = copy(&export, targets, &files, || bar.inc(1)).await?;
    bar.finish_and_clear();
    Ok(json!({
        "page": page.slug().as_str(),
        "folder": place.to_string(),
        "as_of": export.as_of().to_string(),
        "files": copied.files,
        "written": copied.written,
        "removed": copied.removed,
    }))
}

fn told(outcome: &serde_json::Value) -> String {
    let text = |name: &str| outcome[name].as_str().unwrap_or_default().to_owned();
    let (files, removed) = (&outcome["files"], &outcome["removed"]);
    format!(
        "{} as of {}: {files} files in {}, {removed} taken away\n",
        text("page"),
        text("as_of"),
        text("folder")
    )
}

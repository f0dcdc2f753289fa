//! `watchkeeper advise`: which index or which other wording would serve the slow queries of a log, with the command, its
//! cost and its rollback; tried on a copy where a server is named for that.
//!
//! This module never changes an index, and never shows a value of a query.

mod indexes;
mod report;
mod workload;

use super::config_file::ConfigFile;
use super::{Failure, terminal};
use crate::advisor;
use crate::config::database::Uri;
use anyhow::{Context as _, anyhow};
use domain::advice::{Advice, Collection, Piece, Query, advise};
use engines::mongodb::advice::Source;
use std::collections::BTreeMap;
use std::path::PathBuf;
use workload::Workload;

/// Tells which indexes and wordings would serve slow queries better, and tries them on a copy
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Queries come from logs and from dumps of `system.profile`, as `logs analyze` reads them. Indexes come from the server
itself (--database), or from a file (--indexes): a JSON object with the answer of `getIndexes()` for each collection,
such as {\"crm.messages\": [{\"key\": {\"_id\": 1}, \"name\": \"_id_\"}]}.

With --verify-on a sample of each collection is copied from the server into a database of our own on another one, the
queries run there without and with the index, and advice that does not prove itself is withdrawn. That database is
dropped at the end. A password on the command line is seen by everybody on the machine; with --config it may stand in
the environment or in a file.

Examples:
  watchkeeper advise --logs mongod.log --indexes indexes.json
  watchkeeper advise --logs mongod.log --database crm --verify-on mongodb://staging.example.org/
  watchkeeper advise --namespace crm.messages --database mongodb://db.example.org/

Exit codes: 0 everything was read, 1 something could not be read or tried, 2 the command line is wrong")]
pub struct Args {
    /// A log, a dump of a profile, or a folder of them; `-` for standard input
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "namespaces")]
    logs: Vec<PathBuf>,
    /// Only this collection, as `database.collection`; may be given many times
    #[arg(long = "namespace", value_name = "NS")]
    namespaces: Vec<String>,
    /// Indexes that are there, as JSON
    #[arg(long, value_name = "FILE", conflicts_with = "database")]
    indexes: Option<PathBuf>,
    /// The server that the queries are from: a database of the configuration file, or a connection string
    #[arg(long, value_name = "NAME|URI")]
    database: Option<String>,
    #[command(flatten)]
    config: ConfigFile,
    /// A server on which advice is tried
    #[arg(long, value_name = "URI", requires = "database")]
    verify_on: Option<String>,
    /// Try it even on the primary of what is watched
    #[arg(long, requires = "verify_on")]
    on_primary: bool,
    /// Pieces of advice
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// Print the result as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// What is told of one piece of advice.
struct Told {
    advice: Advice,
    piece: Piece,
}

/// What was found.
#[derive(Default)]
struct Found {
    told: Vec<Told>,
    /// What could not be read or tried.
    troubles: Vec<String>,
    /// Nobody said which indexes there are.
    blind: bool,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let source = match self.uri()? {
            Some(uri) => {
                Some(Source::new(uri.as_str()).await.map_err(|error| Failure::NotUnderstood(error.into()))?)
            }
            None => None,
        };
        let known = self.indexes.as_deref().map(indexes::read).transpose().map_err(Failure::NotUnderstood)?;
        let logs = self.logs.clone();
        let workload = tokio::task::spawn_blocking(move || Workload::read(&logs)).await;
        let mut workload = workload.context("the reading broke off")??;
        workload.keep(&self.namespaces);
        let mut found = self.advise(source.as_ref(), known.unwrap_or_default(), &workload).await;
        found.told.sort_by_key(|told| std::cmp::Reverse(told.advice.total_ms));
        found.told.truncate(self.top);
        if self.json {
            terminal::print_json(&report::json(&found))?;
        } else {
            terminal::print(&report::text(&found))?;
        }
        match &found.troubles[..] {
            [] => Ok(()),
            [first, ..] => Err(Failure::Failed(anyhow!("{first}"))),
        }
    }

    /// The connection string that is meant.
    fn uri(&self) -> Result<Option<Uri>, Failure> {
        let Some(name) = &self.database else { return Ok(None) };
        if name.contains("://") {
            let uri = Uri::parse(name);
            return uri.map(Some).map_err(|why| Failure::NotUnderstood(anyhow!("`--database` is {why}")));
        }
        let config = self.config.load()?;
        let is_meant = |one: &&crate::config::DatabaseConfig| one.slug.as_str() == name || &one.name == name;
        let Some(database) = config.databases.iter().find(is_meant) else {
            let known: Vec<&str> = config.databases.iter().map(|one| one.slug.as_str()).collect();
            let known = known.join(", ");
            return Err(Failure::NotUnderstood(anyhow!(
                "`{name}` is no database of the configuration; there are {known}"
            )));
        };
        Ok(Some(database.uri.clone()))
    }

    async fn advise(
        &self,
        source: Option<&Source>,
        mut known: BTreeMap<String, Collection>,
        workload: &Workload,
    ) -> Found {
        let mut found = Found { blind: source.is_none() && self.indexes.is_none(), ..Found::default() };
        let namespaces = workload.namespaces(&self.namespaces);
        let bar = terminal::progress_count(namespaces.len() as u64);
        for namespace in namespaces {
            let collection = match source {
                Some(source) => source.collection(&namespace).await,
                None => Ok(known
                    .remove(&namespace)
                    .unwrap_or_else(|| Collection { namespace: namespace.clone(), ..Collection::default() })),
            };
            match collection {
                Ok(collection) => self.one(source, &collection, workload, &mut found).await,
                Err(error) => found.troubles.push(format!("cannot read about `{namespace}`: {error}")),
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        found
    }

    async fn one(
        &self,
        source: Option<&Source>,
        collection: &Collection,
        workload: &Workload,
        found: &mut Found,
    ) {
        let asked = workload.asked(&collection.namespace);
        let advice = advise(collection, &asked);
        let queries = |advice: &Advice| -> Vec<Query> {
            let one = asked.iter().find(|one| advice.shapes.contains(&one.shape));
            one.map(|one| [std::slice::from_ref(&one.query), &one.again].concat()).unwrap_or_default()
        };
        let mut pieces = Vec::new();
        if let (Some(source), Some(place)) = (source, &self.verify_on)
            && !advice.is_empty()
        {
            match advisor::pieces(source, place, self.on_primary, collection, &advice, queries).await {
                Ok(tried) => pieces = tried,
                Err(error) => {
                    found.troubles.push(format!("cannot try advice for `{}`: {error}", collection.namespace));
                }
            }
        }
        let untried = (pieces.is_empty()).then_some("not tried");
        for (place, advice) in advice.into_iter().enumerate() {
            let piece = pieces.get(place).cloned();
            let piece = piece.unwrap_or_else(|| Piece::proposed(&advice, collection.version, untried));
            found.told.push(Told { advice, piece });
        }
    }
}

//! What advice needs of a server: what there is to know of a collection, the commands in flight, and a trial on a copy.
//!
//! Everything goes through the driver: nothing here looks while a server stalls but what was asked for. A copy lives in
//! a database of a name that is ours, on a server that somebody named for it, and goes at the end. Values of documents
//! and queries are used and dropped; no error shows one.

mod copy;
mod facts;
mod in_flight;
mod instance;
mod replay;
mod scratch;

use std::fmt;
use std::time::Duration;

use ::mongodb::bson::{Bson, Document, doc};
use ::mongodb::error::ErrorKind;
use ::mongodb::options::{ClientOptions, ReadPreference, SelectionCriteria};
use ::mongodb::{Client, Cursor, Database};
use domain::advice::trial::{Outcome, Run, Trial};
use domain::advice::{Advice, Candidate, Collection, Query, Step, cost, replaced};
use domain::reads::shape::Term;

pub use scratch::Scratch;

/// A server that does not answer in this time is not asked again.
const PATIENCE: Duration = Duration::from_secs(5);
/// Documents from which values are drawn for a query that runs on the server itself.
const MEASURED_SAMPLE: i32 = 100;
/// Of several indexes so many are tried.
const MOST_TRIED: usize = 3;
/// Another one must examine this much less to come before the first.
const CLEARLY_LESS: f64 = 0.8;

/// What kept a server from being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// Messages of servers may quote documents, so of those only the code is told.
impl From<::mongodb::error::Error> for Error {
    fn from(error: ::mongodb::error::Error) -> Self {
        Self(match &*error.kind {
            ErrorKind::Command(refused) => {
                format!("the server refuses: {} (code {})", refused.code_name, refused.code)
            }
            ErrorKind::InsertMany(_) | ErrorKind::Write(_) => "the server refuses a write".to_owned(),
            ErrorKind::Authentication { .. } => {
                "the server does not take the user or the password".to_owned()
            }
            ErrorKind::ServerSelection { .. } => "no server answers".to_owned(),
            ErrorKind::Io(why) => format!("the connection broke: {}", why.kind()),
            _ => "the server's answer was not understood".to_owned(),
        })
    }
}

type Result<T> = std::result::Result<T, Error>;

/// A server or a set whose collections advice is about.
#[derive(Clone)]
pub struct Source {
    client: Client,
    options: ClientOptions,
}

impl Source {
    /// The source of this connection string. Connects when it is used.
    pub async fn new(uri: &str) -> Result<Self> {
        let parsed = ClientOptions::parse(uri).await;
        let mut options = parsed.map_err(|error| Error(super::target::without(uri, &error)))?;
        options.app_name = Some(super::APP_NAME.to_owned());
        options.connect_timeout = Some(PATIENCE);
        options.server_selection_timeout = Some(PATIENCE);
        // The primary has enough to do.
        let secondary = ReadPreference::SecondaryPreferred { options: None };
        options.selection_criteria = Some(SelectionCriteria::ReadPreference(secondary));
        let client = Client::with_options(options.clone())?;
        Ok(Self { client, options })
    }

    /// What there is to know of a collection.
    pub async fn collection(&self, namespace: &str) -> Result<Collection> {
        facts::read(self, namespace).await
    }

    /// Namespaces of a database.
    pub async fn namespaces(&self, database: &str) -> Result<Vec<String>> {
        let names = self.client.database(database).list_collection_names().await?;
        let own = names.into_iter().filter(|name| !name.starts_with("system."));
        Ok(own.map(|name| format!("{database}.{name}")).collect())
    }

    /// Commands on a collection that are in flight and have this shape, with their values; at most eight.
    pub async fn in_flight(&self, namespace: &str, shape: &str) -> Result<Vec<Vec<(String, Term)>>> {
        in_flight::commands(self, namespace, shape).await
    }

    /// Names of the indexes of a collection.
    pub async fn index_names(&self, namespace: &str) -> Result<Vec<String>> {
        let (database, collection) = super::target::split(namespace);
        Ok(self.client.database(database).collection::<Document>(collection).list_index_names().await?)
    }

    /// Runs the query on the server itself, if the planner chooses one of these indexes for it; nothing where it does
    /// not, or where no values for the query can be drawn.
    pub async fn measure(
        &self,
        namespace: &str,
        queries: &[Query],
        indexes: &[String],
    ) -> Result<Option<Run>> {
        let (name, collection) = super::target::split(namespace);
        let database = self.client.database(name);
        let sample = [doc! { "$sample": { "size": MEASURED_SAMPLE } }];
        let sample = database.collection::<Document>(collection).aggregate(sample).max_time(PATIENCE).await?;
        let sample = gathered(sample, usize::MAX).await?;
        let Some(query) = queries.first() else { return Ok(None) };
        let Some(filter) = instance::filter(query, &sample, 0) else { return Ok(None) };
        let plan = replay::plan(&database, collection, query, &filter).await?;
        if !indexes.iter().any(|name| plan.contains(name.as_str())) {
            return Ok(None);
        }
        replay::run(&database, collection, query, &filter).await.map(Some)
    }

    /// What the server says of itself.
    async fn hello(&self) -> Result<Document> {
        hello(&self.client.database("admin")).await
    }
}

async fn hello(admin: &Database) -> Result<Document> {
    // `hello` is unknown before 4.4.2.
    Ok(admin.run_command(doc! { "isMaster": 1 }).await?)
}

/// Everything that a cursor brings, but no more than `most`.
async fn gathered(mut cursor: Cursor<Document>, most: usize) -> Result<Vec<Document>> {
    let mut found = Vec::new();
    while found.len() < most && cursor.advance().await? {
        found.push(cursor.deserialize_current()?);
    }
    Ok(found)
}

/// What a trial made of a piece of advice.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The advice; with another index, where that one proved to be better.
    pub advice: Advice,
    /// What was measured.
    pub trial: Trial,
    /// What follows.
    pub outcome: Outcome,
}

/// Tries advice to create indexes on a copy, and what might be better. Nothing for other advice.
pub async fn verify(
    scratch: &Scratch,
    collection: &Collection,
    advice: &Advice,
    queries: &[Query],
) -> Result<Option<Verified>> {
    let Step::Create(create, _) = &advice.step else { return Ok(None) };
    let first = Candidate { create: create.clone(), why: advice.why.clone() };
    let candidates = std::iter::once(&first).chain(&advice.alternatives).take(MOST_TRIED);
    let mut best: Option<Verified> = None;
    for candidate in candidates {
        let gone: Vec<_> =
            candidate.create.iter().flat_map(|spec| replaced(collection, spec)).cloned().collect();
        let mut trial = scratch.trial(&candidate.create, &gone, queries).await?;
        if matches!(trial.outcome(), Outcome::Refuted(_)) {
            // Other work on the machine may have spoken against it.
            trial = scratch.trial(&candidate.create, &gone, queries).await?;
        }
        let outcome = trial.outcome();
        let is_better = best.as_ref().is_none_or(|known| is_better(&outcome, &known.outcome));
        if is_better {
            let costs = cost(collection, &candidate.create, gone.len());
            let advice = Advice {
                step: Step::Create(candidate.create.clone(), gone),
                why: candidate.why.clone(),
                cost: Some(costs),
                ..advice.clone()
            };
            best = Some(Verified { advice, trial, outcome });
        }
    }
    Ok(best)
}

#[expect(clippy::cast_precision_loss, reason = "a comparison of sizes")]
fn is_better(new: &Outcome, known: &Outcome) -> bool {
    match (new, known) {
        (Outcome::Confirmed(_), Outcome::Refuted(_)) => true,
        (Outcome::Confirmed(new), Outcome::Confirmed(known)) => {
            (new.work.1 as f64) < CLEARLY_LESS * known.work.1 as f64
        }
        (Outcome::Refuted(_), _) => false,
    }
}

/// A value of a document of the server as a term, its nature kept and nothing else that a shape would not keep.
fn term(value: &Bson) -> Term {
    match value {
        Bson::Document(fields) => Term::Document(terms(fields)),
        Bson::Array(items) => Term::Array(items.iter().map(term).collect()),
        Bson::String(text) => Term::Text(text.clone()),
        Bson::Boolean(flag) => Term::Bool(*flag),
        Bson::Int32(number) => Term::Number(f64::from(*number)),
        #[expect(clippy::cast_precision_loss, reason = "terms know one kind of number")]
        Bson::Int64(number) => Term::Number(*number as f64),
        Bson::Double(number) => Term::Number(*number),
        Bson::Null => Term::Null,
        Bson::RegularExpression(regex) => Term::Pattern(regex.pattern.clone(), regex.options.clone()),
        _ => Term::Other,
    }
}

/// A command of the driver's as terms.
pub fn terms(fields: &Document) -> Vec<(String, Term)> {
    fields.iter().map(|(key, value)| (key.clone(), term(value))).collect()
}

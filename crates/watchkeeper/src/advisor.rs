//! From queries to advice that people can follow: what is read of the collection, what is thought of it, and what a
//! trial on a copy makes of it. The command and the watch both stand on it.
//!
//! Values of queries pass through here to be run again, and reach no text.

use anyhow::Context as _;
use domain::Slug;
use domain::advice::trial::time_words;
use domain::advice::{Advice, Advised, Asked, Collection, Piece, Query, Standing, Step, advise};
use domain::detect::Culprit;
use domain::reads::shape::{self, Term};
use engines::mongodb::advice::{Scratch, Source, verify};

/// A query that a verdict blames.
pub struct Blamed {
    namespace: String,
    shape: String,
    /// Age of the oldest that was in flight, in microseconds.
    pub oldest_us: i64,
    /// The same with values.
    pub commands: Vec<Vec<(String, Term)>>,
}

/// What is thought of a query.
pub struct Proposal {
    database: Slug,
    shape: String,
    collection: Collection,
    advice: Vec<Advice>,
    queries: Vec<Query>,
}

impl Blamed {
    /// The query of a culprit; nothing where it is no query of a collection.
    pub fn of(culprit: &Culprit) -> Option<Self> {
        let (namespace, shape) = (culprit.namespace.to_string(), culprit.shape.to_string());
        let command = shape::read(&shape)?;
        let asks = namespace.contains('.') && !Query::all_of(&namespace, &command).is_empty();
        asks.then(|| Self { namespace, shape, oldest_us: culprit.oldest_us, commands: Vec::new() })
    }

    /// Whether both are the same query.
    pub fn is_same(&self, other: &Self) -> bool {
        self.is_of(&other.namespace, &other.shape)
    }

    /// Whether it is the query of this shape.
    pub fn is_of(&self, namespace: &str, shape: &str) -> bool {
        self.namespace == namespace && self.shape == shape
    }

    /// The query as it was seen; without values where none was.
    fn queries(&self) -> Vec<Query> {
        let of = |command: &Vec<(String, Term)>| Query::all_of(&self.namespace, command).into_iter().next();
        let seen: Vec<Query> = self.commands.iter().filter_map(of).collect();
        if seen.is_empty() {
            shape::read(&self.shape).as_ref().and_then(of).into_iter().collect()
        } else {
            seen
        }
    }
}

/// Looks at the collection and at the operations in flight, and thinks of what would help. Nothing where nothing would.
pub async fn look(source: &Source, database: &Slug, blamed: &mut Blamed) -> anyhow::Result<Option<Proposal>> {
    if blamed.commands.is_empty() {
        // What has ended since is known by its shape.
        blamed.commands = source.in_flight(&blamed.namespace, &blamed.shape).await.unwrap_or_default();
    }
    let collection = source.collection(&blamed.namespace).await;
    let collection = collection.with_context(|| format!("cannot read about `{}`", blamed.namespace))?;
    let queries = blamed.queries();
    let Some(query) = queries.first().cloned() else { return Ok(None) };
    let asked = Asked { query, shape: blamed.shape.clone(), suffers: true, ..Asked::default() };
    let mut advice = advise(&collection, &[asked]);
    // An index that nobody needs is no answer to a stall.
    advice.retain(|one| !matches!(one.step, Step::Drop(_)));
    let shape = blamed.shape.clone();
    let proposal = Proposal { database: database.clone(), shape, collection, advice, queries };
    Ok((!proposal.advice.is_empty()).then_some(proposal))
}

impl Proposal {
    /// What is said of it untried; `why` says why it was not tried.
    pub fn advised(&self, why: Option<&str>) -> Advised {
        let piece = |one: &Advice| Piece::proposed(one, self.collection.version, why);
        self.said(self.advice.iter().map(piece).collect())
    }

    /// What is said of it after a trial on the server at `place`; where that could not be held, why not.
    pub async fn verified(&self, source: &Source, place: &str, on_primary: bool) -> Advised {
        match pieces(source, place, on_primary, &self.collection, &self.advice, |_| self.queries.clone())
            .await
        {
            Ok(pieces) => self.said(pieces),
            Err(error) => self.advised(Some(&format!("not tried: {error}"))),
        }
    }

    fn said(&self, pieces: Vec<Piece>) -> Advised {
        let namespace = self.collection.namespace.clone();
        Advised { database: self.database.clone(), namespace, shape: self.shape.clone(), pieces }
    }
}

/// Tries advice on a copy; what became of each piece.
pub async fn pieces(
    source: &Source,
    place: &str,
    on_primary: bool,
    collection: &Collection,
    advice: &[Advice],
    queries: impl Fn(&Advice) -> Vec<Query>,
) -> Result<Vec<Piece>, engines::mongodb::advice::Error> {
    let scratch = Scratch::open(place, source, collection, on_primary).await?;
    let mut pieces = Vec::new();
    let mut failed = None;
    for one in advice {
        match verify(&scratch, collection, one, &queries(one)).await {
            Ok(Some(tried)) => pieces.push(Piece::tried(&tried.advice, collection.version, &tried.trial)),
            Ok(None) => pieces.push(Piece::proposed(one, collection.version, None)),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    // Whatever became of the trial, its database goes.
    let closed = scratch.close().await;
    match failed {
        Some(error) => Err(error),
        None => closed.map(|()| pieces),
    }
}

/// What was advised, once its indexes are there: with what that changed. Nothing where none is there, or it was said.
pub async fn applied(source: &Source, blamed: &Blamed, said: &Advised) -> anyhow::Result<Option<Advised>> {
    let waits = |piece: &&Piece| {
        matches!(piece.standing, Standing::Proposed | Standing::Verified) && !piece.indexes.is_empty()
    };
    if !said.pieces.iter().any(|piece| waits(&piece)) {
        return Ok(None);
    }
    let there = source.index_names(&said.namespace).await?;
    let mut now = said.clone();
    let mut is_news = false;
    for piece in now.pieces.iter_mut().filter(|piece| waits(&&**piece)) {
        if !piece.indexes.iter().all(|name| there.contains(name)) {
            continue;
        }
        let Some(run) = source.measure(&said.namespace, &blamed.queries(), &piece.indexes).await? else {
            continue;
        };
        let mut warm = run.warm_us.clone();
        warm.sort_unstable();
        let median = warm.get(warm.len() / 2).copied().unwrap_or(run.cold_us);
        piece.figures = Some(format!(
            "done: the query now examines {} keys and {} documents and takes {} on the live server; in the stall the oldest \
             had been in flight for {}",
            run.keys,
            run.docs,
            time_words(median),
            time_words(blamed.oldest_us.unsigned_abs())
        ));
        piece.standing = Standing::Applied;
        piece.command = None;
        is_news = true;
    }
    Ok(is_news.then_some(now))
}

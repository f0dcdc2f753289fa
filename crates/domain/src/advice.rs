//! What would serve queries better: an index, another wording, one index less. From commands and from what is known
//! of the collection, with what it costs, how it is done and how it is undone.
//!
//! Pure: what a trial on a copy shows is judged in [`trial`], and made elsewhere. Values of queries are read for what
//! they mean to a planner and never kept, so no advice shows one. Nothing here changes an index.

mod advised;
mod candidates;
mod collection;
mod cost;
mod predicate;
mod query;
mod redundant;
mod rewrites;
pub mod trial;
mod unused;

pub use advised::{Advised, Piece, Standing, standing};
pub use candidates::{Candidate, Serving, serving};
pub use collection::{Collection, Field, Index, Key, Spec, Uses, quoted};
pub use cost::{Build, Cost, cost, size_words};
pub use predicate::{Filter, Predicate, Test};
pub use query::Query;
pub use redundant::{redundant, replaced};
pub use rewrites::{RULES, Rule, rewrites};
pub use unused::{LONG_ENOUGH_S, unused};

use crate::reads::shape::Term;
use crate::time::render_duration;
use collection::shell;

/// A query that was asked, and what is known of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// The query.
    pub query: Query,
    /// The same with other values, where more than one was seen.
    pub again: Vec<Query>,
    /// Its shape, as everywhere.
    pub shape: String,
    /// How often it was slow.
    pub count: u64,
    /// How long it took altogether, in milliseconds.
    pub total_ms: u64,
    /// Keys and documents that it examined, and documents that it found; where known.
    pub examined: Option<(u64, u64)>,
    /// It read a whole collection, or sorted without an index.
    pub suffers: bool,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Create these, and then drop those, which they make needless.
    Create(Vec<Spec>, Vec<Index>),
    /// Drop this one.
    Drop(Box<Index>),
    /// Ask otherwise; the rule's name.
    Rewrite(&'static str),
    /// Nothing: it is left to people.
    Nothing,
}

/// A piece of advice.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// `database.collection`.
    pub namespace: String,
    /// Shapes of the queries that it serves; none of an index that is dropped.
    pub shapes: Vec<String>,
    /// What to do.
    pub step: Step,
    /// Why.
    pub why: String,
    /// Other indexes that might serve, the better first.
    pub alternatives: Vec<Candidate>,
    /// What it costs, where it costs something.
    pub cost: Option<Cost>,
    /// How long the queries took that it serves, in milliseconds.
    pub total_ms: u64,
}

/// A query that examines at most so many documents for each that it finds has what it needs.
const ENOUGH: u64 = 2;

/// What is advised for a collection and the queries on it, the most expensive first.
pub fn advise(collection: &Collection, asked: &[Asked]) -> Vec<Advice> {
    let mut advice: Vec<Advice> = Vec::new();
    for one in asked.iter().filter(|one| needs_help(one)) {
        if let Some(new) = of_indexes(collection, one) {
            join(&mut advice, new);
        }
        for rule in rewrites(&one.query) {
            let why = rule.says.to_owned();
            join(&mut advice, advice_of(collection, one, Step::Rewrite(rule.name), why));
        }
    }
    advice.sort_by_key(|one| std::cmp::Reverse(one.total_ms));
    advice.extend(drops(collection, &advice));
    advice
}

/// Whether the query has not what it needs; where nothing is known it may not have.
fn needs_help(asked: &Asked) -> bool {
    asked.suffers || asked.examined.is_none_or(|(examined, found)| examined > ENOUGH * found.max(10))
}

fn of_indexes(collection: &Collection, asked: &Asked) -> Option<Advice> {
    match serving(&asked.query, collection) {
        Serving::Candidates(candidates) => {
            let mut candidates = candidates.into_iter();
            let Candidate { create, why } = candidates.next()?;
            let drop: Vec<Index> =
                create.iter().flat_map(|spec| replaced(collection, spec)).cloned().collect();
            let cost = cost(collection, &create, drop.len());
            let advice = advice_of(collection, asked, Step::Create(create, drop), why);
            Some(Advice { alternatives: candidates.collect(), cost: Some(cost), ..advice })
        }
        Serving::LeftAlone(why) => Some(advice_of(collection, asked, Step::Nothing, why)),
        Serving::Nothing(_) | Serving::Served(_) => None,
    }
}

fn advice_of(collection: &Collection, asked: &Asked, step: Step, why: String) -> Advice {
    Advice {
        namespace: collection.namespace.clone(),
        shapes: vec![asked.shape.clone()],
        step,
        why,
        alternatives: Vec::new(),
        cost: None,
        total_ms: asked.total_ms,
    }
}

/// Adds advice; one index serves all queries that it can serve.
fn join(advice: &mut Vec<Advice>, new: Advice) {
    let begins = |long: &Spec, short: &Spec| {
        long.keys.starts_with(&short.keys)
            && long.partial == short.partial
            && long.collation == short.collation
    };
    for known in &mut *advice {
        let longer = match (&known.step, &new.step) {
            (Step::Create(known, _), Step::Create(new, _)) => match (&known[..], &new[..]) {
                ([known], [new]) if begins(known, new) => Some(false),
                ([known], [new]) if begins(new, known) => Some(true),
                _ => (known == new).then_some(false),
            },
            (known, new) => (known == new).then_some(false),
        };
        let Some(longer) = longer else { continue };
        known.total_ms += new.total_ms;
        if longer {
            (known.step, known.why, known.cost) = (new.step, new.why, new.cost);
            known.alternatives = new.alternatives;
        }
        for shape in new.shapes {
            if !known.shapes.contains(&shape) {
                known.shapes.push(shape);
            }
        }
        return;
    }
    advice.push(new);
}

/// Indexes that nobody needs, except those that go anyway.
fn drops(collection: &Collection, advice: &[Advice]) -> Vec<Advice> {
    let goes = |index: &Index| {
        advice.iter().any(|one| matches!(&one.step, Step::Create(_, drop) if drop.iter().any(|gone| gone.name == index.name)))
    };
    let mut drops: Vec<(&Index, String)> = Vec::new();
    for (index, other) in redundant(collection) {
        drops.push((index, format!("`{}` begins with the same fields and does all its work", other.name)));
    }
    for index in unused(collection) {
        if drops.iter().all(|(known, _)| known.name != index.name)
            && let Some(uses) = index.uses
        {
            let since = render_duration(i64::try_from(uses.since_s).unwrap_or(i64::MAX));
            drops.push((index, format!("no member of {} used it in {since}", uses.members)));
        }
    }
    let dropped = drops.into_iter().filter(|(index, _)| !goes(index));
    dropped
        .map(|(index, why)| Advice {
            namespace: collection.namespace.clone(),
            shapes: Vec::new(),
            step: Step::Drop(Box::new(index.clone())),
            why,
            alternatives: Vec::new(),
            cost: None,
            total_ms: 0,
        })
        .collect()
}

impl Advice {
    /// The command of the shell that does it; none for another wording. Servers up to 4.0 lock the database while they build an index
    /// in the foreground.
    pub fn command(&self, version: Option<(u32, u32)>) -> Option<String> {
        match &self.step {
            Step::Create(create, drop) => {
                let create = create.iter().map(|spec| self.creates(&Index::new(spec), version));
                let drop = drop.iter().map(|index| self.drops(&index.name));
                Some(create.chain(drop).collect::<Vec<_>>().join("\n"))
            }
            Step::Drop(index) => Some(self.drops(&index.name)),
            Step::Rewrite(_) | Step::Nothing => None,
        }
    }

    /// The command of the shell that undoes it.
    pub fn rollback(&self, version: Option<(u32, u32)>) -> Option<String> {
        match &self.step {
            Step::Create(create, drop) => {
                let again = drop.iter().map(|index| self.creates(index, version));
                let create = create.iter().map(|spec| self.drops(&spec.name()));
                Some(again.chain(create).collect::<Vec<_>>().join("\n"))
            }
            Step::Drop(index) => Some(self.creates(index, version)),
            Step::Rewrite(_) | Step::Nothing => None,
        }
    }

    fn place(&self) -> String {
        let (database, collection) = self.namespace.split_once('.').unwrap_or((&self.namespace, ""));
        format!("db.getSiblingDB({}).getCollection({})", quoted(database), quoted(collection))
    }

    fn creates(&self, index: &Index, version: Option<(u32, u32)>) -> String {
        let mut options = vec![("name".to_owned(), Term::Text(index.name.clone()))];
        if version.is_none_or(|version| version < (4, 2)) {
            options.push(("background".to_owned(), Term::Bool(true)));
        }
        if index.sparse {
            options.push(("sparse".to_owned(), Term::Bool(true)));
        }
        let document = |fields: &Vec<(String, Term)>| Term::Document(fields.clone());
        options.extend(
            index
                .spec
                .partial
                .as_ref()
                .map(|partial| ("partialFilterExpression".to_owned(), document(partial))),
        );
        options.extend(
            index.spec.collation.as_ref().map(|collation| ("collation".to_owned(), document(collation))),
        );
        format!("{}.createIndex({}, {})", self.place(), index.spec.keys_text(), shell(&options))
    }

    fn drops(&self, name: &str) -> String {
        format!("{}.dropIndex({})", self.place(), quoted(name))
    }
}

impl Index {
    /// One that is not there yet.
    pub fn new(spec: &Spec) -> Self {
        Self { name: spec.name(), spec: spec.clone(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests;

//! Which indexes would serve a query: fields compared with one value first, then those of the order, then ranges (the
//! manual's "equality, sort, range"), with what the planner adds to that.
//!
//! Never more than one array in an index: the server refuses such an index. Never a field of texts that are searched
//! within: up to 4.0 a text of more than a kilobyte in an index refuses the document.

use super::collection::{Collection, Index, Key, Spec};
use super::predicate::{Filter, Predicate, Test};
use super::query::Query;
use crate::reads::shape::Term;

/// What there is to say of the indexes for a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Serving {
    /// An index would not help; why.
    Nothing(String),
    /// It has its index; its name.
    Served(String),
    /// It needs an index of another kind, which is left to people; why.
    LeftAlone(String),
    /// These would serve it, the best first.
    Candidates(Vec<Candidate>),
}

/// Indexes that serve a query together: one, or one for each arm of an `$or`.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What to create.
    pub create: Vec<Spec>,
    /// Why these.
    pub why: String,
}

/// The server reads one index several times in the order of a sort for at most so many combinations of values
/// (`internalQueryMaxScansToExplode`).
const MOST_EXPLODED: usize = 200;
/// Fields beyond those that find and order.
const MOST_BESIDE: usize = 3;
/// Fields added so that no document has to be looked at.
const MOST_COVERING: usize = 2;
/// A part of a collection that is worth an index of its own.
const SMALL_PART: f64 = 0.25;
/// With so many different values for each document, the first field alone leaves few documents.
const FEW_EACH: f64 = 0.5;

/// Where the fields of a query stand in an index.
#[derive(Clone, Debug, Default, PartialEq)]
struct Layout {
    equal: Vec<String>,
    sort: Vec<(String, bool)>,
    range: Vec<String>,
    weak: Vec<String>,
    cover: Vec<String>,
}

/// Which indexes would serve the query.
pub fn serving(query: &Query, collection: &Collection) -> Serving {
    if let Some(operator) = query.filter.any_special() {
        return Serving::LeftAlone(format!(
            "`{operator}` is served by an index of its own kind only; whether the one that is there fits is left to you"
        ));
    }
    if query.filter.is_empty() && query.sort.is_empty() {
        return Serving::Nothing("it wants every document".to_owned());
    }
    let top: Vec<&Predicate> = query.filter.all.iter().collect();
    let arms = match &query.filter.any[..] {
        [arms] => arms.as_slice(),
        _ => &[],
    };
    if arms.is_empty() {
        return one(query, collection, &top);
    }
    match either(query, collection, arms) {
        // What holds in every arm may serve alone.
        Serving::Nothing(_) => one(query, collection, &top),
        Serving::Candidates(mut candidates) => {
            if let Serving::Candidates(others) = one(query, collection, &top) {
                candidates.extend(others);
            }
            Serving::Candidates(candidates)
        }
        other => other,
    }
}

/// One index for all.
fn one(query: &Query, collection: &Collection, predicates: &[&Predicate]) -> Serving {
    let layout = layout(query, collection, predicates);
    if let Some(index) = served_by(&layout, query, collection, predicates) {
        return Serving::Served(index.name.clone());
    }
    // Whatever else is there, the index by id is.
    if collection.indexes.is_none() && layout.equal.iter().chain(&layout.range).any(|path| path == "_id") {
        return Serving::Served("_id_".to_owned());
    }
    if !layout.finds() {
        return match rare(collection, predicates) {
            Some(candidate) => Serving::Candidates(vec![candidate]),
            None => Serving::Nothing(no_bound(query)),
        };
    }
    let mut candidates = Vec::new();
    let mut put = |create: Spec, why: String| {
        if !candidates.iter().any(|known: &Candidate| known.create[0] == create) {
            candidates.push(Candidate { create: vec![create], why });
        }
    };
    let flags = flags(collection, &layout, predicates);
    let plain = |layout: &Layout| layout.spec(query);
    let covering = covering(query, collection, &layout, predicates);
    let best = covering.as_ref().unwrap_or(&layout);
    for (flag, condition) in &flags {
        put(
            best.without(flag).partial(query, condition),
            format!("{}, and only documents that it asks for are in it", best.words()),
        );
    }
    put(plain(best), best.words());
    if covering.is_some() {
        put(plain(&layout), layout.words());
    }
    if !layout.sort.is_empty() && !layout.range.is_empty() {
        let turned = Layout { sort: Vec::new(), range: layout.turned(), ..layout.clone() };
        put(
            plain(&turned),
            "fields with one value, then the range: few documents are left to be sorted".to_owned(),
        );
    }
    Serving::Candidates(candidates)
}

/// An index for each arm of an `$or`.
fn either(query: &Query, collection: &Collection, arms: &[Filter]) -> Serving {
    let mut create: Vec<Spec> = Vec::new();
    let mut names = Vec::new();
    for arm in arms {
        let predicates: Vec<&Predicate> = query.filter.all.iter().chain(&arm.all).collect();
        let layout = layout(query, collection, &predicates);
        if let Some(index) = served_by(&layout, query, collection, &predicates) {
            names.push(index.name.clone());
            continue;
        }
        if !layout.finds() || (layout.equal.is_empty() && layout.range.is_empty()) {
            return Serving::Nothing("one arm of its `$or` has nothing that an index tells".to_owned());
        }
        let spec = layout.spec(query);
        let serves = |known: &Spec| known.keys.starts_with(&spec.keys);
        if !create.iter().any(serves) {
            create.retain(|known| !spec.keys.starts_with(&known.keys));
            create.push(spec);
        }
    }
    if create.is_empty() {
        return Serving::Served(names.join(", "));
    }
    let why = "an index for each arm of the `$or`: the server joins what they find".to_owned();
    Serving::Candidates(vec![Candidate { create, why }])
}

fn layout(query: &Query, collection: &Collection, predicates: &[&Predicate]) -> Layout {
    let of = |wanted: &dyn Fn(&Test) -> bool| {
        let mut paths: Vec<String> = Vec::new();
        for predicate in predicates.iter().filter(|predicate| wanted(&predicate.test)) {
            if !paths.contains(&predicate.path) {
                paths.push(predicate.path.clone());
            }
        }
        paths
    };
    let mut layout =
        Layout { equal: of(&|test| matches!(test, Test::Equal | Test::Null)), ..Layout::default() };
    by_difference(&mut layout.equal, collection);
    let sortable = query.sort.iter().all(|(path, _)| collection.array_of(path).is_none());
    if sortable {
        let sort = query.sort.iter().filter(|(path, _)| !layout.equal.contains(path));
        layout.sort = sort.cloned().collect();
    }
    let mut exploded = 1_usize;
    for predicate in predicates {
        let Test::In(count) = predicate.test else { continue };
        let path = &predicate.path;
        if layout.equal.contains(path) {
            continue;
        }
        exploded = exploded.saturating_mul(count);
        if layout.sort.is_empty()
            || exploded <= MOST_EXPLODED && !layout.sort.iter().any(|(sorted, _)| sorted == path)
        {
            layout.equal.push(path.clone());
        } else {
            layout.range.push(path.clone());
        }
    }
    layout.range.extend(of(&|test| *test == Test::Range));
    let placed = |layout: &Layout, path: &String| {
        layout.equal.contains(path) || layout.sort.iter().any(|(sorted, _)| sorted == path)
    };
    let mut range = std::mem::take(&mut layout.range);
    range.retain(|path| !placed(&layout, path));
    layout.range = range;
    let mut weak = of(&|test| *test == Test::Weak);
    weak.retain(|path| !placed(&layout, path) && !layout.range.contains(path));
    layout.weak = weak;
    layout.one_array(collection);
    layout.share_prefix(collection);
    layout
}

/// The fields with the most different values first. Where nothing is known of them they stay as they are.
fn by_difference(paths: &mut [String], collection: &Collection) {
    let distinct = |path: &String| collection.field(path).map_or(0.0, |field| field.distinct);
    paths.sort_by(|one, other| distinct(other).total_cmp(&distinct(one)));
}

impl Layout {
    /// Whether an index would find anything or give the order.
    fn finds(&self) -> bool {
        !self.equal.is_empty() || !self.sort.is_empty() || !self.range.is_empty()
    }

    /// Leaves out fields that would bring a second array into the index.
    fn one_array(&mut self, collection: &Collection) {
        let mut first: Option<String> = None;
        let mut fits = |path: &String| match (collection.array_of(path), &first) {
            (None, _) => true,
            (Some(array), None) => {
                first = Some(array.to_owned());
                true
            }
            (Some(array), Some(known)) => array == known,
        };
        self.equal.retain(|path| fits(path));
        self.sort.retain(|(path, _)| fits(path));
        self.range.retain(|path| fits(path));
        self.weak.retain(|path| fits(path));
    }

    /// Puts those fields with one value first with which an index begins that is there, so that the new one can
    /// take its place.
    fn share_prefix(&mut self, collection: &Collection) {
        let shared = |index: &Index| -> Vec<String> {
            let keys = index
                .spec
                .keys
                .iter()
                .take_while(|(path, key)| !matches!(key, Key::Special(_)) && self.equal.contains(path));
            keys.map(|(path, _)| path.clone()).collect()
        };
        let whole = |index: &&Index| index.spec.partial.is_none() && !index.sparse && !index.is_of_ids();
        let longest = collection.known().iter().filter(whole).map(shared).max_by_key(Vec::len);
        let Some(first) = longest.filter(|first| !first.is_empty()) else { return };
        let rest = self.equal.iter().filter(|path| !first.contains(path)).cloned().collect::<Vec<_>>();
        self.equal = first.into_iter().chain(rest).collect();
    }

    fn spec(&self, query: &Query) -> Spec {
        let mut keys: Vec<(String, Key)> = Vec::new();
        let ascending = |path: &String| (path.clone(), Key::Ascending);
        keys.extend(self.equal.iter().map(ascending));
        keys.extend(self.sort.iter().map(|(path, descending)| (path.clone(), Key::ordered(*descending))));
        let beside = self.range.iter().chain(&self.weak).take(MOST_BESIDE).chain(&self.cover);
        for path in beside {
            if !keys.iter().any(|(known, _)| known == path) {
                keys.push(ascending(path));
            }
        }
        Spec { keys, partial: None, collation: query.collation.clone() }
    }

    fn partial(&self, query: &Query, condition: &(String, Term)) -> Spec {
        let mut spec = self.spec(query);
        if spec.keys.is_empty() {
            spec.keys.push((condition.0.clone(), Key::Ascending));
        }
        Spec { partial: Some(vec![condition.clone()]), ..spec }
    }

    fn without(&self, path: &str) -> Self {
        let mut rest = self.clone();
        rest.equal.retain(|known| known != path);
        rest.weak.retain(|known| known != path);
        rest
    }

    /// The ranges first, and what was to be ordered after them, so that it is at least in the index.
    fn turned(&self) -> Vec<String> {
        self.range.iter().cloned().chain(self.sort.iter().map(|(path, _)| path.clone())).collect()
    }

    fn words(&self) -> String {
        let parts = [
            (!self.equal.is_empty()).then_some("fields with one value"),
            (!self.sort.is_empty()).then_some("the order"),
            (!self.range.is_empty()).then_some("ranges"),
            (!self.weak.is_empty()).then_some("what is left to be tested"),
            (!self.cover.is_empty()).then_some("what it returns, so that no document is looked at"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", then ")
    }
}

/// The index that serves it already.
fn served_by<'a>(
    layout: &Layout,
    query: &Query,
    collection: &'a Collection,
    predicates: &[&Predicate],
) -> Option<&'a Index> {
    collection.known().iter().find(|index| {
        usable(index, query, predicates) && (serves(index, layout) || leaves_few(index, layout, collection))
    })
}

fn usable(index: &Index, query: &Query, predicates: &[&Predicate]) -> bool {
    let Some((first, _)) = index.spec.keys.first() else { return false };
    let bound = |path: &str| predicates.iter().find(|predicate| predicate.path == path);
    let same_texts = index.spec.collation == query.collation || index.is_of_ids();
    let whole = !index.sparse
        || bound(first).is_some_and(|predicate| !matches!(predicate.test, Test::Null | Test::Weak));
    let implied = index.spec.partial.iter().flatten().all(|(path, condition)| {
        let exists = [("$exists".to_owned(), Term::Bool(true))];
        let is_there = matches!(condition, Term::Document(fields) if fields[..] == exists);
        bound(path).is_some_and(|predicate| {
            if is_there {
                predicate.test != Test::Null
            } else {
                predicate.test == Test::Equal && predicate.constant.as_ref() == Some(condition)
            }
        })
    });
    !index.hidden && same_texts && whole && implied
}

/// Whether the index finds and orders all that the layout wants to be found and ordered.
fn serves(index: &Index, layout: &Layout) -> bool {
    let held = |(path, condition): &(String, Term)| matches!(condition, Term::Bool(_)).then(|| path.clone());
    let held: Vec<String> = index.spec.partial.iter().flatten().filter_map(held).collect();
    let mut equal: Vec<&String> = layout.equal.iter().filter(|path| !held.contains(path)).collect();
    let mut keys = index.spec.keys.iter().peekable();
    while let Some((path, key)) = keys.peek() {
        let Some(place) = equal.iter().position(|wanted| *wanted == path) else { break };
        // What is scattered has no order for the fields after it.
        if matches!(key, Key::Special(word) if word != "hashed") {
            return false;
        }
        equal.remove(place);
        keys.next();
    }
    let mut turned = None;
    for (path, descending) in &layout.sort {
        let Some((found, key)) = keys.next() else { return false };
        let turn = match key {
            Key::Ascending => *descending,
            Key::Descending => !*descending,
            Key::Special(_) => return false,
        };
        if found != path || *turned.get_or_insert(turn) != turn {
            return false;
        }
    }
    let ordered = keys.filter(|(_, key)| !matches!(key, Key::Special(_)));
    let rest: Vec<&String> = ordered.map(|(path, _)| path).collect();
    // With nothing before it, only the first field of an index bounds a range.
    let led = !layout.equal.is_empty() || !layout.sort.is_empty();
    let bounds = led || rest.first().is_some_and(|first| layout.range.contains(first));
    equal.is_empty() && bounds && layout.range.iter().all(|path| rest.contains(&path))
}

/// Whether its first field leaves so few documents that nothing else matters.
fn leaves_few(index: &Index, layout: &Layout, collection: &Collection) -> bool {
    let Some((first, key)) = index.spec.keys.first() else { return false };
    let alone = index.is_of_ids() || index.unique && index.spec.keys.len() == 1;
    let few = collection.field(first).is_some_and(|field| field.distinct >= FEW_EACH && field.present > 0.0);
    let scattered = matches!(key, Key::Special(word) if word != "hashed");
    !scattered && (alone || few) && layout.equal.contains(first)
}

/// Flags that the query always asks for and few documents have, as conditions of a partial index.
fn flags(
    collection: &Collection,
    layout: &Layout,
    predicates: &[&Predicate],
) -> Vec<(String, (String, Term))> {
    let others = |path: &String| {
        layout
            .equal
            .iter()
            .chain(&layout.range)
            .chain(layout.sort.iter().map(|(path, _)| path))
            .any(|other| other != path)
    };
    let flag = |predicate: &&Predicate| {
        let Some(constant @ Term::Bool(value)) = &predicate.constant else { return None };
        let path = &predicate.path;
        let field = collection.field(path);
        let (condition, share) = match predicate.operator.as_deref() {
            None => (
                constant.clone(),
                field.map(|field| if *value { field.truth } else { field.present - field.truth }),
            ),
            Some(_) => (
                Term::Document(vec![("$exists".to_owned(), Term::Bool(true))]),
                field.map(|field| field.present),
            ),
        };
        let small = share.is_some_and(|share| share <= SMALL_PART);
        (small && others(path)).then(|| (path.clone(), (path.clone(), condition)))
    };
    predicates.iter().filter_map(flag).collect()
}

/// An index for what few documents have, where the query asks for nothing else.
fn rare(collection: &Collection, predicates: &[&Predicate]) -> Option<Candidate> {
    let [predicate] = predicates else { return None };
    let exists =
        predicate.operator.as_deref() == Some("$exists") && predicate.constant == Some(Term::Bool(true));
    let few = collection.field(&predicate.path).is_some_and(|field| field.present <= SMALL_PART);
    let there = Term::Document(vec![("$exists".to_owned(), Term::Bool(true))]);
    (exists && few).then(|| Candidate {
        create: vec![Spec {
            keys: vec![(predicate.path.clone(), Key::Ascending)],
            partial: Some(vec![(predicate.path.clone(), there)]),
            collation: None,
        }],
        why: "few documents have the field, and only they are in the index".to_owned(),
    })
}

/// The layout with what the query returns, where that is little and no document need be looked at for it.
fn covering(
    query: &Query,
    collection: &Collection,
    layout: &Layout,
    predicates: &[&Predicate],
) -> Option<Layout> {
    let wanted = query.wanted.as_ref().filter(|_| !query.writes && !query.joins)?;
    let spec = layout.spec(query);
    let tested = |predicate: &&Predicate| {
        let in_it = spec.paths().any(|path| path == predicate.path);
        in_it && !matches!(predicate.test, Test::Null)
    };
    // With another way to compare texts the index does not hold the texts.
    let plain = query.collation.is_none() && query.filter.any.is_empty() && query.filter.opaque.is_none();
    let missing: Vec<String> =
        wanted.iter().filter(|path| !spec.paths().any(|known| known == path.as_str())).cloned().collect();
    let arrays = spec
        .paths()
        .chain(missing.iter().map(String::as_str))
        .any(|path| collection.array_of(path).is_some());
    let few = !missing.is_empty() && missing.len() <= MOST_COVERING;
    let named = missing.iter().all(|path| !path.starts_with('$') && path != "_id");
    let covers = plain && !arrays && few && named && predicates.iter().all(tested);
    covers.then(|| Layout { cover: missing, ..layout.clone() })
}

fn no_bound(query: &Query) -> String {
    if query.filter.any_opaque().is_some() {
        return "no index tells what its code asks for".to_owned();
    }
    "all that it asks is what an index cannot bound".to_owned()
}

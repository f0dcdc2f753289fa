//! Indexes that another one makes needless: its keys are the first ones of the other, and both hold the same documents.

use super::collection::{Collection, Index, Spec};

/// The needless ones, each with the one that does its work.
pub fn redundant(collection: &Collection) -> Vec<(&Index, &Index)> {
    let indexes = collection.known();
    let mut found = Vec::new();
    for (place, index) in indexes.iter().enumerate() {
        let others = indexes.iter().enumerate().filter(|(other, _)| *other != place);
        let does_its_work = |(at, other): &(usize, &Index)| {
            // Of two that are the same one stays.
            let shorter = index.spec.keys.len() < other.spec.keys.len() || *at < place;
            is_within(index, &other.spec) && other.sparse == index.sparse && !other.hidden && shorter
        };
        if may_go(index, collection)
            && let Some((_, other)) = others.into_iter().find(does_its_work)
        {
            found.push((index, other));
        }
    }
    found
}

/// Those that the new index makes needless.
pub fn replaced<'a>(collection: &'a Collection, by: &Spec) -> Vec<&'a Index> {
    let indexes = collection.known().iter();
    indexes.filter(|index| may_go(index, collection) && !index.sparse && is_within(index, by)).collect()
}

/// Whether an index may be dropped at all.
pub(super) fn may_go(index: &Index, collection: &Collection) -> bool {
    let shards = !collection.shard_key.is_empty()
        && index
            .spec
            .paths()
            .take(collection.shard_key.len())
            .eq(collection.shard_key.iter().map(String::as_str));
    !index.does_more() && !shards
}

fn is_within(index: &Index, other: &Spec) -> bool {
    let first = other.keys.get(..index.spec.keys.len());
    let same = first.is_some_and(|first| first == index.spec.keys || is_turned(first, &index.spec.keys));
    same && index.spec.partial == other.partial && index.spec.collation == other.collation
}

/// An index is read from both ends.
fn is_turned(one: &[(String, super::Key)], other: &[(String, super::Key)]) -> bool {
    use super::Key::{Ascending, Descending};
    one.iter().zip(other).all(|(one, other)| {
        one.0 == other.0 && matches!((&one.1, &other.1), (Ascending, Descending) | (Descending, Ascending))
    })
}

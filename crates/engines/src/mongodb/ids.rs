//! Which documents to read: one again and again, and others that nobody of us has just read.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ::mongodb::bson::{RawBson, oid::ObjectId};

/// Ids that one sampling brings.
pub(super) const SAMPLE: usize = 32;

/// What a read looks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Aim {
    /// The document of this id.
    At(RawBson),
    /// The first document from this id on: by the index, as cheap as one id, and never read before.
    From(RawBson),
}

/// Ids of one namespace on one node.
#[derive(Default)]
pub(super) struct Ids(Mutex<State>);

#[derive(Default)]
struct State {
    hot: Option<RawBson>,
    /// Sorted where their type has an order that we know.
    pool: Vec<RawBson>,
    next: usize,
    last: Option<RawBson>,
    refused: Option<String>,
    used: usize,
}

impl Ids {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// New ids. The hot one stays while it is there.
    pub(super) fn fill(&self, mut ids: Vec<RawBson>) {
        let mut state = self.state();
        state.refused = None;
        state.used = 0;
        if state.hot.is_none() {
            state.hot = ids.first().cloned();
        }
        ids.sort_by_key(ordinal);
        state.pool = ids;
    }

    /// We may not read there.
    pub(super) fn refuse(&self, why: String) {
        self.state().refused = Some(why);
    }

    /// Why we may not read there.
    pub(super) fn refused(&self) -> Option<String> {
        self.state().refused.clone()
    }

    /// Its document is gone.
    pub(super) fn forget_hot(&self) {
        self.state().hot = None;
    }

    /// Whether there is a reason to sample again: ids of a kind between which we find no others run out.
    pub(super) fn wants(&self) -> bool {
        let state = self.state();
        state.hot.is_none() || state.used >= state.pool.len() && !spans(&state.pool)
    }

    /// The document that is read again and again.
    pub(super) fn hot(&self) -> Option<RawBson> {
        self.state().hot.clone()
    }

    /// Another one than the last time.
    pub(super) fn cold(&self, random: u128) -> Option<Aim> {
        let mut state = self.state();
        if state.pool.is_empty() {
            return None;
        }
        state.next = (state.next + 1) % state.pool.len();
        state.used += 1;
        if let Some(aim) = between(&state.pool, state.next, random) {
            state.last = None;
            return Some(Aim::From(aim));
        }
        let id = state.pool[state.next].clone();
        if state.last.replace(id.clone()).as_ref() == Some(&id) {
            return None;
        }
        Some(Aim::At(id))
    }
}

/// Whether other ids lie between these.
fn spans(pool: &[RawBson]) -> bool {
    (0..pool.len()).any(|at| between(pool, at, 0).is_some())
}

/// An id between this one of the pool and the one after it, where their type lets us make one.
fn between(pool: &[RawBson], at: usize, random: u128) -> Option<RawBson> {
    let (low, high) = (pool.get(at)?, pool.get(at + 1)?);
    let (from, to) = (ordinal(low)?, ordinal(high)?);
    let made = from.checked_add(1 + random % to.checked_sub(from)?.checked_sub(1).filter(|gap| *gap > 0)?)?;
    match (low, high) {
        (RawBson::ObjectId(_), RawBson::ObjectId(_)) => {
            let bytes = made.to_be_bytes();
            let mut id = [0; 12];
            id.copy_from_slice(&bytes[4..]);
            Some(RawBson::ObjectId(ObjectId::from_bytes(id)))
        }
        (RawBson::Int32(_) | RawBson::Int64(_), RawBson::Int32(_) | RawBson::Int64(_)) => {
            let number = i128::try_from(made).ok()?.checked_sub(1 << 64)?;
            i64::try_from(number).ok().map(RawBson::Int64)
        }
        _ => None,
    }
}

/// Place of an id in the order of its type.
fn ordinal(id: &RawBson) -> Option<u128> {
    let whole = |number: i64| u128::try_from(i128::from(number) + (1 << 64)).ok();
    match id {
        RawBson::ObjectId(id) => {
            let mut bytes = [0; 16];
            bytes[4..].copy_from_slice(&id.bytes());
            Some(u128::from_be_bytes(bytes))
        }
        RawBson::Int32(number) => whole((*number).into()),
        RawBson::Int64(number) => whole(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(list: Vec<RawBson>) -> Ids {
        let ids = Ids::default();
        ids.fill(list);
        ids
    }

    #[test]
    fn between_two_ids_there_are_others() {
        let ids = ids(vec![RawBson::Int32(5_000), RawBson::Int32(-1_000), RawBson::Int32(10)]);
        assert_eq!(ids.hot(), Some(RawBson::Int32(5_000)));
        assert!(!ids.wants());
        for random in [0_u128, 1, 7, 1 << 90, u128::MAX] {
            for _ in 0..5 {
                match ids.cold(random) {
                    Some(Aim::From(RawBson::Int64(id))) => assert!((-1_000..5_000).contains(&id), "{id}"),
                    Some(Aim::At(id)) => assert_eq!(id, RawBson::Int32(5_000)),
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    #[test]
    fn object_ids_are_made_between_two_known_ones() {
        let id = |byte| RawBson::ObjectId(ObjectId::from_bytes([byte; 12]));
        let ids = ids(vec![id(9), id(3)]);
        let Some(Aim::At(last)) = ids.cold(77) else { panic!("the last id has none after it") };
        assert_eq!(last, id(9));
        let Some(Aim::From(RawBson::ObjectId(made))) = ids.cold(77) else { panic!("there is a gap") };
        assert!(made.bytes() > [3; 12] && made.bytes() < [9; 12], "{made}");
    }

    #[test]
    fn no_id_is_read_twice_in_a_row() {
        let text = |text: &str| RawBson::String(text.to_owned());
        let one = ids(vec![text("a")]);
        assert_eq!(one.cold(0), Some(Aim::At(text("a"))));
        assert_eq!(one.cold(0), None);
        let two = ids(vec![text("a"), text("b")]);
        assert_ne!(two.cold(0), two.cold(0));
        assert!(two.wants(), "both are used up");
    }
}

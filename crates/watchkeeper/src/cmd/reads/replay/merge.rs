//! Many streams in the order of moments as one.
//!
//! This module never reads ahead more than one line of each.

use crate::recording::Line;
use domain::reads::Moment;
use std::iter::Peekable;

/// Lines with the moments at which they stand, in their order.
pub(super) type Lines = Box<dyn Iterator<Item = (Moment, Line)>>;

/// All of them in the order of their moments.
pub(super) fn merge(streams: Vec<Lines>) -> impl Iterator<Item = (Moment, Line)> {
    let mut streams: Vec<Peekable<Lines>> = streams.into_iter().map(Iterator::peekable).collect();
    std::iter::from_fn(move || {
        let ready =
            streams.iter_mut().filter_map(|stream| stream.peek().map(|(at, _)| *at).map(|at| (at, stream)));
        ready.min_by_key(|(at, _)| *at)?.1.next()
    })
}

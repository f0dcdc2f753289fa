//! Words for pieces of advice. The cards are `components/advice.html`, which wants `advice`: what
//! [`cards`] makes of a timeline.

use domain::Entry;
use domain::advice::{Advised, Piece};

/// The cards: the latest word on each query.
pub(crate) fn cards(timeline: &[Entry]) -> Vec<&Advised> {
    domain::advice::standing(timeline).into_iter().map(|(_, advised)| advised).collect()
}

/// What it is about, in words.
pub(crate) fn step(piece: &Piece) -> &'static str {
    match piece.step.as_str() {
        "create_index" if piece.indexes.len() > 1 => "new indexes",
        "create_index" => "a new index",
        "drop_index" => "an index less",
        "rewrite" => "another wording",
        _ => "nothing to be done",
    }
}

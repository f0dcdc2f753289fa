//! The disk: who has to read a page waits for it, whatever the query.

use super::scene::Scene;
use super::{Contributor, Kind, Kindred, Part};
use crate::detect::rule::duration;
use crate::detect::usual::Figure;
use crate::detect::verdict::Cause;

pub(super) const KIND: Kindred = Kindred { kind: Kind::Storage, find };

/// A page read takes so many milliseconds, and so many times the usual, where the disk is slow.
const SLOW: (f64, f64) = (10.0, 3.0);

fn find(scene: &Scene<'_>) -> Vec<Contributor> {
    let limit = scene.view.limit(Figure::PageRead, SLOW);
    let slow = scene.view.page_read_ms().filter(|now| *now > limit);
    let blamed = scene.cause == Cause::Storage;
    let part = if blamed { Part::Cause } else { Part::Bystander };
    let sentence = match slow {
        Some(now) => format!("a page takes {} to be read from the disk", duration(now / 1e3)),
        None if blamed => "the disk does not answer in time".to_owned(),
        None => return Vec::new(),
    };
    vec![Contributor::of_server(Kind::Storage, part, sentence)]
}

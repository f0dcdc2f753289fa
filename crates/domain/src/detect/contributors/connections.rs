//! Connection storms: making a connection costs a thread and, with a password, some milliseconds of processor.

use super::scene::Scene;
use super::{Contributor, Kind, Kindred, Part};
use crate::detect::usual::Figure;
use crate::detect::verdict::Cause;
use crate::reads::Metric;

pub(super) const KIND: Kindred = Kindred { kind: Kind::Connections, find };

/// Connections made a second, and times the usual, from which on it is a storm.
const STORM: (f64, f64) = (50.0, 5.0);

fn find(scene: &Scene<'_>) -> Vec<Contributor> {
    let view = scene.view;
    let limit = view.limit(Figure::ConnectionsMade, STORM);
    let made = view.rate(Metric::ConnectionsMade).filter(|made| *made > limit);
    let blamed = scene.cause == Cause::Connections;
    let part = if blamed { Part::Cause } else { Part::Bystander };
    let sentence = match (made, view.level(Metric::Connections)) {
        (Some(made), _) => format!("{made:.0} connections are made a second"),
        (None, Some(open)) if blamed => format!("new connections are not served; {open:.0} are open"),
        _ => return Vec::new(),
    };
    vec![Contributor::of_server(Kind::Connections, part, sentence)]
}

//! The sentence of a contributor.

use super::{Contributor, Part};
use crate::detect::rule::micros;

/// One sentence with the figures of an operation.
pub(super) fn sentence(one: &Contributor, is_new: bool) -> String {
    let mut facts = Vec::new();
    if let Some((share, of)) = one.shares.foremost() {
        facts.push(format!("{share} % of the {of}"));
    }
    if one.count > 0 {
        facts.push(format!("{} in flight, the oldest for {}", one.count, micros(one.oldest_us)));
    }
    if one.waiting > 0 {
        facts.push(format!("{} of them waiting for a lock", one.waiting));
    }
    if let Some(usual) = &one.usual_plan {
        facts.push(format!("its plan was {usual} and is {}", one.plan));
    } else if one.plan.contains("COLLSCAN") {
        facts.push("scanning the whole collection".to_owned());
    }
    if one.replanned > 0 {
        facts.push(format!("planned anew {} times", one.replanned));
    }
    if is_new && one.part == Part::Cause {
        facts.push("never seen in quiet times".to_owned());
    }
    format!("{}: {}", what(one), facts.join(", "))
}

/// Command and namespace, and the application where it is told.
pub(super) fn what(one: &Contributor) -> String {
    let by = if one.app.is_empty() { String::new() } else { format!(" by {}", one.app) };
    let on = if one.namespace.is_empty() { String::new() } else { format!(" on {}", one.namespace) };
    let command = if &*one.command == "createIndexes" { "index build" } else { &one.command };
    format!("{command}{on}{by}")
}

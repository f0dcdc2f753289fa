//! What all rules say of all nodes at one step.

use super::RULES;
use super::rule::{Hint, Strength};
use super::usual::Figure;
use super::view::View;
use crate::reads::Role;
use std::sync::Arc;

/// A member from which clients read less often than this, in reads a second, is a spare one.
const READS_OF_A_SPARE: f64 = 5.0;

/// What the rules say at one step.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) hints: Vec<(Arc<str>, &'static str, Hint)>,
}

impl Heard {
    /// Asks every rule of every node.
    pub(super) fn from_rules(views: &[View<'_>]) -> Self {
        let mut heard = Self { hints: Vec::new() };
        for view in views {
            let hints = RULES.iter().filter_map(|rule| Some((rule.name, (rule.judge)(view)?)));
            let spare = is_spare(view);
            heard.hints.extend(hints.map(|(rule, mut hint)| {
                if spare {
                    hint.strength = Strength::Note;
                }
                (view.node.clone(), rule, hint)
            }));
        }
        heard
    }

    /// One line per hint.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(node, rule, hint): &(Arc<str>, &'static str, Hint)| {
            format!("{node} {rule} ({:?}): {}", hint.strength, hint.text)
        };
        self.hints.iter().map(line).collect()
    }

    /// Whether the database is at hard work, at least.
    pub(super) fn works(&self) -> bool {
        self.hints.iter().any(|(_, _, hint)| hint.strength >= Strength::Sign)
    }

    /// Those that say that something is not as it should be.
    pub(super) fn loud(&self) -> impl Iterator<Item = &(Arc<str>, &'static str, Hint)> {
        self.hints.iter().filter(|(_, _, hint)| hint.strength >= Strength::Weak)
    }
}

/// A member of a replica set from which no client reads: that it is down or slow is somebody's work, but
/// nobody waits for it.
fn is_spare(view: &View<'_>) -> bool {
    let alone = view.role.is_none_or(Role::serves_alone);
    let silent = view.hello.failures > 0 || view.hello.well_at.is_none_or(|at| view.now.secs_since(at) > 1.6);
    !alone && (silent || view.usual.high(Figure::Reads).is_none_or(|reads| reads < READS_OF_A_SPARE))
}

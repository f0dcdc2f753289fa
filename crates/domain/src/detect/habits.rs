//! How the shapes of a node behave in quiet times: what one that stands out in a stall is compared with.
//!
//! What is seen waits as long as the figures of [`usual`](super::usual) before it is learned, so that the
//! beginning of a stall teaches nothing. Never holds more than it may.

use super::contributors::tally::Habit;
use super::usual::DELAY;
use super::view::float;
use super::window::Window;
use crate::reads::{Finished, Group, Moment};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Shapes remembered of a node; the least used are forgotten first.
const MOST_SHAPES: usize = 256;
/// Plans remembered of a shape.
const MOST_PLANS: usize = 4;
/// How a maximum fades with every quiet second.
const FADES: f64 = 0.99;

/// Namespace and shape.
type Name = (Arc<str>, Arc<str>);

/// Habits of the shapes of one node.
#[derive(Debug, Default)]
pub(super) struct Habits {
    known: BTreeMap<Name, Habit>,
    /// What was seen in quiet seconds and waits to be learned.
    noted: VecDeque<Vec<(Name, Habit)>>,
    /// Up to when finished operations were noted.
    heard_until: Option<Moment>,
}

impl Habits {
    /// How a shape behaves in quiet times; nothing where it was never seen then.
    pub(super) fn of(&self, namespace: &Arc<str>, shape: &Arc<str>) -> Option<Habit> {
        self.known.get(&(namespace.clone(), shape.clone())).cloned()
    }

    /// Takes note of a quiet second.
    pub(super) fn note(&mut self, window: &Window) {
        let groups = window.in_flight.back().map(|(_, seen)| &seen.groups[..]).unwrap_or_default();
        let mut seen: Vec<(Name, Habit)> =
            groups.iter().filter(|group| group.is_work()).map(of_group).collect();
        let since = self.heard_until;
        let unheard = window.finished.iter().filter(|(at, _)| since.is_none_or(|since| *at > since));
        seen.extend(unheard.map(|(_, one)| of_finished(one)));
        self.heard_until = window.finished.back().map(|(at, _)| *at).or(since);
        self.noted.push_back(seen);
        if self.noted.len() > DELAY
            && let Some(seen) = self.noted.pop_front()
        {
            self.learn(seen);
        }
    }

    fn learn(&mut self, seen: Vec<(Name, Habit)>) {
        for known in self.known.values_mut() {
            known.oldest_us *= FADES;
            known.yields *= FADES;
            known.yields_each *= FADES;
        }
        for (name, habit) in seen {
            let known = self.known.entry(name).or_default();
            known.oldest_us = known.oldest_us.max(habit.oldest_us);
            known.yields = known.yields.max(habit.yields);
            known.yields_each = known.yields_each.max(habit.yields_each);
            for plan in habit.plans {
                known.plans.retain(|other| *other != plan);
                known.plans.push(plan);
            }
            if known.plans.len() > MOST_PLANS {
                known.plans.remove(0);
            }
        }
        while self.known.len() > MOST_SHAPES {
            let weakest =
                self.known.iter().min_by(|one, other| one.1.oldest_us.total_cmp(&other.1.oldest_us));
            let Some(name) = weakest.map(|(name, _)| name.clone()) else { break };
            self.known.remove(&name);
        }
    }

    /// The last seconds were not quiet after all.
    pub(super) fn disturbed(&mut self) {
        self.noted.clear();
    }
}

fn of_group(group: &Group) -> (Name, Habit) {
    let yields = float(group.yields);
    let habit = Habit {
        yields,
        yields_each: yields / f64::from(group.count.max(1)),
        oldest_us: float(group.oldest_us),
        plans: plans(&group.plan),
    };
    ((group.namespace.clone(), group.shape.clone()), habit)
}

fn of_finished(one: &Finished) -> (Name, Habit) {
    let yields_each = float(one.yields);
    let oldest_us = float(one.took_us);
    let habit = Habit { yields: 0.0, yields_each, oldest_us, plans: plans(&one.plan) };
    ((one.namespace.clone(), one.shape.clone()), habit)
}

fn plans(plan: &Arc<str>) -> Vec<Arc<str>> {
    if plan.is_empty() { Vec::new() } else { vec![plan.clone()] }
}

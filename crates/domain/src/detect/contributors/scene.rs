//! What a kind of contributor may look at: one node at one moment.

use super::part;
use super::tally::{Tallies, Tally};
use super::words;
use super::{Contributor, Kind, Shares};
use crate::detect::verdict::Cause;
use crate::detect::view::{View, float};

/// One node at the moment of a verdict.
pub(in crate::detect) struct Scene<'a> {
    pub(in crate::detect) view: &'a View<'a>,
    pub(in crate::detect) tallies: &'a Tallies,
    /// Kind of cause, as it is known by now.
    pub(in crate::detect) cause: Cause,
}

impl Scene<'_> {
    /// The contributors of a kind among operations: those whose command it takes.
    pub(super) fn operations(&self, kind: Kind, takes: impl Fn(&Tally) -> bool) -> Vec<Contributor> {
        let lines = self.tallies.lines.iter().filter(|tally| takes(tally));
        lines.map(|tally| self.operation(kind, tally)).collect()
    }

    fn operation(&self, kind: Kind, tally: &Tally) -> Contributor {
        let group = &tally.group;
        let mut found = Contributor {
            kind,
            part: part::of(self, tally),
            namespace: group.namespace.clone(),
            command: group.command.clone(),
            shape: group.shape.clone(),
            app: group.app.clone(),
            plan: group.plan.clone(),
            usual_plan: tally.usual_plan(),
            message: group.message.clone(),
            count: group.count,
            waiting: group.waiting,
            oldest_us: group.oldest_us,
            replanned: tally.finished.replanned,
            shares: self.shares(tally),
            sentence: String::new(),
        };
        found.sentence = words::sentence(&found, tally.is_new());
        found
    }

    fn shares(&self, tally: &Tally) -> Shares {
        let of = |value: fn(&Tally) -> f64| {
            let total: f64 = self.tallies.lines.iter().map(value).sum();
            (total > 0.0).then(|| percent(value(tally) / total))
        };
        Shares {
            work: of(|tally| tally.work),
            documents: of(|tally| float(tally.finished.docs_examined)),
            time: of(|tally| float(running_us(tally))),
            bytes_read: of(|tally| float(tally.finished.bytes_read)),
            lock: of(|tally| float(tally.held_us)),
            concurrent: of(|tally| f64::from(tally.group.count)),
        }
    }
}

/// Time that operations ran, those that waited for a lock left out.
fn running_us(tally: &Tally) -> i64 {
    let group = &tally.group;
    let waiting = group.waiting >= group.count;
    let in_flight = if waiting { 0 } else { group.total_us };
    in_flight.saturating_add((tally.finished.took_us - tally.finished.waited_us).max(0))
}

fn percent(share: f64) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
    let percent = (share * 100.0).clamp(0.0, 100.0).round() as u8;
    percent
}

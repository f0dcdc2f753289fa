//! From hints to verdicts: what lasts or agrees opens one, silence closes it.

use super::contributors::tally::Tallies;
use super::heard::Heard;
use super::rule::Strength;
use super::verdict::{Cause, Severity, Signal, Verdict};
use super::view::View;
use super::{finding, words};
use crate::reads::Moment;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A strong hint that rests on samples at least this far apart, in microseconds, is enough alone.
const HOLD_US: i64 = 450_000;
/// A hint whose samples are further apart than this is a new one, in microseconds.
const GAP_US: i64 = 1_700_000;
/// Two kinds of weak hints in two thirds of this time, in seconds.
const WEAK_SECS: f64 = 2.5;
/// Any hint in four fifths of this time, in seconds.
const ANY_SECS: f64 = 4.2;
/// Hard work for this long is a strain, in seconds.
const STRAIN_SECS: f64 = 1.5;
/// Silence for this long ends a verdict, in seconds.
const QUIET_SECS: f64 = 2.0;
/// And so long at most if hard work goes on, in seconds.
const LINGER_SECS: f64 = 15.0;
/// A cause or culprit must be seen for this long before it replaces another, in seconds: the first word
/// about who it is may improve, but not flicker.
const SETTLE_SECS: f64 = 0.7;
/// The same once the verdict is no longer young: when a frozen server thaws, everything looks slow for a
/// while, and that is not another cause.
const LATE_SETTLE_SECS: f64 = 4.0;
/// So long it is young, in seconds.
const EARLY_SECS: f64 = 5.0;
/// A verdict never begins earlier than this before it is found, in microseconds.
const EARLIEST_US: i64 = 60_000_000;

/// Since when a hint has been there.
#[derive(Clone, Copy, Debug)]
struct Held {
    first: Moment,
    last: Moment,
    since: Moment,
}

/// One step, remembered.
#[derive(Debug)]
struct Step {
    at: Moment,
    kinds: usize,
}

/// Namespace and shape of a culprit.
type Name = (Arc<str>, Arc<str>);

/// The state between steps.
#[derive(Debug, Default)]
pub(super) struct Judge {
    held: BTreeMap<(Arc<str>, &'static str), Held>,
    steps: VecDeque<Step>,
    working_since: Option<Moment>,
    quiet_since: Option<Moment>,
    loud_at: Option<Moment>,
    hears: bool,
    standing: Option<Verdict>,
    opened: Moment,
    next_cause: Option<(Moment, Cause)>,
    next_culprit: Option<(Moment, Option<Name>)>,
    told: Option<(Moment, u32, i64)>,
}

impl Judge {
    pub(super) fn is_quiet(&self) -> bool {
        self.standing.is_none() && !self.hears
    }

    pub(super) fn standing(&self) -> Option<&Verdict> {
        self.standing.as_ref()
    }

    pub(super) fn step(
        &mut self,
        heard: &Heard,
        views: &[View<'_>],
        work: impl Fn(&str) -> Option<Tallies>,
        now: Moment,
        wall: Timestamp,
    ) -> Vec<Signal> {
        self.hold(heard, now);
        let severity = self.severity(heard, now);
        self.hears = !heard.hints.is_empty();
        let Some(severity) = severity else { return self.close(now, wall).into_iter().collect() };
        let found = finding::find(severity, heard, views, work, now, wall);
        let found = self.date(found, heard, now, wall);
        self.tell(found, now).into_iter().collect()
    }

    /// Notes which hints go on and which are new.
    fn hold(&mut self, heard: &Heard, now: Moment) {
        self.held.retain(|_, held| now.since(held.last) <= GAP_US);
        for (node, rule, hint) in &heard.hints {
            if hint.strength < Strength::Strong {
                continue;
            }
            let held = self.held.entry((node.clone(), rule)).or_insert(Held {
                first: hint.basis,
                last: hint.basis,
                since: hint.since,
            });
            held.last = held.last.max(hint.basis);
            held.since = held.since.min(hint.since);
        }
        // A hint that is not there now has no claim to last.
        self.held.retain(|(node, rule), held| {
            heard.hints.iter().any(|(known, name, _)| known == node && name == rule)
                || now.since(held.last) < 300_000
        });
        let mut kinds: Vec<&str> = heard.loud().map(|(_, rule, _)| kind(rule)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        self.steps.push_back(Step { at: now, kinds: kinds.len() });
        while self.steps.front().is_some_and(|step| now.secs_since(step.at) > ANY_SECS) {
            self.steps.pop_front();
        }
        self.working_since = heard.works().then(|| self.working_since.unwrap_or(now));
        if kinds.is_empty() {
            self.quiet_since.get_or_insert(now);
        } else {
            self.quiet_since = None;
            self.loud_at = Some(now);
        }
    }

    /// What stands at this moment.
    fn severity(&self, heard: &Heard, now: Moment) -> Option<Severity> {
        let lasting = self.held.values().any(|held| held.last.since(held.first) >= HOLD_US);
        let mut strong: Vec<&str> = heard
            .hints
            .iter()
            .filter(|(_, _, hint)| hint.strength == Strength::Strong)
            .map(|(_, rule, _)| *rule)
            .collect();
        strong.sort_unstable();
        strong.dedup();
        let stall =
            lasting || strong.len() >= 2 || self.often(2, WEAK_SECS, 0.67) || self.often(1, ANY_SECS, 0.8);
        let was = self.standing.as_ref().map(|verdict| verdict.severity);
        let working = self.working_since.is_some_and(|since| now.secs_since(since) >= STRAIN_SECS);
        let quiet = self.quiet_since.is_some_and(|since| now.secs_since(since) >= QUIET_SECS);
        // The pile that made it is still there, though it no longer grows.
        let lingers = heard.works() && self.loud_at.is_some_and(|at| now.secs_since(at) < LINGER_SECS);
        match was {
            _ if stall => Some(Severity::Stall),
            Some(Severity::Stall) if !quiet || lingers => Some(Severity::Stall),
            Some(Severity::Strain) if self.working_since.is_some() || !quiet => Some(Severity::Strain),
            None if working => Some(Severity::Strain),
            _ => None,
        }
    }

    /// Whether at least `kinds` rules spoke in this share of the steps of the last `secs` seconds.
    fn often(&self, kinds: usize, secs: f64, share: f64) -> bool {
        let Some(last) = self.steps.back() else { return false };
        let recent: Vec<&Step> =
            self.steps.iter().filter(|step| last.at.secs_since(step.at) < secs).collect();
        let spans = recent.first().is_some_and(|first| last.at.secs_since(first.at) >= secs * 0.85);
        let loud = recent.iter().filter(|step| step.kinds >= kinds).count();
        #[expect(clippy::cast_precision_loss, reason = "a handful of steps")]
        let enough = loud as f64 >= share * recent.len() as f64;
        spans && last.kinds > 0 && enough
    }

    fn close(&mut self, now: Moment, wall: Timestamp) -> Option<Signal> {
        let mut verdict = self.standing.take()?;
        let since = self.loud_at.unwrap_or(now);
        verdict.ended_at = Some(at_wall(since, now, wall).max(verdict.began_at));
        verdict.sentence = words::sentence(&verdict);
        self.next_cause = None;
        self.next_culprit = None;
        self.told = None;
        Some(Signal::Closed(verdict))
    }

    /// Says since when, and keeps what a standing verdict knows better.
    fn date(&self, mut found: Verdict, heard: &Heard, now: Moment, wall: Timestamp) -> Verdict {
        if let Some(standing) = &self.standing {
            found.began_at = standing.began_at;
            if standing.severity == found.severity {
                found.detected_at = standing.detected_at;
            }
            if found.evidence.is_empty() {
                found.evidence.clone_from(&standing.evidence);
            }
        } else {
            let seen = heard.hints.iter().map(|(_, _, hint)| hint.since);
            let since = seen.chain(self.held.values().map(|held| held.since)).min().unwrap_or(now);
            found.began_at = at_wall(since.max(now - EARLIEST_US), now, wall);
        }
        // The wall clock may have been set back since it began.
        found.detected_at = found.detected_at.max(found.began_at);
        found
    }

    /// Decides whether what was found is news.
    fn tell(&mut self, mut found: Verdict, now: Moment) -> Option<Signal> {
        let Some(standing) = &self.standing else {
            self.opened = now;
            found.sentence = words::sentence(&found);
            self.told = Some((now, found.waiting, found.oldest_us));
            self.standing = Some(found.clone());
            return Some(Signal::Opened(found));
        };
        let graver = found.severity > standing.severity;
        found.severity = found.severity.max(standing.severity);
        // When a hanging server goes on, all that waited comes at once; that is not another cause.
        if found.cause == Cause::Capacity && standing.severity == Severity::Stall {
            found.cause = standing.cause;
        }
        // Who did it stays named when it is gone and its damage lasts.
        if found.culprit.is_none() && found.cause == standing.cause {
            found.culprit.clone_from(&standing.culprit);
            found.namespaces.clone_from(&standing.namespaces);
            found.contributors.clone_from(&standing.contributors);
        }
        // Silence explains nothing: while a verdict ends, the last explanation stands.
        let explains = self.quiet_since.is_none();
        let patience = if now.secs_since(self.opened) < EARLY_SECS { SETTLE_SECS } else { LATE_SETTLE_SECS };
        let cause = settle(&mut self.next_cause, &standing.cause, &found.cause, now, patience);
        let name = |verdict: &Verdict| {
            verdict.culprit.as_ref().map(|culprit| (culprit.namespace.clone(), culprit.shape.clone()))
        };
        let culprit = settle(&mut self.next_culprit, &name(standing), &name(&found), now, patience);
        let moved = explains && (cause || culprit);
        let (told_at, waiting, oldest_us) = self.told.unwrap_or((now, 0, 0));
        let worse = found.waiting >= 2 * waiting.max(4) || found.oldest_us >= 2 * oldest_us.max(500_000);
        let due = explains && now.secs_since(told_at) >= 5.0;
        if !(graver || moved || (worse && due)) {
            return None;
        }
        if !(graver || (explains && cause)) {
            found.cause = standing.cause;
        }
        // The same one with newer figures is no other.
        if !graver && !moved && name(&found) != name(standing) {
            found.culprit.clone_from(&standing.culprit);
            found.namespaces.clone_from(&standing.namespaces);
            found.contributors.clone_from(&standing.contributors);
        }
        found.sentence = words::sentence(&found);
        self.next_cause = None;
        self.next_culprit = None;
        self.told = Some((now, found.waiting, found.oldest_us));
        self.standing = Some(found.clone());
        Some(Signal::Changed(found))
    }
}

/// Slow reads by id and a slow `hello` are one kind of hint: both come from our own looks, which may be slow
/// because of us.
fn kind(rule: &'static str) -> &'static str {
    if rule == "frozen" { "slow_probe" } else { rule }
}

/// Whether another value than the standing one has been seen for long enough to replace it.
fn settle<T: PartialEq + Clone>(
    next: &mut Option<(Moment, T)>,
    standing: &T,
    found: &T,
    now: Moment,
    patience: f64,
) -> bool {
    if standing == found {
        *next = None;
        return false;
    }
    match next {
        Some((since, value)) if value == found => now.secs_since(*since) >= patience,
        _ => {
            *next = Some((now, found.clone()));
            false
        }
    }
}

/// Wall time of an earlier moment.
fn at_wall(moment: Moment, now: Moment, wall: Timestamp) -> Timestamp {
    wall.checked_sub(SignedDuration::from_micros(now.since(moment))).unwrap_or(wall)
}

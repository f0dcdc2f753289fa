//! From hints to verdicts: what lasts or agrees opens one, silence closes it.

use super::blame::{self, Blame};
use super::rule::{Hint, Strength};
use super::usual::Figure;
use super::verdict::{Cause, Culprit, Evidence, Severity, Signal, Verdict};
use super::view::View;
use super::{RULES, words};
use crate::reads::{Moment, Role};
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
/// A member from which clients read less often than this, in reads a second, is a spare one.
const READS_OF_A_SPARE: f64 = 5.0;
/// A cause or culprit must be seen for this long before it replaces another, in seconds: the first word
/// about who it is may improve, but not flicker.
const SETTLE_SECS: f64 = 0.7;
/// The same once the verdict is no longer young: when a frozen server thaws, everything looks slow for a
/// while, and that is not another cause.
const LATE_SETTLE_SECS: f64 = 4.0;
/// So long it is young, in seconds.
const EARLY_SECS: f64 = 5.0;

/// What the rules say at one step.
#[derive(Debug)]
pub(super) struct Heard {
    hints: Vec<(Arc<str>, &'static str, Hint)>,
}

impl Heard {
    /// Asks every rule of every node.
    pub(super) fn from_rules(views: &[View<'_>], _now: Moment) -> Self {
        let mut heard = Self { hints: Vec::new() };
        for view in views {
            let hints = RULES.iter().filter_map(|rule| Some((rule.name, (rule.judge)(view)?)));
            let spare = is_spare(view);
            heard.hints.extend(hints.map(|(rule, mut hint)| {
                if spare {
                    hint.strength = Strength::Sign;
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

    fn loud(&self) -> impl Iterator<Item = &(Arc<str>, &'static str, Hint)> {
        self.hints.iter().filter(|(_, _, hint)| hint.strength >= Strength::Weak)
    }
}

/// A member of a replica set from which no client reads: that it is down or slow is somebody's work, but
/// nobody waits for it.
fn is_spare(view: &View<'_>) -> bool {
    let alone = view.role.is_none_or(Role::serves_alone);
    let silent = view.hello.well_at.is_none_or(|at| view.now.secs_since(at) > 1.6);
    !alone && (silent || view.usual.high(Figure::Reads).is_none_or(|reads| reads < READS_OF_A_SPARE))
}

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
    loud: bool,
    standing: Option<Verdict>,
    opened: Moment,
    next_cause: Option<(Moment, Cause)>,
    next_culprit: Option<(Moment, Option<Name>)>,
    told: Option<(Moment, u32, i64)>,
}

impl Judge {
    pub(super) fn is_quiet(&self) -> bool {
        self.standing.is_none() && !self.loud
    }

    pub(super) fn standing(&self) -> Option<&Verdict> {
        self.standing.as_ref()
    }

    pub(super) fn forget(&mut self, node: &str) {
        self.held.retain(|(known, _), _| &**known != node);
    }

    pub(super) fn step(
        &mut self,
        heard: &Heard,
        views: &[View<'_>],
        blames: impl Fn(&str) -> Option<Blame>,
        now: Moment,
        wall: Timestamp,
    ) -> Vec<Signal> {
        self.hold(heard, now);
        let severity = self.severity(heard, now);
        self.loud = heard.loud().next().is_some() || !heard.hints.is_empty();
        let Some(severity) = severity else { return self.close(now, wall).into_iter().collect() };
        let found = self.find(severity, heard, views, blames, now, wall);
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
        let mut kinds: Vec<&str> = heard.loud().map(|(_, rule, _)| *rule).collect();
        kinds.sort_unstable();
        kinds.dedup();
        self.steps.push_back(Step { at: now, kinds: kinds.len() });
        while self.steps.front().is_some_and(|step| now.secs_since(step.at) > ANY_SECS) {
            self.steps.pop_front();
        }
        let works =
            heard.hints.iter().any(|(_, _, hint)| hint.strength == Strength::Sign) || !kinds.is_empty();
        self.working_since = works.then(|| self.working_since.unwrap_or(now));
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
        match was {
            _ if stall => Some(Severity::Stall),
            Some(Severity::Stall) if !quiet => Some(Severity::Stall),
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
        self.next_cause = None;
        self.next_culprit = None;
        self.told = None;
        Some(Signal::Closed(verdict))
    }

    /// The verdict as it would be told now.
    fn find(
        &mut self,
        severity: Severity,
        heard: &Heard,
        views: &[View<'_>],
        blames: impl Fn(&str) -> Option<Blame>,
        now: Moment,
        wall: Timestamp,
    ) -> Verdict {
        let worst = worst_node(heard, views);
        let app_is_bad = heard.hints.iter().any(|(_, rule, _)| *rule == "app_path");
        let mut blame = Blame::default();
        let mut cause = None;
        if let Some(view) = worst {
            blame = blames(view.node).unwrap_or_default();
            let rules: Vec<(&'static str, Strength)> = heard
                .hints
                .iter()
                .filter(|(node, _, _)| node == view.node)
                .map(|(_, rule, hint)| (*rule, hint.strength))
                .collect();
            let others_answer = views.iter().any(|other| {
                other.node != view.node
                    && other.hello.known
                    && other.hello.failures == 0
                    && other.hello.secs < 0.9
            });
            cause = blame::cause(view, &blame, &blame::Heard { rules: &rules, others_answer, app_is_bad });
        }
        let cause = cause.unwrap_or(if app_is_bad { Cause::Network } else { Cause::Engine });
        self.compose(severity, cause, &blame, worst, heard, views, now, wall)
    }

    #[expect(clippy::too_many_arguments, reason = "everything that a verdict says comes together here")]
    fn compose(
        &self,
        severity: Severity,
        cause: Cause,
        blame: &Blame,
        worst: Option<&View<'_>>,
        heard: &Heard,
        views: &[View<'_>],
        now: Moment,
        wall: Timestamp,
    ) -> Verdict {
        let culprit = culprit(cause, blame, worst);
        let (waiting, oldest_us) = waiting(worst, heard, now);
        let began = self.standing.as_ref().map_or_else(
            || {
                let since = heard.hints.iter().map(|(_, _, hint)| hint.since).min().unwrap_or(now);
                at_wall(since.max(now - 60_000_000), now, wall)
            },
            |standing| standing.began_at,
        );
        let detected_at = match &self.standing {
            Some(standing) if standing.severity == severity => standing.detected_at,
            _ => wall,
        };
        let mut evidence: Vec<Evidence> = heard
            .hints
            .iter()
            .map(|(node, rule, hint)| {
                (hint.strength, Evidence { rule, node: node.clone(), text: hint.text.clone() })
            })
            .map(|(_, evidence)| evidence)
            .collect();
        if evidence.is_empty()
            && let Some(standing) = &self.standing
        {
            evidence.clone_from(&standing.evidence);
        }
        let mut nodes: Vec<Arc<str>> = worst.map(|view| view.node.clone()).into_iter().collect();
        for (node, _, _) in heard.loud() {
            if !nodes.contains(node) {
                nodes.push(node.clone());
            }
        }
        let _ = views;
        Verdict {
            severity,
            began_at: began,
            detected_at,
            ended_at: None,
            cause,
            nodes,
            namespaces: namespaces(culprit.as_ref(), worst),
            sentence: words::sentence(severity, cause, began, waiting, oldest_us, culprit.as_ref()),
            culprit,
            waiting,
            oldest_us,
            confidence: confidence(heard, blame),
            evidence,
        }
    }

    /// Decides whether what was found is news.
    fn tell(&mut self, mut found: Verdict, now: Moment) -> Option<Signal> {
        let Some(standing) = &self.standing else {
            self.opened = now;
            self.told = Some((now, found.waiting, found.oldest_us));
            self.standing = Some(found.clone());
            return Some(Signal::Opened(found));
        };
        let graver = found.severity > standing.severity;
        found.severity = found.severity.max(standing.severity);
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
        if !graver && !moved {
            found.culprit.clone_from(&standing.culprit);
            found.namespaces.clone_from(&standing.namespaces);
        }
        found.sentence = words::sentence(
            found.severity,
            found.cause,
            found.began_at,
            found.waiting,
            found.oldest_us,
            found.culprit.as_ref(),
        );
        self.next_cause = None;
        self.next_culprit = None;
        self.told = Some((now, found.waiting, found.oldest_us));
        self.standing = Some(found.clone());
        Some(Signal::Changed(found))
    }
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

/// The node on which it shows most; the application's way only where no node shows anything.
fn worst_node<'v, 'a>(heard: &Heard, views: &'v [View<'a>]) -> Option<&'v View<'a>> {
    let weight = |view: &View<'_>| -> u32 {
        let of_node = heard.hints.iter().filter(|(node, _, _)| node == view.node);
        of_node
            .map(|(_, _, hint)| match hint.strength {
                Strength::Strong => 16,
                Strength::Weak => 4,
                Strength::Sign => 1,
            })
            .sum()
    };
    let servers = views.iter().filter(|view| !view.app.known || view.hello.known);
    let server =
        servers.max_by_key(|view| (weight(view), view.role.is_some_and(crate::reads::Role::serves_alone)));
    server.or_else(|| views.iter().max_by_key(|view| weight(view)))
}

fn culprit(cause: Cause, blame: &Blame, worst: Option<&View<'_>>) -> Option<Culprit> {
    match cause {
        Cause::BlockingOp if !blame.holds && worst.is_some_and(|view| view.fsync_locked) => {
            Some(blame::fsync_lock())
        }
        Cause::SlowQuery | Cause::Tickets | Cause::BlockingOp | Cause::Cache => {
            blame.ranked.first().map(|first| first.culprit.clone())
        }
        // Nobody works; the one that has hung for longest is at least where it began.
        Cause::Engine => {
            let oldest = blame.ranked.iter().max_by_key(|ranked| ranked.culprit.oldest_us);
            oldest.map(|ranked| ranked.culprit.clone())
        }
        Cause::Storage
        | Cause::Capacity
        | Cause::Process
        | Cause::Host
        | Cause::Connections
        | Cause::Network
        | Cause::Cluster => None,
    }
}

fn waiting(worst: Option<&View<'_>>, heard: &Heard, now: Moment) -> (u32, i64) {
    let Some(view) = worst else { return (0, 0) };
    let reads: u32 = view.reads().map(|group| group.older[1]).sum();
    let oldest = view.reads().map(|group| group.oldest_us).max().unwrap_or(0);
    if reads > 0 {
        return (reads, oldest);
    }
    let since = heard.loud().map(|(_, _, hint)| hint.since).min();
    (0, since.map_or(0, |since| now.since(since)))
}

/// The culprit's namespace first, then those whose reads wait longest.
fn namespaces(culprit: Option<&Culprit>, worst: Option<&View<'_>>) -> Vec<Arc<str>> {
    let mut found: Vec<Arc<str>> = culprit
        .map(|culprit| culprit.namespace.clone())
        .filter(|name| !name.is_empty())
        .into_iter()
        .collect();
    let Some(view) = worst else { return found };
    let mut ages: BTreeMap<Arc<str>, i64> = BTreeMap::new();
    for group in view.reads().filter(|group| group.older[0] > 0) {
        *ages.entry(group.namespace.clone()).or_default() += group.total_us;
    }
    for (namespace, wait) in view.hot.iter().chain(&view.cold).filter(|(_, wait)| wait.secs > 0.5) {
        #[expect(clippy::cast_possible_truncation, reason = "microseconds of a look")]
        let micros = (wait.secs * 1e6) as i64;
        *ages.entry(namespace.clone()).or_default() += micros;
    }
    let mut ages: Vec<(Arc<str>, i64)> = ages.into_iter().collect();
    ages.sort_by_key(|(_, age)| -age);
    for (namespace, _) in ages {
        if !found.contains(&namespace) {
            found.push(namespace);
        }
    }
    found.truncate(5);
    found
}

/// How sure: each independent kind of hint adds less than the one before; a culprit that stands out adds.
fn confidence(heard: &Heard, blame: &Blame) -> u8 {
    let mut doubt = 1.0_f64;
    let mut kinds: BTreeMap<&str, Strength> = BTreeMap::new();
    for (_, rule, hint) in &heard.hints {
        let known = kinds.entry(rule).or_insert(hint.strength);
        *known = (*known).max(hint.strength);
    }
    for strength in kinds.values() {
        doubt *= match strength {
            Strength::Strong => 0.4,
            Strength::Weak => 0.7,
            Strength::Sign => 0.85,
        };
    }
    if blame.holds || blame.share > 0.8 {
        doubt *= 0.8;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 99")]
    let percent = ((1.0_f64 - doubt) * 100.0).clamp(1.0, 99.0) as u8;
    percent
}

/// Wall time of an earlier moment.
fn at_wall(moment: Moment, now: Moment, wall: Timestamp) -> Timestamp {
    wall.checked_sub(SignedDuration::from_micros(now.since(moment))).unwrap_or(wall)
}

//! What a verdict says besides that it stands: where, why, who, how many, how sure.

use super::blame;
use super::contributors::scene::Scene;
use super::contributors::tally::Tallies;
use super::contributors::{self, Contributor};
use super::heard::Heard;
use super::rule::Strength;
use super::verdict::{Cause, Culprit, Evidence, Severity, Verdict};
use super::view::View;
use crate::reads::{Moment, Role};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Namespaces that a verdict names at most.
const MOST_NAMESPACES: usize = 5;

/// The verdict as it would be told at `wall`, as if it began then; its sentence is made when it is told.
pub(super) fn find(
    severity: Severity,
    heard: &Heard,
    views: &[View<'_>],
    work: impl Fn(&str) -> Option<Tallies>,
    now: Moment,
    wall: Timestamp,
) -> Verdict {
    let worst = worst_node(heard, views);
    let work = worst.and_then(|view| work(view.node)).unwrap_or_default();
    let cause = cause(worst, &work, heard, views);
    let contributors =
        worst.map(|view| contributors::rank(&Scene { view, tallies: &work, cause })).unwrap_or_default();
    let culprit = contributors.iter().find_map(Contributor::culprit);
    let (waiting, oldest_us) = waiting(worst, heard, now);
    Verdict {
        severity,
        began_at: wall,
        detected_at: wall,
        ended_at: None,
        cause,
        nodes: nodes(worst, heard),
        namespaces: namespaces(culprit.as_ref(), worst),
        culprit,
        contributors,
        waiting,
        oldest_us,
        evidence: heard.hints.iter().map(evidence).collect(),
        confidence: confidence(heard, &work),
        sentence: String::new(),
    }
}

fn cause(worst: Option<&View<'_>>, work: &Tallies, heard: &Heard, views: &[View<'_>]) -> Cause {
    let app_is_bad = heard.hints.iter().any(|(_, rule, _)| *rule == "app_path");
    let otherwise = if app_is_bad { Cause::Network } else { Cause::Engine };
    let Some(view) = worst else { return otherwise };
    let of_node = heard.hints.iter().filter(|(node, _, _)| node == view.node);
    let rules: Vec<(&'static str, Strength)> =
        of_node.map(|(_, rule, hint)| (*rule, hint.strength)).collect();
    let answers = |other: &View<'_>| other.hello.known && other.hello.failures == 0 && other.hello.secs < 0.9;
    let others_answer = views.iter().any(|other| other.node != view.node && answers(other));
    let heard = blame::Said { rules: &rules, others_answer, app_is_bad };
    blame::cause(view, work, &heard).unwrap_or(otherwise)
}

fn nodes(worst: Option<&View<'_>>, heard: &Heard) -> Vec<Arc<str>> {
    let mut nodes: Vec<Arc<str>> = worst.map(|view| view.node.clone()).into_iter().collect();
    for (node, _, _) in heard.loud() {
        if !nodes.contains(node) {
            nodes.push(node.clone());
        }
    }
    nodes
}

fn evidence((node, rule, hint): &(Arc<str>, &'static str, super::rule::Hint)) -> Evidence {
    Evidence { rule, node: node.clone(), text: hint.text.clone() }
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
                Strength::Note => 0,
            })
            .sum()
    };
    let servers = views.iter().filter(|view| !view.app.known || view.hello.known);
    let server = servers.max_by_key(|view| (weight(view), view.role.is_some_and(Role::serves_alone)));
    server.or_else(|| views.iter().max_by_key(|view| weight(view)))
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
    found.truncate(MOST_NAMESPACES);
    found
}

/// How sure: each independent kind of hint adds less than the one before; a culprit that stands out adds.
fn confidence(heard: &Heard, work: &Tallies) -> u8 {
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
            Strength::Sign | Strength::Note => 0.85,
        };
    }
    if work.holds || work.share > 0.8 {
        doubt *= 0.8;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 99")]
    let percent = ((1.0_f64 - doubt) * 100.0).clamp(1.0, 99.0) as u8;
    percent
}

//! The result of a replay as people read it.
//!
//! This module never shows a foreign text unfiltered: a name must not steer the terminal.

use super::Replayed;
use super::judge::{Gap, Story};
use crate::cmd::terminal::{plain, second};
use domain::detect::Severity;
use domain::time::{render_duration, seconds_between};
use std::fmt::Write as _;

/// As many gaps fit on a screen; the rest is in the JSON.
const MAX_GAPS: usize = 10;

/// The whole result.
pub(super) fn of(replayed: &[Replayed]) -> String {
    let mut text = replayed.iter().map(one).collect::<Vec<_>>().join("\n");
    let known: Vec<_> = replayed.iter().filter_map(|one| one.truth.as_ref()).collect();
    if known.len() > 1 {
        let right = known.iter().filter(|truth| truth.right).count();
        let wrong: usize = known.iter().map(|truth| truth.wrong.len()).sum();
        let _ =
            writeln!(text, "\nRight by what truly was: {right} of {}; wrongly named: {wrong}", known.len());
    }
    text
}

fn one(one: &Replayed) -> String {
    let judgement = &one.judgement;
    let mut text = format!("{}: {} looks\n", plain(&one.source), judgement.samples);
    let stalls = judgement.stories.iter().filter(|story| story.severity() == Severity::Stall).count();
    match (stalls, judgement.stories.len() - stalls) {
        (0, 0) => text.push_str("  Reads never stalled.\n"),
        (stalls, warnings) => {
            let _ = writeln!(text, "  Stalls: {stalls}, warnings: {warnings}");
        }
    }
    judgement.stories.iter().for_each(|one| story(&mut text, one));
    judgement.gaps.iter().take(MAX_GAPS).for_each(|one| gap(&mut text, one));
    if judgement.gaps.len() > MAX_GAPS {
        let _ = writeln!(text, "  … and {} more gaps; all are in the JSON", judgement.gaps.len() - MAX_GAPS);
    }
    if let Some(truth) = &one.truth {
        let _ = writeln!(text, "  {}", plain(&truth.line()));
    }
    for trouble in &one.troubles {
        let _ = writeln!(text, "  unread  {}", plain(trouble));
    }
    text
}

fn story(text: &mut String, story: &Story) {
    let verdict = story.last();
    let lasted = match verdict.ended_at {
        Some(ended_at) => render_duration(seconds_between(verdict.began_at, ended_at)),
        None => "to the end".to_owned(),
    };
    let word = story.severity().as_str().to_uppercase();
    let delay = story.detected_at().duration_since(verdict.began_at).as_secs_f64();
    let _ = writeln!(text, "\n  {word:<6} {}, {lasted}, seen after {delay:.1} s", second(verdict.began_at));
    let _ = writeln!(text, "         {}", plain(&verdict.sentence));
    let _ = writeln!(text, "         cause: {} ({} %)", verdict.cause.words(), verdict.confidence);
    for evidence in &verdict.evidence {
        let _ = writeln!(text, "         - {}: {}", plain(&evidence.node), plain(&evidence.text));
    }
}

fn gap(text: &mut String, gap: &Gap) {
    let lasted = render_duration(seconds_between(gap.from, gap.to));
    let of_node = gap.node.as_deref().map(|node| format!(" of {}", plain(node))).unwrap_or_default();
    let why = if gap.restarted { ", restarted" } else { "" };
    let (from, to) = (second(gap.from), second(gap.to));
    let _ = writeln!(text, "  nothing is known{of_node} from {from} to {to} ({lasted}{why})");
}

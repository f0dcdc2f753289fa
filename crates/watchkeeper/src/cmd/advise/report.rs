//! The result, for people and for programs.
//!
//! This module never shows a foreign text unfiltered: a name must not steer the terminal.

use super::{Found, Told};
use crate::cmd::terminal::plain;
use domain::advice::Step;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// For programs.
pub(super) fn json(found: &Found) -> Value {
    let one = |told: &Told| {
        let (advice, piece) = (&told.advice, &told.piece);
        let cost = advice.cost.map(|cost| {
            json!({
                "size_bytes": cost.size_bytes,
                "entries": cost.entries,
                "more_work": cost.more_work,
                "entries_per_second": cost.entries_per_second,
                "build": cost.build.map(domain::advice::Build::as_str),
            })
        });
        let rule = match advice.step {
            Step::Rewrite(rule) => Some(rule),
            _ => None,
        };
        json!({
            "namespace": advice.namespace,
            "shapes": advice.shapes,
            "total_ms": advice.total_ms,
            "step": piece.step,
            "rule": rule,
            "standing": piece.standing.as_str(),
            "why": piece.why,
            "command": piece.command,
            "rollback": piece.rollback,
            "cost": cost,
            "figures": piece.figures,
            "indexes": piece.indexes,
        })
    };
    json!({
        "advice": found.told.iter().map(one).collect::<Vec<_>>(),
        "indexes_known": !found.blind,
        "troubles": found.troubles,
    })
}

/// For people.
pub(super) fn text(found: &Found) -> String {
    let mut text = String::new();
    if found.blind {
        text.push_str(
            "Nobody said which indexes there are (--database or --indexes): some of these may be there.\n\n",
        );
    }
    if found.told.is_empty() {
        text.push_str("Nothing to advise.\n");
    }
    for (place, told) in found.told.iter().enumerate() {
        one(&mut text, place + 1, told);
    }
    for trouble in &found.troubles {
        let _ = writeln!(text, "{}", plain(trouble));
    }
    text
}

fn one(text: &mut String, number: usize, Told { advice, piece }: &Told) {
    let (namespace, standing) = (plain(&advice.namespace), piece.standing.as_str());
    let what = match advice.step {
        Step::Create(..) => "create an index",
        Step::Drop(_) => "drop an index",
        Step::Rewrite(_) => "ask otherwise",
        Step::Nothing => "left to you",
    };
    let _ = writeln!(text, "{number}. {namespace}: {what} ({standing})");
    for shape in &advice.shapes {
        let _ = writeln!(text, "   for   {}", plain(shape));
    }
    let _ = writeln!(text, "   why   {}", plain(&piece.why));
    let lines = |text: &mut String, word: &str, lines: &Option<String>| {
        for (place, line) in lines.iter().flat_map(|lines| lines.lines()).enumerate() {
            let _ = writeln!(text, "   {:<5} {}", if place == 0 { word } else { "" }, plain(line));
        }
    };
    lines(text, "run", &piece.command);
    lines(text, "undo", &piece.rollback);
    lines(text, "cost", &piece.cost);
    lines(text, "tried", &piece.figures);
    text.push('\n');
}

//! The words that the watch posts. Markdown; whatever comes from a database is escaped.

use super::news::News;
use crate::hypothesis::Stance;
use crate::incident::{Incident, Watch};
use crate::judgement::{Judgement, Watched};
use crate::time::{clock, date_and_clock, seconds_between, spell_duration};
use jiff::Timestamp;
use std::fmt::Write as _;

/// Lines of evidence that a reader takes in at a glance; all of it stands in the timeline.
const LINES: usize = 6;
/// Longest line, in bytes: a sentence, not a dump.
const LINE_LIMIT: usize = 400;
/// Who speaks.
const SIGNED: &str = "Posted by Watchkeeper, which watches this database.";

/// The title of an incident that the watch opens.
pub(super) fn title(watched: &Watched) -> String {
    let Watched { name, environment_name, .. } = watched;
    let told = name.to_lowercase().contains(&environment_name.to_lowercase());
    let place = if told { name.clone() } else { format!("{environment_name} ({name})") };
    shorten(&format!("Database reads stalled on {place}"), super::super::operator::TITLE_LIMIT)
}

/// The text of an update.
pub(super) fn body(
    news: News,
    watched: &Watched,
    watch: &Watch,
    incident: &Incident,
    now: Timestamp,
) -> String {
    let judgement = &watch.latest;
    match news {
        News::Stalled => stalled(watched, judgement, ""),
        News::Relapsed => stalled(watched, judgement, "again: "),
        News::Identified => identified(watched, judgement),
        News::Recovered => recovered(watched, watch, incident, now),
    }
}

fn stalled(watched: &Watched, judgement: &Judgement, again: &str) -> String {
    let mut text = first_line(watched, &format!("{again}{}", judgement.sentence));
    let lag = seconds_between(judgement.began_at, judgement.detected_at);
    let _ = writeln!(
        text,
        "\nSince {}, noticed {} later. Cause as far as seen: {} ({} % sure).\n",
        date_and_clock(judgement.began_at),
        spell_duration(lag),
        judgement.cause.words(),
        judgement.confidence
    );
    push_evidence(&mut text, judgement);
    push_hypotheses(&mut text, judgement);
    text.push_str(SIGNED);
    text
}

fn identified(watched: &Watched, judgement: &Judgement) -> String {
    let mut text = first_line(watched, &judgement.sentence);
    let _ = writeln!(text, "\nCause: {} ({} % sure).\n", judgement.cause.words(), judgement.confidence);
    if let Some(culprit) = &judgement.culprit {
        let place = if culprit.namespace.is_empty() { "the whole server" } else { &culprit.namespace };
        let _ = writeln!(
            text,
            "- in front: {} on {}, {} in flight, the oldest for {}",
            plain(&culprit.command),
            plain(place),
            culprit.count,
            seconds(culprit.oldest_us)
        );
    }
    push_evidence(&mut text, judgement);
    push_hypotheses(&mut text, judgement);
    text.push_str(SIGNED);
    text
}

fn recovered(watched: &Watched, watch: &Watch, incident: &Incident, now: Timestamp) -> String {
    let Some(window) = watch.stalls.last().copied() else { return SIGNED.to_owned() };
    let ended_at = window.until.unwrap_or(now);
    let said = format!(
        "reads recovered at {}, after {}.",
        clock(ended_at),
        spell_duration(window.seconds(ended_at))
    );
    let mut text = first_line(watched, &said);
    let still: Vec<String> = incident
        .watching
        .watches
        .iter()
        .filter(|other| other.is_stalled())
        .map(|other| plain(&other.latest.name))
        .collect();
    text.push('\n');
    if still.is_empty() {
        let quiet = spell_duration(watched.quiet_for.as_secs());
        let _ = writeln!(text, "It counts as over when they have stayed well for {quiet}.\n");
    } else {
        let _ = writeln!(text, "Reads still stall on {}.\n", still.join(", "));
    }
    text.push_str(SIGNED);
    text
}

/// That it goes on.
pub(super) fn still(incident: &Incident, now: Timestamp) -> String {
    let stalled: Vec<String> = incident
        .watching
        .watches
        .iter()
        .filter(|watch| watch.is_stalled())
        .map(|watch| plain(&watch.latest.name))
        .collect();
    let since = incident.watching.stalled_window().map(|window| window.from);
    let mut text = match (stalled.is_empty(), since) {
        (false, Some(since)) => {
            let lasts = spell_duration(seconds_between(since, now));
            format!("Database {}: reads still stall, for {lasts} now.\n\n", stalled.join(", "))
        }
        _ => "Reads are well again and are watched.\n\n".to_owned(),
    };
    text.push_str(SIGNED);
    text
}

/// The last word.
pub(super) fn resolved(incident: &Incident) -> String {
    let names: Vec<String> = incident
        .watching
        .watches
        .iter()
        .filter(|watch| !watch.stalls.is_empty())
        .map(|watch| plain(&watch.latest.name))
        .collect();
    let mut text = format!("Database {}: ", names.join(", "));
    match incident.watching.stalled_window() {
        Some(crate::time::Window { from, until: Some(until) }) => {
            let lasted = spell_duration(seconds_between(from, until));
            let _ = writeln!(
                text,
                "reads stalled from {} to {}, {lasted}, and have been well since.\n",
                date_and_clock(from),
                date_and_clock(until)
            );
        }
        _ => text.push_str("reads are well.\n\n"),
    }
    let stalls: usize = incident.watching.watches.iter().map(|watch| watch.stalls.len()).sum();
    if stalls > 1 {
        let _ = writeln!(text, "In that time they stalled {stalls} times.\n");
    }
    text.push_str(SIGNED);
    text
}

/// Names the database before anything else.
fn first_line(watched: &Watched, sentence: &str) -> String {
    format!("Database {} ({}): {}\n", plain(&watched.name), plain(&watched.environment_name), line(sentence))
}

fn push_evidence(text: &mut String, judgement: &Judgement) {
    for sign in judgement.evidence.iter().take(LINES) {
        let _ = writeln!(text, "- {}", line(&sign.text));
    }
    if judgement.evidence.len() > LINES {
        let _ = writeln!(text, "- and {} more signs", judgement.evidence.len() - LINES);
    }
    text.push('\n');
}

/// One line for each explanation for or against which something speaks.
fn push_hypotheses(text: &mut String, judgement: &Judgement) {
    let weighed = judgement.hypotheses.iter().filter(|hypothesis| hypothesis.stance != Stance::Unknown);
    let lines: Vec<String> = weighed.map(|hypothesis| line(&hypothesis.line())).collect();
    if lines.is_empty() {
        return;
    }
    text.push_str("What speaks for and against:\n\n");
    for line in lines {
        let _ = writeln!(text, "- {line}");
    }
    text.push('\n');
}

fn seconds(micros: i64) -> String {
    let tenths = (micros.max(0) + 50_000) / 100_000;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

/// One line of bounded length, fit for Markdown.
fn line(text: &str) -> String {
    plain(&shorten(text, LINE_LIMIT))
}

fn shorten(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(limit - '…'.len_utf8())])
}

/// Text that Markdown leaves as it is, on one line; only what stands between backticks is code, if they come
/// in pairs.
fn plain(text: &str) -> String {
    let pairs = text.matches('`').count().is_multiple_of(2);
    let mut in_code = false;
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '`' if pairs => {
                in_code = !in_code;
                plain.push(c);
            }
            '`' | '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' if !in_code => {
                plain.extend(['\\', c]);
            }
            c if c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

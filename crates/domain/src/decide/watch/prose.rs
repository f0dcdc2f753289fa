//! The words that the watch posts. Markdown; whatever comes from outside is escaped.
//!
//! They are fit for customers: which environment and database, since when, what users notice, and the kind of
//! cause. Never a node, a namespace, a query or a rule: those stand in the judgements, which are internal.

use super::news::News;
use crate::incident::{Impact, Incident, Watch};
use crate::judgement::{Judgement, Watched};
use crate::maintenance::Covering;
use crate::time::{clock, date_and_clock, seconds_between, spell_duration};
use jiff::Timestamp;
use std::fmt::Write as _;

/// Who speaks.
const SIGNED: &str = "Posted automatically by Watchkeeper, which watches this database.";

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
        News::Stalled => stalled(watched, judgement, false),
        News::Relapsed => stalled(watched, judgement, true),
        News::Identified => identified(watched, judgement),
        News::Recovered => recovered(watched, watch, incident, now),
    }
}

fn stalled(watched: &Watched, judgement: &Judgement, again: bool) -> String {
    let verb = if again { "stall again" } else { "have stalled" };
    let since = date_and_clock(judgement.began_at);
    let mut text = first_line(watched, &format!("is the cause: its reads {verb} since {since}."));
    let lag = seconds_between(judgement.began_at, judgement.detected_at);
    let _ = writeln!(
        text,
        "\n{} This was noticed {} later. As far as is known: {}.\n",
        felt(watched, judgement),
        spell_duration(lag),
        judgement.cause.words()
    );
    text.push_str(SIGNED);
    text
}

fn identified(watched: &Watched, judgement: &Judgement) -> String {
    let mut text = first_line(watched, &format!("is the cause: {}.", judgement.cause.words()));
    let since = date_and_clock(judgement.began_at);
    let _ = writeln!(text, "\nIts reads have stalled since {since}. {}\n", felt(watched, judgement));
    text.push_str(SIGNED);
    text
}

/// What users notice.
fn felt(watched: &Watched, judgement: &Judgement) -> String {
    let names: Vec<String> = watched.affects.iter().map(|(_, name)| plain(name)).collect();
    let what = match judgement.impact() {
        Impact::Critical => "fail",
        _ => "are slow or fail",
    };
    match names.as_slice() {
        [] => format!("Requests that read from it {what}."),
        names => format!("Requests that read from it {what}; affected: {}.", names.join(", ")),
    }
}

fn recovered(watched: &Watched, watch: &Watch, incident: &Incident, now: Timestamp) -> String {
    let Some(window) = watch.stalls.last().copied() else { return SIGNED.to_owned() };
    let ended_at = window.until.unwrap_or(now);
    let said = format!(
        "is well again: reads recovered at {}, after {}.",
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

/// Why nothing is said in public.
pub(super) fn maintained(maintenance: &Covering) -> String {
    let title = plain(&maintenance.title);
    match maintenance.until {
        Some(until) => format!(
            "A maintenance runs on everything that this database serves: {title}. This stays internal until it \
             was announced to end, at {}.",
            date_and_clock(until)
        ),
        None => format!(
            "A maintenance without an announced end runs on everything that this database serves: {title}. This \
             stays internal until somebody publishes it."
        ),
    }
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
    format!("Database {} ({}) {sentence}\n", plain(&watched.name), plain(&watched.environment_name))
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

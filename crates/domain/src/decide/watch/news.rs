//! What is new: of a judgement against the one recorded before, and of what is known against what the public was
//! told. A timeline that grows by the second is read by nobody, so figures are recorded at most once a minute.

use crate::incident::Watch;
use crate::judgement::{Change, Judgement};
use jiff::{SignedDuration, Timestamp};

/// Between two entries that say no more than worse, better, or otherwise explained.
const FIGURES: SignedDuration = SignedDuration::from_secs(60);
/// Between two entries that say that something else is in front: a detector that wavers would else fill the
/// timeline.
const MOVES: SignedDuration = SignedDuration::from_secs(10);
/// Between two public updates on one database, but for the first of each kind.
const UPDATES: SignedDuration = SignedDuration::from_secs(60);
/// Readers and milliseconds below which twice as many is not worse.
const FLOOR: (u32, i64) = (10, 5_000);

/// What is new about a judgement; `None` where nothing is, or not enough yet.
pub(super) fn change(known: Option<&Watch>, judgement: &Judgement, now: Timestamp) -> Option<Change> {
    let Some(watch) = known else {
        return judgement.ended_at.is_none().then_some(Change::Began);
    };
    let latest = &watch.latest;
    match (latest.ended_at.is_some(), judgement.ended_at.is_some()) {
        // News that was overtaken.
        _ if judgement.detected_at < latest.detected_at => None,
        (true, false) if judgement.detected_at > latest.detected_at => begun_again(watch, judgement, now),
        (true, _) => None,
        (false, true) => Some(Change::Recovered),
        (false, false) => standing(watch, judgement, now),
    }
}

fn begun_again(watch: &Watch, judgement: &Judgement, now: Timestamp) -> Option<Change> {
    if judgement.is_stall() {
        return Some(if watch.stalls.is_empty() { Change::Worse } else { Change::Relapsed });
    }
    is_past(watch.recorded_at, FIGURES, now).then_some(Change::Worse)
}

fn standing(watch: &Watch, judgement: &Judgement, now: Timestamp) -> Option<Change> {
    let latest = &watch.latest;
    if judgement.is_stall() && !watch.is_stalled() {
        return begun_again(watch, judgement, now);
    }
    if !judgement.blames_the_same(latest) {
        let wavers = latest.change == Change::Moved && !is_past(watch.recorded_at, MOVES, now);
        return (!wavers).then_some(Change::Moved);
    }
    if !is_past(watch.recorded_at, FIGURES, now) {
        return None;
    }
    if judgement.severity != latest.severity {
        return Some(if judgement.is_stall() { Change::Worse } else { Change::Better });
    }
    if is_twice(judgement, latest) {
        return Some(Change::Worse);
    }
    if is_twice(latest, judgement) {
        return Some(Change::Better);
    }
    (!explained_alike(judgement, latest)).then_some(Change::Weighed)
}

fn is_past(recorded_at: Timestamp, pause: SignedDuration, now: Timestamp) -> bool {
    now.duration_since(recorded_at) >= pause
}

/// Whether the one is clearly worse than the other.
fn is_twice(worse: &Judgement, than: &Judgement) -> bool {
    let (waiting, oldest_ms) = FLOOR;
    worse.waiting >= waiting.max(than.waiting.saturating_mul(2))
        || worse.oldest_ms() >= oldest_ms.max(than.oldest_ms().saturating_mul(2))
}

fn explained_alike(one: &Judgement, other: &Judgement) -> bool {
    let all_in = |some: &Judgement, others: &Judgement| {
        some.hypotheses.iter().all(|own| others.hypotheses.iter().any(|other| own.agrees_with(other)))
    };
    all_in(one, other) && all_in(other, one)
}

/// What the public was not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Reads stall.
    Stalled,
    /// Why, or why rather than what was said.
    Identified,
    /// Reads are well again.
    Recovered,
    /// They stall again.
    Relapsed,
}

/// What the public was not told of a database that stalled at least once.
pub(super) fn untold(watch: &Watch) -> Option<News> {
    let Some(said) = &watch.said else { return Some(News::Stalled) };
    match (said.stalled, watch.is_stalled()) {
        (true, false) => Some(News::Recovered),
        (false, true) => Some(News::Relapsed),
        (true, true) => watch.latest.knows_more_than(&said.judgement).then_some(News::Identified),
        (false, false) => None,
    }
}

/// Whether it may be told now: the first of each kind at once, later ones with a pause in between. What is held
/// back is told when the verdict is put in again, or with the end.
pub(super) fn may_be_told(news: News, watch: &Watch, now: Timestamp) -> bool {
    let said = watch.said.as_ref();
    let first = match news {
        News::Stalled => true,
        News::Identified => said.is_none_or(|said| !said.identified),
        News::Recovered | News::Relapsed => watch.stalls.len() <= 2,
    };
    first || said.is_none_or(|said| is_past(said.at, UPDATES, now))
}

//! A view as one second of the pages' lines.

use super::view::View;
use super::window::Wait;
use crate::reads::{Frame, Metric, Series};
use std::sync::Arc;

/// The figures of a view that are drawn.
pub(super) fn of(view: &View<'_>) -> Frame {
    let slowest = |reads: &[(Arc<str>, Wait)]| reads.iter().map(|(_, wait)| wait.secs * 1e3).reduce(f64::max);
    let known = |wait: &Wait| wait.known.then_some(wait.secs * 1e3);
    let looked = view.groups_at.is_some();
    let count = |value: u32| looked.then_some(f64::from(value));
    let oldest = view.reads().map(|group| group.oldest_us).max().unwrap_or(0);
    let percent = |share: f64| share * 100.0;
    let values = [
        (Series::HotMs, slowest(&view.hot)),
        (Series::ColdMs, slowest(&view.cold)),
        (Series::AppMs, known(&view.app)),
        (Series::HelloMs, known(&view.hello)),
        (Series::FreshMs, known(&view.fresh)),
        (Series::OldestReadMs, looked.then(|| super::view::float(oldest) / 1e3)),
        (Series::InFlight, count(view.work().map(|group| group.count).sum())),
        (Series::OldReads, count(view.reads().map(|group| group.older[2]).sum())),
        (Series::QueuedReaders, view.level(Metric::QueuedReaders)),
        (Series::ReadTicketsOut, view.level(Metric::ReadTicketsOut)),
        (Series::ReadsPerS, view.rate(Metric::Reads)),
        (Series::WritesPerS, view.rate(Metric::Writes)),
        (Series::ReadMs, view.read_mean_ms()),
        (Series::CacheUsedPercent, view.share(Metric::CacheUsed, Metric::CacheMax).map(percent)),
        (Series::CacheDirtyPercent, view.share(Metric::CacheDirty, Metric::CacheMax).map(percent)),
        (Series::AppEvictionsPerS, view.rate(Metric::AppEvictions)),
        (Series::PagesReadPerS, view.rate(Metric::PagesRead)),
        (Series::ScannedPerS, view.rate(Metric::ScannedDocuments)),
        (Series::Connections, view.level(Metric::Connections)),
    ];
    let mut frame = Frame::new(view.now);
    for (series, value) in values {
        if let Some(value) = value {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a line on a screen needs no more than 24 bits"
            )]
            frame.set(series, value as f32);
        }
    }
    frame
}

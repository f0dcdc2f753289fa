//! A log in parts, each analysed by a thread of its own and put together in their order.
//!
//! Where parts begin and end depends on the log alone, so the result does not depend on the threads. This module never
//! holds more of a log than two parts for each thread.

use super::input::Log;
use diagnostics::analysis::{Analysis, Span};
use indicatif::ProgressBar;
use std::io::Read;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// Bytes of a part, give or take a line.
const PART: usize = 4 << 20;

/// What a log amounts to.
pub(super) fn analyze(log: &Log, span: Span, threads: usize, bar: &ProgressBar) -> anyhow::Result<Analysis> {
    let not_after = log.changed_at();
    let counted = bar.clone();
    let text = log.open(move |bytes| counted.inc(bytes))?;
    let (parts, incoming) = sync_channel(threads);
    let reading = thread::spawn(move || {
        let mut parts_of = Parts { text, rest: Vec::new() };
        while let Some(part) = parts_of.read().transpose() {
            let failed = part.is_err();
            // Nobody waits for more once something failed.
            if parts.send(part).is_err() || failed {
                break;
            }
        }
    });
    let mut all = Analysis::default();
    let merged = merge(&incoming, threads, &mut all, |part| {
        let mut analysis = Analysis::default();
        analysis.take_in(part, not_after, span);
        analysis
    });
    drop(incoming);
    reading.join().map_err(|_| anyhow::anyhow!("the thread that reads broke off"))?;
    merged.map(|()| all)
}

/// Takes as many parts as there are threads, again and again.
fn merge(
    incoming: &Receiver<std::io::Result<Vec<u8>>>,
    threads: usize,
    all: &mut Analysis,
    analyze: impl Fn(&[u8]) -> Analysis + Sync,
) -> anyhow::Result<()> {
    loop {
        let parts = incoming.iter().take(threads).collect::<std::io::Result<Vec<_>>>()?;
        if parts.is_empty() {
            return Ok(());
        }
        let analyze = &analyze;
        let analyses: Vec<_> = thread::scope(|scope| {
            let started: Vec<_> = parts.iter().map(|part| scope.spawn(move || analyze(part))).collect();
            started.into_iter().map(thread::ScopedJoinHandle::join).collect()
        });
        for analysis in analyses {
            all.merge(analysis.map_err(|_| anyhow::anyhow!("a thread that analyses broke off"))?);
        }
    }
}

/// A text in parts that end where a line does.
struct Parts<R> {
    text: R,
    rest: Vec<u8>,
}

impl<R: Read> Parts<R> {
    /// The next part; nothing at the end.
    fn read(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut part = std::mem::take(&mut self.rest);
        let missing = PART.saturating_sub(part.len());
        let read = self.text.by_ref().take(missing as u64).read_to_end(&mut part)?;
        if read < missing {
            return Ok((!part.is_empty()).then_some(part));
        }
        // A line longer than a part is cut, so that one without an end does not fill the memory.
        if let Some(end) = memchr::memrchr(b'\n', &part) {
            self.rest = part.split_off(end + 1);
        }
        Ok(Some(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_where_lines_do() {
        let line = format!("{}\n", "x".repeat(999));
        let text = line.repeat(10_000);
        let mut parts = Parts { text: text.as_bytes(), rest: Vec::new() };
        let mut joined = Vec::new();
        while let Some(part) = parts.read().expect("memory") {
            assert!(part.len() <= PART && part.ends_with(b"\n"));
            joined.extend(part);
        }
        assert_eq!(joined, text.as_bytes());
    }

    #[test]
    fn a_line_without_an_end_is_cut() {
        let mut parts = Parts { text: std::io::repeat(b'x').take(3 * PART as u64 + 1), rest: Vec::new() };
        let sizes: Vec<_> =
            std::iter::from_fn(|| parts.read().expect("memory")).map(|part| part.len()).collect();
        assert_eq!(sizes, [PART, PART, PART, 1]);
    }
}

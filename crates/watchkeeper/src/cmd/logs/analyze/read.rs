//! A log in parts, each analysed by a thread of its own and put together in their order.
//!
//! Where parts begin and end depends on the log alone, so the result does not depend on the threads. This module never
//! holds more of a log than two parts for each thread.

use super::input::{self, Log};
use crate::cmd::terminal;
use anyhow::Context as _;
use diagnostics::analysis::{Analysis, Span};
use diagnostics::profile::Form;
use indicatif::ProgressBar;
use std::io::Read;
use std::path::PathBuf;
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
        let mut parts_of = Parts::of(text);
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
        match part.kind {
            Kind::Profile(form) => analysis.take_in_profile(&part.bytes, form, span),
            Kind::Log => analysis.take_in(&part.bytes, not_after, span),
        }
        analysis
    });
    drop(incoming);
    reading.join().map_err(|_| anyhow::anyhow!("the thread that reads broke off"))?;
    all.close();
    merged.map(|()| all)
}

/// Hands over every line of logs, in their order.
pub(in crate::cmd) fn each_line(
    paths: &[PathBuf],
    mut take_in: impl FnMut(&diagnostics::log::Line<'_>),
) -> anyhow::Result<()> {
    let logs = input::find(paths)?;
    let bar = terminal::progress_bytes(logs.iter().map(Log::size).sum());
    for log in logs {
        let counted = bar.clone();
        let text = log.open(move |bytes| counted.inc(bytes));
        let mut parts = Parts::of(text.with_context(|| format!("cannot read `{}`", log.name()))?);
        while let Some(part) = parts.read().with_context(|| format!("cannot read `{}`", log.name()))? {
            match part.kind {
                Kind::Profile(form) => form.lines(&part.bytes, &mut take_in),
                Kind::Log => {
                    for line in diagnostics::log::lines(&part.bytes, log.changed_at()) {
                        take_in(&line);
                    }
                }
            }
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// Takes as many parts as there are threads, again and again.
fn merge(
    incoming: &Receiver<std::io::Result<Part>>,
    threads: usize,
    all: &mut Analysis,
    analyze: impl Fn(&Part) -> Analysis + Sync,
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

/// A part of a log, or of a dump of a profile.
struct Part {
    bytes: Vec<u8>,
    kind: Kind,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Log,
    Profile(Form),
}

/// A text in parts that end where a line or a document does.
struct Parts<R> {
    text: R,
    rest: Vec<u8>,
    /// Nothing before its beginning has been seen.
    kind: Option<Kind>,
}

impl<R: Read> Parts<R> {
    fn of(text: R) -> Self {
        Self { text, rest: Vec::new(), kind: None }
    }

    /// The next part; nothing at the end.
    fn read(&mut self) -> std::io::Result<Option<Part>> {
        let mut bytes = std::mem::take(&mut self.rest);
        let missing = PART.saturating_sub(bytes.len());
        let read = self.text.by_ref().take(missing as u64).read_to_end(&mut bytes)?;
        let kind = *self.kind.get_or_insert_with(|| Form::of(&bytes).map_or(Kind::Log, Kind::Profile));
        if read < missing {
            return Ok((!bytes.is_empty()).then_some(Part { bytes, kind }));
        }
        let end = match kind {
            Kind::Profile(form) => form.whole(&bytes),
            Kind::Log => memchr::memrchr(b'\n', &bytes).map_or(0, |end| end + 1),
        };
        // What is longer than a part is cut, so that a line without an end does not fill the memory.
        if end > 0 {
            self.rest = bytes.split_off(end);
        }
        Ok(Some(Part { bytes, kind }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_where_lines_do() {
        let line = format!("{}\n", "x".repeat(999));
        let text = line.repeat(10_000);
        let mut parts = Parts::of(text.as_bytes());
        let mut joined = Vec::new();
        while let Some(part) = parts.read().expect("memory") {
            assert!(part.bytes.len() <= PART && part.bytes.ends_with(b"\n") && part.kind == Kind::Log);
            joined.extend(part.bytes);
        }
        assert_eq!(joined, text.as_bytes());
    }

    #[test]
    fn parts_of_a_profile_end_where_documents_do() {
        let document = "{\n\"op\": \"query\", \"ns\": \"a.b\",\n\"millis\": 1, \"ts\": {\"$date\": 1} },\n";
        let text = format!("[\n{}]\n", document.repeat(200_000));
        let mut parts = Parts::of(text.as_bytes());
        let (mut joined, mut count) = (Vec::new(), 0);
        while let Some(part) = parts.read().expect("memory") {
            assert_eq!(part.kind, Kind::Profile(Form::Json));
            let mut analysis = Analysis::default();
            analysis.take_in_profile(&part.bytes, Form::Json, Span::default());
            assert_eq!(analysis.tally.foreign, 0);
            count += analysis.tally.slow;
            joined.extend(part.bytes);
        }
        assert!(joined.len() > 2 * PART, "more than two parts");
        assert_eq!((joined.as_slice(), count), (text.as_bytes(), 200_000));
    }

    #[test]
    fn a_line_without_an_end_is_cut() {
        let mut parts = Parts::of(std::io::repeat(b'x').take(3 * PART as u64 + 1));
        let sizes: Vec<_> =
            std::iter::from_fn(|| parts.read().expect("memory")).map(|part| part.bytes.len()).collect();
        assert_eq!(sizes, [PART, PART, PART, 1]);
    }
}

//! Files of diagnostic data, the span that is asked for, and the way through their chunks.
//!
//! This module never holds more than one file.

use crate::cmd::diagnostic_data::{self, NodeFiles};
use crate::cmd::{Failure, files, terminal};
use diagnostics::ftdc::{Chunk, Piece, Reader, Trouble, Wanted};
use indicatif::ProgressBar;
use jiff::Timestamp;
use std::path::PathBuf;

/// What is read.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Source {
    /// A file or a folder of diagnostic data; the files of one folder are one node's
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Leave out samples before this, such as `2024-12-14T17:00:00Z`
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Leave out samples from then on
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
}

/// The files of the nodes, found.
pub(super) struct Found {
    pub(super) nodes: Vec<NodeFiles>,
    pub(super) paths: Vec<PathBuf>,
    pub(super) span: Span,
}

/// The samples that are asked for, in milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    from_ms: i64,
    to_ms: i64,
}

impl Span {
    pub(super) fn holds(self, at_ms: i64) -> bool {
        (self.from_ms..self.to_ms).contains(&at_ms)
    }
}

impl Source {
    #[cfg(test)]
    pub(super) fn of(files: Vec<PathBuf>, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        Self { files, from, to }
    }

    pub(super) fn find(self) -> Result<Found, Failure> {
        let Self { files, from, to } = self;
        if from.zip(to).is_some_and(|(from, to)| to <= from) {
            let wrong = anyhow::anyhow!("`--to` is not after `--from`; give a later `--to`");
            return Err(Failure::NotUnderstood(wrong));
        }
        let span = Span {
            from_ms: from.map_or(i64::MIN, Timestamp::as_millisecond),
            to_ms: to.map_or(i64::MAX, Timestamp::as_millisecond),
        };
        Ok(Found { nodes: diagnostic_data::find(&files)?, paths: files, span })
    }
}

impl Found {
    /// A bar for going through all files so many times.
    pub(super) fn bar(&self, times: u64) -> ProgressBar {
        let sizes = self.nodes.iter().flat_map(|node| &node.files).map(|file| files::size(file));
        terminal::progress_bytes(times * sizes.sum::<u64>())
    }
}

/// Goes through the chunks of a node.
pub(super) fn chunks(
    node: &NodeFiles,
    bar: &ProgressBar,
    mut meet: impl FnMut(Result<&Chunk<'_>, Trouble>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for file in &node.files {
        let bytes = diagnostic_data::read(file)?;
        let mut reader = Reader::new(&bytes, Wanted::all());
        while let Some(piece) = reader.read() {
            match piece {
                Piece::Chunk(chunk) => meet(Ok(&chunk))?,
                Piece::Trouble(trouble) => meet(Err(trouble))?,
                Piece::Metadata(_) => {}
            }
        }
        bar.inc(files::size(file));
    }
    Ok(())
}

/// When each sample of a chunk was taken, in milliseconds since 1970.
pub(super) fn instants(chunk: &Chunk<'_>) -> Vec<i64> {
    let start = chunk.named("start");
    let at = |sample| start.and_then(|start| start.get(sample)).unwrap_or(chunk.id_ms());
    (0..chunk.samples()).map(at).collect()
}

//! Logs and profiles on the disk or on standard input, compressed or not.
//!
//! This module never takes a file of a folder for a log that has no line of one at its beginning.

use crate::cmd::files;
use anyhow::Context as _;
use diagnostics::log;
use diagnostics::profile::Form;
use jiff::Timestamp;
use std::fs::File;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

/// How deep folders are searched: `cluster/node/log/mongod.log`.
const MAX_DEPTH: usize = 4;
/// Bytes at the beginning of a file in which a log has a line.
const BEGINNING: u64 = 1 << 16;

/// A log.
pub(super) enum Log {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Input,
}

impl Log {
    /// What to call it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Input => "-".to_owned(),
        }
    }

    /// Bytes on the disk; none where that is not known.
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::File(path) => files::size(path),
            Self::Input => 0,
        }
    }

    /// When it was last written to; lines without a year were not written later.
    pub(super) fn changed_at(&self) -> Timestamp {
        match self {
            Self::File(path) => files::changed_at(path),
            Self::Input => Timestamp::MAX,
        }
    }

    /// Its text. `count` is told the bytes that are taken from the disk.
    pub(super) fn open(
        &self,
        count: impl Fn(u64) + Send + 'static,
    ) -> std::io::Result<Box<dyn BufRead + Send>> {
        let source: Box<dyn Read + Send> = match self {
            Self::File(path) => Box::new(File::open(path)?),
            Self::Input => Box::new(std::io::stdin()),
        };
        files::unpack(Counted { source, count })
    }
}

struct Counted<C> {
    source: Box<dyn Read + Send>,
    count: C,
}

impl<C: Fn(u64)> Read for Counted<C> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer)?;
        (self.count)(read as u64);
        Ok(read)
    }
}

/// The logs that these paths are or hold, in their order, those of a folder by name.
pub(super) fn find(paths: &[PathBuf]) -> anyhow::Result<Vec<Log>> {
    let mut logs = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            logs.push(Log::Input);
        } else if path.is_dir() {
            let before = logs.len();
            search(path, MAX_DEPTH, &mut logs)?;
            anyhow::ensure!(logs.len() > before, "there is no log in `{}`", path.display());
        } else {
            logs.push(Log::File(path.clone()));
        }
    }
    Ok(logs)
}

fn search(folder: &Path, depth: usize, logs: &mut Vec<Log>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() && depth > 0 {
            search(&path, depth - 1, logs)?;
        } else if path.is_file() {
            let log = Log::File(path);
            if begins_as_log(&log) {
                logs.push(log);
            }
        }
    }
    Ok(())
}

fn begins_as_log(log: &Log) -> bool {
    let mut beginning = Vec::new();
    // What cannot be read to its end may still begin as a log.
    let _ = log.open(|_| ()).and_then(|text| text.take(BEGINNING).read_to_end(&mut beginning));
    Form::of(&beginning).is_some() || log::lines(&beginning, Timestamp::MAX).any(|line| line.at.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    #[test]
    fn of_a_folder_only_logs_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path();
        let line =
            "2026-03-02T09:00:00.000+0000 I NETWORK  [listener] waiting for connections on port 27017\n";
        let packed = compress_to_vec(line.as_bytes(), CompressionLevel::Fastest);
        std::fs::create_dir_all(base.join("node2/log")).expect("made");
        std::fs::write(base.join("node2/log/mongod.log.1"), line).expect("written");
        std::fs::write(base.join("mongod.log.zst"), packed).expect("written");
        std::fs::write(base.join("collection.wt"), [0_u8; 4_096]).expect("written");
        std::fs::write(base.join("README"), "nothing here\n").expect("written");
        let found = find(&[base.to_owned()]).expect("found");
        let names: Vec<_> =
            found.iter().map(|log| log.name().replace(&base.display().to_string(), "")).collect();
        assert_eq!(names, ["/mongod.log.zst", "/node2/log/mongod.log.1"]);
        std::fs::create_dir(base.join("empty")).expect("made");
        assert!(find(&[base.join("empty")]).is_err());
    }
}

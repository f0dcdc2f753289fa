//! A disk that keeps what it was told to keep, and of the rest whatever it likes.

use crate::record::Operation;
use crate::support::Random;
use std::collections::BTreeMap;
use std::path::Path;

/// The unit in which a disk writes: a torn write ends at a multiple of it.
const SECTOR: u64 = 512;

/// Whether the disk does what it says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Faith {
    Honest,
    /// It answers every flush at once and keeps nothing for sure.
    Lying,
}

#[derive(Default)]
pub(crate) struct Disk {
    files: BTreeMap<String, File>,
}

#[derive(Clone, Default)]
struct File {
    /// What is there for sure.
    kept: Vec<u8>,
    /// What was written since the last flush, in order.
    pending: Vec<Change>,
    /// Whether its name is in the folder for sure, and whether it is meant to be.
    name_kept: bool,
    exists: bool,
}

#[derive(Clone)]
enum Change {
    Write { offset: u64, data: Vec<u8> },
    Truncate(u64),
}

impl Disk {
    pub(crate) fn apply(&mut self, operation: &Operation, faith: Faith) {
        match operation {
            Operation::Create(name) => {
                let file = self.files.entry(name.clone()).or_default();
                if !file.exists {
                    *file = File { exists: true, ..File::default() };
                }
            }
            Operation::Write { name, offset, data } => {
                self.change(name, Change::Write { offset: *offset, data: data.clone() });
            }
            Operation::Truncate { name, size } => self.change(name, Change::Truncate(*size)),
            Operation::Flush(name) if faith == Faith::Honest => {
                let file = self.files.entry(name.clone()).or_default();
                for change in std::mem::take(&mut file.pending) {
                    change.apply(&mut file.kept);
                }
            }
            Operation::FlushFolder if faith == Faith::Honest => {
                self.files.retain(|_, file| file.exists);
                for file in self.files.values_mut() {
                    file.name_kept = true;
                }
            }
            Operation::Remove(name) => {
                if let Some(file) = self.files.get_mut(name) {
                    file.exists = false;
                }
            }
            Operation::Flush(_) | Operation::FlushFolder | Operation::Acknowledge(_) => {}
        }
    }

    fn change(&mut self, name: &str, change: Change) {
        self.files.entry(name.to_owned()).or_default().pending.push(change);
    }

    /// Writes into `folder` what is found there after the power came back.
    pub(crate) fn cut(&self, random: &mut Random, folder: &Path) {
        // Now and then nothing of what is pending, now and then all of it, mostly some.
        let percent = [0, 50, 90, 100][usize::try_from(random.below(4)).unwrap()];
        for (name, file) in &self.files {
            let sure = file.exists == file.name_kept;
            let there = if sure { file.exists } else { random.below(2) == 0 };
            if there {
                std::fs::write(folder.join(name), file.after_the_cut(random, percent)).unwrap();
            }
        }
    }
}

impl File {
    fn after_the_cut(&self, random: &mut Random, percent: u64) -> Vec<u8> {
        let mut content = self.kept.clone();
        let lucky: Vec<&Change> = self.pending.iter().filter(|_| random.below(100) < percent).collect();
        let last = lucky.len().saturating_sub(1);
        for (place, change) in lucky.into_iter().enumerate() {
            match change {
                Change::Write { offset, data } if place == last && random.below(2) == 0 => {
                    tear(*offset, data, random).apply(&mut content);
                }
                change => change.apply(&mut content),
            }
        }
        content
    }
}

/// The beginning of a write, up to the end of one of its sectors.
fn tear(offset: u64, data: &[u8], random: &mut Random) -> Change {
    let sectors = (data.len() as u64).div_ceil(SECTOR);
    let end = (offset / SECTOR + random.below(sectors + 1)) * SECTOR;
    let length = usize::try_from(end.saturating_sub(offset)).unwrap().min(data.len());
    Change::Write { offset, data: data[..length].to_vec() }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { data, .. } if data.is_empty() => {}
            Self::Write { offset, data } => {
                let from = usize::try_from(*offset).unwrap();
                let until = from + data.len();
                if content.len() < until {
                    content.resize(until, 0);
                }
                content[from..until].copy_from_slice(data);
            }
            Self::Truncate(size) => content.resize(usize::try_from(*size).unwrap(), 0),
        }
    }
}

//! Recording a child under `strace`, and reading the recording.

use crate::support::Folder;
use crate::writer::{ACKNOWLEDGED, DATABASE};
use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the child did to its folder, or told the world.
pub(crate) enum Operation {
    Create(String),
    Write { name: String, offset: u64, data: Vec<u8> },
    Truncate { name: String, size: u64 },
    Flush(String),
    FlushFolder,
    Remove(String),
    Acknowledge(String),
}

pub(crate) struct Recording {
    pub(crate) operations: Vec<Operation>,
}

impl Recording {
    pub(crate) fn describe(&self) -> String {
        let count = |wanted: fn(&Operation) -> bool| self.operations.iter().filter(|op| wanted(op)).count();
        let checkpoints = self.operations.windows(2).filter(|pair| {
            let of_database =
                |op: &Operation| matches!(op, Operation::Write { name, .. } if name == DATABASE);
            !of_database(&pair[0]) && of_database(&pair[1])
        });
        format!(
            "{} acknowledgements, {} writes, {} flushes, {} checkpoints",
            count(|op| matches!(op, Operation::Acknowledge(_))),
            count(|op| matches!(op, Operation::Write { .. })),
            count(|op| matches!(op, Operation::Flush(_))),
            checkpoints.count(),
        )
    }
}

/// Runs this program as the writing child, from an empty folder on, and records what it does.
pub(crate) fn record(seed: u64) -> Recording {
    let folder = Folder::new();
    let log = folder.path().join("strace.log");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let status = Command::new("strace")
        .args(["-f", "-y", "-xx", "-s", "1000000", "-o"])
        .arg(&log)
        .args(["-e", "trace=openat,write,pwrite64,ftruncate,fsync,fdatasync,unlink,rename", "--"])
        .arg(std::env::current_exe().unwrap())
        .arg("write")
        .arg(&data)
        .arg(seed.to_string())
        .stdout(Stdio::null())
        .status()
        .expect("`strace` is missing: install it with `apt-get install strace`");
    assert!(status.success(), "the writing child failed: {status}");
    Recording { operations: parse(&std::fs::read_to_string(log).unwrap(), &data) }
}

fn parse(log: &str, folder: &Path) -> Vec<Operation> {
    let mut unfinished: HashMap<&str, String> = HashMap::new();
    let mut operations = Vec::new();
    for line in log.lines() {
        let (process, rest) = line.split_once(' ').unwrap();
        let rest = rest.trim_start();
        if let Some(call) = rest.strip_suffix(" <unfinished ...>") {
            unfinished.insert(process, call.to_owned());
        } else if rest.starts_with("<... ") {
            let (_, end) = rest.split_once("resumed>").unwrap();
            let call = unfinished.remove(process).unwrap() + end;
            operations.extend(operation(&call, folder));
        } else {
            operations.extend(operation(rest, folder));
        }
    }
    operations
}

/// One finished call; `None` where it failed or is none of our business. A call counts from its end on: what
/// follows from a flush can only begin after it.
fn operation(call: &str, folder: &Path) -> Option<Operation> {
    let (name, rest) = call.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(") = ")?;
    if result.starts_with('-') {
        return None;
    }
    match name {
        "openat" if arguments.contains("O_CREAT") => {
            Some(Operation::Create(file_name(&path(arguments)?, folder)?))
        }
        "unlink" => Some(Operation::Remove(file_name(&path(arguments)?, folder)?)),
        "rename" => panic!("the recording cannot play a rename: {call}"),
        "write" | "pwrite64" => write(arguments, result, folder),
        "ftruncate" => {
            let size = arguments.rsplit_once(", ")?.1.parse().ok()?;
            Some(Operation::Truncate { name: file_name(&descriptor(arguments)?, folder)?, size })
        }
        "fsync" | "fdatasync" => {
            let path = descriptor(arguments)?;
            if Path::new(&path) == folder {
                return Some(Operation::FlushFolder);
            }
            Some(Operation::Flush(file_name(&path, folder)?))
        }
        _ => None,
    }
}

fn write(arguments: &str, result: &str, folder: &Path) -> Option<Operation> {
    let path = descriptor(arguments)?;
    let (_, rest) = arguments.split_once(", \"")?;
    let (data, rest) = rest.split_once('"')?;
    let mut data = unescape(data);
    data.truncate(result.split_whitespace().next()?.parse().ok()?);
    if Path::new(&path) == folder.with_file_name(ACKNOWLEDGED) {
        return Some(Operation::Acknowledge(String::from_utf8(data).unwrap()));
    }
    let name = file_name(&path, folder)?;
    let offset = rest.rsplit_once(", ")?.1.parse().expect("SQLite writes at an offset");
    Some(Operation::Write { name, offset, data })
}

/// The path in `7<path>`.
fn descriptor(arguments: &str) -> Option<String> {
    let (_, rest) = arguments.split_once('<')?;
    let (path, _) = rest.split_once('>')?;
    String::from_utf8(unescape(path)).ok()
}

/// The path that is the first quoted argument.
fn path(arguments: &str) -> Option<String> {
    let (_, rest) = arguments.split_once('"')?;
    String::from_utf8(unescape(rest.split_once('"')?.0)).ok()
}

/// The name of a file of the database. The shared memory lives only as long as the process, and the lock
/// file is empty.
fn file_name(path: &str, folder: &Path) -> Option<String> {
    let name = Path::new(path).strip_prefix(folder).ok()?.to_str()?;
    let ours = [DATABASE, "test.db-wal", "test.db-journal"].contains(&name);
    ours.then(|| name.to_owned())
}

/// `\x41\x42`, as `-xx` writes every string; what is not written so stands for itself.
fn unescape(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len() / 4);
    let mut place = 0;
    while place < bytes.len() {
        if bytes[place..].starts_with(b"\\x") {
            plain.push(digit(bytes[place + 2]) << 4 | digit(bytes[place + 3]));
            place += 4;
        } else {
            plain.push(bytes[place]);
            place += 1;
        }
    }
    plain
}

fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        _ => byte - b'a' + 10,
    }
}

//! Power cuts: what was acknowledged must still be there, whatever the disk had not been told to keep.
//!
//! A child commits through the store under `strace`, which records every write, flush and file operation in
//! order, together with each acknowledgement. Then the power is cut, thousands of times, at a random point of
//! the recording: what was flushed is kept, of the rest a random part, the last write perhaps torn. Each time
//! the database is opened again and everything that had been acknowledged by then is looked for.
//!
//! `main` is our own because the program also plays the child.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "a test may look at the clock to say how long it took")]

#[path = "../support/mod.rs"]
mod support;

mod disk;
mod record;
mod verify;
mod writer;

use disk::{Disk, Faith};
use record::{Operation, Recording};
use std::path::Path;
use std::time::Instant;
use support::{Folder, Random};

/// Recordings, and cuts of each: the promise is none lost in ten thousand.
const RECORDINGS: u64 = 4;
const CUTS: usize = 2_500;
/// Cuts of each recording on a disk that lies about flushing, which must lose something.
const LYING_CUTS: usize = 50;
/// Of so many cuts one is opened by the whole store and checked from end to end; the others are looked at
/// through one connection.
const CUTS_PER_FULL_CHECK: usize = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("write") => return writer::write(Path::new(&arguments[2]), arguments[3].parse().unwrap()),
        // What `cargo test -- --list` expects of a test program.
        Some("--list") => return println!("no_acknowledged_commit_is_lost_when_the_power_is_cut: test"),
        _ => {}
    }
    let start = Instant::now();
    let seed = u64::from(std::process::id()) * 2_654_435_761 + 1;
    println!("seed {seed}");
    let (mut cuts, mut lies, mut lost_by_lies) = (0, 0, 0);
    for number in 0..RECORDINGS {
        let recording = record::record(seed + number);
        let operations = recording.operations.len();
        let points = cut_points(operations, CUTS, seed + number);
        let losses = in_two_threads(&recording, &points, Faith::Honest, seed + number);
        assert!(losses.is_empty(), "seed {seed}, recording {number}: {losses:#?}");
        let lying = cut_points(operations, LYING_CUTS, seed + number);
        lost_by_lies += in_two_threads(&recording, &lying, Faith::Lying, seed + number).len();
        cuts += points.len();
        lies += lying.len();
        println!("recording {number}: {}, {} cuts, none lost", recording.describe(), points.len());
    }
    println!("{cuts} cuts in {:.0} s: 0 lost, 0 doubled, 0 corrupt", start.elapsed().as_secs_f64());
    println!("a disk that lies about flushing lost acknowledged commits in {lost_by_lies} of {lies} cuts");
    assert!(lost_by_lies > lies / 4, "the test cannot see a loss");
}

fn cut_points(operations: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut random = Random(seed | 1);
    let mut points: Vec<usize> =
        (0..count).map(|_| usize::try_from(random.below(operations as u64 + 1)).unwrap()).collect();
    points.sort_unstable();
    points
}

/// Cuts at each point; gives back a sentence for each loss.
fn in_two_threads(recording: &Recording, points: &[usize], faith: Faith, seed: u64) -> Vec<String> {
    let (even, odd): (Vec<_>, Vec<_>) = points.iter().enumerate().partition(|(place, _)| place % 2 == 0);
    std::thread::scope(|scope| {
        let threads = [even, odd].map(|half| {
            let points: Vec<usize> = half.into_iter().map(|(_, point)| *point).collect();
            scope.spawn(move || cut(recording, &points, faith, seed))
        });
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn cut(recording: &Recording, points: &[usize], faith: Faith, seed: u64) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut random = Random(seed ^ points.len() as u64 ^ 0x9e37_79b9);
    let mut disk = Disk::default();
    let mut acknowledged = verify::Acknowledged::default();
    let mut losses = Vec::new();
    let mut reached = 0;
    for (number, point) in points.iter().enumerate() {
        for operation in &recording.operations[reached..*point] {
            match operation {
                Operation::Acknowledge(line) => acknowledged.note(line),
                operation => disk.apply(operation, faith),
            }
        }
        reached = *point;
        let folder = Folder::in_memory();
        disk.cut(&mut random, folder.path());
        let whole = faith == Faith::Honest && number % CUTS_PER_FULL_CHECK == 0;
        if let Err(loss) = runtime.block_on(verify::verify(folder.path(), &acknowledged, whole)) {
            losses.push(format!("cut at {point}: {loss}"));
        }
    }
    losses
}

//! How long a log takes to read, beside `grep -c` over the same file: `cargo bench --package diagnostics --bench log --
//! FILE…`
//!
//! Every round does all tasks over all files in turn; the best round of each counts.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads files, starts grep and measures time")]

use diagnostics::Timestamp;
use diagnostics::analysis::{Analysis, Span};
use diagnostics::log::{self, Event};
use std::process::Command;
use std::time::Instant;

const ROUNDS: usize = 5;

type Task<'t> = &'t dyn Fn(&[Vec<u8>]) -> usize;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let files = paths.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    if files.is_empty() {
        println!("no files given");
        return Ok(());
    }
    let tasks: [(&str, Task<'_>); 5] = [
        ("grep -c 'Slow query'", &|_| {
            // Its answer is read: with nobody to tell it to, grep stops at the first line it finds.
            let answer = Command::new("grep").args(["-c", "Slow query"]).args(&paths).output();
            answer.map_or(0, |answer| answer.stdout.len())
        }),
        ("lines", &|files| files.iter().map(|file| file.split(|byte| *byte == b'\n').count()).sum()),
        ("events", &|files| events(files, |_| 1)),
        ("events and shapes", &|files| events(files, |slow| slow.shape().text.len())),
        ("analysis", &|files| files.iter().map(|file| analysis(file)).sum()),
    ];
    let mut best = [f64::MAX; 5];
    for _ in 0..ROUNDS {
        for (best, (_, task)) in best.iter_mut().zip(tasks) {
            let began = Instant::now();
            std::hint::black_box(task(&files));
            *best = best.min(began.elapsed().as_secs_f64());
        }
    }
    let bytes: usize = files.iter().map(Vec::len).sum();
    println!("{} files, {bytes} bytes, {} slow operations", files.len(), events(&files, |_| 1));
    for (seconds, (name, _)) in best.into_iter().zip(tasks) {
        println!(
            "{name:>24} {:>8.1} ms  {:>5.2} x grep  {:>6.0} MB/s",
            seconds * 1e3,
            seconds / best[0],
            megabytes(bytes) / seconds
        );
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "six digits are enough")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

fn analysis(file: &[u8]) -> usize {
    let mut analysis = Analysis::default();
    analysis.take_in(file, Timestamp::UNIX_EPOCH, Span::default());
    analysis.shapes.ranked().len()
}

fn events(files: &[Vec<u8>], of_slow: impl Fn(&log::Slow<'_>) -> usize) -> usize {
    let lines = files.iter().flat_map(|file| log::lines(file, Timestamp::UNIX_EPOCH));
    let slow = lines.filter_map(|line| match line.event {
        Event::Slow(slow) => Some(of_slow(&slow)),
        _ => None,
    });
    slow.sum()
}

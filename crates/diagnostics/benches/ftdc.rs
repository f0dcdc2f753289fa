//! How long diagnostic data takes to decode, beside inflating it and doing nothing more:
//! `cargo bench --package diagnostics --bench ftdc -- FILE…`
//!
//! Every round does all tasks over all files in turn; the best round of each counts. What is printed is a ratio,
//! because the seconds belong to the machine.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads files and measures time")]

use diagnostics::bson::{Document, Value};
use diagnostics::ftdc::{Chunk, Column, Piece, Reader, Wanted};
use flate2::{Decompress, FlushDecompress};
use std::time::Instant;

const ROUNDS: usize = 7;

/// What a watch of reads asks for, more or less.
const SELECTED: &[&str] = &[
    "start",
    "serverStatus.start",
    "serverStatus.uptimeMillis",
    "serverStatus.globalLock.currentQueue.readers",
    "serverStatus.globalLock.currentQueue.writers",
    "serverStatus.globalLock.activeClients.readers",
    "serverStatus.globalLock.activeClients.writers",
    "serverStatus.opLatencies.reads.latency",
    "serverStatus.opLatencies.reads.ops",
    "serverStatus.opLatencies.writes.latency",
    "serverStatus.opLatencies.writes.ops",
    "serverStatus.opLatencies.commands.latency",
    "serverStatus.opLatencies.commands.ops",
    "serverStatus.connections.current",
    "serverStatus.connections.available",
    "serverStatus.connections.active",
    "serverStatus.connections.totalCreated",
    "serverStatus.wiredTiger.concurrentTransactions.read.out",
    "serverStatus.wiredTiger.concurrentTransactions.read.available",
    "serverStatus.wiredTiger.concurrentTransactions.read.totalTickets",
    "serverStatus.queues.execution.read.out",
    "serverStatus.queues.execution.read.available",
    "serverStatus.queues.execution.read.normalPriority.queueLength",
    "serverStatus.wiredTiger.cache.bytes currently in the cache",
    "serverStatus.wiredTiger.cache.maximum bytes configured",
    "serverStatus.wiredTiger.cache.tracked dirty bytes in the cache",
    "serverStatus.wiredTiger.cache.pages evicted by application threads",
    "serverStatus.wiredTiger.cache.pages read into cache",
    "serverStatus.metrics.queryExecutor.scanned",
    "serverStatus.metrics.queryExecutor.scannedObjects",
    "serverStatus.metrics.document.returned",
    "serverStatus.metrics.operation.scanAndOrder",
    "systemMetrics.cpu.iowait_ms",
    "systemMetrics.cpu.steal_ms",
    "systemMetrics.pressure.io.some.totalMicros",
];

type Task<'t> = &'t dyn Fn(&[Vec<u8>]) -> i64;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let files = paths.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    if files.is_empty() {
        println!("no files given");
        return Ok(());
    }
    let (inflated, points, chunks) = size(&files);
    let read: usize = files.iter().map(Vec::len).sum();
    println!(
        "{} files, {read} bytes, {chunks} chunks, {inflated} bytes inflated, {points} points",
        files.len()
    );

    let tasks: [(&str, Task<'_>); 4] = [
        ("inflate only", &inflate),
        ("every column", &|files| decode(files, &Wanted::all(), columns)),
        ("every point written out", &|files| {
            let mut out = Vec::new();
            decode(files, &Wanted::all(), move |chunk| written(chunk, &mut out))
        }),
        ("selected metrics", &|files| {
            decode(files, &Wanted::these(SELECTED.iter().copied()), |chunk| {
                SELECTED.iter().filter_map(|name| chunk.named(name)).flat_map(|column| column.iter()).sum()
            })
        }),
    ];
    let mut best = [f64::MAX; 4];
    for _ in 0..ROUNDS {
        for (best, (_, task)) in best.iter_mut().zip(tasks) {
            let began = Instant::now();
            std::hint::black_box(task(&files));
            *best = best.min(began.elapsed().as_secs_f64());
        }
    }
    for (seconds, (name, _)) in best.into_iter().zip(tasks) {
        println!(
            "{name:>24} {:>8.1} ms  {:>5.2} x inflate  {:>6.0} MB/s inflated  {:>7.0} million points/s",
            seconds * 1e3,
            seconds / best[0],
            per_second(inflated, seconds),
            per_second(points, seconds)
        );
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "six digits are enough")]
fn per_second(count: usize, seconds: f64) -> f64 {
    count as f64 / seconds / 1e6
}

/// Bytes inflated, points and chunks.
fn size(files: &[Vec<u8>]) -> (usize, usize, usize) {
    let (mut points, mut chunks) = (0, 0);
    for file in files {
        let mut reader = Reader::new(file, Wanted::these([]));
        while let Some(piece) = reader.read() {
            match piece {
                Piece::Chunk(chunk) => {
                    points += chunk.samples() * chunk.schema().len();
                    chunks += 1;
                }
                Piece::Trouble(trouble) => println!("{trouble}"),
                Piece::Metadata(_) => {}
            }
        }
    }
    let inflated = files.iter().flat_map(|file| compressed(file)).map(|(declared, _)| declared).sum();
    (inflated, points, chunks)
}

/// The chunks of a file, still compressed, with the lengths they declare.
fn compressed(file: &[u8]) -> Vec<(usize, &[u8])> {
    let mut chunks = Vec::new();
    let mut rest = file;
    while let Ok(document) = Document::read(rest) {
        rest = &rest[document.bytes().len()..];
        let Some(Value::Binary(data)) = document.get("data") else { continue };
        let Some((length, data)) = data.split_first_chunk() else { continue };
        chunks.push((u32::from_le_bytes(*length) as usize, data));
    }
    chunks
}

fn inflate(files: &[Vec<u8>]) -> i64 {
    let mut zlib = Decompress::new(true);
    let mut inflated = Vec::new();
    let mut last = 0;
    for (length, data) in files.iter().flat_map(|file| compressed(file)) {
        inflated.resize(length, 0);
        zlib.reset(true);
        zlib.decompress(data, &mut inflated, FlushDecompress::Finish).expect("a whole chunk");
        last += i64::from(inflated[length - 1]);
    }
    last
}

fn decode(files: &[Vec<u8>], wanted: &Wanted, mut use_up: impl FnMut(Chunk<'_>) -> i64) -> i64 {
    let mut sum = 0_i64;
    for file in files {
        let mut reader = Reader::new(file, wanted.clone());
        while let Some(piece) = reader.read() {
            if let Piece::Chunk(chunk) = piece {
                sum = sum.wrapping_add(use_up(chunk));
            }
        }
    }
    sum
}

/// The last value of every column.
fn columns(chunk: Chunk<'_>) -> i64 {
    let last = chunk.samples() - 1;
    (0..chunk.schema().len()).filter_map(|index| chunk.column(index)?.get(last)).fold(0, i64::wrapping_add)
}

/// Every point as a number of its own, as one would hand it to something that knows no runs.
fn written(chunk: Chunk<'_>, out: &mut Vec<i64>) -> i64 {
    out.clear();
    for column in (0..chunk.schema().len()).filter_map(|index| chunk.column(index)) {
        match column {
            Column::Still { value, samples } => out.extend(std::iter::repeat_n(value, samples)),
            Column::Moving(values) => out.extend_from_slice(values),
        }
    }
    std::hint::black_box(&out);
    out.last().copied().unwrap_or(0)
}

//! How long documents take to read: `speed FILE...`, best of many runs, in milliseconds.

#![expect(clippy::disallowed_methods, reason = "a command line tool reads files and measures time")]

use feeds::{Document, Limits, Timestamp, recognise};
use std::time::Instant;

const RUNS: usize = 50;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let (mut decoded, mut parsed) = (f64::MAX, f64::MAX);
        for _ in 0..RUNS {
            let began = Instant::now();
            let document = Document::read(&bytes, None, &Limits::default());
            decoded = decoded.min(began.elapsed().as_secs_f64());
            let Some(recognised) = recognise(&document) else { continue };
            let began = Instant::now();
            recognised.format.parse(&document, Timestamp::UNIX_EPOCH)?;
            parsed = parsed.min(began.elapsed().as_secs_f64());
        }
        println!(
            "{:>9} bytes {:>8.2} ms decoded {:>8.2} ms parsed  {path}",
            bytes.len(),
            decoded * 1e3,
            parsed * 1e3
        );
    }
    Ok(())
}

//! Breaks the documents of a folder in many ways and counts what the readers make of them:
//! `mutate FOLDER [MUTANTS] [SEED]`. Panics and silent damage are printed with the mutant's number.

#![expect(clippy::disallowed_methods, reason = "a command line tool reads files and measures time")]

#[path = "../tests/support/mutate.rs"]
mod mutate;

use feeds::{Document, FORMATS, Format, Limits, Timestamp, recognise};
use mutate::{Harm, Mutant, Random, mutant};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Every so often, a body larger than what is read.
const OVERSIZED_EVERY: usize = 500;
const OVERSIZED_BYTES: usize = 6 * 1024 * 1024;

struct Original {
    path: String,
    text: String,
    format: &'static Format,
    known: Vec<String>,
}

#[derive(Default)]
struct Count {
    mutants: usize,
    errors: usize,
    warned: usize,
    silent: usize,
    unjudged: usize,
    panics: usize,
    slowest: Duration,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.first().ok_or("usage: mutate FOLDER [MUTANTS] [SEED]")?;
    let mutants = arguments.get(1).map_or(Ok(100_000), |number| number.parse())?;
    let mut random = Random::new(arguments.get(2).map_or(Ok(1), |seed| seed.parse())?);
    let originals = originals(folder)?;
    println!("{} documents", originals.len());
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for number in 0..mutants {
        let original = &originals[random.below(originals.len())];
        let mutant = if number % OVERSIZED_EVERY == 0 {
            oversized(&original.text)
        } else {
            mutant(&original.text, &mut random)
        };
        judge(number, original, &mutant, counts.entry(mutant.kind).or_default());
    }
    print(&counts);
    Ok(())
}

/// The documents of a folder that are UTF-8 and that a format knows.
fn originals(folder: &str) -> Result<Vec<Original>, Box<dyn std::error::Error>> {
    let mut paths = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { paths.push(path) }
        }
    }
    paths.sort();
    let mut originals = Vec::new();
    for path in paths {
        let Ok(text) = String::from_utf8(std::fs::read(&path)?) else { continue };
        let document = Document::read(text.as_bytes(), None, &Limits::default());
        // What no format knows is given to each: a page may become anything overnight.
        let formats: Vec<&'static Format> = match recognise(&document) {
            Some(recognised) => vec![recognised.format],
            None => FORMATS.iter().collect(),
        };
        for format in formats.into_iter().filter(|_| text.trim_start().starts_with(['{', '[', '<'])) {
            let known =
                format.parse(&document, Timestamp::UNIX_EPOCH).map(|page| page.warnings).unwrap_or_default();
            originals.push(Original { path: path.display().to_string(), text: text.clone(), format, known });
        }
    }
    Ok(originals)
}

fn oversized(text: &str) -> Mutant {
    let body = text.trim_end();
    let end = body.len() - 1;
    let filling = body.repeat(OVERSIZED_BYTES / body.len() + 1);
    let bytes = format!("{}{filling}", &body[..body.floor_char_boundary(end)]).into_bytes();
    Mutant { bytes, kind: "oversized body", harm: Harm::Damage, limit: Limits::default().bytes }
}

fn judge(number: usize, original: &Original, mutant: &Mutant, count: &mut Count) {
    let began = Instant::now();
    let read = catch_unwind(AssertUnwindSafe(|| {
        let document = Document::read(&mutant.bytes, None, &Limits { bytes: mutant.limit });
        let _ = recognise(&document);
        original.format.parse(&document, Timestamp::UNIX_EPOCH)
    }));
    count.slowest = count.slowest.max(began.elapsed());
    count.mutants += 1;
    match read {
        Err(_) => {
            count.panics += 1;
            println!("PANIC: mutant {number} ({}) of {}", mutant.kind, original.path);
        }
        Ok(Err(_)) => count.errors += 1,
        Ok(Ok(page)) if page.warnings.iter().any(|warning| !original.known.contains(warning)) => {
            count.warned += 1;
        }
        Ok(Ok(_)) if mutant.harm != Harm::Damage => count.unjudged += 1,
        Ok(Ok(_)) => {
            count.silent += 1;
            if count.silent <= 3 {
                println!("silent: mutant {number} ({}) of {}", mutant.kind, original.path);
            }
        }
    }
}

fn print(counts: &BTreeMap<&str, Count>) {
    println!(
        "{:<24}{:>9}{:>9}{:>9}{:>9}{:>10}{:>8}{:>12}",
        "kind", "mutants", "errors", "warned", "silent", "unjudged", "panics", "slowest"
    );
    for (kind, count) in counts {
        println!(
            "{kind:<24}{:>9}{:>9}{:>9}{:>9}{:>10}{:>8}{:>9} ms",
            count.mutants,
            count.errors,
            count.warned,
            count.silent,
            count.unjudged,
            count.panics,
            count.slowest.as_millis()
        );
    }
}

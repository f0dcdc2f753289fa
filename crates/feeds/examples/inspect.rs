//! Prints the report of documents: `inspect [--format NAME] FILE...`, one JSON object per line.

#![expect(clippy::disallowed_methods, reason = "a command line tool reads files")]

use feeds::{Document, Limits, Timestamp, by_name, inspect, recognise};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let forced = match arguments.first().map(String::as_str) {
        Some("--format") => arguments.drain(..2).nth(1),
        _ => None,
    };
    for path in arguments {
        let bytes = std::fs::read(&path)?;
        let document = Document::read(&bytes, None, &Limits::default());
        let format = match &forced {
            Some(name) => by_name(name),
            None => recognise(&document).map(|recognised| recognised.format),
        };
        let report = match format.map(|format| (format, format.parse(&document, Timestamp::UNIX_EPOCH))) {
            Some((format, Ok(page))) => inspect::report(format, &page),
            Some((_, Err(error))) => serde_json::json!({ "error": error.to_string() }),
            None => serde_json::json!({ "error": "not recognised" }),
        };
        println!("{}", serde_json::json!({ "file": path, "report": report }));
    }
    Ok(())
}

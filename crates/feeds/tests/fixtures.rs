//! Every document in `fixtures` becomes the report in its snapshot, and every format is what the list of
//! formats says it is. Adding a fixture is adding a test.

#![expect(clippy::disallowed_methods, reason = "a test reads its fixtures")]

use feeds::{Document, FORMATS, Format, Limits, PageObservation, Timestamp, by_name, inspect, recognise};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

fn seen_at() -> Timestamp {
    "2026-08-01T12:00:00Z".parse().expect("an instant")
}

fn read(path: &Path) -> Document {
    Document::read(&std::fs::read(path).expect("a fixture"), None, &Limits::default())
}

fn fixtures_of(format: &Format) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(format.name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending != "snap"));
    paths.sort();
    paths
}

fn parse(format: &Format, path: &Path) -> PageObservation {
    format.parse(&read(path), seen_at()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn fixtures_become_the_reports_in_their_snapshots() {
    insta::glob!("../fixtures", "*/*.*", |path| {
        let folder =
            path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).expect("a folder");
        let format = by_name(folder).unwrap_or_else(|| panic!("no format is called {folder:?}"));
        insta::assert_json_snapshot!(inspect::report(format, &parse(format, path)));
    });
}

#[test]
fn every_format_is_what_the_list_says() {
    let mut names = HashSet::new();
    for format in FORMATS {
        assert!(names.insert(format.name), "{} is listed twice", format.name);
        let plain = format.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        assert!(plain && !format.name.is_empty(), "{:?} is no plain name", format.name);
        assert!(
            !format.about.is_empty() && !format.about.ends_with('.'),
            "{}: {:?}",
            format.name,
            format.about
        );
        let example = Document::read(format.example.as_bytes(), None, &Limits::default());
        let page =
            format.parse(&example, seen_at()).unwrap_or_else(|error| panic!("{}: {error}", format.name));
        assert!(!page.incidents.is_empty(), "the example of {} shows no incident", format.name);
        assert!(fixtures_of(format).len() >= 3, "{} has fewer than three fixtures", format.name);
    }
}

#[test]
fn every_fixture_is_recognised_as_its_own_format() {
    for format in FORMATS {
        for path in fixtures_of(format) {
            let recognised =
                recognise(&read(&path)).unwrap_or_else(|| panic!("{} is not recognised", path.display()));
            assert_eq!(recognised.format.name, format.name, "{}: {}", path.display(), recognised.evidence);
            assert!(!recognised.evidence.is_empty());
        }
    }
}

#[test]
fn no_format_takes_a_document_of_another_kind() {
    let others: [(&str, &str); 6] = [
        ("", "empty document"),
        (" \n\t", "empty document"),
        ("<!DOCTYPE html><html><head><title>Moved</title></head></html>", "an HTML page \"Moved\""),
        ("It works!", "text that begins with \"It works!\""),
        (r#"{"error":"not found"}"#, r#"JSON (an object with "error")"#),
        ("[1,2]", "JSON (a list of 2)"),
    ];
    for format in FORMATS {
        for (text, found) in others {
            let document = Document::read(text.as_bytes(), None, &Limits::default());
            let error = format.parse(&document, seen_at()).expect_err(text).to_string();
            assert!(error.starts_with(found), "{}: {error}", format.name);
            assert!(recognise(&document).is_none(), "{text}");
        }
    }
}

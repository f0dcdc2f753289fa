//! Broken documents: twenty thousand mutants of the fixtures, the same ones at every run. None panics;
//! whatever lost something says so and is not called healthy; whatever means the same is read the same.

#![expect(clippy::disallowed_methods, reason = "a test reads its fixtures")]

#[path = "support/mutate.rs"]
mod mutate;

use domain::component::ComponentState;
use domain::observation::overall;
use feeds::{Document, Error, Format, Limits, PageObservation, Timestamp, by_name};
use mutate::{Harm, Mutant, Random, mutant};
use std::path::Path;

const MUTANTS: u64 = 20_000;

fn read(format: &Format, bytes: &[u8], limit: usize) -> Result<PageObservation, Error> {
    let seen_at = "2026-08-01T12:00:00Z".parse::<Timestamp>().expect("an instant");
    format.parse(&Document::read(bytes, None, &Limits { bytes: limit }), seen_at)
}

/// The fixtures that are UTF-8 and not odd to begin with, each with its format and what it says unbroken.
fn originals() -> Vec<(&'static Format, String, PageObservation)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut originals = Vec::new();
    for folder in std::fs::read_dir(root).expect("fixtures") {
        let folder = folder.expect("a folder").path();
        let name = folder.file_name().and_then(|name| name.to_str()).expect("a name");
        let format = by_name(name).unwrap_or_else(|| panic!("no format is called {name:?}"));
        let paths: Vec<_> = std::fs::read_dir(&folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        let odd =
            |path: &Path| path.file_stem().is_some_and(|name| name.to_string_lossy().starts_with("odd"));
        for path in paths.into_iter().filter(|path| !odd(path)) {
            if let Ok(text) = String::from_utf8(std::fs::read(&path).expect("a fixture")) {
                let page = read(format, text.as_bytes(), usize::MAX / 4).expect("a fixture is read");
                originals.push((format, text, page));
            }
        }
    }
    originals.sort_by(|a, b| (a.0.name, &a.1).cmp(&(b.0.name, &b.1)));
    originals
}

#[test]
fn no_mutant_panics_and_every_damage_is_told() {
    let originals = originals();
    let mut random = Random::new(1);
    for number in 0..MUTANTS {
        let (format, text, original) = &originals[random.below(originals.len())];
        let mutant = mutant(text, &mut random);
        let read = read(format, &mutant.bytes, mutant.limit);
        let told = match &read {
            Err(_) => true,
            Ok(page) => page.warnings.iter().any(|warning| !original.warnings.contains(warning)),
        };
        let kept = match mutant.harm {
            Harm::Damage => told,
            Harm::None => read.as_ref() == Ok(original),
            Harm::Unjudged => true,
        };
        // What was cut off may have been the broken part.
        let healthy = read.as_ref().is_ok_and(|page| overall(page) == ComponentState::Operational);
        let incomplete = ["cut", "oversized", "broken utf-16"].contains(&mutant.kind);
        assert!(
            !(healthy && incomplete),
            "mutant {number} of {} is called healthy\n{}",
            format.name,
            show(&mutant)
        );
        assert!(kept, "mutant {number} ({}) of {}: {read:#?}\n{}", mutant.kind, format.name, show(&mutant));
    }
}

fn show(mutant: &Mutant) -> String {
    String::from_utf8_lossy(&mutant.bytes).chars().take(4_000).collect()
}

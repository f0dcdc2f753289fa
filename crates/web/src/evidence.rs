//! What was captured of an incident: the list for those who may see it, the bundle as a download, and the page that lies
//! in an export. The page refers to nothing outside of its folder.
//!
//! Never asks an archive itself: the program hands in the way to it.

use crate::error::Error;
use crate::site::Site;
use askama::Template;
use axum::body::Bytes;
use domain::{IncidentId, Timestamp};
use futures_util::future::BoxFuture;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// Brings the bundle of a hash, or says why not.
#[derive(Clone)]
pub struct Loader(pub Arc<Bring>);

/// The way to bundles.
pub type Bring = dyn Fn(String) -> BoxFuture<'static, Result<Bytes, String>> + Send + Sync;

impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Loader")
    }
}

/// Longest text of a file that the page shows; longer ones have a link only.
const MOST_SHOWN: usize = 200_000;

/// One bundle of an export.
#[derive(Clone, Debug)]
pub struct Captured {
    /// Its folder.
    pub folder: String,
    /// What its manifest says.
    pub manifest: Value,
    /// Its files.
    pub files: Vec<Shown>,
}

/// One file of it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Path from the page.
    pub path: String,
    /// What it holds.
    pub text: String,
}

impl Site {
    /// Offers bundles for download; once, at the start.
    pub fn offer_evidence(&self, loader: Loader) {
        // A second one would be a mistake of ours; the first stands.
        let _ = self.evidence.set(loader);
    }
}

/// One capture, as the page shows it.
struct Section<'a> {
    folder: &'a str,
    title: String,
    sentence: &'a str,
    facts: Vec<(&'static str, String)>,
    files: Vec<FileLine<'a>>,
    missing: Vec<(&'a str, &'a str)>,
}

struct FileLine<'a> {
    path: &'a str,
    name: &'a str,
    about: &'a str,
    bytes: String,
    took: String,
    text: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "pages/evidence.html")]
struct Page<'a> {
    incident: &'a str,
    at: String,
    redaction: &'a str,
    sections: Vec<Section<'a>>,
}

/// The page of an export.
pub fn index(incident: &IncidentId, at: Timestamp, captured: &[Captured]) -> Result<String, Error> {
    let sections: Vec<Section<'_>> = captured.iter().map(section).collect();
    let redaction = captured.first().and_then(|one| one.manifest["redaction"].as_str()).unwrap_or_default();
    let page = Page { incident: incident.as_str(), at: at.to_string(), redaction, sections };
    page.render().map_err(|error| Error::Internal(Box::new(error)))
}

fn section(captured: &Captured) -> Section<'_> {
    let manifest = &captured.manifest;
    let word = |name: &str| match &manifest[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let files = manifest["files"].as_array().into_iter().flatten().filter_map(|told| {
        let name = told["path"].as_str()?;
        let file = captured
            .files
            .iter()
            .find(|file| file.path.strip_prefix(&captured.folder) == Some(&format!("/{name}")))?;
        Some(FileLine {
            path: &file.path,
            name,
            about: told["about"].as_str().unwrap_or_default(),
            bytes: told["bytes"].to_string(),
            took: told["took_ms"].to_string(),
            text: (file.text.len() <= MOST_SHOWN).then_some(file.text.as_str()),
        })
    });
    let missing = manifest["missing"].as_array().into_iter().flatten();
    Section {
        folder: &captured.folder,
        title: match manifest["occasion"].as_str() {
            Some("onset") => format!("When the verdict fell: {}", word("database")),
            Some("worst") => format!("When it was worse: {}", word("database")),
            _ => format!("When it was over: {}", word("database")),
        },
        sentence: manifest["sentence"].as_str().unwrap_or_default(),
        facts: vec![
            ("Captured at", word("captured_at")),
            ("Stall began at", word("began_at")),
            ("Node", word("node")),
            ("Took", format!("{} ms", word("took_ms"))),
        ],
        files: files.collect(),
        missing: missing
            .map(|told| (told["name"].as_str().unwrap_or_default(), told["why"].as_str().unwrap_or_default()))
            .collect(),
    }
}

//! What was captured of one incident, as one `.tar.zst` with an index that a browser shows: for a vendor's support.
//!
//! This module never asks a database and never reads an archive: bundles are handed in.

use super::bundle::{self, File, MANIFEST};
use anyhow::Result;
use domain::{IncidentId, Timestamp};
use serde_json::{Value, json};
use web::evidence::{Captured, Shown};

/// One bundle, unpacked.
pub(crate) struct Unpacked {
    /// Its hash, which is its name.
    pub(crate) sha256: String,
    /// What is in it, the manifest too.
    pub(crate) files: Vec<File>,
}

impl Unpacked {
    /// Reads a bundle.
    pub(crate) fn read(sha256: &str, bytes: &[u8]) -> Result<Self> {
        Ok(Self { sha256: sha256.to_owned(), files: bundle::unpack(bytes)? })
    }

    /// What its manifest says.
    pub(crate) fn manifest(&self) -> Result<Value> {
        bundle::manifest(&self.files)
    }
}

/// All bundles of an incident in one, the oldest first.
pub(crate) fn export(incident: &IncidentId, bundles: &[Unpacked], at: Timestamp) -> Result<Vec<u8>> {
    let (mut files, mut captured, mut manifests) = (Vec::new(), Vec::new(), Vec::new());
    for (number, bundle) in bundles.iter().enumerate() {
        let manifest = bundle.manifest()?;
        let word = |name: &str| manifest[name].as_str().unwrap_or_default().to_owned();
        let folder = format!("{}-{}-{}", number + 1, word("occasion"), word("database"));
        let shown = bundle.files.iter().filter(|file| file.path != MANIFEST).map(|file| Shown {
            path: format!("{folder}/{}", file.path),
            text: String::from_utf8_lossy(&file.bytes).into_owned(),
        });
        captured.push(Captured {
            folder: folder.clone(),
            manifest: manifest.clone(),
            files: shown.collect(),
        });
        files.extend(
            bundle
                .files
                .iter()
                .map(|file| File { path: format!("{folder}/{}", file.path), bytes: file.bytes.clone() }),
        );
        manifests.push(json!({ "folder": folder, "sha256": bundle.sha256, "manifest": manifest }));
    }
    let manifest = json!({ "format": 1, "incident": incident.as_str(), "captures": manifests });
    let index = web::evidence::index(incident, at, &captured)?;
    let mut all = vec![
        File { path: "index.html".to_owned(), bytes: index.into_bytes() },
        File { path: MANIFEST.to_owned(), bytes: format!("{manifest:#}\n").into_bytes() },
    ];
    all.extend(files);
    bundle::pack(&all, at)
}

//! Evidence of a stall, put together: what the node said, what is known around it, and a manifest that tells what each
//! file is, its hash, and what could not be had. Packed as one `.tar.zst`, whose SHA-256 is its name in the archive.
//!
//! Everything here is redacted before it is kept; nothing is ever kept otherwise.

pub(crate) mod bundle;
pub(crate) mod export;
pub(crate) mod pieces;

use crate::archive::{Archive, hash};
use crate::config::FetchConfig;
use crate::config::place::Place;
use axum::body::Bytes;
use std::sync::Arc;

/// What is said of bundles to web servers and browsers.
pub(crate) const MEDIA_TYPE: &str = "application/zstd";

/// The folder of evidence in the archive.
const FOLDER: &str = "evidence";

/// Where a bundle of this hash lies in the archive.
pub(crate) fn path(sha256: &str) -> String {
    format!("{FOLDER}/{sha256}.tar.zst")
}

/// The way to bundles for those who download them.
pub(crate) fn loader(to: &Place, fetch: &FetchConfig) -> web::evidence::Loader {
    let (to, fetch) = (to.clone(), fetch.clone());
    web::evidence::Loader(Arc::new(move |sha256| {
        let (to, fetch) = (to.clone(), fetch.clone());
        Box::pin(async move {
            let loaded = async { load(&Archive::open(&to, &fetch)?, &sha256).await };
            loaded.await.map_err(|error| format!("{error:#}"))
        })
    }))
}

/// A bundle out of the archive, if it is what its name says.
pub(crate) async fn load(archive: &Archive, sha256: &str) -> anyhow::Result<Bytes> {
    let bytes = archive.load(&path(sha256)).await?;
    let bytes =
        bytes.ok_or_else(|| anyhow::anyhow!("there is no evidence `{sha256}` in `{}`", archive.place()))?;
    anyhow::ensure!(hash(&bytes) == sha256, "evidence `{sha256}` in `{}` was changed", archive.place());
    Ok(bytes)
}

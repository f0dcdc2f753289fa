//! A page as files in a folder or a bucket: written by command, and kept by the server where the configuration says so.
//!
//! A list of the files lies among them, with the SHA-256 of each: what is the same is not written again, and what is no
//! longer made is taken away. Never leaves half a file, never touches one that is not on the list, and never writes
//! outside of its place.

mod folder;
mod list;

use crate::archive::{Archive, hash};
use crate::config::FetchConfig;
use crate::config::place::Place;
use anyhow::Result;
use axum::body::Bytes;
use folder::Folder;
use list::List;
use std::collections::BTreeSet;
use std::path::Path;
use web::Target;
use web::export::Export;

/// Where files are kept.
#[derive(Clone, Debug)]
pub(crate) enum Files {
    /// In a folder, into which somebody may have put links.
    Folder(Folder),
    /// In a bucket.
    Bucket(Archive),
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Copied {
    /// Files that there are now.
    pub(crate) files: usize,
    /// Those that were written.
    pub(crate) written: usize,
    /// Files that were taken away.
    pub(crate) removed: usize,
}

impl Files {
    /// Opens a place; a folder is made if need be.
    pub(crate) fn open(place: &Place, fetch: &FetchConfig) -> Result<Self> {
        Ok(match place {
            Place::Folder(folder) => Self::Folder(Folder::open(folder)?),
            Place::Bucket(_) => Self::Bucket(Archive::open(place, fetch)?),
        })
    }

    async fn load(&self, path: &str) -> Result<Option<Bytes>> {
        match self {
            Self::Folder(folder) => aside(folder, path, Folder::load).await,
            Self::Bucket(bucket) => bucket.load(path).await,
        }
    }

    /// Whether a file of the list is still there. Nobody but us takes something out of a bucket.
    async fn has(&self, path: &str) -> Result<bool> {
        match self {
            Self::Folder(folder) => aside(folder, path, Folder::has).await,
            Self::Bucket(_) => Ok(true),
        }
    }

    async fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        match self {
            Self::Folder(folder) => aside(folder, path, move |folder, path| folder.put(path, &bytes)).await,
            Self::Bucket(bucket) => bucket.put(path, bytes, media_type(path)).await,
        }
    }

    async fn remove(&self, path: &str) -> Result<bool> {
        match self {
            Self::Folder(folder) => aside(folder, path, Folder::remove).await,
            Self::Bucket(bucket) => bucket.remove(path).await,
        }
    }
}

/// A disk that hangs holds up this work alone.
async fn aside<T: Send + 'static>(
    folder: &Folder,
    path: &str,
    work: impl FnOnce(&Folder, &str) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (folder, path) = (folder.clone(), path.to_owned());
    tokio::task::spawn_blocking(move || work(&folder, &path)).await?
}

/// Writes these targets of a page, as far as they differ from what is there, and takes away what is no part of the page
/// any more. `wrote` is called after each target.
pub(crate) async fn copy(
    export: &Export,
    mut targets: Vec<Target>,
    to: &Files,
    mut wrote: impl FnMut(),
) -> Result<Copied> {
    let assets = export.assets();
    let mut list = List::load(to).await?;
    let mut all: BTreeSet<String> = export.targets().iter().map(Target::file).collect();
    all.extend(assets.iter().map(|(name, _)| name.clone()));
    let mut copied = Copied::default();
    // The front page comes last: what it links to is then there.
    targets.sort_by_key(|target| *target == Target::Home);
    let names = assets.iter().map(|(name, _)| name.clone()).chain(targets.iter().map(Target::file));
    let before = list.begin(names, to).await?;
    for (name, bytes) in assets {
        copied.written += usize::from(put(to, &name, bytes, &before, &mut list).await?);
    }
    for target in &targets {
        let bytes = export.bytes(target).await?;
        copied.written += usize::from(put(to, &target.file(), bytes, &before, &mut list).await?);
        wrote();
    }
    for path in list.others(&all) {
        copied.removed += usize::from(to.remove(&path).await?);
        list.forget(&path);
    }
    list.save(to).await?;
    copied.files = list.len();
    Ok(copied)
}

/// Writes a file, unless it is there as it should be.
async fn put(to: &Files, name: &str, bytes: Bytes, before: &List, list: &mut List) -> Result<bool> {
    let hash = hash(&bytes);
    let same = before.hash(name) == Some(hash.as_str()) && to.has(name).await?;
    if !same {
        to.put(name, bytes).await?;
    }
    list.note(name, hash);
    Ok(!same)
}

/// What a web server is to say that a file is.
fn media_type(path: &str) -> &'static str {
    match Path::new(path).extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("atom") => "application/atom+xml",
        Some("rss") => "application/rss+xml",
        _ => "application/octet-stream",
    }
}

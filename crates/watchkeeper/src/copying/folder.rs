//! A folder of files that were made: each appears whole or not at all.
//!
//! Never writes or removes anything outside of the folder, not even where a link leads out of it.

use anyhow::{Context as _, Result, ensure};
use axum::body::Bytes;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Component, Path, PathBuf};

/// A folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens it, and makes it if need be.
    pub(super) fn open(root: &Path) -> Result<Self> {
        fs::create_dir_all(root).with_context(|| format!("cannot make the folder `{}`", root.display()))?;
        let root = root.canonicalize().with_context(|| format!("cannot open `{}`", root.display()))?;
        Ok(Self { root })
    }

    /// A file by its path in the folder, if it is there.
    pub(super) fn load(&self, path: &str) -> Result<Option<Bytes>> {
        match fs::read(self.place(path)?) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read `{path}`")),
        }
    }

    /// Whether a file is there, and is one.
    pub(super) fn has(&self, path: &str) -> Result<bool> {
        Ok(fs::symlink_metadata(self.place(path)?).is_ok_and(|found| found.is_file()))
    }

    /// Writes a file.
    pub(super) fn put(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let file = self.place(path)?;
        put(&file, bytes).with_context(|| format!("cannot write `{}`", file.display()))
    }

    /// Takes a file away; whether it was there.
    pub(super) fn remove(&self, path: &str) -> Result<bool> {
        match fs::remove_file(self.place(path)?) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error).with_context(|| format!("cannot take away `{path}`")),
        }
    }

    /// Where a path lies, whose folders are made. A path that leads out of the folder, by its words or by a link
    /// that somebody put there, is refused.
    fn place(&self, path: &str) -> anyhow::Result<PathBuf> {
        let relative = Path::new(path);
        let is_plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
        let odd = path.is_empty() || path.contains(['\\', '\0', '\n']) || path.contains("//");
        ensure!(is_plain && !odd, "`{path}` is not a file in the folder");
        let file = self.root.join(relative);
        let parent = file.parent().unwrap_or(&self.root);
        // Each folder is looked at before one is made in it.
        let mut reached = self.root.clone();
        for part in parent.strip_prefix(&self.root)?.components() {
            reached.push(part);
            if fs::symlink_metadata(&reached).is_err() {
                fs::create_dir(&reached).with_context(|| format!("cannot make `{}`", reached.display()))?;
            }
            ensure!(fs::symlink_metadata(&reached)?.is_dir(), "`{}` is not a folder", reached.display());
        }
        Ok(file)
    }
}

/// Writes beside the file and renames, which also replaces a link instead of following it.
fn put(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = file.with_file_name(name);
    // What a run that was killed left behind.
    let _ = fs::remove_file(&part);
    File::create_new(&part)?.write_all(bytes)?;
    fs::rename(&part, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_out_of_the_folder_is_refused() {
        let outside = tempfile::tempdir().expect("a folder");
        let root = outside.path().join("site");
        let folder = Folder::open(&root).expect("made");
        for path in [
            "../x",
            "a/../../x",
            "/x",
            "",
            ".",
            "..",
            "./x",
            "a//x",
            "..\\x",
            "a/..",
            "x\0",
            "a/./../../x",
            "x\ny",
        ] {
            assert!(folder.put(path, b"x").is_err(), "{path:?}");
            assert!(folder.remove(path).is_err(), "{path:?}");
        }
        fs::write(outside.path().join("x.html"), "theirs").expect("written");
        std::os::unix::fs::symlink(outside.path(), root.join("incidents")).expect("a link");
        assert!(folder.put("incidents/x.html", b"x").is_err(), "a link leads out");
        assert!(folder.remove("incidents/x.html").is_err(), "a link leads out");
        let names: Vec<_> = fs::read_dir(outside.path()).expect("listed").collect();
        assert_eq!(names.len(), 2, "nothing new lies beside the folder: {names:?}");
    }
}

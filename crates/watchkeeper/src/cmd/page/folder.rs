//! A folder of files that were made: each appears whole or not at all, and what is no longer made is taken away.
//!
//! Never writes or removes anything outside of the folder, and nothing in it that it did not make: a list of its
//! files lies among them.

use anyhow::{Context as _, ensure};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

/// The list of files.
const LIST: &str = ".watchkeeper-export";

/// A folder that is being written.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    written: BTreeSet<String>,
}

impl Folder {
    /// Opens it, and makes it if need be.
    pub(super) fn open(root: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(root).with_context(|| format!("cannot make the folder `{}`", root.display()))?;
        let root = root.canonicalize().with_context(|| format!("cannot open `{}`", root.display()))?;
        Ok(Self { root, written: BTreeSet::new() })
    }

    /// Writes a file by its path in the folder.
    pub(super) fn write(&mut self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let file = self.place(path)?;
        put(&file, bytes).with_context(|| format!("cannot write `{}`", file.display()))?;
        self.written.insert(path.to_owned());
        Ok(())
    }

    /// Takes away what an earlier run wrote and this one did not. How many files there are, and how many went.
    pub(super) fn finish(self) -> anyhow::Result<(usize, usize)> {
        let list = self.root.join(LIST);
        let before = match fs::read_to_string(&list) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", list.display())),
        };
        // Before anything goes: if this ends here, the next run still knows of all files.
        let known: BTreeSet<&str> = before.lines().chain(self.written.iter().map(String::as_str)).collect();
        put(&list, joined(known.iter().copied()).as_bytes())?;
        let mut removed = 0;
        for path in known.iter().filter(|path| !self.written.contains(**path)) {
            match fs::remove_file(self.place(path)?) {
                Ok(()) => removed += 1,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error).with_context(|| format!("cannot take away `{path}`")),
            }
        }
        put(&list, joined(self.written.iter().map(String::as_str)).as_bytes())?;
        Ok((self.written.len(), removed))
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

fn joined<'a>(paths: impl Iterator<Item = &'a str>) -> String {
    paths.fold(String::new(), |text, path| text + path + "\n")
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
        let mut folder = Folder::open(&root).expect("made");
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
            assert!(folder.write(path, b"x").is_err(), "{path:?}");
        }
        std::os::unix::fs::symlink(outside.path(), root.join("incidents")).expect("a link");
        assert!(folder.write("incidents/x.html", b"x").is_err(), "a link leads out");
        let names: Vec<_> = fs::read_dir(outside.path()).expect("listed").collect();
        assert_eq!(names.len(), 1, "nothing lies beside the folder: {names:?}");
    }

    #[test]
    fn what_is_no_longer_written_goes_and_what_others_put_there_stays() {
        let root = tempfile::tempdir().expect("a folder");
        let write = |paths: &[&str]| {
            let mut folder = Folder::open(root.path()).expect("opened");
            for path in paths {
                folder.write(path, b"x").expect("written");
            }
            folder.finish().expect("finished")
        };
        fs::write(root.path().join("CNAME"), "status.example.org").expect("written");
        assert_eq!(write(&["index.html", "incidents/a.html"]), (2, 0));
        assert_eq!(write(&["index.html", "incidents/b.html"]), (2, 1));
        assert!(root.path().join("incidents/b.html").exists() && root.path().join("CNAME").exists());
        assert!(!root.path().join("incidents/a.html").exists());
        fs::write(root.path().join(LIST), "../CNAME\n").expect("written");
        let mut folder = Folder::open(root.path()).expect("opened");
        folder.write("index.html", b"x").expect("written");
        assert!(folder.finish().is_err(), "a list that names what is elsewhere is not obeyed");
    }
}

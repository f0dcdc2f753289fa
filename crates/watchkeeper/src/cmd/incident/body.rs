//! Texts: given on the command line, read from a file, or written in the person's editor.

use crate::cmd::Failure;
use anyhow::{Context as _, anyhow};
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A text, and where it comes from.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::cmd) struct Text {
    /// The text, Markdown; `-` reads standard input
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,
    /// A file that holds it; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "body")]
    body_file: Option<PathBuf>,
}

impl Text {
    /// The text. Where none was given, the person at the terminal is asked for it.
    pub(in crate::cmd) fn read(&self) -> Result<String, Failure> {
        match self.given()? {
            Some(text) => Ok(text),
            None => written(),
        }
    }

    /// The text, if one was given.
    pub(in crate::cmd) fn given(&self) -> Result<Option<String>, Failure> {
        match (&self.body, &self.body_file) {
            (Some(text), _) if text == "-" => from_file(Path::new("-")).map(Some),
            (Some(text), _) => Ok(Some(text.clone())),
            (None, Some(file)) => from_file(file).map(Some),
            (None, None) => Ok(None),
        }
    }
}

fn from_file(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text).map(|_| ())
    } else {
        std::fs::File::open(file).and_then(|mut opened| opened.read_to_string(&mut text)).map(|_| ())
    };
    let read = read.with_context(|| format!("cannot read `{}`", file.display()));
    read.map_err(Failure::NotUnderstood)?;
    Ok(text)
}

/// What the person writes into a file of theirs alone, in the editor that they like.
fn written() -> Result<String, Failure> {
    let editor = ["VISUAL", "EDITOR"].into_iter().find_map(|name| std::env::var(name).ok());
    let editor = editor.filter(|editor| !editor.trim().is_empty() && std::io::stdin().is_terminal());
    let needed = || anyhow!("a text is needed: give --body or --body-file, or set EDITOR at a terminal");
    let editor = editor.ok_or_else(|| Failure::NotUnderstood(needed()))?;
    let file = std::env::temp_dir().join(format!("watchkeeper-{}.md", std::process::id()));
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&file);
    made.and_then(|mut made| made.write_all(b"\n")).context("cannot make a file to write into")?;
    let edited = edit(&editor, &file).and_then(|()| from_file(&file));
    // What is left behind lies where the system tidies up by itself.
    let _ = std::fs::remove_file(&file);
    match edited? {
        text if text.trim().is_empty() => Err(Failure::NotUnderstood(anyhow!("nothing was written"))),
        text => Ok(text),
    }
}

/// No shell: the first word is the program, the others are its arguments.
fn edit(editor: &str, file: &Path) -> Result<(), Failure> {
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    let ended = command.args(words).arg(file).status();
    let ended = ended.with_context(|| format!("cannot start the editor `{editor}`"))?;
    if ended.success() { Ok(()) } else { Err(Failure::Failed(anyhow!("the editor ended with {ended}"))) }
}

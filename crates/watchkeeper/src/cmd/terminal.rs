//! How commands speak: results on standard output, errors and progress on standard error, colour and
//! progress only where somebody watches.
//!
//! This module never lets a foreign text steer the terminal: see [`plain`].

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

/// Writes to standard output. A reader that has gone away (`| head`) is no error.
pub fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Writes a result into a file; `-` is standard output.
pub fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if path.as_os_str() == "-" {
        return Ok(print(text)?);
    }
    std::fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

/// Writes JSON to standard output, indented.
pub fn print_json(value: &serde_json::Value) -> std::io::Result<()> {
    print(&format!("{value:#}\n"))
}

/// Writes an error to standard error, with everything that led to it.
pub fn tell_error(error: &anyhow::Error) {
    let mut out = std::io::stderr().lock();
    let colour = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let label = if colour { "\x1b[1;31merror:\x1b[0m" } else { "error:" };
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(out, "{label} {error:#}");
}

/// Writes something to standard error that a person must see.
pub fn tell(text: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// A sign of life on standard error; nothing where that is no terminal.
pub fn progress() -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// How much of so many bytes is done, on standard error; nothing where that is no terminal.
pub fn progress_bytes(total: u64) -> ProgressBar {
    let template = "{wide_bar} {bytes}/{total_bytes}, {eta} left";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style)
}

/// How many of so many things are done, on standard error; nothing where that is no terminal.
pub fn progress_count(total: u64) -> ProgressBar {
    let template = "{wide_bar} {pos}/{len}, {eta} left";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style)
}

/// An instant to the second, in UTC.
pub fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A foreign text on one line, without the control characters that terminals obey.
pub fn plain(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

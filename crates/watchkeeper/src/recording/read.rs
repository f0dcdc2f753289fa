//! Reading a recording. What cannot be read is counted and named by its line; the rest is read all the same.
//!
//! This module never holds more than one line.

use super::line::{self, Header, Line};
use super::{COMPRESSED_FILE, FILE, MAX_LINE_BYTES};
use anyhow::Context as _;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// As many troubles are told; all are counted.
const MAX_TROUBLES: usize = 20;

/// A recording, line by line.
pub struct Reader {
    input: Box<dyn BufRead>,
    number: u64,
    header: Header,
    troubles: Vec<Trouble>,
    unread: u64,
    over: bool,
}

/// What could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Line, counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub wrong: String,
}

impl Reader {
    /// Opens the recording in a folder.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let (plain, compressed) = (folder.join(FILE), folder.join(COMPRESSED_FILE));
        let opened = match File::open(&plain) {
            Ok(file) => Ok(Self::new(BufReader::new(file))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && compressed.exists() => {
                File::open(&compressed).map(|file| Self::new(BufReader::new(MultiGzDecoder::new(file))))
            }
            Err(error) => Err(error),
        };
        let reader = opened.with_context(|| format!("cannot open `{}`", plain.display()))?;
        reader.with_context(|| format!("`{}` is no recording", folder.display()))
    }

    /// Reads one that comes from anywhere.
    pub fn new(input: impl BufRead + 'static) -> anyhow::Result<Self> {
        let header = Header { database: String::new(), started_at: jiff::Timestamp::UNIX_EPOCH };
        let input: Box<dyn BufRead> = Box::new(input);
        let mut reader = Self { input, number: 0, header, troubles: Vec::new(), unread: 0, over: false };
        let Some(text) = reader.next_line()? else { anyhow::bail!("it is empty") };
        match line::parse(&text) {
            Ok(Line::Header(header)) => reader.header = header,
            Ok(_) => anyhow::bail!("its first line does not say so"),
            Err(wrong) => anyhow::bail!("its first line: {wrong}"),
        }
        Ok(reader)
    }

    /// What its first line says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The first lines that could not be read.
    pub fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }

    /// How many lines could not be read.
    pub fn unread(&self) -> u64 {
        self.unread
    }

    /// The next line without its end; a giant one is reported and passed over.
    fn next_line(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        loop {
            let mut text = Vec::new();
            let limit = MAX_LINE_BYTES as u64 + 1;
            self.number += 1;
            if self.input.by_ref().take(limit).read_until(b'\n', &mut text)? == 0 {
                return Ok(None);
            }
            if text.len() <= MAX_LINE_BYTES || text.ends_with(b"\n") {
                return Ok(Some(text));
            }
            self.input.skip_until(b'\n')?;
            self.note(format!("longer than {MAX_LINE_BYTES} bytes"));
        }
    }

    fn note(&mut self, wrong: String) {
        self.unread += 1;
        if self.troubles.len() < MAX_TROUBLES {
            self.troubles.push(Trouble { line: self.number, wrong });
        }
    }
}

impl Iterator for Reader {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        while !self.over {
            match self.next_line() {
                Ok(Some(text)) if text.trim_ascii().is_empty() => {}
                Ok(Some(text)) => match line::parse(&text) {
                    Ok(Line::Header(_)) => self.note("another recording begins".to_owned()),
                    Ok(line) => return Some(line),
                    Err(wrong) => self.note(wrong.0),
                },
                Ok(None) => self.over = true,
                // A compressed file that ends too early: what came before counts.
                Err(error) => {
                    self.note(error.to_string());
                    self.over = true;
                }
            }
        }
        None
    }
}

//! One line: a value of ours and JSON.
//!
//! This module never knows a file.

use super::answer;
use super::fields::{Fields, Wrong};
use domain::reads::{Look, Moment, Path, Sample};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// First line of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Name of the database.
    pub database: String,
    /// When it began.
    pub started_at: Timestamp,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// Of what, and since when.
    Header(Header),
    /// It was this time at that moment.
    Wall(Moment, Timestamp),
    /// A look that began, or that ended.
    Sample(Sample),
}

/// The line as JSON, without its end.
pub(super) fn render(line: &Line) -> String {
    match line {
        Line::Header(header) => {
            let started_at = header.started_at.to_string();
            json!({ "recording": super::VERSION, "database": header.database, "started_at": started_at })
        }
        Line::Wall(moment, wall) => json!({ "wall": wall.to_string(), "t": moment.0 }),
        Line::Sample(sample) => self::sample(sample),
    }
    .to_string()
}

fn sample(sample: &Sample) -> Value {
    let mut fields = Map::new();
    fields.insert("n".to_owned(), json!(sample.node));
    fields.insert("p".to_owned(), json!(sample.path.name()));
    fields.insert("t".to_owned(), json!(sample.began.0));
    match &sample.look {
        Look::Began => {}
        Look::Answered(took_us, given) => {
            fields.insert("us".to_owned(), json!(took_us));
            let (name, value) = answer::render(given);
            fields.insert(name.to_owned(), value);
        }
        Look::Failed(took_us, failure) => {
            fields.insert("us".to_owned(), json!(took_us));
            answer::render_failure(&mut fields, failure);
        }
    }
    Value::Object(fields)
}

/// Reads a line; what is wrong with it is said in words.
pub(super) fn parse(text: &[u8]) -> Result<Line, Wrong> {
    let value: Value = serde_json::from_slice(text).map_err(|error| Wrong(format!("no JSON: {error}")))?;
    let fields = Fields::of(&value, "line")?;
    if fields.has("recording") {
        let version = fields.whole("recording")?;
        if u64::try_from(version).ok() != Some(super::VERSION) {
            return Err(Wrong(format!(
                "version {version} of the format; this program knows {}",
                super::VERSION
            )));
        }
        let database = fields.text("database")?.to_owned();
        return Ok(Line::Header(Header { database, started_at: fields.time("started_at")? }));
    }
    let moment = Moment(fields.whole("t")?);
    if fields.has("wall") {
        return Ok(Line::Wall(moment, fields.time("wall")?));
    }
    let name = fields.text("p")?;
    let path = Path::from_name(name).ok_or_else(|| Wrong(format!("`p` is `{name}`, which is no path")))?;
    let look = look(&fields)?;
    Ok(Line::Sample(Sample { node: fields.text("n")?.into(), path, began: moment, look }))
}

fn look(fields: &Fields<'_>) -> Result<Look, Wrong> {
    if !fields.has("us") {
        return Ok(Look::Began);
    }
    let took_us = fields.whole("us")?;
    if took_us < 0 {
        return Err(Wrong(format!("`us` is {took_us}, less than nothing")));
    }
    if fields.has("fail") {
        return Ok(Look::Failed(took_us, answer::parse_failure(fields)?));
    }
    Ok(Look::Answered(took_us, answer::parse(fields)?))
}

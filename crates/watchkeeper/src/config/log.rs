//! `[log]`: what is written to standard error, and how.

use super::reader::Table;
use super::section::{Key, Need, Section};

/// `[log]`
pub const SECTION: Section = Section {
    name: "log",
    many: false,
    doc: "What is written to standard error.",
    keys: &[
        Key {
            name: "format",
            need: Need::Default("\"text\""),
            form: "`text` or `json`",
            doc: "\"text\" for people, \"json\" for machines.",
        },
        Key {
            name: "level",
            need: Need::Default("\"info\""),
            form: "`error`, `warn`, `info`, `debug` or `trace`",
            doc: "The least important that is written.",
        },
    ],
};

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// What is written to standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// How.
    pub format: LogFormat,
    /// The least important that is written.
    pub level: tracing::Level,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: tracing::Level::INFO }
    }
}

pub(super) fn read(table: &Table<'_>) -> LogConfig {
    let format = table.value("format").and_then(|value| value.word(&["text", "json"]));
    let level =
        table.value("level").and_then(|value| value.word(&["error", "warn", "info", "debug", "trace"]));
    LogConfig {
        format: if format == Some("json") { LogFormat::Json } else { LogFormat::Text },
        level: level.and_then(|word| word.parse().ok()).unwrap_or(tracing::Level::INFO),
    }
}

//! The configuration file: what it may say, and every mistake in it at once.
//!
//! Each section owns its keys, defaults, checks and documentation in a file of its own under `config/`;
//! [`SECTIONS`] is the list from which `config example` and the reference page are made. A file is read
//! by hand from its syntax tree, not by `serde`, because `serde` stops at the first mistake and forgets
//! the lines.
//!
//! This module never changes a running program: a configuration is read whole or refused whole.

pub mod archive;
pub mod channel;
pub mod database;
pub mod delivery;
pub mod environment;
pub mod export;
mod face;
pub mod fetch;
pub mod glob;
pub mod heartbeat;
pub mod log;
pub mod mail;
pub mod mistake;
pub mod oidc;
pub mod page;
pub mod place;
pub mod quantity;
pub mod reader;
mod secret;
pub mod secrets;
pub mod section;
pub mod server;
pub mod storage;
pub mod template;
pub mod vendor;

pub use archive::ArchiveConfig;
pub use channel::ChannelConfig;
pub use database::DatabaseConfig;
pub use delivery::DeliveryConfig;
pub use environment::EnvironmentConfig;
pub use export::ExportConfig;
pub use fetch::FetchConfig;
pub use heartbeat::HeartbeatConfig;
pub use log::LogConfig;
pub use mail::MailConfig;
pub use mistake::{Mistake, Mistakes};
pub use page::PageConfig;
pub use secrets::SecretsConfig;
pub use server::ServerConfig;
pub use storage::Storage;
pub use vendor::VendorConfig;
use web::template::Template;

use reader::{Reader, Surroundings};
use section::Section;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Name of the file where none is given.
pub const DEFAULT_FILE: &str = "watchkeeper.toml";

/// A configuration file has no business being larger; what is, is not one.
const MAX_FILE_BYTES: u64 = 1_000_000;

/// Every section, in the order of the example and of the reference.
pub const SECTIONS: [&Section; 16] = [
    &server::SECTION,
    &page::SECTION,
    &environment::SECTION,
    &template::SECTION,
    &database::SECTION,
    &vendor::SECTION,
    &fetch::SECTION,
    &channel::SECTION,
    &mail::SECTION,
    &delivery::SECTION,
    &heartbeat::SECTION,
    &export::SECTION,
    &archive::SECTION,
    &secrets::SECTION,
    &oidc::SECTION,
    &log::SECTION,
];

/// A configuration without a mistake.
#[derive(Clone, Debug)]
pub struct Config {
    /// The keys above all sections: where to listen and where to keep what is known.
    pub server: ServerConfig,
    /// `[[page]]`, of which there is at least one: the first is at `/`
    pub pages: Vec<PageConfig>,
    /// `[[environment]]`
    pub environments: Vec<EnvironmentConfig>,
    /// `[[template]]`
    pub templates: Vec<Template>,
    /// `[[database]]`
    pub databases: Vec<DatabaseConfig>,
    /// `[[vendor]]`
    pub vendors: Vec<VendorConfig>,
    /// `[fetch]`
    pub fetch: FetchConfig,
    /// `[[channel]]`
    pub channels: Vec<ChannelConfig>,
    /// `[mail]`, where a server is named
    pub mail: Option<MailConfig>,
    /// `[delivery]`
    pub delivery: DeliveryConfig,
    /// `[heartbeat]`, where an address is named
    pub heartbeat: Option<HeartbeatConfig>,
    /// `[export]`, where a collector is named
    pub export: Option<ExportConfig>,
    /// `[archive]`
    pub archive: ArchiveConfig,
    /// `[secrets]`
    pub secrets: SecretsConfig,
    /// `[oidc]`, where accounts elsewhere may sign in
    pub oidc: Option<oidc::OidcConfig>,
    /// `[log]`
    pub log: LogConfig,
}

/// Why there is no configuration.
#[derive(Debug)]
pub enum ConfigError {
    /// There is no such file.
    Missing(PathBuf),
    /// There is one that cannot be read.
    Unreadable(PathBuf, std::io::Error),
    /// It was read, and this is wrong with it.
    Mistakes(Mistakes),
}

impl Config {
    /// Reads the file at `path`, its secrets from the environment and from the files it names.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = read_bounded(path)?;
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        let surroundings = Surroundings { folder, variable: |name| std::env::var(name).ok() };
        Self::read(&text, path, &surroundings).map_err(ConfigError::Mistakes)
    }

    /// Reads the text of a file. `path` serves the messages only.
    pub fn read(text: &str, path: &Path, surroundings: &Surroundings) -> Result<Self, Mistakes> {
        let (document, syntax) = toml::de::DeTable::parse_recoverable(text);
        let reader = Reader::new(text, surroundings);
        for error in &syntax {
            reader.broken(error.span(), error.message());
        }
        if syntax.iter().any(|error| error.message() != "duplicate key") {
            // What follows from a broken line is guesswork, so the broken lines come alone.
            return Err(reader.into_mistakes(path));
        }
        let config = Self::from_document(&reader, document.get_ref());
        let mistakes = reader.into_mistakes(path);
        if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
    }

    fn from_document(reader: &Reader<'_>, document: &toml::de::DeTable<'_>) -> Self {
        let root = reader.root(document, &SECTIONS);
        let fetch = root.section(&fetch::SECTION).map(|table| fetch::read(&table)).unwrap_or_default();
        let mut environments = environment::read_all(&root.sections(&environment::SECTION));
        let databases = databases(&root);
        let databases = database::read_all(&databases, &mut environments, root.surroundings());
        Self {
            channels: channel::read_all(&root.sections(&channel::SECTION), &environments),
            mail: root.section(&mail::SECTION).and_then(|table| mail::read(&table)),
            delivery: root
                .section(&delivery::SECTION)
                .map(|table| delivery::read(&table))
                .unwrap_or_default(),
            heartbeat: root.section(&heartbeat::SECTION).and_then(|table| heartbeat::read(&table, &fetch)),
            server: server::read(&root),
            pages: page::read_all(&pages(&root), &environments, &fetch),
            templates: template::read_all(&root.sections(&template::SECTION), &environments),
            environments,
            databases,
            vendors: vendor::read_all(&root.sections(&vendor::SECTION), &fetch),
            oidc: root
                .section(&oidc::SECTION)
                .and_then(|table| oidc::read(&table, &fetch, root.surroundings())),
            log: root.section(&log::SECTION).map(|table| log::read(&table)).unwrap_or_default(),
            export: root
                .section(&export::SECTION)
                .and_then(|table| export::read(&table, &fetch, root.surroundings())),
            archive: root.section(&archive::SECTION).map_or_else(
                || ArchiveConfig::beside(root.surroundings()),
                |table| archive::read(&table, &fetch),
            ),
            secrets: root
                .section(&secrets::SECTION)
                .map(|table| secrets::read(&table, root.surroundings()))
                .unwrap_or_default(),
            fetch,
        }
    }
}

/// The pages; where there is only one, a single table will do.
fn pages<'a>(root: &reader::Table<'a>) -> Vec<reader::Table<'a>> {
    match root.value(page::SECTION.name) {
        Some(value) if value.is_table() => root.section(&page::SECTION).into_iter().collect(),
        _ => root.sections(&page::SECTION),
    }
}

/// The sections of the name that once was a key; see [`server`].
fn databases<'a>(root: &reader::Table<'a>) -> Vec<reader::Table<'a>> {
    match root.value(database::SECTION.name) {
        Some(value) if value.is_section() => root.sections(&database::SECTION),
        _ => Vec::new(),
    }
}

/// A commented file with every key, ready to be edited; it passes `config check` as it is.
pub fn example() -> String {
    let opening = "# Configuration of Watchkeeper. Check it with `watchkeeper config check`.\n\
                   # A key behind a `#` shows its default, or an example where it has none.\n";
    SECTIONS.iter().fold(opening.to_owned(), |text, section| text + "\n" + &section.example())
}

/// The reference page of all sections and keys, in Markdown.
pub fn reference() -> String {
    let opening = "# Configuration\n\n\
        One TOML file, `watchkeeper.toml` unless told otherwise. `watchkeeper config example` prints one to \
        start from, `watchkeeper config check` finds every mistake in yours. Unknown keys are refused. \
        Durations are a number with a unit (`ms`, `s`, `m`, `h`, `d`), sizes likewise (`B`, `kB`, `MB`, `KiB`, `MiB`).\n";
    SECTIONS.iter().fold(opening.to_owned(), |text, section| text + "\n" + &section.reference())
}

fn read_bounded(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |error| ConfigError::Unreadable(path.to_path_buf(), error);
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ConfigError::Missing(path.to_path_buf()),
        _ => unreadable(error),
    })?;
    let mut text = String::new();
    let length = file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if length as u64 > MAX_FILE_BYTES {
        return Err(unreadable(std::io::Error::other(format!("longer than {MAX_FILE_BYTES} bytes"))));
    }
    Ok(text)
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(
                f,
                "there is no `{}`; to start from a commented one, run `watchkeeper config example > {DEFAULT_FILE}`",
                path.display()
            ),
            Self::Unreadable(path, error) => write!(f, "cannot read `{}`: {error}", path.display()),
            Self::Mistakes(mistakes) => write!(f, "{mistakes}"),
        }
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests;

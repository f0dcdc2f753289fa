//! `[archive]`: where evidence is kept, and for how long.
//!
//! This module never connects, and `Debug` shows no key.

use super::FetchConfig;
use super::place::{self, Place};
use super::reader::{Surroundings, Table};
use super::section::{Key, Need, Section};
use std::ops::RangeInclusive;
use std::time::Duration;

/// `[archive]`
pub const SECTION: Section = Section {
    name: "archive",
    many: false,
    doc: "Where the evidence of incidents is kept: a folder beside the configuration, or an object store. Several nodes \
          share one.",
    keys: &[
        Key {
            name: "to",
            need: Need::Default("\"archive\""),
            form: place::FORM,
            doc: "The folder or the bucket. Keys of S3: `access_key_id`, `secret_access_key`, `session_token`, `region`, \
                  `endpoint`, `virtual_hosted_style_request`; of Google: `service_account_key`, `base_url`; of Azure: \
                  `account_name`, `access_key`, `sas_key`, `endpoint`. They belong in the environment or in files. An \
                  `endpoint` at a special address, such as localhost, belongs in `fetch.allow_hosts`, too, and so does \
                  `169.254.169.254` where the machine's own role is to open the bucket.",
        },
        Key {
            name: "keep",
            need: Need::Default("\"90d\""),
            form: "duration, 1d to 3650d",
            doc: "For how long evidence is kept.",
        },
        Key {
            name: "max_size",
            need: Need::Default("\"2GB\""),
            form: "size, 10MB to 10000GB",
            doc: "How large it may become in all; the oldest goes first.",
        },
    ],
};

/// The folder where nothing is said.
const FOLDER: &str = "archive";
const KEEPS: RangeInclusive<Duration> = Duration::from_hours(24)..=Duration::from_hours(24 * 3650);
const KEEP: Duration = Duration::from_hours(24 * 90);
const SIZES: RangeInclusive<u64> = 10_000_000..=10_000_000_000_000;
const SIZE: u64 = 2_000_000_000;

/// Where evidence is kept.
#[derive(Clone, Debug)]
pub struct ArchiveConfig {
    /// The folder or the bucket.
    pub to: Place,
    /// For how long.
    pub keep: Duration,
    /// How much in all, in bytes.
    pub max_bytes: u64,
}

impl ArchiveConfig {
    pub(super) fn beside(surroundings: &Surroundings) -> Self {
        Self { to: Place::Folder(surroundings.folder.join(FOLDER)), keep: KEEP, max_bytes: SIZE }
    }
}

pub(super) fn read(table: &Table<'_>, fetch: &FetchConfig) -> ArchiveConfig {
    let absent = ArchiveConfig::beside(table.surroundings());
    ArchiveConfig {
        to: table.value("to").and_then(|value| place::read(&value, table, fetch)).unwrap_or(absent.to),
        keep: table.value("keep").and_then(|value| value.duration(KEEPS)).unwrap_or(absent.keep),
        max_bytes: table.value("max_size").and_then(|value| value.size(SIZES)).unwrap_or(absent.max_bytes),
    }
}

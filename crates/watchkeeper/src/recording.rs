//! Recordings: what was seen of a database, kept in a folder, so that the same detector can judge it again.
//!
//! A recording is a folder with `samples.jsonl`, or `samples.jsonl.gz`, of one JSON object a line. The first
//! line says of which database it is; then come lines that tie moments to wall time, about one a second, and
//! one line for every look that ended. A look that is on its way for more than a second has a line without
//! an end, and so has one that is on its way when the recording ends.
//!
//! ```json
//! {"recording":1,"database":"crm","started_at":"2026-03-02T17:00:00Z"}
//! {"wall":"2026-03-02T17:00:00Z","t":1000000}
//! {"n":"db1:27017","p":"hot:crm.messages","t":1020000,"us":340,"ok":true}
//! {"n":"db1:27017","p":"hello","t":1120000}
//! ```
//!
//! This module never judges what it keeps, and never asks a clock.

mod answer;
mod fields;
mod line;
pub mod read;
pub mod replay;
#[cfg(test)]
mod tests;
pub mod write;

pub use line::{Header, Line};
pub use read::{Reader, Trouble};
pub use replay::{Event, in_order};
pub use write::Recorder;

/// Version of the format.
pub const VERSION: u64 = 1;
/// Name of the file in its folder.
pub const FILE: &str = "samples.jsonl";
/// The same, compressed.
pub const COMPRESSED_FILE: &str = "samples.jsonl.gz";
/// A longer line is no line of ours: the longest answer, forty groups of operations, takes a tenth of it.
pub const MAX_LINE_BYTES: usize = 1 << 20;

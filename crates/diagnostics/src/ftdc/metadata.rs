//! What a file says about the node that wrote it.

use crate::bson::Document;

/// A document that describes the node: its build, its command line, its host.
#[derive(Clone, Copy, Debug)]
pub struct Metadata<'a> {
    /// When it was written, in milliseconds since 1970.
    pub id_ms: i64,
    /// For a change to what was said before, its number; nothing for what begins a file.
    pub count: Option<i32>,
    /// What it says.
    pub document: Document<'a>,
}

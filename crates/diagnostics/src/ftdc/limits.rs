//! How much a file may make of us. Nothing here reads anything.

/// Bounds on what a chunk may claim. The defaults hold what any server writes with a wide margin: the largest
/// chunk that a default configuration produces inflates to less than a megabyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one document in the file. The server's own limit is 16 MiB and a little.
    pub document: usize,
    /// Bytes of one inflated chunk.
    pub inflated: usize,
    /// Metrics of one chunk.
    pub metrics: usize,
    /// Values of one chunk: metrics times samples. Eight bytes each, where they vary.
    pub points: usize,
    /// Bytes of the names of one chunk's metrics, each spelt from the root.
    pub names: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { document: 17 << 20, inflated: 32 << 20, metrics: 200_000, points: 8 << 20, names: 16 << 20 }
    }
}

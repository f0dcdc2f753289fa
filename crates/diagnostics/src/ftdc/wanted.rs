//! Which metrics a caller asks for. Never a pattern: a suffix that fits one version's path fits another's by mistake.

use std::collections::HashMap;

/// The metrics to decode; the others are stepped over.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The position of each path in the caller's list; nothing at all where every metric is asked for.
    positions: Option<HashMap<Box<str>, usize>>,
}

impl Wanted {
    /// Every metric there is.
    pub fn all() -> Self {
        Self { positions: None }
    }

    /// The metrics of those full dotted paths, numbered as they are listed. See [`Chunk::asked`](super::Chunk::asked).
    pub fn these<'p>(paths: impl IntoIterator<Item = &'p str>) -> Self {
        let mut positions = HashMap::new();
        for (position, path) in paths.into_iter().enumerate() {
            positions.entry(path.into()).or_insert(position);
        }
        Self { positions: Some(positions) }
    }

    pub(super) fn is_all(&self) -> bool {
        self.positions.is_none()
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.positions.as_ref()?.get(name).copied()
    }
}

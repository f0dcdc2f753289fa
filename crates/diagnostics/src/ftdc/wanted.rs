//! Which metrics a caller asks for. Never a pattern: a suffix that fits one version's path fits another's by mistake.

use std::collections::HashSet;

/// The metrics to decode; the others are stepped over.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Full dotted paths; nothing at all where every metric is asked for.
    paths: Option<HashSet<Box<str>>>,
}

impl Wanted {
    /// Every metric there is.
    pub fn all() -> Self {
        Self { paths: None }
    }

    /// The metrics of those full dotted paths.
    pub fn these<'p>(paths: impl IntoIterator<Item = &'p str>) -> Self {
        Self { paths: Some(paths.into_iter().map(Box::from).collect()) }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.paths.as_ref().is_none_or(|paths| paths.contains(name))
    }
}

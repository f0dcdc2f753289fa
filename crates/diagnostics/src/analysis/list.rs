//! A list that stops growing. Never keeps more than [`MOST`] items.

use super::table::{Cell, Heading, Table};

/// Items kept; of others only their number is.
const MOST: usize = 1_000;

/// The first items of many.
#[derive(Clone, Debug)]
pub(super) struct List<T> {
    items: Vec<T>,
    left_out: usize,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Vec::new(), left_out: 0 }
    }
}

impl<T: Ord + Clone> List<T> {
    pub(super) fn push(&mut self, item: T) {
        if self.items.len() < MOST {
            self.items.push(item);
        } else {
            self.left_out += 1;
        }
    }

    pub(super) fn merge(&mut self, later: Self) {
        later.items.into_iter().for_each(|item| self.push(item));
        self.left_out += later.left_out;
    }

    /// The table with a row for each item, in their order.
    pub(super) fn table(
        &self,
        heading: &'static Heading,
        most: usize,
        row: impl FnMut(T) -> Vec<Cell>,
    ) -> Table {
        let mut items = self.items.clone();
        items.sort();
        heading.over(items.into_iter().map(row).collect(), self.left_out, most)
    }
}

//! What happened when: a span in equal steps. Keeps few of them: when there would be more, neighbours become one.

use jiff::Timestamp;
use std::collections::BTreeMap;

/// Lengths of a step in seconds; each is a multiple of the one before it.
const LENGTHS: [i64; 8] = [1, 10, 60, 600, 3_600, 21_600, 86_400, 864_000];

/// Steps of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps<T> {
    length: usize,
    steps: BTreeMap<i64, T>,
}

impl<T: Default> Steps<T> {
    /// Adds something at an instant, and keeps at most so many steps.
    pub(super) fn add(&mut self, at: Timestamp, most: usize, value: T, add: impl Fn(&mut T, T)) {
        let second = at.as_second();
        add(self.steps.entry(second - second.rem_euclid(LENGTHS[self.length])).or_default(), value);
        self.coarsen(most, add);
    }

    pub(super) fn merge(&mut self, later: Self, most: usize, add: impl Fn(&mut T, T)) {
        while self.length < later.length {
            self.lengthen(&add);
        }
        let length = LENGTHS[self.length];
        for (second, step) in later.steps {
            add(self.steps.entry(second - second.rem_euclid(length)).or_default(), step);
        }
        self.coarsen(most, add);
    }

    /// The steps, each with its beginning.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Timestamp, &T)> {
        self.steps.iter().filter_map(|(second, step)| Some((Timestamp::from_second(*second).ok()?, step)))
    }

    fn coarsen(&mut self, most: usize, add: impl Fn(&mut T, T)) {
        while self.steps.len() > most && self.length + 1 < LENGTHS.len() {
            self.lengthen(&add);
        }
    }

    fn lengthen(&mut self, add: &impl Fn(&mut T, T)) {
        self.length += 1;
        let length = LENGTHS[self.length];
        for (second, step) in std::mem::take(&mut self.steps) {
            add(self.steps.entry(second - second.rem_euclid(length)).or_default(), step);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_become_longer_and_lose_nothing() {
        let add = |sum: &mut u64, value| *sum += value;
        let at = |second: i64| Timestamp::from_second(1_700_000_000 + second).expect("in range");
        let mut whole = Steps::default();
        (0..100_000).for_each(|second| whole.add(at(second), 100, 1, add));
        let [mut first, mut second] = [Steps::default(), Steps::default()];
        (0..30_000).for_each(|second| first.add(at(second), 100, 1, add));
        (30_000..100_000).for_each(|number| second.add(at(number), 100, 1, add));
        first.merge(second, 100, add);
        let told = |steps: &Steps<u64>| steps.iter().map(|(at, sum)| (at, *sum)).collect::<Vec<_>>();
        assert_eq!(told(&first), told(&whole));
        assert!(whole.steps.len() <= 100);
        assert_eq!(whole.iter().map(|(_, sum)| sum).sum::<u64>(), 100_000);
    }
}

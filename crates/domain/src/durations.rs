//! How long many operations took, in little memory, whatever their number.
//!
//! Up to a second every millisecond is counted by itself; above, steps grow with the value, so that a quantile is
//! exact to 0.1 %. Unlike a t-digest, merging is adding: the order in which parts are merged changes nothing.

use std::collections::BTreeMap;

/// Values below this are told apart exactly; above, as many steps lead to each double.
const EXACT: u64 = 1 << 10;

/// Durations in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    steps: BTreeMap<u32, u64>,
    count: u64,
    total: i64,
    max: i64,
}

impl Durations {
    /// Counts one; less than nothing counts as nothing.
    pub fn push(&mut self, millis: i64) {
        let millis = millis.max(0);
        *self.steps.entry(step(millis.unsigned_abs())).or_default() += 1;
        self.count += 1;
        self.total = self.total.saturating_add(millis);
        self.max = self.max.max(millis);
    }

    /// Takes in what another has counted.
    pub fn merge(&mut self, other: &Self) {
        for (step, count) in &other.steps {
            *self.steps.entry(*step).or_default() += count;
        }
        self.count += other.count;
        self.total = self.total.saturating_add(other.total);
        self.max = self.max.max(other.max);
    }

    /// The steps into which any fell, and how many did: what is to be kept of them besides sum and maximum.
    pub fn steps(&self) -> impl Iterator<Item = (u32, u64)> {
        self.steps.iter().map(|(step, count)| (*step, *count))
    }

    /// Puts together what was kept.
    pub fn of_steps(steps: impl IntoIterator<Item = (u32, u64)>, total: i64, max: i64) -> Self {
        let steps: BTreeMap<u32, u64> = steps.into_iter().collect();
        let count = steps.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
        Self { steps, count, total: total.max(0), max: max.max(0) }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum in milliseconds.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// The longest, in milliseconds.
    pub fn max(&self) -> i64 {
        self.max
    }

    /// How many took at least so many milliseconds and less than the next, for each of these; they grow.
    pub fn from_each(&self, millis: &[i64]) -> Vec<u64> {
        let mut counts = vec![0; millis.len()];
        for (step, count) in &self.steps {
            let place = millis.partition_point(|from| *from <= middle(*step));
            if let Some(place) = place.checked_sub(1) {
                counts[place] += count;
            }
        }
        counts
    }

    /// The least duration that is not shorter than so many percent of all, in milliseconds: the nearest rank.
    /// Nothing where there are none.
    pub fn quantile(&self, percent: u64) -> i64 {
        let rank = (u128::from(self.count) * u128::from(percent)).div_ceil(100).max(1);
        let mut below = 0_u128;
        for (step, count) in &self.steps {
            below += u128::from(*count);
            if below >= rank {
                return middle(*step).min(self.max);
            }
        }
        0
    }
}

/// The step of a value: its ten leading bits, and how many bits follow them.
fn step(value: u64) -> u32 {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(EXACT.ilog2());
    let leading = u32::try_from(value >> shift).unwrap_or(u32::MAX);
    shift * (u32::try_from(EXACT / 2).unwrap_or_default()) + leading
}

/// The middle of the values of a step.
fn middle(step: u32) -> i64 {
    let half = u32::try_from(EXACT / 2).unwrap_or_default();
    let shift = (step / half).saturating_sub(1);
    let shift = shift.min(u64::BITS - EXACT.ilog2());
    let first = u64::from(step.saturating_sub(shift * half)) << shift;
    i64::try_from(first.saturating_add((1_u64 << shift) >> 1)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_told_by_classes() {
        let mut durations = Durations::default();
        for millis in [0, 5, 9, 10, 99, 100, 5_000, 1_000_000] {
            durations.push(millis);
        }
        assert_eq!(durations.from_each(&[0, 10, 100, 1_000]), [3, 2, 1, 2]);
        assert_eq!(durations.from_each(&[10]), [5]);
    }

    #[test]
    fn a_second_is_exact_to_the_millisecond() {
        let mut durations = Durations::default();
        for millis in 1..=1_000 {
            durations.push(millis);
        }
        assert_eq!([50, 95, 99, 100].map(|percent| durations.quantile(percent)), [500, 950, 990, 1_000]);
        assert_eq!((durations.count(), durations.total(), durations.max()), (1_000, 500_500, 1_000));
        assert_eq!(Durations::default().quantile(50), 0);
    }

    proptest! {
        #[test]
        fn what_was_kept_is_put_together_again(values in prop::collection::vec(0_i64..10_000_000, 0..50)) {
            let mut durations = Durations::default();
            for value in &values {
                durations.push(*value);
            }
            let again = Durations::of_steps(durations.steps(), durations.total(), durations.max());
            prop_assert_eq!(again, durations);
        }

        #[test]
        fn steps_that_nobody_counted_do_no_harm(steps in prop::collection::vec(any::<(u32, u64)>(), 0..5)) {
            let durations = Durations::of_steps(steps, 5, i64::MAX);
            prop_assert!(durations.quantile(50) >= 0);
        }

        #[test]
        fn any_value_is_told_to_a_thousandth(value in 0_i64..i64::MAX) {
            let told = middle(step(value.unsigned_abs()));
            prop_assert!((told - value).abs() <= value / 1_000, "{value} became {told}");
        }

        #[test]
        fn merging_is_counting_together(values in prop::collection::vec(0_i64..10_000_000, 0..200), at in 0_usize..200) {
            let of = |values: &[i64]| {
                let mut durations = Durations::default();
                for value in values {
                    durations.push(*value);
                }
                durations
            };
            let (first, second) = values.split_at(at.min(values.len()));
            let mut merged = of(second);
            merged.merge(&of(first));
            prop_assert_eq!(merged, of(&values));
        }
    }
}

//! Chance that repeats itself: the same seed gives the same day.

/// A stream of random numbers (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d);
        dice.next();
        dice
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / 4_294_967_296.0
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// From `low` to below `high`.
    pub(crate) fn range(&mut self, low: i64, high: i64) -> i64 {
        low + whole(self.unit() * float(high - low))
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let index = self.next() % u64::try_from(list.len()).expect("a short list");
        &list[usize::try_from(index).expect("within the list")]
    }

    /// A duration or rate around `median`, with a tail to the right as waiting times have.
    pub(crate) fn about(&mut self, median: f64, spread: f64) -> f64 {
        let bell = (self.unit() + self.unit() + self.unit() - 1.5) * 2.0;
        median * (spread * bell).exp()
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures of a model")]
pub(crate) fn float(value: i64) -> f64 {
    value as f64
}

#[expect(clippy::cast_possible_truncation, reason = "figures of a model")]
pub(crate) fn whole(value: f64) -> i64 {
    value as i64
}

pub(crate) fn count(value: f64) -> u32 {
    u32::try_from(whole(value)).unwrap_or(0)
}

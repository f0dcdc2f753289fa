//! The queries of an invented shop, and how their durations are spread.

use super::dice::{Dice, whole};

/// Namespaces, the most used first.
pub(crate) const NAMESPACES: [&str; 5] =
    ["shop.orders", "shop.products", "shop.events", "shop.people", "shop.carts"];

/// Lower bounds of the server's buckets, in microseconds.
pub(crate) const BUCKETS: [i64; 34] = [
    0, 32, 64, 128, 256, 512, 1024, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768, 49152, 65536,
    98304, 131_072, 196_608, 262_144, 393_216, 524_288, 786_432, 1_048_576, 1_572_864, 2_097_152, 3_145_728,
    4_194_304, 6_291_456, 8_388_608, 12_582_912, 16_777_216,
];

/// A query of the application.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) namespace: usize,
    pub(crate) command: &'static str,
    pub(crate) text: &'static str,
    pub(crate) plan: &'static str,
    pub(crate) reads: bool,
    /// Share of the traffic.
    pub(crate) share: f64,
    pub(crate) median_us: f64,
    /// Share that needs a page from the disk.
    pub(crate) miss: f64,
}

const fn shape(
    namespace: usize,
    command: &'static str,
    text: &'static str,
    (share, median_us, miss): (f64, f64, f64),
) -> Shape {
    let plan = "IXSCAN { shopId: 1 }";
    Shape { namespace, command, text, plan, reads: true, share, median_us, miss }
}

const fn write(
    namespace: usize,
    command: &'static str,
    text: &'static str,
    figures: (f64, f64, f64),
) -> Shape {
    let mut shape = shape(namespace, command, text, figures);
    shape.reads = false;
    shape.plan = "";
    shape
}

/// Every query.
pub(crate) const SHAPES: [Shape; 7] = [
    shape(0, "find", "find filter{personId:?} sort{at:-1} limit", (0.3, 2_500.0, 0.3)),
    shape(1, "find", "find filter{shopId:?,stock:{$gt:?}} limit", (0.25, 1_500.0, 0.1)),
    shape(3, "find", "find filter{_id:?} limit", (0.15, 180.0, 0.05)),
    shape(
        2,
        "aggregate",
        "aggregate pipeline[{$match:{shopId:?}},{$group:{_id:$kind}}]",
        (0.05, 18_000.0, 0.6),
    ),
    shape(0, "count", "count query{state:?}", (0.05, 6_000.0, 0.4)),
    write(4, "update", "update q{_id:?} u{$set:{lines:?}}", (0.1, 700.0, 0.1)),
    write(2, "insert", "insert", (0.1, 400.0, 0.0)),
];

/// How the durations of a shape are spread over [`BUCKETS`].
#[derive(Debug)]
pub(crate) struct Spread {
    pub(crate) shares: [f64; BUCKETS.len()],
    pub(crate) mean_us: f64,
}

impl Spread {
    pub(crate) fn of(shape: &Shape, dice: &mut Dice) -> Self {
        let mut spread = Self { shares: [0.0; BUCKETS.len()], mean_us: 0.0 };
        for _ in 0..500 {
            let us = dice.about(shape.median_us, 0.9);
            spread.shares[bucket(whole(us))] += 1.0 / 500.0;
            spread.mean_us += us / 500.0;
        }
        spread
    }
}

/// The bucket of a duration.
pub(crate) fn bucket(us: i64) -> usize {
    BUCKETS.iter().rposition(|from| *from <= us).unwrap_or(0)
}

/// How many buckets further a duration falls that is so many times as long.
pub(crate) fn further(times: f64) -> usize {
    usize::try_from(whole((2.0 * times.max(1.0).log2()).round())).unwrap_or(0)
}

/// Share of the traffic of noon at an hour of the day: a tenth at midnight.
pub(crate) fn of_the_hour(hour: f64) -> f64 {
    let angle = hour / 24.0 * std::f64::consts::TAU;
    0.55 - 0.45 * angle.cos()
}

//! Counters of one node at one moment.

use super::metric::{METRICS, Metric};

/// What `serverStatus`, or one sample of diagnostic data, said. Which names a version has is the business of
/// [`METRICS`]; a metric that a version does not have is absent, never zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Counters {
    values: [Option<i64>; METRICS.len()],
    /// Completed reads by their duration, where the node tells it (live only, `opLatencies.histograms`).
    pub read_histogram: Vec<Bucket>,
}

/// Reads that took at least this long and less than the next bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Lower bound, in microseconds.
    pub from_us: i64,
    /// Reads since the node started.
    pub count: i64,
}

impl Default for Counters {
    fn default() -> Self {
        Self { values: [None; METRICS.len()], read_histogram: Vec::new() }
    }
}

impl Counters {
    /// Value of a metric, if the node has it.
    pub fn get(&self, metric: Metric) -> Option<i64> {
        self.values[metric as usize]
    }

    /// Sets a metric.
    pub fn set(&mut self, metric: Metric, value: i64) {
        self.values[metric as usize] = Some(value);
    }

    /// Reads every metric through `look_up`, which gives the value of a dotted path or `None`.
    pub fn collect(look_up: impl Fn(&str) -> Option<i64>) -> Self {
        let mut counters = Self::default();
        for spec in METRICS {
            let value = spec.paths.iter().find_map(|sum| {
                let parts: Vec<i64> = sum.iter().filter_map(|path| look_up(path)).collect();
                (!parts.is_empty()).then(|| parts.iter().fold(0_i64, |sum, part| sum.saturating_add(*part)))
            });
            if let Some(value) = value {
                counters.set(spec.metric, value);
            }
        }
        counters
    }

    /// Metrics that are there.
    pub fn iter(&self) -> impl Iterator<Item = (Metric, i64)> + '_ {
        METRICS.iter().filter_map(|spec| Some((spec.metric, self.get(spec.metric)?)))
    }
}

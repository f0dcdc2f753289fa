//! One second of one node, as pages and terminals draw it.

use super::Moment;

/// What one second of a node looked like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// End of the second.
    pub at: Moment,
    values: [Option<f32>; SERIES.len()],
}

/// A line that is drawn over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Series {
    /// Slowest hot read, or the age of the one on its way.
    HotMs,
    /// Slowest cold read, or the age of the one on its way.
    ColdMs,
    /// Read on the application's way.
    AppMs,
    /// `hello` on a kept connection.
    HelloMs,
    /// `hello` on a fresh connection.
    FreshMs,
    /// Age of the oldest read in flight.
    OldestReadMs,
    /// Client operations in flight.
    InFlight,
    /// Reads in flight for more than a second.
    OldReads,
    /// Reads that wait for a lock or a ticket.
    QueuedReaders,
    /// Read tickets in use.
    ReadTicketsOut,
    /// Reads completed a second.
    ReadsPerS,
    /// Writes completed a second.
    WritesPerS,
    /// Mean duration of the reads that completed.
    ReadMs,
    /// Share of the cache in use, in percent.
    CacheUsedPercent,
    /// Share of the cache that is dirty, in percent.
    CacheDirtyPercent,
    /// Pages that clients' threads had to evict themselves, a second.
    AppEvictionsPerS,
    /// Pages read into the cache a second.
    PagesReadPerS,
    /// Documents examined a second.
    ScannedPerS,
    /// Connections open.
    Connections,
}

/// A line of the table of series.
#[derive(Debug)]
pub struct SeriesSpec {
    /// Which.
    pub series: Series,
    /// Name in the API and in exports; ends with its unit where it has one.
    pub name: &'static str,
    /// Words for people.
    pub label: &'static str,
}

const fn line(series: Series, name: &'static str, label: &'static str) -> SeriesSpec {
    SeriesSpec { series, name, label }
}

/// Every series, in the order of [`Series`].
pub const SERIES: &[SeriesSpec] = &[
    line(Series::HotMs, "hot_read_ms", "Hot read, slowest"),
    line(Series::ColdMs, "cold_read_ms", "Cold read, slowest"),
    line(Series::AppMs, "app_read_ms", "Read on the application's way"),
    line(Series::HelloMs, "hello_ms", "Hello, kept connection"),
    line(Series::FreshMs, "fresh_ms", "Hello, fresh connection"),
    line(Series::OldestReadMs, "oldest_read_ms", "Oldest read in flight"),
    line(Series::InFlight, "in_flight", "Operations in flight"),
    line(Series::OldReads, "old_reads", "Reads in flight over 1 s"),
    line(Series::QueuedReaders, "queued_readers", "Reads waiting for a lock or ticket"),
    line(Series::ReadTicketsOut, "read_tickets_out", "Read tickets in use"),
    line(Series::ReadsPerS, "reads_per_s", "Reads completed a second"),
    line(Series::WritesPerS, "writes_per_s", "Writes completed a second"),
    line(Series::ReadMs, "read_ms", "Completed reads, mean"),
    line(Series::CacheUsedPercent, "cache_used_percent", "Cache in use"),
    line(Series::CacheDirtyPercent, "cache_dirty_percent", "Cache dirty"),
    line(Series::AppEvictionsPerS, "app_evictions_per_s", "Evictions by clients' threads a second"),
    line(Series::PagesReadPerS, "pages_read_per_s", "Pages read from disk a second"),
    line(Series::ScannedPerS, "scanned_per_s", "Documents examined a second"),
    line(Series::Connections, "connections", "Connections"),
];

impl Series {
    /// The series of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        SERIES.iter().find(|line| line.name == name).map(|line| line.series)
    }

    /// Its line of the table.
    pub fn spec(self) -> &'static SeriesSpec {
        &SERIES[self as usize]
    }
}

impl Frame {
    /// A second of which nothing is known yet.
    pub fn new(at: Moment) -> Self {
        Self { at, values: [None; SERIES.len()] }
    }

    /// Value of a series, if it was seen in that second.
    pub fn get(&self, series: Series) -> Option<f32> {
        self.values[series as usize]
    }

    /// Sets a series.
    pub fn set(&mut self, series: Series, value: f32) {
        self.values[series as usize] = Some(value);
    }

    /// All series, in the order of [`SERIES`].
    pub fn values(&self) -> &[Option<f32>] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_enumeration() {
        for (index, line) in SERIES.iter().enumerate() {
            assert_eq!(line.series as usize, index, "{}", line.name);
            assert_eq!(Series::from_name(line.name), Some(line.series));
        }
    }
}

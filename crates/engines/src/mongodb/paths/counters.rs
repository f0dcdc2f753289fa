//! `serverStatus`, without the sections that nobody here reads.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use ::mongodb::bson::{RawBsonRef, RawDocument, RawDocumentBuf, rawdoc};
use domain::reads::{Answer, Bucket, Counters as Values, Failure, METRICS};

use crate::mongodb::Pace;
use crate::mongodb::failure::{as_number, number};
use crate::mongodb::link::Link;
use crate::mongodb::look::{Looker, MAX_TIME_MS};
use crate::mongodb::node::State;
use crate::mongodb::paths::host;

/// Twenty times what the largest known version sends.
const MOST: usize = 1024 * 1024;
/// Buckets of the histogram that are read.
const MOST_BUCKETS: usize = 200;
/// Sections that are left out; a server that has none of that name does not mind.
const UNREAD: &[&str] = &[
    "asserts",
    "batchedDeletes",
    "changeStreamPreImages",
    "defaultRWConcern",
    "encryptionAtRest",
    "featureCompatibilityVersion",
    "freeMonitoring",
    "hedgingMetrics",
    "internalTransactions",
    "latchAnalysis",
    "logicalSessionRecordCache",
    "mirroredReads",
    "oplogTruncation",
    "opReadConcernCounters",
    "opcountersRepl",
    "planCache",
    "profiler",
    "querySettings",
    "queryStats",
    "readConcernCounters",
    "readPreferenceCounters",
    "resharding",
    "scramCache",
    "security",
    "sharding",
    "shardingStatistics",
    "shardedIndexConsistency",
    "spillWiredTiger",
    "storageEngine",
    "tcmalloc",
    "tenantMigrations",
    "trafficRecording",
    "transportSecurity",
    "twoPhaseCommitCoordinator",
];

/// The command.
pub(in crate::mongodb) static COMMAND: LazyLock<RawDocumentBuf> = LazyLock::new(|| {
    let mut command = rawdoc! { "serverStatus": 1, "opLatencies": { "histograms": true } };
    for section in UNREAD {
        command.append(section, 0);
    }
    command.append("maxTimeMS", MAX_TIME_MS);
    command.append("$db", "admin");
    command
});

/// Counters of a node.
pub(in crate::mongodb) struct Counters {
    pub(in crate::mongodb) link: Link,
    pub(in crate::mongodb) state: Arc<State>,
}

impl Looker for Counters {
    fn period(&self, pace: Pace) -> Duration {
        match pace {
            Pace::Calm => Duration::from_secs(1),
            Pace::Alert => Duration::from_millis(250),
        }
    }

    async fn look(&mut self) -> Result<Answer, Failure> {
        let reply = self.link.command(&COMMAND, MOST).await?;
        if self.link.is_local() {
            self.state.set_process(host::process(&reply));
        }
        Ok(Answer::Counters(Box::new(read(&reply))))
    }
}

/// The metrics of an answer.
fn read(reply: &RawDocument) -> Values {
    let mut found = HashMap::new();
    gather(reply, &WANTED, &mut found);
    let mut values = Values::collect(|path| found.get(path).copied());
    values.read_histogram = histogram(reply);
    values
}

/// Where the paths of all metrics branch. An answer has some two thousand values, and we want sixty: one walk through
/// it is cheaper than sixty.
#[derive(Default)]
struct Branch {
    path: Option<&'static str>,
    below: HashMap<&'static str, Branch>,
}

static WANTED: LazyLock<Branch> = LazyLock::new(|| {
    let mut root = Branch::default();
    for path in METRICS.iter().flat_map(|spec| spec.paths).flat_map(|sum| *sum) {
        let leaf = path.split('.').fold(&mut root, |branch, part| branch.below.entry(part).or_default());
        leaf.path = Some(path);
    }
    root
});

fn gather(document: &RawDocument, branch: &Branch, found: &mut HashMap<&'static str, i64>) {
    for (key, value) in document.iter().map_while(Result::ok) {
        let Some(branch) = branch.below.get(key) else { continue };
        if let (Some(path), Some(number)) = (branch.path, as_number(value)) {
            found.insert(path, number);
        }
        if let RawBsonRef::Document(inner) = value {
            gather(inner, branch, found);
        }
    }
}

fn histogram(reply: &RawDocument) -> Vec<Bucket> {
    let reads = reply.get_document("opLatencies").and_then(|latencies| latencies.get_document("reads"));
    let Ok(buckets) = reads.and_then(|reads| reads.get_array("histogram")) else { return Vec::new() };
    let buckets = buckets.into_iter().map_while(Result::ok).take(MOST_BUCKETS);
    let bucket = |value: RawBsonRef<'_>| {
        let bucket = value.as_document()?;
        Some(Bucket { from_us: number(bucket, "micros")?, count: number(bucket, "count")? })
    };
    buckets.filter_map(bucket).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::reads::Metric;

    #[test]
    fn metrics_are_found_by_their_whole_path() {
        let reply = rawdoc! {
            "uptimeMillis": 5_000_i64,
            "opLatencies": { "reads": { "ops": 7_i64, "latency": 9_i64,
                "histogram": [ { "micros": 64_i64, "count": 7_i64 } ] } },
            "wiredTiger": { "cache": { "maximum bytes configured": 1.0e9, "nested": { "pages read into cache": 1 } } },
            "spill": { "wiredTiger": { "cache": { "pages read into cache": 3 } } },
            "repl": { "ismaster": true },
        };
        let values = read(&reply);
        assert_eq!(values.get(Metric::Reads), Some(7));
        assert_eq!(values.get(Metric::CacheMax), Some(1_000_000_000));
        assert_eq!(values.get(Metric::IsPrimary), Some(1));
        assert_eq!(values.get(Metric::PagesRead), None);
        assert_eq!(values.read_histogram, [Bucket { from_us: 64, count: 7 }]);
    }

    #[test]
    fn no_section_that_is_read_is_left_out() {
        for section in UNREAD {
            assert!(!WANTED.below.contains_key(section), "`{section}` holds a metric");
        }
    }
}

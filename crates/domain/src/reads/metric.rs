//! Which counters the detector and the pages use, and under which name each version tells them.
//!
//! One table serves the live watcher (`serverStatus`) and the decoder of diagnostic data alike. Names were
//! read out of real files of 3.4 to 8.2; versions from 8.0 on have caches besides the main one, so paths are
//! matched whole, never by their end.

/// How the values of a metric are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A level: the value itself.
    Gauge,
    /// A sum since the node started: the difference of two values. It falls only by a restart.
    Counter,
}

/// One metric: its name, its kind and where it is found.
#[derive(Debug)]
pub struct Spec {
    /// Which.
    pub metric: Metric,
    /// Name in recordings and exports.
    pub name: &'static str,
    /// Level or sum.
    pub kind: Kind,
    /// Unit of the value.
    pub unit: &'static str,
    /// One line for people.
    pub doc: &'static str,
    /// Alternatives, newest spelling anywhere: the value is the sum of the paths of the first alternative of
    /// which any is there. Dots separate the levels of the document.
    pub paths: &'static [&'static [&'static str]],
}

macro_rules! metrics {
    ($($metric:ident $name:literal $kind:ident $unit:literal $doc:literal $paths:expr;)*) => {
        /// A counter of a node.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Metric {
            $(#[doc = $doc] $metric,)*
        }

        /// Every metric, in the order of [`Metric`].
        pub const METRICS: &[Spec] = &[
            $(Spec {
                metric: Metric::$metric, name: $name, kind: Kind::$kind, unit: $unit, doc: $doc, paths: $paths,
            },)*
        ];
    };
}

impl Metric {
    /// Its line of the table.
    pub fn spec(self) -> &'static Spec {
        &METRICS[self as usize]
    }

    /// Name in recordings and exports.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The metric of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        METRICS.iter().find(|spec| spec.name == name).map(|spec| spec.metric)
    }
}

metrics! {
    UptimeMs "uptime_ms" Gauge "ms" "time since the node started"
        &[&["uptimeMillis"]];
    QueuedReaders "queued_readers" Gauge "operations" "reads that wait for a lock or a ticket"
        &[&["globalLock.currentQueue.readers"]];
    QueuedWriters "queued_writers" Gauge "operations" "writes that wait for a lock or a ticket"
        &[&["globalLock.currentQueue.writers"]];
    ActiveReaders "active_readers" Gauge "operations" "reads at work or waiting"
        &[&["globalLock.activeClients.readers"]];
    ActiveWriters "active_writers" Gauge "operations" "writes at work or waiting"
        &[&["globalLock.activeClients.writers"]];
    ReadTicketsOut "read_tickets_out" Gauge "tickets" "read tickets in use"
        &[&["wiredTiger.concurrentTransactions.read.out"], &["queues.execution.read.out"]];
    ReadTicketsLeft "read_tickets_left" Gauge "tickets" "read tickets that are free; near 0 is normal from 7.0 on, where their number is adapted"
        &[&["wiredTiger.concurrentTransactions.read.available"], &["queues.execution.read.available"]];
    ReadTicketsTotal "read_tickets_total" Gauge "tickets" "read tickets in all"
        &[&["wiredTiger.concurrentTransactions.read.totalTickets"], &["queues.execution.read.totalTickets"]];
    WriteTicketsLeft "write_tickets_left" Gauge "tickets" "write tickets that are free"
        &[&["wiredTiger.concurrentTransactions.write.available"], &["queues.execution.write.available"]];
    ReadQueueLength "read_queue_length" Gauge "operations" "reads that wait for a ticket, 7.0 and later"
        &[&["queues.execution.read.normalPriority.queueLength", "queues.execution.read.lowPriority.queueLength"], &["wiredTiger.concurrentTransactions.read.normalPriority.queueLength"], &["wiredTiger.concurrentTransactions.read.queueLength"]];
    ReadQueuedUs "read_queued_us" Counter "us" "time that reads waited for a ticket, 7.0 and later"
        &[&["queues.execution.read.normalPriority.totalTimeQueuedMicros"], &["wiredTiger.concurrentTransactions.read.normalPriority.totalTimeQueuedMicros"], &["wiredTiger.concurrentTransactions.read.totalTimeQueuedMicros"]];
    Reads "reads" Counter "operations" "reads completed"
        &[&["opLatencies.reads.ops"]];
    ReadUs "read_us" Counter "us" "time that completed reads took"
        &[&["opLatencies.reads.latency"]];
    Writes "writes" Counter "operations" "writes completed"
        &[&["opLatencies.writes.ops"]];
    WriteUs "write_us" Counter "us" "time that completed writes took"
        &[&["opLatencies.writes.latency"]];
    Commands "commands" Counter "operations" "other commands completed"
        &[&["opLatencies.commands.ops"]];
    CommandUs "command_us" Counter "us" "time that completed commands took"
        &[&["opLatencies.commands.latency"]];
    Requests "requests" Counter "operations" "requests received"
        &[&["network.numRequests"]];
    BytesOut "bytes_out" Counter "bytes" "bytes sent"
        &[&["network.bytesOut"]];
    SlowDns "slow_dns" Counter "operations" "slow look-ups of names, 4.4 and later"
        &[&["network.numSlowDNSOperations"]];
    CacheMax "cache_max" Gauge "bytes" "size of the cache"
        &[&["wiredTiger.cache.maximum bytes configured"]];
    CacheUsed "cache_used" Gauge "bytes" "bytes in the cache"
        &[&["wiredTiger.cache.bytes currently in the cache"]];
    CacheDirty "cache_dirty" Gauge "bytes" "bytes in the cache that are not on the disk yet"
        &[&["wiredTiger.cache.tracked dirty bytes in the cache"]];
    PagesRead "pages_read" Counter "pages" "pages read into the cache"
        &[&["wiredTiger.cache.pages read into cache"]];
    BytesRead "bytes_read" Counter "bytes" "bytes read into the cache"
        &[&["wiredTiger.cache.bytes read into cache"]];
    AppPageReads "app_page_reads" Counter "pages" "pages that clients' threads had to read themselves"
        &[&["wiredTiger.cache.application threads page read from disk to cache count"]];
    AppPageReadUs "app_page_read_us" Counter "us" "time that this took them"
        &[&["wiredTiger.cache.application threads page read from disk to cache time (usecs)"]];
    AppEvictions "app_evictions" Counter "pages" "pages that clients' threads had to evict themselves (renamed in 8.2)"
        &[&["wiredTiger.cache.pages evicted by application threads"], &["wiredTiger.cache.page evict attempts by application threads"]];
    AppEvictUs "app_evict_us" Counter "us" "time that this took them"
        &[&["wiredTiger.cache.application thread time evicting (usecs)"], &["wiredTiger.thread-yield.application thread time evicting (usecs)"]];
    CheckpointRunning "checkpoint_running" Gauge "flag" "whether a checkpoint is being written"
        &[&["wiredTiger.transaction.transaction checkpoint currently running"], &["wiredTiger.checkpoint.progress state"]];
    CheckpointMs "checkpoint_ms" Gauge "ms" "how long the last checkpoint took"
        &[&["wiredTiger.transaction.transaction checkpoint most recent time (msecs)"], &["wiredTiger.checkpoint.most recent time (msecs)"]];
    PinnedIds "pinned_ids" Gauge "transactions" "how far the oldest open transaction lags behind"
        &[&["wiredTiger.transaction.transaction range of IDs currently pinned"]];
    ScannedKeys "scanned_keys" Counter "keys" "index keys examined by completed operations"
        &[&["metrics.queryExecutor.scanned"]];
    ScannedDocuments "scanned_documents" Counter "documents" "documents examined by completed operations"
        &[&["metrics.queryExecutor.scannedObjects"]];
    CollectionScans "collection_scans" Counter "operations" "whole collections scanned, tailing cursors excepted, 4.4 and later"
        &[&["metrics.queryExecutor.collectionScans.nonTailable"], &["metrics.queryExecutor.collectionScans.total"]];
    Returned "returned" Counter "documents" "documents returned"
        &[&["metrics.document.returned"]];
    SortsInMemory "sorts_in_memory" Counter "operations" "sorts without an index"
        &[&["metrics.operation.scanAndOrder"]];
    WriteConflicts "write_conflicts" Counter "operations" "writes tried again"
        &[&["metrics.operation.writeConflicts"]];
    TtlDeleted "ttl_deleted" Counter "documents" "documents deleted because they expired"
        &[&["metrics.ttl.deletedDocuments"]];
    OpenCursors "open_cursors" Gauge "cursors" "cursors open"
        &[&["metrics.cursor.open.total"]];
    Replans "replans" Counter "operations" "plans thrown away and made again, 8.2"
        &[&["metrics.query.planCache.classic.replanned"]];
    Connections "connections" Gauge "connections" "connections open"
        &[&["connections.current"]];
    ConnectionsLeft "connections_left" Gauge "connections" "connections that may still be opened"
        &[&["connections.available"]];
    ConnectionsMade "connections_made" Counter "connections" "connections made"
        &[&["connections.totalCreated"]];
    ConnectionsRejected "connections_rejected" Counter "connections" "connections refused, 7.0 and later"
        &[&["connections.rejected"]];
    LockWaits "lock_waits" Counter "operations" "reads that had to wait for a lock"
        &[&["locks.Global.acquireWaitCount.r", "locks.Database.acquireWaitCount.r", "locks.Collection.acquireWaitCount.r"]];
    LockWaitUs "lock_wait_us" Counter "us" "time that reads waited for locks"
        &[&["locks.Global.timeAcquiringMicros.r", "locks.Database.timeAcquiringMicros.r", "locks.Collection.timeAcquiringMicros.r"]];
    FlowControlUs "flow_control_us" Counter "us" "time that flow control held writes back, 4.2 and later"
        &[&["flowControl.timeAcquiringMicros"]];
    Elections "elections" Counter "elections" "elections that this node called"
        &[&["electionMetrics.stepUpCmd.called", "electionMetrics.priorityTakeover.called", "electionMetrics.catchUpTakeover.called", "electionMetrics.electionTimeout.called", "electionMetrics.freezeTimeout.called"]];
    StepDowns "step_downs" Counter "events" "times this node stepped down"
        &[&["electionMetrics.numStepDownsCausedByHigherTerm"]];
    IsPrimary "is_primary" Gauge "flag" "whether this node is the primary"
        &[&["repl.ismaster"], &["repl.isWritablePrimary"]];
    OpenTransactions "open_transactions" Gauge "transactions" "transactions open"
        &[&["transactions.currentOpen"]];
    PageFaults "page_faults" Counter "faults" "page faults of the process"
        &[&["extra_info.page_faults"]];
    CpuUserUs "cpu_user_us" Counter "us" "processor time of the process outside the kernel, where told"
        &[&["extra_info.user_time_us"]];
    CpuSystemUs "cpu_system_us" Counter "us" "processor time of the process inside the kernel, where told"
        &[&["extra_info.system_time_us"]];
    HostIoWaitMs "host_io_wait_ms" Counter "ms" "time the machine's processors waited for a disk (diagnostic data, Linux)"
        &[&["systemMetrics.cpu.iowait_ms"]];
    HostStealMs "host_steal_ms" Counter "ms" "time the machine's processors were taken by another (diagnostic data, Linux)"
        &[&["systemMetrics.cpu.steal_ms"]];
    HostIdleMs "host_idle_ms" Counter "ms" "time the machine's processors were idle (diagnostic data, Linux)"
        &[&["systemMetrics.cpu.idle_ms"]];
    HostCpuMs "host_cpu_ms" Counter "ms" "time the machine's processors worked (diagnostic data, Linux)"
        &[&["systemMetrics.cpu.user_ms", "systemMetrics.cpu.system_ms"]];
    HostCores "host_cores" Gauge "processors" "processors of the machine (diagnostic data, Linux)"
        &[&["systemMetrics.cpu.num_logical_cores"], &["systemMetrics.cpu.num_cpus"]];
    HostIoPressureUs "host_io_pressure_us" Counter "us" "time some task waited for a disk (pressure stall information, 7.0 and later)"
        &[&["systemMetrics.pressure.io.some.totalMicros"]];
    HostCpuPressureUs "host_cpu_pressure_us" Counter "us" "time some task waited for a processor (pressure stall information, 7.0 and later)"
        &[&["systemMetrics.pressure.cpu.some.totalMicros"]];
    ListenDrops "listen_drops" Counter "connections" "connections that the kernel dropped because nobody took them (diagnostic data, Linux)"
        &[&["systemMetrics.netstat.TcpExt:ListenDrops"]];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_enumeration() {
        for (index, spec) in METRICS.iter().enumerate() {
            assert_eq!(spec.metric as usize, index, "{}", spec.name);
            assert_eq!(
                Metric::from_name(spec.name),
                Some(spec.metric),
                "two metrics are called `{}`",
                spec.name
            );
            assert!(spec.paths.iter().all(|sum| !sum.is_empty()), "{} has no path", spec.name);
        }
    }
}

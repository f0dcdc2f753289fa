//! What the site counts about itself, in the text format of Prometheus. Labels are words of ours and
//! names of what is watched: nothing that a client sends becomes one, so no client can make the series grow.

pub mod reads;

use axum::http::StatusCode;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Lane, TryResult};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Pages and the feed.
    Page,
    /// The JSON API.
    Api,
    /// Styles, scripts and icons.
    Asset,
    /// The console.
    Console,
    /// Health, metrics and the stream of events.
    Service,
}

impl Class {
    const ALL: [Self; 5] = [Self::Page, Self::Api, Self::Asset, Self::Console, Self::Service];

    /// The class of a path.
    pub fn of(path: &str) -> Self {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        match first {
            "api" => Self::Api,
            "assets" => Self::Asset,
            "console" => Self::Console,
            "healthz" | "readyz" | "metrics" | "events" => Self::Service,
            _ => Self::Page,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
            Self::Asset => "asset",
            Self::Console => "console",
            Self::Service => "service",
        }
    }
}

const LANES: [Lane; 2] = [Lane::Operators, Lane::Subscribers];
const RESULTS: [&str; 4] = ["done", "retry", "postponed", "dead"];
const ANSWERS: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The counters.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: [[AtomicU64; ANSWERS.len()]; Class::ALL.len()],
    deliveries: [[AtomicU64; RESULTS.len()]; LANES.len()],
    /// Answers rendered.
    pub renders: AtomicU64,
    /// Answers that were served older than they should be because the database did not answer.
    pub stale: AtomicU64,
    /// Times that the database did not do what was asked.
    pub store_errors: AtomicU64,
    /// Times that evidence could not be kept.
    pub evidence_errors: AtomicU64,
    /// Times that the files of a page could not be written.
    pub copy_errors: AtomicU64,
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, class: Class, status: StatusCode) {
        let answer = usize::from(status.as_u16() / 100).saturating_sub(1).min(ANSWERS.len() - 1);
        self.requests[class as usize][answer].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a try to deliver a message.
    pub fn tried(&self, lane: Lane, result: &TryResult) {
        let result = match result {
            TryResult::Done(_) => 0,
            TryResult::Retry { .. } => 1,
            TryResult::Postponed { .. } => 2,
            TryResult::Dead(_) => 3,
        };
        self.deliveries[usize::from(lane != Lane::Operators)][result].fetch_add(1, Ordering::Relaxed);
    }

    /// Writes the counters.
    pub fn write(&self, text: &mut Exposition) {
        text.begin("requests_total", "counter", "Answers by what was asked for and status.");
        for (class, counts) in Class::ALL.into_iter().zip(&self.requests) {
            for (answer, count) in ANSWERS.into_iter().zip(counts) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    text.sample("requests_total", &[("class", class.word()), ("status", answer)], count);
                }
            }
        }
        let counters = [
            ("renders_total", "Pages and documents rendered.", &self.renders),
            ("stale_answers_total", "Answers older than they should be.", &self.stale),
            ("store_errors_total", "Times that the database did not do what was asked.", &self.store_errors),
            ("evidence_errors_total", "Times that evidence could not be kept.", &self.evidence_errors),
            ("copy_errors_total", "Times that the files of a page could not be written.", &self.copy_errors),
        ];
        for (name, help, counter) in counters {
            text.single(name, "counter", help, counter.load(Ordering::Relaxed));
        }
    }

    /// Writes what became of messages, of which some are internal.
    pub fn write_deliveries(&self, text: &mut Exposition) {
        text.begin("deliveries_total", "counter", "Tries to deliver a message, by what came of them.");
        for (lane, counts) in LANES.into_iter().zip(&self.deliveries) {
            for (result, count) in RESULTS.into_iter().zip(counts) {
                let labels = [("lane", lane.as_str()), ("result", result)];
                text.sample("deliveries_total", &labels, count.load(Ordering::Relaxed));
            }
        }
    }
}

/// Text in the format of Prometheus.
#[derive(Debug, Default)]
pub struct Exposition(String);

impl Exposition {
    /// Begins a family of samples.
    pub fn begin(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP watchkeeper_{name} {help}\n# TYPE watchkeeper_{name} {kind}");
    }

    /// Adds a sample.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let label = |(key, value): &(&str, &str)| format!("{key}=\"{}\"", escape(value));
        let labels: Vec<String> = labels.iter().map(label).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "watchkeeper_{name}{labels} {value}");
    }

    /// A family of one sample.
    pub fn single(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.begin(name, kind, help);
        self.sample(name, &[], value);
    }

    /// The text.
    pub fn finish(self) -> String {
        self.0
    }
}

/// Names of nodes and namespaces are not ours and hold what they like.
fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_written_with_words_of_ours_only() {
        let metrics = Metrics::default();
        metrics.answered(Class::of("/vendors/\"}evil 1"), StatusCode::NOT_FOUND);
        metrics.answered(Class::of("/api/v1/status"), StatusCode::OK);
        metrics.answered(Class::of("/api/v1/status"), StatusCode::OK);
        let mut text = Exposition::default();
        metrics.write(&mut text);
        let text = text.finish();
        assert!(text.contains("watchkeeper_requests_total{class=\"page\",status=\"4xx\"} 1\n"), "{text}");
        assert!(text.contains("watchkeeper_requests_total{class=\"api\",status=\"2xx\"} 2\n"), "{text}");
        assert!(!text.contains("evil"));
    }
}

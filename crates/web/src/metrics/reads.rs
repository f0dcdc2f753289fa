//! Watched databases as gauges: the last second of each node, and what stands.
//!
//! Never tells the second of a node that has fallen silent: its line ends, as an alert on it expects.

use super::Exposition;
use crate::live::{Live, Portrait};
use domain::Timestamp;
use domain::detect::{CAUSES, Cause, Severity};
use domain::reads::frame::SERIES;

/// Writes them.
pub fn write(live: &Live, now: Timestamp, text: &mut Exposition) {
    text.single("live_readers", "gauge", "Readers of the streams of watched databases.", live.readers());
    let portraits: Vec<Portrait> = live.databases().iter().map(|database| database.glance()).collect();
    if portraits.is_empty() {
        return;
    }
    for line in SERIES {
        let name = format!("reads_{}", line.name);
        text.begin(&name, "gauge", &format!("{}, last second.", line.label));
        for portrait in &portraits {
            let database = portrait.watched.name.as_str();
            for (node, known) in portrait.nodes.iter().filter(|(_, known)| known.is_fresh(now)) {
                if let Some(value) = known.latest().and_then(|(_, frame)| frame.get(line.series)) {
                    text.sample(&name, &[("database", database), ("node", node)], value);
                }
            }
        }
    }
    text.begin("stall", "gauge", "Whether a verdict stands that reads have stalled, by kind of cause.");
    write_standing(&portraits, "stall", Severity::Stall, text);
    text.begin("strain", "gauge", "Whether a verdict stands that a database is strained, by kind of cause.");
    write_standing(&portraits, "strain", Severity::Strain, text);
    let name = "looks_failed_total";
    text.begin(name, "counter", "Looks at a node that failed, by path and reason.");
    for portrait in &portraits {
        let database = portrait.watched.name.as_str();
        for (node, known) in &portrait.nodes {
            for ((path, reason), count) in &known.failures {
                let labels = [("database", database), ("node", node), ("path", path), ("reason", reason)];
                text.sample(name, &labels, count);
            }
        }
    }
}

fn write_standing(portraits: &[Portrait], name: &str, severity: Severity, text: &mut Exposition) {
    for portrait in portraits {
        let standing = portrait.standing.as_ref().map(|standing| &standing.verdict);
        let standing: Option<Cause> =
            standing.filter(|verdict| verdict.severity == severity).map(|verdict| verdict.cause);
        for (cause, word, _) in CAUSES {
            let labels = [("database", portrait.watched.name.as_str()), ("cause", *word)];
            text.sample(name, &labels, u8::from(standing == Some(*cause)));
        }
    }
}

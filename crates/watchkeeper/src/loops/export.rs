//! Sends the last second of every watched node to an OpenTelemetry collector, by OTLP/HTTP in JSON.
//!
//! A body of our own instead of the SDK: the JSON of OTLP is stable, and it goes through the same guarded
//! client as everything else. What cannot be sent is dropped, not kept: the next second is more worth than
//! the last. Never sends while nothing is watched.

mod body;

use crate::app::Parts;
use crate::config::ExportConfig;
use crate::http::FetchError;
use domain::Timestamp;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

pub(super) async fn run(parts: Arc<Parts>, config: ExportConfig) {
    let began_at = parts.clock.now();
    let mut failures = 0_u32;
    let mut pause = config.interval;
    while parts.rest(pause).await {
        pause = match send(&parts, &config, began_at).await {
            Ok(()) => {
                if failures > 0 {
                    tracing::info!("measurements are exported again");
                }
                failures = 0;
                config.interval
            }
            Err(error) => {
                // Once when it begins; a collector that is away for a day fills no log.
                if failures == 0 {
                    tracing::warn!(%error, "cannot export measurements");
                }
                failures = failures.saturating_add(1);
                after_failure(&config, failures, &error)
            }
        };
    }
}

async fn send(parts: &Parts, config: &ExportConfig, began_at: Timestamp) -> Result<(), FetchError> {
    let databases = parts.site.live().databases();
    let portraits: Vec<_> = databases.iter().map(|database| database.glance()).collect();
    let Some(body) = body::metrics(&portraits, began_at, parts.clock.now()) else { return Ok(()) };
    let answer = parts.fetcher.post_json(&config.otlp, &config.headers, body.to_string()).await?;
    if let Some(refused) = partly_refused(&answer) {
        tracing::warn!(refused, "the collector did not take all measurements");
    }
    Ok(())
}

/// What the collector says of points that it did not take.
fn partly_refused(answer: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let partial = answer.get("partialSuccess")?;
    // 64-bit numbers are texts in this mapping, and some collectors write numbers all the same.
    let rejected = partial.get("rejectedDataPoints")?;
    let none = matches!(rejected.as_str(), Some("0")) || rejected.as_i64() == Some(0);
    (!none).then(|| format!("{rejected} points: {}", partial.get("errorMessage").unwrap_or(&Value::Null)))
}

/// Twice as long each time, and as long as the collector asks for.
fn after_failure(config: &ExportConfig, failures: u32, error: &FetchError) -> Duration {
    let asked = match error {
        FetchError::Status { retry_after, .. } => retry_after.unwrap_or_default(),
        _ => Duration::ZERO,
    };
    let doubled = config.interval.saturating_mul(2_u32.saturating_pow(failures.min(8)));
    doubled.max(asked).min(LONGEST_PAUSE).max(config.interval)
}

#[cfg(test)]
mod tests;

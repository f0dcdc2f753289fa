//! The plain alert: for programs that are no Alertmanager. A field that is not ours is refused, as everywhere.

use super::Alert;
use super::alertmanager::{impact, line};
use crate::api::vocabulary::unknown_word;
use crate::api::{request, time};
use crate::error::Error;
use domain::Impact;
use utoipa::ToSchema;

/// Longest key.
const KEY: usize = 1_000;
/// Most components.
const COMPONENTS: usize = 100;

/// An alert that fires or is over.
#[derive(Clone, Debug, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertRequest {
    /// What it is about, one line.
    title: String,
    /// `firing` or `resolved`.
    status: String,
    /// Its name, the same over its whole life.
    key: String,
    /// Slug or name of one of our environments.
    environment: Option<String>,
    /// Keys or names of components that suffer.
    #[serde(default)]
    components: Vec<String>,
    /// What is to be said of it, Markdown.
    body: Option<String>,
    /// `critical`, `major`, `minor` or `none`; also the words of Alertmanager, such as `warning`.
    severity: Option<String>,
    /// When it began. An alert that says so is told from an earlier one of the same key, and never reopens an incident.
    #[schema(value_type = Option<time::Time>)]
    began_at: Option<String>,
}

/// Reads a body.
pub(super) fn read(bytes: &[u8]) -> Result<Alert, Error> {
    let sent: AlertRequest = serde_json::from_slice(bytes).map_err(|error| request::explain(&error))?;
    let firing = match sent.status.as_str() {
        "firing" => true,
        "resolved" => false,
        other => return Err(unknown_word("status", other, &["firing", "resolved"])),
    };
    if sent.key.trim().is_empty() || sent.key.len() > KEY {
        let message = format!("`key` is empty or longer than {KEY} bytes");
        return Err(Error::invalid(message, "give the alert's name, the same over its whole life"));
    }
    if sent.components.len() > COMPONENTS {
        let message = format!("`components` has more than {COMPONENTS} entries");
        return Err(Error::invalid(message, "name those that suffer most"));
    }
    let grade = impact(sent.severity.as_ref());
    if let Some(word) = sent.severity.as_ref().filter(|_| grade == Impact::Unknown) {
        let words = ["critical", "major", "minor", "none", "error", "warning", "info", "unknown"];
        if word != "unknown" {
            return Err(unknown_word("severity", word, &words));
        }
    }
    let otherwise = if firing { "Monitoring raised an alert." } else { "Monitoring says that it is over." };
    let body = sent.body.filter(|body| !body.trim().is_empty()).unwrap_or_else(|| otherwise.to_owned());
    let began_at = sent.began_at.as_deref().map(|text| time::read("began_at", text)).transpose()?;
    Ok(Alert {
        firing,
        title: line(&sent.title),
        gist: body.clone(),
        body,
        environment: sent.environment,
        components: sent.components,
        strict: true,
        impact: grade,
        began_at,
        last_began_at: began_at,
        ended_at: None,
        key: sent.key,
    })
}

//! An observation as people read it in a terminal.
//!
//! This module never shows a foreign text unfiltered: a feed must not steer the terminal.

use crate::cmd::terminal::plain;
use domain::ComponentState;
use domain::observation::{ComponentObservation, IncidentObservation, PageObservation};
use domain::time::render_duration;
use feeds::Format;
use jiff::Timestamp;
use std::fmt::Write as _;

/// As many incidents as fit on a screen; the rest is in the JSON.
const MAX_INCIDENTS: usize = 10;

/// The summary of a page that was read as `format`.
pub(super) fn of(format: &Format, page: &PageObservation) -> String {
    let name = if page.name.is_empty() { "A page without a name".to_owned() } else { plain(&page.name) };
    let mut text = format!("{name}\n");
    line(&mut text, "format", format.name);
    line(&mut text, "page", &plain(&page.url));
    line(&mut text, "overall", overall(format, page).label());
    if !page.components.is_empty() {
        let _ = writeln!(text, "\nComponents: {}", page.components.len());
        page.components.iter().for_each(|one| component(&mut text, one));
    }
    let _ = writeln!(text, "\nIncidents and maintenances: {}", page.incidents.len());
    page.incidents.iter().take(MAX_INCIDENTS).for_each(|one| incident(&mut text, one));
    if page.incidents.len() > MAX_INCIDENTS {
        let _ = writeln!(text, "  … and {} older ones", page.incidents.len() - MAX_INCIDENTS);
    }
    if !page.warnings.is_empty() {
        let _ = writeln!(text, "\nWarnings: {}", page.warnings.len());
        for warning in &page.warnings {
            let _ = writeln!(text, "  {}", plain(warning));
        }
    }
    text
}

/// The same as in the JSON, which knows when a document cannot say.
fn overall(format: &Format, page: &PageObservation) -> ComponentState {
    let report = feeds::inspect::report(format, page);
    report["overall"].as_str().map_or(ComponentState::Unknown, ComponentState::parse)
}

fn line(text: &mut String, label: &str, value: &str) {
    if !value.is_empty() {
        let _ = writeln!(text, "  {label:<8} {value}");
    }
}

fn component(text: &mut String, component: &ComponentObservation) {
    let group = component.group.as_deref().map(|group| format!(" ({})", plain(group))).unwrap_or_default();
    let _ = writeln!(text, "  {:<21} {}{group}", component.state.label(), plain(&component.name));
}

fn incident(text: &mut String, incident: &IncidentObservation) {
    let _ = writeln!(text, "  {}  {}", minute(incident.published_at), plain(&incident.title));
    let lasted = match incident.duration_seconds() {
        Some(seconds) => format!("over after {}", render_duration(seconds)),
        None => "not over".to_owned(),
    };
    let (kind, impact, state) = (incident.kind.label(), incident.impact.as_str(), incident.state.as_str());
    let updates = incident.updates.len();
    let plural = if updates == 1 { "update" } else { "updates" };
    let _ = writeln!(text, "    {kind}, impact {impact}, {state}, {lasted}, {updates} {plural}");
    let names: Vec<String> = incident.components.iter().map(|(_, name)| plain(name)).collect();
    if !names.is_empty() {
        let _ = writeln!(text, "    touches {}", names.join(", "));
    }
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

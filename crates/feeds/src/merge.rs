//! One observation of several documents of a page.
//!
//! This module never compares two looks at a page: what changed is for `domain` to decide.

use crate::notes::INCIDENTS_ONLY;
use domain::observation::PageObservation;
use std::collections::HashSet;

/// Joins the documents of one look. Headline, components and name come from `main`; incidents from all,
/// each once by its id, and where `details` tell one too, as they tell it, unless a part of them is missing.
///
/// The result is complete where `main` is, or where there are two or more `details` and all of them
/// are: the histories of incidents and of maintenances.
pub fn merge(main: PageObservation, details: Vec<PageObservation>) -> PageObservation {
    let mut page = main;
    page.complete |= details.len() > 1 && details.iter().all(|detail| detail.complete);
    let mut incidents = Vec::new();
    let mut in_part = Vec::new();
    for detail in details {
        take_missing(&mut page, &detail);
        if detail.complete {
            incidents.extend(detail.incidents);
        } else {
            in_part.extend(detail.incidents);
        }
        page.warnings.extend(detail.warnings);
    }
    incidents.append(&mut page.incidents);
    incidents.append(&mut in_part);
    let mut known = HashSet::new();
    incidents.retain(|incident| known.insert(incident.external_id.clone()));
    incidents.sort_by_key(|incident| std::cmp::Reverse(incident.published_at));
    page.incidents = incidents;
    let states_itself = page.indicator.is_some() || !page.components.is_empty();
    let mut said = HashSet::new();
    page.warnings
        .retain(|warning| said.insert(warning.clone()) && !(states_itself && warning == INCIDENTS_ONLY));
    page
}

/// Takes from `detail` what the main document does not say of the page.
fn take_missing(page: &mut PageObservation, detail: &PageObservation) {
    if page.name.is_empty() {
        page.name.clone_from(&detail.name);
    }
    if page.url.is_empty() {
        page.url.clone_from(&detail.url);
    }
    if page.components.is_empty() {
        page.components.clone_from(&detail.components);
    }
    page.time_zone = page.time_zone.take().or_else(|| detail.time_zone.clone());
    page.updated_at = page.updated_at.or(detail.updated_at);
    page.indicator = page.indicator.or(detail.indicator);
}

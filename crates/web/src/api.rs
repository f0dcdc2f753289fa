//! The JSON API, version 1. A field is added and never renamed or taken away within a version.

pub mod body;
pub mod request;
pub mod time;
pub mod vocabulary;

pub(crate) mod advice;
pub mod alerts;
mod answer;
pub(crate) mod databases;
pub(crate) mod deliveries;
pub(crate) mod deploys;
pub(crate) mod environments;
pub(crate) mod evidence;
pub(crate) mod held;
pub(crate) mod imports;
pub(crate) mod openapi;
pub(crate) mod promises;
pub(crate) mod queries;
pub(crate) mod read;
pub(crate) mod recurrences;
pub(crate) mod subscribers;
pub(crate) mod templates;
pub(crate) mod write;

use crate::error::Error;
use domain::IncidentId;

/// The identifier in an address.
pub(crate) fn read_id(text: &str) -> Result<IncidentId, Error> {
    IncidentId::parse(text).ok_or_else(|| Error::no_incident(vocabulary::shorten(text)))
}

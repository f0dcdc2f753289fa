//! Evidence as JSON.

use crate::api::time::Time;
use domain::IncidentId;
use serde::Serialize;
use store::EvidenceRow;
use utoipa::ToSchema;

/// What was captured of an incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceListBody {
    /// Public identifier.
    pub incident: String,
    /// One line for each bundle, the oldest first.
    pub evidence: Vec<EvidenceBody>,
}

/// One bundle.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceBody {
    /// Hash of the bundle, in hexadecimal digits.
    pub sha256: String,
    /// Where it is to be had.
    pub path: String,
    /// At which point of the stall: `onset`, `worst` or `recovery`.
    pub occasion: String,
    /// Slug of the database.
    pub database: String,
    /// The node that was asked.
    pub node: String,
    /// When capturing began.
    pub captured_at: Time,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Size of the bundle, in bytes.
    pub bytes: u64,
    /// Files in it.
    pub files: u32,
    /// What could not be had; the manifest says why.
    pub missing: u32,
}

impl EvidenceListBody {
    /// What was captured of an incident.
    pub fn new(incident: &IncidentId, rows: &[EvidenceRow]) -> Self {
        let body = |row: &EvidenceRow| EvidenceBody {
            path: format!("/api/v1/incidents/{incident}/evidence/{}", row.sha256),
            sha256: row.sha256.clone(),
            occasion: row.occasion.as_str().to_owned(),
            database: row.database.clone(),
            node: row.node.clone(),
            captured_at: Time(row.captured_at),
            took_ms: u64::try_from(row.took.as_millis()).unwrap_or_default(),
            bytes: row.bytes,
            files: row.pieces,
            missing: row.missing,
        };
        Self { incident: incident.to_string(), evidence: rows.iter().map(body).collect() }
    }
}

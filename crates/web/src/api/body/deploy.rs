//! Deploys as JSON.

use crate::api::time::Time;
use domain::Deploy;
use serde::Serialize;
use utoipa::ToSchema;

/// Deploys, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeployListBody {
    /// At most a hundred; older ones are found with `until`.
    pub deploys: Vec<DeployBody>,
}

/// Something was deployed.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeployBody {
    /// Identifier.
    pub id: String,
    /// Slug of the environment; null means every environment.
    pub environment: Option<String>,
    /// What.
    pub what: String,
    /// Where to read more.
    pub link: Option<String>,
    /// Who marked it.
    pub by: String,
    /// When it was done.
    pub at: Time,
}

/// A webhook that told of nothing that is a deploy of ours.
#[derive(Debug, Serialize, ToSchema)]
pub struct IgnoredBody {
    /// Why it was ignored.
    pub ignored: String,
}

impl From<&Deploy> for DeployBody {
    fn from(deploy: &Deploy) -> Self {
        Self {
            id: deploy.id.to_string(),
            environment: deploy.environment.as_ref().map(ToString::to_string),
            what: deploy.what.clone(),
            link: deploy.link.clone(),
            by: deploy.by.clone(),
            at: Time(deploy.at),
        }
    }
}

//! Recording what is over, so that the history is whole. Nobody is told.

use super::body::Text;
use super::write::{Desk, given};
use crate::cmd::{Failure, choose};
use reqwest::Method;
use serde_json::Value;

/// Records what is over.
#[derive(Debug, clap::Args)]
pub(super) struct Backfill {
    /// Title
    title: String,
    /// Environment that it belongs to, by its name
    #[arg(long, value_name = "NAME")]
    environment: String,
    /// When it began, as RFC 3339
    #[arg(long, value_name = "TIME")]
    from: String,
    /// When it was over, as RFC 3339
    #[arg(long, value_name = "TIME")]
    until: String,
    /// Grade: `none`, `minor`, `major` or `critical`
    #[arg(long, value_name = "WORD")]
    impact: Option<String>,
    /// It was a maintenance
    #[arg(long)]
    maintenance: bool,
    /// A component and its state during it; may be given several times
    #[arg(long, value_name = "NAME=STATE")]
    component: Vec<String>,
    #[command(flatten)]
    text: Text,
}

impl Backfill {
    pub(super) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let environment = choose::environment(&desk.server, &self.environment).await?;
        let body = given([
            ("components", Some(super::write::components(&environment, &self.component)?)),
            ("environment", Some(environment.slug.into())),
            ("kind", self.maintenance.then(|| "maintenance".into())),
            ("title", Some(self.title.into())),
            ("impact", self.impact.map(Value::from)),
            ("from", Some(self.from.into())),
            ("until", Some(self.until.into())),
            ("body", Some(self.text.read()?.into())),
        ]);
        desk.send(Method::POST, "/api/v1/incidents/backfill", Some(&body)).await
    }
}

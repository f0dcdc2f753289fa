//! Announcing a maintenance.

use crate::cmd::Failure;
use crate::cmd::choose;
use crate::cmd::incident::body::Text;
use crate::cmd::incident::held::Hold;
use crate::cmd::incident::write::{Desk, given};
use serde_json::{Value, json};

/// Announces a maintenance.
#[derive(Debug, clap::Args)]
pub(super) struct Schedule {
    /// Title
    title: String,
    /// Environment that it belongs to, by its name
    #[arg(long, value_name = "NAME")]
    environment: String,
    /// When it begins, as RFC 3339
    #[arg(long, value_name = "TIME")]
    from: String,
    /// When it is over, as RFC 3339
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// A component that it concerns; may be given several times
    #[arg(long, value_name = "NAME")]
    component: Vec<String>,
    /// Only the team sees it until it is published
    #[arg(long)]
    internal: bool,
    #[command(flatten)]
    text: Text,
    #[command(flatten)]
    hold: Hold,
}

impl Schedule {
    pub(super) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let environment = choose::environment(&desk.server, &self.environment).await?;
        let concerned =
            |name: &String| Ok(json!({ "key": environment.component(name)?, "state": "under_maintenance" }));
        let components = self.component.iter().map(concerned).collect::<Result<Vec<Value>, Failure>>()?;
        let body = given([
            ("environment", Some(environment.slug.clone().into())),
            ("kind", Some("maintenance".into())),
            ("title", Some(self.title.into())),
            ("schedule", Some(json!({ "from": self.from, "until": self.until }))),
            ("visibility", self.internal.then(|| "internal".into())),
            ("components", Some(components.into())),
            ("body", Some(self.text.read()?.into())),
        ]);
        desk.post("/api/v1/incidents", body, &self.hold).await
    }
}

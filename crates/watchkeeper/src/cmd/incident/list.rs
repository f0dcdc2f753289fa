//! A list, one incident on a line.

use super::show;
use super::write::Desk;
use crate::cmd::choose;
use crate::cmd::{Failure, terminal};
use reqwest::Method;
use serde_json::Value;
use url::form_urlencoded::Serializer;

/// Lists incidents.
#[derive(Debug, clap::Args)]
pub(in crate::cmd) struct List {
    /// Of this environment only
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// In this state only
    #[arg(long, value_parser = ["open", "scheduled", "over"])]
    state: Option<String>,
    /// Incidents or maintenances only
    #[arg(long, value_parser = ["incident", "maintenance"])]
    kind: Option<String>,
    /// Containing these words
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// Most that are listed
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: usize,
}

impl List {
    /// The same, of one kind only.
    pub(in crate::cmd) fn of_kind(self, kind: &str) -> Self {
        Self { kind: Some(kind.to_owned()), ..self }
    }

    pub(in crate::cmd) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let source = match &self.environment {
            Some(name) => Some(choose::environment(&desk.server, name).await?.slug),
            None => None,
        };
        let fields = [("source", &source), ("state", &self.state), ("kind", &self.kind), ("q", &self.search)];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let query = Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut incidents: Vec<Value> = Vec::new();
        let mut next = Some(format!("/api/v1/incidents?{query}"));
        while let Some(path) = next.filter(|_| incidents.len() < self.limit) {
            let mut page = desk.server.json(Method::GET, &path, None).await?;
            next = page["next"].as_str().map(str::to_owned);
            if let Value::Array(more) = page["incidents"].take() {
                incidents.extend(more);
            }
        }
        incidents.truncate(self.limit);
        if desk.json {
            return Ok(terminal::print_json(&Value::Array(incidents))?);
        }
        Ok(terminal::print(&incidents.iter().map(show::listed).collect::<String>())?)
    }
}

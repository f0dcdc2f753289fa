//! Putting right what was said of an incident. What stood before is kept, and shown.

use super::body::Text;
use super::write::{Desk, given, path};
use crate::cmd::Failure;
use crate::cmd::server::part;
use reqwest::Method;
use serde_json::{Value, json};

/// Changes what is known of an incident.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(super) struct Facts {
    /// New title
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// New grade: `none`, `minor`, `major` or `critical`
    #[arg(long, value_name = "WORD")]
    impact: Option<String>,
    /// When it truly began, as RFC 3339
    #[arg(long, value_name = "TIME")]
    began_at: Option<String>,
    /// When it truly ended, as RFC 3339
    #[arg(long, value_name = "TIME")]
    ended_at: Option<String>,
}

impl Facts {
    pub(super) async fn correct(self, desk: &Desk, id: &str) -> Result<(), Failure> {
        let body = given([
            ("title", self.title.map(Value::from)),
            ("impact", self.impact.map(Value::from)),
            ("began_at", self.began_at.map(Value::from)),
            ("ended_at", self.ended_at.map(Value::from)),
        ]);
        desk.send(Method::PATCH, &path(id, ""), Some(&body)).await
    }
}

impl Desk {
    /// Gives an update another text.
    pub(super) async fn edit(&self, id: &str, update: &str, text: &Text) -> Result<(), Failure> {
        let body = json!({ "body": text.read()? });
        self.send(Method::PATCH, &of_update(id, update), Some(&body)).await
    }

    /// Takes an update back, or the whole incident.
    pub(super) async fn take_back(&self, id: &str, update: Option<&str>) -> Result<(), Failure> {
        match update {
            Some(update) => self.send(Method::DELETE, &of_update(id, update), None).await,
            None => self.withdraw(id).await,
        }
    }

    /// Makes stand again what was taken back.
    pub(super) async fn restore(&self, id: &str) -> Result<(), Failure> {
        self.send(Method::POST, &path(id, "/restore"), None).await
    }

    /// Keeps what a machine wrote until a person publishes it.
    pub(super) async fn hold(&self, id: &str) -> Result<(), Failure> {
        self.send(Method::POST, &path(id, "/hold"), None).await
    }
}

fn of_update(id: &str, update: &str) -> String {
    path(id, &format!("/updates/{}", part(update)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_update_cannot_leave_its_place_in_the_path() {
        assert_eq!(of_update("a", "../x"), "/api/v1/incidents/a/updates/..%2Fx");
    }
}

//! What is posted with `--hold` and can still be taken back: listing it, letting it leave, undoing it.

use super::write::Desk;
use crate::cmd::server::part;
use crate::cmd::{Failure, terminal};
use reqwest::Method;
use serde_json::Value;

const PATH: &str = "/api/v1/held";

/// Whether it leaves at once.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::cmd) struct Hold {
    /// Hold it for so many seconds, in which `incident undo` takes it back; 10 if no number is said
    #[arg(
        long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "10",
        value_parser = clap::value_parser!(u32).range(1..=3600),
    )]
    hold: Option<u32>,
}

impl Desk {
    /// Posts something about an incident, which leaves at once or is held.
    pub(in crate::cmd) async fn post(&self, path: &str, mut body: Value, hold: &Hold) -> Result<(), Failure> {
        let Some(seconds) = hold.hold else {
            return self.send(Method::POST, path, Some(&body)).await;
        };
        body["hold_seconds"] = seconds.into();
        self.tell_held(&self.server.json(Method::POST, path, Some(&body)).await?)
    }

    /// What waits or could not be carried out.
    pub(super) async fn list_held(&self) -> Result<(), Failure> {
        let all = self.server.json(Method::GET, PATH, None).await?;
        if self.json {
            return Ok(terminal::print_json(&all["held"])?);
        }
        let lines = all["held"].as_array().into_iter().flatten().map(line);
        Ok(terminal::print(&lines.collect::<String>())?)
    }

    /// Takes it back.
    pub(super) async fn undo(&self, id: &str) -> Result<(), Failure> {
        self.tell_held(&self.server.json(Method::DELETE, &format!("{PATH}/{}", part(id)), None).await?)
    }

    /// Lets it leave before its time.
    pub(super) async fn send_now(&self, id: &str) -> Result<(), Failure> {
        self.tell_held(&self.server.json(Method::POST, &format!("{PATH}/{}/send", part(id)), None).await?)
    }

    fn tell_held(&self, held: &Value) -> Result<(), Failure> {
        if self.json {
            return Ok(terminal::print_json(held)?);
        }
        Ok(terminal::print(&line(held))?)
    }
}

/// What became of it, in one line.
fn line(held: &Value) -> String {
    let text = |field: &str| terminal::plain(held[field].as_str().unwrap_or_default());
    let (id, incident) = (text("id"), text("incident"));
    match text("state").as_str() {
        "waiting" => format!(
            "{id} leaves at {}, for incident {incident}; `watchkeeper incident undo {id}` takes it back\n",
            text("due_at")
        ),
        "running" => format!("{id} is on its way, for incident {incident}\n"),
        "done" => format!("{id} has left, for incident {incident}\n"),
        "undone" => format!("{id} is taken back; nothing has left\n"),
        state => format!("{id} is {state}: {}\n", text("error")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_says_what_became_of_it_and_how_to_take_it_back() {
        let told = |state: &str, error: Value| {
            line(&json!({
                "id": "held-1", "incident": "77n63w1zthrr", "due_at": "2025-02-12T09:00:10Z",
                "state": state, "error": error,
            }))
        };
        assert_eq!(
            told("waiting", Value::Null),
            "held-1 leaves at 2025-02-12T09:00:10Z, for incident 77n63w1zthrr; \
             `watchkeeper incident undo held-1` takes it back\n"
        );
        assert_eq!(told("undone", Value::Null), "held-1 is taken back; nothing has left\n");
        assert_eq!(told("failed", json!("it is\u{1b}[2J over")), "held-1 is failed: it is [2J over\n");
    }
}

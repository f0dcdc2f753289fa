//! Maintenances that recur.

use crate::cmd::incident::body::Text;
use crate::cmd::incident::write::{Desk, given};
use crate::cmd::server::part;
use crate::cmd::{Failure, choose, terminal};
use reqwest::Method;
use serde_json::Value;

const PATH: &str = "/api/v1/recurrences";

/// Adds a maintenance that recurs.
#[derive(Debug, clap::Args)]
pub(super) struct Recur {
    /// Title of each
    title: String,
    /// Environment that it belongs to, by its name
    #[arg(long, value_name = "NAME")]
    environment: String,
    /// On which days: `weekly sunday`, `monthly 15`, `monthly last friday`
    #[arg(long, value_name = "RULE")]
    rule: String,
    /// When on those days, by the clocks of the zone, such as `02:30`
    #[arg(long, value_name = "TIME")]
    at: String,
    /// Time zone, such as `Europe/Berlin`
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    zone: String,
    /// Hours that it lasts
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    hours: u32,
    /// Days before it that it is announced
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    ahead: u32,
    /// A component that it concerns; may be given several times
    #[arg(long, value_name = "NAME")]
    component: Vec<String>,
    #[command(flatten)]
    text: Text,
}

impl Recur {
    pub(super) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let environment = choose::environment(&desk.server, &self.environment).await?;
        let keys = self.component.iter().map(|name| environment.component(name).map(Value::from));
        let body = given([
            ("environment", Some(environment.slug.clone().into())),
            ("title", Some(self.title.into())),
            ("body", Some(self.text.read()?.into())),
            ("components", Some(keys.collect::<Result<Vec<_>, _>>()?.into())),
            ("rule", Some(self.rule.into())),
            ("at", Some(self.at.into())),
            ("zone", Some(self.zone.into())),
            ("lasts_hours", Some(self.hours.into())),
            ("ahead_days", Some(self.ahead.into())),
        ]);
        tell(desk, &desk.server.json(Method::POST, PATH, Some(&body)).await?)
    }
}

/// Those that go on.
pub(super) async fn list(desk: &Desk) -> Result<(), Failure> {
    let all = desk.server.json(Method::GET, PATH, None).await?;
    if desk.json {
        return Ok(terminal::print_json(&all["recurrences"])?);
    }
    let lines = all["recurrences"].as_array().into_iter().flatten().map(line);
    Ok(terminal::print(&lines.collect::<String>())?)
}

/// Ends one.
pub(super) async fn stop(desk: &Desk, id: &str) -> Result<(), Failure> {
    desk.server.ask(Method::DELETE, &format!("{PATH}/{}", part(id)), None).await?;
    if desk.json { Ok(()) } else { Ok(terminal::print("it does not recur any more\n")?) }
}

fn tell(desk: &Desk, recurrence: &Value) -> Result<(), Failure> {
    if desk.json {
        return Ok(terminal::print_json(recurrence)?);
    }
    Ok(terminal::print(&line(recurrence))?)
}

fn line(recurrence: &Value) -> String {
    let text = |field: &str| terminal::plain(recurrence[field].as_str().unwrap_or_default());
    let next = match text("next_at") {
        next if next.is_empty() => String::new(),
        next => format!(", next {next}"),
    };
    format!(
        "{}  {:<10} {} at {} {}{next}  {}\n",
        text("id"),
        text("environment"),
        text("rule"),
        text("at"),
        text("zone"),
        text("title")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_says_when_it_is_and_holds_no_control_characters() {
        let told = json!({
            "id": "77n63w1zthrr", "environment": "prod1", "rule": "weekly sunday", "at": "02:00",
            "zone": "UTC", "title": "Back\u{1b}[2Jups", "next_at": "2025-03-02T02:00:00Z",
        });
        let expected =
            "77n63w1zthrr  prod1      weekly sunday at 02:00 UTC, next 2025-03-02T02:00:00Z  Back [2Jups\n";
        assert_eq!(line(&told), expected);
    }
}

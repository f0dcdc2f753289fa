//! Prometheus' Alertmanager, or what listens to it: the routes, silences and receivers that a team has already.
//!
//! With `form = "alerts"` an incident becomes an alert of an Alertmanager (`POST /api/v2/alerts`); it is kept for seven
//! days after its last news, since Alertmanager forgets what is not repeated. With `form = "webhook"` the request is
//! the one that Alertmanager itself sends (version 4). The same labels are the same alert, so a message that comes twice
//! is one. Postmortems are not told.

use crate::data;
use crate::message::Message;
use crate::outgoing::{Outgoing, Request};
use crate::settings::{Fields, Secret, SecretUrl};
use crate::text::{cut, line};
use crate::told::{Told, is_over};
use crate::{Kind, Notifier};
use domain::{Notice, Timestamp};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// Longest label.
const LABEL: usize = 256;
/// Longest annotation.
const ANNOTATION: usize = 8_000;
/// How long Alertmanager keeps an incident of which nothing new is heard.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What Alertmanager writes for an end that has not come.
const NO_END: &str = "0001-01-01T00:00:00Z";

pub(crate) const KIND: Kind = Kind {
    name: "alertmanager",
    doc: "An Alertmanager, or what takes its webhooks.",
    example: r#"url = "http://alertmanager.acme.example:9093/api/v2/alerts"
form = "alerts"         # or "webhook"
# token = "…"           # sent as a bearer token
"#,
    secrets: &["token"],
    read,
};

#[derive(Debug)]
struct Alertmanager {
    url: SecretUrl,
    form: &'static str,
    token: Option<Secret>,
}

fn read(settings: &Value) -> Result<Box<dyn Notifier>, String> {
    let fields = Fields::of(settings, &["url", "form", "token"])?;
    let url = fields.url("url", "give the address whole, as `http://host:9093/api/v2/alerts`")?;
    let form = fields.word("form", &["alerts", "webhook"])?;
    let token = match fields.text("token")? {
        Some(_) => Some(fields.secret("token", "leave it out, or give the bearer token")?),
        None => None,
    };
    Ok(Box::new(Alertmanager { url, form, token }))
}

impl Notifier for Alertmanager {
    fn render(&self, message: &Message, _now: Timestamp) -> Result<Outgoing, String> {
        let body = if self.form == "webhook" { webhook(message) } else { alerts(message) };
        let request = Request::json("POST", self.url.0.clone(), &body);
        Ok(Outgoing::Http(match &self.token {
            Some(token) => request.with_header("authorization", format!("Bearer {}", token.0)),
            None => request,
        }))
    }

    fn wants(&self, message: &Message) -> bool {
        message.notice != Notice::Postmortem
    }
}

/// What makes it the same alert: nothing that changes while it lasts.
fn labels(message: &Message) -> Value {
    json!({
        "alertname": "WatchkeeperIncident",
        "environment": cut(&line(&message.environment), LABEL),
        "incident": message.incident.as_str(),
        "kind": message.kind.as_str(),
    })
}

fn annotations(message: &Message) -> Value {
    let told = Told::of(message);
    json!({
        "summary": cut(&told.headline, 2 * LABEL),
        "description": cut(&told.text(), ANNOTATION),
        "state": message.state.as_str(),
        "impact": message.impact.as_str(),
        "notice": message.notice.as_str(),
    })
}

fn began_at(message: &Message) -> String {
    data::instant(message.began_at.unwrap_or(message.published_at))
}

fn alerts(message: &Message) -> Value {
    let later = message.at.saturating_add(KEPT_FOR).unwrap_or(Timestamp::MAX);
    let ends_at = if is_over(message) { message.resolved_at.unwrap_or(message.at) } else { later };
    json!([{
        "labels": labels(message),
        "annotations": annotations(message),
        "startsAt": began_at(message),
        "endsAt": data::instant(ends_at),
        "generatorURL": message.url,
    }])
}

fn webhook(message: &Message) -> Value {
    let over = is_over(message);
    let status = if over { "resolved" } else { "firing" };
    let ends_at =
        if over { data::instant(message.resolved_at.unwrap_or(message.at)) } else { NO_END.to_owned() };
    json!({
        "version": "4",
        "groupKey": format!("watchkeeper/{}", message.incident),
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "watchkeeper",
        "groupLabels": labels(message),
        "commonLabels": labels(message),
        "commonAnnotations": annotations(message),
        "externalURL": message.page_url,
        "alerts": [{
            "status": status,
            "labels": labels(message),
            "annotations": annotations(message),
            "startsAt": began_at(message),
            "endsAt": ends_at,
            "generatorURL": message.url,
            "fingerprint": message.incident.as_str(),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn both_forms_fire_and_resolve_under_the_same_labels() {
        let [opened, resolved] = [Notice::Opened, Notice::Resolved].map(sample::message);
        assert_eq!(labels(&opened), labels(&resolved));
        assert_eq!(alerts(&opened)[0]["endsAt"], "2025-02-19T09:25:00Z");
        assert_eq!(alerts(&resolved)[0]["endsAt"], "2025-02-12T10:14:00Z");
        assert_eq!(
            (&webhook(&opened)["status"], &webhook(&opened)["alerts"][0]["endsAt"]),
            (&json!("firing"), &json!(NO_END))
        );
        assert_eq!(webhook(&resolved)["alerts"][0]["status"], "resolved");
    }
}

//! A service of PagerDuty, by Events v2: use it where somebody is to be woken.
//!
//! An incident of ours is one alert of PagerDuty (`dedup_key`), so a message that comes twice is one. A person's update
//! acknowledges it; the end resolves it. A promise that lapsed is an alert of its own, which a person closes.
//! Maintenances and postmortems wake nobody.

use crate::data;
use crate::message::Message;
use crate::outgoing::{Outgoing, Reply, Request, Verdict};
use crate::settings::{Fields, Secret, SecretUrl};
use crate::text::{cut, line, web};
use crate::told::{Told, is_over};
use crate::{Kind, Notifier};
use domain::{Impact, Notice, Timestamp};
use serde_json::{Value, json};

/// Longest summary.
const SUMMARY: usize = 1_024;
/// Longest text among the details.
const TEXT: usize = 4_000;
/// Longest name.
const NAME: usize = 200;
/// Where events go, unless the account is in Europe.
const ENDPOINT: &str = "https://events.pagerduty.com/v2/enqueue";

pub(crate) const KIND: Kind = Kind {
    name: "pagerduty",
    doc: "A service of PagerDuty (Events v2).",
    example: r#"routing_key = "0123456789abcdef0123456789abcdef"
# url = "https://events.eu.pagerduty.com/v2/enqueue"   # for an account in Europe
"#,
    secrets: &["routing_key"],
    read,
};

#[derive(Debug)]
struct PagerDuty {
    url: SecretUrl,
    routing_key: Secret,
}

fn read(settings: &Value) -> Result<Box<dyn Notifier>, String> {
    let fields = Fields::of(settings, &["routing_key", "url"])?;
    let routing_key = fields.secret("routing_key", "give the integration key of the service")?;
    let url = crate::settings::url_or(fields, "url", ENDPOINT)?;
    Ok(Box::new(PagerDuty { url, routing_key }))
}

impl Notifier for PagerDuty {
    fn render(&self, message: &Message, _now: Timestamp) -> Result<Outgoing, String> {
        let action = action(message);
        let mut body = json!({
            "routing_key": self.routing_key.0,
            "event_action": action,
            "dedup_key": dedup_key(message),
        });
        if action == "trigger" {
            let told = Told::of(message);
            body["client"] = json!(cut(&line(&message.page), NAME));
            if let Some(url) = web(&message.url) {
                body["client_url"] = json!(url);
                body["links"] = json!([{ "href": url, "text": told.link }]);
            }
            body["payload"] = payload(message, &told);
        }
        Ok(Outgoing::Http(Request::json("POST", self.url.0.clone(), &body)))
    }

    fn wants(&self, message: &Message) -> bool {
        wakes(message)
    }

    fn judge(&self, reply: &Reply) -> Verdict {
        let said: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        match reply.status {
            200..=299 => Verdict::Delivered(said["dedup_key"].as_str().map(|key| cut(&line(key), NAME))),
            _ => Verdict::of_status(reply),
        }
    }
}

/// Whether it is anything to be woken for, or the end of it.
pub(crate) fn wakes(message: &Message) -> bool {
    message.kind == domain::Kind::Incident && message.notice != Notice::Postmortem
}

fn action(message: &Message) -> &'static str {
    match message.notice {
        Notice::PromiseLapsed => "trigger",
        _ if is_over(message) => "resolve",
        Notice::Updated | Notice::PromiseDue if !message.automatic => "acknowledge",
        _ => "trigger",
    }
}

/// An update that is late must be heard though the incident was acknowledged long ago.
fn dedup_key(message: &Message) -> String {
    match message.notice {
        Notice::PromiseLapsed => format!("watchkeeper/{}/promise/{}", message.incident, message.seq),
        _ => format!("watchkeeper/{}", message.incident),
    }
}

fn payload(message: &Message, told: &Told) -> Value {
    let components: Vec<String> = message.components.iter().take(10).map(|(name, _)| line(name)).collect();
    json!({
        "summary": cut(&told.headline, SUMMARY),
        "source": cut(&line(&message.environment), NAME),
        "severity": severity(message.impact),
        "timestamp": data::instant(message.began_at.unwrap_or(message.published_at)),
        "component": cut(&components.join(", "), NAME),
        "group": cut(&line(&message.environment), NAME),
        "class": message.notice.as_str(),
        "custom_details": { "text": cut(&told.text(), TEXT), "facts": cut(&told.fact_lines(), TEXT) },
    })
}

fn severity(impact: Impact) -> &'static str {
    match impact {
        Impact::Critical => "critical",
        Impact::Major | Impact::Unknown => "error",
        Impact::Minor => "warning",
        Impact::None | Impact::Maintenance => "info",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_life_of_an_incident_is_the_life_of_one_alert() {
        let act = |notice, automatic| action(&Message { automatic, ..sample::message(notice) });
        assert_eq!(act(Notice::Opened, true), "trigger");
        assert_eq!(act(Notice::Updated, true), "trigger");
        assert_eq!(act(Notice::Updated, false), "acknowledge");
        assert_eq!(act(Notice::Corrected, false), "trigger");
        assert_eq!(act(Notice::Resolved, false), "resolve");
        assert_eq!(act(Notice::Reopened, false), "trigger");
        assert_eq!(act(Notice::Withdrawn, false), "resolve");
        let keys = [Notice::Opened, Notice::Updated, Notice::Resolved]
            .map(|notice| dedup_key(&sample::message(notice)));
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_ne!(dedup_key(&sample::message(Notice::PromiseLapsed)), keys[0]);
    }

    #[test]
    fn nobody_is_woken_for_what_is_planned_or_told_afterwards() {
        assert!(wakes(&sample::message(Notice::Opened)));
        assert!(!wakes(&sample::message(Notice::Postmortem)));
        assert!(!wakes(&Message { kind: domain::Kind::Maintenance, ..sample::message(Notice::Opened) }));
    }
}

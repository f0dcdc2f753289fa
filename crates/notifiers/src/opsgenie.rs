//! Opsgenie, Jira Service Management, and whatever else takes alerts in their form.
//!
//! An incident of ours is one alert (`alias`), so a message that comes twice is one. Updates become notes of it, the
//! end closes it. Maintenances and postmortems wake nobody.

use crate::message::Message;
use crate::outgoing::{Outgoing, Reply, Request, Verdict};
use crate::settings::{Fields, Secret, SecretUrl};
use crate::text::{cut, line};
use crate::told::{Told, is_over};
use crate::{Kind, Notifier};
use domain::{Impact, Notice, Timestamp};
use serde_json::{Value, json};

/// Longest message of an alert.
const MESSAGE: usize = 130;
/// Longest description is 15000; nobody reads that.
const DESCRIPTION: usize = 8_000;
/// Longest note is 25000; nobody reads that.
const NOTE: usize = 8_000;
/// Longest source of an alert.
const SOURCE: usize = 100;
/// Longest tag.
const TAG: usize = 50;
/// Where alerts go, unless the account is in Europe.
const ENDPOINT: &str = "https://api.opsgenie.com/v2/alerts";

pub(crate) const KIND: Kind = Kind {
    name: "opsgenie",
    doc: "Opsgenie, or what takes alerts in its form.",
    example: r#"api_key = "00000000-0000-0000-0000-000000000000"
# url = "https://api.eu.opsgenie.com/v2/alerts"   # for an account in Europe
"#,
    secrets: &["api_key"],
    read,
};

#[derive(Debug)]
struct Opsgenie {
    url: SecretUrl,
    api_key: Secret,
}

fn read(settings: &Value) -> Result<Box<dyn Notifier>, String> {
    let fields = Fields::of(settings, &["api_key", "url"])?;
    let api_key = fields.secret("api_key", "give the key of an API integration")?;
    let url = crate::settings::url_or(fields, "url", ENDPOINT)?;
    Ok(Box::new(Opsgenie { url, api_key }))
}

impl Notifier for Opsgenie {
    fn render(&self, message: &Message, _now: Timestamp) -> Result<Outgoing, String> {
        let told = Told::of(message);
        let source = cut(&line(&message.page), SOURCE);
        let note = cut(&format!("{}\n\n{}\n\n{}", told.headline, told.text(), told.fact_lines()), NOTE);
        let (url, body) = match verb(message) {
            "" => (self.url.0.clone(), alert(message, &told, &source)),
            verb => (self.about(message, verb), json!({ "source": source, "note": note })),
        };
        let request = Request::json("POST", url, &body);
        Ok(Outgoing::Http(request.with_header("authorization", format!("GenieKey {}", self.api_key.0))))
    }

    fn wants(&self, message: &Message) -> bool {
        crate::pagerduty::wakes(message)
    }

    fn judge(&self, reply: &Reply) -> Verdict {
        let said: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        match reply.status {
            200..=299 => Verdict::Delivered(said["requestId"].as_str().map(|id| cut(&line(id), 64))),
            _ => Verdict::of_status(reply),
        }
    }
}

impl Opsgenie {
    /// The address by which something is done about the alert.
    fn about(&self, message: &Message, verb: &str) -> url::Url {
        let mut url = self.url.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([alias(message).as_str(), verb]);
        }
        url.query_pairs_mut().append_pair("identifierType", "alias");
        url
    }
}

/// What is done; empty where an alert is made.
fn verb(message: &Message) -> &'static str {
    match message.notice {
        _ if is_over(message) => "close",
        Notice::Opened | Notice::Published | Notice::Reopened | Notice::PromiseLapsed => "",
        _ => "notes",
    }
}

/// An update that is late is an alert of its own: the first one was acknowledged long ago.
fn alias(message: &Message) -> String {
    match message.notice {
        Notice::PromiseLapsed => format!("watchkeeper-{}-promise-{}", message.incident, message.seq),
        _ => format!("watchkeeper-{}", message.incident),
    }
}

fn alert(message: &Message, told: &Told, source: &str) -> Value {
    let environment = cut(&line(&message.environment), TAG);
    json!({
        "message": cut(&told.headline, MESSAGE),
        "alias": alias(message),
        "description": cut(&format!("{}\n\n{}", told.text(), told.fact_lines()), DESCRIPTION),
        "entity": environment,
        "source": source,
        "priority": priority(message.impact),
        "tags": ["watchkeeper", environment],
        "details": { "incident": message.incident.as_str(), "url": message.url },
    })
}

fn priority(impact: Impact) -> &'static str {
    match impact {
        Impact::Critical => "P1",
        Impact::Major | Impact::Unknown => "P2",
        Impact::Minor => "P3",
        Impact::None | Impact::Maintenance => "P5",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn an_alert_is_made_noted_and_closed_under_one_alias() {
        let opsgenie = Opsgenie {
            url: SecretUrl(url::Url::parse("https://jsm.acme.example/v2/alerts/").unwrap()),
            api_key: Secret("key".to_owned()),
        };
        let address = |notice| {
            let message = sample::message(notice);
            let Ok(Outgoing::Http(request)) = opsgenie.render(&message, message.at) else {
                panic!("a request")
            };
            request.url.to_string().replace(message.incident.as_str(), "ID")
        };
        assert_eq!(address(Notice::Opened), "https://jsm.acme.example/v2/alerts/");
        assert_eq!(
            address(Notice::Updated),
            "https://jsm.acme.example/v2/alerts/watchkeeper-ID/notes?identifierType=alias"
        );
        assert_eq!(
            address(Notice::Withdrawn),
            "https://jsm.acme.example/v2/alerts/watchkeeper-ID/close?identifierType=alias"
        );
    }
}

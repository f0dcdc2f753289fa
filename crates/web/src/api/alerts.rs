//! Alerts coming in: what a team's monitoring says opens an incident, feeds it and ends it.
//!
//! An alert is told apart by its source, its key and when it began, and the incident's identifier is made of these: the
//! same request again, to whichever node, changes nothing. What follows is commands like a person's, judged by
//! `domain::decide` and recorded under the name of the token.
//!
//! Nothing here asks the one who sent the alert anything, and an alert never overrules a person: where somebody has
//! spoken of the incident, its end is left to them.

mod alertmanager;
mod follow;
mod plain;

use super::answer;
use super::request;
use super::vocabulary::{self, shorten};
use super::write::read_body_up_to;
use crate::answer::ErrorBody;
use crate::auth::{Scope, address};
use crate::error::Error;
use crate::site::Site;
use crate::sync::Change;
use crate::write::{TRIES, Wish, decide_all};
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode};
use domain::{
    Action, Command, Environment, Impact, Incident, IncidentId, Origin, Place, Slug, Timestamp, Visibility,
};
use follow::Thread;
use plain::AlertRequest;
use std::sync::Arc;
use url::form_urlencoded;

/// Longest body: some hundred alerts of one group.
const LIMIT: usize = 512 * 1024;

/// An alert, whoever sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its name within its source: the same over its whole life.
    pub key: String,
    /// Whether it fires; else it is over.
    pub firing: bool,
    /// What it is about.
    pub title: String,
    /// What is said of it, Markdown.
    pub body: String,
    /// What is said of it without figures that change all the time: where this is the same, nothing is new.
    pub gist: String,
    /// Environment, as the source calls it.
    pub environment: Option<String>,
    /// Components, by key or name.
    pub components: Vec<String>,
    /// Whether a component that nobody knows is a mistake of the sender.
    pub strict: bool,
    /// Grade.
    pub impact: Impact,
    /// When it began, if the source says so.
    pub began_at: Option<Timestamp>,
    /// When the last of it began: news of an end that is older than the incident are of an earlier one.
    pub last_began_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
}

/// Reads the body of a request: an Alertmanager's, or our own plain one.
pub fn read(bytes: &[u8]) -> Result<Alert, Error> {
    #[derive(serde::Deserialize)]
    struct Shape {
        alerts: Option<serde::de::IgnoredAny>,
    }
    let shape: Shape = serde_json::from_slice(bytes).map_err(|error| request::explain(&error))?;
    if shape.alerts.is_some() { alertmanager::read(bytes) } else { plain::read(bytes) }
}

/// What became of an alert.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(crate) struct AlertBody {
    /// `opened`, `updated`, `unchanged` or `ignored`.
    outcome: &'static str,
    /// The incident, if there is one.
    incident: Option<String>,
    /// Why it was ignored.
    reason: Option<&'static str>,
}

/// What becomes of an alert: the outcome, the incident, why.
type Outcome = (&'static str, Option<IncidentId>, Option<&'static str>);

/// Takes an alert: opens an incident, feeds the one that is open, or ends it. Webhooks of Alertmanager (version 4) are
/// understood as they are, with a token as `credentials`; the environment is the label `environment` or the parameter.
#[utoipa::path(post, path = "/api/v1/alerts/{source}", tag = "incidents",
    params(
        ("source" = String, Path, description = "A name of your own for what sends the alerts: `prometheus`."),
        ("environment" = Option<String>, Query, description = "Our environment, whatever the alert says."),
        ("publish" = Option<String>, Query, description = "`1`: incidents are public at once, and not for the team alone."),
    ),
    request_body = AlertRequest, security(("token" = ["write"])),
    responses(
        (status = 200, body = AlertBody, description = "It fed an incident, or said nothing new."),
        (status = 201, body = AlertBody, description = "It opened an incident."),
        (status = 202, body = AlertBody, description = "It is of no incident that is open."),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 413, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn take_alert(
    State(site): State<Arc<Site>>,
    Path(source): Path<String>,
    request: Request,
) -> Result<Response<Body>, Error> {
    let mut who = site.bearer(request.headers(), Scope::Write).await?;
    let source = Slug::parse(&source).ok_or_else(|| {
        let message = format!("the source is `{}`, which is no name", shorten(&source));
        Error::invalid(message, "use up to 64 small letters, digits and single hyphens")
    })?;
    let (parts, body) = request.into_parts();
    who.address = address(&parts.extensions);
    let bytes = read_body_up_to(body, LIMIT).await?;
    request::check_json(&parts.headers)?;
    let alert = read(&bytes)?;
    let (environment, visibility) = site.asked(parts.uri.query().unwrap_or_default(), &alert)?;
    let thread = Thread::new(&environment, &source, visibility, &alert)?;
    who.may(Action::Respond, Place::In(&environment.slug))?;
    let wish = Wish { who, key: None };
    let outcome = site.follow(&wish, &thread).await?;
    if let (_, Some(id), None) = &outcome {
        site.take_now(&[Change::Incident(id.clone())]).await;
    }
    answer(outcome)
}

fn answer((outcome, incident, reason): Outcome) -> Result<Response<Body>, Error> {
    let body = AlertBody { outcome, incident: incident.map(|id| id.to_string()), reason };
    let status = match outcome {
        "opened" => StatusCode::CREATED,
        "ignored" => StatusCode::ACCEPTED,
        _ => StatusCode::OK,
    };
    answer::answer(status, &body)
}

impl Site {
    /// Environment and visibility, from the address or the alert.
    fn asked(&self, query: &str, alert: &Alert) -> Result<(Environment, Visibility), Error> {
        let mut name = alert.environment.clone();
        let mut visibility = Visibility::Internal;
        for (field, value) in form_urlencoded::parse(query.as_bytes()) {
            match (field.as_ref(), value.as_ref()) {
                ("environment", value) => name = Some(value.to_owned()),
                ("publish", "1") => visibility = Visibility::Public,
                ("publish", "0") => visibility = Visibility::Internal,
                ("publish", other) => return Err(vocabulary::unknown_word("publish", other, &["0", "1"])),
                (other, _) => {
                    return Err(vocabulary::unknown_word(
                        "the parameter",
                        other,
                        &["environment", "publish"],
                    ));
                }
            }
        }
        let name = name.ok_or_else(|| {
            let hint = "give the alert a label `environment`, or the address `?environment=`";
            Error::invalid("the alert names no environment", hint)
        })?;
        let slug = self.known_environment(&name)?;
        let environment = self.environment(&slug).ok_or_else(|| Error::no_incident(&slug))?;
        Ok((environment, visibility))
    }

    /// Finds the incident, decides and commits; again from the start where somebody else was faster.
    async fn follow(&self, wish: &Wish, thread: &Thread<'_>) -> Result<Outcome, Error> {
        for _ in 0..TRIES {
            let now = self.config.clock.now();
            let (id, known) = match self.find_thread(thread, now).await? {
                Some(incident) => (incident.id.clone(), Some(incident)),
                None => (thread.incident(now), None),
            };
            let commands = match (&known, thread.alert.firing) {
                (None, false) => return Ok(("ignored", None, Some("no incident of it is open"))),
                (None, true) => vec![thread.open(now)],
                (Some(incident), _) => match thread.feed(incident, now) {
                    Ok(commands) => commands,
                    Err(reason) => return Ok(("ignored", Some(id), Some(reason))),
                },
            };
            if commands.is_empty() {
                return Ok(("unchanged", Some(id), None));
            }
            if self.commit_commands(wish, &id, known.as_ref(), &commands, now).await? {
                return Ok((if known.is_some() { "updated" } else { "opened" }, Some(id), None));
            }
        }
        Err(Error::Contended)
    }

    async fn commit_commands(
        &self,
        wish: &Wish,
        id: &IncidentId,
        known: Option<&Incident>,
        commands: &[Command],
        now: Timestamp,
    ) -> Result<bool, Error> {
        let decision = decide_all(id, known, commands, &wish.who.name, now)?;
        Ok(self.commit(&[decision], wish).await?.is_some())
    }

    /// The incident that the alert is of: an open one that was fed by it, else the one that it once opened.
    async fn find_thread(&self, thread: &Thread<'_>, now: Timestamp) -> Result<Option<Incident>, Error> {
        let open = self.store.open_incidents().await.map_err(|error| self.store_error(error))?;
        let ours = Origin::Own { environment: thread.environment.slug.clone() };
        for row in open.iter().filter(|row| row.origin == ours) {
            if let Some(incident) = self.find_incident(&row.id).await?.filter(|incident| thread.fed(incident))
            {
                return Ok(Some(incident));
            }
        }
        self.find_incident(&thread.incident(now)).await
    }

    async fn find_incident(&self, id: &IncidentId) -> Result<Option<Incident>, Error> {
        match self.store.load(id).await {
            Ok(incident) => Ok(Some(incident)),
            Err(store::Error::NotFound) => Ok(None),
            Err(error) => Err(self.store_error(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{hash_map, vec};
    use proptest::prelude::*;
    use proptest::sample::{Index, select};
    use serde_json::{Value, json};

    #[test]
    fn whatever_is_sent_is_read_or_refused() {
        let whole = r#"{"version":"4","groupKey":"{}:{alertname=\"x\"}","status":"firing","commonLabels":{"environment":"prod1"},
            "alerts":[{"status":"firing","labels":{"alertname":"ü"},"startsAt":"0001-01-01T00:00:00Z","endsAt":"soon"}]}"#;
        for end in 0..whole.len() {
            assert!(read(&whole.as_bytes()[..end]).is_err(), "{end} bytes");
        }
        let alert = read(whole.as_bytes()).expect("read");
        assert_eq!((alert.title.as_str(), alert.began_at, alert.ended_at), ("ü", None, None));
        for other in
            ["", "null", "[]", "5", r#"{"alerts":[]}"#, r#"{"alerts":5}"#, "\u{feff}{}", r#"{"title":"x"}"#]
        {
            assert!(read(other.as_bytes()).is_err(), "{other}");
        }
        let deep = "[".repeat(100_000);
        assert!(read(deep.as_bytes()).is_err());
    }

    /// What a sender may get wrong, or an attacker right.
    fn hostile() -> impl Strategy<Value = String> {
        let pieces = [
            "\u{0}",
            "\u{1b}[2J",
            "\n",
            "\r\n",
            "<script>",
            "](javascript:x)",
            "`",
            "\u{202e}",
            "\u{feff}",
            "ü",
            "0001-01-01T00:00:00Z",
            "99999-12-31",
            "critical",
            "resolved",
            "firing",
            " ",
            "{",
            "\"",
        ];
        vec(prop_oneof![select(pieces.to_vec()).prop_map(str::to_owned), any::<String>()], 0..4)
            .prop_map(|pieces| pieces.concat())
    }

    /// Bodies of both kinds, with fields that are missing, doubled, of another type or full of letters that act.
    fn bodies() -> impl Strategy<Value = Vec<u8>> {
        let value = prop_oneof![
            4 => hostile().prop_map(Value::from),
            1 => any::<i64>().prop_map(Value::from),
            1 => vec(hostile(), 0..3).prop_map(Value::from),
            1 => Just(Value::Null),
        ];
        let fields = [
            "title",
            "status",
            "key",
            "environment",
            "components",
            "body",
            "severity",
            "began_at",
            "version",
            "groupKey",
            "commonLabels",
            "commonAnnotations",
            "externalURL",
            "truncatedAlerts",
        ];
        let object = hash_map(select(fields.to_vec()), value, 0..8);
        let labels = || {
            let names = vec!["alertname", "severity", "environment", "component", "summary"];
            hash_map(select(names), hostile(), 0..4)
        };
        let one = (labels(), labels(), hostile(), hostile(), select(vec!["firing", "resolved"]));
        let one = one.prop_map(|(labels, annotations, starts, ends, status)| {
            json!({ "status": status, "labels": labels, "annotations": annotations, "startsAt": starts, "endsAt": ends })
        });
        let group =
            (labels(), labels(), hostile(), vec(one, 1..4)).prop_map(|(labels, notes, key, alerts)| {
                json!({
                    "version": "4", "groupKey": key, "status": "firing", "commonLabels": labels,
                    "commonAnnotations": notes, "alerts": alerts,
                })
            });
        let plain = (hostile(), hostile(), select(vec!["firing", "resolved"])).prop_map(|(title, key, status)| {
            json!({ "title": title, "key": key, "status": status, "body": key, "severity": "critical" })
        });
        let written = prop_oneof![object.prop_map(|fields| json!(fields)), group, plain];
        let torn =
            (written.prop_map(|body| body.to_string().into_bytes()), any::<Index>(), vec(any::<u8>(), 0..3));
        torn.prop_map(|(mut bytes, place, noise)| {
            // Most stay whole: what is torn is refused at its first letter.
            if noise.len() == 2 {
                let place = place.index(bytes.len());
                bytes.splice(place..(place + 1).min(bytes.len()), noise);
            }
            bytes
        })
    }

    proptest! {
        #[test]
        fn whatever_bytes_come_are_one_line_of_title_or_the_fault_of_the_sender(bytes in bodies()) {
            match read(&bytes) {
                Ok(alert) => {
                    prop_assert!(!alert.title.chars().any(char::is_control), "{:?}", alert.title);
                    prop_assert!(alert.title.len() <= 300 && alert.key.len() <= 1_100, "{}", alert.title.len());
                }
                Err(error) => prop_assert_eq!(error.outside().status, StatusCode::BAD_REQUEST),
            }
        }
    }
}

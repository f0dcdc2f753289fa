//! A message as JSON for programs: the same fields in every kind that hands them on, and never a field renamed.

use crate::message::{Audience, Message};
use crate::text::{cut, line};
use crate::told::{Told, cause};
use domain::{Kind, Timestamp};
use serde_json::{Value, json};

/// Most components that are listed.
const COMPONENTS: usize = 30;
/// Longest name. Thirty of them in letters of three bytes are ten of the twenty kB that a webhook may have.
const NAME: usize = 100;
/// Longest cause and first line.
const LINE: usize = 512;

/// `incident.opened`, `maintenance.updated`, …
pub(crate) fn event_type(message: &Message) -> String {
    format!("{}.{}", message.kind.as_str(), message.notice.as_str())
}

/// The message; of its text no more than `body_limit` units.
pub(crate) fn of(message: &Message, body_limit: usize) -> Value {
    let told = Told::of(message);
    let mut data = json!({
        "notice": message.notice.as_str(),
        "headline": cut(&told.headline, LINE),
        "at": instant(message.at),
        "seq": message.seq,
        "audience": match message.audience { Audience::Public => "public", Audience::Operators => "operators" },
        "automatic": message.automatic,
        "incident": {
            "id": message.incident.as_str(),
            "kind": message.kind.as_str(),
            "title": told.title,
            "impact": message.impact.as_str(),
            "state": message.state.as_str(),
            "url": message.url,
            "environment": cut(&line(&message.environment), NAME),
            "components": components(message),
            "began_at": message.began_at.map(instant),
            "published_at": instant(message.published_at),
            "resolved_at": message.resolved_at.map(instant),
            "next_update_at": message.next_update_at.map(instant),
        },
        "text": cut(&told.text(), body_limit),
        "page": { "name": cut(&line(&message.page), NAME), "url": message.page_url },
    });
    if message.kind == Kind::Maintenance {
        data["incident"]["schedule"] = message.schedule.map_or(
            Value::Null,
            |(from, until)| json!({ "from": instant(from), "until": until.map(instant) }),
        );
    }
    if message.audience == Audience::Operators {
        data["cause"] = cause(message).map_or(Value::Null, |cause| json!(cut(&cause, LINE)));
    }
    if let Some(url) = &message.unsubscribe_url {
        data["unsubscribe_url"] = json!(url);
    }
    data
}

fn components(message: &Message) -> Vec<Value> {
    let listed = message.components.iter().take(COMPONENTS);
    listed.map(|(name, state)| json!({ "name": cut(&line(name), NAME), "state": state.as_str() })).collect()
}

/// RFC 3339, in UTC.
pub(crate) fn instant(at: Timestamp) -> String {
    at.to_string()
}

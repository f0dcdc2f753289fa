//! Instants and windows as the API writes and reads them: RFC 3339 in UTC.

use super::vocabulary::shorten;
use crate::error::Error;
use domain::Timestamp;
use domain::time::Window;
use jiff::SignedDuration;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};

/// An instant, `2024-12-14T17:33:00Z`.
#[derive(Clone, Copy, Debug)]
pub struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl utoipa::PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("an instant in UTC, RFC 3339"))
            .build();
        RefOr::T(Schema::Object(object))
    }
}

impl ToSchema for Time {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Time")
    }
}

/// A stretch of time; `until` is null while it lasts.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct WindowBody {
    /// First instant of it.
    pub from: Time,
    /// First instant after it.
    pub until: Option<Time>,
}

impl From<Window> for WindowBody {
    fn from(window: Window) -> Self {
        Self { from: Time(window.from), until: window.until.map(Time) }
    }
}

/// Reads the instant in a field, or how long from `now` it is: `30m`, `in 30m`.
pub fn read_ahead(field: &str, text: &str, now: Timestamp) -> Result<Timestamp, Error> {
    let text = text.trim();
    let wait = text.strip_prefix("in ").unwrap_or(text).parse::<SignedDuration>();
    if let Ok(instant) = wait.map_or_else(|_| text.parse(), |wait| now.checked_add(wait)) {
        return Ok(instant);
    }
    let message = format!("`{field}` is `{}`, which is neither an instant nor a duration", shorten(text));
    Err(Error::invalid(message, "write it like `2024-12-14T17:33:00Z` or like `30m`"))
}

/// Reads the instant in a field.
pub fn read(field: &str, text: &str) -> Result<Timestamp, Error> {
    text.trim().parse().map_err(|_| {
        Error::invalid(
            format!("`{field}` is `{}`, which is not an instant", shorten(text)),
            "write it as RFC 3339 with a zone, like `2024-12-14T17:33:00Z`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_ahead_is_an_instant_or_a_wait() {
        let now: Timestamp = "2024-12-14T17:33:00Z".parse().expect("an instant");
        let cases = [
            ("30m", Some("2024-12-14T18:03:00Z")),
            ("in 1h 30m", Some("2024-12-14T19:03:00Z")),
            ("2024-12-14T18:00:00+01:00", Some("2024-12-14T17:00:00Z")),
            ("soon", None),
            ("30", None),
            ("", None),
            ("99999999h", None),
            ("9223372036854775807s", None),
        ];
        for (text, expected) in cases {
            let read = read_ahead("next_update_at", text, now).ok().map(|at| at.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}

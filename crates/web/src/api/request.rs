//! What programs send: the shapes of bodies, and how they are read. A field that is not ours is refused
//! with the nearest one that is, because a misspelt field that is silently ignored is a lie.

use super::vocabulary::{
    ComponentStateWord, ImpactWord, KindWord, StateWord, VisibilityWord, quote_all, shorten,
};
use crate::error::Error;
use crate::spelling;
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use utoipa::ToSchema;

/// Longest body: the longest update and its surroundings.
pub const LIMIT: usize = 80 * 1024;

/// Opens an incident or announces a maintenance.
#[derive(Clone, Debug, Default, serde::Deserialize, serde::Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenRequest {
    /// Name or slug of a template: what is absent or empty here is taken from it.
    pub template: Option<String>,
    /// Slug of one of our environments.
    #[serde(default)]
    pub environment: String,
    /// Incident or maintenance; an incident if absent.
    #[schema(value_type = Option<KindWord>)]
    pub kind: Option<String>,
    /// Title.
    #[serde(default)]
    pub title: String,
    /// Grade; `maintenance` for a maintenance if absent.
    #[schema(value_type = Option<ImpactWord>)]
    pub impact: Option<String>,
    /// First state; `investigating`, or for a maintenance `scheduled`, if absent.
    #[schema(value_type = Option<StateWord>)]
    pub state: Option<String>,
    /// First update, Markdown.
    #[serde(default)]
    pub body: String,
    /// What the first update says of components.
    #[serde(default)]
    pub components: Vec<ComponentRequest>,
    /// Window of a maintenance.
    pub schedule: Option<WindowRequest>,
    /// When it truly began, if that is known.
    #[schema(value_type = Option<super::time::Time>)]
    pub began_at: Option<String>,
    /// Who sees it; `public` if absent.
    #[schema(value_type = Option<VisibilityWord>)]
    pub visibility: Option<String>,
    /// By when the next update is promised: an instant, or how long from now, such as `30m`.
    pub next_update_at: Option<String>,
    /// Seconds for which it is held and can be undone before anything leaves; none if absent.
    pub hold_seconds: Option<u32>,
}

/// Somebody who is to be told.
#[derive(Clone, Debug, Default, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriberRequest {
    /// Slug of a page; the one at `/` if absent.
    pub page: Option<String>,
    /// How they are reached: `email`, `webhook`, `slack`, `teams`, `discord` or `google_chat`.
    pub kind: String,
    /// Address or URL.
    pub target: String,
    /// Slugs of environments; all if none.
    #[serde(default)]
    pub environments: Vec<String>,
    /// Keys of components; all if none.
    #[serde(default)]
    pub components: Vec<String>,
    /// `en` or `de`; that of the page if absent.
    pub language: Option<String>,
    /// `each` or, for mail, `daily`; each if absent.
    pub rhythm: Option<String>,
}

/// A list of subscribers who confirmed elsewhere.
#[derive(Clone, Debug, Default, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportRequest {
    /// Where they confirmed, for the record.
    pub origin: String,
    /// At most 10,000.
    pub subscribers: Vec<SubscriberRequest>,
}

/// Records what is over, for the history. Nobody is told.
#[derive(Clone, Debug, Default, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackfillRequest {
    /// Slug of one of our environments.
    pub environment: String,
    /// Incident or maintenance; an incident if absent.
    #[schema(value_type = Option<KindWord>)]
    pub kind: Option<String>,
    /// Title.
    pub title: String,
    /// Grade; `maintenance` for a maintenance if absent.
    #[schema(value_type = Option<ImpactWord>)]
    pub impact: Option<String>,
    /// When it began.
    #[schema(value_type = super::time::Time)]
    pub from: String,
    /// When it was over.
    #[schema(value_type = super::time::Time)]
    pub until: String,
    /// Its last update, Markdown.
    pub body: String,
    /// Components as they were during it.
    #[serde(default)]
    pub components: Vec<ComponentRequest>,
}

/// Posts an update.
#[derive(Clone, Debug, Default, serde::Deserialize, serde::Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRequest {
    /// Name or slug of a template: its text for the state is taken where `body` is absent or empty.
    pub template: Option<String>,
    /// State from now on; the current one if absent.
    #[schema(value_type = Option<StateWord>)]
    pub state: Option<String>,
    /// Text, Markdown.
    #[serde(default)]
    pub body: String,
    /// What it says of components.
    #[serde(default)]
    pub components: Vec<ComponentRequest>,
    /// By when the next update is promised: an instant, or how long from now, such as `30m`.
    pub next_update_at: Option<String>,
    /// Seconds for which it is held and can be undone before anything leaves; none if absent.
    pub hold_seconds: Option<u32>,
}

/// Makes public what was internal.
#[derive(Clone, Debug, Default, serde::Deserialize, serde::Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishRequest {
    /// The first public update, Markdown; the latest of those that are internal if absent.
    pub body: Option<String>,
    /// By when the next update is promised: an instant, or how long from now, such as `30m`.
    pub next_update_at: Option<String>,
    /// Seconds for which it is held and can be undone before anything leaves; none if absent.
    pub hold_seconds: Option<u32>,
}

/// What an update says of one component.
#[derive(Clone, Debug, Default, serde::Deserialize, serde::Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentRequest {
    /// Key of a component of the environment.
    pub key: String,
    /// Its state from now on.
    #[schema(value_type = ComponentStateWord)]
    pub state: String,
}

/// A window.
#[derive(Clone, Debug, Default, serde::Deserialize, serde::Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowRequest {
    /// First instant.
    #[schema(value_type = super::time::Time)]
    pub from: String,
    /// First instant after it.
    #[schema(value_type = Option<super::time::Time>)]
    pub until: Option<String>,
}

/// Changes an incident. What is absent stays as it is.
#[derive(Clone, Debug, Default, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchRequest {
    /// New title.
    pub title: Option<String>,
    /// New grade.
    #[schema(value_type = Option<ImpactWord>)]
    pub impact: Option<String>,
    /// When it truly began; null if that is not known after all.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<super::time::Time>)]
    pub began_at: Option<Option<String>>,
    /// When it truly ended; null if that is not known after all.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<super::time::Time>)]
    pub ended_at: Option<Option<String>>,
    /// New window of a maintenance.
    pub schedule: Option<WindowRequest>,
}

/// The text of an update, of the postmortem or of a note.
#[derive(Clone, Debug, Default, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextRequest {
    /// Text, Markdown.
    pub body: String,
}

/// Adds a maintenance that recurs.
#[derive(Clone, Debug, Default, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecurrenceRequest {
    /// Slug of one of our environments.
    pub environment: String,
    /// Title of each.
    pub title: String,
    /// First update of each, Markdown.
    pub body: String,
    /// Keys of the components that it concerns.
    #[serde(default)]
    pub components: Vec<String>,
    /// On which days: `weekly sunday`, `monthly 15` or `monthly last friday`.
    pub rule: String,
    /// When on those days, by the clocks of its zone: `02:30`.
    pub at: String,
    /// Name of that zone, such as `Europe/Berlin`; UTC if absent.
    pub zone: Option<String>,
    /// Hours that it lasts, from 1 to 72.
    pub lasts_hours: i64,
    /// Days before it that it is announced, from 1 to 60; 3 if absent.
    pub ahead_days: Option<i64>,
}

/// Merges an incident into another.
#[derive(Clone, Debug, Default, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// Identifier of the incident in which it lives on.
    pub into: String,
}

/// Marks a deploy.
#[derive(Clone, Debug, Default, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeployRequest {
    /// Slug or name of one of our environments; every environment if absent.
    pub environment: Option<String>,
    /// What was deployed, such as `api 4.12`.
    pub what: String,
    /// Where to read more.
    pub link: Option<String>,
    /// When; now if absent.
    #[schema(value_type = Option<super::time::Time>)]
    pub at: Option<String>,
}

/// Tells a field that is null from one that is absent.
#[expect(clippy::option_option, reason = "absent, null and given are three different wishes")]
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Reads a body.
pub fn read<T: DeserializeOwned>(headers: &HeaderMap, bytes: &[u8]) -> Result<T, Error> {
    check_json(headers)?;
    serde_json::from_slice(bytes).map_err(|error| explain(&error))
}

/// Refuses a body that is not declared as JSON: forms of other sites cannot be.
pub(crate) fn check_json(headers: &HeaderMap) -> Result<(), Error> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let message = format!("the body is declared as `{}`", shorten(kind));
        return Err(Error::invalid(message, "send JSON with `Content-Type: application/json`"));
    }
    Ok(())
}

/// Reads the slug of an address.
pub(crate) fn read_slug(text: &str) -> Result<domain::Slug, Error> {
    domain::Slug::parse(text).ok_or_else(|| {
        let message = format!("`{}` is no slug", shorten(text));
        Error::invalid(message, "use small letters from a to z, digits and `-`")
    })
}

/// Says what is wrong with a body so that it can be put right.
pub(crate) fn explain(error: &serde_json::Error) -> Error {
    let message = error.to_string();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match quoted.as_slice() {
        [unknown, known @ ..] if message.starts_with("unknown field") => {
            let hint = match spelling::nearest(unknown, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the fields are {}", quote_all(known)),
            };
            Error::invalid(format!("there is no field `{}`", shorten(unknown)), hint)
        }
        [missing] if message.starts_with("missing field") => {
            Error::invalid(format!("the field `{missing}` is missing"), "give it a value")
        }
        _ => Error::invalid(
            format!("the body cannot be read: {}", shorten_sentence(&message)),
            "see `/api/v1/openapi.json` for its shape",
        ),
    }
}

/// Serde quotes what was sent, which can be long.
fn shorten_sentence(message: &str) -> String {
    if message.len() <= 200 { message.to_owned() } else { message.chars().take(200).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn message_and_hint(body: &str) -> (String, String) {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let outside = read::<OpenRequest>(&headers, body.as_bytes()).expect_err("refused").outside();
        (outside.message, outside.hint)
    }

    #[test]
    fn a_misspelt_field_is_answered_with_the_one_that_was_meant() {
        let cases = [
            (r#"{"titel":"x"}"#, "there is no field `titel`", "did you mean `title`?"),
            (r#"{"title":"x","title":"y"}"#, "the body cannot be read: duplicate field `title` at", "see `"),
            (r#"{"components":[{"key":"a"}]}"#, "the field `state` is missing", "give it a value"),
            (
                r#"{"components":[{"key":"a","stat":"operational"}]}"#,
                "there is no field `stat`",
                "did you mean `state`?",
            ),
            (r#"{"zzzzzzzz":1}"#, "there is no field `zzzzzzzz`", "the fields are `template`, `environment`"),
            (
                r#"{"title":5}"#,
                "the body cannot be read: invalid type: integer `5`, expected a string",
                "see",
            ),
            ("{", "the body cannot be read: EOF while parsing an object at line 1 column 1", "see"),
        ];
        for (body, message, hint) in cases {
            let answer = message_and_hint(body);
            assert!(answer.0.starts_with(message) && answer.1.starts_with(hint), "{body}: {answer:?}");
        }
    }

    #[test]
    fn null_takes_a_true_start_back_and_absence_leaves_it() {
        let headers = HeaderMap::from_iter([(
            CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        )]);
        let patch: PatchRequest = read(&headers, br#"{"began_at":null}"#).expect("valid");
        assert_eq!((patch.began_at, patch.ended_at), (Some(None), None));
        assert!(read::<PatchRequest>(&HeaderMap::new(), b"{}").is_err());
    }
}

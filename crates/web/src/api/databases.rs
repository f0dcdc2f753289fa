//! Watched databases: how they are now, how they were, and as it happens. Not for everybody: shapes of
//! queries and names of collections are seen here, so a token or a session of the console is needed.

use super::body::database::{DatabaseBody, DatabaseListBody, SeriesBody, SeriesListBody};
use super::time::Time;
use super::vocabulary::shorten;
use crate::answer::ErrorBody;
use crate::auth::{Actor, Scope};
use crate::error::Error;
use crate::live::LiveDatabase;
use crate::rendered::ascii_value;
use crate::site::Site;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, Uri};
use axum::response::IntoResponse;
use domain::reads::Series;
use domain::reads::frame::SERIES;
use domain::time::{Window, seconds_between};
use domain::{Action, Place, Timestamp};
use jiff::SignedDuration;
use serde::Serialize;
use std::sync::Arc;
use url::form_urlencoded;

type Answer = Result<Response<Body>, Error>;

/// Most points of one series in an answer.
const MOST_POINTS: i64 = 5_000;
/// Points that are aimed at where no step is named.
const USUAL_POINTS: i64 = 600;
/// Window where none is named.
const USUAL_SECONDS: i64 = 600;
/// Seconds after which a reader of a stream has to say again who it is.
const STREAM_SECONDS: i64 = 3_600;

/// Watched databases and how they are now.
#[utoipa::path(get, path = "/api/v1/databases", tag = "databases", security(("token" = [])), responses(
    (status = 200, body = DatabaseListBody),
    (status = 401, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn list_databases(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    site.reader(&headers).await?;
    let now = site.config.clock.now();
    let databases = site.live.databases();
    let databases = databases.iter().map(|database| DatabaseBody::new(&database.glance(), now)).collect();
    Ok(document(&DatabaseListBody { as_of: Time(now), databases }))
}

/// One watched database: its nodes, their last second, what is in flight and what stands.
#[utoipa::path(get, path = "/api/v1/databases/{name}", tag = "databases", security(("token" = [])),
    params(("name" = String, Path, description = "Identifier of the database.")),
    responses(
        (status = 200, body = DatabaseBody),
        (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody),
    ))]
pub(crate) async fn load_database(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Answer {
    site.reader(&headers).await?;
    let database = site.watched(&name)?;
    Ok(document(&DatabaseBody::new(&database.glance(), site.config.clock.now())))
}

/// Series of one node: second by second for the last hours, minute by minute for the last months.
#[utoipa::path(get, path = "/api/v1/databases/{name}/series", tag = "databases", security(("token" = [])),
    params(
        ("name" = String, Path, description = "Identifier of the database."),
        SeriesParameters,
    ),
    responses(
        (status = 200, body = SeriesListBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_series(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    site.reader(&headers).await?;
    let database = site.watched(&name)?;
    let question = Question::parse(uri.query().unwrap_or_default(), site.config.clock.now())?;
    let window = Window::closed(question.from, question.to);
    let step = SignedDuration::from_secs(question.step_s);
    let (name, node) = (database.watched().name.as_str(), question.node.as_str());
    let _place = site.questions.acquire().await.map_err(|error| Error::Internal(Box::new(error)))?;
    let lines = site.store.readings(name, node, &question.series, window, step).await;
    let lines = lines.map_err(|error| site.store_error(error))?;
    Ok(document(&SeriesListBody {
        database: name.to_owned(),
        node: node.to_owned(),
        from: Time(question.from),
        to: Time(question.to),
        step_s: question.step_s,
        series: lines.iter().map(SeriesBody::new).collect(),
    }))
}

/// A stream of server-sent events: `begin` with everything and the last ten minutes, then `frames` once a
/// second, `in_flight` and `verdict` whenever there is one, and `missed` where the reader was too slow.
#[utoipa::path(get, path = "/api/v1/databases/{name}/live", tag = "databases", security(("token" = [])),
    params(("name" = String, Path, description = "Identifier of the database.")),
    responses(
        (status = 200, description = "Events whose data are JSON.", content_type = "text/event-stream"),
        (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn stream_database(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Answer {
    site.reader(&headers).await?;
    let database = site.watched(&name)?;
    let (now, clock) = (site.config.clock.now(), site.config.clock.clone());
    let is_over = move || seconds_between(now, clock.now()) >= STREAM_SECONDS;
    let stream = site.live.stream(&database, now, is_over).ok_or(Error::Busy)?;
    let mut response = stream.into_response();
    // Proxies that collect answers before they pass them on would keep the news.
    let buffering = HeaderName::from_static("x-accel-buffering");
    response.headers_mut().insert(buffering, HeaderValue::from_static("no"));
    Ok(response)
}

/// What series to list. Unknown parameters are refused.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names the parameters for the document; `Question` reads them")]
struct SeriesParameters {
    /// The node, as `host:port`.
    node: String,
    /// Names of series with commas between them; all where absent.
    series: Option<String>,
    /// Beginning of the window; ten minutes before its end where absent.
    from: Option<String>,
    /// End of the window; now where absent.
    to: Option<String>,
    /// Length of a step in seconds; as makes about 600 points where absent.
    step: Option<i64>,
}

#[derive(Debug)]
struct Question {
    node: String,
    series: Vec<Series>,
    from: Timestamp,
    to: Timestamp,
    step_s: i64,
}

impl Question {
    fn parse(query: &str, now: Timestamp) -> Result<Self, Error> {
        let (mut node, mut series) = (None, SERIES.iter().map(|line| line.series).collect());
        let (mut from, mut to, mut step_s) = (None, None, None);
        for (field, value) in form_urlencoded::parse(query.as_bytes()) {
            match field.as_ref() {
                "node" => node = Some(value.into_owned()),
                "series" => series = value.split(',').map(read_series).collect::<Result<_, _>>()?,
                "from" => from = Some(read_instant("from", &value)?),
                "to" => to = Some(read_instant("to", &value)?),
                "step" => step_s = Some(read_step(&value)?),
                other => return Err(unknown(other)),
            }
        }
        let node = node.ok_or_else(|| Error::invalid("`node` is missing", "name a node as `host:port`"))?;
        let to = to.unwrap_or(now);
        let usual = || to.saturating_sub(SignedDuration::from_secs(USUAL_SECONDS)).unwrap_or(to);
        let from = from.unwrap_or_else(usual);
        if from >= to {
            return Err(Error::invalid("`from` does not lie before `to`", "name a window that is not empty"));
        }
        let length_s = seconds_between(from, to).max(1);
        let step_s = step_s.unwrap_or_else(|| usual_step(length_s));
        if length_s / step_s > MOST_POINTS {
            let message = format!("`step` of {step_s} s gives {} points", length_s / step_s);
            return Err(Error::invalid(message, format!("at most {MOST_POINTS} are answered with")));
        }
        Ok(Self { node, series, from, to, step_s })
    }
}

/// Whole seconds below a minute, whole minutes above.
pub(crate) fn usual_step(length_s: i64) -> i64 {
    let step = (length_s + USUAL_POINTS - 1) / USUAL_POINTS;
    if step < 30 { step.max(1) } else { (step + 59) / 60 * 60 }
}

fn read_series(name: &str) -> Result<Series, Error> {
    Series::from_name(name.trim()).ok_or_else(|| {
        let names: Vec<&str> = SERIES.iter().map(|line| line.name).collect();
        Error::invalid(
            format!("`series` names `{}`, which is none", shorten(name)),
            format!("they are called {}", names.join(", ")),
        )
    })
}

pub(crate) fn read_instant(field: &str, value: &str) -> Result<Timestamp, Error> {
    value.parse().map_err(|_| {
        Error::invalid(
            format!("`{field}` is `{}`, which is no instant", shorten(value)),
            "write it as RFC 3339, such as `2025-02-12T09:00:00Z`",
        )
    })
}

fn read_step(value: &str) -> Result<i64, Error> {
    let step = value.parse().ok().filter(|step| (1..=86_400).contains(step));
    step.ok_or_else(|| {
        let message = format!("`step` is `{}`, which is no length", shorten(value));
        Error::invalid(message, "write whole seconds, from 1 to 86400")
    })
}

fn unknown(field: &str) -> Error {
    let message = format!("there is no parameter `{}`", shorten(field));
    Error::invalid(message, "the parameters are `node`, `series`, `from`, `to` and `step`")
}

impl Site {
    /// Makes sure that the one who asks may see the watched databases: by a token, or by a session of the
    /// console, since its pages ask, too.
    pub(crate) async fn reader(&self, headers: &HeaderMap) -> Result<Actor, Error> {
        if headers.contains_key(AUTHORIZATION) {
            return self.bearer(headers, Scope::Read).await;
        }
        let visitor = self.visitor(headers).await?;
        let actor = visitor.actor(String::new()).ok_or(Error::Unauthenticated("no token was sent"))?;
        actor.may(Action::See, Place::Somewhere)?;
        Ok(actor)
    }

    /// The watched database of that name.
    pub(crate) fn watched(&self, name: &str) -> Result<Arc<LiveDatabase>, Error> {
        let missing = || Error::NotFound { what: "database", name: shorten(name) };
        self.live.database(name).ok_or_else(missing)
    }
}

pub(crate) fn document(body: &impl Serialize) -> Response<Body> {
    // Bodies of ours have text as keys and cannot fail to be written.
    let text = serde_json::to_string(body).unwrap_or_default() + "\n";
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, ascii_value("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::now;

    #[test]
    fn what_is_asked_is_understood_or_refused_with_the_reason() {
        let question = Question::parse("node=a%3A27017&series=hot_read_ms,in_flight&step=10", now());
        let question = question.expect("understood");
        assert_eq!(question.series, [Series::HotMs, Series::InFlight]);
        assert_eq!((question.node.as_str(), question.to, question.step_s), ("a:27017", now(), 10));
        assert_eq!(seconds_between(question.from, question.to), 600);
        let cases = [
            ("", "`node` is missing"),
            ("node=a&nod=b", "no parameter `nod`"),
            ("node=a&series=hot", "names `hot`"),
            ("node=a&from=yesterday", "`from` is `yesterday`"),
            ("node=a&step=0", "`step` is `0`"),
            ("node=a&from=2025-02-13T00:00:00Z", "does not lie before"),
            ("node=a&from=2024-02-13T00:00:00Z&step=1", "points"),
        ];
        for (query, words) in cases {
            let error = Question::parse(query, now()).expect_err(query).outside();
            assert!(error.message.contains(words), "{query}: {}", error.message);
        }
    }

    #[test]
    fn the_usual_step_makes_about_six_hundred_points() {
        let steps = [1, 600, 3_600, 21_600, 86_400, 90 * 86_400].map(usual_step);
        assert_eq!(steps, [1, 1, 6, 60, 180, 12_960]);
    }
}

//! What queries cost, by shape. Not for everybody: shapes and names of collections are seen here.

use super::body::query::{QueryBody, QueryListBody};
use super::databases::{document, read_instant};
use super::time::Time;
use super::vocabulary::shorten;
use crate::answer::ErrorBody;
use crate::error::Error;
use crate::load::queries::{MOST_LINES, QueryQuestion, STEPS, Sort, whole_hours};
use crate::site::Site;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use domain::Timestamp;
use domain::time::seconds_between;
use jiff::SignedDuration;
use std::sync::Arc;
use url::form_urlencoded;

/// Lines where no number is named.
const USUAL_LIMIT: usize = 50;
/// Window where none is named.
const USUAL_HOURS: SignedDuration = SignedDuration::from_hours(24);

/// What queries cost over a window, by shape, beside the same window a week before.
#[utoipa::path(get, path = "/api/v1/queries", tag = "databases", security(("token" = [])),
    params(QueryParameters),
    responses(
        (status = 200, body = QueryListBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_queries(
    State(site): State<Arc<Site>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response<Body>, Error> {
    site.reader(&headers).await?;
    let (question, limit) = parse(uri.query().unwrap_or_default(), site.config.clock.now())?;
    if let Some(name) = &question.database {
        site.watched(name)?;
    }
    let lines = site.query_lines(&question).await?;
    let until = question.window.until.unwrap_or(question.window.from);
    Ok(document(&QueryListBody {
        from: Time(question.window.from),
        to: Time(until),
        step_s: seconds_between(question.window.from, until) / i64::try_from(STEPS).unwrap_or(1),
        queries: lines.iter().take(limit).map(QueryBody::new).collect(),
    }))
}

/// What queries to list. Unknown parameters are refused.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names the parameters for the document; `parse` reads them")]
struct QueryParameters {
    /// Identifier of a database; all where absent.
    database: Option<String>,
    /// Beginning of the window, taken down to the hour; a day before its end where absent.
    from: Option<String>,
    /// End of the window; now where absent.
    to: Option<String>,
    /// `time`, `count`, `p99`, `examined` or `growth`; `time` where absent.
    sort: Option<String>,
    /// Words that must stand in namespace, shape, plan or application.
    q: Option<String>,
    /// Most lines, from 1 to 500; 50 where absent.
    limit: Option<usize>,
}

fn parse(query: &str, now: Timestamp) -> Result<(QueryQuestion, usize), Error> {
    let (mut from, mut to, mut limit) = (None, now, USUAL_LIMIT);
    let (mut database, mut words, mut sort) = (None, String::new(), Sort::default());
    for (field, value) in form_urlencoded::parse(query.as_bytes()) {
        match field.as_ref() {
            "database" => database = Some(value.into_owned()),
            "from" => from = Some(read_instant("from", &value)?),
            "to" => to = read_instant("to", &value)?,
            "q" => words = value.into_owned(),
            "sort" => sort = read_sort(&value)?,
            "limit" => limit = read_limit(&value)?,
            other => return Err(unknown(other)),
        }
    }
    let from = from.unwrap_or_else(|| to.saturating_sub(USUAL_HOURS).unwrap_or(to));
    if from >= to {
        return Err(Error::invalid("`from` does not lie before `to`", "name a window that is not empty"));
    }
    Ok((QueryQuestion { database, window: whole_hours(from, to), words, sort }, limit))
}

fn read_sort(value: &str) -> Result<Sort, Error> {
    Sort::from_name(value).ok_or_else(|| {
        let names: Vec<&str> = Sort::ALL.iter().map(|(_, name, _)| *name).collect();
        let message = format!("`sort` is `{}`, which is no order", shorten(value));
        Error::invalid(message, format!("the orders are {}", names.join(", ")))
    })
}

fn read_limit(value: &str) -> Result<usize, Error> {
    let limit = value.parse().ok().filter(|limit| (1..=MOST_LINES).contains(limit));
    limit.ok_or_else(|| {
        let message = format!("`limit` is `{}`, which is no number of lines", shorten(value));
        Error::invalid(message, format!("write a whole number from 1 to {MOST_LINES}"))
    })
}

fn unknown(field: &str) -> Error {
    let message = format!("there is no parameter `{}`", shorten(field));
    Error::invalid(message, "the parameters are `database`, `from`, `to`, `sort`, `q` and `limit`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::now;

    #[test]
    fn what_is_asked_is_understood_or_refused_with_the_reason() {
        let (question, limit) =
            parse("database=crm&q=messages+COLLSCAN&sort=p99&limit=7", now()).expect("understood");
        assert_eq!((question.database.as_deref(), question.sort, limit), (Some("crm"), Sort::P99, 7));
        assert_eq!(question.window.from.as_second() % 3_600, 0);
        let cases = [
            ("sort=fast", "`sort` is `fast`"),
            ("limit=0", "`limit` is `0`"),
            ("limit=501", "`limit` is `501`"),
            ("from=yesterday", "`from` is `yesterday`"),
            ("to=2025-02-12T09:00:00Z&from=2025-02-12T09:00:00Z", "does not lie before"),
            ("shape=x", "no parameter `shape`"),
        ];
        for (query, words) in cases {
            let error = parse(query, now()).expect_err(query).outside();
            assert!(error.message.contains(words), "{query}: {}", error.message);
        }
    }
}

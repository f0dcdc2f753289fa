//! The query explorer.

use super::Answer;
use super::form::Form;
use super::operator::Operator;
use crate::load::printed;
use crate::load::queries::{QueryQuestion, Sort, whole_hours};
use crate::pages::queries as page;
use crate::site::Site;
use crate::view::link;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use jiff::SignedDuration;
use std::sync::Arc;

/// What queries cost over time, by shape.
pub(crate) async fn queries(
    State(site): State<Arc<Site>>,
    uri: Uri,
    operator: Operator,
    headers: HeaderMap,
) -> Answer {
    let query = Form::parse(uri.query().unwrap_or_default().as_bytes());
    // What is not known is no reason to refuse a page that somebody bookmarked.
    let range = page::Range::from_name(query.value("range")).unwrap_or(page::USUAL);
    let now = site.config.clock.now();
    let from = now.saturating_sub(SignedDuration::from_hours(range.hours)).unwrap_or(now);
    let databases = site.live.databases();
    let databases: Vec<(String, String)> = databases
        .iter()
        .map(|database| (database.watched().name.to_string(), database.watched().title.clone()))
        .collect();
    let question = QueryQuestion {
        database: query.given("database").filter(|wanted| databases.iter().any(|(name, _)| name == wanted)),
        window: whole_hours(from, now),
        words: query.value("q").chars().take(page::MOST_WORDS).collect(),
        sort: Sort::from_name(query.value("sort")).unwrap_or_default(),
    };
    let lines = site.query_lines(&question).await?;
    let input = page::Input { databases, range, question, lines };
    let text = printed(page::render(&site.console_shell(link::QUERIES, &operator.visitor), &input))?;
    Ok(site.console_answer(StatusCode::OK, &text, &headers))
}

//! The pages of the watch over reads.

use super::Answer;
use super::operator::Operator;
use crate::load::printed;
use crate::pages::reads::{all, one};
use crate::site::Site;
use crate::view::link;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use std::sync::Arc;
use url::form_urlencoded;

/// All watched databases.
pub(crate) async fn all(State(site): State<Arc<Site>>, operator: Operator, headers: HeaderMap) -> Answer {
    let databases = site.live.databases().iter().map(|database| database.portrait()).collect();
    let text =
        printed(all::render(&site.console_shell(link::READS, &operator.visitor), &all::Input { databases }))?;
    Ok(site.console_answer(StatusCode::OK, &text, &headers))
}

/// One watched database.
pub(crate) async fn one(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    uri: Uri,
    operator: Operator,
    headers: HeaderMap,
) -> Answer {
    let database = site.watched(&name)?;
    let query = uri.query().unwrap_or_default().as_bytes();
    let field = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(query);
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    // An unknown range is no reason to refuse a page that somebody bookmarked.
    let range = field("range").and_then(|word| one::Range::parse(&word)).unwrap_or(one::RANGES[0]);
    let input = site.reads_input(&database, range, field("node")).await;
    let shell = site.console_shell(&link::reads_of(&database.watched().name), &operator.visitor);
    let text = printed(one::render(&shell, &input))?;
    Ok(site.console_answer(StatusCode::OK, &text, &headers))
}

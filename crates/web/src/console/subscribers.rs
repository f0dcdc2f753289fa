//! The page of subscribers: how many there are, who they are, and what can be done to one.

use super::operator::{Operator, Posted};
use super::{Answer, see_other};
use crate::api::subscribers::{MOST, read_filter};
use crate::error::Error;
use crate::load::printed;
use crate::pages::console::Typed;
use crate::pages::console::subscribers as page;
use crate::site::Site;
use crate::view::link;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use domain::{Action, Place};
use std::sync::Arc;
use store::Wishes;

/// Subscribers, those asked for.
pub(crate) async fn subscribers(
    State(site): State<Arc<Site>>,
    uri: Uri,
    operator: Operator,
    headers: HeaderMap,
) -> Answer {
    operator.may(Action::Configure, Place::Everywhere)?;
    let query = uri.query().unwrap_or_default();
    let (done, query) = match query.strip_prefix("done=") {
        Some(done) => (done, ""),
        None => ("", query),
    };
    site.subscribers_page(&operator, &headers, StatusCode::OK, (query, done), Typed::default()).await
}

/// Adds somebody, who is asked like anybody else.
pub(crate) async fn add(State(site): State<Arc<Site>>, posted: Posted) -> Answer {
    posted.operator.may(Action::Configure, Place::Everywhere)?;
    let form = posted.form;
    let added = async {
        let page = site.asked_page(Some(form.value("page")))?;
        let target = site.read_target(form.value("kind"), form.value("target"))?;
        let wishes = Wishes { language: page.config.language.tag().to_owned(), ..Wishes::default() };
        site.add_subscriber(page, target, wishes, &posted.operator.actor).await
    };
    match added.await {
        Ok(()) => Ok(see_other(&format!("{}?done=add", link::SUBSCRIBERS), None)),
        Err(error @ Error::Invalid { .. }) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let typed = form.refused(&error);
            site.subscribers_page(&posted.operator, &posted.headers, status, ("", ""), typed).await
        }
        Err(error) => Err(error),
    }
}

/// Removes somebody, or takes them out of quarantine.
pub(crate) async fn act(
    State(site): State<Arc<Site>>,
    Path((id, action)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    posted.operator.may(Action::Configure, Place::Everywhere)?;
    match action.as_str() {
        "remove" => site.remove_subscriber(&id, &posted.operator.actor).await?,
        "release" => site.release_subscriber(&id, &posted.operator.actor).await?,
        _ => return Err(Error::no_page(&action)),
    }
    Ok(see_other(&format!("{}?done={action}", link::SUBSCRIBERS), None))
}

impl Site {
    async fn subscribers_page(
        &self,
        operator: &Operator,
        headers: &HeaderMap,
        status: StatusCode,
        (query, done): (&str, &str),
        typed: Typed,
    ) -> Answer {
        let (filter, after) = read_filter(query)?;
        let found = self.store.list_subscribers(&filter, &after, MOST).await;
        let counts = self.store.count_subscribers().await;
        let pages = self.pages().iter().map(|page| (page.slug().to_string(), page.name().to_owned()));
        let input = page::Input {
            csrf: &operator.visitor.csrf(),
            pages: pages.collect(),
            kinds: &self.config.subscribing.kinds,
            counts: counts.map_err(|error| self.store_error(error))?,
            found: found.map_err(|error| self.store_error(error))?,
            filter,
            full: usize::try_from(MOST).unwrap_or(usize::MAX),
            typed,
            done,
        };
        let shell = self.console_shell(link::SUBSCRIBERS, &operator.visitor);
        Ok(self.console_answer(status, &printed(page::render(&shell, &input))?, headers))
    }
}
